import { Failure } from "../model/failure.js";
import { corrupt } from "./sqlite-driver.js";
import { packOf, SqliteLetters } from "./sqlite-letters.js";
/**
 * The layout that this version writes. A store with a higher number was written by a newer Wayside. 2: old accounts of
 * the ledger are folded, up to the minutes in table `meta`; whoever does not know that would post beside them. 3: dead
 * letters are indexed; whoever does not know that would append beside the index.
 */
export const FORMAT = 3;
/** "WAYS" in `application_id`, so that `file wayside.db` and we can tell whose database it is. */
const APPLICATION_ID = 0x57415953;
export const PACK_TABLES = {
    frames: "frame_packs",
    receipts: "receipt_packs",
    records: "record_packs",
    "dead-letters": "dead_letter_packs",
    events: "event_packs",
};
const packTable = (table) => `
CREATE TABLE ${table} (
	id INTEGER PRIMARY KEY,
	feed TEXT NOT NULL,
	minute INTEGER NOT NULL,
	count INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	bytes_to_here INTEGER NOT NULL,
	head TEXT NOT NULL,
	body ANY NOT NULL
) STRICT;
CREATE INDEX ${table}_by_minute ON ${table} (minute, feed);
`;
const LETTER_TABLES = `
CREATE TABLE IF NOT EXISTS dead_letter_issues (
	issue TEXT PRIMARY KEY, subject TEXT NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL, pattern TEXT NOT NULL,
	message TEXT NOT NULL, open INTEGER NOT NULL, replayed INTEGER NOT NULL, dropped INTEGER NOT NULL,
	expired INTEGER NOT NULL, failed_again INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
	newest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead_letter_places (
	pack INTEGER NOT NULL, issue TEXT NOT NULL, open INTEGER NOT NULL, places TEXT NOT NULL, replayed TEXT NOT NULL,
	dropped TEXT NOT NULL, failed TEXT NOT NULL,
	PRIMARY KEY (pack, issue)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dead_letter_places_by_issue ON dead_letter_places (issue, pack);
CREATE INDEX IF NOT EXISTS dead_letter_places_open ON dead_letter_places (pack) WHERE open > 0;
`;
const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE streams (
	topic TEXT NOT NULL, partition INTEGER NOT NULL, end INTEGER NOT NULL, bytes_to_here INTEGER NOT NULL,
	PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (
	subscription TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
	PRIMARY KEY (subscription, topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE ledger (
	step TEXT NOT NULL, feed TEXT NOT NULL, minute INTEGER NOT NULL, partition INTEGER NOT NULL,
	outcome TEXT NOT NULL, count INTEGER NOT NULL,
	PRIMARY KEY (step, feed, minute, partition, outcome)
) STRICT, WITHOUT ROWID;
CREATE TABLE owners (owner TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE keys (feed TEXT NOT NULL, day INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (feed, day)) STRICT, WITHOUT ROWID;
${Object.values(PACK_TABLES).map(packTable).join("")}
${LETTER_TABLES}`;
const iso = (milliseconds) => `strftime('%Y-%m-%dT%H:%M:%fZ', (${milliseconds}) / 1000.0, 'unixepoch')`;
const at = (pack) => `${pack}.id >> 44 AS partition, (${pack}.id & 17592186044415) + e.key AS "offset"`;
const field = (name) => `json_extract(e.value, '$.${name}')`;
const origin = (name) => `json_extract(p.head, '$.frames[' || ${field("frame")} || '].${name}')`;
const folded = (name) => `ifnull((SELECT value FROM meta WHERE name = 'ledger_${name}_before'), 0)`;
const LEDGER_VIEW = `
CREATE VIEW ledger_accounts AS SELECT
	step, feed, partition, ${iso("first * 60000")} AS minute, span_minutes,
	sum(CASE WHEN outcome = 'in' THEN count ELSE 0 END) AS arrived,
	sum(CASE WHEN outcome = 'in' THEN 0 ELSE count END) AS settled,
	sum(CASE WHEN outcome = 'in' THEN count ELSE -count END) AS open,
	json_group_object(outcome, count) FILTER (WHERE outcome <> 'in') AS outcomes
FROM (
	SELECT step, feed, partition, minute - minute % span_minutes AS first, span_minutes, outcome, sum(count) AS count
	FROM (
		SELECT *, CASE WHEN minute >= ${folded("hours")} THEN 1 WHEN minute >= ${folded("days")} THEN 60 ELSE 1440 END
			AS span_minutes
		FROM ledger
	) GROUP BY step, feed, partition, first, span_minutes, outcome
) GROUP BY step, feed, first, partition;
`;
/** For people with a SQLite shell: 3.38 or later, as Debian has. `CAST` because a body may be stored as bytes. */
const VIEWS = `
CREATE VIEW records AS SELECT
	${field("body.kind")} || '/' || ${field("key")} || '/' || ${field("eventTime")} AS id,
	${at("p")}, p.feed, ${origin("upstream")} AS upstream,
	${field("key")} AS key, ${field("body.kind")} AS kind, ${field("revision")} AS revision,
	${iso(field("eventTime"))} AS event_time, ${iso(origin("receivedTime"))} AS received_time,
	${field("flags")} AS flags, ${field("body.vehicleId")} AS vehicle,
	${field("body.latitude")} AS latitude, ${field("body.longitude")} AS longitude,
	${origin("partition")} AS frame_partition, ${origin("offset")} AS frame_offset, ${field("index")} AS frame_index,
	${field("body")} AS body
FROM record_packs p, json_each(CAST(p.body AS TEXT)) e;

CREATE VIEW dead_letters AS SELECT
	${at("p")}, p.feed, ${iso(field("time"))} AS time, ${field("stage")} AS stage, ${field("code")} AS code,
	${field("message")} AS message, ${field("upstream")} AS upstream,
	${field("frame.partition")} AS frame_partition, ${field("frame.offset")} AS frame_offset,
	${field('"index"')} AS frame_index, ${iso(field("receivedTime"))} AS received_time,
	${field("decoder")} AS decoder, ${field("sample")} AS sample,
	${field("record.id")} AS record_id, ${field("attempts")} AS attempts
FROM dead_letter_packs p, json_each(CAST(p.body AS TEXT)) e;

CREATE VIEW receipts AS SELECT
	${at("p")}, p.feed, ${iso("p.minute * 60000")} AS minute, ${field("frame")} AS frame_offset,
	${field("items")} AS items, ${field("duplicates")} AS duplicates, ${field("deadLetters")} AS dead_letters,
	${field("ignored")} AS ignored, ${field("frameDeadLetter")} AS frame_dead_letter
FROM receipt_packs p, json_each(CAST(p.body AS TEXT)) e;

CREATE VIEW frames AS SELECT
	${at("p")}, p.feed, ${iso(field("receivedTime"))} AS received_time, ${field("bytes")} AS bytes,
	${field("connection")} AS connection, ${field("upstream")} AS upstream,
	${field("contentType")} AS content_type, ${field("meta")} AS meta
FROM frame_packs p, json_each(p.head, '$.frames') e;

CREATE VIEW events AS SELECT
	${at("p")}, p.feed, ${iso(field("time"))} AS time, ${field("subject")} AS subject, ${field("level")} AS level,
	${field("code")} AS code, ${field("message")} AS message, ${field("details")} AS details
FROM event_packs p, json_each(CAST(p.body AS TEXT)) e;
${LEDGER_VIEW}`;
/** Throws when a database is not one of ours, or one of a newer Wayside. Reads only: a foreign one stays as it is. */
export function assertOurs(db, directory) {
    const format = pragma(db, "user_version");
    const tables = db.prepare("SELECT count(*) AS n FROM sqlite_master").get().n;
    if (tables === 0 && format === 0)
        return;
    if (pragma(db, "application_id") !== APPLICATION_ID)
        throw corrupt(directory, "wayside.db is not a database of Wayside");
    if (format > FORMAT) {
        throw new Failure("store.version", `The store in ${directory} has format ${format} and this Wayside reads formats up to ${FORMAT}: ` +
            "run the newer Wayside that wrote it.");
    }
}
/** Makes the tables of a new store, or checks that an old one can be read. Answers how many partitions it has. */
export function prepareSchema(db, directory, wanted) {
    const format = pragma(db, "user_version");
    const tables = db.prepare("SELECT count(*) AS n FROM sqlite_master").get().n;
    if (tables === 0 && format === 0) {
        db.exec("BEGIN IMMEDIATE");
        createSchema(db, wanted ?? 8);
        db.exec("COMMIT");
    }
    else if (format < FORMAT) {
        // From 1: nothing is folded yet, and the views below are renewed. From 2: dead letters get their index.
        db.exec("BEGIN IMMEDIATE");
        db.exec(LETTER_TABLES);
        indexLetters(db);
        db.exec(`PRAGMA user_version = ${FORMAT}`);
        db.exec("COMMIT");
    }
    if (tables > 0)
        renewViews(db);
    const partitions = db.prepare("SELECT value FROM meta WHERE name = 'partitions'").get();
    if (!partitions)
        throw corrupt(directory, "its number of partitions is missing from table meta");
    if (wanted !== undefined && wanted !== partitions.value) {
        throw new Failure("config.invalid", `The store in ${directory} was created with ${partitions.value} partitions and cannot change to ${wanted}; ` +
            `ask for ${partitions.value}, or use a new folder`);
    }
    return partitions.value;
}
/** The tables and views of a new store. Within a transaction. */
export function createSchema(db, partitions) {
    db.exec(TABLES);
    db.exec(VIEWS);
    db.prepare("INSERT INTO meta (name, value) VALUES ('partitions', ?), ('opens', 0)").run(partitions);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${FORMAT}`);
}
/** The dead letters of a store that has no index of them, or a damaged one, and their account: all are open then. */
export function indexLetters(db) {
    db.exec("DELETE FROM dead_letter_places; DELETE FROM dead_letter_issues");
    db.exec("DELETE FROM ledger WHERE step = 'dead-letters'");
    const letters = new SqliteLetters(db);
    const post = db.prepare(`INSERT INTO ledger (step, feed, minute, partition, outcome, count) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET count = count + excluded.count`);
    const next = db.prepare("SELECT * FROM dead_letter_packs WHERE id > ? ORDER BY id LIMIT 1");
    for (let id = -1;;) {
        const row = next.get(id);
        if (row === undefined)
            return;
        id = row.id;
        for (const { step, feed, minute, partition, outcome, count } of letters.append(row.id, packOf(row))) {
            post.run(step, feed, minute, partition, outcome, count);
        }
    }
}
/** Views hold nothing: a store that an earlier version made gets those of this one. */
function renewViews(db) {
    const present = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'view'").all();
    if (present.length > 0 && present.every(({ sql }) => VIEWS.includes(sql)))
        return;
    db.exec("BEGIN IMMEDIATE");
    for (const { name } of present)
        db.exec(`DROP VIEW "${name}"`);
    db.exec(VIEWS);
    db.exec("COMMIT");
}
function pragma(db, name) {
    const row = db.prepare(`PRAGMA ${name}`).get();
    return row[name] ?? 0;
}
