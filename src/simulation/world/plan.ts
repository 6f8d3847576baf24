import { DAY_MS, type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import type { Chance } from "../../runtime/runtime.js";
import type { Service } from "../city-timetable.js";
import { FORMAT_CHANGES, type PlannedChange } from "../gateway-changes.js";
import { createSeededChance } from "../virtual-runtime.js";

/** What a network, and a server behind it, does to a request. */
export const NETWORK_FAULTS = [
	"refuse",
	"reset",
	"hang",
	"slow",
	"truncate",
	"cut",
	"corrupt",
	"status-429",
	"status-503",
	"html",
	"frozen",
	"stale",
] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];
/** What a partner does to a batch, beside what its network does. */
export const PARTNER_FAULTS = [
	"refuse",
	"reset",
	"hang",
	"slow",
	"status-429",
	"status-503",
	"status-401",
	"lost-answer",
] as const;
export type PartnerFault = (typeof PARTNER_FAULTS)[number];
export const STORE_FAULTS = ["busy", "full", "stall"] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];
/** What the disk does to a file that a sink appends to. */
export const DISK_FAULTS = ["full", "failed-sync", "slow"] as const;
export type DiskFault = (typeof DISK_FAULTS)[number];
export const DEATHS = [
	"before-commit",
	"after-commit",
	"in-commit",
	"failed-sync",
	"by-time",
	"drain",
] as const;
export type DeathType = (typeof DEATHS)[number];

/** A stretch of trouble. Times are milliseconds since the world began. */
export interface Trouble<Fault extends string> {
	readonly fault: Fault;
	readonly fromMs: DurationMs;
	readonly toMs: DurationMs;
	/** Share of what it could hit that it hits. */
	readonly share: number;
}

/** A process that ends, at a time or with the first commit after it, and starts anew so long after. */
export interface Death {
	readonly type: DeathType;
	readonly atMs: DurationMs;
	/** How many commits after that time. */
	readonly commits: number;
	readonly downMs: DurationMs;
}

export interface ClockJump {
	readonly atMs: DurationMs;
	readonly byMs: number;
}

/** All that a seed decides before anything happens. */
export interface Plan {
	readonly seed: number;
	readonly startTime: EpochMs;
	/** Faults come in this time ... */
	readonly hostileMs: DurationMs;
	/** ... and this long the world is at peace before it is judged. */
	readonly quietMs: DurationMs;
	readonly partitions: number;
	readonly busLines: number;
	readonly tramLines: number;
	readonly headwayS: number;
	/** How many there are of the city's own, if that is not a matter of the headway. */
	readonly vehicles?: number;
	readonly reportEveryS: number;
	/** Default `round-the-clock`. */
	readonly service?: Service;
	readonly pushVehicles: number;
	readonly silence: number;
	readonly hasStandby: boolean;
	readonly upstreams: Readonly<Record<UpstreamHost, readonly Trouble<NetworkFault>[]>>;
	readonly push: readonly Trouble<"lost-answer" | "unreachable">[];
	readonly partner: readonly Trouble<PartnerFault>[];
	/** One record in so many is bad for the partner; 0: none. */
	readonly badRecordIn: number;
	readonly store: readonly Trouble<StoreFault>[];
	readonly deaths: readonly Death[];
	readonly clockJumps: readonly ClockJump[];
	/** Milliseconds per hour by which the hub's wall clock runs ahead. */
	readonly driftMsPerHour: number;
	readonly pollS: number;
	readonly reorderS: number;
	readonly batchCount: number;
	readonly removeAfter: number;
	readonly storeKind: "memory" | "sqlite";
	/** How long frames and records are kept; undefined: longer than any world lasts. */
	readonly keepS: { readonly frames: number; readonly records: number } | undefined;
	/** When minutes of the ledger become hours, and hours days; undefined: as an agency has it. */
	readonly fold: { readonly hoursAfterMs: DurationMs; readonly daysAfterMs: DurationMs } | undefined;
	/** What the disk does to the file of the archive; undefined: there is no archive. */
	readonly archive: readonly Trouble<DiskFault>[] | undefined;
	/** What a partner who only wants the newest does; undefined: there is none. */
	readonly board: readonly Trouble<PartnerFault>[] | undefined;
	/** What may be read of the buses' queue. */
	readonly bytesPerSecond: number;
	/** What upstream changes in its formats without notice, and takes back. */
	readonly formatChanges: readonly PlannedChange[];
}

export const UPSTREAM_HOSTS = ["avl.test", "trams.test", "trams-standby.test"] as const;
export type UpstreamHost = (typeof UPSTREAM_HOSTS)[number];

/** 2026-01-05T12:30:00Z, a Monday before the morning peak. */
const WINTER_MORNING: EpochMs = 1_767_616_200_000;
/** 2026-01-05T22:50:00Z: seventy minutes before the day of UTC ends, with which the ledger folds. */
const WINTER_EVENING: EpochMs = 1_767_653_400_000;
/** 2026-11-01T06:40:00Z: twenty minutes before the clocks of Chicago go back from 2:00 to 1:00. */
const AUTUMN_NIGHT: EpochMs = 1_793_515_200_000;
const MORNINGS: readonly EpochMs[] = new Array(5).fill(WINTER_MORNING);
export const QUIET_MS: DurationMs = 15 * MINUTE_MS;

const REPORT_EVERY_S = 16;
/** One seed in so many runs on SQLite. */
const SQLITE_IN = 20;

/** One seed in so many has changes of format ... */
const CHANGES_IN = 3;
/** ... each until somebody takes it back. */
const CHANGE_MIN_MS: DurationMs = 2 * MINUTE_MS;
const CHANGE_MAX_MS: DurationMs = 25 * MINUTE_MS;

/** The dice of a seed. */
export class Dice {
	readonly #chance: Chance;

	constructor(seed: number) {
		this.#chance = createSeededChance(seed);
	}

	next(): number {
		return this.#chance.next();
	}

	is(probability: number): boolean {
		return this.#chance.next() < probability;
	}

	between(low: number, high: number): number {
		return low + this.#chance.next() * (high - low);
	}

	whole(low: number, high: number): number {
		return Math.floor(this.between(low, high + 1));
	}

	of<One>(list: readonly One[]): One {
		return list[Math.floor(this.#chance.next() * list.length)] as One;
	}
}

/** The seed first decides which faults exist at all, then how often: a world with every fault at once hides most of them. */
export function planOf(seed: number): Plan {
	const dice = new Dice(seed * 2_654_435_761);
	const hostileMs = (dice.is(0.08) ? dice.whole(90, 165) : dice.whole(45, 70)) * MINUTE_MS;
	return planFor({ seed, dice, hostileMs, startTimes: [AUTUMN_NIGHT, WINTER_EVENING, ...MORNINGS] });
}

/** A day of a whole agency, as hostile as the hour of a small one. Retention keeps the store small. */
export function longPlanOf(seed: number, hostileMs = DAY_MS - QUIET_MS): Plan {
	const dice = new Dice(seed * 2_654_435_761 + 1);
	const plan = planFor({ seed, dice, hostileMs, startTimes: [WINTER_MORNING] });
	return {
		...plan,
		storeKind: "memory",
		service: "weekday",
		busLines: 16,
		tramLines: 3,
		vehicles: 200,
		reportEveryS: 30,
		batchCount: 500,
		keepS: { frames: 600, records: 900 },
		bytesPerSecond: 65_536,
	};
}

interface Frame {
	readonly seed: number;
	readonly dice: Dice;
	readonly hostileMs: DurationMs;
	readonly startTimes: readonly EpochMs[];
}

function planFor({ seed, dice, hostileMs, startTimes }: Frame): Plan {
	const level = dice.of([0.4, 1, 2]);
	const upstreams = Object.fromEntries(
		UPSTREAM_HOSTS.map((host) => [host, troubles(dice, NETWORK_FAULTS, hostileMs, level)]),
	) as Plan["upstreams"];
	const startTime = dice.of(startTimes) + dice.whole(0, 59) * SECOND_MS;
	return {
		seed,
		startTime,
		hostileMs,
		quietMs: QUIET_MS,
		partitions: dice.of([1, 1, 3, 3, 8]),
		busLines: dice.of([1, 1, 2]),
		tramLines: 1,
		headwayS: dice.whole(900, 2700),
		reportEveryS: REPORT_EVERY_S,
		pushVehicles: dice.whole(1, 3),
		silence: dice.of([0, 0.08, 0.3]),
		hasStandby: dice.is(0.5),
		upstreams,
		push: troubles(dice, ["lost-answer", "unreachable"], hostileMs, level),
		partner: troubles(dice, PARTNER_FAULTS, hostileMs, level),
		badRecordIn: dice.is(0.3) ? dice.of([40, 400]) : 0,
		store: troubles(dice, STORE_FAULTS, hostileMs, level / 2),
		deaths: deaths(dice, hostileMs),
		clockJumps: clockJumps(dice, hostileMs),
		driftMsPerHour: dice.is(0.25) ? dice.between(-2000, 2000) : 0,
		pollS: dice.of([10, 20, 30]),
		reorderS: dice.of([0, 5, 30]),
		batchCount: dice.of([5, 50, 500]),
		removeAfter: dice.of([0, 1, 2]),
		storeKind: seed % SQLITE_IN === 0 ? "sqlite" : "memory",
		keepS: dice.is(0.4) ? { frames: dice.of([300, 600]), records: dice.of([600, 900]) } : undefined,
		fold: dice.is(0.4)
			? { hoursAfterMs: dice.of([5, 20]) * MINUTE_MS, daysAfterMs: dice.of([30, 600]) * MINUTE_MS }
			: undefined,
		archive: dice.is(0.4) ? troubles(dice, DISK_FAULTS, hostileMs, level) : undefined,
		board: dice.is(0.3) ? troubles(dice, PARTNER_FAULTS, hostileMs, level) : undefined,
		bytesPerSecond: dice.of([65_536, 65_536, 2048]),
		formatChanges: formatChangesOf(new Dice(seed * 31 + 20), startTime, hostileMs),
	};
}

/** Episodes: most of them seconds, some of them minutes, and now and then one that is longer than upstream keeps anything. */
function troubles<Fault extends string>(
	dice: Dice,
	faults: readonly Fault[],
	hostileMs: DurationMs,
	level: number,
): readonly Trouble<Fault>[] {
	if (dice.is(0.15)) return [];
	const existing = faults.filter(() => dice.is(0.4));
	const all: Trouble<Fault>[] = [];
	for (const fault of existing) {
		const count = Math.ceil(dice.between(0.2, 2) * level * (hostileMs / HOUR_MS));
		for (let one = 0; one < count; one++) {
			const fromMs = Math.floor(dice.between(MINUTE_MS, hostileMs));
			const toMs = Math.min(hostileMs, fromMs + lengthMs(dice));
			all.push({ fault, fromMs, toMs, share: dice.of([1, 1, 0.7, 0.3]) });
		}
	}
	return all.sort((a, b) => a.fromMs - b.fromMs);
}

function lengthMs(dice: Dice): DurationMs {
	const size = dice.next();
	if (size < 0.7) return Math.floor(dice.between(2, 60) * SECOND_MS);
	if (size < 0.94) return Math.floor(dice.between(1, 6) * MINUTE_MS);
	return Math.floor(dice.between(8, 35) * MINUTE_MS);
}

function deaths(dice: Dice, hostileMs: DurationMs): readonly Death[] {
	if (dice.is(0.3)) return [];
	const existing = DEATHS.filter(() => dice.is(0.5));
	if (existing.length === 0) return [];
	const count = dice.whole(1, 8);
	return Array.from({ length: count }, () => ({
		type: dice.of(existing),
		atMs: Math.floor(dice.between(0, hostileMs)),
		commits: dice.whole(1, 6),
		downMs: dice.is(0.9) ? dice.whole(1, 40) * SECOND_MS : dice.whole(2, 25) * MINUTE_MS,
	})).sort((a, b) => a.atMs - b.atMs);
}

function clockJumps(dice: Dice, hostileMs: DurationMs): readonly ClockJump[] {
	if (!dice.is(0.15)) return [];
	return Array.from({ length: dice.whole(1, 3) }, () => ({
		atMs: Math.floor(dice.between(MINUTE_MS, hostileMs)),
		byMs: Math.round(dice.of([-1, 1]) * dice.of([1500, 90_000, 3_600_000]) * dice.between(0.5, 1)),
	})).sort((a, b) => a.atMs - b.atMs);
}

/** What the vendor changes without notice, for a while each, and mostly for some of the vehicles only. */
function formatChangesOf(dice: Dice, startTime: EpochMs, hostileMs: DurationMs): readonly PlannedChange[] {
	if (!dice.is(1 / CHANGES_IN)) return [];
	return FORMAT_CHANGES.filter(() => dice.is(0.4)).map((change) => {
		const fromMs = Math.floor(dice.between(0, hostileMs - CHANGE_MIN_MS));
		const untilMs = Math.min(hostileMs, fromMs + Math.floor(dice.between(CHANGE_MIN_MS, CHANGE_MAX_MS)));
		const share = dice.of([0.2, 0.5, 1]);
		return { change, fromTime: startTime + fromMs, untilTime: startTime + untilMs, share };
	});
}
