import { describe, expect, it } from "vitest";
import { BUSES, BusTimeWorld, KEY, MONDAY, ROUTES } from "../test/bustime-world.js";
import { allRecords } from "../test/intake-world.js";
import { SWEEP_META } from "./sources/source.js";

const bus = (vid: string, rt: string) => ({ vid, rt, fromHour: 0, untilHour: 24 });

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

	it("passes over a call that fails for good, and says of its routes alone that nobody was told of them", async () => {
		const buses = [...BUSES.filter(({ rt }) => Number(rt) <= 10), bus("9011", "11"), bus("9023", "23")].map(
			(one) => ({
				...one,
				fromHour: 0,
				untilHour: 24,
			}),
		);
		const leaving = [bus("9100", "11"), bus("9200", "23")].map((one) => ({ ...one, untilHour: 12.05 }));
		const world = new BusTimeWorld({
			startTime: MONDAY + 12 * HOUR,
			peer: { buses: [...buses, ...leaving] },
		});
		const hub = await world.start();
		await world.time.advance(90_000);
		world.peer.failing.push((query) => query["rt"]?.startsWith("11,") ?? false);
		await world.time.advance(10 * MINUTE);
		const metas = (await world.frames()).map(({ meta }) => meta).slice(6);
		expect(metas.some((meta) => SWEEP_META.complete in meta)).toBe(false);
		const ends = metas.filter((meta) => SWEEP_META.lacking in meta);
		expect(ends.length).toBeGreaterThan(5);
		// Tried first from then on, so that the last call ends the sweep for the others.
		for (const meta of ends)
			expect(meta).toMatchObject({ sweepCall: "3", sweepLacking: "11,12,13,14,15,16,17,18,19,20" });
		const removed = async () =>
			(await allRecords(world.log)).filter(({ body }) => body.removed === true).map(({ key }) => key);
		expect(await removed()).toEqual(["metro:9200"]);
		world.peer.failing.length = 0;
		await world.time.advance(6 * MINUTE);
		const later = (await world.frames()).map(({ meta }) => meta);
		expect(
			later.at(-1)?.[SWEEP_META.complete] ??
				later.at(-2)?.[SWEEP_META.complete] ??
				later.at(-3)?.[SWEEP_META.complete],
		).toBe("true");
		expect(await removed()).toEqual(["metro:9200", "metro:9100"]);
		await world.stop(hub);
	});

	it("ends a bus also while routes without service are left out, a minute or two after it left", async () => {
		const plan = `plan:
            items: [${Array.from({ length: 23 }, (_, at) => `"${at + 1}"`).join(", ")}]
            quiet: { path: "bustime-response.vehicle[].rt", after: 3, max: 5m }`;
		const buses = ["1", "2"].map((rt) => bus(`90${rt}`, rt));
		const leaving = { ...bus("9100", "1"), untilHour: 12.25 };
		const world = new BusTimeWorld({
			startTime: MONDAY + 12 * HOUR,
			plan,
			peer: { buses: [...buses, leaving] },
		});
		const hub = await world.start();
		await world.time.advance(25 * MINUTE);
		const removals = (await allRecords(world.log)).filter(({ body }) => body.removed === true);
		expect(removals.map(({ key }) => key)).toEqual(["metro:9100"]);
		const leftTime = MONDAY + 12.25 * HOUR;
		expect((removals[0]?.eventTime ?? 0) - leftTime).toBeLessThan(4 * MINUTE);
		expect(hub.status().sinks[0]?.facts["vehicles"]).toBe(2);
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
