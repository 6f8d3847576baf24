import { span } from "../gateway/status-page.js";
/**
 * One line that says how the hub is: frames and records so far, vehicles in the feed, age of the newest position, the
 * longest lag, and what upstream does.
 */
export function progressLine(status) {
    const sum = (name) => status.feeds.reduce((total, feed) => total + feed[name], 0);
    const parts = [counted(sum("frames"), "frame"), counted(sum("records"), "record")];
    if (sum("deadLetters") > 0)
        parts.push(counted(sum("deadLetters"), "dead letter"));
    const vehicles = status.sinks.flatMap((sink) => typeof sink.facts["vehicles"] === "number" ? [sink.facts["vehicles"]] : []);
    if (vehicles.length > 0)
        parts.push(`${counted(vehicles.reduce((a, b) => a + b), "vehicle")} in the feed`);
    const ages = status.feeds.flatMap((feed) => (feed.ageMs === undefined ? [] : [feed.ageMs]));
    if (ages.length > 0)
        parts.push(`newest ${span(Math.max(0, Math.min(...ages)))} old`);
    const lag = Math.max(0, ...status.sinks.map((sink) => sink.lagEntries));
    parts.push(lag === 0 ? "no lag" : `lag ${counted(lag, "record")}`);
    parts.push(status.feeds.map(upstreamState).join(", "));
    if (status.store.state !== "ok")
        parts.push(`store ${status.store.state}`);
    return parts.join(" | ");
}
function upstreamState(feed) {
    const waits = feed.upstreams.find((upstream) => upstream.active)?.nextAttemptTime;
    const failing = feed.state === "failing" || feed.state === "down";
    return `${feed.name} ${feed.state}${failing && waits !== undefined ? " (retrying)" : ""}`;
}
function counted(value, what) {
    return `${value.toLocaleString("en-US")} ${what}${value === 1 ? "" : "s"}`;
}
