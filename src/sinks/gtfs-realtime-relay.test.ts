import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alert, received, START, tripUpdate, world } from "../../test/rider-feed-world.js";
import { NEVER_FORCED, validateFeed } from "../../test/validator/feed.js";
import { bodyOf, get } from "../../test/validator/publish.js";
import type { ServiceAlert, StopTimeUpdate, TripUpdate } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import { publishedStops } from "./rider-stops.js";

const START_S = START / 1000;

/** Stops that arrive so many seconds after the start. */
const arriving = (...seconds: number[]): StopTimeUpdate[] =>
	seconds.map((second, at) => ({
		stopSequence: at + 1,
		stopId: `S${at + 1}`,
		arrival: { time: START + second * 1000 },
	}));

const arrivals = (updates: readonly StopTimeUpdate[]) =>
	publishedStops(updates, "scheduled").map(({ arrival, scheduleRelationship: relationship }) =>
		arrival?.time === undefined ? `relationship ${relationship}` : arrival.time - START_S,
	);

describe("stops of a trip update", () => {
	it("whose times are in order stay as they are", () => {
		expect(arrivals(arriving(0, 1, 60, 90))).toEqual([0, 1, 60, 90]);
	});

	it("with the same minute are set a second apart", () => {
		expect(arrivals(arriving(0, 60, 60, 60, 120))).toEqual([0, 60, 61, 62, 120]);
	});

	it("that go back lose their times, as few as possible, and say that there is nothing to say", () => {
		expect(arrivals(arriving(0, 9000, 60, 120))).toEqual([0, "relationship 2", 60, 120]);
		expect(arrivals(arriving(300, 360, 0, 420))).toEqual([300, 360, "relationship 2", 420]);
	});

	it("keep a delay where a time is wrong, and an arrival where they depart before it", () => {
		const [first, second] = publishedStops(
			[
				{ stopSequence: 1, arrival: { time: START }, departure: { time: START - 1000, delayS: 9 } },
				{ stopSequence: 2, arrival: { time: START - 5000 } },
			],
			"scheduled",
		);
		expect([first?.arrival?.time, first?.departure?.time, first?.departure?.delay]).toEqual([
			START_S,
			undefined,
			9,
		]);
		expect([second?.arrival, second?.scheduleRelationship]).toEqual([undefined, 2]);
	});

	it("stand in the order of their sequence, each once, and only where they name a stop", () => {
		const [one, two, three] = arriving(0, 60, 120) as [StopTimeUpdate, StopTimeUpdate, StopTimeUpdate];
		const unnamed = { arrival: { time: START } };
		const mixed = publishedStops([three, one, unnamed, two, two], "scheduled");
		expect(mixed.map(({ stopSequence }) => stopSequence)).toEqual([1, 2, 3]);
		const shared = publishedStops([{ ...one, stopId: "A" }, { ...one, stopId: "B" }, two], "scheduled");
		expect(shared.map(({ stopSequence, stopId }) => [stopSequence, stopId])).toEqual([
			[1, "A"],
			[undefined, "B"],
			[2, "S2"],
		]);
		const again = [
			{ stopId: "A", arrival: { delayS: 1 } },
			{ stopId: "A", arrival: { delayS: 2 } },
		];
		expect(publishedStops(again, "scheduled")).toHaveLength(1);
	});

	it("that are planned and not forecast are told of trips that the schedule does not have", () => {
		const planned = [{ stopSequence: 1, departure: { scheduledTime: START, time: undefined } }];
		expect(publishedStops(planned, "new")[0]).toMatchObject({
			departure: { scheduledTime: START_S },
			scheduleRelationship: 2,
		});
		expect(publishedStops(planned, "scheduled")[0]?.departure).toBeUndefined();
	});
});

describe("whatever comes", () => {
	const time = fc.oneof(
		fc.integer({ min: START - 400_000, max: START + 4_000_000 }),
		fc.constantFrom(1, START, START + 60_000, 8e15),
	);
	const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
	const text = fc.constantFrom("A", "B", "C");
	const event = fc.record({
		time: maybe(time),
		delayS: maybe(fc.integer({ min: -5, max: 3e9 })),
		uncertaintyS: maybe(fc.integer()),
		scheduledTime: maybe(time),
	});
	const stop = fc.record({
		stopSequence: maybe(fc.integer({ min: 0, max: 5 })),
		stopId: maybe(text),
		arrival: maybe(event),
		departure: maybe(event),
		scheduleRelationship: maybe(fc.constantFrom("scheduled", "skipped", "no_data", "unscheduled")),
	});
	const relationship = maybe(
		fc.constantFrom("scheduled", "added", "canceled", "deleted", "new", "duplicated", "replacement"),
	);
	const trip = fc.record({
		tripId: maybe(text),
		gtfsRouteId: maybe(text),
		startTime: maybe(fc.constantFrom("08:00:00", "30:00:00", "8:00")),
		scheduleRelationship: relationship,
		stopTimeUpdates: fc.array(stop, { maxLength: 6 }),
	});
	const selector = fc.record({
		agencyId: maybe(text),
		gtfsRouteId: maybe(text),
		stopId: maybe(text),
		trip: maybe(fc.record({ tripId: maybe(text), gtfsRouteId: maybe(text), startTime: maybe(text) })),
	});
	const notice = fc.record({
		alertId: text,
		activePeriods: fc.array(fc.record({ start: maybe(time), end: maybe(time) }), { maxLength: 3 }),
		informedEntities: fc.array(selector, { maxLength: 3 }),
	});
	const step = fc.oneof(
		fc.record({ eventTime: time, trip }),
		fc.record({ eventTime: time, notice }),
		fc.record({ advanceMs: fc.integer({ min: 0, max: 200_000 }) }),
		fc.constant({ restart: true }),
	);

	it("trip updates and alerts keep the rules that are never forced, and are settled once, over restarts too", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
				let here = world();
				let snapshot: string | undefined;
				const applied: TransitRecord[] = [];
				const settled: TransitRecord[] = [];
				const previous = new Map<string, Uint8Array>();
				for (const one of steps) {
					if ("advanceMs" in one) await here.virtual.advance(one.advanceMs);
					else if ("restart" in one) {
						const state = here.publish();
						snapshot = here.snapshot() ?? snapshot;
						settled.push(...here.settled.map(([record]) => record));
						here = world({}, here.clock.now());
						here.sink.restore(state, snapshot);
					} else {
						const made =
							"trip" in one
								? tripUpdate(one.eventTime, one.trip as Partial<TripUpdate>)
								: alert(one.eventTime, one.notice as Partial<ServiceAlert>);
						const arrived = received(made, here.clock.now());
						applied.push(arrived);
						here.apply(arrived);
					}
					here.publish();
					for (const name of ["/trip-updates.pb", "/alerts.pb"]) {
						const bytes = bodyOf(await get(here.sink, name));
						const found = validateFeed(previous.get(name), bytes, { now: here.clock.now() });
						const broken = found.filter(({ code }) => (NEVER_FORCED as readonly string[]).includes(code));
						expect(broken).toEqual([]);
						previous.set(name, bytes);
					}
				}
				here.publish();
				settled.push(...here.settled.map(([record]) => record));
				expect(settled).toHaveLength(applied.length);
				expect(new Set(settled)).toEqual(new Set(applied));
			}),
			{ numRuns: 200 },
		);
	});
});
