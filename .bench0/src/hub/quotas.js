import { isDeepStrictEqual } from "node:util";
import { Quota } from "../intake/quota.js";
import { RequestWindow } from "../intake/request-window.js";
import { sleep } from "../runtime/runtime.js";
const FLUSH_MAX_MS = 2_000;
/**
 * The quotas of one hub, by name: those of the configuration, and one of its own for every other upstream. And the budgets
 * of requests, which outlive a restart in the same way.
 */
export class Quotas {
    #materials;
    #quotas = new Map();
    /** By upstream. */
    #windows = new Map();
    /** Made since the last `restore`. */
    #fresh = new Set();
    /** Others took their place; what they know may not be written yet. */
    #retired = [];
    constructor(config, materials) {
        this.#materials = materials;
        this.define(config.quotas);
    }
    /** Makes the quotas that are not there yet with these very rules, and forgets those that are gone. */
    define(quotas) {
        for (const { name, limit, timezone, reserveShare } of quotas) {
            const rules = { name, limit, timezone, reserveShare };
            const known = this.#quotas.get(name);
            if (known === undefined || !isDeepStrictEqual(known.rules, rules))
                this.#add(name, `quota:${name}`, rules);
        }
        for (const [name, quota] of this.#quotas) {
            // Those without a limit belong to an upstream.
            if (quota.rules.limit === undefined || quotas.some((one) => one.name === name))
                continue;
            this.#retired.push(quota);
            this.#quotas.delete(name);
        }
    }
    /** For new parts that may come to nothing: the answer brings back what is there now. */
    remember() {
        const quotas = [...this.#quotas];
        const windows = [...this.#windows];
        return () => {
            this.#quotas.clear();
            this.#windows.clear();
            this.#fresh.clear();
            this.#retired.length = 0;
            for (const [name, quota] of quotas)
                this.#quotas.set(name, quota);
            for (const [name, window] of windows)
                this.#windows.set(name, window);
        };
    }
    /** Once those whose place was taken are asked no more: the new ones go on from what they know. */
    async takeOver() {
        await this.#flushAll(this.#retired.splice(0));
        await this.restore();
    }
    /**
     * What an upstream shares with others, or a quota without a limit, which only remembers until when upstream itself said
     * that its limit of the day is reached.
     */
    of(upstream, { budget, timezone }) {
        const shared = budget.sharedQuota === undefined ? undefined : this.#quotas.get(budget.sharedQuota);
        if (shared !== undefined)
            return shared;
        return this.#add(upstream, upstream, { name: upstream, limit: undefined, timezone, reserveShare: 0 });
    }
    /** What an upstream may be asked in a while, where the configuration limits it. */
    windowOf(upstream, { budget }) {
        if (budget.requests === undefined)
            return undefined;
        const { log, clock, onEvent } = this.#materials;
        const window = new RequestWindow(budget.requests, {
            name: upstream,
            clock,
            save: async (text) => {
                await log.commit({ state: [{ name: windowName(upstream), bytes: text }] });
            },
            onEvent: (level, message) => onEvent(upstream, level, message),
        });
        const before = this.#windows.get(upstream);
        if (before)
            this.#retired.push(before);
        this.#windows.set(upstream, window);
        this.#fresh.add(window);
        return window;
    }
    /** Those that were made since the last time take up what the store has of them. */
    async restore() {
        for (const [name, window] of this.#windows) {
            if (!this.#fresh.delete(window))
                continue;
            const stored = await this.#materials.log.state(windowName(name));
            if (stored !== undefined && !window.restore(new TextDecoder().decode(stored))) {
                const message = "What was stored of its budget of requests cannot be read; it begins unused";
                this.#materials.onEvent(name, "warn", message);
            }
            await window.begin();
        }
        for (const [name, quota] of this.#quotas) {
            if (!this.#fresh.delete(quota))
                continue;
            const stored = await this.#materials.log.state(stateName(name));
            if (stored === undefined || quota.restore(new TextDecoder().decode(stored)))
                continue;
            this.#materials.onEvent(`quota:${name}`, "warn", "What was stored of it cannot be read; its day begins unused");
        }
    }
    /** Called when nothing is sent any more. A store that hangs is not waited for: it costs what was written ahead. */
    async flush() {
        await this.#flushAll([...this.#quotas.values(), ...this.#windows.values()]);
    }
    async #flushAll(limits) {
        const flushed = Promise.all(limits.map((limit) => limit.flush()));
        await Promise.race([flushed, sleep(this.#materials.clock, FLUSH_MAX_MS, undefined, { ref: false })]);
    }
    /** Those that are configured, and those that upstream closed, with whoever asks with them. */
    status({ feeds }) {
        const users = feeds.flatMap((feed) => feed.upstreams.map(({ index, budget }) => {
            const upstream = `feed:${feed.name}/${index}`;
            return { upstream, quota: budget.sharedQuota ?? upstream };
        }));
        return [...this.#quotas.values()]
            .map((quota) => quota.status())
            .filter(({ limit, closedUntil }) => limit !== undefined || closedUntil !== undefined)
            .map((status) => {
            const own = users.filter(({ quota }) => quota === status.name);
            return { ...status, upstreams: own.map(({ upstream }) => upstream) };
        });
    }
    #add(name, subject, rules) {
        const { log, clock, onEvent } = this.#materials;
        const quota = new Quota(rules, {
            clock,
            save: async (text) => {
                await log.commit({ state: [{ name: stateName(name), bytes: text }] });
            },
            onEvent: (level, message) => onEvent(subject, level, message),
        });
        const before = this.#quotas.get(name);
        if (before)
            this.#retired.push(before);
        this.#quotas.set(name, quota);
        this.#fresh.add(quota);
        return quota;
    }
}
function windowName(upstream) {
    return `requests/${upstream}`;
}
function stateName(quota) {
    return `quota/${quota}`;
}
