import { readIsoTime } from "../../formats/iso-time.js";
import { numberOf, textOf } from "../../formats/json.js";
import { isTimezone } from "../../formats/local-time.js";
import { SEMANTIC_UNITS, SEMANTICS } from "./contract.js";
const UNIT_MPS = { "m/s": 1, "km/h": 1 / 3.6, mph: 0.44704, kn: 0.514444 };
const UNIT_S = { s: 1, min: 60, h: 3600, ms: 0.001 };
const UNIT_PER_S = { "epoch-s": 1, "epoch-ms": 1e3, "epoch-us": 1e6 };
/** No bus, tram or train that reports by such feeds is faster: 430 km/h. */
const SPEED_MAX_MPS = 120;
const DEVIATION_MAX_S = 86_400;
/** Telemetry is of this age: from 2000 to 2100. */
const TIME_MIN_S = 946_684_800;
const TIME_MAX_S = 4_102_444_800;
/** Meanings whose values are measured, not named. */
const MEASURED = new Set([
    "latitude",
    "longitude",
    "heading",
    "speed",
    "odometer",
    "deviation",
]);
export function isMeasured({ is, unit }) {
    return MEASURED.has(is) && unit !== "iso-duration";
}
/** Reads `x-semantic`: its name alone, or an object. A text says why it is none. */
export function readSemantic(value) {
    const object = typeof value === "string" ? { is: value } : value;
    if (typeof object !== "object" || object === null || Array.isArray(object))
        return "is neither the name of a meaning nor an object with one";
    const { is, unit, format, zone, late, ...rest } = object;
    if (typeof is !== "string" || !Object.hasOwn(SEMANTICS, is))
        return `${shown(is)} is no meaning; use one of ${Object.keys(SEMANTICS).join(", ")}`;
    const name = is;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined)
        return `has no part "${unknown.slice(0, 40)}"; it may have is, unit, format, zone, late`;
    const units = name === "speed" || name === "odometer" || name === "deviation" ? SEMANTIC_UNITS[name] : undefined;
    if (unit !== undefined && !(typeof unit === "string" && units?.includes(unit)))
        return units === undefined
            ? `${name} has no unit`
            : `${shown(unit)} is no unit of ${name}; use ${units.join(", ")}`;
    const isTime = name === "time" || name === "local-time" || name === "service-date";
    if (format !== undefined && !(isTime && typeof format === "string" && format.length <= 64))
        return isTime ? "format is a word such as epoch-ms or a pattern" : `${name} has no format`;
    if (name === "local-time" && zone === undefined)
        return "a local time is of a zone: add zone, such as America/Chicago";
    if (zone !== undefined && !(name === "local-time" && typeof zone === "string" && isTimezone(zone)))
        return name === "local-time" ? `${shown(zone)} is no time zone` : `${name} has no zone`;
    if (late !== undefined && !(name === "deviation" && (late === "positive" || late === "negative")))
        return name === "deviation" ? "late is positive or negative" : `${name} has no sign of who is late`;
    return {
        is: name,
        unit: unit ?? units?.[0],
        format: format ?? (name === "time" ? "iso" : undefined),
        zone: zone,
        late: name === "deviation" ? (late ?? "positive") : undefined,
    };
}
/** Why a value cannot be what it is said to mean; undefined when it can. Numbers may be written as text. */
export function semanticFault(semantic, value) {
    const { is } = semantic;
    if (is === "time")
        return timeFault(semantic.format ?? "iso", value);
    if (isMeasured(semantic)) {
        const number = numberOf(value);
        if (number === undefined)
            return `is no number, and ${is} is one`;
        return measureFault(semantic, number);
    }
    if (is === "direction" || is === "status" || is === "occupancy" || typeof value !== "object")
        return undefined;
    return textOf(value) === undefined ? `is neither text nor a number, and ${is} is one of them` : undefined;
}
function measureFault({ is, unit = "" }, number) {
    if (is === "latitude")
        return outside(number, -90, 90, "a latitude", "°");
    if (is === "longitude")
        return outside(number, -180, 180, "a longitude", "°");
    // Some say -1 for unknown, which decoders know.
    if (is === "heading")
        return outside(number, -1, 360, "a heading", "°");
    if (is === "speed")
        return outside(number * (UNIT_MPS[unit] ?? 1), -1, SPEED_MAX_MPS, "a speed", " m/s");
    if (is === "deviation")
        return outside(number * (UNIT_S[unit] ?? 1), -DEVIATION_MAX_S, DEVIATION_MAX_S, "a deviation", " s");
    return number < 0 ? `is ${number}, below 0` : undefined;
}
function timeFault(format, value) {
    const perSecond = UNIT_PER_S[format];
    if (perSecond !== undefined) {
        const number = numberOf(value);
        if (number === undefined)
            return `is no number, and a time in ${format} is one`;
        return outside(number / perSecond, TIME_MIN_S, TIME_MAX_S, `a time in ${format}`, " s since 1970");
    }
    if (format === "iso") {
        const isIso = typeof value === "string" && readIsoTime(value) !== undefined;
        return isIso ? undefined : "is no ISO 8601 time";
    }
    if (format === "seconds-ago" || format === "minutes-ago") {
        return numberOf(value) === undefined ? `is no number, and a time in ${format} is one` : undefined;
    }
    return undefined;
}
function outside(number, min, max, what, unit) {
    if (number >= min && number <= max)
        return undefined;
    return `is ${Number(number.toPrecision(6))}${unit}, and ${what} lies between ${min} and ${max}`;
}
function shown(value) {
    return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}
