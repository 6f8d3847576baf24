import { createHash } from "node:crypto";
import { inSequence, spanOfStops } from "./schedule-version.js";
/** Of this layout. A file of another one is not used, and the schedule is read again. */
export const LAYOUT = 1;
/**
 * One file holds one version. Stop times are kept as patterns: trips that call at the same stops after the same times
 * share one row, which makes a schedule of ten million stop times one of some ten thousand patterns. Text is JSON, so
 * that any SQLite shell can read it.
 */
const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE agencies (agency_id TEXT, name TEXT, timezone TEXT);
CREATE TABLE services (service_id TEXT, days INTEGER, start_date TEXT, end_date TEXT);
CREATE TABLE exceptions (service_id TEXT, date TEXT, is_added INTEGER);
CREATE TABLE routes (route_id TEXT, agency_id TEXT, short_name TEXT, long_name TEXT, route_type INTEGER);
CREATE TABLE stops (stop_id TEXT, name TEXT, latitude REAL, longitude REAL, location_type INTEGER, parent_station TEXT);
CREATE TABLE shapes (shape_id TEXT, points TEXT);
CREATE TABLE trips (number INTEGER PRIMARY KEY, trip_id TEXT, route_id TEXT, service_id TEXT, direction_id INTEGER,
  block_id TEXT, shape_id TEXT, start_s INTEGER, end_s INTEGER, pattern INTEGER);
CREATE TABLE patterns (number INTEGER PRIMARY KEY, stops TEXT);
CREATE TABLE frequencies (trip_id TEXT, start_s INTEGER, end_s INTEGER, headway_s INTEGER, is_exact INTEGER);
CREATE TABLE loose (trip INTEGER, stops TEXT);
`;
const AFTER = `
CREATE INDEX trips_by_id ON trips (trip_id);
CREATE INDEX trips_by_block ON trips (block_id) WHERE block_id IS NOT NULL;
CREATE INDEX stops_by_id ON stops (stop_id);
CREATE INDEX shapes_by_id ON shapes (shape_id);
CREATE INDEX loose_by_trip ON loose (trip);
`;
/** Writes a version into a new database, which nobody else reads before it is whole. */
export class ScheduleWriter {
    #db;
    #insert;
    #setPattern;
    /** Number of each trip; negative once its stop times were written. */
    #trips = new Map();
    /** Number of each pattern by the hash of its stops. */
    #patterns = new Map();
    #quoted = new Map();
    constructor(db) {
        this.#db = db;
        // A version that is not whole is thrown away, so nothing of it needs to survive a crash.
        for (const pragma of [
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -16384",
            "temp_store = FILE",
        ])
            db.exec(`PRAGMA ${pragma}`);
        db.exec(SCHEMA);
        db.exec("BEGIN");
        const insert = (table, count) => db.prepare(`INSERT INTO ${table} VALUES (${Array.from({ length: count }, () => "?").join(", ")})`);
        this.#insert = {
            agencies: insert("agencies", 3),
            services: insert("services", 4),
            exceptions: insert("exceptions", 3),
            routes: insert("routes", 5),
            stops: insert("stops", 6),
            shapes: insert("shapes", 2),
            trips: insert("trips", 10),
            patterns: insert("patterns", 2),
            frequencies: insert("frequencies", 5),
            loose: insert("loose", 2),
        };
        this.#setPattern = db.prepare("UPDATE trips SET start_s = ?, end_s = ?, pattern = ? WHERE number = ?");
    }
    agency({ agencyId, name, timezone }) {
        this.#add("agencies", agencyId, name, timezone);
    }
    service({ serviceId, days, startDate, endDate }) {
        this.#add("services", serviceId, days, startDate, endDate);
    }
    exception({ serviceId, date, isAdded }) {
        this.#add("exceptions", serviceId, date, isAdded ? 1 : 0);
    }
    route({ gtfsRouteId, agencyId, shortName, longName, routeType }) {
        this.#add("routes", gtfsRouteId, agencyId, shortName, longName, routeType);
    }
    stop({ stopId, name, latitude, longitude, locationType, parentStation }) {
        this.#add("stops", stopId, name, latitude, longitude, locationType, parentStation);
    }
    shape(shapeId, points) {
        const packed = points.map(({ sequence, latitude, longitude, distance }) => [
            sequence,
            latitude,
            longitude,
            distance ?? null,
        ]);
        this.#add("shapes", shapeId, JSON.stringify(packed));
    }
    trip({ tripId, gtfsRouteId, serviceId, directionId, blockId, shapeId }) {
        const number = this.#trips.size + 1;
        this.#trips.set(tripId, number);
        const rest = [undefined, undefined, undefined];
        this.#add("trips", number, tripId, gtfsRouteId, serviceId, directionId, blockId, shapeId, ...rest);
    }
    frequency({ tripId, startS, endS, headwayS, isExact }) {
        this.#add("frequencies", tripId, startS, endS, headwayS, isExact ? 1 : 0);
    }
    stopTimes(tripId, stops) {
        const number = this.#trips.get(tripId);
        if (number === undefined)
            return;
        if (number < 0) {
            // The file came back to the trip: what belongs together is put together at the end.
            this.#add("loose", -number, this.#packed(stops, 0));
            return;
        }
        this.#trips.set(tripId, -number);
        this.#assign(number, inSequence(stops));
    }
    /** Makes it whole. */
    finish(version) {
        this.#db.exec(AFTER);
        this.#gatherLoose();
        this.#db.exec("DROP TABLE loose");
        const insert = this.#db.prepare("INSERT INTO meta VALUES (?, ?)");
        insert.run("layout", String(LAYOUT));
        insert.run("version", JSON.stringify(version));
        this.#db.exec("COMMIT");
    }
    #gatherLoose() {
        const trips = this.#db.prepare("SELECT DISTINCT trip FROM loose").all();
        const ofTrip = this.#db.prepare("SELECT t.start_s AS start, p.stops FROM trips t JOIN patterns p ON p.number = t.pattern WHERE t.number = ?");
        const more = this.#db.prepare("SELECT stops FROM loose WHERE trip = ? ORDER BY rowid");
        for (const { trip } of trips) {
            const first = ofTrip.get(trip);
            const all = [...unpacked(first["stops"], first["start"] ?? 0)];
            for (const { stops } of more.all(trip))
                all.push(...unpacked(stops, 0));
            this.#assign(trip, inSequence(all));
        }
    }
    #assign(number, stops) {
        const { startS, endS } = spanOfStops(stops);
        const text = this.#packed(stops, startS ?? 0);
        const hash = createHash("sha1").update(text).digest("base64");
        let pattern = this.#patterns.get(hash);
        if (pattern === undefined) {
            pattern = this.#patterns.size + 1;
            this.#patterns.set(hash, pattern);
            this.#add("patterns", pattern, text);
        }
        this.#setPattern.run(startS ?? null, endS ?? null, pattern, number);
    }
    #packed(stops, startS) {
        let text = "[";
        for (const { stopSequence, stopId, arrivalS, departureS, shapeDistance } of stops) {
            const arrival = arrivalS === undefined ? "null" : arrivalS - startS;
            const departure = departureS === undefined ? "null" : departureS - startS;
            const comma = text.length > 1 ? "," : "";
            text += `${comma}[${stopSequence},${this.#quote(stopId)},${arrival},${departure},${shapeDistance ?? "null"}]`;
        }
        return `${text}]`;
    }
    #quote(stopId) {
        let quoted = this.#quoted.get(stopId);
        if (quoted === undefined) {
            quoted = JSON.stringify(stopId);
            this.#quoted.set(stopId, quoted);
        }
        return quoted;
    }
    #add(table, ...values) {
        this.#insert[table]?.run(...values.map((value) => value ?? null));
    }
}
/** Reads a version out of its file. */
export class ScheduleReader {
    #db;
    constructor(db) {
        this.#db = db;
    }
    /** Undefined: the file is of another layout. */
    version() {
        if (this.#meta("layout") !== String(LAYOUT))
            return undefined;
        const text = this.#meta("version");
        return text === undefined ? undefined : JSON.parse(text);
    }
    readAgain(version) {
        this.#db.prepare("UPDATE meta SET value = ? WHERE name = 'version'").run(JSON.stringify(version));
    }
    services() {
        return this.#all("SELECT * FROM services").map((row) => ({
            serviceId: row["service_id"],
            days: row["days"],
            startDate: row["start_date"],
            endDate: row["end_date"],
        }));
    }
    exceptions() {
        return this.#all("SELECT * FROM exceptions").map((row) => ({
            serviceId: row["service_id"],
            date: row["date"],
            isAdded: row["is_added"] === 1,
        }));
    }
    routes() {
        return this.#all("SELECT * FROM routes").map((row) => ({
            gtfsRouteId: row["route_id"],
            agencyId: textOf(row["agency_id"]),
            shortName: textOf(row["short_name"]),
            longName: textOf(row["long_name"]),
            routeType: numberOf(row["route_type"]),
        }));
    }
    frequencies() {
        return this.#all("SELECT * FROM frequencies").map((row) => ({
            tripId: row["trip_id"],
            startS: row["start_s"],
            endS: row["end_s"],
            headwayS: row["headway_s"],
            isExact: row["is_exact"] === 1,
        }));
    }
    trips(after, limit) {
        const rows = this.#all("SELECT * FROM trips WHERE number > ? ORDER BY number LIMIT ?", after, limit);
        const trips = rows.map((row) => ({
            tripId: row["trip_id"],
            gtfsRouteId: row["route_id"],
            serviceId: row["service_id"],
            directionId: numberOf(row["direction_id"]),
            blockId: textOf(row["block_id"]),
            shapeId: textOf(row["shape_id"]),
            startS: numberOf(row["start_s"]),
            endS: numberOf(row["end_s"]),
        }));
        return { trips, next: rows.length < limit ? undefined : rows.at(-1)?.["number"] };
    }
    stopTimes(tripId) {
        const [row] = this.#all("SELECT t.start_s, p.stops FROM trips t JOIN patterns p ON p.number = t.pattern WHERE t.trip_id = ?", tripId);
        return row === undefined ? [] : unpacked(row["stops"], numberOf(row["start_s"]) ?? 0);
    }
    shape(shapeId) {
        const rows = this.#all("SELECT points FROM shapes WHERE shape_id = ? ORDER BY rowid", shapeId);
        const points = rows.flatMap(({ points: text }) => JSON.parse(text).map(([sequence, latitude, longitude, distance]) => ({
            sequence,
            latitude,
            longitude,
            distance: distance ?? undefined,
        })));
        return points.sort((a, b) => a.sequence - b.sequence);
    }
    close() {
        this.#db.close();
    }
    #meta(name) {
        const [row] = this.#all("SELECT value FROM meta WHERE name = ?", name);
        return textOf(row?.["value"] ?? null);
    }
    #all(sql, ...parameters) {
        return this.#db.prepare(sql).all(...parameters);
    }
}
function unpacked(text, startS) {
    return JSON.parse(text).map(([stopSequence, stopId, arrival, departure, distance]) => ({
        stopSequence,
        stopId,
        arrivalS: arrival === null ? undefined : arrival + startS,
        departureS: departure === null ? undefined : departure + startS,
        shapeDistance: distance ?? undefined,
    }));
}
function textOf(value) {
    return typeof value === "string" ? value : undefined;
}
function numberOf(value) {
    return typeof value === "number" ? value : undefined;
}
