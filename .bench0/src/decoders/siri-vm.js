import { z } from "zod";
import { Geodesy, projectionFault } from "../formats/geodesy.js";
import { parseIsoTime, serviceDateOf } from "../formats/iso-time.js";
import { numberOf } from "../formats/json.js";
import { maskedSample } from "../formats/masking.js";
import { bounded, Flags, headingOf, speedOf } from "../formats/readings.js";
import { occupancyOf, readSiri, siriLocation } from "../formats/siri.js";
import { siriAttributes, siriCongestion, siriDelay, siriName, siriRelationship, siriStopStatus, } from "../formats/siri-journey.js";
import { childOf, childrenOf, plainOf, textAt } from "../formats/xml.js";
import { MINUTE_MS, MPS_PER_KMH, MPS_PER_KNOT, MPS_PER_MPH } from "../model/units.js";
const SPEED_UNITS = { "m/s": 1, "km/h": MPS_PER_KMH, mph: MPS_PER_MPH, kn: MPS_PER_KNOT };
const speedUnit = z.enum(["m/s", "km/h", "mph", "kn"]);
const tripRef = z.enum([
    "FramedVehicleJourneyRef",
    "DatedVehicleJourneyRef",
    "VehicleJourneyRef",
    "CourseOfJourneyRef",
]);
const options = z.strictObject({
    velocityUnit: speedUnit
        .default("m/s")
        .describe("Unit of Velocity. SIRI says metres per second; profiles and producers differ."),
    extensionSpeedUnit: speedUnit
        .default("mph")
        .describe("Unit of Extensions/Speed (Utah Transit Authority does not state it)."),
    tripRefs: z
        .array(tripRef)
        .min(1)
        .default(["FramedVehicleJourneyRef", "DatedVehicleJourneyRef", "VehicleJourneyRef"])
        .describe("Which references name the trip; the first one that a journey has is taken."),
    vehicleIdWithOperator: z
        .boolean()
        .default(false)
        .describe("Write the vehicle id as OperatorRef:VehicleRef, for feeds of many companies that number their vehicles alike."),
    directions: z
        .record(z.string(), z.union([z.literal(0), z.literal(1)]))
        .default({})
        .describe("GTFS direction_id by DirectionRef, in any case of letters, such as {outbound: 0, inbound: 1}."),
    stopSequence: z
        .enum(["Order", "VisitNumber"])
        .default("Order")
        .describe("Which number of MonitoredCall is the stop sequence. Entur's older feeds have it in VisitNumber."),
    srsName: z
        .string()
        .optional()
        .describe("Coordinate system of Coordinates that name none, such as EPSG:2154."),
    projections: z
        .record(z.string(), z
        .string()
        .refine((text) => projectionFault(text) === undefined, "is not a proj4 definition that works"))
        .default({})
        .describe("proj4 definitions of further coordinate systems by srsName. Known: EPSG:2154, 27572, 27700, 28992."),
    snapshot: z
        .enum(["auto", "always", "never"])
        .default("auto")
        .describe("Whether an answer states all vehicles, so that one that is missing has gone. auto: when it holds vehicles, " +
        "says no MoreData and did not come by subscription."),
});
/**
 * SIRI Vehicle Monitoring 1.3 to 2.1, XML and Lite JSON. One `MonitoredVehicleJourney` is one observation; a
 * `VehicleActivityCancellation` is an assignment that was cancelled. `docs/decoders/siri-vm.md` has the field table.
 */
export const definition = Object.freeze({
    type: "siri-vm",
    version: 1,
    summary: "SIRI Vehicle Monitoring 1.3 to 2.1: XML with or without SOAP, or Lite JSON.",
    payloads: ["json", "xml"],
    options,
    create: (chosen, context) => {
        const settings = settingsOf(chosen, context);
        return { decode: (input) => decode(input, settings) };
    },
});
const SERVICE = "VehicleMonitoring";
/** Predictions of further stops make most of the bytes, and are another service's subject. */
const SKIPPED = new Set(["OnwardCalls", "PreviousCalls"]);
/** A journey in one of these states carries no passengers, whatever else is said of the vehicle. */
const OUT_OF_SERVICE = new Set(["cancelled", "completed", "assumedCompleted", "notRun", "aborted"]);
function settingsOf(chosen, context) {
    return {
        options: chosen,
        timezone: context.timezone,
        geodesy: new Geodesy(chosen.projections),
        directions: new Map(Object.entries(chosen.directions).map(([name, id]) => [name.toLowerCase(), id])),
    };
}
function decode(input, settings) {
    const answer = readSiri(input.bytes, input.contentType, SERVICE, SKIPPED, input.inspect);
    const notices = [...answer.notices];
    const headerTime = parseIsoTime(answer.responseTimestamp ?? "", settings.timezone, input.receivedTime)?.time;
    const scope = { settings, referenceTime: headerTime ?? input.receivedTime };
    const items = [];
    for (const delivery of answer.deliveries) {
        for (const child of delivery.children) {
            if (child.name === "VehicleActivity")
                readActivity(child, scope, items, notices);
            else if (child.name === "VehicleActivityCancellation" && child.complete) {
                items.push(cancellation(child, scope));
            }
        }
    }
    const isSnapshot = settings.options.snapshot === "always" ||
        (settings.options.snapshot === "auto" && items.length > 0 && !answer.isSubscribed);
    // Whoever could not be read is still there: only an answer without rejections says who has gone.
    const isComplete = isSnapshot &&
        answer.isWhole &&
        answer.failure === undefined &&
        !answer.hasMore &&
        items.every((item) => item.kind !== "rejection");
    return {
        items,
        ...(headerTime === undefined ? {} : { headerTime }),
        ...(answer.failure === undefined ? {} : { failure: answer.failure }),
        ...(isComplete ? { complete: true } : {}),
        ...(notices.length === 0 ? {} : { notices }),
    };
}
/** UTA puts every vehicle into one activity, and answers with one that holds nothing but its time when there is none. */
function readActivity(activity, scope, items, notices) {
    const journeys = childrenOf(activity, "MonitoredVehicleJourney");
    for (const journey of journeys)
        if (journey.complete)
            items.push(observation(activity, journey, scope));
    if (journeys.length > 0 || !activity.complete)
        return;
    if (activity.children.every((child) => /Time$|^ItemIdentifier$/.test(child.name))) {
        notices.push("a VehicleActivity without a vehicle");
        return;
    }
    const message = "the VehicleActivity has no MonitoredVehicleJourney";
    items.push({ kind: "rejection", code: "decode.record", message, sample: maskedSample(plainOf(activity)) });
}
function observation(activity, journey, scope) {
    const flags = new Flags();
    const { options: chosen, directions, geodesy } = scope.settings;
    const time = eventTime(activity, journey, scope, flags);
    if (time === "unreadable")
        return unreadableTime(activity, journey);
    const extensions = childOf(journey, "Extensions");
    const call = childOf(journey, "MonitoredCall");
    const direction = siriName(journey, flags, "DirectionRef");
    const framed = childOf(journey, "FramedVehicleJourneyRef");
    const status = siriName(journey, flags, "VehicleStatus");
    if (status !== undefined && OUT_OF_SERVICE.has(status))
        flags.add("not_in_service");
    if (/\bGPS\b/i.test(textAt(journey, "MonitoringError") ?? ""))
        flags.add("fix_not_valid");
    const { latitude, longitude } = siriLocation(childOf(journey, "VehicleLocation"), geodesy, chosen.srsName, flags);
    return {
        kind: "vehicle_location",
        eventTime: time,
        vehicleId: vehicleId(activity, journey, chosen, flags),
        tripId: tripId(journey, chosen, flags),
        serviceDate: serviceDateOf(textAt(framed, "DataFrameRef")),
        gtfsRouteId: siriName(journey, flags, "LineRef"),
        directionId: direction === undefined ? undefined : directions.get(direction.toLowerCase()),
        scheduleRelationship: siriRelationship(journey),
        blockId: siriName(journey, flags, "BlockRef"),
        operatorId: driver(activity, journey, flags),
        latitude,
        longitude,
        headingDeg: heading(textAt(journey, "Bearing") ?? textAt(extensions, "Bearing"), flags),
        speedMps: speed(journey, extensions, chosen, flags),
        scheduleDeviationS: siriDelay(textAt(journey, "Delay"), flags),
        currentStopSequence: bounded(textAt(call, chosen.stopSequence), 1, 0, 1e6, flags),
        stopId: siriName(call, flags, "StopPointRef"),
        currentStatus: siriStopStatus(call),
        congestionLevel: siriCongestion(journey),
        occupancyStatus: occupancyOf(textAt(journey, "Occupancy"), flags),
        attributes: siriAttributes(activity, journey, flags),
        flags: flags.list(),
    };
}
/**
 * The instant of the fix where it is stated (UTA: `LastGPSFix`, SIRI 2.1: `LocationRecordedAtTime`), else that of the
 * record. A time that is stated but cannot be read rejects the record: the received time in its place would make an old
 * position look new.
 */
function eventTime(activity, journey, scope, flags) {
    const recorded = read(textAt(activity, "RecordedAtTime") ?? textAt(journey, "RecordedAtTime"), scope);
    const fix = read(textAt(journey, "Extensions", "LastGPSFix") ?? textAt(journey, "LocationRecordedAtTime"), scope);
    const best = fix === undefined || fix === "unreadable" ? recorded : fix;
    if (fix === "unreadable")
        flags.add("value_removed");
    if (best === "unreadable" || (best === undefined && fix === "unreadable"))
        return "unreadable";
    if (best?.flag !== undefined)
        flags.add(best.flag);
    const isFar = typeof fix === "object" && typeof recorded === "object" && Math.abs(fix.time - recorded.time) > MINUTE_MS;
    if (isFar)
        flags.add("times_disagree");
    return best?.time;
}
function read(text, scope) {
    if (text === undefined)
        return undefined;
    return parseIsoTime(text, scope.settings.timezone, scope.referenceTime) ?? "unreadable";
}
function unreadableTime(activity, journey) {
    const text = textAt(activity, "RecordedAtTime") ?? textAt(journey, "Extensions", "LastGPSFix") ?? "";
    const message = `RecordedAtTime "${text.slice(0, 60)}" is not an ISO 8601 time`;
    return { kind: "rejection", code: "record.value", message, sample: maskedSample(plainOf(activity)) };
}
/** French producers name the vehicle in `VehicleMonitoringRef` only; where there is a `VehicleRef`, that is another thing. */
function vehicleId(activity, journey, chosen, flags) {
    const id = siriName(journey, flags, "VehicleRef") ?? siriName(activity, flags, "VehicleMonitoringRef");
    const company = chosen.vehicleIdWithOperator ? siriName(journey, flags, "OperatorRef") : undefined;
    return id === undefined || company === undefined ? id : `${company}:${id}`;
}
function tripId(journey, chosen, flags) {
    for (const reference of chosen.tripRefs) {
        const id = reference === "FramedVehicleJourneyRef"
            ? siriName(journey, flags, reference, "DatedVehicleJourneyRef")
            : siriName(journey, flags, reference);
        if (id !== undefined)
            return id;
    }
    return undefined;
}
function driver(activity, journey, flags) {
    return (siriName(journey, flags, "DriverRef") ??
        siriName(activity, flags, "Extensions", "VehicleJourney", "DriverRef") ??
        siriName(journey, flags, "Extensions", "DriverRef"));
}
/** Ticketer and others write -1 for "unknown". */
function heading(text, flags) {
    return numberOf(text) === -1 ? undefined : headingOf(text, flags);
}
function speed(journey, extensions, chosen, flags) {
    const velocity = textAt(journey, "Velocity");
    if (velocity !== undefined) {
        return numberOf(velocity) === -1 ? undefined : speedOf(velocity, SPEED_UNITS[chosen.velocityUnit], flags);
    }
    return speedOf(textAt(extensions, "Speed"), SPEED_UNITS[chosen.extensionSpeedUnit], flags);
}
/** "The activity that was announced is cancelled": the journey has no monitored vehicle any more. */
function cancellation(element, scope) {
    const flags = new Flags();
    const time = read(textAt(element, "RecordedAtTime"), scope);
    if (time === "unreadable")
        return unreadableTime(element, element);
    if (time?.flag !== undefined)
        flags.add(time.flag);
    const journey = childOf(element, "VehicleJourneyRef") ?? childOf(element, "FramedVehicleJourneyRef");
    const reference = siriName(element, flags, "VehicleMonitoringRef");
    return {
        kind: "assignment",
        action: "canceled",
        eventTime: time?.time,
        tripId: siriName(journey, flags, "DatedVehicleJourneyRef"),
        serviceDate: serviceDateOf(textAt(journey, "DataFrameRef")),
        gtfsRouteId: siriName(element, flags, "LineRef"),
        ...(reference === undefined ? {} : { attributes: { VehicleMonitoringRef: reference } }),
        flags: flags.list(),
    };
}
