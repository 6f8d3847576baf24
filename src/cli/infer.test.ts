import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { parse } from "yaml";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-infer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function cli(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const code = await runCli(words, {
		terminal: {
			environment: {},
			out: (line) => out.push(line),
			err: (line) => err.push(line),
			paint: (_tone, text) => text,
			progress: () => ({ show: () => {}, end: () => {} }),
			onStop: () => () => {},
		},
		runtime: createNodeRuntime(),
		plugins: BUILTINS,
		version: "0.0.0",
		program: [],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Ten buses that drive east, one file a minute. */
for (let minute = 0; minute < 6; minute++) {
	const time = Date.parse("2026-03-03T13:30:00Z") + minute * 60_000;
	const rows = Array.from({ length: 10 }, (_, bus) => ({
		unit: `B${bus + 100}`,
		when: new Date(time - bus * 500 - 1000).toISOString().slice(0, 19),
		y: Number((41.80123 + bus * 0.01).toFixed(6)),
		x: Number((-87.7 + minute * (0.004 + bus * 0.0004)).toFixed(6)),
		v: Number(((0.004 + bus * 0.0004) * 4975).toFixed(1)),
	}));
	writeFileSync(join(folder, `answer-${time}.json`), JSON.stringify({ list: rows }));
}
writeFileSync(join(folder, "other.xml"), "<a><b/></a>");

const files = Array.from(
	{ length: 6 },
	(_, minute) => `answer-${Date.parse("2026-03-03T13:30:00Z") + minute * 60_000}.json`,
);

it("proposes a mapping that replay runs, and says why it trusts it", async () => {
	const told = await cli("infer", ...files, "--timezone", "America/Chicago", "--out", "proposed");
	expect(told.code, told.err).toBe(0);
	expect(told.out).toContain("vehicleId: grouped by it");
	const mapping = parse(readFileSync(join(folder, "proposed/mapping.yaml"), "utf8")) as {
		fields: Record<string, unknown>;
	};
	expect(mapping.fields).toMatchObject({
		vehicleId: "unit",
		latitude: "y",
		longitude: "x",
		eventTime: { path: "when", time: "iso", zone: "UTC" },
		speedMps: { path: "v", unit: "km/h" },
	});
	const contract = parse(readFileSync(join(folder, "proposed/contract.v1.yaml"), "utf8")) as {
		properties: { list: { items: { properties: Record<string, unknown>; required: string[] } } };
	};
	const { items } = contract.properties.list;
	expect(items).toMatchObject({ "x-record": true, required: ["unit", "when", "y", "x", "v"] });
	expect(items.properties["v"]).toEqual({ type: "number", "x-semantic": { is: "speed", unit: "km/h" } });
	const tested = await cli("contract", "test", "proposed/contract.v1.yaml", ...files);
	expect(tested.code, tested.out + tested.err).toBe(0);
	writeFileSync(join(folder, "renamed.json"), '{"list":[{"unit":"B1","lat":41.8}]}');
	const renamed = await cli("contract", "test", "proposed/contract.v1.yaml", "renamed.json", "--json");
	expect(renamed.out).toContain("list[].lat");
	const replayed = await cli(
		"replay",
		...files,
		"--mapping",
		"proposed/mapping.yaml",
		"--out",
		"records.ndjson",
	);
	expect(replayed.code, replayed.err).toBe(0);
	const [first = ""] = readFileSync(join(folder, "records.ndjson"), "utf8").split("\n");
	expect(JSON.parse(first)).toMatchObject({ vehicleId: "B100", latitude: 41.80123 });
});

it("answers in JSON, with what it could not tell", async () => {
	const { code, out } = await cli("infer", ...files, "--json", "--area", "-88.1,41.6,-87.4,42.2");
	const answer = JSON.parse(out) as {
		findings: { field: string }[];
		unknown: { field: string; why: string }[];
	};
	expect(code).toBe(0);
	expect(answer.findings.map(({ field }) => field)).toContain("vehicleId");
	expect(answer.unknown.map(({ field }) => field)).toContain("tripId");
});

it("says what is wrong with captures, and ends with 1, 2 or 4", async () => {
	const mixed = await cli("infer", files[0] ?? "", "other.xml");
	expect([mixed.code, mixed.err]).toEqual([1, expect.stringContaining("several formats: json")]);
	expect((await cli("infer", "nowhere.json")).code).toBe(1);
	expect((await cli("infer", files[0] ?? "", "--area", "1,2,3")).code).toBe(2);
	expect((await cli("infer", files[0] ?? "", "--timezone", "Nowhere")).code).toBe(2);
	const bare = await cli("infer", "other.xml");
	expect([bare.code, bare.err]).toEqual([1, expect.stringContaining("no records")]);
	writeFileSync(join(folder, "one.json"), '{"a":41.88123,"b":-87.63123,"c":1700000000}');
	const one = await cli("infer", "one.json", "--out", "none");
	expect([one.code, one.out]).toEqual([4, expect.stringContaining("No mapping is proposed")]);
	expect(existsSync(join(folder, "none/mapping.yaml"))).toBe(false);
});
