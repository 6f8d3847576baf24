import { auditLedger } from "../log/audit.js";
import type { Log } from "../log/log.js";
import { type EpochMs, SECOND_MS } from "../model/units.js";
import type { Runtime } from "../runtime/runtime.js";
import type { FrameDraft, StreamSource } from "../sources/source.js";
import { Intake } from "./intake.js";
import { emptyCounts, type FeedCounts, type FrameReader } from "./interpret.js";

export interface ReplayOptions {
	readonly runtime: Runtime;
	/** An empty one: its ledger is what the result is read from. */
	readonly log: Log;
	/** Gives the frames in their order and then ends. */
	readonly source: StreamSource;
	readonly reader: FrameReader;
	/**
	 * When the frames count as received. `stated` (default): a frame's own header time, else its newest event time, else
	 * what the source says. A number: that instant for all of them.
	 */
	readonly received?: "stated" | EpochMs;
	readonly signal?: AbortSignal;
	/** Called now and then with the sums so far. */
	readonly onProgress?: (counts: FeedCounts) => void;
}

export interface ReplayResult {
	readonly frames: number;
	/** Appended to the log, revisions included. */
	readonly records: number;
	/** Those of the records that say of a key that it is no longer listed. */
	readonly removals: number;
	readonly duplicates: number;
	readonly deadLetters: number;
	readonly late: number;
	/** Every frame and item is accounted for: the ledger was recounted from what the store holds. */
	readonly balanced: boolean;
	/** Between the first frame and the last commit. */
	readonly seconds: number;
}

/** Frames that may be on their way to the log at one time. */
const OUTSTANDING_MAX = 64;

/** Sends recorded frames through the full intake, in order. */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
	const { runtime, log, reader } = options;
	const counts = emptyCounts();
	const intake = await Intake.start({
		log,
		runtime,
		readers: new Map([[reader.feed, [reader]]]),
		onInterpreted: (frame) => {
			for (const name of Object.keys(counts) as (keyof FeedCounts)[]) counts[name] += frame.counts[name];
			options.onProgress?.(counts);
		},
	});
	const started = runtime.clock.monotonic();
	const signal = options.signal ?? new AbortController().signal;
	let outstanding: Promise<void>[] = [];
	for await (const draft of options.source.open({ cursor: undefined, signal })) {
		await intake.room();
		const receivedTime = receivedTimeOf(draft, reader, options.received ?? "stated");
		outstanding.push(intake.receive(reader.feed, 0, [{ ...draft, receivedTime }]));
		if (outstanding.length < OUTSTANDING_MAX) continue;
		await Promise.all(outstanding);
		outstanding = [];
	}
	await Promise.all(outstanding);
	await intake.close();
	const { balanced } = await auditLedger(log, { sinks: [] });
	const { frames, records, removals, duplicates, deadLetters, late } = counts;
	const seconds = (runtime.clock.monotonic() - started) / SECOND_MS;
	return { frames, records, removals, duplicates, deadLetters, late, balanced, seconds };
}

/** The decoder runs twice on a replayed frame; that costs less than a second way to find times in every format. */
function receivedTimeOf(draft: FrameDraft, reader: FrameReader, received: "stated" | EpochMs): EpochMs {
	if (received !== "stated") return received;
	const decoded = reader.decoder.decode(draft);
	if (decoded.headerTime !== undefined) return decoded.headerTime;
	let newest: EpochMs | undefined;
	for (const item of decoded.items) {
		if (item.kind === "rejection" || item.eventTime === undefined) continue;
		if (newest === undefined || item.eventTime > newest) newest = item.eventTime;
	}
	return newest ?? draft.receivedTime;
}
