import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
/** What a scorecard states, in this order. */
export const MEASURES = [
    "lost",
    "duplicated",
    "outOfOrder",
    "untrue",
    "freshness",
    "detect",
    "recover",
    "alerts",
    "load",
    "deadLetters",
];
/** What holds in every drill that does not say otherwise. Committed before the first drill was run. */
export const THRESHOLDS = Object.freeze({
    lost: {
        exceeds: 0,
        meets: 0.001,
        reason: "nothing is lost silently: what upstream kept and could be asked for is there, and the rest is told as a gap; " +
            "0.1 % is what a completeness target of 99.9 % leaves",
    },
    duplicated: {
        exceeds: 0,
        meets: 0,
        reason: "nothing takes effect twice, and there is no share of it that would be all right",
    },
    outOfOrder: {
        exceeds: 0.001,
        meets: 1,
        reason: "order holds per vehicle; what comes later than the reorder window waits says so, and is to be the exception",
    },
    untrue: {
        exceeds: 0,
        meets: 0,
        reason: "riders are never lied to: no position, time or speed that the vehicle did not measure",
    },
    freshness: {
        exceeds: { p50Ms: 30 * SECOND_MS, p95Ms: 60 * SECOND_MS },
        meets: { p50Ms: 45 * SECOND_MS, p95Ms: 90 * SECOND_MS },
        reason: "a position counts as aging from one minute on, and 90 s at the 95th percentile is the objective that a feed is run " +
            "by; measured while upstream can be read, with what an outage left behind",
    },
    detect: {
        exceeds: MINUTE_MS,
        meets: 2 * MINUTE_MS,
        reason: "after two minutes riders lose speed and bearing: whoever runs the hub has to know before they do",
    },
    recover: {
        exceeds: 90 * SECOND_MS,
        meets: 150 * SECOND_MS,
        reason: "upstream is asked at least once a minute while it fails; reading on and the next publication take half a minute " +
            "more, and another failed try one minute",
    },
    alerts: {
        exceeds: 30 * SECOND_MS,
        meets: 2 * MINUTE_MS,
        reason: "the right ones, once, and over when it is over; a rule counts from when it sees the trouble, which is a poll and a " +
            "look later",
    },
    load: {
        exceeds: 1,
        meets: 1,
        reason: "upstream is never hurt: no minute above the budget, and in an outage no more requests than in health",
    },
    deadLetters: {
        exceeds: 0,
        meets: 0.001,
        reason: "a dead letter is work for a person: what is well must not be among them",
    },
});
const SINK_RECOVERS = {
    exceeds: 90 * SECOND_MS,
    meets: 5 * MINUTE_MS,
    reason: "a destination that comes back gets its backlog within minutes and is not flooded; no rider waits for it",
};
/** Where a drill is another matter. */
export const EXCEPTIONS = Object.freeze({
    "frozen-feed": {
        detect: {
            exceeds: 2 * MINUTE_MS,
            meets: 3 * MINUTE_MS,
            reason: "a still minute is nothing strange; upstream says that all is well, so that only time can tell, and riders " +
                "are told nothing new from two minutes on",
        },
        alerts: {
            exceeds: 2 * MINUTE_MS,
            meets: 3 * MINUTE_MS,
            reason: "the rule counts from when it can be known, which is what `detect` says",
        },
    },
    "out-of-order-burst": {
        outOfOrder: {
            exceeds: 1,
            meets: 1,
            reason: "reports that are minutes late come behind newer ones in any case: each has to say so",
        },
    },
    "slow-sink": { recover: SINK_RECOVERS },
    "dead-sink": { recover: SINK_RECOVERS },
    "restart-under-load": {
        recover: {
            exceeds: 30 * SECOND_MS,
            meets: MINUTE_MS,
            reason: "a hub that was started again goes on where it was: two polls of ten seconds and a publication",
        },
    },
    "night-without-service": {
        detect: {
            exceeds: Number.POSITIVE_INFINITY,
            meets: Number.POSITIVE_INFINITY,
            reason: "silence at night is no trouble: whoever is woken by it stops to listen, so that any alarm is below",
        },
    },
});
/** The thresholds of one drill. */
export function thresholdsOf(name) {
    return { ...THRESHOLDS, ...EXCEPTIONS[name] };
}
