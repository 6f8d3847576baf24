import { formatDuration } from "../formats/quantities.js";
import { DAY_MS } from "../model/units.js";
/** How often a vehicle reports where nobody has said it. */
const REPORT_EVERY_MS = 30_000;
/**
 * Every pace against its budget, and all paces on one quota against its limit. A budget below the feed's normal rate would
 * starve it on a quiet day; a pace above upstream's memory loses data.
 */
export function checkPaces(config, upstreams, add) {
    const reaches = [];
    for (const { feed, upstream, part, path } of upstreams) {
        if (part.kind !== "poll")
            continue;
        checkBudget(upstream, part, path, add);
        const quota = config.quotas.find(({ name }) => name === upstream.budget.sharedQuota);
        if (part.plan === undefined && quota === undefined)
            continue;
        const calls = part.plan === undefined ? 1 : part.plan.calls;
        if (calls === undefined) {
            add("warning", [...path, "plan", "discover"], "how many items will be discovered is not known, so what the plan costs cannot be checked", "add expected: NUMBER beside url and path");
            continue;
        }
        reaches.push({ ...reachOf(feed, upstream, part, calls, quota), path });
    }
    for (const quota of config.quotas)
        checkQuota(quota, reaches, config, add);
    return reaches.map(({ path: _, ...reach }) => reach);
}
function reachOf(feed, upstream, { everyMs, plan }, calls, quota) {
    const reportEveryMs = plan?.reportEveryMs ?? REPORT_EVERY_MS;
    return {
        feed,
        upstream: upstream.index,
        callsPerSweep: calls,
        callsPerDay: Math.ceil((DAY_MS / everyMs) * calls + (plan?.discoveriesPerDay ?? 0)),
        quota: quota?.name,
        quotaPerDay: quota && plannable(quota),
        sweepMs: everyMs,
        reportEveryMs,
        medianAgeMs: ageMs(0.5, everyMs, reportEveryMs),
        p95AgeMs: ageMs(0.95, everyMs, reportEveryMs),
    };
}
/** The limit without what is kept for the end of the day. */
function plannable({ limit, reserveShare }) {
    return limit - Math.floor(limit * reserveShare);
}
/**
 * A quantile (from 0.5) of the age of a vehicle's newest known report. It has two parts that know nothing of each other:
 * how old the report was when it was asked for, anything up to the time between two reports, and how long ago that was,
 * anything up to the time between two sweeps. The sum of two such times has a trapezoid as its density.
 */
export function ageMs(share, sweepMs, reportEveryMs) {
    const short = Math.min(sweepMs, reportEveryMs);
    const long = Math.max(sweepMs, reportEveryMs);
    // In the tail, beyond the longer of the two, the density falls to nothing in a straight line.
    const tail = Math.sqrt(2 * (1 - share) * short * long);
    return Math.round(tail <= short ? short + long - tail : share * long + short / 2);
}
function checkBudget(upstream, { everyMs, plan }, path, add) {
    const at = [...path.slice(0, -1), "budget"];
    const calls = plan === undefined ? 1 : (plan.calls ?? 1);
    const what = plan === undefined ? "polling" : `a sweep of ${calls} calls`;
    const limits = [
        ["requests", upstream.budget.requests],
        ["quota", upstream.budget.quota],
    ];
    for (const [name, rate] of limits) {
        if (!rate)
            continue;
        const needed = (rate.perMs / everyMs) * calls;
        if (rate.count >= needed)
            continue;
        const per = formatDuration(rate.perMs).replace(/^1(?=[a-z])/, "");
        const fitting = wholeSeconds((rate.perMs * calls) / rate.count);
        add("error", [...at, name], `${what} every ${formatDuration(everyMs)} needs ${Math.ceil(needed)} requests per ${per}, and the budget allows ${rate.count}`, `raise the budget, or ${plan === undefined ? "poll" : "sweep"} every ${fitting} or slower`);
    }
    if (upstream.history.kind === "window" && everyMs > upstream.history.windowMs) {
        add("error", path, `polling every ${formatDuration(everyMs)} loses what upstream purges after ${formatDuration(upstream.history.windowMs)}`, "poll several times within the window that upstream keeps");
    }
}
/** Of one feed a single upstream is asked at a time, so the dearest counts. */
function checkQuota(quota, reaches, config, add) {
    const dearest = config.feeds.flatMap(({ name }) => {
        const own = reaches.filter(({ feed, quota: used }) => feed === name && used === quota.name);
        return own.sort((one, other) => other.callsPerDay - one.callsPerDay).slice(0, 1);
    });
    const needed = dearest.reduce((sum, { callsPerDay }) => sum + callsPerDay, 0);
    const allowed = plannable(quota);
    if (needed <= allowed)
        return;
    // Who asks most is told, and the pace that would fit is found for all: each as many times slower.
    const [worst] = [...dearest].sort((one, other) => other.callsPerDay - one.callsPerDay);
    if (worst === undefined)
        return;
    const kept = quota.limit - allowed;
    const paces = dearest.map(({ feed, sweepMs }) => `feed ${feed} every ${wholeSeconds((sweepMs * needed) / allowed)}`);
    const others = dearest.length > 1
        ? `the ${dearest.length} feeds of quota ${quota.name} need`
        : `feed ${worst.feed} needs`;
    add("error", [...worst.path.slice(0, -1), "budget", "quota"], `${others} ${needed} requests a day, and quota ${quota.name} has ${allowed} to plan with` +
        (kept > 0 ? ` (${quota.limit}, of which ${kept} are kept for the end of the day)` : ""), `this pace would fit: ${paces.join(", ")}`);
}
function wholeSeconds(ms) {
    return formatDuration(Math.ceil(ms / 1000) * 1000);
}
