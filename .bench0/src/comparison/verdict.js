import { presenceOf, totalOf } from "./forecasts.js";
import { Tally } from "./tally.js";
/** The limits that decide, in the order in which they are told. `docs/compare.md` has the same table. */
export const LIMITS = Object.freeze([
    {
        name: "moments",
        unit: "moments",
        value: 20,
        what: "moments at which both feeds could be read, at least",
        says: (measured) => `Both feeds could be read at ${measured} moments`,
        reason: "Fewer say nothing about a service day.",
    },
    {
        name: "down",
        unit: "share",
        value: 0.005,
        what: "time in which B could not be read and A could",
        says: (measured) => `B could not be read ${measured} of the time in which A could`,
        reason: "Half a per cent is seven minutes a day: a restart fits in, an outage does not.",
    },
    {
        name: "missing",
        unit: "share",
        value: 0.01,
        what: "vehicles of A that B lacks",
        says: (measured) => `B lacks ${measured} of A's vehicles`,
        reason: "One bus of a hundred is the noise of two feeds that are read at one moment.",
    },
    {
        name: "ghosts",
        unit: "share",
        value: 0.005,
        what: "vehicles of B that are ghosts, beyond what A has",
        says: (measured) => `B shows ${measured} more ghosts than A`,
        reason: "Riders who wait for a ghost do not come back, so B may not add any but noise.",
    },
    {
        name: "age",
        unit: "seconds",
        value: 15,
        what: "position age that B adds to A's at the 95th percentile",
        says: (measured) => `B's positions are ${measured} older than A's, 95 of 100 considered`,
        reason: "Fifteen seconds are one re-publication; a bus moves by about a block and a half.",
    },
    {
        name: "distance",
        unit: "metres",
        value: 50,
        what: "distance between both positions of a vehicle at the 95th percentile",
        says: (measured) => `95 of 100 positions of B lie within ${measured} of A's`,
        reason: "Beyond 50 m a bus stands at another stop or in another street.",
    },
    {
        name: "trips",
        unit: "share",
        value: 0.01,
        what: "reports with another trip than A's",
        says: (measured) => `${measured} of B's reports have another trip than A's`,
        reason: "Predictions of a wrong trip are wrong for a whole line.",
    },
    {
        name: "errors",
        unit: "share",
        value: 0.001,
        what: "messages of B that break a rule of GTFS-realtime, beyond A's share",
        says: (measured) => `${measured} more of B's messages than of A's break a rule of GTFS-realtime`,
        reason: "Consumers drop messages that break a rule.",
    },
    {
        name: "clock",
        unit: "seconds",
        value: 60,
        what: "time that B's header lies ahead of the clock of this machine",
        says: (measured) => `B's header is ${measured} ahead of the clock of this machine`,
        reason: "Consumers refuse times of the future; rule E050 allows 60 s.",
    },
    {
        name: "match",
        unit: "share",
        value: 0.01,
        what: "vehicles of B whose trip the schedule does not have, beyond A's share",
        says: (measured) => `The schedule lacks the trip of ${measured} more of B's vehicles than of A's`,
        reason: "What does not match gets no predictions. Measured with a schedule only.",
    },
    {
        name: "forecasts",
        unit: "share",
        value: 0.01,
        what: "trips with a forecast in A that have none in B",
        says: (measured) => `B has no forecast for ${measured} of A's trips that have one`,
        reason: "A stop without a forecast shows the timetable, whatever the bus does.",
    },
    {
        name: "predicted",
        unit: "seconds",
        value: 60,
        what: "difference between both predicted times of a stop at the 95th percentile",
        says: (measured) => `95 of 100 predicted times of B lie within ${measured} of A's`,
        reason: "An app shows minutes: beyond one, it shows another departure.",
    },
    {
        name: "alerts",
        unit: "share",
        value: 0.01,
        what: "alerts of A that B lacks",
        says: (measured) => `B lacks ${measured} of A's alerts`,
        reason: "What riders are told today they must be told tomorrow; one in a hundred is a moment between two readings.",
    },
]);
/** Holds B against A. `limits` overrides by name. */
export function judge(comparison, limits = {}) {
    const total = Tally.sum(comparison.hours.values());
    const checks = LIMITS.flatMap((limit) => {
        if (limit.name === "match" && comparison.timetable === undefined)
            return [];
        // Feeds of positions only are not told that there was nothing to measure of the rest.
        if (BESIDE_LIMITS.includes(limit.name) && MEASURES[limit.name]?.(comparison, total) === undefined)
            return [];
        return [checked({ ...limit, value: limits[limit.name] ?? limit.value }, comparison, total)];
    });
    const failed = checks.filter(({ passes }) => !passes);
    const sentence = failed.length === 0
        ? "Go: B can take the place of A. Every check is within its limit."
        : `No-go: B should not take the place of A yet. ${failed.length} of ${checks.length} checks ${failed.length === 1 ? "is" : "are"} beyond the limit.`;
    return { go: failed.length === 0, sentence, checks };
}
function checked({ name, unit, value: limit, what, says }, comparison, total) {
    const value = MEASURES[name]?.(comparison, total);
    const isLeast = unit === "moments";
    const passes = value === undefined || (isLeast ? value >= limit : value <= limit);
    const bound = isLeast ? "at least" : "at most";
    const sentence = value === undefined
        ? `There was nothing to measure: ${what}.`
        : `${says(shown(value, unit))}; ${bound} ${shown(limit, unit)} ${unit === "moments" ? "are needed" : "is accepted"}.`;
    return { name, unit, what, value, limit, passes, sentence };
}
const BESIDE_LIMITS = ["forecasts", "predicted", "alerts"];
const MEASURES = {
    moments: (_, { counts }) => counts.moments - counts.downA - counts.downB,
    down: ({ forecasts: { moments, down } }, { counts }) => {
        const main = share(counts.downB, counts.moments - counts.downA);
        const beside = share(down.b, moments - down.a);
        return main === undefined ? beside : Math.max(main, beside ?? 0);
    },
    missing: (_, { counts }) => share(counts.onlyA, counts.both + counts.onlyA),
    ghosts: (_, { counts }) => beyond(ghostShare(counts, "B"), ghostShare(counts, "A")),
    age: (_, { ageA, ageB }) => beyond(ageB.quantile(0.95), ageA.quantile(0.95)),
    distance: (_, { distance }) => distance.quantile(0.95),
    trips: (_, { counts }) => share(counts.tripsDiffer, counts.tripsCompared),
    errors: (comparison) => beyond(errorShare(comparison, "b"), errorShare(comparison, "a")),
    clock: ({ health }) => {
        const { headerAhead, headerBehind } = health.b;
        if (headerAhead.count + headerBehind.count === 0)
            return undefined;
        return headerAhead.count > headerBehind.count ? headerAhead.quantile(0.5) : 0;
    },
    match: (_, { counts }) => beyond(unmatched(counts, "B"), unmatched(counts, "A")),
    forecasts: ({ forecasts }) => {
        const { trips } = totalOf(forecasts);
        return share(trips.onlyA, trips.both + trips.onlyA);
    },
    predicted: ({ forecasts }) => totalOf(forecasts).apart.quantile(0.95),
    alerts: ({ forecasts }) => {
        const { both, onlyA } = presenceOf(forecasts.alerts.values());
        return share(onlyA, both + onlyA);
    },
};
export function ghostShare(counts, side) {
    const ghosts = counts[`ghosts${side}`];
    return share(ghosts, ghosts + counts.both + counts[`only${side}`]);
}
/** Of all messages of a side, those of trip updates and alerts included. */
function errorShare({ health, forecasts }, side) {
    const all = [health[side], forecasts.health.updates[side], forecasts.health.alerts[side]];
    const sum = (of) => all.reduce((total, one) => total + of(one), 0);
    return share(sum((one) => one.messagesWithError), sum((one) => one.messages));
}
function unmatched(counts, side) {
    return share(counts[`assigned${side}`] - counts[`matched${side}`], counts[`assigned${side}`]);
}
/** Undefined where there is nothing to be a part of. */
export function share(part, whole) {
    return whole > 0 ? part / whole : undefined;
}
/** How far B lies beyond A; never below 0. */
function beyond(b, a) {
    return b === undefined ? undefined : Math.max(0, b - (a ?? 0));
}
export function shown(value, unit) {
    if (value === undefined)
        return "–";
    if (unit === "share")
        return `${(value * 100).toFixed(2).replace(/\.?0+$/, "")} %`;
    if (unit === "moments")
        return value.toLocaleString("en-US");
    return `${Math.round(value).toLocaleString("en-US")} ${unit === "seconds" ? "s" : "m"}`;
}
