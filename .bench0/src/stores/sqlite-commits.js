import { checkCommit, cursorBack, fenced, overtaken, packBytes } from "../log/commit-check.js";
import { TOPICS } from "../log/log.js";
import { Failure } from "../model/failure.js";
import { KEY_BYTES, RANDOM_BYTES_PER_PACK, sealFrames } from "./frame-cipher.js";
import { dayOf, FrameKeys } from "./frame-keys.js";
import { SpaceGuard } from "./space-guard.js";
import { isFull, isNoTransaction, storeFailure } from "./sqlite-driver.js";
import { PARTITION_STRIDE, SqliteLetters } from "./sqlite-letters.js";
import { PACK_TABLES } from "./sqlite-schema.js";
/** What the commits of one transaction write besides packs: a row that several of them touch is written once. */
class Sheet {
    ledger = new Map();
    cursors = new Map();
    state = new Map();
    epochs = new Map();
    add(commit) {
        for (const posting of commit.ledger ?? []) {
            const key = `${posting.step}|${posting.outcome}|${posting.partition}|${posting.minute}|${posting.feed}`;
            const sum = this.ledger.get(key);
            if (sum)
                sum.count += posting.count;
            else
                this.ledger.set(key, { ...posting });
        }
        for (const { name, bytes } of commit.state ?? [])
            this.state.set(name, bytes);
    }
}
/** Writes groups of commits, one transaction each, and knows where every stream ends. */
export class CommitWriter {
    keys;
    #open;
    #directory;
    #ledger;
    letters;
    #space;
    #ends = new Map();
    #cursors = new Map();
    #epochs = new Map();
    #insert = new Map();
    #statements;
    #undo = [];
    /** By `topic/partition`, where what retention left in this process begins. */
    #removedTo = new Map();
    constructor(open, ledger, settings) {
        this.#open = open;
        this.#ledger = ledger;
        this.#directory = settings.directory;
        this.#space = new SpaceGuard(settings);
        this.keys = new FrameKeys(open.db);
        this.letters = new SqliteLetters(open.db);
        this.#statements = prepareStatements(open);
        for (const topic of TOPICS) {
            this.#insert.set(topic, open.db.prepare(`INSERT INTO ${PACK_TABLES[topic]} (id, feed, minute, count, bytes, bytes_to_here, head, body)
					VALUES (?, ?, ?, ?, ?, ?, ?, ?)`));
            this.#ends.set(topic, readEnds(open, topic));
        }
        for (const row of open.db.prepare("SELECT * FROM cursors").all()) {
            this.#cursors.set(cursorKey(row.subscription, row.topic, row.partition), { ...row });
        }
        for (const row of open.db.prepare("SELECT * FROM owners").all()) {
            this.#epochs.set(row.owner, row.epoch);
        }
    }
    ends(topic, partition) {
        return this.#ends.get(topic)?.[partition];
    }
    readers(topic) {
        return [...this.#cursors.values()].filter((cursor) => cursor.topic === topic);
    }
    write(group) {
        const appends = group.some(({ commit }) => commit.append && commit.append.length > 0);
        const low = appends ? this.#space.check(() => this.#fileSpace()) : undefined;
        try {
            return this.#transaction((sheet) => group.map((wire) => this.#admit(wire, sheet, low)));
        }
        catch (thrown) {
            if (!isFull(thrown))
                throw thrown;
            // What does not append must still work: it takes the reserve, and appends are told to wait.
            this.#space.release();
            const full = storeFailure(thrown, this.#directory);
            return this.#transaction((sheet) => group.map((wire) => this.#admit(wire, sheet, full)));
        }
    }
    /** The store's own changes (retention, folds of the ledger): `work` and the postings that it makes true, in one transaction. */
    writeInternal(commit, work) {
        const run = () => this.#transaction((sheet) => {
            work();
            sheet.add(commit);
        });
        try {
            run();
        }
        catch (thrown) {
            if (!isFull(thrown) || !this.#space.release())
                throw thrown;
            run();
        }
    }
    /** Before packs go: offsets are never given twice, also when the newest pack is gone. Within a transaction. */
    rememberEnds(topic) {
        this.#ends.get(topic)?.forEach(({ end, bytesToHere }, partition) => {
            this.#statements.stream.run(topic, partition, end, bytesToHere);
        });
    }
    #transaction(work) {
        this.#undo = [];
        const sheet = new Sheet();
        this.#statements.begin.run();
        try {
            const result = work(sheet);
            this.#flush(sheet);
            this.#statements.commit.run();
            return result;
        }
        catch (thrown) {
            for (const undo of this.#undo.reverse())
                undo();
            this.keys.forget();
            try {
                this.#statements.rollback.run();
            }
            catch (second) {
                if (!isNoTransaction(second))
                    throw second;
            }
            throw thrown;
        }
    }
    /** Everything that can be wrong with a commit is found before any of it is written. */
    #admit({ commit, random }, sheet, low) {
        let moved;
        let settle;
        try {
            checkCommit(commit, this.#open.partitions);
            if (low && commit.append && commit.append.length > 0)
                throw low;
            this.#checkFence(commit);
            moved = this.#checkCursors(commit);
            settle = commit.letters && this.letters.change(commit.letters);
        }
        catch (thrown) {
            if (thrown instanceof Failure)
                return { failure: thrown };
            throw thrown;
        }
        const { fence } = commit;
        if (fence) {
            this.#remember(this.#epochs, fence.owner, fence.epoch);
            sheet.epochs.set(fence.owner, fence.epoch);
        }
        for (const cursor of moved) {
            const key = cursorKey(cursor.subscription, cursor.topic, cursor.partition);
            this.#remember(this.#cursors, key, cursor);
            sheet.cursors.set(key, cursor);
        }
        sheet.add(commit);
        if (settle)
            sheet.add({ ledger: settle() });
        let used = 0;
        const offsets = (commit.append ?? []).map((pack) => {
            const from = used;
            if (pack.topic === "frames" && this.#open.isEncrypted)
                used += RANDOM_BYTES_PER_PACK;
            const firstOffset = this.#append(pack, random.subarray(from, used));
            if (pack.topic === "dead-letters") {
                const id = pack.partition * PARTITION_STRIDE + firstOffset;
                sheet.add({ ledger: this.letters.append(id, pack) });
            }
            return firstOffset;
        });
        return { offsets };
    }
    #checkFence({ fence }) {
        const present = fence && this.#epochs.get(fence.owner);
        if (fence && present !== undefined && present > fence.epoch) {
            throw fenced(fence.owner, fence.epoch, present);
        }
    }
    /** Retention took these: what accounts for them later is told so. A new process knows of none, and has read none. */
    removed(topic, packs) {
        for (const { partition, firstOffset, count } of packs) {
            this.#removedTo.set(`${topic}/${partition}`, firstOffset + count);
        }
    }
    #checkCursors(commit) {
        if (!commit.consumed)
            return [];
        const moved = new Map();
        for (const { subscription, next, seek, since } of commit.consumed) {
            const key = cursorKey(subscription, next.topic, next.partition);
            const present = (moved.get(key) ?? this.#cursors.get(key))?.next ?? 0;
            if (next.offset < present && !seek)
                throw cursorBack(subscription, next, present);
            const start = this.#removedTo.get(`${next.topic}/${next.partition}`) ?? 0;
            if (since !== undefined && since < start)
                throw overtaken(subscription, next, since, start);
            moved.set(key, { subscription, topic: next.topic, partition: next.partition, next: next.offset });
        }
        return [...moved.values()];
    }
    #append(pack, random) {
        const { topic, partition, feed, minute, count, head } = pack;
        const stream = this.ends(topic, partition);
        const { end: firstOffset, bytesToHere } = stream;
        const bytes = packBytes(pack);
        let { body } = pack;
        if (topic === "frames" && this.#open.isEncrypted && typeof body !== "string") {
            const nonce = random.subarray(KEY_BYTES);
            const key = this.keys.findOrCreate(feed, dayOf(minute), random.subarray(0, KEY_BYTES));
            body = sealFrames(key, nonce, { partition, firstOffset, feed, minute }, body);
        }
        this.#insert
            .get(topic)
            ?.run(partition * PARTITION_STRIDE + firstOffset, feed, minute, count, bytes, bytesToHere + bytes, head, body);
        this.#undo.push(() => {
            stream.end = firstOffset;
            stream.bytesToHere = bytesToHere;
        });
        stream.end += count;
        stream.bytesToHere += bytes;
        return firstOffset;
    }
    #remember(map, key, value) {
        const before = map.get(key);
        this.#undo.push(() => {
            if (before === undefined)
                map.delete(key);
            else
                map.set(key, before);
        });
        map.set(key, value);
    }
    #flush(sheet) {
        const { cursor, setState, deleteState, owner } = this.#statements;
        for (const { subscription, topic, partition, next } of sheet.cursors.values()) {
            cursor.run(subscription, topic, partition, next);
        }
        for (const [name, bytes] of sheet.state) {
            if (bytes === null)
                deleteState.run(name);
            else
                setState.run(name, typeof bytes === "string" && bytes.includes("\0") ? Buffer.from(bytes) : bytes);
        }
        for (const posting of sheet.ledger.values())
            this.#ledger.post(posting);
        for (const [name, epoch] of sheet.epochs)
            owner.run(name, epoch);
    }
    #fileSpace() {
        const { pageCount, freePages } = this.#statements;
        const { pageBytes } = this.#open;
        const [pages, free] = [pageCount, freePages].map((statement) => Object.values(statement.get())[0]);
        return { usedBytes: pages * pageBytes, freeBytes: free * pageBytes };
    }
}
function prepareStatements({ db }) {
    return {
        begin: db.prepare("BEGIN IMMEDIATE"),
        commit: db.prepare("COMMIT"),
        rollback: db.prepare("ROLLBACK"),
        cursor: db.prepare(`INSERT INTO cursors (subscription, topic, partition, next) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET next = excluded.next`),
        setState: db.prepare("INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"),
        deleteState: db.prepare("DELETE FROM state WHERE name = ?"),
        owner: db.prepare("INSERT INTO owners (owner, epoch) VALUES (?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch"),
        stream: db.prepare(`INSERT INTO streams (topic, partition, end, bytes_to_here) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET end = excluded.end, bytes_to_here = excluded.bytes_to_here`),
        pageCount: db.prepare("PRAGMA page_count"),
        freePages: db.prepare("PRAGMA freelist_count"),
    };
}
/** Where each stream goes on: after its last pack, and never before what retention noted. */
function readEnds({ db, partitions }, topic) {
    const floor = db.prepare("SELECT end, bytes_to_here FROM streams WHERE topic = ? AND partition = ?");
    const last = db.prepare(`SELECT id, count, bytes_to_here FROM ${PACK_TABLES[topic]} WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1`);
    return Array.from({ length: partitions }, (_, partition) => {
        const base = partition * PARTITION_STRIDE;
        const pack = last.get(base, base + PARTITION_STRIDE);
        const noted = floor.get(topic, partition);
        const end = pack ? pack.id - base + pack.count : 0;
        return {
            end: Math.max(end, noted?.end ?? 0),
            bytesToHere: Math.max(pack?.bytes_to_here ?? 0, noted?.bytes_to_here ?? 0),
        };
    });
}
function cursorKey(subscription, topic, partition) {
    return `${topic}/${partition}/${subscription}`;
}
