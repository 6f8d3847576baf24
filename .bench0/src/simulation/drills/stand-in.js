import { parseIsoTime } from "../../formats/iso-time.js";
import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { noise } from "../city-noise.js";
import { spoil } from "../gateway.js";
import { callsPerSweep, discovered, itemsIn, routesOf } from "./asked-plan.js";
const RETENTION_MS = 15 * MINUTE_MS;
const PAGE_MAX = 500;
/** In a storm an old stretch comes again with the new. */
const REPEATED = 200;
/** What a thin link holds before it breaks. */
const LINK_BUFFER_S = 30;
/** The upstream of a feed: tells what its vehicles reported, and fails as the drill wants it. */
export class StandIn {
    served = [];
    /** How often a thin link was asked for more than it carries. */
    overloads = 0;
    #options;
    #isQueue;
    /** By the items that were asked for. */
    #frozen = new Map();
    #link = { level: 0, atMs: 0 };
    constructor(options) {
        this.#options = options;
        const { upstream, voice } = options;
        const hasHistory = upstream.history.kind === "window" || this.#cursor !== undefined;
        this.#isQueue = hasHistory && !voice.isSnapshot;
    }
    /** Upstream keeps what was not read. */
    get isQueue() {
        return this.#isQueue;
    }
    get retentionMs() {
        const { history } = this.#options.upstream;
        return history.kind === "window" ? history.windowMs : RETENTION_MS;
    }
    handle(request) {
        const { scenario, sinceStart, seed } = this.#options;
        const atMs = sinceStart();
        const isHit = scenario.hits === "all" || this.#options.upstream.index === 0;
        const draw = noise(seed, 70, atMs, this.served.length);
        const trouble = scenario.network.find(({ fromMs, toMs, share }) => isHit && fromMs <= atMs && atMs < toMs && draw < share);
        const { answer, reports } = this.#answer(request, isHit && this.#isTroubled(atMs));
        return this.#send(answer, reports, trouble, atMs);
    }
    /** The call that lists what there is to ask for. */
    discover() {
        const { scenario, sinceStart, upstream, fleet } = this.#options;
        const atMs = sinceStart();
        const isHit = scenario.hits === "all" || upstream.index === 0;
        const trouble = scenario.network.find(({ fromMs, toMs }) => isHit && fromMs <= atMs && atMs < toMs);
        const body = discovered(upstream.source.options, fleet);
        const headers = { "content-type": "application/json" };
        return this.#send({ kind: "answer", status: 200, headers, body }, [], trouble, atMs);
    }
    /** How many calls ask for all that it tells. */
    get callsPerSweep() {
        return callsPerSweep(this.#options.upstream.source.options, this.#options.fleet);
    }
    #send(answer, reports, trouble, atMs) {
        const { scenario } = this.#options;
        const isGood = trouble === undefined || trouble.fault === "slow";
        const bytes = answer.kind === "answer" ? (answer.body?.length ?? 0) : 0;
        if (isGood && scenario.isThin && !this.#fits(bytes, atMs)) {
            this.served.push({ atMs, bytes, isGood: false });
            return { kind: "reset" };
        }
        const sent = trouble === undefined ? answer : spoil(trouble.fault, answer);
        const sentBytes = sent.kind === "answer" ? (sent.body?.length ?? 0) : 0;
        this.served.push({ atMs, bytes: sentBytes, isGood });
        if (isGood)
            for (const report of reports)
                this.#options.told(report);
        return sent;
    }
    get #cursor() {
        return this.#options.upstream.source.options.cursor;
    }
    #isTroubled(atMs) {
        const { fromMs, toMs } = this.#options.scenario.trouble;
        return fromMs <= atMs && atMs < toMs;
    }
    #answer(request, isTroubled) {
        const { scenario, fleet, voice, now } = this.#options;
        const speech = isTroubled ? scenario.speech : undefined;
        const items = itemsIn(this.#options.upstream.source.options, request);
        const asked = [...(items ?? [])].join();
        const frozen = this.#frozen.get(asked);
        if (speech !== "frozen")
            this.#frozen.clear();
        else if (frozen !== undefined)
            return { answer: frozen, reports: [] };
        fleet.advanceTo(now());
        const page = this.#page(request, speech === "repeated", items);
        const answer = {
            kind: "answer",
            status: 200,
            headers: { "content-type": voice.contentType, ...this.#headers(page) },
            body: voice.write(page, speech),
        };
        if (speech === "frozen")
            this.#frozen.set(asked, answer);
        return { answer, reports: speech === "renamed" ? [] : page.reports.filter(({ isBad }) => !isBad) };
    }
    #page(request, isRepeated, items) {
        const { fleet, now, upstream } = this.#options;
        const time = now();
        if (!this.#isQueue) {
            const routeOf = routesOf(upstream.source.options);
            const wanted = (report) => items === undefined || items.has(routeOf(report));
            return { now: time, reports: fleet.newest(time).filter(wanted), more: false, highest: 0 };
        }
        const cursor = this.#cursor;
        const oldest = time - this.retentionMs;
        const given = cursor === undefined ? undefined : request.query[cursor.parameter];
        const newest = fleet.reports.at(-1)?.sequence ?? 0;
        const after = isRepeated ? newest - REPEATED : numberIn(given);
        const all = cursor?.from.kind === "last-received"
            ? fleet.after(0, Math.max(oldest, timeIn(given, cursor.from.format) ?? oldest))
            : fleet.after(after, oldest);
        const limit = this.#limit(request);
        const reports = all.slice(0, limit);
        const highest = reports.at(-1)?.sequence ?? newest;
        return { now: time, reports, more: all.length > reports.length, highest };
    }
    /** As many as are asked for; the pages of an upstream end for a reader who knows how to ask for the next one. */
    #limit(request) {
        const rule = this.#cursor?.more;
        const asked = numberIn(request.query["limit"]) || Number.POSITIVE_INFINITY;
        if (rule === undefined)
            return asked;
        return Math.min(PAGE_MAX, rule.kind === "count" ? (rule.atLeast ?? PAGE_MAX) : asked);
    }
    #headers({ highest, more }) {
        const { from, more: rule } = this.#cursor ?? {};
        return {
            ...(from?.kind === "header" && from.name !== undefined && { [from.name]: String(highest) }),
            ...(rule?.at?.kind === "header" && rule.at.name !== undefined && { [rule.at.name]: String(more) }),
        };
    }
    /** A link that is asked for more than it carries breaks off. */
    #fits(bytes, atMs) {
        const { scenario } = this.#options;
        if (atMs < scenario.trouble.toMs)
            return true;
        const perSecond = this.#linkBytesPerSecond;
        const drained = (perSecond * (atMs - this.#link.atMs)) / SECOND_MS;
        const level = Math.max(0, this.#link.level - drained) + bytes;
        this.#link = { level, atMs };
        if (level <= perSecond * LINK_BUFFER_S)
            return true;
        this.overloads++;
        return false;
    }
    get #linkBytesPerSecond() {
        const { bytes } = this.#options.upstream.budget;
        if (bytes !== undefined)
            return (bytes.count * SECOND_MS) / bytes.perMs;
        return 2 * this.normalBytesPerSecond;
    }
    /** What it took before the trouble, the first minute of catching up apart. */
    get normalBytesPerSecond() {
        const { fromMs } = this.#options.scenario.trouble;
        const calm = this.served.filter(({ atMs }) => atMs >= MINUTE_MS && atMs < fromMs);
        return calm.reduce((sum, { bytes }) => sum + bytes, 0) / ((fromMs - MINUTE_MS) / SECOND_MS);
    }
}
function numberIn(given) {
    return given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : 0;
}
function timeIn(given, format) {
    if (given === undefined)
        return undefined;
    if (format === "iso")
        return parseIsoTime(given)?.time;
    return format === "s" ? Number(given) * SECOND_MS : Number(given);
}
