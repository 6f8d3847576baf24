import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { definition as gtfsRealtime } from "../../src/decoders/gtfs-realtime.js";
import type { VehicleLocation } from "../../src/model/observation.js";
import { createCity } from "../../src/simulation/city.js";
import { realData } from "../real-data.js";
import type { Frame, Row, Stream } from "./carrier.js";

const MPS_PER_MPH = 0.44704;
/** Who has not reported for so long is not listed any more. */
const LISTED_MS = 14 * 60_000;

interface Report {
	readonly time: number;
	readonly row: Row;
}

/** Snapshots of the newest report of each vehicle, as a server gives them that is asked every so often. */
function snapshots(reports: readonly Report[], fromTime: number, toTime: number, everyMs: number): Frame[] {
	const sorted = [...reports].sort((a, b) => a.time - b.time);
	const newest = new Map<unknown, Report>();
	const frames: Frame[] = [];
	let next = 0;
	for (let now = fromTime; now < toTime; now += everyMs) {
		for (; next < sorted.length && (sorted[next] as Report).time <= now - 5_000; next++) {
			const report = sorted[next] as Report;
			newest.set(report.row["id"], report);
		}
		const rows: Row[] = [];
		for (const { time, row } of newest.values()) if (now - time <= LISTED_MS) rows.push(row);
		frames.push({ receivedTime: now, rows });
	}
	return frames;
}

function austin(folder: string, day: string, from: string, frames: number, everyMs: number): Stream {
	const bytes = readFileSync(join(folder, `avl-day-logs/capmetro-austin/${day}.csv.gz`));
	const reports = gunzipSync(bytes)
		.toString()
		.trim()
		.split("\n")
		.slice(1)
		.map((line): Report => {
			const [id, at = "", speed, route, trip, lat, lon] = line.split(",");
			const time = Date.parse(at);
			const row = {
				id,
				ts: time / 1000,
				lat: Number(lat),
				lon: Number(lon),
				spd: Number(speed) * MPS_PER_MPH,
			};
			return { time, row: { ...row, trip, route } };
		})
		.filter(({ row }) => Number(row["spd"]) < 100);
	const start = Date.parse(from);
	return {
		name: `austin-${day}`,
		isReported: true,
		timezone: "America/Chicago",
		area: { west: -98.2, south: 29.9, east: -97.3, north: 30.8 },
		carrier: "csv",
		frames: snapshots(reports, start, start + frames * everyMs, everyMs),
		oddities: {},
	};
}

function minneapolis(folder: string): Stream {
	const lines = readFileSync(join(folder, "tides/metrotransit-mn/data-raw-vehicle_locations.csv"), "utf8");
	const reports = lines
		.trim()
		.split("\n")
		.slice(1)
		.map((line): Report => {
			const [, , at = "", id, lat, lon, , hdg, spd, , dev] = line.split(",");
			const time = Date.parse(at);
			const row: Row = { id, ts: time / 1000, lat: Number(lat) / 1e7, lon: Number(lon) / 1e7 };
			if (spd) row["spd"] = Number(spd) * MPS_PER_MPH;
			if (hdg) row["hdg"] = Number(hdg);
			if (dev) row["dev"] = -Number(dev);
			return { time, row };
		});
	const start = Math.min(...reports.map(({ time }) => time));
	const end = Math.max(...reports.map(({ time }) => time));
	return {
		name: "minneapolis-2022-09-20",
		isReported: true,
		timezone: "America/Chicago",
		area: { west: -94, south: 44.6, east: -92.6, north: 45.4 },
		carrier: "json",
		frames: snapshots(reports, start + 60_000, end, 60_000),
		oddities: { fleet_volume: "a thousand rows out of four hours: whole minutes are not in it" },
	};
}

function subway(folder: string, path: string): Stream {
	const decoder = gtfsRealtime.create(gtfsRealtime.options.parse({}), {
		timezone: "UTC",
		baseDirectory: ".",
	});
	const names = readdirSync(join(folder, "gtfs-rt", path))
		.filter((name) => name.endsWith(".pb"))
		.sort();
	const frames = names.map((name): Frame => {
		const bytes = readFileSync(join(folder, "gtfs-rt", path, name));
		const { items, headerTime = 0 } = decoder.decode({ bytes, receivedTime: 0 });
		const vehicles = items.filter((item): item is VehicleLocation => item.kind === "vehicle_location");
		const rows = vehicles.map((vehicle): Row => {
			const { tripId, gtfsRouteId, stopId, eventTime, vehicleLabel } = vehicle;
			const row = {
				id: tripId,
				ts: (eventTime ?? headerTime) / 1000,
				trip: tripId,
				route: gtfsRouteId,
				stop: stopId,
			};
			return vehicleLabel === undefined ? row : { ...row, label: vehicleLabel };
		});
		return { receivedTime: headerTime, rows };
	});
	return {
		name: path,
		isReported: true,
		timezone: "America/New_York",
		area: { west: -74.3, south: 40.4, east: -73.6, north: 41 },
		carrier: "json",
		frames,
		oddities: { time_future: "trains that have not left yet carry the time at which they are planned to" },
	};
}

function simulated(seed: number, isReported: boolean, everyMs: number): Stream {
	const city = createCity({ seed, busLines: 5, tramLines: 1, headwayS: 420, reportEveryS: 20 });
	const start = Date.parse("2026-03-03T13:30:00Z");
	const frames: Frame[] = [];
	for (let step = 0; step < 40; step++) {
		const receivedTime = start + step * everyMs;
		const rows: Row[] = [];
		for (const vehicle of city.vehicles) {
			const sample = receivedTime - 3_000 - ((vehicle.index * 977) % 9_000);
			const time = Math.floor(sample / 10_000) * 10_000;
			const state = city.stateAt(vehicle, time);
			if (!state.hasFix || state.phase === "off") continue;
			rows.push({
				id: vehicle.vehicleId,
				ts: time / 1000,
				lat: Number(state.latitude.toFixed(6)),
				lon: Number(state.longitude.toFixed(6)),
				spd: Number(state.speedMps.toFixed(2)),
				hdg: Math.round(state.headingDeg) % 360,
				dev: Math.round(state.deviationS),
				...(state.trip && { trip: state.trip.tripId }),
				stop: state.stopId,
			});
		}
		frames.push({ receivedTime, rows });
	}
	return {
		name: `simulated-${seed}`,
		isReported,
		timezone: city.timezone,
		area: { west: -88.2, south: 41.5, east: -87.3, north: 42.3 },
		carrier: "json",
		frames,
		oddities: {},
	};
}

/** `isWhole` is false where the captures are absent: then only the simulated agencies are there. */
export function readStreams(): { readonly streams: readonly Stream[]; readonly isWhole: boolean } {
	const folder = realData();
	const made = [simulated(7, false, 30_000), simulated(2025, true, 30_000)];
	if (folder === undefined) return { streams: made, isWhole: false };
	const real = [
		austin(folder, "2015-03-08", "2015-03-08T20:10:00-05:00", 40, 120_000),
		austin(folder, "2015-03-19", "2015-03-19T07:00:00-05:00", 30, 600_000),
		minneapolis(folder),
		subway(folder, "nyct-subway-ace-2024-02-08"),
		subway(folder, "nyct-subway-1234567-2023-05-29"),
	];
	return { streams: [...made, ...real], isWhole: true };
}

/** Other hours and another city, which no threshold was set on. */
export function readOtherStreams(): { readonly streams: readonly Stream[]; readonly isWhole: boolean } {
	const folder = realData();
	const made = [simulated(31, true, 30_000), simulated(4242, true, 60_000)];
	if (folder === undefined) return { streams: made, isWhole: false };
	const real = [
		austin(folder, "2015-03-08", "2015-03-08T21:30:00-05:00", 40, 120_000),
		austin(folder, "2015-03-19", "2015-03-19T07:00:00-05:00", 30, 600_000),
	];
	return { streams: [...made, ...real], isWhole: true };
}
