import { localParts } from "../formats/local-time.js";
/** Whether warnings wait at that time, by the clocks of the people who would read them. */
export function isQuiet(quiet, time) {
    if (quiet === undefined)
        return false;
    const { hour, minute } = localParts(time, quiet.timezone);
    const now = hour * 60 + minute;
    const { fromMinute, toMinute } = quiet;
    return fromMinute <= toMinute ? now >= fromMinute && now < toMinute : now >= fromMinute || now < toMinute;
}
