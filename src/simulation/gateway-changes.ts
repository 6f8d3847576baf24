import { localParts, parseLocal } from "../formats/local-time.js";
import type { EpochMs } from "../model/units.js";
import { noise } from "./city-noise.js";
import type { Report } from "./city-reports.js";

/** The ways in which what a vehicle sends becomes different overnight: docs/simulation.md shows each in each format. */
export const FORMAT_CHANGES = [
	"renamed-field",
	"changed-unit",
	"list-to-object",
	"new-field",
	"new-value",
	"time-zone",
] as const;
export type FormatChange = (typeof FORMAT_CHANGES)[number];

/** A change that nobody announces. */
export interface PlannedChange {
	readonly change: FormatChange;
	readonly fromTime: EpochMs;
	/** When somebody takes it back. Default: never. */
	readonly untilTime?: EpochMs;
	/** Of the vehicles: those with the new software. A list is one for all, and changes for all. Default 1. */
	readonly share?: number;
}

/** How a report is put into words. */
export type Wording = Readonly<Record<Exclude<FormatChange, "list-to-object">, boolean>>;

export const USUAL_WORDING: Wording = Object.freeze({
	"renamed-field": false,
	"changed-unit": false,
	"new-field": false,
	"new-value": false,
	"time-zone": false,
});

/** Which vehicle speaks in which words when; a function of seed and time, so that a message read again says the same. */
export class FormatChanges {
	readonly #seed: number;
	readonly #planned: readonly PlannedChange[];

	constructor(seed: number, planned: readonly PlannedChange[] = []) {
		this.#seed = seed;
		this.#planned = planned;
	}

	/** Of a report that is measured then: the vehicle writes it. */
	wordingOf({ vehicle, sampleTime }: Report): Wording {
		if (this.#planned.length === 0) return USUAL_WORDING;
		const wording = { ...USUAL_WORDING };
		for (const planned of this.#planned) {
			const { change, share = 1 } = planned;
			if (change === "list-to-object" || !isAt(planned, sampleTime)) continue;
			if (noise(this.#seed, 80 + FORMAT_CHANGES.indexOf(change), vehicle.index) < share)
				wording[change] = true;
		}
		return wording;
	}

	/** Of an answer that is written then: the gateway writes it. */
	isListAnObject(time: EpochMs): boolean {
		return this.#planned.some((planned) => planned.change === "list-to-object" && isAt(planned, time));
	}
}

/** What a reader takes a time for who does not know that it is stated in UTC now, and not in the time of the agency. */
export function misreadTime(time: EpochMs, timezone: string): EpochMs {
	return parseLocal(localParts(time, "UTC"), timezone, undefined).time;
}

function isAt({ fromTime, untilTime }: PlannedChange, time: EpochMs): boolean {
	return fromTime <= time && (untilTime === undefined || time < untilTime);
}
