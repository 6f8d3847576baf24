import {
	Counter,
	collectDefaultMetrics,
	Gauge,
	Histogram,
	type Metric,
	type OpenMetricsContentType,
	Registry,
} from "prom-client";
import { readTraceparent } from "../model/trace.js";
import { implausibility, isEnding, isRolledBack } from "../operations/alert-rules-quality.js";
import type { FeedState, FrameTimes, HubStatus, SinkState } from "../operations/status.js";
import { alertMetrics } from "./alert-metrics.js";
import { breakerMetrics } from "./breaker-metrics.js";
import { quotaMetrics } from "./quota-metrics.js";
import { reloadMetrics } from "./reload-metrics.js";
import { scheduleMetrics } from "./schedule-metrics.js";
import { sloMetrics } from "./slo-metrics.js";
import { traceMetrics } from "./trace-metrics.js";

const FEED_STATES: readonly FeedState[] = ["running", "waiting", "failing", "down", "finished"];
const SINK_STATES: readonly SinkState[] = ["running", "waiting", "lagging", "held"];
const ANSWER_BUCKETS_S = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

const FRAME_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** A text that scrapers read. */
export interface Exposition {
	readonly contentType: string;
	readonly text: string;
}

/**
 * The metrics of one hub, in registries of its own. Labels are names out of the configuration only: never a vehicle, a
 * trip, a path or an address, so that the number of series is bounded by the configuration.
 */
export interface Metrics {
	/** One scrape in the text format of Prometheus; counters are those of the status, so that both always tell the same. */
	render(status: HubStatus): Promise<string>;
	/** The same for a request: in OpenMetrics for whoever `accept`s it, with the ids of traces as exemplars. */
	scrape(status: HubStatus, accept: string | undefined): Promise<Exposition>;
	/** `traceparent`: of the request. */
	answered(listener: string, method: string, status: number, ms: number, traceparent?: string): void;
	framed(frame: FrameTimes): void;
	fault(): void;
}

export interface MetricsOptions {
	/** Memory, CPU and event-loop delay of the process: for one hub per process only. Default false. */
	readonly process?: boolean;
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
	// The library renames the counters of a registry for OpenMetrics in place: each format has one of its own.
	const plain = new Registry();
	const open = new Registry<OpenMetricsContentType>();
	open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
	const registers = [open];
	const answers = new Histogram({
		name: "wayside_http_request_duration_seconds",
		help: "Time from a request's arrival to the end of its answer.",
		labelNames: ["listener", "method", "status"],
		buckets: ANSWER_BUCKETS_S,
		enableExemplars: true,
		registers,
	});
	const frames = new Histogram({
		name: "wayside_frame_durable_seconds",
		help: "Time from a frame's receipt until the records that it gave were durable.",
		labelNames: ["feed"],
		buckets: FRAME_BUCKETS_S,
		enableExemplars: true,
		registers,
	});
	for (const histogram of [answers, frames]) plain.registerMetric(histogram as Metric);
	let faults = 0;
	const updates = new Map<Registry, (status: HubStatus) => void>();
	const updateOf = (registry: Registry) => {
		let update = updates.get(registry);
		if (update === undefined) {
			update = ownMetrics(registry, options, () => faults);
			updates.set(registry, update);
		}
		return update;
	};
	return {
		render: (status) => {
			updateOf(plain)(status);
			return plain.metrics();
		},
		scrape: async (status, accept = "") => {
			const registry = (accept.includes("application/openmetrics-text") ? open : plain) as Registry;
			updateOf(registry)(status);
			return { contentType: registry.contentType, text: await registry.metrics() };
		},
		answered: (listener, method, status, ms, traceparent) => {
			const asked = readTraceparent(traceparent);
			observe(answers, { listener, method, status }, ms / 1000, asked?.isSampled ? asked.traceId : undefined);
		},
		framed: ({ feed, seconds, traceId }) => observe(frames, { feed }, seconds, traceId),
		fault: () => {
			faults++;
		},
	};
}

/** With the id of a trace that shows what took so long, where there is one. */
function observe(
	histogram: Histogram,
	labels: Readonly<Record<string, string | number>>,
	value: number,
	traceId: string | undefined,
): void {
	histogram.observe({ labels, value, exemplarLabels: traceId === undefined ? {} : { trace_id: traceId } });
}

/** All but the histograms. */
function ownMetrics(registry: Registry, options: MetricsOptions, faults: () => number) {
	if (options.process) collectDefaultMetrics({ register: registry });
	const counted = new Counter({
		name: "wayside_http_faults_total",
		help: "Requests that failed through a fault of the hub.",
		registers: [registry],
	});
	const update = hubMetrics(registry);
	return (status: HubStatus) => {
		counted.reset();
		counted.inc(faults());
		update(status);
	};
}

function hubMetrics(registry: Registry): (status: HubStatus) => void {
	const registers = [registry];
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name: `wayside_${name}`, help, labelNames, registers });
	const counter = (name: string, help: string, labelNames: string[]) =>
		new Counter({ name: `wayside_${name}_total`, help, labelNames, registers });
	const build = gauge("build_info", "Always 1; the version is in the label.", ["version"]);
	const started = gauge("start_time_seconds", "When the hub started, in seconds since the epoch.");
	const ready = gauge("ready", "1 when the hub has data and its store takes more.");
	const balanced = gauge("ledger_balanced", "1 when every account adds up; absent until it was checked.");
	const storeState = gauge("store_state", "1 for the state that the store is in.", ["state"]);
	const storeBytes = gauge("store_bytes", "Bytes that a topic of the store takes.", ["topic"]);
	const storeEntries = gauge("store_entries", "Entries that a topic of the store holds.", ["topic"]);
	const storeFree = gauge("store_free_bytes", "Free bytes of the disk that holds the store.");
	const eventsKept = gauge("store_events_kept", "1 while what happens is written to topic events.");
	const alerts = alertMetrics(gauge, counter);
	const feeds = feedMetrics(gauge, counter);
	const sinks = sinkMetrics(gauge, counter);
	const breakers = breakerMetrics(gauge, counter);
	const quotas = quotaMetrics(gauge);
	const schedules = scheduleMetrics(gauge, counter);
	const reloads = reloadMetrics(gauge, counter);
	const slos = sloMetrics(gauge);
	const traces = traceMetrics(gauge, counter);
	return (status) => {
		for (const metric of [build, balanced, storeState, storeBytes, storeEntries, storeFree]) metric.reset();
		build.set({ version: status.version }, 1);
		started.set(status.startedTime / 1000);
		ready.set(status.ready ? 1 : 0);
		if (status.ledger.balanced !== undefined) balanced.set(status.ledger.balanced ? 1 : 0);
		for (const state of ["ok", "full", "failed"])
			storeState.set({ state }, status.store.state === state ? 1 : 0);
		for (const { topic, bytes, entries } of status.store.topics) {
			storeBytes.set({ topic }, bytes);
			storeEntries.set({ topic }, entries);
		}
		eventsKept.set(status.store.events?.state === "ended" ? 0 : 1);
		if (status.store.freeBytes !== undefined) storeFree.set(status.store.freeBytes);
		alerts(status);
		feeds(status);
		sinks(status);
		breakers(status);
		quotas(status);
		schedules(status);
		reloads(status);
		slos(status);
		traces(status);
	};
}

type NewGauge = (name: string, help: string, labelNames?: string[]) => Gauge;
type NewCounter = (name: string, help: string, labelNames: string[]) => Counter;

function feedMetrics(gauge: NewGauge, counter: NewCounter): (status: HubStatus) => void {
	const labels = ["feed", "agency"];
	const state = gauge("feed_state", "1 for the state that the feed is in.", [...labels, "state"]);
	const age = gauge("feed_age_seconds", "Age of the newest event time of the feed.", labels);
	const lastFrame = gauge("feed_last_frame_timestamp_seconds", "When the last frame was received.", labels);
	const headroom = gauge(
		"feed_purge_headroom_seconds",
		"Time until upstream purges the oldest message that was not read yet.",
		labels,
	);
	const window = gauge("feed_purge_window_seconds", "How long upstream keeps a message.", labels);
	const gaps = counter(
		"feed_gap_reports",
		"Reports that upstream purged or never told before they could be read, since the store was made.",
		[...labels, "estimated"],
	);
	const counters = {
		frames: counter("feed_frames", "Frames received since the hub started.", labels),
		records: counter("feed_records", "Records appended since the hub started.", labels),
		removals: counter(
			"feed_removals",
			"Of the records, those that say that a key is no longer listed.",
			labels,
		),
		duplicates: counter("feed_duplicates", "Items that were known already.", labels),
		deadLetters: counter("feed_dead_letters", "Frames and items that could not be used.", labels),
		late: counter("feed_late_records", "Records older than a newer one of the same key.", labels),
	};
	const implausible = gauge(
		"feed_implausible",
		"1 while what a feed reports cannot be, for the share of its vehicles that makes an incident; 2 while that is more than values that riders can do without.",
		labels,
	);
	const ending = gauge(
		"feed_deprecation_due",
		"1 while it is to be told that something of an upstream ends.",
		labels,
	);
	const rolledBack = gauge(
		"feed_candidate_rolled_back",
		"1 while a candidate for reading a feed is rolled back.",
		labels,
	);
	return ({ feeds, time }) => {
		for (const metric of [
			rolledBack,
			implausible,
			ending,
			state,
			age,
			lastFrame,
			headroom,
			window,
			gaps,
			...Object.values(counters),
		])
			metric.reset();
		for (const feed of feeds) {
			const at = { feed: feed.name, agency: feed.agency };
			for (const each of FEED_STATES) state.set({ ...at, state: each }, feed.state === each ? 1 : 0);
			if (feed.ageMs !== undefined) age.set(at, feed.ageMs / 1000);
			if (feed.lastFrameTime !== undefined) lastFrame.set(at, feed.lastFrameTime / 1000);
			if (feed.purgeHeadroomMs !== undefined) headroom.set(at, feed.purgeHeadroomMs / 1000);
			if (feed.purgeWindowMs !== undefined) window.set(at, feed.purgeWindowMs / 1000);
			implausible.set(at, implausibility(feed));
			ending.set(at, isEnding(feed, time) ? 1 : 0);
			rolledBack.set(at, isRolledBack(feed) ? 1 : 0);
			gaps.inc({ ...at, estimated: "false" }, feed.gaps.countedReports);
			gaps.inc({ ...at, estimated: "true" }, feed.gaps.estimatedReports);
			for (const [name, metric] of Object.entries(counters))
				metric.inc(at, feed[name as keyof typeof counters]);
		}
	};
}

function sinkMetrics(gauge: NewGauge, counter: NewCounter): (status: HubStatus) => void {
	const labels = ["sink", "type"];
	const state = gauge("sink_state", "1 for the state that the sink is in.", [...labels, "state"]);
	const lag = gauge("sink_lag_records", "Records that the sink has yet to take.", labels);
	const lagAge = gauge("sink_lag_seconds", "Age of the oldest record that the sink has yet to take.", labels);
	const delivered = counter("sink_delivered", "Records that the destination has.", labels);
	const deadLetters = counter("sink_dead_letters", "Records that the destination refused.", labels);
	const early = counter(
		"sink_released_early",
		"Records that went before their reorder window was over, since it was full.",
		labels,
	);
	const inFlightMax = gauge(
		"sink_in_flight_max",
		"Batches that may be in flight now; fewer than usual while the destination struggles.",
		labels,
	);
	const inService = gauge("rider_vehicles_in_service", "Vehicles at work that riders see.", labels);
	const overdue = gauge(
		"rider_vehicles_overdue",
		"Those that have not reported for 150 s and three sweeps.",
		labels,
	);
	const ageP95 = gauge(
		"rider_age_p95_seconds",
		"How old 95 % of the positions of those at work are at the most.",
		labels,
	);
	return ({ sinks }) => {
		const all = [ageP95, inService, overdue, state, lag, lagAge, delivered, deadLetters, early, inFlightMax];
		for (const metric of all) metric.reset();
		for (const sink of sinks) {
			const at = { sink: sink.name, type: sink.type };
			for (const each of SINK_STATES) state.set({ ...at, state: each }, sink.state === each ? 1 : 0);
			lag.set(at, sink.lagEntries);
			if (sink.lagAgeMs !== undefined) lagAge.set(at, sink.lagAgeMs / 1000);
			for (const [fact, metric] of [
				["inService", inService],
				["overdue", overdue],
				["ageP95S", ageP95],
			] as const) {
				if (sink.facts[fact] !== undefined) metric.set(at, Number(sink.facts[fact]));
			}
			delivered.inc(at, sink.delivered);
			deadLetters.inc(at, sink.deadLetters);
			early.inc(at, sink.counters?.releasedEarly ?? 0);
			if (sink.inFlightMax !== undefined) inFlightMax.set(at, sink.inFlightMax);
		}
	};
}
