import type { StaticFeed } from "./static-feed.js";

/** What every file of ported rules shares. */
export interface Finding {
	readonly code: string;
	readonly message: string;
	/** The entity that it is about; absent for the feed as a whole. */
	readonly entityId?: string;
}

export interface ValidationContext {
	/** When the validator looked, in milliseconds. */
	readonly now: number;
	/** Without it the rules that compare with the schedule are not run. */
	readonly schedule?: StaticFeed;
}

export type Report = (code: string, text: string) => void;

export const FUTURE_S = 60;
const TIME_LEAST_S = 1_104_537_600;
const TIME_MOST_S = 1_991_620_134;

export function isPosix(seconds: number): boolean {
	return seconds >= TIME_LEAST_S && seconds <= TIME_MOST_S;
}

/** The time that an entity states of itself. */
export function checkTimestamp(
	timestamp: number | undefined,
	headerTime: number | undefined,
	{ now }: ValidationContext,
	report: Report,
): void {
	if (timestamp === undefined) {
		report("W001", "timestamp is missing");
		return;
	}
	if (!isPosix(timestamp)) report("E001", `timestamp ${timestamp} is not POSIX seconds`);
	if (timestamp > (headerTime ?? Number.POSITIVE_INFINITY)) {
		report("E012", `timestamp ${timestamp} is after header.timestamp ${headerTime}`);
	}
	if (timestamp > now / 1000 + FUTURE_S) report("E050", `timestamp ${timestamp} lies in the future`);
}
