import type { DecodedFrame, Decoder } from "../decoders/decoder.js";
import type { DeadLetter } from "../log/dead-letter.js";
import type { StoredFrame } from "../log/frame-pack.js";
import { INTERPRET, isGuardFlag, PostingSheet, sinkStep } from "../log/ledger.js";
import type { Commit, Pack } from "../log/log.js";
import { formatRanges, type Receipt } from "../log/receipt-pack.js";
import { RecordPackBuilder } from "../log/record-pack.js";
import { Failure } from "../model/failure.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import { type DurationMs, type EpochMs, MINUTE_MS } from "../model/units.js";
import type { ContractGate } from "../quality/contracts/contract-gate.js";
import type { FieldDrift } from "../quality/drift/field-drift.js";
import type { ShapeWatch } from "../quality/drift/shape-watch.js";
import type { FeedGuards } from "../quality/guards/feed-guards.js";
import type { FeedHealer } from "../quality/healing/feed-healer.js";
import type { IdResolver } from "../schedule/resolver.js";
import type { Admission, Admitter, OpenPacks } from "./admit.js";
import type { Candidate } from "./candidate.js";
import { type FrameQuality, judged, lookAt, meaningOf } from "./meaning.js";
import type { PersonalDoor } from "./privacy.js";
import { type ChosenReading, readChosen } from "./reading.js";
import { REMOVE_AFTER_DEFAULT, type SweepNote, sweepPartOf } from "./reporters.js";

/** How the frames of one upstream of a feed are read. */
export interface FrameReader {
	readonly agency: string;
	readonly feed: string;
	readonly decoder: Decoder;
	/** `type@version`, stored with every record. */
	readonly decoderName: string;
	readonly personal: PersonalDoor;
	/** Looks at payloads before they are read. Undefined: nobody does. */
	readonly contract?: ContractGate | undefined;
	/** Another way to read the same frames, on trial. Undefined: none is. */
	readonly candidate?: Candidate | undefined;
	/** To measure what each way costs. */
	readonly monotonic?: (() => DurationMs) | undefined;
	/** Puts ids into the agency's spelling and looks up trips. Undefined: the agency has neither rules nor a schedule. */
	readonly ids?: IdResolver | undefined;
	/** Checks of what reports mean. Undefined: none. */
	readonly guards?: FeedGuards | undefined;
	/** Tells when payloads look different. Undefined: nobody does. */
	readonly shape?: ShapeWatch | undefined;
	/** Compares each hour with that of earlier days. Undefined: nobody does. */
	readonly drift?: FieldDrift | undefined;
	/** Reads payloads that upstream has changed as what they were before. Undefined: nobody does. */
	readonly healer?: FeedHealer | undefined;
	/** The sinks that this feed is routed to: their accounts open when a record is appended. */
	readonly sinks: readonly string[];
	/** How many complete sweeps in a row must lack a key before it is removed; 0: nothing is removed. Default 2. */
	readonly removeAfter?: number | undefined;
	/** How often upstream is expected to answer. Default 30 s. */
	readonly paceMs?: number | undefined;
	/** When upstream gave a good answer last, also one without a frame. */
	readonly lastAnswerTime?: (() => EpochMs | undefined) | undefined;
}

/** Sums of one feed, for status and metrics. */
export interface FeedCounts {
	frames: number;
	/** Appended, removals among them. */
	records: number;
	removals: number;
	revisions: number;
	duplicates: number;
	ignored: number;
	deadLetters: number;
	late: number;
	future: number;
}

export function emptyCounts(): FeedCounts {
	return {
		frames: 0,
		records: 0,
		removals: 0,
		revisions: 0,
		duplicates: 0,
		ignored: 0,
		deadLetters: 0,
		late: 0,
		future: 0,
	};
}

/** What one frame gave, for status and events. */
export interface InterpretedFrame
	extends FrameQuality,
		Pick<ChosenReading, "contractNews" | "candidateNews"> {
	readonly frame: StoredFrame;
	readonly decoded: DecodedFrame;
	readonly counts: FeedCounts;
	readonly headerTime: EpochMs | undefined;
	readonly newestEventTime: EpochMs | undefined;
	/** What its sweep says that a person should know. */
	readonly notes: readonly SweepNote[];
}

/**
 * Collects what a run of frames gave until one commit carries all of it: records, receipts, dead letters, postings and
 * the position that was read to. Interpret and admit share it, because on one machine they share the commit.
 */
export class InterpretBatch {
	readonly #admitter: Admitter;
	readonly #sheet = new PostingSheet();
	/** By feed and minute. */
	readonly #records = new Map<string, OpenRecords>();
	readonly #receipts = new Map<string, OpenRows<Receipt>>();
	readonly #deadLetters = new Map<string, OpenRows<DeadLetter>>();
	/** By partition of frames: the offset that was read to. */
	readonly #next = new Map<number, number>();
	#items = 0;
	/** Of dead letters. */
	#bytes = 0;

	constructor(admitter: Admitter) {
		this.#admitter = admitter;
	}

	/** Items so far: the caller commits before a batch grows too large. */
	get items(): number {
		return this.#items;
	}

	/** Length of what was collected so far. */
	get bytes(): number {
		let bytes = this.#bytes;
		for (const packs of this.#records.values()) bytes += packs.bytes;
		return bytes;
	}

	add(frame: StoredFrame, reader: FrameReader, now: EpochMs): InterpretedFrame {
		const { decoded: read, isTheirs, ...news } = readChosen(reader, frame);
		const quality = lookAt(reader, frame, read);
		const decoded = judged(read, reader.guards);
		const minute = Math.floor(frame.receivedTime / MINUTE_MS);
		const origin = originOf(frame, reader, decoded);
		const theirs = isTheirs && candidateOrigin(origin, reader);
		const counts = emptyCounts();
		counts.frames = 1;
		const places = { duplicates: [] as number[], deadLetters: [] as number[], ignored: [] as number[] };
		const packs = this.#packsOf(reader.feed, minute);
		/** Records of this frame by their partition. */
		const appended: number[] = [];
		let newestEventTime: EpochMs | undefined;
		this.#hears(decoded, frame, reader);
		decoded.items.forEach((item, index) => {
			const observation =
				item.kind === "rejection" ? item : meaningOf(item, index, reader, frame.receivedTime);
			if (observation instanceof Failure || observation.kind === "rejection") {
				places.deadLetters.push(index);
				const { code, message } = observation;
				const text = observation instanceof Failure ? undefined : reader.personal.sample(observation.sample);
				const why = { code, message, ...(text !== undefined && { sample: text }), index };
				this.#deadLetter(frame, minute, { ...letterOf(origin, now), stage: "interpret", ...why });
				return;
			}
			const operatorId = reader.personal.operatorId(observation);
			const from = theirs && isTheirs?.(index) ? theirs : origin;
			const admission = this.#admitter.admit(observation, index, from, operatorId, packs);
			switch (admission.outcome) {
				case "appended": {
					const { record } = admission;
					packs.appended(record, admission.partition);
					counts.records++;
					reader.ids?.count(record.body, now);
					if (record.revision > 0) counts.revisions++;
					if (record.flags.length > 0) this.#flagged(record, admission.partition, minute, counts);
					if (!(record.eventTime <= (newestEventTime ?? -1)) && !record.flags.includes("future")) {
						newestEventTime = record.eventTime;
					}
					appended[admission.partition] = (appended[admission.partition] ?? 0) + 1;
					return;
				}
				case "duplicate":
					places.duplicates.push(index);
					return;
				case "ignored":
					places.ignored.push(index);
					return;
				case "no_subject":
					places.deadLetters.push(index);
					this.#deadLetter(frame, minute, {
						...letterOf(origin, now),
						stage: "admit",
						code: "record.no_subject",
						message: admission.message,
						index,
					});
			}
		});
		const notes = this.#sweep(decoded, frame, origin, reader, packs, (admission) => {
			packs.appended(admission.record, admission.partition);
			appended[admission.partition] = (appended[admission.partition] ?? 0) + 1;
			counts.records++;
			counts.removals++;
		});
		appended.forEach((count, partition) => {
			for (const sink of reader.sinks)
				this.#sheet.add(sinkStep(sink), reader.feed, partition, minute, "in", count);
		});
		if (decoded.failure !== undefined) {
			const { code, message } = decoded.failure;
			this.#deadLetter(frame, minute, { ...letterOf(origin, now), stage: "interpret", code, message });
		}
		counts.duplicates = places.duplicates.length;
		counts.ignored = places.ignored.length;
		counts.deadLetters = places.deadLetters.length + (decoded.failure === undefined ? 0 : 1);
		this.#close(frame, reader.feed, minute, decoded, counts, places);
		const { headerTime } = decoded;
		return { frame, decoded, counts, headerTime, newestEventTime, notes, ...news, ...quality };
	}

	/** What guards found is in the ledger, by reason. */
	#flagged({ flags, origin }: TransitRecord, partition: number, minute: number, counts: FeedCounts): void {
		for (const flag of flags) {
			if (flag === "late") counts.late++;
			else if (flag === "future") counts.future++;
			else if (isGuardFlag(flag)) {
				this.#sheet.add("guards", origin.feed, partition, minute, "in", 1);
				this.#sheet.add("guards", origin.feed, partition, minute, flag, 1);
			}
		}
	}

	/** Takes note that upstream speaks: who falls silent makes room for another upstream of the feed. */
	#hears(decoded: DecodedFrame, frame: StoredFrame, reader: FrameReader): void {
		const reporter = this.#admitter.marks.reporter(reader.feed, frame.upstream);
		if (reader.paceMs !== undefined) reporter.paceMs = reader.paceMs;
		reporter.lastAnswerTime = reader.lastAnswerTime;
		if (decoded.failure !== undefined && decoded.items.length === 0) return;
		reporter.lastFrameTime = Math.max(reporter.lastFrameTime, frame.receivedTime);
	}

	/** Ends the keys that a complete message shows to have gone. They are items of the account, numbered behind the frame's own. */
	#sweep(
		decoded: DecodedFrame,
		frame: StoredFrame,
		origin: FrameOrigin,
		reader: FrameReader,
		packs: OpenPacks,
		append: (admission: Admission & { readonly outcome: "appended" }) => void,
	): readonly SweepNote[] {
		const { removeAfter = REMOVE_AFTER_DEFAULT } = reader;
		const isGood = decoded.failure === undefined && decoded.items.every(({ kind }) => kind !== "rejection");
		const part = sweepPartOf(frame.meta, isGood);
		const isComplete = part === undefined ? decoded.complete === true : part.isLast;
		if (part !== undefined) this.#admitter.follow(origin, part);
		// Of a message in parts what could not be read is among what it lacks.
		const isReadable = part !== undefined || decoded.failure === undefined;
		if (!isComplete || !isReadable || removeAfter === 0) return [];
		const { gone, notes } = this.#admitter.sweep(origin, removeAfter, part !== undefined);
		for (const [at, mark] of gone.entries()) {
			append(this.#admitter.remove(mark, decoded.items.length + at, origin, packs));
		}
		return notes;
	}

	/** What is ready to be committed, and the records by partition in the order in which they will stand in the log. */
	finish(): { readonly commit: Commit; readonly appended: readonly AppendedRecords[] } {
		const append: Pack[] = [];
		const appended: AppendedRecords[] = [];
		for (const open of this.#records.values()) open.finish(append, appended);
		for (const open of this.#receipts.values()) append.push(jsonPack("receipts", open));
		for (const open of this.#deadLetters.values()) append.push(jsonPack("dead-letters", open));
		const consumed = [...this.#next].map(([partition, offset]) => ({
			subscription: INTERPRET,
			next: { topic: "frames" as const, partition, offset },
		}));
		return { commit: { append, consumed, ledger: this.#sheet.take() }, appended };
	}

	#packsOf(feed: string, minute: number): OpenRecords {
		const key = `${minute}|${feed}`;
		let packs = this.#records.get(key);
		if (packs === undefined) {
			packs = new OpenRecords(feed, minute);
			this.#records.set(key, packs);
		}
		return packs;
	}

	#close(
		frame: StoredFrame,
		feed: string,
		minute: number,
		decoded: DecodedFrame,
		counts: FeedCounts,
		places: { readonly duplicates: number[]; readonly deadLetters: number[]; readonly ignored: number[] },
	): void {
		const { partition } = frame;
		const items = decoded.items.length;
		const lost = decoded.failure !== undefined && items === 0;
		this.#sheet.add("interpret", feed, partition, minute, lost ? "dead_lettered" : "decoded", 1);
		this.#sheet.add("admit", feed, partition, minute, "in", items + counts.removals);
		this.#sheet.add("admit", feed, partition, minute, "appended", counts.records);
		this.#sheet.add("admit", feed, partition, minute, "duplicate", counts.duplicates);
		this.#sheet.add("admit", feed, partition, minute, "dead_lettered", places.deadLetters.length);
		this.#sheet.add("admit", feed, partition, minute, "ignored", counts.ignored);
		const receipt: Receipt = {
			frame: frame.offset,
			items,
			...(counts.removals > 0 && { removals: counts.removals }),
			duplicates: formatRanges(places.duplicates),
			deadLetters: formatRanges(places.deadLetters),
			ignored: formatRanges(places.ignored),
			frameDeadLetter: decoded.failure !== undefined,
		};
		addRow(this.#receipts, partition, feed, minute, receipt);
		this.#next.set(partition, frame.offset + 1);
		this.#items += Math.max(1, items + counts.removals);
	}

	#deadLetter(frame: StoredFrame, minute: number, letter: DeadLetter): void {
		addRow(this.#deadLetters, frame.partition, letter.feed, minute, letter);
		this.#bytes += letter.message.length + (letter.sample?.length ?? 0);
	}
}

/** Records of one partition as one commit appends them. */
export interface AppendedRecords {
	readonly partition: number;
	readonly records: readonly TransitRecord[];
}

/** The records of one feed and minute, by partition. */
class OpenRecords implements OpenPacks {
	readonly #feed: string;
	readonly #minute: number;
	readonly #packs: (RecordPackBuilder | undefined)[] = [];
	readonly #records: TransitRecord[][] = [];

	constructor(feed: string, minute: number) {
		this.#feed = feed;
		this.#minute = minute;
	}

	get bytes(): number {
		let bytes = 0;
		for (const pack of this.#packs) bytes += pack?.bytes ?? 0;
		return bytes;
	}

	packOf(partition: number): RecordPackBuilder {
		let pack = this.#packs[partition];
		if (pack === undefined) {
			pack = new RecordPackBuilder(partition, this.#feed, this.#minute);
			this.#packs[partition] = pack;
			this.#records[partition] = [];
		}
		return pack;
	}

	/** The record was written into the pack of its partition. */
	appended(record: TransitRecord, partition: number): void {
		this.#records[partition]?.push(record);
	}

	/** What has records, into both lists. */
	finish(append: Pack[], appended: AppendedRecords[]): void {
		this.#packs.forEach((pack, partition) => {
			const records = this.#records[partition];
			if (pack === undefined || records === undefined || records.length === 0) return;
			append.push(pack.finish());
			appended.push({ partition, records });
		});
	}
}

interface OpenRows<Row> {
	readonly partition: number;
	readonly feed: string;
	readonly minute: number;
	readonly rows: Row[];
}

function addRow<Row>(
	open: Map<string, OpenRows<Row>>,
	partition: number,
	feed: string,
	minute: number,
	row: Row,
): void {
	const key = `${partition}|${minute}|${feed}`;
	const rows = open.get(key);
	if (rows) rows.rows.push(row);
	else open.set(key, { partition, feed, minute, rows: [row] });
}

function jsonPack(topic: "receipts" | "dead-letters", open: OpenRows<object>): Pack {
	const { partition, feed, minute, rows } = open;
	return { topic, partition, feed, minute, count: rows.length, head: "{}", body: JSON.stringify(rows) };
}

/** `type@version` of what reads the frame, and the repairs that its payload goes through before: `mapping@1+h2`. */
export function decoderOf(frame: StoredFrame, reader: FrameReader): string {
	return `${reader.decoderName}${healedBy(frame, reader)}`;
}

function healedBy({ offset }: StoredFrame, { healer }: FrameReader): string {
	return healer?.revisionAt(offset) ?? "";
}

export function originOf(frame: StoredFrame, reader: FrameReader, decoded: DecodedFrame): FrameOrigin {
	const contract = reader.contract?.name;
	return {
		agency: reader.agency,
		feed: reader.feed,
		upstream: frame.upstream,
		partition: frame.partition,
		offset: frame.offset,
		receivedTime: frame.receivedTime,
		headerTime: decoded.headerTime,
		decoder: decoderOf(frame, reader),
		contract: contract && `${contract}${healedBy(frame, reader)}`,
		schedule: reader.ids?.version,
	};
}

/** Of the records that the candidate gives. */
export function candidateOrigin(origin: FrameOrigin, { candidate }: FrameReader): FrameOrigin {
	if (candidate === undefined) return origin;
	return { ...origin, decoder: candidate.decoderName, contract: candidate.contract?.name };
}

export function letterOf(origin: FrameOrigin, now: EpochMs): Omit<DeadLetter, "stage" | "code" | "message"> {
	return {
		time: now,
		feed: origin.feed,
		upstream: origin.upstream,
		frame: { partition: origin.partition, offset: origin.offset },
		receivedTime: origin.receivedTime,
		decoder: origin.decoder,
	};
}
