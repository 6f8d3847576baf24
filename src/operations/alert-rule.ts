import type { AlertPolicy } from "../model/alert-policy.js";
import type { DurationMs } from "../model/units.js";
import type { HubStatus, Severity, Trouble } from "./status.js";

/**
 * One kind of alert: when it holds here, and the same for people who have Prometheus. To add one:
 *
 * 1. Write a rule that reads `HubStatus` and nothing else (what it needs and the status lacks is added there), and put it into
 *    `ALERT_RULES` of `alert-rules.ts`.
 * 2. Add its name to `ALERT_NAMES` of `src/model/alert-policy.ts`, so that configurations can speak of it.
 * 3. Write `docs/runbooks/NAME.md` like those beside it, and its line in `docs/alerts.md`.
 * 4. Add what raises it, and what just does not, to `alert-rules.test.ts`. `test/runbooks.test.ts` holds the rest together.
 *
 * A rule has no memory and no clock: lasting, hysteresis, telling and escalation are the same for all of them.
 */
export interface AlertRule {
	/** Also the name of its runbook, docs/runbooks/NAME.md. */
	readonly name: string;
	readonly summary: string;
	/** How long it has to last before it is told, by severity. Absent: never of that severity. */
	readonly after: { readonly [Level in Severity]?: DurationMs };
	judge(status: HubStatus): readonly Trouble[];
	/** What an alert that was told goes on with although `judge` is silent: what made it may have hidden itself. */
	lasts?(status: HubStatus, trouble: Trouble): Trouble | undefined;
	readonly prometheus: readonly { readonly severity: Severity; readonly expr: string }[];
}

/** The rules as a configuration wants them: off, at most a warning, or a page at once. */
export function rulesUnder(rules: readonly AlertRule[], wanted: AlertPolicy["rules"]): readonly AlertRule[] {
	return rules.flatMap((rule) => {
		const severity = wanted[rule.name]?.severity;
		if (severity === undefined) return [rule];
		if (severity === "off") return [];
		const afterMs = rule.after.warn ?? rule.after.page ?? 0;
		const judge: AlertRule["judge"] = (status) =>
			rule.judge(status).map((trouble) => ({ ...trouble, worst: severity }));
		return [{ ...rule, after: { [severity]: afterMs }, judge }];
	});
}
