import { civilFromDays, daysFromCivil, localParts, parseLocal } from "../formats/local-time.js";
/** The day that `time` belongs to in the zone. @throws Failure `config.invalid` when the zone is unknown. */
export function localDayAt(time, timezone) {
    const { year, month, day } = localParts(time, timezone);
    return localDay(daysFromCivil(year, month, day), timezone);
}
/** The day with that index in the zone. */
export function localDay(index, timezone) {
    return { index, startTime: midnight(index, timezone), endTime: midnight(index + 1, timezone) };
}
/** Where clocks skip midnight, the day begins when they show anything of it; where it comes twice, the first time. */
function midnight(index, timezone) {
    const parts = { ...civilFromDays(index), hour: 0, minute: 0, second: 0, millisecond: 0 };
    return parseLocal(parts, timezone, undefined).time;
}
