import type { Log, Step } from "../log/log.js";
import type { TransitRecord } from "../model/record.js";
import type { DurationMs } from "../model/units.js";
import type { Clock } from "../runtime/runtime.js";
import type { BatchLimits } from "../sinks/sink.js";
import type { AdaptiveLimit } from "./adaptive-limit.js";
import type { DeliveryPort } from "./delivery-port.js";
import type { Health } from "./health.js";
import type { RecordCache } from "./route.js";
import type { RouteRules } from "./route-rules.js";
import type { Slots } from "./slots.js";

/** What the lanes of one sink share. */
export interface LaneHost {
	readonly sink: string;
	readonly step: Step;
	/** Drawn once per store; part of every batch id. */
	readonly origin: string;
	readonly log: Log;
	readonly clock: Clock;
	readonly rules: RouteRules;
	readonly batch: BatchLimits;
	/** How long records wait for older ones of their key (0: not at all), and how many may, over all partitions. */
	readonly reorder: { readonly windowMs: DurationMs; readonly recordsMax: number };
	readonly port: DeliveryPort;
	/** Batches in hand over all lanes: bounds memory. */
	readonly slots: Slots;
	/** Batches between their write and their commit: one for an exclusive sink, whose next ones are planned meanwhile. */
	readonly writes: Slots;
	/** Takes places for writes away from a destination that struggles. */
	readonly limit: AdaptiveLimit;
	readonly health: Health;
	readonly signal: AbortSignal;
	readonly recordCache: RecordCache | undefined;
	/** The name of the sink's own state in the store. */
	readonly sinkStateName: string;
	/**
	 * Whether the sink is open still. An exclusive one is opened anew, with the state that was committed last, when it took
	 * something and no commit followed: what it took is undone by that, before anybody else writes behind it.
	 */
	isOpen(): boolean;
	/** Awaits what commits that something was taken. */
	readonly settling: <Settled>(settled: Promise<Settled>) => Promise<Settled>;
	/** One batch at a time over all partitions. */
	readonly isExclusive: boolean;
	/** Gives the place for a write back: once the call has ended, where an exclusive sink may still be writing. */
	endWrite(release: () => void, running: Promise<unknown> | undefined): void;
	hasAccount(record: TransitRecord, partition: number, offset: number): boolean;
	/** Makes sure that the sink is open: 0, or how long to wait before the next try. */
	open(partition: number): Promise<DurationMs>;
	/** A cursor has moved; `wasTaken`: over what the sink took, and with its state. */
	advanced(wasTaken: boolean): void;
}
