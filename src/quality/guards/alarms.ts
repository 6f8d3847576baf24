import { type EpochMs, SECOND_MS } from "../../model/units.js";
import {
	GUARD_NAMES,
	GUARDS,
	type GuardAction,
	type GuardName,
	type GuardNews,
	type GuardsConfig,
} from "./guard.js";
import type { Track } from "./track.js";

interface Alarm {
	/** By the clock of reception. */
	readonly since: EpochMs;
	readonly vehicles: number;
}

/** A guard that holds of the fleet now. */
export interface GuardAlarm extends Alarm {
	readonly guard: GuardName;
	readonly fleet: number;
	readonly action: GuardAction;
	/** What is wrong, and what is done about it. */
	readonly sentence: string;
}

export type AlarmsJson = readonly (readonly [GuardName, EpochMs, number])[];

/** So many vehicles that stand still at one time are no coincidence; two that are in each other's place are. */
const VEHICLES_MIN: Readonly<Partial<Record<GuardName, number>>> = {
	positions_frozen: 10,
	position_coarse: 8,
};
/** Whoever is too few for the number in the configuration must at least be so many, and agree. */
const FEW = 3;
const FEED_NAME_MAX = 3;

/**
 * Which guards hold of the fleet. Vehicles speak for or against: what a vehicle said last counts until it says otherwise or
 * falls silent, so that feeds in whole messages and feeds of single reports are judged alike.
 */
export class Alarms {
	readonly news: GuardNews[] = [];
	/** Vehicles with a voice. */
	fleet = 0;
	/** Guards that hold of the fleet, one bit each; and those of them that keep riders from seeing anything. */
	tripped = 0;
	/** Those that may come to hold, and hold of this frame until more is known. */
	suspected = 0;
	readonly #config: GuardsConfig;
	readonly #bad = new Int32Array(GUARD_NAMES.length);
	readonly #good = new Int32Array(GUARD_NAMES.length);
	readonly #alarms = new Map<GuardName, Alarm>();
	/** Guards that are on, one bit each. */
	readonly enabled: number;

	constructor(config: GuardsConfig) {
		this.#config = config;
		let enabled = 0;
		for (const name of GUARD_NAMES) {
			if (!config.off && config.guards[name]?.off !== true) enabled |= 1 << GUARDS[name].bit;
		}
		this.enabled = enabled;
	}

	action(name: GuardName): GuardAction {
		return this.#config.guards[name]?.action ?? GUARDS[name].action;
	}

	suspect(name: GuardName): void {
		this.suspected |= 1 << GUARDS[name].bit;
	}

	isTripped(name: GuardName): boolean {
		return this.#alarms.has(name);
	}

	vote(track: Track, mask: number, bit: number, isBad: boolean): void {
		const was = isBad ? track.bad : track.good;
		if ((was & mask) !== 0) return;
		this.unvote(track, mask, bit);
		if (isBad) {
			track.bad |= mask;
			(this.#bad[bit] as number)++;
		} else {
			track.good |= mask;
			(this.#good[bit] as number)++;
		}
	}

	unvote(track: Track, mask: number, bit: number): void {
		if ((track.bad & mask) !== 0) (this.#bad[bit] as number)--;
		else if ((track.good & mask) !== 0) (this.#good[bit] as number)--;
		else return;
		track.bad &= ~mask;
		track.good &= ~mask;
	}

	/** The vehicle has fallen silent. */
	mute(track: Track): void {
		for (let bit = 0, voices = track.bad | track.good; voices !== 0; bit++, voices >>>= 1) {
			if ((voices & 1) !== 0) this.unvote(track, 1 << bit, bit);
		}
	}

	/** Takes what the vehicle said before a restart. */
	revive(track: Track): void {
		for (let bit = 0; bit < GUARD_NAMES.length; bit++) {
			if ((track.bad & (1 << bit)) !== 0) (this.#bad[bit] as number)++;
			else if ((track.good & (1 << bit)) !== 0) (this.#good[bit] as number)++;
		}
	}

	bad(name: GuardName): number {
		return this.#bad[GUARDS[name].bit] as number;
	}

	/** How many must agree. */
	quorum(name: GuardName): number {
		const wanted = Math.max(this.#config.vehiclesMin, VEHICLES_MIN[name] ?? 0);
		return VEHICLES_MIN[name] !== undefined ? wanted : Math.max(FEW, Math.min(wanted, this.fleet));
	}

	/** What the votes say of a guard: undefined: as before. */
	verdict(name: GuardName): boolean | undefined {
		const { bit, tripShare, clearShare } = GUARDS[name];
		const bad = this.#bad[bit] as number;
		const isTripped = (this.tripped & (1 << bit)) !== 0;
		if (!isTripped) {
			if (bad < FEW || bad < this.quorum(name)) return undefined;
			return bad >= (bad + (this.#good[bit] as number)) * tripShare ? true : undefined;
		}
		const good = this.#good[bit] as number;
		return good > 0 && bad < (bad + good) * clearShare ? false : undefined;
	}

	/** A guard begins or ceases to hold. `vehicles`: of how many; `details` say by which evidence. */
	set(
		name: GuardName,
		isTripped: boolean,
		now: EpochMs,
		vehicles: number,
		details: Readonly<Record<string, unknown>> = {},
	): void {
		const mask = 1 << GUARDS[name].bit;
		if ((this.enabled & mask) === 0) return;
		const before = this.#alarms.get(name);
		if ((before !== undefined) === isTripped) return;
		const action = this.action(name);
		const fleet = Math.max(this.fleet, vehicles);
		const shared = { guard: name, vehicles, fleet, share: share(vehicles, fleet), action, ...details };
		if (isTripped) {
			this.#alarms.set(name, { since: now, vehicles });
			this.tripped |= mask;
			const level = vehicles >= fleet * this.#config.incidentShare ? "error" : "warn";
			const message = `${vehicles} of ${fleet} vehicles ${GUARDS[name].sentence}. ${actionWords(name, action)}`;
			this.news.push({ guard: name, state: "tripped", level, action, message, details: shared });
		} else {
			const lasted = now - (before?.since ?? now);
			this.#alarms.delete(name);
			this.tripped &= ~mask;
			const message = `No longer so, after ${Math.round(lasted / SECOND_MS)} s: vehicles that ${GUARDS[name].sentence}`;
			const more = { ...shared, vehicles: before?.vehicles ?? vehicles, lastedMs: lasted };
			this.news.push({ guard: name, state: "cleared", level: "info", action, message, details: more });
		}
	}

	/** The alarm that makes a frame no good answer. */
	get failing(): GuardName | undefined {
		if (this.tripped === 0) return undefined;
		for (const name of this.#alarms.keys()) if (this.action(name) === "fail-feed") return name;
		return undefined;
	}

	/** Those that hold now, the oldest first. */
	get held(): readonly GuardAlarm[] {
		return [...this.#alarms].map(([guard, { since, vehicles: atFirst }]) => {
			const vehicles = Math.max(atFirst, this.bad(guard));
			const fleet = Math.max(this.fleet, vehicles);
			const action = this.action(guard);
			const sentence = `${vehicles} of ${fleet} vehicles ${GUARDS[guard].sentence}. ${actionWords(guard, action)}.`;
			return { guard, since, vehicles, fleet, action, sentence };
		});
	}

	json(): AlarmsJson {
		return [...this.#alarms].map(([name, { since, vehicles }]) => [name, since, vehicles]);
	}

	restore(json: AlarmsJson): void {
		for (const [name, since, vehicles] of json) {
			if (!Object.hasOwn(GUARDS, name)) continue;
			const mask = 1 << GUARDS[name].bit;
			if ((this.enabled & mask) === 0) continue;
			this.#alarms.set(name, { since, vehicles });
			this.tripped |= mask;
		}
	}
}

function share(part: number, whole: number): number {
	return whole === 0 ? 0 : Number((part / whole).toFixed(3));
}

const TAKEN_OUT: Readonly<Partial<Record<GuardName, string>>> = {
	speed_unit: "their speed",
	bearing_motion: "their heading",
	deviation_sign: "how late they are",
};

function actionWords(name: GuardName, action: GuardAction): string {
	if (name === "values_removed") return "Such values are taken out of the records, which are flagged";
	if (GUARDS[name].evidence === "feed" && (action === "flag" || action === "withhold"))
		return "Nothing is changed";
	switch (action) {
		case "flag":
			return "The records are flagged";
		case "withhold": {
			const value = TAKEN_OUT[name];
			return value === undefined
				? "The records are flagged, and riders do not see them"
				: `The records are flagged, and without ${value}`;
		}
		case "dead-letter":
			return "Such reports are dead letters";
		case "fail-feed":
			return "Upstream counts as failing";
	}
}

/** A few names of a crowd. */
export function someOf(tracks: Iterable<Track>, mask: number): string[] {
	const names: string[] = [];
	for (const { id, bad } of tracks) {
		if ((bad & mask) !== 0) names.push(id);
		if (names.length === FEED_NAME_MAX) break;
	}
	return names;
}
