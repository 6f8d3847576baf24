import { formatIsoTime } from "../formats/iso-time.js";
import { MINUTE_MS } from "../model/units.js";
import { isNewer } from "./rider-item.js";
import { withheldShowing } from "./rider-reasons.js";
/** It has left its work, or is hidden, or says nothing any more: what was shown of it is no longer true. */
const WITHDRAWING = new Set(["upstream", "unassigned", "unresolved", "empty"]);
/** So long a removal keeps older reports out, which can only come late by as much as upstream's network is late. */
const REMOVAL_KEPT_MS = 15 * MINUTE_MS;
/**
 * The newest state of each subject of one kind, and what of it may be shown at a given time. Bounded: what is over is
 * forgotten, and there are never more than the policy allows.
 */
export class ServedItems {
    #policy;
    #clock;
    #withheld;
    /** By the key of their records, in the order in which they first appeared. */
    #entries = new Map();
    /** Which key stands in the feed under an entity id. */
    #owners = new Map();
    /** Records that were decided since the last publication, and that nobody was told of. */
    #decided = [];
    #served = [];
    /** How many of the entries upstream has removed. */
    #removed = 0;
    #newestTime = 0;
    #tiers = { fresh: 0, aging: 0, stale: 0 };
    /** @param withheld counts, by reason; may be shared. */
    constructor(policy, clock, withheld) {
        this.#policy = policy;
        this.#clock = clock;
        this.#withheld = withheld;
    }
    /** As of the last selection. Never changed afterwards. */
    get served() {
        return this.#served;
    }
    /** The newest time among the served: the header of the feed is never older. */
    get newestTime() {
        return this.#newestTime;
    }
    get tiers() {
        return this.#tiers;
    }
    /** Upstream lists it no more, or keeps it from riders, and older reports are kept out. */
    isRemoved(key) {
        return this.#entries.get(key)?.isRemoved === true;
    }
    /** What stands, shown or not, without what was removed. */
    *standing() {
        for (const { item, isRemoved } of this.#entries.values())
            if (!isRemoved)
                yield item;
    }
    /** All that is known, in the order of the feed; what `resume` takes. */
    *everything() {
        for (const { item, isRemoved } of this.#entries.values())
            yield { record: item.record, isGone: isRemoved };
    }
    resume({ record, isGone }) {
        if (!isGone) {
            this.take(record, true);
            return;
        }
        const item = this.#policy.itemOf(record);
        if (item === undefined || this.#entries.has(record.key))
            return;
        const gone = this.#entryOf(item);
        gone.isRemoved = true;
        this.#entries.set(record.key, gone);
        this.#removed++;
    }
    /** Takes a record in. `isSettled` records were decided before a restart, and are not decided again. */
    take(record, isSettled, settle) {
        if (record.body.removed === true) {
            this.#remove(record, isSettled, settle);
            return;
        }
        const item = this.#policy.itemOf(record);
        const known = this.#entries.get(record.key);
        const reason = item === undefined ? "kind" : this.#refusal(item, known);
        if (reason !== undefined || item === undefined) {
            this.#withhold(record, reason ?? "kind", isSettled, settle);
            const isWithdrawn = reason !== undefined && WITHDRAWING.has(reason);
            if (isWithdrawn && item !== undefined && known !== undefined && isNewer(item, known.item)) {
                this.#withdraw(known, item, settle);
            }
            return;
        }
        if (known !== undefined && !isNewer(item, known.item)) {
            if (!isSettled)
                this.#decide(record, "superseded", settle);
            return;
        }
        if (known?.isOpen)
            this.#decide(known.record, "superseded", settle);
        if (known === undefined || known.isRemoved)
            this.#owners.set(item.id, record.key);
        if (known?.isRemoved)
            this.#removed--;
        // An entry that is renewed keeps its place, and so the order of the feed.
        const entry = known === undefined ? this.#entryOf(item) : this.#renew(known, item);
        entry.isOpen = !isSettled;
        if (known === undefined)
            this.#entries.set(record.key, entry);
    }
    /**
     * Chooses what stands in the feed at `now`, and settles what that decides. True when it differs from what the last
     * selection gave.
     */
    select(now, settle) {
        for (const { record, outcome } of this.#decided)
            settle(record, outcome);
        this.#decided = [];
        const before = this.#served;
        const served = [];
        const tiers = { fresh: 0, aging: 0, stale: 0 };
        const monotonic = this.#clock.monotonic();
        let newest = 0;
        for (const [key, entry] of this.#entries) {
            // A wall clock that was set back must not make old reports young: the older reading of the two counts.
            const ageMs = Math.max(now - entry.item.time, monotonic - entry.bornMonotonic);
            const tier = this.#policy.tierOf(entry.item, ageMs, now);
            const shown = entry.isRemoved || tier === "hidden" || tier === "over" ? undefined : show(entry, tier);
            if (entry.isOpen) {
                // A removal is delivered by a publication that leaves the subject out.
                const isDelivered = shown !== undefined || entry.isRemoved;
                settle(entry.record, isDelivered ? "delivered" : "expired");
                entry.isOpen = false;
            }
            if (shown === undefined) {
                const isOld = entry.isRemoved && monotonic - entry.takenMonotonic >= REMOVAL_KEPT_MS;
                if (tier === "over" || isOld)
                    this.#forget(key, entry);
                continue;
            }
            if (shown.item.time > newest)
                newest = shown.item.time;
            tiers[shown.tier]++;
            served.push(shown);
        }
        this.#served = served;
        this.#tiers = tiers;
        this.#newestTime = newest;
        // A tier alone is shown in JSON, and is a change like any other.
        return served.length !== before.length || served.some((one, at) => one !== before[at]);
    }
    /** What riders see of a record as of now. */
    explain(record, now) {
        const known = this.#entries.get(record.key);
        const hidden = (reason, sentence) => ({ isShown: false, reason, sentence });
        if (record.body.removed === true) {
            return hidden("removed", "Left out: complete messages of upstream no longer list it.");
        }
        const item = this.#policy.itemOf(record);
        const withheld = item === undefined ? "kind" : this.#refusal(item, known);
        if (item === undefined || withheld !== undefined)
            return withheldShowing(withheld ?? "kind");
        if (known !== undefined && !isNewer(item, known.item)) {
            return hidden("superseded", `Overtaken: what is shown is newer, of ${formatIsoTime(known.item.time)}.`);
        }
        if (known?.isRemoved)
            return hidden("removed", "Left out: complete messages of upstream no longer list it.");
        const { bornMonotonic } = known ?? this.#entryOf(item);
        const ageMs = Math.max(now - item.time, this.#clock.monotonic() - bornMonotonic);
        const tier = this.#policy.tierOf(item, ageMs, now);
        const age = `${Math.round(ageMs / 1000)} s old`;
        if (tier === "over")
            return hidden("gone", `Left out: it is ${age}, which is beyond the tier \`gone\`.`);
        if (tier === "hidden")
            return hidden("hidden", `Left out for now: it is ${age}, and says too little.`);
        if (known?.served === undefined)
            return hidden("due", "It will be in the next publication.");
        return { isShown: true, reason: tier, sentence: `Shown, as ${tier}: it is ${age}.` };
    }
    /** Whatever is known of the subject, upstream lists it no more. It may come back with the very report that it left with. */
    #remove(record, isSettled, settle) {
        const known = this.#entries.get(record.key);
        if (known === undefined) {
            if (!isSettled)
                this.#decided.push({ record, outcome: "delivered" });
            return;
        }
        if (known.isOpen)
            this.#decide(known.record, "superseded", settle);
        this.#vacate(known);
        known.isRemoved = true;
        known.record = record;
        known.isOpen = !isSettled;
        known.served = undefined;
        known.takenMonotonic = this.#clock.monotonic();
    }
    /** What was shown of the subject so far no longer holds, and what does may not be shown. */
    #withdraw(known, item, settle) {
        const { record } = known;
        if (known.isOpen)
            this.#decide(record, "superseded", settle);
        this.#vacate(known);
        this.#renew(known, item);
        known.record = record;
        known.isRemoved = true;
    }
    /** Its id and its place are free for others. */
    #vacate(known) {
        if (known.isRemoved)
            return;
        this.#removed++;
        this.#owners.delete(known.item.id);
    }
    /** As of now, decided already. */
    #entryOf(item) {
        const { record } = item;
        const none = { bornMonotonic: 0, takenMonotonic: 0 };
        return this.#renew({ item, record, isRemoved: false, isOpen: false, served: undefined, ...none }, item);
    }
    #renew(entry, item) {
        const takenMonotonic = this.#clock.monotonic();
        entry.item = item;
        entry.record = item.record;
        entry.isRemoved = false;
        entry.isOpen = false;
        entry.served = undefined;
        entry.takenMonotonic = takenMonotonic;
        entry.bornMonotonic = takenMonotonic - Math.max(0, this.#clock.now() - item.time);
        return entry;
    }
    #forget(key, entry) {
        this.#entries.delete(key);
        if (entry.isRemoved)
            this.#removed--;
        else
            this.#owners.delete(entry.item.id);
    }
    #refusal(item, known) {
        const reason = this.#policy.refusal(item);
        if (reason !== undefined)
            return reason;
        // One key has one id: who stands in the feed owns it already.
        if (known !== undefined && !known.isRemoved)
            return undefined;
        const owner = this.#owners.get(item.id);
        if (owner !== undefined && owner !== item.record.key)
            return "identity";
        return known === undefined && this.#entries.size - this.#removed >= this.#policy.max
            ? "limit"
            : undefined;
    }
    #withhold(record, reason, isSettled, settle) {
        if (isSettled)
            return;
        this.#withheld[reason]++;
        this.#decide(record, "withheld", settle);
    }
    /** At once where somebody listens: at a flood, what waits for the publication would be most of the memory. */
    #decide(record, outcome, settle) {
        if (settle)
            settle(record, outcome);
        else
            this.#decided.push({ record, outcome });
    }
}
/** The same object for as long as the tier is the same: a feed that did not change is known by it. */
function show(entry, tier) {
    if (entry.served?.tier !== tier) {
        entry.served = { item: entry.item, tier, detail: tier === "stale" ? "reduced" : "whole" };
    }
    return entry.served;
}
