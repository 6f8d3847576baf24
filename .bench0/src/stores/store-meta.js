import { partitionOf } from "../log/partitioner.js";
import { PACK_TABLES } from "./sqlite-schema.js";
const PARTITIONS_USUAL = 8;
const PARTITIONS_MAX = 64;
const PACKS_ASKED_MAX = 500;
const RIGHT_SHARE = 0.9;
/** What the packs show that the store must have; what is stated wins where they show nothing else. */
export function metaByEvidence(db) {
    const has = (table) => db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined;
    // Who does not seal frames never has a key.
    const encrypted = has("keys") ? 1 : (stated(db, "encrypted") ?? (has(PACK_TABLES.frames) ? 0 : 1));
    const places = placesByKey(db);
    // A few of them may be damaged themselves.
    const fits = (partitions) => {
        if (!(partitions !== undefined && partitions >= 1 && partitions <= PARTITIONS_MAX))
            return false;
        const right = places.filter(({ key, partition }) => partitionOf(key, partitions) === partition);
        return right.length >= places.length * RIGHT_SHARE;
    };
    const all = Array.from({ length: PARTITIONS_MAX }, (_, at) => at + 1);
    const known = stated(db, "partitions");
    const partitions = [known, PARTITIONS_USUAL, ...all].find(fits) ?? known ?? PARTITIONS_USUAL;
    return { partitions, encrypted };
}
/** What table `meta` says that the packs contradict, a sentence each. */
export function metaProblems(db) {
    return Object.entries(metaByEvidence(db)).flatMap(([name, value]) => {
        const found = stated(db, name);
        return found === value
            ? []
            : [`table meta says ${name} ${found ?? "nothing"}, and the packs show ${value}`];
    });
}
function stated(db, name) {
    const row = db.prepare("SELECT value FROM meta WHERE name = ?").get(name);
    return Number.isInteger(row?.value) ? row?.value : undefined;
}
/** Frames lie in the partition of their feed, records in that of their key. */
function placesByKey(db) {
    const frames = db
        .prepare(`SELECT DISTINCT feed AS key, id >> 44 AS partition FROM ${PACK_TABLES.frames}`)
        .all();
    const records = db
        .prepare(`SELECT json_extract(CAST(body AS TEXT), '$[0].key') AS key, id >> 44 AS partition FROM ${PACK_TABLES.records}
			WHERE json_valid(CAST(body AS TEXT)) ORDER BY id DESC LIMIT ${PACKS_ASKED_MAX}`)
        .all();
    return [...frames, ...records].filter((place) => typeof place.key === "string");
}
