import { CityDays, serviceDateOf } from "./city-days.js";
import { createLine, METRES_PER_DEGREE } from "./city-line.js";
import { distanceOf, motionOf } from "./city-motion.js";
import { noise, smoothNoise } from "./city-noise.js";
import { CITY_PROFILES } from "./city-profile.js";
import { createLineService, } from "./city-timetable.js";
import { VehicleWork } from "./city-work.js";
import { createSeededChance } from "./virtual-runtime.js";
const CENTRE = { latitude: 41.875, longitude: -87.745 };
const NEAR_STOP_S = 12;
/** Receivers in streets are off by some metres, for a minute or so into the same direction. */
const GPS_DRIFT_M = 5;
const GPS_ERROR_M = 2;
/** Now and then a wall reflects. */
const GPS_OUTLIER_SHARE = 0.004;
const GPS_OUTLIER_M = 70;
const NO_FIX_SHARE = 0.004;
/** A block begins and ends on time; in between delays come and go. */
const ON_TIME_S = 900;
export function createCity(options) {
    const { seed } = options;
    const chance = createSeededChance(seed);
    const timezone = options.timezone ?? "America/Chicago";
    const days = new CityDays(timezone);
    const profile = CITY_PROFILES[options.profile ?? "plain"];
    const lines = createLines(options, profile, chance);
    const counts = countsOf(lines, options);
    const depots = depotsOf(options.centre ?? CENTRE, chance);
    const vehicles = [];
    for (const [at, line] of lines.entries()) {
        const depot = depots[line.fleet];
        const service = createLineService({
            line,
            count: counts[at] ?? 1,
            depot,
            service: options.service ?? "round-the-clock",
            chance,
        });
        for (const blocks of service) {
            const index = vehicles.length;
            vehicles.push({
                index,
                vehicleId: String((line.fleet === "bus" ? 1000 : 7000) + index),
                operatorId: String(50_000 + Math.floor(chance.next() * 9999)),
                line,
                depot,
                work: new VehicleWork({
                    seed,
                    vehicle: index,
                    days,
                    blocks,
                    reportEveryS: options.reportEveryS ?? profile.reportEveryS,
                    reporting: profile.reporting,
                }),
            });
        }
    }
    return { seed, timezone, days, lines, vehicles, stateAt: (vehicle, time) => stateAt(seed, vehicle, time) };
}
function createLines(options, profile, chance) {
    const lines = [];
    const centre = options.centre ?? CENTRE;
    for (let i = 0; i < (options.busLines ?? 6); i++) {
        const number = String(10 + i * 7 + Math.floor(chance.next() * 6));
        lines.push(createLine({ gtfsRouteId: number, name: `Line ${number}`, fleet: "bus", centre, profile }, chance));
    }
    for (let i = 0; i < (options.tramLines ?? 2); i++) {
        const letter = String.fromCharCode(65 + i);
        lines.push(createLine({ gtfsRouteId: letter, name: `Tram ${letter}`, fleet: "tram", centre, profile }, chance));
    }
    return lines;
}
/** Vehicles per line: as many as its length asks for. */
function countsOf(lines, { headwayS, vehicles }) {
    if (vehicles === undefined) {
        return lines.map(({ cycleS }) => Math.max(2, Math.round(cycleS / (headwayS ?? 600))));
    }
    const all = lines.reduce((sum, { cycleS }) => sum + cycleS, 0);
    let cycles = 0;
    let given = 0;
    return lines.map(({ cycleS }, at) => {
        cycles += cycleS;
        const share = at === lines.length - 1 ? vehicles : Math.round((vehicles * cycles) / all);
        const count = Math.max(1, share - given);
        given += count;
        return count;
    });
}
function depotsOf(centre, chance) {
    const aside = () => (chance.next() - 0.5) * 0.06;
    return {
        bus: { latitude: centre.latitude + aside(), longitude: centre.longitude + aside() },
        tram: { latitude: centre.latitude + aside(), longitude: centre.longitude + aside() },
    };
}
const OFF = {
    headingDeg: 90,
    speedMps: 0,
    hasFix: true,
    phase: "off",
    blockId: undefined,
    trip: undefined,
    directionId: 0,
    stopSequence: 1,
    status: "stopped_at",
    deviationS: 0,
    occupancy: 0,
};
function stateAt(seed, vehicle, time) {
    const { line, depot, work } = vehicle;
    const shift = work.shiftAt(time);
    if (shift === undefined)
        return { ...OFF, ...depot, stopId: line.patterns[0].firstStop.stopId };
    const { block, day, atS } = shift;
    const luck = { seed, vehicle: vehicle.index, day };
    const delayS = delayAt(luck, block, atS);
    const progress = atS - delayS;
    const piece = pieceAt(block, progress);
    const motion = motionOf(piece, line, depot, progress, luck);
    const { place, drivenM } = motion;
    // From the distance of a second, so that speed and displacement always agree.
    const before = distanceOf(piece, depot, atS - 1 - delayAt(luck, block, atS - 1), luck);
    const isOnTrip = piece.kind === "trip" || piece.kind === "layover";
    const { latitude, longitude } = noisy(place, seed, vehicle.index, time);
    const { directionId, stopId, stopSequence, status } = callOf(piece, motion, line, progress);
    // Field by field: spreading three objects would cost more than all that is computed.
    return {
        latitude,
        longitude,
        headingDeg: place.headingDeg,
        speedMps: Math.round(Math.abs(drivenM - before) * 100) / 100,
        hasFix: !isInTunnel(line, piece, motion) && noise(seed, 60, vehicle.index, time) >= NO_FIX_SHARE,
        phase: piece.kind,
        blockId: block.blockId,
        trip: isOnTrip ? tripStateOf(piece.trip, day) : undefined,
        directionId,
        stopId,
        stopSequence,
        status,
        // No negative zero: it would compare as another number.
        deviationS: isOnTrip ? Math.round(delayS) + 0 : 0,
        occupancy: piece.kind === "trip" ? occupancyAt(luck, line, piece, motion) : 0,
    };
}
function pieceAt({ pieces }, atS) {
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (pieces[middle].startS <= atS)
            low = middle;
        else
            high = middle - 1;
    }
    return pieces[low];
}
/**
 * Two slow waves, so that a delay grows and is made up for again. Their slopes stay well below one: a vehicle never drives
 * backwards and never much faster than its timetable.
 */
function delayAt({ seed, vehicle, day }, block, atS) {
    const slow = atS / (1800 * (1 + noise(seed, 10, vehicle, day))) + noise(seed, 11, vehicle, day);
    const fast = atS / (600 * (1 + noise(seed, 20, vehicle, day))) + noise(seed, 21, vehicle, day);
    const usual = 20 + 40 * noise(seed, 8, vehicle, day);
    const most = 30 + 60 * noise(seed, 9, vehicle, day);
    const ramp = Math.min(1, Math.max(0, Math.min(atS - block.startS, block.endS - atS) / ON_TIME_S));
    return ramp * (usual + most * Math.sin(slow * 2 * Math.PI) + 12 * Math.sin(fast * 2 * Math.PI));
}
function noisy(place, seed, vehicle, time) {
    const isOutlier = noise(seed, 3, vehicle, time) < GPS_OUTLIER_SHARE;
    const fast = isOutlier ? GPS_OUTLIER_M : GPS_ERROR_M;
    const minutes = time / 60_000;
    const north = (smoothNoise(minutes, seed, 4, vehicle) - 0.5) * GPS_DRIFT_M +
        (noise(seed, 5, vehicle, time) - 0.5) * fast;
    const east = (smoothNoise(minutes, seed, 6, vehicle) - 0.5) * GPS_DRIFT_M +
        (noise(seed, 7, vehicle, time) - 0.5) * fast;
    const perDegree = METRES_PER_DEGREE * Math.cos((place.latitude * Math.PI) / 180);
    return {
        latitude: place.latitude + (2 * north) / METRES_PER_DEGREE,
        longitude: place.longitude + (2 * east) / perDegree,
    };
}
function isInTunnel({ tunnel }, { kind }, { distanceM }) {
    return kind === "trip" && tunnel !== undefined && distanceM > tunnel.fromM && distanceM < tunnel.toM;
}
function tripStateOf({ tripId, startS }, day) {
    return { tripId, serviceDate: serviceDateOf(day), startS };
}
/** The stop where it is or to which it drives. */
function callOf(piece, { leg }, line, progress) {
    if (piece.kind !== "trip" || leg === undefined) {
        const pattern = piece.kind === "layover" ? piece.trip.pattern : line.patterns[0];
        const status = piece.kind === "deadhead" ? "in_transit_to" : "stopped_at";
        return { directionId: pattern.directionId, stopId: pattern.firstStop.stopId, stopSequence: 1, status };
    }
    const { startS, scale, pattern } = piece.trip;
    const isNear = leg.endS - (progress - startS) / scale <= NEAR_STOP_S;
    const status = leg.kind === "dwell" ? "stopped_at" : isNear ? "incoming_at" : "in_transit_to";
    return { directionId: pattern.directionId, stopId: leg.stopId, stopSequence: leg.stopSequence, status };
}
/** Fullest in the middle of the line. */
function occupancyAt({ seed, vehicle, day }, line, { trip }, { distanceM }) {
    const along = distanceM / (line.lengthM || 1);
    const most = (25 + 50 * noise(seed, 30, vehicle, day, trip.startS)) * trip.scale ** 1.5;
    return Math.min(100, Math.max(0, Math.round(most * 4 * along * (1 - along))));
}
