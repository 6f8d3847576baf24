import { checkFeedMessage } from "../formats/gtfs-realtime-rules.js";
import { Sketch } from "./sketch.js";
const OUTAGES_MAX = 200;
const REASONS_MAX = 50;
/** How one feed behaved: what was read, what failed, and which rules its messages break. */
export class FeedHealth {
    readings = 0;
    /** Answers that said that nothing had changed. */
    unchanged = 0;
    /** Failed readings by sentence. */
    failures = new Map();
    messages = 0;
    messagesWithError = 0;
    /** The most vehicles in a message. */
    vehicles = 0;
    rules = new Map();
    /** Seconds that the header's time lies ahead of the moment of reading, or behind it. */
    headerAhead = new Sketch();
    headerBehind = new Sketch();
    outages = [];
    #previous;
    static restore(saved) {
        const health = new FeedHealth();
        health.readings = saved.readings;
        health.unchanged = saved.unchanged;
        health.messages = saved.messages;
        health.messagesWithError = saved.messagesWithError;
        health.vehicles = saved.vehicles;
        for (const [reason, count] of Object.entries(saved.failures))
            health.failures.set(reason, count);
        for (const [code, rule] of Object.entries(saved.rules))
            health.rules.set(code, { ...rule });
        health.headerAhead = Sketch.restore(saved.headerAhead);
        health.headerBehind = Sketch.restore(saved.headerBehind);
        health.outages.push(...saved.outages.map((outage) => ({ ...outage })));
        return health;
    }
    /** A message that differs from the one before. */
    message(message, vehicles, now) {
        this.messages++;
        this.vehicles = Math.max(this.vehicles, vehicles);
        const fired = new Map();
        checkFeedMessage(message, now, this.#previous, ({ code, message: text, entityId }) => {
            if (!fired.has(code))
                fired.set(code, entityId === undefined ? text : `${text} (entity ${entityId})`);
        });
        for (const [code, sample] of fired) {
            const rule = this.rules.get(code);
            if (rule)
                rule.messages++;
            else
                this.rules.set(code, { messages: 1, sample });
        }
        if ([...fired.keys()].some((code) => code.startsWith("E")))
            this.messagesWithError++;
        const { timestamp } = message.header ?? {};
        this.#previous = { timestamp, isSameContent: false };
        if (timestamp === undefined)
            return;
        const aheadS = timestamp - now / 1000;
        if (aheadS > 0)
            this.headerAhead.add(aheadS);
        else
            this.headerBehind.add(-aheadS);
    }
    failed(reason) {
        const known = this.failures.get(reason);
        if (known === undefined && this.failures.size >= REASONS_MAX)
            return;
        this.failures.set(reason, (known ?? 0) + 1);
    }
    /** Whether the feed could be read at a moment. */
    stands(isThere, now) {
        const last = this.outages.at(-1);
        if (isThere) {
            if (last !== undefined && last.to === undefined)
                last.to = now;
        }
        else if ((last === undefined || last.to !== undefined) && this.outages.length < OUTAGES_MAX)
            this.outages.push({ from: now, to: undefined });
    }
    save() {
        const { readings, unchanged, messages, messagesWithError, vehicles } = this;
        return {
            readings,
            unchanged,
            messages,
            messagesWithError,
            vehicles,
            failures: Object.fromEntries(this.failures),
            rules: Object.fromEntries(this.rules),
            headerAhead: this.headerAhead.save(),
            headerBehind: this.headerBehind.save(),
            outages: this.outages,
        };
    }
}
