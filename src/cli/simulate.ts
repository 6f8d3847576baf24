import { SECOND_MS } from "../model/units.js";
import {
	formatTraceLine,
	longPlanOf,
	planOf,
	runWorld,
	type SeedResult,
	summaryOf,
} from "../simulation/world/index.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { withTemporaryFolder } from "./temporary-folder.js";
import { UsageError } from "./usage-error.js";

export interface SimulateOptions {
	readonly seeds: string;
	readonly first: string;
	readonly seed?: string;
	readonly long?: boolean;
	readonly trace?: boolean;
	readonly json?: boolean;
}

const SEEDS_MAX = 1_000_000;

/** Runs seeds one after the other; 1 when a promise did not hold in one of them. */
export async function simulate(options: SimulateOptions, context: CliContext): Promise<ExitCode> {
	const { terminal, runtime } = context;
	const { clock } = runtime;
	const isOne = options.long || options.seed !== undefined;
	const count = isOne ? 1 : whole("--seeds", options.seeds, 1);
	const first =
		options.seed === undefined ? whole("--first", options.first, 0) : whole("--seed", options.seed, 0);
	if (options.trace && options.seed === undefined)
		throw new UsageError("--trace needs --seed: which one is meant?");
	const started = clock.monotonic();
	const progress = terminal.progress(clock);
	const results: SeedResult[] = [];
	await withTemporaryFolder(async (folder) => {
		for (let seed = first; seed < first + count; seed++) {
			const plan = options.long ? longPlanOf(seed) : planOf(seed);
			const result = await runWorld(plan, folder, options.trace ? (line) => show(line) : undefined);
			results.push(result);
			if (!options.trace) progress.show(`${results.length} of ${count} seeds`);
			if (result.violations.length > 0 && !options.json) explain(result, options, context);
		}
	});
	progress.end();
	const seconds = (clock.monotonic() - started) / SECOND_MS;
	const summary = summaryOf(results, seconds);
	const hasFailed = summary.failed.length > 0;
	if (options.json) terminal.out(JSON.stringify(summary));
	else {
		const { seeds, failed, virtualHours } = summary;
		const worlds = `${seeds} seed${seeds === 1 ? "" : "s"}, ${virtualHours} virtual hours in ${summary.seconds} s`;
		terminal.out(
			hasFailed
				? terminal.paint(
						"bad",
						`${failed.length} failed: ${failed.map(({ seed }) => seed).join(", ")} (${worlds})`,
					)
				: terminal.paint("good", `Every promise held (${worlds})`),
		);
	}
	return hasFailed ? EXIT.failure : EXIT.ok;

	function show(line: Parameters<typeof formatTraceLine>[0]): void {
		terminal.out(options.json ? JSON.stringify(line) : formatTraceLine(line));
	}
}

/** The promise, what broke it, and what came before. */
function explain(
	{ seed, violations, last }: SeedResult,
	{ long }: SimulateOptions,
	{ terminal }: CliContext,
): void {
	for (const { invariant, atMs, message } of violations) {
		terminal.out(terminal.paint("bad", `Seed ${seed}, ${atMs / SECOND_MS} s: ${invariant}: ${message}`));
	}
	for (const line of last) terminal.out(`  ${formatTraceLine(line)}`);
	terminal.out(`  All of it: wayside simulate ${long ? "--long " : ""}--seed ${seed} --trace`);
}

function whole(name: string, text: string, least: number): number {
	const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && (name !== "--seeds" || value <= SEEDS_MAX)) return value;
	throw new UsageError(`${name} ${text}: a whole number from ${least} on is expected`);
}
