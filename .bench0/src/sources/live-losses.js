/** A flood is told of once in so long. */
const TELL_EVERY_MS = 1_000;
/** Counts what a live source could not keep, and who was turned away, and tells of it now and then instead of each time. */
export class LiveLosses {
    #context;
    #losses = new Map();
    #refused = new Map();
    #cancel;
    constructor(context) {
        this.#context = context;
    }
    lost(cause, messages = 1) {
        if (messages === 0)
            return;
        const now = this.#context.runtime.clock.now();
        const known = this.#losses.get(cause);
        const fromTime = known?.fromTime ?? now;
        const toTime = Math.max(now, fromTime);
        this.#losses.set(cause, { messages: (known?.messages ?? 0) + messages, fromTime, toTime, cause });
        this.#wake();
    }
    /** Not let in, with a reason of which there are few: a sentence without an end, such as `connections above the limit`. */
    refused(what) {
        this.#refused.set(what, (this.#refused.get(what) ?? 0) + 1);
        this.#wake();
    }
    /** Tells what has not been told. To be called at the end. */
    flush() {
        this.#cancel?.();
        this.#cancel = undefined;
        const { lost, onEvent } = this.#context;
        for (const loss of this.#losses.values())
            lost?.(loss);
        for (const [what, count] of this.#refused) {
            onEvent?.("warn", "source.refused", `Turned away ${count} ${what}`, { count });
        }
        this.#losses.clear();
        this.#refused.clear();
    }
    #wake() {
        this.#cancel ??= this.#context.runtime.clock.after(TELL_EVERY_MS, () => this.flush(), { ref: false });
    }
}
