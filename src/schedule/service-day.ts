import { civilFromDays, daysFromCivil, localParts, parseLocal } from "../formats/local-time.js";
import { type EpochMs, HOUR_MS, SECOND_MS, type ServiceDate } from "../model/units.js";

/**
 * Where the times of a service day count from: noon minus 12 hours, by the agency's clock. That is midnight, except on
 * the two days of a year on which clocks change: there it is 23:00 of the day before, or 01:00.
 */
export function serviceDayStart(date: ServiceDate, timezone: string): EpochMs {
	const noon = {
		year: Number(date.slice(0, 4)),
		month: Number(date.slice(4, 6)),
		day: Number(date.slice(6, 8)),
		hour: 12,
		minute: 0,
		second: 0,
		millisecond: 0,
	};
	return parseLocal(noon, timezone, undefined).time - 12 * HOUR_MS;
}

/** The instant of a time of the schedule, which may lie beyond 24:00:00. */
export function timeOfService(date: ServiceDate, timeS: number, timezone: string): EpochMs {
	return serviceDayStart(date, timezone) + timeS * SECOND_MS;
}

/** The calendar date of the agency at an instant. The service day may be the one before it, or the one after. */
export function localDate(time: EpochMs, timezone: string): ServiceDate {
	const { year, month, day } = localParts(time, timezone);
	return formatDate(year, month, day);
}

export function addDays(date: ServiceDate, days: number): ServiceDate {
	const { year, month, day } = civilFromDays(dayNumber(date) + days);
	return formatDate(year, month, day);
}

/** Days from the first date to the second. */
export function daysBetween(from: ServiceDate, to: ServiceDate): number {
	return dayNumber(to) - dayNumber(from);
}

/** The bit that stands for the day of the week: 1 for Monday, 64 for Sunday. */
export function weekdayBit(date: ServiceDate): number {
	// 1970-01-01 was a Thursday.
	return 1 << ((((dayNumber(date) + 3) % 7) + 7) % 7);
}

function dayNumber(date: ServiceDate): number {
	return daysFromCivil(Number(date.slice(0, 4)), Number(date.slice(4, 6)), Number(date.slice(6, 8)));
}

function formatDate(year: number, month: number, day: number): ServiceDate {
	return `${String(year).padStart(4, "0")}${month < 10 ? "0" : ""}${month}${day < 10 ? "0" : ""}${day}`;
}
