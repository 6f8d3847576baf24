import { Answers, type TimeCandidate } from "./answers.js";
import type { CapturedPayload } from "./documents.js";
import { type Finding, isNamed, isSame, nearness, ranked, type Unknown } from "./finding.js";
import { type IdCandidate, idCandidates } from "./identity.js";
import { journeyCandidates, keyedJourneys } from "./journeys.js";
import { keyOf } from "./keys.js";
import { headingCandidates, speedCandidates } from "./motion.js";
import { type Area, isNear, type PlacePair, placePairs } from "./places.js";
import { type Profile, parentOf, type Table } from "./table.js";
import {
	headOf,
	instantsOf,
	isWholeMinutes,
	referenceTimes,
	type TimeColumn,
	timeColumns,
	type ZoneReading,
	zoneOf,
} from "./times.js";
import { type Step, tracksOf } from "./tracks.js";

export interface InferenceOptions {
	readonly area?: Area | undefined;
	/** IANA name of the agency's zone. */
	readonly timezone?: string | undefined;
	/** Whether names of fields may rank what their values allow. Default true. */
	readonly useNames?: boolean;
}

interface Question {
	readonly table: Table;
	readonly profiles: readonly Profile[];
	readonly payloads: readonly CapturedPayload[];
	readonly options: InferenceOptions;
}

const PAIRS_LOOKED_AT = 4;
const RECENT_MS = 15 * 60_000;
const AHEAD_MS = 60_000;
const MOVED_M = 30;
const HEAD_MAX = 0.19;
/** Of a column that shows all directions. */
const ANGLE_MIN = 0.55;

/** Every field that is looked for: found, with its evidence, or not told, with the reason. */
export function fieldsOf(question: Question): {
	readonly findings: readonly Finding[];
	readonly unknown: readonly Unknown[];
	/** The time of the messages themselves. */
	readonly head: TimeColumn | undefined;
} {
	const { table, profiles, payloads, options } = question;
	const useNames = options.useNames ?? true;
	const columns = timeColumns(profiles);
	const reference = referenceTimes(table, columns);
	const timed = new Set(
		columns.flatMap(({ profile, date }) => (date === undefined ? [profile] : [profile, date])),
	);
	const pairs = pairsOf(question, columns, timed);
	const [place] = pairs;
	const taken = new Set<Profile>(timed);
	for (const pair of pairs.slice(0, PAIRS_LOOKED_AT))
		if (place !== undefined && pair.score > 0.5 && isNear(pair, place))
			taken.add(pair.latitude).add(pair.longitude);
	const captureNames = payloads.map(({ name }) => name);
	const zones = new Map(
		columns.map((column) => [column, zoneFor(column, columns, reference, options.timezone)]),
	);
	const instants = (column: TimeColumn) => instantsOf(column, zones.get(column)?.zone ?? options.timezone);
	const first = bestTime(question, columns, reference, instants, [], place)[0];
	const firstTimes = first === undefined ? undefined : instants(first.column);
	const ids = idCandidates({ table, profiles, place, times: firstTimes, taken, captureNames });
	const idsRanked = ranked("vehicleId", ids, useNames) as readonly IdCandidate[];
	const answers = new Answers(useNames);
	const angles = headingCandidates(profiles, []).filter(({ score }) => score >= ANGLE_MIN);
	answers.id(idsRanked, table, new Set(angles.map(({ profile }) => profile)));
	// What was not told must not be built upon.
	const told = answers.found("vehicleId") === undefined ? undefined : idsRanked[0];
	const vehicle = told?.profile;
	const steps = told?.tracks?.steps ?? [];
	const times = bestTime(question, columns, reference, instants, steps, place);
	const chosen = times[0];
	const driven =
		chosen === undefined || chosen === first || place === undefined || vehicle === undefined
			? steps
			: tracksOf(table, vehicle.texts, place, instants(chosen.column)).steps;
	answers.place(pairs);
	answers.time(times, chosen === undefined ? undefined : zones.get(chosen.column));
	if (answers.found("eventTime") === undefined)
		answers.age(profiles.filter((profile) => !taken.has(profile)));
	if (vehicle !== undefined) taken.add(vehicle);
	const numbers = profiles.filter(
		(profile) => !taken.has(profile) && (vehicle === undefined || !isSame(profile, vehicle)),
	);
	const headings = headingCandidates(numbers, driven, place !== undefined);
	const heading = answers.heading(headings, driven);
	const speeds = speedCandidates(
		numbers.filter((profile) => profile !== heading),
		driven,
	);
	answers.speed(speeds, driven);
	const speed = answers.found("speedMps");
	const words = numbers.filter((profile) => profile !== heading && profile.column.path !== speed?.path);
	const chosenTimes = chosen === undefined ? undefined : instants(chosen.column);
	const key = place === undefined ? keyOf(table, words) : undefined;
	const journeys =
		key === undefined
			? journeyCandidates(table, words, vehicle, chosenTimes, driven)
			: keyedJourneys(table, words, key, chosenTimes);
	answers.journeys(journeys, key?.steps ?? driven, table);
	const { findings, unknown } = answers;
	return { findings, unknown, head: headOf(table, columns) };
}

function zoneFor(
	column: TimeColumn,
	columns: readonly TimeColumn[],
	reference: Float64Array,
	timezone: string | undefined,
): ZoneReading {
	if (column.isAbsolute) return { zone: undefined, isShown: true, evidence: "instants: no zone is needed" };
	return zoneOf(
		column,
		columns.filter((other) => other !== column && !isWholeMinutes(other)),
		reference,
		timezone,
	);
}

function pairsOf(
	{ table, profiles, options }: Question,
	columns: readonly TimeColumn[],
	timed: ReadonlySet<Profile>,
): readonly PlacePair[] {
	const useNames = options.useNames ?? true;
	const at = columns[0]?.times.find((time) => !Number.isNaN(time)) ?? 0;
	const pairs = placePairs(
		table,
		profiles.filter((profile) => !timed.has(profile)),
		{ area: options.area, timezone: options.timezone, at },
		(profile) => useNames && isNamed("latitude", profile),
	);
	return rankedPairs(pairs, useNames);
}

function rankedPairs(pairs: readonly PlacePair[], useNames: boolean): readonly PlacePair[] {
	const named = ({ latitude, longitude }: PlacePair) =>
		useNames && isNamed("latitude", latitude) && isNamed("longitude", longitude) ? 0.1 : 0;
	return [...pairs].sort((a, b) => b.score + named(b) - a.score - named(a));
}

/** A column of the object with the most values: without a position, that is where the report is, and not its envelope. */
function crowded(profiles: readonly Profile[]): Profile | undefined {
	const inside = profiles.filter(({ column }) => column.up === 0);
	const counts = new Map<string, number>();
	for (const profile of inside) counts.set(parentOf(profile), (counts.get(parentOf(profile)) ?? 0) + 1);
	const most = Math.max(0, ...counts.values());
	return inside.find((profile) => counts.get(parentOf(profile)) === most);
}

/** Times of reports, the best first: near to when they were sent, newer when a vehicle has moved, different in each. */
function bestTime(
	{ table, profiles, options }: Question,
	columns: readonly TimeColumn[],
	reference: Float64Array,
	instants: (column: TimeColumn) => Float64Array,
	steps: readonly Step[],
	place: PlacePair | undefined,
): readonly TimeCandidate[] {
	const home = place?.latitude ?? crowded(profiles);
	const found = columns.map((column): TimeCandidate => {
		const times = instants(column);
		const { profile } = column;
		const evidence: string[] = [];
		let score = 0.5;
		let recent = 0;
		let ahead = 0;
		let compared = 0;
		for (const [row, time] of times.entries()) {
			const age = (reference[row] as number) - time;
			if (Number.isNaN(age)) continue;
			compared++;
			if (age >= -AHEAD_MS && age <= RECENT_MS) recent++;
			else if (age < -AHEAD_MS) ahead++;
		}
		if (compared > 0) {
			score += 0.2 * (recent / compared) - 0.3 * (ahead / compared);
			evidence.push(
				`${recent} of ${compared} are less than a quarter of an hour old when they are sent, ${ahead} are ahead`,
			);
		}
		const moved = steps.filter(
			({ metres, from, to }) =>
				metres > MOVED_M && !Number.isNaN(times[from] as number) && !Number.isNaN(times[to] as number),
		);
		const newer = moved.filter(({ from, to }) => (times[to] as number) !== (times[from] as number)).length;
		if (moved.length >= 5) {
			score += 0.25 * (newer / moved.length) - 0.1;
			evidence.push(`another one in ${newer} of ${moved.length} reports of vehicles that have moved`);
		}
		if (table.rows > 2) {
			const own = profile.distinct / profile.present;
			score += 0.08 * own + (profile.isConstantInFrame ? -0.2 : 0);
			evidence.push(`${profile.distinct} different ones in ${profile.present} records`);
		} else evidence.push("values that are times of this century");
		if (isWholeMinutes(column) && columns.some((other) => !isWholeMinutes(other))) {
			score -= 0.25;
			evidence.push("all on whole minutes, as times of a timetable are");
		}
		if (profile.column.up > 0) score -= 0.12;
		score += 0.1 * nearness(profile, home);
		// The message's own time is not when its vehicles reported.
		if (profile.column.up > 0 && profile.isConstantInFrame && table.rows > 1)
			score = Math.min(score, HEAD_MAX);
		if (column.date !== undefined) score -= 0.05;
		return {
			column,
			profile,
			score: Math.min(0.97, score * (0.6 + 0.4 * Math.min(1, profile.share))),
			evidence,
		};
	});
	return ranked("eventTime", found, options.useNames ?? true) as readonly TimeCandidate[];
}
