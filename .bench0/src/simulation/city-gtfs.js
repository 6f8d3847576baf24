import { crc32, deflateRawSync } from "node:zlib";
import { partsFromUtc } from "../formats/local-time.js";
import { DAY_TYPES, serviceDateOf } from "./city-days.js";
import { placeAt } from "./city-line.js";
import { clockTime } from "./gateway-messages.js";
const SERVICE_IDS = { weekday: "WD", weekend: "WE" };
const SERVICE_DAYS = {
    weekday: "1,1,1,1,1,0,0",
    weekend: "0,0,0,0,0,1,1",
};
const DAYS_BEFORE = 30;
const DAYS_AFTER = 180;
const PUBLISHER_URL = "https://agency.example";
const ROUTE_TYPES = { bus: 3, tram: 0 };
const ROUTE_COLOURS = { bus: "1F5AA6", tram: "B3261E" };
/** The tables of the city's GTFS by file name: what its vehicles do, on time. */
export function cityGtfs({ city, time, agencyName = "The City", }) {
    const today = city.days.dateAt(time);
    const [first, last] = [serviceDateOf(today - DAYS_BEFORE), serviceDateOf(today + DAYS_AFTER)];
    const table = (header, rows) => `${[header, ...rows].join("\n")}\n`;
    const trips = [];
    const stopTimes = [];
    for (const { line, day, block } of blocksOf(city)) {
        for (const piece of block.pieces) {
            if (piece.kind !== "trip")
                continue;
            const { trip } = piece;
            const { directionId, lastStop } = trip.pattern;
            trips.push(`${line.gtfsRouteId},${SERVICE_IDS[day]},${trip.tripId},${lastStop.name},${directionId},${block.blockId},${shapeId(line, directionId)}`);
            stopTimes.push(...stopTimesOf(line, trip));
        }
    }
    return new Map([
        [
            "agency.txt",
            table("agency_id,agency_name,agency_url,agency_timezone,agency_lang", [
                `CITY,${agencyName},${PUBLISHER_URL},${city.timezone},en`,
            ]),
        ],
        [
            "feed_info.txt",
            table("feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version,feed_contact_url", [`${agencyName},${PUBLISHER_URL},en,${first},${last},seed-${city.seed}-${first},${PUBLISHER_URL}`]),
        ],
        [
            "calendar.txt",
            table("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date", DAY_TYPES.filter((day) => trips.some((row) => row.split(",")[1] === SERVICE_IDS[day])).map((day) => `${SERVICE_IDS[day]},${SERVICE_DAYS[day]},${first},${last}`)),
        ],
        [
            "routes.txt",
            table("route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color", city.lines.map(({ gtfsRouteId, fleet, stops }) => {
                const ends = `${stops[0]?.name} - ${stops.at(-1)?.name}`;
                return `${gtfsRouteId},CITY,${gtfsRouteId},${ends},${ROUTE_TYPES[fleet]},${ROUTE_COLOURS[fleet]},FFFFFF`;
            })),
        ],
        ["stops.txt", table("stop_id,stop_name,stop_lat,stop_lon", city.lines.flatMap(stopRows))],
        [
            "shapes.txt",
            table("shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled", city.lines.flatMap((line) => line.patterns.flatMap((pattern) => shapeRows(line, pattern)))),
        ],
        ["trips.txt", table("route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id", trips)],
        [
            "stop_times.txt",
            table("trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled,timepoint", stopTimes),
        ],
    ]);
}
function* blocksOf(city) {
    for (const { line, work } of city.vehicles) {
        for (const day of DAY_TYPES)
            for (const block of work.blocks[day])
                yield { line, day, block };
    }
}
function shapeId({ gtfsRouteId }, directionId) {
    return `${gtfsRouteId}-${directionId}`;
}
function stopRows(line) {
    return line.stops.map(({ stopId, name, distanceM }) => {
        const { latitude, longitude } = placeAt(line, distanceM);
        return `${stopId},${name},${latitude.toFixed(6)},${longitude.toFixed(6)}`;
    });
}
/** Metres along the way of the pattern. */
function alongM({ lengthM }, { directionId }, distanceM) {
    return (directionId === 0 ? distanceM : lengthM - distanceM).toFixed(1);
}
function shapeRows(line, pattern) {
    const points = pattern.directionId === 0 ? line.shape : [...line.shape].reverse();
    return points.map(({ latitude, longitude, distanceM }, i) => [
        shapeId(line, pattern.directionId),
        latitude.toFixed(6),
        longitude.toFixed(6),
        i + 1,
        alongM(line, pattern, distanceM),
    ].join(","));
}
function stopTimesOf(line, { tripId, pattern, startS, scale }) {
    const at = (inRun) => clockTime(Math.round(startS + inRun * scale));
    const start = at(0);
    const rows = [
        `${tripId},${start},${start},${pattern.firstStop.stopId},1,${alongM(line, pattern, pattern.firstStop.distanceM)},1`,
    ];
    for (const [i, leg] of pattern.legs.entries()) {
        if (leg.kind !== "drive")
            continue;
        const dwell = pattern.legs[i + 1];
        const isLast = dwell === undefined;
        const distance = alongM(line, pattern, leg.toM);
        rows.push(`${tripId},${at(leg.endS)},${at(dwell?.endS ?? leg.endS)},${leg.stopId},${leg.stopSequence},${distance},${isLast ? 1 : 0}`);
    }
    return rows;
}
/** The tables as a zip archive, which is how agencies publish them. */
export function cityGtfsZip(options) {
    const parts = [];
    const directory = [];
    let offset = 0;
    let count = 0;
    for (const [name, content] of cityGtfs(options)) {
        const raw = Buffer.from(content);
        const packed = deflateRawSync(raw);
        const path = Buffer.from(name);
        const fixed = zipFields(options.time, raw, packed, path);
        const local = Buffer.concat([uint32(0x04034b50), fixed, path, packed]);
        directory.push(
        // Made by version 2.0; no comment, no extra field, one disk, no attributes.
        Buffer.concat([uint32(0x02014b50), uint16(20), fixed, Buffer.alloc(10), uint32(offset), path]));
        parts.push(local);
        offset += local.length;
        count++;
    }
    const central = Buffer.concat(directory);
    const end = Buffer.concat([
        uint32(0x06054b50),
        uint32(0),
        uint16(count),
        uint16(count),
        uint32(central.length),
        uint32(offset),
        uint16(0),
    ]);
    return Buffer.concat([...parts, central, end]);
}
/** What local header and directory say alike: version, flags, deflate, time, checksum, sizes, lengths of name and extra. */
function zipFields(time, raw, packed, path) {
    const { year, month, day } = partsFromUtc(time);
    const date = ((year - 1980) << 9) | (month << 5) | day;
    return Buffer.concat([
        uint16(20),
        uint16(0x0800),
        uint16(8),
        uint16(0),
        uint16(date),
        uint32(crc32(raw)),
        uint32(packed.length),
        uint32(raw.length),
        uint16(path.length),
        uint16(0),
    ]);
}
function uint16(value) {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
}
function uint32(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
}
