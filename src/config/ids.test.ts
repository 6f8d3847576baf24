import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import { Failure } from "../model/failure.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { BUILTINS } from "./builtins.js";
import { loadConfig } from "./load.js";
import type { ScheduleAccess } from "./schedule-check.js";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "wayside-ids-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);

type Access = Partial<ScheduleAccess>;

async function load(agency: string, now = "2026-01-05T14:00:00Z", access: Access = {}) {
	const text = `agencies:\n  metro:\n    timezone: America/Chicago\n${agency}\nfeeds: {}\nsinks: {}\nroutes: []\n`;
	const { runtime } = createVirtualRuntime({ startTime: Date.parse(now), files: createNodeFiles() });
	const schedules = { stored: async () => undefined, ...access };
	const options = { plugins: BUILTINS, runtime, environment: {}, schedules };
	const { config, findings } = await loadConfig(text, folder, options);
	const said = findings.map(
		({ severity, line, path, message, mend }) =>
			`${line} ${severity} ${path}: ${message.replaceAll(folder, "")} | ${mend}`,
	);
	return { ids: config?.agencies[0]?.ids, config, said };
}

describe("ids in the configuration", () => {
	it("are rules in place or in a file beside it, with crosswalks read", async () => {
		put("blocks.csv", "BLOCK_ID_USER,DAY,BLOCK_ID_GTFS\nu1,MON,B1\nu2,MON,B2\nu1,TUE,B1\n");
		put("routes.csv", "theirs,ours\nTEN,10\n");
		const crosswalk = "{ file: ./blocks.csv, from: BLOCK_ID_USER, to: BLOCK_ID_GTFS }";
		const inline = await load(
			`    ids:\n      block: { crosswalk: ${crosswalk} }\n      route: { crosswalk: ./routes.csv }\n      trip: { strip: "a:", match: [block, start] }`,
		);
		expect(inline.said).toEqual([
			"4 warning agencies.metro.ids: match looks trips up in a schedule, and the agency has none | add gtfs: the path or URL of the schedule",
		]);
		expect([...(inline.ids?.rules.block?.crosswalk ?? [])]).toEqual([
			["u1", "B1"],
			["u2", "B2"],
		]);
		expect([...(inline.ids?.rules.route?.crosswalk ?? [])]).toEqual([["TEN", "10"]]);
		expect(inline.ids?.rules).toMatchObject({
			trip: { strip: "a:" },
			match: ["block", "start"],
			vehicle: undefined,
		});
		await mkdir(join(folder, "more"));
		await writeFile(join(folder, "more", "walk.csv"), "from,to\nx,T1\n");
		await writeFile(join(folder, "more", "ids.yaml"), "trip: { crosswalk: ./walk.csv }\n");
		const inFile = await load("    ids: ./more/ids.yaml");
		expect(inFile.said).toEqual([]);
		expect([...(inFile.ids?.rules.trip?.crosswalk ?? [])]).toEqual([["x", "T1"]]);
		expect(inFile.ids?.files).toEqual([join(folder, "more", "ids.yaml"), join(folder, "more", "walk.csv")]);
	});

	it("say with place and mend what is wrong in them", async () => {
		put("ids.yaml", "trip:\n  strp: x\n");
		put("empty.csv", "a,b\n");
		put("twice.csv", "a,b\n1,2\n1,3\n");
		expect((await load("    ids: ./ids.yaml")).said).toEqual([
			expect.stringMatching(
				/^4 error agencies.metro.ids: \/ids.yaml:2:3: trip.strp: unknown option "strp" \| did you mean "strip"/,
			),
		]);
		const of = async (rule: string) => (await load(`    ids: { ${rule} }`)).said;
		expect(await of("trip: { crosswalk: ./none.csv }")).toEqual([
			expect.stringMatching(
				/^4 error agencies.metro.ids: the crosswalk cannot be read: .*none.csv.* \| check the path$/,
			),
		]);
		expect(await of("trip: { crosswalk: ./empty.csv }")).toEqual([
			"4 error agencies.metro.ids: the crosswalk /empty.csv has no ids | fill it, or remove the crosswalk",
		]);
		expect(await of("trip: { crosswalk: ./twice.csv }")).toEqual([
			'4 error agencies.metro.ids: /twice.csv:3: "1" becomes "3" here and "2" in line 2 | keep one of the two',
		]);
		expect(await of("trip: { crosswalk: { file: ./twice.csv, to: c } }")).toEqual([
			'4 error agencies.metro.ids: /twice.csv:1: the header lacks a column "c"; it has a, b | correct from and to, or the file',
		]);
		// A hub that read rules before goes on with them; what it kept and cannot be read again is no help.
		await mkdir(join(folder, ".wayside", "ids"), { recursive: true });
		for (const [kept, severity] of [
			["{", "error"],
			['{"v":2}', "error"],
			['{"v":1,"trip":{"crosswalk":[["a","T1"]]},"match":["start","route"]}', "warning"],
		] as const) {
			put(".wayside/ids/metro.json", kept);
			const { said, ids } = await load("    ids: { trip: { crosswalk: ./none.csv } }");
			expect(said[0]).toContain(`4 ${severity} agencies.metro.ids: the crosswalk cannot be read`);
			if (severity === "error") continue;
			expect(said[0]).toMatch(/check the path; until then the rules that were read last are used$/);
			expect([...(ids?.rules.trip?.crosswalk ?? [])]).toEqual([["a", "T1"]]);
			expect(ids?.rules.match).toEqual(["route", "start"]);
			expect(ids?.refused).toHaveLength(1);
		}
		rmSync(join(folder, ".wayside"), { recursive: true });
		expect((await of('trip: { template: "{rout}" }')).join()).toContain(
			"there is no {rout}; a template may name {vehicle}",
		);
		expect((await of("trip: { match: [route, block] }")).join()).toContain("name start, and route or block");
		expect((await of("./no.yaml".replace("./no.yaml", "trip: 7"))).length).toBeGreaterThan(0);
		expect((await load("    ids: ./no.yaml")).said.join()).toContain("the rules for ids cannot be read");
	});
});

describe("a check of the schedule", () => {
	const check = async (tables: Readonly<Record<string, string>> | undefined, more = "", now?: string) => {
		put("gtfs.zip", tables ? zipOf(tables) : "<html>");
		const { said, config } = await load(`    gtfs: ./gtfs.zip${more}`, now);
		expect(config).toBeDefined();
		return said;
	};

	it("has nothing to say of one that runs today", async () => {
		expect(await check(SMALL_FEED)).toEqual([]);
	});

	it("warns of what would be refused, and of what is tolerated", async () => {
		const { "trips.txt": _, ...broken } = SMALL_FEED;
		expect(await check(broken)).toEqual([
			"4 warning agencies.metro.gtfs: the schedule would be refused: trips.txt: is missing | export the feed with all files that GTFS requires",
		]);
		expect(await check(undefined)).toEqual([
			expect.stringMatching(
				/^4 warning agencies.metro.gtfs: the schedule cannot be read: The archive cannot be opened/,
			),
		]);
		const twice = { ...SMALL_FEED, "trips.txt": `${SMALL_FEED["trips.txt"]}10,WD,T1,0,,\n` };
		expect(await check(twice)).toEqual([
			'4 warning agencies.metro.gtfs: trips.txt:6: "T1" is a trip_id that was used above; the first row counts | give each row an id of its own',
		]);
	});

	it("looks at the stops and their times too", async () => {
		const stops = SMALL_FEED["stops.txt"] ?? "";
		const doubled = `${stops}${stops.split("\n")[1]}\n`;
		expect((await check({ ...SMALL_FEED, "stops.txt": doubled })).join()).toContain(
			"is a stop_id that was used above; the first row counts | give each row an id of its own",
		);
		const times = (SMALL_FEED["stop_times.txt"] ?? "").replace("08:30:00", "8h30");
		expect((await check({ ...SMALL_FEED, "stop_times.txt": times })).join()).toContain("stop_times.txt:4: ");
	});

	it("says when it runs another day, or none", async () => {
		expect(await check(SMALL_FEED, "", "2026-01-19T14:00:00Z")).toEqual([
			"4 warning agencies.metro.gtfs: no service of the schedule runs today (20260119) | check calendar.txt and calendar_dates.txt, unless nothing runs today",
		]);
		expect((await check(SMALL_FEED, "", "2026-07-02T14:00:00Z")).join()).toContain(
			"the schedule ended on 20260630, and today is 20260702",
		);
		expect((await check(SMALL_FEED, "", "2025-12-02T14:00:00Z")).join()).toContain(
			"the schedule begins on 20260101, and today is 20251202",
		);
	});

	it("names ids of a crosswalk that the schedule does not have", async () => {
		put("walk.csv", "theirs,ours\na,T1\nb,T77\nc,T78\n");
		expect(await check(SMALL_FEED, "\n    ids: { trip: { crosswalk: ./walk.csv } }")).toEqual([
			'5 warning agencies.metro.ids: 2 of 3 lines of the crosswalk of trip lead to ids that the schedule does not have: /walk.csv:3: "b" to "T77", /walk.csv:4: "c" to "T78" | correct them; what does not resolve is published without trip',
		]);
	});

	it("says once that a schedule is missing: an error at first, a warning where a hub has one", async () => {
		put("walk.csv", "theirs,ours\na,T1\nb,T77\n");
		const agency = "    gtfs: ./none.zip\n    ids: { trip: { crosswalk: ./walk.csv } }";
		expect((await load(agency)).said).toEqual([
			"4 error agencies.metro.gtfs: there is no schedule at /none.zip | put a zip or a folder there, or correct the path",
		]);
		await mkdir(join(folder, ".wayside", "schedules"), { recursive: true });
		const at = "    gtfs: ./none.zip";
		// Of another agency.
		await writeFile(join(folder, ".wayside", "schedules", "metro-east-0123456789abcdef.db"), "");
		expect((await load(at)).said.join()).toContain("4 error agencies.metro.gtfs: there is no schedule");
		await writeFile(join(folder, ".wayside", "schedules", "metro-0123456789abcdef.db"), "");
		const known = { route: new Set<string>(), block: new Set<string>(), trip: new Set(["T1"]) };
		const { said, config } = await load(agency, undefined, { stored: async () => known });
		expect(said).toEqual([
			"4 warning agencies.metro.gtfs: there is no schedule at /none.zip | put a zip or a folder there; until then the one that was read last is used",
			expect.stringContaining(
				'1 of 2 lines of the crosswalk of trip lead to ids that the schedule does not have: /walk.csv:3: "b" to "T77"',
			),
		]);
		expect(config).toBeDefined();
	});

	it("holds crosswalks against a schedule behind a URL, or what a hub read of it", async () => {
		put("walk.csv", "theirs,ours\na,T1\nb,T77\n");
		put("fetched.zip", zipOf(SMALL_FEED));
		const agency = "    gtfs: https://metro.test/gtfs.zip\n    ids: { trip: { crosswalk: ./walk.csv } }";
		const unknown = expect.stringContaining("/walk.csv:3");
		expect(
			(await load(agency, undefined, { download: async () => join(folder, "fetched.zip") })).said,
		).toEqual([unknown]);
		expect((await load(agency)).said).toEqual([]);
		const down = async (): Promise<string> => {
			throw new Failure("net.refused", "metro.test does not answer");
		};
		const stored = async () => ({
			route: new Set<string>(),
			block: new Set<string>(),
			trip: new Set(["T1"]),
		});
		expect((await load(agency, undefined, { download: down, stored })).said).toEqual([
			expect.stringContaining(
				"4 warning agencies.metro.gtfs: the schedule cannot be downloaded: metro.test does not answer",
			),
			unknown,
		]);
	});

	it("says that two time zones cannot both be right", async () => {
		const agency = (SMALL_FEED["agency.txt"] ?? "").replace("America/Chicago", "America/New_York");
		expect((await check({ ...SMALL_FEED, "agency.txt": agency })).join()).toContain(
			"agency.txt says America/New_York, and the configuration America/Chicago",
		);
	});
});
