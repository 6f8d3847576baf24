import { formatRanges, parseRanges } from "../log/receipt-pack.js";
import { Failure } from "../model/failure.js";
/**
 * Records of one partition that are settled and lie at or after the cursor, since records before them are still held.
 * They are posted when the cursor passes them, so that `in` = outcomes + what lies at or after the cursor holds in every
 * commit, whoever counts. Durable: a restart must not send them again.
 */
export class SettledAhead {
    #stateName;
    #outcomes = new Map();
    #isChanged = false;
    constructor(stateName) {
        this.#stateName = stateName;
    }
    get size() {
        return this.#outcomes.size;
    }
    has(offset) {
        return this.#outcomes.has(offset);
    }
    add(offset, outcome) {
        this.#outcomes.set(offset, outcome);
        this.#isChanged = true;
    }
    /** What became of the record, which the cursor passes now. Undefined: nothing yet. */
    take(offset) {
        const outcome = this.#outcomes.get(offset);
        if (outcome === undefined)
            return undefined;
        this.#outcomes.delete(offset);
        this.#isChanged = true;
        return outcome;
    }
    /** Retention took what lies before the offset, and posted it as expired. */
    dropBefore(offset) {
        for (const settled of this.#outcomes.keys())
            if (settled < offset)
                this.take(settled);
    }
    async load(log) {
        this.#isChanged = false;
        const bytes = await log.state(this.#stateName);
        this.#outcomes = bytes ? decode(bytes, this.#stateName) : new Map();
    }
    /** As entries of a commit; none when nothing has changed since the last time. */
    takeState() {
        if (!this.#isChanged)
            return [];
        this.#isChanged = false;
        return [{ name: this.#stateName, bytes: this.#outcomes.size === 0 ? null : encode(this.#outcomes) }];
    }
}
function encode(outcomes) {
    const sorted = [...outcomes].sort(([a], [b]) => a - b);
    const base = sorted[0]?.[0] ?? 0;
    const delivered = sorted.filter(([, outcome]) => outcome === "delivered").map(([offset]) => offset - base);
    const json = {
        v: 1,
        base,
        delivered: formatRanges(delivered),
        refused: sorted.flatMap(([offset, outcome]) => outcome === "delivered"
            ? []
            : [[offset - base, outcome.code, outcome.message, outcome.attempts]]),
    };
    return JSON.stringify(json);
}
function decode(bytes, name) {
    try {
        const json = JSON.parse(new TextDecoder().decode(bytes));
        if (json.v !== 1)
            throw new Error(`its version is ${json.v}, this program knows 1`);
        const outcomes = new Map();
        for (const at of parseRanges(json.delivered))
            outcomes.set(json.base + at, "delivered");
        for (const [at, code, message, attempts] of json.refused) {
            outcomes.set(json.base + at, { code, message, attempts });
        }
        return outcomes;
    }
    catch (thrown) {
        throw new Failure("store.corrupt", `The state "${name}" does not hold settled offsets; restore the store from a backup, or delete that state: ` +
            "what it names is then sent again under another id", { cause: thrown });
    }
}
