import { describe, expect, it } from "vitest";
import { alert, record, recordOf, START, tripUpdate, world } from "../../test/rider-feed-world.js";
import type { TransitRecord } from "../model/record.js";
import type { FeedHealth } from "./sink.js";

const START_S = START / 1000;

async function tripIds(here: ReturnType<typeof world>): Promise<string[]> {
	return (await here.feed("trip-updates")).entity.map(({ id }) => id);
}

async function alertIds(here: ReturnType<typeof world>): Promise<string[]> {
	return (await here.feed("alerts")).entity.map(({ id }) => id);
}

function removed(record: TransitRecord, eventTime: number): TransitRecord {
	const { body } = record;
	const lists =
		body.kind === "service_alert" ? { activePeriods: [], informedEntities: [] } : { stopTimeUpdates: [] };
	return { ...record, eventTime, body: { ...body, removed: true, ...lists } as TransitRecord["body"] };
}

describe("trip updates", () => {
	it("are published with their own time beside the positions, all under one header time", async () => {
		const here = world();
		here.apply(record(START - 5000), tripUpdate(START - 10_000), alert(START - 3_000_000));
		here.publish();
		const [positions, trips, alerts] = await Promise.all(
			["vehicle-positions", "trip-updates", "alerts"].map((name) => here.feed(name)),
		);
		expect(new Set([positions, trips, alerts].map((feed) => feed?.header.timestamp)).size).toBe(1);
		expect(trips?.entity).toEqual([
			{
				id: "tu:20260105:T1",
				trip_update: {
					trip: { trip_id: "T1", start_date: "20260105", schedule_relationship: "SCHEDULED", route_id: "66" },
					stop_time_update: [
						{
							stop_sequence: 1,
							stop_id: "A",
							departure: { time: START_S + 60 },
							schedule_relationship: "SCHEDULED",
						},
						{
							stop_sequence: 2,
							stop_id: "B",
							arrival: { time: START_S + 600 },
							schedule_relationship: "SCHEDULED",
						},
					],
					vehicle: { id: "7" },
					timestamp: START_S - 10,
				},
			},
		]);
		expect(here.outcomes()).toEqual(["delivered", "delivered", "delivered"]);
		const json = await here.json("trip-updates");
		expect(json.entity[0]).toEqual({
			...trips?.entity[0],
			freshness: { tier: "fresh", age_s: 10 },
		});
		expect(here.sink.status(START)).toMatchObject({ vehicles: 1, tripUpdates: 1, alerts: 1 });
	});

	it("leave out forecasts that are stale, and keep what does not age until the trip is over", async () => {
		const here = world();
		const skipped = [
			{ stopSequence: 1, stopId: "A", departure: { time: START + 3_000_000 } },
			{ stopSequence: 2, stopId: "B", scheduleRelationship: "skipped" as const },
		];
		here.apply(
			tripUpdate(START),
			tripUpdate(START, { tripId: "T2", stopTimeUpdates: skipped }),
			tripUpdate(START, { tripId: "T3", scheduleRelationship: "canceled", stopTimeUpdates: [] }),
		);
		here.publish();
		expect(await tripIds(here)).toEqual(["tu:20260105:T1", "tu:20260105:T2", "tu:20260105:T3"]);
		await here.virtual.advance(119_000);
		here.publish();
		expect((await here.json("trip-updates")).entity[0].freshness.tier).toBe("aging");
		await here.virtual.advance(1000);
		here.publish();
		const stale = (await here.feed("trip-updates")).entity.map(({ trip_update }) => trip_update);
		expect(stale).toEqual([
			{
				trip: { trip_id: "T2", start_date: "20260105", schedule_relationship: "SCHEDULED", route_id: "66" },
				stop_time_update: [{ stop_sequence: 2, stop_id: "B", schedule_relationship: "SKIPPED" }],
				timestamp: START_S,
			},
			{
				trip: { trip_id: "T3", start_date: "20260105", schedule_relationship: "CANCELED", route_id: "66" },
				timestamp: START_S,
			},
		]);
		await here.virtual.advance(50 * 60_000);
		here.apply(record(here.clock.now()));
		here.publish();
		expect(await tripIds(here)).toEqual(["tu:20260105:T2", "tu:20260105:T3"]);
		await here.virtual.advance(4 * 60_000);
		here.publish();
		expect(await tripIds(here)).toEqual(["tu:20260105:T3"]);
	});

	it("end with the last stop, however young the update is", async () => {
		const here = world();
		here.apply(tripUpdate(START, { stopTimeUpdates: [{ stopId: "A", arrival: { time: START - 299_000 } }] }));
		here.publish();
		expect(await tripIds(here)).toHaveLength(1);
		await here.virtual.advance(1000);
		here.publish();
		expect(await tripIds(here)).toEqual([]);
	});

	it("that say nothing, that lie in the future or whose trip does not resolve are withheld, and end what stood", async () => {
		const here = world();
		here.apply(tripUpdate(START - 3000), tripUpdate(START - 3000, { tripId: "T2" }));
		here.publish();
		here.apply(
			tripUpdate(START - 2000, { stopTimeUpdates: [] }),
			tripUpdate(START - 2000, { tripId: "T2", unresolved: "unknown_trip" }),
			tripUpdate(START - 2000, { tripId: "T3" }, ["future"]),
			tripUpdate(START - 2000, { tripId: "T4" }, ["time_from_receipt"]),
			recordOf(START, "V", { kind: "stop_visit", stopId: "S" }),
		);
		here.publish();
		expect(await tripIds(here)).toEqual([]);
		expect(here.sink.status(START)).toMatchObject({
			withheld_empty: 1,
			withheld_unresolved: 1,
			withheld_future: 1,
			withheld_time: 1,
			withheld_kind: 1,
		});
		expect(here.outcomes().slice(2)).toEqual(Array.from({ length: 5 }, () => "withheld"));
	});

	it("go when upstream lists the trip no more", async () => {
		const here = world();
		const update = tripUpdate(START - 5000);
		here.apply(update);
		here.publish();
		here.apply(removed(update, START));
		here.publish();
		expect(await tripIds(here)).toEqual([]);
		expect(here.outcomes()).toEqual(["delivered", "delivered"]);
	});
});

describe("alerts", () => {
	it("are published whole, in every language, without selectors that name nothing", async () => {
		const here = world();
		here.apply(
			alert(START, {
				activePeriods: [{ start: START - 1000, end: START + 60_000 }, {}],
				informedEntities: [
					{ gtfsRouteId: "66", directionId: 1, trip: { tripId: "T1", gtfsRouteId: "67" } },
					{ trip: { tripId: "T9", unresolved: "unknown_trip" } },
					{ stopId: "S", directionId: 0, trip: { tripId: "T9", unresolved: "unknown_trip" } },
					{},
				],
				cause: "construction",
				severity: "warning",
				url: [{ text: "https://example.org/66" }],
				header: [
					{ text: "Detour on 66", language: "en" },
					{ text: "Desvío en 66", language: "es" },
				],
				description: [{ text: "Until Friday" }],
			}),
		);
		here.publish();
		const whole = {
			id: "alert:A1",
			alert: {
				active_period: [{ start: START_S - 1, end: START_S + 60 }],
				informed_entity: [{ route_id: "66", direction_id: 1, trip: { trip_id: "T1" } }, { stop_id: "S" }],
				cause: "CONSTRUCTION",
				effect: "DETOUR",
				url: { translation: [{ text: "https://example.org/66" }] },
				header_text: {
					translation: [
						{ text: "Detour on 66", language: "en" },
						{ text: "Desvío en 66", language: "es" },
					],
				},
				description_text: { translation: [{ text: "Until Friday" }] },
				severity_level: "WARNING",
			},
		};
		expect((await here.feed("alerts")).entity).toEqual([whole]);
		expect((await here.json("alerts")).entity).toEqual([whole]);
	});

	it("hold until their last period ends, or upstream lists them no more", async () => {
		const here = world();
		const open = alert(START - 9_000_000, { alertId: "A2", activePeriods: [{ start: START + 900_000 }] });
		here.apply(
			alert(START, { activePeriods: [{ end: START - 1000 }, { start: START, end: START + 30_000 }] }),
			open,
		);
		here.publish();
		expect(await alertIds(here)).toEqual(["alert:A1", "alert:A2"]);
		await here.virtual.advance(30_000);
		here.publish();
		expect(await alertIds(here)).toEqual(["alert:A2"]);
		here.apply(removed(open, here.clock.now()));
		here.publish();
		expect(await alertIds(here)).toEqual([]);
	});

	it("and cancellations go when nothing was heard of their feed for an hour, come back with it, and not when it is routed no more", async () => {
		let health: FeedHealth[] = [];
		const here = world({}, START, { feeds: () => health });
		const feed = { feed: "avl", agency: "metro", state: "running", lastAnswerTime: START } as const;
		health = [feed];
		here.apply(alert(START), tripUpdate(START, { scheduleRelationship: "canceled", stopTimeUpdates: [] }));
		here.publish();
		await here.virtual.advance(3_000_000);
		health = [{ ...feed, lastAnswerTime: here.clock.now() }];
		here.publish();
		health = [{ ...feed, state: "down" }];
		await here.virtual.advance(3_599_000);
		here.publish();
		expect([await alertIds(here), await tripIds(here)]).toEqual([["alert:A1"], ["tu:20260105:T1"]]);
		await here.virtual.advance(1000);
		here.publish();
		expect([await alertIds(here), await tripIds(here)]).toEqual([[], []]);
		health = [{ ...feed, lastAnswerTime: here.clock.now() }];
		here.publish();
		expect([await alertIds(here), await tripIds(here)]).toEqual([["alert:A1"], ["tu:20260105:T1"]]);
		health = [];
		here.publish();
		health = [feed];
		here.publish();
		expect([await alertIds(here), await tripIds(here)]).toEqual([[], []]);
	});

	it("that inform nobody are withheld", async () => {
		const here = world();
		here.apply(
			alert(START, { informedEntities: [] }),
			alert(START, { alertId: "A2", effect: undefined, header: undefined }),
		);
		here.publish();
		expect(await alertIds(here)).toEqual([]);
		expect(here.sink.status(START)).toMatchObject({ withheld_empty: 2 });
	});
});

describe("the header", () => {
	it("names the schedule that the ids are those of, where it states its version and is one for all", async () => {
		const here = world();
		const from = (agency: string, schedule: string) => {
			const made = record(START, { vehicleId: agency });
			here.apply({ ...made, key: `${agency}:${agency}`, origin: { ...made.origin, agency, schedule } });
			here.publish();
		};
		const versions = async () =>
			Promise.all(
				["vehicle-positions", "trip-updates", "alerts"].map(
					async (name) => (await here.feed(name)).header.feed_version,
				),
			);
		from("metro", "0a1b2c3d");
		expect(await versions()).toEqual([undefined, undefined, undefined]);
		from("metro", "Winter@2@0a1b2c3d");
		expect(await versions()).toEqual(["Winter@2", "Winter@2", "Winter@2"]);
		from("suburb", "Spring@0a1b2c3e");
		expect(await versions()).toEqual([undefined, undefined, undefined]);
	});

	it("names none where an agency without a schedule is served too, until it is routed here no more", async () => {
		const feeds = [{ feed: "avl", agency: "metro", state: "running", lastAnswerTime: START } as const];
		let routed: readonly FeedHealth[] = [
			...feeds,
			{ ...feeds[0], feed: "other", agency: "suburb" } as FeedHealth,
		];
		const here = world({}, START, { feeds: () => routed });
		const from = (agency: string, schedule: string | undefined) => {
			const made = record(START, { vehicleId: agency });
			here.apply({ ...made, key: `${agency}:${agency}`, origin: { ...made.origin, agency, schedule } });
			here.publish();
		};
		const version = async () => (await here.feed()).header.feed_version;
		from("metro", "Winter@0a1b2c3d");
		expect(await version()).toBe("Winter");
		from("suburb", undefined);
		expect(await version()).toBeUndefined();
		routed = feeds;
		await here.virtual.advance(15_000);
		here.publish();
		expect(await version()).toBe("Winter");
	});
});

describe("what lasts longer than the log is read back", () => {
	it("is remembered when it changes, and stands again after a restart", async () => {
		const before = world();
		before.publish();
		expect(before.snapshot()).toBeUndefined();
		before.apply(
			alert(START),
			tripUpdate(START),
			tripUpdate(START, { tripId: "T2", scheduleRelationship: "canceled", stopTimeUpdates: [] }),
		);
		const state = before.publish();
		const snapshot = before.snapshot();
		expect(JSON.parse(snapshot ?? "")).toHaveLength(2);
		before.publish();
		expect(before.snapshot()).toBe(snapshot);

		const after = world({}, START + 1_800_000);
		after.sink.restore(state, snapshot);
		after.publish();
		expect([await alertIds(after), await tripIds(after)]).toEqual([["alert:A1"], ["tu:20260105:T2"]]);
		expect(after.snapshot()).toBeUndefined();
		expect(after.settled).toEqual([]);

		const late = world({}, START + 3_600_000);
		late.sink.restore(state, snapshot);
		late.publish();
		expect([await alertIds(late), await tripIds(late)]).toEqual([[], []]);
		expect(late.snapshot()).toBeUndefined();
	});

	it("is written at most once a minute while upstream only says it again", async () => {
		const here = world();
		const canceled = { scheduleRelationship: "canceled", stopTimeUpdates: [] } as const;
		const written: (string | undefined)[] = [];
		for (let at = 0; at < 5; at++) {
			here.apply(tripUpdate(here.clock.now(), canceled));
			here.publish();
			written.push(here.snapshot());
			await here.virtual.advance(15_000);
		}
		expect(new Set(written.slice(0, 4)).size).toBe(1);
		expect(written[4]).not.toBe(written[3]);
	});

	it("is nothing where the snapshot is not ours", async () => {
		for (const snapshot of ["not JSON", "{}", '[{"body":{"kind":"service_alert"}}]']) {
			const here = world();
			here.sink.restore('{"headerTime":"x"}', snapshot);
			here.publish();
			expect(await alertIds(here)).toEqual([]);
		}
	});
});
