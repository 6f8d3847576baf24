import { describe, expect, it } from "vitest";
import { answered, ReloadWorld, refusing } from "../test/reload-world.js";
import type { Hub } from "./hub.js";

const MINUTE = 60_000;
const BACKUP =
	", { source: { type: http-poll, url: http://backup.test/v, every: 5s, history: none }, decoder: gtfs-realtime }]";

/** A hub whose feed of buses has a second upstream, after a minute of health. */
async function withBackup() {
	const world = new ReloadWorld();
	world.text = world.text.replace("]", BACKUP);
	const hub = await world.start();
	return { world, hub };
}

/** How often each of the two is asked in that time. */
async function asked(
	world: ReloadWorld,
	ms: number,
): Promise<{ readonly primary: number; readonly backup: number }> {
	const before = { primary: world.timesOf("buses.test").length, backup: world.timesOf("backup.test").length };
	await world.time.advance(ms);
	return {
		primary: world.timesOf("buses.test").length - before.primary,
		backup: world.timesOf("backup.test").length - before.backup,
	};
}

function stateOf(hub: Hub): unknown {
	return hub.status().feeds[0]?.state;
}

describe("a feed whose first upstream fails", () => {
	it("is read from the next one while the breaker is open, asked less than in health, and fails back by itself", async () => {
		const { world, hub } = await withBackup();
		expect((await asked(world, MINUTE)).backup).toBe(0);
		world.faults.set("buses.test", refusing("buses.test"));
		await world.time.advance(2 * MINUTE);
		const outage = await asked(world, 10 * MINUTE);
		expect(outage.backup).toBeGreaterThan(90);
		expect(outage.primary).toBeLessThan(60);
		expect(stateOf(hub)).toBe("running");
		world.faults.clear();
		await world.time.advance(2 * MINUTE);
		expect(await asked(world, 5 * MINUTE)).toEqual({ primary: 60, backup: 0 });
		expect(stateOf(hub)).toBe("running");
		await world.close(hub);
	});

	it("is read from the next one while it answers the same again and again, until it moves", async () => {
		const { world, hub } = await withBackup();
		let isFrozen = false;
		let frozen = "";
		world.faults.set("buses.test", () => {
			if (!isFrozen) frozen = fleet(world.time.runtime.clock.now());
			return answered(200, frozen);
		});
		expect((await asked(world, 3 * MINUTE)).backup).toBe(0);
		isFrozen = true;
		await world.time.advance(5 * MINUTE);
		expect(hub.status().feeds[0]?.upstreams[0]?.lastFailure).toMatchObject({ code: "upstream.frozen" });
		expect((await asked(world, 5 * MINUTE)).backup).toBeGreaterThan(45);
		isFrozen = false;
		await world.time.advance(2 * MINUTE);
		expect(await asked(world, 5 * MINUTE)).toEqual({ primary: 60, backup: 0 });
		await world.close(hub);
	});

	it("is read from the next one while it answers and tells of nobody, and from the first again once that speaks steadily", async () => {
		const { world, hub } = await withBackup();
		let isSilent = false;
		world.faults.set("buses.test", () => {
			const now = world.time.runtime.clock.now();
			return answered(200, isSilent ? partOf([]) : fleet(now, "DIFFERENTIAL"));
		});
		expect((await asked(world, 3 * MINUTE)).backup).toBe(0);
		isSilent = true;
		await world.time.advance(2 * MINUTE);
		expect(await asked(world, 5 * MINUTE)).toEqual({ primary: 60, backup: 60 });
		expect(hub.status().feeds[0]?.upstreams[0]?.silentSince).toBeDefined();
		expect(hub.status().feeds[0]?.sentence).toContain("Upstream 1 stands in");
		isSilent = false;
		expect((await asked(world, 20_000)).backup).toBeGreaterThan(2);
		await world.time.advance(MINUTE);
		expect(await asked(world, 5 * MINUTE)).toEqual({ primary: 60, backup: 0 });
		const told = world.events.filter(({ code }) => code === "feed.silent" || code === "feed.speaks");
		expect(told.map(({ subject, code }) => `${subject} ${code}`)).toEqual([
			"feed:buses feed.silent",
			"feed:buses feed.speaks",
		]);
		await world.close(hub);
	});
});

/** Twelve vehicles that have just reported. */
function fleet(now: number, incrementality = "FULL_DATASET"): string {
	const timestamp = Math.floor(now / 1000);
	const entity = Array.from({ length: 12 }, (_, at) => ({
		id: `${at}`,
		vehicle: { vehicle: { id: `bus-${at}` }, position: { latitude: 41.9, longitude: -87.6 }, timestamp },
	}));
	return JSON.stringify({ header: { gtfsRealtimeVersion: "2.0", incrementality, timestamp }, entity });
}

/** A message that says nothing of vehicles that are not in it. */
function partOf(entity: readonly unknown[]): string {
	return JSON.stringify({ header: { gtfsRealtimeVersion: "2.0", incrementality: "DIFFERENTIAL" }, entity });
}
