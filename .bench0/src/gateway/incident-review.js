import { formatIsoTime } from "../formats/iso-time.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
const TIMELINE_SHOWN = 60;
/**
 * The draft of a review in Markdown: what is known stands in it, and what only people know is asked for. It blames nobody: it
 * names parts and times, and people only where they said themselves that they take care.
 */
export function incidentReview({ incident, timeline, omitted }, now) {
    const { id, title, alerts, notes, state } = incident;
    const shown = timeline.slice(0, TIMELINE_SHOWN);
    const more = timeline.length - shown.length + omitted;
    return [
        `# Incident ${id}`,
        `> ${title}`,
        state === "open" ? "It is not over yet; this draft says what was known when it was written." : "",
        "## What it meant",
        list(impactOf(incident, now)),
        "## Times",
        table(["", "When", "After its beginning"], timesOf(incident, now)),
        "## What was wrong",
        list(alerts.map((one) => `**${one.alert}** of \`${one.subject}\` (${one.severity}): ${one.what} ${one.evidence}`.trim())),
        "## What the hub did by itself",
        list(distinct(alerts.map(({ done }) => done)), "Nothing that it told of."),
        "## What happened",
        table(["Time", "What", "Said"], shown.map(({ time, subject, code, message }) => [
            formatIsoTime(time),
            `\`${subject}\` ${code}`,
            message,
        ])),
        more > 0 ? `And ${more} more: \`wayside incident export ${id}\` has them in \`timeline.ndjson\`.` : "",
        "## Notes",
        list(notes.map(({ time, by, text }) => `${formatIsoTime(time)}, ${by}: ${text}`), `None yet: \`wayside incident note ${id} TEXT\`.`),
        "## To be written by people",
        list([
            "What made it possible? Look for conditions, not for persons.",
            "What helped to notice it, and what would have helped to notice it earlier?",
            "What did riders, schedulers and partners notice, and were they told?",
            "What went well and should stay as it is?",
            "What will be changed, by when, and how will we know that it worked?",
        ]),
    ]
        .filter((part) => part !== "")
        .join("\n\n")
        .concat("\n");
}
/** What it meant for the service, in sentences. */
export function impactOf(incident, now) {
    const { alerts, lost, resolvedTime, since, mitigatedTime } = incident;
    const pages = alerts.filter(({ severity }) => severity === "page");
    const until = mitigatedTime ?? now;
    const sum = lost.counted + lost.estimated;
    return [
        `It ${resolvedTime === undefined ? "has lasted for" : "lasted"} ${span((resolvedTime ?? now) - since)}` +
            (pages.length > 0
                ? `, and a person was needed for ${span(until - since)} of it.`
                : ", and nobody was paged."),
        ...distinct(alerts.map(({ affected }) => affected)).map((text) => `Affected: ${text}`),
        ...distinct(alerts.map(({ riders }) => riders)).map((text) => `Riders saw: ${text}`),
        sum === 0
            ? "No report is known to be lost."
            : `${lost.estimated > 0 ? "About " : ""}${sum.toLocaleString("en-US")} reports were lost.`,
    ];
}
function timesOf(incident, now) {
    const { since, detectedTime, ackedTime, mitigatedTime, resolvedTime } = incident;
    const line = (name, time, none) => [
        name,
        time === undefined ? none : formatIsoTime(time),
        time === undefined ? "" : span(time - since),
    ];
    return [
        line("began", since, ""),
        line("detected (first told)", detectedTime, ""),
        line("taken care of", ackedTime, "nobody said so"),
        line("mitigated (no page open)", mitigatedTime, `not yet, after ${span(now - since)}`),
        line("resolved", resolvedTime, `not yet, after ${span(now - since)}`),
    ];
}
/** `42 s`, `12 min`, `3 h 20 min`. */
export function span(ms) {
    const minutes = Math.floor(ms / MINUTE_MS);
    if (minutes < 2)
        return `${Math.max(0, Math.round(ms / SECOND_MS))} s`;
    if (minutes < 120)
        return `${minutes} min`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
function distinct(texts) {
    return [...new Set(texts.filter((text) => text !== ""))];
}
function list(lines, none = "") {
    return lines.length === 0 ? none : lines.map((line) => `- ${oneLine(line)}`).join("\n");
}
function table(heads, rows) {
    const line = (cells) => `| ${cells.map((cell) => oneLine(cell).replaceAll("|", "\\|")).join(" | ")} |`;
    return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
function oneLine(text) {
    return text.replaceAll(/\s+/g, " ").trim();
}
