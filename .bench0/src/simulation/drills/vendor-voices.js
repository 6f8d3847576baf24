import { formatIsoTime } from "../../formats/iso-time.js";
import { localParts } from "../../formats/local-time.js";
import { MPS_PER_KMH, MPS_PER_KNOT, MPS_PER_MPH } from "../../model/units.js";
import { MESSAGE_WORDS, said } from "./page.js";
/** Put before each name where upstream renames its fields. */
const RENAMED = "new_";
const NO_TIME = "no time";
const UNITS_MPS = {
    "m/s": 1,
    "km/h": MPS_PER_KMH,
    mph: MPS_PER_MPH,
    kn: MPS_PER_KNOT,
};
/** `getvehicles` of BusTime, in JSON, with times in seconds: the newest report of each vehicle of the routes asked for. */
export function createBustimeVoice(options, timezone, routeOf) {
    const { tripField, blockField, speedUnit } = options;
    const row = (report, speech) => {
        const { vehicle, state, statedTime, isBad } = report;
        const prefix = speech === "renamed" ? RENAMED : "";
        const fields = {
            vid: vehicle.vehicleId,
            tmstmp: isBad ? NO_TIME : wallTime(statedTime, timezone),
            lat: String(state.latitude),
            lon: String(state.longitude),
            hdg: String(Math.round(state.headingDeg) % 360),
            rt: routeOf(report),
            spd: speedIn(speedUnit, state.speedMps, speech),
            [tripField]: `${MESSAGE_WORDS.trip}-${vehicle.vehicleId}`,
            [blockField]: `block-${vehicle.vehicleId}`,
        };
        return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix}${name}`, value]));
    };
    return {
        contentType: "application/json",
        isSnapshot: true,
        write: (page, speech) => {
            const vehicle = said(page, speech).map((report) => row(report, speech));
            return new TextEncoder().encode(JSON.stringify({ "bustime-response": { vehicle } }));
        },
    };
}
/** SIRI Vehicle Monitoring in XML: the newest report of each vehicle. */
export function createSiriVoice(options, routeOf) {
    const { velocityUnit } = options;
    const activity = (report, speech) => {
        const { vehicle, state, statedTime, isBad } = report;
        const name = (text) => (speech === "renamed" ? `New${text}` : text);
        const one = (text, value) => `<${name(text)}>${value}</${name(text)}>`;
        const time = isBad ? NO_TIME : formatIsoTime(statedTime);
        const journey = [
            one("LineRef", routeOf(report)),
            `<${name("FramedVehicleJourneyRef")}><DataFrameRef>${formatIsoTime(statedTime).slice(0, 10)}</DataFrameRef>` +
                `<DatedVehicleJourneyRef>${MESSAGE_WORDS.trip}-${vehicle.vehicleId}</DatedVehicleJourneyRef></${name("FramedVehicleJourneyRef")}>`,
            one("OperatorRef", "DRILL"),
            `<${name("VehicleLocation")}><Longitude>${state.longitude}</Longitude><Latitude>${state.latitude}</Latitude></${name("VehicleLocation")}>`,
            one("Bearing", Math.round(state.headingDeg) % 360),
            one("Velocity", speedIn(velocityUnit, state.speedMps, speech)),
            one("VehicleRef", vehicle.vehicleId),
        ];
        return (`<VehicleActivity>${one("RecordedAtTime", time)}<MonitoredVehicleJourney>${journey.join("")}` +
            "</MonitoredVehicleJourney></VehicleActivity>");
    };
    return {
        contentType: "application/xml",
        isSnapshot: true,
        write: (page, speech) => {
            const stamp = `<ResponseTimestamp>${formatIsoTime(page.now)}</ResponseTimestamp>`;
            const activities = said(page, speech).map((report) => activity(report, speech));
            return new TextEncoder().encode(`<Siri xmlns="http://www.siri.org.uk/siri" version="2.0"><ServiceDelivery>${stamp}` +
                `<VehicleMonitoringDelivery version="2.0">${stamp}${activities.join("")}</VehicleMonitoringDelivery></ServiceDelivery></Siri>`);
        },
    };
}
/** In a drill of units: as if the number in metres per second stood for one of miles per hour. */
function speedIn(unit, speedMps, speech) {
    const stated = speedMps / (UNITS_MPS[unit] ?? 1);
    return (speech === "unit" ? stated / MPS_PER_MPH : stated).toFixed(2);
}
/** `20260105 07:00:00`, as the agency's clocks show it. */
function wallTime(time, timezone) {
    const { year, month, day, hour, minute, second } = localParts(time, timezone);
    const two = (value) => String(value).padStart(2, "0");
    return `${year}${two(month)}${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}
