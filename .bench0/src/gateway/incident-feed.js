import { formatIsoTime } from "../formats/iso-time.js";
/** Relative to /status.atom, so that it holds under any path that a web server in front gives to the hub. */
const STATUS_URL = "status";
/**
 * Incidents as an Atom feed (RFC 4287): one entry for each, whose `updated` moves on when it is over, so that a reader shows it
 * again. Ids name the agencies and not the address, so they hold wherever the hub is served.
 */
export function incidentFeed({ incidents = [], startedTime, feeds }) {
    const agencies = [...new Set(feeds.map(({ agency }) => agency))].map(encodeURIComponent).join("+");
    const base = `urn:wayside:${agencies}`;
    const updated = Math.max(startedTime, ...incidents.map(updatedOf));
    return [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        `<id>${xml(`${base}:incidents`)}</id>`,
        "<title>Incidents of Wayside</title>",
        `<updated>${formatIsoTime(updated)}</updated>`,
        "<author><name>Wayside</name></author>",
        `<link rel="alternate" type="text/html" href="${STATUS_URL}"/>`,
        ...incidents.map((incident) => entryOf(incident, base)),
        "</feed>",
        "",
    ].join("\n");
}
function entryOf(incident, base) {
    const { id, state, severity, title, since } = incident;
    const word = state === "open" ? (severity === "page" ? "Open, a person is needed" : "Open") : "Resolved";
    const until = incident.resolvedTime === undefined ? "" : ` It was over at ${formatIsoTime(incident.resolvedTime)}.`;
    return [
        "<entry>",
        `<id>${xml(`${base}:incident:${id}`)}</id>`,
        `<title>${xml(`${word}: ${title}`)}</title>`,
        `<published>${formatIsoTime(since)}</published>`,
        `<updated>${formatIsoTime(updatedOf(incident))}</updated>`,
        `<category term="${state}"/><category term="${severity}"/>`,
        `<link rel="alternate" type="text/html" href="${STATUS_URL}#incidents"/>`,
        `<summary>${xml(`${title} It began at ${formatIsoTime(since)}.${until}`)}</summary>`,
        "</entry>",
    ].join("\n");
}
function updatedOf({ since, resolvedTime }) {
    return resolvedTime ?? since;
}
/** What XML 1.0 has no place for is left out. */
function xml(text) {
    return text
        .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
        .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
