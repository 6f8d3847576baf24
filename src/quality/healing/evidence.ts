import type { Profile, Table } from "../inference/table.js";
import { median } from "../inference/table.js";
import type { Binding, HealedField, Memory } from "./memory.js";

/** What upstream sends now, as rows beside what is remembered. */
export interface Fresh {
	readonly table: Table;
	readonly profiles: ReadonlyMap<string, Profile>;
	readonly vehicles: readonly (string | undefined)[];
}

/** A vehicle as it was last known, and its first report since. */
export interface Pair {
	readonly old: number;
	readonly row: number;
	readonly seconds: number;
}

export const METRES_PER_DEGREE = 111_195;
const FAST_MPS = 42;
const SLACK_M = 300;

export function pairsOf(memory: Memory, fresh: Fresh): readonly Pair[] {
	const pairs: Pair[] = [];
	const seen = new Set<string>();
	for (const [row, vehicle] of fresh.vehicles.entries()) {
		if (vehicle === undefined || seen.has(vehicle)) continue;
		const old = memory.last.get(vehicle);
		if (old === undefined) continue;
		seen.add(vehicle);
		const seconds = ((fresh.table.received[row] as number) - (memory.table.received[old] as number)) / 1000;
		pairs.push({ old, row, seconds });
	}
	return pairs;
}

export function metresBetween(
	latitude: number,
	longitude: number,
	otherLatitude: number,
	otherLongitude: number,
): number {
	const north = (otherLatitude - latitude) * METRES_PER_DEGREE;
	const east = (otherLongitude - longitude) * METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
	return Math.hypot(north, east);
}

/** Whether a vehicle can have come from one place to the other in that time. */
export function isNear(metres: number, seconds: number): boolean {
	return metres <= SLACK_M + FAST_MPS * Math.max(0, seconds);
}

export function courseBetween(
	latitude: number,
	longitude: number,
	otherLatitude: number,
	otherLongitude: number,
): number {
	const north = otherLatitude - latitude;
	const east = (otherLongitude - longitude) * Math.cos((latitude * Math.PI) / 180);
	return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** One vehicle from report to report. `stated` and `turned` as written. */
export interface Drive {
	readonly row: number;
	readonly before: number;
	readonly metres: number;
	readonly seconds: number;
	readonly course: number;
}

/** Steps between reports of the same vehicle whose times differ, within rows that share bindings. */
export function drivesOf(
	table: Table,
	vehicles: readonly (string | undefined)[],
	place: (row: number) => readonly [number, number],
	time: (row: number) => number,
): readonly Drive[] {
	const lastRow = new Map<string, number>();
	const drives: Drive[] = [];
	for (let row = 0; row < table.rows; row++) {
		const vehicle = vehicles[row];
		if (vehicle === undefined) continue;
		const before = lastRow.get(vehicle);
		lastRow.set(vehicle, row);
		if (before === undefined) continue;
		const seconds = (time(row) - time(before)) / 1000;
		const [latitude, longitude] = place(before);
		const [toLatitude, toLongitude] = place(row);
		const metres = metresBetween(latitude, longitude, toLatitude, toLongitude);
		if (!(seconds > 0 && seconds < 1000) || Number.isNaN(metres) || metres > 60 * seconds) continue;
		drives.push({
			row,
			before,
			metres,
			seconds,
			course: courseBetween(latitude, longitude, toLatitude, toLongitude),
		});
	}
	return drives;
}

/** Reads a bound field of rows, by the binding that good messages had. */
export function readerOf(
	bindings: ReadonlyMap<HealedField, Binding>,
	profiles: ReadonlyMap<string, Profile>,
	field: HealedField,
): (row: number) => number {
	const binding = bindings.get(field);
	const profile = binding === undefined ? undefined : profiles.get(binding.profile.column.path);
	if (binding === undefined || profile === undefined) return () => Number.NaN;
	return (row) => (profile.numbers[row] as number) * binding.factor;
}

/** The coarsest step of 1, 0.1, ... of which nearly all values are multiples; undefined where there is none. */
export function latticeOf(values: readonly number[]): number | undefined {
	const there = values.filter((value) => Number.isFinite(value) && value !== 0);
	if (there.length < 10) return undefined;
	for (const step of [60, 10, 6, 1, 0.5, 0.1, 0.01, 0.001, 0.0001])
		if (onLattice(there, step) >= 0.97) return step;
	return undefined;
}

/** Share of the values that are multiples of the step. */
export function onLattice(values: readonly number[], step: number): number {
	const there = values.filter((value) => Number.isFinite(value) && value !== 0);
	if (there.length === 0) return 0;
	const on = there.filter((value) => {
		const steps = value / step;
		return Math.abs(steps - Math.round(steps)) <= 1e-6 * Math.max(1, Math.abs(steps)) + 1e-7;
	});
	return on.length / there.length;
}

export function spread(values: readonly number[]): number {
	const middle = median(values);
	return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
