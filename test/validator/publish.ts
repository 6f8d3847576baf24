import { expect } from "vitest";
import type { Decoder } from "../../src/decoders/decoder.js";
import { ADMIT_DEFAULTS, Admitter } from "../../src/intake/admit.js";
import { REMOVE_AFTER_DEFAULT } from "../../src/intake/reporters.js";
import { RecordPackBuilder } from "../../src/log/record-pack.js";
import type { FrameOrigin, TransitRecord } from "../../src/model/record.js";
import type { EndpointResponse } from "../../src/runtime/endpoint.js";
import type { IdResolver } from "../../src/schedule/resolver.js";
import { createVirtualRuntime } from "../../src/simulation/virtual-runtime.js";
import { definition } from "../../src/sinks/gtfs-realtime.js";
import type { ServingOutcome, ServingSink } from "../../src/sinks/sink.js";
import { validateFeed } from "./feed.js";
import type { Finding } from "./rules.js";
import type { StaticFeed } from "./static-feed.js";

/** A captured frame and when it was received. */
export interface TimedFrame {
	readonly bytes: Uint8Array;
	readonly receivedTime: number;
	readonly meta?: Readonly<Record<string, string>>;
}

/** One state of the feed, as a client got it. */
export interface SeenPublication {
	readonly now: number;
	/** The vehicle positions. */
	readonly bytes: Uint8Array;
	readonly json: string;
	readonly trips: Uint8Array;
	readonly alerts: Uint8Array;
}

export interface Published {
	readonly publications: readonly SeenPublication[];
	readonly outcomes: Readonly<Record<ServingOutcome, number>>;
	readonly status: Readonly<Record<string, string | number | boolean>>;
}

/** Frames to records as intake makes them: one agency, one feed, the real rules of identity, order and time. */
export function recordsOf(
	decoder: Decoder,
	frames: readonly TimedFrame[],
	ids?: IdResolver,
): readonly TransitRecord[] {
	const admitter = new Admitter({ partitions: 1, ...ADMIT_DEFAULTS });
	const records: TransitRecord[] = [];
	const packs = { packOf: (partition: number) => new RecordPackBuilder(partition, "feed", 0) };
	frames.forEach((frame, offset) => {
		const { receivedTime } = frame;
		const decoded = decoder.decode(frame);
		const origin: FrameOrigin = {
			agency: "agency",
			feed: "feed",
			upstream: 0,
			partition: 0,
			offset,
			receivedTime,
			headerTime: decoded.headerTime,
			decoder: "decoder@1",
		};
		decoded.items.forEach((item, index) => {
			if (item.kind === "rejection") return;
			const observation = ids?.resolve(item, receivedTime) ?? item;
			const admission = admitter.admit(observation, index, origin, undefined, packs);
			if (admission.outcome === "appended") records.push(admission.record);
		});
		if (decoded.complete !== true || decoded.failure !== undefined) return;
		admitter.sweep(origin, REMOVE_AFTER_DEFAULT).gone.forEach((mark, at) => {
			records.push(admitter.remove(mark, decoded.items.length + at, origin, packs).record);
		});
	});
	return records;
}

/**
 * The last hour of the records as if each had been received two seconds after it happened: a file as a live stream.
 * What lies in the future of its own frame has not happened yet, and is left out.
 */
export function asLive(records: readonly TransitRecord[]): readonly TransitRecord[] {
	const past = records.filter((record) => record.eventTime <= record.origin.receivedTime);
	const newest = Math.max(...past.map((record) => record.eventTime));
	return past
		.filter((record) => record.eventTime > newest - 3_600_000)
		.map((record) => ({ ...record, origin: { ...record.origin, receivedTime: record.eventTime + 2000 } }));
}

/**
 * Runs records through the rider feed over virtual time: each is applied when it was received, the feed is published
 * then and on its timer, until everything has aged out of it. Every applied record must be settled exactly once.
 */
export async function publishThroughSink(
	records: readonly TransitRecord[],
	options: Readonly<Record<string, unknown>> = {},
	// Beyond the longest tier: a vehicle in layover stays for a quarter of an hour.
	lastMs = 16 * 60_000,
): Promise<Published> {
	const byTime = [...records].sort((a, b) => a.origin.receivedTime - b.origin.receivedTime);
	const startTime = Math.floor((byTime[0]?.origin.receivedTime ?? 0) - 2000);
	const world = createVirtualRuntime({ startTime });
	const { clock } = world.runtime;
	const sink = definition.create(definition.options.parse(options), {
		name: "rider-feed",
		runtime: world.runtime,
		baseDirectory: ".",
		secrets: {},
	}) as ServingSink;
	const outcomes = { delivered: 0, superseded: 0, withheld: 0, expired: 0 };
	const settled = new Set<TransitRecord>();
	const publications: SeenPublication[] = [];
	const look = async () => {
		const names = ["vehicle-positions.pb", "vehicle-positions.json", "trip-updates.pb", "alerts.pb"];
		const answers = await Promise.all(names.map((name) => get(sink, `/${name}`)));
		const [bytes, json, trips, alerts] = answers.map(bodyOf) as [
			Uint8Array,
			Uint8Array,
			Uint8Array,
			Uint8Array,
		];
		publications.push({ now: clock.now(), bytes, json: Buffer.from(json).toString(), trips, alerts });
	};
	const publish = async () => {
		const publication = sink.publish(clock.now(), (record, outcome) => {
			if (settled.has(record)) throw new Error(`${record.key} was settled twice`);
			settled.add(record);
			outcomes[outcome]++;
		});
		publication.reveal();
		await look();
	};
	sink.restore(undefined);
	await look();
	let at = 0;
	let nextTimer = clock.now();
	const end = (byTime.at(-1)?.origin.receivedTime ?? startTime) + lastMs;
	while (clock.now() < end) {
		const nextRecord = byTime[at]?.origin.receivedTime ?? Number.POSITIVE_INFINITY;
		await world.advance(Math.max(sink.publishAtMostEveryMs, Math.min(nextRecord, nextTimer) - clock.now()));
		const due: TransitRecord[] = [];
		for (; at < byTime.length; at++) {
			const record = byTime[at] as TransitRecord;
			if (record.origin.receivedTime > clock.now()) break;
			due.push(record);
		}
		sink.apply(due, false);
		if (due.length > 0 || clock.now() >= nextTimer) {
			await publish();
			nextTimer = clock.now() + sink.publishEveryMs;
		}
	}
	expect(settled.size).toBe(records.length);
	const status = sink.status(clock.now());
	await sink.close();
	return { publications, outcomes, status };
}

/** What the validator says of a run of publications: codes with the number of times, and a sample of each. */
export function validateRun(
	publications: readonly SeenPublication[],
	schedule?: StaticFeed,
	which: "bytes" | "trips" | "alerts" = "bytes",
): { readonly counts: Readonly<Record<string, number>>; readonly samples: readonly Finding[] } {
	const counts: Record<string, number> = {};
	const samples: Finding[] = [];
	let previous: Uint8Array | undefined;
	for (const publication of publications) {
		const { now, [which]: bytes } = publication;
		for (const finding of validateFeed(previous, bytes, { now, ...(schedule && { schedule }) })) {
			if (counts[finding.code] === undefined) samples.push(finding);
			counts[finding.code] = (counts[finding.code] ?? 0) + 1;
		}
		previous = bytes;
	}
	return { counts, samples };
}

export function get(
	sink: ServingSink,
	ending: string,
	headers: Readonly<Record<string, string>> = {},
): Promise<EndpointResponse> {
	const endpoint = sink.endpoints.find(({ path }) => path.endsWith(ending));
	if (endpoint === undefined) throw new Error(`no endpoint ends with ${ending}`);
	return endpoint.handle({
		method: "GET",
		path: endpoint.path,
		params: {},
		query: {},
		headers,
		body: new Uint8Array(),
		remoteAddress: "127.0.0.1",
		signal: new AbortController().signal,
	});
}

export function bodyOf(response: EndpointResponse): Uint8Array {
	expect(response.status).toBe(200);
	return response.body as Uint8Array;
}
