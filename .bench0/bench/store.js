// How fast the store takes records: commits of 1, 10, 100 and 1000 records of about 250 bytes of JSON, in this thread and
// in the worker. Usage: npx tsx bench/store.ts [--json] [--os] [--seconds 3] [--only worker] [--records 1,100]
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
const option = (name) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1];
};
const seconds = Number(option("--seconds") ?? 3);
const only = option("--only");
const durability = process.argv.includes("--os") ? "os" : "sync";
const chance = { next: Math.random, bytes: (length) => new Uint8Array(randomBytes(length)) };
const PARTITIONS = 8;
function entry(serial) {
    return JSON.stringify({
        frame: 0,
        index: serial % 500,
        revision: 0,
        key: `metro:bus-${serial % 5000}`,
        eventTime: 1_795_348_800_000 + serial,
        resolutionMs: 1000,
        flags: [],
        body: {
            kind: "vehicle_location",
            vehicleId: `bus-${serial % 5000}`,
            tripId: `trip-${serial % 9000}`,
            gtfsRouteId: "66",
            latitude: 41.8 + (serial % 1000) / 1e4,
            longitude: -87.6,
            headingDeg: serial % 360,
            speedMps: 8.4,
        },
    });
}
/** Texts are made beforehand: the bench is about the store. Every commit of a round is different. */
function commitsOf(records) {
    const commits = [];
    const variants = Math.max(64, Math.ceil(4096 / records));
    let serial = 0;
    const head = JSON.stringify({ frames: [{ agency: "metro", feed: "metro-avl", partition: 0, offset: 0 }] });
    for (let i = 0; i < variants; i++) {
        const packs = [];
        // Up to 100 records a commit fall into one partition, larger ones spread over all.
        const parts = records >= 1000 ? PARTITIONS : 1;
        for (let part = 0; part < parts; part++) {
            const count = Math.round(((part + 1) * records) / parts) - Math.round((part * records) / parts);
            const entries = Array.from({ length: count }, () => entry(serial++));
            packs.push({
                topic: "records",
                partition: (i + part) % PARTITIONS,
                feed: "metro-avl",
                minute: 29_922_480 + (i % 3),
                count,
                head,
                body: `[${entries.join(",\n")}]`,
            });
        }
        const minute = 29_922_480 + (i % 3);
        const account = { step: "admit", feed: "metro-avl", partition: 0, minute };
        commits.push({
            append: packs,
            ledger: [
                { ...account, outcome: "in", count: records },
                { ...account, outcome: "appended", count: records },
            ],
        });
    }
    return commits;
}
async function measure(host, records, outstanding) {
    const directory = mkdtempSync(join(tmpdir(), "wayside-bench-"));
    const open = () => openSqliteLog({ directory, chance, host, durability, partitions: PARTITIONS, reserveBytes: 0 });
    let log = await open();
    const commits = commitsOf(records);
    const latencies = [];
    await run(log, commits, outstanding, 0.3, []);
    const before = await recordsIn(log);
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    const count = await run(log, commits, outstanding, seconds, latencies);
    const elapsed = (performance.now() - started) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    await log.close();
    log = await open();
    const stored = (await recordsIn(log)) - before;
    await log.close();
    const size = statSync(join(directory, "wayside.db")).size;
    rmSync(directory, { recursive: true });
    if (stored !== count * records)
        throw new Error(`${count * records} records were committed, ${stored} are there`);
    latencies.sort((a, b) => a - b);
    const at = (share) => Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2));
    return {
        host,
        recordsPerCommit: records,
        outstanding,
        commitsPerSecond: Math.round(count / elapsed),
        recordsPerSecond: Math.round((count * records) / elapsed),
        cpuNsPerRecord: Math.round(((cpu.user + cpu.system) * 1000) / (count * records)),
        p50Ms: at(0.5),
        p99Ms: at(0.99),
        storedRecords: stored,
        bytesPerRecord: Math.round(size / (stored + before)),
    };
}
async function run(log, commits, outstanding, forSeconds, latencies) {
    const end = performance.now() + forSeconds * 1000;
    let count = 0;
    await Promise.all(Array.from({ length: outstanding }, async () => {
        while (performance.now() < end) {
            const commit = commits[count++ % commits.length];
            const sent = performance.now();
            await log.commit(commit);
            latencies.push(performance.now() - sent);
        }
    }));
    return count;
}
async function recordsIn(log) {
    return (await log.usage()).find(({ topic }) => topic === "records")?.entries ?? 0;
}
const results = [];
const sizes = (option("--records") ?? "1,10,100,1000").split(",").map(Number);
for (const records of sizes) {
    for (const host of ["in-thread", "worker"]) {
        if (only && only !== host)
            continue;
        for (const outstanding of [1, 16])
            results.push(await measure(host, records, outstanding));
    }
}
if (process.argv.includes("--json"))
    console.log(JSON.stringify({ durability, seconds, results }, undefined, "\t"));
else
    console.table(results);
