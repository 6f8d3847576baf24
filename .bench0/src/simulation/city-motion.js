import { METRES_PER_DEGREE, placeAt } from "./city-line.js";
import { noise } from "./city-noise.js";
import { deadheadLengthM } from "./city-timetable.js";
/** Share of the drives between two stops in which a light is red. */
const RED_SHARE = 0.55;
const DEADHEAD_LEG_M = 700;
/** Starts and ends gently, and waits in between where a light is red. */
function eased(share, { seed, vehicle, day }, key) {
    // One draw for all of it: whether, where, and for how long.
    const draw = noise(seed, 31, vehicle, day, key);
    if (draw >= RED_SHARE)
        return gently(share);
    const spread = draw / RED_SHARE;
    const at = 0.2 + 0.6 * spread;
    const held = 0.1 + 0.35 * ((spread * 97) % 1);
    const driven = 1 - held;
    const until = at * driven;
    if (share < until)
        return at * gently(share / until);
    if (share < until + held)
        return at;
    return at + (1 - at) * gently((share - until - held) / (driven - until));
}
/** Accelerates over a fifth of the way, and brakes over a fifth. */
function gently(share) {
    const ramp = 0.2;
    const speed = 1 / (1 - ramp);
    if (share < ramp)
        return (speed * share * share) / (2 * ramp);
    if (share > 1 - ramp)
        return 1 - (speed * (1 - share) * (1 - share)) / (2 * ramp);
    return speed * (share - ramp / 2);
}
function legAt(legs, atS) {
    let low = 0;
    let high = legs.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (legs[middle].startS <= atS)
            low = middle;
        else
            high = middle - 1;
    }
    return legs[low];
}
/** How far along the line a trip is. */
export function distanceOnTrip(trip, atS, luck) {
    const { pattern } = trip;
    const inRun = Math.min(pattern.runS, Math.max(0, (atS - trip.startS) / trip.scale));
    const leg = legAt(pattern.legs, inRun);
    if (leg.kind === "dwell")
        return { distanceM: leg.toM, leg };
    const share = (inRun - leg.startS) / (leg.endS - leg.startS);
    const key = Math.round(trip.startS) * 128 + leg.stopSequence;
    return { distanceM: leg.fromM + (leg.toM - leg.fromM) * eased(share, luck, key), leg };
}
/** How far a deadhead has come. */
function distanceOnDeadhead(piece, lengthM, atS, luck) {
    const legs = Math.max(1, Math.round(lengthM / DEADHEAD_LEG_M));
    const share = Math.min(1, Math.max(0, (atS - piece.startS) / (piece.endS - piece.startS))) * legs;
    const leg = Math.min(legs - 1, Math.floor(share));
    return (lengthM * (leg + eased(share - leg, luck, Math.round(piece.startS) * 128 + leg))) / legs;
}
/** Metres from the start of the piece's way: differences of it are what was driven. */
export function distanceOf(piece, depot, atS, luck) {
    if (piece.kind === "trip")
        return distanceOnTrip(piece.trip, atS, luck).distanceM;
    if (piece.kind === "deadhead")
        return distanceOnDeadhead(piece, deadheadLengthM(depot, piece.at), atS, luck);
    return 0;
}
export function motionOf(piece, line, depot, atS, luck) {
    switch (piece.kind) {
        case "depot":
            return { place: { ...depot, headingDeg: 90 }, distanceM: 0, drivenM: 0, leg: undefined };
        case "layover": {
            const { distanceM } = piece.trip.pattern.firstStop;
            return { place: headed(line, distanceM, piece.trip), distanceM, drivenM: 0, leg: undefined };
        }
        case "trip": {
            const { distanceM, leg } = distanceOnTrip(piece.trip, atS, luck);
            return { place: headed(line, distanceM, piece.trip), distanceM, drivenM: distanceM, leg };
        }
        case "deadhead": {
            const [from, to] = piece.isOut ? [depot, piece.at] : [piece.at, depot];
            const driven = distanceOnDeadhead(piece, deadheadLengthM(depot, piece.at), atS, luck);
            return { place: onGrid(from, to, driven), distanceM: 0, drivenM: driven, leg: undefined };
        }
    }
}
function headed(line, distanceM, { pattern }) {
    const place = placeAt(line, distanceM);
    return pattern.directionId === 0 ? place : { ...place, headingDeg: (place.headingDeg + 180) % 360 };
}
/** First east or west, then north or south. */
function onGrid(from, to, driven) {
    const perDegree = METRES_PER_DEGREE * Math.cos((from.latitude * Math.PI) / 180);
    const east = to.longitude - from.longitude;
    const north = to.latitude - from.latitude;
    const eastM = Math.abs(east) * perDegree;
    if (driven < eastM) {
        const longitude = from.longitude + (east * driven) / eastM;
        return { latitude: from.latitude, longitude, headingDeg: east > 0 ? 90 : 270 };
    }
    const northM = Math.abs(north) * METRES_PER_DEGREE;
    const latitude = from.latitude + (northM === 0 ? 0 : (north * Math.min(northM, driven - eastM)) / northM);
    return { latitude, longitude: to.longitude, headingDeg: north > 0 ? 0 : 180 };
}
