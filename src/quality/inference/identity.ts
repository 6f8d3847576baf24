import { type Candidate, nearness } from "./finding.js";
import type { PlacePair } from "./places.js";
import { isMeasure, type Profile, type Table } from "./table.js";
import { type Tracks, tracksOf } from "./tracks.js";

/** What is known before ids are looked for. */
export interface Scene {
	readonly table: Table;
	readonly profiles: readonly Profile[];
	readonly place: PlacePair | undefined;
	readonly times: Float64Array | undefined;
	/** Columns that are times or positions. */
	readonly taken: ReadonlySet<Profile>;
	/** Names of the captures: a trace of one vehicle often carries its id there. */
	readonly captureNames: readonly string[];
}

export interface IdCandidate extends Candidate {
	readonly tracks: Tracks | undefined;
}

/** Steps from which on continuity says more than uniqueness. */
const STEPS_MIN = 8;
const CONTINUITY_MIN = 0.85;
const LENGTH_MAX = 60;
const CANDIDATES_MAX = 80;
const NAME_PART_MIN = 3;
/** Records from which on it says something that nobody shares a value. */
const FEW = 4;
const PLACELESS = 0.25;

/**
 * Columns that can name the vehicle, the best first. With more than one report of each it is the coarsest grouping that
 * still drives continuously; in a single moment only that nobody shares it speaks for a column.
 */
export function idCandidates(scene: Scene): readonly IdCandidate[] {
	const { table, profiles, place, times, taken } = scene;
	const columns = profiles
		.filter((profile) => !taken.has(profile) && isIdLike(profile))
		.slice(0, CANDIDATES_MAX);
	const found: IdCandidate[] = [];
	const isOneVehicle = isAllOne(scene);
	for (const profile of columns) {
		const tracks =
			place === undefined || table.rows < 3 ? undefined : tracksOf(table, profile.texts, place, times);
		const moving =
			tracks !== undefined && tracks.steps.length >= Math.max(STEPS_MIN, 0.1 * table.rows)
				? tracks
				: undefined;
		const candidate =
			moving === undefined
				? inOneMoment(profile, columns, scene, isOneVehicle)
				: inMotion(profile, moving, scene, isOneVehicle);
		const near = 0.06 * nearness(profile, place?.latitude);
		if (candidate !== undefined) found.push({ ...candidate, score: candidate.score + near, tracks });
	}
	// A column that groups nothing leaves no steps: where another does, it must not win by being unique alone.
	const best = Math.max(
		0,
		...found.map(({ tracks }) => (tracks !== undefined && tracks.steps.length >= 20 ? tracks.coverage : 0)),
	);
	const lasting = best < 0.3 ? found : found.filter(({ tracks }) => (tracks?.coverage ?? 0) > best / 3);
	return lasting.sort((a, b) => b.score - a.score || a.profile.order - b.profile.order);
}

function isIdLike(profile: Profile): boolean {
	const { share, isBoolean, length, numeric, whole, decimals } = profile;
	if (share < 0.5 || isBoolean || profile.column.isOneOfMany || length > LENGTH_MAX) return false;
	return !(numeric > 0.9 && (whole < 0.99 || decimals > 0 || profile.min < 0));
}

/** Whether all reports are one drive: then whatever changes does not name the vehicle. */
function isAllOne({ table, place, times }: Scene): boolean {
	if (place === undefined || times === undefined || table.rows < 3) return false;
	const { continuity, steps } = tracksOf(table, new Array<string>(table.rows).fill("all"), place, times);
	return steps.length >= STEPS_MIN && continuity >= 0.97;
}

function inMotion(
	profile: Profile,
	tracks: Tracks,
	{ captureNames }: Scene,
	isOneVehicle: boolean,
): Candidate | undefined {
	const { continuity, coverage, groups, steps } = tracks;
	if (!(continuity >= CONTINUITY_MIN)) return undefined;
	const evidence = [
		`grouped by it, ${Math.round(continuity * 100)} % of ${steps.length} steps are drives that a vehicle can make, and ` +
			`${Math.round(coverage * 100)} % of the reports continue one of ${groups}`,
	];
	if (groups > 1 && isOneVehicle) return undefined;
	if (groups > 1) {
		const fit = 0.5 * Math.min(1, continuity / 0.98) + 0.47 * coverage * profile.share;
		return { profile, score: fit - (profile.column.up > 0 ? 0.05 : 0) - lengthDoubt(profile), evidence };
	}
	const [text = ""] = profile.texts.filter((value) => value !== undefined);
	const part = /[A-Za-z]*\d{3,}$/.exec(text)?.[0] ?? text;
	const digits = /\d{2,}$/.exec(text)?.[0] ?? "";
	const isInName =
		digits.length >= NAME_PART_MIN &&
		captureNames.every((name) => new RegExp(`(?<!\\d)${digits}(?!\\d)`).test(name));
	if (isInName) evidence.push(`all is of one vehicle, and the capture's name holds ${part}`);
	else evidence.push("all is of one vehicle: every value that never changes fits as well");
	const score =
		0.4 + (isInName ? 0.3 : 0) + (/\d/.test(text) ? 0.05 : -0.15) - (profile.column.up > 0 ? 0.05 : 0);
	return { profile, score, evidence };
}

function inOneMoment(
	profile: Profile,
	columns: readonly Profile[],
	{ table, place }: Scene,
	isOneVehicle: boolean,
): Candidate | undefined {
	const { ownInFrame, share, column } = profile;
	if (isOneVehicle && profile.distinct > 1) return undefined;
	const isPooled = table.frames.at(-1) === table.rows - 1;
	if (table.rows >= FEW && !isPooled && ownInFrame < 0.95) return undefined;
	if (table.rows < FEW || isPooled) {
		const score =
			0.4 - (column.up > 0 ? 0.1 : 0) - lengthDoubt(profile) - (/\d/.test(profile.texts[0] ?? "") ? 0 : 0.2);
		return {
			profile,
			score,
			evidence: ["too few records of one time: any short text that is no time and no position fits"],
		};
	}
	let score = 0.4 + 0.2 * Math.min(1, (table.rows - 1) / 40) + (share > 0.99 ? 0.1 : -0.1);
	if (profile.length <= 6) score += 0.08;
	else if (profile.length <= 12) score += 0.03;
	const evidence = [`${profile.distinct} different values in ${profile.present} records: nobody shares it`];
	if (isSequence(profile)) {
		// Fleet numbers may be sorted; keys of messages are long.
		score -= profile.length > 7 ? 0.25 : 0.05;
		evidence.push("it counts up from record to record, as row numbers do");
	}
	if (isMeasure(profile)) {
		score -= 0.15;
		evidence.push("its numbers are of few digits and of many, as what is measured is");
	}
	if (columns.some((other) => other !== profile && isPartOf(other, profile))) {
		score -= 0.2;
		evidence.push("it is put together of other values");
	}
	// Without positions nothing tells a vehicle from its trip, or from the number of a row.
	const most = place === undefined ? PLACELESS : 1;
	return {
		profile,
		score: Math.min(most, score - (column.up > 0 ? 0.1 : 0) - lengthDoubt(profile)),
		evidence,
	};
}

/** Long texts are keys of messages, of trips and of documents rather than of vehicles. */
function lengthDoubt({ length }: Profile): number {
	return length > 30 ? 0.15 : length > 20 ? 0.08 : 0;
}

function isSequence({ numbers, numeric }: Profile): boolean {
	if (numeric < 0.99 || numbers.length < 4) return false;
	let up = 0;
	let down = 0;
	for (let row = 1; row < numbers.length; row++) {
		const change = (numbers[row] as number) - (numbers[row - 1] as number);
		if (change > 0) up++;
		else if (change < 0) down++;
	}
	return Math.max(up, down) >= 0.97 * (numbers.length - 1);
}

function isPartOf(part: Profile, whole: Profile): boolean {
	if (part.length < 2 || part.length >= whole.length || part.ownInFrame < 0.9) return false;
	let inside = 0;
	let both = 0;
	for (const [row, text] of whole.texts.entries()) {
		const piece = part.texts[row];
		if (text === undefined || piece === undefined) continue;
		both++;
		if (text.includes(piece)) inside++;
	}
	return both > 2 && inside >= 0.9 * both;
}
