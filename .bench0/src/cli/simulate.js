import { fileURLToPath } from "node:url";
import { SECOND_MS } from "../model/units.js";
import { coreCount, runInProcesses } from "../runtime/node-jobs.js";
import { failureOf, formatTraceLine, KNOWN_SEEDS, runSeed, summaryOf, } from "../simulation/world/index.js";
import { EXIT } from "./exit-codes.js";
import { withTemporaryFolder } from "./temporary-folder.js";
import { UsageError } from "./usage-error.js";
const SEEDS_MAX = 1_000_000;
/** Runs seeds, on every core; 1 when a promise did not hold in one of them. */
export async function simulate(options, context) {
    const { terminal, runtime } = context;
    const { clock } = runtime;
    const seeds = seedsOf(options);
    if (options.trace && (options.seed === undefined || seeds.length > 1))
        throw new UsageError("--trace needs --seed: which one is meant?");
    const jobs = options.jobs === undefined ? coreCount() : whole("--jobs", options.jobs, 1);
    const started = clock.monotonic();
    const progress = terminal.progress(clock);
    const isLong = options.long === true;
    const tasks = seeds.map((seed) => ({ seed, isLong }));
    let done = 0;
    const onResult = (result) => {
        done++;
        if (!options.trace)
            progress.show(`${done} of ${seeds.length} seeds`);
        if (result.violations.length === 0 || options.json)
            return;
        const { headlines, story } = failureOf(result, isLong);
        for (const headline of headlines)
            terminal.out(terminal.paint("bad", headline));
        for (const line of story)
            terminal.out(line);
    };
    const results = jobs > 1 && tasks.length > 1
        ? await runInProcesses(seedProcess(), tasks, jobs, onResult)
        : await withTemporaryFolder(runHere);
    progress.end();
    const seconds = (clock.monotonic() - started) / SECOND_MS;
    const summary = summaryOf(results, seconds);
    const hasFailed = summary.failed.length > 0;
    if (options.json)
        terminal.out(JSON.stringify(summary));
    else {
        const { failed, virtualHours } = summary;
        const worlds = `${summary.seeds} seed${summary.seeds === 1 ? "" : "s"}, ${virtualHours} virtual hours in ${summary.seconds} s`;
        terminal.out(hasFailed
            ? terminal.paint("bad", `${failed.length} failed: ${failed.map(({ seed }) => seed).join(", ")} (${worlds})`)
            : terminal.paint("good", `Every promise held (${worlds})`));
    }
    return hasFailed ? EXIT.failure : EXIT.ok;
    async function runHere(folder) {
        const ran = [];
        for (const task of tasks) {
            const result = await runSeed(task, folder, terminal.onStray, options.trace ? show : undefined);
            ran.push(result);
            onResult(result);
        }
        return ran;
    }
    function show(line) {
        terminal.out(options.json ? JSON.stringify(line) : formatTraceLine(line));
    }
}
/** Run from `src` (tests, tsx) it is TypeScript, as this file is. */
function seedProcess() {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    return fileURLToPath(new URL(`./seed-process.${extension}`, import.meta.url));
}
/** Which seeds are meant: the known ones, those that were named, or so many in a row. */
function seedsOf({ known, seed, seeds, first, long }) {
    if (known && seed !== undefined)
        throw new UsageError("--known and --seed: only one of them can be meant");
    if (known && long)
        throw new UsageError("--known and --long: the known seeds are small ones");
    if (known)
        return KNOWN_SEEDS;
    if (seed !== undefined)
        return seed.split(",").map((one) => whole("--seed", one, 0));
    const from = whole("--first", first, 0);
    return Array.from({ length: long ? 1 : whole("--seeds", seeds, 1) }, (_, at) => from + at);
}
function whole(name, text, least) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && (name !== "--seeds" || value <= SEEDS_MAX))
        return value;
    throw new UsageError(`${name} ${text}: a whole number from ${least} on is expected`);
}
