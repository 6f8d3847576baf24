import { messageOf } from "../model/failure.js";
/** Keeps a store that hangs, rejects or answers nonsense away from the jobs (rule 22). */
export class GuardedStore {
    #store;
    #clock;
    #timeoutMs;
    #owner;
    /** Keys that are being written, and what to write after that. */
    #writing = new Map();
    /** Give up the questions that are under way: `within` says how long they had. */
    #reads = new Set();
    #writes = new Set();
    #isClosed = false;
    #onWritten = () => { };
    constructor(store, clock, timeoutMs, owner) {
        this.#store = store;
        this.#clock = clock;
        this.#timeoutMs = timeoutMs;
        this.#owner = owner;
    }
    /** Never rejects; undefined when there is nothing, or nothing that can be used. */
    async read(key) {
        try {
            const entry = await this.#inTime(this.#reads, () => this.#store.read(key));
            if (entry === undefined || entry === null)
                return undefined;
            const { value, fetchedAt } = entry;
            if (Number.isFinite(fetchedAt))
                return { value, fetchedAt: fetchedAt };
            this.#owner.onCacheFailed(key, `the store gave fetchedAt ${String(fetchedAt)}`);
        }
        catch (thrown) {
            // Nobody waits for the answer any more, so that none is missing.
            if (!this.#isClosed)
                this.#owner.onCacheFailed(key, messageOf(thrown));
        }
        return undefined;
    }
    /** One write per key at a time; the newest entry wins. */
    write(key, entry) {
        if (this.#isClosed)
            return;
        if (this.#writing.has(key))
            this.#writing.set(key, entry);
        else
            void this.#writeAll(key, entry);
    }
    /**
     * Nothing is read or begun from now on. Resolves when everything that was remembered is written, or cannot be, or is not
     * after `waitMs`; then nothing is left that could wake.
     */
    async close(waitMs) {
        this.#isClosed = true;
        for (const giveUp of this.#reads)
            giveUp("before it was closed");
        if (this.#writing.size === 0)
            return;
        const cancel = this.#clock.after(waitMs, () => {
            for (const key of this.#writing.keys())
                this.#writing.set(key, null);
            for (const giveUp of this.#writes)
                giveUp(`within ${waitMs} ms of closing`);
        });
        await new Promise((resolve) => {
            this.#onWritten = resolve;
        });
        cancel();
    }
    async #writeAll(key, first) {
        for (let entry = first; entry; entry = this.#writing.get(key)) {
            const current = entry;
            this.#writing.set(key, null);
            try {
                await this.#inTime(this.#writes, () => this.#store.write(key, current));
            }
            catch (thrown) {
                this.#owner.onCacheFailed(key, messageOf(thrown));
            }
        }
        this.#writing.delete(key);
        if (this.#writing.size === 0)
            this.#onWritten();
    }
    #inTime(questions, ask) {
        let giveUp = () => { };
        const late = new Promise((_, reject) => {
            giveUp = (within) => reject(new Error(`the store did not answer ${within}`));
        });
        const cancel = this.#clock.after(this.#timeoutMs, () => giveUp(`within ${this.#timeoutMs} ms`));
        questions.add(giveUp);
        return Promise.race([Promise.resolve().then(ask), late]).finally(() => {
            cancel();
            questions.delete(giveUp);
        });
    }
}
