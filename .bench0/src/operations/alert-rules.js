import { clockSkew, feedDown, fleetMissing, headroomLow, reportsLost, ridersStale, } from "./alert-rules-feeds.js";
import { channelFailing, deadLettersFilling, ledgerUnbalanced, sinkHeld, sinkLagging, storeTrouble, } from "./alert-rules-hub.js";
import { matchRateLow, quotaFilling, scheduleMissing } from "./alert-rules-plan.js";
import { candidateRolledBack, deprecationNear, feedImplausible } from "./alert-rules-quality.js";
import { sloBurn } from "./alert-rules-slo.js";
/** Every alert that the hub raises by itself: see `alert-rule.ts` for how one is added. */
export const ALERT_RULES = [
    feedDown,
    headroomLow,
    reportsLost,
    ridersStale,
    matchRateLow,
    scheduleMissing,
    quotaFilling,
    sinkHeld,
    sinkLagging,
    storeTrouble,
    ledgerUnbalanced,
    channelFailing,
    fleetMissing,
    clockSkew,
    deadLettersFilling,
    feedImplausible,
    deprecationNear,
    candidateRolledBack,
    sloBurn,
];
