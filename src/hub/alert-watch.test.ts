import { describe, expect, it } from "vitest";
import { HubWorld } from "../../test/hub-world.js";

const MINUTE = 60_000;

describe("alerts of a hub", () => {
	it("are told as events with what to do, stand in the status, survive a restart and end by themselves", async () => {
		const world = new HubWorld();
		const told = () => world.events.filter(({ details }) => details?.["alert"] === "feed-down");
		let hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add("avl.test");
		await world.time.advance(6 * MINUTE);
		expect(told().map(({ level, code, subject }) => [level, code, subject])).toEqual([
			["warn", "alert.raised", "feed:buses"],
			["error", "alert.raised", "feed:buses"],
		]);
		expect(told()[1]?.message).toMatch(
			/^Now a page\. Feed buses gives nothing good\..*\(docs\/runbooks\/feed-down\.md\)$/,
		);
		expect(told()[1]?.message.length).toBeLessThan(500);
		const open = hub.status().alerts;
		expect(open).toMatchObject([{ alert: "feed-down", severity: "page", subject: "feed:buses" }]);
		await world.close(hub);

		hub = await world.start();
		await world.time.advance(6 * MINUTE);
		expect(told()).toHaveLength(2);
		expect(hub.status().alerts?.[0]).toMatchObject({
			since: open?.[0]?.since,
			toldTime: open?.[0]?.toldTime,
		});
		world.outside.dead.clear();
		await world.time.advance(6 * MINUTE);
		expect(told().at(-1)).toMatchObject({
			level: "info",
			code: "alert.resolved",
			details: { alert: "feed-down" },
		});
		// What was lost while upstream was dead and the hub down is told for ten minutes.
		expect(hub.status().alerts?.map(({ alert }) => alert)).toEqual(["reports-lost"]);
		await world.time.advance(10 * MINUTE);
		expect(hub.status().alerts).toEqual([]);
		await world.close(hub);
	});

	it("of a long outage are drafted for each reader as events, also where nobody is configured to be told", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add("avl.test");
		const drafts = () =>
			world.events.filter(({ code }) => code === "alert.outage").map(({ message }) => message);
		await world.time.advance(16 * MINUTE);
		expect(drafts()).toHaveLength(1);
		await world.time.advance(45 * MINUTE);
		expect(drafts()).toHaveLength(2);
		await world.time.advance(180 * MINUTE);
		const [owner, upstream, management] = drafts();
		for (const draft of drafts()) expect(draft).toContain("(nobody is configured to be told)");
		expect(owner).toMatch(/^OUTAGE, for the owner: .* Riders see: .* Evidence: .* To do: /);
		expect(upstream).toMatch(/^OUTAGE, for upstream's contact: .* Message: Since .* Please: Tell us/);
		expect(management).toMatch(/^OUTAGE, for management: .* In short: .* Riders see: .* To decide: /);
		expect(drafts()).toHaveLength(3);
		await world.close(hub);
	});

	it("begin anew when what is stored of them cannot be read", async () => {
		const world = new HubWorld();
		const hub = await world.start();
		await world.close(hub, async (log) => {
			await log.commit({ state: [{ name: "alerts", bytes: '[{"alert":1}]' }] });
		});
		const next = await world.start();
		expect(world.events.filter(({ code }) => code === "alert.unreadable")).toHaveLength(1);
		expect(next.status().alerts).toEqual([]);
		await world.close(next);
	});
});
