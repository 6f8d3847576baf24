import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HubWorld, SINK, SOURCE } from "../../test/hub-world.js";
import { BUILTINS } from "../config/builtins.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import type { Hub } from "../hub.js";
import type { BreakerStatus } from "../operations/breakers.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const TOKEN = "for-this-test";
const folder = mkdtempSync(join(tmpdir(), "wayside-breaker-"));
const world = new HubWorld();
const runtime = createNodeRuntime();
let hub: Hub;
let gateway: Gateway;

beforeAll(async () => {
	hub = await world.start();
	const local = { host: "127.0.0.1", port: 0 };
	gateway = await openGateway({
		hub,
		http: { public: local, admin: { ...local, token: TOKEN } },
		clock: nodeClock,
	});
	await world.time.advance(60_000);
	writeFileSync(
		join(folder, "wayside.yaml"),
		`agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks: { rider-feed: { type: gtfs-realtime } }
routes: [{ from: buses, to: rider-feed, mode: latest }]
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: ${new URL(gateway.adminUrl).port}, token: { env: ADMIN_TOKEN } } }
`,
	);
});

afterAll(async () => {
	await gateway.close();
	await world.close(hub);
	await runtime.close();
	rmSync(folder, { recursive: true, force: true });
});

/** Runs `wayside breaker` with the time of the hub. */
async function breaker(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const terminal: Terminal = {
		environment: { ADMIN_TOKEN: TOKEN },
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const code = await runCli(["breaker", ...words], {
		terminal,
		runtime: { ...runtime, clock: { ...nodeClock, now: () => world.time.runtime.clock.now() } },
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

const forcedOf = (name: string) => hub.upstreams().get(name)?.status().forced;

describe("wayside breaker", () => {
	it("explains each verb with an example", async () => {
		const { code, out } = await breaker("--help");
		expect(code).toBe(0);
		expect(out).toMatch(/\nExample:\n {2}wayside breaker open /);
		for (const verb of ["ls", "open", "close", "reset"]) {
			expect(out).toContain(`  ${verb} `);
			const help = await breaker(verb, "--help");
			expect([help.code, help.out.includes("--json")], verb).toEqual([0, true]);
			expect(help.out).toMatch(new RegExp(`\nExample:\n {2}wayside breaker ${verb} `));
		}
		expect((await breaker()).code).toBe(2);
	});

	it("lists whom the hub calls", async () => {
		const { code, out, err } = await breaker("ls", "wayside.yaml");
		expect([code, err]).toEqual([0, ""]);
		expect(out.split("\n")).toEqual([
			expect.stringMatching(/^Name +State +Next call +In a row +Retries left +In flight +Waiting +Today$/),
			expect.stringMatching(/^feed:buses\/0 +closed +any time +0 +10 +0 +0 {2}\d+ of 20000$/),
			expect.stringMatching(/^sink:partner +closed +any time +0 +10 +0 +0 {2}no limit$/),
		]);
		const json = JSON.parse((await breaker("ls", "wayside.yaml", "--json")).out) as BreakerStatus[];
		expect(json.map(({ name }) => name)).toEqual([SOURCE, SINK]);
	});

	it("opens, closes and resets, and says what holds", async () => {
		const opened = await breaker(
			"open",
			SOURCE,
			"wayside.yaml",
			"--reason",
			"vendor maintenance",
			"--for",
			"90m",
		);
		expect(opened).toEqual({
			code: 0,
			err: "",
			out: "feed:buses/0 is not called for 90 min: vendor maintenance. wayside breaker reset feed:buses/0 ends it.",
		});
		expect(forcedOf(SOURCE)).toMatchObject({ state: "open", reason: "vendor maintenance" });
		const closed = await breaker("close", SINK, "wayside.yaml", "--reason", "false alarm", "--json");
		expect(JSON.parse(closed.out)).toMatchObject({ name: SINK, forced: { state: "closed" } });
		expect((forcedOf(SINK)?.until ?? 0) - world.time.runtime.clock.now()).toBe(3_600_000);
		const list = (await breaker("ls", "wayside.yaml")).out.split("\n");
		expect(list[1]).toMatch(/^feed:buses\/0 +held open +in 90 min /);
		expect(list[2]).toMatch(/^sink:partner +held closed +any time /);
		expect(list.slice(3)).toEqual([
			"",
			"feed:buses/0 is not called for 90 min: vendor maintenance. wayside breaker reset feed:buses/0 ends it.",
			"sink:partner is called whatever fails for 60 min: false alarm. wayside breaker reset sink:partner ends it.",
		]);
		for (const name of [SOURCE, SINK]) {
			expect((await breaker("reset", name, "wayside.yaml")).out).toBe(
				`${name} is closed; failures decide what comes next.`,
			);
			expect(forcedOf(name)).toBeUndefined();
		}
	});

	it.each([
		[["open", SOURCE], 2, "required option '--reason <text>' not specified"],
		[["open", SOURCE, "wayside.yaml", "--reason", " "], 2, "--reason is empty"],
		[["close", SOURCE, "wayside.yaml", "--reason", "x", "--for", "soon"], 2, '--for is "soon"'],
		[["reset"], 2, "missing required argument 'name'"],
		[["opne", SOURCE], 2, "Did you mean open?"],
		[["open", SOURCE, "wayside.yaml", "--reason", "x", "--for", "30d"], 1, "at most 7d"],
		[["open", "buses", "wayside.yaml", "--reason", "x"], 1, `There are: ${SOURCE}, ${SINK}.`],
		[["ls", "none.yaml"], 78, "none.yaml"],
		[["ls", "--url", "http://127.0.0.1:1"], 1, "No hub answers at http://127.0.0.1:1"],
	] as const)("answers %j with exit code %i and what to mend", async (words, code, expected) => {
		const answer = await breaker(...words);
		expect(answer.err).toContain(expected);
		expect(answer.code).toBe(code);
		expect(forcedOf(SOURCE)).toBeUndefined();
	});

	it("says so when the token is missing", async () => {
		const answer = await breaker("ls", "--url", gateway.adminUrl);
		expect([answer.code, answer.err]).toEqual([1, expect.stringContaining("Authorization: Bearer TOKEN")]);
	});
});
