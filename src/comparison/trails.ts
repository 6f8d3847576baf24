import type { EpochMs } from "../model/units.js";
import type { SeenVehicle } from "./snapshot.js";
import { SIDES, type Side } from "./tally.js";

/** Reports of a vehicle that are kept: enough to find the neighbours of what a feed five minutes behind says. */
const KEPT = 12;
/** Between two reports that are further apart nobody knows the way. */
const GAP_MAX_MS = 180_000;
/** A vehicle that neither feed has shown for so long starts anew. */
const FORGET_MS = 30 * 60_000;
const METRES_PER_DEGREE = 111_195;

interface Trail {
	readonly a: SeenVehicle[];
	readonly b: SeenVehicle[];
	/** What was compared last, so that one pair of reports counts once however often it is read. */
	lastA: EpochMs | undefined;
	lastB: EpochMs | undefined;
	seenTime: EpochMs;
}

/** What both feeds say of a vehicle at one event time. */
export interface Agreement {
	/** Undefined where one of them has no position then. */
	readonly metres: number | undefined;
	/** Undefined: neither states a trip. */
	readonly sameTrip: boolean | undefined;
	/** Undefined: one of them states no route. */
	readonly sameRoute: boolean | undefined;
}

/** The latest reports of each vehicle by feed, to compare both at the same event time whatever their delay is. */
export class Trails {
	readonly #trails = new Map<string, Trail>();

	/**
	 * Takes what both feeds say of a vehicle now. `known`: this was compared already. `unaligned`: the reports have different
	 * times, and the later feed has no neighbours around the earlier one's.
	 */
	compare(id: string, a: SeenVehicle, b: SeenVehicle, now: EpochMs): Agreement | "known" | "unaligned" {
		const trail = this.#noted(id, a, b, now);
		if (trail.lastA === a.time && trail.lastB === b.time) return "known";
		trail.lastA = a.time;
		trail.lastB = b.time;
		if (a.time === undefined || b.time === undefined || a.time === b.time) return agreement(a, [b, b, 0]);
		const [early, others] = a.time < b.time ? [a, trail.b] : [b, trail.a];
		const around = neighbours(others, early.time as EpochMs);
		return around === undefined ? "unaligned" : agreement(early, around);
	}

	/** Notes what one feed says while the other does not have the vehicle. */
	note(id: string, side: Side, vehicle: SeenVehicle, now: EpochMs): void {
		this.#noted(id, side === "a" ? vehicle : undefined, side === "b" ? vehicle : undefined, now);
	}

	forget(now: EpochMs): void {
		for (const [id, { seenTime }] of this.#trails) if (now - seenTime > FORGET_MS) this.#trails.delete(id);
	}

	#noted(id: string, a: SeenVehicle | undefined, b: SeenVehicle | undefined, now: EpochMs): Trail {
		let trail = this.#trails.get(id);
		if (trail === undefined) {
			trail = { a: [], b: [], lastA: undefined, lastB: undefined, seenTime: now };
			this.#trails.set(id, trail);
		}
		trail.seenTime = now;
		for (const side of SIDES) {
			const vehicle = side === "a" ? a : b;
			const reports = trail[side];
			const last = reports.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
			if (vehicle?.time === undefined || vehicle.time <= last) continue;
			reports.push(vehicle);
			if (reports.length > KEPT) reports.shift();
		}
		return trail;
	}
}

/** The reports before and after a time, and how far between them it lies, 0 to 1. */
function neighbours(
	reports: readonly SeenVehicle[],
	time: EpochMs,
): readonly [SeenVehicle, SeenVehicle, number] | undefined {
	const at = reports.findIndex((report) => (report.time as EpochMs) >= time);
	const after = reports[at];
	if (after === undefined) return undefined;
	if (after.time === time) return [after, after, 0];
	const before = reports[at - 1];
	if (before === undefined) return undefined;
	const [from, to] = [before.time as EpochMs, after.time as EpochMs];
	return to - from > GAP_MAX_MS ? undefined : [before, after, (time - from) / (to - from)];
}

/** A trip that changes between the neighbours agrees with either. */
function agreement(
	one: SeenVehicle,
	[before, after, part]: readonly [SeenVehicle, SeenVehicle, number],
): Agreement {
	const sameTrip =
		one.tripId === undefined && before.tripId === undefined && after.tripId === undefined
			? undefined
			: one.tripId === before.tripId || one.tripId === after.tripId;
	const routes = [before.gtfsRouteId, after.gtfsRouteId];
	const sameRoute =
		one.gtfsRouteId === undefined || routes.includes(undefined)
			? undefined
			: routes.includes(one.gtfsRouteId);
	return { metres: metres(one, before, after, part), sameTrip, sameRoute };
}

function metres(one: SeenVehicle, before: SeenVehicle, after: SeenVehicle, part: number): number | undefined {
	if (one.latitude === undefined || before.latitude === undefined || after.latitude === undefined)
		return undefined;
	const [longitude, from, to] = [one.longitude ?? 0, before.longitude ?? 0, after.longitude ?? 0];
	const north = before.latitude + (after.latitude - before.latitude) * part - one.latitude;
	const east = degreesEast(longitude, from + degreesEast(from, to) * part);
	return METRES_PER_DEGREE * Math.hypot(north, east * Math.cos((one.latitude * Math.PI) / 180));
}

/** From one longitude to another the short way, also over the date line. */
function degreesEast(from: number, to: number): number {
	return ((((to - from + 180) % 360) + 360) % 360) - 180;
}
