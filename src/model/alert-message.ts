import type { EpochMs } from "./units.js";

/** `warn`: somebody should look by day. `page`: somebody should be woken. */
export type AlertSeverity = "warn" | "page";

/**
 * Why people are told. `raised`: for the first time. `escalated`: a warning became a page, or nobody acknowledged it.
 * `reminder`: it is still open. `outage`: drafted for one reader of a long outage. `test`: nothing is wrong.
 */
export const ALERT_MESSAGE_KINDS = [
	"raised",
	"escalated",
	"reminder",
	"acknowledged",
	"resolved",
	"outage",
	"test",
] as const;
export type AlertMessageKind = (typeof ALERT_MESSAGE_KINDS)[number];

/** Such as `Since` and `07:42, 12 minutes ago`. */
export interface AlertFact {
	readonly name: string;
	readonly text: string;
}

/** One alert as people read it. */
export interface AlertStory {
	/** The same from the first word of it to the last, over restarts: what receivers find their incident by. */
	readonly key: string;
	/** Name of the rule. */
	readonly alert: string;
	readonly severity: AlertSeverity;
	readonly subject: string;
	readonly since: EpochMs;
	/** One line. */
	readonly title: string;
	/** What, since when, who is affected, evidence, what was done, what is left to do: in the order to read them in. */
	readonly facts: readonly AlertFact[];
	/** A URL where a base is configured, else a path in the documentation. */
	readonly runbook: string;
}

/** What is told over one channel at one time: one alert, or a burst of them. */
export interface AlertMessage {
	/** Stable over retries and restarts, so that a receiver can leave out what it has. */
	readonly id: string;
	readonly kind: AlertMessageKind;
	/** The worst of its alerts. */
	readonly severity: AlertSeverity;
	readonly time: EpochMs;
	/** Which hub says so, such as `Wayside at https://avl.example`. */
	readonly source: string;
	/** One line, which says first of all what kind of message it is. */
	readonly title: string;
	/** Who acknowledged, or why it comes this way. */
	readonly note?: string | undefined;
	readonly stories: readonly AlertStory[];
	/** Where the status page is. */
	readonly statusUrl?: string | undefined;
}
