import { describe, expect, it } from "vitest";
import { openGtfsZip } from "../formats/gtfs/archive.js";
import { readGtfs } from "../formats/gtfs/read-feed.js";
import { localParts } from "../formats/local-time.js";
import { createCity } from "./city.js";
import { serviceDateOf } from "./city-days.js";
import { cityGtfs, cityGtfsZip } from "./city-gtfs.js";
import { METRES_PER_DEGREE } from "./city-line.js";

/** A Monday, 06:00 in Chicago. */
const NOW = 1_767_614_400_000;
const city = createCity({ seed: 7, service: "weekday" });
const tables = cityGtfs({ city, time: NOW });
const read = new Map<string, readonly Row[]>();

interface Row {
	readonly [column: string]: string;
}

function rows(file: string): readonly Row[] {
	const known = read.get(file) ?? parse(file);
	read.set(file, known);
	return known;
}

function parse(file: string): readonly Row[] {
	const [header = "", ...lines] = (tables.get(file) ?? "").trimEnd().split("\n");
	const names = header.split(",");
	return lines.map((line) => {
		const cells = line.split(",");
		if (cells.length !== names.length) throw new Error(`${file}: ${line} has another number of cells`);
		return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""]));
	});
}

function by(list: readonly Row[], column: string): ReadonlyMap<string, readonly Row[]> {
	const groups = new Map<string, Row[]>();
	for (const row of list) {
		const key = row[column] ?? "";
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [row]);
		else group.push(row);
	}
	return groups;
}

const secondsOf = (text = "") => {
	const [hour = 0, minute = 0, second = 0] = text.split(":").map(Number);
	return hour * 3600 + minute * 60 + second;
};

describe("the city's GTFS", () => {
	it("is read by our reader without a finding, as a zip", async () => {
		const bytes = cityGtfsZip({ city, time: NOW });
		const archive = await openGtfsZip({
			size: bytes.length,
			read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
			close: async () => {},
		});
		const trips = new Set<string>();
		const nothing = () => {};
		const feed = await readGtfs(archive, {
			agency: nothing,
			service: nothing,
			exception: nothing,
			route: nothing,
			stop: nothing,
			shape: nothing,
			trip: ({ tripId }) => trips.add(tripId),
			frequency: nothing,
			stopTimes: nothing,
		});
		expect(feed.findings).toEqual([]);
		expect(feed.rows["stop_times.txt"]).toBe(rows("stop_times.txt").length);
		expect(trips.size).toBe(rows("trips.txt").length);
		expect(feed.summary.timezone).toBe("America/Chicago");
	});

	it("has keys that are unique, and refers to nothing that is not there", () => {
		const ids = (file: string, column: string) => {
			const all = rows(file).map((row) => row[column] ?? "");
			expect(new Set(all).size, `${file} ${column}`).toBe(all.length);
			expect(all).not.toContain("");
			return new Set(all);
		};
		const routes = ids("routes.txt", "route_id");
		const stops = ids("stops.txt", "stop_id");
		const trips = ids("trips.txt", "trip_id");
		const services = ids("calendar.txt", "service_id");
		const shapes = new Set(by(rows("shapes.txt"), "shape_id").keys());
		const dangling = rows("trips.txt").filter(
			({ route_id = "", service_id = "", shape_id = "", block_id }) =>
				!routes.has(route_id) || !services.has(service_id) || !shapes.has(shape_id) || block_id === "",
		);
		expect(dangling).toEqual([]);
		const served = new Set(rows("stop_times.txt").map((row) => row["stop_id"]));
		expect(served).toEqual(stops);
		expect(new Set(by(rows("stop_times.txt"), "trip_id").keys())).toEqual(trips);
		expect(new Set(rows("trips.txt").map((row) => row["shape_id"]))).toEqual(shapes);
		for (const row of rows("routes.txt")) expect(row["route_short_name"]?.length).toBeLessThanOrEqual(12);
	});

	it("has times and distances that grow along each trip, at speeds that such vehicles reach", () => {
		const fleetOf = new Map(rows("routes.txt").map((row) => [row["route_id"], row["route_type"]]));
		const routeOf = new Map(rows("trips.txt").map((row) => [row["trip_id"], row["route_id"]]));
		for (const [tripId, calls] of by(rows("stop_times.txt"), "trip_id")) {
			expect(calls.length).toBeGreaterThan(3);
			// Rules of the canonical validator: 150 km/h for buses, 100 for trams.
			const fastest = (fleetOf.get(routeOf.get(tripId)) === "3" ? 150 : 100) / 3.6;
			const isGood = (call: Row, at: number): boolean => {
				const [arrival, departure] = [secondsOf(call["arrival_time"]), secondsOf(call["departure_time"])];
				if (call["stop_sequence"] !== String(at + 1) || departure < arrival) return false;
				const before = calls[at - 1];
				if (before === undefined) return true;
				const driven = Number(call["shape_dist_traveled"]) - Number(before["shape_dist_traveled"]);
				const took = arrival - secondsOf(before["departure_time"]);
				return driven > 0 && took > 0 && driven / took < fastest;
			};
			expect(calls.filter((call, at) => !isGood(call, at))).toEqual([]);
		}
	});

	it("has shapes that pass their stops", () => {
		const stops = by(rows("stops.txt"), "stop_id");
		const shapes = by(rows("shapes.txt"), "shape_id");
		const calls = by(rows("stop_times.txt"), "trip_id");
		const seen = new Set<string>();
		for (const trip of rows("trips.txt")) {
			const shape = shapes.get(trip["shape_id"] ?? "") ?? [];
			if (seen.has(trip["shape_id"] ?? "")) continue;
			seen.add(trip["shape_id"] ?? "");
			const along = shape.map((point) => Number(point["shape_dist_traveled"]));
			expect(along.every((metres, at) => at === 0 || metres > (along[at - 1] ?? 0))).toBe(true);
			for (const call of calls.get(trip["trip_id"] ?? "") ?? []) {
				const metres = Number(call["shape_dist_traveled"]);
				const end = Math.max(
					1,
					along.findIndex((one) => one >= metres - 0.1),
				);
				const [a, b] = [shape[end - 1], shape[end]];
				const share = (metres - (along[end - 1] ?? 0)) / ((along[end] ?? 1) - (along[end - 1] ?? 0));
				const between = (column: string) =>
					Number(a?.[column]) + (Number(b?.[column]) - Number(a?.[column])) * share;
				const [stop] = stops.get(call["stop_id"] ?? "") ?? [];
				const north = (Number(stop?.["stop_lat"]) - between("shape_pt_lat")) * METRES_PER_DEGREE;
				const east = (Number(stop?.["stop_lon"]) - between("shape_pt_lon")) * METRES_PER_DEGREE * 0.745;
				expect(Math.hypot(north, east)).toBeLessThan(5);
			}
		}
	});

	it("has blocks whose trips follow one another, from end to end, and some past midnight", () => {
		const calls = by(rows("stop_times.txt"), "trip_id");
		let pastMidnight = 0;
		for (const service of by(rows("trips.txt"), "service_id").values()) {
			for (const trips of by(service, "block_id").values()) {
				const runs = trips
					.map(({ trip_id = "" }) => calls.get(trip_id) ?? [])
					.map((list) => ({ first: list[0], last: list.at(-1) }))
					.sort((a, b) => secondsOf(a.first?.["departure_time"]) - secondsOf(b.first?.["departure_time"]));
				runs.forEach(({ first, last }, at) => {
					if (secondsOf(last?.["arrival_time"]) > 86_400) pastMidnight++;
					const before = runs[at - 1]?.last;
					if (before === undefined) return;
					expect(first?.["stop_id"]).toBe(before["stop_id"]);
					const layover = secondsOf(first?.["departure_time"]) - secondsOf(before["arrival_time"]);
					expect(layover).toBeGreaterThanOrEqual(300);
					expect(layover).toBeLessThan(1700);
				});
			}
		}
		expect(pastMidnight).toBeGreaterThan(10);
	});

	it("runs more at peak than at noon, less at weekends, and nothing at four in the morning", () => {
		const running = (service: string, hour: number) =>
			rows("trips.txt").filter((trip) => {
				if (trip["service_id"] !== service) return false;
				const list = allCalls.get(trip["trip_id"] ?? "") ?? [];
				const at = hour * 3600;
				return secondsOf(list[0]?.["departure_time"]) <= at && secondsOf(list.at(-1)?.["arrival_time"]) > at;
			}).length;
		const allCalls = by(rows("stop_times.txt"), "trip_id");
		expect(running("WD", 8)).toBeGreaterThan(1.2 * running("WD", 12));
		expect(running("WD", 17)).toBeGreaterThan(1.2 * running("WD", 12));
		expect(running("WD", 12)).toBeGreaterThan(1.1 * running("WE", 12));
		expect(running("WD", 4)).toBe(0);
		expect(running("WD", 24.5)).toBeGreaterThan(3);
	});

	it("names the trips that vehicles say they do, of that day and with what the timetable says", () => {
		const calls = by(rows("stop_times.txt"), "trip_id");
		const trips = by(rows("trips.txt"), "trip_id");
		let onTrips = 0;
		for (let hour = 0; hour < 48; hour++) {
			const time = NOW + hour * 3_600_000;
			for (const vehicle of city.vehicles) {
				const { trip, deviationS, blockId, stopSequence, phase, directionId } = city.stateAt(vehicle, time);
				if (trip === undefined) continue;
				const [row] = trips.get(trip.tripId) ?? [];
				const list = calls.get(trip.tripId) ?? [];
				expect(row).toMatchObject({ block_id: blockId, direction_id: String(directionId) });
				expect(secondsOf(list[0]?.["departure_time"])).toBe(trip.startS);
				const { year, month, day } = localParts(
					time - (trip.startS > 86_400 ? 86_400_000 : 0),
					city.timezone,
				);
				if (trip.startS < 80_000) {
					expect(trip.serviceDate).toBe(
						`${year}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}`,
					);
				}
				if (phase !== "trip") continue;
				onTrips++;
				const atS = (time - city.days.origin(city.days.dayAt(time))) / 1000;
				const overnight = trip.serviceDate === serviceDateOf(city.days.dayAt(time)) ? 0 : 86_400;
				const due = secondsOf(list[stopSequence - 1]?.["departure_time"]);
				const before = secondsOf(list[stopSequence - 2]?.["departure_time"]);
				// Less its delay it is between the two stops.
				expect(atS + overnight - deviationS).toBeGreaterThanOrEqual(before - 2);
				expect(atS + overnight - deviationS).toBeLessThanOrEqual(due + 2);
			}
		}
		expect(onTrips).toBeGreaterThan(500);
	});
});
