import { localParts } from "../formats/local-time.js";
import type { QuietHours } from "../model/alert-policy.js";
import type { EpochMs } from "../model/units.js";

/** Whether warnings wait at that time, by the clocks of the people who would read them. */
export function isQuiet(quiet: QuietHours | undefined, time: EpochMs): boolean {
	if (quiet === undefined) return false;
	const { hour, minute } = localParts(time, quiet.timezone);
	const now = hour * 60 + minute;
	const { fromMinute, toMinute } = quiet;
	return fromMinute <= toMinute ? now >= fromMinute && now < toMinute : now >= fromMinute || now < toMinute;
}
