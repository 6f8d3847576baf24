import { formatIsoTime } from "../formats/iso-time.js";
import { GHOST_AFTER_MS } from "./comparison.js";
import { BESIDE, presenceOf, sumForecasts, totalOf, } from "./forecasts.js";
import { SIDES, Tally } from "./tally.js";
import { ghostShare, share } from "./verdict.js";
/** Vehicles that are named because one feed shows them and the other does not. */
const NAMED_MAX = 20;
export function reportOf(comparison, verdict, labels) {
    const cells = [...comparison.cells].flatMap(([route, hours]) => [...hours].map(([hour, tally]) => ({ route, hour, tally })));
    const byHour = new Map();
    for (const { hour, tally } of cells)
        byHour.set(hour, [...(byHour.get(hour) ?? []), tally]);
    return {
        verdict,
        from: comparison.firstTime === undefined ? null : formatIsoTime(comparison.firstTime),
        to: comparison.lastTime === undefined ? null : formatIsoTime(comparison.lastTime),
        timezone: comparison.timezone,
        hasSchedule: comparison.timetable !== undefined,
        ghostAfterS: GHOST_AFTER_MS / 1000,
        feeds: { a: factsOf(comparison, "a", labels), b: factsOf(comparison, "b", labels) },
        beside: besideOf(comparison.forecasts),
        total: figuresOf(Tally.sum(comparison.hours.values())),
        routes: [...comparison.cells]
            .map(([route, hours]) => ({ route, ...figuresOf(Tally.sum(hours.values())) }))
            .sort((one, other) => inOrder(one.route, other.route)),
        hours: [...byHour]
            .map(([hour, tallies]) => ({ hour, ...figuresOf(Tally.sum(tallies)) }))
            .sort((one, other) => one.hour - other.hour),
        routeHours: cells
            .map(({ route, hour, tally }) => ({ route, hour, ...figuresOf(tally) }))
            .sort((one, other) => inOrder(one.route, other.route) || one.hour - other.hour),
        timeline: [...comparison.hours]
            .sort(([one], [other]) => one - other)
            .map(([hour, tally]) => ({ hour: formatIsoTime(hour).slice(0, 16), ...figuresOf(tally) })),
        missingVehicles: [...comparison.vehicles]
            .map(([id, { a, b, both }]) => ({ id, onlyA: a, onlyB: b, both }))
            .filter(({ onlyA, onlyB }) => onlyA + onlyB > 0)
            .sort((one, other) => other.onlyA + other.onlyB - one.onlyA - one.onlyB || inOrder(one.id, other.id))
            .slice(0, NAMED_MAX),
    };
}
function besideOf(forecasts) {
    if (forecasts.moments === 0)
        return null;
    const cells = [...forecasts.cells].flatMap(([route, hours]) => [...hours].map(([hour, tally]) => ({ route, hour, tally })));
    const grouped = (keyOf) => {
        const groups = new Map();
        for (const cell of cells)
            groups.set(keyOf(cell), [...(groups.get(keyOf(cell)) ?? []), cell.tally]);
        return [...groups].map(([key, tallies]) => [key, forecastFigures(sumForecasts(tallies))]);
    };
    const presence = presenceOf(forecasts.alerts.values());
    const stops = [...forecasts.stops].map(([stopId, apart]) => {
        const { count } = apart;
        return { stopId, count, p50: apart.quantile(0.5) ?? null, p95: apart.quantile(0.95) ?? null };
    });
    const lacking = [...forecasts.alerts].filter(([, { onlyA, onlyB }]) => onlyA + onlyB > 0);
    return {
        moments: forecasts.moments,
        down: forecasts.down,
        failures: Object.fromEntries(BESIDE.flatMap((kind) => SIDES.map((side) => [
            `${side.toUpperCase()} ${kind === "updates" ? "trip updates" : kind}`,
            Object.fromEntries(forecasts.health[kind][side].failures),
        ]))),
        total: forecastFigures(totalOf(forecasts)),
        routes: grouped(({ route }) => route)
            .map(([route, figures]) => ({ route, ...figures }))
            .sort((one, other) => inOrder(one.route, other.route)),
        hours: grouped(({ hour }) => hour)
            .map(([hour, figures]) => ({ hour, ...figures }))
            .sort((one, other) => one.hour - other.hour),
        routeHours: cells
            .map(({ route, hour, tally }) => ({ route, hour, ...forecastFigures(tally) }))
            .sort((one, other) => inOrder(one.route, other.route) || one.hour - other.hour),
        stops: stops
            .sort((one, other) => (other.p95 ?? 0) - (one.p95 ?? 0) || inOrder(one.stopId, other.stopId))
            .slice(0, NAMED_MAX),
        alerts: { ...presence, missing: share(presence.onlyA, presence.both + presence.onlyA) ?? null },
        missingAlerts: lacking
            .map(([text, { both, onlyA, onlyB }]) => ({ text, both, onlyA, onlyB }))
            .sort((one, other) => other.onlyA - one.onlyA || other.onlyB - one.onlyB || inOrder(one.text, other.text))
            .slice(0, NAMED_MAX),
    };
}
function inOrder(one, other) {
    return one.localeCompare(other, "en", { numeric: true });
}
function forecastFigures({ trips, apart }) {
    const { max } = apart;
    return {
        trips,
        missing: share(trips.onlyA, trips.both + trips.onlyA) ?? null,
        apart: {
            p50: apart.quantile(0.5) ?? null,
            p95: apart.quantile(0.95) ?? null,
            max: max === undefined ? null : Math.round(max),
        },
    };
}
function factsOf({ health }, side, labels) {
    const { readings, unchanged, messages, messagesWithError, failures, rules, outages } = health[side];
    return {
        label: labels[side],
        readings,
        unchanged,
        messages,
        messagesWithError,
        failures: Object.fromEntries(failures),
        rules: Object.fromEntries([...rules].sort(([one], [other]) => (one < other ? -1 : 1))),
        outages: outages.map(({ from, to }) => ({
            from: formatIsoTime(from),
            to: to === undefined ? null : formatIsoTime(to),
        })),
    };
}
function figuresOf({ counts, ageA, ageB, distance }) {
    const whole = (value) => (value === undefined ? null : Math.round(value));
    const quantiles = (sketch) => ({
        p50: whole(sketch.quantile(0.5)),
        p95: whole(sketch.quantile(0.95)),
    });
    const bySide = (of) => ({ a: of("A"), b: of("B") });
    const { max } = distance;
    return {
        vehicles: { both: counts.both, onlyA: counts.onlyA, onlyB: counts.onlyB },
        trips: { both: counts.tripsBoth, onlyA: counts.tripsOnlyA, onlyB: counts.tripsOnlyB },
        missing: share(counts.onlyA, counts.both + counts.onlyA) ?? null,
        age: { a: quantiles(ageA), b: quantiles(ageB) },
        distance: { ...quantiles(distance), max: max === undefined ? null : Math.round(max) },
        tripsDiffer: share(counts.tripsDiffer, counts.tripsCompared) ?? null,
        routesDiffer: counts.routesDiffer,
        ghosts: bySide((side) => counts[`ghosts${side}`]),
        ghostShare: bySide((side) => ghostShare(counts, side) ?? null),
        future: bySide((side) => counts[`future${side}`]),
        ended: bySide((side) => counts[`ended${side}`]),
        matched: bySide((side) => share(counts[`matched${side}`], counts[`assigned${side}`]) ?? null),
        seen: bySide((side) => share(counts[`seen${side}`], counts.expected) ?? null),
        moments: counts.moments,
        down: bySide((side) => counts[`down${side}`]),
    };
}
