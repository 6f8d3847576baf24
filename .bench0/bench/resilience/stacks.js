import { performance } from "node:perf_hooks";
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, ExponentialBackoff, handleAll, retry, TimeoutStrategy, timeout, wrap, } from "cockatiel";
import CircuitBreaker from "opossum";
import pRetry from "p-retry";
import { createUpstream } from "../../src/resilience/index.js";
/** For stacks that have no signal to give. */
const NO_SIGNAL = { signal: new AbortController().signal };
export const ATTEMPT_MS = 10_000;
export const DEFAULTS = { threshold: 5, baseMs: 500, limit: 100_000 };
export function bare({ baseMs } = DEFAULTS) {
    return {
        name: "bare loop",
        async call(work) {
            for (let retries = 0;; retries += 1) {
                try {
                    return await work(NO_SIGNAL);
                }
                catch (thrown) {
                    if (retries >= 3)
                        throw thrown;
                    const hi = 3 * baseMs * 2 ** retries;
                    await new Promise((resolve) => setTimeout(resolve, hi * (0.2 + 0.8 * Math.random())));
                }
            }
        },
        open: async () => { },
        close: () => { },
    };
}
/** The least that gives an attempt a signal that times out. */
export function bareTimeout() {
    return {
        name: "bare AbortController + setTimeout",
        async call(work) {
            const controller = new AbortController();
            const timer = setTimeout(() => controller.abort(), ATTEMPT_MS);
            try {
                return await work(controller);
            }
            finally {
                clearTimeout(timer);
            }
        },
        open: async () => { },
        close: () => { },
    };
}
export function cockatiel({ threshold, baseMs } = DEFAULTS) {
    const policy = wrap(retry(handleAll.orWhen((error) => !(error instanceof BrokenCircuitError)), {
        maxAttempts: 3,
        backoff: new ExponentialBackoff({ initialDelay: baseMs, maxDelay: 30_000 }),
    }), circuitBreaker(handleAll, { halfOpenAfter: 3_600_000, breaker: new ConsecutiveBreaker(threshold) }), timeout(ATTEMPT_MS, TimeoutStrategy.Cooperative));
    return {
        name: "cockatiel 3.2.1 wrap(retry, breaker, timeout)",
        call: (work, signal) => policy.execute(work, signal),
        open: async () => { },
        close: () => { },
    };
}
/** Refusing with the breaker alone: what its retry would add is time, not cost. */
export function cockatielBreaker({ threshold } = DEFAULTS) {
    const policy = circuitBreaker(handleAll, {
        halfOpenAfter: 3_600_000,
        breaker: new ConsecutiveBreaker(threshold),
    });
    return {
        name: "cockatiel 3.2.1 breaker",
        call: (work, signal) => policy.execute(work, signal),
        async open() {
            for (let failures = 0; failures < threshold; failures += 1)
                await mustFail(policy.execute(fail));
        },
        close: () => { },
    };
}
export function opossum({ limit } = DEFAULTS, options = {}) {
    const breaker = new CircuitBreaker((work) => work(NO_SIGNAL), {
        timeout: ATTEMPT_MS,
        resetTimeout: 3_600_000,
        volumeThreshold: 1_000_000_000,
        capacity: limit,
        ...options,
    });
    return {
        name: "opossum 9.0.0 fire",
        call: (work) => breaker.fire(work),
        open: async () => breaker.open(),
        close: () => breaker.shutdown(),
    };
}
export function pRetryOpossum({ baseMs, limit } = DEFAULTS) {
    const breaker = opossum({ ...DEFAULTS, limit }, { rollingPercentilesEnabled: false, rollingCountBuckets: 1, rollingCountTimeout: 3_600_000 });
    return {
        name: "p-retry 7.1.1 + opossum 9.0.0, statistics off",
        call: (work, signal) => pRetry(() => breaker.call(work), {
            retries: 3,
            factor: 2,
            minTimeout: baseMs,
            maxTimeout: 30_000,
            maxRetryTime: 45_000,
            randomize: true,
            unref: false,
            onFailedAttempt: () => { },
            shouldRetry: () => true,
            shouldConsumeRetry: () => true,
            ...(signal === undefined ? {} : { signal }),
        }),
        open: async () => { },
        close: () => breaker.close(),
    };
}
export function waysideUpstream(options = DEFAULTS, more = {}) {
    return createUpstream("bench", {
        breaker: { threshold: options.threshold, openMs: 3_600_000, openMaxMs: 3_600_000 },
        retry: { baseMs: options.baseMs },
        timeout: { attemptMs: ATTEMPT_MS },
        bulkhead: { limit: options.limit, queueMax: 100_000 },
        budget: { tokens: 1_000_000 },
        ...more,
    });
}
export function wayside(options = DEFAULTS) {
    const upstream = waysideUpstream(options);
    return {
        name: "wayside execute, all policies",
        call: (work, signal) => upstream.execute(work, signal === undefined ? undefined : { signal }),
        async open() {
            for (let failures = 0; failures < options.threshold; failures += 1) {
                await mustFail(upstream.execute(fail, { maxRetries: 0 }));
            }
        },
        close: () => void upstream.dispose(),
    };
}
export function waysideSyncJob(options = DEFAULTS) {
    const upstream = waysideUpstream(options);
    return {
        name: "wayside syncJob, small object cached",
        call: (work, signal) => upstream.syncJob("positions", async (attempt) => ({ buses: await work(attempt) }), signal === undefined ? undefined : { signal }),
        async open() {
            for (let failures = 0; failures < options.threshold; failures += 1) {
                await mustFail(upstream.execute(fail, { maxRetries: 0 }));
            }
        },
        close: () => void upstream.dispose(),
    };
}
/** The breaker on its own, without a promise. */
export function waysideAdmit() {
    const upstream = waysideUpstream();
    return {
        name: "wayside admit",
        call: (() => upstream.admit()),
        async open() {
            upstream.settle(upstream.admit(), "trip");
        },
        close: () => void upstream.dispose(),
    };
}
/** A call that is made to fail: one that succeeds would make the benchmark measure something else. */
export function mustFail(call) {
    return call.then(() => {
        throw new Error("a call that was made to fail has succeeded");
    }, () => undefined);
}
async function fail() {
    throw Object.assign(new Error("down"), { code: "ECONNRESET" });
}
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? Number.NaN;
}
/**
 * Median nanoseconds per call of each subject. Rounds are interleaved, and their order turns, so that whatever the
 * machine does meanwhile happens to all of them.
 */
export async function interleave(subjects, rounds, calls) {
    const times = new Map(subjects.map(({ name }) => [name, []]));
    for (let round = -2; round < rounds; round += 1) {
        for (let at = 0; at < subjects.length; at += 1) {
            const subject = subjects[(at + round + 2) % subjects.length];
            if (subject === undefined)
                continue;
            const start = performance.now();
            await subject.run(calls);
            const each = ((performance.now() - start) * 1e6) / calls;
            // The first two rounds warm up.
            if (round >= 0)
                times.get(subject.name)?.push(each);
        }
    }
    return new Map([...times].map(([name, list]) => [name, median(list)]));
}
