import { OUTAGE_READERS, } from "../model/alert-policy.js";
import { HOUR_MS } from "../model/units.js";
import { AlertQueue } from "./alert-queue.js";
/** Without a route of its own everything goes everywhere, and again every four hours. */
const REPEAT_DEFAULT_MS = 4 * HOUR_MS;
/** What an outage is told of. */
const OUTAGE_ALERT = "feed-down";
/**
 * Decides who is told of open alerts, when, and over which channel: first words in bursts, warnings not at night, a page to
 * the next of the chain while nobody acknowledges, reminders, and the end to everybody who heard of the beginning. Knows no
 * clock and sends nothing: messages stand in its queue, which is kept with it, so that a restart neither loses nor repeats one.
 */
export class AlertDesk {
    queue;
    #policy;
    #channels;
    #compose;
    #cases = new Map();
    #silences = [];
    /** @param draw gives what tells this store from others, so that two hubs never give two messages one id. */
    constructor(policy, channels, compose, draw) {
        this.#policy = policy;
        this.#channels = channels;
        this.#compose = compose;
        this.queue = new AlertQueue(channels, draw);
    }
    /**
     * Looks at what is open now, which the caller has judged, and puts into the queue what is to be told. `now` is a time that
     * goes on evenly, also when somebody sets the wall clock. `isQuiet`: warnings wait.
     */
    advance(open, now, isQuiet) {
        const news = [];
        this.#silences = this.#silences.filter(({ untilTime }) => untilTime > now);
        this.#follow(open, now);
        const due = [];
        for (const one of this.#cases.values()) {
            this.#outage(one, now, news);
            if (one.acked === undefined && !this.#isSilent(one.alert))
                due.push(...this.#dueOf(one, now, isQuiet));
        }
        due.push(...this.#handOn(now, news));
        this.#take(due, now, isQuiet);
        const dropped = this.queue.trim(now);
        if (dropped > 0) {
            const message = `${dropped} messages could not be told for a day, or were too many, and are given up`;
            news.push({ level: "error", code: "alert.dropped", subject: "alerts", message });
        }
        return news;
    }
    /** Says who has taken care of it. Answers with what was open and fits; nothing more is told of these but their end. */
    acknowledge(alert, subject, by, now) {
        const found = [...this.#cases.values()].filter((one) => one.alert.alert === alert && (subject === undefined || one.alert.subject === subject));
        for (const one of found) {
            one.acked = by;
            const note = `Acknowledged by ${by.by}${by.note === "" ? "" : `: ${by.note}`}.`;
            for (const channel of one.toldTo)
                this.#put(channel, { kind: "acknowledged", alerts: [one.alert], now, note });
        }
        return found.map(({ alert: each }) => each);
    }
    silence(silence) {
        this.#silences.push(silence);
    }
    /** Ends every silence; answers how many there were. */
    endSilences() {
        return this.#silences.splice(0).length;
    }
    get silences() {
        return this.#silences;
    }
    /** Who has taken care of an open alert, and who heard of it. */
    careOf(alert) {
        const one = this.#cases.get(keyOf(alert));
        return one === undefined ? {} : { toldTo: one.toldTo, ...(one.acked && { acked: one.acked }) };
    }
    /** Nothing has happened that would have to be kept. */
    get isNew() {
        return this.#cases.size === 0 && this.#silences.length === 0 && this.queue.isNew;
    }
    /** What `restore` takes. */
    json() {
        return { cases: [...this.#cases.values()], silences: this.#silences, queue: this.queue.json() };
    }
    restore({ cases, silences, queue }) {
        this.#cases = new Map(cases.map((one) => [keyOf(one.alert), one]));
        this.#silences = [...silences];
        this.queue.restore(queue);
    }
    #follow(open, now) {
        const keys = new Set();
        for (const alert of open) {
            keys.add(keyOf(alert));
            const one = this.#cases.get(keyOf(alert));
            const begins = {
                dueTime: now + this.#policy.groupMs,
                firstTime: undefined,
                repeatTime: undefined,
                steps: 0,
            };
            if (one === undefined) {
                const fresh = { ...begins, alert, toldTo: [], acked: undefined, readers: [] };
                this.#cases.set(keyOf(alert), fresh);
                continue;
            }
            // Whoever took care of a warning has not taken care of a page.
            if (one.alert.severity === "warn" && alert.severity === "page")
                Object.assign(one, begins, { acked: undefined });
            one.alert = alert;
        }
        for (const [key, one] of this.#cases) {
            if (keys.has(key))
                continue;
            this.#cases.delete(key);
            for (const channel of one.toldTo)
                this.#put(channel, { kind: "resolved", alerts: [one.alert], now });
        }
    }
    #dueOf(one, now, isQuiet) {
        const route = this.#routeOf(one.alert);
        if (one.firstTime === undefined) {
            if (now < one.dueTime || (isQuiet && one.alert.severity === "warn"))
                return [];
            return [firstWord(one, route)];
        }
        if (isQuiet && one.alert.severity === "warn")
            return [];
        const due = [];
        for (let step = route.escalate[one.steps]; step; step = route.escalate[one.steps]) {
            if (now < one.firstTime + step.afterMs)
                break;
            one.steps++;
            const note = "Nobody has acknowledged it.";
            due.push({ one, channels: step.to, kind: "escalated", note });
        }
        if (one.repeatTime !== undefined && now >= one.repeatTime) {
            one.repeatTime = now + (route.repeatMs ?? 0);
            due.push({ one, channels: one.toldTo, kind: "reminder" });
        }
        return due;
    }
    /** One message for each channel and sort of news; what waits for its first word goes with those that are due. */
    #take(due, now, isQuiet) {
        const first = new Set(due.filter(({ one }) => one.firstTime === undefined).flatMap(({ channels }) => channels));
        const early = [];
        for (const one of this.#cases.values()) {
            const waits = one.firstTime === undefined && now < one.dueTime && one.acked === undefined;
            if (!waits || (isQuiet && one.alert.severity === "warn") || this.#isSilent(one.alert))
                continue;
            const word = firstWord(one, this.#routeOf(one.alert));
            if (word.channels.some((channel) => first.has(channel)))
                early.push(word);
        }
        const bundles = new Map();
        for (const { one, channels, kind, note } of [...due, ...early]) {
            if (one.firstTime === undefined) {
                one.firstTime = now;
                const { repeatMs } = this.#routeOf(one.alert);
                one.repeatTime = repeatMs === undefined ? undefined : now + repeatMs;
            }
            for (const channel of channels) {
                if (!one.toldTo.includes(channel))
                    one.toldTo = [...one.toldTo, channel];
                const name = JSON.stringify([channel, kind, note]);
                const bundle = bundles.get(name);
                if (bundle)
                    bundle.letter.alerts.push(one.alert);
                else
                    bundles.set(name, { channel, letter: { kind, alerts: [one.alert], now, note } });
            }
        }
        for (const { channel, letter } of bundles.values())
            this.#put(channel, letter);
    }
    /** What cannot be told over one channel comes over the next of the chain, or over any other that has not told it. */
    #handOn(now, news) {
        return this.queue.stuck(now, this.#policy.failoverMs).flatMap(({ channel, message, lastFailure }) => {
            const note = `Channel ${channel} cannot be reached, so it comes this way.`;
            const due = message.stories.flatMap(({ alert, subject }) => {
                const one = this.#cases.get(`${alert} ${subject}`);
                if (one === undefined || one.acked !== undefined)
                    return [];
                const next = this.#routeOf(one.alert).escalate[one.steps];
                if (next !== undefined)
                    one.steps++;
                const others = this.#channels.filter((other) => !one.toldTo.includes(other));
                const channels = next?.to ?? others.slice(0, 1);
                return channels.length === 0 ? [] : [{ one, channels, kind: "escalated", note }];
            });
            const instead = [...new Set(due.flatMap(({ channels }) => channels))];
            const so = instead.length === 0 ? "nobody else is left to tell" : `told over ${instead.join(", ")} instead`;
            const text = `Channel ${channel} cannot be reached (${lastFailure ?? "it does not answer"}); ${so}`;
            const level = instead.length === 0 ? "error" : "warn";
            news.push({ level, code: "alert.handed_on", subject: `channel:${channel}`, message: text });
            return due;
        });
    }
    #outage(one, now, news) {
        if (one.alert.alert !== OUTAGE_ALERT)
            return;
        const { steps, feeds } = this.#policy.outage;
        const feed = one.alert.subject.replace(/^feed:/, "");
        for (const reader of OUTAGE_READERS) {
            const { afterMs, to } = feeds[feed]?.[reader] ?? steps[reader];
            if (one.readers.includes(reader) || now < one.alert.since + afterMs)
                continue;
            one.readers = [...one.readers, reader];
            const letter = { kind: "outage", alerts: [one.alert], now, reader };
            const told = this.#compose(letter);
            const text = told.stories.flatMap(({ facts }) => facts.map((fact) => `${fact.name}: ${fact.text}`));
            const whom = to.length === 0 ? "nobody is configured to be told" : `told over ${to.join(", ")}`;
            news.push({
                level: "warn",
                code: "alert.outage",
                subject: one.alert.subject,
                message: `${told.title} (${whom}) ${text.join(" ")}`,
            });
            for (const channel of to) {
                if (!one.toldTo.includes(channel))
                    one.toldTo = [...one.toldTo, channel];
                this.#put(channel, letter);
            }
        }
    }
    #put(channel, letter) {
        this.queue.put(channel, this.#compose(letter), letter.now);
    }
    #routeOf({ alert, severity, subject }) {
        const fits = this.#policy.routes.find((route) => (route.severity === undefined || route.severity === severity) &&
            (route.alerts === undefined || route.alerts.includes(alert)) &&
            (route.subjects === undefined || route.subjects.some((pattern) => isLike(pattern, subject))));
        if (fits !== undefined)
            return fits;
        const every = { severity: undefined, alerts: undefined, subjects: undefined };
        return { ...every, to: this.#channels, escalate: [], repeatMs: REPEAT_DEFAULT_MS };
    }
    #isSilent({ alert, subject }) {
        return this.#silences.some((silence) => (silence.alert === undefined || silence.alert === alert) &&
            (silence.subject === undefined || isLike(silence.subject, subject)));
    }
}
/** The same for as long as it is open; the next time that it happens is another one. */
export function keyOf({ alert, subject }) {
    return `${alert} ${subject}`;
}
function firstWord(one, route) {
    return { one, channels: route.to, kind: one.toldTo.length === 0 ? "raised" : "escalated" };
}
function isLike(pattern, subject) {
    return pattern.endsWith("*") ? subject.startsWith(pattern.slice(0, -1)) : pattern === subject;
}
