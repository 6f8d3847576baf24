import type { DecodedFrame, Decoder } from "../decoders/decoder.js";
import type { CandidateReport, CandidateState } from "../model/candidate-report.js";
import { Failure } from "../model/failure.js";
import { type DurationMs, type EpochMs, MINUTE_MS } from "../model/units.js";
import type { ContractGate } from "../quality/contracts/contract-gate.js";
import type { FeedGuards } from "../quality/guards/feed-guards.js";
import { cohortOf, mixed } from "./cohort.js";
import type { PersonalDoor } from "./privacy.js";
import { type ComparisonJson, RecordComparison } from "./record-comparison.js";

export interface CutoverStep {
	/** Received time of the first frame that it holds for. */
	readonly fromTime: EpochMs;
	/** Of the vehicles, 0 to 1, whose records are the candidate's from then on. */
	readonly share: number;
}

export interface CandidateOptions {
	readonly decoder: Decoder;
	readonly decoderName: string;
	readonly contract: ContractGate | undefined;
	/** In the order of their times. None: it only reads along. */
	readonly steps: readonly CutoverStep[];
	/** So much worse than the present reading, as a share of the records, ends the cutover. */
	readonly worseMax: number;
	/** New guards that have seen nothing. */
	readonly guards: () => FeedGuards;
	/** Names what reads: a change of it begins the comparison anew. */
	readonly reading: string;
	/** Names the plan of the cutover too: a change of it forgives a rollback. */
	readonly plan: string;
}

/** What reads now. */
export interface CurrentReading {
	readonly feed: string;
	readonly upstream: number;
	readonly decoderName: string;
	readonly contract: string | undefined;
}

export interface CandidateNews {
	readonly level: "info" | "error";
	readonly code: "candidate.cutover" | "candidate.rolled_back";
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** A frame as it counts, of two readings. */
export interface ChosenFrame {
	readonly decoded: DecodedFrame;
	/** Whether the item of that number is the candidate's. */
	readonly isTheirs: (index: number) => boolean;
	readonly news: readonly CandidateNews[];
}

export interface FramePair {
	readonly current: DecodedFrame;
	readonly candidate: DecodedFrame;
	readonly receivedTime: EpochMs;
	/** How long each took to decode. */
	readonly currentMs: DurationMs;
	readonly candidateMs: DurationMs;
}

const SPAN_MS = 5 * MINUTE_MS;
const SEAL_EVERY_MS = MINUTE_MS;
/** Fewer say nothing of a share. */
const RECORDS_MIN = 20;
const WORSE_MIN = 5;
const NOBODY = () => false;
const EVERYBODY = () => true;
const NO_NEWS: readonly CandidateNews[] = Object.freeze([]);

/**
 * Another way to read the frames of an upstream, on trial: it reads every live frame beside the present one, and both are
 * compared and shown to guards of their own. From each step of its cutover on, what it gives of some vehicles, or of all, is
 * what counts, until it does worse than the present reading. A state machine over frames, but for what decoding costs.
 */
export class Candidate {
	readonly decoder: Decoder;
	readonly decoderName: string;
	readonly contract: ContractGate | undefined;
	readonly #options: CandidateOptions;
	readonly #current: CurrentReading;
	#comparison = new RecordComparison();
	#guards: { readonly current: FeedGuards; readonly candidate: FeedGuards };
	#sums = emptySums();
	#spans: [Span, Span] = [emptySpan(0), emptySpan(0)];
	#sinceTime: EpochMs | undefined;
	#lastTime: EpochMs = 0;
	#share = 0;
	#rolledBack: CandidateReport["rolledBack"];
	#sealedTime = 0;
	/** Its guards know what those of the feed knew when it began. */
	#isTaught = false;
	#isTurned = false;

	constructor(options: CandidateOptions, current: CurrentReading) {
		this.decoder = options.decoder;
		this.decoderName = options.decoderName;
		this.contract = options.contract;
		this.#options = options;
		this.#current = current;
		this.#guards = { current: options.guards(), candidate: options.guards() };
	}

	/** Takes a live frame into account, and chooses what of it counts. `guards`: those of the feed, before they see it. */
	take(pair: FramePair, personal: PersonalDoor, guards?: FeedGuards): ChosenFrame {
		const { current, candidate, receivedTime } = pair;
		if (!this.#isTaught && guards !== undefined) this.#teach(guards.json());
		this.#sinceTime ??= receivedTime;
		this.#lastTime = receivedTime;
		this.#account(pair, personal);
		const share = this.#shareAt(receivedTime);
		const news = share === this.#share && share === 0 ? NO_NEWS : this.#turn(share, receivedTime);
		return { ...this.#choose(current, candidate, this.#share), news };
	}

	/** The same choice for a frame of the past, as the plan of the cutover says of its time; nothing is counted. */
	past(current: DecodedFrame, candidate: DecodedFrame, receivedTime: EpochMs): ChosenFrame {
		return { ...this.#choose(current, candidate, this.#shareAt(receivedTime)), news: NO_NEWS };
	}

	/** Goes on where another left off, as far as it tried the same. */
	adopt(before: Candidate): void {
		this.restore(before.json());
		if (before.#options.reading !== this.#options.reading) return;
		this.#guards = before.#guards;
		this.#isTaught = before.#isTaught;
	}

	/** State to be kept with the frames that were read; undefined while the newest is recent enough. */
	seal(now: EpochMs): string | undefined {
		if (this.#sinceTime === undefined) return undefined;
		if (!this.#isTurned && now - this.#sealedTime < SEAL_EVERY_MS) return undefined;
		this.#sealedTime = now;
		this.#isTurned = false;
		return this.json();
	}

	json(): string {
		const { reading, plan } = this.#options;
		const json: CandidateJson = {
			v: 1,
			reading,
			plan,
			comparison: this.#comparison.json(),
			sums: this.#sums,
			spans: this.#spans,
			sinceTime: this.#sinceTime ?? null,
			lastTime: this.#lastTime,
			share: this.#share,
			rolledBack: this.#rolledBack ?? null,
		};
		return JSON.stringify(json);
	}

	/** Takes what `json` gave; what another candidate left behind is as if nothing was known. */
	restore(text: string): void {
		const json = JSON.parse(text) as CandidateJson;
		const { reading, plan } = this.#options;
		if (json.v !== 1 || json.reading !== reading || this.#sinceTime !== undefined) return;
		this.#comparison = new RecordComparison();
		this.#comparison.restore(json.comparison);
		this.#sums = json.sums;
		this.#spans = [...json.spans];
		this.#sinceTime = json.sinceTime ?? undefined;
		this.#lastTime = json.lastTime;
		if (json.plan !== plan) return;
		this.#share = json.share;
		this.#rolledBack = json.rolledBack ?? undefined;
	}

	report(): CandidateReport {
		const { frames, failed, rejected, guarded, ms } = this.#sums;
		const { both, equal, onlyCurrent, onlyCandidate } = this.#comparison.sums;
		const { feed, upstream, decoderName, contract } = this.#current;
		const mean = (sum: number) => (frames === 0 ? 0 : sum / frames);
		const problems = this.#problems();
		return {
			feed,
			upstream,
			decoders: { current: decoderName, candidate: this.decoderName },
			contracts: { current: contract, candidate: this.contract?.name },
			state: this.#state,
			share: this.#share,
			next: this.#next(),
			rolledBack: this.#rolledBack,
			sinceTime: this.#sinceTime,
			frames,
			failedFrames: { ...failed },
			both,
			equal,
			only: { current: onlyCurrent, candidate: onlyCandidate },
			onlySamples: this.#comparison.onlySamples,
			rejected: { ...rejected },
			guarded: { ...guarded },
			decodeMs: { current: mean(ms.current), candidate: mean(ms.candidate) },
			fields: this.#comparison.fields,
			problems,
			sentence: this.#sentence(problems),
		};
	}

	get #state(): CandidateState {
		if (this.#rolledBack !== undefined) return "rolled_back";
		return this.#share === 0 ? "shadow" : this.#share === 1 ? "taken_over" : "partial";
	}

	#next(): CandidateReport["next"] {
		if (this.#rolledBack !== undefined) return undefined;
		const step = this.#options.steps.find(({ fromTime }) => fromTime > this.#lastTime);
		return step && { time: step.fromTime, share: step.share };
	}

	#sentence(problems: readonly string[]): string {
		const name = `${this.decoderName}${this.contract === undefined ? "" : ` with contract ${this.contract.name}`}`;
		if (this.#rolledBack !== undefined)
			return `${name} was rolled back from ${percent(this.#rolledBack.share)} of the vehicles: ${this.#rolledBack.reason}`;
		if (this.#sums.frames === 0) return `${name} has read no frame yet.`;
		const does =
			this.#share === 0
				? `${name} reads along and changes nothing.`
				: `What ${name} gives of ${percent(this.#share)} of the vehicles is what counts.`;
		return problems.length === 0 ? does : `${does} It would be rolled back: ${problems.join(" ")}`;
	}

	#shareAt(time: EpochMs): number {
		if (this.#rolledBack !== undefined) return 0;
		return shareAt(this.#options.steps, time);
	}

	/** Before the first record of a new share counts: who does badly in shadow never begins. */
	#turn(share: number, now: EpochMs): readonly CandidateNews[] {
		const { feed, upstream } = this.#current;
		const problems = share === 0 ? [] : this.#problems();
		if (problems.length > 0) {
			const reason = problems.join(" ");
			this.#rolledBack = { time: now, share, reason };
			this.#share = 0;
			this.#isTurned = true;
			const message =
				`Candidate ${this.decoderName} is rolled back from ${percent(share)} of the vehicles; all are read by ` +
				`${this.#current.decoderName} again. ${reason} What it gave can be read again with wayside redecode`;
			const details = { upstream, share, reason, candidate: this.decoderName };
			return [{ level: "error", code: "candidate.rolled_back", message, details }];
		}
		if (share === this.#share) return NO_NEWS;
		const before = this.#share;
		this.#share = share;
		this.#isTurned = true;
		const message = `What candidate ${this.decoderName} gives of ${percent(share)} of the vehicles of ${feed} counts from now on`;
		const details = { upstream, share, before, candidate: this.decoderName };
		return [{ level: "info", code: "candidate.cutover", message, details }];
	}

	#choose(
		current: DecodedFrame,
		candidate: DecodedFrame,
		share: number,
	): Pick<ChosenFrame, "decoded" | "isTheirs"> {
		if (share === 0) return { decoded: current, isTheirs: NOBODY };
		if (share === 1) return { decoded: candidate, isTheirs: EVERYBODY };
		return mixed(current, candidate, cohortOf(this.#current.feed, share));
	}

	#account(pair: FramePair, personal: PersonalDoor): void {
		const { current, candidate, receivedTime, currentMs, candidateMs } = pair;
		const { both, only } = this.#comparison.add(current, candidate, personal);
		const sums = this.#sums;
		sums.frames++;
		sums.ms.current += currentMs;
		sums.ms.candidate += candidateMs;
		const span = this.#span(receivedTime);
		span.records.current += both + only.current;
		span.records.candidate += both + only.candidate;
		span.lost += only.current;
		for (const side of ["current", "candidate"] as const) {
			const decoded = pair[side];
			const rejected = decoded.items.filter(({ kind }) => kind === "rejection").length;
			sums.rejected[side] += rejected;
			span.rejected[side] += rejected;
			if (decoded.failure !== undefined && decoded.items.length === 0) {
				sums.failed[side]++;
				// A frame of which nothing can be read is as bad as all of its records.
				span.rejected[side] += Math.max(1, both + only.current + only.candidate);
			}
			const guarded = this.#guarded(this.#guards[side], decoded, receivedTime);
			sums.guarded[side] += guarded;
			span.guarded[side] += guarded;
		}
	}

	/** To the candidate's guards its first frame is then a change of what was known, as if upstream had made it. */
	#teach(known: string): void {
		this.#isTaught = true;
		this.#guards.current.restore(known);
		this.#guards.candidate.restore(known);
	}

	#guarded(guards: FeedGuards, decoded: DecodedFrame, receivedTime: EpochMs): number {
		const { items, headerTime, complete, failure } = decoded;
		guards.look({ items, receivedTime, headerTime, isComplete: complete === true && failure === undefined });
		let count = 0;
		for (const [at, item] of items.entries()) {
			if (item.kind !== "vehicle_location") continue;
			const passed = guards.pass(item, at);
			if (passed instanceof Failure || passed !== item) count++;
		}
		return count;
	}

	#span(now: EpochMs): Span {
		const [newest] = this.#spans;
		if (now - newest.fromTime < SPAN_MS) return newest;
		this.#spans = [emptySpan(now), now - newest.fromTime >= 2 * SPAN_MS ? emptySpan(0) : newest];
		return this.#spans[0];
	}

	/** What the candidate does worse than the present reading, lately. */
	#problems(): string[] {
		const { worseMax } = this.#options;
		const [newest, older] = this.#spans;
		const sum = (of: (span: Span) => number) => of(newest) + of(older);
		const problems: string[] = [];
		const records = sum((span) => span.records.current);
		const lost = sum((span) => span.lost);
		if (records >= RECORDS_MIN && lost >= WORSE_MIN && lost > worseMax * records)
			problems.push(`It lacks ${percent(lost / records)} of the records that the present reading gives.`);
		for (const [what, words] of [
			["rejected", "dead letters"],
			["guarded", "flagged by guards"],
		] as const) {
			const share = (side: "current" | "candidate") => {
				const bad = sum((span) => span[what][side]);
				const all = sum((span) => span.records[side]) + (what === "rejected" ? bad : 0);
				return { bad, all, share: all === 0 ? 0 : bad / all };
			};
			const [ours, theirs] = [share("current"), share("candidate")];
			if (theirs.all < RECORDS_MIN || theirs.bad < WORSE_MIN || theirs.share <= ours.share + worseMax)
				continue;
			problems.push(`${percent(theirs.share)} of it are ${words}, now ${percent(ours.share)}.`);
		}
		const known = new Set(this.#guards.current.alarms.map(({ guard }) => guard));
		for (const { guard, sentence } of this.#guards.candidate.alarms)
			if (!known.has(guard)) problems.push(`By it, guard ${guard} holds of the fleet: ${sentence}`);
		return problems;
	}
}

/** The share of vehicles at a time, as the plan has it. */
export function shareAt(steps: readonly CutoverStep[], time: EpochMs): number {
	let share = 0;
	for (const step of steps) if (step.fromTime <= time) share = step.share;
	return share;
}

function percent(share: number): string {
	const value = share * 100;
	return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} %`;
}

interface Pair {
	current: number;
	candidate: number;
}

interface Span {
	readonly fromTime: EpochMs;
	readonly records: Pair;
	readonly rejected: Pair;
	readonly guarded: Pair;
	/** Records of the present reading that the candidate lacks. */
	lost: number;
}

interface Sums {
	frames: number;
	readonly failed: Pair;
	readonly rejected: Pair;
	readonly guarded: Pair;
	readonly ms: Pair;
}

function pairOf(): Pair {
	return { current: 0, candidate: 0 };
}

function emptySpan(fromTime: EpochMs): Span {
	return { fromTime, records: pairOf(), rejected: pairOf(), guarded: pairOf(), lost: 0 };
}

function emptySums(): Sums {
	return { frames: 0, failed: pairOf(), rejected: pairOf(), guarded: pairOf(), ms: pairOf() };
}

interface CandidateJson {
	readonly v: 1;
	readonly reading: string;
	readonly plan: string;
	readonly comparison: ComparisonJson;
	readonly sums: Sums;
	readonly spans: readonly [Span, Span];
	readonly sinceTime: EpochMs | null;
	readonly lastTime: EpochMs;
	readonly share: number;
	readonly rolledBack: NonNullable<CandidateReport["rolledBack"]> | null;
}
