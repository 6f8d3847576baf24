import { isTooMuch, numberIn, RowChecks } from "./row-checks.js";
import { cell, cellOrNone } from "./table.js";
import { parseGtfsTime } from "./time.js";
/** Rows of one trip or shape that are held before they are handed on. */
const GROUP_ROWS_MAX = 20_000;
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/** The rows of each file as the model has them, with what they refer to looked up. */
export class FeedRows {
    #visitor;
    #checks;
    #routes = new Set();
    #stops = new Set();
    #services = new Set();
    #weekly = new Set();
    /** By trip: whether its stop times were seen. */
    #trips = new Map();
    #shapes = new Set();
    #timezone;
    #edition;
    #first;
    #last;
    constructor(visitor, findings) {
        this.#visitor = visitor;
        this.#checks = new RowChecks(findings);
    }
    /** What can be said of the feed as a whole once its tables were read. */
    get summary() {
        return {
            timezone: this.#timezone,
            edition: this.#edition,
            firstDate: this.#first,
            lastDate: this.#last,
        };
    }
    /** In an order in which everything that is referred to comes first. */
    tables() {
        return [
            this.#agencies(),
            this.#editions(),
            this.#calendar(),
            this.#calendarDates(),
            this.#routeRows(),
            this.#stopRows(),
            this.#shapeRows(),
            this.#tripRows(),
            this.#frequencies(),
            this.#stopTimes(),
        ];
    }
    /** What can only be said of the whole. */
    judge(tripsOnly) {
        this.#checks.judge();
        if (this.#trips.size === 0)
            this.#checks.error("no_trips", "trips.txt", "has no trip that can be used", "export the trips");
        if (tripsOnly || this.#trips.size === 0)
            return;
        let without = 0;
        for (const hasStops of this.#trips.values())
            if (!hasStops)
                without++;
        if (without === 0)
            return;
        const message = `${without} of ${this.#trips.size} trips have no stop times`;
        if (isTooMuch(without, this.#trips.size))
            this.#checks.error("trips_without_stops", "stop_times.txt", message, "the file may be cut short: export it again");
        else
            this.#checks.warn("trips_without_stops", "stop_times.txt", undefined, undefined, message, "export their stop times");
    }
    #agencies() {
        const file = "agency.txt";
        const begin = (columnAt) => {
            const [id, name, zone] = [columnAt("agency_id"), columnAt("agency_name"), columnAt("agency_timezone")];
            return (fields, line) => {
                const timezone = cell(fields, zone);
                if (this.#timezone !== undefined && timezone !== this.#timezone) {
                    const message = `is another time zone than ${this.#timezone} of the first agency, which is used for all`;
                    this.#checks.warn("timezones_differ", file, line, timezone, message, "publish one feed for each time zone");
                }
                this.#timezone ??= timezone;
                this.#visitor.agency({ agencyId: cellOrNone(fields, id), name: cell(fields, name), timezone });
            };
        };
        return { file, required: ["agency_timezone"], rowsMax: 10_000, isDetail: false, begin };
    }
    #editions() {
        const file = "feed_info.txt";
        const begin = (columnAt) => {
            const version = columnAt("feed_version");
            const [start, end] = [columnAt("feed_start_date"), columnAt("feed_end_date")];
            return (fields, line) => {
                this.#edition ??= {
                    feedVersion: cellOrNone(fields, version),
                    startDate: this.#checks.optionalDate(file, line, cell(fields, start)),
                    endDate: this.#checks.optionalDate(file, line, cell(fields, end)),
                };
            };
        };
        return { file, required: [], rowsMax: 100, isDetail: false, begin };
    }
    #calendar() {
        const file = "calendar.txt";
        const begin = (columnAt) => {
            const [id, start, end] = [columnAt("service_id"), columnAt("start_date"), columnAt("end_date")];
            const days = DAYS.map((day) => columnAt(day));
            return (fields, line) => {
                const serviceId = this.#checks.id(file, line, fields, id, "service_id");
                const startDate = serviceId && this.#checks.date(file, line, cell(fields, start), "start_date");
                const endDate = startDate && this.#checks.date(file, line, cell(fields, end), "end_date");
                if (!serviceId || !startDate || !endDate)
                    return;
                if (this.#checks.isTwice(this.#weekly, file, line, serviceId, "service_id"))
                    return;
                let mask = 0;
                for (const [bit, at] of days.entries())
                    if (cell(fields, at) === "1")
                        mask |= 1 << bit;
                if (endDate < startDate) {
                    const message = `ends on ${endDate}, before it begins on ${startDate}; it never runs`;
                    this.#checks.warn("dates_swapped", file, line, serviceId, message, "swap the dates");
                }
                this.#services.add(serviceId);
                this.#checks.count(file);
                if (mask !== 0 && startDate <= endDate) {
                    this.#reach(startDate);
                    this.#reach(endDate);
                }
                this.#visitor.service({ serviceId, days: mask, startDate, endDate });
            };
        };
        const required = ["service_id", ...DAYS, "start_date", "end_date"];
        return { file, required, rowsMax: 5_000_000, isDetail: false, begin };
    }
    #calendarDates() {
        const file = "calendar_dates.txt";
        const begin = (columnAt) => {
            const [id, dateAt, typeAt] = [columnAt("service_id"), columnAt("date"), columnAt("exception_type")];
            return (fields, line) => {
                const serviceId = this.#checks.id(file, line, fields, id, "service_id");
                const date = serviceId && this.#checks.date(file, line, cell(fields, dateAt), "date");
                if (!serviceId || !date)
                    return;
                const type = cell(fields, typeAt);
                if (type !== "1" && type !== "2") {
                    this.#checks.skip("exception_type", file, line, type, "is no exception_type", "write 1 (added) or 2 (removed)");
                    return;
                }
                this.#services.add(serviceId);
                this.#checks.count(file);
                if (type === "1")
                    this.#reach(date);
                this.#visitor.exception({ serviceId, date, isAdded: type === "1" });
            };
        };
        const required = ["service_id", "date", "exception_type"];
        return { file, required, rowsMax: 20_000_000, isDetail: false, begin };
    }
    #routeRows() {
        const file = "routes.txt";
        const begin = (columnAt) => {
            const [id, agency, type] = [columnAt("route_id"), columnAt("agency_id"), columnAt("route_type")];
            const [short, long] = [columnAt("route_short_name"), columnAt("route_long_name")];
            return (fields, line) => {
                const gtfsRouteId = this.#checks.id(file, line, fields, id, "route_id");
                if (!gtfsRouteId || this.#checks.isTwice(this.#routes, file, line, gtfsRouteId, "route_id"))
                    return;
                this.#checks.count(file);
                this.#visitor.route({
                    gtfsRouteId,
                    agencyId: cellOrNone(fields, agency),
                    shortName: cellOrNone(fields, short),
                    longName: cellOrNone(fields, long),
                    routeType: numberIn(cell(fields, type)),
                });
            };
        };
        return { file, required: ["route_id"], rowsMax: 1_000_000, isDetail: false, begin };
    }
    #stopRows() {
        const file = "stops.txt";
        const begin = (columnAt) => {
            const [id, name, parent] = [columnAt("stop_id"), columnAt("stop_name"), columnAt("parent_station")];
            const [lat, lon, type] = [columnAt("stop_lat"), columnAt("stop_lon"), columnAt("location_type")];
            return (fields, line) => {
                const stopId = this.#checks.id(file, line, fields, id, "stop_id");
                if (!stopId || this.#checks.isTwice(this.#stops, file, line, stopId, "stop_id"))
                    return;
                this.#checks.count(file);
                const place = this.#checks.place(file, line, cell(fields, lat), cell(fields, lon));
                this.#visitor.stop({
                    stopId,
                    name: cellOrNone(fields, name),
                    latitude: place?.latitude,
                    longitude: place?.longitude,
                    locationType: numberIn(cell(fields, type)) ?? 0,
                    parentStation: cellOrNone(fields, parent),
                });
            };
        };
        return { file, required: ["stop_id"], rowsMax: 5_000_000, isDetail: true, begin };
    }
    #shapeRows() {
        const file = "shapes.txt";
        let shapeId;
        let points = [];
        const flush = () => {
            if (shapeId !== undefined && points.length > 0)
                this.#visitor.shape(shapeId, points);
            points = [];
        };
        const begin = (columnAt) => {
            const [id, sequenceAt] = [columnAt("shape_id"), columnAt("shape_pt_sequence")];
            const [lat, lon] = [columnAt("shape_pt_lat"), columnAt("shape_pt_lon")];
            const distanceAt = columnAt("shape_dist_traveled");
            return (fields, line) => {
                const own = cell(fields, id);
                const sequence = numberIn(cell(fields, sequenceAt));
                const place = this.#checks.place(file, line, cell(fields, lat), cell(fields, lon));
                if (own === "" || sequence === undefined || place === undefined) {
                    const mend = "every point needs shape_id, shape_pt_sequence, shape_pt_lat and shape_pt_lon";
                    this.#checks.skip("shape_point", file, line, own, "is a point that lacks something, and is left out", mend);
                    return;
                }
                if (own !== shapeId || points.length >= GROUP_ROWS_MAX)
                    flush();
                if (own !== shapeId)
                    this.#shapes.add(own);
                shapeId = own;
                this.#checks.count(file);
                points.push({ sequence, ...place, distance: numberIn(cell(fields, distanceAt)) });
            };
        };
        const required = ["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"];
        return { file, required, rowsMax: 100_000_000, isDetail: true, begin, end: flush };
    }
    #tripRows() {
        const file = "trips.txt";
        const begin = (columnAt) => {
            const [id, route, service] = [columnAt("trip_id"), columnAt("route_id"), columnAt("service_id")];
            const [direction, block, shape] = [
                columnAt("direction_id"),
                columnAt("block_id"),
                columnAt("shape_id"),
            ];
            return (fields, line) => {
                const tripId = this.#checks.id(file, line, fields, id, "trip_id");
                if (!tripId)
                    return;
                if (this.#trips.has(tripId)) {
                    this.#checks.twice(file, line, tripId, "trip_id");
                    return;
                }
                const gtfsRouteId = cell(fields, route);
                const serviceId = cell(fields, service);
                if (!this.#checks.refers(file, line, this.#routes, gtfsRouteId, "route_id", "routes.txt"))
                    return;
                if (!this.#checks.refers(file, line, this.#services, serviceId, "service_id", "calendar.txt"))
                    return;
                this.#trips.set(tripId, false);
                this.#checks.count(file);
                const directionText = cell(fields, direction);
                const shapeId = cellOrNone(fields, shape);
                this.#visitor.trip({
                    tripId,
                    gtfsRouteId,
                    serviceId,
                    directionId: directionText === "0" ? 0 : directionText === "1" ? 1 : undefined,
                    blockId: cellOrNone(fields, block),
                    shapeId,
                });
            };
        };
        const required = ["route_id", "service_id", "trip_id"];
        return { file, required, rowsMax: 5_000_000, isDetail: false, begin };
    }
    #frequencies() {
        const file = "frequencies.txt";
        const begin = (columnAt) => {
            const [id, start, end] = [columnAt("trip_id"), columnAt("start_time"), columnAt("end_time")];
            const [headway, exact] = [columnAt("headway_secs"), columnAt("exact_times")];
            return (fields, line) => {
                const tripId = cell(fields, id);
                if (!this.#trips.has(tripId)) {
                    this.#checks.unknown(file, line, tripId, "trip_id", "trips.txt");
                    return;
                }
                const startS = parseGtfsTime(cell(fields, start));
                const endS = parseGtfsTime(cell(fields, end));
                const headwayS = numberIn(cell(fields, headway));
                if (startS === undefined || endS === undefined || headwayS === undefined || headwayS <= 0) {
                    const mend = "write both times as H:MM:SS and headway_secs as a number above 0";
                    this.#checks.skip("frequency", file, line, tripId, "has a time or a headway that cannot be read", mend);
                    return;
                }
                this.#checks.count(file);
                this.#visitor.frequency({ tripId, startS, endS, headwayS, isExact: cell(fields, exact) === "1" });
            };
        };
        const required = ["trip_id", "start_time", "end_time", "headway_secs"];
        return { file, required, rowsMax: 5_000_000, isDetail: false, begin };
    }
    #stopTimes() {
        const file = "stop_times.txt";
        let tripId = "";
        let isKnown = false;
        let stops = [];
        const flush = () => {
            if (stops.length > 0)
                this.#visitor.stopTimes(tripId, stops);
            stops = [];
        };
        const begin = (columnAt) => {
            const [id, stop, sequence] = [columnAt("trip_id"), columnAt("stop_id"), columnAt("stop_sequence")];
            const [arrival, departure] = [columnAt("arrival_time"), columnAt("departure_time")];
            const distance = columnAt("shape_dist_traveled");
            return (fields, line) => {
                const own = cell(fields, id);
                if (own !== tripId) {
                    flush();
                    tripId = own;
                    isKnown = this.#trips.has(own);
                }
                else if (stops.length >= GROUP_ROWS_MAX)
                    flush();
                if (!isKnown) {
                    const message = "is a trip_id that trips.txt does not have; the row is left out";
                    this.#checks.warn("unknown_trip", file, line, own, message, "export both files at once");
                    return;
                }
                const stopId = cell(fields, stop);
                if (!this.#checks.refers(file, line, this.#stops, stopId, "stop_id", "stops.txt"))
                    return;
                const stopSequence = numberIn(cell(fields, sequence));
                const arrivalS = this.#checks.time(file, line, cell(fields, arrival));
                const departureS = this.#checks.time(file, line, cell(fields, departure));
                if (arrivalS === null || departureS === null)
                    return;
                if (stopSequence === undefined || stops.at(-1)?.stopSequence === stopSequence) {
                    const value = cell(fields, sequence);
                    const message = `is no stop_sequence that can follow at trip ${own}; the row is left out`;
                    this.#checks.skip("stop_sequence", file, line, value, message, "number the stops of a trip upwards");
                    return;
                }
                if (stops.length === 0)
                    this.#trips.set(tripId, true);
                this.#checks.count(file);
                const shapeDistance = distance < 0 ? undefined : numberIn(cell(fields, distance));
                stops.push({ stopSequence, stopId, arrivalS, departureS, shapeDistance });
            };
        };
        const required = ["trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"];
        return { file, required, rowsMax: 100_000_000, isDetail: true, begin, end: flush };
    }
    #reach(date) {
        if (this.#first === undefined || date < this.#first)
            this.#first = date;
        if (this.#last === undefined || date > this.#last)
            this.#last = date;
    }
}
