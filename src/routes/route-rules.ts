import type { Kind } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import type { DurationMs } from "../model/units.js";
import type { Delivering, Route } from "./route.js";

/** What one route asks of the records that it takes. */
export interface Rule {
	readonly kinds: ReadonlySet<Kind> | undefined;
	readonly isLatest: boolean;
	readonly maxAgeMs: DurationMs;
	readonly isStrict: boolean;
	/** For how long a record waits for older ones of its key; 0 with `latest`, which has no use for them. */
	readonly reorderMs: DurationMs;
}

/** The routes of one sink, ready to be asked per record. The first route that takes a record decides. */
export class RouteRules {
	readonly #byFeed = new Map<string, Rule[]>();
	/** Records come in runs of one feed. */
	#lastFeed: string | undefined;
	#lastRules: readonly Rule[] | undefined;

	constructor(routes: readonly Route[], otherwise: Delivering) {
		for (const route of routes) {
			const rules = this.#byFeed.get(route.feed) ?? [];
			const isLatest = (route.mode ?? otherwise.mode) === "latest";
			rules.push({
				kinds: route.kinds && new Set(route.kinds),
				isLatest,
				maxAgeMs: route.maxAgeMs ?? otherwise.maxAgeMs ?? Number.POSITIVE_INFINITY,
				isStrict: (route.order ?? otherwise.order) === "strict",
				reorderMs: isLatest ? 0 : (route.reorderMs ?? otherwise.reorderMs ?? 0),
			});
			this.#byFeed.set(route.feed, rules);
		}
	}

	get feeds(): readonly string[] {
		return [...this.#byFeed.keys()].sort();
	}

	/** Whether any route drops a record to a newer one, so that it pays to look further ahead than one batch. */
	get hasLatest(): boolean {
		return [...this.#byFeed.values()].some((rules) => rules.some((rule) => rule.isLatest));
	}

	/** Whether any route keeps what follows a dead letter of the same key behind it. */
	get hasStrict(): boolean {
		return [...this.#byFeed.values()].some((rules) => rules.some((rule) => rule.isStrict));
	}

	/** The longest that any route asks for: one cursor reads for all of them. */
	get reorderMs(): DurationMs {
		return Math.max(0, ...[...this.#byFeed.values()].flatMap((rules) => rules.map((rule) => rule.reorderMs)));
	}

	/** Undefined: this feed is not routed here at all. `null`: it is, but not this kind. */
	ruleOf(record: TransitRecord): Rule | null | undefined {
		const { feed } = record.origin;
		if (feed !== this.#lastFeed) {
			this.#lastFeed = feed;
			this.#lastRules = this.#byFeed.get(feed);
		}
		const rules = this.#lastRules;
		if (rules === undefined) return undefined;
		for (const rule of rules) {
			if (rule.kinds === undefined || rule.kinds.has(record.body.kind)) return rule;
		}
		return null;
	}
}
