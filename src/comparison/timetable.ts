import { type EpochMs, MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { MatchField } from "../schedule/id-rules.js";
import {
	type IndexedTrip,
	isAssigned,
	type ScheduleIndex,
	type TripIds,
} from "../schedule/schedule-index.js";
import type { SeenVehicle } from "./snapshot.js";

/** A vehicle that still shows its trip this long after the trip's last stop is a ghost: late buses are not. */
const ENDED_AFTER_MS = 30 * MINUTE_MS;
const CACHED_MAX = 50_000;

/** A trip is looked up by its id, or by its route, direction and start time. */
export const MATCH_BY: readonly MatchField[] = ["route", "direction", "start"];

/** What the schedule says of a vehicle. */
export interface Matched {
	readonly isAssigned: boolean;
	/** The trip runs on this service day. */
	readonly isMatched: boolean;
	readonly gtfsRouteId: string | undefined;
	/** The vehicle is a ghost from then on. */
	readonly endedTime: EpochMs;
}

/** The schedule of the days around the present moment. */
export class Timetable {
	#index: ScheduleIndex | undefined;
	#cached = new Map<string, Matched>();

	/** From now on vehicles are looked up here. */
	use(index: ScheduleIndex): void {
		this.#index = index;
		this.#cached = new Map();
	}

	match(vehicle: SeenVehicle, now: EpochMs): Matched {
		const { tripId, gtfsRouteId, directionId, startTime, startDate, relationship } = vehicle;
		const key = JSON.stringify([tripId, gtfsRouteId, directionId, startTime, startDate, relationship]);
		const known = this.#cached.get(key);
		if (known !== undefined) return known;
		const ids: TripIds = {
			tripId,
			gtfsRouteId,
			directionId,
			blockId: undefined,
			startTime,
			serviceDate: startDate,
			scheduleRelationship: relationship?.toLowerCase() as TripIds["scheduleRelationship"],
		};
		const trip = this.#index?.resolve(ids, now).trip;
		const matched: Matched = {
			isAssigned: isAssigned(ids),
			isMatched: trip !== undefined,
			gtfsRouteId: trip?.gtfsRouteId,
			endedTime: trip === undefined ? Number.POSITIVE_INFINITY : this.#endOf(trip.tripId, trip.serviceDate),
		};
		if (this.#cached.size >= CACHED_MAX) this.#cached.clear();
		this.#cached.set(key, matched);
		return matched;
	}

	/** Trips that should be under way; those that run by headway have no times to say so. */
	*expected(now: EpochMs): Generator<IndexedTrip> {
		for (const [at, { start, book }] of (this.#index?.days ?? []).entries()) {
			for (const trip of book?.trips.values() ?? []) {
				if ((trip.days & (1 << at)) === 0 || trip.frequencies !== undefined) continue;
				const [from, to] = [trip.startS ?? Number.POSITIVE_INFINITY, trip.endS ?? 0];
				if (start + from * SECOND_MS <= now && now <= start + to * SECOND_MS) yield trip;
			}
		}
	}

	#endOf(tripId: string, serviceDate: string): EpochMs {
		const day = this.#index?.days.find(({ date }) => date === serviceDate);
		const trip = day?.book?.trips.get(tripId);
		if (day === undefined || trip?.endS === undefined || trip.frequencies !== undefined)
			return Number.POSITIVE_INFINITY;
		return day.start + trip.endS * SECOND_MS + ENDED_AFTER_MS;
	}
}
