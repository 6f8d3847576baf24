import { Failure } from "../../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { LiveFrames } from "../../sources/live-frames.js";
/** Sources on which upstream speaks when it likes. */
export const LIVE_SOURCES = ["mqtt", "tcp-lines", "udp", "websocket", "siri-subscribe"];
const EVERY_MS = SECOND_MS;
const FROZEN_EVERY_MS = 10 * SECOND_MS;
const REPEATED = 200;
/**
 * An upstream that speaks when it likes: says what comes in as it comes in, to whoever is connected, and keeps nothing. When
 * its network fails, the connection breaks; datagrams just do not arrive.
 */
export class LiveLine {
    #options;
    #isDatagrams;
    #frames;
    #said;
    #frozen = [];
    #frozenMs = 0;
    constructor(options) {
        this.#options = options;
        this.#isDatagrams = options.upstream.source.definition.type === "udp";
        const { clock } = options;
        const speak = () => {
            this.#speak();
            clock.after(EVERY_MS, speak, { ref: false });
        };
        clock.after(EVERY_MS, speak, { ref: false });
    }
    /** The upstream's configuration with this in place of its source. */
    get upstream() {
        const { upstream } = this.#options;
        const create = () => ({ kind: "live", connect: ({ signal }) => this.#connect(signal) });
        const definition = { ...upstream.source.definition, create };
        return { ...upstream, source: { ...upstream.source, definition } };
    }
    async #connect(signal) {
        if (this.#isAway && !this.#isDatagrams)
            throw new Failure("net.refused", "the simulated agency is away");
        const frames = new LiveFrames({
            signal,
            onEnd: () => {
                frames.drop();
                if (this.#frames === frames)
                    this.#frames = undefined;
            },
        });
        this.#frames = frames;
        return frames;
    }
    get #isHit() {
        return this.#options.scenario.hits === "all" || this.#options.upstream.index === 0;
    }
    get #isAway() {
        const { scenario, sinceStart } = this.#options;
        const atMs = sinceStart();
        return (this.#isHit &&
            scenario.network.some(({ fromMs, toMs, fault }) => fromMs <= atMs && atMs < toMs && fault !== "slow"));
    }
    #speak() {
        const { fleet, clock, scenario, sinceStart, voice } = this.#options;
        fleet.advanceTo(clock.now());
        const newest = fleet.reports.at(-1)?.sequence ?? 0;
        const after = this.#said ?? newest;
        this.#said = newest;
        if (this.#isAway) {
            if (!this.#isDatagrams)
                this.#frames?.fail(new Failure("net.reset", "the simulated agency broke off"));
            return;
        }
        const atMs = sinceStart();
        const { fromMs, toMs } = scenario.trouble;
        const speech = this.#isHit && fromMs <= atMs && atMs < toMs ? scenario.speech : undefined;
        if (speech === "frozen") {
            if (atMs - this.#frozenMs < FROZEN_EVERY_MS)
                return;
            this.#frozenMs = atMs;
            for (const message of this.#frozen)
                this.#push(message, []);
            return;
        }
        const isNew = fleet.after(after, 0);
        const reports = speech === "repeated" && isNew.length > 0
            ? fleet.after(after - REPEATED, clock.now() - 10 * MINUTE_MS)
            : isNew;
        if (reports.length === 0)
            return;
        const page = { now: clock.now(), reports, more: false, highest: newest };
        const messages = voice.messages?.(page, speech);
        const readable = speech === "renamed" ? [] : isNew.filter(({ isBad }) => !isBad);
        this.#frozen = (messages ?? [{ bytes: voice.write(page, speech) }]).slice(-1);
        const last = this.#frozen[0];
        for (const message of messages?.slice(0, -1) ?? [])
            this.#push(message, []);
        this.#push(last, readable);
    }
    /** In order, so that what is told with the last one of them is durable with it. */
    #push({ bytes, meta }, tells) {
        const { clock, voice, told, upstream } = this.#options;
        const item = {
            bytes,
            receivedTime: clock.now(),
            connection: `${upstream.source.definition.type} of the simulated agency`,
            contentType: voice.contentType,
            ...(meta !== undefined && { meta }),
            settled: () => {
                for (const report of tells)
                    told(report);
            },
        };
        this.#frames?.push(item);
    }
}
