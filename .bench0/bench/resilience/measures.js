import { createHook } from "node:async_hooks";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { createUpstream } from "../../src/resilience/index.js";
import { bare, bareTimeout, cockatiel, cockatielBreaker, DEFAULTS, interleave, median, mustFail, opossum, pRetryOpossum, wayside, waysideAdmit, waysideSyncJob, waysideUpstream, } from "./stacks.js";
const ignoreSignal = async () => 1;
const readSignal = async (context) => (context.signal.aborted ? 0 : 1);
const turn = () => new Promise((resolve) => setImmediate(resolve));
function collect() {
    const { gc } = globalThis;
    if (gc === undefined)
        throw new Error("run it with node --expose-gc: npm run bench:resilience");
    gc();
    gc();
}
/** Nanoseconds of one successful call. */
export async function success() {
    const subject = (stack, work, name = stack.name) => ({
        name,
        async run(calls) {
            for (let call = 0; call < calls; call += 1)
                await stack.call(work);
        },
    });
    const plain = async () => 1;
    return interleave([
        {
            name: "bare await",
            async run(calls) {
                for (let call = 0; call < calls; call += 1)
                    await plain();
            },
        },
        subject(bareTimeout(), readSignal),
        subject(cockatiel(), ignoreSignal),
        subject(opossum(), ignoreSignal),
        subject(pRetryOpossum(), ignoreSignal),
        subject(wayside(), ignoreSignal),
        subject(wayside(), readSignal, "wayside execute, signal read"),
        subject(waysideSyncJob(), ignoreSignal),
    ], 11, 10_000);
}
/** Nanoseconds of one refused call, breaker open. */
export async function refusal() {
    const stacks = [cockatielBreaker(), opossum(), wayside(), waysideSyncJob()];
    const stale = stacks[3];
    await stale?.call(ignoreSignal);
    const admit = waysideAdmit();
    for (const stack of [...stacks, admit])
        await stack.open();
    const subjects = stacks.map((stack) => ({
        name: stack === stale ? "wayside syncJob, labelled stale copy" : stack.name,
        async run(calls) {
            for (let call = 0; call < calls; call += 1) {
                try {
                    await stack.call(ignoreSignal);
                }
                catch {
                    // The refusal is what is measured.
                }
            }
        },
    }));
    const bareAdmit = {
        name: admit.name,
        run(calls) {
            for (let call = 0; call < calls; call += 1)
                void admit.call(ignoreSignal);
        },
    };
    return interleave([...subjects, bareAdmit], 11, 10_000);
}
/**
 * Bytes of young heap that one successful call allocates. One call of the stack is under way all the time, as in a process
 * that serves: a collection that finds none drops what V8 compiled for its objects, and slower code that allocates more
 * would be measured.
 */
export async function heapPerCall() {
    const figures = new Map();
    const subjects = [
        ["bare AbortController + setTimeout", bareTimeout(), readSignal],
        ["cockatiel 3.2.1 wrap(retry, breaker, timeout)", cockatiel(), ignoreSignal],
        ["opossum 9.0.0 fire", opossum(), ignoreSignal],
        ["p-retry 7.1.1 + opossum 9.0.0, statistics off", pRetryOpossum(), ignoreSignal],
        ["wayside execute, all policies", wayside(), ignoreSignal],
        ["wayside execute, signal read", wayside(), readSignal],
        ["wayside syncJob, small object cached", waysideSyncJob(), ignoreSignal],
    ];
    for (const [name, stack, work] of subjects) {
        for (let call = 0; call < 20_000; call += 1)
            await stack.call(work);
        const held = [];
        const underWay = stack.call(async (context) => {
            await new Promise((resolve) => held.push(resolve));
            return work(context);
        });
        const samples = [];
        for (let sample = 0; sample < 15; sample += 1) {
            collect();
            // Few enough to stay inside of the young generation, so that no collection happens in between.
            const calls = 300;
            const before = process.memoryUsage().heapUsed;
            for (let call = 0; call < calls; call += 1)
                await stack.call(work);
            samples.push((process.memoryUsage().heapUsed - before) / calls);
        }
        figures.set(name, Math.round(median(samples)));
        for (const one of held)
            one();
        await underWay;
        stack.close();
    }
    return figures;
}
/** Heap of 10,000 that nobody calls; timers that they hold. */
export async function idle() {
    const figures = new Map();
    const count = 10_000;
    const measure = async (name, make, release) => {
        collect();
        await turn();
        collect();
        let timers = 0;
        const hook = createHook({
            init(_id, type) {
                if (type === "Timeout" || type === "Immediate")
                    timers += 1;
            },
        });
        const before = process.memoryUsage().heapUsed;
        const kept = new Array(count);
        hook.enable();
        for (let at = 0; at < count; at += 1)
            kept[at] = make();
        hook.disable();
        collect();
        figures.set(name, Math.round((process.memoryUsage().heapUsed - before) / count));
        figures.set(`${name}, timers of 10,000`, timers);
        for (const made of kept)
            release(made);
    };
    const { Breaker } = await import("../../src/resilience/breaker.js");
    const { resolveOptions } = await import("../../src/resilience/resolve-options.js");
    const settings = resolveOptions({});
    const chance = { next: Math.random, bytes: (length) => new Uint8Array(length) };
    const owner = { onTransition() { }, onProbe() { }, onLateResult() { } };
    await measure("wayside breaker", () => new Breaker(settings, chance, owner), () => { });
    await measure("wayside upstream", () => createUpstream("idle"), () => { });
    await measure("cockatiel 3.2.1 breaker", () => cockatielBreaker(), () => { });
    await measure("cockatiel 3.2.1 wrap", () => cockatiel(), () => { });
    await measure("opossum 9.0.0", () => opossum(), (made) => made.close());
    return figures;
}
/** 10,000 concurrent jobs, each of which fails three times and then succeeds. */
export async function storm(rounds) {
    const options = { threshold: 1_000_000_000, baseMs: 100, limit: 1_000_000 };
    const makers = [bare, wayside, cockatiel, pRetryOpossum];
    const results = new Map();
    for (let round = 0; round < rounds; round += 1) {
        for (const make of makers) {
            const stack = make(options);
            const list = results.get(stack.name) ?? [];
            list.push(await stormOnce(stack));
            results.set(stack.name, list);
            stack.close();
        }
    }
    return new Map([...results].map(([name, list]) => {
        const of = (field) => median(list.map((storm) => storm[field]));
        const storms = {
            cpuMs: of("cpuMs"),
            wallMs: of("wallMs"),
            delayP99Ms: of("delayP99Ms"),
            delayMaxMs: of("delayMaxMs"),
            rssMb: of("rssMb"),
        };
        return [name, storms];
    }));
}
async function stormOnce(stack) {
    collect();
    await turn();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const cpu = process.cpuUsage();
    const start = performance.now();
    const jobs = [];
    for (let job = 0; job < 10_000; job += 1) {
        let left = 3;
        const work = async () => {
            if (left === 0)
                return 1;
            left -= 1;
            throw Object.assign(new Error("down"), { code: "ECONNRESET" });
        };
        jobs.push(stack.call(work));
    }
    await Promise.all(jobs);
    const used = process.cpuUsage(cpu);
    delay.disable();
    return {
        cpuMs: Math.round((used.user + used.system) / 1_000),
        wallMs: Math.round(performance.now() - start),
        delayP99Ms: round1(delay.percentile(99) / 1e6),
        delayMaxMs: round1(delay.max / 1e6),
        rssMb: Math.round(process.memoryUsage().rss / 1_048_576),
    };
}
function round1(value) {
    return Math.round(value * 10) / 10;
}
/** Milliseconds that one failing call holds the event loop after 300,000 successes. */
export async function failureAfterMany() {
    const figures = new Map();
    for (const stack of [wayside(), opossum()]) {
        for (let call = 0; call < 300_000; call += 1)
            await stack.call(ignoreSignal);
        const samples = [];
        for (let sample = 0; sample < 5; sample += 1) {
            const start = performance.now();
            await mustFail(stack.call(async () => {
                throw Object.assign(new Error("down"), { status: 404 });
            }));
            samples.push(performance.now() - start);
        }
        figures.set(stack.name, Math.round(median(samples) * 1_000) / 1_000);
        stack.close();
    }
    return figures;
}
/**
 * Microseconds to start one of many calls: 1,000 or 16,000 of them on one signal, and 16,000 on 16 signals, which tells
 * what the signal costs from what it costs to have so many in flight. Rounds are interleaved, and each starts with a
 * collection, so that none pays for what the last one left.
 */
export async function sharedSignal() {
    const loads = [
        ["at 1000", 1, 1_000],
        ["at 16000", 1, 16_000],
        ["at 16 x 1000", 16, 1_000],
    ];
    const figures = new Map();
    for (const make of [wayside, cockatiel, pRetryOpossum, bareTimeout]) {
        const samples = new Map(loads.map(([name]) => [name, []]));
        for (let round = 0; round < 7; round += 1) {
            for (let step = 0; step < loads.length; step += 1) {
                const load = loads[(step + round) % loads.length];
                if (load === undefined)
                    continue;
                const [name, signals, calls] = load;
                const stack = make({ ...DEFAULTS, limit: 1_000_000 });
                samples.get(name)?.push(await startMany(stack, signals, calls));
            }
        }
        for (const [name, list] of samples) {
            figures.set(`${make(DEFAULTS).name} ${name}`, Math.round(median(list) * 100) / 100);
        }
    }
    return figures;
}
/** Microseconds per call to start `calls` on each of `signals`, all in flight at one time. */
async function startMany(stack, signals, calls) {
    const release = [];
    const work = () => new Promise((resolve) => release.push(() => resolve(1)));
    const jobs = [];
    const controllers = Array.from({ length: signals }, () => new AbortController());
    collect();
    await turn();
    const start = performance.now();
    for (const { signal } of controllers) {
        for (let call = 0; call < calls; call += 1)
            jobs.push(stack.call(work, signal));
    }
    await turn();
    const each = ((performance.now() - start) * 1_000) / (signals * calls);
    for (const one of release)
        one();
    await Promise.all(jobs);
    stack.close();
    return each;
}
/** A dead upstream behind a limit of 8, 1,000 jobs at one time: requests that reach it, and milliseconds until all know. */
export async function deadUpstream() {
    const requests = [];
    const times = [];
    for (let sample = 0; sample < 5; sample += 1) {
        const upstream = waysideUpstream({ ...DEFAULTS, limit: 8 });
        let sent = 0;
        const start = performance.now();
        await Promise.all(Array.from({ length: 1_000 }, (_, job) => upstream.syncJob(`job ${job}`, async () => {
            sent += 1;
            await new Promise((resolve) => setTimeout(resolve, 20));
            throw Object.assign(new Error("down"), { code: "ECONNREFUSED" });
        })));
        times.push(performance.now() - start);
        requests.push(sent);
        await upstream.dispose();
    }
    return new Map([
        ["requests", median(requests)],
        ["settled after ms", Math.round(median(times))],
    ]);
}
