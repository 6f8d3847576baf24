import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { spanWords } from "./gap-words.js";
/** An upstream that is read only since then has not had the time to say anything. */
const LISTENED_MIN_MS = MINUTE_MS;
/** One that was silent has to tell news for so long before it is relied on again, */
const SPEAKS_FOR_MS = 30 * SECOND_MS;
/** without a pause of more than this. */
const PAUSE_MAX_MS = MINUTE_MS;
/**
 * Whether an upstream that can be reached has nothing to say: nothing at all, or the same again and again, while many of its
 * vehicles should be heard of. One report is not enough to be believed again: a line that flaps would take the feed with it.
 */
export class Silence {
    #since;
    #listensSince = Number.NEGATIVE_INFINITY;
    #speaksSince;
    #spokeTime = 0;
    get isSilent() {
        return this.#since !== undefined;
    }
    /** Wall clock; undefined while it speaks. */
    get since() {
        return this.#since;
    }
    /** It is read from now on, and was not before. */
    listens(now) {
        this.#listensSince = now;
    }
    /** Answers whether that is news. */
    fell(since, now) {
        if (this.isSilent || now - this.#listensSince < LISTENED_MIN_MS)
            return false;
        this.#since = since;
        this.#speaksSince = undefined;
        return true;
    }
    /** It told something new. Answers whether it counts as speaking again by that. */
    spoke(now) {
        if (!this.isSilent)
            return false;
        if (this.#speaksSince === undefined || now - this.#spokeTime > PAUSE_MAX_MS)
            this.#speaksSince = now;
        this.#spokeTime = now;
        if (now - this.#speaksSince < SPEAKS_FOR_MS)
            return false;
        this.#since = undefined;
        return true;
    }
}
export function silentWords({ index, silence }, now) {
    const span = spanWords(now - (silence.since ?? now));
    return `Upstream ${index} has told nothing new of any vehicle for ${span}, although many should be heard of: the next one stands in`;
}
