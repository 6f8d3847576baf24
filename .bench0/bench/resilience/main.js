// Compares the resilience core with cockatiel, opossum, p-retry and a bare loop: one process, interleaved rounds,
// medians. Trust ratios, not absolutes. `--json` prints one line of JSON, `--quick` leaves the storm at one round.
import { deadUpstream, failureAfterMany, heapPerCall, idle, refusal, sharedSignal, storm, success, } from "./measures.js";
const COCKATIEL = "cockatiel 3.2.1 wrap(retry, breaker, timeout)";
const OPOSSUM = "opossum 9.0.0 fire";
const BARE = "bare AbortController + setTimeout";
const WAYSIDE = "wayside execute, all policies";
const isJson = process.argv.includes("--json");
// Warnings of the libraries under test (listener leaks) are part of what they cost, and not of what is read here.
process.removeAllListeners("warning");
process.on("warning", () => { });
const progress = (text) => {
    if (!isJson)
        process.stdout.write(`measuring ${text} ...\n`);
};
progress("successes");
const successes = await success();
progress("refusals");
const refusals = await refusal();
progress("heap per call");
const heap = await heapPerCall();
progress("idle upstreams");
const idling = await idle();
progress("one failure after 300,000 successes");
const failure = await failureAfterMany();
progress("many calls on one signal");
const shared = await sharedSignal();
progress("a dead upstream");
const dead = await deadUpstream();
progress("10,000 jobs that fail three times");
const storms = await storm(process.argv.includes("--quick") ? 1 : 3);
const of = (figures, name) => figures.get(name) ?? Number.NaN;
const ratio = (a, b) => Math.round((1_000 * a) / b) / 1_000;
const growth = (name) => ratio(of(shared, `${name} at 16000`), of(shared, `${name} at 1000`));
const stormOf = (name) => storms.get(name) ?? { cpuMs: 0, delayP99Ms: 0, delayMaxMs: 0, rssMb: 0, wallMs: 0 };
const ours = stormOf(WAYSIDE);
const bareStorm = stormOf("bare loop");
const STALE = "wayside syncJob, labelled stale copy";
const summary = {
    successVsOpossum: ratio(of(successes, WAYSIDE), of(successes, OPOSSUM)),
    successVsCockatiel: ratio(of(successes, WAYSIDE), of(successes, COCKATIEL)),
    successNs: Math.round(of(successes, WAYSIDE)),
    signalReadVsBare: ratio(of(successes, "wayside execute, signal read"), of(successes, BARE)),
    signalReadVsCockatiel: ratio(of(successes, "wayside execute, signal read"), of(successes, COCKATIEL)),
    syncJobNs: Math.round(of(successes, "wayside syncJob, small object cached")),
    refusalVsOpossum: ratio(of(refusals, WAYSIDE), of(refusals, OPOSSUM)),
    refusalVsCockatiel: ratio(of(refusals, WAYSIDE), of(refusals, "cockatiel 3.2.1 breaker")),
    staleRefusalVsOpossum: ratio(of(refusals, STALE), of(refusals, OPOSSUM)),
    staleRefusalVsCockatiel: ratio(of(refusals, STALE), of(refusals, "cockatiel 3.2.1 breaker")),
    admitNs: Math.round(of(refusals, "wayside admit")),
    stormCpuVsBare: ratio(ours.cpuMs, bareStorm.cpuMs),
    stormDelayP99VsBare: ratio(ours.delayP99Ms, bareStorm.delayP99Ms),
    stormDelayMaxVsBare: ratio(ours.delayMaxMs, bareStorm.delayMaxMs),
    stormRssOverBareMb: ours.rssMb - bareStorm.rssMb,
    heapPerCallBytes: of(heap, WAYSIDE),
    heapPerCallSignalReadBytes: of(heap, "wayside execute, signal read"),
    idleBreakerBytes: of(idling, "wayside breaker"),
    idleUpstreamBytes: of(idling, "wayside upstream"),
    idleTimers: of(idling, "wayside upstream, timers of 10,000"),
    failureAfterManyMs: of(failure, WAYSIDE),
    sharedSignalGrowth: growth(WAYSIDE),
    sharedSignalGrowthOfBare: growth(BARE),
    sharedSignalVs16Signals: ratio(of(shared, `${WAYSIDE} at 16000`), of(shared, `${WAYSIDE} at 16 x 1000`)),
    deadUpstreamRequests: of(dead, "requests"),
    deadUpstreamSettledMs: of(dead, "settled after ms"),
};
if (isJson) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
}
else {
    const table = (title, figures, unit) => {
        process.stdout.write(`\n${title}\n`);
        for (const [name, value] of figures) {
            process.stdout.write(`  ${name.padEnd(50)} ${String(Math.round(value * 10) / 10).padStart(9)} ${unit}\n`);
        }
    };
    table("One successful call", successes, "ns");
    table("One refused call, breaker open", refusals, "ns");
    table("Heap per call", heap, "B");
    table("10,000 idle", idling, "B each, or timers");
    table("One failure after 300,000 successes", failure, "ms");
    table("Calls that share one signal", shared, "us per call");
    table("Dead upstream, 1,000 jobs, limit 8", dead, "");
    process.stdout.write("\n10,000 jobs, 3 failures each, then success\n");
    for (const [name, { cpuMs, wallMs, delayP99Ms, delayMaxMs, rssMb }] of storms) {
        process.stdout.write(`  ${name.padEnd(50)} cpu ${cpuMs} ms, loop p99 ${delayP99Ms} ms, max ${delayMaxMs} ms, rss ${rssMb} MB, wall ${wallMs} ms\n`);
    }
    process.stdout.write(`\n${JSON.stringify(summary, null, "\t")}\n`);
}
process.exit(0);
