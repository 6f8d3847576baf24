import type { DurationMs, EpochMs } from "../model/units.js";

/**
 * - `applied`: what changed was exchanged, and works. `unchanged`: there was nothing to exchange.
 * - `planned`: it was asked only what would happen.
 * - `invalid`: the configuration does not pass the check. `refused`: something in it needs a restart. Nothing was touched.
 * - `rolled_back`: the new parts did not work in time; the parts that ran before run again.
 * - `failed`: neither the new parts nor the old ones could be put in place in time; the sentence says what to do.
 */
export const RELOAD_OUTCOMES = [
	"applied",
	"unchanged",
	"planned",
	"invalid",
	"refused",
	"rolled_back",
	"failed",
] as const;
export type ReloadOutcome = (typeof RELOAD_OUTCOMES)[number];

/** What becomes of one part: `feed:NAME`, `sink:NAME`, `store` (its retention), `ids:AGENCY` or `schedule:AGENCY` (their files). */
export interface PartChange {
	readonly part: string;
	readonly action: "add" | "remove" | "replace" | "keep";
	/** Why it is not kept, for people. */
	readonly because?: string;
}

export interface ReloadOrder {
	/** Say what would happen, and touch nothing. Default false. */
	readonly dryRun?: boolean;
	/** Until when the new parts must be in place and work. Default 30 s. */
	readonly withinMs?: DurationMs;
}

export interface ReloadReport {
	readonly outcome: ReloadOutcome;
	/** What happened, and what a person can do where something is left to do. */
	readonly sentence: string;
	readonly time: EpochMs;
	readonly tookMs: DurationMs;
	readonly changes: readonly PartChange[];
	/** What is wrong with the configuration, what needs a restart, or what did not work. */
	readonly problems: readonly string[];
	/** Of parts that were exchanged and have not shown yet that they work. */
	readonly notes: readonly string[];
	/** Files beside the configuration that are not used as they are now: rules for ids, crosswalks, schedules. */
	readonly warnings: readonly string[];
}

/** Reads the configuration again and puts it in place. */
export interface ReloadDesk {
	/** Rejects with `request.conflict` while another reload runs, and when the hub stops. */
	reload(order: ReloadOrder): Promise<ReloadReport>;
}

/** Reloads since the hub started. */
export interface ReloadStatus {
	readonly counts: Readonly<Record<ReloadOutcome, number>>;
	/** The newest one that was more than a question. */
	readonly last: Pick<ReloadReport, "outcome" | "sentence" | "time"> | undefined;
}
