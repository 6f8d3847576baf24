import { JsonBytes } from "../log/json-bytes.js";
import { partitionOf } from "../log/partitioner.js";
import type { Flag, Kind, Observation } from "../model/observation.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import { DAY_MS, type EpochMs, MINUTE_MS } from "../model/units.js";
import { KnownVehicle, writeBody } from "./body-json.js";
import { DedupeWindow, type Seen } from "./dedupe-window.js";
import { type Hash64, hashContent, hashText, mixTime } from "./hash.js";

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
			readonly record: TransitRecord;
			/** JSON in UTF-8, valid until the next call. */
			readonly body: Uint8Array;
			readonly partition: number;
	  }
	| { readonly outcome: "duplicate" }
	| { readonly outcome: "ignored" }
	| { readonly outcome: "no_subject"; readonly message: string };

const DUPLICATE: Admission = { outcome: "duplicate" };
const IGNORED: Admission = { outcome: "ignored" };
const SUBJECT_LENGTH_MAX = 200;
/** Keys whose high-water mark is remembered; beyond it the oldest marks go. */
const MARKS_MAX = 500_000;

/** What is known of one kind and key: its newest event time, and everything that can be worked out once. */
interface Mark {
	readonly key: string;
	readonly partition: number;
	readonly hash: Hash64;
	highWater: EpochMs;
	/** The frame that held the key last, to see a key twice in one frame. */
	frame: number;
	minute: number;
	/** Content of the last record, for items whose time upstream does not state. */
	contentLow: number;
	contentHigh: number;
	readonly known: KnownVehicle;
}

/**
 * Decides what becomes of an observation: identity, event time, order, duplicates. One per store; state is per partition,
 * so that a partition can move to another owner. DESIGN section 4, "Identity" and "Order and time".
 */
export class Admitter {
	readonly #options: AdmitOptions;
	readonly #windows: DedupeWindow[];
	readonly #marks = new Map<string, Map<string, Mark>>();
	readonly #id: Hash64 = { low: 0, high: 0 };
	readonly #content: Hash64 = { low: 0, high: 0 };
	readonly #earlier: Hash64 = { low: 0, high: 0 };
	readonly #variant: Hash64 = { low: 0, high: 0 };
	readonly #json = new JsonBytes(4096);
	#marksCount = 0;
	#lastMarks: { readonly kind: Kind; readonly agency: string; readonly marks: Map<string, Mark> } | undefined;

	constructor(options: AdmitOptions) {
		this.#options = options;
		const each = Math.ceil(options.dedupeKeys / options.partitions);
		this.#windows = Array.from({ length: options.partitions }, () => new DedupeWindow(each));
	}

	window(partition: number): DedupeWindow {
		return this.#windows[partition] as DedupeWindow;
	}

	/** Decides about one item. `operatorId` is what intake lets through of it: a keyed hash, or nothing. */
	admit(
		observation: Observation,
		index: number,
		origin: FrameOrigin,
		operatorId: string | undefined,
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
		const mark = this.#mark(observation.kind, origin.agency, subject);
		const stated = observation.eventTime;
		const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;
		const body = writeBody(observation, operatorId, this.#json, mark.known).view();
		hashContent(body, this.#content);
		const content = this.#content;
		if (stated === undefined && observation.kind === "service_alert" && sameContent(mark, content))
			return DUPLICATE;

		mixTime(mark.hash, eventTime, this.#id);
		const window = this.#windows[mark.partition] as DedupeWindow;
		const seen = window.find(this.#id.low, this.#id.high);
		let revision = 0;
		if (seen !== undefined) {
			if (seen.upstream !== (origin.upstream & 0xff)) return IGNORED;
			revision = seen.revision + 1;
			copyContent(seen, this.#earlier);
			if (sameContent(seen, content) || this.#isVariant(window, content)) {
				mark.frame = frameNumber(origin);
				return DUPLICATE;
			}
		}
		const flags = this.#flags(observation, origin, mark, eventTime, seen, window);
		const record: TransitRecord = {
			revision,
			key: mark.key,
			eventTime,
			resolutionMs: observation.resolutionMs ?? 1000,
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
		return { outcome: "appended", record, body, partition: mark.partition };
	}

	/** Takes a record of the log into the window and the marks, as when it was admitted. For the start. */
	restore(record: TransitRecord): void {
		const subject = subjectOf(record.body);
		if (subject === undefined) return;
		const mark = this.#mark(record.body.kind, record.origin.agency, subject);
		hashContent(writeBody(record.body, record.body.operatorId, this.#json).view(), this.#content);
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
		const stated = !record.flags.includes("time_from_header") && !record.flags.includes("time_from_receipt");
		this.#remember(mark, record, this.#content, stated);
	}

	/** Forgets what is beyond the age; called once a minute or so. */
	forget(now: EpochMs): void {
		const before = Math.floor((now - this.#options.dedupeAgeMs) / MINUTE_MS);
		for (const window of this.#windows) window.forgetBefore(before);
		if (this.#marksCount <= MARKS_MAX) return;
		for (const marks of this.#marks.values()) {
			for (const [subject, mark] of marks) {
				if (mark.minute >= before && this.#marksCount <= MARKS_MAX) continue;
				marks.delete(subject);
				this.#marksCount--;
			}
		}
	}

	/** The high-water marks of a partition as text that `restoreMarks` takes. */
	marks(partition: number): string {
		const rows: unknown[] = [];
		for (const [space, marks] of this.#marks) {
			for (const [subject, mark] of marks) {
				if (mark.partition === partition && mark.minute > 0) {
					rows.push([space, subject, mark.highWater, mark.minute, mark.contentLow, mark.contentHigh]);
				}
			}
		}
		return JSON.stringify(rows);
	}

	restoreMarks(text: string): void {
		const rows = JSON.parse(text) as [string, string, number, number, number, number][];
		for (const [space, subject, highWater, minute, contentLow, contentHigh] of rows) {
			const at = space.indexOf("|");
			const mark = this.#mark(space.slice(0, at) as Kind, space.slice(at + 1), subject);
			Object.assign(mark, { highWater, minute, contentLow, contentHigh });
		}
	}

	/** The records of a frame are of one agency, and most of them of one kind. */
	#marksOf(kind: Kind, agency: string): Map<string, Mark> {
		const last = this.#lastMarks;
		if (last !== undefined && last.kind === kind && last.agency === agency) return last.marks;
		const space = `${kind}|${agency}`;
		let marks = this.#marks.get(space);
		if (marks === undefined) {
			marks = new Map();
			this.#marks.set(space, marks);
		}
		this.#lastMarks = { kind, agency, marks };
		return marks;
	}

	#mark(kind: Kind, agency: string, subject: string): Mark {
		const marks = this.#marksOf(kind, agency);
		let mark = marks.get(subject);
		if (mark === undefined) {
			const key = `${agency}:${subject}`;
			const hash: Hash64 = { low: 0, high: 0 };
			hashText(`${kind}/${key}`, hash);
			const partition = partitionOf(key, this.#options.partitions);
			mark = {
				key,
				partition,
				hash,
				highWater: -Infinity,
				frame: -1,
				minute: 0,
				contentLow: 0,
				contentHigh: 0,
				known: new KnownVehicle(),
			};
			marks.set(subject, mark);
			this.#marksCount++;
		}
		return mark;
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
	): readonly Flag[] {
		const given = observation.flags;
		const flags: Flag[] = given === undefined ? [] : [...given];
		if (observation.eventTime === undefined) {
			flags.push(origin.headerTime === undefined ? "time_from_receipt" : "time_from_header");
		}
		if (eventTime > origin.receivedTime + this.#options.futureSkewMs) flags.push("future");
		if (eventTime < mark.highWater) flags.push("late");
		if (mark.frame === frameNumber(origin)) flags.push("repeated_in_frame");
		if (
			seen === undefined &&
			window.forgotThroughMinute > 0 &&
			Math.floor(eventTime / MINUTE_MS) <= window.forgotThroughMinute
		) {
			flags.push("beyond_dedupe_window");
		}
		return flags.length === 0 ? NO_FLAGS : flags;
	}

	/** Only a time that upstream stated, and that is not ahead of its reception, raises the mark. */
	#remember(mark: Mark, record: TransitRecord, content: Hash64, stated: boolean): void {
		mark.frame = frameNumber(record.origin);
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

function sameContent(
	known: { readonly contentLow: number; readonly contentHigh: number },
	content: Hash64,
): boolean {
	return known.contentLow === content.low && known.contentHigh === content.high;
}

/**
 * Who or what an observation is about, as it stands behind the agency in its key: the vehicle, else the trip with its
 * service date, else the label. Alerts have an id of their own; forecasts and visits belong to the trip.
 */
function subjectOf(observation: Observation): string | undefined {
	switch (observation.kind) {
		case "service_alert":
			return observation.alertId || undefined;
		case "trip_update":
		case "stop_visit":
			return tripSubject(observation) ?? observation.vehicleId ?? undefined;
		case "vehicle_location":
		case "assignment":
			return (
				observation.vehicleId ||
				tripSubject(observation) ||
				(observation.vehicleLabel ? `label:${observation.vehicleLabel}` : undefined)
			);
	}
}

function tripSubject(observation: Observation): string | undefined {
	const date = observation.serviceDate ?? "";
	if (observation.tripId) return `${date}:${observation.tripId}`;
	if (observation.gtfsRouteId && observation.startTime) {
		return `${date}:${observation.gtfsRouteId}/${observation.directionId ?? ""}/${observation.startTime}`;
	}
	return undefined;
}

function withoutEnvelope(observation: Observation, operatorId: string | undefined): Observation {
	if (observation.operatorId === undefined && operatorId === undefined) return observation;
	return { ...observation, operatorId };
}
