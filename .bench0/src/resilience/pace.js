const DAY_MS = 86_400_000;
/**
 * What an upstream may be burdened with, probes and retries included: requests in any window of time, bytes per second,
 * requests per day, and what is shared with other upstreams. A burst that the average would allow is still refused: the window slides.
 */
export class Pace {
    #settings;
    /** When the last `requestCount` requests were sent; made by the first one. */
    #sent = null;
    #sentAt = 0;
    /** When the bytes that came are paid for. */
    #bytesFreeAt = 0;
    dayIndex = -1;
    dayUsed = 0;
    constructor(settings) {
        this.#settings = settings;
    }
    /** When the next request may be sent, on the monotonic clock, and what it has to wait for. `now` means at once. */
    readyAt(now, clock) {
        const { requestPerMs, dayCount, dayStartsAtMs, bytesAheadMs, shared } = this.#settings;
        let at = now;
        let reason = "requests";
        if (this.#sent !== null)
            at = Math.max(now, (this.#sent[this.#sentAt] ?? 0) + requestPerMs);
        if (this.#bytesFreeAt - bytesAheadMs > at) {
            at = this.#bytesFreeAt - bytesAheadMs;
            reason = "bytes";
        }
        if (dayCount > 0) {
            const wall = clock.now();
            this.#turnDay(wall);
            if (this.dayUsed >= dayCount) {
                const nextDay = (this.dayIndex + 1) * DAY_MS + dayStartsAtMs;
                const free = now + Math.max(0, nextDay - wall);
                if (free > at) {
                    at = free;
                    reason = "day";
                }
            }
        }
        if (shared !== undefined) {
            const free = shared.readyAt(now);
            if (free > at)
                return { at: free, reason: "shared" };
        }
        return { at, reason };
    }
    /** One request is sent now. */
    take(now, clock) {
        const { requestCount, dayCount, shared } = this.#settings;
        shared?.take(now);
        if (requestCount > 0) {
            this.#sent ??= new Float64Array(requestCount).fill(Number.NEGATIVE_INFINITY);
            this.#sent[this.#sentAt] = now;
            this.#sentAt = (this.#sentAt + 1) % requestCount;
        }
        if (dayCount > 0) {
            this.#turnDay(clock.now());
            this.dayUsed += 1;
        }
    }
    addBytes(bytes, now) {
        const { bytesPerSecond } = this.#settings;
        if (bytesPerSecond > 0) {
            this.#bytesFreeAt = Math.max(now, this.#bytesFreeAt) + (bytes / bytesPerSecond) * 1_000;
        }
    }
    /**
     * A wall clock that jumps back gives nothing back: what was used stays used. Back by more than a day, it was wrong
     * before; then its day counts from here on, so that the wrong one does not have to be waited for.
     */
    #turnDay(wall) {
        const index = Math.floor((wall - this.#settings.dayStartsAtMs) / DAY_MS);
        if (index > this.dayIndex) {
            this.dayIndex = index;
            this.dayUsed = 0;
        }
        else if (index < this.dayIndex - 1)
            this.dayIndex = index;
    }
}
