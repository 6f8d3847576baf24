import { formatIsoTime } from "../formats/iso-time.js";
import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
const ANSWER_TIMEOUT_MS = 10_000;
/** How candidates of a running hub read. Exit code 4: one of them must not take over. */
export async function shadowReport(file, options, context) {
    const { terminal } = context;
    const reports = await ask(file, options, context);
    if (reports === undefined)
        return EXIT.config;
    if (options.json)
        terminal.out(JSON.stringify(reports));
    else if (reports.length === 0)
        terminal.out("No upstream has a candidate; docs/shadow.md says how one is configured.");
    else
        for (const line of reports.flatMap(linesOf))
            terminal.out(line);
    const isUnfit = reports.some(({ problems, rolledBack }) => problems.length > 0 || rolledBack !== undefined);
    return isUnfit ? EXIT.noGo : EXIT.ok;
}
/** Undefined after the errors of the configuration were printed. */
async function ask(file, { url, feed }, context) {
    const { terminal, runtime } = context;
    const config = file === undefined ? undefined : await readHubConfig(file, context);
    if (file !== undefined && !config)
        return undefined;
    const known = config ? adminAddress(config.http) : { url: URL_DEFAULT, token: undefined };
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    const stop = new AbortController();
    const cancel = runtime.clock.after(ANSWER_TIMEOUT_MS, () => stop.abort());
    const forget = terminal.onStop(() => stop.abort());
    const query = feed === undefined ? "" : `?${new URLSearchParams({ feed })}`;
    try {
        const address = { ...known, url: url ?? known.url, token };
        return (await adminJson(address, "GET", `/v1/shadow${query}`, stop.signal));
    }
    finally {
        cancel();
        forget();
    }
}
function linesOf(report) {
    const { feed, upstream, sentence, sinceTime, frames, next, fields, onlySamples } = report;
    const since = sinceTime === undefined ? "" : ` since ${formatIsoTime(sinceTime)}`;
    const lines = [`Feed ${feed}, upstream ${upstream}: ${sentence}`];
    if (next)
        lines.push(`From ${formatIsoTime(next.time)} on it is to read ${percent(next.share)} of the vehicles.`);
    lines.push(`${frames} ${frames === 1 ? "frame" : "frames"} read by both${since}.`, "");
    const row = (name, { current, candidate }) => [
        name,
        current ?? "none",
        candidate ?? "none",
    ];
    const { both, equal, only, rejected, guarded, failedFrames, decodeMs } = report;
    lines.push(...columns([
        ["", "As now", "Candidate"],
        row("decoder", report.decoders),
        row("contract", report.contracts),
        row("records", { current: both + only.current, candidate: both + only.candidate }),
        row("of these in both", { current: both, candidate: both }),
        row("only here", only),
        row("dead letters", rejected),
        row("flagged by guards", guarded),
        row("frames not read", failedFrames),
        row("ms to decode a frame", {
            current: decodeMs.current.toFixed(2),
            candidate: decodeMs.candidate.toFixed(2),
        }),
    ]));
    for (const [samples, who] of [
        [onlySamples.current, "as now"],
        [onlySamples.candidate, "by the candidate"],
    ])
        if (samples.length > 0)
            lines.push(`Only ${who}, such as: ${samples.join(", ")}`);
    lines.push("", `Of ${both} records in both, ${equal} are equal in every field.`);
    if (fields.length === 0)
        return [...lines, ""];
    const sampled = fields.map(({ path, current, candidate, differ, samples: [first] }) => [
        path,
        differ,
        current,
        candidate,
        first ? `${first.record}: ${first.current || "nothing"} is ${first.candidate || "nothing"}` : "",
    ]);
    lines.push(...columns([["Field", "Differ", "Stated now", "By candidate", "Sample"], ...sampled]), "");
    return lines;
}
function percent(share) {
    return `${Math.round(share * 1000) / 10} %`;
}
