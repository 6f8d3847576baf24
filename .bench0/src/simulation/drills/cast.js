import { formatPath } from "../../config/findings.js";
import { SECOND_MS } from "../../model/units.js";
import { itemsParameter } from "./asked-plan.js";
import { CONNECTED } from "./destinations.js";
import { Fleet } from "./fleet.js";
import { LIVE_SOURCES } from "./live-line.js";
import { voiceOf } from "./voice.js";
const PUSH_EVERY_MS = 10 * SECOND_MS;
const DESTINATIONS = ["webhook", "ndjson-file", ...CONNECTED];
const SERVED = ["gtfs-realtime", "sse"];
/** What stands in for every secret. A webhook wants a key in its own spelling. */
const SECRET = "drill";
const SIGNING_KEY = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
/** Apart, so that no vehicle of one feed is one of another. */
const IDS_PER_FEED = 1000;
/** Who plays what in a drill on this configuration; or what of it cannot be played. */
export function castOf(given, scenario, startTime) {
    const config = playable(given);
    const unusable = [];
    const feeds = config.feeds.flatMap((feed, at) => {
        const cast = castFeed(feed, at, scenario, startTime, config.baseDirectory);
        if (!Array.isArray(cast))
            return [cast];
        unusable.push(...cast);
        return [];
    });
    for (const { name, definition } of config.sinks) {
        if ([...DESTINATIONS, ...SERVED].includes(definition.type))
            continue;
        const why = `a drill has no stand-in for ${definition.type}; it has one for ${[...SERVED, ...DESTINATIONS].join(", ")}`;
        unusable.push({ path: formatPath(["sinks", name, "type"]), why });
    }
    const delivers = config.sinks.some(({ definition }) => DESTINATIONS.includes(definition.type));
    if (scenario.sinks !== undefined && scenario.sinks !== "refusing" && !delivers) {
        const why = `${scenario.name} needs a sink that delivers, such as webhook or ndjson-file, and there is none`;
        unusable.push({ path: "sinks", why });
    }
    if (scenario.isThin && !feeds.some(({ upstreams }) => upstreams.some(isPolled))) {
        const why = `${scenario.name} needs a feed that is polled, and there is none`;
        unusable.push({ path: "feeds", why });
    }
    return unusable.length > 0 ? unusable : { config, feeds };
}
/** Speaks when it likes, and keeps nothing. */
export function isLive({ upstream }) {
    return LIVE_SOURCES.includes(upstream.source.definition.type);
}
export function isPolled({ upstream }) {
    return upstream.source.definition.type === "http-poll";
}
/**
 * Everything but what lies outside: nothing leaves the machine, no secret is needed, and the simulated vehicles drive no
 * trip of the agency's schedule.
 */
function playable(config) {
    const agencyOf = (agency) => ({ ...agency, gtfs: undefined, ids: undefined });
    return {
        ...config,
        network: undefined,
        agencies: config.agencies.map(agencyOf),
        feeds: config.feeds.map((feed) => ({
            ...feed,
            agency: agencyOf(feed.agency),
            privacy: { ...feed.privacy, ...(feed.privacy.hashKey !== undefined && { hashKey: SECRET.repeat(8) }) },
            upstreams: feed.upstreams.map((upstream) => ({
                ...upstream,
                network: undefined,
                secrets: replaced(upstream.secrets, () => SECRET),
            })),
        })),
        sinks: config.sinks.map((sink) => ({
            ...sink,
            network: undefined,
            secrets: replaced(sink.secrets, (name) => (name.startsWith("secret") ? SIGNING_KEY : SECRET)),
        })),
    };
}
function replaced(secrets, by) {
    return Object.fromEntries(Object.keys(secrets).map((name) => [name, by(name)]));
}
function castFeed(feed, at, scenario, startTime, baseDirectory) {
    const unusable = [];
    const paceMs = Math.max(...feed.upstreams.map(({ source }) => paceOf(source.options)));
    const { area } = feed.agency;
    const fleet = new Fleet({
        seed: at + 11,
        firstId: IDS_PER_FEED * (at + 1),
        centre: area && {
            latitude: (area.north + area.south) / 2,
            longitude: (area.west + area.east) / 2,
        },
        startTime,
        paceMs,
        trouble: scenario.fleet,
        troubleSpan: scenario.trouble,
    });
    let vehicles;
    const upstreams = [];
    for (const upstream of feed.upstreams) {
        const path = ["feeds", feed.name, "upstreams", upstream.index];
        const refuse = (part, why) => unusable.push({ path: formatPath([...path, part]), why });
        const sourceProblem = problemOf(upstream.source);
        if (sourceProblem !== undefined) {
            refuse("source", sourceProblem);
            continue;
        }
        const voice = voiceOf(upstream);
        if (typeof voice === "string") {
            refuse("decoder", voice);
            continue;
        }
        const heard = rehearse(upstream, voice, baseDirectory, startTime, feed, at);
        if (typeof heard === "string") {
            refuse("decoder", heard);
            continue;
        }
        const names = new Map(heard.ids.map((id, index) => [id, fleet.vehicles[index]]));
        if (vehicles !== undefined && [...names.keys()].some((id) => !vehicles?.has(id))) {
            refuse("decoder", "its vehicles are called otherwise than those of upstream 0, so that nobody knows them again");
            continue;
        }
        vehicles = names;
        upstreams.push({ upstream, voice, resolutionMs: heard.resolutionMs });
    }
    if (unusable.length > 0)
        return unusable;
    const resolutionMs = Math.max(...upstreams.map((one) => one.resolutionMs));
    return { feed, upstreams, fleet, vehicles: vehicles ?? new Map(), resolutionMs, paceMs };
}
/** Said and read once before the drill: a voice that the decoder does not understand as it was meant is none. */
function rehearse(upstream, voice, baseDirectory, startTime, { name }, at) {
    const { decoder, timezone } = upstream;
    const calm = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
    const fleet = new Fleet({
        seed: at + 11,
        firstId: IDS_PER_FEED * (at + 1),
        startTime: startTime - 120 * SECOND_MS,
        paceMs: 0,
        trouble: undefined,
        troubleSpan: calm,
    });
    fleet.advanceTo(startTime);
    const reports = [...fleet.newest(startTime)].sort((a, b) => a.vehicle.index - b.vehicle.index);
    const page = { now: startTime, reports, more: false, highest: 0 };
    const isSaidApart = LIVE_SOURCES.includes(upstream.source.definition.type);
    const messages = (isSaidApart && voice.messages?.(page, undefined)) || [
        { bytes: voice.write(page, undefined) },
    ];
    const reader = decoder.definition.create(decoder.options, { timezone, baseDirectory });
    const read = messages.map((message) => reader.decode({ ...message, receivedTime: startTime, contentType: voice.contentType }));
    const items = read.flatMap((one) => one.items);
    const failure = read.find((one) => one.failure !== undefined)?.failure;
    if (failure !== undefined)
        return `it cannot read what the simulated agency writes for it: ${failure.message}`;
    if (items.length !== reports.length)
        return `of ${reports.length} vehicles that the simulated agency writes for feed ${name}, it reads ${items.length}`;
    let resolutionMs = SECOND_MS;
    const ids = [];
    for (const [index, item] of items.entries()) {
        if (item.kind === "rejection")
            return `it refuses what the simulated agency writes for it: ${item.message}`;
        const { state, statedTime } = reports[index];
        if (item.kind !== "vehicle_location" || item.vehicleId === undefined || item.latitude === undefined)
            return "it reads no vehicle with a place in what the simulated agency writes for it";
        resolutionMs = Math.max(resolutionMs, item.resolutionMs ?? 0);
        const isThere = Math.abs(item.latitude - state.latitude) < 1e-3 &&
            Math.abs((item.longitude ?? Number.NaN) - state.longitude) < 1e-3;
        const isThen = Math.abs((item.eventTime ?? Number.NaN) - statedTime) <= resolutionMs;
        if (!isThere || !isThen)
            return `it reads another ${isThere ? "time" : "place"} than the simulated agency writes for it`;
        ids.push(item.vehicleId);
    }
    return { ids, resolutionMs };
}
function problemOf({ definition, options }) {
    const { plan, method } = options;
    if (definition.type === "http-poll") {
        if (plan !== undefined && itemsParameter(options) === undefined)
            return "its plan names the items of a call elsewhere than in a query parameter of their own ({items}), which the simulated agency does not answer";
        return method === "POST" ? "it asks by POST, which the simulated agency does not answer" : undefined;
    }
    if (definition.type === "http-push" || LIVE_SOURCES.includes(definition.type))
        return undefined;
    return `a drill has no stand-in for ${definition.type}; it has one for http-poll, http-push, ${LIVE_SOURCES.join(", ")}`;
}
function paceOf(options) {
    return options.every ?? PUSH_EVERY_MS;
}
