import { METRES_PER_DEGREE, placeAt } from "./city-line.js";
const HOUR_S = 3600;
/** How long a run takes against quiet times, by hour of the day. */
const TRAFFIC = {
    weekday: [
        1, 1, 1, 1, 1, 1.02, 1.1, 1.25, 1.28, 1.15, 1.08, 1.1, 1.13, 1.12, 1.14, 1.22, 1.32, 1.38, 1.25, 1.12,
        1.06, 1.03, 1, 1,
    ],
    weekend: [
        1, 1, 1, 1, 1, 1, 1, 1.02, 1.04, 1.06, 1.1, 1.14, 1.16, 1.16, 1.16, 1.14, 1.12, 1.1, 1.08, 1.05, 1.03, 1,
        1, 1,
    ],
};
const DEADHEAD_MPS = 10;
const PULL_OUT_S = 420;
const PULL_IN_S = 240;
const REST_S = 1500;
/** Below this a layover is too short to switch off. */
export const SWITCH_OFF_AFTER_S = 240;
export const SWITCH_ON_BEFORE_S = 60;
export function trafficAt(day, atS) {
    const hour = Math.floor(atS / HOUR_S) % 24;
    const share = (atS / HOUR_S) % 1;
    const table = TRAFFIC[day];
    const now = table[hour] ?? 1;
    return now + ((table[(hour + 1) % 24] ?? 1) - now) * share;
}
/** Chains trips from end to end until it is time to pull in. */
export function createBlock(plan) {
    const { line, depot, day, firstS, lastS, breaksS } = plan;
    const pieces = [];
    let direction = plan.firstDirection;
    let now = firstS;
    let breaksTaken = 0;
    const endOf = (pattern, isStart) => placeAt(line, (isStart ? pattern.firstStop : pattern.lastStop).distanceM);
    const startAt = endOf(line.patterns[direction], true);
    const outS = deadheadS(depot, startAt);
    const pullOutS = firstS - outS;
    pieces.push({ kind: "depot", startS: pullOutS - PULL_OUT_S, endS: pullOutS });
    pieces.push({ kind: "deadhead", startS: pullOutS, endS: firstS, isOut: true, at: startAt });
    for (;;) {
        const pattern = line.patterns[direction];
        const isBreak = now > (breaksS[breaksTaken] ?? Number.POSITIVE_INFINITY);
        if (isBreak)
            breaksTaken++;
        const leaveS = Math.ceil((now + (isBreak ? REST_S : pattern.layoverS)) / 60) * 60;
        const scale = trafficAt(day, leaveS);
        const arriveS = leaveS + Math.round(pattern.runS * scale);
        if (arriveS > lastS && pieces.length > 2)
            break;
        const trip = { tripId: plan.nextTripId(), pattern, startS: leaveS, scale };
        pieces.push({
            kind: "layover",
            startS: now,
            endS: leaveS,
            trip,
            hasRest: leaveS - now >= SWITCH_OFF_AFTER_S + 2 * SWITCH_ON_BEFORE_S,
        });
        now = arriveS;
        pieces.push({ kind: "trip", startS: leaveS, endS: now, trip });
        direction = direction === 0 ? 1 : 0;
    }
    const at = endOf(line.patterns[direction], true);
    const inS = now + deadheadS(at, depot);
    pieces.push({ kind: "deadhead", startS: now, endS: inS, isOut: false, at });
    pieces.push({ kind: "depot", startS: inS, endS: inS + PULL_IN_S });
    return {
        blockId: plan.blockId,
        startS: pieces[0]?.startS ?? 0,
        endS: inS + PULL_IN_S,
        pieces,
    };
}
/** Around the blocks of the grid. */
export function deadheadLengthM(from, to) {
    const scale = Math.cos((from.latitude * Math.PI) / 180);
    const north = Math.abs(to.latitude - from.latitude);
    const east = Math.abs(to.longitude - from.longitude) * scale;
    return (north + east) * METRES_PER_DEGREE;
}
function deadheadS(from, to) {
    return Math.max(60, Math.round(deadheadLengthM(from, to) / DEADHEAD_MPS));
}
/** Per vehicle of a line: its blocks of each day. A vehicle that only runs at peak has two on weekdays. */
export function createLineService(options) {
    const { line, count, depot, service, chance } = options;
    const trips = { weekday: 0, weekend: 0 };
    const code = { weekday: "WD", weekend: "WE" };
    const block = (day, vehicle, part, plan) => createBlock({
        ...plan,
        blockId: `${line.gtfsRouteId}-${String(vehicle + 1).padStart(2, "0")}${part}`,
        line,
        depot,
        day,
        nextTripId: () => `${line.gtfsRouteId}-${code[day]}-${String(++trips[day]).padStart(4, "0")}`,
    });
    if (service === "round-the-clock") {
        return Array.from({ length: count }, (_, i) => {
            // Their rests are spread over the small hours. A start time above 29:59:59 would not be valid, and a day in spring
            // has 23 hours.
            const turns = Math.floor((Math.floor((5 * HOUR_S) / line.cycleS) * i) / count);
            const firstS = Math.round(2.3 * HOUR_S + line.cycleS * (turns + i / count));
            const lastS = Math.min(firstS + 21.8 * HOUR_S, 29.9 * HOUR_S);
            const plan = {
                firstS,
                lastS,
                firstDirection: (i % 2),
                breaksS: [firstS + 6 * HOUR_S, firstS + 14 * HOUR_S],
            };
            return { weekday: [block("weekday", i, "", plan)], weekend: [block("weekend", i, "", plan)] };
        });
    }
    const peakOnly = Math.floor(count / 3);
    const base = count - peakOnly;
    const atWeekend = Math.max(1, Math.round(base * 0.75));
    return Array.from({ length: count }, (_, i) => {
        const isBase = i < base;
        const among = isBase ? base : peakOnly;
        const place = isBase ? i / among : (i - base + 0.5) / among;
        const offsetS = Math.round((line.cycleS * place) % (line.cycleS / 2));
        const firstDirection = place < 0.5 ? 0 : 1;
        const isLate = isBase && i % 3 === 0;
        const lastS = (isLate ? 26 : 20 + chance.next() * 2.5) * HOUR_S;
        if (!isBase) {
            const early = { firstS: 6.2 * HOUR_S + offsetS, lastS: 9.8 * HOUR_S, firstDirection, breaksS: [] };
            const late = { firstS: 14.8 * HOUR_S + offsetS, lastS: 19 * HOUR_S, firstDirection, breaksS: [] };
            return { weekday: [block("weekday", i, "a", early), block("weekday", i, "b", late)], weekend: [] };
        }
        const breaksS = [10 + chance.next() * 3, 17.5 + chance.next() * 2].map((hour) => hour * HOUR_S);
        const weekday = block("weekday", i, "", { firstS: 5 * HOUR_S + offsetS, lastS, firstDirection, breaksS });
        if (i >= atWeekend)
            return { weekday: [weekday], weekend: [] };
        const plan = {
            firstS: 6.5 * HOUR_S + offsetS,
            lastS: lastS - (isLate ? 0 : HOUR_S),
            firstDirection,
            breaksS,
        };
        return { weekday: [weekday], weekend: [block("weekend", i, "", plan)] };
    });
}
