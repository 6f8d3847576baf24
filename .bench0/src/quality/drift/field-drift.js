import { HOUR_MS } from "../../model/units.js";
const NUMBERS = ["speedMps", "headingDeg", "scheduleDeviationS", "occupancyPercentage", "odometerM"];
const WORDS = ["currentStatus", "occupancyStatus", "congestionLevel", "scheduleRelationship"];
const NAMES = ["gtfsRouteId", "tripId", "stopId"];
const FIELDS = [...NUMBERS, ...WORDS, ...NAMES];
/** One report in so many is looked at. */
const EVERY = 7;
/** An hour with fewer of them says nothing. */
const REPORTS_MIN = 100;
/** Earlier days of the same hour that must be known, and how much a new day counts. */
const DAYS_MIN = 2;
const LEARN = 0.3;
const DAYS_MAX = 14;
/** Points of the share of reports without the field. */
const ABSENT_STEP = 0.3;
/** Distinct values: so many times more or fewer, of at least so many. */
const VALUES_FACTOR = 3;
const VALUES_MIN = 10;
const VALUES_KEPT = 500;
/** The middle of a range, in spreads of that hour. */
const RANGE_SPREADS = 1.5;
const WORDS_KEPT = 40;
/**
 * Compares each hour of a feed with the same hour of earlier days, field by field: how often it is absent, its range, how
 * many different values it has, and which words. What changes over weeks is no alarm of a moment, and is told at most once
 * an hour and field. Bounded: sums per field and hour, and a sample of the reports.
 */
export class FieldDrift {
    #hour = -1;
    #turn = 0;
    #sums = new Map();
    #usual = new Map();
    #words = new Set();
    #isChanged = false;
    /** Takes the items of a frame. Answers what the hour that has ended was like, once it is over. */
    look(items, receivedTime) {
        const hour = Math.floor(receivedTime / HOUR_MS);
        const news = hour > this.#hour && this.#hour >= 0 ? this.#close() : NO_NEWS;
        // A frame of an earlier hour belongs to an account that is closed.
        if (hour < this.#hour)
            return news;
        this.#hour = hour;
        for (; this.#turn < items.length; this.#turn += EVERY) {
            const item = items[this.#turn];
            if (item?.kind === "vehicle_location")
                this.#take(item);
        }
        this.#turn -= items.length;
        return news;
    }
    #take(item) {
        for (const field of FIELDS) {
            let sum = this.#sums.get(field);
            if (sum === undefined) {
                sum = { reports: 0, present: 0, sum: 0, squares: 0, values: new Set() };
                this.#sums.set(field, sum);
            }
            sum.reports++;
            const value = item[field];
            if (value === undefined)
                continue;
            sum.present++;
            if (typeof value === "number") {
                sum.sum += value;
                sum.squares += value * value;
            }
            else if (sum.values.size < VALUES_KEPT)
                sum.values.add(value);
        }
    }
    #close() {
        const news = [];
        const hourOfDay = this.#hour % 24;
        for (const [field, sum] of this.#sums) {
            if (sum.reports < REPORTS_MIN)
                continue;
            const today = dayOf(sum);
            const key = `${field}/${hourOfDay}`;
            const usual = this.#usual.get(key);
            if (usual !== undefined && usual.days >= DAYS_MIN)
                news.push(...compare(field, hourOfDay, today, usual));
            if (isWord(field))
                news.push(...this.#newWords(field, sum.values));
            this.#usual.set(key, usual === undefined ? today : merged(usual, today));
            this.#isChanged = true;
        }
        this.#sums = new Map();
        return news;
    }
    #newWords(field, values) {
        const fresh = [...values].filter((value) => !this.#words.has(`${field}=${value}`)).slice(0, WORDS_KEPT);
        const isKnown = [...this.#words].some((word) => word.startsWith(`${field}=`));
        for (const value of fresh)
            this.#words.add(`${field}=${value}`);
        if (fresh.length === 0 || !isKnown)
            return [];
        const message = `${field} has values that it never had before: ${fresh.join(", ")}`.slice(0, 400);
        return [{ level: "info", message, details: { field, change: "values", new: fresh } }];
    }
    /** State to be kept, where an hour has ended since it was taken last. */
    seal() {
        if (!this.#isChanged)
            return undefined;
        this.#isChanged = false;
        const usual = [...this.#usual].map(([key, { days, absentShare, mean, spread, values }]) => [
            key,
            [days, absentShare, mean, spread, values],
        ]);
        return JSON.stringify({ v: 1, usual, words: [...this.#words] });
    }
    /** Takes what `seal` gave. The hour in which the hub stopped begins anew. */
    restore(text) {
        const json = JSON.parse(text);
        if (json.v !== 1)
            return;
        for (const [key, [days = 0, absentShare = 0, mean = 0, spread = 0, values = 0]] of json.usual)
            this.#usual.set(key, { days, absentShare, mean, spread, values });
        for (const word of json.words)
            this.#words.add(word);
    }
}
const NO_NEWS = Object.freeze([]);
function isWord(field) {
    return WORDS.includes(field);
}
function dayOf({ reports, present, sum, squares, values }) {
    const mean = present === 0 ? 0 : sum / present;
    const spread = present === 0 ? 0 : Math.sqrt(Math.max(0, squares / present - mean * mean));
    return { days: 1, absentShare: 1 - present / reports, mean, spread, values: values.size };
}
function merged(usual, today) {
    const weight = Math.max(LEARN, 1 / (usual.days + 1));
    const mix = (a, b) => a + (b - a) * weight;
    return {
        days: Math.min(DAYS_MAX, usual.days + 1),
        absentShare: mix(usual.absentShare, today.absentShare),
        mean: mix(usual.mean, today.mean),
        spread: mix(usual.spread, today.spread),
        values: mix(usual.values, today.values),
    };
}
function compare(field, hour, today, usual) {
    const news = [];
    const tell = (change, before, now, words) => {
        const details = { field, change, hour, usual: round(before), now: round(now), days: usual.days };
        const message = `${field} ${words}, against ${usual.days} earlier days at ${hour}:00 UTC`;
        news.push({ level: "warn", message, details });
    };
    const [absent, absentBefore] = [today.absentShare, usual.absentShare];
    if (Math.abs(absent - absentBefore) >= ABSENT_STEP) {
        const words = `is absent in ${percent(absent)} of the reports and was in ${percent(absentBefore)}`;
        tell("absent", absentBefore, absent, words);
        return news;
    }
    if (absent >= 1 - ABSENT_STEP)
        return news;
    const isNumber = NUMBERS.includes(field) && field !== "odometerM";
    if (isNumber && Math.abs(today.mean - usual.mean) > RANGE_SPREADS * Math.max(usual.spread, 1)) {
        tell("range", usual.mean, today.mean, `is ${round(today.mean)} on average and was ${round(usual.mean)}`);
    }
    const [most, least] = [Math.max(today.values, usual.values), Math.min(today.values, usual.values)];
    if (most >= VALUES_MIN && least * VALUES_FACTOR < most) {
        const words = `has ${Math.round(today.values)} different values and had ${Math.round(usual.values)}`;
        tell("cardinality", usual.values, today.values, words);
    }
    return news;
}
function percent(share) {
    return `${Math.round(share * 100)} %`;
}
function round(value) {
    return Number(value.toPrecision(3));
}
