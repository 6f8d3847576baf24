import type { AlertSeverity } from "./alert-message.js";
import { type DurationMs, HOUR_MS, MINUTE_MS } from "./units.js";

/**
 * Every alert that a hub can raise, by the name of its rule. Configurations name them, so they are known here; a test holds this
 * list against the rules of `src/operations/alert-rules.ts`.
 */
export const ALERT_NAMES = [
	"feed-down",
	"headroom-low",
	"reports-lost",
	"riders-stale",
	"match-rate-low",
	"schedule-missing",
	"quota-filling",
	"sink-held",
	"sink-lagging",
	"store-trouble",
	"ledger-unbalanced",
	"channel-failing",
	"fleet-missing",
	"clock-skew",
	"dead-letters-filling",
	"feed-implausible",
	"deprecation-near",
	"candidate-rolled-back",
	"slo-burn",
] as const;

/** Who is told of what, over which channels, and when. Channels stand here by name. */
export interface AlertPolicy {
	/** Whose the alerts are, unless a rule says otherwise: a name or a telephone number, for whoever reads one. */
	readonly owner: string | undefined;
	/** Where runbooks are served, with a slash at the end. Undefined: they are named by their path in the documentation. */
	readonly runbooksUrl: string | undefined;
	readonly rules: Readonly<Record<string, AlertRulePolicy>>;
	/** The first one that fits decides. What fits none goes to every channel. */
	readonly routes: readonly AlertRoute[];
	/** When warnings wait. Undefined: never. */
	readonly quiet: QuietHours | undefined;
	/** How long a first word waits for others to go with it. */
	readonly groupMs: DurationMs;
	/** After so long without success the next channels of the chain are told. */
	readonly failoverMs: DurationMs;
	/** What is told of a feed that stays down, and whom. */
	readonly outage: OutagePolicy;
}

export interface AlertRulePolicy {
	/** `warn`: never a page. `page`: a page as soon as it would be told at all. `off`: not judged. */
	readonly severity: AlertSeverity | "off" | undefined;
	readonly owner: string | undefined;
}

export interface AlertRoute {
	/** Undefined: of either. */
	readonly severity: AlertSeverity | undefined;
	/** Names of rules. Undefined: all. */
	readonly alerts: readonly string[] | undefined;
	/** Subjects such as `feed:metro-avl`; one that ends with `*` stands for all that begin so. Undefined: all. */
	readonly subjects: readonly string[] | undefined;
	readonly to: readonly string[];
	/** Who else is told while nobody acknowledges, in order of their times, which count from the first word. */
	readonly escalate: readonly { readonly afterMs: DurationMs; readonly to: readonly string[] }[];
	/** How often it is told again while it is open and nobody acknowledges. Undefined: never. */
	readonly repeatMs: DurationMs | undefined;
}

/** Minutes of the day, local. `from` above `to` goes over midnight. */
export interface QuietHours {
	readonly fromMinute: number;
	readonly toMinute: number;
	/** IANA name. */
	readonly timezone: string;
}

/** The readers of a long outage, who need different words. */
export const OUTAGE_READERS = ["owner", "upstream", "management"] as const;
export type OutageReader = (typeof OUTAGE_READERS)[number];

/** When each of them is written to, since the feed gave nothing good, unless the configuration says otherwise. */
export const OUTAGE_AFTER_MS: Readonly<Record<OutageReader, DurationMs>> = {
	owner: 15 * MINUTE_MS,
	upstream: HOUR_MS,
	management: 4 * HOUR_MS,
};

export interface OutageStep {
	/** Since the feed gave nothing good. */
	readonly afterMs: DurationMs;
	/** Nobody: the draft stands in the events only. */
	readonly to: readonly string[];
}

export interface OutagePolicy {
	readonly steps: Readonly<Record<OutageReader, OutageStep>>;
	/** What is other for one feed. */
	readonly feeds: Readonly<Record<string, Readonly<Partial<Record<OutageReader, OutageStep>>>>>;
}
