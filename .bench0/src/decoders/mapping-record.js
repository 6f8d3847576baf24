import { maskedSample } from "../formats/masking.js";
import { bounded, deviationOf, Flags, headingOf, odometerOf, positionOf, speedOf, } from "../formats/readings.js";
import { plainOf } from "../formats/xml.js";
import { Failure } from "../model/failure.js";
import { METRES_PER_FOOT, METRES_PER_MILE, MPS_PER_KMH, MPS_PER_KNOT, MPS_PER_MPH, } from "../model/units.js";
import { compileConditions, pathReader, readBoolean, readChoice, readDeviation, readScaled, readServiceDate, readStartTime, readText, readTime, sourcesOf, timeSourcesOf, } from "./mapping-fields.js";
import { xmlWalker } from "./mapping-path.js";
const MPS_PER = { "m/s": 1, "km/h": MPS_PER_KMH, mph: MPS_PER_MPH, kn: MPS_PER_KNOT };
const METRES_PER = { m: 1, km: 1000, mi: METRES_PER_MILE, ft: METRES_PER_FOOT };
const NAMES_SHOWN_MAX = 12;
const ATTRIBUTE_LENGTH_MAX = 512;
const RELATIONSHIPS = new Set("scheduled added unscheduled canceled replacement duplicated deleted new".split(" "));
const WHEELCHAIR = new Set("no_value unknown wheelchair_accessible wheelchair_inaccessible".split(" "));
const STATUSES = new Set("incoming_at stopped_at in_transit_to".split(" "));
const CONGESTION = new Set("unknown_congestion_level running_smoothly stop_and_go congestion severe_congestion".split(" "));
const OCCUPANCY = new Set(("empty many_seats_available few_seats_available standing_room_only crushed_standing_room_only full " +
    "not_accepting_passengers no_data_available not_boardable").split(" "));
const QUALITY = new Set("excellent good poor".split(" "));
const DIRECTIONS = new Set(["0", "1"]);
export function compileRecord(options, walker, timezone) {
    const sources = compileSources(options.fields, walker, options.absent, timezone);
    const drop = compileConditions(options.drop, walker);
    const notInService = compileConditions(options.flags.not_in_service ?? [], walker);
    const notValid = compileConditions(options.flags.fix_not_valid ?? [], walker);
    const attributes = compileAttributes(options, walker);
    const required = requiredFields(options.fields);
    return (place, referenceTime) => {
        const misfit = misfitOf(place.record, walker);
        if (misfit !== undefined)
            return misfit;
        const reason = drop(place);
        if (reason !== undefined)
            return reason;
        const flags = new Flags();
        const time = readTime(sources.eventTime, place, referenceTime);
        if (time.unread !== undefined && time.reading === undefined) {
            const { value, format } = time.unread;
            return rejected("decode.record", `eventTime: "${value}" cannot be read as ${format}`, place, walker);
        }
        if (time.reading?.flag !== undefined)
            flags.add(time.reading.flag);
        if (notInService(place) !== undefined)
            flags.add("not_in_service");
        if (notValid(place) !== undefined)
            flags.add("fix_not_valid");
        const body = bodyOf(sources, place, referenceTime, flags);
        const observation = {
            kind: "vehicle_location",
            ...(time.reading === undefined
                ? {}
                : { eventTime: time.reading.time, resolutionMs: time.reading.resolutionMs }),
            ...body,
            flags: flags.list(),
            ...attributes(place),
        };
        const missing = required.find((name) => observation[name] === undefined);
        if (missing !== undefined) {
            return rejected("decode.record", `${missing} is required, and its path leads to nothing`, place, walker);
        }
        if (body.vehicleId === undefined && body.vehicleLabel === undefined && body.tripId === undefined) {
            return rejected("record.no_subject", "neither a vehicle nor a trip is named", place, walker);
        }
        return observation;
    };
}
function compileSources(fields, walker, absent, timezone) {
    const of = (field, defaults) => sourcesOf(field, defaults, walker, absent);
    const plain = (field) => of(field, {});
    return {
        vehicleId: of(fields.vehicleId, {}),
        vehicleLabel: of(fields.vehicleLabel, {}),
        licensePlate: of(fields.licensePlate, {}),
        tripId: of(fields.tripId, {}),
        gtfsRouteId: of(fields.gtfsRouteId, {}),
        blockId: of(fields.blockId, {}),
        runId: of(fields.runId, {}),
        operatorId: of(fields.operatorId, {}),
        stopId: of(fields.stopId, {}),
        eventTime: timeSourcesOf(of(fields.eventTime, { time: "iso" }), timezone),
        serviceDate: timeSourcesOf(of(fields.serviceDate, {}), timezone),
        startTime: timeSourcesOf(of(fields.startTime, {}), timezone),
        directionId: plain(fields.directionId),
        scheduleRelationship: plain(fields.scheduleRelationship),
        wheelchairAccessible: plain(fields.wheelchairAccessible),
        currentStatus: plain(fields.currentStatus),
        congestionLevel: plain(fields.congestionLevel),
        occupancyStatus: plain(fields.occupancyStatus),
        gpsQuality: plain(fields.gpsQuality),
        doorsOpen: plain(fields.doorsOpen),
        latitude: of(fields.latitude, {}),
        longitude: of(fields.longitude, {}),
        headingDeg: of(fields.headingDeg, {}),
        currentStopSequence: of(fields.currentStopSequence, {}),
        occupancyPercentage: of(fields.occupancyPercentage, {}),
        speedMps: of(fields.speedMps, { unit: "m/s" }),
        odometerM: of(fields.odometerM, { unit: "m" }),
        scheduleDeviationS: of(fields.scheduleDeviationS, { unit: "s", late: "positive" }),
    };
}
function bodyOf(sources, place, referenceTime, flags) {
    const text = (name) => readText(sources[name], place, flags);
    const number = (name) => readScaled(sources[name], place);
    const direction = readChoice(sources.directionId, DIRECTIONS, place, flags);
    const sequence = bounded(number("currentStopSequence"), 1, 0, 1e6, flags);
    return {
        vehicleId: text("vehicleId"),
        vehicleLabel: text("vehicleLabel"),
        licensePlate: text("licensePlate"),
        wheelchairAccessible: readChoice(sources.wheelchairAccessible, WHEELCHAIR, place, flags),
        tripId: text("tripId"),
        gtfsRouteId: text("gtfsRouteId"),
        directionId: direction === undefined ? undefined : direction === "1" ? 1 : 0,
        serviceDate: readServiceDate(sources.serviceDate, place, referenceTime, flags),
        startTime: readStartTime(sources.startTime, place, referenceTime, flags),
        scheduleRelationship: readChoice(sources.scheduleRelationship, RELATIONSHIPS, place, flags),
        blockId: text("blockId"),
        runId: text("runId"),
        operatorId: text("operatorId"),
        ...positionOf(number("latitude"), number("longitude"), flags),
        headingDeg: headingOf(number("headingDeg"), flags),
        ...motionOf(sources, place, flags),
        currentStopSequence: sequence === undefined ? undefined : Math.round(sequence),
        stopId: text("stopId"),
        ...conditionOf(sources, place, flags),
        occupancyPercentage: bounded(number("occupancyPercentage"), 1, 0, 1000, flags),
        doorsOpen: readBoolean(sources.doorsOpen, place, flags),
    };
}
function motionOf(sources, place, flags) {
    return {
        speedMps: inUnit(sources.speedMps, MPS_PER, place, (value, factor) => speedOf(value, factor, flags)),
        odometerM: inUnit(sources.odometerM, METRES_PER, place, (value, factor) => odometerOf(value, factor, flags)),
        scheduleDeviationS: deviationOf(readDeviation(sources.scheduleDeviationS, place), 1, flags),
    };
}
function conditionOf(sources, place, flags) {
    return {
        currentStatus: readChoice(sources.currentStatus, STATUSES, place, flags),
        congestionLevel: readChoice(sources.congestionLevel, CONGESTION, place, flags),
        occupancyStatus: readChoice(sources.occupancyStatus, OCCUPANCY, place, flags),
        gpsQuality: readChoice(sources.gpsQuality, QUALITY, place, flags),
    };
}
/** Alternatives may have different units, so each is asked alone. */
function inUnit(sources, factors, place, convert) {
    for (const source of sources) {
        const value = readScaled([source], place);
        if (value !== undefined)
            return convert(value, factors[source.spec.unit]);
    }
    return undefined;
}
function compileAttributes(options, walker) {
    const absent = new Set(options.absent.map(String));
    const readers = Object.entries(options.attributes).map(([name, path]) => ({
        name,
        read: pathReader(path, walker),
    }));
    return (place) => {
        const attributes = {};
        for (const { name, read } of readers) {
            const value = read(place);
            if (value === undefined || absent.has(String(value)))
                continue;
            attributes[name] = typeof value === "string" ? value.slice(0, ATTRIBUTE_LENGTH_MAX) : value;
        }
        return Object.keys(attributes).length === 0 ? {} : { attributes };
    };
}
/** A mapped event time is needed unless the mapping says otherwise: an old report must not look as if it were new. */
function requiredFields(fields) {
    const names = [];
    for (const [name, field] of Object.entries(fields)) {
        if (field === undefined)
            continue;
        const specs = (Array.isArray(field) ? field : [field]).map((one) => (typeof one === "string" ? {} : one));
        const stated = specs.map((spec) => spec.required);
        const isRequired = stated.includes(true) || (name === "eventTime" && !stated.includes(false));
        if (isRequired)
            names.push(name);
    }
    return names;
}
function misfitOf(record, walker) {
    if (record instanceof Failure) {
        return { kind: "rejection", code: record.code, message: record.message };
    }
    if (typeof record !== "object" || record === null) {
        return {
            kind: "rejection",
            code: "decode.record",
            message: "a record is a single value where fields are expected; check the path of records",
            sample: maskedSample(record),
        };
    }
    if (walker === xmlWalker && !record.complete) {
        const message = "the document ends inside of this record";
        return { kind: "rejection", code: "decode.truncated", message };
    }
    return undefined;
}
function rejected(code, why, { record }, walker) {
    const names = walker.names(record);
    const more = names.length > NAMES_SHOWN_MAX ? ", ..." : "";
    const shown = names.slice(0, NAMES_SHOWN_MAX).map((name) => name.slice(0, 40));
    const sample = walker === xmlWalker ? plainOf(record) : record;
    const message = `${why}; the record has ${names.length === 0 ? "no fields" : shown.join(", ")}${more}`;
    return { kind: "rejection", code, message, sample: maskedSample(sample) };
}
