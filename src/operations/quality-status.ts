import type { EpochMs } from "../model/units.js";

/** What is known of how far the reports of an upstream can be believed. */
export interface QualityStatus {
	/** Guards that hold of the fleet now. */
	readonly alarms: readonly GuardAlarmStatus[];
	/** Absent: it has no contract. */
	readonly contract?: ContractQuality | undefined;
	/** Share of the fleet, 0 to 1, from which on what is changed or withheld is as grave as an outage. */
	readonly incidentShare: number;
}

export interface GuardAlarmStatus {
	readonly guard: string;
	readonly since: EpochMs;
	readonly vehicles: number;
	readonly fleet: number;
	/** `flag`: records say so and go on as they are. Anything else changes, withholds or refuses them. */
	readonly action: string;
	/** What is wrong, and what is done about it. */
	readonly sentence: string;
}

export interface ContractQuality {
	/** `metro-avl@3`. */
	readonly contract: string;
	readonly records: number;
	readonly refusedRecords: number;
	readonly refusedPayloads: number;
	readonly lackingRecords: number;
	/** Share of the records of the last minutes that were refused or lack a value. Undefined: there were none. */
	readonly recentShare: number | undefined;
	readonly breaches: readonly {
		readonly path: string;
		readonly keyword: string;
		readonly mode: string;
		readonly message: string;
		readonly count: number;
		readonly lastTime: EpochMs;
	}[];
}

/** Something of an upstream that its owner has announced to end. */
export interface DeprecationStatus {
	/** When it ends. */
	readonly time: EpochMs;
	readonly what: string;
	/** Where it is announced. */
	readonly url?: string | undefined;
	/** Days ahead of it at which it is told, the longest first. */
	readonly remindDays: readonly number[];
}

/**
 * How fast few vehicles drive, against what they state, is now and then off by chance; and a speed that riders do without is
 * nothing to wake somebody for. The guard acts all the same.
 */
const SPEED_VEHICLES_MIN = 10;

/** Positions and times have guards of their own: without any other value riders see less, and nothing wrong. */
const MINOR = "values_removed";

/** Whether what affects that share is grave enough to wake somebody. */
export function isGrave(quality: QualityStatus): boolean {
	return (
		incidentsOf({ ...quality, alarms: quality.alarms.filter(({ guard }) => guard !== MINOR) }).length > 0
	);
}

/** What of an upstream affects at least the share of the fleet that makes an incident: one sentence each. */
export function incidentsOf({ alarms, contract, incidentShare }: QualityStatus): readonly string[] {
	const sentences = alarms
		.filter(({ action, vehicles, fleet }) => action !== "flag" && vehicles >= incidentShare * fleet)
		.filter(({ guard, vehicles }) => guard !== "speed_unit" || vehicles >= SPEED_VEHICLES_MIN)
		.map(({ sentence }) => sentence);
	const share = contract?.recentShare ?? 0;
	if (contract === undefined || share === 0 || share < incidentShare) return sentences;
	const { contract: name, breaches } = contract;
	const first = breaches.find(({ mode }) => mode !== "evolve");
	const place = first === undefined ? "" : `: ${first.path} ${first.message}`;
	return [
		...sentences,
		`Of the records of the last minutes, ${Math.round(share * 100)} % do not fit to contract ${name}${place}.`,
	];
}
