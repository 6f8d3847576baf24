import type { Kind } from "../model/observation.js";
import { type DurationMs, type EpochMs, MINUTE_MS, SECOND_MS } from "../model/units.js";
import { readItemList, SWEEP_META } from "../sources/source.js";
import type { KnownVehicle } from "./body-json.js";
import type { Hash64 } from "./hash.js";
import { canBeRemoved, type SubjectForm } from "./subject.js";

/** What is known of one kind and key: its newest event time, who told it, and everything that can be worked out once. */
export interface Mark {
	readonly kind: Kind;
	readonly key: string;
	readonly subject: string;
	readonly partition: number;
	readonly hash: Hash64;
	form: SubjectForm;
	highWater: EpochMs;
	/** The frame that listed the key last. */
	frame: number;
	minute: number;
	/** Content of the last report, for items whose time upstream does not state. */
	contentLow: number;
	contentHigh: number;
	readonly known: KnownVehicle;
	/** What the log says of a record of the key that is as most are; undefined until there was one. */
	envelope: Uint8Array | undefined;
	/** Whose report of the key was appended last. */
	reporter: Reporter | undefined;
	/** When that report was received, how coarse its time is, and when the reporter listed the key last. */
	toldTime: EpochMs;
	resolutionMs: DurationMs;
	seenTime: EpochMs;
	/** Event time of the removal when that is the newest record of the key; else `NOT_REMOVED`. */
	removedTime: EpochMs;
	/** The frame that made it one of the keys that are there. */
	sinceFrame: number;
	/** Complete sweeps in a row that lack the key: all of them, and those that were not in doubt. */
	missed: number;
	missedForSure: number;
}

export const NOT_REMOVED = Number.NEGATIVE_INFINITY;

/** Below this many keys of a kind it is normal that most of them leave at a time. */
const DOUBT_KEYS_MIN = 10;
/** A sweep that lacks more than this share of the keys of a kind is doubted ... */
const DOUBT_SHARE = 0.5;
/**
 * ... until so many sweeps in a row, over so long a time, lack as much. A restart of upstream's server takes a minute or
 * two, and after two minutes without news riders see a position as stale anyway: waiting so long costs nothing.
 */
const DOUBT_SWEEPS = 3;
const DOUBT_MS = 2 * MINUTE_MS;
/** Sweeps in a row that must lack a key, when the configuration does not say. docs/intake.md has the measurement. */
export const REMOVE_AFTER_DEFAULT = 2;
/** How often an upstream that is not polled is expected to say something. */
const PACE_DEFAULT_MS = 30 * SECOND_MS;

export interface SweepNote {
	readonly level: "info" | "warn";
	readonly message: string;
}

/** What a complete sweep says of the keys that it lacks. */
export interface SweepVerdict {
	readonly gone: readonly Mark[];
	/** Worth an event each. */
	readonly notes: readonly SweepNote[];
}

/** A frame as a part of one message: a sweep takes several calls, and each has a frame (`SWEEP_META` of the sources). */
export interface SweepPart {
	readonly id: string;
	/** From 1. */
	readonly call: number;
	/** The message is complete with this frame, but for what it lacks. */
	readonly isLast: boolean;
	/** The frame and all of its items could be read. */
	readonly isGood: boolean;
	/** What its call asked for, such as routes. Undefined: not told. */
	readonly items: readonly string[] | undefined;
	/** What no call of the sweep was answered for; told by the last frame. */
	readonly lacking: readonly string[];
}

/** Undefined for a frame that is a message by itself. */
export function sweepPartOf(
	meta: Readonly<Record<string, string>> | undefined,
	isGood: boolean,
): SweepPart | undefined {
	const id = meta?.[SWEEP_META.id];
	if (id === undefined) return undefined;
	const call = Number(meta?.[SWEEP_META.call]);
	const items = meta?.[SWEEP_META.items];
	const lacking = meta?.[SWEEP_META.lacking];
	return {
		id,
		call,
		isLast: meta?.[SWEEP_META.complete] === "true" || lacking !== undefined,
		isGood,
		items: items === undefined ? undefined : readItemList(items),
		lacking: lacking === undefined ? [] : readItemList(lacking),
	};
}

const NOTHING: SweepVerdict = Object.freeze({ gone: [], notes: [] });

/** Most keys of a kind seem to have gone: since when, for how many sweeps, and whether somebody was told. */
interface Doubt {
	readonly since: EpochMs;
	readonly sweeps: number;
	readonly isTold: boolean;
}

/** Of one kind: how many keys were there before a sweep, how many of them it lacks, and how many it lists in all. */
interface Tally {
	here: number;
	lacking: number;
	listed: number;
	/** Set when the sweep is believed: so many sweeps without a key remove it, whatever came between them. */
	missedMax: number | undefined;
}

export interface ReporterJson {
	readonly sweepTime: EpochMs;
	readonly doubts: readonly (readonly [Kind, Doubt])[];
	/** Keys that the last sweeps lacked: space, subject, `missed`, `missedForSure`. */
	readonly missing: readonly (readonly [string, string, number, number])[];
}

/**
 * One upstream of a feed as the one who reports: the keys that it reported last and that are there, and its complete
 * sweeps. A key is only its own to remove while nobody else has reported it since. Follows from records and frames alone.
 */
export class Reporter {
	readonly feed: string;
	readonly upstream: number;
	readonly present = new Set<Mark>();
	paceMs: DurationMs = PACE_DEFAULT_MS;
	/** Asked for answers that give no frame, such as "not modified". */
	lastAnswerTime: (() => EpochMs | undefined) | undefined;
	/** Receipt of the newest frame that could be read. */
	lastFrameTime: EpochMs = Number.NEGATIVE_INFINITY;
	/** What `json` gives has changed since it was taken last. */
	isChanged = false;
	#sweepTime: EpochMs = Number.NEGATIVE_INFINITY;
	#doubts = new Map<Kind, Doubt>();
	/** The message of several frames that is being read. */
	#partsId: string | undefined;
	/** Its first frame; infinite when nobody knows what it lacks, or a frame may have been read by an earlier process. */
	#firstFrame = Number.POSITIVE_INFINITY;
	/** What of it was not told: items of calls that failed, and of frames that could not be read. */
	readonly #lacking = new Set<string>();
	/** What the call of a frame asked for, of frames that listed a key last. */
	readonly #itemsOf = new Map<number, readonly string[]>();

	constructor(feed: string, upstream: number) {
		this.feed = feed;
		this.upstream = upstream;
	}

	/** A report of the key was appended. */
	hold(mark: Mark, receivedTime: EpochMs, resolutionMs: DurationMs): void {
		if (mark.missed > 0 && mark.reporter !== undefined) mark.reporter.isChanged = true;
		if (mark.reporter !== this || mark.removedTime !== NOT_REMOVED) {
			mark.reporter?.present.delete(mark);
			mark.reporter = this;
			mark.sinceFrame = mark.frame;
			if (canBeRemoved(mark.kind)) this.present.add(mark);
		}
		mark.removedTime = NOT_REMOVED;
		mark.toldTime = receivedTime;
		mark.seenTime = receivedTime;
		mark.resolutionMs = resolutionMs;
		mark.missed = 0;
		mark.missedForSure = 0;
	}

	/** A removal of the key was appended. */
	release(mark: Mark, removedTime: EpochMs): void {
		this.present.delete(mark);
		mark.reporter = this;
		mark.removedTime = removedTime;
		mark.missed = 0;
		mark.missedForSure = 0;
	}

	/** A frame of a message that came in several; each is followed, after its items were admitted. */
	follow(frame: number, { id, call, isGood, items, lacking }: SweepPart): void {
		if (id !== this.#partsId) {
			const isFirst = call === 1 || this.#partsId !== undefined;
			this.#firstFrame = isFirst ? frame : Number.POSITIVE_INFINITY;
			this.#partsId = id;
			this.#lacking.clear();
			this.#forgetItems();
		}
		if (items !== undefined) this.#itemsOf.set(frame, items);
		for (const item of lacking) this.#lacking.add(item);
		if (isGood) return;
		if (items === undefined) this.#firstFrame = Number.POSITIVE_INFINITY;
		else for (const item of items) this.#lacking.add(item);
	}

	/** What frames asked for matters while a key was listed by them last. */
	#forgetItems(): void {
		const used = new Set<number>();
		for (const mark of this.present) used.add(mark.frame);
		for (const frame of this.#itemsOf.keys()) if (!used.has(frame)) this.#itemsOf.delete(frame);
	}

	/** Whether the sweep would have listed the key: what was asked for when it was listed last was told this time too. */
	#isAsked(mark: Mark): boolean {
		if (this.#lacking.size === 0) return true;
		const items = this.#itemsOf.get(mark.frame);
		return items !== undefined && !items.some((item) => this.#lacking.has(item));
	}

	/**
	 * Looks through the keys that are there after all items of the complete message were admitted. A message that is not
	 * newer than the newest one says nothing: it is late, or frozen. Of keys that it did not ask for it says nothing either.
	 *
	 * @param removeAfter so many sweeps in a row must lack a key.
	 * @param isInParts the message came in several frames, and this is the last one.
	 */
	sweep(frame: number, time: EpochMs, removeAfter: number, isInParts = false): SweepVerdict {
		const firstFrame = isInParts ? this.#firstFrame : frame;
		if (time <= this.#sweepTime || firstFrame > frame) return NOTHING;
		this.#sweepTime = time;
		this.isChanged = true;
		const tallies = this.#count(firstFrame, isInParts);
		const isEmpty = [...tallies.values()].every(({ listed }) => listed === 0);
		const notes: SweepNote[] = [];
		for (const [kind, tally] of tallies) this.#judge(kind, tally, time, isEmpty, notes);
		const gone: Mark[] = [];
		for (const mark of this.present) {
			const missedMax = tallies.get(mark.kind)?.missedMax;
			if (mark.frame >= firstFrame || missedMax === undefined || (isInParts && !this.#isAsked(mark)))
				continue;
			mark.missedForSure++;
			if (mark.missedForSure >= removeAfter || mark.missed >= missedMax) gone.push(mark);
		}
		return gone.length === 0 && notes.length === 0 ? NOTHING : { gone, notes };
	}

	/** No answer within twice the expected pace, or answers that for as long have not listed a key which it reported last. */
	isSilentOn(mark: Mark, now: EpochMs): boolean {
		const withinMs = 2 * this.paceMs;
		const answered = Math.max(this.lastFrameTime, this.lastAnswerTime?.() ?? Number.NEGATIVE_INFINITY);
		if (now - answered > withinMs) return true;
		return this.lastFrameTime - mark.seenTime > withinMs + mark.resolutionMs;
	}

	/** As of now; `restore` takes it once the keys are back. */
	json(): ReporterJson {
		this.isChanged = false;
		const missing: ReporterJson["missing"][number][] = [];
		for (const { kind, key, subject, missed, missedForSure } of this.present) {
			if (missed === 0) continue;
			missing.push([spaceOf(kind, key.slice(0, -subject.length - 1)), subject, missed, missedForSure]);
		}
		return { sweepTime: this.#sweepTime, doubts: [...this.#doubts], missing };
	}

	restore(json: ReporterJson, find: (space: string, subject: string) => Mark | undefined): void {
		this.#sweepTime = json.sweepTime;
		this.#doubts = new Map(json.doubts);
		for (const [space, subject, missed, missedForSure] of json.missing) {
			const mark = find(space, subject);
			if (mark === undefined || !this.present.has(mark)) continue;
			mark.missed = missed;
			mark.missedForSure = missedForSure;
		}
	}

	#count(firstFrame: number, isInParts: boolean): Map<Kind, Tally> {
		const tallies = new Map<Kind, Tally>();
		for (const mark of this.present) {
			if (isInParts && mark.frame < firstFrame && !this.#isAsked(mark)) continue;
			let tally = tallies.get(mark.kind);
			if (tally === undefined) {
				tally = { here: 0, lacking: 0, listed: 0, missedMax: undefined };
				tallies.set(mark.kind, tally);
			}
			if (mark.sinceFrame < firstFrame) tally.here++;
			if (mark.frame >= firstFrame) {
				tally.listed++;
				mark.missed = 0;
				mark.missedForSure = 0;
			} else {
				mark.missed++;
				tally.lacking++;
			}
		}
		return tallies;
	}

	/**
	 * Decides whether the sweep is believed in what it lacks of a kind. A message without a single key of it may have been
	 * about other kinds: that is normal where vehicles and trip updates are pushed to one upstream, and nobody is told.
	 */
	#judge(kind: Kind, tally: Tally, time: EpochMs, isEmpty: boolean, notes: SweepNote[]): void {
		const { here, lacking, listed } = tally;
		const isMost = here >= DOUBT_KEYS_MIN && lacking > here * DOUBT_SHARE;
		const before = this.#doubts.get(kind);
		this.#doubts.delete(kind);
		if (!isMost && listed > 0) {
			tally.missedMax = Number.POSITIVE_INFINITY;
			if (before?.isTold !== true) return;
			const message = `Complete messages list most ${kind} keys again; those that lacked them removed nothing`;
			notes.push({ level: "info", message });
			return;
		}
		// The last vehicles of the night go home, and nobody has to be called for it.
		const level = here < DOUBT_KEYS_MIN ? "info" : "warn";
		const lacks = `${lacking} of ${here} ${kind} keys`;
		const sweeps = (before?.sweeps ?? 0) + 1;
		const since = before?.since ?? time;
		if (sweeps >= DOUBT_SWEEPS && time - since >= DOUBT_MS) {
			tally.missedMax = sweeps;
			const seconds = Math.round((time - since) / SECOND_MS);
			const message = `${sweeps} complete messages in a row, over ${seconds} s, lack ${lacks}: these are removed`;
			notes.push({ level, message });
			return;
		}
		const isTold = isEmpty || listed > 0 || before?.isTold === true;
		this.#doubts.set(kind, { since, sweeps, isTold });
		if (!isTold || before?.isTold === true) return;
		const message =
			`A complete message lacks ${lacks}: they are kept until ${DOUBT_SWEEPS} messages in a row, over ` +
			`${DOUBT_MS / SECOND_MS} s, lack as many`;
		notes.push({ level, message });
	}
}

/**
 * How a report stands to what another upstream of the feed told of the key: `own`: there is no other; `told`: the other
 * told it already, or is the one to tell it; `news`: the other has fallen silent, or could not know of it.
 *
 * Where times are coarse, ids do not tell reports apart: the upstream that reported the key is believed until it falls
 * silent. A preferred upstream takes the key back with the first report that happened after the other's last one came in.
 */
export function standingOf(
	mark: Mark,
	reporter: Reporter,
	eventTime: EpochMs,
	resolutionMs: DurationMs,
	receivedTime: EpochMs,
): "own" | "told" | "news" {
	const holder = mark.reporter;
	if (holder === undefined || holder === reporter || holder.feed !== reporter.feed) return "own";
	if (mark.removedTime !== NOT_REMOVED) return "own";
	const coarsestMs = Math.max(resolutionMs, mark.resolutionMs);
	if (coarsestMs <= SECOND_MS) return Math.abs(eventTime - mark.highWater) < coarsestMs ? "told" : "own";
	if (eventTime + resolutionMs <= mark.toldTime) return "told";
	if (holder.isSilentOn(mark, receivedTime)) return "news";
	return reporter.upstream < holder.upstream && eventTime > mark.toldTime ? "news" : "told";
}

/** Keys are told apart by kind and agency first. */
export function spaceOf(kind: Kind, agency: string): string {
	return `${kind}|${agency}`;
}
