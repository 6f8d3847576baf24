import { Replays } from "../src/hub/replays.js";
import type { TransitRecord } from "../src/model/record.js";
import type { SubscriptionOptions } from "../src/routes/route.js";
import type { Subscription } from "../src/routes/subscription.js";
import type { Batch, Delivery } from "../src/sinks/sink.js";
import { NOON, sampleRecord } from "../src/testing/record-samples.js";
import { DELIVERED, DeliveryWorld, refusedRecords, type ScriptedDestination } from "./delivery-world.js";

/** A destination that refuses vehicles by name, one subscription to it, and the jobs beside it. */
export class ReplayWorld extends DeliveryWorld {
	readonly bad = new Set<string>();
	readonly destination_: ScriptedDestination;
	readonly told: string[] = [];
	readonly seen: TransitRecord[] = [];
	subscription: Subscription | undefined;
	replays: Replays | undefined;
	readonly #options: Partial<SubscriptionOptions>;

	constructor(options: Partial<SubscriptionOptions> = {}, partitions = 1) {
		super(partitions);
		this.#options = options;
		this.destination_ = this.destination();
		this.destination_.answer = (batch) => this.judge(batch);
	}

	judge(batch: Batch): Delivery {
		const refused = batch.records.flatMap(({ body }, at) =>
			"vehicleId" in body && this.bad.has(body.vehicleId ?? "") ? [at] : [],
		);
		if (refused.length > 0) return refusedRecords(...refused);
		this.seen.push(...batch.records);
		return DELIVERED;
	}

	async start(): Promise<Replays> {
		this.subscription = this.subscribe(this.destination_.sink(), this.#options);
		await this.subscription.start();
		this.replays = new Replays({
			log: this.log,
			runtime: this.time.runtime,
			subscriptions: [this.subscription],
			onEvent: (_subject, _level, _code, message) => this.told.push(message),
		});
		await this.replays.start();
		return this.replays;
	}

	/** The process dies, and the next one goes on. */
	async restart(): Promise<Replays> {
		const stopping = this.replays?.stop();
		await this.crash(this.subscription ? [this.subscription] : []);
		await stopping;
		return this.start();
	}

	async stop(): Promise<void> {
		const closed = this.subscription?.close();
		await this.replays?.stop();
		await this.time.advance(10_000);
		await closed;
	}

	async letters(): Promise<string> {
		const issues = await this.log.letterIssues();
		const sum = (name: "open" | "replayed" | "dropped" | "failedAgain") =>
			issues.reduce((total, issue) => total + issue[name], 0);
		return `${sum("open")} open, ${sum("replayed")} replayed, ${sum("dropped")} dropped, ${sum("failedAgain")} tries`;
	}
}

/** Reports of vehicles in turns, a millisecond apart. */
export const fleet = (vehicles: readonly string[], from = 0, count = 12) =>
	Array.from({ length: count }, (_, i) =>
		sampleRecord({
			vehicle: vehicles[i % vehicles.length] as string,
			eventTime: NOON + from + i,
			index: from + i,
		}),
	);
