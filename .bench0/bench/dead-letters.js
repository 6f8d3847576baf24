// A million dead letters of 300 causes in the SQLite store: what listing them by issue, showing one, and one more commit
// take. Usage: node scripts/bench.mjs dead-letters [--json] [--letters 1000000] [--per-pack 100]
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listIssues, showIssue } from "../src/operations/dead-letters.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
const option = (name) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1];
};
const LETTERS = Number(option("--letters") ?? 1_000_000);
const PER_PACK = Number(option("--per-pack") ?? 100);
const CAUSES = 300;
const ROUNDS = 21;
const START = Math.floor(Date.UTC(2026, 10, 22) / 60_000);
function pack(number) {
    const minute = START + Math.floor(number / 20);
    const letters = Array.from({ length: PER_PACK }, (_, at) => {
        const cause = (number * 7 + Math.floor(at / 10)) % CAUSES;
        return {
            time: minute * 60_000 + at,
            stage: "interpret",
            code: "decode.record",
            message: `Field "f${cause % 10}" of kind ${"abcdefghijklmnopqrstuvwxyzABCD"[Math.floor(cause / 10)]} is none: ${number}`,
            feed: `feed-${cause % 10}`,
            upstream: 0,
            frame: { partition: 0, offset: number },
            index: at,
            receivedTime: minute * 60_000,
            decoder: "json@1",
            sample: '{"vehicle":"1234","lat":"none","lon":-87.62}',
        };
    });
    return {
        topic: "dead-letters",
        partition: number % 8,
        feed: "feed",
        minute,
        count: PER_PACK,
        head: "{}",
        body: JSON.stringify(letters),
    };
}
async function timed(work) {
    const began = performance.now();
    const result = await work();
    return { ms: performance.now() - began, result };
}
async function median(work) {
    const times = [];
    for (let round = 0; round < ROUNDS; round++)
        times.push((await timed(work)).ms);
    return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}
async function main() {
    const directory = mkdtempSync(join(tmpdir(), "wayside-bench-dlq-"));
    const chance = { next: Math.random, bytes: (length) => new Uint8Array(randomBytes(length)) };
    const open = () => openSqliteLog({ directory, chance, durability: "os", host: "in-thread", reserveBytes: 0 });
    let log = await open();
    try {
        const fill = await timed(async () => {
            for (let number = 0; number < LETTERS / PER_PACK; number++)
                await log.commit({ append: [pack(number)] });
        });
        await log.close();
        log = await open();
        const first = await timed(() => listIssues(log));
        const list = await median(() => listIssues(log));
        const id = first.result.issues[0]?.id;
        const show = await median(() => showIssue(log, id));
        const settle = await timed(async () => {
            const { letters } = await log.letters({ issues: [id], limit: 1000 });
            await log.commit({
                letters: letters.map(({ partition, offset }) => ({ partition, offset, to: "replayed" })),
            });
        });
        const figures = {
            letters: first.result.open,
            issues: first.result.issues.length,
            fillMicrosPerLetter: (fill.ms * 1000) / LETTERS,
            listFirstMs: first.ms,
            listMs: list,
            showMs: show,
            settleThousandMs: settle.ms,
        };
        if (process.argv.includes("--json"))
            console.log(JSON.stringify(figures));
        else
            for (const [name, value] of Object.entries(figures))
                console.log(`${name.padEnd(22)}${Number(value.toFixed(2))}`);
    }
    finally {
        await log.close();
        rmSync(directory, { recursive: true, force: true });
    }
}
await main();
