import { formatIsoTime } from "../../formats/iso-time.js";
import { localParts } from "../../formats/local-time.js";
import { METRES_PER_FOOT, METRES_PER_MILE, MPS_PER_KMH, MPS_PER_KNOT, MPS_PER_MPH, SECOND_MS, } from "../../model/units.js";
import { put } from "./json-put.js";
import { MESSAGE_WORDS, said } from "./page.js";
const FACTORS = {
    "m/s": 1,
    "km/h": MPS_PER_KMH,
    mph: MPS_PER_MPH,
    kn: MPS_PER_KNOT,
    m: 1,
    km: 1000,
    mi: METRES_PER_MILE,
    ft: METRES_PER_FOOT,
    s: 1,
    min: 60,
    h: 3600,
    ms: 0.001,
};
/** Put before each name where upstream renames its fields. */
const RENAMED = "new_";
const NEEDED = ["vehicleId", "eventTime", "latitude", "longitude"];
const PATH = /^(?:([/^])?\.?)?((?:[^.[\]"*@^/]+(?:\[\d*\])?)(?:\.[^.[\]"*@]+(?:\[\d*\])?)*)?$/;
/** Writes what a mapping reads. Answers with the reason where it cannot. */
export function createMappingVoice(decoder, source, timezone) {
    const mapping = decoder;
    if (mapping.format === "xml")
        return "its mapping reads XML, and the simulated agency writes JSON and CSV only";
    const records = mapping.records === undefined ? [] : stepsOf(mapping.records)?.steps;
    if (records === undefined)
        return `records: ${mapping.records} is no plain path, so that nobody knows what to write there`;
    const places = new Map();
    for (const [name, field] of [
        ...Object.entries(mapping.fields),
        ["headerTime", mapping.headerTime],
    ]) {
        const place = field === undefined ? undefined : placeOf(field);
        if (place !== undefined)
            places.set(name, name === "headerTime" ? { ...place, isInRecord: false } : place);
    }
    const missing = NEEDED.find((name) => !places.has(name));
    if (missing !== undefined)
        return `fields.${missing} is not mapped to one plain path, so that nobody knows where to write it`;
    const time = timeWriter(places.get("eventTime"), timezone);
    if (typeof time === "string")
        return time;
    const looked = source.cursor;
    const writer = new MappingWriter(places, records, timezone, looked);
    const isCsv = mapping.format === "csv";
    return {
        contentType: isCsv ? "text/csv" : "application/json",
        isSnapshot: mapping.snapshot,
        write: (page, speech) => (isCsv ? writer.csv(page, speech, mapping.csv) : writer.write(page, speech)),
    };
}
class MappingWriter {
    #places;
    #records;
    #timezone;
    #looked;
    constructor(places, records, timezone, looked) {
        this.#places = places;
        this.#records = records;
        this.#timezone = timezone;
        this.#looked = looked;
    }
    /** A row for each report; where the mapping names the columns there is no header. */
    csv(page, speech, { delimiter = ",", columns }) {
        const rows = said(page, speech).map((report) => this.#record(report, page.now, speech));
        const prefix = speech === "renamed" ? RENAMED : "";
        const named = [...this.#places.values()].flatMap(({ steps }) => `${prefix}${steps[0]}`);
        const names = columns ?? [...new Set(named)];
        const lines = rows.map((row) => names.map((name) => row[name] ?? "").join(delimiter));
        const all = columns === undefined ? [names.join(delimiter), ...lines] : lines;
        return new TextEncoder().encode(`${all.join("\n")}\n`);
    }
    write(page, speech) {
        const document = {};
        const reports = said(page, speech);
        const list = reports.map((report) => this.#record(report, page.now, speech));
        const inList = this.#records.filter((step) => step !== "*");
        if (inList.length > 0)
            put(document, inList, list);
        const header = this.#places.get("headerTime");
        if (header !== undefined && inList.length > 0)
            put(document, header.steps, this.#time(header, page.now, page.now));
        this.#numbers(document, page, list, reports);
        return new TextEncoder().encode(JSON.stringify(inList.length > 0 ? document : list));
    }
    /** What the source looks for: where each message states its number, or the message the last one, and whether there is more. */
    #numbers(document, { highest, more }, list, reports) {
        const { from, sequence, more: rule } = this.#looked ?? {};
        for (const path of [from?.path, sequence]) {
            if (path === undefined)
                continue;
            const each = path.lastIndexOf("*");
            if (each < 0)
                put(document, path, highest);
            else
                list.forEach((record, at) => {
                    put(record, path.slice(each + 1), reports[at]?.sequence);
                });
        }
        if (rule?.kind === "true" && rule.at?.path !== undefined)
            put(document, rule.at.path, more);
    }
    #record(report, now, speech) {
        const { vehicle, state, isBad } = report;
        const record = {};
        const write = (name, value) => {
            const place = this.#places.get(name);
            if (place === undefined || !place.isInRecord)
                return;
            const inverse = inverseOf(place.spec, value);
            if (inverse === undefined)
                return;
            // As a vendor does it: the names of a record change, and their place does not.
            const [first, ...rest] = place.steps;
            const isRenamed = speech === "renamed" && typeof first === "string";
            put(record, isRenamed ? [`${RENAMED}${first}`, ...rest] : place.steps, inverse);
        };
        const time = this.#places.get("eventTime");
        write("vehicleId", withoutPrefix(this.#places.get("vehicleId"), vehicle.vehicleId));
        write("vehicleLabel", vehicle.vehicleId);
        write("tripId", `${MESSAGE_WORDS.trip}-${vehicle.vehicleId}`);
        write("gtfsRouteId", vehicle.city.line.gtfsRouteId);
        write("directionId", state.directionId);
        write("latitude", state.latitude);
        write("longitude", state.longitude);
        write("headingDeg", Math.round(state.headingDeg) % 360);
        write("speedMps", speech === "unit" ? state.speedMps / MPS_PER_MPH : state.speedMps);
        write("scheduleDeviationS", state.deviationS);
        write("occupancyPercentage", state.occupancy);
        write("stopId", state.stopId);
        write("eventTime", isBad ? "no time" : this.#time(time, report.statedTime, now));
        return record;
    }
    #time(place, time, now) {
        const write = timeWriter(place, this.#timezone);
        return typeof write === "string" ? formatIsoTime(time) : write(time, now);
    }
}
/** The value as the payload states it; undefined where the mapping has no word for it. */
function inverseOf({ scale, unit, late, map }, value) {
    if (map !== undefined && typeof value !== "number") {
        const entry = Object.entries(map).find(([, meant]) => String(meant) === value);
        return entry === undefined ? (Object.hasOwn(map, value) ? undefined : value) : entry[0];
    }
    if (typeof value !== "number")
        return value;
    const factor = (scale ?? 1) * (unit === undefined ? 1 : (FACTORS[unit] ?? Number.NaN));
    const signed = late === "negative" ? -value : value;
    const stated = signed / factor;
    return Number.isFinite(stated) ? Number(stated.toPrecision(12)) : undefined;
}
function withoutPrefix(place, vehicleId) {
    const prefix = place?.spec.prefix ?? "";
    return vehicleId.startsWith(prefix) ? vehicleId.slice(prefix.length) : vehicleId;
}
function placeOf(field) {
    const specs = (Array.isArray(field) ? field : [field]);
    for (const one of specs) {
        const spec = typeof one === "string" ? { path: one } : one;
        const place = spec.path === undefined ? undefined : stepsOf(spec.path);
        if (place !== undefined)
            return { ...place, spec };
    }
    return undefined;
}
/** Steps of names and places in lists; undefined for a path that could mean several places. */
function stepsOf(path) {
    if (path === "." || path === "[]")
        return { isInRecord: true, steps: [] };
    const [, outside, inner] = PATH.exec(path) ?? [];
    if (inner === undefined || outside === "^")
        return undefined;
    const steps = inner.split(".").flatMap((name) => {
        const [, key = "", index] = /^([^[]*)(?:\[(\d*)\])?$/.exec(name) ?? [];
        return index === undefined ? [key] : index === "" ? [key, "*"] : [key, Number(index)];
    });
    return { isInRecord: outside === undefined, steps };
}
function timeWriter({ spec }, timezone) {
    const { time = "iso", zone = timezone } = spec;
    switch (time) {
        case "iso":
            return formatIsoTime;
        case "epoch-s":
            return (at) => Math.floor(at / SECOND_MS);
        case "epoch-ms":
            return (at) => at;
        case "epoch-us":
            return (at) => at * 1000;
        case "seconds-ago":
            return (at, now) => (now - at) / SECOND_MS;
        default:
            return patternWriter(time, zone);
    }
}
const LETTERS = /yyyy|yy|MM?|dd?|HH?|mm?|ss?|S+|'([^']*)'|[A-Za-z]/g;
function patternWriter(pattern, zone) {
    const unknown = [...pattern.matchAll(LETTERS)].find(([all]) => /^[A-Za-z]/.test(all) && !/^[yMdHmsS]+$/.test(all));
    if (unknown !== undefined)
        return `the time pattern ${pattern} has "${unknown[0]}", which the simulated agency does not write`;
    return (time) => {
        const { year, month, day, hour, minute, second, millisecond } = localParts(time, zone);
        return pattern.replace(LETTERS, (all, literal) => {
            if (literal !== undefined)
                return literal;
            const value = { y: year, M: month, d: day, H: hour, m: minute, s: second }[all[0]];
            if (value === undefined)
                return String(millisecond).padStart(3, "0").slice(0, all.length).padEnd(all.length, "0");
            return all === "yy" ? String(value).slice(-2) : String(value).padStart(all.length, "0");
        });
    };
}
