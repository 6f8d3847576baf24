import { offsetMsAt } from "../../formats/local-time.js";
import { createMemoryLog, MemoryStorage } from "../../log/memory-log.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { createWireHttp } from "../gateway-http.js";
import { createVirtualRuntime } from "../virtual-runtime.js";
import { HubProcess } from "../world/hub-process.js";
import { planOf } from "./asked-plan.js";
import { castOf, isLive, isPolled } from "./cast.js";
import { Destinations } from "./destinations.js";
import { LiveLine } from "./live-line.js";
import { Riders } from "./riders.js";
import { Sender } from "./sender.js";
import { StandIn } from "./stand-in.js";
const LOOK_EVERY_MS = 5 * SECOND_MS;
const STEP_MS = 30 * SECOND_MS;
const DRAIN_MS = 10 * SECOND_MS;
const END_MS = DRAIN_MS + 30 * SECOND_MS;
/** A Monday, 00:00 UTC. */
const MONDAY = 1_767_571_200_000;
/** What a sink may be behind while all is well, over what it was behind before the trouble. */
const LAG_FACTOR = 2;
const LAG_MORE = 20;
const SEED = 5;
/** When a drill of this configuration begins. */
export function startTimeOf(config, { startsAt }) {
    const timezone = config.agencies[0]?.timezone ?? "UTC";
    const [hour = 0, minute = 0] = startsAt.split(":").map(Number);
    return MONDAY + hour * HOUR_MS + minute * MINUTE_MS - offsetMsAt(MONDAY + 12 * HOUR_MS, timezone);
}
/** Runs a scenario in virtual time. Answers with what of the configuration cannot be used for it. */
export async function rehearse(config, scenario, onProgress) {
    const startTime = startTimeOf(config, scenario);
    const cast = castOf(config, scenario, startTime);
    return "feeds" in cast ? new Drill(cast, scenario, startTime).run(onProgress) : cast;
}
class Drill {
    #cast;
    #scenario;
    #startTime;
    #time;
    #startMs;
    #storage;
    /** The cast's, with stand-ins for sources and sinks that have connections of their own. */
    #config;
    #lines = new Map();
    #destinations;
    #riders;
    #standIns = new Map();
    #told = new Map();
    #hosts = {};
    #events = [];
    #downSpans = [];
    #startsMs = [];
    /** The most that each sink was behind before the trouble. */
    #calmLag = new Map();
    #process;
    #unwellMs = 0;
    constructor(cast, scenario, startTime) {
        this.#cast = cast;
        this.#scenario = scenario;
        this.#startTime = startTime;
        this.#time = createVirtualRuntime({ startTime, seed: SEED });
        const { clock } = this.#time.runtime;
        this.#startMs = clock.monotonic();
        this.#storage = new MemoryStorage(cast.config.store.partitions);
        const sinceStart = () => this.#sinceStart();
        const refused = cast.feeds.map(({ vehicles }) => [...vehicles.keys()].at(-1));
        this.#destinations = new Destinations({
            baseDirectory: cast.config.baseDirectory,
            scenario,
            clock,
            sinceStart,
            isRefused: (vehicleId) => vehicleId !== undefined && refused.includes(vehicleId),
        });
        const sinks = cast.config.sinks.map((sink) => this.#destinations.standIn(sink));
        const served = cast.config.sinks.filter(({ definition }) => definition.type === "gtfs-realtime");
        const routes = cast.config.routes.filter(({ to }) => served.some(({ name }) => to.includes(name)));
        this.#riders = new Riders({
            feeds: cast.feeds,
            shown: new Set(routes.map(({ from }) => from)),
            scenario,
            startTime,
            sinceStart,
        });
        for (const feed of cast.feeds)
            this.#stage(feed);
        const feeds = cast.config.feeds.map((feed) => ({
            ...feed,
            upstreams: feed.upstreams.map((upstream) => this.#lines.get(upstream)?.upstream ?? upstream),
        }));
        this.#config = { ...cast.config, feeds, sinks };
        this.#stageSinks();
    }
    async run(onProgress) {
        const { kills, endMs } = this.#scenario;
        const { clock } = this.#time.runtime;
        for (const { atMs, downMs } of kills)
            clock.after(atMs, () => this.#kill(downMs), { ref: false });
        const look = () => {
            if (this.#sinceStart() > endMs)
                return;
            void this.#look();
            clock.after(LOOK_EVERY_MS, look, { ref: false });
        };
        clock.after(LOOK_EVERY_MS, look, { ref: false });
        this.#begin();
        while (this.#sinceStart() < endMs) {
            await this.#time.advance(Math.min(STEP_MS, endMs - this.#sinceStart()));
            onProgress(this.#sinceStart() / endMs);
        }
        const status = this.#process?.hub.status();
        const ended = this.#process?.end(DRAIN_MS);
        await this.#time.advance(END_MS);
        await ended;
        return {
            scenario: this.#scenario,
            cast: this.#cast,
            storage: this.#storage,
            status,
            riders: this.#riders,
            standIns: this.#standIns,
            told: this.#told,
            destinations: this.#destinations,
            events: this.#events,
            downSpans: this.#downSpans,
            startsMs: this.#startsMs,
            unwellMs: this.#unwellMs,
            startTime: this.#startTime,
        };
    }
    #sinceStart() {
        return this.#time.runtime.clock.monotonic() - this.#startMs;
    }
    #stage(feed) {
        const { clock } = this.#time.runtime;
        const told = new Set();
        this.#told.set(feed, told);
        const standIns = [];
        const shared = {
            fleet: feed.fleet,
            scenario: this.#scenario,
            sinceStart: () => this.#sinceStart(),
            told: ({ sequence }) => told.add(sequence),
        };
        for (const cast of feed.upstreams) {
            if (isLive(cast)) {
                this.#lines.set(cast.upstream, new LiveLine({ ...shared, ...cast, clock }));
                continue;
            }
            if (!isPolled(cast)) {
                const hub = () => (this.#process?.isStarted ? this.#process.hub : undefined);
                new Sender({ ...shared, feed: feed.feed.name, cast, clock, hub });
                continue;
            }
            const { upstream, voice } = cast;
            const standIn = new StandIn({ ...shared, upstream, voice, seed: SEED, now: () => clock.now() });
            standIns.push(standIn);
            const { url, query } = upstream.source.options;
            this.#mount(url, query, (request) => standIn.handle(request));
            const discover = planOf(upstream.source.options)?.discover;
            if (discover !== undefined)
                this.#mount(discover.url, discover.query, () => standIn.discover());
        }
        this.#standIns.set(feed, standIns);
    }
    #stageSinks() {
        for (const { name, definition, options } of this.#cast.config.sinks) {
            if (definition.type !== "webhook")
                continue;
            this.#mount(options.url, {}, (request) => this.#destinations.post(name, request));
        }
    }
    /** Behind its host, path and fixed query; the longest query that fits wins. */
    #mount(address, more, handle) {
        const url = new URL(address.replace(/\{secret:[^{}]+\}/g, "drill"));
        const fixed = { ...Object.fromEntries(url.searchParams), ...more };
        const wanted = Object.entries(fixed).filter(([, value]) => !value.includes("{"));
        const others = this.#hosts[url.host];
        const fits = ({ path, query }) => path === url.pathname && wanted.every(([name, value]) => query[name] === value);
        const fallback = (request) => others?.handle(request) ?? { kind: "answer", status: 404 };
        this.#hosts[url.host] = { handle: (request) => (fits(request) ? handle(request) : fallback(request)) };
    }
    #begin() {
        const http = createWireHttp(this.#hosts, this.#time.runtime.clock);
        // No compression: the drill would spend its time on it.
        this.#startsMs.push(this.#sinceStart());
        const life = new HubProcess({
            config: this.#config,
            log: createMemoryLog({ storage: this.#storage }),
            runtime: { ...this.#time.runtime, http, files: this.#destinations.files },
            skewMs: () => 0,
            seed: SEED + this.#startsMs.length,
            onEvent: (event) => this.#events.push({ atMs: this.#sinceStart(), event }),
            onRecords: (records) => this.#riders.committed(records),
        });
        this.#process = life;
        void life.start();
    }
    #kill(downMs) {
        const fromMs = this.#sinceStart();
        this.#process?.kill();
        this.#storage.isOpen = false;
        this.#process = undefined;
        const again = () => {
            this.#downSpans.push({ fromMs, toMs: this.#sinceStart() });
            this.#begin();
        };
        this.#time.runtime.clock.after(downMs, again, { ref: false });
    }
    async #look() {
        const now = this.#time.runtime.clock.now();
        const atMs = this.#sinceStart();
        const hub = this.#process?.isStarted ? this.#process.hub : undefined;
        await this.#riders.look(hub, now);
        const isCalm = atMs < this.#scenario.trouble.fromMs;
        let isBehind = false;
        for (const { name, lagEntries } of hub?.status().sinks ?? []) {
            const calm = this.#calmLag.get(name) ?? 0;
            if (isCalm)
                this.#calmLag.set(name, Math.max(calm, lagEntries));
            else if (lagEntries > calm * LAG_FACTOR + LAG_MORE)
                isBehind = true;
        }
        if (hub === undefined || isBehind || !this.#riders.isWell(now))
            this.#unwellMs = atMs;
    }
}
