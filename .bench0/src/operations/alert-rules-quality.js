import { DAY_MS, MINUTE_MS } from "../model/units.js";
import { affectedText, agoText, attemptsText, NOTHING_SEEN, ridersText, sinksOf } from "./alert-words.js";
import { incidentsOf, isGrave } from "./quality-status.js";
/** Quiet corruption is as grave as silence: warned of and paged as a feed that is down. */
export const feedImplausible = {
    name: "feed-implausible",
    summary: "What a feed reports cannot be, for a large share of its vehicles.",
    after: { warn: MINUTE_MS, page: 5 * MINUTE_MS },
    judge: ({ feeds, sinks, time }) => feeds.flatMap((feed) => {
        const { name, upstreams } = feed;
        const qualities = upstreams.flatMap(({ active, quality }) => active && quality !== undefined ? quality : []);
        const incidents = qualities.flatMap(incidentsOf);
        if (incidents.length === 0)
            return [];
        return [
            {
                subject: `feed:${name}`,
                worst: qualities.some(isGrave) ? "page" : "warn",
                what: `Feed ${name} answers, and what it says cannot be right. ${incidents.join(" ")}`,
                affected: affectedText(feed, sinks),
                riders: `What is in doubt is not shown to them. ${ridersText(sinksOf(feed, sinks))}`,
                evidence: `${sinceText(upstreams, time)} ${attemptsText(feed, time)}`,
                done: "What is in doubt is flagged and withheld, taken out or kept as dead letters, and counted in the ledger.",
                todo: "Ask upstream what changed; until it is undone, correct the decoder, its options or the contract.",
            },
        ];
    }),
    prometheus: [
        { severity: "warn", expr: "wayside_feed_implausible >= 1" },
        { severity: "page", expr: "wayside_feed_implausible == 2" },
    ],
};
/** One day at each mark, and from the last one on until the configuration says that it is dealt with. */
export const deprecationNear = {
    name: "deprecation-near",
    summary: "Something of an upstream ends soon.",
    after: { warn: 0 },
    judge: ({ feeds, sinks, time }) => feeds.flatMap((feed) => feed.upstreams.flatMap(({ index, deprecations = [] }) => deprecations
        .filter(({ time: end, remindDays }) => isDue((end - time) / DAY_MS, remindDays))
        .map(({ time: end, what, url }) => ({
        subject: `feed:${feed.name}`,
        worst: "warn",
        what: `${leftWords((end - time) / DAY_MS)} feed ${feed.name} loses what its upstream has announced to end: ${what}.`,
        affected: end > time ? `Nobody yet; then ${affectedText(feed, sinks)}` : affectedText(feed, sinks),
        riders: end > time ? NOTHING_SEEN : ridersText(sinksOf(feed, sinks)),
        evidence: `It stands in the deprecations of upstream ${index} in the configuration.`,
        done: "It is told again ahead of the date.",
        todo: `Move the feed, and take the entry out of its deprecations${url === undefined ? "." : `: ${url} says how.`}`,
    })))),
    prometheus: [{ severity: "warn", expr: "wayside_feed_deprecation_due == 1" }],
};
/** A vendor's change that was to be taken over was not: nobody need get up, and somebody has to decide. */
export const candidateRolledBack = {
    name: "candidate-rolled-back",
    summary: "A candidate for reading a feed did worse than the present reading, and was rolled back.",
    after: { warn: 0 },
    judge: ({ feeds, sinks }) => feeds.flatMap((feed) => feed.upstreams.flatMap(({ index, candidate }) => candidate?.state === "rolled_back"
        ? [
            {
                subject: `feed:${feed.name}`,
                worst: "warn",
                what: `The cutover of feed ${feed.name} to its candidate has ended by itself. ${candidate.sentence}`,
                affected: affectedText(feed, sinks),
                riders: ridersText(sinksOf(feed, sinks)),
                evidence: `Both readings of upstream ${index} were compared record by record; wayside shadow report shows how.`,
                done: "All vehicles are read as before the candidate, from that frame on.",
                todo: "Correct the candidate, or take it out of the configuration; decode again what it gave meanwhile.",
            },
        ]
        : [])),
    prometheus: [{ severity: "warn", expr: "wayside_feed_candidate_rolled_back == 1" }],
};
function sinceText(upstreams, now) {
    const first = Math.min(...upstreams
        .flatMap(({ active, quality }) => (active ? (quality?.alarms ?? []) : []))
        .map(({ since }) => since));
    return Number.isFinite(first)
        ? `The first guard noticed it ${agoText(now - first)}.`
        : "The contract counts the records of the last minutes.";
}
/** Whether what a feed in use reports affects enough of its fleet to be an incident: 0 no, 1 a minor one, 2 a grave one. */
export function implausibility({ upstreams }) {
    const qualities = upstreams.flatMap(({ active, quality }) => (active && quality ? quality : []));
    if (qualities.some(isGrave))
        return 2;
    return qualities.some((quality) => incidentsOf(quality).length > 0) ? 1 : 0;
}
/** Whether something of a feed ends soon enough to be told. */
export function isEnding({ upstreams }, now) {
    return upstreams.some(({ deprecations = [] }) => deprecations.some(({ time, remindDays }) => isDue((time - now) / DAY_MS, remindDays)));
}
/** Whether a candidate of a feed was rolled back. */
export function isRolledBack({ upstreams }) {
    return upstreams.some(({ candidate }) => candidate?.state === "rolled_back");
}
/** Whether it is to be told now: `days` are left. */
function isDue(days, remindDays) {
    const last = Math.min(...remindDays);
    return days <= last || remindDays.some((mark) => days <= mark && days > mark - 1);
}
function leftWords(days) {
    if (days <= 0)
        return "Since now,";
    const whole = Math.ceil(days);
    return whole === 1 ? "Within a day," : `In ${whole} days,`;
}
