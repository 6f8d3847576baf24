import { emptyEntity } from "../../formats/gtfs-realtime.js";
import { writeFeedMessage } from "../../formats/gtfs-realtime-write.js";
import { MPS_PER_MPH, SECOND_MS } from "../../model/units.js";
import { routesOf } from "./asked-plan.js";
import { createNmeaVoice, createTaipVoice, HFP } from "./device-voices.js";
import { LIVE_SOURCES } from "./live-line.js";
import { createMappingVoice } from "./mapping-voice.js";
import { MESSAGE_WORDS } from "./page.js";
import { createBustimeVoice, createSiriVoice } from "./vendor-voices.js";
/** The voice that the upstream's decoder understands, or why there is none. */
export function voiceOf({ source, decoder, timezone }) {
    switch (decoder.definition.type) {
        case "gtfs-realtime":
            return GTFS_REALTIME;
        case "mapping":
            return createMappingVoice(decoder.options, source.options, timezone);
        case "bustime":
            return createBustimeVoice(decoder.options, timezone, routesOf(source.options));
        case "siri-vm":
            return createSiriVoice(decoder.options, routesOf(source.options));
        case "hfp":
            return HFP;
        case "nmea":
        case "taip":
            return LIVE_SOURCES.includes(source.definition.type)
                ? deviceVoice(decoder)
                : `the simulated agency speaks ${decoder.definition.type} where devices do: over tcp-lines or udp`;
        default:
            return `the simulated agency does not speak ${decoder.definition.type}; it speaks gtfs-realtime, bustime, siri-vm, hfp, nmea, taip, and JSON or CSV as a mapping describes them`;
    }
}
function deviceVoice({ definition, options }) {
    return definition.type === "nmea" ? createNmeaVoice() : createTaipVoice(options);
}
const GTFS_REALTIME = {
    contentType: "application/x-protobuf",
    isSnapshot: true,
    write({ reports, now }, speech) {
        const entities = reports.map((report) => entityOf(report, speech));
        // A message must not use an id twice.
        const again = entities.map((entity) => ({ ...entity, id: `${entity.id}-again` }));
        return writeFeedMessage({
            header: {
                gtfsRealtimeVersion: "2.0",
                incrementality: 0,
                timestamp: Math.floor(now / SECOND_MS),
                feedVersion: undefined,
            },
            entities: speech === "repeated" ? [...entities, ...again] : entities,
        });
    },
};
function entityOf({ vehicle, state, statedTime, isBad }, speech) {
    const { vehicleId } = vehicle;
    // Renamed fields of a binary message are fields that nobody knows: what they held is not there.
    const isReadable = !isBad && speech !== "renamed";
    return {
        ...emptyEntity(vehicleId),
        vehicle: {
            trip: isReadable ? tripOf(vehicleId, vehicle.city.line.gtfsRouteId, state.directionId) : undefined,
            position: {
                latitude: state.latitude,
                longitude: state.longitude,
                bearing: Math.round(state.headingDeg) % 360,
                odometer: undefined,
                speed: speech === "unit" ? state.speedMps / MPS_PER_MPH : state.speedMps,
            },
            currentStopSequence: undefined,
            currentStatus: undefined,
            timestamp: isReadable ? secondsOf(statedTime) : undefined,
            congestionLevel: undefined,
            stopId: state.stopId,
            vehicle: isReadable
                ? { id: vehicleId, label: vehicleId, licensePlate: undefined, wheelchairAccessible: undefined }
                : undefined,
            occupancyStatus: undefined,
            occupancyPercentage: state.occupancy,
            carriages: undefined,
        },
    };
}
/** One trip for each vehicle: what it drives is not what a drill is about. */
function tripOf(vehicleId, routeId, directionId) {
    return {
        tripId: `${MESSAGE_WORDS.trip}-${vehicleId}`,
        startTime: undefined,
        startDate: undefined,
        scheduleRelationship: 0,
        routeId,
        directionId,
    };
}
function secondsOf(time) {
    return Math.floor(time / SECOND_MS);
}
