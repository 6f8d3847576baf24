import { HOUR_MS, MINUTE_MS } from "../../model/units.js";
/** What a feed does not tell in complete messages is looked at for so long together. */
const WINDOW_MS = 2 * MINUTE_MS;
/** After a longer pause, and one longer than the one before, nothing is known of how it came about. */
const PAUSE_MAX_MS = 5 * MINUTE_MS;
const LONG_PAUSE = 1.5;
const LISTED_MIN = 10;
const NEW_SHARE = 0.5;
const STAYED_SHARE = 0.5;
const VOLUME_LOW = 0.6;
const VOLUME_BACK = 0.8;
/** Of few vehicles a few that sign off are a large share: what is missing must be more than that, too. */
const LOST_ROOTS = 2;
/** What is usual is what was usual some minutes ago: at the end of service vehicles go one by one. */
const MEMORY_MS = 4 * MINUTE_MS;
const KNOWN_WINDOWS = 3;
/** A fleet that stays small is the fleet. */
const ACCEPT_MS = 30 * MINUTE_MS;
/** Who is there from one complete message, or some minutes, to the next. */
export class Windows {
    #number = 0;
    #startTime = Number.NEGATIVE_INFINITY;
    #endTime = Number.NEGATIVE_INFINITY;
    #listed = 0;
    #fresh = 0;
    #stayed = 0;
    #listedBefore = 0;
    #usual = 0;
    #known = 0;
    #usualPauseMs = 0;
    #lowTime;
    #lows = 0;
    /** A vehicle is listed; `isNew`: for the first time ever. */
    note(track, isNew) {
        if (track.window === this.#number)
            return;
        this.#listed++;
        if (isNew)
            this.#fresh++;
        else if (track.window === this.#number - 1)
            this.#stayed++;
        track.window = this.#number;
    }
    /** After the vehicles of a frame were noted. Undefined while a window is open. */
    close(receivedTime, isComplete) {
        if (this.#startTime === Number.NEGATIVE_INFINITY)
            this.#startTime = receivedTime;
        if (!isComplete && receivedTime - this.#startTime < WINDOW_MS)
            return undefined;
        const verdict = this.#verdict(receivedTime);
        this.#number++;
        this.#startTime = receivedTime;
        this.#endTime = receivedTime;
        this.#listedBefore = this.#listed;
        this.#listed = 0;
        this.#fresh = 0;
        this.#stayed = 0;
        return verdict;
    }
    #verdict(now) {
        const [listed, listedBefore, fresh, stayed] = [
            this.#listed,
            this.#listedBefore,
            this.#fresh,
            this.#stayed,
        ];
        const pauseMs = now - this.#endTime;
        const isTorn = pauseMs > Math.max(PAUSE_MAX_MS, this.#usualPauseMs * LONG_PAUSE) || pauseMs < 0;
        if (Number.isFinite(pauseMs) && pauseMs > 0)
            this.#usualPauseMs = Math.min(pauseMs, HOUR_MS);
        const usual = this.#usual;
        if (isTorn) {
            this.#known = 0;
            this.#lows = 0;
            this.#lowTime = undefined;
        }
        const isKnown = !isTorn && this.#known >= KNOWN_WINDOWS;
        const isChurn = isKnown && listed >= LISTED_MIN && listedBefore >= LISTED_MIN
            ? fresh >= listed * NEW_SHARE && stayed <= listedBefore * STAYED_SHARE
            : undefined;
        const isLow = isKnown && usual >= LISTED_MIN ? this.#isLow(listed, usual, now) : undefined;
        if (isLow !== true && this.#lows === 0) {
            const isFirst = this.#known === 0;
            const passedMs = now - this.#endTime;
            this.#usual += (listed - this.#usual) * (isFirst ? 1 : 1 - Math.exp(-passedMs / MEMORY_MS));
            this.#known++;
        }
        return { listed, listedBefore, fresh, stayed, usual, isChurn, isLow };
    }
    /** Two windows in a row, because one message may lack much by mistake. Undefined between the two thresholds. */
    #isLow(listed, usual, now) {
        const isMany = usual - listed >= LOST_ROOTS * Math.sqrt(usual);
        if (listed >= usual * (this.#lows > 0 ? VOLUME_BACK : VOLUME_LOW) || (this.#lows === 0 && !isMany)) {
            this.#lows = 0;
            this.#lowTime = undefined;
            return false;
        }
        this.#lowTime ??= now;
        if (now - this.#lowTime >= ACCEPT_MS) {
            this.#usual = listed;
            this.#lows = 0;
            this.#lowTime = undefined;
            return false;
        }
        return ++this.#lows >= 2 ? true : undefined;
    }
    json() {
        return { usual: this.#usual, known: this.#known, endTime: this.#endTime };
    }
    /** Who was in the last window is not known any more, so the next one says nothing of who stayed. */
    restore({ usual, known, endTime }) {
        this.#usual = usual;
        this.#known = known;
        this.#endTime = endTime ?? Number.NEGATIVE_INFINITY;
        this.#startTime = this.#endTime;
    }
}
