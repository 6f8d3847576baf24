import { Asker } from "./http-poll-asker.js";
/** Where only this address fails, every so often history is asked for instead, so that it is not kept from us. */
const FAILURES_MAX = 3;
/**
 * The present state of a feed that keeps history: asked for once after a break, before the backlog is read, so that riders
 * need not wait until that has come to now.
 */
export class CurrentState {
    #options;
    #context;
    #asker;
    /** When history was last told; undefined: not since the start. */
    #toldTime;
    /** History could not be had since then. */
    #isBroken = false;
    #isDone = false;
    #failures = 0;
    constructor(options, current, context) {
        this.#options = current;
        this.#context = context;
        this.#asker = new Asker({ ...options, ...current, cursor: undefined }, context);
    }
    /** History was told up to the present, or goes on. */
    told() {
        this.#toldTime = this.#context.runtime.clock.monotonic();
        this.#isBroken = false;
        this.#isDone = false;
        this.#failures = 0;
    }
    /** History could not be had. What could be asked for instead of it is tried again the next time. */
    failed() {
        this.#isBroken = true;
        if (this.#failures > 0)
            this.#failures++;
    }
    get isDue() {
        if (this.#isDone)
            return false;
        const told = this.#toldTime;
        const forMs = told === undefined ? Number.POSITIVE_INFINITY : this.#context.runtime.clock.monotonic() - told;
        // Without a failure it was our own budget that took so long, which has nothing to spare.
        const isBreak = told === undefined || (this.#isBroken && forMs >= this.#options.after);
        return isBreak && this.#failures % (FAILURES_MAX + 1) < FAILURES_MAX;
    }
    /** An answer without the state is no reason to go without history. Throws where there is none. */
    async ask({ signal }) {
        const { clock, http } = this.#context.runtime;
        let response;
        try {
            response = await http.request(this.#asker.request({ signal }));
        }
        catch (thrown) {
            this.#isBroken = true;
            this.#failures++;
            throw thrown;
        }
        this.#isDone = true;
        const { status, wireBytes } = response;
        const receivedTime = clock.now();
        if (status === 200 || status === 203)
            return { frames: [this.#asker.frame(response, receivedTime)], wireBytes, isAside: true, more: true };
        const { message } = this.#asker.failure(response, receivedTime);
        const said = `The present state cannot be had, and history is read without it: ${message}`;
        this.#context.onEvent?.("warn", "source.no_current", said);
        return { frames: [], wireBytes, isAside: true, more: true };
    }
}
