import { DAY_MS } from "../../src/model/units.js";
import { createCity } from "../../src/simulation/city.js";
import type { ProfileName } from "../../src/simulation/city-profile.js";
import { type Figures, figuresOf, pooled } from "./figures.js";

/** Monday 2026-01-05 and Sunday 2026-01-11, at 04:00 in Chicago. */
const MONDAY = Date.UTC(2026, 0, 5, 10);
const SUNDAY = Date.UTC(2026, 0, 11, 10);

/** A day of a hundred simulated buses; a Sunday where the recorded day was one. */
export function simulatedFigures(profile: ProfileName): Figures {
	const day = profile === "capmetro" ? SUNDAY : MONDAY;
	const city = createCity({ seed: 7, service: "weekday", vehicles: 100, tramLines: 0, profile });
	return pooled(
		city.vehicles.map((vehicle) => {
			const { work } = vehicle;
			const first = work.countUntil(day);
			const count = work.countUntil(day + DAY_MS) - first;
			const samples = Array.from({ length: count }, (_, at) => {
				const time = work.timeOf(first + at);
				const { latitude, longitude, hasFix } = city.stateAt(vehicle, time);
				return hasFix ? [{ timeS: time / 1000, latitude, longitude }] : [];
			});
			return figuresOf(samples.flat());
		}),
	);
}
