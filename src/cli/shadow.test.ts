import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContractWorld } from "../../test/contract-world.js";
import { BUILTINS } from "../config/builtins.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import type { Hub } from "../hub.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-shadow-"));
const runtime = createNodeRuntime();
const world = new ContractWorld();
/** Reads the rows as they are, but for a speed in another unit, and finds no vehicle whose latitude is high. */
const CANDIDATE = `
        candidate:
          decoder:
            type: mapping
            records: vehicles[]
            snapshot: true
            fields: { vehicleId: id, latitude: lat, longitude: lon, speedMps: { path: spd, unit: km/h }, eventTime: { path: at, time: epoch-s } }`;
let hub: Hub;
let gateway: Gateway;

beforeAll(async () => {
	hub = await world.start(CANDIDATE);
	const local = { host: "127.0.0.1", port: 0 };
	const admin = { ...local, token: undefined };
	gateway = await openGateway({
		hub,
		shadows: hub.shadows,
		http: { public: local, admin },
		clock: nodeClock,
	});
	await world.time.advance(60_000);
	const { port } = new URL(gateway.adminUrl);
	writeFileSync(
		join(folder, "wayside.yaml"),
		`
agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks: { rider-feed: { type: gtfs-realtime } }
routes: [{ from: buses, to: rider-feed, mode: latest }]
http: { admin: { host: 127.0.0.1, port: ${port} } }
`,
	);
});

afterAll(async () => {
	await gateway.close();
	await world.close(hub);
	await runtime.close();
	rmSync(folder, { recursive: true, force: true });
});

async function shadow(...words: string[]) {
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
	const code = await runCli(["shadow", ...words], {
		terminal,
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("wayside shadow report", () => {
	it("explains itself with an example", async () => {
		for (const verb of [[], ["report"]]) {
			const { code, out } = await shadow(...verb, "--help");
			expect(code).toBe(0);
			expect(out).toMatch(/\nExample:\n {2}wayside shadow report /);
		}
	});

	it("shows coverage, the field that differs with a sample, and cost", async () => {
		const { code, out } = await shadow("report", "wayside.yaml");
		expect(code).toBe(0);
		expect(out).toContain("Feed buses, upstream 0: mapping@");
		expect(out).toMatch(/records\s+\d0\s+\d0/);
		expect(out).toMatch(/ms to decode a frame\s+[\d.]+\s+[\d.]+/);
		expect(out).toMatch(/speedMps\s+\d+\s+\d+\s+\d+\s+vehicle_location bus-0: 5 is 1\.38/);
		expect(out).not.toMatch(/^latitude/m);
	});

	it("answers as JSON, and names the feeds that have a candidate when another is asked for", async () => {
		const { code, out } = await shadow("report", "--url", gateway.adminUrl, "--feed", "buses", "--json");
		expect(code).toBe(0);
		expect(JSON.parse(out)).toMatchObject([{ feed: "buses", upstream: 0, state: "shadow", share: 0 }]);
		const other = await shadow("report", "wayside.yaml", "--feed", "trams");
		expect(other.code).toBe(1);
		expect(other.err).toContain("Feeds that have one: buses.");
	});
});
