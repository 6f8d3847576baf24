import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { ROOT } from "../../test/tidy/repository.js";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { EXIT } from "./exit-codes.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-contract-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
	const code = await runCli(["contract", ...words], {
		terminal,
		runtime,
		plugins: BUILTINS,
		version: "0.0.0-test",
		workingDirectory: folder,
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

interface Version {
	readonly version: number;
	readonly fields?: object;
	readonly required?: readonly string[];
	readonly mode?: string;
}

function write(
	name: string,
	{ version, fields = {}, required = ["id"], mode = "dead-letter" }: Version,
): string {
	const row = {
		"x-record": true,
		"x-mode": mode,
		type: "object",
		required,
		properties: {
			id: { type: "string", "x-semantic": "vehicle-id" },
			lat: { type: "number", "x-semantic": "latitude" },
			spd: { type: "number", "x-semantic": { is: "speed", unit: "km/h" } },
			state: { enum: ["run", "idle"], "x-mode": "evolve" },
			...fields,
		},
	};
	const properties = Object.fromEntries(
		Object.entries(row.properties).filter(([, schema]) => schema !== null),
	);
	const document = {
		"x-contract": { feed: "metro-avl", version },
		type: "object",
		required: ["vehicles"],
		properties: { vehicles: { type: "array", items: { ...row, properties } } },
	};
	writeFileSync(join(folder, name), name.endsWith(".json") ? JSON.stringify(document) : stringify(document));
	return name;
}

const changesOf = (out: string) =>
	JSON.parse(out).compared[0].changes.map(
		(change: { verdict: string; path: string; change: string }) =>
			`${change.verdict} ${change.path} ${change.change}`,
	);

it("judges every change, and refuses to a pipeline what breaks those who read", async () => {
	const before = write("v1.yaml", { version: 1 });
	const after = write("v2.json", {
		version: 2,
		fields: {
			lat: null,
			latitude: { type: "number", "x-semantic": "latitude" },
			spd: { type: "number", "x-semantic": { is: "speed", unit: "mph" } },
			state: { enum: ["run", "towed"], "x-mode": "evolve" },
			depot: { type: "string" },
		},
	});
	const forward = await cli("diff", before, after, "--json");
	expect(forward.code).toBe(EXIT.noGo);
	expect(changesOf(forward.out)).toEqual([
		"breaking vehicles[].lat is gone; latitude has its meaning now",
		"breaking vehicles[].spd unit: km/h became mph",
		'tolerable vehicles[].state values that are allowed; new: "towed"; gone: "idle"',
		"compatible vehicles[].latitude is new",
		"compatible vehicles[].depot is new",
	]);
	const text = await cli("diff", before, after);
	expect(text.out).toMatch(
		/breaking +forward +vehicles\[\]\.spd +unit: km\/h became mph: values look as before/,
	);
	expect(text.out).toMatch(/verdict: breaking$/);
});

it("judges by the rule that is asked for, and transitively by all that came before", async () => {
	const one = write("one.yaml", { version: 1 });
	const two = write("two.yaml", { version: 2, fields: { depot: { type: "string" } } });
	const three = write("three.yaml", {
		version: 3,
		fields: { depot: { type: "string" } },
		required: ["id", "depot"],
	});
	const codes = async (...words: string[]) => (await cli("diff", ...words)).code;
	expect(await codes(one, two, "--mode", "full")).toBe(EXIT.ok);
	expect(await codes(two, three, "--mode", "forward")).toBe(EXIT.ok);
	expect(await codes(two, three, "--mode", "backward")).toBe(EXIT.noGo);
	expect(await codes(three, two, "--mode", "forward")).toBe(EXIT.noGo);
	expect(await codes(one, two, three, "--mode", "forward-transitive")).toBe(EXIT.ok);
	expect(await codes(one, two, three, "--mode", "backward-transitive")).toBe(EXIT.noGo);
	expect(await codes(one, two, three, "--mode", "transitive")).toBe(EXIT.ok);
	expect(await codes(one, two, three)).toBe(EXIT.usage);
	expect(await codes(one)).toBe(EXIT.usage);
	expect(await codes(one, two, "--mode", "sideways")).toBe(EXIT.usage);
	expect(await codes(one, one)).toBe(EXIT.ok);
});

it("holds captures against a contract, and says how often and where first they do not fit", async () => {
	const contract = write("test.yaml", { version: 4 });
	const row = (id: unknown, more: object = {}) => ({ id, lat: 41.8, spd: 20, state: "run", ...more });
	mkdirSync(join(folder, "captures"), { recursive: true });
	writeFileSync(join(folder, "captures", "a.json"), JSON.stringify({ vehicles: [row("1"), row("2")] }));
	expect(await cli("test", contract, "captures")).toMatchObject({
		code: EXIT.ok,
		out: expect.stringContaining("fit"),
	});
	const bad = { vehicles: [row("1"), row(2), row("3", { lat: 141 }), row("4", { driver: "Jane Doe" })] };
	writeFileSync(join(folder, "captures", "b.json.gz"), gzipSync(JSON.stringify(bad)));
	const found = await cli("test", contract, "captures", "--json");
	expect(found.code).toBe(EXIT.noGo);
	expect(JSON.parse(found.out)).toMatchObject({
		fits: false,
		frames: 2,
		records: 6,
		refusedRecords: 2,
		breaches: expect.arrayContaining([
			expect.objectContaining({
				path: "vehicles[].id",
				keyword: "type",
				count: 1,
				first: expect.stringContaining("b.json"),
			}),
			expect.objectContaining({ path: "vehicles[].driver", keyword: "unknown", mode: "evolve" }),
		]),
	});
	expect(found.out).not.toContain("Jane");
});

it("says plainly of captures that are empty, mixed, or of another kind", async () => {
	const contract = write("odd.yaml", { version: 1 });
	mkdirSync(join(folder, "none"), { recursive: true });
	expect((await cli("test", contract, "none")).err).toMatch(/hold no file/);
	writeFileSync(join(folder, "empty.json"), "");
	writeFileSync(join(folder, "some.xml"), "<a><b/></a>");
	writeFileSync(join(folder, "good.json"), '{"vehicles":[{"id":"1"}]}');
	writeFileSync(join(folder, "night.json"), '{"vehicles":[]}');
	expect(await cli("test", contract, "some.xml", "empty.json")).toMatchObject({
		code: EXIT.failure,
		err: expect.stringMatching(/None of the \d+ frames is JSON/),
	});
	expect(await cli("test", contract, "good.json", "some.xml")).toMatchObject({
		code: EXIT.noGo,
		out: expect.stringMatching(/unreadable +1\nfirst unreadable: .*some\.xml: .*XML/),
	});
	expect((await cli("test", contract, "night.json")).out).toMatch(/No payload has a record/);
	expect((await cli("test", contract, "missing.json")).err).toMatch(
		/There is no file or folder missing.json/,
	);
});

it("tells a pipeline by the exit code of the process", () => {
	const before = write("p1.yaml", { version: 1 });
	const after = write("p2.yaml", { version: 2, fields: { lat: null } });
	const main = join(ROOT, "dist/cli/main.js");
	const run = (...words: string[]) =>
		spawnSync(process.execPath, [main, "contract", ...words], { cwd: folder, encoding: "utf8" });
	expect(run("diff", before, after)).toMatchObject({
		status: EXIT.noGo,
		stdout: expect.stringMatching(/breaking/),
	});
	expect(run("diff", before, before, "--json").status).toBe(EXIT.ok);
	writeFileSync(join(folder, "p.ndjson"), '{"vehicles":[{"id":"1"}]}\n{"vehicles":[{}]}\n');
	expect(run("test", before, "p.ndjson", "--split", "lines").status).toBe(EXIT.noGo);
});

it("names every fault of a file that is no contract", async () => {
	writeFileSync(
		join(folder, "wrong.yaml"),
		"x-contract: { feed: a, version: 0 }\nproperties: { a: { enum: [] } }\n",
	);
	const { code, err } = await cli("test", "wrong.yaml", ".");
	expect(code).toBe(EXIT.config);
	expect(err).toMatch(
		/\/x-contract\/version: is no version.*\n.*\/properties\/a\/enum: an enum without values/,
	);
	writeFileSync(join(folder, "broken.yaml"), "a: [1");
	expect((await cli("diff", "broken.yaml", "broken.yaml")).err).toMatch(/neither JSON nor YAML/);
	writeFileSync(
		join(folder, "laughs.yaml"),
		"a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n",
	);
	expect((await cli("diff", "laughs.yaml", "laughs.yaml")).err).toMatch(/no contract/);
});
