import { civilFromDays } from "../formats/local-time.js";
import { recordId } from "../model/record.js";
import { DAY_MS, SECOND_MS } from "../model/units.js";
/** The first and the last instant that ISO 8601 can say with four digits of a year. */
const ISO_MIN = -62_167_219_200_000;
const ISO_MAX = 253_402_300_799_999;
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => `${n}`.padStart(2, "0"));
// A memo of a pure function: the records of a delivery happened on a few days.
const dateTexts = new Map();
const DATES_MAX = 64;
/** Fields of a body that the envelope already says. */
const ENVELOPE = new Set(["kind", "eventTime", "resolutionMs", "flags"]);
// A memo of a pure function: records of one frame come one after the other, and share what it says.
const lastOrigin = {
    origin: undefined,
    text: { before: "", after: "" },
};
/**
 * One record as the text of a JSON object without line breaks: what sinks hand to programs of other people. The fields,
 * in this order: `id`, `revision`, `kind`, `key`, `agency`, `feed`, `upstream`, `eventTime`, `headerTime` (absent when
 * the message stated none), `receivedTime`, `flags`, then those of the record's body under their own names.
 *
 * Every instant is ISO 8601 in UTC with milliseconds; one that the calendar cannot say is `null`. Units are SI, last in
 * the name; unknown is absent. The same record always gives the same bytes: retries and restarts depend on it. `id` is
 * the record's own, for who has made it already.
 */
export function deliveryJson(record, id = recordId(record)) {
    const origin = originText(record.origin);
    const flags = record.flags.length === 0 ? "[]" : JSON.stringify(record.flags);
    return (`{"id":${JSON.stringify(id)},"revision":${record.revision},"kind":"${record.body.kind}"` +
        `,"key":${JSON.stringify(record.key)}${origin.before},"eventTime":${isoText(record.eventTime)}` +
        `${origin.after},"flags":${flags}${bodyText(record.body)}}`);
}
/** An instant as a JSON string in ISO 8601, UTC, with milliseconds; `null` when four digits of a year cannot say it. */
export function isoText(time) {
    if (!(time >= ISO_MIN && time <= ISO_MAX))
        return "null";
    const whole = Math.floor(time);
    const day = Math.floor(whole / DAY_MS);
    const inDay = whole - day * DAY_MS;
    const inSecond = inDay % SECOND_MS;
    const seconds = (inDay - inSecond) / SECOND_MS;
    const minutes = Math.floor(seconds / 60);
    const millisecond = inSecond < 10 ? `00${inSecond}` : inSecond < 100 ? `0${inSecond}` : `${inSecond}`;
    return (`"${dateText(day)}T${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}` +
        `:${TWO_DIGITS[seconds % 60]}.${millisecond}Z"`);
}
/** The date of a day since 1970-01-01. */
function dateText(day) {
    let text = dateTexts.get(day);
    if (text === undefined) {
        const date = civilFromDays(day);
        const year = `${date.year}`.padStart(4, "0");
        text = `${year}-${TWO_DIGITS[date.month]}-${TWO_DIGITS[date.day]}`;
        if (dateTexts.size >= DATES_MAX)
            dateTexts.clear();
        dateTexts.set(day, text);
    }
    return text;
}
function originText(origin) {
    if (origin !== lastOrigin.origin) {
        const header = origin.headerTime === undefined ? "" : `,"headerTime":${isoText(origin.headerTime)}`;
        lastOrigin.text = {
            before: `,"agency":${JSON.stringify(origin.agency)},"feed":${JSON.stringify(origin.feed)}` +
                `,"upstream":${origin.upstream}`,
            after: `${header},"receivedTime":${isoText(origin.receivedTime)}`,
        };
        lastOrigin.origin = origin;
    }
    return lastOrigin.text;
}
/** The fields of the body, each with a comma before it. */
function bodyText(body) {
    const plain = withIsoTimes(body);
    // Stored bodies begin with their kind and hold no field of the envelope, so that their text can be taken as it is.
    const text = JSON.stringify(plain);
    const prefix = `{"kind":"${body.kind}"`;
    if (body.eventTime === undefined &&
        body.resolutionMs === undefined &&
        body.flags === undefined &&
        text.startsWith(prefix)) {
        return text.slice(prefix.length, -1);
    }
    const fields = Object.fromEntries(Object.entries(plain).filter(([name]) => !ENVELOPE.has(name)));
    const rest = JSON.stringify(fields).slice(1, -1);
    return rest === "" ? "" : `,${rest}`;
}
function withIsoTimes(body) {
    switch (body.kind) {
        case "stop_visit":
            return { ...body, arrivalTime: iso(body.arrivalTime), departureTime: iso(body.departureTime) };
        case "trip_update":
            return {
                ...body,
                stopTimeUpdates: body.stopTimeUpdates.map((update) => ({
                    ...update,
                    arrival: eventWithIso(update.arrival),
                    departure: eventWithIso(update.departure),
                })),
            };
        case "detour":
            return body.modifications === undefined
                ? body
                : { ...body, modifications: changesWithIso(body.modifications) };
        case "service_alert":
            return {
                ...body,
                activePeriods: body.activePeriods.map((period) => ({
                    start: iso(period.start),
                    end: iso(period.end),
                })),
            };
        default:
            return body;
    }
}
function changesWithIso(modifications) {
    const changes = modifications.changes.map((change) => ({
        ...change,
        lastModifiedTime: iso(change.lastModifiedTime),
    }));
    return { ...modifications, changes };
}
function eventWithIso(event) {
    return event && { ...event, time: iso(event.time), scheduledTime: iso(event.scheduledTime) };
}
function iso(time) {
    return time === undefined ? undefined : JSON.parse(isoText(time));
}
