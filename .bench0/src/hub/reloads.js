import { judgeFeed } from "../intake/feed-status.js";
import { Failure, messageOf } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { RELOAD_OUTCOMES, } from "../operations/reload-report.js";
import { within } from "../routes/slots.js";
import { sleep } from "../runtime/runtime.js";
import { upstreamsOf } from "./lineup.js";
import { NO_NEWS, withFiles } from "./reload-files.js";
import { planReload } from "./reload-plan.js";
/** Long enough for most feeds to be asked, and for what they gave to be delivered. */
const WITHIN_DEFAULT_MS = 30 * SECOND_MS;
const WITHIN_MIN_MS = SECOND_MS;
const WITHIN_MAX_MS = 5 * MINUTE_MS;
/** Beyond the deadline: for the old parts to be in service again. */
const ROLLBACK_MS = 10 * SECOND_MS;
/** What shows neither good nor bad by then, since there is nothing to ask or to deliver, is taken as it is. */
const SHOW_MS = 12 * SECOND_MS;
const LOOK_EVERY_MS = 100;
const FILES_MS = 10 * SECOND_MS;
/** A hub that stops does not wait longer for a reload. */
const END_MAX_MS = 2 * SECOND_MS;
/** A write that is under way is waited for so long, so that its destination need not see it twice. */
const FINISH_BATCH_MS = SECOND_MS;
const FINISH_LOOK_MS = 20;
/**
 * Puts another configuration in place while the hub runs. What is not changed is not touched: it is neither stopped nor
 * built again. What is changed is built before anything is stopped, exchanged between two commits of intake, so that the
 * ledger knows of each record where it is routed, and watched until the deadline. What does not work then, though it did
 * before, or is new and will not by itself, is a reason to put everything back.
 */
export class Reloads {
    #options;
    #counts = Object.fromEntries(RELOAD_OUTCOMES.map((outcome) => [outcome, 0]));
    #last;
    #running;
    #isEnding = false;
    constructor(options) {
        this.#options = options;
    }
    status() {
        return { counts: { ...this.#counts }, last: this.#last };
    }
    /** No reload begins any more; one that runs keeps what is in place by then, and does not wait for its proof. */
    async end() {
        this.#isEnding = true;
        if (this.#running !== undefined)
            await within(this.#options.runtime.clock, this.#running, END_MAX_MS);
    }
    async reload(load, order) {
        const { withinMs = WITHIN_DEFAULT_MS, dryRun = false } = order;
        if (!(withinMs >= WITHIN_MIN_MS && withinMs <= WITHIN_MAX_MS))
            throw new Failure("request.invalid", "A reload takes between 1s and 5m");
        if (this.#running !== undefined)
            throw new Failure("request.conflict", "A reload is under way; wait for it and ask again");
        if (this.#isEnding || this.#options.intake() === undefined)
            throw new Failure("request.conflict", "The hub is starting or stopping and cannot reload now");
        const { clock } = this.#options.runtime;
        const began = clock.monotonic();
        const done = this.#withFiles(load, dryRun, began + withinMs);
        this.#running = this.#occupied(done);
        const { behind: _, ...told } = await done;
        const report = { ...told, time: clock.now(), tookMs: Math.round(clock.monotonic() - began) };
        this.#tell(report);
        return report;
    }
    async #withFiles(load, dryRun, deadline) {
        const told = await this.#reload(load, dryRun, deadline);
        const isUntouched = told.outcome === "invalid" || told.outcome === "refused";
        return withFiles(told, isUntouched ? NO_NEWS : await this.#files(dryRun));
    }
    /** A large schedule takes longer than anybody waits: then it is told when it was read, as ever. */
    async #files(isDryRun) {
        const reading = "schedules are still being read; an event and /status say what comes of it";
        let news = { taken: [], refused: [reading] };
        const read = this.#options.followFiles(isDryRun).then((all) => {
            news = all;
        });
        await within(this.#options.runtime.clock, read, FILES_MS);
        return news;
    }
    /** What goes on behind the answer of a rollback that hangs keeps others out until it is done. */
    async #occupied(done) {
        try {
            await (await done).behind;
        }
        catch {
            // Whoever asked for the reload is told why it failed.
        }
        finally {
            this.#running = undefined;
        }
    }
    async #reload(load, dryRun, deadline) {
        const { lineup, quotas } = this.#options;
        const { config, problems } = await load();
        if (config === undefined)
            return told("invalid", "The configuration does not pass the check; nothing was changed.", { problems });
        const { changes, restart } = planReload(lineup.config, config);
        if (restart.length > 0) {
            const sentence = "A part of the change needs a restart; nothing was changed.";
            return told("refused", sentence, { changes, problems: restart });
        }
        const undo = quotas.remember();
        let draft;
        try {
            quotas.define(config.quotas);
            draft = lineup.draft(config, changes);
        }
        catch (thrown) {
            undo();
            const sentence = "A part of the configuration cannot be built; nothing was changed.";
            return told("invalid", sentence, { changes, problems: [messageOf(thrown)] });
        }
        const summary = summaryOf(draft.changes);
        if (dryRun) {
            undo();
            return told("planned", `A reload would do this: ${summary}.`, { changes: draft.changes });
        }
        return this.#exchange(draft, summary, deadline);
    }
    async #exchange(draft, summary, deadline) {
        const { lineup } = this.#options;
        const { changes } = draft;
        const before = lineup.config;
        const was = this.#judge([...lineup.feeds], [...lineup.sinks]);
        let problem;
        let notes = [];
        try {
            await this.#bounded(this.#swap(draft, deadline), deadline, "the new parts were not in place in time");
            ({ problem, notes } = await this.#watch(draft, was, deadline));
        }
        catch (thrown) {
            problem = messageOf(thrown);
        }
        if (problem === undefined || this.#isEnding) {
            if (changes.every(({ action }) => action === "keep"))
                return told("unchanged", "Nothing changed in feeds, sinks and routes.", { changes });
            return told("applied", `The new configuration is in place: ${summary}.`, { changes, notes });
        }
        return this.#rollBack(before, changes, problem);
    }
    async #rollBack(before, changes, problem) {
        const { lineup, quotas, runtime } = this.#options;
        const deadline = runtime.clock.monotonic() + ROLLBACK_MS;
        const problems = [problem];
        const back = async () => {
            quotas.define(before.quotas);
            await this.#swap(lineup.draft(before, changes.flatMap(inverse)), Number.POSITIVE_INFINITY);
        };
        const behind = back();
        try {
            await this.#bounded(behind, deadline, "the store or a part does not answer");
            const sentence = `The new configuration did not work, and the one before it is in place again: ${problem}`;
            return told("rolled_back", full(sentence), { changes, problems });
        }
        catch (thrown) {
            const left = "The parts that ran before are not back in service; they will be once the store takes commits, else restart the hub";
            const sentence = full(`The new configuration did not work (${problem}), nor did the way back: ${messageOf(thrown)}. ${left}`);
            return { ...told("failed", sentence, { changes, problems: [...problems, messageOf(thrown)] }), behind };
        }
    }
    /** Stops what goes, exchanges between two commits, and starts what comes. Can be done again after any step of it. */
    async #swap(draft, deadline) {
        const { lineup, quotas, runtime, intake, restoreBreakers, remount, resumeJobs } = this.#options;
        const receiving = intake();
        if (receiving === undefined)
            throw new Failure("bug", "A hub that was not started has nothing to exchange");
        const left = new Set(draft.changes.filter(({ action }) => action !== "keep" && action !== "add").map(({ part }) => part));
        const feeds = lineup.feeds.filter(({ feed }) => left.has(`feed:${feed.name}`));
        const sinks = lineup.sinks.filter(({ subscription }) => left.has(`sink:${subscription.name}`));
        const mounted = lineup.endpoints;
        const check = () => {
            if (runtime.clock.monotonic() >= deadline)
                throw new Failure("closed", "the time for the reload is over");
        };
        await Promise.all([
            ...feeds.map(({ feed }) => feed.stop()),
            ...sinks.map(async ({ subscription }) => {
                await this.#finishWrites(subscription);
                await subscription.close();
            }),
        ]);
        await quotas.takeOver();
        const upstreams = upstreamsOf(draft);
        await restoreBreakers(upstreams);
        // Somebody has just changed what failed: it is asked once, as after `wayside breaker reset`.
        for (const upstream of upstreams.values()) {
            const { state, forced } = upstream.status();
            if (state !== "closed" && forced === undefined)
                upstream.reset("its configuration changed");
        }
        check();
        await receiving.between(new Set(feeds.map(({ feed }) => feed.name)), async () => {
            check();
            for (const { subscription } of draft.sinks)
                await subscription.prepare();
            check();
            lineup.put(draft);
        });
        for (const { subscription } of draft.sinks)
            await subscription.start(receiving.recent);
        if (lineup.endpoints.some((endpoint, at) => endpoint !== mounted[at]) ||
            lineup.endpoints.length !== mounted.length)
            await remount();
        // Last, since some are answered at an endpoint of their own.
        for (const { feed } of draft.feeds)
            feed.start(receiving);
        if (sinks.length > 0)
            await resumeJobs();
    }
    async #finishWrites({ upstream }) {
        const { clock } = this.#options.runtime;
        const until = clock.monotonic() + FINISH_BATCH_MS;
        while (upstream !== undefined && upstream.status().inFlight > 0 && clock.monotonic() < until)
            await sleep(clock, FINISH_LOOK_MS, undefined, { ref: false });
    }
    /** Until the new parts work, or one of them is a reason to go back, or the time is over. */
    async #watch({ feeds, sinks }, was, deadline) {
        const { clock } = this.#options.runtime;
        const showUntil = clock.monotonic() + SHOW_MS;
        for (;;) {
            const now = this.#judge(feeds, sinks);
            const isOver = this.#isEnding || clock.monotonic() >= deadline;
            const worse = now.find(({ part, verdict }) => {
                const before = was.find((one) => one.part === part)?.verdict;
                if (before === undefined)
                    return verdict === "bad";
                const wasWell = before === "well" || before === "unproven";
                return wasWell && (verdict === "bad" || (isOver && verdict === "ailing"));
            });
            if (worse)
                return { problem: `${worse.part}: ${worse.sentence}`, notes: [] };
            const open = now.filter(({ verdict }) => verdict !== "well");
            const isShown = clock.monotonic() >= showUntil;
            const isQuiet = open.every(({ verdict }) => isShown && verdict === "unproven");
            if (isQuiet || isOver)
                return { problem: undefined, notes: open.map(({ part, sentence }) => `${part}: ${sentence}`) };
            await sleep(clock, Math.min(LOOK_EVERY_MS, deadline - clock.monotonic()), undefined, { ref: false });
        }
    }
    #judge(feeds, sinks) {
        const now = this.#options.runtime.clock.now();
        return [
            ...feeds.map(({ feed }) => {
                const { state, sentence } = judgeFeed(feed, now);
                // Nobody can be asked to push something: that it listens is all there is to see.
                const isPushed = feed.upstreams.every(({ source }) => source.kind === "push");
                const verdict = { running: "well", finished: "well", failing: "ailing", down: "bad" };
                const waiting = isPushed ? "well" : "unproven";
                return {
                    part: `feed:${feed.name}`,
                    verdict: state === "waiting" ? waiting : verdict[state],
                    sentence,
                };
            }),
            ...sinks.map(({ sink, subscription }) => {
                const { delivery, lastDeliveryTime, sentence } = subscription.status();
                const hasShown = sink.kind === "serving" || lastDeliveryTime !== undefined;
                const healthy = hasShown ? "well" : "unproven";
                const verdict = { healthy, retrying: "ailing", held: "bad", failed: "bad" };
                return { part: `sink:${subscription.name}`, verdict: verdict[delivery], sentence };
            }),
        ];
    }
    async #bounded(work, deadline, otherwise) {
        const { clock } = this.#options.runtime;
        const enough = new AbortController();
        const late = sleep(clock, Math.max(0, deadline - clock.monotonic()), enough.signal, { ref: false }).then(() => {
            throw new Failure("closed", otherwise);
        });
        try {
            await Promise.race([work, late]);
        }
        finally {
            enough.abort();
        }
    }
    #tell(report) {
        const { outcome, sentence, time, problems, changes, warnings } = report;
        this.#counts[outcome]++;
        if (outcome === "planned")
            return;
        this.#last = { outcome, sentence, time };
        const level = outcome === "applied" || outcome === "unchanged" ? "info" : outcome === "failed" ? "error" : "warn";
        const touched = changes.filter(({ action }) => action !== "keep");
        this.#options.onEvent("hub", level, "hub.reload", sentence, {
            outcome,
            changes: touched.map(({ part, action }) => `${action} ${part}`),
            ...(problems.length > 0 && { problems }),
            ...(warnings.length > 0 && { warnings }),
        });
    }
}
function told(outcome, sentence, { changes = [], problems = [], notes = [] }) {
    return { outcome, sentence, changes, problems, notes };
}
/** The change that takes back another. */
function inverse(change) {
    const { part, action } = change;
    const back = { add: "remove", remove: "add", replace: "replace", keep: "keep" };
    return [{ part, action: back[action] }];
}
/** `2 kept; replaced sink:archive (its options changed)`. */
function summaryOf(changes) {
    const kept = changes.filter(({ action }) => action === "keep").length;
    const touched = changes.flatMap(({ part, action, because }) => action === "keep" ? [] : [`${action} ${part}${because ? ` (${because})` : ""}`]);
    return [...touched, `${kept} ${kept === 1 ? "part is" : "parts are"} kept as they run`].join("; ");
}
function full(sentence) {
    return sentence.replace(/(?<![.?!])$/, ".");
}
