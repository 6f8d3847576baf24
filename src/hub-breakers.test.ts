import { afterEach, describe, expect, it, vi } from "vitest";
import { HubWorld, SINK, SOURCE } from "../test/hub-world.js";
import type { Hub } from "./hub.js";
import { Breaker } from "./resilience/breaker.js";
import type { Upstream } from "./resilience/index.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AVL = "avl.test";
const PARTNER = "partner.test";

afterEach(() => {
	vi.restoreAllMocks();
});

function upstream(hub: Hub, name: string): Upstream {
	const found = hub.upstreams().get(name);
	if (found === undefined) throw new Error(`${name} is not among ${[...hub.upstreams().keys()].join(", ")}`);
	return found;
}

describe("a breaker that is forced open", () => {
	it("keeps its source from sending anything, and its sink from writing anything", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		const healthy = await world.outside.during(() => world.time.advance(MINUTE));
		expect(healthy.source).toBeGreaterThanOrEqual(11);
		expect(healthy.sink).toBeGreaterThanOrEqual(11);

		upstream(hub, SINK).forceOpen({ reason: "partner migrates", forMs: HOUR });
		const noSink = await world.outside.during(() => world.time.advance(10 * MINUTE));
		expect(noSink.source).toBeGreaterThanOrEqual(119);
		expect(noSink.sink).toBe(0);

		upstream(hub, SOURCE).forceOpen({ reason: "vendor maintenance", forMs: HOUR });
		const neither = await world.outside.during(() => world.time.advance(30 * MINUTE));
		expect(neither).toEqual({ source: 0, backup: 0, sink: 0 });
		const { feeds, sinks } = hub.status();
		expect(feeds[0]).toMatchObject({
			state: "down",
			sentence:
				"A person has stopped calls to upstream: vendor maintenance. It is asked again in 30 minutes.",
			upstreams: [{ guard: { name: SOURCE, state: "open", forced: { reason: "vendor maintenance" } } }],
		});
		expect(sinks[0]).toMatchObject({
			state: "held",
			sentence:
				"A person has stopped deliveries: partner migrates. Nothing is lost; they go on by themselves.",
			guard: { name: SINK, forced: { reason: "partner migrates" } },
		});

		// Both run out by themselves; what waited for the sink is delivered then.
		await world.time.advance(31 * MINUTE);
		const after = await world.outside.during(() => world.time.advance(MINUTE));
		expect(after.source).toBeGreaterThanOrEqual(11);
		const { lagEntries, guard } = hub.status().sinks[0] ?? {};
		expect([guard?.state, guard?.forced]).toEqual(["closed", undefined]);
		expect(lagEntries).toBeLessThan(3);
		await world.close(hub);
	});

	it("is asked again at once when a person resets it, in its usual pace and not sooner", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		for (const name of [SOURCE, SINK]) upstream(hub, name).forceOpen({ reason: "test", forMs: 2 * HOUR });
		await world.time.advance(20 * MINUTE);
		for (const name of [SOURCE, SINK]) upstream(hub, name).reset("done");
		const soon = await world.outside.during(() => world.time.advance(12_000));
		expect(soon.source).toBeGreaterThanOrEqual(2);
		expect(soon.sink).toBeGreaterThanOrEqual(1);
		// Resetting again and again buys no request.
		const busy = await world.outside.during(async () => {
			for (let i = 0; i < 60; i++) {
				upstream(hub, SOURCE).reset();
				await world.time.advance(1_000);
			}
		});
		expect(busy.source).toBeLessThanOrEqual(13);
		await world.close(hub);
	});

	it("lets the feed's next upstream stand in for it", async () => {
		const world = new HubWorld({ hasBackup: true });
		const hub = await world.start();
		const before = await world.outside.during(() => world.time.advance(MINUTE));
		expect(before.backup).toBe(0);
		upstream(hub, SOURCE).forceOpen({ reason: "vendor maintenance", forMs: HOUR });
		const during = await world.outside.during(() => world.time.advance(MINUTE));
		expect(during.source).toBe(0);
		expect(during.backup).toBeGreaterThanOrEqual(11);
		expect(hub.status().feeds[0]).toMatchObject({
			state: "running",
			sentence: "Frames come as expected. Upstream 1 stands in for those before it.",
		});
		upstream(hub, SOURCE).reset("done");
		await world.time.advance(10_000);
		const after = await world.outside.during(() => world.time.advance(MINUTE));
		expect(after.backup).toBe(0);
		expect(after.source).toBeGreaterThanOrEqual(11);
		await world.close(hub);
	});

	it("is in the store at once, so that a crash does not forget it", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		upstream(hub, SOURCE).forceOpen({ reason: "vendor maintenance", forMs: HOUR });
		await world.time.settle();
		const stored = await world.log.state(`upstream/${SOURCE}`);
		expect(JSON.parse(new TextDecoder().decode(stored))).toMatchObject({
			forced: "open",
			forcedReason: "vendor maintenance",
			forcedRemainingMs: HOUR,
		});
		await world.close(hub);
	});

	it.each(["", "{", "[]", '{"v":1,"state":"ajar"}'])(
		"begins closed when what is stored is %j",
		async (garbage) => {
			const world = new HubWorld();
			const first = await world.start();
			await world.close(first, async (log) => {
				await log.commit({ state: [{ name: `upstream/${SOURCE}`, bytes: garbage }] });
			});
			const second = await world.start();
			expect(world.events).toContainEqual(
				expect.objectContaining({
					subject: SOURCE,
					message: "Its stored breaker cannot be read; it begins closed",
				}),
			);
			expect(upstream(second, SOURCE).status().state).toBe("closed");
			expect((await world.outside.during(() => world.time.advance(MINUTE))).source).toBeGreaterThan(10);
			await world.close(second);
		},
	);

	it("tells of an outage in a few lines, and shows state and sentence of the same instant", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		const before = world.events.length;
		world.outside.dead.add("avl.test");
		const shown = new Set<string>();
		for (let second = 0; second < HOUR / 1000; second++) {
			await world.time.advance(1000);
			const [feed] = hub.status().feeds;
			shown.add(`${feed?.state}: ${feed?.sentence.replace(/ It is asked.*/, "")}`);
		}
		expect([...shown]).toEqual([
			"running: Frames come as expected.",
			"down: Upstream fails: avl.test is dead.",
		]);
		const told = world.events
			.slice(before)
			.filter(({ subject, code }) => subject.startsWith("feed:") && !code.startsWith("alert."));
		expect(told.map(({ message }) => message.replace(/ It is asked.*/, ""))).toEqual([
			"Breaker open: too many calls in a row failed",
			"down: Upstream fails: avl.test is dead.",
			"Breaker half-open: one call is sent on trial",
			"Breaker open again: the call on trial failed",
		]);
		await world.close(hub);
	});

	it("is told as an event, with reason and end", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		const until = world.time.runtime.clock.now() + HOUR;
		upstream(hub, SOURCE).forceOpen({ reason: "vendor maintenance", forMs: HOUR });
		upstream(hub, SINK).forceClose({ reason: "false alarm", forMs: HOUR });
		upstream(hub, SINK).reset("as it was");
		await world.time.settle();
		expect(world.events.filter(({ message }) => message.startsWith("Breaker"))).toMatchObject([
			{
				subject: SOURCE,
				level: "warn",
				message: "Breaker held open by a person: vendor maintenance",
				details: { state: "open", until },
			},
			{
				subject: SINK,
				level: "info",
				message: "Breaker held closed by a person: false alarm",
				details: { state: "closed", until },
			},
			{ subject: SINK, level: "info", message: "Breaker reset by a person: as it was" },
		]);
		await world.close(hub);
	});

	it.each([SOURCE, SINK])(
		"stays so over a restart on the same store, and then runs out: %s",
		async (name) => {
			const world = new HubWorld();
			const first = await world.start();
			await world.time.advance(MINUTE);
			upstream(first, name).forceOpen({ reason: "vendor maintenance", forMs: HOUR });
			await world.time.advance(10 * MINUTE);
			await world.close(first);

			const second = await world.start();
			const { forced } = upstream(second, name).status();
			expect(forced).toMatchObject({ state: "open", reason: "vendor maintenance" });
			const leftMs = (forced?.until ?? 0) - world.time.runtime.clock.now();
			expect(leftMs).toBeGreaterThan(49 * MINUTE);
			expect(leftMs).toBeLessThanOrEqual(50 * MINUTE);
			const held = await world.outside.during(() => world.time.advance(49 * MINUTE));
			expect(name === SOURCE ? held.source : held.sink).toBe(0);
			const after = await world.outside.during(() => world.time.advance(2 * MINUTE));
			expect(name === SOURCE ? after.source : after.sink).toBeGreaterThan(0);
			expect(upstream(second, name).status()).toMatchObject({ state: "closed", forced: undefined });
			await world.close(second);
		},
	);
});

describe("a dead upstream", () => {
	const HALF_HOUR = 30 * MINUTE;
	/** Windows of at most half a minute, a probe each; and what it took to open the breaker. */
	const SOURCE_BOUND = 80;
	/** Windows of 10, 20, 40 seconds and so on up to five minutes. */
	const SINK_BOUND = 30;

	/** Requests in half an hour in which neither answers. */
	async function outage(): Promise<{ readonly source: number; readonly sink: number }> {
		const world = new HubWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add(PARTNER);
		const { sink } = await world.outside.during(() => world.time.advance(HALF_HOUR));
		world.outside.dead.add(AVL);
		const { source } = await world.outside.during(() => world.time.advance(HALF_HOUR));
		await world.close(hub);
		return { source, sink };
	}

	it("gets a bounded number of requests", async () => {
		const { source, sink } = await outage();
		expect(source).toBeGreaterThan(10);
		expect(source).toBeLessThanOrEqual(SOURCE_BOUND);
		expect(sink).toBeGreaterThan(5);
		expect(sink).toBeLessThanOrEqual(SINK_BOUND);
	});

	it("would get many more with a breaker that never opens: the bound is the breaker's doing", async () => {
		vi.spyOn(Breaker.prototype, "admit").mockImplementation(function (this: Breaker) {
			return this.epoch;
		});
		vi.spyOn(Breaker.prototype, "refuses").mockReturnValue(false);
		vi.spyOn(Breaker.prototype, "nextAdmitAt").mockImplementation((now) => now);
		const { source, sink } = await outage();
		expect(source).toBeGreaterThan(3 * SOURCE_BOUND);
		expect(sink).toBeGreaterThan(2 * SINK_BOUND);
	});
});
