import { JsonBytes } from "../log/json-bytes.js";
import { isGuardFlag } from "../log/ledger.js";
import type { Flag, Observation } from "../model/observation.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
import { ADMIT_DEFAULTS, type Admitter } from "./admit.js";
import { type KnownVehicle, writeBody } from "./body-json.js";
import { type Hash64, hashContent, mixTime } from "./hash.js";
import { subjectOf } from "./subject.js";

/** What the log holds under one id, as far as it is known: every content that was said, and the newest revision. */
export interface Known {
	revision: number;
	readonly upstream: number;
	readonly contents: Set<string>;
	/** What the newest revision says, and what read it. Undefined: not known, and then `contents` is all there is. */
	newest?: { readonly content: string; readonly decoder: string };
	/** The record that a guard flagged, or changed. */
	guarded?: TransitRecord;
}

/** What is known by id before a frame is decoded again: what it gave itself, and what was said around that time. */
export interface Before {
	readonly own: ReadonlyMap<string, Known>;
	readonly near: ReadonlyMap<string, Known>;
	/** Items that were duplicates when the frame was read first, as far as its items can still be told apart. */
	readonly duplicates: ReadonlySet<number>;
	/**
	 * Items that a guard made dead letters, `all` when it judged the whole frame: guards look at the fleet as it was then, so
	 * their word cannot be asked for again, and stands. `all` too of a frame in which the process died: it is not tried twice.
	 */
	readonly guarded: ReadonlySet<number> | "all";
	/** What read the frame when the guard spoke: of another reading it has said nothing. Undefined: of any. */
	readonly guardedBy?: string | undefined;
	/** Items that the frame had then; undefined: its receipt is gone. */
	readonly items: number | undefined;
	/** How it was read the last time; undefined: nobody knows any more. */
	readonly last: LastReading | undefined;
}

/** What could not be read of a frame the last time that it was tried. */
export interface LastReading {
	readonly items: number;
	readonly isUnreadable: boolean;
	readonly refused: ReadonlySet<number>;
}

/** A record that takes effect once it is durable. */
export interface Readmitted {
	readonly outcome: "revised" | "added";
	readonly id: string;
	readonly record: TransitRecord;
	/** JSON. */
	readonly body: string;
	readonly partition: number;
	/** For the window of the partition. */
	readonly hashes: { readonly id: Hash64; readonly content: Hash64 };
}

export type Readmission =
	| Readmitted
	| { readonly outcome: "unchanged" | "ignored"; readonly id: string }
	| { readonly outcome: "refused"; readonly id?: undefined };

/**
 * Decides about an item of a frame that is decoded again, by what the frame gave before. It moves neither marks nor
 * windows: what riders see, and what live reports are compared with, is not touched until the record is durable.
 */
export class Readmitter {
	readonly #admitter: Admitter;
	readonly #futureSkewMs: number;
	readonly #json = new JsonBytes(4096);

	constructor(admitter: Admitter, futureSkewMs: number = ADMIT_DEFAULTS.futureSkewMs) {
		this.#admitter = admitter;
		this.#futureSkewMs = futureSkewMs;
	}

	/** Under which id a record of the log stands, and what it says. */
	identify(record: TransitRecord): { readonly id: string; readonly content: string } | undefined {
		const subject = subjectOf(record.body);
		if (subject === undefined || record.body.removed === true) return undefined;
		const mark = this.#admitter.marks.of(record.body.kind, record.origin.agency, subject);
		const id: Hash64 = { low: 0, high: 0 };
		const content: Hash64 = { low: 0, high: 0 };
		mixTime(mark.hash, record.eventTime, id);
		this.#write(record.body, record.body.operatorId, undefined, content);
		return { id: textOf(id), content: textOf(content) };
	}

	/** Answers the body, valid until the next call, and its hash in `content`. */
	#write(
		body: Observation,
		operatorId: string | undefined,
		known: KnownVehicle | undefined,
		content: Hash64,
	): Uint8Array {
		this.#json.clear();
		writeBody(body, operatorId, this.#json, known);
		hashContent(this.#json.data, 0, this.#json.length, content);
		return this.#json.view();
	}

	readmit(
		observation: Observation,
		index: number,
		origin: FrameOrigin,
		operatorId: string | undefined,
		before: Before,
		fresh: ReadonlyMap<string, Known>,
	): Readmission {
		const subject = subjectOf(observation);
		if (subject === undefined || subject.length > 200) return { outcome: "refused" };
		const mark = this.#admitter.marks.of(observation.kind, origin.agency, subject);
		const stated = observation.eventTime;
		const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;
		const id: Hash64 = { low: 0, high: 0 };
		const content: Hash64 = { low: 0, high: 0 };
		mixTime(mark.hash, eventTime, id);
		const body = this.#write(observation, operatorId, mark.known, content);
		const name = textOf(id);
		const said = textOf(content);
		const own = before.own.get(name);
		const latest =
			fresh.get(name) ?? this.#inWindow(mark.partition, id) ?? newest(own, before.near.get(name));
		const isReadOtherwise = own?.newest !== undefined && own.newest.decoder !== origin.decoder;
		const { guarded } = own ?? {};
		if (guarded !== undefined && guarded.origin.decoder === origin.decoder) {
			// What a guard said of this reading stands; where another one has taken its place, it takes it back.
			if (!isReadOtherwise) return { outcome: "ignored", id: name };
			const { body: found, flags: all } = guarded;
			const again = { ...found, flags: all.filter(isGuardFlag) } as Observation;
			const others = new Map([...before.own].filter(([id]) => id !== name));
			const known: Known = { ...(latest as Known), contents: new Set() };
			const past = { ...before, own: others, near: new Map([[name, known]]) };
			return this.readmit(again, index, origin, found.operatorId, past, fresh);
		}
		// Frames may contradict each other under one id: what any of them has said already is no news, in whatever order.
		const near = before.near.get(name);
		const isSaid = isReadOtherwise
			? own?.newest?.content === said || (latest !== own && latest?.contents.has(said) === true)
			: [own, latest, near].some((known) => known?.contents.has(said));
		if (isSaid) return { outcome: "unchanged", id: name };
		// Without a time of its own it stands under the time of each message: what was a repetition is one again.
		if (stated === undefined && own === undefined && before.duplicates.has(index)) {
			return { outcome: "unchanged", id: name };
		}
		if (own === undefined && latest !== undefined && latest.upstream !== (origin.upstream & 0xff)) {
			return { outcome: "ignored", id: name };
		}
		const window = this.#admitter.window(mark.partition);
		const flags: Flag[] = [...(observation.flags ?? [])];
		if (stated === undefined)
			flags.push(origin.headerTime === undefined ? "time_from_receipt" : "time_from_header");
		if (eventTime > origin.receivedTime + this.#futureSkewMs) flags.push("future");
		flags.push("late", "redecoded");
		const isForgotten =
			window.forgotThroughMinute > 0 && Math.floor(eventTime / MINUTE_MS) <= window.forgotThroughMinute;
		if (latest === undefined && isForgotten) flags.push("beyond_dedupe_window");
		const record: TransitRecord = {
			revision: latest === undefined ? 0 : latest.revision + 1,
			key: mark.key,
			eventTime,
			resolutionMs: observation.resolutionMs ?? 1000,
			origin,
			index,
			flags,
			body: observation.operatorId === operatorId ? observation : { ...observation, operatorId },
		};
		return {
			outcome: latest === undefined ? "added" : "revised",
			id: name,
			record,
			body: new TextDecoder().decode(body),
			partition: mark.partition,
			hashes: { id, content },
		};
	}

	/** The record is durable: live reports of the same are duplicates of it from here on. */
	remember({ record, partition, hashes: { id, content } }: Readmitted, minute: number): void {
		const upstream = record.origin.upstream & 0xff;
		this.#admitter
			.window(partition)
			.add(id.low, id.high, content.low, content.high, record.revision, upstream, minute);
	}

	#inWindow(partition: number, id: Hash64): Known | undefined {
		const seen = this.#admitter.window(partition).find(id.low, id.high);
		if (seen === undefined) return undefined;
		const content = textOf({ low: seen.contentLow, high: seen.contentHigh });
		return { revision: seen.revision, upstream: seen.upstream, contents: new Set([content]) };
	}
}

function newest(a: Known | undefined, b: Known | undefined): Known | undefined {
	if (a === undefined || b === undefined) return a ?? b;
	return b.revision > a.revision ? b : a;
}

function textOf({ low, high }: Hash64): string {
	return `${low}/${high}`;
}
