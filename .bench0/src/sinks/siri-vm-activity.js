import { siriDuration, siriJson, siriXml } from "../formats/siri-write.js";
import { isoText } from "./delivery-json.js";
import { isInLayover } from "./rider-ages.js";
import { toldBody } from "./rider-told.js";
/** SIRI 2.0 has three words. */
const OCCUPANCY = {
    "2.0": {
        empty: "seatsAvailable",
        many_seats_available: "seatsAvailable",
        few_seats_available: "seatsAvailable",
        standing_room_only: "standingAvailable",
        crushed_standing_room_only: "standingAvailable",
        full: "full",
        not_accepting_passengers: "full",
    },
    "2.1": {
        empty: "empty",
        many_seats_available: "manySeatsAvailable",
        few_seats_available: "fewSeatsAvailable",
        standing_room_only: "standingRoomOnly",
        crushed_standing_room_only: "crushedStandingRoomOnly",
        full: "full",
        not_accepting_passengers: "notAcceptingPassengers",
    },
};
/** What one vehicle is in SIRI, from one change of it to the next: only its age grows. */
export class VehicleActivity {
    time;
    vehicleRef;
    lineRef;
    directionRef;
    operatorRef;
    #served;
    #rules;
    #body;
    #xml;
    #json;
    constructor(served, rules) {
        const { record, time } = served.item;
        this.time = time;
        this.#served = served;
        this.#rules = rules;
        this.#body = toldBody(served);
        const { vehicleId, vehicleLabel, gtfsRouteId, directionId } = this.#body;
        this.vehicleRef = vehicleId ?? vehicleLabel;
        this.lineRef = gtfsRouteId;
        this.directionRef = directionId === undefined ? undefined : rules.directions[directionId];
        const { agency } = record.origin;
        this.operatorRef = rules.operators[agency] ?? agency;
    }
    /** The element, with tier and age at `now`. */
    xml(now) {
        this.#xml ??= `<VehicleActivity>${siriXml(this.#nodes())}<Extensions><Freshness xmlns="urn:wayside:siri"><Tier>${this.#served.tier}</Tier><Age>`;
        return `${this.#xml}${this.#age(now)}</Age></Freshness></Extensions></VehicleActivity>`;
    }
    /** The same as a JSON object. */
    json(now) {
        this.#json ??= `{${siriJson(this.#nodes())},"Extensions":{"Freshness":{"Tier":"${this.#served.tier}","Age":"`;
        return `${this.#json}${this.#age(now)}"}}}`;
    }
    #age(now) {
        return siriDuration(Math.max(0, Math.floor((now - this.time) / 1000)));
    }
    #nodes() {
        return [
            ["RecordedAtTime", instant(this.time)],
            ["ValidUntilTime", instant(this.#validUntil())],
            ["MonitoredVehicleJourney", this.#journey()],
        ];
    }
    /** From then on it is not served any more. */
    #validUntil() {
        const { record } = this.#served.item;
        const { gone } = this.#rules.tiersOf(record.origin.feed);
        const isWaiting = record.body.kind === "vehicle_location" && isInLayover(record.body);
        return this.time + (isWaiting ? Math.max(gone, this.#rules.layoverMs) : gone);
    }
    /** In the order of the schema: `MonitoredVehicleJourneyStructure` of SIRI 2.0 and 2.1. */
    #journey() {
        const body = this.#body;
        const { version } = this.#rules;
        const { tripId, serviceDate } = body;
        const day = serviceDate?.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
        const framed = tripId !== undefined && day !== undefined
            ? [
                ["DataFrameRef", day],
                ["DatedVehicleJourneyRef", tripId],
            ]
            : [];
        const occupancy = body.occupancyStatus && OCCUPANCY[version][body.occupancyStatus];
        const isCongested = body.congestionLevel === "congestion" || body.congestionLevel === "severe_congestion";
        return [
            ["LineRef", this.lineRef],
            ["DirectionRef", this.directionRef],
            ["FramedVehicleJourneyRef", framed],
            ["OperatorRef", this.operatorRef],
            ["Monitored", this.#served.tier !== "stale"],
            ["InCongestion", isCongested ? true : undefined],
            ["DataSource", this.#served.item.record.origin.agency],
            ["VehicleLocation", locationOf(body)],
            ["Bearing", body.headingDeg === undefined ? undefined : Number(body.headingDeg.toFixed(1))],
            // A whole number by the schema, of metres per second.
            ["Velocity", body.speedMps === undefined ? undefined : Math.round(body.speedMps)],
            ["Occupancy", occupancy],
            ["Delay", body.scheduleDeviationS === undefined ? undefined : siriDuration(body.scheduleDeviationS)],
            ["VehicleStatus", body.scheduleRelationship === "canceled" ? "cancelled" : undefined],
            ["BlockRef", body.blockId],
            ["VehicleJourneyRef", framed.length === 0 ? tripId : undefined],
            ["VehicleRef", this.vehicleRef],
            ["MonitoredCall", callOf(body)],
        ];
    }
}
function locationOf({ latitude, longitude }) {
    if (latitude === undefined || longitude === undefined)
        return [];
    return [
        ["Longitude", Number(longitude.toFixed(6))],
        ["Latitude", Number(latitude.toFixed(6))],
    ];
}
function callOf({ stopId, currentStopSequence, currentStatus }) {
    if (stopId === undefined)
        return [];
    // Counted from 1 by the schema.
    const hasOrder = currentStopSequence !== undefined && currentStopSequence >= 1;
    return [
        ["StopPointRef", stopId],
        ["Order", hasOrder ? currentStopSequence : undefined],
        ["VehicleAtStop", currentStatus === undefined ? undefined : currentStatus === "stopped_at"],
    ];
}
function instant(time) {
    return isoText(time).slice(1, -1);
}
