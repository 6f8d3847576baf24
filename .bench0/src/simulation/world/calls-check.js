import { messageOf } from "../../model/failure.js";
import { SECOND_MS } from "../../model/units.js";
/** What the manual promises of a breaker (docs/resilience.md): after so many failures in a row ... */
const THRESHOLD = 5;
/** ... nobody is asked for so long at least, and for twice as long after each probe that failed ... */
const OPEN_MS = 10 * SECOND_MS;
/** ... up to the shortest cap that anybody in this world has, with the spread of windows left out. */
const OPEN_MAX_MS = 25 * SECOND_MS;
/** An attempt of ten seconds and its grace: a probe that takes longer is given up. */
const PROBE_MAX_MS = 11 * SECOND_MS;
const ATTEMPT_MS = 10 * SECOND_MS;
/** Retries live on tokens: so many at first and at the most, and what time and each success earn. */
const TOKENS = 10;
const TOKENS_PER_MS = 0.1 / SECOND_MS;
const TOKENS_PER_SUCCESS = 0.1;
/**
 * Judges the breakers and the retry budgets of one process by nothing but its requests and their answers: who fails time and again is left alone,
 * then asked once, and asked as ever only when that went well. Where an answer might count either way it counts for the
 * hub, so a page of nonsense with status 200 is no failure here.
 */
export class CallsCheck {
    #options;
    #sights = new Map();
    constructor(options) {
        this.#options = options;
    }
    watched(http) {
        const { monotonic } = this.#options;
        return {
            request: async (request) => {
                const { host } = new URL(request.url);
                const startMs = monotonic();
                const batch = request.headers?.["webhook-id"];
                this.#asked(host, startMs, batch);
                const ended = (result, why) => {
                    const sight = this.#sightOf(host);
                    if (result === "success")
                        sight.tokens = Math.min(TOKENS, sight.tokens + TOKENS_PER_SUCCESS);
                    if (batch !== undefined && result === "success")
                        sight.failed.delete(batch);
                    else if (batch !== undefined)
                        sight.failed.add(batch);
                    this.#ended(sight, startMs, result, why);
                };
                try {
                    const response = await http.request(request);
                    ended(resultOf(response.status), `status ${response.status}`);
                    return response;
                }
                catch (thrown) {
                    // Given up by the hub itself before its time was over: that is nobody's failure.
                    const isGivenUp = request.signal?.aborted === true && monotonic() - startMs < ATTEMPT_MS;
                    ended(isGivenUp ? "neutral" : "failure", messageOf(thrown));
                    throw thrown;
                }
            },
        };
    }
    #sightOf(host) {
        let sight = this.#sights.get(host);
        if (sight === undefined) {
            const closed = { state: "closed", since: Number.NEGATIVE_INFINITY, until: 0, streak: 0 };
            const paidUntil = this.#options.monotonic();
            sight = { ...closed, windows: 0, why: "", tokens: TOKENS, paidUntil, failed: new Set() };
            this.#sights.set(host, sight);
        }
        return sight;
    }
    #asked(host, now, batch) {
        const sight = this.#sightOf(host);
        sight.tokens = Math.min(TOKENS, sight.tokens + (now - sight.paidUntil) * TOKENS_PER_MS);
        sight.paidUntil = now;
        // A call on trial is free.
        if (sight.state === "closed" && batch !== undefined && sight.failed.has(batch))
            sight.tokens--;
        if (sight.tokens < -0.5) {
            this.#options.trace.violate("budget", `${host} was sent batch ${batch} again beyond what retries may`);
        }
        if (sight.state === "closed" || now === sight.since)
            return;
        if (sight.state === "open" && now < sight.until) {
            const ago = `${(now - sight.since) / SECOND_MS} s after it had failed for good (${sight.why})`;
            this.#options.trace.violate("breaker", `${host} was asked ${ago}, and is to be left alone for longer`);
        }
        if (sight.state === "probing" && now < sight.since + PROBE_MAX_MS) {
            this.#options.trace.violate("breaker", `${host} was asked beside the call on trial`);
        }
        sight.state = "probing";
        sight.since = now;
    }
    #ended(sight, startMs, result, why) {
        const { monotonic } = this.#options;
        const isOfThisState = startMs >= sight.since && sight.state !== "open";
        if (!isOfThisState)
            return;
        if (result === "neutral") {
            // The next one may be the call on trial.
            if (sight.state === "probing")
                sight.state = "open";
            sight.until = monotonic();
            return;
        }
        if (result === "success") {
            if (sight.state === "probing")
                sight.since = monotonic();
            sight.state = "closed";
            sight.windows = 0;
            sight.streak = 0;
            return;
        }
        sight.streak++;
        if (sight.state === "closed" && result === "failure" && sight.streak < THRESHOLD)
            return;
        sight.state = "open";
        sight.since = monotonic();
        sight.until = sight.since + Math.min(OPEN_MAX_MS, OPEN_MS * 2 ** sight.windows);
        sight.windows++;
        sight.streak = 0;
        sight.why = why;
    }
}
function resultOf(status) {
    if (status >= 200 && status < 400)
        return "success";
    if (status === 401)
        return "trip";
    return status >= 500 || status === 429 ? "failure" : "neutral";
}
