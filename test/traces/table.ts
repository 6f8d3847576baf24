import { type Figures, quantile } from "./figures.js";

/** A row of the table in docs/simulation.md, and how far the simulated side may be from the recorded one. */
export interface Row {
	readonly name: string;
	readonly of: (figures: Figures) => number;
	readonly digits: number;
	readonly unit: string;
	/** As a share of what was recorded, or in units of the row, whatever is more. */
	readonly tolerance: { readonly share: number; readonly absolute: number };
}

const STILL_MPS = 0.5;

const interval = (percent: number, share: number): Row => ({
	name: `report interval, p${percent}`,
	of: (figures) => quantile(figures.interval, percent / 100),
	digits: 0,
	unit: "s",
	tolerance: { share, absolute: 3 },
});
const speed = (percent: number): Row => ({
	name: `speed between reports, p${percent}`,
	of: (figures) => quantile(figures.speed, percent / 100),
	digits: 1,
	unit: "m/s",
	tolerance: { share: 0.2, absolute: 0.5 },
});
const stand = (percent: number, share: number): Row => ({
	name: `standing still (dwell, lights, layovers), p${percent}`,
	of: (figures) => quantile(figures.stand, percent / 100),
	digits: 0,
	unit: "s",
	tolerance: { share, absolute: 5 },
});

export const ROWS: readonly Row[] = [
	interval(10, 0.1),
	interval(50, 0.1),
	interval(90, 0.1),
	interval(95, 0.2),
	interval(99, 0.2),
	speed(25),
	speed(50),
	speed(75),
	speed(90),
	speed(95),
	{
		name: "pairs of reports without a move",
		of: ({ speed: speeds }) => (100 * speeds.filter((one) => one < STILL_MPS).length) / speeds.length,
		digits: 0,
		unit: "%",
		tolerance: { share: 0.15, absolute: 3 },
	},
	stand(50, 0.1),
	stand(75, 0.45),
	stand(95, 0.15),
	{
		name: "gaps above 5 min, of 1,000 intervals",
		of: ({ gap, interval: all }) => (1000 * gap.length) / all.length,
		digits: 1,
		unit: "",
		tolerance: { share: 0.3, absolute: 0.5 },
	},
	{
		name: "length of such a gap, p50",
		of: ({ gap }) => quantile(gap, 0.5) / 60,
		digits: 0,
		unit: "min",
		tolerance: { share: 0.45, absolute: 3 },
	},
];

export function cellOf({ of, digits, unit }: Row, figures: Figures): string {
	return `${of(figures).toFixed(digits)} ${unit}`.trim();
}
