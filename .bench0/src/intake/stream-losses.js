const AGAIN_MS = 1_000;
/**
 * Holds what sources lost until it is in the ledger: while the store takes nothing, losses of one upstream and cause become
 * one, so that a flood costs no more than a moment.
 */
export class StreamLosses {
    #options;
    #waiting = new Map();
    #running;
    constructor(options) {
        this.#options = options;
    }
    add(upstream, loss) {
        const key = `${upstream} ${loss.cause}`;
        const known = this.#waiting.get(key)?.loss;
        this.#waiting.set(key, { upstream, loss: known === undefined ? loss : both(known, loss) });
        this.#running ??= this.#run().finally(() => {
            this.#running = undefined;
        });
    }
    /** Resolves when nothing is under way; after the signal has aborted, when all was stored or tried a last time. */
    async settled() {
        await this.#running;
    }
    async #run() {
        const { signal, onFailure } = this.#options;
        for (let next = this.#take(); next !== undefined; next = this.#take()) {
            const isLast = signal.aborted;
            try {
                await this.#store(next.upstream, next.loss);
            }
            catch (thrown) {
                onFailure(next.upstream, thrown);
                if (isLast)
                    continue;
                this.#putBack(next.upstream, next.loss);
                await this.#pause();
            }
        }
    }
    async #store(upstream, loss) {
        const { feed, clock, gaps, intake } = this.#options;
        await gaps.load();
        await gaps.lose(upstream, loss, clock.now(), (riders) => intake().receive(feed, upstream, [], undefined, riders));
    }
    /** An abort ends it: then comes the last attempt. */
    #pause() {
        const { clock, signal } = this.#options;
        return new Promise((resolve) => {
            const done = () => {
                cancel();
                signal.removeEventListener("abort", done);
                resolve();
            };
            const cancel = clock.after(AGAIN_MS, done);
            signal.addEventListener("abort", done);
            if (signal.aborted)
                done();
        });
    }
    #putBack(upstream, loss) {
        const key = `${upstream} ${loss.cause}`;
        const newer = this.#waiting.get(key)?.loss;
        this.#waiting.set(key, { upstream, loss: newer === undefined ? loss : both(loss, newer) });
    }
    #take() {
        for (const [key, waiting] of this.#waiting) {
            this.#waiting.delete(key);
            return waiting;
        }
        return undefined;
    }
}
function both(one, other) {
    return {
        messages: one.messages + other.messages,
        fromTime: Math.min(one.fromTime, other.fromTime),
        toTime: Math.max(one.toTime, other.toTime),
        cause: one.cause,
    };
}
