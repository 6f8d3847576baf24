/**
 * Several sinks at one log: `node scripts/bench.mjs sinks`, with `--json` for machines, `--only keep-up | dead-sink`,
 * `--records 300000` and `--rounds 9`. The log is the SQLite store with synced commits, filled before the time is taken.
 *
 * keep-up: a local file and a real PostgreSQL (Debian's package `postgresql`, its own durability on) take the same records at
 * the same time, until both have all of them. CPU is that of this process; the server's is its own.
 *
 * dead-sink: a file and a signed webhook to a receiver in another process, side by side without a third sink, with one whose
 * destination refuses connections, and with one that hangs after it has taken the request. The order turns from round to round.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSubscription } from "../src/routes/subscription.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { definition as file } from "../src/sinks/ndjson-file.js";
import { definition as postgres } from "../src/sinks/postgres.js";
import { definition as webhook } from "../src/sinks/webhook.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { fill, median, optionOf } from "./delivery-log.js";
import { BenchPostgres } from "./postgres.js";
const PARTITIONS = 8;
const DRAIN_MS = 600_000;
const RECEIVER = "--receiver";
const recordCount = optionOf("--records", 300_000);
const rounds = optionOf("--rounds", 9);
const runtime = createNodeRuntime();
function subscribe({ log, directory }, name, definition, options, origin = "oldest") {
    const sink = definition.create(definition.options.parse(options), {
        name,
        runtime,
        baseDirectory: directory,
        secrets: {},
    });
    return createSubscription({
        name,
        sink,
        mode: "every",
        routes: [{ feed: "avl" }],
        begin: origin,
        log,
        runtime,
    });
}
/** Starts all of them at once; answers the seconds until each one that is not dead has everything. */
async function timeOf(alive, dead) {
    const all = [...dead, ...alive];
    await Promise.all(all.map((one) => one.prepare()));
    globalThis.gc?.();
    const began = performance.now();
    await Promise.all(all.map((one) => one.start()));
    const drained = await Promise.all(alive.map((one) => one.drain(DRAIN_MS)));
    const seconds = (performance.now() - began) / 1000;
    await Promise.all(all.map((one) => one.close()));
    if (drained.includes(false))
        throw new Error("A sink did not get to the end of the log");
    for (const one of alive) {
        const { delivered } = one.status().counters;
        if (delivered !== recordCount)
            throw new Error(`${one.name}: ${delivered} of ${recordCount} records`);
    }
    for (const one of dead) {
        if (one.status().counters.delivered > 0)
            throw new Error(`${one.name} is not dead`);
    }
    return seconds;
}
async function keepUp(place) {
    const server = BenchPostgres.start();
    try {
        const results = [];
        for (let round = 0; round <= rounds; round++) {
            const cpu = process.cpuUsage();
            const serverCpu = server.cpuUs();
            const seconds = await timeOf([
                subscribe(place, `file-${round}`, file, { path: `file-${round}.ndjson` }),
                subscribe(place, `table-${round}`, postgres, { url: server.url, table: `round_${round}` }),
            ], []);
            const { user, system } = process.cpuUsage(cpu);
            const serverUs = server.cpuUs() - serverCpu;
            rmSync(join(place.directory, `file-${round}.ndjson`));
            if (server.count(`round_${round}`) !== recordCount)
                throw new Error("The table has not every record");
            server.drop(`round_${round}`);
            // The first round warms up.
            if (round === 0)
                continue;
            results.push({
                recordsPerSecond: Math.round(recordCount / seconds),
                cpuUsPerRecord: Number(((user + system) / recordCount).toFixed(1)),
                serverCpuUsPerRecord: Number((serverUs / recordCount).toFixed(1)),
            });
        }
        const speeds = results.map(({ recordsPerSecond }) => recordsPerSecond);
        return {
            recordsPerSecond: median(speeds),
            slowest: Math.min(...speeds),
            fastest: Math.max(...speeds),
            cpuUsPerRecord: median(results.map(({ cpuUsPerRecord }) => cpuUsPerRecord)),
            serverCpuUsPerRecord: median(results.map(({ serverCpuUsPerRecord }) => serverCpuUsPerRecord)),
        };
    }
    finally {
        server.remove();
    }
}
const DEATHS = ["none", "refuses", "hangs"];
async function deadSink(place) {
    const receiver = await startReceiver();
    const held = new Set();
    const hanging = createServer((request) => void request.resume());
    hanging.on("connection", (socket) => held.add(socket));
    await once(hanging.listen(0, "127.0.0.1"), "listening");
    const urls = {
        refuses: "http://127.0.0.1:1/",
        hangs: `http://127.0.0.1:${hanging.address().port}/`,
    };
    const speeds = new Map(DEATHS.map((death) => [death, []]));
    try {
        for (let round = 0; round <= rounds; round++) {
            const order = DEATHS.map((_, at) => DEATHS[(at + round) % DEATHS.length]);
            for (const death of order) {
                const name = `${round}-${death}`;
                const path = `file-${name}.ndjson`;
                const alive = [
                    subscribe(place, `file-${name}`, file, { path }),
                    subscribe(place, `hook-${name}`, webhook, { url: receiver.url, allowPrivateAddresses: true }),
                ];
                const dead = death === "none"
                    ? []
                    : [
                        subscribe(place, `dead-${name}`, webhook, {
                            url: urls[death],
                            allowPrivateAddresses: true,
                            timeout: "1s",
                        }),
                    ];
                const seconds = await timeOf(alive, dead);
                rmSync(join(place.directory, path));
                if (round > 0)
                    speeds.get(death)?.push(recordCount / seconds);
            }
        }
    }
    finally {
        receiver.process.kill();
        for (const socket of held)
            socket.destroy();
        hanging.close();
    }
    const without = speeds.get("none") ?? [];
    const ratio = (death) => Number(median(speeds.get(death)?.map((speed, at) => speed / without[at]) ?? []).toFixed(3));
    return {
        recordsPerSecondWithout: Math.round(median(without)),
        ratioWhereOneRefuses: ratio("refuses"),
        ratioWhereOneHangs: ratio("hangs"),
    };
}
async function startReceiver() {
    const child = fork(fileURLToPath(import.meta.url), [RECEIVER]);
    const [port] = (await once(child, "message"));
    return { url: `http://127.0.0.1:${port}/`, process: child };
}
/** Takes everything, in a process of its own. */
function receive() {
    const server = createServer((request, response) => {
        request.resume();
        request.on("end", () => response.end());
    });
    server.listen(0, "127.0.0.1", () => process.send?.(server.address().port));
}
const PARTS = {
    "keep-up": keepUp,
    "dead-sink": deadSink,
};
async function main() {
    const at = process.argv.indexOf("--only");
    const names = at < 0 ? Object.keys(PARTS) : [process.argv[at + 1] ?? ""];
    const directory = mkdtempSync(join(tmpdir(), "wayside-sinks-"));
    const log = await openSqliteLog({
        directory,
        partitions: PARTITIONS,
        chance: runtime.chance,
        freeBytesMin: 0,
    });
    try {
        await fill(log, recordCount, Number.POSITIVE_INFINITY);
        const results = {};
        for (const name of names) {
            const part = PARTS[name];
            if (part === undefined)
                throw new Error(`no part ${name}; there are ${Object.keys(PARTS).join(", ")}`);
            results[name] = await part({ log, directory });
        }
        if (process.argv.includes("--json"))
            console.log(JSON.stringify({ records: recordCount, rounds, ...results }));
        else
            console.log(results);
    }
    finally {
        await log.close();
        await runtime.close();
        rmSync(directory, { recursive: true, force: true });
    }
}
if (process.argv.includes(RECEIVER))
    receive();
else
    await main();
