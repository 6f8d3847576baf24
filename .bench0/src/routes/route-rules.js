/** The routes of one sink, ready to be asked per record. The first route that takes a record decides. */
export class RouteRules {
    #byFeed = new Map();
    /** Records come in runs of one feed. */
    #lastFeed;
    #lastRules;
    constructor(routes, otherwise) {
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
    get feeds() {
        return [...this.#byFeed.keys()].sort();
    }
    /** Whether any route drops a record to a newer one, so that it pays to look further ahead than one batch. */
    get hasLatest() {
        return [...this.#byFeed.values()].some((rules) => rules.some((rule) => rule.isLatest));
    }
    /** Whether any route keeps what follows a dead letter of the same key behind it. */
    get hasStrict() {
        return [...this.#byFeed.values()].some((rules) => rules.some((rule) => rule.isStrict));
    }
    /** The longest that any route asks for: one cursor reads for all of them. */
    get reorderMs() {
        return Math.max(0, ...[...this.#byFeed.values()].flatMap((rules) => rules.map((rule) => rule.reorderMs)));
    }
    /** Undefined: this feed is not routed here at all. `null`: it is, but not this kind. */
    ruleOf(record) {
        const { feed } = record.origin;
        if (feed !== this.#lastFeed) {
            this.#lastFeed = feed;
            this.#lastRules = this.#byFeed.get(feed);
        }
        const rules = this.#lastRules;
        if (rules === undefined)
            return undefined;
        for (const rule of rules) {
            if (rule.kinds === undefined || rule.kinds.has(record.body.kind))
                return rule;
        }
        return null;
    }
}
