import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../../test/tidy/repository.js";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { runCli } from "./program.js";
import { columns, plainProgress, type Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vehicles = (count: number, from = 0) =>
	JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", timestamp: 1_700_000_000 + from },
		entity: Array.from({ length: count }, (_, i) => ({
			id: `${i}`,
			vehicle: {
				vehicle: { id: `bus-${i}` },
				position: { latitude: 41.9, longitude: -87.6 },
				timestamp: 1_700_000_000 + from,
			},
		})),
	});

writeFileSync(join(folder, "a.json"), vehicles(3));
writeFileSync(join(folder, "b.json.gz"), gzipSync(vehicles(2, 30)));
writeFileSync(join(folder, "lines.ndjson"), `${vehicles(1)}\n${vehicles(1, 5)}\n`);
writeFileSync(join(folder, "wrong.json"), '{"hello": "world"}');
writeFileSync(
	join(folder, "rmc.nmea"),
	"$GPRMC,094737,A,5251.00930,N,00518.81700,E,5.6,230.5,200818,,,A*53\r\n",
);

/** Runs one command and collects what it prints. */
async function cli(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const terminal: Terminal = {
		environment: {},
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const runtime = createNodeRuntime();
	const code = await runCli(words, {
		terminal,
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	await runtime.close();
	return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("the command line", () => {
	it("explains itself, each verb with an example", async () => {
		const { code, out } = await cli("--help");
		expect(code).toBe(0);
		const verbs = [
			"run",
			"check",
			"init",
			"replay",
			"ledger",
			"events",
			"tap",
			"breaker",
			"backup",
			"restore",
		];
		for (const verb of [...verbs, "service"]) {
			expect(out).toContain(`  ${verb} `);
			const help = await cli(verb, "--help");
			expect([help.code, help.out.includes("--json")], verb).toEqual([0, true]);
			expect(help.out).toMatch(/\nExample:\n {2}wayside /);
		}
		expect(await cli("--version")).toMatchObject({ code: 0, out: "9.9.9" });
	});

	it.each([
		[["chek"], "Did you mean check?"],
		[["check"], "missing required argument 'config'"],
		[["check", "a", "b"], "too many arguments"],
		[["check", "x", "--jsn"], "Did you mean --json?"],
		[["replay", "a.json"], "--decoder is missing; one of: gtfs-realtime"],
		[["replay", "a.json", "--decoder", "gtfsrealtime"], 'did you mean "gtfs-realtime"?'],
		[["replay", "a.json", "--decoder", "nmea", "--timezone", "Mars/North"], "Mars/North is unknown"],
		[["replay", "a.json", "--decoder", "nmea", "--set", "vehicleId"], "is not of the form option=value"],
		[["replay", "a.json", "--decoder", "nmea", "--set", "vehicelId=1"], 'did you mean "vehicleId"?'],
		[["replay", "a.json", "--decoder", "nmea", "--received", "yesterday"], "is none of: stated, now"],
		[["replay", "a.json", "--decoder", "nmea", "--split", "words"], "is none of: none, lines"],
		[["replay", "a.json", "--mapping", "rmc.nmea"], "is no mapping"],
		[["run", "--port", "http"], ""],
	] as const)("answers %j with exit code 2 and what to mend", async (words, expected) => {
		const { code, err } = await cli(...words);
		if (expected !== "") expect(err).toContain(expected);
		expect(code).toBe(2);
	});
});

describe("init and check", () => {
	it("writes a configuration that passes as it stands, once", async () => {
		expect((await cli("init")).code).toBe(0);
		const checked = await cli("check", join(folder, "wayside.yaml"));
		expect(checked.out).toMatch(/wayside\.yaml: ok \(0 errors, 0 warnings\)$/);
		expect(checked.code).toBe(0);
		writeFileSync(join(folder, "wayside.yaml"), "mine");
		expect((await cli("init")).err).toContain("exists already");
		expect(readFileSync(join(folder, "wayside.yaml"), "utf8")).toBe("mine");
		expect((await cli("init", "--force", "--json")).out).toBe('{"file":"wayside.yaml","written":true}');
	});

	it("prints findings as lines and as JSON, and exits with 78", async () => {
		const file = join(folder, "broken.yaml");
		writeFileSync(
			file,
			readFileSync(join(folder, "wayside.yaml"), "utf8").replace("every: 20s", "evry: 20s"),
		);
		const { code, out } = await cli("check", file);
		expect(code).toBe(78);
		expect(out).toMatch(
			/broken\.yaml:18:11: error: feeds\.buses\.upstreams\[0\]\.source\.evry: unknown option "evry"/,
		);
		expect(out).toContain('mend: did you mean "every"?');
		const json = JSON.parse((await cli("check", file, "--json")).out) as { ok: boolean; findings: object[] };
		expect(json.ok).toBe(false);
		expect(json.findings[0]).toMatchObject({ line: 18, column: 11, severity: "error", tier: "syntax" });
		expect((await cli("run", file)).code).toBe(78);
		expect((await cli("check", join(folder, "none.yaml"))).code).toBe(78);
	});

	it.each(["mbta.yaml", "demo.yaml", "bustime.yaml"])("finds nothing in examples/%s", async (name) => {
		const { out, code } = await cli("check", join(ROOT, "examples", name), "--no-environment", "--json");
		const { findings } = JSON.parse(out) as { findings: { severity: string; message: string }[] };
		expect(findings.filter(({ message }) => !message.includes("WAYSIDE_DEMO_GATEWAY"))).toEqual([]);
		expect(code).toBe(0);
	});

	it("says what a plan costs and how fresh reports can be", async () => {
		const { out } = await cli("check", join(ROOT, "examples/bustime.yaml"), "--no-environment");
		expect(out).toContain(
			"feed bustime-vehicles: 6913 calls a day, of 9500 that quota bustime-key can plan with",
		);
		expect(out).toContain(
			"6 calls per sweep, a sweep every 75 s; when a vehicle reports every 30 s, its newest report is 53 s old " +
				"(median), 90 s (p95)",
		);
		expect(out).toContain("feed bustime-trips: 1440 calls a day");
		const json = JSON.parse(
			(await cli("check", join(ROOT, "examples/bustime.yaml"), "--no-environment", "--json")).out,
		);
		expect(json.reaches).toMatchObject([
			{ feed: "bustime-vehicles", callsPerDay: 6913, sweepMs: 75_000, medianAgeMs: 52_500, p95AgeMs: 90_000 },
			{ feed: "bustime-trips", callsPerDay: 1440, quota: "bustime-key", quotaPerDay: 9500 },
		]);
	});

	it("refuses a plan that exceeds its quota, with the line, and the pace that would fit", async () => {
		const example = readFileSync(new URL("../../examples/bustime.yaml", import.meta.url), "utf8");
		const file = join(folder, "too-fast.yaml");
		writeFileSync(file, example.replace("every: 75s", "every: 60s"));
		const { code, out } = await cli("check", file, "--no-environment");
		expect(code).toBe(78);
		const line =
			example.split("\n").findIndex((text) => text.includes("quota: bustime-key, requests: 10")) + 1;
		expect(out).toContain(
			`too-fast.yaml:${line}:26: error: feeds.bustime-vehicles.upstreams[0].budget.quota: the 2 feeds of quota ` +
				"bustime-key need 10081 requests a day, and quota bustime-key has 9500 to plan with (10000, of which 500 are " +
				"kept for the end of the day)",
		);
		expect(out).toContain(
			"mend: this pace would fit: feed bustime-vehicles every 64s, feed bustime-trips every 64s",
		);
		writeFileSync(file, example.replace("every: 75s", "every: 64s").replace("every: 60s", "every: 64s"));
		expect((await cli("check", file, "--no-environment")).code).toBe(0);
	});
});

describe("replay", () => {
	it("decodes files in the order given and accounts for every item", async () => {
		const { code, out } = await cli(
			...["replay", "a.json", "b.json.gz", "a.json", "--decoder", "gtfs-realtime"],
			...["--out", "records.ndjson", "--json"],
		);
		const { seconds, ...counts } = JSON.parse(out) as Record<string, number>;
		expect(counts).toEqual({
			frames: 3,
			records: 5,
			removals: 0,
			duplicates: 3,
			deadLetters: 0,
			late: 0,
			balanced: true,
		});
		expect(seconds).toBeGreaterThanOrEqual(0);
		expect(code).toBe(0);
		const records = readFileSync(join(folder, "records.ndjson"), "utf8").trim().split("\n");
		expect(records.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([
			"vehicle_location/replay:bus-0/1700000000000",
			"vehicle_location/replay:bus-1/1700000000000",
			"vehicle_location/replay:bus-2/1700000000000",
			"vehicle_location/replay:bus-0/1700000030000",
			"vehicle_location/replay:bus-1/1700000030000",
		]);
	});

	it("gives dead letters with a reason for a file of another format, and still balances", async () => {
		const { code, out } = await cli("replay", "wrong.json", "a.json", "--decoder", "gtfs-realtime");
		expect(out).toMatch(/frames +2\nrecords +3\n/);
		expect(out).toContain("the ledger balances");
		expect(out).toMatch(/Dead letters by cause:\n +1 {2}decode\.format {2}\S/);
		expect(out).not.toMatch(/\bat .*\.[jt]s:\d+/);
		expect(code).toBe(0);
	});

	it("takes lines as frames, times and identity from the command line", async () => {
		const lines = await cli(
			"replay",
			"lines.ndjson",
			"--split",
			"lines",
			"--decoder",
			"gtfs-realtime",
			"--json",
		);
		expect(JSON.parse(lines.out)).toMatchObject({ frames: 2, records: 2 });
		const words = [
			"replay",
			"rmc.nmea",
			"--decoder",
			"nmea",
			"--set",
			"vehicleId=007",
			"--out",
			"nmea.ndjson",
		];
		expect((await cli(...words, "--received", "2018-08-20T09:47:40Z")).code).toBe(0);
		expect(JSON.parse(readFileSync(join(folder, "nmea.ndjson"), "utf8"))).toMatchObject({
			vehicleId: "007",
			eventTime: "2018-08-20T09:47:37.000Z",
			receivedTime: "2018-08-20T09:47:40.000Z",
		});
	});

	it("reads any JSON with a mapping", async () => {
		writeFileSync(
			join(folder, "any.json"),
			JSON.stringify({ list: [{ v: 1, t: 1_700_000_000, y: 41.9, x: -87.6 }] }),
		);
		writeFileSync(
			join(folder, "any.yaml"),
			"records: list[]\nfields: { vehicleId: v, eventTime: { path: t, time: epoch-s }, latitude: y, longitude: x }\n",
		);
		const { out, err } = await cli("replay", "any.json", "--mapping", "any.yaml", "--json");
		expect(err).toBe("");
		expect(JSON.parse(out)).toMatchObject({ frames: 1, records: 1, deadLetters: 0, balanced: true });
	});

	it("fails in one sentence when a file is not there, and leaves no temporary store behind", async () => {
		const before = process.env["TMPDIR"];
		const temporary = mkdtempSync(join(folder, "tmp-"));
		process.env["TMPDIR"] = temporary;
		const { code, err } = await cli("replay", "none.json", "--decoder", "gtfs-realtime");
		expect(code).toBe(1);
		expect(err).toMatch(/^wayside: .*none\.json.*$/);
		expect(readdirSync(temporary)).toEqual([]);
		if (before === undefined) delete process.env["TMPDIR"];
		else process.env["TMPDIR"] = before;
	});
});

it("prints one JSON object and nothing else with --json", async () => {
	const { out } = await cli("replay", "a.json", "--decoder", "gtfs-realtime", "--json");
	expect(out.split("\n")).toHaveLength(1);
});

describe("ledger", () => {
	it("says that there is no store yet", async () => {
		mkdirSync(join(folder, "empty"), { recursive: true });
		await cli("init", "empty/wayside.yaml");
		const { code, err } = await cli("ledger", "empty/wayside.yaml");
		expect(err).toContain("There is no store at");
		expect(code).toBe(78);
		expect(existsSync(join(folder, "empty/.wayside"))).toBe(false);
	});
});

describe("the terminal", () => {
	it("writes progress every five seconds where nobody watches, and nothing for short work", async () => {
		const world = createVirtualRuntime();
		const short: string[] = [];
		const quick = plainProgress(world.runtime.clock, (line) => short.push(line));
		quick.show("1");
		quick.end();
		expect(short).toEqual([]);
		const long: string[] = [];
		const slow = plainProgress(world.runtime.clock, (line) => long.push(line));
		for (let second = 1; second <= 12; second++) {
			await world.advance(1000);
			slow.show(`${second}`);
		}
		slow.end();
		expect(long).toEqual(["5", "10", "12"]);
	});

	it("writes progress once a minute where nobody watches for long", async () => {
		const world = createVirtualRuntime();
		const lines: string[] = [];
		const progress = plainProgress(world.runtime.clock, (line) => lines.push(line));
		for (let second = 1; second <= 3600; second++) {
			await world.advance(1000);
			progress.show(`${second}`);
		}
		progress.end();
		expect(lines.slice(0, 14)).toEqual([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 120, 180].map(String));
		expect(lines).toHaveLength(12 + 59);
	});

	it("aligns columns, numbers to the right", () => {
		expect(
			columns([
				["a", 5],
				["long", 12_345],
			]),
		).toEqual(["a          5", "long  12,345"]);
	});
});
