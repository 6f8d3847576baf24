import { createHash } from "node:crypto";
import { Failure } from "../model/failure.js";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../model/units.js";
import { Asker, contentTypeOf } from "./http-poll-asker.js";
import { ITEMS_MAX, namesAt } from "./http-poll-names.js";
import { askEveryMs, callsOf, NO_PLAN_STATE, readPlanState, writePlanState, } from "./http-poll-plan.js";
import { itemList, SWEEP_META, } from "./source.js";
/** How long after a discovery the first call may come, and how soon a failed one is tried again. */
const AFTER_DISCOVERY_MS = SECOND_MS;
const DISCOVERY_RETRY_MS = HOUR_MS;
/** A sweep that lacks more items than these says nothing of who has gone; its list would burden the frame. */
const LACKING_MAX = 500;
/** An item that is left out of a sweep counts as asked for without a vehicle after so many empty answers. */
const EMPTY_MIN = 2;
/** The time at which an item is wanted that every sweep asks for. */
const ALWAYS = Number.NEGATIVE_INFINITY;
/**
 * Asks for a feed in several calls: each poll is one call, so that breaker, budgets and retries see what upstream sees.
 * The calls of a sweep are spread over its length. A call that fails for good leaves a hole in its sweep and is passed
 * over, so that one bad item does not keep all others from being asked for.
 */
export class SweepPoller {
    kind = "poll";
    everyMs;
    plan;
    #plan;
    #context;
    #asker;
    #discoverer;
    #target;
    #listed;
    #rules;
    /** As of the last answer, whether or not it was taken: for pauses, where a wrong guess costs little. */
    #newest = NO_PLAN_STATE;
    #sweep;
    /** Items whose call failed when it was made last. */
    #failed = new Set();
    #discoverAt = Number.NEGATIVE_INFINITY;
    /** What the last poll asked for. */
    #asked = "nothing";
    constructor(options, plan, context) {
        const { discover, quiet, maxPerCall, items } = plan;
        this.#plan = plan;
        this.#context = context;
        this.everyMs = options.every;
        this.#asker = new Asker(options, context);
        this.#discoverer =
            discover && new Asker({ ...options, ...NO_BODY, ...discover, every: options.every }, context);
        this.#listed = items && [...new Set(items)];
        this.#rules = quiet && { after: quiet.after, maxMs: quiet.max };
        const target = `${this.#asker.label} ${this.#discoverer?.label ?? ""}`;
        this.#target = createHash("sha256").update(target).digest("hex").slice(0, 12);
        const known = this.#listed?.length ?? discover?.expected;
        this.plan = {
            calls: known === undefined ? undefined : Math.ceil(known / maxPerCall),
            discoveriesPerDay: discover === undefined ? 0 : DAY_MS / discover.every,
            reportEveryMs: plan.reportEvery,
        };
    }
    pauseMs() {
        const now = this.#context.runtime.clock.monotonic();
        const sweep = this.#sweep;
        if (this.#asked === "discovery") {
            return this.#itemsOf(this.#newest) === undefined ? this.everyMs : AFTER_DISCOVERY_MS;
        }
        if (sweep === undefined)
            return 0;
        const next = sweep.at + 1;
        if (next >= sweep.calls.length)
            return Math.max(0, Math.ceil(this.#nextStart(sweep) - now));
        const gapMs = this.everyMs / sweep.calls.length;
        // A sweep that was held up goes on faster, and not in a burst.
        return Math.ceil(Math.max(sweep.startedAt + next * gapMs - now, gapMs / 2));
    }
    async poll({ cursor, signal, attempt = 1 }) {
        const state = readPlanState(cursor, this.#target);
        if (attempt === 1)
            this.#settle(state);
        if (attempt === 1 || this.#asked === "nothing")
            this.#choose(state);
        const items = this.#itemsOf(state);
        if (this.#asked === "discovery" || items === undefined)
            return this.#discover(state, signal);
        this.#sweep ??= this.#begin(state, items);
        return this.#call(state, this.#sweep, signal);
    }
    /** Whether what was asked last was taken: the harness hands the cursor of an answer back only when it was. */
    #settle(state) {
        this.#newest = state;
        const sweep = this.#sweep;
        if (this.#asked !== "call" || sweep === undefined)
            return;
        const items = sweep.calls[sweep.at] ?? [];
        const isTaken = state.sweep === sweep.id && state.call === sweep.at + 1;
        if (!isTaken)
            sweep.lacking.push(...items);
        for (const item of items) {
            if (isTaken)
                this.#failed.delete(item);
            else
                this.#failed.add(item);
        }
        sweep.at++;
        if (sweep.at >= sweep.calls.length)
            this.#sweep = undefined;
    }
    #choose(state) {
        const { clock } = this.#context.runtime;
        const { discover } = this.#plan;
        this.#asked = "call";
        if (discover === undefined || this.#sweep !== undefined)
            return;
        const age = clock.now() - (state.discoveredTime ?? Number.NEGATIVE_INFINITY);
        // A time in the future is one of a clock that was wrong.
        const isDue = age >= discover.every || age < 0;
        if (state.items === undefined || (isDue && clock.monotonic() >= this.#discoverAt))
            this.#asked = "discovery";
    }
    #begin(state, items) {
        const { clock } = this.#context.runtime;
        const time = clock.now();
        const calls = callsOf(items, this.#plan.maxPerCall, (item) => this.#dueTime(state, item), time);
        const asked = new Set(calls.flat());
        const lacking = items.filter((item) => !asked.has(item) && (state.quiet.get(item)?.streak ?? 0) < EMPTY_MIN);
        // What failed goes first: the last call is the one that ends the sweep for all the others.
        const hasFailed = (call) => call.some((item) => this.#failed.has(item));
        const ordered = [...calls.filter(hasFailed), ...calls.filter((call) => !hasFailed(call))];
        return { id: String(time), startedAt: clock.monotonic(), calls: ordered, lacking, at: 0 };
    }
    async #call(state, sweep, signal) {
        const { clock, http } = this.#context.runtime;
        const items = sweep.calls[sweep.at] ?? [];
        const sentTime = clock.now();
        const response = await http.request(this.#asker.request({ signal, items }));
        const receivedTime = clock.now();
        const { status, wireBytes } = response;
        if (status !== 200 && status !== 203 && status !== 204)
            throw this.#asker.failure(response, receivedTime);
        const call = sweep.at + 1;
        const next = { ...this.#learned(state, items, response, sentTime), sweep: sweep.id, call };
        this.#newest = next;
        const cursor = writePlanState(next, this.#target);
        if (status === 204)
            return { frames: [], cursor, wireBytes };
        const meta = {
            [SWEEP_META.id]: sweep.id,
            [SWEEP_META.call]: String(call),
            [SWEEP_META.calls]: String(sweep.calls.length),
            [SWEEP_META.items]: itemList(items),
            ...(call === sweep.calls.length ? endOf(sweep) : {}),
        };
        return { frames: [this.#asker.frame(response, receivedTime, meta)], cursor, wireBytes };
    }
    async #discover(state, signal) {
        const { discover } = this.#plan;
        const { clock, http } = this.#context.runtime;
        if (this.#discoverer === undefined || discover === undefined)
            throw new Failure("bug", "nothing to discover");
        this.#asked = "discovery";
        this.#discoverAt = clock.monotonic() + Math.min(discover.every, DISCOVERY_RETRY_MS);
        const response = await http.request(this.#discoverer.request({ signal }));
        const now = clock.now();
        if (response.status !== 200 && response.status !== 203)
            throw this.#discoverer.failure(response, now);
        const items = [...namesAt(response.body, contentTypeOf(response), discover.path)];
        if (items.length === 0 || items.length > ITEMS_MAX) {
            throw (this.#saidUpstream(this.#discoverer, response, now) ??
                new Failure("upstream.not_valid", `${this.#discoverer.label} named ${items.length} items where 1 to ${ITEMS_MAX} are expected; ` +
                    "check plan.discover.path against its answer"));
        }
        const known = new Set(items);
        const quiet = new Map([...state.quiet].filter(([item]) => known.has(item)));
        this.#newest = { ...state, items, discoveredTime: now, quiet };
        const cursor = writePlanState(this.#newest, this.#target);
        return { frames: [], cursor, wireBytes: response.wireBytes };
    }
    /** What the decoder reads in an answer without items: a key that is refused, a quota that is used up. */
    #saidUpstream(asker, response, now) {
        const failure = this.#context.judge?.(asker.frame(response, now));
        return failure?.code.startsWith("upstream.") ? failure : undefined;
    }
    /** Which of the items that were asked for had vehicles, and which had none once more. */
    #learned(state, items, response, askedTime) {
        const path = this.#plan.quiet?.path;
        if (path === undefined)
            return state;
        const named = namesAt(response.body, contentTypeOf(response), path);
        const isProven = state.isProven || items.some((item) => named.has(item));
        const quiet = new Map(state.quiet);
        // A vehicle under a name that was not asked for may belong to any of them, spelled otherwise: none is quiet then.
        const isForeign = [...named].some((name) => !items.includes(name));
        for (const item of items) {
            if (isForeign || named.has(item))
                quiet.delete(item);
            else if (isProven)
                quiet.set(item, { streak: (quiet.get(item)?.streak ?? 0) + 1, askedTime });
        }
        return { ...state, quiet, isProven };
    }
    #itemsOf(state) {
        return this.#listed ?? state.items;
    }
    /** The earliest start of a sweep in which an item is wanted. */
    #dueTime({ quiet }, item) {
        const known = quiet.get(item);
        // A time in the future is one of a clock that was wrong.
        if (known === undefined || known.askedTime > this.#context.runtime.clock.now())
            return ALWAYS;
        const everyMs = askEveryMs(known.streak, this.everyMs, this.#rules);
        return everyMs <= this.everyMs ? ALWAYS : known.askedTime + everyMs - this.everyMs + 1;
    }
    /** A sweep length after the last start, or as many as it takes until an item is wanted. */
    #nextStart({ startedAt }) {
        const { clock } = this.#context.runtime;
        const soonest = startedAt + this.everyMs;
        const items = this.#itemsOf(this.#newest) ?? [];
        let due = Number.POSITIVE_INFINITY;
        for (const item of items)
            due = Math.min(due, this.#dueTime(this.#newest, item));
        if (!Number.isFinite(due))
            return soonest;
        const waitMs = due - clock.now() + clock.monotonic() - soonest;
        return soonest + Math.max(0, Math.ceil(waitMs / this.everyMs)) * this.everyMs;
    }
}
/** What the frame of the last call says of its sweep. */
function endOf({ lacking }) {
    if (lacking.length === 0)
        return { [SWEEP_META.complete]: "true" };
    return lacking.length > LACKING_MAX ? {} : { [SWEEP_META.lacking]: itemList(lacking) };
}
/** A discovery is a plain request, whatever the calls of the sweep are. */
const NO_BODY = { method: undefined, body: undefined, contentType: undefined, plan: undefined };
