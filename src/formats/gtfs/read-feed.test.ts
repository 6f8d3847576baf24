import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../../test/gtfs-feed.js";
import { type GtfsArchive, gtfsFolder, openGtfsZip, type RandomBytes } from "./archive.js";
import type { FeedVisitor } from "./feed-visitor.js";
import { formatGtfsFinding } from "./findings.js";
import { readGtfs } from "./read-feed.js";

function randomBytes(bytes: Uint8Array): RandomBytes {
	return {
		size: bytes.length,
		read: async (position, length) => bytes.slice(position, position + length),
		close: async () => undefined,
	};
}

type Tables = Readonly<Record<string, string | Uint8Array>>;

function folder(tables: Tables, pieceBytes = 7): GtfsArchive {
	return gtfsFolder(
		Object.entries(tables).map(([path, content]) => {
			const bytes = Buffer.from(content as Uint8Array);
			return {
				path,
				bytes: bytes.length,
				async *open() {
					for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
				},
			};
		}),
	);
}

/** Everything that a feed gave, call by call. */
function recorder() {
	const calls: [string, ...unknown[]][] = [];
	const visitor = new Proxy(
		{},
		{
			get:
				(_, name) =>
				(...given: unknown[]) =>
					calls.push([String(name), ...structuredClone(given)]),
		},
	) as FeedVisitor;
	return {
		calls,
		visitor,
		of: (name: string) => calls.filter(([called]) => called === name).map(([, ...rest]) => rest),
	};
}

async function read(archive: GtfsArchive) {
	const { visitor, of, calls } = recorder();
	const feed = await readGtfs(archive, visitor);
	return { ...feed, of, calls, said: feed.findings.map(formatGtfsFinding) };
}

const without = (name: string) => {
	const { [name]: _, ...rest } = SMALL_FEED;
	return rest;
};

describe("a GTFS feed", () => {
	it("is read from a zip: everything that it says, with line numbers kept for what is wrong", async () => {
		const { said, of, errors, rows, summary } = await read(await openGtfsZip(randomBytes(zipOf(SMALL_FEED))));
		expect(said).toEqual([]);
		expect(errors).toBe(0);
		expect(rows["stop_times.txt"]).toBe(9);
		expect(of("agency")).toEqual([[{ agencyId: "M", name: "Metro", timezone: "America/Chicago" }]]);
		expect(summary).toEqual({
			timezone: "America/Chicago",
			edition: { feedVersion: "2026-A", startDate: "20260101", endDate: "20260630" },
			firstDate: "20260101",
			lastDate: "20260704",
		});
		expect(of("service")).toEqual([
			[{ serviceId: "WD", days: 0b0011111, startDate: "20260101", endDate: "20260630" }],
		]);
		expect(of("route").map(([route]) => (route as { longName: string }).longName)).toEqual([
			"Main, and back",
			"Loop",
		]);
		expect(of("trip")[0]).toEqual([
			{ tripId: "T1", gtfsRouteId: "10", serviceId: "WD", directionId: 0, blockId: "B1", shapeId: "S1" },
		]);
		expect(of("stopTimes")[2]).toEqual([
			"N1",
			[
				{ stopSequence: 1, stopId: "A", arrivalS: 85_800, departureS: 85_800 },
				{ stopSequence: 2, stopId: "B", arrivalS: 90_600, departureS: 90_600 },
			],
		]);
		expect(of("frequency")).toEqual([
			[{ tripId: "X1", startS: 36_000, endS: 43_200, headwayS: 600, isExact: true }],
		]);
		expect(of("shape")).toEqual([
			[
				"S1",
				[
					{ sequence: 1, latitude: 41.9, longitude: -87.6, distance: 0 },
					{ sequence: 2, latitude: 41.92, longitude: -87.62, distance: 2.5 },
				],
			],
		]);
	});

	it("gives the same in pieces of any length, with any line end, mark and quoting, from a zip and from a folder", async () => {
		const expected = (await read(folder(SMALL_FEED, 1 << 20))).calls;
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 4000 }),
				fc.constantFrom("\n", "\r\n", "\r"),
				fc.constantFrom<"utf8" | "utf16le">("utf8", "utf16le"),
				fc.boolean(),
				fc.boolean(),
				async (pieceBytes, lineEnd, encoding, hasMark, isQuoted) => {
					const tables = Object.entries(SMALL_FEED).map(([name, text]) => {
						const quoted = isQuoted && !text.includes('"') ? text.replaceAll(/[^,\n]+/g, '"$&"') : text;
						const whole = (hasMark ? "\ufeff" : "") + quoted.replaceAll("\n", lineEnd);
						return [name, Buffer.from(whole, encoding)] as const;
					});
					const { calls } = await read(folder(Object.fromEntries(tables), pieceBytes));
					expect(calls).toEqual(expected);
				},
			),
			{ numRuns: 60 },
		);
	});

	it("has the same content hash from a zip and from a folder, and another one when a byte changes", async () => {
		const zipped = await read(await openGtfsZip(randomBytes(zipOf(SMALL_FEED))));
		const unzipped = await read(folder(SMALL_FEED));
		expect(zipped.contentHash).toBe(unzipped.contentHash);
		const changed = { ...SMALL_FEED, "trips.txt": `${SMALL_FEED["trips.txt"]} ` };
		expect((await read(folder(changed))).contentHash).not.toBe(zipped.contentHash);
	});

	it("is found in a sub-folder of the archive, whatever macOS puts beside it", async () => {
		const entries = Object.entries(SMALL_FEED).flatMap(([name, content]) => [
			{ name: `feed/${name.toUpperCase()}`, content },
			{ name: `__MACOSX/feed/._${name}`, content: "junk" },
		]);
		const { said, of } = await read(await openGtfsZip(randomBytes(zipOf(entries))));
		expect(said).toEqual([]);
		expect(of("trip")).toHaveLength(4);
	});

	it.each([
		["agency.txt", "agency.txt: is missing; export the feed with all files that GTFS requires"],
		["trips.txt", "trips.txt: is missing; export the feed with all files that GTFS requires"],
		["stop_times.txt", "stop_times.txt: is missing; export the feed with all files that GTFS requires"],
	])("without %s is refused", async (name, sentence) => {
		const { said, errors } = await read(folder(without(name)));
		expect(said).toContain(sentence);
		expect(errors).toBeGreaterThan(0);
	});

	it("needs a calendar or its exceptions, and one of them is enough", async () => {
		expect((await read(folder(without("calendar_dates.txt")))).errors).toBe(0);
		const { "calendar.txt": _, "calendar_dates.txt": __, ...rest } = SMALL_FEED;
		expect((await read(folder(rest))).said).toEqual([
			"calendar.txt: is missing; export calendar.txt, calendar_dates.txt or both: without them no trip has a day",
		]);
	});

	it("names file, line, value and mend of what it leaves out or reads all the same", async () => {
		const { said, errors, of } = await read(
			folder({
				...SMALL_FEED,
				"trips.txt": `${SMALL_FEED["trips.txt"]}10,WD,T1,0,B9,\n99,WD,T9,0,,\n10,WD,,0,,\n`,
				"stop_times.txt": `${SMALL_FEED["stop_times.txt"]}T2,25:61:00,09:20:00,C,3\nT2,09:30:00,09:30:00,Z,4\nQ,09:30:00,09:30:00,A,1\n`,
				"calendar_dates.txt": "service_id,date,exception_type\nWD,20260230,1\n",
				"routes.txt": `${SMALL_FEED["routes.txt"]}30,M,30,"never closed,3\n`,
			}),
		);
		expect(errors).toBe(0);
		expect(of("trip")).toHaveLength(3);
		expect(said).toEqual([
			'calendar_dates.txt:2: "20260230" is no date; the row is left out; write YYYYMMDD',
			'routes.txt:4: the line opens a quote that does not close, and is left out; close the quote, and write a quote inside of a text as ""',
			'trips.txt:5: "SP" is a service_id that calendar.txt does not have; the row is left out; correct it, or add it to calendar.txt',
			'trips.txt:6: "T1" is a trip_id that was used above; the first row counts; give each row an id of its own',
			'trips.txt:7: "99" is a route_id that routes.txt does not have; the row is left out; correct it, or add it to routes.txt',
			"trips.txt:8: the row has no trip_id, and is left out; give it a trip_id of 1 to 200 characters",
			'frequencies.txt:2: "X1" is a trip_id that trips.txt does not have; the row is left out; correct it, or add it to trips.txt',
			'stop_times.txt:9: "X1" is a trip_id that trips.txt does not have; the row is left out; export both files at once (3 times in the file)',
			'stop_times.txt:10: "X1" is a trip_id that trips.txt does not have; the row is left out; export both files at once (3 times in the file)',
			'stop_times.txt:13: "Q" is a trip_id that trips.txt does not have; the row is left out; export both files at once (3 times in the file)',
			'stop_times.txt:11: "25:61:00" is no time; the row is left out; write H:MM:SS, such as 25:10:00',
			'stop_times.txt:12: "Z" is a stop_id that stops.txt does not have; the row is left out; correct it, or add it to stops.txt',
		]);
	});

	it("reads Western text that is not UTF-8, and says from which line on", async () => {
		const latin = Buffer.from(
			"stop_id,stop_name,stop_lat,stop_lon\nA,Plain,1,2\nB,Caf\u00e9,1,2\nC,Third,1,2\n",
			"latin1",
		);
		const { said, of } = await read(folder({ ...SMALL_FEED, "stops.txt": latin }));
		expect(said).toEqual([
			'stops.txt:3: "B,Café,1,2" is not UTF-8; from here on the file is read as Windows-1252; export it as UTF-8',
		]);
		expect(of("stop").map(([stop]) => (stop as { name: string }).name)).toEqual(["Plain", "Café", "Third"]);
	});

	it("reads tables with semicolons, and refuses a table without its header", async () => {
		const semicolons = (SMALL_FEED["trips.txt"] ?? "").replaceAll(",", ";");
		const tolerated = await read(folder({ ...SMALL_FEED, "trips.txt": semicolons }));
		expect(tolerated.of("trip")).toHaveLength(4);
		expect(tolerated.said).toEqual([
			'trips.txt:1: ";" separates the fields where GTFS wants a comma; it is read all the same; export with commas',
		]);
		const headless = await read(folder({ ...SMALL_FEED, "trips.txt": "10,WD,T1,0,B1,S1\n" }));
		expect(headless.said[0]).toBe(
			'trips.txt:1: "10,WD,T1,0,B1,S1" has no column route_id, service_id, trip_id; export the file again with its GTFS header',
		);
		expect(headless.errors).toBe(1);
		expect((await read(folder({ ...SMALL_FEED, "trips.txt": "" }))).said[0]).toBe(
			"trips.txt:1: is empty; export it again, with its header line",
		);
	});

	it("is refused when a tenth of its rows cannot be used, or when its stop times are cut short", async () => {
		const bad = Array.from({ length: 40 }, (_, at) => `99,WD,Y${at},0,,\n`).join("");
		const broken = await read(folder({ ...SMALL_FEED, "trips.txt": SMALL_FEED["trips.txt"] + bad }));
		expect(broken.said[0]).toBe(
			"trips.txt: 40 of 44 rows cannot be used; mend what the other findings of this file name, and export it again",
		);
		const many = Array.from({ length: 40 }, (_, at) => `10,WD,Y${at},0,,\n`).join("");
		const cut = await read(folder({ ...SMALL_FEED, "trips.txt": SMALL_FEED["trips.txt"] + many }));
		expect(cut.said[0]).toBe(
			"stop_times.txt: 40 of 44 trips have no stop times; the file may be cut short: export it again",
		);
	});

	it("is refused when it runs on no day at all, or in a time zone that nobody knows", async () => {
		const never = { ...SMALL_FEED, "calendar_dates.txt": "service_id,date,exception_type\nSP,20260119,2\n" };
		const idle = (SMALL_FEED["calendar.txt"] ?? "").replace("WD,1,1,1,1,1", "WD,0,0,0,0,0");
		expect((await read(folder({ ...never, "calendar.txt": idle }))).said).toEqual([
			"the feed: has no service on any day; export calendars with days on which trips run",
		]);
		const agency = (SMALL_FEED["agency.txt"] ?? "").replace("America/Chicago", "Chicago");
		expect((await read(folder({ ...SMALL_FEED, "agency.txt": agency }))).said).toEqual([
			'agency.txt: "Chicago" is not known as a time zone, and the times of the schedule count by it; write an IANA name such as America/Chicago',
		]);
	});

	it("hands on a trip again when the file comes back to it", async () => {
		const stopTimes =
			"trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,A,1\nT2,08:40:00,08:40:00,C,1\nT1,08:30:00,08:30:00,C,2\nT2,09:10:00,09:10:00,A,2\n";
		const { of } = await read(folder({ ...SMALL_FEED, "stop_times.txt": stopTimes }));
		expect(of("stopTimes").map(([tripId]) => tripId)).toEqual(["T1", "T2", "T1", "T2"]);
	});

	it("never throws, whatever the bytes are", async () => {
		const tables = fc.dictionary(
			fc.constantFrom(...Object.keys(SMALL_FEED)),
			fc.oneof(
				fc.uint8Array({ maxLength: 200 }),
				fc.string({ maxLength: 200, unit: fc.constantFrom(...'ab,"\n\r01;\u00e9') }),
			),
		);
		await fc.assert(
			fc.asyncProperty(tables, fc.integer({ min: 1, max: 50 }), async (broken, pieceBytes) => {
				const { findings, errors } = await read(folder({ ...SMALL_FEED, ...broken }, pieceBytes));
				if (errors > 0) expect(findings[0]?.severity).toBe("error");
			}),
			{ numRuns: 300 },
		);
	});
});

describe("a zip", () => {
	const open = (bytes: Uint8Array) => openGtfsZip(randomBytes(bytes));

	it("is refused when it is none, or cut short", async () => {
		await expect(open(Buffer.from("<html>not found</html>"))).rejects.toThrow(
			/cannot be opened: End of central directory record signature not found.*Make the zip again/,
		);
		await expect(open(zipOf(SMALL_FEED).subarray(0, 900))).rejects.toMatchObject({ code: "decode.format" });
	});

	it("is refused when a name leads out of it", async () => {
		await expect(open(zipOf({ ...SMALL_FEED, "../trips.txt": "x" }))).rejects.toThrow(
			/invalid relative path/,
		);
	});

	it("is refused when it unpacks to more than is allowed, or all too well", async () => {
		const zeros = { name: "shapes.txt", content: new Uint8Array(20 * 1024 * 1024) };
		await expect(open(zipOf([zeros]))).rejects.toThrow(
			/shapes.txt unpacks from \d+ to 20971520 bytes, more than 200 to 1/,
		);
		const small = openGtfsZip(randomBytes(zipOf(SMALL_FEED)), { bytesMax: 1000 });
		await expect(small).rejects.toThrow(/its tables unpack to \d+ bytes, where 1000 are allowed/);
	});

	it("says which table is damaged: another checksum, another length", async () => {
		const entries = Object.entries(SMALL_FEED).map(([name, content]) => ({ name, content }));
		const damaged = (claims: { bytes?: number; checksum?: number }) =>
			zipOf(entries.map((entry) => (entry.name === "trips.txt" ? { ...entry, claims } : entry)));
		expect((await read(await open(damaged({ checksum: 1 })))).said[0]).toMatch(
			/^trips.txt: cannot be read: trips.txt in the archive is damaged: its checksum does not match; make the archive again/,
		);
		expect((await read(await open(damaged({ bytes: 50 })))).said[0]).toMatch(
			/^trips.txt: cannot be read: .*too many bytes/,
		);
	});
});
