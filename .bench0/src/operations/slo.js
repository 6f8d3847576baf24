import { BURN_WINDOWS, SLO_NAMES, } from "../model/slo.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { PERIOD_MS, SloCounts } from "./slo-counts.js";
/** Multiwindow, multi-burn-rate alerts as in chapter 5 of Google's SRE workbook: both windows must burn that fast. */
const BURN_ALERTS = [
    { rate: 14.4, long: "1h", short: "5m", severity: "page" },
    { rate: 6, long: "6h", short: "30m", severity: "page" },
    { rate: 1, long: "3d", short: "6h", severity: "warn" },
];
/** Low traffic: of fewer in the long window one alone would be an alarm. */
const EVENTS_MIN = {
    freshness: 60,
    completeness: 1000,
    validity: 60,
    detection: 5,
    recovery: 5,
    "dead-letter-age": 60,
};
/** And the hub must have watched for most of the long window: a rate over three days says nothing on the first. */
const WATCHED_SHARE = 0.8;
/** Of fewer vehicles, such as the last ones of the evening, one that signs off is a large share. */
const IN_SERVICE_MIN = 5;
/** The hub looks so often. */
const LOOK_MS = 10 * SECOND_MS;
/** More withheld than this of what came for riders between two looks is not a valid moment. */
const WITHHELD_SHARE = 0.2;
/** Withheld because it would mislead riders or break the feed, and not because it is none of their business. */
const INVALID = ["guard", "future", "time", "position", "empty", "identity", "limit"];
const SEEN_MAX = 200;
/** Keeps count of what a hub promises, for 28 days, out of how the hub is at each look. */
export class SloBook {
    name = "slo";
    what = "the service-level objectives";
    #targetsNow;
    #counts = new Map([...SLO_NAMES, "watched"].map((name) => [name, new SloCounts()]));
    /** Counters of feeds and sinks at the look before. Absent: the first look at it. */
    #before = new Map();
    /** `detection ID` and `recovery ID` of incidents that were counted. */
    #seen = new Set();
    #quarter = 0;
    /** `targets`: as the configuration says now. */
    constructor(targets) {
        this.#targetsNow = targets;
    }
    get #targets() {
        return this.#targetsNow();
    }
    /** Answers whether there is enough that is new to be kept. */
    add(status) {
        const { time, feeds, sinks, incidents = [], store } = status;
        this.#add("watched", time, 1, 1);
        const before = this.#before;
        this.#before = new Map();
        for (const { name, records, gaps } of feeds) {
            const missing = gaps.countedReports + gaps.estimatedReports;
            const { good, total } = this.#since(before, `feed:${name}`, {
                good: records,
                total: records + missing,
            });
            this.#add("completeness", time, good, total);
        }
        for (const { name, facts, delivered } of sinks) {
            if (facts === undefined || typeof facts["inService"] !== "number")
                continue;
            const withheld = INVALID.reduce((sum, reason) => sum + Number(facts[`withheld_${reason}`] ?? 0), 0);
            const tally = this.#since(before, `sink:${name}`, { good: delivered, total: delivered + withheld });
            this.#riders(time, facts, tally);
        }
        for (const incident of incidents)
            this.#incident(time, incident);
        const oldest = Math.min(...(store.deadLetters ?? []).map(({ firstTime }) => firstTime));
        if (store.deadLetters !== undefined) {
            const isGood = time - oldest <= this.#limit("dead-letter-age") || oldest === Number.POSITIVE_INFINITY;
            this.#add("dead-letter-age", time, isGood ? 1 : 0, 1);
        }
        const quarter = Math.floor(time / (15 * MINUTE_MS));
        const isNext = quarter !== this.#quarter;
        this.#quarter = quarter;
        return isNext;
    }
    view(time) {
        return SLO_NAMES.map((name) => this.#viewOf(name, time));
    }
    json() {
        const counts = Object.fromEntries([...this.#counts].map(([name, one]) => [name, one.json()]));
        return { v: 1, counts, seen: [...this.#seen] };
    }
    /** Answers false, and is as new, when it is not what `json` gave. */
    restore(json) {
        const { v, counts, seen } = (json ?? {});
        if (v !== 1 || typeof counts !== "object" || !Array.isArray(seen))
            return false;
        for (const [name, one] of this.#counts) {
            const kept = counts[name];
            if (kept !== undefined && !one.restore(kept))
                return false;
        }
        for (const id of seen.slice(-SEEN_MAX))
            if (typeof id === "string")
                this.#seen.add(id);
        return true;
    }
    /** A moment counts while anybody is at work: nobody waits for a bus at night. */
    #riders(time, facts, { good, total }) {
        if (Number(facts["inService"]) < IN_SERVICE_MIN)
            return;
        const ageMs = Number(facts["ageP95S"] ?? 0) * SECOND_MS;
        this.#add("freshness", time, ageMs <= this.#limit("freshness") ? 1 : 0, 1);
        const isPublished = Number(facts["headerAgeS"] ?? 0) * SECOND_MS <= this.#limit("validity");
        const isClean = total === 0 || total - good <= total * WITHHELD_SHARE;
        this.#add("validity", time, isPublished && isClean ? 1 : 0, 1);
    }
    #incident(time, { id, since, detectedTime, mitigatedTime }) {
        this.#once("detection", id, time, detectedTime - since);
        if (mitigatedTime !== undefined)
            this.#once("recovery", id, time, mitigatedTime - since);
    }
    #once(name, id, time, tookMs) {
        const key = `${name} ${id}`;
        if (this.#seen.has(key))
            return;
        this.#seen.add(key);
        for (const old of this.#seen) {
            if (this.#seen.size <= SEEN_MAX)
                break;
            this.#seen.delete(old);
        }
        this.#add(name, time, tookMs <= this.#limit(name) ? 1 : 0, 1);
    }
    /** What a pair of counters grew by. One that begins anew, by a restart or a reload, counts from the next look on. */
    #since(before, name, now) {
        this.#before.set(name, now);
        const was = before.get(name);
        if (was === undefined || was.good > now.good || was.total > now.total)
            return { good: 0, total: 0 };
        return { good: now.good - was.good, total: now.total - was.total };
    }
    #add(name, time, good, total) {
        this.#counts.get(name)?.add(time, good, total);
    }
    #limit(name) {
        return this.#targets[name].limitMs ?? Number.POSITIVE_INFINITY;
    }
    #within(name, time, windowMs) {
        return this.#counts.get(name)?.within(time, windowMs) ?? { good: 0, total: 0 };
    }
    #viewOf(name, time) {
        const { target, limitMs } = this.#targets[name];
        const { good, total } = this.#within(name, time, PERIOD_MS);
        const share = total === 0 ? undefined : good / total;
        const budgetLeft = share === undefined ? undefined : 1 - (1 - share) / (1 - target);
        const burn = Object.fromEntries(Object.entries(BURN_WINDOWS).map(([window, ms]) => {
            const tally = this.#within(name, time, ms);
            return [window, tally.total === 0 ? undefined : (1 - tally.good / tally.total) / (1 - target)];
        }));
        const burning = BURN_ALERTS.find(({ rate, long, short }) => {
            const longMs = BURN_WINDOWS[long];
            return ((burn[long] ?? 0) >= rate &&
                (burn[short] ?? 0) >= rate &&
                this.#within(name, time, longMs).total >= EVENTS_MIN[name] &&
                this.#within("watched", time, longMs).total >= (longMs / LOOK_MS) * WATCHED_SHARE);
        });
        const sentence = sentenceOf(share, target, budgetLeft, burning !== undefined);
        return { name, target, limitMs, good, total, share, budgetLeft, burn, burning, sentence };
    }
}
function sentenceOf(share, target, budgetLeft, isBurning) {
    if (share === undefined || budgetLeft === undefined)
        return "Nothing was counted yet.";
    const left = budgetLeft >= 0
        ? `${percent(budgetLeft)} of its budget are left`
        : `its budget is overdrawn by ${percent(-budgetLeft)}`;
    const met = share >= target ? "It is kept" : "It is missed";
    return `${met}, ${left}${isBurning ? ", and it burns too fast" : ""}.`;
}
function percent(share) {
    return `${Math.round(share * 100)} %`;
}
