import { JOBS, jobEntry, NO_COUNTS } from "../log/replay-job.js";
import { Failure, kindOf, messageOf } from "../model/failure.js";
import { SECOND_MS } from "../model/units.js";
import { checkOrder, checkRedecode, invalid, itemsText, previewOf, RATE_DEFAULT, REDECODE_RATE_DEFAULT, reportOf, } from "../operations/replay-report.js";
import { sleep } from "../runtime/runtime.js";
import { framesOf, itemsWith, previewRange, rangeOf, redecodeLetters } from "./redecoding.js";
import { behindLeftOut, redeliverLetters, skipLetters } from "./redelivering.js";
import { busy, doubtsAfter, oldJobs, pageOf, takeDoubts, unpark } from "./replay-runs.js";
const STORE_PAUSE_MS = SECOND_MS;
/** `order: strict`: times that letters which came during the replay are replayed too, until their keys are released. */
const PASSES_MAX = 50;
const NO_FRAMES = "No frame of that feed and time is kept.";
/**
 * Walks over dead letters as a job says: one job at a time, one run of letters at a time, in the order of the log. What a
 * run did and how far the job is by then is one commit; so it can die anywhere, and goes on where it was.
 */
export class Replays {
    #options;
    #running;
    #job;
    /** Of the job, by sink: what may not be sent ahead of letters that it leaves out. */
    #behind = new Map();
    /** Ends the walk: a person wants it paused or cancelled, or the hub stops. */
    #halt = new AbortController();
    #isStopped = false;
    constructor(options) {
        this.#options = options;
    }
    /** Goes on with the job that was running when the hub stopped, or when its sink was exchanged. */
    async start() {
        const job = (await this.#jobs()).find(({ state }) => state === "running");
        if (job && this.#job === undefined)
            this.#walk(job);
    }
    async stop() {
        this.#isStopped = true;
        this.#halt.abort();
        await this.#running;
    }
    /** Resolves when no job runs. For tests and draining. */
    async idle() {
        await this.#running;
    }
    async list() {
        return (await this.#jobs()).map(reportOf);
    }
    preview(order) {
        return previewOf(this.#options.log, order);
    }
    async begin(order) {
        checkOrder(order);
        return this.#begin(order, RATE_DEFAULT, async () => {
            const { total, sentence } = await previewOf(this.#options.log, order);
            if (total === 0)
                throw invalid(`${sentence} Nothing was started.`);
            const { kind, filter, trial } = order;
            const next = { partition: 0, offset: 0 };
            const what = `${total} dead letters`;
            return { kind, filter, total, ends: await this.#ends(), next, what, ...(trial && { trial }) };
        });
    }
    async previewRedecode(order) {
        const range = await this.#range(order);
        const { frames, tried } = await previewRange(this.#options.log, range, this.#redecode());
        if (tried === undefined)
            return { frames, sentence: NO_FRAMES };
        const sentence = `${frames} frames would be decoded again. The first ${tried.frames} would give: ${itemsText({ ...tried })}.`;
        return { frames, tried: { ...tried }, sentence };
    }
    async beginRedecode(order) {
        const range = await this.#range(order);
        return this.#begin(order, REDECODE_RATE_DEFAULT, async () => {
            let total = 0;
            for (let at = range; at.next < at.end;) {
                const page = await framesOf(this.#options.log, at);
                total += page.frames.length;
                at = { ...at, next: page.next };
            }
            if (total === 0)
                throw invalid(`${NO_FRAMES} Nothing was started.`);
            return {
                kind: "redecode",
                filter: { feed: order.feed },
                total,
                ends: [],
                range,
                what: `${total} frames`,
            };
        });
    }
    #range(order) {
        checkRedecode(order, this.#options.feeds?.() ?? []);
        return rangeOf(this.#options.log, order.feed, order.fromTime, order.toTime);
    }
    #redecode() {
        const redecode = this.#options.redecode?.();
        if (redecode === undefined)
            throw new Failure("closed", "Nothing is decoded here now");
        return redecode;
    }
    async #begin({ name, reason = "asked for", ratePerS }, rateDefault, plan) {
        const { log, runtime } = this.#options;
        const jobs = await this.#jobs();
        const other = jobs.find(({ state }) => state === "running" || state === "paused");
        if (other)
            throw busy(other);
        if (name !== undefined && jobs.some((job) => job.name === name)) {
            throw new Failure("request.conflict", `There was a job called ${name} already; choose another name`);
        }
        const { what, ...planned } = await plan();
        const { doubts, entries } = planned.kind === "replay" ? takeDoubts(jobs) : { doubts: [], entries: [] };
        const old = oldJobs(jobs);
        // A trial is forgotten when it fails, and the doubts must not be.
        const taken = planned.trial
            ? []
            : entries.filter((entry) => !old.some((forgotten) => `${JOBS}${forgotten.name}` === entry.name));
        const nonce = [...runtime.chance.bytes(6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        const job = {
            v: 1,
            name: name ?? `${planned.kind}-${nonce.slice(0, 6)}`,
            nonce,
            ...planned,
            reason,
            state: "running",
            createdTime: runtime.clock.now(),
            ratePerS: ratePerS ?? rateDefault,
            counts: NO_COUNTS,
            held: [],
            ...(doubts.length > 0 && { doubts }),
        };
        // Two orders of one moment: the second one finds the first.
        if (this.#job !== undefined)
            throw busy(this.#job);
        this.#job = job;
        try {
            await log.commit({ state: [jobEntry(job), ...old, ...taken] });
        }
        catch (thrown) {
            this.#job = undefined;
            throw thrown;
        }
        if (!job.trial)
            this.#tell("info", job, `${job.name}: ${job.reason}. ${what}.`, "dead-letters.job");
        this.#walk(job);
        return reportOf(job);
    }
    async act(verb, name) {
        const jobs = await this.#jobs();
        const known = jobs.find((job) => job.name === name);
        if (!known) {
            const names = jobs.map((job) => job.name).join(", ");
            throw invalid(`There is no job "${name}". ${names === "" ? "There are none." : `There are: ${names}.`}`);
        }
        if (known.state === "done" || known.state === "cancelled") {
            throw new Failure("request.conflict", `${name} is ${known.state} already`);
        }
        if (verb === "resume") {
            if (known.state === "running")
                return reportOf(known);
            const job = await this.#put({ ...known, state: "running" });
            this.#walk(job);
            return reportOf(job);
        }
        // First nothing of it runs any more, then its state is written: nobody writes over it.
        this.#halt.abort();
        await this.#running;
        const job = (await this.#read(name)) ?? known;
        if (job.state === "done")
            return reportOf(job);
        const state = verb === "pause" ? "paused" : "cancelled";
        if (verb === "pause")
            return reportOf(await this.#put({ ...job, state }));
        const { log, runtime } = this.#options;
        const doubts = await doubtsAfter(log, job);
        return reportOf(await this.#put({ ...job, state, endedTime: runtime.clock.now(), doubts }));
    }
    #walk(job) {
        this.#halt = new AbortController();
        if (this.#isStopped)
            this.#halt.abort();
        this.#job = job;
        this.#behind.clear();
        this.#running = this.#loop(job.name, this.#halt.signal).finally(() => {
            this.#running = undefined;
            this.#job = undefined;
        });
    }
    async #loop(name, signal) {
        while (!signal.aborted) {
            try {
                const job = await this.#read(name);
                if (job === undefined || job.state !== "running")
                    return;
                if (job.range !== undefined)
                    await this.#frames(job, job.range, signal);
                else if (job.next === undefined)
                    await this.#finish(job, signal);
                else
                    await this.#page(job, job.next, signal);
            }
            catch (thrown) {
                if (signal.aborted)
                    return;
                const code = thrown instanceof Failure ? thrown.code : undefined;
                if (code === "closed" || (code !== "store.changed" && kindOf(thrown) !== "transient")) {
                    this.#tell("error", { name }, `${name} stopped: ${messageOf(thrown)}`, "dead-letters.job");
                    return;
                }
                // What the store says counts, so it is asked again.
                if (code !== "store.changed")
                    await this.#rest(STORE_PAUSE_MS, signal);
            }
        }
    }
    /** Some frames of a redecoding, in one commit with how far it is then. */
    async #frames(job, range, signal) {
        if (range.next >= range.end) {
            const { range: _, ...done } = job;
            return this.#end(done);
        }
        const { frames, next } = await framesOf(this.#options.log, range);
        const after = { ...job, range: { ...range, next } };
        if (frames.length === 0) {
            await this.#put(after);
            return;
        }
        await this.#redecode()(frames, (_, counts) => ({
            state: [jobEntry({ ...after, items: itemsWith(job, counts) })],
        }));
        await this.#rest((frames.length * SECOND_MS) / job.ratePerS, signal);
    }
    /** One page of letters. Ends early when the walk is to end. */
    async #page(job, from, signal) {
        const { log } = this.#options;
        const { runs, next } = await pageOf(log, job, from);
        let now = job;
        for (const run of runs) {
            if (signal.aborted)
                return;
            now = await this.#run(now, run, signal);
            await this.#rest((run.letters.length * SECOND_MS) / now.ratePerS, signal);
            if (job.trial)
                return this.#tried(now);
        }
        if (signal.aborted)
            return;
        const { next: _, ...rest } = now;
        await this.#put(next === undefined ? rest : { ...rest, next });
    }
    /** One letter shows whether the rest is worth it. If not, nobody need hear of the trial. */
    async #tried(job) {
        const { trial: _, ...going } = job;
        const { replayed, failed, skipped } = job.counts;
        if (failed + skipped > 0)
            return this.#forget(job);
        // What was dropped, since its record is gone, shows nothing: the next one is tried.
        if (replayed === 0)
            return;
        await this.#put(going);
        this.#tell("info", job, `${job.name}: ${job.reason}. ${job.total} dead letters.`, "dead-letters.job");
    }
    async #forget({ name }) {
        await this.#options.log.commit({ state: [{ name: `${JOBS}${name}`, bytes: null }] });
    }
    /** Answers the job as it stands in the store then. */
    async #run(job, run, signal) {
        const { letters, next } = run;
        const [first] = letters;
        const { record, stage } = first.letter;
        if (job.kind === "drop")
            return this.#drop(job, run);
        if (stage.startsWith("sink:") && record !== undefined) {
            const sink = this.#options.subscriptions.find(({ name }) => `sink:${name}` === stage);
            if (sink?.redeliver) {
                const isBehind = sink.keepsOrder ? await this.#behindOf(sink.name, job) : () => false;
                return redeliverLetters(this.#options.log, sink, job, run, isBehind, signal);
            }
        }
        if (!stage.startsWith("sink:")) {
            const after = (done) => ({ ...done, next });
            return redecodeLetters(this.#options.log, this.#redecode(), job, letters, after);
        }
        return skipLetters(this.#options.log, job, next, letters.length);
    }
    async #behindOf(sink, { filter }) {
        const known = this.#behind.get(sink) ?? (await behindLeftOut(this.#options.log, sink, filter));
        this.#behind.set(sink, known);
        return known;
    }
    async #drop(job, { letters, next }) {
        const changes = letters.map(({ partition, offset }) => ({ partition, offset, to: "dropped" }));
        const counts = { ...job.counts, dropped: job.counts.dropped + letters.length };
        const after = { ...job, next, counts };
        await this.#options.log.commit({ letters: changes, state: [jobEntry(after)] });
        return after;
    }
    async #finish(job, signal) {
        const isMore = await unpark(this.#options, job);
        if (signal.aborted)
            return;
        const { passes = 1 } = job;
        if (isMore && passes < PASSES_MAX && job.kind === "replay") {
            const next = { partition: 0, offset: 0 };
            await this.#put({ ...job, starts: job.ends, ends: await this.#ends(), next, passes: passes + 1 });
            return;
        }
        await this.#end(job);
    }
    async #end(job) {
        if (job.trial)
            return this.#forget(job);
        const { doubts: _, ...rest } = job;
        const done = await this.#put({ ...rest, state: "done", endedTime: this.#options.runtime.clock.now() });
        const level = done.counts.failed > 0 ? "warn" : "info";
        this.#tell(level, done, `${done.name}: ${reportOf(done).sentence}`, "dead-letters.job");
    }
    async #ends() {
        const { log } = this.#options;
        const partitions = Array.from({ length: log.partitions("dead-letters") }, (_, partition) => partition);
        return Promise.all(partitions.map(async (partition) => (await log.bounds("dead-letters", partition)).end));
    }
    async #jobs() {
        const names = await this.#options.log.stateNames(JOBS);
        const jobs = await Promise.all(names.map((name) => this.#read(name.slice(JOBS.length))));
        return jobs
            .filter((job) => job !== undefined)
            .sort((a, b) => a.createdTime - b.createdTime);
    }
    async #read(name) {
        const bytes = await this.#options.log.state(`${JOBS}${name}`);
        return bytes && JSON.parse(new TextDecoder().decode(bytes));
    }
    async #put(job) {
        await this.#options.log.commit({ state: [jobEntry(job)] });
        return job;
    }
    async #rest(ms, signal) {
        try {
            await sleep(this.#options.runtime.clock, ms, signal, { ref: false });
        }
        catch (thrown) {
            if (!signal.aborted)
                throw thrown;
        }
    }
    #tell(level, { name }, message, code) {
        this.#options.onEvent("hub", level, code, message, { job: name });
    }
}
