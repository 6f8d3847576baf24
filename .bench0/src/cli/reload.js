import { parseDuration } from "../formats/quantities.js";
import { SECOND_MS } from "../model/units.js";
import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
/** Beyond the deadline of the reload: for the way back, and for the answer. */
const ANSWER_MS = 20 * SECOND_MS;
const CODES = {
    applied: EXIT.ok,
    unchanged: EXIT.ok,
    planned: EXIT.ok,
    invalid: EXIT.config,
    refused: EXIT.restart,
    rolled_back: EXIT.rolledBack,
    failed: EXIT.failure,
};
/** Tells a running hub to put its configuration in place as the file is now, and says what came of it. */
export async function reload(file, options, context) {
    const { terminal, runtime } = context;
    const withinMs = parseDuration(options.within);
    if (withinMs === undefined)
        throw new UsageError(`--within is "${options.within}"; it is a duration such as 30s`);
    const config = file === undefined ? undefined : await readHubConfig(file, context);
    if (file !== undefined && !config)
        return EXIT.config;
    const known = config ? adminAddress(config.http) : { url: URL_DEFAULT, token: undefined };
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    const query = new URLSearchParams({ within: options.within, ...(options.dryRun && { "dry-run": "1" }) });
    const stop = new AbortController();
    const cancel = runtime.clock.after(withinMs + ANSWER_MS, () => stop.abort());
    const forget = terminal.onStop(() => stop.abort());
    let report;
    try {
        const address = { ...known, url: options.url ?? known.url, token };
        report = (await adminJson(address, "POST", `/v1/reload?${query}`, stop.signal));
    }
    finally {
        cancel();
        forget();
    }
    if (options.json)
        terminal.out(JSON.stringify(report));
    else
        print(report, context);
    return CODES[report.outcome] ?? EXIT.failure;
}
function print({ outcome, sentence, changes, problems, notes, warnings }, { terminal }) {
    const isGood = CODES[outcome] === EXIT.ok;
    terminal.out(terminal.paint(isGood ? "good" : "bad", sentence));
    for (const problem of problems)
        terminal.err(problem);
    for (const warning of warnings)
        terminal.err(`Not used as it is now: ${warning}`);
    const rows = changes.map(({ part, action, because = "" }) => [`  ${action}`, part, because]);
    if (rows.length > 0)
        for (const line of columns(rows))
            terminal.out(line);
    for (const note of notes)
        terminal.out(`Not proven yet: ${note}`);
}
