import { Failure } from "../model/failure.js";
import { isLedgerStretch, ledgerReport, } from "../operations/ledger-report.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { adminAddress, adminJson } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { sinceTime } from "./since-time.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
const FINDINGS_SHOWN_MAX = 40;
/** Sums of the ledger, of a store or of the hub that has it open. 3 when it does not balance. */
export async function ledger(file, options, context) {
    const config = await readHubConfig(file, context);
    if (!config)
        return EXIT.config;
    const question = questionOf(options, context.runtime.clock.now());
    const report = await readReport(config, question, options, context);
    if (options.json)
        context.terminal.out(JSON.stringify(report));
    else
        print(report, context);
    return report.balanced ? EXIT.ok : EXIT.unbalanced;
}
function questionOf({ audit, feed, step, since, by }, now) {
    if (step !== undefined && !/^(receive|interpret|admit|guards|redecode|dead-letters|sink:.+)$/.test(step)) {
        throw new UsageError(`--step is "${step}"; it is receive, interpret, admit, guards, redecode, dead-letters or sink:NAME`);
    }
    if (by !== undefined && !isLedgerStretch(by)) {
        throw new UsageError(`--by is "${by}"; it is minute, hour or day`);
    }
    if (audit && (step ?? feed ?? by) !== undefined) {
        throw new UsageError("--audit recounts all steps and feeds; leave out --step, --feed and --by (--since is fine)");
    }
    return {
        ...(audit ? { audit } : {}),
        ...(feed === undefined ? {} : { feed }),
        ...(step === undefined ? {} : { step: step }),
        ...(since === undefined ? {} : { fromTime: sinceTime(since, now) }),
        ...(by === undefined ? {} : { by }),
    };
}
async function readReport(config, question, options, { runtime, terminal }) {
    const { directory } = config.store;
    if (!(await runtime.files.stat(directory))) {
        throw new Failure("config.invalid", `There is no store at ${directory} yet; run the hub first`);
    }
    let log;
    try {
        log = await openSqliteLog({ directory, chance: runtime.chance });
    }
    catch (thrown) {
        // A running hub has the store: it reads its own ledger for us.
        if (!(thrown instanceof Failure) || thrown.code !== "store.locked")
            throw thrown;
        const known = adminAddress(config.http);
        const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
        const hub = { ...known, url: options.url ?? known.url, token };
        const path = `/v1/ledger?${queryOf(question)}`;
        return (await adminJson(hub, "GET", path, new AbortController().signal));
    }
    try {
        return await ledgerReport(log, { ...question, sinks: auditSinks(config) }, runtime.clock.now());
    }
    finally {
        await log.close();
    }
}
function queryOf({ audit, feed, step, fromTime, by }) {
    const query = new URLSearchParams();
    if (audit)
        query.set("audit", "1");
    for (const [name, value] of Object.entries({ feed, step, from: fromTime, by })) {
        if (value !== undefined)
            query.set(name, String(value));
    }
    return query;
}
/** Which feeds each sink has an account for. */
export function auditSinks(config) {
    return config.sinks.map(({ name }) => ({
        name,
        feeds: [...new Set(config.routes.filter((route) => route.to.includes(name)).map((route) => route.from))],
    }));
}
function print(report, { terminal }) {
    const rows = report.sums.flatMap(({ from, step, feed, posted, pending }) => {
        const { in: arrived = 0, ...outcomes } = posted;
        const terms = Object.entries({ ...outcomes, pending }).filter(([, count]) => count !== 0);
        if (from === undefined) {
            return [[step, feed, "in", arrived], ...terms.map(([term, count]) => ["", "", term, count])];
        }
        return [[from, step, feed, "in", arrived, terms.map(([term, count]) => `${count} ${term}`).join(" + ")]];
    });
    for (const line of columns(rows))
        terminal.out(line);
    terminal.out(terminal.paint(report.balanced ? "good" : "bad", report.sentence));
    for (const { account, item, message } of report.findings.slice(0, FINDINGS_SHOWN_MAX))
        terminal.out(`  ${account}: ${item}: ${message}`);
    const omitted = Math.max(0, report.findings.length - FINDINGS_SHOWN_MAX) + report.findingsOmitted;
    if (omitted > 0)
        terminal.out(`  and ${omitted} more; --json lists up to 500`);
}
