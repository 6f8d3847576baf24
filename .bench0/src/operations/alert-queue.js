import { DAY_MS } from "../model/units.js";
/** More has nobody read. */
const MESSAGES_MAX = 500;
/** News of yesterday wakes nobody. */
const AGE_MAX_MS = DAY_MS;
/** Messages by channel, each told in order. Bounded; what a newer one says too is left out. */
export class AlertQueue {
    #draw;
    /** Drawn with the first message, and kept with the queue. */
    #origin;
    #waiting = [];
    #next = 1;
    tallies = new Map();
    constructor(channels, draw) {
        this.#draw = draw;
        for (const channel of channels)
            this.tallies.set(channel, {
                sent: 0,
                failed: 0,
                lastSuccess: undefined,
                lastFailure: undefined,
                failingSince: undefined,
            });
    }
    /** Nothing was ever put. */
    get isNew() {
        return this.#origin === undefined;
    }
    get waiting() {
        return this.#waiting;
    }
    /** The end of an alert replaces what was not told of it; a reminder is not added to what still waits. */
    put(channel, message, now) {
        const keys = new Set(message.stories.map(({ key }) => key));
        const isCovered = (one) => one.channel === channel && one.message.stories.every(({ key }) => keys.has(key));
        if (message.kind === "reminder" && this.#waiting.some(isCovered))
            return;
        if (message.kind === "resolved")
            this.#waiting = this.#waiting.filter((one) => !isCovered(one));
        this.#origin ??= this.#draw();
        const id = `alert-${this.#origin}-${this.#next++}`;
        const { kind, ...rest } = message;
        this.#waiting.push({
            channel,
            message: { id, kind, ...rest },
            createdTime: now,
            attempts: 0,
            nextTime: now,
        });
    }
    /** What the channel has to tell next, once it is time. */
    due(channel, now) {
        const first = this.#waiting.find((one) => one.channel === channel && one.isRefused !== true);
        const one = first ?? this.#waiting.find((other) => other.channel === channel);
        return one !== undefined && one.nextTime <= now ? one : undefined;
    }
    told(one, said, now) {
        this.#waiting = this.#waiting.filter((other) => other !== one);
        const tally = this.tallies.get(one.channel);
        if (tally === undefined)
            return;
        tally.sent++;
        tally.failingSince = undefined;
        tally.lastSuccess = { time: now, said };
    }
    failed(one, message, isRefused, now, pauseMs) {
        one.attempts++;
        one.lastFailure = message;
        one.isRefused = isRefused;
        one.nextTime = now + pauseMs;
        const tally = this.tallies.get(one.channel);
        if (tally === undefined)
            return;
        tally.failed++;
        tally.failingSince ??= now;
        tally.lastFailure = { time: now, message };
    }
    /** Those that should come another way now; each is answered once. Ends and drafts need no other way. */
    stuck(now, afterMs) {
        const found = this.#waiting.filter(({ message: { kind }, isHandedOn, isRefused, createdTime }) => (kind === "raised" || kind === "escalated" || kind === "reminder") &&
            isHandedOn !== true &&
            (isRefused === true || now - createdTime >= afterMs));
        for (const one of found)
            one.isHandedOn = true;
        return found;
    }
    /** Gives up what is too old, or too much; answers how many. */
    trim(now) {
        const before = this.#waiting.length;
        this.#waiting = this.#waiting
            .filter(({ createdTime }) => now - createdTime < AGE_MAX_MS)
            .slice(-MESSAGES_MAX);
        return before - this.#waiting.length;
    }
    json() {
        return { origin: this.#origin, next: this.#next, waiting: this.#waiting };
    }
    /** Numbers go on from where they were. A channel that is configured no more has nobody to tell. */
    restore({ origin, next, waiting }) {
        this.#origin = origin;
        this.#next = next;
        this.#waiting = waiting.filter(({ channel }) => this.tallies.has(channel)).map((one) => ({ ...one }));
    }
}
