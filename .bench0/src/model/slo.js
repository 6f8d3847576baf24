import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./units.js";
/** What a hub promises of itself, each as a share of 28 days. */
export const SLO_NAMES = [
    "freshness",
    "completeness",
    "validity",
    "detection",
    "recovery",
    "dead-letter-age",
];
/** What holds without a word in the configuration. */
export const SLO_DEFAULT = Object.freeze({
    freshness: { target: 0.99, limitMs: 150 * SECOND_MS },
    completeness: { target: 0.995 },
    validity: { target: 0.99, limitMs: MINUTE_MS },
    detection: { target: 0.9, limitMs: 5 * MINUTE_MS },
    recovery: { target: 0.9, limitMs: HOUR_MS },
    "dead-letter-age": { target: 0.99, limitMs: 7 * DAY_MS },
});
/** Windows over which the burn is stated, as people write them. */
export const BURN_WINDOWS = {
    "5m": 5 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "6h": 6 * HOUR_MS,
    "3d": 3 * DAY_MS,
};
