import { formatBytes } from "../formats/quantities.js";
import { span } from "../gateway/status-page.js";
import { columns } from "./terminal.js";
const TONES = {
    running: "good",
    finished: "good",
    waiting: "quiet",
    failing: "warn",
    lagging: "warn",
    down: "bad",
    held: "bad",
};
/** A hub at a glance, as lines for a terminal. With the status of some time before, rates a second stand beside the sums. */
export function statusLines(status, terminal, before) {
    const { version, time, startedTime, ready, sentence, alerts = [], store, ledger, quotas } = status;
    const up = span(Math.max(0, time - startedTime));
    const lines = [`Wayside ${version}, up ${up}: ${terminal.paint(ready ? "good" : "bad", sentence)}`];
    for (const { severity, alert, subject, since, what } of alerts) {
        const head = terminal.paint(severity === "page" ? "bad" : "warn", `${severity} ${alert}`);
        lines.push(`${head} ${subject}, for ${span(Math.max(0, time - since))}: ${what}`);
    }
    const rate = rateOf(status, before);
    lines.push("", ...feedLines(status, terminal, rate, before), "", ...sinkLines(status, terminal, rate, before));
    if (quotas.length > 0) {
        const rows = quotas.map(({ name, used, limit, resetTime, closedUntil }) => [
            name,
            closedUntil === undefined ? "open" : "used up",
            used,
            limit === undefined ? "" : `${limit}`,
            span(Math.max(0, resetTime - time)),
        ]);
        lines.push("", ...columns([["QUOTA", "STATE", "USED", "LIMIT", "ANEW IN"], ...rows]));
    }
    const bytes = store.topics.reduce((sum, topic) => sum + topic.bytes, 0);
    const free = store.freeBytes === undefined ? "" : `, ${formatBytes(store.freeBytes)} free`;
    const isWell = store.state === "ok" && ledger.balanced !== false;
    lines.push("", terminal.paint(isWell ? "quiet" : "bad", `Store ${store.state}, ${formatBytes(bytes)}${free}. ${ledger.sentence}`));
    return lines;
}
/** Of a sum, against the status before; empty where there is none. */
function rateOf(status, before) {
    const seconds = before === undefined ? 0 : (status.time - before.time) / 1000;
    return (now, then) => {
        if (seconds <= 0 || then === undefined || now < then)
            return "";
        const rate = (now - then) / seconds;
        return rate >= 10 ? Math.round(rate).toLocaleString("en-US") : rate.toFixed(1);
    };
}
function feedLines({ feeds, time }, terminal, rate, before) {
    const head = [
        "FEED",
        "STATE",
        "FOR",
        "AGE",
        "HEADROOM",
        "FRAMES/S",
        "RECORDS/S",
        "RECORDS",
        "DEAD",
        "BREAKER",
    ];
    const rows = feeds.map((feed) => {
        const then = before?.feeds.find(({ name }) => name === feed.name);
        return [
            feed.name,
            feed.state,
            span(Math.max(0, time - feed.since)),
            feed.ageMs === undefined ? "" : span(feed.ageMs),
            feed.purgeHeadroomMs === undefined ? "" : span(feed.purgeHeadroomMs),
            rate(feed.frames, then?.frames),
            rate(feed.records, then?.records),
            feed.records,
            feed.deadLetters,
            breakerWord(feed),
        ];
    });
    return painted(head, rows, feeds, terminal);
}
function breakerWord({ upstreams, breaker }) {
    const forced = upstreams.find(({ guard }) => guard?.forced)?.guard?.forced;
    return forced === undefined ? breaker : `${forced.state} by a person`;
}
function sinkLines({ sinks, time }, terminal, rate, before) {
    const head = ["SINK", "STATE", "FOR", "LAG", "LAG AGE", "DELIVERED/S", "DELIVERED", "DEAD", "VEHICLES"];
    const rows = sinks.map((sink) => {
        const then = before?.sinks.find(({ name }) => name === sink.name);
        return [
            sink.name,
            sink.state,
            span(Math.max(0, time - sink.since)),
            sink.lagEntries,
            sink.lagAgeMs === undefined ? "" : span(sink.lagAgeMs),
            rate(sink.delivered, then?.delivered),
            sink.delivered,
            sink.deadLetters,
            vehiclesOf(sink),
        ];
    });
    return painted(head, rows, sinks, terminal);
}
function vehiclesOf({ facts: { vehicles } }) {
    return typeof vehicles === "number" ? vehicles.toLocaleString("en-US") : "";
}
/** Columns, each line in the colour of its state, and a sentence below what is not well. */
function painted(head, rows, parts, terminal) {
    const [first = "", ...lines] = columns([head, ...rows]);
    return [
        terminal.paint("strong", first),
        ...lines.flatMap((line, at) => {
            const { state, sentence } = parts[at] ?? { state: "", sentence: "" };
            const tone = TONES[state] ?? "quiet";
            const isWell = tone === "good" || tone === "quiet";
            return isWell ? [line] : [terminal.paint(tone, line), terminal.paint(tone, `  ${sentence}`)];
        }),
    ];
}
