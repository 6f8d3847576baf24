import { describe, expect, it } from "vitest";
import { BUSES, BusTimeWorld, KEY, MONDAY, ROUTES } from "../test/bustime-world.js";
import { allRecords } from "../test/intake-world.js";
import { SWEEP_META } from "./sources/source.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOTHING_LOST = { countedReports: 0, estimatedReports: 0, last: undefined };

describe("a feed that takes several calls to ask for", () => {
	it("discovers its routes once, asks for ten of them a call, spread over the sweep, and says tmres=s", async () => {
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR });
		const hub = await world.start();
		await world.time.advance(10 * MINUTE);
		const { requests } = world.peer;
		expect(requests.filter(({ call }) => call === "getroutes")).toHaveLength(1);
		const calls = requests.filter(({ call }) => call === "getvehicles");
		expect(calls.length).toBeGreaterThanOrEqual(29);
		expect(calls.length).toBeLessThanOrEqual(31);
		expect(calls.every(({ query }) => query["tmres"] === "s" && query["key"] === KEY)).toBe(true);
		const [first, second, third] = calls.map(({ query }) => query["rt"]);
		expect([first, second, third]).toEqual([
			ROUTES.slice(0, 10).join(","),
			ROUTES.slice(10, 20).join(","),
			ROUTES.slice(20).join(","),
		]);
		const gaps = calls.slice(1).map(({ time }, at) => time - (calls[at]?.time ?? 0));
		expect(Math.min(...gaps)).toBeGreaterThan(19_000);
		expect(Math.max(...gaps)).toBeLessThan(21_000);
		expect(hub.status().feeds[0]?.gaps).toEqual(NOTHING_LOST);
		await world.stop(hub);
	});

	it("marks the frames of a sweep, and the last one when nothing is missing", async () => {
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR });
		const hub = await world.start();
		await world.time.advance(3 * MINUTE);
		const metas = (await world.frames()).map(({ meta }) => meta);
		expect(metas.length).toBeGreaterThanOrEqual(8);
		const sweeps = new Set(metas.map((meta) => meta[SWEEP_META.id]));
		expect(sweeps.size).toBe(Math.ceil(metas.length / 3));
		for (const [at, meta] of metas.entries()) {
			expect(meta[SWEEP_META.call]).toBe(String((at % 3) + 1));
			expect(meta[SWEEP_META.calls]).toBe("3");
			expect(meta[SWEEP_META.complete]).toBe(at % 3 === 2 ? "true" : undefined);
		}
		await world.stop(hub);
	});

	it("ends a bus that no call of two whole sweeps lists any more, and only that one", async () => {
		const buses = BUSES.filter(({ rt }) => Number(rt) <= 10).map((bus) => ({
			...bus,
			fromHour: 0,
			untilHour: 24,
		}));
		const leaving = { vid: "9000", rt: "23", fromHour: 0, untilHour: 12.05 };
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR, peer: { buses: [...buses, leaving] } });
		const hub = await world.start();
		await world.time.advance(10 * MINUTE);
		const removals = (await allRecords(world.log)).filter(({ body }) => body.removed === true);
		expect(removals.map(({ key }) => key)).toEqual(["metro:9000"]);
		expect(hub.status().sinks[0]?.facts["vehicles"]).toBe(20);
		await world.stop(hub);
	});

	it("passes over a call that fails for good, and does not call that sweep complete", async () => {
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR });
		world.peer.failing.push((query) => query["rt"]?.startsWith("11,") ?? false);
		const hub = await world.start();
		await world.time.advance(6 * MINUTE);
		const metas = (await world.frames()).map(({ meta }) => meta);
		expect(new Set(metas.map((meta) => meta[SWEEP_META.call]))).toEqual(new Set(["1", "3"]));
		expect(metas.some((meta) => SWEEP_META.complete in meta)).toBe(false);
		world.peer.failing.length = 0;
		await world.time.advance(6 * MINUTE);
		const later = (await world.frames()).slice(metas.length);
		expect(later.some(({ meta }) => meta[SWEEP_META.complete] === "true")).toBe(true);
		await world.stop(hub);
	});

	it("does not ask for the routes again after a restart, and again when the list is old", async () => {
		const plan = `plan:
            discover:
              url: "http://bustime.test/bustime/api/v3/getroutes?key={secret:key}&format=json"
              path: bustime-response.routes[].rt
              every: 1h
              expected: 23`;
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR, plan });
		await world.stop(await advanced(world, 5 * MINUTE));
		await world.stop(await advanced(world, 5 * MINUTE));
		const discoveries = () => world.peer.requests.filter(({ call }) => call === "getroutes").length;
		expect(discoveries()).toBe(1);
		const hub = await advanced(world, 2 * MINUTE);
		const lost = hub.status().feeds[0]?.gaps;
		expect(lost?.last?.cause).toBe("hub_down");
		await world.time.advance(HOUR);
		expect(discoveries()).toBe(2);
		// A discovery costs no sweep.
		expect(hub.status().feeds[0]?.gaps).toEqual(lost);
		await world.stop(hub);
	});
});

async function advanced(world: BusTimeWorld, ms: number) {
	const hub = await world.start();
	await world.time.advance(ms);
	return hub;
}
