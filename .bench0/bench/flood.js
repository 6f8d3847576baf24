// What a flood leaves behind: eight clients push frames of 400 buses as fast as they are taken, then the hub is told to
// stop and started again on what this left. How long both take, on the built command line as a process of its own.
// Usage: npm run build && node scripts/bench.mjs flood [--seconds 30] [--json] [--profile FOLDER]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { protobufFrames } from "./pipeline-frames.js";
const BUSES = 400;
const CLIENTS = 8;
const CONFIG = `
agencies: { metro: { timezone: America/Chicago } }
feeds:
  metro-avl:
    agency: metro
    upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }]
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt, directory: ./feeds }
  archive: { type: ndjson-file, path: ./archive.ndjson }
routes:
  - { from: metro-avl, to: rider-feed, mode: latest }
  - { from: metro-avl, to: archive, mode: every }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;
function parameter(name) {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1];
}
const seconds = Number(parameter("--seconds") ?? 30);
const profiles = parameter("--profile");
/** A new store holds nothing, so its hub is not ready until somebody pushes; one that comes back is. */
async function start(folder, isNew = false) {
    const from = performance.now();
    const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
    const words = [...profiling, join("dist", "cli", "main.js"), "run", join(folder, "wayside.yaml"), "--json"];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const started = await new Promise((resolve) => {
        let text = "";
        child.stdout.on("data", (chunk) => {
            text = `${text.slice(-10_000)}${chunk.toString()}`;
            const line = text.split("\n").find((one) => one.includes('"event":"started"') && one.endsWith("}"));
            if (line !== undefined)
                resolve(line);
        });
    });
    const { status } = JSON.parse(started);
    const url = new URL(status).origin;
    while (!isNew && (await fetch(`${url}/readyz`)).status !== 200)
        await pause(20);
    return { child, url, readyS: (performance.now() - from) / 1000, ended };
}
async function stop({ child, ended, }) {
    const from = performance.now();
    child.kill("SIGTERM");
    const code = await ended;
    return { stopS: (performance.now() - from) / 1000, code };
}
async function flood(url) {
    const frames = protobufFrames(BUSES);
    let [taken, busy] = [0, 0];
    // Young enough to be served after the restarts; what comes at a second that was used already is a revision.
    let second = Math.floor(Date.now() / 1000) - 120;
    const until = performance.now() + seconds * 1000;
    const client = async () => {
        while (performance.now() < until) {
            second = Math.min(second + 1, Math.floor(Date.now() / 1000));
            const headers = { "content-type": "application/x-protobuf" };
            const { status } = await fetch(`${url}/in`, { method: "POST", headers, body: frames.make(second) });
            if (status < 300)
                taken++;
            else {
                busy++;
                await pause(50);
            }
        }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return { frames: taken, busy };
}
const lagOf = async (url) => {
    const { sinks } = (await (await fetch(`${url}/status.json`)).json());
    return Object.fromEntries(sinks.map(({ name, lagEntries }) => [name, lagEntries]));
};
const folder = mkdtempSync(join(tmpdir(), "wayside-flood-"));
let running;
try {
    writeFileSync(join(folder, "wayside.yaml"), CONFIG);
    running = await start(folder, true);
    const { frames, busy } = await flood(running.url);
    const lag = await lagOf(running.url);
    const stopped = await stop(running);
    const storeMB = statSync(join(folder, "store", "wayside.db")).size / 1e6;
    const rounds = [];
    for (let round = 0; round < 3; round++) {
        running = await start(folder);
        const left = await lagOf(running.url);
        rounds.push({ readyS: running.readyS, left, ...(await stop(running)) });
    }
    const result = { frames, busy, reports: frames * BUSES, storeMB, lag, ...stopped, rounds };
    process.stdout.write(`${JSON.stringify(result, undefined, process.argv.includes("--json") ? 0 : 2)}\n`);
}
finally {
    running?.child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
}
