import { changedRow, DEAD_LETTERS, letterChanged, placesOf } from "../log/letter-places.js";
import { listed } from "../log/memory-letters.js";
import { parseRanges } from "../log/receipt-pack.js";
/** A row number is the partition times this, plus the first offset. */
export const PARTITION_STRIDE = 2 ** 44;
export function packOf(row) {
    const { id, feed, minute, count, head, body } = row;
    const partition = Math.floor(id / PARTITION_STRIDE);
    const firstOffset = id - partition * PARTITION_STRIDE;
    return { topic: "dead-letters", partition, feed, minute, count, head, body, firstOffset };
}
/**
 * The index of dead letters: one row per issue, and one per pack and issue that says which of its letters are settled. All
 * of it happens in the transaction of the caller; nothing of it is remembered here.
 */
export class SqliteLetters {
    #db;
    #statements;
    constructor(db) {
        this.#db = db;
        this.#statements = prepare(db);
    }
    /** Indexes a pack that is appended under this row number. Answers what to post. */
    append(id, pack) {
        const { known, issueCount, addIssue, addPlaces } = this.#statements;
        const { n } = issueCount.get();
        for (const places of placesOf(pack, (issue) => known.get(issue) !== undefined, n)) {
            const { cause, row, message, firstTime, lastTime, newestAt } = places;
            const { subject, stage, code, pattern } = cause;
            addIssue.run(cause.id, subject, stage, code, pattern, message, row.open, Math.floor(firstTime), Math.floor(lastTime), id + newestAt);
            addPlaces.run(id, cause.id, row.open, row.all);
        }
        return [posting(pack, "in", pack.count)];
    }
    /** Throws `store.changed` before anything is written; `apply` writes, and answers what to post. */
    change(changes) {
        const groups = new Map();
        for (const { partition, offset, to } of changes) {
            const { row, pack, at } = this.#find(partition, offset);
            const key = `${row.pack}/${row.issue}`;
            const group = groups.get(key) ?? { row, pack, changes: [] };
            groups.set(key, group);
            group.changes.push({ at, to });
        }
        const planned = [...groups.values()].map((group) => ({
            ...group,
            after: changedRow(placeRow(group.row), group.changes),
        }));
        return () => {
            const postings = [];
            for (const { row, pack, after, changes: made } of planned) {
                const count = (to) => made.filter((change) => change.to === to).length;
                const [replayed, dropped, failed] = [count("replayed"), count("dropped"), count("failed")];
                this.#statements.setPlaces.run(after.open, after.replayed, after.dropped, JSON.stringify(after.failed), row.pack, row.issue);
                this.#statements.countIssue.run(replayed + dropped, replayed, dropped, 0, failed, row.issue);
                if (replayed > 0)
                    postings.push(posting(pack, "replayed", replayed));
                if (dropped > 0)
                    postings.push(posting(pack, "dropped", dropped));
            }
            return postings;
        };
    }
    /** Before the packs go. Answers what to post. */
    remove(packs) {
        const { placesOfPack, removePlaces, countIssue, removeEmpty } = this.#statements;
        const postings = [];
        for (const pack of packs) {
            const id = pack.partition * PARTITION_STRIDE + pack.firstOffset;
            for (const { issue, open } of placesOfPack.all(id)) {
                if (open === 0)
                    continue;
                countIssue.run(open, 0, 0, open, 0, issue);
                postings.push(posting(pack, "expired", open));
            }
            removePlaces.run(id);
        }
        removeEmpty.run();
        return postings;
    }
    issues() {
        return this.#statements.issues.all().map(({ issue, failed_again, first_time, last_time, newest, ...row }) => {
            const partition = Math.floor(newest / PARTITION_STRIDE);
            const place = { partition, offset: newest - partition * PARTITION_STRIDE };
            return {
                id: issue,
                ...row,
                failedAgain: failed_again,
                firstTime: first_time,
                lastTime: last_time,
                newest: place,
            };
        });
    }
    list({ issues, from, ends, settled = false, limit }) {
        const wanted = issues && new Set(issues);
        const start = from ? from.partition * PARTITION_STRIDE + from.offset : 0;
        const filter = [
            settled ? "" : "AND open > 0",
            issues ? `AND issue IN (${issues.map(() => "?").join(", ")})` : "",
        ].join(" ");
        const statement = this.#db.prepare(`SELECT DISTINCT pack FROM dead_letter_places WHERE pack >= ? ${filter} ORDER BY pack LIMIT ?`);
        const letters = [];
        // A page may begin within a pack.
        let id = this.#packHolding(start) ?? start;
        for (;;) {
            const found = statement.all(id, ...(issues ?? []), PACKS_PER_LOOK);
            for (const { pack } of found) {
                const stored = packOf(this.#statements.pack.get(pack));
                const { partition, firstOffset } = stored;
                const end = ends === undefined ? Number.POSITIVE_INFINITY : (ends[partition] ?? 0);
                if (ends !== undefined && partition >= ends.length)
                    return { letters, next: undefined };
                if (firstOffset >= end)
                    continue;
                if (letters.length >= limit)
                    return { letters, next: { partition, offset: firstOffset } };
                const rows = this.#statements.placesOfPack.all(pack).map((row) => [row.issue, placeRow(row)]);
                for (const one of listed(stored, rows, wanted, settled)) {
                    if (pack - firstOffset + one.offset >= start && one.offset < end)
                        letters.push(one);
                }
            }
            const last = found.at(-1);
            if (last === undefined || found.length < PACKS_PER_LOOK)
                return { letters, next: undefined };
            id = last.pack + 1;
        }
    }
    settled() {
        return this.#statements.settled.all().map(({ pack, replayed, dropped }) => {
            const partition = Math.floor(pack / PARTITION_STRIDE);
            return { partition, firstOffset: pack - partition * PARTITION_STRIDE, replayed, dropped };
        });
    }
    /** `spanStart`: the first minute of a pack's account, in SQL. */
    open(spanStart, fromMinute) {
        const rows = this.#db
            .prepare(`SELECT feed, id >> 44 AS partition, ${spanStart} AS first, sum(p.open) AS count
				FROM dead_letter_packs INDEXED BY dead_letter_packs_by_minute
				JOIN dead_letter_places p ON p.pack = id WHERE minute >= ? AND p.open > 0 GROUP BY feed, 2, first`)
            .all(fromMinute);
        return rows.map(({ feed, partition, first, count }) => ({ feed, partition, minute: first, count }));
    }
    #find(partition, offset) {
        const global = partition * PARTITION_STRIDE + offset;
        const id = this.#packHolding(global);
        if (id === undefined)
            throw letterChanged();
        const at = global - id;
        const rows = this.#statements.placesOfPack.all(id);
        const row = rows.find(({ places }) => parseRanges(places).includes(at));
        if (row === undefined)
            throw letterChanged();
        const { feed, minute } = this.#statements.packName.get(id);
        return { row, at, pack: { feed, minute, partition } };
    }
    /** The row number of the pack that holds the letter with this number. */
    #packHolding(global) {
        const row = this.#statements.holding.get(global);
        return row && global < row.id + row.count ? row.id : undefined;
    }
}
/** Packs that are looked up at once. */
const PACKS_PER_LOOK = 256;
function placeRow(row) {
    const { places, replayed, dropped, failed, open } = row;
    return {
        all: places,
        replayed,
        dropped,
        failed: failed === "" ? {} : JSON.parse(failed),
        open,
    };
}
function posting({ feed, partition, minute }, outcome, count) {
    return { step: DEAD_LETTERS, feed, partition, minute, outcome, count };
}
function prepare(db) {
    return {
        known: db.prepare("SELECT 1 FROM dead_letter_issues WHERE issue = ?"),
        issueCount: db.prepare("SELECT count(*) AS n FROM dead_letter_issues"),
        addIssue: db.prepare(`INSERT INTO dead_letter_issues (issue, subject, stage, code, pattern, message, open, replayed, dropped, expired,
				failed_again, first_time, last_time, newest) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?)
			ON CONFLICT DO UPDATE SET
				open = open + excluded.open,
				message = CASE WHEN excluded.last_time >= last_time THEN excluded.message ELSE message END,
				newest = CASE WHEN excluded.last_time >= last_time THEN excluded.newest ELSE newest END,
				first_time = min(first_time, excluded.first_time), last_time = max(last_time, excluded.last_time)`),
        addPlaces: db.prepare(`INSERT INTO dead_letter_places (pack, issue, open, places, replayed, dropped, failed)
			VALUES (?, ?, ?, ?, '', '', '')`),
        setPlaces: db.prepare("UPDATE dead_letter_places SET open = ?, replayed = ?, dropped = ?, failed = ? WHERE pack = ? AND issue = ?"),
        countIssue: db.prepare(`UPDATE dead_letter_issues SET open = open - ?, replayed = replayed + ?, dropped = dropped + ?,
			expired = expired + ?, failed_again = failed_again + ? WHERE issue = ?`),
        placesOfPack: db.prepare("SELECT * FROM dead_letter_places WHERE pack = ?"),
        removePlaces: db.prepare("DELETE FROM dead_letter_places WHERE pack = ?"),
        removeEmpty: db.prepare(`DELETE FROM dead_letter_issues WHERE NOT EXISTS
			(SELECT 1 FROM dead_letter_places p WHERE p.issue = dead_letter_issues.issue)`),
        issues: db.prepare(`SELECT issue, subject, stage, code, pattern, message, open, replayed, dropped, expired, failed_again,
			first_time, last_time, newest FROM dead_letter_issues ORDER BY open DESC, issue`),
        settled: db.prepare("SELECT pack, replayed, dropped FROM dead_letter_places WHERE replayed <> '' OR dropped <> '' ORDER BY pack"),
        pack: db.prepare("SELECT id, feed, minute, count, head, body FROM dead_letter_packs WHERE id = ?"),
        packName: db.prepare("SELECT feed, minute FROM dead_letter_packs WHERE id = ?"),
        holding: db.prepare("SELECT id, count FROM dead_letter_packs WHERE id <= ? ORDER BY id DESC LIMIT 1"),
    };
}
