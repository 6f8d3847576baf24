import { messageOf } from "../model/failure.js";
/** Of the budget, how much is written down ahead: what a crash may cost, against commits per request. */
const LEASE_SHARE = 1 / 10;
/** How soon to look again while the store is asked. */
const SAVE_WAIT_MS = 200;
const SAVE_RETRY_MS = 2_000;
/**
 * Keeps a budget of requests (12 in any minute) over restarts: a process that dies again and again would else begin with
 * all of it each time, just when upstream is in trouble. What may be sent is written down before it is; what a crash left
 * open counts as sent at the restart. A stop in good order writes down exactly what was sent.
 */
export class RequestWindow {
    #count;
    #perMs;
    #parts;
    /** When requests were sent on the monotonic clock, oldest first; as many as the budget has, at the most. */
    #sent = [];
    /** How many may be sent before more has to be written down. */
    #leased = 0;
    /** Sent since the text was made that is being saved. */
    #sinceText = 0;
    #isSaving = false;
    #retryAt = Number.NEGATIVE_INFINITY;
    constructor(budget, parts) {
        this.#count = budget.count;
        this.#perMs = budget.perMs;
        this.#parts = parts;
    }
    /** Takes over what an earlier process wrote down; false when that cannot be read, and the budget begins unused. */
    restore(text) {
        const saved = readSaved(text);
        if (saved === undefined)
            return false;
        const { clock } = this.#parts;
        const [now, wall] = [clock.monotonic(), clock.now()];
        // A wall clock that was set back must not make a request younger than the process.
        const sent = saved.sent.map((time) => now - Math.max(0, wall - time));
        const open = new Array(Math.min(saved.ahead, this.#count)).fill(now);
        this.#sent = [...sent.filter((at) => now - at < this.#perMs), ...open].slice(-this.#count);
        return true;
    }
    /**
     * Writes down what may be sent first, so that the first request need not wait; and when what a crash left open happened
     * at the latest, so that a second crash does not count it anew.
     */
    async begin() {
        if (this.#isFull(this.#parts.clock.monotonic()))
            await this.#saved(0);
        else
            await this.#lease();
    }
    readyAt(now) {
        const free = this.#freeAt(now);
        if (this.#leased > 0)
            return free;
        void this.#lease();
        return Math.max(free, now + SAVE_WAIT_MS, this.#retryAt);
    }
    take(now) {
        this.#sent.push(now);
        if (this.#sent.length > this.#count)
            this.#sent.shift();
        this.#leased--;
        this.#sinceText++;
        if (this.#leased < this.#leaseSize / 2)
            void this.#lease();
    }
    /** Writes down exactly what was sent: a restart then loses nothing of the budget. */
    async flush() {
        this.#leased = 0;
        await this.#saved(0);
    }
    #freeAt(now) {
        const oldest = this.#sent[this.#sent.length - this.#count];
        return oldest === undefined ? now : Math.max(now, oldest + this.#perMs);
    }
    #isFull(now) {
        return this.#freeAt(now) > now + SAVE_WAIT_MS;
    }
    get #leaseSize() {
        return Math.max(1, Math.ceil(this.#count * LEASE_SHARE));
    }
    async #lease() {
        const now = this.#parts.clock.monotonic();
        // What cannot be sent soon is not written down: a crash would count it.
        if (this.#isSaving || now < this.#retryAt || this.#isFull(now))
            return;
        const size = this.#leaseSize;
        if (await this.#saved(size))
            this.#leased = size - this.#sinceText;
    }
    async #saved(ahead) {
        this.#isSaving = true;
        this.#sinceText = 0;
        const { clock, name, save, onEvent } = this.#parts;
        try {
            const offset = clock.now() - clock.monotonic();
            await save(JSON.stringify({ v: 1, sent: this.#sent.map((at) => Math.round(at + offset)), ahead }));
            return true;
        }
        catch (thrown) {
            this.#retryAt = clock.monotonic() + SAVE_RETRY_MS;
            onEvent("warn", `What was asked of ${name} lately cannot be written down: ${messageOf(thrown)}`);
            return false;
        }
        finally {
            this.#isSaving = false;
        }
    }
}
/** A request has to fit into each of them. */
export function bothLimits(one, other) {
    if (one === undefined || other === undefined)
        return one ?? other;
    return {
        readyAt: (now) => Math.max(one.readyAt(now), other.readyAt(now)),
        take: (now) => {
            one.take(now);
            other.take(now);
        },
    };
}
function readSaved(text) {
    try {
        const { v, sent, ahead } = JSON.parse(text) ?? {};
        const isRead = v === 1 && Array.isArray(sent) && sent.every(isCount) && isCount(ahead);
        return isRead ? { sent, ahead } : undefined;
    }
    catch {
        // What is no JSON holds nothing; the caller says so.
        return undefined;
    }
}
function isCount(value) {
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
