import { isDeepStrictEqual } from "node:util";
import type { FeedConfig, HubConfig, SinkConfig } from "../config/config.js";
import type { Feed } from "../intake/feed.js";
import { HeadroomWatch } from "../intake/headroom.js";
import type { FrameReader } from "../intake/interpret.js";
import { emptyCounts, type FeedCounts } from "../intake/interpret.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { PartChange } from "../operations/reload-report.js";
import type { FeedStatus } from "../operations/status.js";
import type { FeedHealer } from "../quality/healing/feed-healer.js";
import type { Upstream } from "../resilience/index.js";
import type { Subscription } from "../routes/subscription.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { IdResolver } from "../schedule/resolver.js";
import type { Sink } from "../sinks/sink.js";
import { ConditionNews } from "./condition-news.js";
import { healthOfFeeds, sweepsOfFeeds } from "./feed-health.js";
import {
	buildFeed,
	buildSink,
	buildSubscription,
	type Materials,
	readersOf,
	sinkName,
	upstreamName,
} from "./stages.js";

export interface FeedState {
	readonly feed: Feed;
	readonly config: FeedConfig;
	readonly counts: FeedCounts;
	readonly headroom: HeadroomWatch;
	readonly news: ConditionNews;
	condition: FeedStatus["state"];
	since: EpochMs;
}

export interface SinkState {
	readonly sink: Sink;
	readonly subscription: Subscription;
	/** What it was told of the pace of its feeds. */
	readonly sweeps: ReadonlyMap<string, DurationMs>;
}

/** New parts that are built and not started, and what they are to take the place of. */
export interface Draft {
	readonly config: HubConfig;
	readonly changes: readonly PartChange[];
	readonly feeds: readonly FeedState[];
	readonly sinks: readonly SinkState[];
}

type LineupMaterials = Omit<Materials, "config" | "healthOf" | "sweepsOf"> & {
	readonly resolverOf: (agency: string) => IdResolver | undefined;
	readonly healerOf: (feed: FeedConfig, index: number) => FeedHealer;
};

/** The feeds and sinks that are in service, in the order of the configuration, and how each of them is built. */
export class Lineup {
	readonly feeds: FeedState[] = [];
	readonly sinks: SinkState[] = [];
	/** Of the sinks, in their order: the same array from the start to the end, whatever is exchanged. */
	readonly subscriptions: Subscription[] = [];
	/** How intake reads the frames of each feed: the same map from the start to the end. */
	readonly readers = new Map<string, readonly FrameReader[]>();
	readonly #materials: LineupMaterials;
	#config: HubConfig;

	constructor(config: HubConfig, materials: LineupMaterials) {
		this.#config = config;
		this.#materials = materials;
		const add = ({ name }: { readonly name: string }, sort: string): PartChange => ({
			part: `${sort}:${name}`,
			action: "add",
		});
		const changes = [
			...config.feeds.map((feed) => add(feed, "feed")),
			...config.sinks.map((sink) => add(sink, "sink")),
		];
		this.put(this.draft(config, changes));
	}

	/** What runs. */
	get config(): HubConfig {
		return this.#config;
	}

	get delivering(): readonly Subscription[] {
		return this.sinks.filter(({ sink }) => sink.kind === "delivery").map(({ subscription }) => subscription);
	}

	/** Whether that sink takes deliveries now, as far as is known. */
	delivers(sink: string): boolean {
		const found = this.delivering.find(({ name }) => sinkName(name) === sink);
		return found?.status().delivery === "healthy";
	}

	get endpoints(): readonly Endpoint[] {
		const sources = this.feeds.flatMap(({ feed }) =>
			feed.upstreams.flatMap(({ source }) => ("endpoints" in source ? (source.endpoints ?? []) : [])),
		);
		return [...sources, ...this.subscriptions.flatMap(({ endpoints }) => endpoints)];
	}

	/** Breakers of feeds and sinks, by name. */
	upstreams(): Map<string, Upstream> {
		return upstreamsOf(this);
	}

	/**
	 * Builds what the changes add or replace; nothing is started, and what runs does not notice. A sink that is kept is
	 * replaced all the same when the pace of its feeds changes, of which it was told when it was built.
	 */
	draft(config: HubConfig, changes: readonly PartChange[]): Draft {
		const isNew = (part: string) =>
			changes.some((change) => change.part === part && ["add", "replace"].includes(change.action));
		const feeds = config.feeds
			.filter(({ name }) => isNew(`feed:${name}`))
			.map((feed) => this.#feed(config, feed));
		const all = this.#feedsWith(config, feeds);
		const sweepsOf = (sink: string) => sweepsOfFeeds(sink, config.routes, all);
		const amended = changes.map((change): PartChange => {
			const kept =
				change.action === "keep" && this.sinks.find((one) => sinkName(one.subscription.name) === change.part);
			if (!kept || isDeepStrictEqual(kept.sweeps, sweepsOf(kept.subscription.name))) return change;
			return { ...change, action: "replace", because: "the pace of a feed that is routed to it changed" };
		});
		const wanted = new Set(
			amended.filter(({ action }) => action === "add" || action === "replace").map(({ part }) => part),
		);
		const sinks = config.sinks
			.filter(({ name }) => wanted.has(sinkName(name)))
			.map((sink) => this.#sink(config, sink, sweepsOf));
		return { config, changes: amended, feeds, sinks };
	}

	/** From here on the parts of the draft are those in service, and what they replace or the draft removes is not. */
	put({ config, feeds, sinks }: Draft): void {
		const all = this.#feedsWith(config, feeds);
		const allSinks = config.sinks.flatMap(({ name }) => {
			const isIt = ({ subscription }: SinkState) => subscription.name === name;
			return sinks.find(isIt) ?? this.sinks.find(isIt) ?? [];
		});
		const configBefore = this.#config;
		this.#config = config;
		this.feeds.splice(0, this.feeds.length, ...all);
		this.sinks.splice(0, this.sinks.length, ...allSinks);
		this.subscriptions.splice(
			0,
			this.subscriptions.length,
			...allSinks.map(({ subscription }) => subscription),
		);
		const before = new Map(this.readers);
		const { clock } = this.#materials.runtime;
		const { baseDirectory } = config;
		this.readers.clear();
		const readersBefore = (name: string) => {
			const was = configBefore.feeds.find((one) => one.name === name);
			const readers = before.get(name);
			return was && readers && { config: was, readers };
		};
		for (const { feed, config: own } of all) {
			const { healerOf, resolverOf } = this.#materials;
			const ids = resolverOf(feed.agency);
			const surroundings = {
				baseDirectory,
				clock,
				before: readersBefore(feed.name),
				healerOf: (index: number) => healerOf(own, index),
			};
			this.readers.set(feed.name, readersOf(feed, own, config.routes, ids, surroundings));
		}
	}

	#feedsWith(config: HubConfig, feeds: readonly FeedState[]): FeedState[] {
		return config.feeds.flatMap(({ name }) => {
			const isIt = ({ feed }: FeedState) => feed.name === name;
			return feeds.find(isIt) ?? this.feeds.find(isIt) ?? [];
		});
	}

	/** What is counted of a feed since the start goes on being counted when it is replaced. */
	#feed(config: HubConfig, feed: FeedConfig): FeedState {
		const before = this.feeds.find((one) => one.feed.name === feed.name);
		const built = buildFeed({ ...this.#shared(config), sweepsOf: () => new Map() }, feed);
		built.lastFrameTime = before?.feed.lastFrameTime;
		built.newestEventTime = before?.feed.newestEventTime;
		return {
			feed: built,
			config: feed,
			counts: before?.counts ?? emptyCounts(),
			headroom: before?.headroom ?? new HeadroomWatch(),
			news: before?.news ?? new ConditionNews(),
			condition: before?.condition ?? "waiting",
			since: before?.since ?? this.#materials.runtime.clock.now(),
		};
	}

	#sink(
		config: HubConfig,
		sink: SinkConfig,
		sweepsOf: (sink: string) => ReadonlyMap<string, DurationMs>,
	): SinkState {
		const materials = { ...this.#shared(config), sweepsOf };
		const built = buildSink(materials, sink);
		const subscription = buildSubscription(materials, sink, built);
		return { sink: built, subscription, sweeps: sweepsOf(sink.name) };
	}

	#shared(config: HubConfig): Omit<Materials, "sweepsOf"> {
		const healthOf = (sink: string) => healthOfFeeds(sink, this.#config.routes, this.feeds);
		return { ...this.#materials, config, healthOf };
	}
}

/** Breakers of these feeds and sinks, by name. */
export function upstreamsOf({ feeds, sinks }: Pick<Draft, "feeds" | "sinks">): Map<string, Upstream> {
	const named = new Map<string, Upstream>();
	for (const { feed } of feeds) {
		for (const { index, upstream } of feed.upstreams)
			if (upstream) named.set(upstreamName(feed.name, index), upstream);
	}
	for (const { subscription } of sinks) {
		if (subscription.upstream) named.set(sinkName(subscription.name), subscription.upstream);
	}
	return named;
}
