import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { createSeededChance } from "../virtual-runtime.js";
/** Before the trouble: caught up, and known what is normal. */
const CALM_MS = 5 * MINUTE_MS;
/** After the trouble: longer than any threshold for coming back. */
const AFTER_MS = 8 * MINUTE_MS;
const NOBODY = { expected: [], allowed: [] };
/** Nothing good comes for minutes: `feed-down` says so after three, and calls somebody after five. */
const FEED_DOWN = {
    expected: [
        { anyOf: ["feed-down"], severity: "warn", byMs: 3 * MINUTE_MS },
        { anyOf: ["feed-down"], severity: "page", byMs: 5 * MINUTE_MS },
    ],
    allowed: ["riders-stale", "headroom-low", "reports-lost", "feed-implausible"],
};
/** What comes cannot be right, which is as grave. */
const IMPLAUSIBLE = {
    expected: [
        { anyOf: ["feed-implausible"], severity: "warn", byMs: MINUTE_MS },
        { anyOf: ["feed-implausible"], severity: "page", byMs: 5 * MINUTE_MS },
    ],
    allowed: [],
};
const NOTHING_TO_TELL = "it needs nobody: it is counted, and mended at once";
/** What every drill is when nothing happens in it. */
function scenario(name, what, lastsMs, more) {
    const trouble = { fromMs: CALM_MS, toMs: CALM_MS + lastsMs };
    return {
        name,
        what,
        startsAt: "07:00",
        trouble,
        endMs: trouble.toMs + AFTER_MS,
        hits: "first",
        network: [],
        kills: [],
        isThin: false,
        isBlind: false,
        tells: "feed",
        alerts: NOBODY,
        without: {},
        ...more,
    };
}
function outage(name, minutes, what) {
    const span = { fromMs: CALM_MS, toMs: CALM_MS + minutes * MINUTE_MS };
    return scenario(name, what, minutes * MINUTE_MS, {
        hits: "all",
        isBlind: true,
        alerts: FEED_DOWN,
        network: [{ ...span, fault: "reset", share: 1 }],
    });
}
/** Faults as they come at peak hours: some seconds of trouble, some seconds of peace, and each time another one. */
function flaps(span) {
    const faults = [
        "reset",
        "hang",
        "status-503",
        "slow",
        "truncate",
        "html",
        "status-429",
    ];
    const chance = createSeededChance(16);
    const troubles = [];
    for (let at = span.fromMs;;) {
        const lastsMs = 8 * SECOND_MS + Math.floor(chance.next() * 37) * SECOND_MS;
        const fault = faults[Math.floor(chance.next() * faults.length)];
        const pauseMs = 20 * SECOND_MS + Math.floor(chance.next() * 40) * SECOND_MS;
        if (at + lastsMs > span.toMs)
            return troubles;
        troubles.push({ fromMs: at, toMs: at + lastsMs, fault, share: fault === "hang" ? 1 : 0.8 });
        at += lastsMs + pauseMs;
    }
}
const OUTAGE_MS = 10 * MINUTE_MS;
const TEN_MINUTES = { fromMs: CALM_MS, toMs: CALM_MS + OUTAGE_MS };
const FLAPPING = { fromMs: CALM_MS, toMs: CALM_MS + 20 * MINUTE_MS };
/** Every drill, in the order of their names. */
export const SCENARIOS = Object.freeze([
    scenario("flapping", "Peak hour: for twenty minutes the gateway fails for some seconds, again and again, each time in another way.", 20 * MINUTE_MS, { network: flaps(FLAPPING) }),
    outage("outage-10-minutes", 10, "Upstream is away for ten minutes: shorter than a CAD/AVL system keeps its messages."),
    outage("outage-40-minutes", 40, "Upstream is away for forty minutes, and purges what is older than its retention."),
    scenario("schema-change", "A release of upstream renames every field without notice, and takes it back after ten minutes.", 10 * MINUTE_MS, { speech: "renamed", isBlind: true, alerts: FEED_DOWN }),
    scenario("frozen-feed", "For ten minutes upstream answers well, and always the same.", 10 * MINUTE_MS, {
        speech: "frozen",
        isBlind: true,
        alerts: FEED_DOWN,
    }),
    scenario("unit-change", "For ten minutes upstream states speed in another unit than before.", 10 * MINUTE_MS, { speech: "unit", alerts: IMPLAUSIBLE }),
    scenario("out-of-order-burst", "A third of the vehicles are out of reach for eight minutes; then all that they kept arrives at once, in any order.", 8 * MINUTE_MS, {
        fleet: "silent",
        alerts: { expected: [], allowed: ["riders-stale"] },
        without: { detect: NOTHING_TO_TELL },
    }),
    scenario("duplicate-storm", "For ten minutes upstream sends every message twice, and old ones with the new.", 10 * MINUTE_MS, { speech: "repeated", without: { detect: NOTHING_TO_TELL } }),
    scenario("clock-ahead", "For ten minutes the clocks of some vehicles are three years ahead.", 10 * MINUTE_MS, { fleet: "ahead" }),
    scenario("slow-sink", "For ten minutes every destination needs eight seconds for a batch.", 10 * MINUTE_MS, { sinks: "slow", without: { detect: "a destination that is slow and keeps up is no trouble" } }),
    scenario("dead-sink", "For twenty minutes no destination takes anything.", 20 * MINUTE_MS, {
        sinks: "dead",
        tells: "sink",
        alerts: {
            expected: [{ anyOf: ["sink-lagging", "sink-held"], severity: "warn", byMs: 10 * MINUTE_MS }],
            allowed: [],
        },
    }),
    scenario("poison-record", "For ten minutes the reports of one vehicle cannot be read, and a destination refuses each record of another one.", 10 * MINUTE_MS, { fleet: "unreadable", sinks: "refusing" }),
    scenario("restart-under-load", "The hub is killed three times at peak hour, and is back after five, twenty and sixty seconds.", 5 * MINUTE_MS, {
        kills: [
            { atMs: CALM_MS, downMs: 5 * SECOND_MS },
            { atMs: CALM_MS + 2 * MINUTE_MS, downMs: 20 * SECOND_MS },
            { atMs: CALM_MS + 4 * MINUTE_MS, downMs: MINUTE_MS },
        ],
        without: { detect: "whoever starts it again has noticed" },
    }),
    scenario("bandwidth-cap", "After ten minutes of outage the link carries no more than its budget: whoever asks for more is cut off.", OUTAGE_MS, {
        hits: "all",
        isBlind: true,
        isThin: true,
        alerts: FEED_DOWN,
        network: [{ ...TEN_MINUTES, fault: "reset", share: 1 }],
        without: { detect: "the outage before it has a drill of its own" },
    }),
    scenario("night-without-service", "Service ends after midnight, vehicle by vehicle; upstream has nothing to tell until the first ones leave again.", 90 * MINUTE_MS, { startsAt: "00:20", fleet: "home" }),
]);
