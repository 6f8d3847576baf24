import { fieldOf, parseJson } from "../formats/json.js";
import { ITEM_LENGTH_MAX, ITEMS_MAX } from "./http-poll-names.js";
export const NO_PLAN_STATE = Object.freeze({ quiet: new Map(), isProven: false });
/** Of another plan, or unreadable: nothing is known, and the plan begins anew. */
export function readPlanState(cursor, target) {
    if (cursor === undefined)
        return NO_PLAN_STATE;
    const { value } = parseJson(new TextEncoder().encode(cursor));
    if (fieldOf(value, "v") !== 1 || fieldOf(value, "target") !== target)
        return NO_PLAN_STATE;
    const items = fieldOf(value, "items");
    const discoveredTime = fieldOf(value, "discovered");
    const isList = isItemList(items) && isNumber(discoveredTime);
    const sweep = fieldOf(value, "sweep");
    const call = fieldOf(value, "call");
    return {
        quiet: readQuiet(fieldOf(value, "quiet")),
        isProven: fieldOf(value, "proven") === true,
        ...(isList ? { items, discoveredTime } : {}),
        ...(typeof sweep === "string" && isNumber(call) ? { sweep, call } : {}),
    };
}
export function writePlanState(state, target) {
    return JSON.stringify({
        v: 1,
        target,
        items: state.items,
        discovered: state.discoveredTime,
        quiet: state.quiet.size === 0
            ? undefined
            : [...state.quiet].map(([item, { streak, askedTime }]) => [item, streak, askedTime]),
        proven: state.isProven || undefined,
        sweep: state.sweep,
        call: state.call,
    });
}
function readQuiet(rows) {
    const quiet = new Map();
    if (!Array.isArray(rows))
        return quiet;
    for (const row of rows.slice(0, ITEMS_MAX)) {
        const [item, streak, askedTime] = Array.isArray(row) ? row : [];
        if (typeof item === "string" && isNumber(streak) && isNumber(askedTime))
            quiet.set(item, { streak, askedTime });
    }
    return quiet;
}
function isItemList(value) {
    const isItem = (item) => typeof item === "string" && item !== "" && item.length <= ITEM_LENGTH_MAX;
    return Array.isArray(value) && value.length > 0 && value.length <= ITEMS_MAX && value.every(isItem);
}
function isNumber(value) {
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
/** The wanted time between two requests for an item: a sweep, and twice as long with every further empty answer. */
export function askEveryMs(streak, sweepMs, rules) {
    if (rules === undefined || streak < rules.after)
        return sweepMs;
    // A call may stand at the end of its sweep: a sweep less keeps the bound all the same.
    const longest = Math.max(sweepMs, rules.maxMs - sweepMs);
    return Math.min(longest, sweepMs * 2 ** Math.min(30, streak - rules.after + 1));
}
/**
 * The calls of the sweep that starts now: whatever is due, in the order of the list. Places that are left in the last call
 * cost nothing, and go to the quiet items that were not asked for the longest.
 */
export function callsOf(items, maxPerCall, dueTimeOf, now) {
    const due = new Set(items.filter((item) => dueTimeOf(item) <= now));
    const places = Math.max(1, Math.ceil(due.size / maxPerCall)) * maxPerCall;
    const spare = items
        .filter((item) => !due.has(item))
        .sort((one, other) => dueTimeOf(one) - dueTimeOf(other));
    for (const item of spare.slice(0, places - due.size))
        due.add(item);
    const chosen = items.filter((item) => due.has(item));
    const calls = [];
    for (let at = 0; at < chosen.length; at += maxPerCall)
        calls.push(chosen.slice(at, at + maxPerCall));
    return calls;
}
