import { HOUR_MS, SECOND_MS } from "../../model/units.js";
import { INVARIANTS } from "./trace.js";
export { KNOWN_SEEDS } from "./known-seeds.js";
export { runSeed } from "./run-seed.js";
export function summaryOf(results, seconds) {
    const virtualMs = results.reduce((sum, result) => sum + result.virtualMs, 0);
    const failed = results.flatMap(({ seed, violations, last }) => {
        const [first] = violations;
        if (first === undefined)
            return [];
        const { invariant, message } = first;
        return [{ seed, invariant, promise: INVARIANTS[invariant], message, last: last.map(formatTraceLine) }];
    });
    return {
        seeds: results.length,
        failed,
        virtualHours: Number((virtualMs / HOUR_MS).toFixed(1)),
        seconds: Number(seconds.toFixed(1)),
    };
}
/** What a person needs of a seed that failed: the promises and what broke them, what came before, and how to see all of it. */
export function failureOf({ seed, violations, last }, isLong) {
    const headlines = violations.map(({ invariant, atMs, message }) => `Seed ${seed}, ${atMs / SECOND_MS} s: ${invariant}: ${message}`);
    const again = `  All of it: wayside simulate ${isLong ? "--long " : ""}--seed ${seed} --trace`;
    return { headlines, story: [...last.map((line) => `  ${formatTraceLine(line)}`), again] };
}
/** `  1162.900 avl.test  well 200 1407 bytes` */
export function formatTraceLine({ atMs, who, what }) {
    return `${(atMs / SECOND_MS).toFixed(3).padStart(9)} ${who.padEnd(18)} ${what}`;
}
