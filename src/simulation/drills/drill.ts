import type { HubConfig, UpstreamConfig } from "../../config/config.js";
import { offsetMsAt } from "../../formats/local-time.js";
import type { HubEvent } from "../../hub.js";
import { createMemoryLog, MemoryStorage } from "../../log/memory-log.js";
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import type { HubStatus } from "../../operations/status.js";
import type { WireAnswer, WireRequest } from "../../runtime/node-server.js";
import { createWireHttp, type WireHandler } from "../gateway-http.js";
import { createVirtualRuntime, type VirtualRuntime } from "../virtual-runtime.js";
import { HubProcess } from "../world/hub-process.js";
import { planOf } from "./asked-plan.js";
import { type Cast, type CastFeed, castOf, isLive, isPolled, type Unusable } from "./cast.js";
import { Destinations } from "./destinations.js";
import { LiveLine } from "./live-line.js";
import { Riders } from "./riders.js";
import type { Scenario, Span } from "./scenarios.js";
import { Sender } from "./sender.js";
import { StandIn } from "./stand-in.js";

/** What was seen of a drill from outside, and what the hub said. */
export interface Observed {
	readonly scenario: Scenario;
	readonly cast: Cast;
	readonly storage: MemoryStorage;
	readonly status: HubStatus;
	readonly riders: Riders;
	/** Polled upstreams, by feed. */
	readonly standIns: ReadonlyMap<CastFeed, readonly StandIn[]>;
	/** Sequences of reports that upstream has told the hub, by feed. */
	readonly told: ReadonlyMap<CastFeed, ReadonlySet<number>>;
	readonly destinations: Destinations;
	readonly events: readonly { readonly atMs: DurationMs; readonly event: HubEvent }[];
	/** When no hub ran. */
	readonly downSpans: readonly Span[];
	readonly startsMs: readonly DurationMs[];
	/** When it was last seen that not all was well. */
	readonly unwellMs: DurationMs;
	readonly startTime: EpochMs;
}

const LOOK_EVERY_MS: DurationMs = 5 * SECOND_MS;
const STEP_MS: DurationMs = 30 * SECOND_MS;
const DRAIN_MS: DurationMs = 10 * SECOND_MS;
const END_MS: DurationMs = DRAIN_MS + 30 * SECOND_MS;
/** A Monday, 00:00 UTC. */
const MONDAY: EpochMs = 1_767_571_200_000;
/** What a sink may be behind while all is well, over what it was behind before the trouble. */
const LAG_FACTOR = 2;
const LAG_MORE = 20;
const SEED = 5;

/** When a drill of this configuration begins. */
export function startTimeOf(config: HubConfig, { startsAt }: Scenario): EpochMs {
	const timezone = config.agencies[0]?.timezone ?? "UTC";
	const [hour = 0, minute = 0] = startsAt.split(":").map(Number);
	return MONDAY + hour * HOUR_MS + minute * MINUTE_MS - offsetMsAt(MONDAY + 12 * HOUR_MS, timezone);
}

/** Runs a scenario in virtual time. Answers with what of the configuration cannot be used for it. */
export async function rehearse(
	config: HubConfig,
	scenario: Scenario,
	onProgress: (share: number) => void,
): Promise<Observed | readonly Unusable[]> {
	const startTime = startTimeOf(config, scenario);
	const cast = castOf(config, scenario, startTime);
	return "feeds" in cast ? new Drill(cast, scenario, startTime).run(onProgress) : cast;
}

class Drill {
	readonly #cast: Cast;
	readonly #scenario: Scenario;
	readonly #startTime: EpochMs;
	readonly #time: VirtualRuntime;
	readonly #startMs: DurationMs;
	readonly #storage: MemoryStorage;
	/** The cast's, with stand-ins for sources and sinks that have connections of their own. */
	readonly #config: HubConfig;
	readonly #lines = new Map<UpstreamConfig, LiveLine>();
	readonly #destinations: Destinations;
	readonly #riders: Riders;
	readonly #standIns = new Map<CastFeed, StandIn[]>();
	readonly #told = new Map<CastFeed, Set<number>>();
	readonly #hosts: Record<string, WireHandler> = {};
	readonly #events: { readonly atMs: DurationMs; readonly event: HubEvent }[] = [];
	readonly #downSpans: Span[] = [];
	readonly #startsMs: DurationMs[] = [];
	/** The most that each sink was behind before the trouble. */
	readonly #calmLag = new Map<string, number>();
	#process: HubProcess | undefined;
	#unwellMs: DurationMs = 0;

	constructor(cast: Cast, scenario: Scenario, startTime: EpochMs) {
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
		for (const feed of cast.feeds) this.#stage(feed);
		const feeds = cast.config.feeds.map((feed) => ({
			...feed,
			upstreams: feed.upstreams.map((upstream) => this.#lines.get(upstream)?.upstream ?? upstream),
		}));
		this.#config = { ...cast.config, feeds, sinks };
		this.#stageSinks();
	}

	async run(onProgress: (share: number) => void): Promise<Observed> {
		const { kills, endMs } = this.#scenario;
		const { clock } = this.#time.runtime;
		for (const { atMs, downMs } of kills) clock.after(atMs, () => this.#kill(downMs), { ref: false });
		const look = () => {
			if (this.#sinceStart() > endMs) return;
			void this.#look();
			clock.after(LOOK_EVERY_MS, look, { ref: false });
		};
		clock.after(LOOK_EVERY_MS, look, { ref: false });
		this.#begin();
		while (this.#sinceStart() < endMs) {
			await this.#time.advance(Math.min(STEP_MS, endMs - this.#sinceStart()));
			onProgress(this.#sinceStart() / endMs);
		}
		const status = this.#process?.hub.status() as HubStatus;
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

	#sinceStart(): DurationMs {
		return this.#time.runtime.clock.monotonic() - this.#startMs;
	}

	#stage(feed: CastFeed): void {
		const { clock } = this.#time.runtime;
		const told = new Set<number>();
		this.#told.set(feed, told);
		const standIns: StandIn[] = [];
		const shared = {
			fleet: feed.fleet,
			scenario: this.#scenario,
			sinceStart: () => this.#sinceStart(),
			told: ({ sequence }: { readonly sequence: number }) => told.add(sequence),
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
			const { url, query } = upstream.source.options as {
				readonly url: string;
				readonly query: Readonly<Record<string, string>>;
			};
			this.#mount(url, query, (request) => standIn.handle(request));
			const discover = planOf(upstream.source.options)?.discover;
			if (discover !== undefined) this.#mount(discover.url, discover.query, () => standIn.discover());
		}
		this.#standIns.set(feed, standIns);
	}

	#stageSinks(): void {
		for (const { name, definition, options } of this.#cast.config.sinks) {
			if (definition.type !== "webhook") continue;
			this.#mount((options as { readonly url: string }).url, {}, (request) =>
				this.#destinations.post(name, request),
			);
		}
	}

	/** Behind its host, path and fixed query; the longest query that fits wins. */
	#mount(
		address: string,
		more: Readonly<Record<string, string>>,
		handle: (request: WireRequest) => WireAnswer,
	): void {
		const url = new URL(address.replace(/\{secret:[^{}]+\}/g, "drill"));
		const fixed = { ...Object.fromEntries(url.searchParams), ...more };
		const wanted = Object.entries(fixed).filter(([, value]) => !value.includes("{"));
		const others = this.#hosts[url.host];
		const fits = ({ path, query }: WireRequest) =>
			path === url.pathname && wanted.every(([name, value]) => query[name] === value);
		const fallback = (request: WireRequest): WireAnswer =>
			others?.handle(request) ?? { kind: "answer", status: 404 };
		this.#hosts[url.host] = { handle: (request) => (fits(request) ? handle(request) : fallback(request)) };
	}

	#begin(): void {
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

	#kill(downMs: DurationMs): void {
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

	async #look(): Promise<void> {
		const now = this.#time.runtime.clock.now();
		const atMs = this.#sinceStart();
		const hub = this.#process?.isStarted ? this.#process.hub : undefined;
		await this.#riders.look(hub, now);
		const isCalm = atMs < this.#scenario.trouble.fromMs;
		let isBehind = false;
		for (const { name, lagEntries } of hub?.status().sinks ?? []) {
			const calm = this.#calmLag.get(name) ?? 0;
			if (isCalm) this.#calmLag.set(name, Math.max(calm, lagEntries));
			else if (lagEntries > calm * LAG_FACTOR + LAG_MORE) isBehind = true;
		}
		if (hub === undefined || isBehind || !this.#riders.isWell(now)) this.#unwellMs = atMs;
	}
}
