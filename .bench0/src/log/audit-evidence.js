import { RETENTION_MARKS, retentionMark } from "./retention.js";
/** A mark of damage per feed: the minutes of receipt of which a repair could not save everything. */
export const DAMAGE_MARKS = "damaged/";
/**
 * How far retention has eaten into the evidence, and what a repair could not save: there the audit compares sums only.
 */
export class Evidence {
    #marks;
    /** The newest mark of a feed in topic `records`, over all partitions. */
    #records = new Map();
    #damage;
    constructor(marks, damage) {
        this.#marks = marks;
        this.#damage = damage;
        for (const [name, minute] of marks) {
            const [topic, , ...feed] = name.slice(RETENTION_MARKS.length).split("/");
            if (topic !== "records")
                continue;
            const key = feed.join("/");
            this.#records.set(key, Math.max(minute, this.#records.get(key) ?? minute));
        }
    }
    static async read(log) {
        const names = await log.stateNames(RETENTION_MARKS);
        const marks = new Map();
        for (const name of names) {
            const bytes = await log.state(name);
            if (bytes)
                marks.set(name, Number(new TextDecoder().decode(bytes)));
        }
        return new Evidence(marks, await readDamage(log));
    }
    /** Whether entries of this minute may be gone. */
    isGone(topic, partition, feed, minute) {
        const mark = this.#marks.get(retentionMark(topic, partition, feed));
        return (mark !== undefined && minute <= mark) || this.#isDamaged(feed, minute);
    }
    /** Whether records of this feed and minute may be gone from any partition. */
    areRecordsGone(feed, minute) {
        const mark = this.#records.get(feed);
        return (mark !== undefined && minute <= mark) || this.#isDamaged(feed, minute);
    }
    #isDamaged(feed, minute) {
        const ranges = this.#damage.get(feed);
        return ranges?.some(([first, last]) => first <= minute && minute <= last) ?? false;
    }
}
/** What repairs could not save, by feed. */
export async function readDamage(log) {
    const damage = new Map();
    for (const name of await log.stateNames(DAMAGE_MARKS)) {
        const bytes = await log.state(name);
        if (bytes)
            damage.set(name.slice(DAMAGE_MARKS.length), JSON.parse(new TextDecoder().decode(bytes)));
    }
    return damage;
}
