import { describe, expect, it } from "vitest";
import { only, record, START, world } from "../../test/rider-feed-world.js";
import { NEVER_FORCED, validateFeed } from "../../test/validator/feed.js";
import { bodyOf, get } from "../../test/validator/publish.js";

const NO_WORK = {
	tripId: undefined,
	gtfsRouteId: undefined,
	directionId: undefined,
	serviceDate: undefined,
	startTime: undefined,
};

describe("vehicles of an agency with a schedule", () => {
	it("are published without their trip when it does not resolve", async () => {
		const { apply, publish, feed, sink, clock, outcomes } = world();
		apply(record(START, { unresolved: "unknown_trip" }));
		publish();
		const vehicle = await only(feed());
		expect(vehicle.trip).toBeUndefined();
		expect(vehicle.position).toBeDefined();
		expect(outcomes()).toEqual(["delivered"]);
		const found = validateFeed(undefined, bodyOf(await get(sink, ".pb")), { now: clock.now() });
		expect(
			found.map(({ code }) => code).filter((code) => (NEVER_FORCED as readonly string[]).includes(code)),
		).toEqual([]);
	});

	it("are withheld without position when all that they have is a trip that does not resolve", () => {
		const { apply, publish, outcomes, sink, clock } = world();
		apply(record(START, { unresolved: "not_on_date", latitude: undefined, longitude: undefined }));
		publish();
		expect(outcomes()).toEqual(["withheld"]);
		expect(sink.status(clock.now())).toMatchObject({ withheld_position: 1 });
	});

	it("are withheld without any assignment, and leave the feed when they lose theirs", async () => {
		const { apply, publish, feed, outcomes, sink, clock, virtual } = world();
		apply(record(START));
		publish();
		expect((await feed()).entity).toHaveLength(1);
		await virtual.advance(10_000);
		apply(record(START + 10_000, { ...NO_WORK, unresolved: "unassigned" }));
		publish();
		expect((await feed()).entity).toEqual([]);
		expect(outcomes()).toEqual(["delivered", "withheld"]);
		expect(sink.status(clock.now())).toMatchObject({ withheld_unassigned: 1 });
	});

	it("settle a report that was not published yet when the next one has no assignment", () => {
		const { apply, publish, outcomes } = world();
		apply(record(START), record(START + 1000, { ...NO_WORK, unresolved: "unassigned" }));
		publish();
		expect(outcomes().sort()).toEqual(["superseded", "withheld"]);
	});

	it.each([
		["publish", NO_WORK, "unassigned", 1],
		["withhold", NO_WORK, undefined, 0],
		[undefined, NO_WORK, undefined, 1],
		[undefined, NO_WORK, "unassigned", 0],
		["withhold", { ...NO_WORK, blockId: "B1" }, "no_trip", 1],
	] as const)("unassigned: %s with %j and %s leaves %i", async (unassigned, body, unresolved, count) => {
		const { apply, publish, feed } = world(unassigned === undefined ? {} : { unassigned });
		apply(record(START, { ...body, unresolved }));
		publish();
		expect((await feed()).entity).toHaveLength(count);
	});
});
