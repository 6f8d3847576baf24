import { formatIsoTime } from "../formats/iso-time.js";
import { localParts, offsetMsAt } from "../formats/local-time.js";
import { MPS_PER_KMH, MPS_PER_MPH } from "../model/units.js";
import { statedTimeOf } from "./gateway-messages.js";
/** The answer in the words of a vendor; undefined for a path that is none of theirs. */
export function vendorAnswer({ path, query }, scene) {
    switch (path) {
        case "/bustime/api/v3/getroutes":
            return { type: "application/json", body: busTimeRoutes(scene.city) };
        case "/bustime/api/v3/getvehicles": {
            const body = busTimeVehicles(readingsOf(scene, undefined), query["rt"], scene);
            return { type: "application/json", body };
        }
        case "/siri/vm.xml":
            return { type: "text/xml", body: siriVehicles(readingsOf(scene, query["fleet"]), scene) };
        default:
            return undefined;
    }
}
function readingsOf({ city, schedule, now, changes }, fleet) {
    return city.vehicles.flatMap((vehicle) => {
        if ((fleet === "bus" || fleet === "tram") && vehicle.line.fleet !== fleet)
            return [];
        const report = schedule.newestAt(vehicle, now);
        if (report === undefined)
            return [];
        const state = city.stateAt(vehicle, report.sampleTime);
        return [{ report, state, wording: changes.wordingOf(report) }];
    });
}
const ROUTES_PER_CALL_MAX = 10;
/** Clever Devices BusTime v3 `getroutes`. */
function busTimeRoutes({ lines }) {
    const routes = lines.map(({ gtfsRouteId, name }) => ({ rt: gtfsRouteId, rtnm: name, rtdd: gtfsRouteId }));
    return JSON.stringify({ "bustime-response": { routes } });
}
/** Clever Devices BusTime v3 `getvehicles`: at most ten routes by name, errors beside vehicles and with status 200. */
function busTimeVehicles(readings, named, scene) {
    const { timezone, now, changes } = scene;
    const names = (named ?? "").split(",").filter((name) => name !== "");
    const refusal = names.length === 0
        ? "No rt or vid parameter provided"
        : names.length > ROUTES_PER_CALL_MAX
            ? "Maximum number of rt identifiers exceeded"
            : undefined;
    if (refusal !== undefined)
        return JSON.stringify({ "bustime-response": { error: [{ msg: refusal }] } });
    const vehicle = readings.flatMap((reading) => {
        const { trip, hasFix } = reading.state;
        const isAsked = trip !== undefined && names.includes(reading.report.vehicle.line.gtfsRouteId);
        return isAsked && hasFix ? [busTimeRow(reading, timezone)] : [];
    });
    const error = names
        .filter((rt) => !vehicle.some((row) => row.rt === rt))
        .map((rt) => ({ rt, msg: "No data found for parameter" }));
    const isObject = changes.isListAnObject(now);
    const told = isObject ? Object.fromEntries(vehicle.map((row, at) => [`v${at}`, row])) : vehicle;
    return JSON.stringify({
        "bustime-response": { ...(vehicle.length > 0 && { vehicle: told }), ...(error.length > 0 && { error }) },
    });
}
function busTimeRow({ report, state, wording }, timezone) {
    const at = localParts(statedTimeOf(report), wording["time-zone"] ? "UTC" : timezone);
    const { vehicle } = report;
    const { trip } = state;
    const date = `${at.year}${two(at.month)}${two(at.day)}`;
    return {
        vid: vehicle.vehicleId,
        [wording["renamed-field"] ? "timestamp" : "tmstmp"]: `${date} ${two(at.hour)}:${two(at.minute)}:${two(at.second)}`,
        lat: state.latitude.toFixed(6),
        lon: state.longitude.toFixed(6),
        hdg: String(Math.round(state.headingDeg) % 360),
        rt: vehicle.line.gtfsRouteId,
        des: vehicle.line.name,
        dly: state.deviationS > 300,
        spd: Math.round(state.speedMps / (wording["changed-unit"] ? MPS_PER_KMH : MPS_PER_MPH)),
        tatripid: trip?.tripId ?? "N/A",
        tablockid: state.blockId ?? "N/A",
        zone: "",
        psgld: wording["new-value"] ? "CROWDED" : loadOf(state),
        stst: trip?.startS ?? -1,
        stsd: trip === undefined
            ? ""
            : `${trip.serviceDate.slice(0, 4)}-${trip.serviceDate.slice(4, 6)}-${trip.serviceDate.slice(6)}`,
        ...(wording["new-field"] ? { fw: "5.0.1" } : {}),
    };
}
function loadOf({ occupancy }) {
    return occupancy > 80 ? "FULL" : occupancy > 30 ? "HALF_EMPTY" : "EMPTY";
}
/** SIRI 2.0 VehicleMonitoring of all vehicles. */
function siriVehicles(readings, { now, timezone }) {
    const activities = readings.map((reading) => siriActivity(reading, timezone)).join("");
    const time = `<ResponseTimestamp>${formatIsoTime(now)}</ResponseTimestamp>`;
    return `<?xml version="1.0" encoding="UTF-8"?><Siri xmlns="http://www.siri.org.uk/siri" version="2.0"><ServiceDelivery>${time}<VehicleMonitoringDelivery version="2.0">${time}${activities}</VehicleMonitoringDelivery></ServiceDelivery></Siri>`;
}
/** Nothing in a city needs to be escaped: its ids are letters, digits and hyphens. */
function siriActivity({ report, state, wording }, timezone) {
    const { vehicle } = report;
    const { trip } = state;
    const el = (name, value) => `<${name}>${value}</${name}>`;
    const day = trip && `${trip.serviceDate.slice(0, 4)}-${trip.serviceDate.slice(4, 6)}-${trip.serviceDate.slice(6)}`;
    const journey = [
        trip === undefined
            ? ""
            : el("LineRef", vehicle.line.gtfsRouteId) +
                el("DirectionRef", wording["new-value"] ? "clockwise" : state.directionId) +
                el("FramedVehicleJourneyRef", el("DataFrameRef", day ?? "") + el("DatedVehicleJourneyRef", trip.tripId)),
        state.hasFix
            ? el("VehicleLocation", el("Longitude", state.longitude.toFixed(6)) + el("Latitude", state.latitude.toFixed(6)))
            : "",
        el("Bearing", Math.round(state.headingDeg) % 360),
        el("Velocity", wording["changed-unit"] ? state.speedMps / MPS_PER_KMH : state.speedMps),
        el("Delay", `${state.deviationS < 0 ? "-" : ""}PT${Math.abs(state.deviationS)}S`),
        state.blockId === undefined ? "" : el("BlockRef", state.blockId),
        el("VehicleRef", vehicle.vehicleId),
        wording["new-field"] ? el("Extensions", el("SoftwareVersion", "5.0.1")) : "",
        trip === undefined
            ? ""
            : el("MonitoredCall", el("StopPointRef", state.stopId) +
                el("Order", state.stopSequence) +
                el("VehicleAtStop", String(state.status === "stopped_at"))),
    ].join("");
    // Local time that says it is UTC: the oldest mistake there is.
    const stated = statedTimeOf(report);
    const time = wording["time-zone"] ? stated + offsetMsAt(stated, timezone) : stated;
    return el("VehicleActivity", el(wording["renamed-field"] ? "RecordedTime" : "RecordedAtTime", formatIsoTime(time)) +
        el("MonitoredVehicleJourney", journey));
}
function two(value) {
    return String(value).padStart(2, "0");
}
