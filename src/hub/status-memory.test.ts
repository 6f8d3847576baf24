import { expect, it } from "vitest";
import { HubWorld } from "../../test/hub-world.js";
import { BAR_MS } from "../operations/status-history.js";

it("shows the last 24 hours of each feed and sink, over a restart and with what was down in it", async () => {
	const world = new HubWorld();
	let hub = await world.start();
	await world.time.advance(BAR_MS);
	world.outside.dead.add("avl.test");
	await world.time.advance(2 * BAR_MS);
	const before = hub.status().history ?? [];
	expect(before.map(({ subject }) => subject)).toContain("feed:buses");
	await world.close(hub);
	await world.time.advance(4 * BAR_MS);

	hub = await world.start();
	world.outside.dead.clear();
	await world.time.advance(BAR_MS);
	const buses = hub.status().history?.find(({ subject }) => subject === "feed:buses");
	const known = buses?.states.replace(/^\.+/, "") ?? "";
	expect(known).toMatch(/^w[wtd]d{1,2}\.{3,4}[wtd]w?$/);
	const earlier =
		before.find(({ subject }) => subject === "feed:buses")?.counts.filter((count) => count > 0) ?? [];
	expect(earlier.length).toBeGreaterThan(0);
	expect(buses?.counts.filter((count) => count > 0).slice(0, earlier.length)).toEqual(earlier);
	await world.close(hub);
});

it("begins anew, and says so, where what is stored is no history", async () => {
	const world = new HubWorld();
	let hub = await world.start();
	await world.log.commit({ state: [{ name: "status-history", bytes: '{"quarter":1}' }] });
	await world.close(hub);
	hub = await world.start();
	expect(world.events.find(({ code }) => code === "status.unreadable")?.message).toContain("begins anew");
	await world.time.advance(60_000);
	expect(hub.status().history?.length).toBeGreaterThan(0);
	await world.close(hub);
});
