import type { DurationMs, EpochMs } from "../model/units.js";
import { MINUTE_MS } from "../model/units.js";
import type { AlertRule } from "./alert-rule.js";
import { ALERT_RULES } from "./alert-rules.js";
import type { HubStatus, OpenAlert, Severity, Trouble } from "./status.js";

/** An alert that was told is over when what it tells of has been gone for so long: what flickers is one alert. */
const CLEAR_MS: DurationMs = MINUTE_MS;
/** What comes again so soon after it was over has to be gone for longer each time. */
const RELAPSE_MS: DurationMs = 30 * MINUTE_MS;
const CLEAR_FACTOR = 5;
const CLEAR_MAX_MS: DurationMs = 15 * MINUTE_MS;
const SEVERITIES: readonly Severity[] = ["page", "warn"];

/** What is to be told: raised for the first time, raised to a page, or over. */
export interface AlertNews {
	readonly kind: "raised" | "escalated" | "resolved";
	readonly alert: OpenAlert;
}

interface Case {
	readonly rule: AlertRule;
	trouble: Trouble;
	readonly since: EpochMs;
	/** On the monotonic clock: since when it may be of each severity. */
	readonly holdsSince: Partial<Record<Severity, DurationMs>>;
	/** Since when it is gone. */
	goneSince: DurationMs | undefined;
	/** For how long it has to be gone before it is over. */
	readonly clearMs: DurationMs;
	told: { readonly severity: Severity; readonly time: EpochMs } | undefined;
}

/**
 * Decides which troubles are told, when, and when they are over. A trouble must last before it is told, and be gone for a
 * minute before it is over, or for longer when it keeps coming back; each is told once, and once more when a warning becomes a page. State is small and can be
 * kept over a restart, so that an alert that is open is not raised again.
 */
export class Alerts {
	readonly #rules: readonly AlertRule[];
	/** By rule and subject. */
	readonly #cases = new Map<string, Case>();
	/** Those that were over lately: when, and for how long they have to be gone next time. */
	readonly #ended = new Map<string, { readonly at: DurationMs; readonly clearMs: DurationMs }>();

	constructor(rules: readonly AlertRule[] = ALERT_RULES) {
		this.#rules = rules;
	}

	/** What is told and not over, pages first, then the oldest. */
	get open(): readonly OpenAlert[] {
		return [...this.#cases.values()]
			.flatMap((one) => alertOf(one) ?? [])
			.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.since - b.since);
	}

	/** Looks at the hub as it is now. `monotonic` is what intervals are measured on. */
	judge(status: HubStatus, monotonic: DurationMs): readonly AlertNews[] {
		for (const [key, { at }] of this.#ended) if (monotonic - at > RELAPSE_MS) this.#ended.delete(key);
		const news: AlertNews[] = [];
		const seen = new Set<string>();
		for (const rule of this.#rules) {
			for (const trouble of rule.judge(status)) {
				const key = `${rule.name} ${trouble.subject}`;
				seen.add(key);
				const clearMs = this.#ended.get(key)?.clearMs ?? CLEAR_MS;
				const since = status.time - (trouble.heldMs ?? 0);
				const one = this.#cases.get(key) ?? newCase(rule, trouble, since, clearMs);
				this.#cases.set(key, one);
				const raised = this.#holds(one, trouble, status.time, monotonic);
				if (raised) news.push(raised);
			}
		}
		for (const [key, one] of this.#cases) {
			if (seen.has(key)) continue;
			const lasting = one.told && one.rule.lasts?.(status, one.trouble);
			if (lasting) {
				one.trouble = lasting;
				continue;
			}
			one.goneSince ??= monotonic;
			if (one.told && monotonic - one.goneSince < one.clearMs) continue;
			this.#cases.delete(key);
			const alert = alertOf(one);
			if (alert === undefined) continue;
			news.push({ kind: "resolved", alert });
			const clearMs = Math.min(CLEAR_MAX_MS, one.clearMs * CLEAR_FACTOR);
			this.#ended.set(key, { at: monotonic, clearMs });
		}
		return news;
	}

	/** What `restore` takes. */
	snapshot(): readonly OpenAlert[] {
		return this.open;
	}

	/** Takes up alerts that were open before a restart; those of rules that are no more are left out. */
	restore(open: readonly OpenAlert[]): void {
		for (const { alert, severity, since, toldTime, runbook: _, ...trouble } of open) {
			const rule = this.#rules.find(({ name }) => name === alert);
			if (rule === undefined) continue;
			const one = newCase(rule, { ...trouble, worst: severity }, since, CLEAR_MS);
			one.told = { severity, time: toldTime };
			this.#cases.set(`${alert} ${trouble.subject}`, one);
		}
	}

	#holds(one: Case, trouble: Trouble, time: EpochMs, monotonic: DurationMs): AlertNews | undefined {
		one.trouble = trouble;
		one.goneSince = undefined;
		for (const severity of SEVERITIES) {
			const afterMs = one.rule.after[severity];
			if (afterMs === undefined || (severity === "page" && trouble.worst === "warn")) {
				delete one.holdsSince[severity];
				continue;
			}
			one.holdsSince[severity] ??= monotonic - (trouble.heldMs ?? 0);
			if (monotonic - (one.holdsSince[severity] ?? monotonic) < afterMs) continue;
			if (one.told !== undefined && (one.told.severity === "page" || severity === "warn")) return undefined;
			const kind = one.told === undefined ? "raised" : "escalated";
			one.told = { severity, time };
			const alert = alertOf(one);
			return alert && { kind, alert };
		}
		return undefined;
	}
}

function newCase(rule: AlertRule, trouble: Trouble, since: EpochMs, clearMs: DurationMs): Case {
	return { rule, trouble, since, holdsSince: {}, goneSince: undefined, clearMs, told: undefined };
}

/** Undefined: it was not told. */
function alertOf({ rule, trouble, since, told }: Case): OpenAlert | undefined {
	if (told === undefined) return undefined;
	const { worst: _, heldMs: __, ...rest } = trouble;
	const { severity, time: toldTime } = told;
	return { alert: rule.name, severity, since, toldTime, runbook: `docs/runbooks/${rule.name}.md`, ...rest };
}
