import { isDeepStrictEqual } from "node:util";
import type { AgencyConfig, FeedConfig, HubConfig, SinkConfig } from "../config/config.js";
import type { PartChange } from "../operations/reload-report.js";

export interface ReloadPlan {
	/** Every feed and sink of either configuration, kept ones included. */
	readonly changes: readonly PartChange[];
	/** A sentence for each difference that only a restart can bring. */
	readonly restart: readonly string[];
}

/** What differs between the configuration that runs and the one that is wanted. Looks at nothing but the two. */
export function planReload(before: HubConfig, after: HubConfig): ReloadPlan {
	const quotas = changedQuotas(before, after);
	const feeds = compare(before.feeds, after.feeds, "feed", (was, will) => feedReason(was, will, quotas));
	const sinks = compare(before.sinks, after.sinks, "sink", (was, will) => {
		const { network: _was, ...plain } = was;
		const { network: _will, ...other } = will;
		if (!isDeepStrictEqual(plain, other)) return optionReason(was, will);
		if (!isDeepStrictEqual(was.network, will.network)) return "its network changed";
		if (!isDeepStrictEqual(routesTo(before, was.name), routesTo(after, will.name)))
			return "what is routed to it changed";
		return undefined;
	});
	const others: PartChange[] = [];
	if (!isDeepStrictEqual(keepsOf(before), keepsOf(after)))
		others.push({ part: "store", action: "replace", because: "what it keeps, and for how long, changed" });
	return { changes: [...feeds, ...sinks, ...others], restart: needingRestart(before, after) };
}

function compare<Part extends { readonly name: string }>(
	before: readonly Part[],
	after: readonly Part[],
	sort: "feed" | "sink",
	reasonOf: (was: Part, will: Part) => string | undefined,
): PartChange[] {
	const changes = after.map((will): PartChange => {
		const part = `${sort}:${will.name}`;
		const was = before.find(({ name }) => name === will.name);
		if (was === undefined) return { part, action: "add", because: "it is new" };
		const because = reasonOf(was, will);
		return because === undefined ? { part, action: "keep" } : { part, action: "replace", because };
	});
	const gone = before.filter(({ name }) => !after.some((will) => will.name === name));
	return [
		...changes,
		...gone.map(
			({ name }): PartChange => ({
				part: `${sort}:${name}`,
				action: "remove",
				because: "it is no longer configured",
			}),
		),
	];
}

function feedReason(was: FeedConfig, will: FeedConfig, quotas: ReadonlySet<string>): string | undefined {
	if (!isDeepStrictEqual(ownPart(was.agency), ownPart(will.agency))) return "its agency changed";
	if (!isDeepStrictEqual(was.privacy, will.privacy)) return "its privacy changed";
	if (!isDeepStrictEqual(was.guards, will.guards)) return "its guards changed";
	if (!isDeepStrictEqual(was.heal, will.heal)) return "its heal changed";
	if (was.removeAfter !== will.removeAfter) return "its removeAfter changed";
	if (was.upstreams.length !== will.upstreams.length) return "it has another number of upstreams";
	const at = was.upstreams.findIndex((upstream, index) => {
		const other = will.upstreams[index];
		return !isDeepStrictEqual(upstream, other);
	});
	if (at !== -1) return `its upstream ${at} changed`;
	const shared = will.upstreams.find(
		({ budget }) => budget.sharedQuota !== undefined && quotas.has(budget.sharedQuota),
	);
	return shared && `quota ${shared.budget.sharedQuota} changed`;
}

/** Secrets are compared and never named. */
function optionReason(was: SinkConfig, will: SinkConfig): string {
	if (was.definition.type !== will.definition.type)
		return `it was of type ${was.definition.type} and is of type ${will.definition.type}`;
	return isDeepStrictEqual(was.options, will.options) ? "its secrets changed" : "its options changed";
}

function routesTo({ routes }: HubConfig, sink: string) {
	return routes.filter(({ to }) => to.includes(sink)).map(({ to: _, ...route }) => route);
}

function changedQuotas(before: HubConfig, after: HubConfig): ReadonlySet<string> {
	const changed = after.quotas.filter(
		(quota) =>
			!isDeepStrictEqual(
				quota,
				before.quotas.find(({ name }) => name === quota.name),
			),
	);
	return new Set(changed.map(({ name }) => name));
}

/** What feeds take of their agency; its schedule and its rules for ids are a part of their own. */
function ownPart({ name, timezone, area }: AgencyConfig) {
	return { name, timezone, area };
}

function keepsOf({ store: { frames, records, deadLetters, ledger } }: HubConfig) {
	return { frames, records, deadLetters, ledger };
}

function needingRestart(before: HubConfig, after: HubConfig): string[] {
	const fixed: readonly (readonly [string, (config: HubConfig) => unknown])[] = [
		["store.directory", ({ store }) => store.directory],
		["store.partitions", ({ store }) => store.partitions],
		["store.durability", ({ store }) => store.durability],
		["store.disk", ({ store }) => store.disk],
		["http (its listeners)", ({ http }) => http],
		["intake", ({ intake }) => intake],
		["network", ({ network }) => network],
		["alerts", ({ alerts }) => alerts],
		["telemetry", ({ traces, openLineage }) => ({ traces, openLineage })],
	];
	const changed = fixed.filter(([, of]) => !isDeepStrictEqual(of(before), of(after))).map(([name]) => name);
	return [...changed, ...changedSchedules(before, after)].map(
		(name) => `${name} cannot change while the hub runs: restart the hub to put it in place, or take it back`,
	);
}

/** What the files say is followed while the hub runs; where they lie is not. */
function changedSchedules(before: HubConfig, after: HubConfig): string[] {
	const scheduled = ({ agencies }: HubConfig) =>
		new Map(
			agencies
				.filter(({ gtfs, ids }) => gtfs !== undefined || ids !== undefined)
				.map(({ name, timezone, gtfs, ids }) => [name, { timezone, gtfs, stated: ids?.stated }]),
		);
	const was = scheduled(before);
	const will = scheduled(after);
	return [...new Set([...was.keys(), ...will.keys()])]
		.filter((name) => !isDeepStrictEqual(was.get(name), will.get(name)))
		.map((name) => `agencies.${name} (its schedule, its rules for ids or its timezone)`);
}
