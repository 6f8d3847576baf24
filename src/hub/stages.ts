import type { FeedConfig, HubConfig, RouteConfig, SinkConfig, UpstreamConfig } from "../config/config.js";
import { shareAt } from "../intake/candidate.js";
import { ClockSkew } from "../intake/clock-skew.js";
import { Feed } from "../intake/feed.js";
import type { FeedUpstream } from "../intake/feed-upstream.js";
import type { FrameReader } from "../intake/interpret.js";
import { politeUpstream } from "../intake/politeness.js";
import { personalDoor } from "../intake/privacy.js";
import { bothLimits } from "../intake/request-window.js";
import { UpstreamTrace } from "../intake/upstream-trace.js";
import type { EventEntry } from "../log/event.js";
import type { FrameTraces } from "../log/frame-traces.js";
import type { Log } from "../log/log.js";
import type { DurationMs } from "../model/units.js";
import { ContractGate } from "../quality/contracts/contract-gate.js";
import { isContract, readContract } from "../quality/contracts/read-contract.js";
import { FieldDrift } from "../quality/drift/field-drift.js";
import { ShapeWatch } from "../quality/drift/shape-watch.js";
import { FeedGuards } from "../quality/guards/feed-guards.js";
import { GUARDS_DEFAULT } from "../quality/guards/guard.js";
import type { FeedHealer } from "../quality/healing/feed-healer.js";
import type { UpstreamOptions } from "../resilience/index.js";
import { createSubscription, type Subscription } from "../routes/subscription.js";
import type { Network } from "../runtime/http.js";
import type { Clock, Runtime } from "../runtime/runtime.js";
import type { IdResolver } from "../schedule/resolver.js";
import type { FeedHealth, Sink, SinkContext } from "../sinks/sink.js";
import type { FrameDraft } from "../sources/source.js";
import { candidateOf } from "./candidates.js";
import type { Quotas } from "./quotas.js";
import { memoryOf, type ReadersBefore } from "./reader-memory.js";

/** What every stage of one hub is built from. */
export interface Materials {
	readonly config: HubConfig;
	readonly log: Log;
	readonly runtime: Runtime;
	readonly quotas: Quotas;
	/** The feeds that are routed to the sink of that name, as of now. */
	readonly healthOf: (sink: string) => readonly FeedHealth[];
	/** The time between two looks at a vehicle, of each of these feeds that is asked. */
	readonly sweepsOf: (sink: string) => ReadonlyMap<string, DurationMs>;
	/** How the breaker of that name persists and tells. */
	readonly remembering: (name: string) => Pick<UpstreamOptions, "persist" | "onEvent">;
	readonly onEvent: (
		subject: string,
		level: "info" | "warn" | "error",
		code: string,
		message: string,
		details?: Readonly<Record<string, unknown>>,
	) => void;
	/** Where the traces of frames stand. Undefined: nothing is traced. */
	readonly traces?: FrameTraces | undefined;
	/** What reads payloads of an upstream that has changed them. Undefined: nothing does. */
	readonly healerIn: (feed: string, upstream: number) => FeedHealer | undefined;
	/** The same for an event that is whole already. */
	readonly tell: (event: EventEntry) => void;
}

/** The name of an upstream's breaker, on the status page and in the command line. */
export function upstreamName(feed: string, index: number): string {
	return `feed:${feed}/${index}`;
}

export function sinkName(sink: string): string {
	return `sink:${sink}`;
}

/** The same world, whose requests leave over the given network. A simulated world has one network only. */
export function reaching(runtime: Runtime, network: Network | undefined): Runtime {
	const http = network && runtime.http.through?.(network);
	return http ? { ...runtime, http } : runtime;
}

export function buildFeed(materials: Materials, config: FeedConfig): Feed {
	const { runtime, log } = materials;
	const upstreams: FeedUpstream[] = [];
	for (const upstream of config.upstreams)
		upstreams.push(buildUpstream(materials, config, upstream, () => feed));
	const { name, agency } = config;
	const feed = new Feed({
		name,
		agency: agency.name,
		upstreams,
		log,
		runtime,
		onEvent: materials.tell,
		onNews: (level, code, message) => materials.onEvent(`feed:${name}`, level, code, message),
	});
	return feed;
}

function buildUpstream(
	{ config, runtime, quotas, remembering, onEvent, healerIn, traces }: Materials,
	feed: FeedConfig,
	upstream: UpstreamConfig,
	built: () => Feed,
): FeedUpstream {
	const { baseDirectory } = config;
	const { index, source: from, decoder: reader, secrets, timezone, history, candidate } = upstream;
	const name = upstreamName(feed.name, index);
	const decoder = reader.definition.create(reader.options, { timezone, baseDirectory });
	const tried = candidate?.decoder.definition.create(candidate.decoder.options, { timezone, baseDirectory });
	const mended = ({ bytes, receivedTime }: FrameDraft) =>
		healerIn(feed.name, index)?.mended({ bytes, receivedTime, offset: Number.POSITIVE_INFINITY }) ?? bytes;
	const skew = new ClockSkew();
	const world = reaching(runtime, upstream.network);
	const trace = traces && new UpstreamTrace(traces, feed.name, index, from.definition.type);
	const http = skew.watching(trace?.carrying(world.http) ?? world.http, world.clock);
	const source = from.definition.create(from.options, {
		feed: feed.name,
		runtime: { ...world, http },
		baseDirectory,
		secrets,
		requestRule: reader.definition.requestRule,
		judge: (frame) => {
			const failure = decoder.decode({ ...frame, bytes: mended(frame) }).failure;
			// What the candidate reads, and counts, is a good answer also once nothing else can read it.
			const counts = tried !== undefined && shareAt(candidate?.steps ?? [], runtime.clock.now()) > 0;
			return failure !== undefined && counts ? tried.decode(frame).failure : failure;
		},
		receive: (frames, traceparent) => built().receivePush(index, frames, traceparent),
		lost: (loss) => built().losses.add(index, loss),
		onEvent: (...event) => onEvent(name, ...event),
	});
	const isPush = source.kind === "push";
	const paceMs = source.kind === "poll" ? source.everyMs : undefined;
	const quota = isPush ? undefined : quotas.of(name, upstream);
	const window = isPush ? undefined : quotas.windowOf(name, upstream);
	const budget = { ...upstream.budget, shared: bothLimits(quota, window) };
	return {
		index,
		sourceType: from.definition.type,
		decoderName: decoderName(upstream),
		decoder,
		mended,
		source,
		upstream: isPush ? undefined : politeUpstream(name, budget, remembering(name), runtime, paceMs),
		quota,
		skew: isPush ? undefined : skew,
		trace,
		windowMs: history.kind === "window" ? history.windowMs : undefined,
	};
}

function decoderName({ decoder }: UpstreamConfig): string {
	return `${decoder.definition.type}@${decoder.definition.version}`;
}

/** What readers are built in. */
export interface ReaderSurroundings {
	readonly baseDirectory: string;
	readonly clock: Clock;
	/** Those whose place they take. */
	readonly before: ReadersBefore | undefined;
	/** What reads payloads that an upstream has changed. */
	readonly healerOf: (index: number) => FeedHealer;
}

/** How intake reads the frames of each upstream of a feed, and to which sinks its records go. */
export function readersOf(
	feed: Feed,
	config: FeedConfig,
	routes: readonly RouteConfig[],
	ids: IdResolver | undefined,
	{ baseDirectory, clock, before, healerOf }: ReaderSurroundings,
): FrameReader[] {
	const personal = personalDoor(config.privacy);
	const sinks = [...new Set(routes.filter(({ from }) => from === config.name).flatMap(({ to }) => to))];
	const { removeAfter } = config;
	const shared = { agency: config.agency.name, feed: config.name, personal, ids, sinks, removeAfter };
	return feed.upstreams.map(({ index, source, decoder, decoderName: name }) => ({
		...shared,
		contract: contractGate(config.upstreams[index]?.contract?.document),
		candidate: candidateOf(config, index, baseDirectory, contractGate, before?.readers[index]?.candidate),
		monotonic: () => clock.monotonic(),
		decoder,
		decoderName: name,
		healer: healerOf(index),
		drift: config.guards?.off === true ? undefined : new FieldDrift(),
		shape: config.guards?.off === true ? undefined : new ShapeWatch(),
		guards: new FeedGuards({ config: config.guards ?? GUARDS_DEFAULT, area: config.agency.area }),
		...memoryOf(config, index, before),
		...(source.kind === "poll" && {
			paceMs: source.everyMs,
			lastAnswerTime: () => feed.progress[index]?.lastGoodTime,
		}),
	}));
}

/** The configuration has been read, and its contracts are some; one that is none would have kept the hub from starting. */
function contractGate(document: unknown): ContractGate | undefined {
	const read = document === undefined ? undefined : readContract(document);
	return read !== undefined && isContract(read) ? new ContractGate(read) : undefined;
}

export function buildSink(
	{ config, runtime, healthOf, sweepsOf, onEvent }: Materials,
	sink: SinkConfig,
): Sink {
	const { name, options, secrets } = sink;
	const { baseDirectory } = config;
	const world = reaching(runtime, sink.network);
	const feeds = () => healthOf(name);
	const sweeps = sweepsOf(name);
	const context = { name, runtime: world, baseDirectory, secrets, feeds, sweeps };
	const tell: SinkContext["onEvent"] = (...event) => onEvent(sinkName(name), ...event);
	return sink.definition.create(options, { ...context, onEvent: tell });
}

export function buildSubscription(materials: Materials, config: SinkConfig, sink: Sink): Subscription {
	const { log, runtime, remembering, onEvent, traces } = materials;
	const routes = materials.config.routes.filter((route) => route.to.includes(config.name));
	const subject = sinkName(config.name);
	return createSubscription({
		name: config.name,
		type: config.definition.type,
		sink,
		log,
		runtime,
		traces,
		routes: routes.map(({ from, ...route }) => ({ feed: from, ...route })),
		mode: routes[0]?.mode ?? "every",
		upstream: remembering(subject),
		onEvent: ({ type, level, message, details }) =>
			onEvent(subject, level, `sink.${type.replace(/^sink_/, "")}`, message, details),
	});
}
