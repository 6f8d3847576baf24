import { MINUTE_MS } from "../model/units.js";
const REMEMBERED_MAX = 1000;
/**
 * Keeps a flood of equal messages from becoming a flood of log lines: the first is said at once, and then one a minute
 * at the most, with how many there were since the one before.
 */
export class Repeats {
    #everyMs;
    #known = new Map();
    constructor(everyMs = MINUTE_MS) {
        this.#everyMs = everyMs;
    }
    /** How many times the message came since it was said last, this time included; undefined: do not say it now. */
    count(message, monotonic) {
        const known = this.#known.get(message);
        if (known !== undefined && monotonic - known.since < this.#everyMs) {
            known.count++;
            return undefined;
        }
        this.#known.delete(message);
        this.#known.set(message, { since: monotonic, count: 0 });
        for (const oldest of this.#known.keys()) {
            if (this.#known.size <= REMEMBERED_MAX)
                break;
            this.#known.delete(oldest);
        }
        return (known?.count ?? 0) + 1;
    }
}
