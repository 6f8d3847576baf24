import { localParts } from "../formats/local-time.js";
import { noise } from "./city-noise.js";
/** The ways in which the gateway fails. */
export const GATEWAY_FAULTS = [
    "refuse",
    "reset",
    "hang",
    "slow",
    "status-503",
    "status-429",
    "truncate",
    "html",
];
const SLOT_MS = 300_000;
const EPISODE_MAX_MS = 290_000;
/** What a bad network does is more frequent than what a bad server does. */
const WEIGHTS = {
    refuse: 5,
    reset: 4,
    hang: 3,
    slow: 3,
    "status-503": 4,
    "status-429": 2,
    truncate: 2,
    html: 2,
};
const WEIGHT_SUM = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
/** Weekday hours in which everybody travels, and the gateway is at its worst. */
export function isPeak(time, timezone) {
    const { year, month, day, hour } = localParts(time, timezone);
    // Zeller's congruence: 0 and 1 are Saturday and Sunday.
    const [m, y] = month < 3 ? [month + 12, year - 1] : [month, year];
    const weekday = (day + Math.floor((13 * (m + 1)) / 5) + y + (y >> 2) - Math.floor(y / 100) + Math.floor(y / 400)) % 7;
    return weekday > 1 && ((hour >= 7 && hour < 9) || (hour >= 16 && hour < 18));
}
/** The episodes of trouble that begin in the five minutes around a moment; a function of seed and time alone. */
function episodesOf(seed, slot, timezone) {
    const slotStart = slot * SLOT_MS;
    const peak = isPeak(slotStart, timezone);
    const episodes = [];
    for (let i = 0; i < (peak ? 3 : 2); i++) {
        const draw = (key) => noise(seed, 50 + key, slot, i);
        if (draw(0) > (peak ? 0.9 : 0.6))
            continue;
        const startTime = slotStart + draw(1) * SLOT_MS;
        const size = draw(2);
        const lengthMs = size < 0.75 ? 8000 + draw(3) * 37_000 : size < 0.97 ? 60_000 + draw(3) * 140_000 : EPISODE_MAX_MS;
        const fault = faultFor(draw(4));
        const share = fault === "refuse" || fault === "hang" ? 1 : 0.7;
        episodes.push({ fault, startTime, endTime: startTime + lengthMs, share });
    }
    return episodes;
}
function faultFor(draw) {
    let left = draw * WEIGHT_SUM;
    for (const fault of GATEWAY_FAULTS) {
        left -= WEIGHTS[fault];
        if (left < 0)
            return fault;
    }
    return "refuse";
}
/** The trouble of a moment; where two episodes overlap, the one that began first. */
export function episodeAt(seed, time, timezone) {
    const slot = Math.floor(time / SLOT_MS);
    return episodeOf([...episodesOf(seed, slot - 1, timezone), ...episodesOf(seed, slot, timezone)], time);
}
/** The first of these episodes that a moment lies in. */
export function episodeOf(episodes, time) {
    return episodes.find(({ startTime, endTime }) => startTime <= time && time < endTime);
}
