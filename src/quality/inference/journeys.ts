import { type Candidate, isSame } from "./finding.js";
import type { Key } from "./keys.js";
import { determines, isMeasure, type Profile, type Table } from "./table.js";
import { changeShare, type Step } from "./tracks.js";

interface Sharing {
	readonly profile: Profile;
	/** Vehicles per value at one time: 1 where nobody shares. */
	readonly vehicles: number;
	/** Share of the steps after which it is another; NaN where no vehicle is seen twice. */
	readonly changes: number;
	/** Share of the values that one vehicle has alone, at one time. */
	readonly alone: number;
	/** Times that a vehicle takes up a value, per value that it has: 1 where none comes back. */
	readonly returns: number;
	/** Different values per vehicle. */
	readonly perVehicle: number;
}

const WINDOW_MS = 10 * 60_000;
const TRIP_CHANGES_MAX = 0.15;
const ROUTE_CHANGES_MAX = 0.12;
const STEPS_MIN = 8;
const LENGTH_MAX = 80;
const LEADS_ROWS_MIN = 10;
/** Records of one moment below which who shares what may be chance. */
const MOMENT_ROWS_MIN = 15;
/** Vehicles with the same value, of one moment: stops are shared by hardly fewer. */
const SHARED_MIN = 1.4;
const CANDIDATES_MAX = 60;
/** Possible, and no more: told only where the name says the same. */
const CONSTANT = 0.27;
const FEW_SCORE = 0.3;
/** Values that one vehicle alone must have had before they look like its trips. */
const LONE_TRIPS_MIN = 8;
/** What may be it as well as something else: told only where the name says the same. */
const LONE = 0.28;
/** Of what no two records share at one moment, though all have it, and it is as long as keys are: not proposed. */
const MESSAGE_KEY = 0.25;

/** What a vehicle does for a while, and others do not at the same time: trips. What several do at one time: routes. */
export function journeyCandidates(
	table: Table,
	profiles: readonly Profile[],
	vehicle: Profile | undefined,
	times: Float64Array | undefined,
	steps: readonly Step[],
): { readonly trips: readonly Candidate[]; readonly routes: readonly Candidate[] } {
	const usable = profiles
		.filter((profile) => isWord(profile) && (vehicle === undefined || !isSame(profile, vehicle)))
		.slice(0, CANDIDATES_MAX);
	const sharings = usable.map((profile) => sharingOf(table, profile, vehicle, times, steps));
	const hasHistory = steps.length >= STEPS_MIN;
	const trips = sharings
		.flatMap((sharing) => tripOf(table, sharing, vehicle, hasHistory) ?? [])
		.sort((a, b) => b.score - a.score || a.profile.order - b.profile.order);
	const routes = sharings
		.flatMap((sharing) => routeOf(table, sharing, vehicle, trips, hasHistory, usable) ?? [])
		.sort((a, b) => b.score - a.score || a.profile.order - b.profile.order);
	return { trips, routes };
}

/** The same without positions: what tells the records apart is a trip as likely as a vehicle. */
export function keyedJourneys(
	table: Table,
	profiles: readonly Profile[],
	{ profile, steps }: Key,
	times: Float64Array | undefined,
): ReturnType<typeof journeyCandidates> {
	const { trips, routes } = journeyCandidates(table, profiles, profile, times, steps);
	const evidence = [
		`each record's own, and under it the others change least from one message to the next (${steps.length} times): a trip or a vehicle`,
	];
	return { trips: [{ profile, score: LONE, evidence }, ...trips], routes };
}

function isWord(profile: Profile): boolean {
	const { isBoolean, length, numeric, whole, decimals, share, min } = profile;
	if (isBoolean || length > LENGTH_MAX || share < 0.1 || profile.column.isOneOfMany) return false;
	return !(numeric > 0.9 && (whole < 0.99 || decimals > 0 || min < 0));
}

function sharingOf(
	table: Table,
	profile: Profile,
	vehicle: Profile | undefined,
	times: Float64Array | undefined,
	steps: readonly Step[],
): Sharing {
	const isLog = table.frames[0] === table.frames.at(-1) && steps.length >= STEPS_MIN;
	const windows = new Map<string, Set<string>>();
	const values = new Map<string, Set<string>>();
	for (const [row, text] of profile.texts.entries()) {
		if (text === undefined) continue;
		const who = vehicle?.texts[row] ?? `row ${row}`;
		const when =
			isLog && times !== undefined ? Math.floor((times[row] as number) / WINDOW_MS) : table.frames[row];
		added(windows, `${when}\u0000${text}`, who);
		added(values, who, text);
	}
	return {
		profile,
		vehicles: meanSize(windows),
		alone: [...windows.values()].filter(({ size }) => size === 1).length / Math.max(1, windows.size),
		returns: returnsOf(profile, values, steps),
		changes: changeShare(profile, steps),
		perVehicle: meanSize(values),
	};
}

function returnsOf(
	profile: Profile,
	values: ReadonlyMap<string, ReadonlySet<string>>,
	steps: readonly Step[],
): number {
	let starts = values.size;
	for (const { from, to } of steps) {
		const before = profile.texts[from];
		const after = profile.texts[to];
		if (before !== undefined && after !== undefined && before !== after) starts++;
	}
	let different = 0;
	for (const { size } of values.values()) different += size;
	return different === 0 ? 1 : starts / different;
}

function added(sets: Map<string, Set<string>>, key: string, value: string): void {
	const set = sets.get(key);
	if (set === undefined) sets.set(key, new Set([value]));
	else set.add(value);
}

function meanSize(sets: ReadonlyMap<string, ReadonlySet<string>>): number {
	let all = 0;
	for (const set of sets.values()) all += set.size;
	return sets.size === 0 ? 0 : all / sets.size;
}

function tripOf(
	table: Table,
	{ profile, vehicles, changes, perVehicle, alone, returns }: Sharing,
	vehicle: Profile | undefined,
	hasHistory: boolean,
): Candidate | undefined {
	if (isComposed(profile, vehicle)) return undefined;
	const count = vehicle?.distinct ?? table.rows;
	if (table.rows < 4) return single(profile);
	if (hasHistory && !(changes <= TRIP_CHANGES_MAX)) return undefined;
	// Where no vehicle has ended its trip yet, it is a moment that lasted.
	if (hasHistory && perVehicle >= 1.2) {
		if (vehicles > 1.35) return undefined;
		if (returns > 1.2 || (count <= 1 && profile.distinct < 4)) return undefined;
		if (profile.distinct < 0.8 * count || profile.distinct < 3) return undefined;
		// As fine as it gets while it still lasts: a block and a run last longer than their trips.
		const fine = Math.min(1, perVehicle / 6);
		const score = 0.6 + 0.15 * fine + 0.15 * (1.35 - vehicles) + digits(profile) - spaces(profile);
		const evidence = [
			`${perVehicle.toFixed(1)} values per vehicle, each for a while (another after ${(changes * 100).toFixed(1)} % of the steps), ` +
				`${vehicles.toFixed(2)} vehicles with the same one at a time`,
		];
		// Of one vehicle alone nobody can say that others do not share it: a phase of its day comes and goes as a trip does.
		const most = count > 1 ? 0.95 : profile.distinct < LONE_TRIPS_MIN ? LONE : 0.45;
		return { profile, score: Math.min(most, score), evidence };
	}
	if (
		alone < 0.85 ||
		(hasHistory && count <= 1) ||
		profile.distinct < 0.4 * Math.min(profile.present, count) ||
		profile.distinct < 2
	)
		return undefined;
	const isMessageKey = profile.distinct === table.rows && profile.length > 20;
	const measured = isMeasure(profile) ? 0.12 : 0;
	if (vehicle !== undefined && profile.length < vehicle.length - 1) return undefined;
	const absent = profile.share < 1 ? 0.06 : 0;
	const score =
		0.42 +
		absent +
		Math.min(0.1, 0.015 * Math.max(0, profile.length - (vehicle?.length ?? 4))) +
		digits(profile) -
		spaces(profile);
	const evidence = [
		`${profile.distinct} values in ${profile.present} records of one moment, hardly one of them shared` +
			(profile.share < 1 ? ", and absent from others, as the trip of a vehicle without work is" : ""),
	];
	const weight = Math.min(1, (table.rows - 1) / 40);
	return {
		profile,
		score: Math.min(
			isMessageKey ? MESSAGE_KEY : vehicle === undefined || table.rows < MOMENT_ROWS_MIN ? LONE : 1,
			weighed(score - measured, weight),
		),
		evidence,
	};
}

function routeOf(
	table: Table,
	{ profile, vehicles, changes, perVehicle }: Sharing,
	vehicle: Profile | undefined,
	trips: readonly Candidate[],
	hasHistory: boolean,
	profiles: readonly Profile[],
): Candidate | undefined {
	if (table.rows < 4) return single(profile);
	const count = vehicle?.distinct ?? table.rows;
	if (profile.distinct === 1 && profile.share > 0.5 && profile.column.up === 0)
		return {
			profile,
			score: CONSTANT,
			evidence: ["the same for all: a feed of one route, or anything else that all share"],
		};
	if (profile.distinct < 2) return undefined;
	if (profile.distinct > 0.9 * Math.max(count, 3))
		return hasHistory || table.rows > 30
			? undefined
			: {
					profile,
					score: CONSTANT,
					evidence: ["hardly anybody shares it, as may be where there are few vehicles"],
				};
	if (hasHistory && !(changes <= ROUTE_CHANGES_MAX)) return undefined;
	if (vehicles < 1.15 || profile.isConstantInFrame)
		return hasHistory || table.rows > 30
			? undefined
			: { profile, score: CONSTANT, evidence: ["hardly anybody shares it"] };
	const [trip] = trips;
	const follows = trip === undefined ? Number.NaN : determines(trip.profile, profile);
	// Where every record has a trip of its own, each trip goes with one of anything.
	const isRepeated = trip !== undefined && trip.profile.distinct <= 0.7 * trip.profile.present;
	const isLeading = isRepeated && follows >= 0.97 && determines(profile, trip.profile) < 0.9;
	const leads = table.rows < LEADS_ROWS_MIN ? [] : ledBy(profile, profiles);
	const shortness =
		profile.length <= 5 ? 0.12 : profile.length <= 10 ? 0.05 : profile.length > 16 ? -0.15 : 0;
	// Directions and depots are few, and no fleet has as many routes as vehicles.
	const weight = hasHistory ? 1 : Math.min(1, (table.rows - 1) / 40);
	const isState = profile.distinct <= 4 && digits(profile) < 0;
	const isTwo = profile.distinct <= 2 && count > 6;
	const few = profile.distinct <= 4 && count > 40 ? -0.1 : 0;
	const many = Math.min(0.1, 0.02 * profile.distinct);
	const measured = isMeasure(profile) && leads.length === 0 ? 0.15 : 0;
	const score =
		0.45 +
		(isLeading ? 0.15 : 0) +
		Math.min(0.12, 0.06 * leads.length) +
		shortness +
		few +
		many +
		digits(profile) -
		spaces(profile) -
		measured;
	const evidence = [
		`${profile.distinct} values, ${vehicles.toFixed(1)} vehicles with the same one at a time` +
			(hasHistory ? `, ${perVehicle.toFixed(1)} per vehicle` : "") +
			(isLeading ? `; each value of ${trip.profile.column.path} always goes with the same one` : "") +
			(leads.length === 0 ? "" : `; it always goes with the same ${leads.slice(0, 3).join(", ")}`),
	];
	// Two values are a direction as likely as two routes, and a few words the states of a vehicle.
	// Where nobody has taken up another value yet, it is a moment that lasted.
	const isMoment = !hasHistory || perVehicle < 1.05;
	const isFew =
		(!hasHistory && table.rows < MOMENT_ROWS_MIN) ||
		(isMoment && vehicles < SHARED_MIN) ||
		(!hasHistory && vehicle === undefined);
	const most = isTwo || isState || isFew ? LONE : 0.95;
	return { profile, score: Math.min(most, weighed(Math.min(0.95, score), weight)), evidence };
}

/**
 * What a column says of itself: other columns that have one value for each of its values, as a route has a colour and a
 * name. Of chance nothing is: what hardly varies, or follows a column that is its own in each record, goes with anything.
 */
function ledBy(profile: Profile, others: readonly Profile[]): readonly string[] {
	if (profile.distinct > 0.7 * profile.present || profile.distinct < 3) return [];
	return others.flatMap((other) =>
		other !== profile &&
		other.column.up === 0 &&
		other.present >= 0.8 * profile.present &&
		other.distinct >= 0.6 * profile.distinct &&
		other.distinct <= profile.distinct &&
		determines(profile, other) === 1
			? [other.column.path]
			: [],
	);
}

/** Of few records most things would fit: what fits then says little. */
function weighed(score: number, weight: number): number {
	return FEW_SCORE + (score - FEW_SCORE) * weight;
}

function single(profile: Profile): Candidate {
	return {
		profile,
		score:
			0.35 -
			(profile.column.up > 0 ? 0.1 : 0) -
			spaces(profile) +
			digits(profile) / 2 -
			// Numbers that are given out begin at one: 0 says that there is none.
			(profile.max === 0 ? 0.1 : 0),
		evidence: ["few records: any text fits"],
	};
}

function digits({ texts }: Profile): number {
	let with_ = 0;
	let all = 0;
	for (const text of texts) {
		if (text === undefined) continue;
		all++;
		if (/\d/.test(text)) with_++;
	}
	return all > 0 && with_ >= 0.5 * all ? 0.06 : -0.05;
}

/** Words for people, such as a headsign. */
function spaces({ texts }: Profile): number {
	let spaced = 0;
	let all = 0;
	for (const text of texts) {
		if (text === undefined) continue;
		all++;
		if (/\p{L}{3,}[ /-]+\p{L}/u.test(text)) spaced++;
	}
	return all > 0 && spaced >= 0.3 * all ? 0.2 : 0;
}

/** A key that holds the vehicle's id is one of the record. */
function isComposed(profile: Profile, vehicle: Profile | undefined): boolean {
	if (vehicle === undefined || vehicle.length < 3) return false;
	return profile.texts.every((text, row) => {
		const id = vehicle.texts[row];
		return text === undefined || id === undefined || text.includes(id);
	});
}
