import { advanceFolds, DAY_MINUTES, expiredBefore, floorTo, HOUR_MINUTES, spanMinutes, spanStart, } from "../log/ledger-spans.js";
import { TOPICS } from "../log/log.js";
import { PACK_TABLES } from "./sqlite-schema.js";
/** Rows of one transaction. A pass through 1,000 rows takes a few milliseconds, for which commits wait. */
const ROWS_PER_STEP = 1000;
const META = { hoursBefore: "ledger_hours_before", daysBefore: "ledger_days_before" };
/** `floor(minute / n) * n`, where SQLite's remainder has the sign of the minute. */
const floorSql = (minute, span) => `${minute} - ((${minute} % ${span}) + ${span}) % ${span}`;
/** The first minute of the account that a minute belongs to. */
const spanStartSql = (minute, { daysBefore, hoursBefore }) => `CASE WHEN ${minute} >= ${hoursBefore} THEN ${minute}
	WHEN ${minute} >= ${daysBefore} THEN ${floorSql(minute, HOUR_MINUTES)} ELSE ${floorSql(minute, DAY_MINUTES)} END`;
/**
 * The table `ledger`. Which account a minute belongs to follows from the two folds alone, which move in one small
 * transaction; from then on postings go to the span and reads add up by span. That the rows of a span are joined, some
 * at a time, changes nothing that anybody can read, so it may stop anywhere.
 */
export class SqliteLedger {
    #db;
    #post;
    #isOpen;
    #folds;
    /** What is to be folded on, from here to there, after the passes before. A restart begins anew and finds little. */
    #foldedHoursBefore = 0;
    #foldedDaysBefore = 0;
    #pass;
    constructor(db) {
        this.#db = db;
        this.#post = db.prepare(`INSERT INTO ledger (step, feed, minute, partition, outcome, count) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET count = count + excluded.count`);
        this.#isOpen = db.prepare(`SELECT 1 FROM ledger WHERE step = ? AND feed = ? AND minute >= ? AND minute < ? AND partition = ?
			AND outcome = 'in' LIMIT 1`);
        const read = (name) => db.prepare("SELECT value FROM meta WHERE name = ?").get(name)
            ?.value ?? 0;
        this.#folds = { hoursBefore: read(META.hoursBefore), daysBefore: read(META.daysBefore) };
    }
    /** The first minute of a pack's account, in SQL. */
    get packSpanStart() {
        return spanStartSql("minute", this.#folds);
    }
    get folds() {
        return this.#folds;
    }
    /** Within a transaction. */
    post({ step, feed, minute, partition, outcome, count }) {
        this.#post.run(step, feed, spanStart(this.#folds, minute), partition, outcome, count);
    }
    isOpen(step, feed, partition, minute) {
        const first = spanStart(this.#folds, minute);
        const end = first + spanMinutes(this.#folds, minute);
        return this.#isOpen.get(step, feed, first, end, partition) !== undefined;
    }
    rows(filter) {
        const { sql, values } = this.#selection(filter);
        const rows = this.#db.prepare(sql).all(...values);
        return rows.map((row) => ({ ...row, spanMinutes: spanMinutes(this.#folds, row.minute) }));
    }
    sums({ everyMinutes, ...filter }) {
        const { sql, values } = this.#selection(filter);
        const minute = everyMinutes === undefined ? "0" : floorSql("minute", Math.floor(everyMinutes));
        const rows = this.#db
            .prepare(`SELECT step, feed, first AS minute, outcome, total AS count FROM (
					SELECT step, feed, ${minute} AS first, outcome, sum(count) AS total FROM (${sql})
					GROUP BY step, feed, first, outcome HAVING total <> 0
				) ORDER BY first, step, feed, outcome`)
            .all(...values);
        return rows.map((row) => ({ ...row }));
    }
    open(filter) {
        const { sql, values } = this.#selection(filter);
        const accounts = `SELECT step, feed, partition, minute,
			sum(CASE outcome WHEN 'in' THEN count ELSE -count END) AS open
			FROM (${sql}) GROUP BY step, feed, minute, partition`;
        const { n } = this.#db.prepare(`SELECT count(*) AS n FROM (${accounts})`).get(...values);
        const open = this.#db.prepare(`SELECT * FROM (${accounts}) WHERE open <> 0`).all(...values);
        return {
            accounts: n,
            open: open.map((row) => ({ ...row, spanMinutes: spanMinutes(this.#folds, row.minute) })),
        };
    }
    /** Moves the folds if it is time, then joins or removes rows until there were enough of them. */
    step(aging, now, transaction) {
        const folds = advanceFolds(this.#folds, aging, now);
        if (folds.hoursBefore !== this.#folds.hoursBefore || folds.daysBefore !== this.#folds.daysBefore) {
            transaction(() => this.#remember(folds));
            // After the commit: a transaction that failed has moved nothing.
            this.#folds = folds;
        }
        const done = { folded: 0, removed: 0, more: false };
        const pass = this.#nextPass();
        if (pass) {
            // On a copy: a transaction that failed, or is tried again with the reserve, has gone nowhere.
            let reached = pass;
            transaction(() => {
                reached = { ...pass };
                done.folded = this.#join(reached);
            });
            this.#pass = reached;
            this.#finish(reached);
            return { ...done, more: true };
        }
        const limit = expiredBefore(aging, now, this.#oldestKept());
        const day = this.#oldestDay();
        if (day === undefined || day >= limit)
            return done;
        transaction(() => {
            done.removed = this.#removeDay(day);
        });
        return { ...done, more: true };
    }
    #remember({ hoursBefore, daysBefore }) {
        const set = this.#db.prepare("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
        set.run(META.hoursBefore, hoursBefore);
        set.run(META.daysBefore, daysBefore);
    }
    /** Hours first, also of what becomes days, so that no step has to join a whole day of minutes. */
    #nextPass() {
        if (this.#pass)
            return this.#pass;
        const { hoursBefore, daysBefore } = this.#folds;
        const hours = { spanMinutes: HOUR_MINUTES, from: this.#foldedHoursBefore, to: hoursBefore };
        const days = { spanMinutes: DAY_MINUTES, from: this.#foldedDaysBefore, to: daysBefore };
        const due = [hours, days].find(({ from, to }) => from < to);
        this.#pass = due && { ...due, pair: this.#pairAfter(undefined), minute: due.from };
        return this.#pass;
    }
    #finish({ pair, spanMinutes: span, to }) {
        if (pair)
            return;
        if (span === HOUR_MINUTES)
            this.#foldedHoursBefore = to;
        else
            this.#foldedDaysBefore = to;
        this.#pass = undefined;
    }
    /** Answers how many rows there are less. */
    #join(pass) {
        const { spanMinutes: span, to } = pass;
        const next = this.#db.prepare(`SELECT minute FROM ledger WHERE step = ? AND feed = ? AND minute >= ? AND minute < ? AND minute % ? <> 0
			ORDER BY minute LIMIT 1`);
        const within = "FROM ledger WHERE step = ? AND feed = ? AND minute > ? AND minute < ?";
        const add = this.#db.prepare(`INSERT INTO ledger (step, feed, minute, partition, outcome, count)
			SELECT step, feed, ?, partition, outcome, sum(count) ${within} GROUP BY partition, outcome
			ON CONFLICT DO UPDATE SET count = count + excluded.count`);
        const remove = this.#db.prepare(`DELETE ${within}`);
        const rowsOf = this.#db.prepare("SELECT count(*) AS n FROM ledger WHERE step = ? AND feed = ? AND minute = ?");
        let [visited, less] = [0, 0];
        while (pass.pair && visited < ROWS_PER_STEP) {
            const { step, feed } = pass.pair;
            const row = next.get(step, feed, pass.minute, to, span);
            if (!row) {
                pass.pair = this.#pairAfter(pass.pair);
                pass.minute = pass.from;
                visited++;
                continue;
            }
            const first = floorTo(row.minute, span);
            const count = () => rowsOf.get(step, feed, first).n;
            const before = count();
            add.run(first, step, feed, first, first + span);
            const removed = changes(remove.run(step, feed, first, first + span));
            less += removed - (count() - before);
            visited += removed;
            pass.minute = first + span;
        }
        return less;
    }
    #pairAfter(pair) {
        const row = pair
            ? this.#db
                .prepare("SELECT step, feed FROM ledger WHERE (step, feed) > (?, ?) ORDER BY step, feed LIMIT 1")
                .get(pair.step, pair.feed)
            : this.#db.prepare("SELECT step, feed FROM ledger ORDER BY step, feed LIMIT 1").get();
        return row;
    }
    #pairs() {
        const pairs = [];
        for (let pair = this.#pairAfter(undefined); pair; pair = this.#pairAfter(pair))
            pairs.push(pair);
        return pairs;
    }
    /** The day of the oldest account of any step and feed. */
    #oldestDay() {
        const first = this.#db.prepare("SELECT min(minute) AS minute FROM ledger WHERE step = ? AND feed = ?");
        const minutes = this.#pairs().map(({ step, feed }) => first.get(step, feed).minute);
        if (minutes.length === 0)
            return undefined;
        const oldest = Math.min(...minutes);
        return floorTo(oldest, DAY_MINUTES);
    }
    /** All accounts of a day go together, because the audit compares those of one step with those of the next. */
    #removeDay(day) {
        const remove = this.#db.prepare("DELETE FROM ledger WHERE step = ? AND feed = ? AND minute >= ? AND minute < ?");
        return this.#pairs().reduce((sum, { step, feed }) => sum + changes(remove.run(step, feed, day, day + DAY_MINUTES)), 0);
    }
    /** While something of a time is kept its accounts stay, and with them all that is pending. */
    #oldestKept() {
        const minutes = TOPICS.map((topic) => {
            const table = PACK_TABLES[topic];
            const sql = `SELECT min(minute) AS minute FROM ${table} INDEXED BY ${table}_by_minute`;
            return this.#db.prepare(sql).get().minute;
        }).filter((minute) => minute !== null);
        return minutes.length === 0 ? undefined : Math.min(...minutes);
    }
    /** One row per account and outcome. Steps and feeds are few, so each is sought by the key instead of reading all. */
    #selection(filter) {
        const { fromMinute, toMinute } = filter;
        const pairs = this.#pairs()
            .filter(({ step, feed }) => (filter.step ?? step) === step && (filter.feed ?? feed) === feed)
            .map(({ step, feed }) => [step, feed]);
        const values = [JSON.stringify(pairs)];
        let where = "l.step = p.value ->> 0 AND l.feed = p.value ->> 1";
        let having = "total <> 0";
        if (fromMinute !== undefined)
            where += " AND l.minute >= ?";
        if (toMinute !== undefined)
            where += " AND l.minute < ?";
        if (fromMinute !== undefined)
            having += " AND first >= ?";
        if (toMinute !== undefined)
            having += " AND first <= ?";
        if (fromMinute !== undefined)
            values.push(fromMinute);
        if (toMinute !== undefined)
            values.push(toMinute + DAY_MINUTES);
        if (fromMinute !== undefined)
            values.push(fromMinute);
        if (toMinute !== undefined)
            values.push(toMinute);
        const sql = `SELECT step, feed, partition, first AS minute, outcome, total AS count FROM (
			SELECT l.step, l.feed, l.partition, ${spanStartSql("l.minute", this.#folds)} AS first, l.outcome,
				sum(l.count) AS total
			FROM json_each(?) p CROSS JOIN ledger l WHERE ${where}
			GROUP BY l.step, l.feed, first, l.partition, l.outcome HAVING ${having})`;
        return { sql, values };
    }
}
function changes(result) {
    return Number(result.changes);
}
