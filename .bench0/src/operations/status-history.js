import { MINUTE_MS } from "../model/units.js";
/** One bar of a history. */
export const BAR_MS = 15 * MINUTE_MS;
/** A day of them. */
export const BARS = 96;
/** Feeds and sinks that are gone keep their past until it is over; more than so many have none. */
const SUBJECTS_MAX = 500;
/** How something was in a quarter of an hour: the worst that was seen in it, one letter a quarter. */
export const WELLNESS = { none: ".", waiting: "i", well: "w", troubled: "t", down: "d" };
const RANKS = Object.values(WELLNESS).join("");
const FEED_WELLNESS = {
    running: "well",
    finished: "well",
    waiting: "waiting",
    failing: "troubled",
    down: "down",
};
const SINK_WELLNESS = {
    running: "well",
    waiting: "waiting",
    lagging: "troubled",
    held: "down",
};
/** Remembers how each feed and sink was, quarter of an hour by quarter of an hour, for a day. */
export class StatusHistory {
    name = "status-history";
    what = "the last 24 hours";
    #pasts = new Map();
    /** Quarters since 1970: the last bar. */
    #quarter = 0;
    /** Takes in how it is now; answers whether a quarter of an hour has ended, so that there is something to keep. */
    add({ time, feeds, sinks }) {
        const isNext = this.#moveTo(Math.floor(time / BAR_MS));
        for (const { name, state, records } of feeds)
            this.#note(`feed:${name}`, FEED_WELLNESS[state], records);
        for (const { name, state, delivered } of sinks)
            this.#note(`sink:${name}`, SINK_WELLNESS[state], delivered);
        return isNext;
    }
    /** In the order in which they were first seen. */
    view() {
        const fromTime = (this.#quarter - BARS + 1) * BAR_MS;
        return [...this.#pasts].map(([subject, { states, counts }]) => ({
            subject,
            fromTime,
            states: states.join(""),
            counts: [...counts],
        }));
    }
    json() {
        return {
            quarter: this.#quarter,
            subjects: [...this.#pasts].map(([subject, { states, counts }]) => [subject, states.join(""), counts]),
        };
    }
    /** Answers false, and is as new, when it is no history. */
    restore(json) {
        const { quarter, subjects } = (json ?? {});
        if (!Number.isSafeInteger(quarter) || !Array.isArray(subjects))
            return false;
        const all = subjects;
        if (!all.every((one) => Array.isArray(one) && isPast(one)))
            return false;
        this.#quarter = quarter;
        for (const [subject, states, counts] of all.slice(0, SUBJECTS_MAX))
            this.#pasts.set(subject, { states: [...states], counts: [...counts], total: undefined });
        return true;
    }
    /** Bars begin and end with the quarters of the wall clock, wherever it is set to. */
    #moveTo(quarter) {
        const ahead = quarter - this.#quarter;
        if (ahead === 0)
            return false;
        this.#quarter = quarter;
        const bars = Math.min(BARS, Math.abs(ahead));
        for (const [subject, past] of this.#pasts) {
            const [states, counts] = [Array(bars).fill(WELLNESS.none), Array(bars).fill(0)];
            past.states =
                ahead > 0 ? [...past.states, ...states].slice(-BARS) : [...states, ...past.states].slice(0, BARS);
            past.counts =
                ahead > 0 ? [...past.counts, ...counts].slice(-BARS) : [...counts, ...past.counts].slice(0, BARS);
            if (past.states.every((state) => state === WELLNESS.none))
                this.#pasts.delete(subject);
        }
        return true;
    }
    #note(subject, wellness, total) {
        let past = this.#pasts.get(subject);
        if (past === undefined) {
            if (this.#pasts.size >= SUBJECTS_MAX)
                return;
            past = { states: Array(BARS).fill(WELLNESS.none), counts: Array(BARS).fill(0), total: undefined };
            this.#pasts.set(subject, past);
        }
        // One that a reload has put in the place of another of its name counts from the beginning.
        const before = past.total === undefined || past.total > total ? 0 : past.total;
        past.total = total;
        const last = BARS - 1;
        past.counts[last] = (past.counts[last] ?? 0) + total - before;
        const state = WELLNESS[wellness];
        if (RANKS.indexOf(state) > RANKS.indexOf(past.states[last] ?? WELLNESS.none))
            past.states[last] = state;
    }
}
function isPast([subject, states, counts]) {
    return (typeof subject === "string" &&
        typeof states === "string" &&
        states.length === BARS &&
        [...states].every((state) => RANKS.includes(state)) &&
        Array.isArray(counts) &&
        counts.length === BARS &&
        counts.every((count) => Number.isFinite(count)));
}
