export const METRES_PER_DEGREE = 111_320;
const SPACING_M = { bus: 380, tram: 620 };
const STREETS = [
    "Mill",
    "Harbor",
    "Grove",
    "Union",
    "College",
    "Market",
    "Canal",
    "Depot",
    "Orchard",
    "Spring",
];
/** Builds a line through the centre of the city, on a grid of streets that is not quite regular. */
export function createLine(options, chance) {
    const shape = createShape(options, chance);
    const lengthM = shape.at(-1)?.distanceM ?? 0;
    const stops = createStops(options, lengthM, chance);
    const patterns = [
        createPattern(options, 0, stops, chance),
        createPattern(options, 1, [...stops].reverse(), chance),
    ];
    const cycleS = patterns.reduce((sum, { runS, layoverS }) => sum + runS + layoverS, 0);
    const tunnelFrom = 0.35 + chance.next() * 0.2;
    const tunnel = chance.next() < options.profile.tunnelShare[options.fleet]
        ? { fromM: lengthM * tunnelFrom, toM: lengthM * (tunnelFrom + 0.05 + chance.next() * 0.1) }
        : undefined;
    const { gtfsRouteId, name, fleet } = options;
    return { gtfsRouteId, name, fleet, shape, lengthM, stops, patterns, tunnel, cycleS };
}
function createShape({ centre, fleet }, chance) {
    const scale = Math.cos((centre.latitude * Math.PI) / 180);
    // Out of one quarter of the city, through the middle, into another one: blocks east, then blocks north, in turns.
    const eastward = chance.next() < 0.5 ? 1 : -1;
    const northward = chance.next() < 0.5 ? 1 : -1;
    const blocks = (fleet === "tram" ? 14 : 18) + Math.floor(chance.next() * 6);
    const slant = 0.25 + chance.next() * 0.5;
    const corners = [{ x: 0, y: 0 }];
    let x = 0;
    let y = 0;
    for (let block = 0; block < blocks; block++) {
        const length = 330 + chance.next() * 420;
        if (chance.next() < slant)
            x += eastward * length;
        else
            y += northward * length;
        corners.push({ x, y });
    }
    const shiftX = x / 2 + (chance.next() - 0.5) * 2500;
    const shiftY = y / 2 + (chance.next() - 0.5) * 2500;
    let distanceM = 0;
    return corners.map((corner, i) => {
        const before = corners[i - 1] ?? corner;
        distanceM += Math.hypot(corner.x - before.x, corner.y - before.y);
        return {
            latitude: centre.latitude + (corner.y - shiftY) / METRES_PER_DEGREE,
            longitude: centre.longitude + (corner.x - shiftX) / (METRES_PER_DEGREE * scale),
            distanceM,
        };
    });
}
function createStops(options, lengthM, chance) {
    const count = Math.max(4, Math.round(lengthM / SPACING_M[options.fleet]) + 1);
    return Array.from({ length: count }, (_, i) => {
        const isEnd = i === 0 || i === count - 1;
        const even = (lengthM * i) / (count - 1);
        const street = STREETS[Math.floor(chance.next() * STREETS.length)] ?? "Main";
        const sway = isEnd ? 0 : (chance.next() - 0.5) * 0.4 * (lengthM / (count - 1));
        return {
            stopId: `${options.gtfsRouteId}${String(i + 1).padStart(2, "0")}`,
            name: isEnd ? `${street} Terminal` : `${street} St & ${i + 1} Av`,
            distanceM: even + sway,
        };
    });
}
function createPattern({ fleet, profile }, directionId, served, chance) {
    const legs = [];
    const { speedSpread, dwellScale, layoverScale } = profile;
    const [slowest, fastest] = profile.speedMps[fleet];
    const usual = slowest + chance.next() * (fastest - slowest);
    let now = 0;
    served.forEach((stop, i) => {
        const before = served[i - 1];
        if (before === undefined)
            return;
        const shared = { stopSequence: i + 1, stopId: stop.stopId };
        const speed = usual * (1 - speedSpread / 2 + chance.next() * speedSpread);
        const [fromM, toM] = [before.distanceM, stop.distanceM];
        const driveS = Math.max(20, Math.round(Math.abs(toM - fromM) / speed));
        legs.push({ kind: "drive", startS: now, endS: now + driveS, fromM, toM, ...shared });
        now += driveS;
        if (i === served.length - 1)
            return;
        // Most stops take seconds; now and then many get on, or the timetable has some slack.
        const usualS = chance.next() < 0.15 ? 30 + Math.round(chance.next() * 50) : 6 + Math.round(chance.next() * 16);
        const dwellS = Math.round(usualS * dwellScale);
        legs.push({ kind: "dwell", startS: now, endS: now + dwellS, fromM: toM, toM, ...shared });
        now += dwellS;
    });
    return {
        directionId,
        legs,
        runS: now,
        layoverS: Math.round((300 + Math.round(chance.next() * 240)) * layoverScale[directionId]),
        firstStop: served[0],
        lastStop: served.at(-1),
    };
}
/** The place at a distance along the line, and the direction in which distances grow there. */
export function placeAt(line, distanceM) {
    const { shape } = line;
    const found = shape.findIndex((point, i) => i > 0 && point.distanceM >= distanceM);
    const end = found < 1 ? shape.length - 1 : found;
    const a = shape[end - 1];
    const b = shape[end];
    if (a === undefined || b === undefined)
        return { latitude: 0, longitude: 0, headingDeg: 0 };
    const share = Math.min(1, Math.max(0, (distanceM - a.distanceM) / (b.distanceM - a.distanceM || 1)));
    const east = (b.longitude - a.longitude) * Math.cos((a.latitude * Math.PI) / 180);
    const headingDeg = (Math.atan2(east, b.latitude - a.latitude) * 180) / Math.PI;
    return {
        latitude: a.latitude + (b.latitude - a.latitude) * share,
        longitude: a.longitude + (b.longitude - a.longitude) * share,
        headingDeg: (headingDeg + 360) % 360,
    };
}
