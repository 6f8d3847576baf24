import { describe, expect, it } from "vitest";
import { HubWorld } from "../test/hub-world.js";

const MINUTE = 60_000;

describe("a hub that restarts in an outage", () => {
	it("says why its breakers are open, before anybody is asked again", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		for (const host of ["avl.test", "partner.test"]) world.outside.dead.add(host);
		await world.time.advance(10 * MINUTE);
		await world.close(hub);

		const requests = { ...world.outside.requests };
		const again = await world.start();
		// Within the first second: breakers are open, nothing was sent yet.
		await world.time.advance(10);
		const { feeds, sinks } = again.status();
		expect(world.outside.requests).toEqual(requests);
		expect(feeds[0]).toMatchObject({
			state: "down",
			sentence: expect.stringContaining("avl.test is dead"),
			upstreams: [{ lastFailure: { code: "net.refused", message: "avl.test is dead" } }],
		});
		expect(sinks[0]).toMatchObject({ sentence: expect.stringContaining("partner.test is dead") });
		for (const host of ["avl.test", "partner.test"]) world.outside.dead.delete(host);
		await world.time.advance(5 * MINUTE);
		expect(again.status().feeds[0]?.state).toBe("running");
		await world.close(again);
	});
});
