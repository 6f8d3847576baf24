import { GAP_CODE, packEvents } from "../log/event.js";
import { PostingSheet } from "../log/ledger.js";
import { partitionOf } from "../log/partitioner.js";
import { MINUTE_MS } from "../model/units.js";
import { cover, learnedNews, measured, oldestUnread, untoldSince, } from "./coverage.js";
import { gapSentence } from "./gap-words.js";
import { heardUntil } from "./heard-until.js";
const NOTHING_LOST = { countedReports: 0, estimatedReports: 0, last: undefined };
const SAMPLES_MAX = 16;
/** Longer than it takes to notice that an upstream stands still. */
const QUIET_MAX = 30;
/** An answer that comes later than so many paces is no measure of what is normal. */
const HEALTHY_PACES = 3;
const FORMAT = 1;
/**
 * Knows what a feed's upstreams have told, over restarts and failovers, and what is lost for good. Every good answer passes
 * through `take`, which gives the caller what must ride in the same commit as frames and cursor; so a gap is posted once.
 */
export class FeedGaps {
    #options;
    #remembered = { coverage: undefined, totals: NOTHING_LOST };
    #samples = [];
    /** The last answers without news: silence, or an upstream that stands still, of which nothing is to be learned. */
    #quiet = [];
    #turn = Promise.resolve();
    #loading;
    constructor(options) {
        this.#options = options;
    }
    get totals() {
        return this.#remembered.totals;
    }
    /** Of what some upstream may still tell. Undefined: none has answered yet. */
    get oldestUnreadTime() {
        const { coverage } = this.#remembered;
        return coverage && oldestUnread(coverage);
    }
    /** Reads what an earlier run has remembered; once, whoever asks first. */
    load() {
        this.#loading ??= this.#read();
        return this.#loading;
    }
    /**
     * One answer at a time: two upstreams of a feed must not both tell the same hole. When `commit` fails, nothing has
     * changed: the same answer may come again.
     */
    async take(answer, frames, cause, commit) {
        const mine = this.#turn.then(() => this.#take(answer, frames, cause, commit));
        // The next answer waits for this one whatever becomes of it; the caller gets the failure.
        this.#turn = mine.then(() => undefined, () => undefined);
        await mine;
    }
    async #take(answer, frames, cause, commit) {
        const before = this.#remembered;
        const { coverage, gaps } = cover(before.coverage, answer, this.#options.windows);
        const told = gaps.filter(({ reports }) => reports > 0).map((gap) => this.#event(gap, answer, cause));
        const totals = told.reduce(add, before.totals);
        const after = { coverage, totals };
        await commit(this.#riders(after, told));
        this.#remembered = after;
        if (gaps.length === 0)
            this.#sample(answer, before.coverage, frames);
        for (const { event } of told)
            this.#options.onEvent(event);
    }
    /** Messages that came and could not be kept: a gap that no answer shows. When `commit` fails, nothing has changed. */
    async lose(upstream, loss, time, commit) {
        const mine = this.#turn.then(async () => {
            const { fromTime: from, toTime: to, messages: reports } = loss;
            const told = this.#event({ from, to, reports, estimated: true }, { upstream, time }, loss.cause);
            const totals = add(this.#remembered.totals, told);
            await commit(this.#riders({ ...this.#remembered, totals }, [told]));
            this.#remembered = { ...this.#remembered, totals };
            this.#options.onEvent(told.event);
        });
        this.#turn = mine.then(() => undefined, () => undefined);
        await mine;
    }
    /** An upstream has said the same since then: that time is still to be told. Stored with the next good answer. */
    standsStill(upstream, since) {
        const { coverage } = this.#remembered;
        this.#quiet = this.#quiet.filter((one) => one.upstream !== upstream);
        if (coverage === undefined)
            return;
        this.#remembered = { ...this.#remembered, coverage: untoldSince(coverage, upstream, since) };
    }
    /** So many reports came in so long of a connection that stood: what it costs when it does not. */
    rate(upstream, reports, forMs) {
        const { coverage } = this.#remembered;
        if (coverage === undefined)
            return;
        this.#remembered = { ...this.#remembered, coverage: measured(coverage, upstream, reports, forMs) };
    }
    /** Counts what came in health, so that it is known what an outage costs. */
    interpreted({ frame, counts }) {
        const sample = this.#samples.find(({ upstream, fromTime, toTime }) => upstream === frame.upstream && frame.receivedTime >= fromTime && frame.receivedTime <= toTime);
        if (sample === undefined)
            return;
        sample.reports += counts.records - counts.removals + counts.deadLetters;
        sample.framesLeft--;
        const { coverage } = this.#remembered;
        if (sample.framesLeft > 0 || coverage === undefined)
            return;
        this.#samples = this.#samples.filter((one) => one !== sample);
        this.#learn(coverage, sample);
    }
    #learn(coverage, sample) {
        this.#quiet.push(sample);
        if (sample.reports === 0 && this.#quiet.length <= QUIET_MAX)
            return;
        // Silence that lasts is what is normal at that time of day.
        const known = sample.reports === 0 ? this.#quiet.splice(0, 1) : this.#quiet.splice(0);
        this.#remembered = { ...this.#remembered, coverage: known.reduce(learned, coverage) };
    }
    #sample(answer, before, frames) {
        const { upstream, time, everyMs, more, windowMs, purged, isLive = false } = answer;
        const last = before?.upstreams[upstream];
        if (more || isLive || last === undefined)
            return;
        const forMs = time - last.readTime;
        if (forMs <= 0 || forMs > HEALTHY_PACES * everyMs)
            return;
        const tellsPresent = windowMs === undefined && purged === undefined;
        // One that says that nothing has changed lists again what it listed before.
        const listed = tellsPresent ? (answer.reports ?? 1) : undefined;
        const [first] = frames;
        if (first !== undefined) {
            const times = { fromTime: first.receivedTime, toTime: (frames.at(-1) ?? first).receivedTime };
            this.#samples.push({ upstream, ...times, forMs, listed, framesLeft: frames.length, reports: 0 });
            if (this.#samples.length > SAMPLES_MAX)
                this.#samples.shift();
            return;
        }
        const { coverage } = this.#remembered;
        if (coverage === undefined)
            return;
        this.#learn(coverage, { upstream, forMs, listed, reports: 0 });
    }
    #event(gap, answer, failure) {
        const { feed, log, startedTime } = this.#options;
        const { from: fromTime, to: toTime, ...rest } = gap;
        const cause = fromTime < startedTime ? "hub_down" : failure;
        const partition = partitionOf(feed, log.partitions("frames"));
        const details = {
            feed,
            upstream: answer.upstream,
            fromTime,
            toTime,
            ...rest,
            cause,
            partition,
        };
        const message = gapSentence(details, answer.time);
        const event = {
            time: answer.time,
            subject: `feed:${feed}`,
            level: "warn",
            code: GAP_CODE,
            message,
            details: { ...details },
        };
        return { event, details };
    }
    #riders(after, told) {
        const sheet = new PostingSheet();
        for (const { event, details } of told) {
            const { feed, partition, estimated, reports } = details;
            const minute = Math.floor(event.time / MINUTE_MS);
            sheet.add("receive", feed, partition, minute, "in", reports);
            sheet.add("receive", feed, partition, minute, estimated ? "gap_estimated" : "gap", reports);
        }
        return {
            append: packEvents(told.map(({ event }) => event)),
            state: [{ name: this.#stateName, bytes: JSON.stringify({ v: FORMAT, ...after }) }],
            ledger: sheet.take(),
        };
    }
    async #read() {
        const { log, feed, startedTime } = this.#options;
        const stored = await log.state(this.#stateName);
        if (stored === undefined)
            return;
        const remembered = rememberedIn(new TextDecoder().decode(stored));
        if (remembered !== undefined) {
            const { coverage } = remembered;
            const heard = coverage && (await heardUntil(log, feed, coverage, startedTime));
            this.#remembered = { ...remembered, coverage: heard };
        }
        else {
            this.#options.onEvent({
                time: this.#options.startedTime,
                subject: `feed:${feed}`,
                level: "warn",
                code: "feed.gap_memory",
                message: "What is stored of its gaps cannot be read; they are known from now on",
            });
        }
    }
    get #stateName() {
        return `gaps/${this.#options.feed}`;
    }
}
/** What an answer in health says of the normal rate. */
function learned(coverage, { upstream, forMs, listed, reports }) {
    return listed === undefined
        ? measured(coverage, upstream, reports, forMs)
        : learnedNews(coverage, upstream, listed, reports);
}
function add(totals, { event, details }) {
    const { fromTime, toTime, reports, estimated, cause } = details;
    return {
        countedReports: totals.countedReports + (estimated ? 0 : reports),
        estimatedReports: totals.estimatedReports + (estimated ? reports : 0),
        last: { fromTime, toTime, reports, estimated, cause, time: event.time, sentence: event.message },
    };
}
function rememberedIn(text) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch {
        // The caller says that it cannot be read.
        return undefined;
    }
    const { v, coverage, totals } = (value ?? {});
    if (v !== FORMAT || typeof totals?.countedReports !== "number")
        return undefined;
    if (coverage !== undefined && !Number.isFinite(coverage.coveredTime))
        return undefined;
    return { coverage, totals };
}
