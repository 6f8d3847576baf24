import { checkPosition } from "../log/commit-check.js";
import { TOPICS } from "../log/log.js";
import { choosePacks, expiredPostings, marksOf } from "../log/retention.js";
import { Failure } from "../model/failure.js";
import { openFrames } from "./frame-cipher.js";
import { dayOf } from "./frame-keys.js";
import { CommitWriter } from "./sqlite-commits.js";
import { corrupt, storeFailure } from "./sqlite-driver.js";
import { SqliteLedger } from "./sqlite-ledger.js";
import { PARTITION_STRIDE } from "./sqlite-letters.js";
import { BUSY_TIMEOUT_MS, openDatabase } from "./sqlite-open.js";
import { PACK_TABLES } from "./sqlite-schema.js";
/**
 * The store as one synchronous object with one owner. Two hosts run it: the calling thread (tests, simulations) and a
 * worker (`run`). All waiting, grouping and ordering lies in front of it, in `sqlite-store.ts`.
 */
export class SqliteCore {
    partitions;
    /** How often this store was opened, this time included. */
    opens;
    sqliteVersion;
    #open;
    #directory;
    #keys;
    #writer;
    #topics;
    #cursor;
    #state;
    #stateNames;
    #ledger;
    #broken;
    #walHoldsKeys = false;
    constructor(driver, settings) {
        this.#directory = settings.directory;
        this.#open = openDatabase(driver, settings);
        const { db } = this.#open;
        this.partitions = this.#open.partitions;
        this.opens = this.#open.opens;
        this.sqliteVersion = this.#open.sqliteVersion;
        try {
            this.#ledger = new SqliteLedger(db);
            this.#writer = new CommitWriter(this.#open, this.#ledger, settings);
            this.#topics = Object.fromEntries(TOPICS.map((topic) => [topic, topicStatements(this.#open, PACK_TABLES[topic])]));
        }
        catch (thrown) {
            this.#open.close(true);
            throw storeFailure(thrown, settings.directory);
        }
        this.#keys = this.#writer.keys;
        this.#cursor = db.prepare("SELECT next FROM cursors WHERE subscription = ? AND topic = ? AND partition = ?");
        this.#state = db.prepare("SELECT value FROM state WHERE name = ?");
        this.#stateNames = db.prepare("SELECT name FROM state WHERE substr(name, 1, ?) = ? ORDER BY name");
    }
    /** One transaction, one sync. Each commit gets its own outcome; a refused one leaves no trace in the others. */
    commitGroup(group) {
        if (this.#broken)
            return group.map(() => ({ failure: this.#broken }));
        try {
            return this.#writer.write(group);
        }
        catch (thrown) {
            const failure = this.#remember(thrown);
            return group.map(() => ({ failure }));
        }
    }
    read(topic, partition, offset, limits) {
        this.#assertUsable();
        checkPosition({ topic, partition, offset }, this.partitions);
        return this.#guard(() => {
            const { start } = this.bounds(topic, partition);
            const from = Math.max(offset, start);
            const packs = [];
            let [next, entries, bytes] = [from, 0, 0];
            const top = (partition + 1) * PARTITION_STRIDE;
            let id = this.#idHolding(topic, partition, from);
            for (;;) {
                const row = this.#topics[topic].next.get(id, top);
                if (!row)
                    break;
                const firstOffset = row.id - partition * PARTITION_STRIDE;
                const more = firstOffset + row.count - Math.max(from, firstOffset);
                if (packs.length > 0 && (entries + more > limits.entriesMax || bytes + row.bytes > limits.bytesMax))
                    break;
                packs.push(this.#storedPack(topic, partition, firstOffset, row));
                entries += more;
                bytes += row.bytes;
                next = firstOffset + row.count;
                id = row.id + row.count;
                if (entries >= limits.entriesMax || bytes >= limits.bytesMax)
                    break;
            }
            return offset < start ? { packs, next, skippedTo: start } : { packs, next };
        });
    }
    packsOfMinute(topic, feed, minute) {
        this.#assertUsable();
        return this.#guard(() => this.#topics[topic].ofMinute.all(minute, feed).map((row) => {
            const partition = Math.floor(row.id / PARTITION_STRIDE);
            return this.#storedPack(topic, partition, row.id - partition * PARTITION_STRIDE, row);
        }));
    }
    bounds(topic, partition) {
        this.#assertUsable();
        checkPosition({ topic, partition, offset: 0 }, this.partitions);
        const { end } = this.#writer.ends(topic, partition);
        const first = this.#agedPack(topic, partition, 0);
        return { start: first?.firstOffset ?? end, end };
    }
    offsetAt(topic, partition, time) {
        this.#assertUsable();
        const base = partition * PARTITION_STRIDE;
        const row = this.#guard(() => this.#topics[topic].minute.get(Math.floor(time / 60_000), base, base + PARTITION_STRIDE));
        return row.id === null ? this.bounds(topic, partition).end : row.id - base;
    }
    cursor(subscription, topic, partition) {
        this.#assertUsable();
        const row = this.#guard(() => this.#cursor.get(subscription, topic, partition));
        return row?.next;
    }
    state(name) {
        this.#assertUsable();
        const row = this.#guard(() => this.#state.get(name));
        return typeof row?.value === "string" ? new TextEncoder().encode(row.value) : row?.value;
    }
    stateNames(prefix) {
        this.#assertUsable();
        // SQLite counts characters and JavaScript UTF-16 units, so the length is that of the code points.
        const rows = this.#guard(() => this.#stateNames.all([...prefix].length, prefix));
        return rows.map(({ name }) => name);
    }
    ledger(filter) {
        this.#assertUsable();
        return this.#guard(() => this.#ledger.rows(filter));
    }
    ledgerSums(query) {
        this.#assertUsable();
        return this.#guard(() => this.#ledger.sums(query));
    }
    openAccounts(filter) {
        this.#assertUsable();
        return this.#guard(() => this.#ledger.open(filter));
    }
    ledgerFolds() {
        this.#assertUsable();
        return this.#ledger.folds;
    }
    /** One bounded step; call again while `more` is true. */
    foldLedger(aging, now) {
        this.#assertUsable();
        return this.#guard(() => this.#ledger.step(aging, now, (work) => this.#writer.writeInternal({}, work)));
    }
    pending(from) {
        this.#assertUsable();
        const { topic, partition } = from;
        const offset = "offset" in from ? from.offset : (this.cursor(from.subscription, topic, partition) ?? 0);
        checkPosition({ topic, partition, offset }, this.partitions);
        return this.#guard(() => {
            const id = this.#idHolding(topic, partition, offset);
            const first = partition * PARTITION_STRIDE + offset;
            const rows = this.#open.db
                .prepare(`SELECT feed, first AS minute, count FROM (
						SELECT feed, ${this.#ledger.packSpanStart} AS first, sum(count - max(0, ? - id)) AS count
						FROM ${PACK_TABLES[topic]} WHERE id + count > ? AND id >= ? AND id < ? GROUP BY feed, first)`)
                .all(first, first, id, (partition + 1) * PARTITION_STRIDE);
            return rows.map((row) => ({ ...row }));
        });
    }
    letterIssues() {
        this.#assertUsable();
        return this.#guard(() => this.#writer.letters.issues());
    }
    letters(query) {
        this.#assertUsable();
        return this.#guard(() => this.#writer.letters.list(query));
    }
    settledLetters() {
        this.#assertUsable();
        return this.#guard(() => this.#writer.letters.settled());
    }
    openLetters(fromMinute) {
        this.#assertUsable();
        return this.#guard(() => this.#writer.letters.open(this.#ledger.packSpanStart, fromMinute));
    }
    /** One bounded step of retention in a transaction of its own; call again while `more` is true. */
    retain(policy, now, packsMax) {
        this.#assertUsable();
        const { topic } = policy;
        return this.#guard(() => {
            const chosen = choosePacks({
                partitions: this.partitions,
                bytes: this.usage().find((row) => row.topic === topic)?.bytes ?? 0,
                pack: (partition, fromOffset) => this.#agedPack(topic, partition, fromOffset),
            }, policy, now, packsMax);
            if (chosen.length > 0)
                this.#removePacks(topic, chosen);
            return { ...summary(chosen), more: chosen.length === packsMax };
        });
    }
    usage() {
        this.#assertUsable();
        return TOPICS.map((topic) => {
            let [entries, bytes] = [0, 0];
            for (let partition = 0; partition < this.partitions; partition++) {
                const first = this.#agedPack(topic, partition, 0);
                const { end, bytesToHere } = this.#writer.ends(topic, partition);
                if (!first)
                    continue;
                entries += end - first.firstOffset;
                bytes += bytesToHere - first.bytesBefore;
            }
            return { topic, entries, bytes };
        });
    }
    /** Another connection's checkpoint failed on the disk: the same as if ours had. */
    markBroken(failure) {
        this.#broken ??= failure;
    }
    close() {
        this.#open.close(this.#broken !== undefined);
        this.#broken ??= new Failure("closed", "The log is closed");
    }
    #removePacks(topic, packs) {
        const isOpen = this.#ledger.isOpen.bind(this.#ledger);
        const postings = expiredPostings(topic, packs, this.#writer.readers(topic), isOpen);
        const state = [...marksOf(topic, packs)].map(([name, minute]) => {
            const before = this.#state.get(name);
            return { name, bytes: String(Math.max(minute, before ? Number(before.value) : minute)) };
        });
        const days = new Map(packs.map(({ feed, minute }) => [`${dayOf(minute)}/${feed}`, { feed, day: dayOf(minute) }]));
        let keysDestroyed = 0;
        const remove = () => {
            if (topic === "dead-letters")
                postings.push(...this.#writer.letters.remove(packs));
            for (const pack of packs) {
                this.#topics[topic].remove.run(pack.partition * PARTITION_STRIDE + pack.firstOffset);
            }
            this.#writer.rememberEnds(topic);
            if (topic === "frames")
                keysDestroyed = this.#keys.destroyUnused([...days.values()]);
        };
        this.#writer.writeInternal({ ledger: postings, state }, remove);
        this.#writer.removed(topic, packs);
        this.#walHoldsKeys ||= keysDestroyed > 0;
        if (this.#walHoldsKeys)
            this.#walHoldsKeys = !this.#emptyWal();
    }
    /**
     * The pages that held a key must not live on in the write-ahead log. Somebody who reads it just now is not waited
     * for: the next step of retention tries again.
     */
    #emptyWal() {
        const { db } = this.#open;
        db.exec("PRAGMA busy_timeout = 0");
        const { busy } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
        db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
        return busy === 0;
    }
    /** The row number of the pack that holds the offset, else the lowest that may come after it. */
    #idHolding(topic, partition, offset) {
        const base = partition * PARTITION_STRIDE;
        const row = this.#topics[topic].holding.get(base + offset, base);
        return row && row.id + row.count > base + offset ? row.id : base + offset;
    }
    #agedPack(topic, partition, fromOffset) {
        const base = partition * PARTITION_STRIDE;
        const row = this.#guard(() => this.#topics[topic].nextAge.get(base + fromOffset, base + PARTITION_STRIDE));
        if (!row)
            return undefined;
        const { feed, minute, count, bytes, head } = row;
        const bytesBefore = row.bytes_to_here - bytes;
        return { partition, firstOffset: row.id - base, count, bytes, feed, minute, head, bytesBefore };
    }
    #storedPack(topic, partition, firstOffset, row) {
        const { feed, minute, count, head } = row;
        let { body } = row;
        if (topic === "frames" && this.#open.isEncrypted) {
            const key = this.#keys.find(feed, dayOf(minute));
            if (!key || typeof body === "string") {
                throw corrupt(this.#directory, `frames/${partition}/${firstOffset} of feed ${feed} has no key`);
            }
            body = openFrames(key, { partition, firstOffset, feed, minute }, body);
        }
        return { topic, partition, feed, minute, count, head, body, firstOffset };
    }
    #assertUsable() {
        if (this.#broken)
            throw this.#broken;
    }
    #guard(work) {
        try {
            return work();
        }
        catch (thrown) {
            throw this.#remember(thrown);
        }
    }
    /** Failures of the disk are final; a full disk is not. */
    #remember(thrown) {
        const failure = storeFailure(thrown, this.#directory);
        if (failure.code === "store.sync")
            this.#broken = failure;
        return failure;
    }
}
function topicStatements({ db }, table) {
    const range = `FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT 1`;
    return {
        holding: db.prepare(`SELECT id, count FROM ${table} WHERE id <= ? AND id >= ? ORDER BY id DESC LIMIT 1`),
        next: db.prepare(`SELECT id, feed, minute, count, bytes, head, body ${range}`),
        nextAge: db.prepare(`SELECT id, feed, minute, count, bytes, bytes_to_here, head ${range}`),
        minute: db.prepare(`SELECT min(id) AS id FROM ${table} INDEXED BY ${table}_by_minute WHERE minute >= ? AND id >= ? AND id < ?`),
        ofMinute: db.prepare(`SELECT id, feed, minute, count, bytes, head, body FROM ${table} INDEXED BY ${table}_by_minute
			WHERE minute = ? AND feed = ? ORDER BY id`),
        remove: db.prepare(`DELETE FROM ${table} WHERE id = ?`),
    };
}
function summary(packs) {
    return {
        packs: packs.length,
        entries: packs.reduce((sum, pack) => sum + pack.count, 0),
        bytes: packs.reduce((sum, pack) => sum + pack.bytes, 0),
    };
}
