import { StringMemo } from "../formats/protobuf-reader.js";
import { Failure, messageOf } from "../model/failure.js";
import { createUpstream, retryAfterOf } from "../resilience/index.js";
import { sleep } from "../runtime/runtime.js";
import { readFeed } from "./recorded.js";
import { snapshotOf } from "./snapshot.js";
/** How long the last good answer stands for the feed: one lost request is no outage to a rider's app. */
const HOLD_MS = 60_000;
/**
 * Reads both feeds at the same moments until the time is over or the signal aborts, with conditional requests under the
 * resilience core. @throws Failure `decode.format` when the first answer of a side is no feed: no wait mends that.
 */
export async function measureLive(options) {
    const { runtime, everyMs, until, comparison, signal } = options;
    const { clock } = runtime;
    const { health } = comparison.forecasts;
    const pair = (what, urls, of) => ({
        a: new LiveReader({ name: `A${what}`, url: urls.a, health: of.a }, options),
        b: new LiveReader({ name: `B${what}`, url: urls.b, health: of.b }, options),
    });
    const { updates: updateUrls, alerts: alertUrls } = options.beside ?? {};
    const readers = pair("", options.urls, comparison.health);
    const updates = updateUrls && pair("'s trip updates", updateUrls, health.updates);
    const alerts = alertUrls && pair("'s alerts", alertUrls, health.alerts);
    const start = clock.monotonic();
    try {
        for (let turn = 1; !signal.aborted && clock.now() < until; turn++) {
            const [main, ofUpdates, ofAlerts] = await Promise.all([read(readers), read(updates), read(alerts)]);
            if (signal.aborted)
                return;
            const now = clock.now();
            await options.prepare(now);
            const ages = { a: now, b: now };
            comparison.moment(now, main?.a, main?.b, ages, { updates: ofUpdates, alerts: ofAlerts });
            await options.onMoment(now);
            // Counted from the start, so that the time that reading takes does not add up; a moment that was missed is left out.
            const passed = clock.monotonic() - start;
            turn = Math.max(turn, Math.floor(passed / everyMs) + 1);
            await sleep(clock, Math.max(0, turn * everyMs - passed), signal).catch((thrown) => {
                if (!signal.aborted)
                    throw thrown;
            });
        }
    }
    finally {
        const all = [readers, updates, alerts].flatMap((each) => (each === undefined ? [] : [each.a, each.b]));
        await Promise.all(all.map((reader) => reader.close()));
    }
}
async function read(pair) {
    if (pair === undefined)
        return undefined;
    const [a, b] = await Promise.all([pair.a.read(), pair.b.read()]);
    return { a, b };
}
class LiveReader {
    #feed;
    #options;
    #upstream;
    #memo = new StringMemo();
    #snapshot;
    #body;
    #readAt = Number.NEGATIVE_INFINITY;
    #validators = {};
    constructor(feed, options) {
        this.#feed = feed;
        this.#options = options;
        this.#upstream = createUpstream(`compare:${feed.name}`, {
            // The next moment asks again anyway: retries would only add load.
            retry: { maxRetries: 0 },
            timeout: { attemptMs: Math.min(10_000, options.everyMs), jobMs: Math.min(10_000, options.everyMs) },
            breaker: { openMs: 30_000, openMaxMs: 60_000 },
            fallback: false,
        }, options.runtime);
    }
    close() {
        return this.#upstream.dispose();
    }
    /** The feed as it stands at this moment. */
    async read() {
        const { runtime, signal } = this.#options;
        const { clock } = runtime;
        const { health } = this.#feed;
        const result = await this.#upstream
            .syncJob("feed", async (attempt) => {
            const response = await runtime.http.request(this.#request(attempt.signal));
            attempt.addBytes(response.wireBytes);
            return this.#checked(response);
        }, { signal })
            .catch((thrown) => {
            if (!signal.aborted)
                throw thrown;
        });
        if (result === undefined)
            return undefined;
        health.readings++;
        const failure = result.state === "fresh" ? this.#take(result.value) : messageFor(result);
        if (failure === undefined)
            this.#readAt = clock.monotonic();
        else {
            if (failure instanceof Failure && health.messages === 0)
                throw failure;
            health.failed(messageOf(failure));
        }
        return clock.monotonic() - this.#readAt <= HOLD_MS ? this.#snapshot : undefined;
    }
    #request(signal) {
        const headers = { "user-agent": "wayside-compare", "accept-encoding": "gzip, deflate, br" };
        return {
            method: "GET",
            url: this.#feed.url,
            headers: { ...headers, ...this.#validators },
            signal,
            redirectsMax: 3,
        };
    }
    #checked(response) {
        const { status } = response;
        if (status === 200 || (status === 304 && this.#snapshot !== undefined))
            return response;
        const waitMs = retryAfterOf(response.headers, this.#options.runtime.clock.now());
        const isPassing = status >= 500 || status === 429 || status === 408;
        throw new Failure(isPassing ? "http.transient" : "http.rejected", `it answered ${status}`, {
            details: { status },
            ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
        });
    }
    /** Why an answer is no feed; undefined when it is one. */
    #take(response) {
        const { name, health } = this.#feed;
        // A server without conditional requests says by the same bytes that nothing is new.
        const isSame = this.#body !== undefined && Buffer.compare(this.#body, response.body) === 0;
        if (response.status === 304 || isSame) {
            health.unchanged++;
            return undefined;
        }
        const message = readFeed(response.body, this.#memo);
        if (message instanceof Failure) {
            return new Failure(message.code, `${name} is no GTFS-realtime feed: ${message.message}`);
        }
        this.#snapshot = snapshotOf(message);
        this.#body = response.body;
        this.#validators = validatorsOf(response);
        health.message(message, this.#snapshot.vehicles.size, this.#options.runtime.clock.now());
        return undefined;
    }
}
function validatorsOf({ headers }) {
    const validators = {};
    if (headers["etag"] !== undefined)
        validators["if-none-match"] = headers["etag"];
    if (headers["last-modified"] !== undefined)
        validators["if-modified-since"] = headers["last-modified"];
    return validators;
}
function messageFor({ reason, cause }) {
    if (cause !== undefined)
        return cause instanceof Error ? cause.message : String(cause);
    return reason === "open"
        ? "it failed several times and is left alone for a while"
        : `it was not asked: ${reason}`;
}
