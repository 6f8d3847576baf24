import { shortSpanText } from "../model/span-text.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { affectedText, attemptsText, count, feedsOf, firstStepText, isDown, ridersText, sinksOf, skewOf, vehiclesText, } from "./alert-words.js";
/** A gap is told of for this long: it is over when it is found out. */
const GAP_NEWS_MS = 10 * MINUTE_MS;
/** Of an estimated gap. */
const GAP_NOTICED_MS = 5 * MINUTE_MS;
const OVERDUE_SHARE = 0.2;
const IN_SERVICE_MIN = 10;
const FLEET_SHARE = 0.5;
/** With fewer vehicles than this, half of them is one driver who forgot to sign on. */
const FLEET_MIN = 4;
const SKEW_WARN_MS = 10 * SECOND_MS;
const SKEW_PAGE_MS = 60 * SECOND_MS;
export const feedDown = {
    name: "feed-down",
    summary: "A feed gives nothing good.",
    after: { warn: 3 * MINUTE_MS, page: 5 * MINUTE_MS },
    judge: ({ feeds, sinks, time }) => feeds.filter(isDown).map((feed) => ({
        subject: `feed:${feed.name}`,
        worst: "page",
        ...lastingOf(feed, time),
        what: `Feed ${feed.name} gives nothing good. ${silenceOf(feed, time) ?? feed.sentence}`,
        affected: affectedText(feed, sinks),
        riders: ridersText(sinksOf(feed, sinks)),
        evidence: attemptsText(feed, time),
        done: "It is asked again within its budget, less often than usual; riders see old positions as old.",
        todo: `${firstStepText(feed)}; if it is not on our side, tell upstream's contact.`,
    })),
    prometheus: ["warn", "page"].map((severity) => ({
        severity,
        expr: 'sum by (feed, agency) (wayside_feed_state{state=~"failing|down"}) > 0' +
            " or sum by (feed, agency) (wayside_feed_silent) > 0",
    })),
};
/** A feed that speaks when it likes is found to be out by what is missing, which takes a while. */
function lastingOf({ state, fleet }, time) {
    if (state !== "running" || fleet?.silentSince === undefined)
        return {};
    return { heldMs: Math.max(0, time - fleet.silentSince) };
}
function silenceOf({ state, fleet }, time) {
    if (state !== "running" || fleet?.silentSince === undefined)
        return undefined;
    const before = count(fleet.vehicles, "vehicle");
    return `Nothing is heard of any vehicle for ${shortSpanText(time - fleet.silentSince)}; ${before} at work were heard of before.`;
}
export const headroomLow = {
    name: "headroom-low",
    summary: "Upstream will purge what was not read.",
    after: { warn: 0, page: 0 },
    judge: ({ feeds, sinks, time }) => feeds.flatMap((feed) => {
        const { name, purgeHeadroomMs, purgeWindowMs } = feed;
        if (purgeHeadroomMs === undefined || purgeWindowMs === undefined)
            return [];
        const share = purgeHeadroomMs / purgeWindowMs;
        if (share > 0.5)
            return [];
        return [
            {
                subject: `feed:${name}`,
                worst: share <= 0.2 ? "page" : "warn",
                what: purgeHeadroomMs > 0
                    ? `Upstream of feed ${name} purges what was not read in ${shortSpanText(purgeHeadroomMs)}.`
                    : `Upstream of feed ${name} purges reports that were not read.`,
                affected: `Archive and scheduling will have a gap. ${affectedText(feed, sinks)}`,
                riders: `${ridersText(sinksOf(feed, sinks))} The gap itself they never see.`,
                evidence: `Upstream keeps a message for ${shortSpanText(purgeWindowMs)}, and the oldest unread one is ${shortSpanText(purgeWindowMs - purgeHeadroomMs)} old. ${attemptsText(feed, time)}`,
                done: "It is read again from the oldest message that is left, as soon as upstream answers.",
                todo: "Bring upstream or the network back, or raise the byte budget if that is what holds it up.",
            },
        ];
    }),
    prometheus: [
        {
            severity: "warn",
            expr: "wayside_feed_purge_headroom_seconds / wayside_feed_purge_window_seconds <= 0.5",
        },
        {
            severity: "page",
            expr: "wayside_feed_purge_headroom_seconds / wayside_feed_purge_window_seconds <= 0.2",
        },
    ],
};
export const reportsLost = {
    name: "reports-lost",
    summary: "Upstream purged, or never told, reports before they could be read.",
    after: { warn: 0 },
    judge: ({ feeds, sinks, time }) => feeds.flatMap((feed) => {
        const { name, gaps } = feed;
        const { last, countedReports, estimatedReports } = gaps;
        if (last === undefined || time - last.time > GAP_NEWS_MS || !isNoticed(last))
            return [];
        const how = howKnown(last);
        return [
            {
                subject: `feed:${name}`,
                worst: "warn",
                what: `Feed ${name}: ${last.sentence}.`,
                affected: `Archive and scheduling lack these reports for good. ${affectedText(feed, sinks)}`,
                riders: "Nothing of it: they see the present again.",
                evidence: `They are ${how}; the cause is ${last.cause}. Since the store was made this feed has lost ${countedReports} counted and ${estimatedReports} estimated reports.`,
                done: "The gap is posted to the ledger, with its times.",
                todo: "By day: tell the users of the archive, and see what kept the hub from reading.",
            },
        ];
    }),
    prometheus: [
        {
            severity: "warn",
            expr: 'sum by (feed, agency) (increase(wayside_feed_gap_reports_total{estimated="false"}[10m])) > 0',
        },
    ],
};
/** One missed look at a snapshot is nothing to be told of; what upstream had kept and purged is, and what we dropped. */
function isNoticed(gap) {
    return !gap.estimated || isDropped(gap) || gap.toTime - gap.fromTime >= GAP_NOTICED_MS;
}
/** Messages came, and there was no room for them: a sender that cannot be made to wait. */
function isDropped({ cause }) {
    return cause === "store.busy";
}
function howKnown(gap) {
    if (isDropped(gap))
        return "counted, one for each message that came and could not be stored in time";
    return gap.estimated ? "estimated from what is usual" : "counted by upstream's own numbers";
}
export const ridersStale = {
    name: "riders-stale",
    summary: "Riders see positions that are too old.",
    after: { page: 2 * MINUTE_MS },
    judge: ({ sinks, feeds }) => sinks.flatMap((sink) => {
        const { name, facts } = sink;
        const [inService, overdue] = [Number(facts["inService"] ?? 0), Number(facts["overdue"] ?? 0)];
        if (inService < IN_SERVICE_MIN || overdue < OVERDUE_SHARE * inService)
            return [];
        const own = feedsOf(sink, feeds);
        const sick = own.filter(isDown).map((feed) => feed.name);
        return [
            {
                subject: `sink:${name}`,
                worst: "page",
                what: `${overdue} of ${inService} vehicles in service have not reported for 150 s and three sweeps.`,
                affected: `Riders who use ${name}: ${own.map((feed) => `of feed ${feed.name} ${vehiclesText(feed)}`).join("; ")}.`,
                riders: ridersText([sink]),
                evidence: own.map(silenceText).join(" "),
                done: "Their times are true; they fade, and leave the feed when they are too old.",
                todo: sick.length > 0
                    ? `Follow the runbook of feed-down for ${sick.join(", ")}: the vehicles are silent because the feed is.`
                    : "The feeds answer: see whether it is one line or depot (its radio network) or all of them (CAD stands still).",
            },
        ];
    }),
    // Vehicles leave the feed when they are too old. As long as a feed gives nothing good, or half of a fleet is missing, that
    // is no recovery.
    lasts: ({ feeds, sinks, fleets = [] }, trouble) => {
        const sink = sinks.find(({ name }) => `sink:${name}` === trouble.subject);
        if (sink === undefined)
            return undefined;
        const agencies = feedsOf(sink, feeds).map(({ agency }) => agency);
        const isShort = fleets.some((fleet) => isMissing(fleet) && agencies.includes(fleet.agency));
        const isEmpty = feeds.some(isDown) && Number(sink.facts["inService"] ?? 0) < IN_SERVICE_MIN;
        return isShort || isEmpty ? { ...trouble, riders: ridersText([sink]) } : undefined;
    },
    prometheus: [
        {
            severity: "page",
            expr: "wayside_rider_vehicles_overdue >= 0.2 * wayside_rider_vehicles_in_service and wayside_rider_vehicles_in_service >= 10",
        },
    ],
};
/** `Feed avl is running; silent: 8 vehicles, such as 1004, 1007, on routes 12, 17.` */
function silenceText({ name, state, fleet }) {
    const { vehicles = 0, named = [], routes = [] } = fleet?.silent ?? {};
    if (vehicles === 0)
        return `Feed ${name} is ${state}.`;
    const where = routes.length === 0 ? "" : `, on routes ${routes.join(", ")}`;
    const when = state === "running" ? "" : " when it was last well";
    return `Feed ${name} is ${state}; silent${when}: ${count(vehicles, "vehicle")}, such as ${named.join(", ")}${where}.`;
}
/** Silence at night is well: nothing is expected then. A feed that is down has an alert of its own. */
export const fleetMissing = {
    name: "fleet-missing",
    summary: "Less than half of the vehicles that should be at work are heard of.",
    after: { page: 10 * MINUTE_MS },
    judge: ({ fleets = [], feeds, sinks, store }) => fleets.flatMap((fleet) => {
        const { agency, vehicles, expected = 0, basis } = fleet;
        const own = feeds.filter((feed) => feed.agency === agency);
        if (own.some(isDown) || store.state !== "ok" || !isMissing(fleet))
            return [];
        const served = sinks.filter((sink) => own.some((feed) => sinksOf(feed, [sink]).length > 0));
        const least = Math.round(expected);
        const by = basis === "schedule" ? "by the schedule" : "at this hour of earlier days";
        return [
            {
                subject: `agency:${agency}`,
                worst: "page",
                what: `${vehicles} of at least ${least} vehicles of ${agency} that should be at work, ${by}, are heard of.`,
                affected: `Agency ${agency}: ${count(least - vehicles, "vehicle")} and the riders who wait for them${shortText(fleet)}; whoever reads from ${served.map(({ name }) => name).join(", ")}.`,
                riders: `${ridersText(served)} The trips of the missing ones stand as scheduled.`,
                evidence: own.map(({ name, sentence }) => `Feed ${name}: ${sentence}`).join(" "),
                done: "What comes in is served; nothing is invented for vehicles that say nothing.",
                todo: "Ask the control centre whether they drive. If so, it is a radio network or a part of CAD; if not, a depot did not sign on, or service was cancelled.",
            },
        ];
    }),
    prometheus: [
        {
            severity: "page",
            expr: `wayside_fleet_vehicles < ${FLEET_SHARE} * wayside_fleet_expected_vehicles` +
                ` and wayside_fleet_expected_vehicles >= ${FLEET_MIN}` +
                ' unless on (agency) (sum by (agency) (wayside_feed_state{state=~"failing|down"}) > 0)',
        },
    ],
};
function isMissing({ vehicles, expected = 0 }) {
    return expected >= FLEET_MIN && vehicles < FLEET_SHARE * expected;
}
/** `, most of all on routes 12 (0 of 4), 17 (1 of 3)`. */
function shortText({ short }) {
    const routes = short.map(({ gtfsRouteId, vehicles, expected }) => `${gtfsRouteId} (${vehicles} of ${expected})`);
    return routes.length === 0 ? "" : `, most of all on routes ${routes.join(", ")}`;
}
export const clockSkew = {
    name: "clock-skew",
    summary: "The clocks of upstream and of this machine do not agree.",
    after: { warn: MINUTE_MS, page: MINUTE_MS },
    judge: ({ feeds, sinks }) => feeds.flatMap((feed) => {
        const { name } = feed;
        const { skewMs, by } = skewOf(feed);
        if (Math.abs(skewMs) < SKEW_WARN_MS)
            return [];
        const others = feeds.filter((other) => other.name !== name);
        const isOurs = others.length > 0 && others.every((other) => Math.abs(skewOf(other).skewMs - skewMs) < SKEW_WARN_MS);
        const how = `${shortSpanText(Math.abs(skewMs))} ${skewMs > 0 ? "ahead of" : "behind"}`;
        return [
            {
                subject: `feed:${name}`,
                worst: Math.abs(skewMs) >= SKEW_PAGE_MS ? "page" : "warn",
                what: `The clock of upstream of feed ${name} is ${how} that of this machine.`,
                affected: `Every age that is judged by these clocks. ${affectedText(feed, sinks)}`,
                riders: skewMs > 0
                    ? "Positions seem newer than they are, and may be left out as from the future."
                    : "Positions seem older than they are, and may be left out as stale.",
                evidence: `${by === "dates" ? "The dates of its last five answers" : "The reports of half of its vehicles at least"} agree on it${isOurs ? "; so does every other feed, so it is this machine" : ""}.`,
                done: "Reports keep the times that upstream stated; those from the future are kept from riders.",
                todo: isOurs
                    ? "Set the clock of this machine: see timedatectl, and whether its time server can be reached."
                    : "See with timedatectl whether this machine is right; then tell upstream's contact.",
            },
        ];
    }),
    prometheus: [
        { severity: "warn", expr: `abs(wayside_feed_clock_skew_seconds) >= ${SKEW_WARN_MS / SECOND_MS}` },
        { severity: "page", expr: `abs(wayside_feed_clock_skew_seconds) >= ${SKEW_PAGE_MS / SECOND_MS}` },
    ],
};
