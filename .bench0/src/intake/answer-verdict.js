import { Failure } from "../model/failure.js";
import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import { classifyThrownForHarness } from "../resilience/index.js";
import { Standstill } from "./standstill.js";
/** A key that is refused works again when a person has mended it: asking every minute would only fill a log over there. */
const KEY_WAIT_MS = 5 * MINUTE_MS;
const KEY_WAIT_MAX_MS = HOUR_MS;
const REFUSALS = {
    open: "its breaker is open",
    gate: "the wait that an earlier answer asked for is not over",
    bulkhead: "too many calls to it are under way",
    budget: "its budget is used up",
    deadline: "no time was left for a call",
    failed: "the call failed",
    disposed: "the hub is stopping",
};
/** Who judges the answers of an upstream. Only one that is polled can stand still: who calls us has something to say. */
export function verdictOf(upstream, clock) {
    const { decoder, quota, source, mended } = upstream;
    const standstill = source.kind === "poll" ? new Standstill(clock, source.everyMs) : undefined;
    const decode = (frame) => decoder.decode(mended === undefined ? frame : { ...frame, bytes: mended(frame) });
    return new AnswerVerdict(decode, quota, standstill);
}
/** Judges the answers and failures of one polled upstream, and remembers what they say of us: the key and the quota. */
export class AnswerVerdict {
    #decode;
    #quota;
    #standstill;
    #keyRefusals = 0;
    constructor(decode, quota, standstill) {
        this.#decode = decode;
        this.#quota = quota;
        this.#standstill = standstill;
    }
    /**
     * An answer cannot be valid when each of its frames is refused as a whole, or when upstream is frozen. What upstream says of itself (a key, a quota)
     * keeps its code; everything else is one kind of failure, because asking again at once will not mend it.
     */
    judge({ frames, unchanged = false, advanced = false }) {
        let failure;
        let isReadable = false;
        let reports = 0;
        let newestEventTime;
        const read = [];
        for (const frame of frames) {
            const decoded = this.#decode(frame);
            read.push({ decoded, receivedTime: frame.receivedTime });
            if (decoded.failure === undefined || decoded.items.length > 0)
                isReadable = true;
            else
                failure = decoded.failure;
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
    accepted() {
        this.#keyRefusals = 0;
    }
    /**
     * As the core does, but an answer that cannot be read is not asked for again before the next poll (rule 5), a refused
     * key is probed in windows that grow to an hour, and a used up quota is believed at once, for everybody on it.
     */
    classify = (thrown, now) => {
        const code = thrown instanceof Failure ? thrown.code : "";
        if (!code.startsWith("upstream."))
            return classifyThrownForHarness(thrown, now);
        if (code === "upstream.key") {
            const retryAfterMs = Math.min(KEY_WAIT_MAX_MS, KEY_WAIT_MS * 2 ** Math.min(10, this.#keyRefusals++));
            return { outcome: "trip", retryAfterMs, note: code };
        }
        if (code === "upstream.quota" && thrown.details["window"] === "day")
            this.#quota?.refuse();
        return "failure";
    };
    /** Why upstream was not asked; undefined when only the pace of its quota holds the call back, which is no failure. */
    refused(reason, now) {
        if (reason === "budget" && this.#quota !== undefined && this.#quota.readyAt(now) > now) {
            return this.#quota.refusal();
        }
        return new Failure("upstream.error", `Upstream was not asked, because ${REFUSALS[reason]}`);
    }
}
function asAnswer(failure) {
    if (failure.code.startsWith("upstream."))
        return failure;
    return new Failure("upstream.not_valid", `The answer cannot be read: ${failure.message}`, {
        cause: failure,
    });
}
