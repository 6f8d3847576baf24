import type { Candidate } from "./finding.js";
import { type Profile, parentOf, quantile, type Table } from "./table.js";
import { longitudeFits, zoneDistance } from "./times.js";

/** Where vehicles can be; degrees. */
export interface Area {
	readonly west: number;
	readonly south: number;
	readonly east: number;
	readonly north: number;
}

/** Two columns that are a position. */
export interface PlacePair {
	readonly latitude: Profile;
	readonly longitude: Profile;
	/** Degrees per unit as written. */
	readonly scale: number;
	readonly score: number;
	readonly evidence: readonly string[];
	/** Whether something says which of the two is the latitude; else the one that stands first is taken. */
	readonly isOrderShown: boolean;
}

export interface PlaceHints {
	readonly area: Area | undefined;
	readonly timezone: string | undefined;
	/** Any time of the capture: zones depend on it. */
	readonly at: number;
}

const SCALES = [1, 1e-5, 1e-6, 1e-7];
const PAIRS_MAX = 60;
const CANDIDATES_MAX = 40;
const SPREAD_MAX_DEG = 15;
const DECIMALS_MIN = 3;
const SHARE_MIN = 0.2;
const NEAR_DEG = 0.05;

/** Pairs of columns that can be positions, the best first. */
export function placePairs(
	table: Table,
	profiles: readonly Profile[],
	hints: PlaceHints,
	isLatitudeNamed: (profile: Profile) => boolean,
): readonly PlacePair[] {
	const pairs: PlacePair[] = [];
	for (const scale of SCALES) {
		const columns = profiles.filter((profile) => isCoordinate(profile, scale)).slice(0, CANDIDATES_MAX);
		for (const [at, one] of columns.entries()) {
			for (const other of columns.slice(at + 1)) {
				const pair = pairOf(table, one, other, scale, hints, isLatitudeNamed);
				if (pair !== undefined) pairs.push(pair);
			}
		}
	}
	return pairs.sort((a, b) => b.score - a.score).slice(0, PAIRS_MAX);
}

function isCoordinate(profile: Profile, scale: number): boolean {
	if (profile.numeric < 0.9 || profile.share < SHARE_MIN) return false;
	const low = Math.abs(profile.min * scale);
	const high = Math.abs(profile.max * scale);
	if (low > 180 || high > 180) return false;
	if (scale === 1) return profile.decimals >= DECIMALS_MIN;
	return profile.whole > 0.99 && Math.max(low, high) >= 10 && spreadOf(profile, scale) < SPREAD_MAX_DEG;
}

function there(profile: Profile): readonly number[] {
	return [...profile.numbers].filter((number) => !Number.isNaN(number) && number !== 0);
}

function spreadOf(profile: Profile, scale: number): number {
	const numbers = there(profile);
	return (quantile(numbers, 0.98) - quantile(numbers, 0.02)) * scale;
}

function pairOf(
	table: Table,
	one: Profile,
	other: Profile,
	scale: number,
	hints: PlaceHints,
	isLatitudeNamed: (profile: Profile) => boolean,
): PlacePair | undefined {
	if (one.column.up !== other.column.up) return undefined;
	let both = 0;
	let either = 0;
	for (let row = 0; row < table.rows; row++) {
		const hasOne = !Number.isNaN(one.numbers[row] as number);
		const hasOther = !Number.isNaN(other.numbers[row] as number);
		if (hasOne && hasOther) both++;
		if (hasOne || hasOther) either++;
	}
	if (both < 0.95 * either || both === 0) return undefined;
	if (spreadOf(one, scale) > SPREAD_MAX_DEG || spreadOf(other, scale) > SPREAD_MAX_DEG) return undefined;
	const order = orderOf(one, other, scale, hints, isLatitudeNamed);
	if (order === undefined) return undefined;
	const { latitude, longitude } = order;
	const apart = Math.abs(one.order - other.order);
	const isBeside = parentOf(one) === parentOf(other) || (apart <= 2 && one.column.path.length > 0);
	const ratio = Math.min(one.distinct, other.distinct) / Math.max(one.distinct, other.distinct);
	let score = 0.45 + 0.15 * ratio + 0.1 * Math.min(1, both / table.rows);
	if (isBeside) score += 0.08;
	if (apart === 1) score += 0.07;
	if (one.decimals >= 4 && other.decimals >= 4) score += 0.03;
	if (scale !== 1) score -= 0.05;
	score += order.score;
	// Where everything is alike, what stands first is the report itself, and what follows was made of it.
	score -= Math.min(one.order, other.order) * 1e-4;
	const evidence = [
		`two numbers that are always there together (${both} rows), ${latitude.distinct} and ${longitude.distinct} different ones` +
			(scale === 1
				? `, with ${latitude.decimals} digits behind the point`
				: `, whole numbers of ${scale} degrees`),
		order.evidence,
	];
	return { latitude, longitude, scale, score: Math.min(0.97, score), evidence, isOrderShown: order.isShown };
}

interface Order {
	readonly latitude: Profile;
	readonly longitude: Profile;
	readonly score: number;
	readonly evidence: string;
	readonly isShown: boolean;
}

function orderOf(
	one: Profile,
	other: Profile,
	scale: number,
	{ area, timezone, at }: PlaceHints,
	isLatitudeNamed: (profile: Profile) => boolean,
): Order | undefined {
	const ways: readonly (readonly [Profile, Profile])[] = [
		[one, other],
		[other, one],
	];
	const middle = (profile: Profile) => quantile(there(profile), 0.5) * scale;
	const inRange = ways.filter(
		([latitude]) => Math.max(Math.abs(latitude.min), Math.abs(latitude.max)) * scale <= 85,
	);
	if (inRange.length === 0) return undefined;
	const settled = (
		[latitude, longitude]: readonly [Profile, Profile],
		score: number,
		evidence: string,
		isShown = true,
	): Order => ({ latitude, longitude, score, evidence, isShown });
	if (area !== undefined) {
		const inside = inRange.filter(([latitude, longitude]) =>
			isInside(area, middle(latitude), middle(longitude)),
		);
		const [way] = inside;
		if (way === undefined) return undefined;
		return settled(way, 0.2, "the places lie in the agency's area that way round");
	}
	if (timezone !== undefined) {
		const fitting = inRange.filter(([latitude, longitude]) => {
			const degrees = middle(latitude);
			return (
				longitudeFits(middle(longitude), timezone, at) && Math.abs(degrees) <= 72 && Math.abs(degrees) >= 1
			);
		});
		const [way] = fitting;
		if (way === undefined) return undefined;
		if (fitting.length === 1)
			return settled(way, 0.15, `the longitude fits the zone ${timezone} that way round only`);
		const [near, far] = fitting
			.map((one) => ({ one, off: zoneDistance(middle(one[1]), timezone, at) }))
			.sort((a, b) => a.off - b.off);
		if (near !== undefined && far !== undefined && near.off <= 12 && near.off * 2.5 < far.off)
			return settled(near.one, 0.12, `the longitude is in the middle of the zone ${timezone} that way round`);
	}
	const [way] = inRange;
	if (way !== undefined && inRange.length === 1)
		return settled(way, 0.1, "the other one is beyond what a latitude can be");
	const named = inRange.filter(
		([latitude, longitude]) => isLatitudeNamed(latitude) && !isLatitudeNamed(longitude),
	);
	const [byName] = named;
	if (byName !== undefined)
		return settled(byName, 0.05, "which is the latitude is told by the names alone", false);
	return settled([one, other], 0, "which is the latitude is not told: the first is taken for it", false);
}

function isInside({ west, south, east, north }: Area, latitude: number, longitude: number): boolean {
	const wide = (east - west) / 2;
	const high = (north - south) / 2;
	return (
		latitude >= south - high &&
		latitude <= north + high &&
		longitude >= west - wide &&
		longitude <= east + wide
	);
}

/** For reports: the pair as two candidates. */
export function candidatesOf(
	pairs: readonly PlacePair[],
	which: "latitude" | "longitude",
): readonly Candidate[] {
	return pairs.map((pair) => ({ profile: pair[which], score: pair.score, evidence: pair.evidence }));
}

/** Whether a pair states nearly the same places as another: the position as corrected, or that of the block. */
export function isNear(one: PlacePair, other: PlacePair): boolean {
	let both = 0;
	let near = 0;
	for (const [row, latitude] of one.latitude.numbers.entries()) {
		const north = latitude * one.scale - (other.latitude.numbers[row] as number) * other.scale;
		const east =
			(one.longitude.numbers[row] as number) * one.scale -
			(other.longitude.numbers[row] as number) * other.scale;
		if (Number.isNaN(north) || Number.isNaN(east)) continue;
		both++;
		if (Math.abs(north) <= NEAR_DEG && Math.abs(east) <= NEAR_DEG) near++;
	}
	return both > 0 && near >= 0.5 * both;
}
