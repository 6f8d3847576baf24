import { HOUR_MS, MINUTE_MS } from "./units.js";
/**
 * Every alert that a hub can raise, by the name of its rule. Configurations name them, so they are known here; a test holds this
 * list against the rules of `src/operations/alert-rules.ts`.
 */
export const ALERT_NAMES = [
    "feed-down",
    "headroom-low",
    "reports-lost",
    "riders-stale",
    "match-rate-low",
    "schedule-missing",
    "quota-filling",
    "sink-held",
    "sink-lagging",
    "store-trouble",
    "ledger-unbalanced",
    "channel-failing",
    "fleet-missing",
    "clock-skew",
    "dead-letters-filling",
    "feed-implausible",
    "deprecation-near",
    "candidate-rolled-back",
    "slo-burn",
];
/** The readers of a long outage, who need different words. */
export const OUTAGE_READERS = ["owner", "upstream", "management"];
/** When each of them is written to, since the feed gave nothing good, unless the configuration says otherwise. */
export const OUTAGE_AFTER_MS = {
    owner: 15 * MINUTE_MS,
    upstream: HOUR_MS,
    management: 4 * HOUR_MS,
};
