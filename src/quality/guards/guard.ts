import type { GuardFlag } from "../../model/observation.js";

/**
 * What becomes of what a guard finds. `flag`: the record says so. `withhold`: beside that, riders do not get what is in
 * doubt: a value (speed, heading, deviation) is taken out of the record, anything else keeps the record from riders.
 * `dead-letter`: the item is no record. `fail-feed`: while the guard holds, a frame with such items is no good answer.
 */
export type GuardAction = "flag" | "withhold" | "dead-letter" | "fail-feed";

/** What the evidence of a guard is made of: see docs/guards.md. */
type Evidence = "record" | "fleet" | "feed";

export interface GuardRule {
	/** Its place in the table, and its bit in a mask. */
	readonly bit: number;
	/**
	 * `record`: each record is judged by itself, and the fleet by the share of vehicles it holds of. `fleet`: only vehicles
	 * that agree say anything, and then of all records. `feed`: of no record at all.
	 */
	readonly evidence: Evidence;
	readonly action: GuardAction;
	/** Share of the vehicles with evidence from which on it holds of the fleet, and below which it holds no more. */
	readonly tripShare: number;
	readonly clearShare: number;
	/** For people: what is wrong. */
	readonly sentence: string;
}

const rules = {
	position_outside: [
		"record",
		"withhold",
		0.1,
		0.05,
		"state positions outside of the area in which they can be",
	],
	position_swapped: ["record", "withhold", 0.1, 0.05, "state latitude and longitude in each other's place"],
	position_missing: ["feed", "flag", 0.5, 0.3, "state no position that can be one, such as 0,0"],
	position_jump: [
		"record",
		"flag",
		0.3,
		0.1,
		"jump further than any vehicle drives: vehicle ids may be mixed up",
	],
	position_coarse: ["fleet", "flag", 0.8, 0.5, "state positions in steps of a hundred metres or more"],
	positions_frozen: ["fleet", "withhold", 0.95, 0.8, "report new times and never another position"],
	speed_unit: ["fleet", "withhold", 1, 1, "state a speed that does not fit to how far they drive"],
	time_unit: [
		"record",
		"withhold",
		0.3,
		0.1,
		"state times that are years off: the unit or the date is another one",
	],
	time_zone: ["fleet", "withhold", 0.6, 0.3, "state times that are off by whole hours or half hours"],
	time_future: ["feed", "flag", 0.3, 0.1, "state times that have not come"],
	stale_row: ["record", "flag", 0.3, 0.15, "stand in complete messages with reports that are long over"],
	vehicle_stuck: ["record", "flag", 0.3, 0.1, "say that they drive, and stay in the same spot"],
	id_shared: ["record", "withhold", 0.1, 0.05, "are in two places at one time: two vehicles share an id"],
	id_doubled: ["record", "flag", 0.1, 0.05, "report the same under two ids"],
	identity_churn: ["feed", "flag", 0.5, 0.2, "carry ids that nobody has seen before, while others left"],
	fleet_volume: ["feed", "flag", 0.6, 0.8, "are there, far fewer than a moment before"],
	deviation_sign: ["fleet", "withhold", 0.8, 0.8, "changed the sign or the unit of how late they are"],
	bearing_motion: ["fleet", "withhold", 1, 1, "state a heading in which they do not drive"],
	match_rate: [
		"fleet",
		"flag",
		0.5,
		0.3,
		"name trips that the schedule does not have, and named known ones before",
	],
	field_missing: ["feed", "flag", 0.8, 0.4, "no longer state something that they always stated"],
	values_removed: [
		"feed",
		"withhold",
		0.3,
		0.1,
		"state values that cannot be, and stated ones that could before",
	],
	ids_exchanged: ["feed", "flag", 0.5, 0.2, "are on trips that other vehicles were on a moment before"],
	positions_shifted: [
		"feed",
		"flag",
		0.8,
		0.8,
		"stood, and are elsewhere now, all of them by the same distance and direction",
	],
} as const satisfies Record<
	string,
	readonly [Evidence, GuardAction, tripShare: number, clearShare: number, sentence: string]
>;

export type GuardName = keyof typeof rules;
export const GUARD_NAMES = Object.freeze(Object.keys(rules)) as readonly GuardName[];

/** Every guard with its defaults. */
export const GUARDS: Readonly<Record<GuardName, GuardRule>> = Object.freeze(
	Object.fromEntries(
		Object.entries(rules).map(([name, [evidence, action, tripShare, clearShare, sentence]], bit) => [
			name,
			{ bit, evidence, action, tripShare, clearShare, sentence },
		]),
	),
) as Readonly<Record<GuardName, GuardRule>>;

/** What the configuration says of one guard. */
export interface GuardChoice {
	readonly action?: GuardAction | undefined;
	readonly off?: boolean | undefined;
}

/** Of one feed; whatever is absent is as `GUARDS` says. */
export interface GuardsConfig {
	readonly off: boolean;
	/** Vehicles that must agree before anything is said of the fleet. */
	readonly vehiclesMin: number;
	/** Share of the fleet, 0 to 1, from which on an alarm is an incident. */
	readonly incidentShare: number;
	readonly guards: Readonly<Partial<Record<GuardName, GuardChoice>>>;
}

export const GUARDS_DEFAULT: GuardsConfig = Object.freeze({
	off: false,
	vehiclesMin: 5,
	incidentShare: 0.2,
	guards: {},
});

/** A guard begins or ceases to hold of a fleet. */
export interface GuardNews {
	readonly guard: GuardName;
	readonly state: "tripped" | "cleared";
	readonly level: "info" | "warn" | "error";
	readonly action: GuardAction;
	/** For people, whole. */
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** The flag of a guard is its name. */
export function flagOf(name: GuardName): GuardFlag | undefined {
	return GUARDS[name].evidence === "feed" ? undefined : (name as GuardFlag);
}

/** By name: its bit, and the mask of that bit. */
export const BIT = Object.fromEntries(GUARD_NAMES.map((name) => [name, GUARDS[name].bit])) as Record<
	GuardName,
	number
>;
export const MASK = Object.fromEntries(GUARD_NAMES.map((name) => [name, 1 << GUARDS[name].bit])) as Record<
	GuardName,
	number
>;
