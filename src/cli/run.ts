import { dirname, resolve as resolvePath } from "node:path";
import type { HubConfig } from "../config/config.js";
import { formatFinding } from "../config/findings.js";
import { loadConfig } from "../config/load.js";
import { RESERVED_PATHS } from "../config/topology.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import { createHub, type Hub, type Wanted } from "../hub.js";
import { messageOf } from "../model/failure.js";
import { listIssues, showIssue } from "../operations/dead-letters.js";
import { readEvents } from "../operations/event-page.js";
import { ledgerReport } from "../operations/ledger-report.js";
import { sleep } from "../runtime/runtime.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import type { CliContext } from "./context.js";
import { type Demo, startDemo } from "./demo.js";
import { faultLog, jsonEventLog, plainEventLog } from "./event-log.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { auditSinks } from "./ledger.js";
import { progressLine } from "./progress-line.js";
import { UsageError } from "./usage-error.js";

export interface RunOptions {
	readonly json?: boolean;
	readonly port?: string;
	readonly adminPort?: string;
}

/** With what closing may take beyond it, a hub has ended ten seconds after it was told to. */
const DRAIN_MS = 7_000;
const PROGRESS_EVERY_MS = 1_000;

/** Runs a hub until it is told to stop. Without a configuration it runs the demo. */
export async function run(
	file: string | undefined,
	options: RunOptions,
	context: CliContext,
): Promise<ExitCode> {
	const { runtime, terminal } = context;
	const stop = new AbortController();
	const forget = terminal.onStop(() => stop.abort());
	const demo = file === undefined ? await startDemo(context) : undefined;
	const undo: (() => unknown)[] = [forget, () => demo?.close()];
	try {
		const config = await configOf(file, demo, options, context);
		if (!config) return EXIT.config;
		const { directory, durability, partitions, disk } = config.store;
		const log = await openSqliteLog({ directory, durability, partitions, ...disk, chance: runtime.chance });
		undo.push(() => log.close());
		const hasSchedules = config.agencies.some(({ gtfs }) => gtfs !== undefined);
		const schedules = hasSchedules ? await openSqliteSchedules({ directory }) : undefined;
		undo.push(() => schedules?.close());
		const hub = createHub(config, {
			...(schedules && { schedules }),
			tracing: await tracingOf(config, context),
			runtime,
			log,
			version: context.version,
			onEvent: options.json ? jsonEventLog(terminal) : plainEventLog(terminal),
		});
		undo.push(() => hub.close());
		const load = async () => {
			const wanted = await wantedConfig(file, demo, options, context);
			return { config: wanted.config, problems: wanted.config ? [] : wanted.findings };
		};
		// First the addresses, so that a port in use ends the start before anything was asked of upstream.
		const gateway = await openGateway({
			hub,
			http: config.http,
			clock: runtime.clock,
			files: runtime.files,
			readLedger: (question) =>
				ledgerReport(log, { ...question, sinks: auditSinks(hub.config) }, runtime.clock.now()),
			readEvents: (question) => readEvents(log, question),
			why: (asked) => hub.why(asked),
			replays: hub.replays,
			heals: hub.healing,
			alerts: hub.alerts,
			incidents: hub.incidents,
			shadows: hub.shadows,
			reloads: { reload: (order) => hub.reload(load, order) },
			deadLetters: {
				list: (all) => listIssues(log, all),
				show: (issue, limit) => showIssue(log, issue, limit),
			},
			processMetrics: true,
			onFault: faultLog(terminal, runtime.clock),
		}).catch((thrown: unknown) => {
			if (demo) terminal.err("The demo takes any free port with: npm start -- --port 0 --admin-port 0");
			throw thrown;
		});
		undo.push(() => gateway.close());
		await hub.start();
		const unheard = terminal.onReload?.(() => onHangup(hub, load, context));
		undo.push(() => unheard?.());
		introduce(gateway, demo, options, context);
		await untilStopped(hub, options, context, stop.signal);
		terminal.err("Stopping: what was received is finished first. Ctrl-C again stops at once.");
		await hub.drain(DRAIN_MS);
		return EXIT.ok;
	} finally {
		for (const step of undo.reverse()) await step();
	}
}

/** Loaded only where it is wanted: it takes time and memory. */
async function tracingOf({ traces }: HubConfig, { runtime, version }: CliContext) {
	if (traces === undefined) return undefined;
	const { createOtelTracer } = await import("../runtime/otel-tracer.js");
	const { sampleRatio, serviceName } = traces;
	return createOtelTracer({ ...runtime, version, serviceName, sampleRatio });
}

/** What came of it is an event, so that it is in the log of the process anyway; what was wrong with the file is printed too. */
async function onHangup(hub: Hub, load: () => Promise<Wanted>, { terminal }: CliContext): Promise<void> {
	try {
		const { problems } = await hub.reload(load);
		for (const problem of problems) terminal.err(problem);
	} catch (thrown) {
		terminal.err(`wayside: ${messageOf(thrown)}`);
	}
}

/** For the start: undefined after its errors were printed. */
async function configOf(
	file: string | undefined,
	demo: Demo | undefined,
	options: RunOptions,
	context: CliContext,
): Promise<HubConfig | undefined> {
	const { terminal } = context;
	const { config, findings, isUnread } = await wantedConfig(file, demo, options, context);
	for (const finding of findings) terminal.err(finding);
	if (!config && !isUnread)
		terminal.err(
			`wayside: ${file ?? "the demo's configuration"} does not pass the check, so nothing was started.`,
		);
	return config;
}

/** The configuration as it is on the disk now, with what was found in it. */
async function wantedConfig(
	file: string | undefined,
	demo: Demo | undefined,
	options: RunOptions,
	{ runtime, terminal, plugins, workingDirectory }: CliContext,
): Promise<{
	readonly config: HubConfig | undefined;
	readonly findings: readonly string[];
	readonly isUnread?: boolean;
}> {
	const path = demo?.configPath ?? resolvePath(workingDirectory, file ?? "");
	let text: string;
	try {
		text = new TextDecoder().decode(await runtime.files.read(path));
	} catch (thrown) {
		const finding = `wayside: ${messageOf(thrown)}. Write a configuration with: wayside init`;
		return { config: undefined, findings: [finding], isUnread: true };
	}
	const { config, findings } = await loadConfig(text, demo?.baseDirectory ?? dirname(path), {
		plugins,
		runtime,
		environment: demo?.environment ?? terminal.environment,
	});
	const shown = file ?? "the demo's configuration";
	return {
		config: config && withPorts(config, options),
		findings: findings.map((finding) => formatFinding(shown, finding)),
	};
}

function withPorts(config: HubConfig, options: RunOptions): HubConfig {
	const { http } = config;
	return {
		...config,
		http: {
			...http,
			public: { ...http.public, port: portOption(options.port) ?? http.public.port },
			admin: { ...http.admin, port: portOption(options.adminPort) ?? http.admin.port },
		},
	};
}

function portOption(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
		throw new UsageError(`"${text}" is no port: 0 to 65535`);
	return Number(text);
}

/** Where everything is: the first thing that somebody who started it wants to know. */
function introduce(
	gateway: Gateway,
	demo: Demo | undefined,
	options: RunOptions,
	{ terminal, version }: CliContext,
): void {
	const { publicUrl, adminUrl } = gateway;
	const feeds = gateway.endpoints
		.filter(
			({ scope, method, path }) => scope === "public" && method === "GET" && !RESERVED_PATHS.includes(path),
		)
		.map(({ path }) => `${publicUrl}${path}`);
	const pushed = gateway.endpoints
		.filter(({ scope }) => scope === "ingest")
		.map(({ method, path }) => `${method} ${publicUrl}${path}`);
	if (options.json) {
		const places = { feeds, ingest: pushed, status: `${publicUrl}/status`, metrics: `${publicUrl}/metrics` };
		terminal.out(JSON.stringify({ event: "started", version, ...places, admin: adminUrl }));
		return;
	}
	const lines: [string, string][] = [
		...feeds.map((url): [string, string] => ["rider feed", url]),
		...pushed.map((url): [string, string] => ["upstream posts to", url]),
		["status", `${publicUrl}/status`],
		["metrics", `${publicUrl}/metrics`],
		["admin", `${adminUrl}/v1/tap`],
	];
	terminal.out(terminal.paint("strong", `Wayside ${version} runs.`));
	if (demo)
		terminal.out(
			`This is the demo: a simulated agency behind a gateway that keeps failing (${demo.gatewayUrl}).`,
		);
	for (const [what, where] of lines) terminal.out(`  ${what.padEnd(18)}${where}`);
	if (demo) {
		terminal.out("Look inside from another window in this folder:");
		// Ports of the command line do not stand in the file.
		const at = options.adminPort === undefined ? "" : ` --url ${adminUrl}`;
		for (const command of ["events", "ledger", "breaker ls"])
			terminal.out(`  npx wayside ${command} ${demo.shownPath}${at}`);
	}
	terminal.out(terminal.paint("quiet", "Ctrl-C stops it in good order."));
}

async function untilStopped(
	hub: Hub,
	options: RunOptions,
	{ runtime, terminal }: CliContext,
	signal: AbortSignal,
): Promise<void> {
	const progress = options.json ? undefined : terminal.progress(runtime.clock);
	try {
		while (!signal.aborted) {
			progress?.show(progressLine(hub.status()));
			await sleep(runtime.clock, PROGRESS_EVERY_MS, signal);
		}
	} catch (thrown) {
		if (!signal.aborted) throw thrown;
	} finally {
		progress?.end();
	}
}
