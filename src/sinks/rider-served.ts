import { formatIsoTime } from "../formats/iso-time.js";
import type { TransitRecord } from "../model/record.js";
import { type DurationMs, type EpochMs, MINUTE_MS } from "../model/units.js";
import type { Clock } from "../runtime/runtime.js";
import { type Detail, type FeedItem, isNewer } from "./rider-item.js";
import { type WithheldCounts, type WithheldReason, withheldShowing } from "./rider-reasons.js";
import type { ServingOutcome, Settle, Showing, Standing } from "./sink.js";

export type Tier = "fresh" | "aging" | "stale";

/** What holds for the records of one kind. */
export interface ItemPolicy<Item extends FeedItem> {
	/** At the most; further ones are withheld. */
	readonly max: number;
	/** Undefined: the record is of another kind. */
	itemOf(record: TransitRecord): Item | undefined;
	/** Why it is never shown. */
	refusal(item: Item): WithheldReason | undefined;
	/** What may be shown of it at that age: nothing for now (`hidden`), or never again (`over`). */
	tierOf(item: Item, ageMs: DurationMs, now: EpochMs): Tier | "hidden" | "over";
}

/** An item as it stands in one publication. */
export interface ServedItem<Item extends FeedItem> {
	readonly item: Item;
	readonly tier: Tier;
	readonly detail: Detail;
}

/** What is known of one subject. It is renewed in place: a busy feed takes in thousands of reports between publications. */
interface Entry<Item extends FeedItem> {
	item: Item;
	/** Upstream lists it no more, or keeps it from riders: what was last known only keeps older reports out. */
	isRemoved: boolean;
	/** The record that a publication has yet to show: the report, or the removal. */
	record: TransitRecord;
	/** True until the record stood in a publication, or was decided otherwise. */
	isOpen: boolean;
	served: ServedItem<Item> | undefined;
	/** When it happened, on the clock that nobody can set back. */
	bornMonotonic: DurationMs;
	/** When it was taken in, on the same clock. */
	takenMonotonic: DurationMs;
}

/** It has left its work, or is hidden, or says nothing any more: what was shown of it is no longer true. */
const WITHDRAWING: ReadonlySet<WithheldReason> = new Set(["upstream", "unassigned", "unresolved", "empty"]);
/** So long a removal keeps older reports out, which can only come late by as much as upstream's network is late. */
const REMOVAL_KEPT_MS = 15 * MINUTE_MS;

/**
 * The newest state of each subject of one kind, and what of it may be shown at a given time. Bounded: what is over is
 * forgotten, and there are never more than the policy allows.
 */
export class ServedItems<Item extends FeedItem> {
	readonly #policy: ItemPolicy<Item>;
	readonly #clock: Clock;
	readonly #withheld: WithheldCounts;
	/** By the key of their records, in the order in which they first appeared. */
	readonly #entries = new Map<string, Entry<Item>>();
	/** Which key stands in the feed under an entity id. */
	readonly #owners = new Map<string, string>();
	/** Records that were decided since the last publication, and that nobody was told of. */
	#decided: { record: TransitRecord; outcome: ServingOutcome }[] = [];
	#served: readonly ServedItem<Item>[] = [];
	/** How many of the entries upstream has removed. */
	#removed = 0;
	#newestTime: EpochMs = 0;
	#tiers = { fresh: 0, aging: 0, stale: 0 };

	/** @param withheld counts, by reason; may be shared. */
	constructor(policy: ItemPolicy<Item>, clock: Clock, withheld: WithheldCounts) {
		this.#policy = policy;
		this.#clock = clock;
		this.#withheld = withheld;
	}

	/** As of the last selection. Never changed afterwards. */
	get served(): readonly ServedItem<Item>[] {
		return this.#served;
	}

	/** The newest time among the served: the header of the feed is never older. */
	get newestTime(): EpochMs {
		return this.#newestTime;
	}

	get tiers(): Readonly<Record<Tier, number>> {
		return this.#tiers;
	}

	/** Upstream lists it no more, or keeps it from riders, and older reports are kept out. */
	isRemoved(key: string): boolean {
		return this.#entries.get(key)?.isRemoved === true;
	}

	/** What stands, shown or not, without what was removed. */
	*standing(): IterableIterator<Item> {
		for (const { item, isRemoved } of this.#entries.values()) if (!isRemoved) yield item;
	}

	/** All that is known, in the order of the feed; what `resume` takes. */
	*everything(): IterableIterator<Standing> {
		for (const { item, isRemoved } of this.#entries.values())
			yield { record: item.record, isGone: isRemoved };
	}

	resume({ record, isGone }: Standing): void {
		if (!isGone) {
			this.take(record, true);
			return;
		}
		const item = this.#policy.itemOf(record);
		if (item === undefined || this.#entries.has(record.key)) return;
		const gone = this.#entryOf(item);
		gone.isRemoved = true;
		this.#entries.set(record.key, gone);
		this.#removed++;
	}

	/** Takes a record in. `isSettled` records were decided before a restart, and are not decided again. */
	take(record: TransitRecord, isSettled: boolean, settle?: Settle): void {
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
			if (!isSettled) this.#decide(record, "superseded", settle);
			return;
		}
		if (known?.isOpen) this.#decide(known.record, "superseded", settle);
		if (known === undefined || known.isRemoved) this.#owners.set(item.id, record.key);
		if (known?.isRemoved) this.#removed--;
		// An entry that is renewed keeps its place, and so the order of the feed.
		const entry = known === undefined ? this.#entryOf(item) : this.#renew(known, item);
		entry.isOpen = !isSettled;
		if (known === undefined) this.#entries.set(record.key, entry);
	}

	/**
	 * Chooses what stands in the feed at `now`, and settles what that decides. True when it differs from what the last
	 * selection gave.
	 */
	select(now: EpochMs, settle: Settle): boolean {
		for (const { record, outcome } of this.#decided) settle(record, outcome);
		this.#decided = [];
		const before = this.#served;
		const served: ServedItem<Item>[] = [];
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
				if (tier === "over" || isOld) this.#forget(key, entry);
				continue;
			}
			if (shown.item.time > newest) newest = shown.item.time;
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
	explain(record: TransitRecord, now: EpochMs): Showing {
		const known = this.#entries.get(record.key);
		const hidden = (reason: string, sentence: string): Showing => ({ isShown: false, reason, sentence });
		if (record.body.removed === true) {
			return hidden("removed", "Left out: complete messages of upstream no longer list it.");
		}
		const item = this.#policy.itemOf(record);
		const withheld = item === undefined ? "kind" : this.#refusal(item, known);
		if (item === undefined || withheld !== undefined) return withheldShowing(withheld ?? "kind");
		if (known !== undefined && !isNewer(item, known.item)) {
			return hidden("superseded", `Overtaken: what is shown is newer, of ${formatIsoTime(known.item.time)}.`);
		}
		if (known?.isRemoved)
			return hidden("removed", "Left out: complete messages of upstream no longer list it.");
		const { bornMonotonic } = known ?? this.#entryOf(item);
		const ageMs = Math.max(now - item.time, this.#clock.monotonic() - bornMonotonic);
		const tier = this.#policy.tierOf(item, ageMs, now);
		const age = `${Math.round(ageMs / 1000)} s old`;
		if (tier === "over") return hidden("gone", `Left out: it is ${age}, which is beyond the tier \`gone\`.`);
		if (tier === "hidden") return hidden("hidden", `Left out for now: it is ${age}, and says too little.`);
		if (known?.served === undefined) return hidden("due", "It will be in the next publication.");
		return { isShown: true, reason: tier, sentence: `Shown, as ${tier}: it is ${age}.` };
	}

	/** Whatever is known of the subject, upstream lists it no more. It may come back with the very report that it left with. */
	#remove(record: TransitRecord, isSettled: boolean, settle: Settle | undefined): void {
		const known = this.#entries.get(record.key);
		if (known === undefined) {
			if (!isSettled) this.#decided.push({ record, outcome: "delivered" });
			return;
		}
		if (known.isOpen) this.#decide(known.record, "superseded", settle);
		this.#vacate(known);
		known.isRemoved = true;
		known.record = record;
		known.isOpen = !isSettled;
		known.served = undefined;
		known.takenMonotonic = this.#clock.monotonic();
	}

	/** What was shown of the subject so far no longer holds, and what does may not be shown. */
	#withdraw(known: Entry<Item>, item: Item, settle: Settle | undefined): void {
		const { record } = known;
		if (known.isOpen) this.#decide(record, "superseded", settle);
		this.#vacate(known);
		this.#renew(known, item);
		known.record = record;
		known.isRemoved = true;
	}

	/** Its id and its place are free for others. */
	#vacate(known: Entry<Item>): void {
		if (known.isRemoved) return;
		this.#removed++;
		this.#owners.delete(known.item.id);
	}

	/** As of now, decided already. */
	#entryOf(item: Item): Entry<Item> {
		const { record } = item;
		const none = { bornMonotonic: 0, takenMonotonic: 0 };
		return this.#renew({ item, record, isRemoved: false, isOpen: false, served: undefined, ...none }, item);
	}

	#renew(entry: Entry<Item>, item: Item): Entry<Item> {
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

	#forget(key: string, entry: Entry<Item>): void {
		this.#entries.delete(key);
		if (entry.isRemoved) this.#removed--;
		else this.#owners.delete(entry.item.id);
	}

	#refusal(item: Item, known: Entry<Item> | undefined): WithheldReason | undefined {
		const reason = this.#policy.refusal(item);
		if (reason !== undefined) return reason;
		// One key has one id: who stands in the feed owns it already.
		if (known !== undefined && !known.isRemoved) return undefined;
		const owner = this.#owners.get(item.id);
		if (owner !== undefined && owner !== item.record.key) return "identity";
		return known === undefined && this.#entries.size - this.#removed >= this.#policy.max
			? "limit"
			: undefined;
	}

	#withhold(
		record: TransitRecord,
		reason: WithheldReason,
		isSettled: boolean,
		settle: Settle | undefined,
	): void {
		if (isSettled) return;
		this.#withheld[reason]++;
		this.#decide(record, "withheld", settle);
	}

	/** At once where somebody listens: at a flood, what waits for the publication would be most of the memory. */
	#decide(record: TransitRecord, outcome: ServingOutcome, settle: Settle | undefined): void {
		if (settle) settle(record, outcome);
		else this.#decided.push({ record, outcome });
	}
}

/** The same object for as long as the tier is the same: a feed that did not change is known by it. */
function show<Item extends FeedItem>(entry: Entry<Item>, tier: Tier): ServedItem<Item> {
	if (entry.served?.tier !== tier) {
		entry.served = { item: entry.item, tier, detail: tier === "stale" ? "reduced" : "whole" };
	}
	return entry.served;
}
