/** Waits between two attempts that somebody may cut short. */
export class Rest {
    #clock;
    #signal;
    #wake;
    /** Every rest ends with the signal's reason when it aborts. */
    constructor(clock, signal) {
        this.#clock = clock;
        this.#signal = signal;
    }
    /** One rest at a time. Infinite ones end by `end` and the signal only. */
    take(forMs) {
        const signal = this.#signal;
        return new Promise((resolve, reject) => {
            if (signal.aborted) {
                reject(signal.reason);
                return;
            }
            const leave = () => {
                cancel();
                signal.removeEventListener("abort", onAbort);
                this.#wake = undefined;
            };
            const wake = () => {
                leave();
                resolve();
            };
            const onAbort = () => {
                leave();
                reject(signal.reason);
            };
            const cancel = this.#clock.after(forMs, wake);
            this.#wake = wake;
            signal.addEventListener("abort", onAbort, { once: true });
        });
    }
    /** Ends the rest that is being taken; a later one is not touched. */
    end() {
        this.#wake?.();
    }
}
