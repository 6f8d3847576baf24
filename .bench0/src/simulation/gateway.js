import { gzipSync } from "node:zlib";
import { formatHttpDate } from "../formats/http-date.js";
import { cityGtfsZip } from "./city-gtfs.js";
import { noise } from "./city-noise.js";
import { ReportSchedule } from "./city-reports.js";
import { FormatChanges } from "./gateway-changes.js";
import { episodeAt, episodeOf } from "./gateway-faults.js";
import { Link } from "./gateway-link.js";
import { MessageWriter } from "./gateway-messages.js";
import { GatewayQueue } from "./gateway-queue.js";
import { SPEECH_PATHS, SPEECHES } from "./gateway-speeches.js";
import { vendorAnswer } from "./gateway-vendors.js";
const RETENTION_MS = 900_000;
const SNAPSHOT_EVERY_MS = 5000;
const LIMIT_DEFAULT = 500;
const LIMIT_MAX = 1000;
const MINUTE_MS = 60_000;
/** Share of vehicles that lose the network in any twenty minutes. */
const SILENCE = 0.08;
const NUISANCE = 0.012;
export function createGateway(options) {
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
    const faults = {};
    let requests = 0;
    let messagesSent = 0;
    let overBandwidth = 0;
    const calmUntil = clock.now() + (options.calmMs ?? 0);
    const episode = () => {
        if (wanted === "none" || clock.now() < calmUntil)
            return undefined;
        return wanted === "flaky" ? episodeAt(seed, clock.now(), timezone) : episodeOf(wanted, clock.now());
    };
    const fail = (fault, answer) => {
        faults[fault] = (faults[fault] ?? 0) + 1;
        return spoil(fault, answer);
    };
    const answerTo = (request, now) => {
        if (request.method !== "GET" && request.method !== "HEAD")
            return text(405, "GET only");
        if (request.path === "/")
            return text(200, `${index.map(({ line }) => line).join("\n")}\n`);
        if (silent.has(request.path.split("/")[1]))
            return text(404, "no such page; see /");
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
        if (vendor !== undefined)
            return packed(request, Buffer.from(vendor.body), vendor.type, {});
        if (request.path === "/gtfs.zip") {
            const body = cityGtfsZip({ city, time: now });
            return { kind: "answer", status: 200, headers: { "content-type": "application/zip" }, body };
        }
        return text(404, "no such page; see /");
    };
    const answer = (request) => {
        requests++;
        const now = clock.now();
        const trouble = episode();
        const draw = noise(seed, 70, now, requests);
        if (trouble !== undefined && draw < trouble.share)
            return fail(trouble.fault, answerTo(request, now));
        if (throttle.isOver(clock.monotonic()))
            return fail("status-429", text(429, ""));
        if (isFlaky && draw > 1 - NUISANCE)
            return fail("reset", text(200, ""));
        return answerTo(request, now);
    };
    return {
        handle(request) {
            const given = answer(request);
            const carried = link?.carry(given, clock.monotonic());
            if (carried?.isBroken)
                overBandwidth++;
            return carried?.answer ?? given;
        },
        accepts() {
            if (episode()?.fault !== "refuse")
                return true;
            faults.refuse = (faults.refuse ?? 0) + 1;
            return false;
        },
        episode,
        counts: () => ({ requests, faults: { ...faults }, messagesSent, overBandwidth }),
    };
}
const INDEX = [
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
function silentSteps(speeches) {
    const silent = SPEECHES.filter((speech) => !speeches.includes(speech));
    return new Set(silent.map((speech) => SPEECH_PATHS[speech].split("/")[1]));
}
/** What becomes of an answer by a fault. */
export function spoil(fault, answer) {
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
function conditional(request, body, type, time) {
    const etag = `"${(time / 1000).toString(36)}-${body.length.toString(36)}"`;
    const headers = { etag, "last-modified": formatHttpDate(time) };
    if (request.headers["if-none-match"] === etag)
        return { kind: "answer", status: 304, headers };
    return packed(request, body, type, headers);
}
function packed(request, body, type, headers) {
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
function text(status, body) {
    return { kind: "answer", status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
function wholeNumber(given, otherwise) {
    return given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : otherwise;
}
/** Counts requests of the last minute. */
class Throttle {
    #most;
    #times = [];
    constructor(most) {
        this.#most = most;
    }
    isOver(now) {
        this.#times = this.#times.filter((time) => now - time < MINUTE_MS);
        if (this.#times.length >= this.#most)
            return true;
        this.#times.push(now);
        return false;
    }
}
