import { packEvents } from "../log/event.js";
import { Failure, kindOf, messageOf } from "../model/failure.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
/** Events wait this long for others to share their commit. */
const BATCH_MS = SECOND_MS;
/** More wait only while the store takes nothing; then the oldest go, and how many is told. */
const WAITING_MAX = 1000;
const REPEATS_MAX = 500;
/** The same again within this time is held back, and told as one event with a count. */
const QUIET_MS = MINUTE_MS;
/** Housekeeping that repeats itself for ever, and means well. */
const QUIET_BY_CODE = { "store.retention": HOUR_MS };
/** A sentence that quotes an answer may be long; a detail too. */
const MESSAGE_MAX = 500;
const EVENT_BYTES_MAX = 4_096;
/**
 * Writes what happens to topic `events`: beside the data, a second late, and never more than the store can bear. Events
 * that differ in numbers only are the same event; of those that come again within a minute the last is written, with how
 * many there were (`details.repeats`).
 */
export class Journal {
    #log;
    #clock;
    #repeats = new Map();
    #waiting = [];
    #dropped = 0;
    #timer;
    #writing;
    #ended = false;
    /** Why the store takes no more of it. */
    #failure;
    #lostCount = 0;
    #onEnded;
    /** `onEnded`: the store refused it for good, and nothing more is written. */
    constructor(log, clock, onEnded = () => undefined) {
        this.#log = log;
        this.#clock = clock;
        this.#onEnded = onEnded;
    }
    status() {
        const failure = this.#failure;
        const dropped = this.#lostCount;
        if (failure === undefined)
            return { state: "ok", sentence: "What happens is written down.", dropped };
        const what = "What happens is written down no more, only printed";
        const mend = "Restart the hub once the store is in order";
        return { state: "ended", sentence: `${what}: ${failure.message.replace(/\.$/, "")}. ${mend}.`, dropped };
    }
    /** Returns at once, and never throws. */
    add(event) {
        if (this.#ended) {
            if (this.#failure !== undefined)
                this.#lostCount++;
            return;
        }
        const key = `${event.subject} ${event.code} ${event.level} ${event.message.replace(/\d+/g, "#")}`;
        const now = this.#clock.monotonic();
        const known = this.#repeats.get(key);
        if (known !== undefined && now - known.since < known.quietMs) {
            known.held = event;
            known.count++;
        }
        else {
            if (known !== undefined)
                this.#release(key, known);
            const quietMs = QUIET_BY_CODE[event.code] ?? QUIET_MS;
            this.#repeats.set(key, { since: now, quietMs, held: undefined, count: 0 });
            this.#wait(event);
            this.#forgetSome();
        }
        this.#schedule();
    }
    /** Writes what waits, at most so long, and takes nothing more. */
    async close(withinMs) {
        this.#ended = true;
        this.#timer?.();
        for (const [key, repeat] of [...this.#repeats])
            this.#release(key, repeat);
        let giveUp = () => undefined;
        const late = new Promise((resolve) => {
            giveUp = this.#clock.after(withinMs, resolve);
        });
        await Promise.race([this.#writeAll(), late]);
        giveUp();
    }
    #release(key, { held, count }) {
        this.#repeats.delete(key);
        if (held === undefined)
            return;
        this.#wait(count === 1 ? held : { ...held, details: { ...held.details, repeats: count } });
    }
    #forgetSome() {
        for (const [key, repeat] of this.#repeats) {
            if (this.#repeats.size <= REPEATS_MAX)
                return;
            this.#release(key, repeat);
        }
    }
    #wait(event) {
        this.#waiting.push(bounded(event));
        if (this.#waiting.length <= WAITING_MAX)
            return;
        this.#waiting.shift();
        this.#dropped++;
        this.#lostCount++;
    }
    #schedule() {
        if (this.#timer !== undefined || this.#ended)
            return;
        this.#timer = this.#clock.after(BATCH_MS, () => {
            this.#timer = undefined;
            void this.#turn();
        }, { ref: false });
    }
    async #turn() {
        const now = this.#clock.monotonic();
        for (const [key, repeat] of this.#repeats)
            if (now - repeat.since >= repeat.quietMs)
                this.#release(key, repeat);
        await this.#writeAll();
        if (this.#waiting.length > 0 || this.#repeats.size > 0)
            this.#schedule();
    }
    /** One commit at a time. */
    async #writeAll() {
        await this.#writing;
        this.#writing = this.#write();
        await this.#writing;
    }
    async #write() {
        if (this.#waiting.length === 0)
            return;
        const dropped = this.#dropped;
        const batch = this.#waiting;
        this.#waiting = [];
        this.#dropped = 0;
        try {
            await this.#log.commit({ append: packEvents([...this.#lost(dropped), ...batch]) });
        }
        catch (thrown) {
            // The hub tells of a store in trouble by itself; here nothing is lost but what does not fit.
            const isFinal = !(thrown instanceof Failure) || kindOf(thrown) !== "transient";
            if (isFinal)
                this.#endFor(thrown, batch.length);
            else {
                this.#waiting = [...batch, ...this.#waiting];
                const over = Math.max(0, this.#waiting.length - WAITING_MAX);
                this.#dropped += dropped + over;
                this.#lostCount += over;
                this.#waiting = this.#waiting.slice(-WAITING_MAX);
            }
        }
    }
    #endFor(thrown, inHand) {
        const wasClosing = this.#ended;
        this.#ended = true;
        this.#failure =
            thrown instanceof Failure ? thrown : new Failure("bug", messageOf(thrown), { cause: thrown });
        this.#lostCount += inHand + this.#waiting.length;
        this.#waiting = [];
        if (!wasClosing)
            this.#onEnded(this.#failure);
    }
    #lost(count) {
        if (count === 0)
            return [];
        const message = `${count} events were not written, because the store took nothing`;
        const time = this.#clock.now();
        return [
            { time, subject: "store", level: "warn", code: "store.events_dropped", message, details: { count } },
        ];
    }
}
function bounded(event) {
    const message = event.message.length > MESSAGE_MAX ? `${event.message.slice(0, MESSAGE_MAX)}…` : event.message;
    const { details, ...rest } = event;
    const kept = details !== undefined && JSON.stringify(details).length <= EVENT_BYTES_MAX ? { details } : {};
    return { ...rest, message, ...kept };
}
