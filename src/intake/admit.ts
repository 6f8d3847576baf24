import { JsonBytes } from "../log/json-bytes.js";
import { plainEnvelope, type RecordPackBuilder } from "../log/record-pack.js";
import type { Flag, Observation } from "../model/observation.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import { DAY_MS, type EpochMs, MINUTE_MS } from "../model/units.js";
import { writeBody } from "./body-json.js";
import { DedupeWindow, type Seen } from "./dedupe-window.js";
import { type Hash64, hashContent, mixTime } from "./hash.js";
import { Marks } from "./marks.js";
import {
	type Mark,
	NOT_REMOVED,
	type Reporter,
	type SweepPart,
	type SweepVerdict,
	standingOf,
} from "./reporters.js";
import { removalOf, subjectForm, subjectOf } from "./subject.js";

export interface AdmitOptions {
	readonly partitions: number;
	/** How far ahead of the received time an event may lie before it is flagged `future`. Default 60 s. */
	readonly futureSkewMs: number;
	/** How many records the dedupe windows of all partitions remember together. Default 1,000,000. */
	readonly dedupeKeys: number;
	/** How long they remember, by received time. Default 24 h. */
	readonly dedupeAgeMs: number;
}

export const ADMIT_DEFAULTS = { futureSkewMs: 60_000, dedupeKeys: 1_000_000, dedupeAgeMs: DAY_MS };

/** What happened to one item, for its receipt and the ledger. */
export type Admission =
	| {
			readonly outcome: "appended";
			/** It stands in the pack of its partition. */
			readonly record: TransitRecord;
			readonly partition: number;
	  }
	| { readonly outcome: "duplicate" }
	| { readonly outcome: "ignored" }
	| { readonly outcome: "no_subject"; readonly message: string };

/** Where what is admitted is written. */
export interface OpenPacks {
	/** The pack of a partition that is being filled. */
	packOf(partition: number): RecordPackBuilder;
}

const DUPLICATE: Admission = { outcome: "duplicate" };
const IGNORED: Admission = { outcome: "ignored" };
const SUBJECT_LENGTH_MAX = 200;
/**
 * Decides what becomes of an observation: identity, event time, order, duplicates. One per store; state is per partition,
 * so that a partition can move to another owner. DESIGN section 4, "Identity" and "Order and time".
 */
export class Admitter {
	readonly #options: AdmitOptions;
	readonly #windows: DedupeWindow[];
	/** What is known of each key, and of those who report them. */
	readonly marks: Marks;
	readonly #id: Hash64 = { low: 0, high: 0 };
	readonly #content: Hash64 = { low: 0, high: 0 };
	readonly #earlier: Hash64 = { low: 0, high: 0 };
	readonly #variant: Hash64 = { low: 0, high: 0 };
	readonly #json = new JsonBytes(4096);
	#lastOrigin: FrameOrigin | undefined;
	#lastReporter: Reporter | undefined;

	constructor(options: AdmitOptions) {
		this.#options = options;
		this.marks = new Marks(options.partitions);
		const each = Math.ceil(options.dedupeKeys / options.partitions);
		this.#windows = Array.from({ length: options.partitions }, () => new DedupeWindow(each));
	}

	window(partition: number): DedupeWindow {
		return this.#windows[partition] as DedupeWindow;
	}

	/**
	 * Decides about one item, and writes what is appended into its pack. `operatorId` is what intake lets through of it: a
	 * keyed hash, or nothing.
	 */
	admit(
		observation: Observation,
		index: number,
		origin: FrameOrigin,
		operatorId: string | undefined,
		packs: OpenPacks,
	): Admission {
		const subject = subjectOf(observation);
		if (subject === undefined) {
			return {
				outcome: "no_subject",
				message: `A ${observation.kind} names no vehicle, no trip and no label`,
			};
		}
		if (subject.length > SUBJECT_LENGTH_MAX) {
			return {
				outcome: "no_subject",
				message: `The subject of a ${observation.kind} has ${subject.length} characters`,
			};
		}
		const mark = this.marks.of(observation.kind, origin.agency, subject);
		const pack = packs.packOf(mark.partition);
		const json = pack.begin();
		const from = json.length;
		writeBody(observation, operatorId, json, mark.known);
		hashContent(json.data, from, json.length, this.#content);
		const admission = this.#decide(observation, index, origin, operatorId, mark);
		if (admission.outcome === "appended") {
			mark.envelope ??= plainEnvelope(mark.key);
			pack.end(admission.record, mark.envelope);
		}
		return admission;
	}

	/** The hash of what is decided about is in `#content`. */
	#decide(
		observation: Observation,
		index: number,
		origin: FrameOrigin,
		operatorId: string | undefined,
		mark: Mark,
	): Admission {
		const content = this.#content;
		const reporter = this.#reporterOf(origin);
		if (mark.reporter === reporter) mark.seenTime = origin.receivedTime;
		const frameBefore = mark.frame;
		mark.frame = frameNumber(origin);
		const stated = observation.eventTime;
		const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;
		const resolutionMs = observation.resolutionMs ?? 1000;
		// What was said to have gone and is listed again is news, also when nothing else about it is new.
		const isBack = mark.removedTime !== NOT_REMOVED && this.sweepTime(origin) > mark.removedTime;
		const isUntimed = observation.kind === "service_alert" || observation.kind === "detour";
		if (stated === undefined && isUntimed && !isBack && sameContent(mark, content)) return DUPLICATE;

		mixTime(mark.hash, eventTime, this.#id);
		const window = this.#windows[mark.partition] as DedupeWindow;
		const seen = window.find(this.#id.low, this.#id.high);
		const standing = standingOf(mark, reporter, eventTime, resolutionMs, origin.receivedTime);
		if (standing === "told") return IGNORED;
		let revision = 0;
		if (seen !== undefined) {
			const isOthers = seen.upstream !== (origin.upstream & 0xff);
			if (isOthers && !isBack && standing !== "news") return IGNORED;
			revision = seen.revision + 1;
			copyContent(seen, this.#earlier);
			if (!isBack && (sameContent(seen, content) || this.#isVariant(window, content))) return DUPLICATE;
		}
		const flags = this.#flags(observation, origin, mark, eventTime, seen, window, frameBefore);
		const record: TransitRecord = {
			revision,
			key: mark.key,
			eventTime,
			resolutionMs,
			origin,
			index,
			flags,
			body: withoutEnvelope(observation, operatorId),
		};
		const minute = Math.floor(origin.receivedTime / MINUTE_MS);
		window.add(
			this.#id.low,
			this.#id.high,
			content.low,
			content.high,
			revision,
			origin.upstream & 0xff,
			minute,
		);
		if (seen !== undefined && flags.includes("repeated_in_frame")) this.#addVariants(window, record, minute);
		this.#remember(mark, record, content, stated !== undefined);
		mark.form = subjectForm(observation);
		reporter.hold(mark, origin.receivedTime, resolutionMs);
		return { outcome: "appended", record, partition: mark.partition };
	}

	/** When a message states what it states: its own time, unless that is missing or lies in the future. */
	sweepTime({ headerTime, receivedTime }: FrameOrigin): EpochMs {
		const isUsable = headerTime !== undefined && headerTime <= receivedTime + this.#options.futureSkewMs;
		return isUsable ? headerTime : receivedTime;
	}

	/** A frame of a message that came in several. */
	follow(origin: FrameOrigin, part: SweepPart): void {
		this.#reporterOf(origin).follow(frameNumber(origin), part);
	}

	/** Which keys a complete message shows to have gone, after all of its items were admitted. Each is to be removed. */
	sweep(origin: FrameOrigin, removeAfter: number, isInParts = false): SweepVerdict {
		const reporter = this.#reporterOf(origin);
		return reporter.sweep(frameNumber(origin), this.sweepTime(origin), removeAfter, isInParts);
	}

	/** The removal of a key that `sweep` named. `index` is its place behind the items of the frame. */
	remove(
		mark: Mark,
		index: number,
		origin: FrameOrigin,
		packs: OpenPacks,
	): Admission & { readonly outcome: "appended" } {
		const eventTime = this.sweepTime(origin);
		const body = removalOf(mark.kind, mark.form, mark.subject);
		const window = this.#windows[mark.partition] as DedupeWindow;
		this.#removalId(mark, eventTime);
		// Two upstreams may end one key at one instant.
		const revision = (window.find(this.#id.low, this.#id.high)?.revision ?? -1) + 1;
		const flags: readonly Flag[] = eventTime === origin.headerTime ? NO_FLAGS : ["time_from_receipt"];
		const { key, partition } = mark;
		const record = { revision, key, eventTime, resolutionMs: 1000, origin, index, flags, body };
		this.#remembersRemoval(mark, record);
		packs.packOf(partition).add(record, JSON.stringify(body));
		return { outcome: "appended", record, partition };
	}

	/** Takes a record of the log into the window and the marks, as when it was admitted. For the start. */
	restore(record: TransitRecord): void {
		const subject = subjectOf(record.body);
		if (subject === undefined) return;
		const mark = this.marks.of(record.body.kind, record.origin.agency, subject);
		const reporter = this.#reporterOf(record.origin);
		if (!record.flags.includes("redecoded")) {
			mark.form = subjectForm(record.body);
			reporter.lastFrameTime = Math.max(reporter.lastFrameTime, record.origin.receivedTime);
		}
		if (record.body.removed === true) {
			this.#removalId(mark, record.eventTime);
			this.#remembersRemoval(mark, record);
			return;
		}
		this.#json.clear();
		writeBody(record.body, record.body.operatorId, this.#json);
		hashContent(this.#json.data, 0, this.#json.length, this.#content);
		mixTime(mark.hash, record.eventTime, this.#id);
		const minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
		const window = this.#windows[mark.partition] as DedupeWindow;
		const seen = window.find(this.#id.low, this.#id.high);
		if (seen !== undefined) copyContent(seen, this.#earlier);
		window.add(
			this.#id.low,
			this.#id.high,
			this.#content.low,
			this.#content.high,
			record.revision,
			record.origin.upstream & 0xff,
			minute,
		);
		if (seen !== undefined && record.flags.includes("repeated_in_frame"))
			this.#addVariants(window, record, minute);
		// What was decoded again later says nothing of the present.
		if (record.flags.includes("redecoded")) return;
		const stated = !record.flags.includes("time_from_header") && !record.flags.includes("time_from_receipt");
		this.#remember(mark, record, this.#content, stated);
		reporter.hold(mark, record.origin.receivedTime, record.resolutionMs);
	}

	/** Forgets what is beyond the age; called once a minute or so. */
	forget(now: EpochMs): void {
		const before = Math.floor((now - this.#options.dedupeAgeMs) / MINUTE_MS);
		for (const window of this.#windows) window.forgetBefore(before);
		this.marks.forgetBefore(before);
	}

	/** The items of a frame share one origin. */
	#reporterOf(origin: FrameOrigin): Reporter {
		let reporter = this.#lastReporter;
		if (reporter === undefined || this.#lastOrigin !== origin) {
			reporter = this.marks.reporter(origin.feed, origin.upstream);
			this.#lastOrigin = origin;
			this.#lastReporter = reporter;
		}
		return reporter;
	}

	/** Into `#id`: apart from that of a report of the same instant. */
	#removalId(mark: Mark, eventTime: EpochMs): void {
		mixTime(mark.hash, eventTime, this.#id);
		this.#id.low = ~this.#id.low >>> 0;
		this.#id.high = ~this.#id.high >>> 0;
	}

	/** `#id` is that of the removal. */
	#remembersRemoval(mark: Mark, { revision, eventTime, origin }: TransitRecord): void {
		const minute = Math.floor(origin.receivedTime / MINUTE_MS);
		const window = this.#windows[mark.partition] as DedupeWindow;
		window.add(this.#id.low, this.#id.high, 0, 0, revision, origin.upstream & 0xff, minute);
		mark.minute = minute;
		mark.reporter?.present.delete(mark);
		this.#reporterOf(origin).release(mark, eventTime);
	}

	/**
	 * Upstream that lists a vehicle twice, with two contents of one time, says both again in every frame until the time
	 * moves on. Compared with the last one only, each would be a revision of the other for ever.
	 */
	#isVariant(window: DedupeWindow, content: Hash64): boolean {
		variantId(this.#id, content, this.#variant);
		return window.find(this.#variant.low, this.#variant.high) !== undefined;
	}

	/** Remembers the content before this one and this one as what one frame stated side by side under the id. */
	#addVariants(window: DedupeWindow, record: TransitRecord, minute: number): void {
		for (const content of [this.#earlier, this.#content]) {
			if (this.#isVariant(window, content)) continue;
			const { low, high } = this.#variant;
			const { revision, origin } = record;
			window.add(low, high, content.low, content.high, revision, origin.upstream & 0xff, minute);
		}
	}

	#flags(
		observation: Observation,
		origin: FrameOrigin,
		mark: Mark,
		eventTime: EpochMs,
		seen: Seen | undefined,
		window: DedupeWindow,
		frameBefore: number,
	): readonly Flag[] {
		const given = observation.flags;
		let flags: Flag[] | undefined = given === undefined || given.length === 0 ? undefined : [...given];
		if (observation.eventTime === undefined) {
			flags = flagged(flags, origin.headerTime === undefined ? "time_from_receipt" : "time_from_header");
		}
		if (eventTime > origin.receivedTime + this.#options.futureSkewMs) flags = flagged(flags, "future");
		if (eventTime < mark.highWater) flags = flagged(flags, "late");
		if (frameBefore === frameNumber(origin)) flags = flagged(flags, "repeated_in_frame");
		if (
			seen === undefined &&
			window.forgotThroughMinute > 0 &&
			Math.floor(eventTime / MINUTE_MS) <= window.forgotThroughMinute
		) {
			flags = flagged(flags, "beyond_dedupe_window");
		}
		return flags ?? NO_FLAGS;
	}

	/** Only a time that upstream stated, and that is not ahead of its reception, raises the mark. */
	#remember(mark: Mark, record: TransitRecord, content: Hash64, stated: boolean): void {
		mark.minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
		mark.contentLow = content.low;
		mark.contentHigh = content.high;
		const notFuture = record.eventTime <= record.origin.receivedTime + this.#options.futureSkewMs;
		if (stated && notFuture && record.eventTime > mark.highWater) mark.highWater = record.eventTime;
	}
}

/** Offsets count within a partition, and feeds of one agency may lie in several. */
function frameNumber({ partition, offset }: FrameOrigin): number {
	return offset * 1024 + partition;
}

function variantId(id: Hash64, content: Hash64, into: Hash64): void {
	into.low = (id.low ^ content.high) >>> 0;
	into.high = (id.high ^ content.low) >>> 0;
}

function copyContent(seen: Seen, into: Hash64): void {
	into.low = seen.contentLow;
	into.high = seen.contentHigh;
}

const NO_FLAGS: readonly Flag[] = Object.freeze([]);

/** Most records have none: nothing is made for them. */
function flagged(flags: Flag[] | undefined, flag: Flag): Flag[] {
	if (flags === undefined) return [flag];
	flags.push(flag);
	return flags;
}

function sameContent(
	known: { readonly contentLow: number; readonly contentHigh: number },
	content: Hash64,
): boolean {
	return known.contentLow === content.low && known.contentHigh === content.high;
}

function withoutEnvelope(observation: Observation, operatorId: string | undefined): Observation {
	if (observation.operatorId === undefined && operatorId === undefined) return observation;
	return { ...observation, operatorId };
}
