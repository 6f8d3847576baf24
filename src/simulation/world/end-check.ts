import { auditLedger } from "../../log/audit.js";
import { INTERPRET, sinkStep } from "../../log/ledger.js";
import type { Log } from "../../log/log.js";
import { unpackRecords } from "../../log/record-pack.js";
import { recordId, type TransitRecord } from "../../model/record.js";
import { type DurationMs, type EpochMs, SECOND_MS } from "../../model/units.js";
import { statedTimeOf } from "../gateway-messages.js";
import type { Ferries } from "./ferries.js";
import type { Partner } from "./partner.js";
import type { Trace } from "./trace.js";
import type { Truth } from "./truth.js";
import { longestFree, type Span } from "./weather.js";
import { PARTNER, RETENTION_MS, RIDER_FEED } from "./world-config.js";

const FEEDS = ["buses", "trams", "ferries"];
const SINKS = [RIDER_FEED, PARTNER].map((name) => ({ name, feeds: FEEDS }));
/**
 * When nothing is in the way for so long, even a reader whose breaker has just opened for its longest time has asked
 * again, and been answered: a minute of waiting, a slow answer, the pages of a backlog.
 */
export const RECOVERY_MS: DurationMs = 150 * SECOND_MS;

export async function checkLedger(log: Log, trace: Trace, when: string): Promise<void> {
	const { balanced, findings } = await auditLedger(log, { sinks: SINKS });
	if (!balanced)
		trace.violate("ledger", `${when}: ${JSON.stringify(findings[0])}, and ${findings.length - 1} more`);
}

export async function allRecords(log: Log): Promise<readonly TransitRecord[]> {
	const records: TransitRecord[] = [];
	for (let partition = 0; partition < log.partitions("records"); partition++) {
		for (let offset = 0; ; ) {
			const page = await log.read(
				{ topic: "records", partition, offset },
				{ entriesMax: 10_000, bytesMax: 8 << 20 },
			);
			for (const pack of page.packs)
				for (const { record } of unpackRecords(pack, offset)) records.push(record);
			if (page.next.offset === offset) break;
			offset = page.next.offset;
		}
	}
	return records;
}

export interface EndCheckOptions {
	readonly log: Log;
	readonly trace: Trace;
	readonly truth: Truth;
	readonly ferries: Ferries;
	readonly partner: Partner;
	readonly startTime: EpochMs;
	/** When the buses' upstream could not be read: network, server, store, or no hub. */
	readonly closedSpans: readonly Span[];
	/** The feed's position, as the hub keeps it. */
	readonly position: number;
}

/** What must be true when everything has come to rest. */
export async function checkEnd(options: EndCheckOptions): Promise<void> {
	const { log, trace, ferries } = options;
	await checkLedger(log, trace, "at the end");
	await checkCursors(log, trace);
	const records = await allRecords(log);
	checkOnce(records, trace);
	const ferryTimes = new Set(
		records
			.filter(({ origin }) => origin.feed === "ferries")
			.map(({ body, eventTime }) => `${body.vehicleId}/${eventTime}`),
	);
	for (const settled of ferries.settled) {
		if (!ferryTimes.has(settled)) trace.violate("settled", `${settled} was answered 202 and is in no record`);
	}
	if (ferries.outbox.length > 20) {
		trace.violate("progress", `The sender still holds ${ferries.outbox.length} reports`);
	}
	await checkQueue(records, options);
	checkDelivered(records, options);
}

async function checkCursors(log: Log, trace: Trace): Promise<void> {
	for (let partition = 0; partition < log.partitions("records"); partition++) {
		for (const step of [INTERPRET, ...SINKS.map(({ name }) => sinkStep(name))]) {
			const topic = step === INTERPRET ? "frames" : "records";
			const { start, end } = await log.bounds(topic, partition);
			const cursor = (await log.cursor(step, topic, partition)) ?? start;
			if (cursor < end)
				trace.violate("progress", `${step} is at ${cursor} of ${end} in partition ${partition}`);
		}
	}
}

/** No record stands in the log twice. */
function checkOnce(records: readonly TransitRecord[], trace: Trace): void {
	const ids = new Set<string>();
	for (const record of records) {
		const id = `${recordId(record)}#${record.revision}`;
		if (ids.has(id)) trace.violate("once", `${id} stands in the log twice`);
		ids.add(id);
	}
}

/** What the queue held: read, or lost for a reason; and the gap is as much as was lost. */
async function checkQueue(records: readonly TransitRecord[], options: EndCheckOptions): Promise<void> {
	const { log, trace, truth, startTime, closedSpans, position } = options;
	const read = new Set(
		records
			.filter(({ origin }) => origin.feed === "buses")
			.map(({ body, eventTime }) => `${body.vehicleId}/${eventTime}`),
	);
	const isRead = (report: NonNullable<ReturnType<typeof truth.queued.get>>) =>
		read.has(`${report.vehicle.vehicleId}/${statedTimeOf(report)}`);
	let first: number | undefined;
	let lost = 0;
	for (const [sequence, report] of truth.queued) {
		if (sequence > position) break;
		if (isRead(report)) first ??= sequence;
		else if (first !== undefined) {
			lost++;
			const fromMs = report.arrivalTime - startTime;
			const free = longestFree({ fromMs, toMs: fromMs + RETENTION_MS }, closedSpans);
			if (free > RECOVERY_MS) {
				const name = `Message ${sequence} of ${report.vehicle.vehicleId}`;
				trace.violate("loss", `${name} was lost, and could be read for ${free / SECOND_MS} s at a stretch`);
			}
		}
	}
	let gap = 0;
	for (const { outcome, count } of await log.ledger({ step: "receive", feed: "buses" })) {
		if (outcome === "gap") gap += count;
		if (outcome === "gap_estimated" && count !== 0) {
			trace.violate("gap", `${count} reports of a numbered queue were estimated`);
		}
	}
	if (gap !== lost) trace.violate("gap", `${lost} messages of the queue were lost, and the gap says ${gap}`);
	if (truth.newestQueued - position > 50) {
		trace.violate("progress", `The queue is read to ${position} of ${truth.newestQueued}`);
	}
}

/** What was appended took effect at the partner, or is what he refuses. */
function checkDelivered(records: readonly TransitRecord[], { partner, trace }: EndCheckOptions): void {
	for (const record of records) {
		const id = recordId(record);
		const isApplied = partner.applied.has(`${id}#${record.revision}`);
		if (isApplied === partner.isBad(id)) {
			const what = isApplied ? "was taken although it is bad" : "never took effect at the partner";
			trace.violate(isApplied ? "once" : "settled", `${id}#${record.revision} ${what}`);
		}
	}
}
