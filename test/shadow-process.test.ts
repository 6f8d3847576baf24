import { writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import type { CandidateReport } from "../src/model/candidate-report.js";
import { hubProcesses } from "./hub-process.js";

const { hub, wayside, path } = hubProcesses();
const PATIENCE = { timeout: 40_000, interval: 50 };
const FIELDS = "vehicleId: id, latitude: lat, longitude: lon, speedMps:";

/** The candidate takes the speed for km/h, or looks for vehicles by another name and finds none. */
const config = (records: string) => `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-push, path: /in }
        decoder: { type: mapping, records: "[]", fields: { ${FIELDS} spd } }
        candidate:
          decoder: { type: mapping, records: "${records}", fields: { ${FIELDS} { path: spd, unit: km/h } } }
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
routes: [{ from: buses, to: rider-feed, mode: latest }]
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;

async function push(url: string, count: number): Promise<void> {
	const rows = Array.from({ length: count }, (_, index) => ({
		id: `bus-${index}`,
		lat: 41.8 + index / 100,
		lon: -87.6,
		spd: 9,
	}));
	const headers = { "content-type": "application/json" };
	const answer = await fetch(`${url}/in`, { method: "POST", headers, body: JSON.stringify(rows) });
	expect(answer.status).toBeLessThan(300);
}

async function report(admin: string, ...words: string[]) {
	const { seen, ended } = wayside("shadow", "report", "wayside.yaml", "--url", admin, ...words);
	const code = await ended;
	return { code, ...seen };
}

const reportsOf = ({ out }: { readonly out: string }) => JSON.parse(out) as CandidateReport[];

describe("wayside shadow report, as a process beside the hub that it asks", () => {
	it("compares both readings of what was pushed, as text and as JSON, and names a feed that has none", async () => {
		writeFileSync(path("wayside.yaml"), config("[]"));
		const { url, admin } = await hub("wayside.yaml");
		await push(url, 6);
		const told = await vi.waitFor(async () => {
			const now = await report(admin, "--json");
			expect(reportsOf(now)).toMatchObject([{ frames: 1, both: 6 }]);
			return now;
		}, PATIENCE);
		expect(told).toMatchObject({ code: 0, err: "" });
		expect(reportsOf(told)).toMatchObject([
			{ feed: "buses", state: "shadow", only: { current: 0, candidate: 0 }, problems: [] },
		]);
		expect(reportsOf(told)[0]?.fields.map(({ path, differ }) => [path, differ])).toEqual([["speedMps", 6]]);

		const { code, out } = await report(admin);
		expect(code).toBe(0);
		expect(out).toMatch(/records +6 +6\n/);
		expect(out).toMatch(/speedMps +6 +6 +6 +vehicle_location bus-0: 9 is 2\.5/);
		// Colour is for terminals, and this is none.
		expect(out).not.toContain("\u001b");
		const other = await report(admin, "--feed", "trams");
		expect(other).toMatchObject({ code: 1, out: "" });
		expect(other.err).toContain("Feeds that have one: buses.");
	});

	it("ends with 4 where the candidate must not take over, and with 1 where no hub answers", async () => {
		writeFileSync(path("wayside.yaml"), config("buses[]"));
		const { url, admin, child, ended } = await hub("wayside.yaml");
		for (let frame = 0; frame < 4; frame++) await push(url, 10);
		const told = await vi.waitFor(async () => {
			const now = await report(admin, "--json");
			expect(reportsOf(now)).toMatchObject([{ frames: 4 }]);
			return now;
		}, PATIENCE);
		expect(told.code).toBe(4);
		expect(reportsOf(told)[0]?.problems.length).toBeGreaterThan(0);
		expect((await report(admin)).code).toBe(4);

		child.kill("SIGTERM");
		await ended;
		const none = await report(admin);
		expect(none.code).toBe(1);
		expect(none.err).toMatch(/^wayside: No hub answers at http/);
	});
});
