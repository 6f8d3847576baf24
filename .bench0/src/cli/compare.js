import { createHash } from "node:crypto";
import { resolve as resolvePath } from "node:path";
import { Comparison } from "../comparison/comparison.js";
import { measureLive } from "../comparison/live.js";
import { measureRecorded, withoutVehicles } from "../comparison/recorded.js";
import { reportOf } from "../comparison/report.js";
import { reportPage } from "../comparison/report-page.js";
import { reportText } from "../comparison/report-text.js";
import { SIDES } from "../comparison/tally.js";
import { judge, LIMITS } from "../comparison/verdict.js";
import { formatIsoTime } from "../formats/iso-time.js";
import { isTimezone } from "../formats/local-time.js";
import { parseDuration } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { openTimetable } from "./compare-schedule.js";
import { EXIT } from "./exit-codes.js";
import { withTemporaryFolder } from "./temporary-folder.js";
import { UsageError } from "./usage-error.js";
const SAVE_EVERY_MS = 60_000;
const EVERY_LEAST_MS = 5_000;
const FOR_MAX_MS = 62 * 86_400_000;
/** Compares two GTFS-realtime feeds, live or recorded, and says whether B can take the place of A. */
export async function compare(a, b, options, context) {
    const { terminal } = context;
    const given = { a, b };
    const isLive = checkInputs(given, options);
    const limits = limitsOf(options.limit ?? []);
    const runtime = await reaching(options, context);
    const stop = new AbortController();
    const forget = terminal.onStop(() => stop.abort());
    const measure = async (schedule) => {
        const timezone = options.timezone ?? schedule?.timezone ?? "UTC";
        const run = { given, options, context, runtime, timezone, schedule, signal: stop.signal };
        const comparison = isLive ? await live(run) : await recorded(run);
        checkMeasured(comparison, given);
        const labels = { a: shownInput(a), b: shownInput(b) };
        const report = reportOf(comparison, judge(comparison, limits), labels);
        await write(report, options, context);
        return report.verdict.go ? EXIT.ok : EXIT.noGo;
    };
    try {
        if (options.gtfs === undefined)
            return await measure(undefined);
        const path = options.gtfs;
        return await withTemporaryFolder(async (folder) => {
            const schedule = await openTimetable(path, folder, runtime, context);
            return measure(schedule).finally(() => schedule.close());
        });
    }
    catch (thrown) {
        if (!(thrown instanceof Failure && thrown.code.startsWith("decode.")))
            throw thrown;
        terminal.err(`wayside: ${thrown.message}`);
        return EXIT.config;
    }
    finally {
        forget();
    }
}
async function recorded({ given, context, options, timezone, schedule, signal }) {
    const { runtime, workingDirectory, terminal } = context;
    const comparison = new Comparison(timezone, schedule?.timetable);
    const progress = terminal.progress(runtime.clock);
    await measureRecorded({
        files: runtime.files,
        paths: { a: resolvePath(workingDirectory, given.a), b: resolvePath(workingDirectory, given.b) },
        pairMs: durationOf("--pair", options.pair, 1_000),
        comparison,
        prepare: async (time) => schedule?.prepare(time),
        onProgress: (done, all) => progress.show(`${done} of ${all} moments`),
        signal,
    });
    progress.end();
    return comparison;
}
async function live({ given, context, runtime, options, timezone, schedule, signal, }) {
    const { terminal, workingDirectory } = context;
    const { clock, files } = runtime;
    const statePath = options.state === undefined ? undefined : resolvePath(workingDirectory, options.state);
    // The addresses may hold keys, so only their hash is kept.
    const what = createHash("sha256")
        .update(JSON.stringify([given, timezone, options.gtfs, ...besideOf(options)]))
        .digest("hex");
    const saved = statePath === undefined ? undefined : await readState(statePath, what, context);
    const comparison = new Comparison(timezone, schedule?.timetable, saved?.comparison);
    const startedTime = saved?.startedTime ?? clock.now();
    const until = startedTime + durationOf("--for", options.for, 1_000);
    if (saved !== undefined)
        terminal.err(`Goes on with what was measured since ${formatIsoTime(startedTime)}.`);
    const progress = terminal.progress(clock);
    let savedAt = clock.monotonic();
    const save = async () => {
        if (statePath === undefined)
            return;
        const state = { v: 1, what, startedTime, comparison: comparison.save() };
        await files.writeAtomic(statePath, JSON.stringify(state), { ownerOnly: true });
        savedAt = clock.monotonic();
    };
    await measureLive({
        runtime,
        urls: given,
        beside: { updates: pairOf(options.tripUpdates), alerts: pairOf(options.alerts) },
        everyMs: durationOf("--every", options.every, EVERY_LEAST_MS),
        until,
        comparison,
        prepare: async (time) => schedule?.prepare(time),
        onMoment: async (now) => {
            progress.show(progressOf(comparison, now, until));
            if (clock.monotonic() - savedAt >= SAVE_EVERY_MS)
                await save();
        },
        signal,
    });
    progress.end();
    await save();
    return comparison;
}
/** Part of what a state is of; nothing for one of positions only. */
function besideOf({ tripUpdates, alerts }) {
    return tripUpdates === undefined && alerts === undefined ? [] : [{ tripUpdates, alerts }];
}
function pairOf(urls) {
    const [a, b] = urls ?? [];
    return a === undefined || b === undefined ? undefined : { a, b };
}
/** The machine, with the proxy and the authorities of the options: what `network` is to a hub. */
async function reaching(options, context) {
    const { runtime, workingDirectory } = context;
    const { ca = [], proxy } = options;
    if (ca.length === 0 && proxy === undefined)
        return runtime;
    const { http, files } = runtime;
    if (proxy !== undefined && proxy !== "none" && !/^https?:\/\//i.test(proxy))
        throw new UsageError("--proxy is none, or a URL such as http://proxy:3128");
    const texts = ca.map(async (file) => {
        const pem = new TextDecoder().decode(await files.read(resolvePath(workingDirectory, file)));
        if (!pem.includes("-----BEGIN CERTIFICATE-----"))
            throw new UsageError(`--ca ${file} holds no certificate in PEM form`);
        return pem;
    });
    const network = {
        ...(proxy !== undefined && { proxy: proxy === "none" ? "none" : { url: proxy } }),
        certificateAuthorities: await Promise.all(texts),
    };
    return { ...runtime, http: http.through?.(network) ?? http };
}
function progressOf(comparison, now, until) {
    const { counts } = [...comparison.hours.values()].at(-1) ?? { counts: undefined };
    const hoursLeft = Math.max(0, until - now) / 3_600_000;
    const left = hoursLeft < 48 ? `${hoursLeft.toFixed(1)} h` : `${(hoursLeft / 24).toFixed(1)} d`;
    const parts = SIDES.map((side) => {
        const { readings, failures } = comparison.health[side];
        const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
        return `${side.toUpperCase()} read ${readings} times, ${failed} failed`;
    });
    const vehicles = `this hour: ${counts?.both ?? 0} vehicles in both, ${counts?.onlyA ?? 0} in A only, ${counts?.onlyB ?? 0} in B only`;
    return [...parts, vehicles, `${left} left`].join(" | ");
}
async function readState(path, what, { runtime }) {
    if ((await runtime.files.stat(path)) === undefined)
        return undefined;
    let state;
    try {
        state = JSON.parse(new TextDecoder().decode(await runtime.files.read(path)));
    }
    catch (thrown) {
        if (!(thrown instanceof SyntaxError))
            throw thrown;
        throw new UsageError(`${path} is no state of a comparison; name another file, or remove it`);
    }
    if (state.v !== 1 || state.comparison === undefined)
        throw new UsageError(`${path} is no state of a comparison; name another file, or remove it`);
    if (state.what !== what)
        throw new UsageError(`${path} is of other feeds, another schedule or time zone; name another file`);
    return state;
}
function checkInputs(given, options) {
    const isUrl = SIDES.map((side) => /^https?:\/\//i.test(given[side]));
    if (isUrl[0] !== isUrl[1])
        throw new UsageError("A and B must be of one kind: two URLs to read live, or two recordings");
    if (options.timezone !== undefined && !isTimezone(options.timezone))
        throw new UsageError(`--timezone ${options.timezone} is unknown; use an IANA name such as America/Chicago`);
    for (const [name, urls] of [
        ["--trip-updates", options.tripUpdates],
        ["--alerts", options.alerts],
    ]) {
        if (urls === undefined)
            continue;
        if (isUrl[0] === false)
            throw new UsageError(`${name} is for feeds that are read live`);
        const areUrls = urls.every((url) => /^https?:\/\//i.test(url) && URL.canParse(url));
        if (urls.length !== 2 || !areUrls)
            throw new UsageError(`${name} takes two URLs, of A and of B, behind those of the positions`);
    }
    if (isUrl[0] === false) {
        if (options.state !== undefined)
            throw new UsageError("--state is for feeds that are read live");
        return false;
    }
    for (const side of SIDES)
        if (!URL.canParse(given[side]))
            throw new UsageError(`${side.toUpperCase()} is no valid URL`);
    if (durationOf("--for", options.for, 1_000) > FOR_MAX_MS)
        throw new UsageError("--for is more than 62d");
    durationOf("--every", options.every, EVERY_LEAST_MS);
    return true;
}
function durationOf(name, text, leastMs) {
    const ms = parseDuration(text);
    if (ms === undefined)
        throw new UsageError(`${name} ${text} is no duration such as 15s, 2h or 14d`);
    if (ms < leastMs)
        throw new UsageError(`${name} ${text} is too short; at least ${leastMs / 1000}s`);
    return ms;
}
/** `missing=2%`, `age=30s`, `distance=80`. */
function limitsOf(given) {
    const limits = {};
    for (const text of given) {
        const [name = "", written = ""] = text.split("=");
        const limit = LIMITS.find((candidate) => candidate.name === name);
        if (limit === undefined)
            throw new UsageError(`--limit ${text}: the limits are ${LIMITS.map((one) => one.name).join(", ")}`);
        const ending = limit.unit === "share" ? "%" : limit.unit === "seconds" ? "s" : limit.unit === "metres" ? "m" : "";
        const number = new RegExp(`^(\\d+(?:\\.\\d+)?)${ending === "" ? "" : `${ending}?`}$`).exec(written)?.[1];
        if (number === undefined)
            throw new UsageError(`--limit ${text} is not of the form ${name}=${limit.unit === "share" ? "1%" : `20${ending}`}`);
        limits[name] = limit.unit === "share" ? Number(number) / 100 : Number(number);
    }
    return limits;
}
/** What never was a feed, or never held a vehicle, gets no verdict. */
function checkMeasured(comparison, given) {
    for (const side of SIDES) {
        const { messages, failures, vehicles } = comparison.health[side];
        const name = `${side.toUpperCase()} (${shownInput(given[side])})`;
        if (messages === 0) {
            const [reason = "it was stopped before the first answer"] = [...failures.keys()];
            throw new Failure("decode.format", `${name} could not be read in all the time: ${reason}`);
        }
        if (vehicles === 0)
            throw withoutVehicles(name);
    }
}
/** An address without what may be a key. */
function shownInput(input) {
    if (!URL.canParse(input) || !/^https?:/i.test(input))
        return input;
    const url = new URL(input);
    return `${url.origin}${url.pathname}`;
}
async function write(report, options, { terminal, runtime, workingDirectory }) {
    if (options.json)
        terminal.out(JSON.stringify(report));
    else
        for (const line of reportText(report))
            terminal.out(line);
    if (options.html === undefined)
        return;
    await runtime.files.writeAtomic(resolvePath(workingDirectory, options.html), reportPage(report));
    terminal.err(`The page is in ${options.html}.`);
}
