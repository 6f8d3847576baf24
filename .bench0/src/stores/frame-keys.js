import { Failure } from "../model/failure.js";
import { KEY_BYTES } from "./frame-cipher.js";
const MINUTES_PER_DAY = 1440;
const CACHE_MAX = 4096;
/** The UTC day of a minute, in days since the epoch. */
export function dayOf(minute) {
    return Math.floor(minute / MINUTES_PER_DAY);
}
/**
 * One random key per feed and UTC day. When retention has removed the last frame of that feed and day, its key is
 * overwritten with zeros, and with it goes whatever copy of the frames is left on the disk or in a backup.
 */
export class FrameKeys {
    #db;
    #cache = new Map();
    #select;
    #insert;
    #delete;
    #anyFrame;
    constructor(db) {
        this.#db = db;
        this.#select = db.prepare("SELECT key FROM keys WHERE feed = ? AND day = ?");
        this.#insert = db.prepare("INSERT INTO keys (feed, day, key) VALUES (?, ?, ?)");
        this.#delete = db.prepare("DELETE FROM keys WHERE feed = ? AND day = ?");
        this.#anyFrame = db.prepare("SELECT 1 FROM frame_packs INDEXED BY frame_packs_by_minute WHERE minute BETWEEN ? AND ? AND feed = ? LIMIT 1");
    }
    find(feed, day) {
        const name = `${day}/${feed}`;
        const cached = this.#cache.get(name);
        if (cached)
            return cached;
        const row = this.#select.get(feed, day);
        if (!row)
            return undefined;
        if (this.#cache.size >= CACHE_MAX)
            this.#cache.clear();
        this.#cache.set(name, row.key);
        return row.key;
    }
    /** The key of the day; where there is none, the given random bytes become it, inside the present transaction. */
    findOrCreate(feed, day, random) {
        const found = this.find(feed, day);
        if (found)
            return found;
        if (random.byteLength !== KEY_BYTES) {
            throw new Failure("bug", `A key has ${KEY_BYTES} random bytes, not ${random.byteLength}`);
        }
        this.#insert.run(feed, day, random.slice());
        return this.find(feed, day) ?? random;
    }
    /** After a rollback: what was created in it never existed. */
    forget() {
        this.#cache.clear();
    }
    /** Deletes the keys of these days that have no frame left, with zeros over them. Answers how many went. */
    destroyUnused(days) {
        let destroyed = 0;
        this.#db.exec("PRAGMA secure_delete = ON");
        for (const { feed, day } of days) {
            const first = day * MINUTES_PER_DAY;
            if (this.#anyFrame.get(first, first + MINUTES_PER_DAY - 1, feed))
                continue;
            this.#delete.run(feed, day);
            this.#cache.delete(`${day}/${feed}`);
            destroyed++;
        }
        this.#db.exec("PRAGMA secure_delete = FAST");
        return destroyed;
    }
}
