import { isDeepStrictEqual } from "node:util";
import { HeadroomWatch } from "../intake/headroom.js";
import { emptyCounts } from "../intake/interpret.js";
import { ConditionNews } from "./condition-news.js";
import { healthOfFeeds, sweepsOfFeeds } from "./feed-health.js";
import { buildFeed, buildSink, buildSubscription, readersOf, sinkName, upstreamName, } from "./stages.js";
/** The feeds and sinks that are in service, in the order of the configuration, and how each of them is built. */
export class Lineup {
    feeds = [];
    sinks = [];
    /** Of the sinks, in their order: the same array from the start to the end, whatever is exchanged. */
    subscriptions = [];
    /** How intake reads the frames of each feed: the same map from the start to the end. */
    readers = new Map();
    #materials;
    #config;
    constructor(config, materials) {
        this.#config = config;
        this.#materials = materials;
        const add = ({ name }, sort) => ({
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
    get config() {
        return this.#config;
    }
    get delivering() {
        return this.sinks.filter(({ sink }) => sink.kind === "delivery").map(({ subscription }) => subscription);
    }
    /** Whether that sink takes deliveries now, as far as is known. */
    delivers(sink) {
        const found = this.delivering.find(({ name }) => sinkName(name) === sink);
        return found?.status().delivery === "healthy";
    }
    get endpoints() {
        const sources = this.feeds.flatMap(({ feed }) => feed.upstreams.flatMap(({ source }) => ("endpoints" in source ? (source.endpoints ?? []) : [])));
        return [...sources, ...this.subscriptions.flatMap(({ endpoints }) => endpoints)];
    }
    /** Breakers of feeds and sinks, by name. */
    upstreams() {
        return upstreamsOf(this);
    }
    /**
     * Builds what the changes add or replace; nothing is started, and what runs does not notice. A sink that is kept is
     * replaced all the same when the pace of its feeds changes, of which it was told when it was built.
     */
    draft(config, changes) {
        const isNew = (part) => changes.some((change) => change.part === part && ["add", "replace"].includes(change.action));
        const feeds = config.feeds
            .filter(({ name }) => isNew(`feed:${name}`))
            .map((feed) => this.#feed(config, feed));
        const all = this.#feedsWith(config, feeds);
        const sweepsOf = (sink) => sweepsOfFeeds(sink, config.routes, all);
        const amended = changes.map((change) => {
            const kept = change.action === "keep" && this.sinks.find((one) => sinkName(one.subscription.name) === change.part);
            if (!kept || isDeepStrictEqual(kept.sweeps, sweepsOf(kept.subscription.name)))
                return change;
            return { ...change, action: "replace", because: "the pace of a feed that is routed to it changed" };
        });
        const wanted = new Set(amended.filter(({ action }) => action === "add" || action === "replace").map(({ part }) => part));
        const sinks = config.sinks
            .filter(({ name }) => wanted.has(sinkName(name)))
            .map((sink) => this.#sink(config, sink, sweepsOf));
        return { config, changes: amended, feeds, sinks };
    }
    /** From here on the parts of the draft are those in service, and what they replace or the draft removes is not. */
    put({ config, feeds, sinks }) {
        const all = this.#feedsWith(config, feeds);
        const allSinks = config.sinks.flatMap(({ name }) => {
            const isIt = ({ subscription }) => subscription.name === name;
            return sinks.find(isIt) ?? this.sinks.find(isIt) ?? [];
        });
        const configBefore = this.#config;
        this.#config = config;
        this.feeds.splice(0, this.feeds.length, ...all);
        this.sinks.splice(0, this.sinks.length, ...allSinks);
        this.subscriptions.splice(0, this.subscriptions.length, ...allSinks.map(({ subscription }) => subscription));
        const before = new Map(this.readers);
        const { clock } = this.#materials.runtime;
        const { baseDirectory } = config;
        this.readers.clear();
        const readersBefore = (name) => {
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
                healerOf: (index) => healerOf(own, index),
            };
            this.readers.set(feed.name, readersOf(feed, own, config.routes, ids, surroundings));
        }
    }
    #feedsWith(config, feeds) {
        return config.feeds.flatMap(({ name }) => {
            const isIt = ({ feed }) => feed.name === name;
            return feeds.find(isIt) ?? this.feeds.find(isIt) ?? [];
        });
    }
    /** What is counted of a feed since the start goes on being counted when it is replaced. */
    #feed(config, feed) {
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
    #sink(config, sink, sweepsOf) {
        const materials = { ...this.#shared(config), sweepsOf };
        const built = buildSink(materials, sink);
        const subscription = buildSubscription(materials, sink, built);
        return { sink: built, subscription, sweeps: sweepsOf(sink.name) };
    }
    #shared(config) {
        const healthOf = (sink) => healthOfFeeds(sink, this.#config.routes, this.feeds);
        return { ...this.#materials, config, healthOf };
    }
}
/** Breakers of these feeds and sinks, by name. */
export function upstreamsOf({ feeds, sinks }) {
    const named = new Map();
    for (const { feed } of feeds) {
        for (const { index, upstream } of feed.upstreams)
            if (upstream)
                named.set(upstreamName(feed.name, index), upstream);
    }
    for (const { subscription } of sinks) {
        if (subscription.upstream)
            named.set(sinkName(subscription.name), subscription.upstream);
    }
    return named;
}
