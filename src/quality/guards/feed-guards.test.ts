import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation, VehicleLocation } from "../../model/observation.js";
import { incidentsOf } from "../../operations/quality-status.js";
import { FeedGuards } from "./feed-guards.js";
import {
	GUARD_NAMES,
	GUARDS,
	GUARDS_DEFAULT,
	type GuardAction,
	type GuardName,
	type GuardNews,
} from "./guard.js";

const START = 1_795_000_000_000;
const EVERY = 30_000;
const AREA = { west: -88.2, south: 41.5, east: -87.3, north: 42.2 };

/** As a decoder leaves what drives at 900 m/s. */
const unreadableSpeed: Change = ({ speedMps: _, ...vehicle }) => ({ ...vehicle, flags: ["value_removed"] });

type Change = (vehicle: VehicleLocation, at: number) => VehicleLocation | undefined;

/** Vehicles that drive straight on at speeds of their own, each in its own direction. */
function sweep(step: number, vehicles = 24, change: Change = (vehicle) => vehicle): Observation[] {
	const items: Observation[] = [];
	for (let at = 0; at < vehicles; at++) {
		const speedMps = 6 + (at % 5) * 2;
		const headingDeg = (at * 37) % 360;
		const seconds = ((step % 200) * EVERY) / 1000;
		const metres = speedMps * seconds;
		const vehicle = change(
			{
				kind: "vehicle_location",
				vehicleId: `bus-${at}`,
				eventTime: START + step * EVERY - 5_000,
				latitude: 41.80037 + at * 0.004 + (metres * Math.cos((headingDeg * Math.PI) / 180)) / 111_195,
				longitude:
					-87.7 +
					(metres * Math.sin((headingDeg * Math.PI) / 180)) / (111_195 * Math.cos((41.8 * Math.PI) / 180)),
				speedMps,
				headingDeg,
				scheduleDeviationS: (at - 12) * 40 + step,
				tripId: `trip-${at}`,
			},
			at,
		);
		if (vehicle !== undefined) items.push(vehicle);
	}
	return items;
}

function guards(actions: Partial<Record<GuardName, GuardAction>> = {}, area: typeof AREA | undefined = AREA) {
	const chosen = Object.fromEntries(Object.entries(actions).map(([name, action]) => [name, { action }]));
	return new FeedGuards({ config: { ...GUARDS_DEFAULT, guards: chosen }, area });
}

function look(guard: FeedGuards, step: number, items: readonly Observation[], isComplete = true) {
	return guard.look({ items, receivedTime: START + step * EVERY, headerTime: undefined, isComplete });
}

/** Ten good sweeps, then three with the change; answers what was told, and what became of the first item then. */
function story(change: Change, { actions = {}, vehicles = 24, after = 3 } = {}) {
	const guard = guards(actions);
	const before: GuardNews[] = [];
	for (let step = 0; step < 10; step++) before.push(...look(guard, step, sweep(step, vehicles)));
	const told: GuardNews[] = [];
	let items: Observation[] = [];
	for (let step = 10; step < 10 + after; step++) {
		items = sweep(step, vehicles, change);
		told.push(...look(guard, step, items));
	}
	expect(before).toEqual([]);
	return { guard, told: told.map(({ guard: name, state }) => `${name} ${state}`), news: told, items };
}

describe("guards of a feed", () => {
	const kinds: readonly (readonly [GuardName, Change])[] = [
		["speed_unit", (vehicle) => ({ ...vehicle, speedMps: (vehicle.speedMps ?? 0) * 3.6 })],
		["speed_unit", (vehicle) => ({ ...vehicle, speedMps: (vehicle.speedMps ?? 0) / 2.237 })],
		["bearing_motion", (vehicle) => ({ ...vehicle, headingDeg: ((vehicle.headingDeg ?? 0) + 180) % 360 })],
		["deviation_sign", (vehicle) => ({ ...vehicle, scheduleDeviationS: -(vehicle.scheduleDeviationS ?? 0) })],
		[
			"deviation_sign",
			(vehicle) => ({ ...vehicle, scheduleDeviationS: (vehicle.scheduleDeviationS ?? 0) / 60 }),
		],
		["time_zone", (vehicle) => ({ ...vehicle, eventTime: (vehicle.eventTime ?? 0) - 3_600_000 })],
		["time_unit", (vehicle) => ({ ...vehicle, eventTime: (vehicle.eventTime ?? 0) / 1000 })],
		["time_future", (vehicle) => ({ ...vehicle, eventTime: (vehicle.eventTime ?? 0) + 3_600_000 })],
		["position_swapped", (v) => ({ ...v, latitude: v.longitude, longitude: v.latitude })],
		["position_outside", (vehicle) => ({ ...vehicle, longitude: -(vehicle.longitude ?? 0) })],
		[
			"position_missing",
			({ latitude: _, longitude: __, ...vehicle }) => ({ ...vehicle, flags: ["position_removed"] }),
		],
		["position_coarse", (v) => ({ ...v, latitude: round(v.latitude, 2), longitude: round(v.longitude, 2) })],
		["position_jump", (vehicle, at) => ({ ...vehicle, vehicleId: `bus-${(at + 12) % 24}` })],
		["ids_exchanged", (vehicle, at) => ({ ...vehicle, vehicleId: `bus-${(at + 1) % 24}` })],
		["identity_churn", (vehicle) => ({ ...vehicle, vehicleId: `x${vehicle.vehicleId}` })],
		["fleet_volume", (vehicle, at) => (at % 2 === 0 ? vehicle : undefined)],
		["field_missing", ({ tripId: _, ...vehicle }) => vehicle],
		["field_missing", ({ speedMps: _, ...vehicle }) => vehicle],
		["values_removed", unreadableSpeed],
	];

	it.each(kinds)("notice %s within three frames, and not before", (name, change) => {
		const { told } = story(change);
		expect(told).toContain(`${name} tripped`);
	});

	it("notice that the positions of a moving fleet no longer change", () => {
		const still = sweep(9);
		const { told } = story(
			(vehicle, at) => ({ ...still[at], eventTime: vehicle.eventTime }) as VehicleLocation,
			{
				after: 4,
			},
		);
		expect(told).toContain("positions_frozen tripped");
	});

	it("notice that vehicles which stood are all elsewhere by the same way, and that they came back", () => {
		const still = sweep(9);
		const parked =
			(shift: number): Change =>
			(vehicle, at) =>
				at % 3 === 0
					? vehicle
					: ({
							...still[at],
							latitude: ((still[at] as VehicleLocation).latitude as number) + shift + at * 1e-5,
							eventTime: vehicle.eventTime,
						} as VehicleLocation);
		const guard = guards();
		const told: string[] = [];
		const shifts = [0, 0, 0, 0.0006, 0.0006, 0.0006, 0, 0];
		for (const [at, shift] of shifts.entries()) {
			const news = look(guard, at, sweep(at, 24, parked(shift)));
			told.push(
				...news.flatMap(({ guard: name, state }) => (name === "positions_shifted" ? [`${at} ${state}`] : [])),
			);
			if (at === 3) {
				const shifted = news.find(({ guard: name }) => name === "positions_shifted");
				expect(shifted?.details).toMatchObject({ metresNorth: 67, metresEast: 0, vehicles: 16 });
			}
		}
		expect(told).toEqual(["3 tripped", "6 cleared"]);
	});

	it("say nothing of trips that two vehicles share, nor of one vehicle that takes over another's", () => {
		const coupled: Change = (vehicle, at) => ({ ...vehicle, tripId: `trip-${at % 12}` });
		const takenOver: Change = (vehicle, at) => (at < 2 ? { ...vehicle, tripId: `trip-${1 - at}` } : vehicle);
		const guard = guards();
		const told = Array.from({ length: 6 }, (_, at) => {
			const items = sweep(at, 24, coupled);
			return look(guard, at, at % 2 === 0 ? items : [...items].reverse());
		});
		for (let at = 6; at < 12; at++) told.push(look(guards(), at, sweep(at, 24, takenOver)));
		expect(told.flat().filter(({ guard: name }) => name === "ids_exchanged")).toEqual([]);
	});

	it("take a speed in another unit out from the first frame on, say so, and let it pass again when it is right", () => {
		const { guard, news, items } = story(
			(vehicle) => ({ ...vehicle, speedMps: (vehicle.speedMps ?? 0) * 2.237 }),
			{
				after: 1,
			},
		);
		expect(news).toMatchObject([
			{ guard: "speed_unit", state: "tripped", level: "error", details: { action: "withhold" } },
		]);
		expect(news[0]?.message).toMatch(/^\d+ of 24 vehicles state a speed that does not fit/);
		const passed = guard.pass(items[3] as Observation, 3);
		expect(passed).toMatchObject({ flags: ["speed_unit"] });
		expect(passed).toHaveProperty("speedMps", undefined);
		const good = sweep(11);
		expect(look(guard, 11, good)).toMatchObject([{ guard: "speed_unit", state: "cleared", level: "info" }]);
		expect(guard.pass(good[3] as Observation, 3)).toBe(good[3]);
	});

	it("make an incident of values that were removed, but not of vehicles that never stated any that could be", () => {
		const { news, guard, items } = story(unreadableSpeed);
		const [first] = news.filter(({ guard: name }) => name === "values_removed");
		expect(first).toMatchObject({ level: "error", details: { vehicles: 24, fleet: 24 } });
		expect(first?.message).toMatch(/^24 of 24 vehicles state values that cannot be/);
		expect(incidentsOf({ alarms: guard.alarms, incidentShare: 0.2 }).join()).toMatch(/values that cannot be/);
		// What was removed is flagged already: the guard adds nothing to a record.
		expect(guard.pass(items[0] as Observation, 0)).toBe(items[0]);

		const always = guards();
		const told: GuardNews[] = [];
		for (let step = 0; step < 20; step++) told.push(...look(always, step, sweep(step, 24, unreadableSpeed)));
		expect(told).toEqual([]);
	});

	it("do with what they find as the configuration says", () => {
		const swap: Change = (v) => ({ ...v, latitude: v.longitude, longitude: v.latitude });
		const outcome = (action: GuardAction) => {
			const { guard, items } = story(swap, { actions: { position_swapped: action } });
			return { passed: guard.pass(items[0] as Observation, 0), failure: guard.failure?.code };
		};
		expect(outcome("flag").passed).toMatchObject({ flags: ["position_swapped"] });
		expect(outcome("withhold").passed).toMatchObject({ flags: ["position_swapped", "withheld_by_guard"] });
		expect(outcome("dead-letter").passed).toMatchObject({ code: "record.implausible" });
		expect(outcome("fail-feed").failure).toBe("upstream.implausible");
		expect(outcome("flag").failure).toBeUndefined();
	});

	it("flag one vehicle by itself, and raise no alarm for it", () => {
		const { guard, told, items } = story((vehicle, at) =>
			at === 7 ? { ...vehicle, latitude: 12, longitude: 12 } : vehicle,
		);
		expect(told).toEqual([]);
		expect(guard.pass(items[7] as Observation, 7)).toMatchObject({
			flags: ["position_outside", "withheld_by_guard"],
		});
		expect(guard.pass(items[8] as Observation, 8)).toBe(items[8]);
	});

	it("see two vehicles behind one id, and one vehicle behind two", () => {
		const shared = guards();
		let items: Observation[] = [];
		for (let step = 0; step < 8; step++) {
			items = sweep(step, 24, (vehicle, at) => (at === 20 ? { ...vehicle, vehicleId: "bus-1" } : vehicle));
			look(shared, step, items);
		}
		expect(shared.pass(items[20] as Observation, 20)).toMatchObject({
			flags: expect.arrayContaining(["id_shared", "withheld_by_guard"]),
		});
		const doubled = guards();
		for (let step = 0; step < 4; step++) {
			items = sweep(step);
			items.push({ ...(items[2] as VehicleLocation), vehicleId: "twin" });
			look(doubled, step, items);
		}
		expect(doubled.pass(items[24] as Observation, 24)).toMatchObject({ flags: ["id_doubled"] });
		expect(doubled.pass(items[2] as Observation, 2)).toMatchObject({ flags: ["id_doubled"] });
	});

	it("flag rows that are long over beside fresh ones, and vehicles that drive without moving", () => {
		const guard = guards();
		const stuck = sweep(0)[4] as VehicleLocation;
		let items: Observation[] = [];
		for (let step = 0; step < 12; step++) {
			items = sweep(step, 24, (vehicle, at) => {
				if (at === 3) return { ...vehicle, eventTime: START - 3_600_000 * 5.2 };
				return at === 4 ? { ...stuck, eventTime: vehicle.eventTime } : vehicle;
			});
			look(guard, step, items);
		}
		expect(guard.pass(items[3] as Observation, 3)).toMatchObject({ flags: ["stale_row"] });
		expect(guard.pass(items[4] as Observation, 4)).toMatchObject({ flags: ["vehicle_stuck"] });
	});

	it("notice that trips no longer match the schedule, if they did before", () => {
		const guard = guards();
		const told: string[] = [];
		for (let step = 0; step < 6; step++) {
			const items = sweep(step);
			told.push(...look(guard, step, items).map(({ guard: name }) => name));
			items.forEach((item, at) => {
				guard.matched(step < 3 ? item : { ...item, unresolved: "unknown_trip" }, at);
			});
		}
		expect(told).toEqual(["match_rate"]);
	});

	it("learn where a feed is when nobody says it", () => {
		const guard = guards({}, undefined);
		for (let step = 0; step < 4; step++) expect(look(guard, step, sweep(step))).toEqual([]);
		const flipped = sweep(4, 24, (vehicle) => ({ ...vehicle, latitude: -(vehicle.latitude ?? 0) }));
		expect(look(guard, 4, flipped)).toMatchObject([
			{ guard: "position_outside", details: { reading: "latitude_sign" } },
		]);
	});

	it("know after a restart what they knew before", () => {
		const first = guards();
		for (let step = 0; step < 10; step++) look(first, step, sweep(step));
		const fast: Change = (vehicle) => ({ ...vehicle, speedMps: (vehicle.speedMps ?? 0) * 3.6 });
		expect(look(first, 10, sweep(10, 24, fast))).toHaveLength(1);
		const second = guards();
		second.restore(first.json());
		expect(second.json()).toBe(first.json());
		// It is told already.
		expect(look(second, 11, sweep(11, 24, fast))).toEqual([]);
		expect(look(second, 12, sweep(12))).toMatchObject([{ guard: "speed_unit", state: "cleared" }]);
	});

	it("are off where the configuration says so", () => {
		const guard = new FeedGuards({ config: { ...GUARDS_DEFAULT, off: true }, area: AREA });
		const items = sweep(0, 24, (vehicle) => ({ ...vehicle, latitude: 1 }));
		expect(look(guard, 0, items)).toEqual([]);
		expect(guard.pass(items[0] as Observation, 0)).toBe(items[0]);
	});

	it("have a bit each, in one mask", () => {
		expect(GUARD_NAMES.length).toBeLessThan(31);
		expect(new Set(GUARD_NAMES.map((name) => GUARDS[name].bit)).size).toBe(GUARD_NAMES.length);
	});

	it("count every vehicle once, whoever comes and goes and however often it restarts", () => {
		const frame = fc.record({
			ids: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }),
			pauseMin: fc.integer({ min: 0, max: 15 }),
			restart: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(frame, { maxLength: 30 }), (frames) => {
				let guard = guards();
				let step = 0;
				for (const { ids, pauseMin, restart } of frames) {
					step += 1 + pauseMin * 2;
					const all = sweep(step, 41);
					const items = ids.map((id) => all[id] as Observation);
					for (const { details, message } of look(guard, step, items)) {
						expect(details["share"]).toBeGreaterThanOrEqual(0);
						expect(details["share"]).toBeLessThanOrEqual(1);
						expect(message.length).toBeLessThan(500);
					}
					if (!restart) continue;
					const next = guards();
					next.restore(guard.json());
					guard = next;
				}
			}),
		);
	});
});

function round(degrees: number | undefined, digits: number): number {
	return Number((degrees ?? 0).toFixed(digits));
}
