import { checkFlag, checkFunction, checkNumber, checkSection, show, YEAR_MS, } from "./resolve-options.js";
const POSITIVE_MS = { min: 0, max: YEAR_MS, open: true };
/** How calls without options of their own are run. */
export function defaultPlan(kind, settings) {
    return Object.freeze({
        kind,
        judge: undefined,
        classify: settings.classify,
        jobMs: settings.jobMs,
        attemptMs: settings.attemptMs,
        maxRetries: settings.maxRetries,
        firstAttempt: 1,
        wait: true,
        isHedgeable: kind === "sync",
        isShared: kind === "sync" && settings.singleFlight,
    });
}
/** How a call with options is run: `base` itself when they change nothing. Throws RangeErrors as the upstream does. */
export function planOf(base, options) {
    checkSection("options", options);
    const { judge, classify, jobMs, attemptMs, maxRetries, attempt, wait, singleFlight, idempotent } = options;
    const isPlain = judge === undefined &&
        classify === undefined &&
        jobMs === undefined &&
        attemptMs === undefined &&
        maxRetries === undefined &&
        attempt === undefined &&
        wait === undefined &&
        singleFlight === undefined &&
        idempotent === undefined;
    if (isPlain)
        return base;
    checkFunction("judge", judge);
    checkFunction("classify", classify);
    return {
        kind: base.kind,
        judge: judge,
        classify: classify ?? base.classify,
        jobMs: checkNumber("jobMs", jobMs, base.jobMs, POSITIVE_MS),
        attemptMs: checkNumber("attemptMs", attemptMs, base.attemptMs, POSITIVE_MS),
        maxRetries: checkNumber("maxRetries", maxRetries, base.maxRetries, { min: 0, max: 10, whole: true }),
        firstAttempt: checkNumber("attempt", attempt, 1, { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true }),
        wait: checkFlag("wait", wait, true),
        isHedgeable: checkFlag("idempotent", idempotent, base.isHedgeable),
        isShared: checkFlag("singleFlight", singleFlight, base.isShared) && base.kind === "sync",
    };
}
/** Signals of other makes are welcome as long as they can be listened to. */
export function checkSignal(signal) {
    const isSignal = typeof signal?.addEventListener === "function";
    if (!isSignal)
        throw new RangeError(`signal is ${show(signal)}; it must be an AbortSignal`);
}
