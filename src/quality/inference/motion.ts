import type { Candidate } from "./finding.js";
import { median, type Profile, quantile } from "./table.js";
import type { Step } from "./tracks.js";

export type SpeedUnit = "m/s" | "km/h" | "mph" | "kn";

export interface SpeedCandidate extends Candidate {
	/** Undefined where nothing shows it. */
	readonly unit: SpeedUnit | undefined;
	readonly unitConfidence: number;
	readonly unitEvidence: string;
}

const PER_MPS: readonly (readonly [SpeedUnit, number])[] = [
	["m/s", 1],
	["km/h", 3.6],
	["mph", 1 / 0.44704],
	["kn", 3600 / 1852],
];
/** Of a step whose direction says something. */
const COURSE_MIN_M = 30;
const COURSE_MAX_S = 150;
const COURSE_LONG_S = 900;
const COURSE_NEAR_DEG = 45;
const STEPS_MIN = 6;
const HEADING_SHARE = 0.5;
/** Fewer are the directions of a line, and from the other on no constant could pass for them. */
const DIRECTIONS_MIN = 4;
const MANY_DIRECTIONS = 8;
const SPEED_STEP_MAX_S = 180;
const SPEED_STEP_MIN_S = 4;
const MOVING_MPS = 2.5;
const MOVING_MIN = 5;
const CORRELATION_MIN = 0.35;
const SPEED_MAX = 200;
const RIVAL_FIT = 0.2;
const UNIT_IN_DOUBT = 0.55;
/** Possible, and no more: told only where the name says the same. */
const WEAK = 0.27;
const LIKELY = { "m/s": 1, "km/h": 1, mph: 1, kn: 0.25 } as const;

/** Columns that state in which direction a vehicle drives: by where it drove, else by the range of their values. */
export function headingCandidates(
	profiles: readonly Profile[],
	steps: readonly Step[],
	hasPlace = true,
): readonly Candidate[] {
	const found: Candidate[] = [];
	const short = steps.filter(({ metres, seconds }) => metres >= COURSE_MIN_M && seconds <= COURSE_MAX_S);
	const useful =
		short.length >= STEPS_MIN
			? short
			: steps.filter(({ metres, seconds }) => metres >= COURSE_MIN_M && seconds <= COURSE_LONG_S);
	for (const profile of profiles) {
		if (profile.numeric < 0.9 || profile.min < -1 || profile.max > 360.5 || profile.present === 0) continue;
		const compared = useful.filter(({ to }) => !Number.isNaN(profile.numbers[to] as number));
		if (compared.length >= STEPS_MIN) {
			const near = nearOf(compared, ({ to }) => profile.numbers[to] as number);
			const share = near / compared.length;
			if (share < HEADING_SHARE || profile.distinct < DIRECTIONS_MIN) continue;
			// Where all drove one way, whatever says that way fits.
			const oneWay = Math.max(
				...[0, 45, 90, 135, 180, 225, 270, 315].map((way) => nearOf(compared, () => way)),
			);
			const most =
				share - oneWay / compared.length >= 0.1 || profile.distinct >= MANY_DIRECTIONS ? 0.97 : WEAK;
			found.push({
				profile,
				score: Math.min(most, 0.45 + 0.5 * share + (compared.length >= 30 ? 0.05 : 0)),
				evidence: [
					`within ${COURSE_NEAR_DEG} degrees of the direction driven in ${near} of ${compared.length} steps (a quarter would be chance)`,
				],
			});
			continue;
		}
		const still = rangeHeading(profile);
		// What states no position hardly states a direction.
		if (still !== undefined) found.push(hasPlace ? still : { ...still, score: Math.min(WEAK, still.score) });
	}
	return found.sort((a, b) => b.score - a.score || a.profile.order - b.profile.order);
}

/** Steps that go within an eighth of a turn of what is said of them. */
function nearOf(steps: readonly Step[], said: (step: Step) => number): number {
	return steps.filter((step) => apart(said(step), step.course) <= COURSE_NEAR_DEG).length;
}

/** Nobody moved: a column of all directions is one of headings, maybe. */
function rangeHeading(profile: Profile): Candidate | undefined {
	// -1 is a word for "unknown".
	const numbers = [...profile.numbers].filter((number) => number >= 0);
	if (numbers.length >= 5) {
		const quarters = new Set(
			numbers.filter((number) => number > 0).map((number) => Math.floor(number / 90) % 4),
		);
		if (profile.max <= 60 || (profile.min < 0 && profile.min !== -1)) return undefined;
		if (quarters.size < 3 || profile.max <= 180 || profile.distinct < Math.min(8, 0.3 * numbers.length))
			return { profile, score: WEAK, evidence: ["values from 0 to 360, of a few directions only"] };
		const evidence = `values from ${profile.min} to ${profile.max} in ${quarters.size} of the four quarters; no vehicle moved, so nothing confirms it`;
		return { profile, score: 0.45 + 0.05 * quarters.size, evidence: [evidence] };
	}
	if (profile.max > 360 || profile.min < 0) return undefined;
	return {
		profile,
		score: profile.max > 60 ? WEAK + 0.02 : WEAK,
		evidence: ["few records: any number from 0 to 360 fits"],
	};
}

/** Columns that state how fast a vehicle drives, and in which unit: by how far it drove. */
export function speedCandidates(
	profiles: readonly Profile[],
	steps: readonly Step[],
): readonly SpeedCandidate[] {
	const usable = steps.filter(({ seconds }) => seconds >= SPEED_STEP_MIN_S && seconds <= SPEED_STEP_MAX_S);
	const long = steps.filter(({ seconds }) => seconds > SPEED_STEP_MAX_S);
	const compared = usable.length >= 20 ? usable : [...usable, ...long];
	const found: SpeedCandidate[] = [];
	for (const profile of profiles) {
		if (profile.numeric < 0.9 || profile.max > SPEED_MAX || profile.present === 0) continue;
		const negative = [...profile.numbers].filter((number) => number < 0);
		// One negative value alone is a word for "unknown".
		if (new Set(negative).size > 1 || negative.length > 0.3 * profile.present) continue;
		const candidate = compared.length >= STEPS_MIN ? drivenSpeed(profile, compared) : undefined;
		if (candidate === "unlike") continue;
		const still = candidate ?? stillSpeed(profile);
		if (still !== undefined) found.push(still);
	}
	return found.sort((a, b) => b.score - a.score || a.profile.order - b.profile.order);
}

function drivenSpeed(profile: Profile, steps: readonly Step[]): SpeedCandidate | "unlike" | undefined {
	const stated: number[] = [];
	const driven: number[] = [];
	for (const { from, to, metres, seconds } of steps) {
		const before = profile.numbers[from] as number;
		const after = profile.numbers[to] as number;
		if (Number.isNaN(before) || Number.isNaN(after) || before < 0 || after < 0) continue;
		stated.push((before + after) / 2);
		driven.push(metres / seconds);
	}
	if (stated.length < STEPS_MIN) return undefined;
	const fit = correlation(stated, driven);
	if (!(fit >= CORRELATION_MIN)) return "unlike";
	const evidence = [
		`the higher it is, the further vehicles drove (correlation ${fit.toFixed(2)} over ${stated.length} steps)`,
	];
	const score = Math.min(0.97, 0.5 + 0.5 * fit);
	return { profile, score, evidence, ...unitOf(profile, stated, driven) };
}

function unitOf(
	profile: Profile,
	stated: readonly number[],
	driven: readonly number[],
): Pick<SpeedCandidate, "unit" | "unitConfidence" | "unitEvidence"> {
	const moving = driven.flatMap((mps, at) => (mps >= MOVING_MPS && (stated[at] as number) > 0 ? [at] : []));
	if (moving.length < MOVING_MIN)
		return {
			unit: undefined,
			unitConfidence: 0,
			unitEvidence: `only ${moving.length} steps of vehicles in motion, and ${MOVING_MIN} are needed for the unit`,
		};
	const sum = (values: readonly number[]) => moving.reduce((total, at) => total + (values[at] as number), 0);
	const middle = median(moving.map((at) => (stated[at] as number) / (driven[at] as number)));
	// The middle of many is not moved by stops; the sum is not moved by single wild steps.
	const ratio = Math.sqrt(middle * (sum(stated) / sum(driven)));
	const step = quantum(profile);
	const scored = PER_MPS.map(([unit, perMps]) => {
		// Streets bend and vehicles stop between two reports: what is stated is a little more than what was driven.
		const off = Math.log(ratio / (perMps * 1.06));
		return { unit, fit: LIKELY[unit] * Math.exp(-(off * off) / (2 * 0.16 ** 2)) * (step === unit ? 3 : 1) };
	}).sort((a, b) => b.fit - a.fit);
	const total = scored.reduce((all, { fit }) => all + fit, 0);
	const [best] = scored;
	const words = `stated is ${ratio.toFixed(2)} times the metres driven per second, over ${moving.length} steps in motion`;
	if (best === undefined || total < 1e-4)
		return { unit: undefined, unitConfidence: 0, unitEvidence: `${words}, which is no unit that is known` };
	// Miles and knots are 15 % apart, which is less than streets bend: the more common one is taken, and not relied on.
	const rival = scored.find(({ unit, fit }) => unit !== best.unit && fit > RIVAL_FIT * best.fit);
	if (rival !== undefined)
		return {
			unit: best.unit,
			unitConfidence: UNIT_IN_DOUBT,
			unitEvidence: `${words}; ${rival.unit} would fit as well, and ${best.unit} is only the more common`,
		};
	const certainty = (best.fit / total) * Math.min(1, 0.6 + moving.length / 50);
	return {
		unit: best.unit,
		unitConfidence: Number(Math.min(0.98, certainty).toFixed(2)),
		unitEvidence:
			step === best.unit ? `${words}; the values are whole steps of another unit in ${step}` : words,
	};
}

/** Values that are whole miles or kilometres an hour, or knots, written in metres per second. */
function quantum({ numbers, whole, decimals }: Profile): SpeedUnit | undefined {
	if (whole > 0.9 || decimals < 2) return undefined;
	const there = [...numbers].filter((number) => number > 0.2).slice(0, 500);
	if (there.length < 5) return undefined;
	for (const size of [0.44704, 1 / 3.6, 1852 / 3600]) {
		const steps = there.filter((number) => Math.abs(number / size - Math.round(number / size)) < 0.02).length;
		if (steps >= 0.9 * there.length) return "m/s";
	}
	return undefined;
}

function stillSpeed(profile: Profile): SpeedCandidate | undefined {
	const numbers = [...profile.numbers].filter((number) => !Number.isNaN(number));
	const zeros = numbers.filter((number) => number === 0).length;
	if (quantile(numbers, 0.9) > 130) return undefined;
	const share =
		numbers.length < 10 || profile.distinct < 4 ? 0 : Math.min(0.02, (0.1 * zeros) / numbers.length);
	return {
		profile,
		score: WEAK + share,
		evidence: [
			numbers.length < 5
				? "few records: any small number fits"
				: `from 0 to ${profile.max}, and 0 in ${zeros} of ${numbers.length}, as of vehicles that stand`,
		],
		unit: undefined,
		unitConfidence: 0,
		unitEvidence: "no vehicle is seen at two times, so nothing shows the unit",
	};
}

function correlation(xs: readonly number[], ys: readonly number[]): number {
	const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
	const cap = quantile(ys, 0.99);
	const capped = ys.map((y) => Math.min(y, cap));
	const [mx, my] = [mean(xs), mean(capped)];
	let xy = 0;
	let xx = 0;
	let yy = 0;
	for (const [at, x] of xs.entries()) {
		const dx = x - mx;
		const dy = (capped[at] as number) - my;
		xy += dx * dy;
		xx += dx * dx;
		yy += dy * dy;
	}
	return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy);
}

/** Degrees between two directions. */
export function apart(one: number, other: number): number {
	return Math.abs(((((one - other) % 360) + 540) % 360) - 180);
}
