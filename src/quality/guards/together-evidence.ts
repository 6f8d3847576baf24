import type { VehicleLocation } from "../../model/observation.js";
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from "../../model/units.js";
import type { Alarms } from "./alarms.js";
import { TRACKS_MAX, type Track } from "./track.js";

/** Trips that both messages hold, each with one vehicle, of which so many must have another one now. */
const TRIPS_MIN = 8;
const EXCHANGED_SHARE = 0.5;
const RESTORED_SHARE = 0.2;
const KEPT_MS: DurationMs = 15 * MINUTE_MS;
/** Who moved no further than its receiver wavers stood; a shift is more than that, and the same for all. */
const STOOD_M = 12;
const SHIFT_MIN_M = 40;
const SHIFT_NEAR_M = 15;
const SHIFT_SHARE = 0.5;
const STANDING_MIN = 5;
const STAND_MS: DurationMs = 15 * MINUTE_MS;
/** By then the new place is where everybody is, and nobody can say that it is the wrong one. */
const SHIFT_HELD_MS: DurationMs = HOUR_MS;
const METRES_PER_DEGREE = 111_195;

interface TripVehicle {
	id: string;
	receivedTime: EpochMs;
	frame: number;
	/** In the frame that is looked at, another vehicle is on it, too: it says nothing. */
	isShared: boolean;
}

/**
 * What shows only in all vehicles of a message together: that ids were exchanged among them, because their trips go on under
 * others; and that the ground moved, because those that stood are elsewhere, all by the same way.
 */
export class TogetherEvidence {
	readonly #alarms: Alarms;
	readonly #trips = new Map<string, TripVehicle>();
	#frame = 0;
	#same = 0;
	#other = 0;
	readonly #north: number[] = [];
	readonly #east: number[] = [];
	#narrow = 1;
	#shiftedTime: EpochMs | undefined;

	constructor(alarms: Alarms) {
		this.#alarms = alarms;
	}

	begin(): void {
		this.#frame++;
		this.#same = 0;
		this.#other = 0;
		this.#north.length = 0;
		this.#east.length = 0;
	}

	/** `track` is as of the report before. `isNewer`: this one is not the same again. */
	note(item: VehicleLocation, track: Track, time: EpochMs, isNewer: boolean, receivedTime: EpochMs): void {
		if (item.tripId !== undefined && item.vehicleId !== undefined)
			this.#pair(item.tripId, item.vehicleId, receivedTime);
		const { latitude, longitude } = item;
		if (latitude === undefined || longitude === undefined || !isNewer) return;
		if (!(track.movedM <= STOOD_M) || time - track.eventTime > STAND_MS) return;
		this.#north.push((latitude - track.latitude) * METRES_PER_DEGREE);
		// The width of a degree hardly changes within a city.
		if (this.#north.length === 1) this.#narrow = Math.cos((latitude * Math.PI) / 180);
		this.#east.push((longitude - track.longitude) * METRES_PER_DEGREE * this.#narrow);
	}

	end(now: EpochMs): void {
		this.#judgeTrips(now);
		this.#judgeShift(now);
	}

	#pair(tripId: string, id: string, receivedTime: EpochMs): void {
		const known = this.#trips.get(tripId);
		if (known === undefined) {
			if (this.#trips.size >= TRACKS_MAX) this.#trips.clear();
			this.#trips.set(tripId, { id, receivedTime, frame: this.#frame, isShared: false });
			return;
		}
		if (known.frame === this.#frame) known.isShared ||= known.id !== id;
		else {
			const isRecent = receivedTime - known.receivedTime <= KEPT_MS;
			if (isRecent && !known.isShared) {
				if (known.id === id) this.#same++;
				else this.#other++;
			}
			known.isShared = false;
		}
		known.id = id;
		known.frame = this.#frame;
		known.receivedTime = receivedTime;
	}

	#judgeTrips(now: EpochMs): void {
		const trips = this.#same + this.#other;
		if (trips < TRIPS_MIN) return;
		const share = this.#other / trips;
		if (share >= EXCHANGED_SHARE)
			this.#alarms.set("ids_exchanged", true, now, this.#other, { trips, exchanged: this.#other });
		else if (share < RESTORED_SHARE) this.#alarms.set("ids_exchanged", false, now, 0);
	}

	#judgeShift(now: EpochMs): void {
		const count = this.#north.length;
		if (count >= STANDING_MIN) {
			const north = middle(this.#north);
			const east = middle(this.#east);
			const metres = Math.hypot(north, east);
			let alike = 0;
			for (const [at, one] of this.#north.entries())
				if (Math.hypot(one - north, (this.#east[at] as number) - east) <= SHIFT_NEAR_M) alike++;
			if (metres >= SHIFT_MIN_M && alike >= Math.max(STANDING_MIN, SHIFT_SHARE * count)) {
				const isBack = this.#alarms.isTripped("positions_shifted");
				const details = { metresNorth: Math.round(north), metresEast: Math.round(east), standing: count };
				this.#alarms.set("positions_shifted", !isBack, now, alike, details);
				this.#shiftedTime = isBack ? undefined : now;
				return;
			}
		}
		if (!this.#alarms.isTripped("positions_shifted")) return;
		// After a restart nobody knows since when.
		this.#shiftedTime ??= now;
		if (now - this.#shiftedTime >= SHIFT_HELD_MS) this.#alarms.set("positions_shifted", false, now, 0);
	}
}

function middle(values: readonly number[]): number {
	const sorted = Float64Array.from(values).sort();
	return sorted[sorted.length >> 1] as number;
}
