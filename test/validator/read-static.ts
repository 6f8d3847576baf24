import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import type { Frequency, Place, StaticFeed, StaticStopTime, StaticTrip } from "./static-feed.js";

type Row = Readonly<Record<string, string>>;

/** BART ends a table with a line of blanks. */
const READING = {
	columns: true,
	bom: true,
	trim: true,
	skip_records_with_empty_values: true,
	relax_column_count: true,
};

/** A zipped static GTFS feed, as far as the rules need it. For tests: it trusts its input. */
export function readStaticFeed(path: string): StaticFeed {
	const files = unzip(readFileSync(path));
	const rows = (name: string): Row[] => {
		const bytes = files.get(name);
		return bytes === undefined ? [] : (parse(bytes, READING) as unknown as Row[]);
	};
	const timesRows = rows("stop_times.txt");
	const stopTimes = stopTimesOf(timesRows);
	const first = firstArrivalsOf(timesRows);
	return {
		agencies: new Set(rows("agency.txt").map((row) => row["agency_id"] ?? "")),
		routes: new Set(rows("routes.txt").map((row) => row["route_id"] ?? "")),
		trips: new Map(
			rows("trips.txt").map((row) => [
				row["trip_id"] ?? "",
				tripOf(row, first.get(row["trip_id"] ?? "")?.arrival),
			]),
		),
		stops: new Map(
			rows("stops.txt").map((row) => [
				row["stop_id"] ?? "",
				{
					locationType: Number(row["location_type"] ?? 0),
					at: [Number(row["stop_lat"]), Number(row["stop_lon"])] as Place,
				},
			]),
		),
		stopTimes,
		shapes: shapesOf(rows("shapes.txt")),
		frequencies: frequenciesOf(rows("frequencies.txt")),
	};
}

function tripOf(row: Row, firstArrival: string | undefined): StaticTrip {
	return {
		routeId: row["route_id"] ?? "",
		...(row["direction_id"] && { directionId: Number(row["direction_id"]) }),
		...(row["shape_id"] && { shapeId: row["shape_id"] }),
		...(row["block_id"] && { blockId: row["block_id"] }),
		...(firstArrival && { firstArrival }),
	};
}

function firstArrivalsOf(rows: readonly Row[]): Map<string, { sequence: number; arrival: string }> {
	const first = new Map<string, { sequence: number; arrival: string }>();
	for (const row of rows) {
		const sequence = Number(row["stop_sequence"]);
		const known = first.get(row["trip_id"] ?? "");
		if (known !== undefined && known.sequence <= sequence) continue;
		first.set(row["trip_id"] ?? "", { sequence, arrival: (row["arrival_time"] ?? "").padStart(8, "0") });
	}
	return first;
}

function stopTimesOf(rows: readonly Row[]): Map<string, StaticStopTime[]> {
	const byTrip = new Map<string, StaticStopTime[]>();
	for (const row of rows) {
		const trip = row["trip_id"] ?? "";
		const list = byTrip.get(trip) ?? [];
		list.push({
			sequence: Number(row["stop_sequence"]),
			stopId: row["stop_id"] ?? "",
			hasArrival: Boolean(row["arrival_time"]),
			hasDeparture: Boolean(row["departure_time"]),
		});
		byTrip.set(trip, list);
	}
	for (const list of byTrip.values()) list.sort((a, b) => a.sequence - b.sequence);
	return byTrip;
}

function shapesOf(rows: readonly Row[]): Map<string, Place[]> {
	const points = new Map<string, { sequence: number; at: Place }[]>();
	for (const row of rows) {
		const id = row["shape_id"] ?? "";
		const list = points.get(id) ?? [];
		list.push({
			sequence: Number(row["shape_pt_sequence"]),
			at: [Number(row["shape_pt_lat"]), Number(row["shape_pt_lon"])],
		});
		points.set(id, list);
	}
	const inOrder = (list: { sequence: number; at: Place }[]) =>
		list.sort((a, b) => a.sequence - b.sequence).map(({ at }) => at);
	return new Map([...points].map(([id, list]) => [id, inOrder(list)]));
}

function frequenciesOf(rows: readonly Row[]): Map<string, Frequency[]> {
	const frequencies = new Map<string, Frequency[]>();
	const seconds = (text = "") => {
		const [hours = 0, minutes = 0, rest = 0] = text.split(":").map(Number);
		return hours * 3600 + minutes * 60 + rest;
	};
	for (const row of rows) {
		const list = frequencies.get(row["trip_id"] ?? "") ?? [];
		list.push({
			startS: seconds(row["start_time"]),
			endS: seconds(row["end_time"]),
			headwayS: Number(row["headway_secs"]),
			exactTimes: row["exact_times"] === "1" ? 1 : 0,
		});
		frequencies.set(row["trip_id"] ?? "", list);
	}
	return frequencies;
}

/** Files by name, off the central directory at the end of the archive (APPNOTE 4.3.12 and 4.3.16). */
function unzip(archive: Buffer): Map<string, Buffer> {
	const files = new Map<string, Buffer>();
	const end = archive.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
	let at = archive.readUInt32LE(end + 16);
	for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
		const method = archive.readUInt16LE(at + 10);
		const size = archive.readUInt32LE(at + 20);
		const nameLength = archive.readUInt16LE(at + 28);
		const local = archive.readUInt32LE(at + 42);
		const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
		const bytes = archive.subarray(start, start + size);
		files.set(
			archive.toString("utf8", at + 46, at + 46 + nameLength),
			method === 0 ? bytes : inflateRawSync(bytes),
		);
		at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
	}
	return files;
}
