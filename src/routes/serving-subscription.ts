import { sinkStep } from "../log/ledger.js";
import type { Log, Posting, Step } from "../log/log.js";
import { partitionOf } from "../log/partitioner.js";
import { Failure, messageOf } from "../model/failure.js";
import type { TransitRecord } from "../model/record.js";
import { endWith } from "../model/trace.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { Cancel, Clock } from "../runtime/runtime.js";
import type { Publication, ServingSink } from "../sinks/sink.js";
import { Checkpoints } from "./checkpoint.js";
import { PublishTrace } from "./delivery-trace.js";
import { Health, troubleOf } from "./health.js";
import { readRecords } from "./record-reader.js";
import type { RecordCache, Subscription, SubscriptionOptions, SubscriptionStatus } from "./route.js";
import { type Accounts, openAccounts } from "./route-accounts.js";
import { RouteRules } from "./route-rules.js";
import { Settlement } from "./settlement.js";
import { Bell, within } from "./slots.js";
import { StartGate } from "./start-gate.js";

/** A commit that takes longer does not keep the publication from riders. */
const REVEAL_WITHIN_MS: DurationMs = 1000;
/** How long a commit that hangs keeps the subscription from closing. */
const CLOSE_GRACE_MS: DurationMs = 1000;
/** Where a serving sink reports trouble: it reads all partitions as one, but reading, publishing and committing fail apart. */
const READING = 0;
const PUBLISHING = 1;
const COMMITTING = 2;

/**
 * A subscription to a sink that serves the present state. One loop reads every partition, publishes on change and on a
 * timer, and commits cursors, postings and the sink's state with each publication. Whatever the store does, riders get
 * the publication; what could not be committed goes with the next one.
 */
export class ServingSubscription implements Subscription {
	readonly name: string;
	readonly upstream = undefined;
	readonly #gate: StartGate;
	readonly #options: SubscriptionOptions;
	readonly #sink: ServingSink;
	readonly #log: Log;
	readonly #clock: Clock;
	readonly #step: Step;
	readonly #stateName: string;
	readonly #snapshotName: string;
	readonly #rules: RouteRules;
	readonly #health: Health;
	readonly #trace: PublishTrace | undefined;
	readonly #settlement: Settlement;
	readonly #checkpoints: Checkpoints;
	readonly #bell: Bell;
	readonly #drainBell: Bell;
	readonly #partitions: number;
	#recordCache: RecordCache | undefined;
	#accounts: Accounts | undefined;
	#preparing: Promise<void> | undefined;
	/** By partition: what the log holds, what was applied, what is committed. */
	readonly #ends: number[] = [];
	readonly #applied: number[] = [];
	readonly #committed: number[] = [];
	/** Records that were applied and are not decided yet: as long as there are any, the cursor stays. */
	#undecided = 0;
	#isDirty = false;
	/** What the sink wants to outlive its horizon, until it is committed. */
	#snapshot: string | undefined;
	#publishedAt: DurationMs = Number.NEGATIVE_INFINITY;
	#behindSince: EpochMs | undefined;
	#committing: Promise<void> | undefined;
	/** A commit whose outcome is not known: what it would have moved, and what it would have posted. */
	#unknown: { readonly targets: readonly number[]; readonly postings: readonly Posting[] } | undefined;
	#drainTo: readonly number[] | undefined;
	#isClosed = false;
	#running: Promise<void> | undefined;
	#unlisten: Cancel | undefined;

	constructor(options: SubscriptionOptions, sink: ServingSink) {
		const { name, log, runtime } = options;
		this.name = name;
		this.#options = options;
		this.#sink = sink;
		this.#gate = new StartGate(sink.endpoints);
		this.#log = log;
		this.#clock = runtime.clock;
		this.#step = sinkStep(name);
		this.#stateName = `sink/${name}/state`;
		this.#snapshotName = `sink/${name}/snapshot`;
		this.#rules = new RouteRules(options.routes, options);
		this.#health = new Health(name, runtime.clock, options.onEvent);
		this.#trace = options.traces && new PublishTrace(options.traces, name);
		this.#partitions = log.partitions("records");
		this.#settlement = new Settlement(this.#step, this.#partitions);
		this.#checkpoints = new Checkpoints(options, sink);
		this.#bell = new Bell(runtime.clock);
		this.#drainBell = new Bell(runtime.clock);
	}

	get endpoints(): readonly Endpoint[] {
		return this.#gate.endpoints;
	}

	prepare(): Promise<void> {
		this.#preparing ??= this.#prepare();
		return this.#preparing;
	}

	async #prepare(): Promise<void> {
		const { runtime, begin } = this.#options;
		const stateName = `sink/${this.name}/origin`;
		const { feeds } = this.#rules;
		this.#accounts = await openAccounts(
			this.#log,
			this.#step,
			stateName,
			feeds,
			begin ?? "now",
			runtime.chance,
		);
		this.#health.openedLate(this.#accounts.openedLate);
		this.#committed.push(...this.#accounts.cursors);
		this.#applied.push(...this.#accounts.cursors);
		this.#ends.push(...this.#accounts.cursors);
	}

	async start(recordCache?: RecordCache): Promise<void> {
		await this.prepare();
		this.#recordCache = recordCache;
		const [state, snapshot] = await Promise.all(
			[this.#stateName, this.#snapshotName].map((one) => this.#log.state(one)),
		);
		this.#sink.restore(textOf(state), textOf(snapshot));
		this.#unlisten = this.#log.onAppend((grown) => {
			for (const { topic, partition, end } of grown) if (topic === "records") this.#grown(partition, end);
		});
		const restored = await this.#checkpoints.restore();
		for (let partition = 0; partition < this.#partitions; partition++) {
			await this.#rebuild(partition, restored?.[partition] ?? 0);
			this.#grown(partition, (await this.#log.bounds("records", partition)).end);
		}
		await this.#publish();
		this.#gate.open();
		this.#running = this.#run();
	}

	async drain(withinMs: DurationMs): Promise<boolean> {
		const deadline = this.#clock.monotonic() + withinMs;
		this.#drainTo = [...this.#ends];
		this.#bell.ring();
		for (;;) {
			if (this.#isDrained()) return true;
			const leftMs = deadline - this.#clock.monotonic();
			if (leftMs <= 0 || this.#isClosed) return false;
			await this.#drainBell.rest(leftMs);
		}
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#unlisten?.();
		this.#bell.ring();
		this.#drainBell.ring();
		await within(this.#clock, this.#running ?? Promise.resolve(), CLOSE_GRACE_MS);
		try {
			await this.#sink.close();
		} catch (thrown) {
			this.#health.emit("close_failed", "warn", `Sink ${this.name} did not close: ${messageOf(thrown)}`);
		}
	}

	status(): SubscriptionStatus {
		const now = this.#clock.now();
		const behindMs = this.#behindSince === undefined ? undefined : Math.max(0, now - this.#behindSince);
		const partitions = this.#committed.map((cursor, partition) => {
			const lagEntries = Math.max(0, (this.#ends[partition] as number) - cursor);
			return { partition, cursor, lagEntries, lagAgeMs: lagEntries > 0 ? behindMs : undefined };
		});
		const cursorless = this.#accounts ? 0 : this.#partitions;
		const type = this.#options.type ?? "serving";
		return this.#health.status(type, partitions, cursorless, this.#sink.status(now));
	}

	#grown(partition: number, end: number): void {
		if (end <= (this.#ends[partition] as number)) return;
		this.#ends[partition] = end;
		this.#behindSince ??= this.#clock.now();
		this.#bell.ring();
	}

	async #run(): Promise<void> {
		while (!this.#isClosed) {
			try {
				await this.#applyNew();
				this.#health.report(READING, undefined);
			} catch (thrown) {
				// Riders still get what is known, with its true age; reading is tried again with the next publication.
				this.#health.report(READING, troubleOf("held", thrown, undefined));
				if (this.#publishInMs() > 0) await this.#bell.rest(this.#publishInMs());
			}
			const restMs = this.#publishInMs();
			if (restMs <= 0) await this.#publish();
			else if (!this.#hasUnread()) await this.#bell.rest(restMs);
		}
	}

	#publishInMs(): DurationMs {
		if (this.#isClosed) return 0;
		const since = this.#clock.monotonic() - this.#publishedAt;
		if (this.#drainTo && !this.#isDrained() && !this.#hasUnread() && !this.#committing) {
			return this.#isDirty ? 0 : Math.max(0, this.#sink.publishAtMostEveryMs - since);
		}
		return (this.#isDirty ? this.#sink.publishAtMostEveryMs : this.#sink.publishEveryMs) - since;
	}

	#hasUnread(): boolean {
		return this.#ends.some((end, partition) => end > (this.#applied[partition] as number));
	}

	#isDrained(): boolean {
		return this.#drainTo?.every((end, partition) => (this.#committed[partition] as number) >= end) === true;
	}

	/** What was settled before the restart, as far back as it still matters and no checkpoint has it. */
	async #rebuild(partition: number, restoredTo: number): Promise<void> {
		const cursor = this.#applied[partition] as number;
		const since = this.#clock.now() - this.#sink.horizonMs;
		let from = Math.max(restoredTo, await this.#log.offsetAt("records", partition, since));
		while (from < cursor) {
			const reading = await readRecords(this.#log, undefined, partition, from);
			const records = reading.records.filter(
				(record, at) =>
					(reading.offsets?.[at] ?? from + at) < cursor &&
					this.#rules.ruleOf(record) &&
					!record.flags.includes("redecoded"),
			);
			if (records.length > 0) this.#sink.apply(records, true);
			this.#checkpoints.count(reading.records.length);
			if (reading.next <= from) return;
			from = reading.next;
		}
	}

	/** One reading of each partition that has grown, so that a flood never keeps a publication waiting. */
	async #applyNew(): Promise<void> {
		for (let partition = 0; partition < this.#partitions; partition++) {
			const from = this.#applied[partition] as number;
			if ((this.#ends[partition] as number) <= from) continue;
			const reading = await readRecords(this.#log, this.#recordCache, partition, from);
			const { skippedTo } = reading;
			if (skippedTo !== undefined && skippedTo > from) this.#overrun(partition, from, skippedTo);
			const taken = this.#routed(partition, reading.records, (at) => reading.offsets?.[at] ?? from + at);
			this.#trace?.note(taken);
			if (taken.length > 0) this.#undecided += taken.length - this.#apply(partition, taken);
			this.#applied[partition] = reading.next;
			this.#checkpoints.count(reading.records.length);
			if (reading.next <= from) this.#ends[partition] = from;
			this.#isDirty = true;
		}
	}

	/** Answers how many were decided at once. A page that the sink throws at counts for nothing: it comes again. */
	#apply(partition: number, records: readonly TransitRecord[]): number {
		const page = new Settlement(this.#step, this.#partitions);
		// What was decoded again later is no news: riders have had something newer since.
		const current = records.filter(({ flags }) => !flags.includes("redecoded"));
		let decided = records.length - current.length;
		if (decided > 0) {
			for (const record of records)
				if (record.flags.includes("redecoded")) page.add(record, partition, "superseded");
		}
		this.#sink.apply(current, false, (record, outcome) => {
			decided++;
			page.add(record, partition, outcome);
		});
		this.#settlement.absorb(page);
		return decided;
	}

	/** The records that are routed here; the same array when that is all of them. */
	#routed(
		partition: number,
		records: readonly TransitRecord[],
		offsetAt: (at: number) => number,
	): readonly TransitRecord[] {
		let taken: TransitRecord[] | undefined;
		for (let at = 0; at < records.length; at++) {
			const record = records[at] as TransitRecord;
			const rule = this.#rules.ruleOf(record);
			if (rule) taken?.push(record);
			else {
				taken ??= records.slice(0, at);
				const hasAccount =
					rule === null || this.#accounts?.hasAccount(record, partition, offsetAt(at)) === true;
				if (hasAccount) this.#settlement.add(record, partition, "filtered");
			}
		}
		return taken ?? records;
	}

	#overrun(partition: number, from: number, to: number): void {
		const text = `Retention overtook the sink: records ${from} to ${to} of partition ${partition} went unread`;
		this.#health.emit("retention_overrun", "error", text, { partition, from, to });
	}

	async #publish(): Promise<void> {
		const { counters } = this.#health;
		counters.attempts++;
		this.#publishedAt = this.#clock.monotonic();
		this.#isDirty = false;
		const span = this.#trace?.begin();
		let publication: Publication;
		try {
			publication = this.#sink.publish(this.#clock.now(), (record, outcome) => {
				this.#undecided--;
				this.#settlement.add(record, partitionOf(record.key, this.#partitions), outcome);
			});
		} catch (thrown) {
			counters.failures++;
			this.#health.report(PUBLISHING, troubleOf("held", thrown, undefined));
			endWith(span, thrown);
			return;
		}
		this.#snapshot = publication.snapshot ?? this.#snapshot;
		if (!this.#committing) {
			const committing = this.#commit(publication.state).finally(() => {
				this.#committing = undefined;
				this.#drainBell.ring();
				this.#bell.ring();
			});
			this.#committing = committing;
			await within(this.#clock, committing, REVEAL_WITHIN_MS);
		}
		try {
			publication.reveal();
			counters.batches++;
			this.#health.delivered(PUBLISHING);
			span?.end();
		} catch (thrown) {
			counters.failures++;
			this.#health.report(PUBLISHING, troubleOf("held", thrown, undefined));
			endWith(span, thrown);
		}
	}

	/** Commits what is decided. Never rejects: what the store refuses goes with the next publication. */
	async #commit(state: string): Promise<void> {
		const isDecided = this.#undecided === 0;
		const targets = isDecided ? [...this.#applied] : [...this.#committed];
		const checkpoint = isDecided ? this.#checkpoints.due(targets) : undefined;
		let postings: readonly Posting[] = [];
		try {
			await this.#resolveUnknown();
			if (isDecided) postings = this.#settlement.takePostings();
			const consumed = targets
				.map((offset, partition) => ({ offset, partition }))
				.filter(({ offset, partition }) => offset > (this.#committed[partition] as number))
				.map(({ offset, partition }) => ({
					subscription: this.#step,
					next: { topic: "records" as const, partition, offset },
				}));
			const snapshot = this.#snapshot;
			await this.#log.commit({
				consumed,
				state: [
					{ name: this.#stateName, bytes: state },
					...(snapshot === undefined ? [] : [{ name: this.#snapshotName, bytes: snapshot }]),
					...(checkpoint === undefined ? [] : [{ name: checkpoint.name, bytes: checkpoint.bytes }]),
				],
				ledger: postings,
			});
			if (this.#snapshot === snapshot) this.#snapshot = undefined;
			if (checkpoint) this.#checkpoints.committed(checkpoint.covers);
			this.#hasCommitted(targets);
		} catch (thrown) {
			this.#refused(thrown, targets, postings);
		}
	}

	#hasCommitted(targets: readonly number[]): void {
		targets.forEach((offset, partition) => {
			this.#committed[partition] = offset;
		});
		const isBehind = this.#ends.some((end, partition) => end > (this.#committed[partition] as number));
		this.#behindSince = isBehind ? this.#clock.now() : undefined;
		this.#settlement.countInto(this.#health.counters);
		this.#health.report(COMMITTING, undefined);
	}

	#refused(thrown: unknown, targets: readonly number[], postings: readonly Posting[]): void {
		const { counters, trouble } = this.#health;
		counters.commitFailures++;
		const nothingWritten =
			thrown instanceof Failure && (thrown.code === "store.full" || thrown.code === "store.busy");
		if (nothingWritten || postings.length === 0) this.#settlement.putBack(postings);
		else this.#unknown = { targets, postings };
		if (!trouble) this.#health.emit("store_refused", "error", messageOf(thrown));
		this.#health.report(COMMITTING, troubleOf("held", thrown, undefined));
	}

	/** Whether the commit before took effect: its cursors say so, since they move with its postings or not at all. */
	async #resolveUnknown(): Promise<void> {
		const unknown = this.#unknown;
		if (!unknown) return;
		let tookEffect = true;
		for (let partition = 0; partition < this.#partitions; partition++) {
			const target = unknown.targets[partition] as number;
			if (target <= (this.#committed[partition] as number)) continue;
			const cursor = await this.#log.cursor(this.#step, "records", partition);
			tookEffect = cursor !== undefined && cursor >= target;
			break;
		}
		this.#unknown = undefined;
		if (tookEffect) this.#hasCommitted(unknown.targets);
		else this.#settlement.putBack(unknown.postings);
	}
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
	return bytes && new TextDecoder().decode(bytes);
}
