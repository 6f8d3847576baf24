import { formatBytes } from "../../formats/quantities.js";
import { SECOND_MS } from "../../model/units.js";
import { judgeAlerts } from "./alerts.js";
import { MEASURES, thresholdsOf } from "./thresholds.js";
const RANK = { exceeds: 0, meets: 1, below: 2 };
export function scorecardOf(scenario, measured) {
    const thresholds = thresholdsOf(scenario.name);
    const scores = MEASURES.map((measure) => {
        const without = scenario.without[measure];
        if (without !== undefined)
            return { measure, value: "-", grade: undefined, reason: without };
        return { measure, ...JUDGES[measure](measured, thresholds, scenario) };
    });
    const grades = scores.flatMap(({ grade }) => grade ?? []);
    const grade = grades.reduce((worst, one) => (RANK[one] > RANK[worst] ? one : worst), "exceeds");
    return { name: scenario.name, what: scenario.what, grade, scores, measured };
}
export function summaryOf(cards) {
    const count = (grade) => cards.filter((card) => card.grade === grade);
    return {
        drills: cards.length,
        exceeds: count("exceeds").length,
        meets: count("meets").length,
        below: count("below").map(({ name }) => name),
    };
}
const JUDGES = {
    lost: ({ lost, reports, unread, told, kept }, { lost: { exceeds, meets } }) => {
        const notes = [
            ...(unread === 0 ? [] : [`${unread} reports could not be read in time, and the hub tells of ${told}`]),
            ...(kept === 0 ? [] : [`${kept} were read, could not be understood, and are kept as dead letters`]),
        ];
        return {
            value: `${lost} of ${reports}`,
            grade: graded(reports === 0 ? 0 : lost / reports, exceeds, meets),
            reason: notes.length === 0 ? "everything could be read in time" : notes.join("; "),
        };
    },
    duplicated: ({ duplicated, delivered }, { duplicated: { exceeds, meets } }) => ({
        value: `${duplicated}`,
        grade: graded(duplicated, exceeds, meets),
        reason: `${delivered} deliveries took effect at destinations`,
    }),
    outOfOrder: ({ outOfOrder, late, delivered }, { outOfOrder: { exceeds, meets } }) => ({
        value: `${outOfOrder}`,
        grade: outOfOrder > 0 ? "below" : graded(delivered === 0 ? 0 : late / delivered, exceeds, meets),
        reason: `${late} of ${delivered} deliveries came behind a newer one and say so`,
    }),
    untrue: ({ untrue, untrueExample }, { untrue: { exceeds, meets } }) => ({
        value: `${untrue}`,
        grade: graded(untrue, exceeds, meets),
        reason: untrueExample ?? "all that riders saw had been measured so, and then",
    }),
    freshness: ({ freshness }, { freshness: { exceeds, meets } }) => {
        if (freshness === undefined)
            return { value: "-", grade: undefined, reason: "no vehicle was in service and to be seen" };
        const { p50Ms, p95Ms } = freshness;
        const within = (bound) => p50Ms <= bound.p50Ms && p95Ms <= bound.p95Ms;
        return {
            value: `p50 ${seconds(p50Ms)}, p95 ${seconds(p95Ms)}`,
            grade: within(exceeds) ? "exceeds" : within(meets) ? "meets" : "below",
            reason: `exceeds at ${seconds(exceeds.p50Ms)} and ${seconds(exceeds.p95Ms)}, meets at ${seconds(meets.p50Ms)} and ${seconds(meets.p95Ms)}`,
        };
    },
    detect: ({ detect, alarms, alarmExample }, { detect: { exceeds, meets } }, { fleet }) => {
        if (fleet === "home") {
            const grade = alarms === 0 ? "exceeds" : "below";
            return { value: `${alarms} alarms`, grade, reason: alarmExample ?? "nobody was called" };
        }
        if (detect === undefined)
            return { value: "never", grade: "below", reason: "no event names what is wrong while it is" };
        const { afterMs, code, message } = detect;
        return { value: seconds(afterMs), grade: graded(afterMs, exceeds, meets), reason: `${code}: ${message}` };
    },
    recover: ({ recoverMs }, { recover: { exceeds, meets } }) => ({
        value: recoverMs === undefined ? "not before the end" : seconds(recoverMs),
        grade: recoverMs === undefined ? "below" : graded(recoverMs, exceeds, meets),
        reason: `exceeds within ${seconds(exceeds)}, meets within ${seconds(meets)}`,
    }),
    alerts: ({ alerts }, thresholds, { alerts: plan, trouble }) => judgeAlerts(alerts, plan, trouble.toMs - trouble.fromMs, thresholds.alerts),
    load: ({ load }, { load: { exceeds, meets } }) => {
        if (load === undefined)
            return { value: "-", grade: undefined, reason: "no upstream is polled" };
        const { upstream, share, overloads, isMoreInOutage } = load;
        const grade = overloads > 0 ? "below" : graded(share, exceeds, meets);
        const bytes = `${formatBytes(Math.round(load.bytesPerSecond))}/s of ${formatBytes(Math.round(load.bytesMax))}/s`;
        const notes = [
            `${upstream}: ${load.requestsPerMinute} of ${load.requestsMax} requests a minute, ${bytes}`,
            ...(isMoreInOutage ? ["more requests in an outage than in health"] : []),
            ...(overloads > 0 ? [`cut off ${overloads} times for more than the link carries`] : []),
        ];
        return {
            value: `${Math.round(share * 100)} %`,
            grade: grade === "exceeds" && isMoreInOutage ? "meets" : grade,
            reason: notes.join("; "),
        };
    },
    deadLetters: (measured, { deadLetters: { exceeds, meets } }) => {
        const { deadLetters, strayLetters, isSwallowed, reports } = measured;
        const causes = Object.entries(deadLetters).map(([cause, count]) => `${count} ${cause}`);
        const share = reports === 0 ? 0 : strayLetters / reports;
        return {
            value: `${Object.values(deadLetters).reduce((sum, count) => sum + count, 0)}`,
            grade: isSwallowed ? "below" : graded(share, exceeds, meets),
            reason: isSwallowed
                ? "what could not be read is in no dead letter"
                : causes.length === 0
                    ? "there was nothing to keep"
                    : `${causes.join(", ")}${strayLetters > 0 ? `; ${strayLetters} of them were well` : ""}`,
        };
    },
};
function graded(value, exceeds, meets) {
    return value <= exceeds ? "exceeds" : value <= meets ? "meets" : "below";
}
function seconds(ms) {
    return `${Math.round(ms / SECOND_MS)} s`;
}
