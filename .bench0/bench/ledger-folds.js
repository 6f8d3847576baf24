// What 400 days of one feed and two sinks leave in the ledger: postings as intake and sinks make them, in virtual time,
// folded every hour as a running hub does; and a shorter time without folding, then folded at once, as a store of an
// earlier version is. Usage: npm run build && npx tsx bench/ledger-folds.ts [--json] [--days 400] [--unfolded-days 40]
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FOLD_AFTER } from "../src/log/ledger-spans.js";
import { DAY_MS, MINUTE_MS } from "../src/model/units.js";
import { ledgerReport } from "../src/operations/ledger-report.js";
import { loadDriver } from "../src/stores/sqlite-driver.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
const option = (name) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1];
};
const DAYS = Number(option("--days") ?? 400);
const UNFOLDED_DAYS = Number(option("--unfolded-days") ?? 40);
const PARTITIONS = 8;
const FEED = "metro-avl";
const START = Math.floor(Date.UTC(2025, 0, 1) / MINUTE_MS);
const chance = { next: Math.random, bytes: (length) => new Uint8Array(randomBytes(length)) };
const open = (directory) => openSqliteLog({
    directory,
    chance,
    durability: "os",
    partitions: PARTITIONS,
    host: "in-thread",
    reserveBytes: 0,
});
/** Three frames of 400 vehicles, spread over all partitions at the sinks: 48 rows. */
function postingsOf(minute) {
    const postings = [];
    const post = (step, partition, outcomes) => {
        for (const [outcome, count] of Object.entries(outcomes))
            postings.push({ step, feed: FEED, partition, minute, outcome, count });
    };
    post("receive", 3, { in: 3, stored: 3 });
    post("interpret", 3, { in: 3, decoded: 3 });
    post("admit", 3, { in: 1200, appended: 900, duplicate: 297, dead_lettered: 3 });
    for (let partition = 0; partition < PARTITIONS; partition++) {
        post("sink:archive", partition, { in: 112, delivered: 112 });
        post("sink:rider-feed", partition, { in: 112, delivered: 60, superseded: 52 });
    }
    return postings;
}
/** Answers what folding took in all, and the slowest turn of it. */
async function fill(directory, days, isFolding) {
    const log = await open(directory);
    let [allMs, slowestMs] = [0, 0];
    for (let hour = 1; hour <= days * 24; hour++) {
        const minutes = Array.from({ length: 60 }, (_, i) => START + (hour - 1) * 60 + i);
        await log.commit({ ledger: minutes.flatMap(postingsOf) });
        if (!isFolding)
            continue;
        const tookMs = await fold(log, START + hour * 60);
        allMs += tookMs;
        slowestMs = Math.max(slowestMs, tookMs);
    }
    await log.close();
    return { allMs, slowestMs };
}
async function fold(log, minute) {
    const started = performance.now();
    await log.foldLedger({ ...FOLD_AFTER, keepMs: 400 * DAY_MS }, minute * MINUTE_MS);
    return performance.now() - started;
}
/** Rows, bytes and what asking costs, after making sure that no posting is missing. */
async function look(directory, days) {
    const log = await open(directory);
    const now = (START + days * 1440) * MINUTE_MS;
    const started = performance.now();
    const { sums, balanced } = await ledgerReport(log, { sinks: [] }, now);
    const reportMs = Math.round(performance.now() - started);
    await log.close();
    const arrived = sums.find(({ step }) => step === "admit")?.posted["in"];
    if (!balanced || arrived !== days * 1440 * 1200)
        throw new Error(`admit counts ${arrived}: postings were lost`);
    const db = (await loadDriver()).open(join(directory, "wayside.db"), { readOnly: true });
    const { rows } = db.prepare("SELECT count(*) AS rows FROM ledger").get();
    const { bytes } = db.prepare("SELECT sum(pgsize) AS bytes FROM dbstat WHERE name = 'ledger'").get();
    db.close();
    const fileBytes = statSync(join(directory, "wayside.db")).size;
    return {
        days,
        rows,
        ledgerMB: bytes / 1e6,
        fileMB: fileBytes / 1e6,
        reportMs,
        commandMs: commandMs(directory),
    };
}
/** The command as a person runs it, process and all. */
function commandMs(directory) {
    const file = join(directory, "wayside.yaml");
    writeFileSync(file, `agencies: { metro: { timezone: America/Chicago } }
feeds:
  ${FEED}:
    agency: metro
    upstreams: [{ source: { type: http-push, path: /avl }, decoder: gtfs-realtime }]
sinks: { archive: { type: ndjson-file, path: ./archive.ndjson } }
routes: [{ from: ${FEED}, to: archive, mode: every }]
store: { directory: . }
`);
    const started = performance.now();
    execFileSync(process.execPath, ["dist/cli/main.js", "ledger", file, "--json"], { stdio: "pipe" });
    return Math.round(performance.now() - started);
}
const results = [];
const folded = mkdtempSync(join(tmpdir(), "wayside-bench-"));
const { allMs, slowestMs } = await fill(folded, DAYS, true);
results.push({
    what: "folded every hour",
    ...(await look(folded, DAYS)),
    foldMs: allMs,
    slowestFoldMs: slowestMs,
});
rmSync(folded, { recursive: true });
const old = mkdtempSync(join(tmpdir(), "wayside-bench-"));
await fill(old, UNFOLDED_DAYS, false);
results.push({ what: "not folded", ...(await look(old, UNFOLDED_DAYS)) });
const log = await open(old);
const foldMs = await fold(log, START + UNFOLDED_DAYS * 1440);
await log.close();
results.push({ what: "then folded at once", ...(await look(old, UNFOLDED_DAYS)), foldMs });
rmSync(old, { recursive: true });
const round = (value) => (typeof value === "number" ? Math.round(value * 10) / 10 : value);
const rounded = results.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, round(value)])));
if (process.argv.includes("--json"))
    console.log(JSON.stringify(rounded, undefined, "\t"));
else
    console.table(rounded);
