import { MINUTE_MS } from "../../model/units.js";
import type { PlacePair } from "./places.js";
import type { Profile, Table } from "./table.js";

/** From one report to the next of what one value of a column groups. */
export interface Step {
	readonly from: number;
	readonly to: number;
	/** Seconds; 0 where no time is known. */
	readonly seconds: number;
	readonly metres: number;
	/** Degrees clockwise from north. */
	readonly course: number;
}

export interface Tracks {
	readonly steps: readonly Step[];
	/** Share of the steps that a vehicle can have driven. */
	readonly continuity: number;
	/** Share of the rows that continue an earlier one. */
	readonly coverage: number;
	readonly groups: number;
}

const STEP_MAX_S = 900;
const FAST_MPS = 42;
const SLACK_M = 150;
const METRES_PER_DEGREE = 111_195;
const STEPS_MAX = 60_000;

/** Groups rows by a column, in the order of their times (else of their frames), and measures the steps between them. */
export function tracksOf(
	table: Table,
	by: readonly (string | undefined)[],
	place: PlacePair,
	times: Float64Array | undefined,
): Tracks {
	const groups = new Map<string, number[]>();
	for (const [row, text] of by.entries()) {
		if (text === undefined || Number.isNaN(latitudeOf(place, row)) || Number.isNaN(longitudeOf(place, row)))
			continue;
		if (latitudeOf(place, row) === 0 && longitudeOf(place, row) === 0) continue;
		const rows = groups.get(text);
		if (rows === undefined) groups.set(text, [row]);
		else rows.push(row);
	}
	const steps: Step[] = [];
	const blurredS = times === undefined ? 0 : coarsenessS(times);
	let good = 0;
	let judged = 0;
	let rows = 0;
	for (const group of groups.values()) {
		rows += group.length;
		if (times !== undefined) group.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
		for (let at = 1; at < group.length && steps.length < STEPS_MAX; at++) {
			const step = stepOf(table, group[at - 1] as number, group[at] as number, place, times);
			if (step === undefined) continue;
			steps.push(step);
			// The same report twice says nothing of who it is from.
			if (step.seconds === 0 && step.metres < 1) continue;
			judged++;
			if (step.metres <= SLACK_M + FAST_MPS * (step.seconds + blurredS)) good++;
		}
	}
	return {
		steps,
		continuity: judged === 0 ? Number.NaN : good / judged,
		coverage: rows === 0 ? 0 : steps.length / rows,
		groups: groups.size,
	};
}

/** Times of whole minutes hide up to a minute of driving. */
function coarsenessS(times: Float64Array): number {
	return times.every((time) => Number.isNaN(time) || time % MINUTE_MS === 0) ? 60 : 0;
}

function stepOf(
	table: Table,
	from: number,
	to: number,
	place: PlacePair,
	times: Float64Array | undefined,
): Step | undefined {
	let seconds = 0;
	if (times !== undefined) {
		seconds = ((times[to] as number) - (times[from] as number)) / 1000;
		if (!(seconds >= 0 && seconds <= STEP_MAX_S)) return undefined;
	} else {
		if (table.frames[from] === table.frames[to] && table.frames.at(-1) !== table.frames[0]) seconds = 0;
		else seconds = 60;
	}
	const latitude = latitudeOf(place, from);
	const north = (latitudeOf(place, to) - latitude) * METRES_PER_DEGREE;
	const narrow = Math.cos((latitude * Math.PI) / 180);
	const east = (longitudeOf(place, to) - longitudeOf(place, from)) * METRES_PER_DEGREE * narrow;
	return {
		from,
		to,
		seconds,
		metres: Math.hypot(north, east),
		course: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360,
	};
}

function latitudeOf({ latitude, scale }: PlacePair, row: number): number {
	return (latitude.numbers[row] as number) * scale;
}

function longitudeOf({ longitude, scale }: PlacePair, row: number): number {
	return (longitude.numbers[row] as number) * scale;
}

/** Share of the steps after which a column says something else. */
export function changeShare(profile: Profile, steps: readonly Step[]): number {
	let both = 0;
	let changed = 0;
	for (const { from, to } of steps) {
		const before = profile.texts[from];
		const after = profile.texts[to];
		if (before === undefined || after === undefined) continue;
		both++;
		if (before !== after) changed++;
	}
	return both === 0 ? Number.NaN : changed / both;
}
