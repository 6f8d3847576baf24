import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import { realData } from "../../test/real-data.js";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { publishThroughSink, recordsOf } from "../../test/validator/publish.js";
import { BUILTINS } from "../config/builtins.js";
import { definition } from "../decoders/gtfs-realtime.js";
import type { Http } from "../runtime/http.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const scratch = scratchDirectory("wayside-compare-");
afterAll(() => scratch.remove());
const folder = scratch.path;

/** 08:10 in Chicago, a Monday of the small schedule. */
const TIME_S = Date.parse("2026-01-05T14:10:00Z") / 1000;

function message(at: number, trip: string | undefined, behindS = 0): string {
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp: at },
		entity: ["1", "2"].map((id) => ({
			id,
			vehicle: {
				vehicle: { id },
				timestamp: at - behindS,
				position: { latitude: 41.9, longitude: -87.6 },
				...(trip && { trip: { tripId: trip, scheduleRelationship: "SCHEDULED" } }),
			},
		})),
	});
}

/** Two stops, in five and in ten minutes. */
function forecasts(at: number, laterS: number, trips: readonly string[]): string {
	const times = [300, 600].map((inS) => Math.floor(at / 600) * 600 + 1200 + inS + laterS);
	const stopTimeUpdate = times.map((time, stop) => ({
		stopSequence: stop + 1,
		stopId: `S${stop + 1}`,
		arrival: { time },
	}));
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp: at },
		entity: trips.map((tripId) => ({
			id: tripId,
			tripUpdate: {
				trip: { tripId, routeId: "10", scheduleRelationship: "SCHEDULED" },
				timestamp: at,
				stopTimeUpdate,
			},
		})),
	});
}

function alerts(at: number, texts: readonly string[]): string {
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp: at },
		entity: texts.map((text, id) => ({
			id: String(id),
			alert: {
				informedEntity: [{ routeId: "10" }],
				headerText: { translation: [{ text, language: "en" }] },
			},
		})),
	});
}

function recordings(name: string, trip: string | undefined, startS = TIME_S, behindS = 0): void {
	mkdirSync(join(folder, name));
	for (let at = 0; at < 30; at++)
		writeFileSync(join(folder, name, `${at}.json.gz`), gzipSync(message(startS + at * 30, trip, behindS)));
}
recordings("today", "T1");
recordings("wayside", "T1", TIME_S + 1);
recordings("late", "T1", TIME_S, 40);
recordings("other", "T9");
recordings("elsewhen", "T1", TIME_S + 6 * 3600);
mkdirSync(join(folder, "updates"));
writeFileSync(
	join(folder, "updates", "1.json"),
	JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", timestamp: TIME_S },
		entity: [{ id: "1", tripUpdate: { trip: { tripId: "T1" } } }],
	}),
);
writeFileSync(join(folder, "page.pb"), "<!doctype html><html><body>Not here</body></html>");
writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
writeFileSync(join(folder, "broken.zip"), "no zip");

function terminalOf(out: string[], err: string[]): Terminal {
	return {
		environment: {},
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
}

async function cli(runtime: ReturnType<typeof createNodeRuntime>, ...words: string[]) {
	const [out, err]: [string[], string[]] = [[], []];
	const context = { runtime, plugins: BUILTINS, version: "0", program: [], workingDirectory: folder };
	const code = await runCli(["compare", ...words], { ...context, terminal: terminalOf(out, err) });
	return { code, out: out.join("\n"), err: err.join("\n") };
}
const compare = (...words: string[]) => cli(createNodeRuntime(), ...words);

describe("wayside compare of recordings", () => {
	it("is a go for feeds that agree, with a schedule", async () => {
		const { code, out, err } = await compare("today", "wayside", "--gtfs", "gtfs.zip", "--html", "r.html");
		expect([code, err]).toEqual([0, "The page is in r.html."]);
		expect(out).toMatch(/^Go: B can take the place of A/);
		expect(out).toContain("hours of America/Chicago");
		expect(out).toContain("it has 100 %");
		expect(readFileSync(join(folder, "r.html"), "utf8")).toContain("<svg");
	});

	it("is a no-go with exit code 4 for what differs, and each limit can be moved", async () => {
		const late = await compare("today", "late", "--json");
		expect(late.code).toBe(4);
		const { verdict, total } = JSON.parse(late.out);
		expect(total.age).toEqual({ a: { p50: 0, p95: 0 }, b: { p50: 40, p95: 40 } });
		expect(verdict.checks.filter((check: { passes: boolean }) => !check.passes)).toMatchObject([
			{ name: "age", value: 40, limit: 15 },
		]);
		expect((await compare("today", "late", "--limit", "age=40s")).code).toBe(0);
		const other = JSON.parse((await compare("today", "other", "--json", "--gtfs", "gtfs.zip")).out);
		expect(other.total).toMatchObject({ tripsDiffer: 1, matched: { a: 1, b: 0 }, seen: { a: 1, b: 0 } });
		expect(other.routes.map(({ route }: { route: string }) => route)).toEqual(["10"]);
	});

	it.each([
		["page.pb", "today", /A \(.*page.pb\) holds no GTFS-realtime feed: .*HTML page/],
		["today", "updates", /B .* holds no vehicle position; compare reads VehiclePositions/],
		["today", "elsewhen", /no time in common: their header times are 5.8 h apart/],
		["today", "absent", /There is no file or folder .*absent/],
	])("says in one sentence what is wrong with %s and %s", async (a, b, sentence) => {
		const { code, out, err } = await compare(a, b);
		expect([code, out]).toEqual([78, ""]);
		expect(err).toMatch(sentence);
		expect(err.split("\n")).toHaveLength(1);
	});

	it.each([
		[["today", "http://a.test/"], /of one kind/],
		[["today", "late", "--limit", "speed=3"], /the limits are moments, down, missing/],
		[["today", "late", "--limit", "missing=much"], /not of the form missing=1%/],
		[["today", "late", "--timezone", "Mars"], /--timezone Mars is unknown/],
		[["today", "late", "--state", "s.json"], /for feeds that are read live/],
		[["http://a.test/", "http://b.test/", "--every", "1s"], /too short; at least 5s/],
	])("is a mistake on the command line: %j", async (words, sentence) => {
		const { code, err } = await compare(...words);
		expect(code).toBe(2);
		expect(err).toMatch(sentence);
	});

	it("refuses a schedule that cannot be read", async () => {
		const { code, err } = await compare("today", "late", "--gtfs", "broken.zip");
		expect(code).toBe(78);
		expect(err).toMatch(/The schedule broken.zip cannot be used/);
	});
});

describe("wayside compare of live feeds, in virtual time", () => {
	/** A world with a small disk in memory, in which both feeds answer `answer`. */
	function world(answer: (now: number, url: string) => { status: number; body?: string }) {
		const disk = new Map<string, string>();
		const http: Http = {
			request: async ({ url }) => {
				const { status, body = "" } = answer(virtual.runtime.clock.now(), url);
				const bytes = new TextEncoder().encode(body);
				return { status, headers: {}, body: bytes, wireBytes: bytes.length };
			},
		};
		const virtual = createVirtualRuntime({ startTime: TIME_S * 1000, http });
		const files = {
			...virtual.runtime.files,
			stat: async (path: string) =>
				disk.has(path) ? { path, name: path, isDirectory: false, bytes: 0, modifiedTime: 0 } : undefined,
			read: async (path: string) => new TextEncoder().encode(disk.get(path)),
			writeAtomic: async (path: string, text: Uint8Array | string) => {
				disk.set(path, String(text));
			},
		};
		const runtime = { ...virtual.runtime, files, close: async () => {} };
		const start = (...words: string[]) =>
			cli(runtime, "http://a.test/f?key=S3CRET", "http://b.test/f", ...words);
		return { virtual, disk, start };
	}

	it("goes on with what was measured before, and shows and keeps no key", async () => {
		const { virtual, disk, start } = world((now) => ({ status: 200, body: message(now / 1000, "T1") }));
		const first = start("--for", "10m", "--state", "s.json", "--json");
		await virtual.advance(601_000);
		const half = await first;
		expect(JSON.parse(half.out).total.moments).toBe(40);
		const second = start("--for", "20m", "--state", "s.json", "--json");
		await virtual.advance(601_000);
		const { code, out, err } = await second;
		expect(code).toBe(0);
		expect(JSON.parse(out).total).toMatchObject({ moments: 80, vehicles: { both: 160, onlyA: 0, onlyB: 0 } });
		expect(err).toContain("Goes on with what was measured since 2026-01-05T14:10:00");
		expect([out, err, ...disk.values()].join()).not.toContain("S3CRET");
		const wrong = await start("--for", "20m", "--state", "s.json", "--timezone", "America/Chicago");
		expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("is of other feeds")]);
	});

	it("says so when a feed is down all the time", async () => {
		const { virtual, start } = world((now, url) =>
			url.includes("b.test") ? { status: 503 } : { status: 200, body: message(now / 1000, "T1") },
		);
		const run = start("--for", "1h");
		await virtual.advance(3_601_000);
		const { code, err } = await run;
		expect(code).toBe(78);
		expect(err).toContain("B (http://b.test/f) could not be read in all the time: it answered 503");
	});

	it("ends at once when an address is no feed", async () => {
		const { virtual, start } = world(() => ({ status: 200, body: "<html>Sign in</html>" }));
		const run = start("--for", "14d");
		await virtual.advance(1);
		const { code, err } = await run;
		expect([code, err]).toEqual([
			78,
			expect.stringContaining("A is no GTFS-realtime feed: the frame is XML or an HTML"),
		]);
	});

	it("compares trip updates and alerts of feeds of their own, by route, hour and stop, and goes on with them", async () => {
		const { virtual, disk, start } = world((now, url) => {
			const at = now / 1000;
			const { pathname, hostname } = new URL(url);
			const isB = hostname === "b.test";
			if (pathname === "/f") return { status: 200, body: message(at, "T1") };
			if (pathname === "/trips")
				return { status: 200, body: forecasts(at, isB ? 30 : 0, isB ? ["T1"] : ["T1", "T2"]) };
			// Down for the second ten minutes.
			if (isB && at >= TIME_S + 600) return { status: 503 };
			return { status: 200, body: alerts(at, isB ? ["Detour on 10"] : ["Detour  on 10", "Elevator closed"]) };
		});
		const beside = ["--trip-updates", "http://a.test/trips?key=S3CRET", "http://b.test/trips"];
		beside.push("--alerts", "http://a.test/alerts", "http://b.test/alerts", "--state", "t.json");
		const first = start("--for", "10m", ...beside, "--json");
		await virtual.advance(601_000);
		const half = await first;
		expect(half.code).toBe(4);
		const { verdict, beside: said } = JSON.parse(half.out);
		expect(
			verdict.checks
				.filter(({ passes }: { passes: boolean }) => !passes)
				.map(({ name, value }: { name: string; value: number }) => [name, value]),
		).toEqual([
			["forecasts", 0.5],
			["alerts", 0.5],
		]);
		expect(said).toMatchObject({
			moments: 40,
			down: { a: 0, b: 0 },
			total: { trips: { both: 40, onlyA: 40, onlyB: 0 }, missing: 0.5, apart: { p50: 30, p95: 30, max: 30 } },
			routes: [{ route: "10", trips: { both: 40, onlyA: 40 } }],
			hours: [{ hour: 14 }],
			stops: [
				{ stopId: "S1", count: 40, p95: 30 },
				{ stopId: "S2", count: 40, p95: 30 },
			],
			alerts: { both: 40, onlyA: 40, onlyB: 0 },
			missingAlerts: [{ text: "Elevator closed", onlyA: 40 }],
		});
		const second = start("--for", "20m", ...beside, "--html", "t.html");
		await virtual.advance(601_000);
		const whole = await second;
		expect(whole.out).toContain(
			"BEYOND B has no forecast for 50 % of A's trips that have one; at most 1 % is accepted.",
		);
		expect(whole.out).toContain(
			"ok     95 of 100 predicted times of B lie within 30 s of A's; at most 60 s is accepted.",
		);
		expect(whole.out).toMatch(/compared at 80 moments; A's were not to be read at 0 of them, B's at 40\./);
		expect(whole.out).toMatch(/BEYOND B could not be read 50 % of the time/);
		expect(whole.out).toMatch(/^all +80 +80 +0 +50 % +30\/30\/30$/m);
		expect(whole.out).toContain("B alerts failed");
		const page = [...disk.entries()].find(([path]) => path.endsWith("t.html"))?.[1] ?? "";
		expect(page).toContain("<h2>Trip updates and alerts</h2>");
		expect(page).toContain("Elevator closed");
		expect([whole.out, whole.err, ...disk.values()].join()).not.toContain("S3CRET");
	});

	it.each([
		[["--trip-updates", "http://a.test/t"], /--trip-updates takes two URLs/],
		[["--alerts", "http://a.test/t", "alerts.pb"], /--alerts takes two URLs/],
		[["--proxy", "proxy:3128"], /--proxy is none, or a URL/],
	])("says what is wrong with %j", async (words, sentence) => {
		const { start } = world(() => ({ status: 200, body: "" }));
		const { code, err } = await start(...words);
		expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
	});

	it("says so when the clock of B is ahead", async () => {
		const { virtual, start } = world((now, url) => ({
			status: 200,
			body: message(now / 1000 + (url.includes("b.test") ? 3600 : 0), "T1"),
		}));
		const run = start("--for", "10m");
		await virtual.advance(601_000);
		const { code, out } = await run;
		expect(code).toBe(4);
		expect(out).toMatch(/BEYOND B's header is 3,\d+ s ahead/);
	});
});

const real = realData();
describe.skipIf(!real)(`captured streams${real ? "" : " (skipped: ../shared/real-data is absent)"}`, () => {
	const stream = join(real ?? "", "gtfs-rt/nyct-subway-ace-2024-02-08");
	it("agree with themselves, and a part of one with the whole", async () => {
		expect(existsSync(stream)).toBe(true);
		const { code, out } = await compare(stream, stream, "--timezone", "America/New_York", "--json");
		const { total, routes } = JSON.parse(out);
		expect(code).toBe(0);
		expect(total).toMatchObject({
			moments: 60,
			vehicles: { both: 4316, onlyA: 0, onlyB: 0 },
			tripsDiffer: 0,
		});
		expect(routes.map(({ route }: { route: string }) => route)).toEqual(["A", "C", "E", "FS", "H"]);
	});

	it("and what the rider feed makes of one: trains that have not left yet are withheld", async () => {
		const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });
		const names = readdirSync(stream).filter((name) => name.endsWith(".pb"));
		const frames = names.sort().map((name) => {
			const bytes = readFileSync(join(stream, name));
			return { bytes, receivedTime: (decoder.decode({ bytes, receivedTime: 0 }).headerTime ?? 0) + 2000 };
		});
		const { publications } = await publishThroughSink(recordsOf(decoder, frames), {}, 60_000);
		mkdirSync(join(folder, "rider-feed"));
		publications.forEach(({ bytes }, at) => {
			writeFileSync(join(folder, "rider-feed", `${String(at).padStart(5, "0")}.pb`), bytes);
		});
		const { code, out } = await compare(stream, "rider-feed", "--json", "--limit", "missing=3%");
		const { total, feeds } = JSON.parse(out);
		expect(code).toBe(0);
		// Half of what the stream shows has a time to come. The rest differs at the edges: the hub publishes 2 s later.
		expect(total).toMatchObject({
			moments: 60,
			vehicles: { both: 4189, onlyA: 127, onlyB: 85 },
			future: { a: 4357, b: 0 },
			ghosts: { b: 0 },
			tripsDiffer: 0,
		});
		expect(Object.keys(feeds.a.rules)).toEqual(["E012", "E050", "W002", "W007", "W009"]);
		expect(Object.keys(feeds.b.rules)).toEqual(["W002", "W007"]);
	}, 60_000);

	it("of two messages", async () => {
		const names = ["1707397157.ace.pb", "1707397217.ace.pb"].map((name) => join(stream, name));
		const two = JSON.parse((await compare(names[0] ?? "", names[1] ?? "", "--json")).out);
		expect(two.total).toMatchObject({ moments: 1, down: { a: 0, b: 0 } });
	});
});
