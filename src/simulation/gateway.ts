import { gzipSync } from "node:zlib";
import { formatHttpDate } from "../formats/http-date.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { WireAnswer, WireRequest } from "../runtime/node-server.js";
import type { Clock } from "../runtime/runtime.js";
import type { City } from "./city.js";
import { cityGtfsZip } from "./city-gtfs.js";
import { noise } from "./city-noise.js";
import { ReportSchedule } from "./city-reports.js";
import { FormatChanges, type PlannedChange } from "./gateway-changes.js";
import { type Episode, episodeAt, episodeOf, type GatewayFault } from "./gateway-faults.js";
import { Link, type LinkOptions } from "./gateway-link.js";
import { MessageWriter } from "./gateway-messages.js";
import { GatewayQueue } from "./gateway-queue.js";
import { SPEECH_PATHS, SPEECHES, type Speech } from "./gateway-speeches.js";
import { vendorAnswer } from "./gateway-vendors.js";

export interface GatewayOptions {
	readonly city: City;
	readonly clock: Clock;
	readonly seed: number;
	/** IANA name: the old system states local times. Default America/Chicago. */
	readonly timezone?: string;
	/** How long a message is kept. Default 15 minutes. */
	readonly retentionMs?: DurationMs;
	/** `none` for an upstream that never fails; episodes for one that fails then, and only then. Default `flaky`. */
	readonly faults?: "none" | "flaky" | readonly Episode[];
	/** Above so many requests in a minute everybody is answered 429. Default 120. */
	readonly requestsPerMinuteMax?: number;
	/** No episode of trouble before so long after the start. Default 0. */
	readonly calmMs?: DurationMs;
	/** Share of vehicles that lose the network in any twenty minutes. Default 0.08 with `flaky`, else 0. */
	readonly silence?: number;
	/** What changes in its formats, and when. Default: nothing ever. */
	readonly changes?: readonly PlannedChange[];
	/** Default: as much as anybody asks for. */
	readonly link?: LinkOptions;
	/** Which formats it speaks. Default: all of them. */
	readonly speeches?: readonly Speech[];
}

export interface GatewayCounts {
	readonly requests: number;
	/** Answers that were not what was asked for, by the way in which they failed. */
	readonly faults: Readonly<Partial<Record<GatewayFault, number>>>;
	/** Messages of the queue that were sent, repeated ones included. */
	readonly messagesSent: number;
	/** Answers that were not sent, or not as a whole, because the line was used up. */
	readonly overBandwidth: number;
}

/**
 * A CAD/AVL gateway as its owner describes it: it forgets a message after 15 minutes, cannot acknowledge, promises no
 * order, breaks down most at peak hours, and suffers from being asked too often. Framework-free, and a function of seed,
 * clock and the requests so far.
 */
export interface Gateway {
	handle(request: WireRequest): WireAnswer;
	/** Asked for every connection: whether it is taken. */
	accepts(): boolean;
	/** The trouble of this moment. */
	episode(): Episode | undefined;
	counts(): GatewayCounts;
}

const RETENTION_MS = 900_000;
const SNAPSHOT_EVERY_MS = 5000;
const LIMIT_DEFAULT = 500;
const LIMIT_MAX = 1000;
const MINUTE_MS = 60_000;
/** Share of vehicles that lose the network in any twenty minutes. */
const SILENCE = 0.08;
const NUISANCE = 0.012;

export function createGateway(options: GatewayOptions): Gateway {
	const { city, clock, seed, timezone = "America/Chicago", faults: wanted = "flaky" } = options;
	const isFlaky = wanted === "flaky";
	const schedule = new ReportSchedule(seed, options.silence ?? (isFlaky ? SILENCE : 0));
	const changes = new FormatChanges(seed, options.changes);
	const writer = new MessageWriter({ city, schedule, timezone, changes });
	const link = options.link === undefined ? undefined : new Link(options.link);
	const { speeches = SPEECHES } = options;
	const silent = silentSteps(speeches);
	const index = INDEX.filter(({ speech }) => speech === undefined || speeches.includes(speech));
	const buses = city.vehicles.filter((vehicle) => vehicle.line.fleet === "bus");
	const queue = new GatewayQueue(buses, schedule, options.retentionMs ?? RETENTION_MS, clock.now());
	const throttle = new Throttle(options.requestsPerMinuteMax ?? 120);
	const faults: Partial<Record<GatewayFault, number>> = {};
	let requests = 0;
	let messagesSent = 0;
	let overBandwidth = 0;

	const calmUntil = clock.now() + (options.calmMs ?? 0);
	const episode = () => {
		if (wanted === "none" || clock.now() < calmUntil) return undefined;
		return wanted === "flaky" ? episodeAt(seed, clock.now(), timezone) : episodeOf(wanted, clock.now());
	};
	const fail = (fault: GatewayFault, answer: WireAnswer): WireAnswer => {
		faults[fault] = (faults[fault] ?? 0) + 1;
		return spoil(fault, answer);
	};
	const answerTo = (request: WireRequest, now: EpochMs): WireAnswer => {
		if (request.method !== "GET" && request.method !== "HEAD") return text(405, "GET only");
		if (request.path === "/") return text(200, `${index.map(({ line }) => line).join("\n")}\n`);
		if (silent.has(request.path.split("/")[1])) return text(404, "no such page; see /");
		if (request.path === SPEECH_PATHS["gtfs-realtime"]) {
			const time = now - (now % SNAPSHOT_EVERY_MS);
			const { fleet } = request.query;
			const body = writer.vehiclePositions(time, fleet === "bus" || fleet === "tram" ? fleet : undefined);
			return conditional(request, body, "application/x-protobuf", time);
		}
		if (request.path === SPEECH_PATHS.queue) {
			queue.advanceTo(now);
			const after = wholeNumber(request.query["after"], 0);
			const limit = Math.min(wholeNumber(request.query["limit"], LIMIT_DEFAULT), LIMIT_MAX);
			messagesSent += queue.after(after, limit).length;
			return packed(request, Buffer.from(writer.queuePage(queue, after, limit, now)), "application/json", {});
		}
		const vendor = vendorAnswer(request, { city, schedule, timezone, now, changes });
		if (vendor !== undefined) return packed(request, Buffer.from(vendor.body), vendor.type, {});
		if (request.path === "/gtfs.zip") {
			const body = cityGtfsZip({ city, time: now });
			return { kind: "answer", status: 200, headers: { "content-type": "application/zip" }, body };
		}
		return text(404, "no such page; see /");
	};

	const answer = (request: WireRequest): WireAnswer => {
		requests++;
		const now = clock.now();
		const trouble = episode();
		const draw = noise(seed, 70, now, requests);
		if (trouble !== undefined && draw < trouble.share) return fail(trouble.fault, answerTo(request, now));
		if (throttle.isOver(clock.monotonic())) return fail("status-429", text(429, ""));
		if (isFlaky && draw > 1 - NUISANCE) return fail("reset", text(200, ""));
		return answerTo(request, now);
	};

	return {
		handle(request) {
			const given = answer(request);
			const carried = link?.carry(given, clock.monotonic());
			if (carried?.isBroken) overBandwidth++;
			return carried?.answer ?? given;
		},
		accepts() {
			if (episode()?.fault !== "refuse") return true;
			faults.refuse = (faults.refuse ?? 0) + 1;
			return false;
		},
		episode,
		counts: () => ({ requests, faults: { ...faults }, messagesSent, overBandwidth }),
	};
}

const INDEX: readonly { readonly speech?: Speech; readonly line: string }[] = [
	{ line: "AVL gateway of a city that does not exist" },
	{ line: "/gtfs.zip                                the schedule" },
	{
		speech: "gtfs-realtime",
		line: "/gtfs-rt/vehicle-positions.pb            GTFS-realtime, present positions; ?fleet=bus or ?fleet=tram",
	},
	{
		speech: "bustime",
		line: "/bustime/api/v3/getvehicles?rt=A,B       BusTime v3 JSON, at most ten routes; /bustime/api/v3/getroutes lists them",
	},
	{ speech: "siri-vm", line: "/siri/vm.xml                             SIRI 2.0 VehicleMonitoring" },
	{
		speech: "queue",
		line: "/avl/messages?after=SEQ&limit=N          queue of the buses, kept for 15 minutes",
	},
];

/** The first step of each path that nobody is served. */
function silentSteps(speeches: readonly Speech[]): ReadonlySet<string | undefined> {
	const silent = SPEECHES.filter((speech) => !speeches.includes(speech));
	return new Set(silent.map((speech) => SPEECH_PATHS[speech].split("/")[1]));
}

/** What becomes of an answer by a fault. */
export function spoil(fault: GatewayFault, answer: WireAnswer): WireAnswer {
	switch (fault) {
		case "refuse":
		case "reset":
			return { kind: "reset" };
		case "hang":
			return { kind: "hang" };
		case "slow":
			return answer.kind === "answer"
				? { ...answer, delayMs: 1500, pace: { pieceBytes: 512, everyMs: 250 } }
				: answer;
		case "status-503":
			return text(503, "Service Unavailable");
		case "status-429":
			return {
				kind: "answer",
				status: 429,
				headers: { "content-type": "text/plain", "retry-after": "15" },
				body: "too many requests",
			};
		case "truncate":
			return answer.kind === "answer"
				? { ...answer, cutAfterBytes: Math.floor((answer.body?.length ?? 0) / 2) }
				: answer;
		case "html":
			return {
				kind: "answer",
				status: 200,
				headers: { "content-type": "text/html" },
				body: "<html><head><title>AVL-GW</title></head><body><h1>Maintenance</h1></body></html>",
			};
	}
}

function conditional(request: WireRequest, body: Uint8Array, type: string, time: EpochMs): WireAnswer {
	const etag = `"${(time / 1000).toString(36)}-${body.length.toString(36)}"`;
	const headers = { etag, "last-modified": formatHttpDate(time) };
	if (request.headers["if-none-match"] === etag) return { kind: "answer", status: 304, headers };
	return packed(request, body, type, headers);
}

function packed(
	request: WireRequest,
	body: Uint8Array,
	type: string,
	headers: Readonly<Record<string, string>>,
): WireAnswer {
	const shared = { "content-type": type, "cache-control": "no-cache", ...headers };
	if (!/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
		return { kind: "answer", status: 200, headers: shared, body };
	}
	return {
		kind: "answer",
		status: 200,
		headers: { ...shared, "content-encoding": "gzip" },
		body: gzipSync(body),
	};
}

function text(status: number, body: string): WireAnswer {
	return { kind: "answer", status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function wholeNumber(given: string | undefined, otherwise: number): number {
	return given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : otherwise;
}

/** Counts requests of the last minute. */
class Throttle {
	readonly #most: number;
	#times: number[] = [];

	constructor(most: number) {
		this.#most = most;
	}

	isOver(now: DurationMs): boolean {
		this.#times = this.#times.filter((time) => now - time < MINUTE_MS);
		if (this.#times.length >= this.#most) return true;
		this.#times.push(now);
		return false;
	}
}
