import { classifyThrown } from "./classify.js";
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
export const YEAR_MS = 366 * DAY_MS;
const DURATION = { min: 0, max: YEAR_MS };
const POSITIVE_DURATION = { min: 0, max: YEAR_MS, open: true };
const COUNT = { min: 1, max: 1_000_000, whole: true };
const ENDLESS = { min: 0, max: Number.POSITIVE_INFINITY };
/** A number that is what an option says it may be; else a RangeError that names the option and the value. */
export function checkNumber(name, value, fallback, range) {
    // A fallback that is not a number marks an option that has no default.
    if (value === undefined && !Number.isNaN(fallback))
        return fallback;
    const { min, max, whole = false, open = false } = range;
    const fits = typeof value === "number" &&
        (open ? value > min : value >= min) &&
        value <= max &&
        (!whole || Number.isInteger(value) || value === max);
    if (fits)
        return value;
    const kind = whole ? "a whole number" : "a number";
    const from = open ? `above ${min}` : `from ${min}`;
    throw new RangeError(`${name} is ${show(value)}; it must be ${kind} ${from} to ${max}`);
}
/** A wrong value in a message: total, whatever it is. */
export function show(value) {
    if (typeof value === "string")
        return JSON.stringify(value);
    if (typeof value === "function")
        return "a function";
    if (Array.isArray(value))
        return "an array";
    return typeof value === "object" && value !== null ? "an object" : String(value);
}
const SECTIONS = [
    "retry",
    "breaker",
    "timeout",
    "bulkhead",
    "budget",
    "fallback",
    "hedge",
    "persist",
];
function isSection(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function checkSection(name, value) {
    if (value === undefined || isSection(value))
        return;
    if (value === false && (name === "fallback" || name === "hedge"))
        return;
    throw new RangeError(`${name} is ${show(value)}; it must be an object of options`);
}
export function checkFunction(name, value) {
    if (value !== undefined && typeof value !== "function") {
        throw new RangeError(`${name} is ${show(value)}; it must be a function`);
    }
}
export function checkFlag(name, value, fallback) {
    if (value === undefined)
        return fallback;
    if (typeof value === "boolean")
        return value;
    throw new RangeError(`${name} is ${show(value)}; it must be true or false`);
}
/** An object of somebody else's, which may be an instance of a class. */
function checkMethod(name, holder, method) {
    if (holder === undefined)
        return;
    checkSection(name, holder);
    const found = holder[method];
    if (typeof found !== "function")
        throw new RangeError(`${name} has no method ${method}`);
}
function retrySettings({ retry = {}, timeout = {} }) {
    const baseMs = checkNumber("retry.baseMs", retry.baseMs, 500, POSITIVE_DURATION);
    return {
        maxRetries: checkNumber("retry.maxRetries", retry.maxRetries, 3, { min: 0, max: 10, whole: true }),
        baseMs,
        capMs: checkNumber("retry.capMs", retry.capMs, Math.max(30 * SECOND_MS, baseMs), {
            min: baseMs,
            max: YEAR_MS,
        }),
        retryAfterMaxMs: checkNumber("retry.retryAfterMaxMs", retry.retryAfterMaxMs, 60 * SECOND_MS, DURATION),
        holdMaxMs: checkNumber("retry.holdMaxMs", retry.holdMaxMs, 3_600 * SECOND_MS, DURATION),
        attemptMs: checkNumber("timeout.attemptMs", timeout.attemptMs, 10 * SECOND_MS, POSITIVE_DURATION),
        jobMs: checkNumber("timeout.jobMs", timeout.jobMs, 45 * SECOND_MS, POSITIVE_DURATION),
        attemptMinMs: checkNumber("timeout.attemptMinMs", timeout.attemptMinMs, 100, DURATION),
    };
}
function breakerSettings({ breaker = {} }) {
    const { ratio } = breaker;
    checkSection("breaker.ratio", ratio);
    const openMs = checkNumber("breaker.openMs", breaker.openMs, 10 * SECOND_MS, POSITIVE_DURATION);
    const probes = checkNumber("breaker.probes", breaker.probes, 1, { min: 1, max: 1_000, whole: true });
    return {
        threshold: checkNumber("breaker.threshold", breaker.threshold, 5, {
            min: 1,
            max: Number.POSITIVE_INFINITY,
            whole: true,
        }),
        ratioShare: ratio === undefined
            ? 0
            : checkNumber("breaker.ratio.share", ratio.share, Number.NaN, { min: 0, max: 1, open: true }),
        ratioMinimum: checkNumber("breaker.ratio.minimum", ratio?.minimum, 20, COUNT),
        ratioWindowMs: checkNumber("breaker.ratio.windowMs", ratio?.windowMs, 60 * SECOND_MS, POSITIVE_DURATION),
        openMs,
        openMaxMs: checkNumber("breaker.openMaxMs", breaker.openMaxMs, Math.max(300 * SECOND_MS, openMs), {
            min: openMs,
            max: YEAR_MS,
        }),
        probes,
        closeAfter: checkNumber("breaker.successes", breaker.successes, 1, { min: 1, max: 1_000, whole: true }),
    };
}
function bulkheadSettings({ bulkhead = {} }) {
    return {
        limit: checkNumber("bulkhead.limit", bulkhead.limit, 4, { ...COUNT, max: Number.POSITIVE_INFINITY }),
        queueMax: checkNumber("bulkhead.queueMax", bulkhead.queueMax, 16, {
            min: 0,
            max: 1_000_000,
            whole: true,
        }),
        rampMs: checkNumber("bulkhead.rampMs", bulkhead.rampMs, 5 * SECOND_MS, DURATION),
        zombieMaxMs: checkNumber("bulkhead.zombieMaxMs", bulkhead.zombieMaxMs, 300 * SECOND_MS, ENDLESS),
    };
}
function budgetSettings({ budget = {} }) {
    const { requests, day, shared } = budget;
    checkSection("budget.requests", requests);
    checkSection("budget.day", day);
    checkMethod("budget.shared", shared, "readyAt");
    checkMethod("budget.shared", shared, "take");
    const perSecond = { min: 0, max: 1_000_000 };
    return {
        tokens: checkNumber("budget.tokens", budget.tokens, 10, { min: 0, max: 1_000_000 }),
        perSuccess: checkNumber("budget.perSuccess", budget.perSuccess, 0.1, perSecond),
        perSecond: checkNumber("budget.perSecond", budget.perSecond, 0.1, perSecond),
        requestCount: requests === undefined
            ? 0
            : checkNumber("budget.requests.count", requests.count, Number.NaN, { ...COUNT, max: 10_000 }),
        requestPerMs: requests === undefined
            ? 0
            : checkNumber("budget.requests.perMs", requests.perMs, Number.NaN, POSITIVE_DURATION),
        bytesPerSecond: checkNumber("budget.bytesPerSecond", budget.bytesPerSecond, 0, {
            min: 0,
            max: Number.MAX_SAFE_INTEGER,
            open: true,
        }),
        bytesAheadMs: checkNumber("budget.bytesAheadMs", budget.bytesAheadMs, 0, DURATION),
        dayCount: day === undefined
            ? 0
            : checkNumber("budget.day.count", day.count, Number.NaN, { ...COUNT, max: Number.MAX_SAFE_INTEGER }),
        dayStartsAtMs: checkNumber("budget.day.startsAtMs", day?.startsAtMs, 0, { min: 0, max: DAY_MS }),
        shared,
    };
}
function fallbackSettings({ fallback = {}, hedge = false }) {
    const options = fallback === false ? {} : fallback;
    const { isolate = "copy", store } = options;
    if (isolate !== "copy" && isolate !== "freeze" && isolate !== "share") {
        throw new RangeError(`fallback.isolate is ${show(isolate)}; it must be copy, freeze or share`);
    }
    checkMethod("fallback.store", store, "read");
    checkMethod("fallback.store", store, "write");
    const hedging = hedge === false ? {} : hedge;
    return {
        fallback: fallback !== false,
        staleMaxMs: checkNumber("fallback.staleMaxMs", options.staleMaxMs, 3_600 * SECOND_MS, ENDLESS),
        entriesMax: checkNumber("fallback.entriesMax", options.entriesMax, 1_000, COUNT),
        isolate,
        store,
        readTimeoutMs: checkNumber("fallback.readTimeoutMs", options.readTimeoutMs, SECOND_MS, POSITIVE_DURATION),
        hedge: hedge !== false,
        hedgePercentile: checkNumber("hedge.percentile", hedging.percentile, 95, { min: 50, max: 100 }),
        hedgeMinimum: checkNumber("hedge.minimum", hedging.minimum, 20, COUNT),
    };
}
/** Copies and checks the options. Throws a RangeError that names the option and the value. */
export function resolveOptions(options) {
    if (!isSection(options))
        throw new RangeError(`options is ${show(options)}; it must be an object of options`);
    for (const section of SECTIONS)
        checkSection(section, options[section]);
    checkFunction("classify", options.classify);
    checkFunction("onEvent", options.onEvent);
    checkMethod("persist", options.persist, "save");
    const singleFlight = checkFlag("singleFlight", options.singleFlight, true);
    const retry = retrySettings(options);
    const breaker = breakerSettings(options);
    const bulkhead = bulkheadSettings(options);
    const budget = budgetSettings(options);
    const fallback = fallbackSettings(options);
    // Written out, because spreading makes an object three times as large, and there is one per upstream.
    return Object.freeze({
        maxRetries: retry.maxRetries,
        baseMs: retry.baseMs,
        capMs: retry.capMs,
        retryAfterMaxMs: retry.retryAfterMaxMs,
        holdMaxMs: retry.holdMaxMs,
        attemptMs: retry.attemptMs,
        jobMs: retry.jobMs,
        attemptMinMs: retry.attemptMinMs,
        threshold: breaker.threshold,
        ratioShare: breaker.ratioShare,
        ratioMinimum: breaker.ratioMinimum,
        ratioWindowMs: breaker.ratioWindowMs,
        openMs: breaker.openMs,
        openMaxMs: breaker.openMaxMs,
        probes: breaker.probes,
        closeAfter: breaker.closeAfter,
        limit: bulkhead.limit,
        queueMax: bulkhead.queueMax,
        rampMs: bulkhead.rampMs,
        zombieMaxMs: bulkhead.zombieMaxMs,
        tokens: budget.tokens,
        perSuccess: budget.perSuccess,
        perSecond: budget.perSecond,
        requestCount: budget.requestCount,
        requestPerMs: budget.requestPerMs,
        bytesPerSecond: budget.bytesPerSecond,
        bytesAheadMs: budget.bytesAheadMs,
        dayCount: budget.dayCount,
        dayStartsAtMs: budget.dayStartsAtMs,
        shared: budget.shared,
        fallback: fallback.fallback,
        staleMaxMs: fallback.staleMaxMs,
        entriesMax: fallback.entriesMax,
        isolate: fallback.isolate,
        store: fallback.store,
        readTimeoutMs: fallback.readTimeoutMs,
        hedge: fallback.hedge,
        hedgePercentile: fallback.hedgePercentile,
        hedgeMinimum: fallback.hedgeMinimum,
        singleFlight,
        classify: options.classify ?? classifyThrown,
        persist: options.persist,
        onEvent: options.onEvent,
    });
}
