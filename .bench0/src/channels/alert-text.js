import { daysFromCivil, localParts } from "../formats/local-time.js";
import { spanText } from "../model/span-text.js";
const LABELS = {
    raised: "",
    escalated: "",
    reminder: "STILL OPEN: ",
    acknowledged: "ACKNOWLEDGED: ",
    resolved: "OVER: ",
    outage: "",
    test: "TEST: ",
};
const WEEKDAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** The words of a message: what is wrong first, who is affected, what was found and done, and what is left to do. */
export function alertText(told, options) {
    const { kind, alerts, now, note, reader } = told;
    const severity = alerts.some((alert) => alert.severity === "page") ? "page" : "warn";
    const draft = kind === "outage" ? draftOf(reader ?? "owner") : undefined;
    return {
        kind,
        severity,
        time: now,
        source: options.source,
        title: titleOf(told, severity),
        note,
        stories: alerts.map((alert) => ({
            ...storyOf(alert, options),
            facts: (draft ?? factsOf)(alert, kind, now, options),
        })),
        statusUrl: options.statusUrl,
    };
}
/** Clearly marked, so that nobody runs to the depot. */
export function testText(channel, now, options) {
    const text = `This is a test of channel ${channel}. Nothing is wrong, and nothing has to be done.`;
    const story = {
        key: `wayside/test/${channel}/${now}`,
        alert: "test",
        severity: "warn",
        subject: `channel:${channel}`,
        since: now,
        title: text,
        facts: [
            { name: "What", text },
            { name: "To do", text: "Nothing; where this opened an incident, close it there." },
        ],
        runbook: `${options.runbooksUrl ?? "docs/runbooks/"}channel-failing.md`,
    };
    const { source, statusUrl } = options;
    const title = `TEST: channel ${channel} of Wayside works`;
    return { kind: "test", severity: "warn", time: now, source, title, stories: [story], statusUrl };
}
function titleOf({ kind, alerts, reader }, severity) {
    const [first, ...others] = alerts;
    if (first === undefined)
        return "Nothing to tell";
    const level = kind === "resolved" || kind === "acknowledged" ? "" : severity === "page" ? "PAGE: " : "Warning: ";
    if (kind === "outage")
        return `OUTAGE, for ${READER_WORDS[reader ?? "owner"]}: ${headline(first)}`;
    if (others.length === 0)
        return `${LABELS[kind]}${level}${headline(first)}`;
    const names = [...new Set(alerts.map(({ alert }) => alert))].join(", ");
    return `${LABELS[kind]}${level}${alerts.length} alerts: ${names}`;
}
/** The first sentence. */
function headline({ what }) {
    const end = /[.!?](?=\s|$)/.exec(what);
    return end ? what.slice(0, end.index + 1) : what;
}
function storyOf(alert, { runbooksUrl }) {
    const { alert: name, severity, subject, since } = alert;
    return {
        key: `wayside/${name}/${subject}/${since}`,
        alert: name,
        severity,
        subject,
        since,
        title: headline(alert),
        runbook: `${runbooksUrl ?? "docs/runbooks/"}${name}.md`,
    };
}
const factsOf = (alert, kind, now, { timezone }) => {
    const { what, since, affected, riders, evidence, done, todo, owner } = alert;
    const began = `${timeText(since, timezone)}, ${spanText(now - since)} ago`;
    if (kind === "resolved") {
        const lasted = `It began ${timeText(since, timezone)} and lasted ${spanText(now - since)}.`;
        return [
            { name: "What was", text: what },
            { name: "Over", text: lasted },
            { name: "To do", text: "Nothing, unless its runbook says what to look at afterwards." },
        ];
    }
    return [
        { name: "What", text: what },
        { name: "Since", text: began },
        { name: "Affected", text: affected },
        { name: "Riders see", text: riders },
        { name: "Evidence", text: evidence },
        { name: "Done by itself", text: done },
        { name: "To do", text: todo },
        ...(owner === undefined ? [] : [{ name: "Owner", text: owner }]),
    ];
};
const READER_WORDS = {
    owner: "the owner",
    upstream: "upstream's contact",
    management: "management",
};
function draftOf(reader) {
    return (alert, _kind, now, { timezone }) => {
        const { what, since, affected, riders, evidence, done, todo, owner, subject } = alert;
        const lasted = now - since;
        const feed = subject.replace(/^feed:/, "");
        const began = `${timeText(since, timezone)}, ${spanText(lasted)} ago`;
        const askBack = owner === undefined ? "" : ` Our contact: ${owner}.`;
        if (reader === "upstream")
            return [
                {
                    name: "Message",
                    text: `Since ${began}, we receive nothing usable from your interface for our feed ${feed}. We ask within the agreed budget and have changed nothing.`,
                },
                { name: "What we see", text: `${what} ${evidence}` },
                {
                    name: "Please",
                    text: `Tell us whether this is known, what is affected and when you expect it to work again; and whether the messages of this time are kept, so that we can read them afterwards.${askBack}`,
                },
            ];
        if (reader === "management")
            return [
                {
                    name: "In short",
                    text: `Feed ${feed} has given nothing usable for ${spanText(lasted)} (since ${timeText(since, timezone)}). Buses run; their positions are not known to riders and planners.`,
                },
                { name: "Riders see", text: riders },
                { name: "Affected", text: affected },
                {
                    name: "Under way",
                    text: `The hub asks again by itself and goes on as soon as upstream answers. Upstream's contact was written to after the time that is configured.${askBack}`,
                },
                {
                    name: "To decide",
                    text: "Whether to tell riders on other ways (web, stops, drivers), and whether to press upstream by contract.",
                },
            ];
        return [
            { name: "What", text: what },
            { name: "Since", text: began },
            { name: "Affected", text: affected },
            { name: "Riders see", text: riders },
            { name: "Evidence", text: evidence },
            { name: "Done by itself", text: done },
            { name: "To do", text: `${todo} Upstream's contact and management are told next if it lasts.` },
            ...(owner === undefined ? [] : [{ name: "Owner", text: owner }]),
        ];
    };
}
/** `07:42 on Mon 5 Jan (America/Chicago)`. */
function timeText(time, timezone) {
    const { month, day, hour, minute, year } = localParts(time, timezone);
    const two = (value) => String(value).padStart(2, "0");
    const weekday = WEEKDAYS[daysFromCivil(year, month, day) % 7];
    return `${two(hour)}:${two(minute)} on ${weekday} ${day} ${MONTHS[month - 1]} (${timezone})`;
}
