import { resolve as resolvePath } from "node:path";
import { formatFinding } from "../config/findings.js";
import { loadConfigFile } from "../config/load.js";
import { scheduleAccess } from "./check-schedules.js";
import { EXIT } from "./exit-codes.js";
import { withTemporaryFolder } from "./temporary-folder.js";
/** Prints every finding with its place and its mend; 78 when one of them is an error. */
export async function check(file, options, context) {
    const { terminal, runtime, plugins } = context;
    const { findings, reaches } = await withTemporaryFolder((folder) => loadConfigFile(resolvePath(context.workingDirectory, file), {
        plugins,
        runtime,
        environment: terminal.environment,
        skipTopology: options.topology === false,
        skipEnvironment: options.environment === false,
        schedules: scheduleAccess(runtime, folder, options.offline === true),
    }));
    const errors = findings.filter((finding) => finding.severity === "error").length;
    if (options.json) {
        terminal.out(JSON.stringify({ file, ok: errors === 0, findings, reaches }));
    }
    else {
        for (const finding of findings) {
            const tone = finding.severity === "error" ? "bad" : "warn";
            const [first = "", ...rest] = formatFinding(file, finding).split("\n");
            terminal.out([terminal.paint(tone, first), ...rest].join("\n"));
        }
        for (const reach of reaches)
            terminal.out(reachLines(reach));
        const warnings = findings.length - errors;
        const sums = `${plural(errors, "error")}, ${plural(warnings, "warning")}`;
        terminal.out(errors === 0 ? terminal.paint("good", `${file}: ok (${sums})`) : `${file}: ${sums}`);
    }
    return errors === 0 ? EXIT.ok : EXIT.config;
}
/** What asking for a feed costs, and what it gives. */
function reachLines(reach) {
    const { feed, callsPerDay, callsPerSweep, quota, quotaPerDay, sweepMs } = reach;
    const share = quota === undefined ? "" : `, of ${quotaPerDay} that quota ${quota} can plan with`;
    const seconds = (ms) => `${Math.round(ms / 1000)} s`;
    return [
        `feed ${feed}: ${plural(callsPerDay, "call")} a day${share}`,
        `    ${plural(callsPerSweep, "call")} per sweep, a sweep every ${seconds(sweepMs)}; when a vehicle reports every ` +
            `${seconds(reach.reportEveryMs)}, its newest report is ${seconds(reach.medianAgeMs)} old (median), ` +
            `${seconds(reach.p95AgeMs)} (p95)`,
    ].join("\n");
}
function plural(count, word) {
    return `${count} ${word}${count === 1 ? "" : "s"}`;
}
