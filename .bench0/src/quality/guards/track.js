import { MINUTE_MS } from "../../model/units.js";
/** Vehicles that are remembered per upstream; beyond it the longest unheard of go. */
export const TRACKS_MAX = 20_000;
/** A vehicle that is silent for so long has no say any more. Its place is kept, so that it is no new vehicle tomorrow. */
export const VOICE_MS = 10 * MINUTE_MS;
/** What is remembered of one vehicle: plain numbers, so that a report changes them in place. */
export class Track {
    id;
    receivedTime = 0;
    /** Of the newest report. NaN: it stated none. */
    eventTime = Number.NaN;
    latitude = Number.NaN;
    longitude = Number.NaN;
    speedMps = Number.NaN;
    deviationS = Number.NaN;
    /** Where it was before it jumped. */
    awayLatitude = Number.NaN;
    awayLongitude = Number.NaN;
    /** Since which event time it has been in exactly this place, and for how many reports. */
    placeTime = Number.NaN;
    placeReports = 0;
    /** When it was received that it had moved, and by how many metres it moved with the newest report. */
    movedTime = Number.NEGATIVE_INFINITY;
    movedM = Number.NaN;
    /** The guards that this vehicle speaks against, and those that it speaks for, one bit each. */
    bad = 0;
    good = 0;
    /** Fields of the last report, those it usually states, and those of these that it lacked twice in a row. */
    fields = 0;
    usual = 0;
    lacks = 0;
    lacksTime = 0;
    /** The last frame, and the last window, that it was in. */
    frame = -1;
    window = -1;
    /** The last batch of evidence it is part of, per kind of batch. */
    batches = new Int32Array(4);
    hasVoice = false;
    constructor(id) {
        this.id = id;
    }
}
/** Metres between two places that are not far apart. */
export class Ruler {
    #latitude = Number.NaN;
    #metresPerDegree = 0;
    metres(fromLatitude, fromLongitude, toLatitude, toLongitude) {
        // The width of a degree hardly changes within a city: its cosine is taken anew after a tenth of a degree.
        if (!(Math.abs(fromLatitude - this.#latitude) < 0.1)) {
            this.#latitude = fromLatitude;
            this.#metresPerDegree = METRES_PER_DEGREE * Math.cos((fromLatitude * Math.PI) / 180);
        }
        const north = (toLatitude - fromLatitude) * METRES_PER_DEGREE;
        const east = (toLongitude - fromLongitude) * this.#metresPerDegree;
        return Math.sqrt(north * north + east * east);
    }
    /** Degrees clockwise from north. */
    course(fromLatitude, fromLongitude, toLatitude, toLongitude) {
        const north = (toLatitude - fromLatitude) * METRES_PER_DEGREE;
        const east = (toLongitude - fromLongitude) * this.#metresPerDegree;
        return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
    }
}
const METRES_PER_DEGREE = 111_195;
/** Who a report is about, as far as upstream says. */
export function nameOf(item) {
    return item.vehicleId ?? item.vehicleLabel ?? item.tripId;
}
/** Fields that a feed states of nearly every vehicle or of none. */
export const FIELDS = [
    "position",
    "eventTime",
    "speedMps",
    "headingDeg",
    "scheduleDeviationS",
    "tripId",
    "gtfsRouteId",
    "stopId",
    "currentStatus",
    "vehicleLabel",
    "directionId",
    "blockId",
    "occupancyStatus",
    "odometerM",
];
/** They go together when vehicles end their work, or stand. */
export const WORK_BITS = 0b1101_1110_0000;
export const MOTION_BITS = 0b1100;
export function fieldsOf(item) {
    let bits = 0;
    if (item.latitude !== undefined)
        bits |= 1;
    if (item.eventTime !== undefined)
        bits |= 2;
    if (item.speedMps !== undefined)
        bits |= 4;
    if (item.headingDeg !== undefined)
        bits |= 8;
    if (item.scheduleDeviationS !== undefined)
        bits |= 16;
    if (item.tripId !== undefined)
        bits |= 32;
    if (item.gtfsRouteId !== undefined)
        bits |= 64;
    if (item.stopId !== undefined)
        bits |= 128;
    if (item.currentStatus !== undefined)
        bits |= 256;
    if (item.vehicleLabel !== undefined)
        bits |= 512;
    if (item.directionId !== undefined)
        bits |= 1024;
    if (item.blockId !== undefined)
        bits |= 2048;
    if (item.occupancyStatus !== undefined)
        bits |= 4096;
    if (item.odometerM !== undefined)
        bits |= 8192;
    return bits;
}
