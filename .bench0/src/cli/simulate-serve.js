import { parseRate } from "../formats/quantities.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { PROFILE_NAMES } from "../simulation/city-profile.js";
import { createFastClock } from "../simulation/fast-clock.js";
import { FORMAT_CHANGES } from "../simulation/gateway-changes.js";
import { SPEECH_PATHS, SPEECHES } from "../simulation/gateway-speeches.js";
import { serveAgency } from "../simulation/serve.js";
import { servedHubConfig } from "../simulation/serve-config.js";
import { EXIT } from "./exit-codes.js";
import { UsageError } from "./usage-error.js";
const PROGRESS_EVERY_MS = SECOND_MS;
const SPEED_MAX = 1000;
const SHARE = /^(\d{1,2}|100)%$/;
/** Runs the simulated agency by itself until Ctrl-C, or prints the configuration of a hub that reads it. */
export async function simulateServe(options, context) {
    const { terminal, runtime } = context;
    const port = whole("--port", options.port, 0, 65_535);
    const vehicles = whole("--vehicles", options.vehicles, 2, 5_000);
    const seed = whole("--seed", options.seed ?? "7", 0, 999_999_999);
    const speeches = options.format === undefined ? SPEECHES : [speechOf(options.format)];
    const profile = options.profile === undefined ? undefined : profileOf(options.profile);
    const clock = createFastClock(runtime.clock, speedOf(options.speed));
    const changes = options.change.map((text) => changeOf(text, clock.now()));
    const link = options.bandwidth === undefined ? undefined : linkOf(options.bandwidth);
    if (options.printConfig) {
        terminal.out(servedHubConfig(`http://127.0.0.1:${port}`, options.format === undefined ? undefined : speeches[0]));
        return EXIT.ok;
    }
    const agency = await serveAgency({
        clock,
        port,
        seed,
        vehicles,
        speeches,
        changes,
        ...(profile === undefined ? {} : { profile }),
        ...(link === undefined ? {} : { link }),
        ...(options.calm ? { faults: "none" } : {}),
    });
    const urls = {};
    for (const speech of speeches)
        urls[speech] = agency.url + SPEECH_PATHS[speech];
    urls["gtfs"] = `${agency.url}/gtfs.zip`;
    if (options.json) {
        terminal.out(JSON.stringify({ url: agency.url, seed, vehicles: agency.city.vehicles.length, urls }));
    }
    else {
        terminal.out(`A simulated agency with ${agency.city.vehicles.length} vehicles (seed ${seed}): ${agency.url}`);
        for (const [name, url] of Object.entries(urls))
            terminal.out(`  ${name.padEnd(13)} ${url}`);
        const format = options.format === undefined ? "" : `--format ${options.format} `;
        terminal.out(`A hub for it: wayside simulate --print-config ${format}--port ${agency.port} > wayside.yaml`);
        terminal.out("Ctrl-C ends it.");
    }
    await untilStopped(agency, context, options.json === true);
    await agency.close();
    return EXIT.ok;
}
/** Says meanwhile what was asked for, and what is wrong at present. */
function untilStopped({ gateway }, { terminal, runtime }, isQuiet) {
    const { clock } = runtime;
    const progress = terminal.progress(clock);
    return new Promise((resolve) => {
        let cancel = () => { };
        const tick = () => {
            const { requests, faults, overBandwidth } = gateway.counts();
            const failed = Object.values(faults).reduce((sum, count) => sum + count, overBandwidth);
            const now = gateway.episode()?.fault ?? "none";
            if (!isQuiet)
                progress.show(`${requests} requests, ${failed} failed on purpose; fault at present: ${now}`);
            cancel = clock.after(PROGRESS_EVERY_MS, tick);
        };
        tick();
        const forget = terminal.onStop(() => {
            forget();
            cancel();
            progress.end();
            resolve();
        });
    });
}
function whole(name, text, least, most) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most)
        return value;
    throw new UsageError(`${name} ${text}: a whole number from ${least} to ${most} is expected`);
}
function speechOf(text) {
    const known = SPEECHES.find((speech) => speech === text);
    if (known !== undefined)
        return known;
    throw new UsageError(`--format ${text}: one of ${SPEECHES.join(", ")} is expected`);
}
function profileOf(text) {
    const known = PROFILE_NAMES.find((name) => name === text);
    if (known !== undefined)
        return known;
    throw new UsageError(`--profile ${text}: one of ${PROFILE_NAMES.join(", ")} is expected`);
}
function speedOf(text) {
    const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    if (value > 0 && value <= SPEED_MAX)
        return value;
    throw new UsageError(`--speed ${text}: a number above 0, up to ${SPEED_MAX}, is expected`);
}
/** `changed-unit@5` or `changed-unit@5:40%`. */
function changeOf(text, now) {
    const [name, minutes = "", share = "100%", ...rest] = text.split(/[@:]/);
    const change = FORMAT_CHANGES.find((one) => one === name);
    if (change === undefined)
        throw new UsageError(`--change ${text}: one of ${FORMAT_CHANGES.join(", ")} is expected before the @`);
    const percent = SHARE.exec(share)?.[1];
    if (!/^\d{1,4}$/.test(minutes) || percent === undefined || rest.length > 0) {
        throw new UsageError(`--change ${text}: ${change}@MINUTES is expected, or ${change}@MINUTES:PERCENT%, such as ${change}@5:40%`);
    }
    return { change, fromTime: now + Number(minutes) * MINUTE_MS, share: Number(percent) / 100 };
}
/** A rate is what the line holds out for a minute; one answer comes four times as fast. */
function linkOf(text) {
    const rate = parseRate(text);
    if (rate === undefined || !/B/.test(text))
        throw new UsageError(`--bandwidth ${text}: bytes in a time are expected, such as 16KiB/s`);
    const bytesPerMs = rate.count / rate.perMs;
    return { bytesPerSecond: 4 * bytesPerMs * SECOND_MS, bytesPerMinuteMax: bytesPerMs * MINUTE_MS };
}
