// What the reorder window costs a sink that catches up: the same records from one SQLite store into files, with the window
// and without it in turns. Usage: node scripts/bench.mjs delivery [--records 200000] [--rounds 7] [--json]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSubscription } from "../src/routes/subscription.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { definition } from "../src/sinks/ndjson-file.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { fill, median, optionOf } from "./delivery-log.js";
const PARTITIONS = 8;
/** One in so many comes 1 to 4 s after it should. */
const LATE_ONE_IN = 50;
const recordCount = optionOf("--records", 200_000);
const rounds = optionOf("--rounds", 7);
const runtime = createNodeRuntime();
async function deliver(log, directory, name, reorderMs) {
    const options = definition.options.parse({ path: join(directory, `${name}.ndjson`) });
    const sink = definition.create(options, { name, runtime, baseDirectory: directory, secrets: {} });
    const subscription = createSubscription({
        name,
        sink,
        mode: "every",
        routes: [{ feed: "avl" }],
        begin: "oldest",
        reorderMs,
        log,
        runtime,
    });
    await subscription.prepare();
    globalThis.gc?.();
    const began = performance.now();
    const cpu = process.cpuUsage();
    await subscription.start();
    if (!(await subscription.drain(600_000)))
        throw new Error("The sink did not get to the end of the log");
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await subscription.close();
    const { delivered } = subscription.status().counters;
    if (delivered !== recordCount)
        throw new Error(`${delivered} of ${recordCount} records were delivered`);
    rmSync(join(directory, `${name}.ndjson`));
    return { recordsPerSecond: recordCount / seconds, cpuUsPerRecord: (user + system) / recordCount };
}
const directory = mkdtempSync(join(tmpdir(), "wayside-delivery-"));
const log = await openSqliteLog({
    directory,
    partitions: PARTITIONS,
    chance: runtime.chance,
    freeBytesMin: 0,
});
try {
    await fill(log, recordCount, LATE_ONE_IN);
    const windows = [0, 5000];
    const results = new Map(windows.map((windowMs) => [windowMs, []]));
    for (let round = 0; round <= rounds; round++) {
        for (const windowMs of round % 2 === 0 ? windows : windows.toReversed()) {
            const result = await deliver(log, directory, `file-${round}-${windowMs}`, windowMs);
            // The first round warms up.
            if (round > 0)
                results.get(windowMs)?.push(result);
        }
    }
    const rows = windows.map((windowMs) => {
        const of = results.get(windowMs) ?? [];
        return {
            windowMs,
            recordsPerSecond: Math.round(median(of.map(({ recordsPerSecond }) => recordsPerSecond))),
            cpuUsPerRecord: Number(median(of.map(({ cpuUsPerRecord }) => cpuUsPerRecord)).toFixed(2)),
        };
    });
    if (process.argv.includes("--json"))
        console.log(JSON.stringify({ records: recordCount, rounds, rows }));
    else
        console.table(rows);
}
finally {
    await log.close();
    await runtime.close();
    rmSync(directory, { recursive: true, force: true });
}
