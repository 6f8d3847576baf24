import { describe, expect, it } from "vitest";
import { createSeededChance } from "../../simulation/virtual-runtime.js";
import { FeedGuards } from "./feed-guards.js";
import { GUARDS_DEFAULT } from "./guard.js";

const START = 1_795_000_000_000;
const VEHICLES = 24;
const EVERY_S = 16;
const HOUR_REPORTS = (VEHICLES * 3600) / EVERY_S;

/**
 * A fleet on a feed of single reports: buses that drive at a steady pace, and state what their speedometer shows at that
 * moment, which is half of it or less whenever they brake.
 */
function fleet(seed: number) {
	const chance = createSeededChance(seed);
	const guard = new FeedGuards({
		config: GUARDS_DEFAULT,
		area: { west: -88.2, south: 41.5, east: -87.3, north: 42.2 },
	});
	let report = 0;
	return (count: number, unit = 1): readonly string[] => {
		const news: string[] = [];
		for (const end = report + count; report < end; report++) {
			const at = report % VEHICLES;
			const seconds = Math.floor(report / VEHICLES) * EVERY_S;
			const receivedTime = START + (seconds + (at * EVERY_S) / VEHICLES) * 1000;
			// To and fro along a street of five kilometres.
			const driven = (seconds * (6 + (at % 5))) % 10_000;
			const isBraking = chance.next() < 0.15;
			const speed = (6 + (at % 5)) * (isBraking ? 0.25 + chance.next() * 0.3 : 0.85 + chance.next() * 0.3);
			const items = [
				{
					kind: "vehicle_location" as const,
					vehicleId: `bus-${at}`,
					eventTime: receivedTime - 1000,
					latitude: 41.80037 + at * 0.004,
					longitude: -87.70041 + Math.min(driven, 10_000 - driven) / 83_000,
					speedMps: speed * unit,
				},
			];
			const told = guard.look({ items, receivedTime, headerTime: undefined, isComplete: false });
			news.push(...told.map(({ guard: name, state }) => `${name} ${state}`));
		}
		return news;
	};
}

describe("the guard of speeds on a feed of single reports", () => {
	it("is quiet for hours whatever the drivers do, and notices another unit within some reports of each", () => {
		for (let seed = 1; seed <= 8; seed++) {
			const look = fleet(seed);
			expect(look(8 * HOUR_REPORTS)).toEqual([]);
			expect(look(3 * VEHICLES, 3.6)).toEqual(["speed_unit tripped"]);
			expect(look(4 * VEHICLES)).toEqual(["speed_unit cleared"]);
		}
	});
});
