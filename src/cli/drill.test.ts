import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-drill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one command and collects what it prints. */
async function cli(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const shown: string[] = [];
	const runtime = createNodeRuntime();
	const code = await runCli(words, {
		terminal: {
			environment: {},
			out: (line) => out.push(line),
			err: (line) => err.push(line),
			paint: (_tone, text) => text,
			progress: () => ({ show: (line) => shown.push(line), end: () => {} }),
			onStop: () => () => {},
		},
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	await runtime.close();
	return { code, out: out.join("\n"), err: err.join("\n"), shown };
}

function configWith(name: string, decoder: string, guards = "{}"): string {
	const text = `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    guards: ${guards}
    upstreams:
      - source: { type: http-poll, url: "https://avl.example/v?key={secret:key}", every: 10s, history: none }
        decoder: ${decoder}
        secrets: { key: { env: AVL_KEY_THAT_NOBODY_SET } }
sinks:
  riders: { type: gtfs-realtime }
routes:
  - { from: buses, to: riders, mode: latest }
store: { directory: ./store }
`;
	writeFileSync(join(folder, name), text);
	return name;
}

describe("wayside drill", { timeout: 60_000 }, () => {
	it("explains itself with an example", async () => {
		const { code, out } = await cli("drill", "--help");
		expect(code).toBe(0);
		expect(out).toContain("wayside drill outage-40-minutes --config wayside.yaml");
	});

	it("lists the drills", async () => {
		const { code, out } = await cli("drill", "ls", "--json");
		expect(code).toBe(0);
		const drills = JSON.parse(out) as { name: string; what: string }[];
		expect(drills).toHaveLength(15);
		const { out: text } = await cli("drill", "ls");
		for (const { name, what } of drills) expect(text).toMatch(new RegExp(`^${name} +${what}$`, "m"));
	});

	it("names the valid drills and options", async () => {
		const { code, err } = await cli("drill", "outage");
		expect(code).toBe(2);
		expect(err).toMatch(/no drill "outage"; valid are flapping, outage-10-minutes, .*all and ls$/);
		const { code: unknown, err: said } = await cli("drill", "flapping", "--confg", "x.yaml");
		expect(unknown).toBe(2);
		expect(said).toMatch(/--confg.*[\s\S]*--config/);
	});

	it("rehearses a configuration of the user's, whose secrets it does not read", async () => {
		const file = configWith("mine.yaml", "gtfs-realtime");
		const { code, out, err, shown } = await cli("drill", "restart-under-load", "--config", file, "--json");
		expect([code, err]).toEqual([0, ""]);
		expect(JSON.parse(out)).toMatchObject({
			name: "restart-under-load",
			grade: "exceeds",
			scores: expect.arrayContaining([
				{ measure: "lost", value: expect.any(String), grade: "exceeds", reason: expect.any(String) },
			]),
			measured: { lost: 0, duplicated: 0, untrue: 0 },
		});
		expect(shown.at(-1)).toBe("restart-under-load (1 of 1): 100 %");
	});

	it("answers 4 for a drill that is graded below", async () => {
		const { code, out } = await cli(
			"drill",
			"unit-change",
			"--config",
			configWith("mine.yaml", "gtfs-realtime", "off"),
		);
		expect(code).toBe(4);
		expect(out).toMatch(/^unit-change: below$/m);
		expect(out).toMatch(/^ +untrue +\d+ +below +vehicle \d+: [\d.]+ m\/s, and it drove [\d.]+$/m);
	});

	it("says which part of a configuration a drill cannot use, and why", async () => {
		const { code, out, err } = await cli(
			"drill",
			"flapping",
			"--config",
			configWith("nextbus.yaml", "nextbus"),
		);
		expect([code, out]).toEqual([78, ""]);
		expect(err).toMatch(
			/^wayside: nextbus.yaml: feeds.buses.upstreams\[0\].decoder cannot be used in flapping: the simulated agency does not speak nextbus/,
		);
		const file = configWith("mine.yaml", "gtfs-realtime");
		expect(await cli("drill", "dead-sink", "--config", file)).toMatchObject({
			code: 78,
			err: expect.stringMatching(/: sinks cannot be used in dead-sink: .*needs a sink that delivers/),
		});
	});

	it("refuses a configuration that does not pass the check, and one that is not there", async () => {
		writeFileSync(join(folder, "wrong.yaml"), "agencies: {}\nfeeds: 7\n");
		const wrong = await cli("drill", "flapping", "--config", "wrong.yaml");
		expect(wrong.code).toBe(78);
		expect(wrong.err).toMatch(/^wrong.yaml:2:\d+: error: feeds/m);
		expect(wrong.err).toMatch(/no drill was run/);
		expect(await cli("drill", "all", "--config", "nowhere.yaml")).toMatchObject({ code: 78, out: "" });
	});
});
