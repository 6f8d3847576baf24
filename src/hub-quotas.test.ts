import { describe, expect, it } from "vitest";
import { BusTimeWorld, MONDAY, ROUTES } from "../test/bustime-world.js";
import { allDeadLetters } from "../test/intake-world.js";
import type { Hub } from "./hub.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PLAN = `plan: { items: [${ROUTES.map((rt) => `"${rt}"`).join(", ")}] }`;
/** A second feed on the same key: no plan, a call each. */
const TRIPS = `  trips:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "http://bustime.test/bustime/api/v3/getvehicles?key={secret:key}&format=json&rt=1", every: 60s, history: none }
        decoder: bustime
        budget: { quota: bustime-key }
        secrets: { key: { env: BUSTIME_KEY } }`;

async function advanced(world: BusTimeWorld, ms: number): Promise<Hub> {
	const hub = await world.start();
	await world.time.advance(ms);
	return hub;
}

describe("feeds on one key", () => {
	it("count as one, over restarts and crashes, and agree with upstream", async () => {
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR, plan: PLAN, moreFeeds: TRIPS });
		await world.stop(await advanced(world, 20 * MINUTE));
		await world.kill(await advanced(world, 20 * MINUTE));
		const hub = await advanced(world, 20 * MINUTE);
		const [quota] = hub.status().quotas;
		expect(quota).toMatchObject({
			name: "bustime-key",
			limit: 10_000,
			reserve: 500,
			resetTime: MONDAY + 24 * HOUR,
			closedUntil: undefined,
		});
		// Three calls a sweep and one beside it, a minute each, and what the crash may have cost.
		expect(world.peer.used).toBeGreaterThan(230);
		expect(quota?.used).toBeGreaterThanOrEqual(world.peer.used);
		expect(quota?.used).toBeLessThanOrEqual(world.peer.used + 20);
		await world.stop(hub);
	});

	it("are slowed down, and not stopped, when the key has little left; the vendor never has to refuse", async () => {
		// The sweeps alone would need 4,320 calls from midnight to midnight; half of the day is over and 700 are left.
		const world = new BusTimeWorld({
			startTime: MONDAY + 12 * HOUR,
			plan: PLAN,
			quotas: "{ bustime-key: { limit: 5000/day } }",
		});
		await world.prepare("quota/bustime-key", { v: 1, day: Math.floor(MONDAY / 86_400_000), used: 4_300 });
		const hub = await world.start();
		const perHour: number[] = [];
		for (let hour = 0; hour < 12; hour++) {
			const before = world.peer.requests.length;
			await world.time.advance(HOUR - (hour === 11 ? 2 * MINUTE : 0));
			perHour.push(world.peer.requests.length - before);
		}
		expect(perHour.reduce((sum, calls) => sum + calls)).toBeLessThanOrEqual(700);
		for (const calls of perHour.slice(1)) expect(calls).toBeGreaterThan(25);
		for (const calls of perHour.slice(1, 10)) expect(calls).toBeLessThan(60);
		expect(world.peer.overLimit).toBe(0);
		// A slow feed is no failing one; what it could not ask for is counted as lost.
		const told = world.events
			.filter(({ subject, code }) => subject === "feed:buses" && !/^(alert|guard)\./.test(code))
			.map(({ message }) => message);
		expect(told.filter((message) => !message.startsWith("Lost "))).toEqual([
			"running: Frames come as expected.",
		]);
		await world.time.advance(3 * MINUTE);
		expect(hub.status().quotas[0]?.used).toBeLessThan(10);
		await world.stop(hub);
	}, 60_000);
});

describe("a transaction limit that upstream reports", () => {
	it("closes the way for every feed of the key until midnight, over a restart, and is not asked twice", async () => {
		const world = new BusTimeWorld({
			startTime: MONDAY + 15 * HOUR,
			plan: PLAN,
			moreFeeds: TRIPS,
			limit: 40,
		});
		const first = await advanced(world, 30 * MINUTE);
		expect(world.peer.used).toBe(40);
		// A call of the other feed may be under way at that moment.
		expect(world.peer.overLimit).toBeLessThanOrEqual(2);
		expect(world.events).toContainEqual(
			expect.objectContaining({
				subject: "quota:bustime-key",
				level: "error",
				message: expect.stringMatching(/^Upstream says that the limit of quota bustime-key is reached/),
			}),
		);
		expect(first.status().feeds[0]).toMatchObject({
			state: "failing",
			sentence: expect.stringContaining("Upstream's limit of the day for quota bustime-key is reached"),
		});
		await world.stop(first);
		const refused = world.peer.overLimit;
		const second = await advanced(world, 8 * HOUR);
		expect(world.peer.overLimit).toBe(refused);
		expect(second.status().quotas).toMatchObject([{ closedUntil: MONDAY + 24 * HOUR }]);
		const before = world.peer.requests.length;
		await world.time.advance(35 * MINUTE);
		expect(world.peer.requests.length).toBeGreaterThan(before + 5);
		expect(second.status().feeds[0]?.state).toBe("running");
		await world.stop(second);
	}, 60_000);

	it("is believed without a configured quota too, and shown while it lasts", async () => {
		const world = new BusTimeWorld({
			startTime: MONDAY + 15 * HOUR,
			plan: PLAN,
			quotas: "{}",
			budget: "{ requests: 12/min }",
			limit: 10,
		});
		const hub = await advanced(world, HOUR);
		expect(world.peer.overLimit).toBe(1);
		expect(hub.status().quotas).toMatchObject([
			{ name: "feed:buses/0", limit: undefined, closedUntil: MONDAY + 24 * HOUR },
		]);
		await world.stop(hub);
	});
});

describe("a key that is refused", () => {
	it("stops polling, is an error event, and is probed in windows that grow to an hour", async () => {
		const world = new BusTimeWorld({ startTime: MONDAY + 12 * HOUR, plan: PLAN });
		world.peer.key = "another-key";
		const hub = await advanced(world, 6 * HOUR);
		const times = world.peer.requests.map(({ time }) => (time - MONDAY - 12 * HOUR) / MINUTE);
		expect(times.length).toBeGreaterThanOrEqual(7);
		expect(times.length).toBeLessThanOrEqual(10);
		const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
		expect(gaps[0]).toBeGreaterThanOrEqual(5);
		expect(gaps[0]).toBeLessThan(6);
		expect(Math.max(...gaps)).toBeLessThan(63);
		expect(hub.status().feeds[0]).toMatchObject({
			state: "down",
			sentence: expect.stringMatching(/Invalid API access key supplied; check the key .* A person is needed/),
		});
		expect(
			world.events.filter(
				({ level, subject, code }) =>
					level === "error" && subject === "feed:buses" && !code.startsWith("alert."),
			),
		).toHaveLength(1);
		const letters = JSON.stringify(await allDeadLetters(world.log)) + JSON.stringify(world.events);
		expect(letters).not.toContain("peer-key-");

		// Mended: at once when a person says so.
		world.peer.key = "peer-key-0123456789";
		hub.upstreams().get("feed:buses/0")?.reset("key mended");
		await world.time.advance(2 * MINUTE);
		expect(hub.status().feeds[0]?.state).toBe("running");
		await world.stop(hub);
	}, 60_000);
});
