import { BURN_WINDOWS } from "../model/slo.js";
import { NOTHING_SEEN } from "./alert-words.js";
/** Whom it concerns that an objective is missed. */
const MEANS = {
    freshness: {
        what: "positions that riders see are too old",
        todo: "See which feed is behind with wayside status, and what happened with wayside incident ls.",
    },
    completeness: {
        what: "reports are lost before they can be read",
        todo: "See in which hours with wayside ledger, and widen the budget or the retention of that upstream.",
    },
    validity: {
        what: "rider feeds are late, or much is withheld as implausible",
        todo: "See what guards say with wayside events, and tell upstream what is wrong.",
    },
    detection: {
        what: "incidents are told too late",
        todo: "Look at how long alerts last before they are told.",
    },
    recovery: { what: "incidents last too long", todo: "Read their reviews: wayside incident ls." },
    "dead-letter-age": {
        what: "dead letters wait for too long",
        todo: "See what they wait for with wayside dlq ls; replay or drop them.",
    },
};
/** What nobody need get up for at night: it is over, or it waits. */
const BY_DAY = ["completeness", "detection", "recovery", "dead-letter-age"];
/**
 * Whether something else was told of in the short window, or still is: a budget that burns for the same reason says nothing new.
 */
function isTold({ alerts = [], incidents = [], time }, shortMs) {
    return (alerts.some(({ alert }) => alert !== "slo-burn") ||
        incidents.some(({ subjects, resolvedTime }) => (resolvedTime === undefined || resolvedTime > time - shortMs) &&
            !subjects.every((subject) => subject.startsWith("slo:"))));
}
/** An error budget that is used up too fast by what no other alert tells of. */
export const sloBurn = {
    name: "slo-burn",
    summary: "An error budget is used up too fast.",
    after: { warn: 0, page: 0 },
    judge: (status) => (status.slos ?? []).flatMap((slo) => {
        const { name, burning, burn, sentence, target } = slo;
        if (burning === undefined || isTold(status, BURN_WINDOWS[burning.short]))
            return [];
        const { rate, long, short } = burning;
        const speed = (window) => (burn[window] ?? 0).toFixed(1);
        return [
            {
                subject: `slo:${name}`,
                worst: BY_DAY.includes(name) ? "warn" : burning.severity,
                what: `Objective ${name} of ${percent(target)} is used up too fast: ${MEANS[name].what}. ${sentence}`,
                affected: "All feeds and sinks are counted together.",
                riders: name === "freshness"
                    ? "Some positions are older than promised, and marked as such."
                    : NOTHING_SEEN,
                evidence: `Its budget burns ${speed(long)} times as fast as allowed over ${long} and ${speed(short)} times over ${short}; ${rate} is too fast.`,
                done: "Nothing: the rules for feeds, sinks and the store act by themselves.",
                todo: MEANS[name].todo,
            },
        ];
    }),
    prometheus: [
        { severity: "warn", expr: "wayside_slo_burning >= 1" },
        { severity: "page", expr: "wayside_slo_burning == 2" },
    ],
};
/** 0: no; 1: a warning; 2: a page. */
export function burningLevel({ name, burning }) {
    if (burning === undefined)
        return 0;
    return burning.severity === "page" && !BY_DAY.includes(name) ? 2 : 1;
}
function percent(share) {
    return `${Number((share * 100).toFixed(2))} %`;
}
