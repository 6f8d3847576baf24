import type { HubConfig } from "./config/config.js";
import { AlertWatch } from "./hub/alert-watch.js";
import { BreakerNews } from "./hub/breaker-news.js";
import { shadowsOf } from "./hub/candidates.js";
import { FleetWatch } from "./hub/fleet-watch.js";
import { FrameNews } from "./hub/frame-news.js";
import { Healing } from "./hub/healing.js";
import { Housekeeping } from "./hub/housekeeping.js";
import { IncidentDesk } from "./hub/incident-desk.js";
import { judgeFeeds } from "./hub/judge-feeds.js";
import { type LineageExport, lineageOf } from "./hub/lineage-export.js";
import { Lineup } from "./hub/lineup.js";
import { statusOfLineup } from "./hub/lineup-status.js";
import { Quotas } from "./hub/quotas.js";
import { Reloads, type Wanted } from "./hub/reloads.js";
import { Replays } from "./hub/replays.js";
import { Schedules } from "./hub/schedules.js";
import { SelfRepair, versionsOf } from "./hub/self-repair.js";
import { type Materials, reaching } from "./hub/stages.js";
import { StatusMemory } from "./hub/status-memory.js";
import { StoreWatch } from "./hub/store-watch.js";
import { Taps } from "./hub/taps.js";
import type { SpanSource } from "./hub/trace-export.js";
import { frameTimes, type Tracing, tracingOf } from "./hub/tracing.js";
import { whyIn } from "./hub/why-sinks.js";
import { Intake } from "./intake/intake.js";
import type { FeedCounts, InterpretedFrame } from "./intake/interpret.js";
import { type EventEntry, GAP_CODE } from "./log/event.js";
import type { Log } from "./log/log.js";
import type { ScheduleStore } from "./log/schedules.js";
import { messageOf } from "./model/failure.js";
import type { TransitRecord } from "./model/record.js";
import { SLO_DEFAULT } from "./model/slo.js";
import type { Tracer } from "./model/trace.js";
import { type EpochMs, MINUTE_MS, SECOND_MS } from "./model/units.js";
import type { AlertControl } from "./operations/alert-control.js";
import { breakerStatus } from "./operations/breakers.js";
import { Journal } from "./operations/journal.js";
import type { ReloadOrder, ReloadReport } from "./operations/reload-report.js";
import type { ReplayDesk } from "./operations/replay-report.js";
import { SloBook } from "./operations/slo.js";
import type { FrameTimes, HubStatus } from "./operations/status.js";
import { StatusHistory } from "./operations/status-history.js";
import type { WhyReport } from "./operations/why.js";
import type { Upstream } from "./resilience/index.js";
import type { Endpoint } from "./runtime/endpoint.js";
import type { Cancel, Runtime } from "./runtime/runtime.js";

export interface HubParts {
	readonly runtime: Runtime;
	/** The hub uses it and does not close it. */
	readonly log: Log;
	/** Needed where an agency has a schedule. The hub uses it and does not close it. */
	readonly schedules?: ScheduleStore;
	/** Makes spans where the configuration has a place for them, and holds those that have ended. */
	readonly tracing?: { readonly tracer: Tracer; readonly ended: SpanSource } | undefined;
	/** Shown on the status page. */
	readonly version: string;
	/** One line per event worth a log line: what happened, to which part. */
	readonly onEvent?: (event: HubEvent) => void;
}

/** What is printed, and what topic `events` keeps. */
export type HubEvent = EventEntry;
export type { Wanted };

const STORE_EVERY_MS = MINUTE_MS;
const SCHEDULES_EVERY_MS = 20 * SECOND_MS;
/** The first time soon after the start, so that the status page does not begin with a minute of not knowing. */
const FIRST_AFTER_MS = 5 * SECOND_MS;
const JUDGE_EVERY_MS = SECOND_MS;
const ALERTS_EVERY_MS = 10 * SECOND_MS;
const FLEETS_EVERY_MS = 30 * SECOND_MS;
/** A store that takes nothing must not hold up the end. */
const JOURNAL_CLOSE_MS = SECOND_MS;

/** The whole pipeline of one configuration. Knows every stage, names no plug-in. */
export class Hub {
	readonly #parts: HubParts;
	readonly #lineup: Lineup;
	readonly #reloads: Reloads;
	#remount: () => Promise<void> = async () => undefined;
	readonly #taps = new Taps();
	readonly #housekeeping: Housekeeping;
	readonly #quotas: Quotas;
	readonly #schedules: Schedules;
	readonly #startedTime: EpochMs;
	#intake: Intake | undefined;
	readonly #store: StoreWatch;
	readonly #replays: Replays;
	readonly #repair: SelfRepair;
	/** Repairs of what upstreams have changed without notice. */
	readonly healing: Healing;
	#draining = false;
	#sawData = false;
	readonly #frameNews: FrameNews;
	readonly #breakers: BreakerNews;
	readonly #journal: Journal;
	readonly #alerts: AlertWatch;
	readonly #fleets: FleetWatch;
	readonly #history = new StatusHistory();
	readonly #slos = new SloBook(() => this.config.slo ?? SLO_DEFAULT);
	readonly #past: StatusMemory;
	readonly #tracing: Tracing | undefined;
	readonly #lineage: LineageExport | undefined;
	#onFrame: ((frame: FrameTimes) => void) | undefined;
	/** What was wrong, from its beginning to its end. */
	readonly incidents: IncidentDesk;

	constructor(config: HubConfig, parts: HubParts) {
		this.#parts = parts;
		const { log, runtime } = parts;
		const { clock } = runtime;
		const onEvent: Materials["onEvent"] = (...event) => this.#event(...event);
		this.#startedTime = clock.now();
		this.#journal = new Journal(log, clock, () =>
			this.#event("store", "error", "store.events_ended", this.#journal.status().sentence),
		);
		this.incidents = new IncidentDesk(log, clock, onEvent);
		this.#housekeeping = new Housekeeping(clock, (thrown) =>
			this.#event("store", "error", "store.housekeeping", messageOf(thrown)),
		);
		this.#breakers = new BreakerNews({
			...{ log, clock, onEvent },
			upstreams: () => this.upstreams(),
			onOperated: (name) => {
				for (const { feed } of this.#lineup.feeds) feed.breakerOperated(name);
			},
		});
		this.#quotas = new Quotas(config, {
			log,
			clock,
			onEvent: (subject, level, message) => this.#event(subject, level, "quota", message),
		});
		this.#schedules = new Schedules(config, {
			log,
			runtime,
			store: parts.schedules,
			remembering: (name) => this.#breakers.remembering(name),
			onEvent,
		});
		this.#tracing = tracingOf(config, parts, (name) => this.#breakers.remembering(name), onEvent);
		const materials: Omit<Materials, "config" | "healthOf" | "sweepsOf"> = {
			...{ log, runtime, quotas: this.#quotas },
			traces: this.#tracing?.traces,
			remembering: (name) => this.#breakers.remembering(name),
			onEvent,
			healerIn: (feed, upstream) => this.healing.healerIn(feed, upstream),
			tell: (event) => this.#tell(event),
		};
		this.#frameNews = new FrameNews(clock, onEvent);
		this.#lineage = lineageOf(config, { ...parts, routes: () => this.config.routes }, materials);
		this.healing = new Healing({ ...materials, clock, replays: () => this.#replays });
		this.#lineup = new Lineup(config, {
			...materials,
			resolverOf: (agency) => this.#schedules.resolverOf(agency),
			healerOf: (feed, index) => this.healing.healerOf(feed, index),
		});
		this.#store = new StoreWatch({
			...materials,
			config: () => this.config,
			delivering: () => this.#lineup.delivering,
		});
		this.#fleets = new FleetWatch(config, {
			...materials,
			indexOf: (agency) => this.#schedules.resolverOf(agency)?.index,
			feeds: () => this.#lineup.feeds,
		});
		this.#alerts = new AlertWatch(config, log, runtime, onEvent);
		this.#past = new StatusMemory(log, clock, onEvent, [this.#history, this.#slos]);
		this.#reloads = new Reloads({
			...materials,
			lineup: this.#lineup,
			intake: () => this.#intake,
			restoreBreakers: (upstreams) => this.#breakers.restore(upstreams),
			remount: () => this.#remount(),
			followFiles: (isDryRun) => this.#schedules.follow(isDryRun),
			resumeJobs: () => this.#replays.start(),
		});
		this.#replays = new Replays({
			...materials,
			subscriptions: this.#lineup.subscriptions,
			feeds: () => this.#lineup.feeds.map(({ feed }) => feed.name),
			redecode: () => this.#intake?.redecode.bind(this.#intake),
		});
		this.#repair = new SelfRepair({
			...{ log, clock },
			replays: this.#replays,
			versions: () => versionsOf(parts.version, this.config, (feed) => this.healing.revisionOf(feed)),
			delivers: (subject) => this.#lineup.delivers(subject),
		});
	}

	/** Jobs over dead letters. */
	get replays(): ReplayDesk {
		return this.#replays;
	}

	/** What people do about alerts. */
	get alerts(): AlertControl {
		return this.#alerts;
	}

	/** What runs. A reload puts another in its place. */
	get config(): HubConfig {
		return this.#lineup.config;
	}

	/** Of sources and sinks; the gateway mounts them. A reload may change them. */
	get endpoints(): readonly Endpoint[] {
		return this.#lineup.endpoints;
	}

	/** Called when a reload has changed the endpoints; what it rejects with takes the reload back. */
	whenEndpointsChange(remount: () => Promise<void>): void {
		this.#remount = remount;
	}

	/**
	 * Puts another configuration in place without touching what it leaves as it is, or says why not. Rejects with
	 * `request.conflict` while another reload runs, and while the hub starts or stops. What it mends is replayed at once.
	 */
	async reload(load: () => Promise<Wanted>, order: ReloadOrder = {}): Promise<ReloadReport> {
		const report = await this.#reloads.reload(load, order);
		if (report.outcome === "applied") this.#housekeeping.now(() => this.#repair.look());
		return report;
	}

	/** Restores what the store remembers, interprets what a crash left behind, then starts sinks and sources. */
	async start(): Promise<void> {
		const { log, runtime } = this.#parts;
		const { intake } = this.config;
		const told = await this.incidents.end();
		await this.#breakers.restore(this.upstreams());
		await this.#quotas.restore();
		await this.#schedules.start();
		await this.healing.restore();
		// Accounts of sinks open before the first record can come.
		for (const { subscription } of this.#lineup.sinks) await subscription.prepare();
		this.#intake = await Intake.start({
			log,
			runtime,
			readers: this.#lineup.readers,
			futureSkewMs: intake.futureSkewMs,
			dedupeKeys: intake.dedupe.maxKeys,
			dedupeAgeMs: intake.dedupe.maxAgeMs,
			frameMaxBytes: intake.frameMaxBytes,
			onInterpreted: (frame) => this.#interpreted(frame),
			onStoreTrouble: (failure) => this.#store.trouble(failure),
			traces: this.#tracing?.traces,
		});
		this.#tracing?.exporting.start();
		await this.#taps.start(log, this.#intake.recent);
		this.#taps.add((records) => this.#fleets.take(records));
		for (const { subscription } of this.#lineup.sinks) {
			await subscription.start(this.#intake.recent);
			// What was restored and is fresh enough to be served is data: a hub that restarts in an outage is ready.
			const { facts } = subscription.status();
			const served = ["vehicles", "tripUpdates", "alerts"].some((kind) => Number(facts[kind] ?? 0) > 0);
			if (served) this.#sawData = true;
		}
		this.#note("hub.started", `Wayside ${this.#parts.version} started`);
		await this.#replays.start();
		this.#housekeeping.now(() => this.#repair.begin());
		this.#housekeeping.now(() => this.incidents.restore(told));
		for (const { feed } of this.#lineup.feeds) feed.start(this.#intake);
		this.#housekeeping.every(JUDGE_EVERY_MS, JUDGE_EVERY_MS, async () => this.#judge());
		await this.#alerts.restore();
		await this.#fleets.restore();
		await this.#past.restore();
		this.#housekeeping.every(FLEETS_EVERY_MS, FLEETS_EVERY_MS, () => this.#fleets.tick());
		this.#housekeeping.every(ALERTS_EVERY_MS, ALERTS_EVERY_MS, () => this.#watch());
		this.#housekeeping.every(ALERTS_EVERY_MS, ALERTS_EVERY_MS, () => this.healing.look());
		this.#housekeeping.every(SCHEDULES_EVERY_MS, SCHEDULES_EVERY_MS, () => this.#schedules.tick());
		this.#housekeeping.every(FIRST_AFTER_MS, STORE_EVERY_MS, () => this.#store.retain());
		this.#housekeeping.every(FIRST_AFTER_MS, STORE_EVERY_MS, () => this.#repair.look());
		this.#housekeeping.every(FIRST_AFTER_MS, STORE_EVERY_MS, () => this.#store.checkLedger());
	}

	/** Resolves when every source has ended by itself, and everything that they gave is durable. */
	async finished(): Promise<void> {
		await Promise.all(this.#lineup.feeds.map(({ feed }) => feed.finished()));
		await this.#intake?.idle();
	}

	/**
	 * Stops asking upstream, finishes what was received, and gives sinks what is left until the deadline to catch up. A
	 * store that takes nothing cannot hold it up: what is not interpreted by half of the time is at the next start.
	 */
	async drain(deadlineMs: number): Promise<void> {
		this.#draining = true;
		this.#housekeeping.ease();
		await this.#reloads.end();
		const { clock } = this.#parts.runtime;
		const deadline = clock.monotonic() + deadlineMs;
		const giveUp = clock.after(deadlineMs / 2, () => this.#intake?.abort());
		await Promise.all(this.#lineup.feeds.map(({ feed }) => feed.stop()));
		await this.#replays.stop();
		await this.#quotas.flush();
		await this.#schedules.stop();
		await this.#intake?.close();
		giveUp();
		const leftMs = Math.max(0, deadline - clock.monotonic());
		await Promise.all(this.#lineup.subscriptions.map((subscription) => subscription.drain(leftMs)));
		await this.#endJournal();
	}

	/** Stops everything at once; what was settled is durable already. */
	async close(): Promise<void> {
		this.#draining = true;
		this.#housekeeping.stop();
		await this.#reloads.end();
		this.#intake?.abort();
		const stopped = this.#replays.stop();
		await Promise.all(this.#lineup.feeds.map(({ feed }) => feed.stop()));
		await this.#schedules.stop();
		await Promise.all(this.#lineup.subscriptions.map((subscription) => subscription.close()));
		await stopped;
		await this.#endJournal();
	}

	/** Calls the one listener with each frame once what it gave is durable. */
	onFrame(listener: (frame: FrameTimes) => void): void {
		this.#onFrame = listener;
	}

	/** Calls the listener with records as they are committed. A listener that is slow slows the hub: hand over and return. */
	tap(listener: (records: readonly TransitRecord[]) => void): Cancel {
		return this.#taps.add(listener);
	}

	/** Breakers, budgets and gates by name: `feed:<name>/<upstream>`, `schedule:<agency>` and `sink:<name>`. */
	upstreams(): ReadonlyMap<string, Upstream> {
		const named = this.#lineup.upstreams();
		const telling = [this.#tracing?.exporting, this.#lineage].flatMap((one) => one?.upstream ?? []);
		for (const upstream of [...this.#schedules.upstreams, ...telling]) named.set(upstream.name, upstream);
		return named;
	}

	status(): HubStatus {
		const time = this.#parts.runtime.clock.now();
		const sentence = this.#readiness();
		const upstreams = this.upstreams();
		const guard = (name: string) => {
			const upstream = upstreams.get(name);
			return upstream && breakerStatus(upstream);
		};
		return {
			version: this.#parts.version,
			startedTime: this.#startedTime,
			time,
			ready: sentence === undefined,
			sentence: sentence ?? "The hub takes in data and serves it.",
			...statusOfLineup(this.#lineup, (feed) => this.#fleets.ofFeed(feed), guard, time),
			quotas: this.#quotas.status(this.config),
			...this.#schedules.status(),
			reloads: this.#reloads.status(),
			store: { ...this.#store.status(), events: this.#journal.status() },
			ledger: this.#store.ledger,
			fleets: this.#fleets.status(),
			alerts: this.#alerts.open,
			alerting: this.#alerts.status(),
			history: this.#history.view(),
			slos: this.#slos.view(time),
			traces: this.#tracing?.exporting.status(),
			openLineage: this.#lineage?.status(),
			incidents: this.incidents.briefs(),
		};
	}

	/** What is on trial, beside how it is read now. */
	readonly shadows = () => shadowsOf(this.#lineup.readers);

	/** The story of a vehicle, a record or a dead letter. Rejects with `request.invalid` for what can be none. */
	why(asked: string): Promise<WhyReport> {
		const { log, runtime } = this.#parts;
		return whyIn(asked, log, this.#lineup, runtime.clock.now());
	}

	#readiness(): string | undefined {
		if (this.#draining) return "The hub is stopping.";
		if (this.#store.failure) return `The store is in trouble: ${this.#store.failure.message}`;
		return this.#sawData ? undefined : "No data has come in yet.";
	}

	#interpreted(frame: InterpretedFrame): void {
		const state = this.#lineup.feeds.find(({ feed }) => feed.name === frame.frame.feed);
		if (state === undefined) return;
		state.feed.interpreted(frame);
		for (const name of Object.keys(state.counts) as (keyof FeedCounts)[])
			state.counts[name] += frame.counts[name];
		if (frame.counts.records > 0) this.#sawData = true;
		this.#frameNews.tell(frame);
		this.#onFrame?.(frameTimes(frame, this.#parts.runtime.clock.now(), this.#tracing));
	}

	#judge(): void {
		// Nobody is asked any more: whatever the last answer was, what is said of the next one would not be true.
		if (this.#draining) return;
		judgeFeeds(this.#lineup.feeds, this.#parts.runtime.clock, (...event) => this.#event(...event));
	}

	/** A hub that stops has nothing to raise: what it leaves behind is looked at by the next one. */
	async #watch(): Promise<void> {
		if (this.#draining) return;
		const status = this.status();
		this.#lineage?.look(status);
		await this.#past.look(status);
		await this.#alerts.look(status, this.#parts.runtime.clock.monotonic());
	}

	/** For the story only: whoever watches the hub sees it start and stop. */
	#note(code: string, message: string): void {
		const time = this.#parts.runtime.clock.now();
		this.#journal.add({ time, subject: "hub", level: "info", code, message });
	}

	async #endJournal(): Promise<void> {
		await this.#alerts.close();
		await this.#past.save();
		await Promise.all([this.#tracing?.exporting.close(), this.#lineage?.close()]);
		this.#note("hub.stopped", "Wayside stopped");
		await this.#journal.close(JOURNAL_CLOSE_MS);
	}

	#event(
		subject: string,
		level: HubEvent["level"],
		code: string,
		message: string,
		details?: HubEvent["details"],
	): void {
		const time = this.#parts.runtime.clock.now();
		if (code === "sink.resumed") this.#repair.recovered(subject);
		this.#tell({ time, subject, level, code, message, ...(details && { details }) });
	}

	#tell(event: HubEvent): void {
		this.#parts.onEvent?.(event);
		this.incidents.add(event);
		// A gap stands in the log already: it rode in the commit of its posting.
		if (event.code !== GAP_CODE) this.#journal.add(event);
	}
}

export function createHub(config: HubConfig, parts: HubParts): Hub {
	return new Hub(config, { ...parts, runtime: reaching(parts.runtime, config.network) });
}
