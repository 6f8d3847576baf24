import { METRES_PER_DEGREE } from "../../src/simulation/city-line.js";

/** One report of one vehicle, as much of it as the figures look at. */
export interface Sample {
	readonly timeS: number;
	readonly latitude: number;
	readonly longitude: number;
}

/** What the reports of one vehicle say, one number for each pair of them, stand or gap. */
export interface Figures {
	/** Seconds between two reports. */
	readonly interval: readonly number[];
	/** Metres a second from one report to the next. */
	readonly speed: readonly number[];
	/** Seconds of standing still, as far as reports show it. */
	readonly stand: readonly number[];
	/** Seconds without a report, where that is longer than anybody would wait for one. */
	readonly gap: readonly number[];
}

const STILL_M = 15;
const GAP_MIN_S = 300;
/** Over a longer pause nobody knows how a vehicle drove. */
const SPEED_OVER_MAX_S = 600;

/** The reports of one vehicle, in order of time. */
export function figuresOf(samples: readonly Sample[]): Figures {
	const figures = {
		interval: [] as number[],
		speed: [] as number[],
		stand: [] as number[],
		gap: [] as number[],
	};
	let standsSinceS: number | undefined;
	samples.forEach((after, at) => {
		const before = samples[at - 1];
		if (before === undefined || after.timeS <= before.timeS) return;
		const intervalS = after.timeS - before.timeS;
		const metres = metresBetween(before, after);
		figures.interval.push(intervalS);
		if (intervalS > GAP_MIN_S) figures.gap.push(intervalS);
		if (intervalS <= SPEED_OVER_MAX_S) figures.speed.push(metres / intervalS);
		if (metres < STILL_M) standsSinceS ??= before.timeS;
		else if (standsSinceS !== undefined) {
			figures.stand.push(before.timeS - standsSinceS);
			standsSinceS = undefined;
		}
	});
	return figures;
}

/** Of several vehicles together. */
export function pooled(all: readonly Figures[]): Figures {
	return {
		interval: all.flatMap(({ interval }) => interval),
		speed: all.flatMap(({ speed }) => speed),
		stand: all.flatMap(({ stand }) => stand),
		gap: all.flatMap(({ gap }) => gap),
	};
}

/** The smallest value that at least this share of them does not exceed. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function metresBetween(a: Sample, b: Sample): number {
	const scale = Math.cos((a.latitude * Math.PI) / 180);
	return Math.hypot(b.latitude - a.latitude, (b.longitude - a.longitude) * scale) * METRES_PER_DEGREE;
}
