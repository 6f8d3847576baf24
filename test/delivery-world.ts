import type { DeadLetter } from "../src/log/dead-letter.js";
import { sinkStep } from "../src/log/ledger.js";
import type { Commit, Log } from "../src/log/log.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { partitionOf } from "../src/log/partitioner.js";
import { RecordPackBuilder } from "../src/log/record-pack.js";
import { Failure } from "../src/model/failure.js";
import { recordId, type TransitRecord } from "../src/model/record.js";
import type { RouteEvent, SubscriptionOptions } from "../src/routes/route.js";
import { createSubscription, type Subscription } from "../src/routes/subscription.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import type { Batch, Delivery, DeliveryNeeds, DeliverySink, Sink } from "../src/sinks/sink.js";

export const DELIVERED: Delivery = { outcome: "ok" };

export function transient(retryAfterMs?: number): Delivery {
	const options = retryAfterMs === undefined ? {} : { retryAfterMs };
	return { outcome: "transient", failure: new Failure("http.transient", "503", options) };
}

export function refusedSink(): Delivery {
	return {
		outcome: "bad_sink",
		failure: new Failure("http.unauthorized", "the destination answered 401"),
	};
}

/** Names the records at these places of the batch; none: refused as a whole. */
export function refusedRecords(...indexes: number[]): Delivery {
	return {
		outcome: "bad_records",
		rejected: indexes.map((index) => ({ index, code: "record.rejected", message: `record ${index} is bad` })),
		failure: new Failure("http.rejected", "the destination answered 422"),
	};
}

export function tooLarge(): Delivery {
	return {
		outcome: "bad_records",
		rejected: [],
		failure: new Failure("http.body_too_large", "the destination answered 413"),
	};
}

/** A destination that outlives restarts, answers as it is told, and remembers every batch that it was sent. */
export class ScriptedDestination {
	/** Every call of `write`, in order. */
	readonly sent: { readonly id: string; readonly ids: readonly string[]; readonly at: number }[] = [];
	/** What took effect: a batch id once, as a destination that knows idempotency keeps it. */
	readonly taken = new Map<string, readonly string[]>();
	/** Calls that run now, and the most that ever did. */
	inFlight = 0;
	inFlightMax = 0;
	needs: DeliveryNeeds | undefined;
	answer: (batch: Batch, signal: AbortSignal) => Delivery | Promise<Delivery> = () => DELIVERED;
	onOpen: () => string | undefined = () => undefined;
	readonly #now: () => number;

	constructor(now: () => number) {
		this.#now = now;
	}

	sink(): DeliverySink {
		const { needs } = this;
		return {
			kind: "delivery",
			...(needs && { needs }),
			open: async () => this.onOpen(),
			write: async (batch, signal) => {
				const ids = batch.records.map(recordId);
				this.sent.push({ id: batch.id, ids, at: this.#now() });
				this.inFlight++;
				this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
				try {
					const delivery = await this.answer(batch, signal);
					if (delivery.outcome === "ok") this.take(batch);
					return delivery;
				} finally {
					this.inFlight--;
				}
			},
			close: async () => undefined,
		};
	}

	/** The batch takes effect, whatever is answered. */
	take(batch: Batch): void {
		if (!this.taken.has(batch.id)) this.taken.set(batch.id, batch.records.map(recordId));
	}

	/** Ids of the records that took effect, in the order in which they did. */
	get effects(): string[] {
		return [...this.taken.values()].flat();
	}
}

/** A store, virtual time and subscriptions, with the ledger of each sink at hand. */
export class DeliveryWorld {
	readonly time: VirtualRuntime;
	readonly storage: MemoryStorage;
	readonly events: RouteEvent[] = [];
	/** Called before and after each commit; a throw is the caller's. */
	beforeCommit: (commit: Commit) => void | Promise<void> = () => undefined;
	afterCommit: (commit: Commit) => void | Promise<void> = () => undefined;
	log: Log;
	/** Sinks by the feeds that are routed to them: whose accounts intake opens. */
	readonly routed = new Map<string, readonly string[]>();

	constructor(partitions = 1) {
		this.time = createVirtualRuntime();
		this.storage = new MemoryStorage(partitions);
		this.log = this.#open();
	}

	get now(): number {
		return this.time.runtime.clock.now();
	}

	destination(): ScriptedDestination {
		return new ScriptedDestination(() => this.now);
	}

	/** A subscription of feed `metro-avl` in mode `every`, unless said otherwise. */
	subscribe(sink: Sink, options: Partial<SubscriptionOptions> = {}): Subscription {
		const name = options.name ?? "archive";
		const routes = options.routes ?? [{ feed: "metro-avl" }];
		this.routed.set(
			name,
			routes.map(({ feed }) => feed),
		);
		return createSubscription({
			mode: "every",
			batch: { count: 10, bytes: 1_000_000, everyMs: 100 },
			...options,
			name,
			routes,
			sink,
			log: this.log,
			runtime: this.time.runtime,
			onEvent: (event) => this.events.push(event),
		});
	}

	/** Appends records as intake does: one pack per partition, feed and minute, each sink's account opened with it. */
	async append(records: readonly TransitRecord[]): Promise<void> {
		const packs = new Map<string, RecordPackBuilder>();
		const ledger: NonNullable<Commit["ledger"]>[number][] = [];
		for (const record of records) {
			const { feed, receivedTime } = record.origin;
			const partition = partitionOf(record.key, this.log.partitions("records"));
			const minute = Math.floor(receivedTime / 60_000);
			const key = `${partition}|${feed}|${minute}`;
			const pack = packs.get(key) ?? new RecordPackBuilder(partition, feed, minute);
			packs.set(key, pack);
			pack.add(record, JSON.stringify(record.body));
			for (const [sink, feeds] of this.routed) {
				if (!feeds.includes(feed)) continue;
				ledger.push({ step: sinkStep(sink), feed, partition, minute, outcome: "in", count: 1 });
			}
		}
		await this.log.commit({ append: [...packs.values()].map((pack) => pack.finish()), ledger });
	}

	/** The process dies: nothing more of it reaches the store, which the next process opens. */
	async crash(subscriptions: readonly Subscription[]): Promise<void> {
		const old = this.log;
		this.beforeCommit = () => {
			throw new Error("the process is dead");
		};
		await Promise.all(subscriptions.map((subscription) => this.#closeInTime(subscription)));
		await old.close();
		this.beforeCommit = () => undefined;
		this.afterCommit = () => undefined;
		this.log = this.#open();
	}

	/** Closing waits on the clock for calls that hang. */
	async #closeInTime(subscription: Subscription): Promise<void> {
		const closed = subscription.close();
		await this.time.advance(10_000);
		await closed;
	}

	/** The sums of a sink's account by outcome, and what is pending by the store's own count, once all has come to rest. */
	async account(sink = "archive"): Promise<Record<string, number>> {
		await this.time.settle();
		const sums: Record<string, number> = {};
		for (const { outcome, count } of await this.log.ledger({ step: sinkStep(sink) })) {
			sums[outcome] = (sums[outcome] ?? 0) + count;
		}
		let pending = 0;
		const feeds = this.routed.get(sink) ?? [];
		for (let partition = 0; partition < this.log.partitions("records"); partition++) {
			const offset = (await this.log.cursor(sinkStep(sink), "records", partition)) ?? 0;
			const rows = await this.log.pending({ topic: "records", partition, offset });
			for (const { feed, count } of rows) if (feeds.includes(feed)) pending += count;
		}
		return { ...sums, pending };
	}

	/** What the account is off by: in, minus every outcome, minus what is pending. Promise 1 says 0. */
	async imbalance(sink = "archive"): Promise<number> {
		const { in: opened = 0, ...outcomes } = await this.account(sink);
		return opened - Object.values(outcomes).reduce((sum, count) => sum + count, 0);
	}

	async deadLetters(): Promise<DeadLetter[]> {
		const letters: DeadLetter[] = [];
		for (let partition = 0; partition < this.log.partitions("dead-letters"); partition++) {
			const from = { topic: "dead-letters" as const, partition, offset: 0 };
			const { packs } = await this.log.read(from, { entriesMax: 1000, bytesMax: 1e9 });
			for (const pack of packs) letters.push(...(JSON.parse(pack.body as string) as DeadLetter[]));
		}
		return letters;
	}

	eventTypes(): string[] {
		return this.events.map(({ type }) => type);
	}

	#open(): Log {
		return createMemoryLog({
			storage: this.storage,
			beforeCommit: (commit) => this.beforeCommit(commit),
			afterCommit: (commit) => this.afterCommit(commit),
		});
	}
}
