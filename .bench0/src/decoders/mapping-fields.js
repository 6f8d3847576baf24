import { parseIsoDurationS, readIsoTime, serviceDateOf, startTimeOf } from "../formats/iso-time.js";
import { booleanOf, fieldOf, numberOf } from "../formats/json.js";
import { localParts } from "../formats/local-time.js";
import { compileTime } from "../formats/time-pattern.js";
import { templateParts } from "./mapping-options.js";
import { jsonWalker, parsePayloadPath, selectScalar } from "./mapping-path.js";
const TEXT_LENGTH_MAX = 256;
/** The alternatives of a field in their order. `defaults` is what the short spelling leaves out. */
export function sourcesOf(field, defaults, walker, absent) {
    if (field === undefined)
        return [];
    const list = Array.isArray(field) ? field : [field];
    return list.map((one) => sourceOf(typeof one === "string" ? { ...defaults, path: one } : one, walker, absent));
}
function sourceOf(spec, walker, absentEverywhere) {
    const raw = spec.template === undefined
        ? pathReader(spec.path ?? ".", walker)
        : templateReader(spec.template, walker);
    const absent = new Set([...absentEverywhere, ...(spec.absent ?? [])].map(String));
    const map = spec.map === undefined ? undefined : new Map(Object.entries(spec.map));
    const applies = spec.when === undefined ? undefined : compileConditions([spec.when], walker);
    return {
        spec,
        read(place) {
            if (applies !== undefined && applies(place) === undefined)
                return undefined;
            const value = raw(place);
            if (value === undefined)
                return undefined;
            const text = String(value);
            if (absent.has(text))
                return undefined;
            const mapped = map?.get(text);
            return mapped === undefined ? value : (mapped ?? undefined);
        },
    };
}
export function pathReader(text, walker) {
    const { steps, up, fromDocument } = pathOf(text);
    const only = steps.length === 1 && walker === jsonWalker && up === 0 && !fromDocument ? steps[0] : undefined;
    // Most paths are one name, for which lists of nodes are not worth making.
    if (only?.kind === "name")
        return (place) => jsonWalker.scalar(fieldOf(place.record, only.name));
    if (only?.kind === "attribute" && only.name === "key")
        return (place) => jsonWalker.scalar(place.key);
    if (fromDocument)
        return (place) => selectScalar(walker, place.document, steps);
    if (up > 0)
        return (place) => selectScalar(walker, place.parents?.at(-up), steps);
    return (place) => selectScalar(walker, place.record, steps);
}
function templateReader(template, walker) {
    const parts = templateParts(template);
    const readers = (typeof parts === "string" ? [] : parts).map((part) => "literal" in part ? () => part.literal : pathReader(part.path, walker));
    return (place) => {
        let text = "";
        for (const read of readers) {
            const value = read(place);
            if (value === undefined)
                return undefined;
            text += String(value);
        }
        return text.trim().length === 0 ? undefined : text.trim();
    };
}
/** The schema has refused every other text before. */
export function pathOf(text) {
    const parsed = parsePayloadPath(text);
    return typeof parsed === "string" ? { text, fromDocument: false, up: 0, steps: [] } : parsed;
}
/** The reason of the first condition that holds. */
export function compileConditions(conditions, walker) {
    const compiled = conditions.map((condition) => {
        const read = pathReader(condition.path, walker);
        const listed = condition.is ?? condition.isNot;
        const values = new Set((Array.isArray(listed) ? listed : [listed]).map(String));
        const reason = condition.reason ?? condition.path;
        return { read, condition, values, reason };
    });
    return (place) => {
        for (const { read, condition, values, reason } of compiled) {
            const value = read(place);
            if (condition.present !== undefined) {
                if ((value !== undefined) === condition.present)
                    return reason;
            }
            else if (value !== undefined && values.has(String(value)) === (condition.is !== undefined))
                return reason;
        }
        return undefined;
    };
}
export function readText(sources, place, flags) {
    for (const { spec, read } of sources) {
        const value = read(place);
        if (value === undefined)
            continue;
        let text = String(value);
        if (spec.strip !== undefined && text.startsWith(spec.strip))
            text = text.slice(spec.strip.length);
        if (spec.stripEnd !== undefined && text.endsWith(spec.stripEnd))
            text = text.slice(0, -spec.stripEnd.length);
        text = text.trim();
        if (text.length === 0)
            continue;
        if (spec.prefix !== undefined)
            text = (spec.prefix + text).trim();
        if (text.length <= TEXT_LENGTH_MAX)
            return text;
        flags.add("value_removed");
    }
    return undefined;
}
/** A number times its scale; text that is no number as it is, for the reading to remove and flag. */
export function readScaled(sources, place) {
    for (const { spec, read } of sources) {
        const value = read(place);
        if (value === undefined)
            continue;
        const number = numberOf(value);
        if (number === undefined || spec.scale === undefined)
            return number ?? value;
        // Twelve digits are more than any sensor has; the product alone would add noise behind them.
        return Number((number * spec.scale).toPrecision(12));
    }
    return undefined;
}
const SECONDS_PER = {
    s: 1,
    min: 60,
    h: 3600,
    ms: 0.001,
    "iso-duration": 1,
};
/** Seconds, positive when late; text that is none as it is. */
export function readDeviation(sources, place) {
    for (const { spec, read } of sources) {
        const value = read(place);
        if (value === undefined)
            continue;
        const number = spec.unit === "iso-duration" ? parseIsoDurationS(String(value)) : numberOf(value);
        if (number === undefined)
            return value;
        const sign = spec.late === "negative" ? -1 : 1;
        return number * SECONDS_PER[spec.unit] * (spec.scale ?? 1) * sign;
    }
    return undefined;
}
/** One of the words of the model, however it is capitalised. */
export function readChoice(sources, words, place, flags) {
    for (const { read } of sources) {
        const value = read(place);
        if (value === undefined)
            continue;
        const word = String(value).toLowerCase();
        if (words.has(word))
            return word;
        flags.add("value_removed");
    }
    return undefined;
}
export function readBoolean(sources, place, flags) {
    for (const { read } of sources) {
        const value = read(place);
        if (value === undefined)
            continue;
        const answer = booleanOf(value);
        if (answer !== undefined)
            return answer;
        flags.add("value_removed");
    }
    return undefined;
}
export function timeSourcesOf(sources, timezone) {
    return sources.map((source) => {
        const compiled = source.spec.time === undefined ? undefined : compileTime(source.spec.time);
        return {
            source,
            reader: typeof compiled === "string" ? undefined : compiled,
            zone: source.spec.zone ?? timezone,
        };
    });
}
/** The first alternative that is there and can be read. */
export function readTime(sources, place, referenceTime) {
    let unread;
    for (const { source, reader, zone } of sources) {
        const value = source.read(place);
        if (value === undefined || reader === undefined)
            continue;
        const reading = reader(value, { timezone: zone, referenceTime });
        if (reading !== undefined) {
            return { reading: { ...reading, resolutionMs: source.spec.resolutionMs ?? reading.resolutionMs } };
        }
        unread ??= { value: String(value).slice(0, 40), format: source.spec.time ?? "" };
    }
    return unread === undefined ? {} : { unread };
}
/** `YYYYMMDD`: as it is written, or of an instant on the calendar of its zone. */
export function readServiceDate(sources, place, referenceTime, flags) {
    for (const { source, reader, zone } of sources) {
        const value = source.read(place);
        if (value === undefined)
            continue;
        const date = reader === undefined
            ? serviceDateOf(String(value))
            : dateOf(reader(value, { timezone: zone, referenceTime }), zone);
        if (date !== undefined)
            return date;
        flags.add("value_removed");
    }
    return undefined;
}
/** `HH:MM:SS`: as it is written (alone or behind a date), or of an instant on the clock of its zone. */
export function readStartTime(sources, place, referenceTime, flags) {
    for (const { source, reader, zone } of sources) {
        const value = source.read(place);
        if (value === undefined)
            continue;
        const text = String(value);
        const start = reader === undefined
            ? (startTimeOf(text) ?? clockOf(readIsoTime(text)?.parts))
            : clockAt(reader(value, { timezone: zone, referenceTime }), zone);
        if (start !== undefined)
            return start;
        flags.add("value_removed");
    }
    return undefined;
}
function dateOf(reading, zone) {
    if (reading === undefined)
        return undefined;
    const { year, month, day } = localParts(reading.time, zone);
    return year < 1000 || year > 9999 ? undefined : `${year}${padded(month)}${padded(day)}`;
}
function clockAt(reading, zone) {
    return reading === undefined ? undefined : clockOf(localParts(reading.time, zone));
}
function clockOf(parts) {
    if (parts === undefined)
        return undefined;
    return `${padded(parts.hour)}:${padded(parts.minute)}:${padded(Math.min(parts.second, 59))}`;
}
function padded(value) {
    return String(value).padStart(2, "0");
}
