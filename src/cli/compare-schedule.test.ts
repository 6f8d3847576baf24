import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import { scratchDirectory } from "../../test/scratch-directory.js";
import type { Http } from "../runtime/http.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { openTimetable } from "./compare-schedule.js";
import type { CliContext } from "./context.js";

const scratch = scratchDirectory("wayside-timetable-");
afterAll(() => scratch.remove());

const HOUR = 3_600_000;
/** A Monday of the small schedule, 08:10 in Chicago. */
const START = Date.parse("2026-01-05T14:10:00Z");

/** The small schedule, whose trips got other ids with the new pick. */
const RENAMED = Object.fromEntries(
	Object.entries(SMALL_FEED).map(([name, text]) => [name, text.replaceAll("T1", "N1")]),
);

function world(http?: Http) {
	const virtual = createVirtualRuntime({ startTime: START, files: createNodeFiles(), ...(http && { http }) });
	const err: string[] = [];
	const terminal = {
		environment: {},
		out: () => undefined,
		err: (line: string) => err.push(line),
		paint: (_: string, text: string) => text,
		progress: () => ({ show: () => undefined, end: () => undefined }),
		onStop: () => () => undefined,
	};
	const context = {
		terminal,
		runtime: virtual.runtime,
		workingDirectory: scratch.path,
	} as unknown as CliContext;
	const open = (location: string) =>
		openTimetable(
			location,
			join(scratch.path, `store-${err.length}-${location.length}`),
			virtual.runtime,
			context,
		);
	return { virtual, err, open };
}

function vehicle(tripId: string) {
	const nothing = {
		gtfsRouteId: undefined,
		directionId: undefined,
		startTime: undefined,
		startDate: undefined,
	};
	const place = { relationship: undefined, latitude: undefined, longitude: undefined, time: undefined };
	return { tripId, ...nothing, ...place };
}

describe("the schedule of a comparison that takes two weeks", () => {
	it("is read again when the file changes, once nobody writes it any more; a broken one is told and left alone", async () => {
		const path = join(scratch.path, "pick.zip");
		writeFileSync(path, zipOf(SMALL_FEED));
		const { virtual, err, open } = world();
		const schedule = await open("pick.zip");
		const matches = async (tripId: string) => {
			const now = virtual.runtime.clock.now();
			await schedule.prepare(now);
			return schedule.timetable.match(vehicle(tripId), now).isMatched;
		};
		expect([await matches("T1"), await matches("N1")]).toEqual([true, false]);
		writeFileSync(path, "no zip");
		await virtual.advance(HOUR);
		await matches("T1");
		await virtual.advance(60_000);
		expect(await matches("T1")).toBe(true);
		expect(err).toEqual([
			expect.stringContaining("The new schedule in pick.zip cannot be used, the one before stays"),
		]);
		writeFileSync(path, zipOf(RENAMED));
		await virtual.advance(HOUR);
		expect([await matches("T1"), await matches("N1")]).toEqual([true, false]);
		await virtual.advance(60_000);
		expect([await matches("N1"), await matches("T1")]).toEqual([true, false]);
		expect(err[1]).toContain("The schedule has changed: version ");
		rmSync(path);
		await virtual.advance(2 * HOUR);
		expect(await matches("N1")).toBe(true);
		await schedule.close();
	});

	it("is asked for at a URL with conditional requests, and its key is not shown", async () => {
		let etag = '"one"';
		let isDown = false;
		const asked: (string | undefined)[] = [];
		const http: Http = {
			request: async ({ headers = {} }) => {
				const known = headers["if-none-match"];
				asked.push(known);
				const status = isDown ? 500 : known === etag ? 304 : 200;
				const body = status === 200 ? zipOf(etag === '"one"' ? SMALL_FEED : RENAMED) : new Uint8Array();
				return { status, headers: { etag }, body, wireBytes: body.length };
			},
		};
		const { virtual, err, open } = world(http);
		const schedule = await open("https://gtfs.test/feed.zip?key=S3CRET");
		const isMatched = async (tripId: string) => {
			const now = virtual.runtime.clock.now();
			await schedule.prepare(now);
			return schedule.timetable.match(vehicle(tripId), now).isMatched;
		};
		expect(await isMatched("T1")).toBe(true);
		await virtual.advance(HOUR);
		expect(await isMatched("T1")).toBe(true);
		etag = '"two"';
		await virtual.advance(HOUR);
		expect([await isMatched("N1"), await isMatched("T1")]).toEqual([true, false]);
		expect(asked).toEqual([undefined, '"one"', '"one"']);
		isDown = true;
		await virtual.advance(HOUR);
		const looking = isMatched("N1");
		await virtual.advance(30 * 60_000);
		expect(await looking).toBe(true);
		expect(err.at(-1)).toContain("The schedule cannot be looked at");
		expect(err.join()).not.toContain("S3CRET");
		await schedule.close();
	});
});
