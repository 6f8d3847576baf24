import { shortSpanText, spanText } from "../model/span-text.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { affectedText, agoText, feedsOf, NOTHING_SEEN, ridersText } from "./alert-words.js";
const LAG_MAX_MS = 5 * MINUTE_MS;
const FAILING_MS = 5 * MINUTE_MS;
const FILLED_SHARE = 0.8;
const MEBIBYTE = 1_048_576;
export const sinkHeld = {
    name: "sink-held",
    summary: "A destination refuses the hub.",
    after: { page: 2 * MINUTE_MS },
    judge: ({ sinks, feeds, time }) => sinks
        .filter(({ state }) => state === "held")
        .map((sink) => ({
        subject: `sink:${sink.name}`,
        worst: "page",
        what: `Sink ${sink.name} is held. ${sink.sentence}`,
        affected: readersText(sink, feeds),
        riders: ownRidersText(sink),
        evidence: `It has been so for ${spanText(time - sink.since)}; ${lagText(sink)}.`,
        done: "The cursor waits, nothing is lost or burnt; the destination is tried again with growing pauses.",
        todo: "Mend the key, the certificate, the address or the destination; delivery goes on by itself.",
    })),
    prometheus: [{ severity: "page", expr: 'wayside_sink_state{state="held"} == 1' }],
};
export const sinkLagging = {
    name: "sink-lagging",
    summary: "A destination takes records too slowly.",
    after: { warn: 5 * MINUTE_MS },
    judge: ({ sinks, feeds }) => sinks
        .filter(({ lagAgeMs, state }) => state !== "held" && (lagAgeMs ?? 0) > LAG_MAX_MS)
        .map((sink) => ({
        subject: `sink:${sink.name}`,
        worst: "warn",
        what: `Sink ${sink.name} is ${spanText(sink.lagAgeMs ?? 0)} behind. ${sink.sentence}`,
        affected: `${readersText(sink, feeds)} No other sink.`,
        riders: ownRidersText(sink),
        evidence: `Of what it has to take, ${lagText(sink)}.`,
        done: "It is sent on in order, as fast as the destination takes it.",
        todo: "By day: see why the destination is slow; if it never catches up, retention passes it.",
    })),
    prometheus: [{ severity: "warn", expr: `wayside_sink_lag_seconds > ${LAG_MAX_MS / SECOND_MS}` }],
};
function readersText(sink, feeds) {
    const names = feedsOf(sink, feeds).map(({ name }) => name);
    return `Whoever reads from ${sink.name} (${sink.type}), which gets ${names.length === 0 ? "no feed" : names.join(", ")}.`;
}
/** Of a sink that passes on what others show. */
function ownRidersText(sink) {
    return sink.facts["vehicles"] === undefined
        ? `Nothing of it, unless what they see comes from ${sink.name}: that stands still.`
        : ridersText([sink]);
}
function lagText({ lagEntries, lagAgeMs }) {
    const oldest = lagAgeMs === undefined ? "" : `, the oldest for ${shortSpanText(lagAgeMs)}`;
    return `${lagEntries.toLocaleString("en-US")} records wait${oldest}`;
}
export const storeTrouble = {
    name: "store-trouble",
    summary: "The store takes nothing.",
    after: { page: 30 * SECOND_MS },
    judge: ({ store, feeds, sinks }) => store.state === "ok"
        ? []
        : [
            {
                subject: "store",
                worst: "page",
                what: store.sentence,
                affected: `Everything: no feed is taken in until it is well. ${feeds.map((feed) => affectedText(feed, sinks)).join(" ")}`,
                riders: `The last state, ageing truly. ${ridersText(sinks)}`,
                evidence: storeText(store),
                done: "Whoever pushes gets 503 and keeps it; polls pause; a full store goes on by itself once there is room.",
                todo: store.state === "full"
                    ? "Free space on the disk of the store, or lower what is kept; nothing else is needed."
                    : "Restart the hub; if it refuses the store then, do what its message says.",
            },
        ],
    prometheus: [{ severity: "page", expr: 'wayside_store_state{state!="ok"} == 1' }],
};
function storeText({ state, topics, freeBytes }) {
    const used = Math.round(topics.reduce((sum, { bytes }) => sum + bytes, 0) / MEBIBYTE);
    const free = freeBytes === undefined ? "not known" : `${Math.round(freeBytes / MEBIBYTE)} MiB`;
    return `The store is ${state} and keeps ${used} MiB; free on its disk: ${free}.`;
}
export const ledgerUnbalanced = {
    name: "ledger-unbalanced",
    summary: "The ledger does not add up.",
    after: { page: 2 * MINUTE_MS },
    judge: ({ ledger, time }) => ledger.balanced === false
        ? [
            {
                subject: "ledger",
                worst: "page",
                what: ledger.sentence,
                affected: "Nobody may notice, which is why it is urgent: something was lost or counted twice.",
                riders: "Nothing that is known of.",
                evidence: `Found by counting again ${agoText(time - (ledger.checkedTime ?? time))}; it is counted every few minutes.`,
                done: "Nothing is changed by itself; every feed and sink goes on.",
                todo: "Run wayside ledger --audit, which names account and item; keep a backup of the store.",
            },
        ]
        : [],
    prometheus: [{ severity: "page", expr: "wayside_ledger_balanced == 0" }],
};
/** Told over the other channels, and by the silence of the heartbeat when there are none. */
export const channelFailing = {
    name: "channel-failing",
    summary: "A channel for alerts cannot be reached.",
    after: { warn: 0 },
    judge: ({ alerting, time }) => (alerting?.channels ?? []).flatMap((channel) => {
        const { name, type, queued, sentence, sent, failed, failingSince } = channel;
        if (failingSince === undefined || time - failingSince < FAILING_MS)
            return [];
        return [
            {
                subject: `channel:${name}`,
                worst: "warn",
                what: `Channel ${name} (${type}) has taken nothing for ${spanText(time - failingSince)}. ${sentence}`,
                affected: `Whoever is told over ${name}: ${queued} messages wait.`,
                riders: NOTHING_SEEN,
                evidence: `Since the start it took ${sent} messages; ${failed} attempts failed.`,
                done: "Pages were told over the next channel; what waits is tried again with growing pauses.",
                todo: "Mend its address, its secret or its receiver, and try it with wayside alert test.",
            },
        ];
    }),
    prometheus: [
        { severity: "warn", expr: `wayside_alert_channel_failing_seconds >= ${FAILING_MS / SECOND_MS}` },
    ],
};
/** While there is time to act: at the limit the oldest ones go. */
export const deadLettersFilling = {
    name: "dead-letters-filling",
    summary: "Open dead letters come near the limit at which the oldest go.",
    after: { warn: MINUTE_MS },
    judge: ({ store: { deadLettersFilled = 0, topics }, feeds }) => {
        if (deadLettersFilled < FILLED_SHARE)
            return [];
        const entries = topics.find(({ topic }) => topic === "dead-letters")?.entries ?? 0;
        const worst = feeds
            .filter(({ deadLetters }) => deadLetters > 0)
            .sort((a, b) => b.deadLetters - a.deadLetters)
            .map(({ name, deadLetters }) => `${name} ${deadLetters}`);
        return [
            {
                subject: "dead-letters",
                worst: "warn",
                what: `Open dead letters have reached ${Math.floor(deadLettersFilled * 100)} % of the room or the age that they may have (store.deadLetters).`,
                affected: "Whoever wants what is in them: the oldest go first, counted as expired.",
                riders: NOTHING_SEEN,
                evidence: `${entries} are kept; since the start by feed: ${worst.length === 0 ? "none" : worst.join(", ")}.`,
                done: "All of them are kept so far, by cause; what can be read again after a mend is replayed by itself.",
                todo: "See with wayside dlq ls what is wrong, mend it and replay them, or give them up with wayside dlq drop.",
            },
        ];
    },
    prometheus: [{ severity: "warn", expr: `wayside_dead_letters_filled_ratio >= ${FILLED_SHARE}` }],
};
