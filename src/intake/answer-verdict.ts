import type { DecodedFrame, Decoder } from "../decoders/decoder.js";
import { Failure } from "../model/failure.js";
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from "../model/units.js";
import { type Classify, classifyThrownForHarness, type Reason } from "../resilience/index.js";
import type { Clock } from "../runtime/runtime.js";
import type { FrameDraft, PollResult, Source } from "../sources/source.js";
import type { Quota } from "./quota.js";
import { Standstill } from "./standstill.js";

/** A key that is refused works again when a person has mended it: asking every minute would only fill a log over there. */
const KEY_WAIT_MS: DurationMs = 5 * MINUTE_MS;
const KEY_WAIT_MAX_MS: DurationMs = HOUR_MS;

const REFUSALS: Readonly<Record<Reason, string>> = {
	open: "its breaker is open",
	gate: "the wait that an earlier answer asked for is not over",
	bulkhead: "too many calls to it are under way",
	budget: "its budget is used up",
	deadline: "no time was left for a call",
	failed: "the call failed",
	disposed: "the hub is stopping",
};

/** What an answer holds, read before it is stored. */
interface Judgement {
	/** Why it cannot be valid. */
	readonly failure: Failure | undefined;
	readonly reports: number;
	readonly newestEventTime: EpochMs | undefined;
	/** Frames that are worth keeping though the answer is none. */
	readonly evidence: readonly FrameDraft[];
	/** Since when upstream has told nothing new, where that is the failure. */
	readonly stillSince?: EpochMs | undefined;
}

/** Who judges the answers of an upstream. Only one that is polled can stand still: who calls us has something to say. */
export function verdictOf(
	upstream: {
		readonly decoder: Decoder;
		readonly quota?: Quota | undefined;
		readonly source: Source;
		readonly mended?: ((frame: FrameDraft) => Uint8Array) | undefined;
	},
	clock: Clock,
): AnswerVerdict {
	const { decoder, quota, source, mended } = upstream;
	const standstill = source.kind === "poll" ? new Standstill(clock, source.everyMs) : undefined;
	const decode = (frame: FrameDraft) =>
		decoder.decode(mended === undefined ? frame : { ...frame, bytes: mended(frame) });
	return new AnswerVerdict(decode, quota, standstill);
}

/** Judges the answers and failures of one polled upstream, and remembers what they say of us: the key and the quota. */
export class AnswerVerdict {
	readonly #decode: (frame: FrameDraft) => DecodedFrame;
	readonly #quota: Quota | undefined;
	readonly #standstill: Standstill | undefined;
	#keyRefusals = 0;

	constructor(
		decode: (frame: FrameDraft) => DecodedFrame,
		quota: Quota | undefined,
		standstill: Standstill | undefined,
	) {
		this.#decode = decode;
		this.#quota = quota;
		this.#standstill = standstill;
	}

	/**
	 * An answer cannot be valid when each of its frames is refused as a whole, or when upstream is frozen. What upstream says of itself (a key, a quota)
	 * keeps its code; everything else is one kind of failure, because asking again at once will not mend it.
	 */
	judge({ frames, unchanged = false, advanced = false }: PollResult): Judgement {
		let failure: Failure | undefined;
		let isReadable = false;
		let reports = 0;
		let newestEventTime: EpochMs | undefined;
		const read: { readonly decoded: DecodedFrame; readonly receivedTime: EpochMs }[] = [];
		for (const frame of frames) {
			const decoded = this.#decode(frame);
			read.push({ decoded, receivedTime: frame.receivedTime });
			if (decoded.failure === undefined || decoded.items.length > 0) isReadable = true;
			else failure = decoded.failure;
			reports += decoded.items.length;
			for (const item of decoded.items) {
				const time = item.kind === "rejection" ? undefined : item.eventTime;
				if (time !== undefined && time > (newestEventTime ?? Number.NEGATIVE_INFINITY))
					newestEventTime = time;
			}
		}
		if (failure !== undefined && !isReadable)
			return { failure: asAnswer(failure), reports, newestEventTime, evidence: frames };
		const still = this.#standstill?.look({ frames: read, isUnchanged: unchanged, isAdvanced: advanced });
		// What was told before is in the store already.
		const stillSince = this.#standstill?.since;
		return { failure: still, reports, newestEventTime, evidence: [], stillSince };
	}

	/** An answer was taken: the key is good. */
	accepted(): void {
		this.#keyRefusals = 0;
	}

	/**
	 * As the core does, but an answer that cannot be read is not asked for again before the next poll (rule 5), a refused
	 * key is probed in windows that grow to an hour, and a used up quota is believed at once, for everybody on it.
	 */
	readonly classify: Classify = (thrown, now) => {
		const code = thrown instanceof Failure ? thrown.code : "";
		if (!code.startsWith("upstream.")) return classifyThrownForHarness(thrown, now);
		if (code === "upstream.key") {
			const retryAfterMs = Math.min(KEY_WAIT_MAX_MS, KEY_WAIT_MS * 2 ** Math.min(10, this.#keyRefusals++));
			return { outcome: "trip", retryAfterMs, note: code };
		}
		if (code === "upstream.quota" && (thrown as Failure).details["window"] === "day") this.#quota?.refuse();
		return "failure";
	};

	/** Why upstream was not asked; undefined when only the pace of its quota holds the call back, which is no failure. */
	refused(reason: Reason, now: DurationMs): Failure | undefined {
		if (reason === "budget" && this.#quota !== undefined && this.#quota.readyAt(now) > now) {
			return this.#quota.refusal();
		}
		return new Failure("upstream.error", `Upstream was not asked, because ${REFUSALS[reason]}`);
	}
}

function asAnswer(failure: Failure): Failure {
	if (failure.code.startsWith("upstream.")) return failure;
	return new Failure("upstream.not_valid", `The answer cannot be read: ${failure.message}`, {
		cause: failure,
	});
}
