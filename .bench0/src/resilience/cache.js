import { messageOf } from "../model/failure.js";
import { copyValue, freezeValue } from "./copy-value.js";
/** The last good value per job key (rule 22). */
export class Cache {
    #settings;
    #owner;
    #entries = null;
    #known = null;
    constructor(settings, owner) {
        this.#settings = settings;
        this.#owner = owner;
    }
    /**
     * Start order decides: an answer never replaces one whose attempt started later. Between two that come from elsewhere
     * (`started` 0), age does. Answers what is kept.
     */
    write(key, value, fetchedAt, fetchedMs, started) {
        this.#entries ??= new Map();
        const before = this.#entries.get(key);
        if (before !== undefined && isNewer(before, started, fetchedMs))
            return undefined;
        let kept;
        try {
            kept = this.isolated(value);
        }
        catch (thrown) {
            // The caller still gets its value; only the fallback has none, and says so.
            this.#owner.onCacheFailed(key, messageOf(thrown));
            return undefined;
        }
        // Written last is forgotten last.
        this.#entries.delete(key);
        const entry = { value: kept, fetchedAt, fetchedMs, started };
        this.#entries.set(key, entry);
        if (this.#entries.size > this.#settings.entriesMax) {
            const [oldest = key] = this.#entries.keys();
            this.#entries.delete(oldest);
        }
        return entry;
    }
    read(key) {
        return this.#entries?.get(key);
    }
    /** The value in a form that its receiver may keep. */
    isolated(value) {
        const { isolate } = this.#settings;
        if (isolate === "copy")
            return copyValue(value);
        return isolate === "freeze" ? this.#frozen(value) : value;
    }
    /** What was frozen once need not be looked through again. */
    #frozen(value) {
        this.#known ??= new WeakSet();
        if (typeof value !== "object" || value === null || this.#known.has(value))
            return value;
        freezeValue(value);
        this.#known.add(value);
        return value;
    }
}
function isNewer(entry, started, fetchedMs) {
    return entry.started === started ? entry.fetchedMs > fetchedMs : entry.started > started;
}
