import { Evidence } from "./audit-evidence.js";
import { readBounds, type StreamBounds } from "./audit-streams.js";
import { INTERPRET, sinkStep } from "./ledger.js";
import type { LedgerRow, Log } from "./log.js";

export interface AuditSink {
	readonly name: string;
	/** The feeds that are routed to it. */
	readonly feeds: readonly string[];
}

export interface AuditOptions {
	readonly sinks: readonly AuditSink[];
	/** Accounts before this minute of receipt are left out. Default: all. */
	readonly fromMinute?: number;
}

/** What the audit knows before it reads: taken in one turn, so that it is one state of the log. */
export interface Scene {
	readonly log: Log;
	readonly bounds: readonly StreamBounds[];
	readonly ledger: readonly LedgerRow[];
	/** By step and partition. */
	readonly cursors: ReadonlyMap<string, number>;
	readonly evidence: Evidence;
	readonly sinks: readonly AuditSink[];
	readonly fromMinute: number;
}

export async function readScene(log: Log, { sinks, fromMinute = 0 }: AuditOptions): Promise<Scene> {
	const steps = [INTERPRET, ...sinks.map(({ name }) => sinkStep(name))];
	const partitions = Array.from({ length: log.partitions("records") }, (_, partition) => partition);
	const places = steps.flatMap((step) => partitions.map((partition) => ({ step, partition })));
	const [evidence, bounds, ledger, ...cursors] = await Promise.all([
		Evidence.read(log),
		readBounds(log),
		log.ledger({ fromMinute }),
		...places.map(({ step, partition }) =>
			log.cursor(step, step === INTERPRET ? "frames" : "records", partition),
		),
	]);
	const known = new Map<string, number>();
	places.forEach(({ step, partition }, at) => {
		const cursor = cursors[at];
		if (cursor !== undefined) known.set(`${step}/${partition}`, cursor);
	});
	return { log, bounds, ledger, cursors: known, evidence, sinks, fromMinute };
}
