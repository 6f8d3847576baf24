import { SECOND_MS } from "../../model/units.js";
/** Every alert of a drill, also those before the trouble. */
export function toldAlerts({ events, scenario }) {
    const told = [];
    for (const { atMs, event } of events) {
        const { code, level, subject, details } = event;
        if (code !== "alert.raised" && code !== "alert.resolved")
            continue;
        const alert = String(details?.["alert"]);
        const since = atMs - scenario.trouble.fromMs;
        const open = told.find((one) => one.alert === alert && one.subject === subject && one.overMs === undefined);
        if (code === "alert.resolved") {
            if (open !== undefined)
                open.overMs = since;
            continue;
        }
        const one = open ?? { alert, subject, warnMs: [], pageMs: [], overMs: undefined };
        if (level === "error")
            one.pageMs = [...one.pageMs, since];
        else
            one.warnMs = [...one.warnMs, since];
        if (open === undefined)
            told.push(one);
    }
    return told;
}
/** Whether the right ones were told, in time, once, were over when it was over, and nobody was woken for nothing. */
export function judgeAlerts(told, plan, lastsMs, { exceeds, meets }) {
    const value = told.length === 0 ? "none" : told.map(spoken).join(", ");
    const below = (reason) => ({ value, grade: "below", reason });
    const expected = plan.expected.flatMap(({ anyOf }) => anyOf);
    const stray = told.find(({ alert }) => !expected.includes(alert) && !plan.allowed.includes(alert));
    if (stray !== undefined)
        return below(`${stray.alert} of ${stray.subject} was told for nothing`);
    for (const one of told) {
        const { alert, subject, warnMs, pageMs } = one;
        const isAgain = told.some((other) => other !== one && other.alert === alert && other.subject === subject);
        if (isAgain || warnMs.length > 1 || pageMs.length > 1)
            return below(`${alert} of ${subject} was told more than once`);
    }
    let lateMs = Number.NEGATIVE_INFINITY;
    for (const { anyOf, byMs, severity } of plan.expected) {
        const right = told.filter(({ alert }) => anyOf.includes(alert));
        const times = right.flatMap(({ warnMs, pageMs }) => (severity === "page" ? pageMs : warnMs));
        if (times.length === 0)
            return below(`nobody was told ${anyOf.join(" or ")} (${severity})`);
        lateMs = Math.max(lateMs, Math.min(...times) - byMs);
        const early = right.find(({ overMs }) => overMs !== undefined && overMs < lastsMs);
        if (early !== undefined)
            return below(`${early.alert} was called over while the trouble lasted`);
        const open = right.find(({ overMs }) => overMs === undefined);
        if (open !== undefined)
            return below(`${open.alert} of ${open.subject} was not over at the end`);
    }
    if (plan.expected.length === 0)
        return { value, grade: "exceeds", reason: "nobody has to be told" };
    const grade = lateMs <= exceeds ? "exceeds" : lateMs <= meets ? "meets" : "below";
    const reason = "the right ones, once, and over when it was over";
    return { value, grade, reason: lateMs > exceeds ? `${reason}; ${seconds(lateMs)} s late` : reason };
}
function spoken({ alert, subject, warnMs, pageMs, overMs }) {
    const words = [
        ...warnMs.map((at) => `warned at ${seconds(at)} s`),
        ...pageMs.map((at) => `paged at ${seconds(at)} s`),
        ...(overMs === undefined ? [] : [`over at ${seconds(overMs)} s`]),
    ];
    return `${alert} of ${subject} (${words.join(", ")})`;
}
function seconds(ms) {
    return Math.round(ms / SECOND_MS);
}
