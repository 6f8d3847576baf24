/** So many at one time, first come first served. */
export class Slots {
    #limit;
    #taken = 0;
    #queue = [];
    constructor(count) {
        this.#limit = count;
    }
    get limit() {
        return this.#limit;
    }
    /** Whether nobody else could get one now. */
    get isFull() {
        return this.#taken >= this.#limit;
    }
    /** Those that are taken stay taken: fewer holds from the next one on. */
    resize(count) {
        this.#limit = count;
        this.#handOn();
    }
    /** Resolves with the function that gives the place back; it must be called exactly once. */
    async acquire() {
        if (this.#taken < this.#limit)
            this.#taken++;
        else
            await new Promise((resolve) => this.#queue.push(resolve));
        return () => {
            this.#taken--;
            this.#handOn();
        };
    }
    #handOn() {
        for (let next = this.#next(); next !== undefined; next = this.#next()) {
            this.#taken++;
            next();
        }
    }
    #next() {
        return this.#taken < this.#limit ? this.#queue.shift() : undefined;
    }
}
/** Lets one loop rest until it is woken or a time is over. Waking it while it runs makes the next rest return at once. */
export class Bell {
    #clock;
    #rung = false;
    #wake;
    constructor(clock) {
        this.#clock = clock;
    }
    ring() {
        this.#rung = true;
        this.#wake?.();
    }
    /** Infinity rests until it is rung. */
    async rest(forMs) {
        if (!this.#rung && forMs > 0) {
            await new Promise((resolve) => {
                const cancel = Number.isFinite(forMs) ? this.#clock.after(forMs, resolve) : undefined;
                this.#wake = () => {
                    cancel?.();
                    resolve();
                };
            });
            this.#wake = undefined;
        }
        this.#rung = false;
    }
}
/** Resolves when the promise settles or the time is over, whichever is first. The promise must not reject. */
export async function within(clock, promise, ms) {
    let cancel;
    await Promise.race([
        promise,
        new Promise((resolve) => {
            cancel = clock.after(ms, resolve);
        }),
    ]);
    cancel?.();
}
