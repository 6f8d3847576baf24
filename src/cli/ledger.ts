import type { HubConfig } from "../config/config.js";
import { Failure } from "../model/failure.js";
import { type LedgerReport, ledgerReport } from "../operations/ledger-report.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { adminAddress, adminLines } from "./admin-client.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";

export interface LedgerOptions {
	readonly audit?: boolean;
	/** Where the hub's admin listener is, when it is not where the configuration says. */
	readonly url?: string;
	readonly json?: boolean;
}

const FINDINGS_SHOWN_MAX = 40;

/** Sums of the ledger, of a store or of the hub that has it open. 3 when it does not balance. */
export async function ledger(file: string, options: LedgerOptions, context: CliContext): Promise<ExitCode> {
	const config = await readHubConfig(file, context);
	if (!config) return EXIT.config;
	const report = await readReport(config, options, context);
	if (options.json) context.terminal.out(JSON.stringify(report));
	else print(report, context);
	return report.balanced ? EXIT.ok : EXIT.unbalanced;
}

async function readReport(
	config: HubConfig,
	options: LedgerOptions,
	{ runtime }: CliContext,
): Promise<LedgerReport> {
	const { audit = false } = options;
	const { directory } = config.store;
	if (!(await runtime.files.stat(directory))) {
		throw new Failure("config.invalid", `There is no store at ${directory} yet; run the hub first`);
	}
	let log: Awaited<ReturnType<typeof openSqliteLog>>;
	try {
		log = await openSqliteLog({ directory, chance: runtime.chance });
	} catch (thrown) {
		// A running hub has the store: it reads its own ledger for us.
		if (!(thrown instanceof Failure) || thrown.code !== "store.locked") throw thrown;
		const path = audit ? "/v1/ledger?audit=1" : "/v1/ledger";
		const address = adminAddress(config.http);
		const hub = { ...address, url: options.url ?? address.url };
		let text = "";
		for await (const line of adminLines(hub, path, new AbortController().signal)) text += line;
		return JSON.parse(text) as LedgerReport;
	}
	try {
		return await ledgerReport(log, { sinks: auditSinks(config), audit });
	} finally {
		await log.close();
	}
}

/** Which feeds each sink has an account for. */
export function auditSinks(
	config: HubConfig,
): { readonly name: string; readonly feeds: readonly string[] }[] {
	return config.sinks.map(({ name }) => ({
		name,
		feeds: [...new Set(config.routes.filter((route) => route.to.includes(name)).map((route) => route.from))],
	}));
}

function print(report: LedgerReport, { terminal }: CliContext): void {
	const rows: (string | number)[][] = [];
	for (const { step, feed, posted, pending } of report.sums) {
		const { in: arrived = 0, ...outcomes } = posted;
		rows.push([step, feed, "in", arrived]);
		for (const [outcome, count] of Object.entries(outcomes))
			if (count !== 0) rows.push(["", "", outcome, count]);
		if (pending > 0) rows.push(["", "", "pending", pending]);
	}
	for (const line of columns(rows)) terminal.out(line);
	terminal.out(terminal.paint(report.balanced ? "good" : "bad", report.sentence));
	for (const { account, item, message } of report.findings.slice(0, FINDINGS_SHOWN_MAX))
		terminal.out(`  ${account}: ${item}: ${message}`);
	const omitted = Math.max(0, report.findings.length - FINDINGS_SHOWN_MAX) + report.findingsOmitted;
	if (omitted > 0) terminal.out(`  and ${omitted} more; --json lists up to 500`);
}
