import { writeFeedMessage } from "../formats/gtfs-realtime-write.js";
import { localParts, offsetMsAt } from "../formats/local-time.js";
import { MPS_PER_KMH, MPS_PER_MPH } from "../model/units.js";
const STATUS_NUMBERS = { incoming_at: 0, stopped_at: 1, in_transit_to: 2 };
/** A status of which no version of GTFS-realtime knows. */
const NEW_STATUS = 7;
/** What a vehicle has driven since its report before, more or less. */
const ODOMETER_STEP_M = 150;
/** A receiver without a fix, as the old system writes it. */
const HEADING_UNKNOWN = 511;
/** This vehicle's clock is ahead by so much, and nobody at the agency has noticed. */
const FAST_CLOCK_VEHICLE = 13;
const FAST_CLOCK_MS = 600_000;
/** What the gateway sends, in the words of each format. */
export class MessageWriter {
    #options;
    constructor(options) {
        this.#options = options;
    }
    /** GTFS-realtime VehiclePositions of a fleet at a moment. */
    vehiclePositions(time, fleet) {
        const { city, schedule } = this.#options;
        const entities = [];
        for (const vehicle of city.vehicles) {
            if (fleet !== undefined && vehicle.line.fleet !== fleet)
                continue;
            const report = schedule.newestAt(vehicle, time);
            if (report !== undefined)
                entities.push(this.#entity(report));
        }
        return writeFeedMessage({
            header: {
                gtfsRealtimeVersion: "2.0",
                incrementality: 0,
                timestamp: Math.floor(time / 1000),
                feedVersion: undefined,
            },
            entities,
        });
    }
    /**
     * A page of the queue of the old system: positions in millionths of a degree, speed in miles per hour, times local
     * and without zone, adherence negative when late, 511 for no heading, the driver in every message. Once the list of
     * messages has become an object, each stands under its number.
     */
    queuePage(queue, after, limit, now) {
        const page = queue.after(after, limit);
        const messages = page.map(({ sequence, report }) => this.#message(sequence, report));
        const isObject = this.#options.changes.isListAnObject(now);
        return JSON.stringify({
            system: "AVL-GW 4.2",
            time: this.#local(now, this.#options.timezone),
            oldest: queue.oldest,
            newest: queue.newest,
            more: (page.at(-1)?.sequence ?? queue.newest) < queue.newest,
            messages: isObject ? Object.fromEntries(messages.map((one) => [one.seq, one])) : messages,
        });
    }
    #message(sequence, report) {
        const { vehicle } = report;
        const state = this.#state(report);
        const { trip } = state;
        const wording = this.#options.changes.wordingOf(report);
        const mpsPerUnit = wording["changed-unit"] ? MPS_PER_KMH : MPS_PER_MPH;
        return {
            seq: sequence,
            type: "LOC",
            veh: vehicle.vehicleId,
            opr: vehicle.operatorId,
            [wording["renamed-field"] ? "gpsTime" : "ts"]: this.#local(statedTimeOf(report), wording["time-zone"] ? "UTC" : this.#options.timezone),
            lat: state.hasFix ? Math.round(state.latitude * 1e6) : 0,
            lon: state.hasFix ? Math.round(state.longitude * 1e6) : 0,
            hdg: state.hasFix && state.speedMps > 0.5 ? Math.round(state.headingDeg) % 360 : HEADING_UNKNOWN,
            spd: Math.round((state.speedMps / mpsPerUnit) * 10) / 10,
            ...(trip === undefined
                ? {}
                : {
                    rte: vehicle.line.gtfsRouteId,
                    dir: wording["new-value"] ? ["OB", "IB"][state.directionId] : state.directionId,
                    trp: trip.tripId,
                    stp: state.stopId,
                }),
            blk: state.blockId,
            // No negative zero.
            adh: 0 - state.deviationS,
            psg: state.occupancy,
            ...(wording["new-field"] ? { fw: "5.0.1", doors: { front: state.status === "stopped_at" } } : {}),
        };
    }
    #entity(report) {
        const { vehicle } = report;
        const state = this.#state(report);
        const { trip, hasFix } = state;
        const wording = this.#options.changes.wordingOf(report);
        const stated = statedTimeOf(report);
        const time = wording["time-zone"] ? stated + offsetMsAt(stated, this.#options.timezone) : stated;
        return {
            id: vehicle.vehicleId,
            isDeleted: undefined,
            tripUpdate: undefined,
            alert: undefined,
            detour: undefined,
            vehicle: {
                trip: trip && {
                    tripId: trip.tripId,
                    startTime: clockTime(trip.startS),
                    startDate: trip.serviceDate,
                    scheduleRelationship: 0,
                    routeId: vehicle.line.gtfsRouteId,
                    directionId: state.directionId,
                },
                position: {
                    latitude: hasFix ? state.latitude : 0,
                    longitude: hasFix ? state.longitude : 0,
                    bearing: Math.round(state.headingDeg) % 360,
                    odometer: wording["new-field"] ? report.number * ODOMETER_STEP_M : undefined,
                    speed: wording["changed-unit"] ? state.speedMps / MPS_PER_MPH : state.speedMps,
                },
                currentStopSequence: trip && state.stopSequence,
                currentStatus: trip && (wording["new-value"] ? NEW_STATUS : STATUS_NUMBERS[state.status]),
                timestamp: Math.floor(time / 1000),
                congestionLevel: undefined,
                stopId: trip && state.stopId,
                vehicle: {
                    id: vehicle.vehicleId,
                    label: vehicle.vehicleId,
                    licensePlate: undefined,
                    wheelchairAccessible: undefined,
                },
                occupancyStatus: undefined,
                occupancyPercentage: state.occupancy,
                carriages: undefined,
            },
        };
    }
    #state(report) {
        return this.#options.city.stateAt(report.vehicle, report.sampleTime);
    }
    #local(time, timezone) {
        const { year, month, day, hour, minute, second } = localParts(time, timezone);
        return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
    }
}
/** The time that a report carries: its vehicle's own clock says it. */
export function statedTimeOf({ vehicle, sampleTime }) {
    return vehicle.index === FAST_CLOCK_VEHICLE ? sampleTime + FAST_CLOCK_MS : sampleTime;
}
/** Seconds of a service date as GTFS writes them: `25:10:00`. */
export function clockTime(atS) {
    return `${two(Math.floor(atS / 3600))}:${two(Math.floor(atS / 60) % 60)}:${two(Math.floor(atS) % 60)}`;
}
function two(value) {
    return value < 10 ? `0${value}` : String(value);
}
