import { shortSpanText } from "../model/span-text.js";
import { SECOND_MS } from "../model/units.js";
/** With fewer vehicles it is the clock of one of them. */
const TELLING_VEHICLES_MIN = 4;
/** Of alerts that riders cannot notice. */
export const NOTHING_SEEN = "Nothing of it.";
export function isDown({ state, fleet }) {
    return state === "failing" || state === "down" || fleet?.silentSince !== undefined;
}
/** `18 vehicles on routes 10, 12, 17 and 3 more`, as the feed told last while it was well. */
export function vehiclesText({ fleet }) {
    if (fleet === undefined)
        return "its vehicles, of which nothing is known yet";
    const { vehicles, routes, routeCount } = fleet;
    if (vehicles === 0)
        return "no vehicle that is at work now";
    const more = routeCount > routes.length ? ` and ${routeCount - routes.length} more` : "";
    const where = routes.length === 0 ? "" : ` on ${plural(routeCount, "route")} ${routes.join(", ")}${more}`;
    return `${count(vehicles, "vehicle")}${where}`;
}
/** Vehicles, routes and sinks behind a feed. */
export function affectedText(feed, sinks) {
    const names = sinksOf(feed, sinks).map(({ name }) => name);
    const whom = names.length === 0 ? "no sink reads it" : `whoever reads from ${names.join(", ")}`;
    return `Agency ${feed.agency}: ${vehiclesText(feed)}; ${whom}.`;
}
/** What riders see now, by the sinks that keep a picture of what stands. */
export function ridersText(sinks) {
    const pictures = sinks.flatMap(({ name, facts }) => {
        const { vehicles, aging, stale, outages } = facts;
        if (vehicles === undefined)
            return [];
        const told = Number(outages ?? 0) > 0 ? " An alert in it tells riders so." : "";
        if (Number(vehicles) === 0)
            return [`${name} shows no vehicle; timetables stand in for predictions.${told}`];
        const old = Number(aging ?? 0) + Number(stale ?? 0);
        const fade = old > 0 ? `, ${old} of them with old positions, which fade and then leave` : "";
        return [`${name} shows ${count(Number(vehicles), "vehicle")} of all its feeds${fade}.${told}`];
    });
    if (pictures.length > 0)
        return pictures.join(" ");
    return "No sink here shows riders anything; what they see is up to whoever reads from them.";
}
export function sinksOf({ name }, sinks) {
    return sinks.filter(({ feeds }) => feeds === undefined || feeds.includes(name));
}
export function feedsOf({ feeds: names }, feeds) {
    return feeds.filter(({ name }) => names === undefined || names.includes(name));
}
/** What was tried, and what upstream said. */
export function attemptsText({ upstreams, lastFrameTime, ageMs }, now) {
    const words = upstreams
        .filter(({ lastFailure, active }) => active && lastFailure !== undefined)
        .map(({ index, source, lastFailure, breaker }) => {
        const { code, time } = lastFailure;
        return `Upstream ${index} (${source}) failed ${agoText(now - time)} with ${code}; its breaker is ${breaker}.`;
    });
    const frame = lastFrameTime === undefined
        ? "No frame has come since the start."
        : `The last frame came ${agoText(now - lastFrameTime)}.`;
    const age = ageMs === undefined ? "" : ` The newest report is ${shortSpanText(ageMs)} old.`;
    return [...words, `${frame}${age}`].join(" ");
}
/**
 * How far the clock of upstream is ahead of ours: by the dates of its answers; else by reports from the future of half of its
 * vehicles, which nothing else explains. That it is behind can be told by dates only: reports are late for many reasons.
 */
export function skewOf({ upstreams, fleet }) {
    const active = upstreams.find((upstream) => upstream.active);
    if (active?.clockSkewMs !== undefined)
        return { skewMs: active.clockSkewMs, by: "dates" };
    const isTelling = fleet !== undefined && fleet.vehicles >= TELLING_VEHICLES_MIN;
    return { skewMs: isTelling ? Math.max(0, -(fleet.medianAgeMs ?? 0)) : 0, by: "reports" };
}
/** What a person does first, by what upstream said. */
export function firstStepText({ upstreams, state, fleet }) {
    if (state === "running" && fleet?.silentSince !== undefined)
        return "See whether upstream still sends: its process, the connection to it, and what lies between";
    const code = upstreams.find(({ active, lastFailure }) => active && lastFailure)?.lastFailure?.code ?? "";
    if (/^upstream\.key$|unauthorized/.test(code))
        return "See whether the key has expired or was exchanged";
    if (/^upstream\.quota$/.test(code))
        return "See who else uses the key";
    if (/^net\.tls$/.test(code))
        return "See whose certificate has expired: wayside doctor says so";
    if (/^net\./.test(code))
        return "See whether this machine reaches upstream at all: wayside doctor tries it";
    if (/^decode\.|^contract\.|^feed\./.test(code))
        return "See with wayside dlq ls what upstream has changed in its messages";
    if (/^upstream\.(frozen|implausible)$/.test(code))
        return "See whether CAD still moves: upstream answers, and its vehicles stand still";
    return "Ask upstream by hand, as its runbook says";
}
export function agoText(ms) {
    return ms < SECOND_MS ? "just now" : `${shortSpanText(ms)} ago`;
}
export function count(number, noun) {
    return `${number.toLocaleString("en-US")} ${plural(number, noun)}`;
}
function plural(number, noun) {
    return number === 1 ? noun : `${noun}s`;
}
