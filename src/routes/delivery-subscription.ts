import { sinkStep } from "../log/ledger.js";
import type { Log } from "../log/log.js";
import { Failure, messageOf } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import { createUpstream, type Upstream } from "../resilience/index.js";
import type { Cancel, Runtime } from "../runtime/runtime.js";
import type { BatchLimits, DeliverySink } from "../sinks/sink.js";
import { AdaptiveLimit } from "./adaptive-limit.js";
import { DeliveryLane } from "./delivery-lane.js";
import { DeliveryPort } from "./delivery-port.js";
import { Health, troubleOf } from "./health.js";
import type { LaneHost } from "./lane-host.js";
import type { RedeliveryRequest } from "./redelivery-request.js";
import type { RecordCache, Subscription, SubscriptionOptions, SubscriptionStatus } from "./route.js";
import { type Accounts, openAccounts } from "./route-accounts.js";
import { RouteRules } from "./route-rules.js";
import { Bell, Slots, within } from "./slots.js";

const BATCH_DEFAULT: BatchLimits = { count: 500, bytes: 1024 * 1024, everyMs: 1000 };
const IN_FLIGHT_DEFAULT = 4;
/** Of the reorder window, over all partitions. */
const REORDER_RECORDS_MAX = 40_000;
const WRITE_TIMEOUT_MS: DurationMs = 30_000;
/** How long writes that were told to stop, and commits that hang, are waited for when the subscription closes. */
const CLOSE_GRACE_MS: DurationMs = 1000;

/** A subscription to a sink that writes elsewhere: a lane per partition, so many batches in flight over all of them. */
export class DeliverySubscription implements Subscription {
	readonly name: string;
	readonly upstream: Upstream;
	readonly endpoints = [];
	readonly #options: SubscriptionOptions;
	readonly #sink: DeliverySink;
	readonly #log: Log;
	readonly #runtime: Runtime;
	readonly #health: Health;
	readonly #rules: RouteRules;
	readonly #port: DeliveryPort;
	readonly #closing = new AbortController();
	readonly #sinkStateName: string;
	#accounts: Accounts | undefined;
	#preparing: Promise<void> | undefined;
	#lanes: readonly DeliveryLane[] = [];
	#running: readonly Promise<void>[] = [];
	#unlisten: Cancel | undefined;
	#opening: Promise<DurationMs> | undefined;
	#openAttempts = 0;
	/** The sink is open, and what it found is committed. */
	#isOpen = false;
	readonly #drainBell: Bell;
	readonly #writes: Slots;

	constructor(options: SubscriptionOptions, sink: DeliverySink) {
		const { name, runtime, log } = options;
		this.name = name;
		this.#options = options;
		this.#sink = sink;
		this.#log = log;
		this.#runtime = runtime;
		this.#rules = new RouteRules(options.routes, options);
		this.#health = new Health(name, runtime.clock, options.onEvent, this.#rules.reorderMs);
		this.#sinkStateName = `sink/${name}/state`;
		this.#drainBell = new Bell(runtime.clock);
		this.#writes = new Slots(this.#inFlightMax());
		const timeoutMs = sink.needs?.timeoutMs ?? WRITE_TIMEOUT_MS;
		this.upstream = createUpstream(
			`sink:${name}`,
			{
				...options.upstream,
				timeout: { attemptMs: timeoutMs, jobMs: timeoutMs + 1000 },
				bulkhead: { limit: this.#inFlightMax(), queueMax: 0 },
				fallback: false,
				onEvent: (event) => {
					options.upstream?.onEvent?.(event);
					// Lanes that wait for the breaker look again; the core decides which of them is the probe.
					if (event.type === "transition") for (const lane of this.#lanes) lane.ring();
				},
			},
			runtime,
		);
		this.#port = new DeliveryPort(sink, this.upstream, this.#closing.signal, options.traces);
	}

	get keepsOrder(): boolean {
		return this.#rules.hasStrict;
	}

	prepare(): Promise<void> {
		this.#preparing ??= this.#prepare();
		return this.#preparing;
	}

	async #prepare(): Promise<void> {
		this.#accounts = await openAccounts(
			this.#log,
			sinkStep(this.name),
			`sink/${this.name}/origin`,
			this.#rules.feeds,
			this.#options.begin ?? "now",
			this.#runtime.chance,
		);
		this.#health.openedLate(this.#accounts.openedLate);
	}

	async start(recordCache?: RecordCache): Promise<void> {
		await this.prepare();
		const accounts = this.#accounts as Accounts;
		const host = this.#host(accounts, recordCache);
		const ends = await Promise.all(
			accounts.cursors.map((_, partition) => this.#log.bounds("records", partition)),
		);
		this.#lanes = accounts.cursors.map(
			(cursor, partition) => new DeliveryLane(host, partition, cursor, ends[partition]?.end ?? cursor),
		);
		this.#unlisten = this.#log.onAppend((grown) => {
			for (const { topic, partition, end } of grown) {
				if (topic === "records") this.#lanes[partition]?.grown(end);
			}
		});
		this.#running = this.#lanes.map((lane) => this.#run(lane));
	}

	/** Sends dead letters of a partition again; see `Redelivery`. */
	async redeliver(partition: number, request: RedeliveryRequest): Promise<void> {
		const lane = this.#laneOf(partition);
		const settled = lane.redelivery.request(request);
		lane.ring();
		return settled;
	}

	/** Releases keys that wait behind a dead letter of which there is none any more. Answers whether others are left. */
	async unpark(
		partition: number,
		openKeys: () => Promise<ReadonlySet<string>>,
		held: ReadonlySet<string>,
	): Promise<boolean> {
		if (!this.#rules.hasStrict) return false;
		const lane = this.#laneOf(partition);
		const isMoreLeft = lane.redelivery.unpark(openKeys, held);
		lane.ring();
		return isMoreLeft;
	}

	#laneOf(partition: number): DeliveryLane {
		const lane = this.#lanes[partition];
		if (lane === undefined || this.#closing.signal.aborted)
			throw new Failure("closed", `Sink ${this.name} does not deliver now`);
		return lane;
	}

	async drain(withinMs: DurationMs): Promise<boolean> {
		const { clock } = this.#runtime;
		const deadline = clock.monotonic() + withinMs;
		for (const lane of this.#lanes) lane.drain();
		for (;;) {
			if (this.#lanes.every((lane) => lane.isDrained)) return true;
			const leftMs = deadline - clock.monotonic();
			if (leftMs <= 0 || this.#closing.signal.aborted) return false;
			await this.#drainBell.rest(leftMs);
		}
	}

	async close(): Promise<void> {
		if (this.#closing.signal.aborted) return;
		this.#unlisten?.();
		this.#closing.abort(new Error(`Sink ${this.name} is closing`));
		for (const lane of this.#lanes) lane.ring();
		this.#drainBell.ring();
		await this.upstream.dispose();
		await within(this.#runtime.clock, this.#port.ended(), CLOSE_GRACE_MS);
		await within(this.#runtime.clock, Promise.all(this.#running), CLOSE_GRACE_MS);
		try {
			await this.#sink.close();
		} catch (thrown) {
			this.#health.emit("close_failed", "warn", `Sink ${this.name} did not close: ${messageOf(thrown)}`);
		}
	}

	status(): SubscriptionStatus {
		const now = this.#runtime.clock.now();
		const partitions = this.#lanes.map((lane) => lane.status(now));
		const cursorless = this.#accounts ? 0 : this.#log.partitions("records");
		const type = this.#options.type ?? "delivery";
		const inFlightMax = this.#writes.limit;
		const status = { ...this.#health.status(type, partitions, cursorless, {}), inFlightMax };
		const { forced } = this.upstream.status();
		if (forced?.state !== "open") return status;
		const sentence = `A person has stopped deliveries: ${forced.reason}. Nothing is lost; they go on by themselves.`;
		return { ...status, state: "held", sentence };
	}

	get #isExclusive(): boolean {
		return this.#sink.needs?.exclusive === true;
	}

	/** Nobody writes while the sink is not open, so that it can be opened at once. */
	#undone(): void {
		if (!this.#isExclusive) return;
		this.#isOpen = false;
		if (this.#closing.signal.aborted) return;
		void this.#openOnce(0).catch(() => {
			// Who wants to write next opens it, and reports what is wrong.
		});
	}

	async #openOnce(partition: number): Promise<DurationMs> {
		if (this.#isOpen) return 0;
		this.#opening ??= this.#open(partition).finally(() => {
			this.#opening = undefined;
		});
		return this.#opening;
	}

	#inFlightMax(): number {
		return this.#isExclusive ? 1 : (this.#options.inFlightMax ?? IN_FLIGHT_DEFAULT);
	}

	#host(accounts: Accounts, recordCache: RecordCache | undefined): LaneHost {
		return {
			sink: this.name,
			step: sinkStep(this.name),
			origin: accounts.origin,
			log: this.#log,
			clock: this.#runtime.clock,
			rules: this.#rules,
			batch: this.#options.batch ?? this.#sink.needs?.batch ?? BATCH_DEFAULT,
			reorder: {
				windowMs: this.#rules.reorderMs,
				recordsMax: this.#options.reorderRecordsMax ?? REORDER_RECORDS_MAX,
			},
			port: this.#port,
			slots: new Slots(this.#options.inFlightMax ?? IN_FLIGHT_DEFAULT),
			writes: this.#writes,
			limit: new AdaptiveLimit(this.#writes, this.#runtime.clock),
			health: this.#health,
			signal: this.#closing.signal,
			recordCache,
			sinkStateName: this.#sinkStateName,
			hasAccount: (record, partition, offset) => accounts.hasAccount(record, partition, offset),
			isOpen: () => this.#isOpen,
			isExclusive: this.#isExclusive,
			settling: async (settled) => {
				try {
					return await settled;
				} catch (thrown) {
					this.#undone();
					throw thrown;
				}
			},
			endWrite: (release, running) => {
				if (running === undefined || !this.#isExclusive) return release();
				void running.then(() => {
					this.#undone();
					release();
				});
			},
			open: (partition) => this.#openOnce(partition),
			advanced: (wasTaken) => {
				if (wasTaken) this.#port.committed();
				this.#drainBell.ring();
			},
		};
	}

	async #run(lane: DeliveryLane): Promise<void> {
		try {
			await lane.run().finally(() => lane.redelivery.stop());
		} catch (thrown) {
			// What one lane learned of the store holds for all; they find out by themselves.
			this.#health.report(lane.partition, troubleOf("failed", thrown, undefined));
		}
	}

	/** Opens the sink with the state that was committed last, and commits the one that it found. */
	async #open(partition: number): Promise<DurationMs> {
		const bytes = await this.#log.state(this.#sinkStateName);
		const state = bytes && new TextDecoder().decode(bytes);
		const answer = await this.#port.open(state, ++this.#openAttempts);
		if (answer.outcome === "ok") {
			this.#openAttempts = 0;
			if (answer.state !== undefined) {
				await this.#log.commit({ state: [{ name: this.#sinkStateName, bytes: answer.state }] });
			}
			this.#isOpen = true;
			return 0;
		}
		if (answer.outcome === "refused") return answer.delayMs;
		const isTransient = answer.outcome === "transient";
		const delayMs = answer.outcome === "bad_records" ? WRITE_TIMEOUT_MS : answer.delayMs;
		const next = Number.isFinite(delayMs) ? this.#runtime.clock.now() + delayMs : undefined;
		this.#health.report(partition, troubleOf(isTransient ? "retrying" : "held", answer.failure, next));
		return delayMs;
	}
}
