import { civilFromDays, daysFromCivil, localParts, parseLocal } from "../formats/local-time.js";
import type { EpochMs } from "../model/units.js";

/** A day as people at the agency count it: from midnight to midnight of their clocks, 23 to 25 hours long. */
export interface LocalDay {
	/** Days since 1970-01-01 of the calendar. */
	readonly index: number;
	readonly startTime: EpochMs;
	/** The first instant of the next day. */
	readonly endTime: EpochMs;
}

/** The day that `time` belongs to in the zone. @throws Failure `config.invalid` when the zone is unknown. */
export function localDayAt(time: EpochMs, timezone: string): LocalDay {
	const { year, month, day } = localParts(time, timezone);
	return localDay(daysFromCivil(year, month, day), timezone);
}

/** The day with that index in the zone. */
export function localDay(index: number, timezone: string): LocalDay {
	return { index, startTime: midnight(index, timezone), endTime: midnight(index + 1, timezone) };
}

/** Where clocks skip midnight, the day begins when they show anything of it; where it comes twice, the first time. */
function midnight(index: number, timezone: string): EpochMs {
	const parts = { ...civilFromDays(index), hour: 0, minute: 0, second: 0, millisecond: 0 };
	return parseLocal(parts, timezone, undefined).time;
}
