import { partsFromUtc } from "../formats/local-time.js";
import { formatBytes } from "../formats/quantities.js";
import { SECOND_MS } from "../model/units.js";
import { breakerWords } from "./breaker-words.js";
import { qualityWords } from "./quality-words.js";
import { pastLine } from "./status-past.js";
import { STYLE } from "./status-style.js";
const REFRESH_S = 5;
/** Of the routes, those that match worst. */
const ROUTES_SHOWN = 50;
/** Causes of a gap that are not codes of failures. */
const CAUSES = {
    hub_down: "the hub was down",
    late: "upstream was asked too late",
    silence: "upstream was silent",
};
const FEED_TONES = {
    running: "good",
    finished: "good",
    waiting: "calm",
    failing: "warn",
    down: "bad",
};
const SINK_TONES = {
    running: "good",
    waiting: "calm",
    lagging: "warn",
    held: "bad",
};
const FEED_HEADS = [
    "Feed",
    "State",
    "Since",
    "Last frame",
    "Age of data",
    "Purge headroom",
    "Frames",
    "Records",
    "Duplicates",
    "Late",
    "Dead letters",
];
const SINK_HEADS = ["Sink", "State", "Since", "Lag", "Lag age", "Delivered", "Dead letters"];
const QUOTA_HEADS = ["Quota", "State", "Used", "Limit", "Kept for the last 2 h", "Starts anew"];
const SCHEDULE_HEADS = [
    "Agency",
    "State",
    "Trips today",
    "Match rate now",
    "Since the start",
    "Not resolved",
];
const MATCH_HEADS = ["Agency", "Route", "Match rate now", "Since the start"];
const CAUSE_HEADS = ["Cause", "Of", "Open", "First", "Last", "Issue"];
const INCIDENT_HEADS = ["Incident", "State", "Began", "Lasted"];
const STORE_HEADS = ["Topic", "Entries", "Size"];
/** The whole page: no script, no request to anywhere, readable on a phone, in print and by a screen reader. */
export function statusPage(status, endpoints) {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_S}">
<link rel="alternate" type="application/atom+xml" href="status.atom" title="Incidents">
<title>${status.ready ? "" : "(!) "}Wayside status</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Wayside</h1><p>${mark(status.ready ? "good" : "bad", status.ready ? "ready" : "not ready")} ${text(status.sentence)}</p></header>
<main>
${alertSection(status)}${incidentSection(status)}${channelSection(status)}<h2 id="feeds">Feeds</h2>
${table("feeds", FEED_HEADS, status.feeds.map((feed) => feedRow(feed, status)), "No feed is configured.")}
<h2 id="sinks">Sinks</h2>
${table("sinks", SINK_HEADS, status.sinks.map((sink) => sinkRow(sink, status)), "No sink is configured.")}
${quotaSection(status)}${scheduleSection(status)}<h2 id="store">Store and ledger</h2>
<p>${mark(status.store.state === "ok" ? "good" : "bad", status.store.state)} ${text(status.store.sentence)}</p>
${eventsLine(status)}<p>${ledgerMark(status.ledger.balanced)} ${text(status.ledger.sentence)}</p>
${table("store", STORE_HEADS, status.store.topics.map((topic) => row(STORE_HEADS, [text(topic.topic), count(topic.entries), text(formatBytes(topic.bytes))])), "The store is empty.")}
${causeSection(status)}<h2 id="paths">What is served here</h2>
<ul>${endpoints
        .filter((endpoint) => endpoint.scope !== "admin")
        .map(endpointLine)
        .join("")}</ul>
</main>
<footer><p>Version ${text(status.version)}, started ${instant(status.startedTime)}, as of ${instant(status.time)}. The page renews itself every ${REFRESH_S} s.</p></footer>
</body>
</html>
`;
}
/** Nothing where all is well. */
function alertSection({ alerts = [], time }) {
    if (alerts.length === 0)
        return "";
    const items = alerts.map(({ severity, alert, what, affected, riders, evidence, done, todo, since, acked }) => `<li>${mark(severity === "page" ? "bad" : "warn", alert)} ${text(what)} Began ${ago(since, time)}.` +
        (acked === undefined ? "" : ` ${text(acked.by)} takes care of it.`) +
        `<br><small>${text(`${affected} Riders see: ${riders} ${evidence} ${done}`)}</small><br>${text(todo)} <a href="runbooks/${text(alert)}.md">Runbook</a></li>`);
    return `<h2 id="alerts">Open alerts</h2>
<ul>${items.join("")}</ul>
`;
}
/** Nothing where there was none. */
function incidentSection({ incidents = [], time }) {
    if (incidents.length === 0)
        return "";
    const rows = incidents.map(({ id, state, severity, title, since, resolvedTime }) => {
        const tone = state === "resolved" ? "calm" : severity === "page" ? "bad" : "warn";
        return row(INCIDENT_HEADS, [
            `<code>${text(id)}</code>`,
            `${mark(tone, state)} ${text(title)}`,
            ago(since, time),
            text(span((resolvedTime ?? time) - since)),
        ], "th");
    });
    return `<h2 id="incidents">Incidents of the last 30 days</h2>
${table("incidents", INCIDENT_HEADS, rows, "")}
`;
}
/** Nothing where people can be reached: who that is concerns nobody else. */
function channelSection({ alerting }) {
    const failing = (alerting?.channels ?? []).filter(({ state }) => state === "failing").length;
    const held = alerting?.heartbeat !== undefined && ["held", "failing"].includes(alerting.heartbeat.state);
    if (failing === 0 && !held)
        return "";
    const said = failing === 0 ? "" : `${failing} of ${alerting?.channels.length} channels for alerts cannot be reached. `;
    return `<p>${mark("warn", "alerts")} ${said}${held ? "No sign of life of this hub arrives." : ""}</p>\n`;
}
/** Nothing where nothing waits. What letters say is for whoever may ask the admin address. */
function causeSection({ store: { deadLetters = [] }, time }) {
    if (deadLetters.length === 0)
        return "";
    const rows = deadLetters.map(({ id, subject, code, open, firstTime, lastTime }) => row(CAUSE_HEADS, [
        `<strong>${text(code)}</strong>`,
        text(subject),
        count(open),
        ago(firstTime, time),
        ago(lastTime, time),
        `<code>${text(id)}</code>`,
    ], "th"));
    return `<h2 id="dead-letters">Dead letters by cause</h2>
${table("dead-letters", CAUSE_HEADS, rows, "")}
<p><small>What they say and what to do: <code>wayside dlq show ISSUE</code>.</small></p>
`;
}
function eventsLine({ store: { events } }) {
    return events?.state === "ended" ? `<p>${mark("bad", "ended")} ${text(events.sentence)}</p>\n` : "";
}
function feedRow(feed, { time: now, history }) {
    const tone = FEED_TONES[feed.state];
    const upstreams = feed.upstreams.map((upstream) => upstreamLine(upstream, now)).join("");
    const past = pastLine(history?.find(({ subject }) => subject === `feed:${feed.name}`), "records");
    const cells = [
        `<strong>${text(feed.name)}</strong><br><small>${text(feed.agency)}</small>`,
        `${mark(tone, feed.state)} ${text(feed.sentence)}`,
        ago(feed.since, now),
        feed.lastFrameTime === undefined ? "none yet" : ago(feed.lastFrameTime, now),
        feed.ageMs === undefined ? "unknown" : text(span(feed.ageMs)),
        feed.purgeHeadroomMs === undefined ? "no history upstream" : text(span(feed.purgeHeadroomMs)),
        ...[feed.frames, feed.records, feed.duplicates, feed.late, feed.deadLetters].map(count),
    ];
    return `${row(FEED_HEADS, cells, "th")}${below(cells.length, `${past}${gapLine(feed, now)}<ul>${upstreams}</ul>`)}`;
}
/** Nothing where nobody counts: most upstreams have no quota. */
function quotaSection({ quotas, time }) {
    if (quotas.length === 0)
        return "";
    const rows = quotas.map((quota) => quotaRow(quota, time));
    return `<h2 id="quotas">Quotas of upstreams</h2>
${table("quotas", QUOTA_HEADS, rows, "")}
`;
}
function quotaRow({ name, limit, used, reserve, resetTime, closedUntil }, now) {
    const state = closedUntil === undefined
        ? mark(limit !== undefined && used >= limit - reserve ? "warn" : "good", "open")
        : `${mark("bad", "closed")} upstream says that its limit is reached; nothing is sent for ${text(span(closedUntil - now))}`;
    return row(QUOTA_HEADS, [
        `<strong>${text(name)}</strong>`,
        state,
        limit === undefined ? "not counted" : count(used),
        limit === undefined ? "not configured" : count(limit),
        count(reserve),
        `<span title="${instant(resetTime)}">in ${text(span(Math.max(0, resetTime - now)))}</span>`,
    ], "th");
}
/** Nothing where no agency has a schedule or maps ids. Routes that match worst come first. */
function scheduleSection({ schedules = [], ids = [] }) {
    const idsOnly = ids.filter(({ schedule }) => schedule === undefined);
    if (schedules.length + idsOnly.length === 0)
        return "";
    const rows = schedules.map(({ agency, state, sentence, days, today, match, refusal }) => {
        const tone = state !== "current" ? "bad" : refusal === undefined ? "good" : "warn";
        const reasons = Object.entries(match.reasons).map(([reason, times]) => `${reason} ${count(times)}`);
        return row(SCHEDULE_HEADS, [
            `<strong>${text(agency)}</strong>`,
            `${mark(tone, state)} ${text(sentence)}`,
            count(days.find(({ date }) => date === today)?.trips ?? 0),
            shareText(match.recent),
            shareText(match.total),
            reasons.join("<br>"),
        ], "th");
    });
    const routes = schedules.flatMap(({ agency, match }) => match.routes.map((route) => ({ agency, ...route, share: shareOf(route.total) })));
    const worst = routes.sort((a, b) => a.share - b.share).slice(0, ROUTES_SHOWN);
    const byRoute = worst.map(({ agency, gtfsRouteId, recent, total }) => row(MATCH_HEADS, [
        text(agency),
        gtfsRouteId === "" ? "not in the schedule" : text(gtfsRouteId),
        shareText(recent),
        shareText(total),
    ]));
    return `<h2 id="schedules">Schedules</h2>
${table("schedules", SCHEDULE_HEADS, [...rows, ...idsOnly.map(idsRow)], "")}
${table("schedules", MATCH_HEADS, byRoute, "No record with an assignment yet.")}
`;
}
/** An agency that maps ids and has no schedule: nothing can match. */
function idsRow({ agency, sentence, refusal }) {
    const state = mark(refusal === undefined ? "calm" : "warn", "ids only");
    const cells = [`<strong>${text(agency)}</strong>`, `${state} ${text(sentence)}`];
    return row(SCHEDULE_HEADS, [...cells, "none", "no schedule", "no schedule", ""], "th");
}
function shareOf({ resolved, unresolved }) {
    return resolved + unresolved === 0 ? 1 : resolved / (resolved + unresolved);
}
function shareText(matched) {
    const records = matched.resolved + matched.unresolved;
    return records === 0
        ? "nothing yet"
        : `${text((shareOf(matched) * 100).toFixed(1))} % of ${count(records)}`;
}
/** What was lost last, and how much in all. */
function gapLine({ gaps }, now) {
    if (gaps.last === undefined)
        return "";
    const all = gaps.countedReports + gaps.estimatedReports;
    const about = gaps.estimatedReports > 0 ? "about " : "";
    const sum = all === gaps.last.reports ? "" : ` In all ${about}${all.toLocaleString("en-US")} reports.`;
    const found = `${text(gaps.last.sentence)} (${text(CAUSES[gaps.last.cause] ?? gaps.last.cause)}), found ${ago(gaps.last.time, now)}.${text(sum)}`;
    return `<p>${mark("warn", "gap")} ${found}</p>`;
}
function upstreamLine(upstream, now) {
    const { lastFailure, nextAttemptTime, guard } = upstream;
    const parts = [
        `upstream ${upstream.index}: ${upstream.source}, ${upstream.decoder}`,
        upstream.active ? "in use" : "standing by",
        ...(guard ? breakerWords(guard, now, span) : [`breaker ${upstream.breaker}`]),
    ];
    // Of a breaker that is not closed the words say it already.
    if (nextAttemptTime !== undefined && (guard === undefined || guard.state === "closed"))
        parts.push(`next attempt in ${span(Math.max(0, nextAttemptTime - now))}`);
    if (upstream.silentSince !== undefined)
        parts.push(`silent, although it can be reached, for ${span(now - upstream.silentSince)}`);
    if (lastFailure)
        parts.push(`last failure ${span(now - lastFailure.time)} ago: ${lastFailure.message} (${lastFailure.code})`);
    return `<li><small>${text([...parts, ...qualityWords(upstream, now)].join("; "))}</small></li>`;
}
function sinkRow(sink, { time: now, history }) {
    const tone = SINK_TONES[sink.state];
    const facts = Object.entries(sink.facts).map(([name, value]) => factWords(name, value, now));
    if (sink.inFlightMax !== undefined)
        facts.push(`at most ${sink.inFlightMax} in flight`);
    if (sink.guard)
        facts.push(...breakerWords(sink.guard, now, span));
    const cells = [
        `<strong>${text(sink.name)}</strong><br><small>${text(sink.type)}</small>`,
        `${mark(tone, sink.state)} ${text(sink.sentence)}`,
        ago(sink.since, now),
        count(sink.lagEntries),
        sink.lagAgeMs === undefined ? "none" : text(span(sink.lagAgeMs)),
        count(sink.delivered),
        count(sink.deadLetters),
    ];
    const details = facts.length === 0 ? "" : `<p><small>${text(facts.join("; "))}</small></p>`;
    const past = pastLine(history?.find(({ subject }) => subject === `sink:${sink.name}`), "delivered");
    return `${row(SINK_HEADS, cells, "th")}${below(cells.length, `${past}${details}`)}`;
}
/** A fact of a sink in words, by the unit at the end of its name: `header time 4 s ago`, `withheld future 3`. */
function factWords(name, value, now) {
    const words = (text) => text
        .replace(/([a-z])([A-Z])/g, "$1 $2")
        .replaceAll("_", " ")
        .toLowerCase();
    if (typeof value !== "number")
        return `${words(name)} ${value}`;
    if (name.endsWith("Time"))
        return `${words(name)} ${span(Math.max(0, now - value))} ago`;
    if (/[a-z]S$/.test(name))
        return `${words(name.slice(0, -1))} ${span(value * SECOND_MS)}`;
    if (name === "bytes")
        return formatBytes(value);
    return `${words(name)} ${value.toLocaleString("en-US")}`;
}
function endpointLine(endpoint) {
    const name = `${endpoint.method} ${endpoint.path}`;
    const plain = endpoint.method === "GET" && !endpoint.path.includes(":") && !endpoint.opensSocket;
    // Relative to /status, so that it holds under any path that a web server in front gives to the hub.
    const shown = plain
        ? `<a href="${text(endpoint.path.slice(1) || ".")}">${text(name)}</a>`
        : `<code>${text(name)}</code>`;
    return `<li>${shown}: ${text(endpoint.summary)}</li>`;
}
function ledgerMark(balanced) {
    if (balanced === undefined)
        return mark("calm", "not checked");
    return balanced ? mark("good", "balanced") : mark("bad", "not balanced");
}
function table(id, heads, rows, empty) {
    if (rows.length === 0)
        return `<p>${text(empty)}</p>`;
    const head = heads.map((name) => `<th scope="col">${text(name)}</th>`).join("");
    return `<div class="wide" tabindex="0" role="region" aria-labelledby="${id}"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}
/** `heads` names each cell where the page is too narrow for columns. */
function row(heads, cells, first = "td") {
    const [head = "", ...rest] = cells;
    const open = first === "th" ? '<th scope="row">' : `<td data-head="${text(heads[0] ?? "")}">`;
    const others = rest.map((cell, at) => `<td data-head="${text(heads[at + 1] ?? "")}">${cell}</td>`);
    return `<tr>${open}${head}</${first}>${others.join("")}</tr>`;
}
/** What belongs to the row above and is too long for a column. */
function below(columns, content) {
    return content === "" ? "" : `<tr class="more"><td colspan="${columns}">${content}</td></tr>`;
}
function mark(tone, word) {
    return `<span class="mark ${tone}">${text(word)}</span>`;
}
function count(value) {
    return `<span class="number">${value.toLocaleString("en-US")}</span>`;
}
function ago(time, now) {
    return `<span title="${instant(time)}">${text(span(Math.max(0, now - time)))} ago</span>`;
}
/** A length of time for people: `42 s`, `5 min 3 s`, `3 h 20 min`, `2 d 4 h`. */
export function span(ms) {
    const sign = ms < 0 ? "-" : "";
    const seconds = Math.round(Math.abs(ms) / 1000);
    const units = [
        [86_400, "d"],
        [3600, "h"],
        [60, "min"],
        [1, "s"],
    ];
    const at = units.findIndex(([size]) => seconds >= size);
    const [size, unit] = units[at] ?? [1, "s"];
    const next = units[at + 1];
    const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
    const tail = next && rest > 0 ? ` ${rest} ${next[1]}` : "";
    return `${sign}${Math.floor(seconds / size)} ${unit}${tail}`;
}
function instant(time) {
    const at = partsFromUtc(time);
    const two = (value) => `${value}`.padStart(2, "0");
    return `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)} UTC`;
}
function text(value) {
    return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
