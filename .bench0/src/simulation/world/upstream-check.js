import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { BYTES_PER_SECOND, REQUESTS_PER_MINUTE } from "./world-config.js";
/** Faults behind which nothing is to be had. */
const OUTAGES = new Set([
    "refuse",
    "reset",
    "hang",
    "truncate",
    "corrupt",
    "status-503",
    "html",
]);
const FAILURES = 5;
const NOTICE_MS = MINUTE_MS;
/** The retry budget of every upstream: docs/resilience.md. */
const RETRY_TOKENS = 10;
const RETRY_TOKENS_PER_MS = 0.1 / SECOND_MS;
const RETRY_TOKENS_PER_SUCCESS = 0.1;
/** As share of a pause: polls that had to wait for the budget come a little closer. */
const SOONER_THAN_A_POLL = 0.8;
const BYTES_WINDOW_MS = 5 * MINUTE_MS;
/** What the hub asked of a server of the agency, against what it may. */
export function checkUpstream(options) {
    const { trace, name, served, startsMs } = options;
    const startsIn = (fromMs, toMs) => startsMs.filter((start) => start > fromMs && start <= toMs).length;
    const times = served.map(({ atMs }) => atMs);
    for (let last = 0, first = 0; last < times.length; last++) {
        const end = times[last];
        while (times[first] <= end - MINUTE_MS)
            first++;
        const most = REQUESTS_PER_MINUTE * (1 + startsIn(end - MINUTE_MS, end));
        const count = last - first + 1;
        if (count > most)
            trace.violate("budget", `${name} was asked ${count} times in a minute`);
    }
    let bytes = 0;
    let largest = 0;
    for (let last = 0, first = 0; last < served.length; last++) {
        const { atMs, bytes: size } = served[last];
        bytes += size;
        largest = Math.max(largest, size);
        for (; served[first].atMs <= atMs - BYTES_WINDOW_MS; first++)
            bytes -= served[first].bytes;
        const answers = 2 + startsIn(atMs - BYTES_WINDOW_MS, atMs);
        const most = (BYTES_WINDOW_MS / SECOND_MS) * BYTES_PER_SECOND + answers * largest;
        if (bytes > most)
            trace.violate("budget", `${name} sent ${bytes} bytes in five minutes`);
    }
    checkRetryAfter(options, startsIn);
    checkOutages(options, startsIn);
    checkRetries(options);
}
/** Who asks to be left alone is. */
function checkRetryAfter({ trace, name, served }, startsIn) {
    served.forEach(({ atMs, retryAfterMs }, at) => {
        const next = served[at + 1]?.atMs ?? Number.POSITIVE_INFINITY;
        if (next >= atMs + retryAfterMs || startsIn(atMs, next) > 0)
            return;
        const asked = `${retryAfterMs / SECOND_MS} s of rest at ${Math.floor(atMs / SECOND_MS)} s`;
        trace.violate("outage", `${name} asked for ${asked}, and was asked ${(next - atMs) / SECOND_MS} s later`);
    });
}
/**
 * While every answer is a failure, and so is what our own store says, upstream is asked no more than in health: in each
 * minute, and in each five minutes with nothing to spare. What is left out is the first minute, in which nobody can know
 * yet that it is an outage: a breaker opens after five failures.
 */
function checkOutages({ trace, name, served, store, pollS }, startsIn) {
    const normal = Math.ceil(60 / pollS);
    const judge = (asked, windowMs, most, what) => {
        for (let last = 0, first = 0; last < asked.length; last++) {
            const end = asked[last].atMs;
            while (asked[first].atMs <= end - windowMs)
                first++;
            const count = last - first + 1;
            if (count <= most + 5 * startsIn(end - windowMs - NOTICE_MS, end))
                continue;
            const span = `${windowMs / MINUTE_MS} min of ${what} up to ${Math.floor(end / SECOND_MS)} s`;
            trace.violate("outage", `${name} was asked ${count} times in ${span}`);
        }
    };
    const judgeOutage = (asked, what) => {
        judge(asked, MINUTE_MS, normal + 1, what);
        judge(asked, 5 * MINUTE_MS, 5 * normal, what);
    };
    for (const run of failingRuns(served)) {
        // A breaker opens after five failures, which may take longer than that minute.
        const since = Math.max(run[0].atMs + NOTICE_MS, run[FAILURES - 1]?.atMs ?? Number.POSITIVE_INFINITY);
        judgeOutage(run.filter(({ atMs }) => atMs > since), "failures");
    }
    for (const { fault, fromMs, toMs, share } of store) {
        if (fault === "stall" || share < 1)
            continue;
        // Another trouble, of the network, may begin in this one, and has to be noticed too.
        const asked = served.filter(({ atMs }) => atMs >= fromMs + NOTICE_MS && atMs < toMs);
        if (new Set(asked.map((one) => one.fault)).size <= 1)
            judgeOutage(asked, `a store that is ${fault}`);
    }
}
/**
 * A question that follows a failure before the next poll is due is a retry. Retries live on tokens: ten at first, and at
 * most; one in ten seconds, and a tenth for each success. Each process begins with its own.
 */
function checkRetries({ trace, name, served, pollS, startsMs }) {
    const soonMs = pollS * SECOND_MS * SOONER_THAN_A_POLL;
    let tokens = RETRY_TOKENS;
    let pollMs = Number.NEGATIVE_INFINITY;
    let before;
    for (const one of served) {
        const { atMs, fault } = one;
        const earlierMs = before?.atMs ?? 0;
        if (startsMs.some((start) => start > earlierMs && start <= atMs)) {
            tokens = RETRY_TOKENS;
            before = undefined;
        }
        const earned = (atMs - earlierMs) * RETRY_TOKENS_PER_MS + (OUTAGES.has(fault) ? 0 : RETRY_TOKENS_PER_SUCCESS);
        tokens = Math.min(RETRY_TOKENS, tokens + earned);
        const isRetry = before !== undefined && OUTAGES.has(before.fault) && atMs - pollMs < soonMs;
        if (isRetry)
            tokens--;
        else
            pollMs = atMs;
        before = one;
        if (tokens >= -1)
            continue;
        trace.violate("budget", `${name} was asked again after failures up to ${Math.floor(atMs / SECOND_MS)} s beyond what retries may`);
        return;
    }
}
/** Stretches of requests of which each failed. */
function failingRuns(served) {
    const runs = [];
    let run;
    for (const one of served) {
        if (!OUTAGES.has(one.fault)) {
            run = undefined;
            continue;
        }
        if (run === undefined) {
            run = [];
            runs.push(run);
        }
        run.push(one);
    }
    return runs;
}
