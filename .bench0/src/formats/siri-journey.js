import { parseIsoDurationS, serviceDateOf } from "./iso-time.js";
import { booleanOf, numberOf } from "./json.js";
import { vendorText } from "./vendor-text.js";
import { attributeOf, childOf, textAt } from "./xml.js";
/** Fields of a SIRI journey, as vehicle monitoring and other services of SIRI share them. */
/** `UNKNOWN` is BODS's, `null` that of two Norwegian producers. */
const ABSENT = new Set(["null", "NULL", "UNKNOWN", "N/A"]);
const DEVIATION_MAX_S = 10 * 86_400;
/** What has no field in the model, under the name that SIRI gives it. None of it changes from one poll to the next alone. */
const ATTRIBUTES = new Map([
    ["DirectionRef", "text"],
    ["DirectionName", "text"],
    ["JourneyPatternRef", "text"],
    ["RouteRef", "text"],
    ["VehicleMode", "text"],
    ["PublishedLineName", "text"],
    ["OriginRef", "text"],
    ["OriginName", "text"],
    ["DestinationRef", "text"],
    ["DestinationName", "text"],
    ["OriginAimedDepartureTime", "text"],
    ["DestinationAimedArrivalTime", "text"],
    ["MonitoringError", "text"],
    ["DataSource", "text"],
    ["ConfidenceLevel", "text"],
    ["ProgressRate", "text"],
    ["ProgressStatus", "text"],
    ["VehicleStatus", "text"],
    ["CourseOfJourneyRef", "text"],
    ["Monitored", "boolean"],
    ["InPanic", "boolean"],
    ["PredictionInaccurate", "boolean"],
    ["HeadwayService", "boolean"],
    ["EngineOn", "boolean"],
]);
/** A reference or a name: text that is there and means something. */
export function siriName(element, flags, ...path) {
    return vendorText(textAt(element, ...path), ABSENT, flags);
}
/** What SIRI says of a journey that does not run, or runs extra. */
export function siriRelationship(journey) {
    if (booleanOf(textAt(journey, "Cancellation")) === true)
        return "canceled";
    if (textAt(journey, "VehicleStatus") === "cancelled")
        return "canceled";
    return booleanOf(textAt(journey, "ExtraJourney")) === true ? "added" : undefined;
}
/** SIRI's delay is positive when late, as ours is. */
export function siriDelay(text, flags) {
    if (text === undefined)
        return undefined;
    const seconds = parseIsoDurationS(text);
    if (seconds !== undefined && Math.abs(seconds) <= DEVIATION_MAX_S)
        return seconds;
    flags.add("value_removed");
    return undefined;
}
export function siriStopStatus(call) {
    const isAtStop = booleanOf(textAt(call, "VehicleAtStop"));
    if (isAtStop === undefined)
        return undefined;
    return isAtStop ? "stopped_at" : "in_transit_to";
}
/** "Not in congestion" does not say that traffic runs smoothly. */
export function siriCongestion(journey) {
    return booleanOf(textAt(journey, "InCongestion")) === true ? "congestion" : undefined;
}
/**
 * `ItemIdentifier` and `ValidUntilTime` are left out: BODS renews them with every answer, and each would make a new
 * revision of a position that has not changed for weeks. Notes are left out because people write names into them.
 */
export function siriAttributes(activity, journey, flags) {
    const found = {};
    const put = (key, value) => {
        if (value !== undefined)
            found[key] = value;
    };
    for (const child of journey.children) {
        const type = ATTRIBUTES.get(child.name);
        if (type === "boolean")
            put(child.name, booleanOf(child.text));
        else if (type === "text" && found[child.name] === undefined)
            put(child.name, siriName(child, flags));
    }
    // Under the name OperatorRef, everything that keeps people's ids out would take the company for a person.
    put("company", siriName(journey, flags, "OperatorRef"));
    const frame = textAt(journey, "FramedVehicleJourneyRef", "DataFrameRef");
    if (serviceDateOf(frame) === undefined)
        put("DataFrameRef", vendorText(frame, ABSENT, flags));
    put("VisitNumber", numberOf(textAt(journey, "MonitoredCall", "VisitNumber")));
    put("LinkDistance", numberOf(textAt(activity, "ProgressBetweenStops", "LinkDistance")));
    put("Percentage", numberOf(textAt(activity, "ProgressBetweenStops", "Percentage")));
    put("Scheduled", booleanOf(textAt(journey, "Extensions", "Scheduled")));
    if (childOf(journey, "DestinationName") === undefined) {
        put("DestinationName", siriName(journey, flags, "Extensions", "DestinationName"));
    }
    const location = childOf(journey, "VehicleLocation");
    if (location !== undefined && childOf(location, "Coordinates") !== undefined) {
        put("srsName", vendorText(attributeOf(location, "srsName"), ABSENT, flags));
    }
    return Object.keys(found).length === 0 ? undefined : found;
}
