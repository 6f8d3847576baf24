import type { z } from "zod";
import type { Failure, FailureCode } from "../model/failure.js";
import type { TransitRecord } from "../model/record.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { Runtime } from "../runtime/runtime.js";

/**
 * Records of one partition. The batch is committed before it is sent; every retry, also after a crash, sends the same
 * bytes under the same id.
 */
export interface Batch {
	/**
	 * `sink:origin:partition:firstOffset-nextOffset`, plus `.from-to` for a piece of a batch that had to be divided, and
	 * the generation after a repair. Stable over retries and restarts; `origin` was drawn when the sink first ran on this
	 * store, so that another store never repeats an id.
	 */
	readonly id: string;
	readonly partition: number;
	/** The stretch of the log that is settled with this batch or with the last piece of it. */
	readonly firstOffset: number;
	readonly nextOffset: number;
	/** For the header of that name, where this attempt is traced. It is another one with each attempt. */
	readonly traceparent?: string;
	/** In the order in which they count: each key by event time, as far as the route's reorder window reaches. */
	readonly records: readonly TransitRecord[];
}

/**
 * Four outcomes, not two. Plug-ins classify; only the harness retries. Whatever is not `ok` means that nothing of the
 * batch may be counted on: what was good in it is sent again, under another id when the records differ.
 */
export type Delivery =
	/** `state` is committed together with the cursor and handed to `open` after a restart (a file's length). */
	| { readonly outcome: "ok"; readonly state?: string }
	| { readonly outcome: "transient"; readonly failure: Failure }
	/** These records are bad (by their index in the batch). Empty when the destination did not say which: bisect. */
	| {
			readonly outcome: "bad_records";
			readonly rejected: readonly {
				readonly index: number;
				readonly code: FailureCode;
				readonly message: string;
			}[];
			readonly failure: Failure;
	  }
	/** The destination refuses us as such (401, 403, 404, TLS, DNS): hold the cursor, open the breaker, burn nothing. */
	| { readonly outcome: "bad_sink"; readonly failure: Failure };

/** When a batch is full: at so many records, so many bytes of JSON (estimated), or so long after its first record. */
export interface BatchLimits {
	readonly count: number;
	readonly bytes: number;
	readonly everyMs: DurationMs;
}

/** What a delivery sink wants of the harness. What is absent is the harness's default. */
export interface DeliveryNeeds {
	readonly batch?: BatchLimits;
	/** Of one `write`, after which its signal aborts. */
	readonly timeoutMs?: DurationMs;
	/**
	 * One batch at a time over all partitions, from its write until its commit. For sinks whose `state` speaks of all
	 * partitions, such as the length of one file.
	 */
	readonly exclusive?: boolean;
}

/** Writes batches somewhere else. One batch per partition is in flight at a time; order holds per partition. */
export interface DeliverySink {
	readonly kind: "delivery";
	readonly needs?: DeliveryNeeds;
	/**
	 * Called before the first write, with the state that the last acknowledged batch returned; called again when it
	 * rejected, or when what it answered could not be committed. Answers the state to commit before the first write
	 * where there is one to remember (the length of the file as it was found), else undefined.
	 */
	open(state: string | undefined): Promise<string | undefined>;
	/** Settles soon after the signal aborts, with whatever it likes. What it throws is classified by its kind. */
	write(batch: Batch, signal: AbortSignal): Promise<Delivery>;
	/**
	 * What `write` answered last, or what `open` answered, is committed and will never be asked for again: only now may a
	 * file be shown or closed that nothing may be taken back from. Never throws, returns at once.
	 */
	committed?(): void;
	close(): Promise<void>;
}

/** What became of a record in a served sink, for the ledger. */
export type ServingOutcome = "delivered" | "superseded" | "withheld" | "expired";

/** Told once for each record what became of it. */
export type Settle = (record: TransitRecord, outcome: ServingOutcome) => void;

export interface Publication {
	/** Committed with the cursor; handed to `restore` after a restart (the last header time). */
	readonly state: string;
	/**
	 * What must outlive the horizon, committed with the state where it has changed since the last publication that had
	 * one. It may be large; handed to `restore` too.
	 */
	readonly snapshot?: string;
	/** Makes the publication visible. Called after the commit, or at once when the store cannot commit. */
	reveal(): void;
}

/** Serves the present state (GTFS-realtime, SIRI, SSE). Every hub instance reads all partitions. */
export interface ServingSink {
	readonly kind: "serving";
	/** How old a record may be (by received time) to matter when the state is rebuilt after a restart. */
	readonly horizonMs: DurationMs;
	/** The longest time between two publications, also without new records. */
	readonly publishEveryMs: DurationMs;
	/** The shortest time between two publications when records keep coming. */
	readonly publishAtMostEveryMs: DurationMs;
	readonly endpoints: readonly Endpoint[];
	/** Called once, before the records of the horizon are applied, with what was committed last. */
	restore(state: string | undefined, snapshot?: string): void;
	/**
	 * Takes records in; nothing is visible yet. `rebuilding` records were settled before a restart. What is decided at
	 * once (superseded, withheld) may be told to `settle`, where one is given, instead of being remembered until the next
	 * publication.
	 */
	apply(records: readonly TransitRecord[], rebuilding: boolean, settle?: Settle): void;
	/**
	 * Makes the next publication. Calls `settle` exactly once for every record that was applied (and not rebuilding)
	 * and that is now decided: published at least once, superseded before it could be, withheld from riders, or expired.
	 */
	publish(now: EpochMs, settle: Settle): Publication;
	/**
	 * Everything that stands, so that `resume` on a new sink of the same options brings it to where applying all records
	 * again would. With both, a start reads back what came since, and not all of the horizon.
	 */
	standing?(): readonly Standing[];
	/** Called once, after `restore` and before the records that followed are applied. */
	resume?(standing: readonly Standing[]): void;
	/** What its readers see of a record as of now, and why: for whoever asks where a vehicle has gone. */
	explain?(record: TransitRecord, now: EpochMs): Showing;
	/** Facts for the status page. */
	status(now: EpochMs): Readonly<Record<string, string | number | boolean>>;
	close(): Promise<void>;
}

/** What a serving sink makes of one record. */
export interface Showing {
	readonly isShown: boolean;
	/** The tier it is shown in, else a word for why it is not: for programs. */
	readonly reason: string;
	/** The same for people. */
	readonly sentence: string;
}

/** What a serving sink knows of one subject. */
export interface Standing {
	readonly record: TransitRecord;
	/** It is not served any more, and only keeps older records out. */
	readonly isGone: boolean;
}

export type Sink = DeliverySink | ServingSink;

/** What the hub knows of a feed that is routed to a sink. */
export interface FeedHealth {
	readonly feed: string;
	readonly agency: string;
	/** As the status page says it. */
	readonly state: "running" | "waiting" | "failing" | "down" | "finished";
	/** When upstream gave a good answer last, also one without news. Undefined: not since the hub started. */
	readonly lastAnswerTime: EpochMs | undefined;
	/** Its routes to the sink take alerts and nothing else. */
	readonly isAlertsOnly?: boolean;
}

export interface SinkContext {
	readonly name: string;
	readonly runtime: Runtime;
	readonly baseDirectory: string;
	readonly secrets: Readonly<Record<string, string>>;
	/** The feeds that are routed to the sink, as of now. Absent where there is no hub around it. */
	readonly feeds?: (() => readonly FeedHealth[]) | undefined;
	/** What people should know and no delivery tells, such as files that cannot be written. Absent where nobody listens. */
	readonly onEvent?:
		| ((level: "info" | "warn" | "error", code: `sink.${string}`, message: string) => void)
		| undefined;
	/** The time between two looks at a vehicle, of each routed feed that is asked: of its slowest upstream. */
	readonly sweeps?: ReadonlyMap<string, DurationMs> | undefined;
}

/** What a sink plug-in exports, frozen. */
export interface SinkDefinition<Options = unknown> {
	readonly type: string;
	readonly summary: string;
	readonly options: z.ZodType<Options>;
	/** Folders that it writes into, by the option that names them, as they are written there: a check tries them. */
	folders?(options: Options): Readonly<Record<string, string | undefined>>;
	create(options: Options, context: SinkContext): Sink;
}
