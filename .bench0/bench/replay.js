/**
 * A million dead letters of one sink in the SQLite store, replayed while records go on coming: `node scripts/bench.mjs replay`,
 * with `--json`, `--letters 1000000`, `--rate 10000` (letters a second at the most), `--live 2000` (records a second) and
 * `--rounds 9`.
 *
 * Open loop: twenty commits a second, each due at its time whatever the hub does. The latency of a record counts from then
 * until the file that it is delivered to is synced; the sink waits 20 ms for a fuller batch instead of its usual second, so that waiting does
 * not hide what the replay costs. In each round the job runs for a while and is paused for as long, in turns; the ratio is
 * that of the p99 of both. Then the job runs to its end.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Replays } from "../src/hub/replays.js";
import { Failure } from "../src/model/failure.js";
import { listIssues } from "../src/operations/dead-letters.js";
import { createSubscription } from "../src/routes/subscription.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { sleep } from "../src/runtime/runtime.js";
import { definition } from "../src/sinks/ndjson-file.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { append, fill, median, optionOf, recordOf } from "./delivery-log.js";
const COMMITS_PER_S = 20;
const SPELL_MS = 4000;
const letterCount = optionOf("--letters", 1_000_000);
const ratePerS = optionOf("--rate", 10_000);
const livePerS = optionOf("--live", 2000);
const rounds = optionOf("--rounds", 9);
const runtime = createNodeRuntime();
const UNKNOWN = new Failure("record.rejected", "None of these vehicles is known here");
const directory = mkdtempSync(join(tmpdir(), "wayside-replay-"));
function subscribe(log, sink) {
    return createSubscription({
        name: "archive",
        sink,
        mode: "every",
        routes: [{ feed: "avl" }],
        begin: "oldest",
        log,
        runtime,
    });
}
/** Refuses each record by name, as a destination does that knows none of the vehicles. */
function refusing() {
    return {
        kind: "delivery",
        open: async () => undefined,
        write: async ({ records }) => {
            const rejected = records.map((_, index) => ({
                index,
                code: "record.rejected",
                message: `No such vehicle "${index}"`,
            }));
            return { outcome: "bad_records", rejected, failure: UNKNOWN };
        },
        close: async () => { },
    };
}
/** Sends live records at their times, and hears when they have arrived. */
class Live {
    #log;
    /** When a commit was due, by the number that its records bear. */
    #due = new Map();
    latencies = [];
    #serial = 0;
    #stopped = false;
    #sending;
    constructor(log) {
        this.#log = log;
    }
    start() {
        this.#sending = this.#send();
    }
    async #send() {
        const began = performance.now();
        const commits = [];
        for (let number = 0; !this.#stopped; number++) {
            const due = began + (number * 1000) / COMMITS_PER_S;
            const early = due - performance.now();
            if (early > 0)
                await sleep(runtime.clock, early);
            this.#due.set(number, due);
            const records = Array.from({ length: livePerS / COMMITS_PER_S }, () => {
                const record = recordOf(letterCount + this.#serial++, Date.now());
                return { ...record, origin: { ...record.origin, offset: number, decoder: "live@1" } };
            });
            const shared = records[0]?.origin;
            commits.push(append(this.#log, records.map((record) => ({ ...record, origin: shared ?? record.origin }))));
        }
        await Promise.all(commits);
    }
    arrived({ records }) {
        const now = performance.now();
        for (const { origin, flags } of records) {
            const due = this.#due.get(origin.offset);
            if (origin.decoder !== "live@1" || due === undefined || flags.includes("replayed"))
                continue;
            this.latencies.push(now - due);
        }
    }
    /** Those since the last time it was asked. */
    take() {
        const taken = this.latencies;
        this.latencies = [];
        return taken;
    }
    async stop() {
        this.#stopped = true;
        await this.#sending;
    }
}
function p99(values) {
    return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}
async function makeLetters(log) {
    await fill(log, letterCount, Number.POSITIVE_INFINITY);
    const began = performance.now();
    const subscription = subscribe(log, refusing());
    await subscription.start();
    if (!(await subscription.drain(600_000)))
        throw new Error("The letters were not made");
    await subscription.close();
    return (performance.now() - began) / 1000;
}
async function measure(log) {
    const live = new Live(log);
    const options = definition.options.parse({ path: "archive.ndjson", batch: { every: "20ms" } });
    const file = definition.create(options, {
        name: "archive",
        runtime,
        baseDirectory: directory,
        secrets: {},
    });
    const subscription = subscribe(log, {
        kind: "delivery",
        ...(file.needs && { needs: file.needs }),
        open: (state) => file.open(state),
        close: () => file.close(),
        write: async (batch, signal) => {
            const delivery = await file.write(batch, signal);
            if (delivery.outcome === "ok")
                live.arrived(batch);
            return delivery;
        },
    });
    await subscription.start();
    const replays = new Replays({ log, runtime, subscriptions: [subscription], onEvent: () => { } });
    live.start();
    const { name } = await replays.begin({ kind: "replay", filter: {}, all: true, ratePerS });
    const lists = [];
    const spells = { with: [], without: [] };
    let inSpells = 0;
    const replayed = async () => (await replays.list()).find((job) => job.name === name)?.counts.replayed ?? 0;
    for (let round = 0; round <= rounds; round++) {
        for (const spell of round % 2 === 0 ? ["with", "without"] : ["without", "with"]) {
            await replays.act(spell === "with" ? "resume" : "pause", name);
            const before = await replayed();
            await sleep(runtime.clock, 500);
            live.take();
            await sleep(runtime.clock, SPELL_MS);
            const latencies = live.take();
            const began = performance.now();
            await listIssues(log);
            if (round === 0)
                continue;
            lists.push(performance.now() - began);
            spells[spell].push(p99(latencies));
            if (spell === "with")
                inSpells += (await replayed()) - before;
        }
    }
    await replays.act("resume", name);
    await replays.idle();
    const job = (await replays.list()).find((one) => one.name === name);
    await live.stop();
    await replays.stop();
    if (!(await subscription.drain(60_000)))
        throw new Error("The sink did not get to the end of the log");
    await subscription.close();
    const fixed = (value, digits = 1) => Number(value.toFixed(digits));
    return {
        letters: letterCount,
        replayed: job?.counts.replayed,
        lettersPerSecond: Math.round(inSpells / (rounds * (SPELL_MS / 1000 + 0.5))),
        p99Ms: fixed(median(spells.without)),
        p99WhileReplayingMs: fixed(median(spells.with)),
        ratio: fixed(median(spells.with.map((value, at) => value / spells.without[at])), 2),
        listMs: fixed(median(lists)),
        listSlowestMs: fixed(Math.max(...lists)),
    };
}
const log = await openSqliteLog({ directory, partitions: 8, chance: runtime.chance, freeBytesMin: 0 });
try {
    const seconds = await makeLetters(log);
    const lettersMadePerSecond = Math.round(letterCount / seconds);
    const result = { lettersMadePerSecond, ...(await measure(log)) };
    console.log(process.argv.includes("--json") ? JSON.stringify(result) : result);
}
finally {
    await log.close();
    await runtime.close();
    rmSync(directory, { recursive: true, force: true });
}
