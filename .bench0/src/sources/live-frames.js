const BYTES_MAX = 4 * 1024 * 1024;
const FRAMES_MAX = 16_384;
/**
 * The frames of a connection that speaks when it likes, for whoever pulls them: a bounded queue between the two. Ends with the
 * reason of `fail`, after the frames that came before it, or at once with that of the signal.
 */
export class LiveFrames {
    #options;
    #bytesMax;
    #framesMax;
    #items = [];
    /** Those that are being handed over, and how many of them have been. */
    #leaving = [];
    #left = 0;
    #bytes = 0;
    #waiting = 0;
    #wake;
    #failure;
    #isFull = false;
    constructor(options) {
        this.#options = options;
        this.#bytesMax = options.bytesMax ?? BYTES_MAX;
        this.#framesMax = options.framesMax ?? FRAMES_MAX;
    }
    /** Leaves out what nobody will take any more, and says how many frames it was: of those that are `lost` by it. */
    drop(lost = () => true) {
        const dropped = [...this.#leaving.slice(this.#left), ...this.#items].filter(lost).length;
        this.#items = [];
        this.#leaving = [];
        this.#bytes = 0;
        this.#waiting = 0;
        return dropped;
    }
    /** What `push` said last, or would say by now. */
    get hasRoom() {
        return !this.#isFull;
    }
    /** False: it was taken, but there is no room for another; stop reading until `onRoom`. */
    push(item) {
        this.#items.push(item);
        this.#bytes += item.bytes.byteLength;
        this.#waiting++;
        this.#wake?.();
        this.#isFull ||= this.#bytes >= this.#bytesMax || this.#waiting >= this.#framesMax;
        return !this.#isFull;
    }
    /** The connection broke, with this reason. Only the first counts. */
    fail(reason) {
        this.#failure ??= { reason };
        this.#wake?.();
    }
    async *[Symbol.asyncIterator]() {
        const { signal, onEnd } = this.#options;
        const onAbort = () => this.#wake?.();
        signal.addEventListener("abort", onAbort);
        try {
            for (;;) {
                if (signal.aborted)
                    throw signal.reason;
                const items = this.#items;
                this.#items = [];
                this.#leaving = items;
                this.#left = 0;
                for (const item of items) {
                    if (signal.aborted)
                        throw signal.reason;
                    this.#waiting--;
                    this.#left++;
                    yield item;
                    this.#taken(item);
                }
                if (items.length > 0)
                    continue;
                if (this.#failure !== undefined)
                    throw this.#failure.reason;
                await new Promise((resolve) => {
                    this.#wake = resolve;
                });
                this.#wake = undefined;
            }
        }
        finally {
            signal.removeEventListener("abort", onAbort);
            onEnd();
        }
    }
    #taken(item) {
        this.#bytes -= item.bytes.byteLength;
        if (!this.#isFull || this.#bytes > this.#bytesMax / 2 || this.#waiting > this.#framesMax / 2)
            return;
        this.#isFull = false;
        this.#options.onRoom?.();
    }
}
