import { messageOf } from "../model/failure.js";
/**
 * Hands events to the listener once the state is consistent, in order, also when the listener calls the upstream again.
 * What a listener throws, or rejects with, is counted and told to it once; it never reaches a result (rule 27).
 */
export class Emitter {
    #upstream;
    #clock;
    #listener;
    #waiting = [];
    #isDraining = false;
    errors = 0;
    constructor(upstream, clock, listener) {
        this.#upstream = upstream;
        this.#clock = clock;
        this.#listener = listener;
    }
    push(detail) {
        this.#waiting.push({ upstream: this.#upstream, at: this.#clock.now(), ...detail });
    }
    flush() {
        if (this.#isDraining)
            return;
        this.#isDraining = true;
        let isTold = false;
        for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
            const failure = this.#tell(event);
            if (failure === undefined || isTold)
                continue;
            // Once per turn: a listener that always throws would otherwise be told of that for ever.
            isTold = true;
            this.push({ type: "listener_error", note: failure });
        }
        this.#isDraining = false;
    }
    /** Answers what the listener threw, in words. */
    #tell(event) {
        try {
            const answer = this.#listener(event);
            if (answer instanceof Promise) {
                answer.catch(() => {
                    this.errors += 1;
                });
            }
            return undefined;
        }
        catch (thrown) {
            this.errors += 1;
            return messageOf(thrown);
        }
    }
}
