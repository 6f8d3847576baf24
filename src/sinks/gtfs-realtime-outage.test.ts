import { describe, expect, it } from "vitest";
import { alert, record, START, tripUpdate, world } from "../../test/rider-feed-world.js";
import type { FeedHealth } from "./sink.js";

const START_S = START / 1000;
const SECOND = 1000;

/** A rider feed of one feed whose health the test decides. */
function watched(options: object = {}, startTime = START, health: Partial<FeedHealth> = {}) {
	let present: FeedHealth[] = [
		{ feed: "avl", agency: "metro", state: "running", lastAnswerTime: startTime, ...health },
	];
	const here = world(options, startTime, { feeds: () => present });
	return {
		...here,
		feedIs: (...states: Partial<FeedHealth>[]) => {
			present = states.map((state) => ({
				feed: "avl",
				agency: "metro",
				state: "running",
				lastAnswerTime: undefined,
				...state,
			}));
		},
		/** Publishes every 15 s for so long. */
		wait: async (seconds: number) => {
			for (let left = seconds; left > 0; left -= 15) {
				await here.virtual.advance(Math.min(left, 15) * SECOND);
				here.publish();
			}
		},
		alerts: async () => (await here.feed("alerts")).entity,
		ids: async () => (await here.feed("alerts")).entity.map(({ id }) => id),
	};
}

describe("an outage", () => {
	it("is told to riders of the routes of the feed when nothing fresh is left, from its beginning", async () => {
		const here = watched();
		here.apply(record(START), record(START, { vehicleId: "8", gtfsRouteId: "1" }), alert(START));
		here.publish();
		here.feedIs({ state: "failing" });
		await here.wait(45);
		here.feedIs({ state: "down" });
		await here.wait(75);
		expect(await here.ids()).toEqual(["alert:A1"]);
		await here.wait(15);
		const [outage, other] = await here.alerts();
		expect(other?.id).toBe("alert:A1");
		expect(outage).toEqual({
			id: "outage:metro",
			alert: {
				active_period: [{ start: START_S }],
				informed_entity: [{ route_id: "1" }, { route_id: "66" }],
				cause: "TECHNICAL_PROBLEM",
				effect: "UNKNOWN_EFFECT",
				header_text: {
					translation: [{ text: "Real-time information is not available at the moment", language: "en" }],
				},
				description_text: {
					translation: [
						{
							text: "Vehicle positions and predictions are missing or out of date. Vehicles may be running as scheduled.",
							language: "en",
						},
					],
				},
				severity_level: "WARNING",
			},
		});
		expect((await here.json("alerts")).entity[0]).toEqual(outage);
		expect(here.sink.status(START)).toMatchObject({ outages: 1 });
	});

	it("is not one failed poll, nor a feed that is well beside a vehicle that is silent", async () => {
		const here = watched();
		here.apply(record(START));
		here.publish();
		for (let poll = 0; poll < 20; poll++) {
			here.feedIs({ state: poll % 2 === 0 ? "failing" : "running" });
			await here.wait(30);
			expect(await here.ids()).toEqual([]);
		}
	});

	it("ends when the feed has been well for half a minute, not with one good answer", async () => {
		const here = watched();
		here.apply(record(START));
		here.publish();
		here.feedIs({ state: "down" });
		await here.wait(600);
		expect(await here.ids()).toEqual(["outage:metro"]);
		here.feedIs({ state: "running" });
		await here.wait(15);
		here.feedIs({ state: "down" });
		await here.wait(60);
		here.feedIs({ state: "running" });
		await here.wait(30);
		expect(await here.ids()).toEqual(["outage:metro"]);
		await here.wait(15);
		expect(await here.ids()).toEqual([]);
	});

	it("is seen too when upstream answers and none of many vehicles moves on, until one does", async () => {
		const here = watched();
		const fleet = (time: number, count: number) =>
			Array.from({ length: count }, (_, at) => record(time, { vehicleId: String(at) }));
		here.apply(...fleet(START, 10));
		await here.wait(150);
		const [frozen] = await here.alerts();
		expect(frozen?.alert?.active_period).toEqual([{ start: START_S }]);
		await here.wait(600);
		expect(await here.ids()).toEqual(["outage:metro"]);
		here.apply(...fleet(here.clock.now(), 1));
		await here.wait(60);
		expect(await here.ids()).toEqual([]);

		const few = watched();
		few.apply(...fleet(START, 9));
		await few.wait(900);
		expect(await few.ids()).toEqual([]);
	});

	it("outlives a restart with its beginning and its routes, until the feed is well", async () => {
		const before = watched();
		before.apply(record(START), tripUpdate(START, { gtfsRouteId: "9" }));
		before.publish();
		before.feedIs({ state: "down" });
		await before.wait(300);
		const shown = await before.alerts();
		const after = watched({}, START + 900_000, { state: "waiting", lastAnswerTime: undefined });
		after.sink.restore(before.publish(), before.snapshot());
		await after.wait(60);
		expect(await after.alerts()).toEqual(shown);
		after.feedIs({ state: "running" });
		await after.wait(45);
		expect(await after.ids()).toEqual([]);
	});

	it("informs the agency where its id is known or no route is, in the languages that are configured", async () => {
		const header = [
			{ text: "No real time", language: "en" },
			{ text: "Sin tiempo real", language: "es" },
		];
		const routeless = { gtfsRouteId: undefined };
		for (const [options, body, agencyId] of [
			[{ agencyId: "MTA", header, url: "https://example.org/status" }, {}, "MTA"],
			[{}, routeless, "metro"],
		] as const) {
			const here = watched({ outage: options });
			here.apply(record(START, body));
			here.publish();
			here.feedIs({ state: "down" });
			await here.wait(150);
			const [entity] = await here.alerts();
			expect(entity?.alert?.informed_entity).toEqual([{ agency_id: agencyId }]);
			if (agencyId !== "MTA") continue;
			expect(entity?.alert?.header_text?.translation).toEqual(header);
			expect(entity?.alert?.url?.translation).toEqual([{ text: "https://example.org/status" }]);
		}
	});

	it("is one alert for the feeds of an agency, and none for a feed that never gave a position or is routed no more", async () => {
		const here = watched();
		const origin = { ...record(START).origin, feed: "trains" };
		here.feedIs({}, { feed: "trains" }, { feed: "texts", agency: "other" });
		here.apply(record(START), record(START, { vehicleId: "T", gtfsRouteId: "R" }, { origin }));
		here.publish();
		const down = { state: "down" } as const;
		here.feedIs(
			down,
			{ ...down, feed: "trains" },
			{ ...down, feed: "texts", agency: "other", lastAnswerTime: START },
		);
		await here.wait(300);
		const entities = await here.alerts();
		expect(entities.map(({ id }) => id)).toEqual(["outage:metro"]);
		expect(entities[0]?.alert?.informed_entity).toEqual([{ route_id: "66" }, { route_id: "R" }]);
		here.feedIs();
		await here.wait(15);
		expect(await here.ids()).toEqual([]);
	});

	it("is told of a feed that has never answered, from when it was first asked in vain, and ends with its first reports", async () => {
		const here = watched({}, START, { state: "failing", lastAnswerTime: undefined });
		here.publish();
		here.feedIs({ state: "down" });
		await here.wait(105);
		expect(await here.ids()).toEqual([]);
		await here.wait(15);
		const [outage] = await here.alerts();
		expect(outage).toMatchObject({
			id: "outage:metro",
			alert: { active_period: [{ start: START_S }], informed_entity: [{ agency_id: "metro" }] },
		});
		expect((await here.feed()).entity).toEqual([]);
		here.feedIs({ state: "running", lastAnswerTime: here.clock.now() });
		here.apply(record(here.clock.now()));
		await here.wait(45);
		expect(await here.ids()).toEqual([]);
	});

	it("is not told of a feed that never answered beside one of the agency that is fresh, nor of one that waits, nor of alerts", async () => {
		const silent = { feed: "trips", state: "down", lastAnswerTime: undefined } as const;
		const here = watched();
		const keepsFresh = async (seconds: number) => {
			for (let left = seconds; left > 0; left -= 15) {
				here.apply(record(here.clock.now()));
				await here.wait(15);
			}
		};
		here.feedIs({}, silent, { ...silent, feed: "waiting", agency: "later", state: "waiting" });
		await keepsFresh(600);
		expect(await here.ids()).toEqual([]);
		here.feedIs({}, { ...silent, feed: "texts", agency: "other", isAlertsOnly: true });
		await keepsFresh(600);
		expect(await here.ids()).toEqual([]);
		here.feedIs({}, { ...silent, agency: "other" });
		await keepsFresh(600);
		expect(await here.ids()).toEqual(["outage:other"]);
	});

	it("is told after a restart with nothing left to show, of the routes that the feed spoke of before", async () => {
		const before = watched();
		before.apply(record(START), record(START, { vehicleId: "8", gtfsRouteId: "1" }));
		const state = before.publish();
		const later = START + 7_200_000;
		const after = watched({}, later, { state: "failing", lastAnswerTime: undefined });
		after.sink.restore(state, before.snapshot());
		await after.wait(150);
		expect(await after.alerts()).toMatchObject([
			{
				alert: {
					active_period: [{ start: START_S }],
					informed_entity: [{ route_id: "1" }, { route_id: "66" }],
				},
			},
		]);
	});

	it("is not told where the options say so", async () => {
		const here = watched({ outage: { alert: false } });
		here.apply(record(START));
		here.publish();
		here.feedIs({ state: "down" });
		await here.wait(600);
		expect(await here.ids()).toEqual([]);
	});
});
