import { MINUTE_MS } from "../model/units.js";
import { ALERT_RULES } from "./alert-rules.js";
/** An alert that was told is over when what it tells of has been gone for so long: what flickers is one alert. */
const CLEAR_MS = MINUTE_MS;
/** What comes again so soon after it was over has to be gone for longer each time. */
const RELAPSE_MS = 30 * MINUTE_MS;
const CLEAR_FACTOR = 5;
const CLEAR_MAX_MS = 15 * MINUTE_MS;
const SEVERITIES = ["page", "warn"];
/**
 * Decides which troubles are told, when, and when they are over. A trouble must last before it is told, and be gone for a
 * minute before it is over, or for longer when it keeps coming back; each is told once, and once more when a warning becomes a page. State is small and can be
 * kept over a restart, so that an alert that is open is not raised again.
 */
export class Alerts {
    #rules;
    /** By rule and subject. */
    #cases = new Map();
    /** Those that were over lately: when, and for how long they have to be gone next time. */
    #ended = new Map();
    constructor(rules = ALERT_RULES) {
        this.#rules = rules;
    }
    /** What is told and not over, pages first, then the oldest. */
    get open() {
        return [...this.#cases.values()]
            .flatMap((one) => alertOf(one) ?? [])
            .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.since - b.since);
    }
    /** Looks at the hub as it is now. `monotonic` is what intervals are measured on. */
    judge(status, monotonic) {
        for (const [key, { at }] of this.#ended)
            if (monotonic - at > RELAPSE_MS)
                this.#ended.delete(key);
        const news = [];
        const seen = new Set();
        for (const rule of this.#rules) {
            for (const trouble of rule.judge(status)) {
                const key = `${rule.name} ${trouble.subject}`;
                seen.add(key);
                const clearMs = this.#ended.get(key)?.clearMs ?? CLEAR_MS;
                const since = status.time - (trouble.heldMs ?? 0);
                const one = this.#cases.get(key) ?? newCase(rule, trouble, since, clearMs);
                this.#cases.set(key, one);
                const raised = this.#holds(one, trouble, status.time, monotonic);
                if (raised)
                    news.push(raised);
            }
        }
        for (const [key, one] of this.#cases) {
            if (seen.has(key))
                continue;
            const lasting = one.told && one.rule.lasts?.(status, one.trouble);
            if (lasting) {
                one.trouble = lasting;
                continue;
            }
            one.goneSince ??= monotonic;
            if (one.told && monotonic - one.goneSince < one.clearMs)
                continue;
            this.#cases.delete(key);
            const alert = alertOf(one);
            if (alert === undefined)
                continue;
            news.push({ kind: "resolved", alert });
            const clearMs = Math.min(CLEAR_MAX_MS, one.clearMs * CLEAR_FACTOR);
            this.#ended.set(key, { at: monotonic, clearMs });
        }
        return news;
    }
    /** What `restore` takes. */
    snapshot() {
        return this.open;
    }
    /** Takes up alerts that were open before a restart; those of rules that are no more are left out. */
    restore(open) {
        for (const { alert, severity, since, toldTime, runbook: _, ...trouble } of open) {
            const rule = this.#rules.find(({ name }) => name === alert);
            if (rule === undefined)
                continue;
            const one = newCase(rule, { ...trouble, worst: severity }, since, CLEAR_MS);
            one.told = { severity, time: toldTime };
            this.#cases.set(`${alert} ${trouble.subject}`, one);
        }
    }
    #holds(one, trouble, time, monotonic) {
        one.trouble = trouble;
        one.goneSince = undefined;
        for (const severity of SEVERITIES) {
            const afterMs = one.rule.after[severity];
            if (afterMs === undefined || (severity === "page" && trouble.worst === "warn")) {
                delete one.holdsSince[severity];
                continue;
            }
            one.holdsSince[severity] ??= monotonic - (trouble.heldMs ?? 0);
            if (monotonic - (one.holdsSince[severity] ?? monotonic) < afterMs)
                continue;
            if (one.told !== undefined && (one.told.severity === "page" || severity === "warn"))
                return undefined;
            const kind = one.told === undefined ? "raised" : "escalated";
            one.told = { severity, time };
            const alert = alertOf(one);
            return alert && { kind, alert };
        }
        return undefined;
    }
}
function newCase(rule, trouble, since, clearMs) {
    return { rule, trouble, since, holdsSince: {}, goneSince: undefined, clearMs, told: undefined };
}
/** Undefined: it was not told. */
function alertOf({ rule, trouble, since, told }) {
    if (told === undefined)
        return undefined;
    const { worst: _, heldMs: __, ...rest } = trouble;
    const { severity, time: toldTime } = told;
    return { alert: rule.name, severity, since, toldTime, runbook: `docs/runbooks/${rule.name}.md`, ...rest };
}
