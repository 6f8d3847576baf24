/**
 * The retry budget of rule 15: a bucket of tokens per upstream. It is not a share of active requests, because that share
 * grows as the calls in flight become retries, and is useless at low traffic. First attempts and probes are free.
 */
export class RetryTokens {
    #settings;
    #tokens;
    /** Up to when the time has been paid for. */
    #paidUntil;
    /** Mean bytes of an answer, over about ten of them; 0 while none is known. */
    #meanBytes = 0;
    constructor(settings, now) {
        this.#settings = settings;
        this.#tokens = settings.tokens;
        this.#paidUntil = now;
    }
    /** Pays for the time since the last call where the breaker was closed during it. */
    accrue(now, isClosed) {
        if (isClosed)
            this.#add(((now - this.#paidUntil) / 1_000) * this.#settings.perSecond);
        this.#paidUntil = now;
    }
    earn() {
        this.#add(this.#settings.perSuccess);
    }
    measure(bytes) {
        this.#meanBytes = this.#meanBytes === 0 ? bytes : this.#meanBytes + (bytes - this.#meanBytes) / 10;
    }
    /** What a retry of a call that moved so many bytes costs: 1, or in proportion where that is more. */
    costOf(bytes) {
        if (this.#meanBytes === 0)
            return 1;
        return Math.max(1, Math.min(this.#settings.tokens, Math.ceil(bytes / this.#meanBytes)));
    }
    take(cost) {
        if (this.#tokens < cost)
            return false;
        this.#tokens -= cost;
        return true;
    }
    giveBack(cost) {
        this.#add(cost);
    }
    /** How long until there is one token, if the breaker stays closed; infinite when time pays nothing. */
    waitMs() {
        if (this.#tokens >= 1)
            return 0;
        return ((1 - this.#tokens) / this.#settings.perSecond) * 1_000;
    }
    get left() {
        return this.#tokens;
    }
    #add(tokens) {
        this.#tokens = Math.min(this.#settings.tokens, this.#tokens + tokens);
    }
}
