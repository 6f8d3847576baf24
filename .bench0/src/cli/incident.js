import { join, resolve as resolvePath } from "node:path";
import { gzipSync } from "node:zlib";
import { formatIsoTime } from "../formats/iso-time.js";
import { maskedPayload } from "../formats/masking.js";
import { tarOf } from "../formats/tar.js";
import { impactOf, incidentReview, span } from "../gateway/incident-review.js";
import { Failure } from "../model/failure.js";
import { SECOND_MS } from "../model/units.js";
import { findIncident, incidentEvidence, incidentStory, readIncidents, } from "../operations/incident-story.js";
import { adminJson } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { openStoreOrHub } from "./store-or-hub.js";
import { columns } from "./terminal.js";
const ANSWER_TIMEOUT_MS = 60 * SECOND_MS;
/** Incidents of the last 30 days, of a store or of the hub that has it open. */
export async function listIncidents(file, options, context) {
    const incidents = await asked(file, options, context, {
        hub: (ask) => ask("GET", "/v1/incidents"),
        log: async (log, now) => (await readIncidents(log, now)).list(),
    });
    if (!incidents)
        return EXIT.config;
    const { terminal, runtime } = context;
    if (options.json)
        terminal.out(JSON.stringify(incidents));
    else if (incidents.length === 0)
        terminal.out("No incident in the last 30 days.");
    else
        for (const line of listing(incidents, runtime.clock.now()))
            terminal.out(line);
    return EXIT.ok;
}
export async function showIncident(id, file, options, context) {
    const story = await storyOf(id, false, file, options, context);
    if (!story)
        return EXIT.config;
    if (options.json)
        context.terminal.out(JSON.stringify(story));
    else
        print(story, context);
    return EXIT.ok;
}
/** Writes everything that is known of an incident as one archive. */
export async function exportIncident(id, file, options, context) {
    const story = await storyOf(id, true, file, options, context);
    if (!story)
        return EXIT.config;
    const { terminal, runtime, workingDirectory } = context;
    const path = resolvePath(workingDirectory, options.out ?? `incident-${id}.tar.gz`);
    const files = bundleOf(story);
    const archive = gzipSync(tarOf(files, story.incident.resolvedTime ?? story.incident.since));
    await runtime.files.writeAtomic(path, archive, { ownerOnly: true });
    const names = files.map(({ name }) => name);
    if (options.json)
        terminal.out(JSON.stringify({ path, bytes: archive.length, files: names }));
    else
        terminal.out(`Written: ${path} (${archive.length.toLocaleString("en-US")} bytes) with ${names.join(", ")}`);
    return EXIT.ok;
}
/** Adds what a person has to say; only a running hub can take it. */
export async function noteIncident(id, text, file, options, context) {
    const { environment } = context.terminal;
    const by = options.by ?? environment["SUDO_USER"] ?? environment["USER"] ?? "somebody at the command line";
    const path = `/v1/incidents/${encodeURIComponent(id)}/notes?${new URLSearchParams({ by, text })}`;
    const incident = await asked(file, options, context, {
        hub: (ask) => ask("POST", path),
        log: async () => {
            throw new Failure("request.conflict", "A note is taken by a running hub, and none has this store open");
        },
    });
    if (!incident)
        return EXIT.config;
    const said = `Noted on incident ${incident.id}, by ${by}.`;
    context.terminal.out(options.json ? JSON.stringify(incident) : said);
    return EXIT.ok;
}
function storyOf(id, hasEvidence, file, options, context) {
    return asked(file, options, context, {
        hub: (ask) => ask("GET", `/v1/incidents/${encodeURIComponent(id)}${hasEvidence ? "?evidence=1" : ""}`),
        log: async (log, now) => {
            const incident = findIncident(await readIncidents(log, now), id);
            const story = await incidentStory(log, incident, now);
            const evidence = hasEvidence ? await incidentEvidence(log, incident, now, maskedPayload) : undefined;
            return { ...story, review: incidentReview(story, now), ...(evidence && { evidence }) };
        },
    });
}
/** What goes into the archive, in this order. */
function bundleOf({ incident, timeline, omitted, review, evidence, }) {
    const folder = `incident-${incident.id}`;
    const text = (name, content) => ({
        name: join(folder, name),
        bytes: new TextEncoder().encode(content),
    });
    const lines = (values) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
    return [
        text("review.md", review),
        text("incident.json", `${JSON.stringify({ ...incident, omitted, missing: evidence?.missing ?? [] }, undefined, "\t")}\n`),
        text("timeline.ndjson", lines(timeline)),
        text("records.ndjson", lines(evidence?.records ?? [])),
        text("frames.ndjson", lines(evidence?.frames ?? [])),
    ];
}
function listing(incidents, now) {
    const head = ["Incident", "State", "Began", "Lasted", "What"];
    const rows = incidents.map(({ id, state, severity, since, resolvedTime, title }) => [
        id,
        state === "open" ? `open, ${severity}` : "resolved",
        formatIsoTime(since),
        span((resolvedTime ?? now) - since),
        title,
    ]);
    return columns([head, ...rows]);
}
function print({ incident, timeline, omitted }, { terminal, runtime }) {
    const { id, state, severity, title, alerts, notes } = incident;
    const tone = state === "resolved" ? "good" : severity === "page" ? "bad" : "warn";
    terminal.out(`${terminal.paint(tone, `${state} ${severity}`)} incident ${id}: ${title}`);
    for (const line of impactOf(incident, runtime.clock.now()))
        terminal.out(`  ${line}`);
    const { since, detectedTime, ackedTime, mitigatedTime, resolvedTime } = incident;
    const times = [
        ["  began", since],
        ["  detected", detectedTime],
        ["  taken care of", ackedTime],
        ["  mitigated", mitigatedTime],
        ["  resolved", resolvedTime],
    ];
    const rows = times.map(([name, time]) => time === undefined ? [name, "not yet", ""] : [name, formatIsoTime(time), `after ${span(time - since)}`]);
    for (const line of columns(rows))
        terminal.out(line);
    terminal.out("\nAlerts:");
    for (const { alert, subject, todo, resolvedTime: over, runbook } of alerts)
        terminal.out(`  ${alert} of ${subject}${over === undefined ? `: ${todo} (${runbook})` : ", over"}`);
    terminal.out("\nWhat happened:");
    for (const { time, subject, code, message } of timeline)
        terminal.out(`  ${formatIsoTime(time)} ${subject} ${code}: ${message}`);
    if (omitted > 0)
        terminal.out(`  and ${omitted} more`);
    for (const { time, by, text } of notes)
        terminal.out(`\nNote of ${formatIsoTime(time)} by ${by}: ${text}`);
}
/** Asks the hub that has the store, or reads the store. Undefined after the errors of the configuration were printed. */
async function asked(file, { url }, context, ways) {
    const config = await readHubConfig(file, context);
    if (!config)
        return undefined;
    const { clock } = context.runtime;
    const source = await openStoreOrHub(config, url, context);
    const stop = new AbortController();
    const cancel = clock.after(ANSWER_TIMEOUT_MS, () => stop.abort());
    const forget = context.terminal.onStop(() => stop.abort());
    try {
        const { hub } = source;
        if (hub)
            return await ways.hub((method, path) => adminJson(hub, method, path, stop.signal));
        return await ways.log(source.log, clock.now());
    }
    finally {
        cancel();
        forget();
        await source.close();
    }
}
