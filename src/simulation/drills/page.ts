import type { EpochMs } from "../../model/units.js";
import type { Report } from "./fleet.js";
import type { Speech } from "./scenarios.js";

/** One answer of an upstream, before it is put into the words of a format. */
export interface Page {
	readonly now: EpochMs;
	readonly reports: readonly Report[];
	/** There is more after these. */
	readonly more: boolean;
	/** The number of the newest message that upstream knows; of these reports' last one while there are more. */
	readonly highest: number;
}

/** The route that upstream says of a report's vehicle. */
export type RouteOf = (report: Pick<Report, "vehicle">) => string;

/** In a storm everything twice. */
export function said({ reports }: Page, speech: Speech | undefined): readonly Report[] {
	return speech === "repeated" ? reports.flatMap((one) => [one, one]) : reports;
}

export const MESSAGE_WORDS = Object.freeze({ trip: "drill" });

/** What an upstream says, in the words of its format. */
export interface Voice {
	readonly contentType: string;
	/** Each message states all vehicles, so that it holds the newest report of each and no other. */
	readonly isSnapshot: boolean;
	write(page: Page, speech: Speech | undefined): Uint8Array;
	/** The same as messages of one report each, where upstream speaks when it likes. Absent: one message with all of them. */
	messages?(page: Page, speech: Speech | undefined): readonly LiveMessage[];
	/** How far from what was measured a speed may be that is written in whole numbers. */
	readonly speedWithinMps?: number;
}

export interface LiveMessage {
	readonly bytes: Uint8Array;
	/** What is known of it beside its bytes: `topic`, `sender`. */
	readonly meta?: Readonly<Record<string, string>>;
}
