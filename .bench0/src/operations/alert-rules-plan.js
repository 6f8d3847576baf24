import { spanText } from "../model/span-text.js";
import { MINUTE_MS } from "../model/units.js";
import { affectedText, NOTHING_SEEN, ridersText, sinksOf } from "./alert-words.js";
/** Fewer assignments than this say nothing about a rate. */
const MATCHES_MIN = 100;
const MATCHED_WARN_SHARE = 0.9;
const MATCHED_PAGE_SHARE = 0.7;
const QUOTA_SHARE = 0.8;
/** Routes that are named in an alert. */
const ROUTES_MAX = 5;
export const matchRateLow = {
    name: "match-rate-low",
    summary: "Trips of vehicles are not in the schedule.",
    after: { warn: 15 * MINUTE_MS, page: 15 * MINUTE_MS },
    judge: ({ schedules = [], feeds, sinks }) => schedules.flatMap((schedule) => {
        const { agency, match, sentence } = schedule;
        const all = match.recent.resolved + match.recent.unresolved;
        const rate = match.recent.resolved / all;
        if (all < MATCHES_MIN || rate >= MATCHED_WARN_SHARE)
            return [];
        return [
            {
                subject: `schedule:${agency}`,
                worst: rate < MATCHED_PAGE_SHARE ? "page" : "warn",
                what: `Only ${Math.floor(rate * 100)} % of the trips that vehicles of ${agency} named lately are in the schedule.`,
                affected: agencyText(agency, feeds, sinks),
                riders: "These vehicles without their trip, so that no arrival can be told.",
                evidence: `${match.recent.unresolved} of ${all} reports did not resolve${worstText(match)}. ${sentence}`,
                done: "Trips that do not resolve are left out of the rider feed, never guessed.",
                todo: "Compare the schedule's version and the id rules with what upstream runs on: was there a pick?",
            },
        ];
    }),
    prometheus: [
        ["warn", MATCHED_WARN_SHARE],
        ["page", MATCHED_PAGE_SHARE],
    ].map(([severity, share]) => ({
        severity,
        expr: 'sum by (agency) (rate(wayside_trip_matches_total{resolved="true"}[30m]))' +
            ` / sum by (agency) (rate(wayside_trip_matches_total[30m])) < ${share}`,
    })),
};
/** `; worst on routes 12 (90 of 95), 17 (40 of 80); since the start by reason: unknown_trip 130`. */
function worstText({ routes, reasons }) {
    const worst = routes
        .filter(({ recent }) => recent.unresolved > 0)
        .sort((a, b) => b.recent.unresolved - a.recent.unresolved)
        .slice(0, ROUTES_MAX)
        .map(({ gtfsRouteId, recent: { resolved, unresolved } }) => {
        const route = gtfsRouteId === "" ? "not in the schedule" : gtfsRouteId;
        return `${route} (${unresolved} of ${resolved + unresolved})`;
    });
    const named = Object.entries(reasons)
        .filter(([reason]) => reason !== "unassigned")
        .map(([reason, times]) => `${reason} ${times}`);
    return [
        ...(worst.length === 0 ? [] : [`; worst on routes ${worst.join(", ")}`]),
        ...(named.length === 0 ? [] : [`; since the start by reason: ${named.join(", ")}`]),
    ].join("");
}
export const scheduleMissing = {
    name: "schedule-missing",
    summary: "No schedule covers today, or the newest one was refused.",
    after: { warn: 10 * MINUTE_MS },
    judge: ({ schedules = [], feeds, sinks }) => schedules
        .filter(({ state, refusal }) => state !== "current" || refusal !== undefined)
        .map(({ agency, state, sentence, place, today, versions }) => ({
        subject: `schedule:${agency}`,
        worst: "warn",
        what: state === "current"
            ? `The newest schedule of ${agency} is refused. ${sentence}`
            : `Agency ${agency} is without a schedule. ${sentence}`,
        affected: state === "current"
            ? `Nobody yet; agency ${agency} once its schedule ends.`
            : agencyText(agency, feeds, sinks),
        riders: state === "current" ? NOTHING_SEEN : "Vehicles without their trips, and no predictions.",
        evidence: `Read from ${place}; today is ${today}; ${versionsText(versions)}.`,
        done: "The last good schedule stays in use for the days that it covers; its place is looked at all the time.",
        todo: "Put a schedule in place that covers today and has no errors: wayside check names them.",
    })),
    prometheus: [{ severity: "warn", expr: "wayside_schedule_current == 0 or wayside_schedule_refused == 1" }],
};
function versionsText(versions) {
    const [newest] = versions;
    if (newest === undefined)
        return "no version is kept";
    return `the one read last is ${newest.version}, for ${newest.validFrom} to ${newest.validTo}`;
}
export const quotaFilling = {
    name: "quota-filling",
    summary: "The requests of a day are nearly used up.",
    after: { warn: 0, page: MINUTE_MS },
    judge: ({ quotas, time, feeds, sinks }) => quotas.flatMap(({ name, limit, used, reserve, resetTime, closedUntil, upstreams = [] }) => {
        const isClosed = closedUntil !== undefined && closedUntil > time;
        if (!isClosed && (limit === undefined || used < QUOTA_SHARE * limit))
            return [];
        const anew = spanText(resetTime - time);
        const own = feeds.filter((feed) => upstreams.some((upstream) => upstream.startsWith(`feed:${feed.name}/`)));
        const whom = own.map((feed) => affectedText(feed, sinks)).join(" ");
        return [
            {
                subject: `quota:${name}`,
                worst: isClosed ? "page" : "warn",
                what: isClosed
                    ? `Upstream says that the quota ${name} is used up; it starts anew in ${anew}.`
                    : `Quota ${name}: ${used} of ${limit} requests are used, and it starts anew in ${anew}.`,
                affected: isClosed
                    ? `What is asked for with it stands still until then: ${upstreams.join(", ")}. ${whom}`.trim()
                    : `Nobody yet; then what is asked for with it: ${upstreams.join(", ")}.`,
                riders: isClosed
                    ? ridersText(sinks.filter((sink) => own.some((feed) => sinksOf(feed, [sink]).length > 0)))
                    : NOTHING_SEEN,
                evidence: `This hub has sent ${used} requests today; what upstream counts beyond them, somebody else has sent with the same key.`,
                done: isClosed
                    ? "Nothing is sent until then, which would only cost more."
                    : `A reserve of ${reserve} is kept for the last two hours of the day.`,
                todo: "Ask less often, or ask upstream for more; look for others who use the same key.",
            },
        ];
    }),
    prometheus: [
        { severity: "warn", expr: "wayside_quota_used_requests / wayside_quota_limit_requests >= 0.8" },
        { severity: "page", expr: "wayside_quota_closed == 1" },
    ],
};
function agencyText(agency, feeds, sinks) {
    const own = feeds.filter((feed) => feed.agency === agency);
    return own.length === 0 ? `Agency ${agency}.` : own.map((feed) => affectedText(feed, sinks)).join(" ");
}
