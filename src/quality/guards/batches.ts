/**
 * Evidence of several vehicles, looked at together: each adds at most one number to a batch. A frame that holds enough is a
 * batch of its own; else what several frames hold is collected.
 */
export class Batch {
	readonly #values = new Float64Array(VALUES_MAX);
	#count = 0;
	/** Which one it is. */
	number = 1;

	get count(): number {
		return this.#count;
	}

	get isFull(): boolean {
		return this.#count === VALUES_MAX;
	}

	add(value: number): void {
		if (this.#count < VALUES_MAX) this.#values[this.#count++] = value;
	}

	/** The share of the values for which it holds. */
	share(holds: (value: number) => boolean): number {
		let held = 0;
		for (let at = 0; at < this.#count; at++) if (holds(this.#values[at] as number)) held++;
		return held / this.#count;
	}

	median(): number {
		const sorted = this.#values.slice(0, this.#count).sort();
		const middle = this.#count >> 1;
		return this.#count % 2 === 1
			? (sorted[middle] as number)
			: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
	}

	/** Median distance from the median: a spread that a few wild values do not change. */
	spread(median: number): number {
		const apart = this.#values.slice(0, this.#count).map((value) => Math.abs(value - median));
		apart.sort();
		return apart[this.#count >> 1] as number;
	}

	next(): void {
		this.#count = 0;
		this.number++;
	}
}

const VALUES_MAX = 64;

/** Without experience with a feed: speeds at one moment against means between two reports, of many fleets. */
const LOG_RATIO_FIRST = 0.2;
const SPREAD_FIRST = 0.5;
/** So many batches are experience. */
const KNOWN_BATCHES = 4;
/** Of batches before that, so many values at least. */
const STRANGE_MIN = 12;
/** The least change that is another unit: knots against m/s are 1.94, miles against km/h 1.61, m/s against km/h 3.6. */
const STEP_MIN = 0.42;
const STEP_FIRST = 0.65;
const SIGMAS = 3.5;
const SUSPECT_SHARE = 0.7;
const SMALL_STEP_COUNT = 15;
const ALL_SHARE = 0.8;
const LEARN = 0.15;

/** Factors between units of speed, for people. */
const FACTORS: readonly (readonly [number, string])[] = [
	[3.6, "km/h are read as m/s"],
	[2.237, "miles per hour are read as m/s"],
	[1.944, "knots are read as m/s"],
	[1.609, "km/h are read as miles per hour"],
	[1 / 1.609, "miles per hour are read as km/h"],
	[1 / 1.944, "m/s are read as knots"],
	[1 / 2.237, "m/s are read as miles per hour"],
	[1 / 3.6, "m/s are read as km/h"],
	[3.281, "feet per second are read as m/s"],
	[100, "cm/s are read as m/s"],
	[10, "tenths are read as whole units"],
];
const FACTOR_NEAR = 0.15;

export interface SpeedVerdict {
	readonly isOff: boolean;
	/** Not enough to be sure of. */
	readonly isSuspect: boolean;
	/** What is stated, against what is usual. */
	readonly factor: number;
}

export interface SpeedJson {
	readonly level: number;
	readonly spread: number;
	readonly batches: number;
}

/** What stated speed and driven distance have to do with each other, as logarithm of their ratio. */
export class SpeedRatio {
	#level = LOG_RATIO_FIRST;
	#spread = SPREAD_FIRST;
	#batches = 0;

	get isKnown(): boolean {
		return this.#batches >= KNOWN_BATCHES;
	}

	/** Whether every one of them is further off than any change of unit that matters. */
	isApart(batch: Batch): boolean {
		const level = this.#level;
		return (
			batch.share((value) => value - level > STEP_FIRST) === 1 ||
			batch.share((value) => level - value > STEP_FIRST) === 1
		);
	}

	/** How a batch of log ratios stands to what is known: undefined while nothing can be said. */
	judge(batch: Batch, isTripped: boolean): SpeedVerdict | undefined {
		const { isKnown } = this;
		if (!isKnown && batch.count < STRANGE_MIN) return undefined;
		const median = batch.median();
		const apart = Math.abs(median - this.#level);
		// The error of a median of n is about 1.25 sigma by the root of n; sigma is 1.48 times the median deviation.
		const error = (1.25 * 1.48 * this.#spread) / Math.sqrt(batch.count);
		const limit = Math.max(isKnown ? STEP_MIN : STEP_FIRST, SIGMAS * error);
		// A small step of few vehicles is a street with many lights: more of them have to say so.
		const isSmall = apart < STEP_FIRST && batch.count < SMALL_STEP_COUNT;
		// Another unit moves all of them by as much, whatever each of them did; half of a few who brake moves the middle only.
		const level = this.#level;
		const isUp = median > level;
		const leastApart = Math.max(STEP_MIN / 4, batch.count < SMALL_STEP_COUNT ? apart / 3 : 0);
		const isAll = batch.share((value) => (isUp ? value - level : level - value) > leastApart) >= ALL_SHARE;
		const isOff = isTripped ? apart > Math.min(limit, STEP_MIN) : apart > limit && isAll && !isSmall;
		const isSuspect =
			!isOff && !isTripped && isKnown && apart > STEP_MIN * SUSPECT_SHARE && apart > 2 * error;
		if (!isOff && !isTripped && !isSuspect) this.#learn(median, batch.spread(median));
		return { isOff, isSuspect, factor: Math.exp(median - this.#level) };
	}

	#learn(median: number, spread: number): void {
		const weight = Math.max(LEARN, 1 / (this.#batches + 1));
		this.#level += (median - this.#level) * weight;
		this.#spread += (Math.max(0.1, spread) - this.#spread) * weight;
		this.#batches++;
	}

	json(): SpeedJson {
		return { level: this.#level, spread: this.#spread, batches: this.#batches };
	}

	restore({ level, spread, batches }: SpeedJson): void {
		this.#level = level;
		this.#spread = spread;
		this.#batches = batches;
	}
}

export function unitWords(factor: number): string {
	const near = FACTORS.find(([known]) => Math.abs(Math.log(factor / known)) < FACTOR_NEAR);
	return near === undefined ? "no two common units differ by that" : `as if ${near[1]}`;
}

/** Kinds of change between two deviations of one vehicle, as numbers of a batch. */
export const DEVIATION = { same: 0, sign: 1, minutes: 2, seconds: 3 } as const;
const SIXTY = 60;
/** Less is rounding and the next stop. */
const LATE_MIN_S = 45;

/** How a vehicle's deviation stands to the one before; undefined where the two say nothing. */
export function deviationChange(before: number, now: number): number | undefined {
	const large = Math.abs(before);
	if (large >= LATE_MIN_S && Math.abs(now + before) <= (large >= 90 ? 30 : 10) + large * 0.15)
		return DEVIATION.sign;
	if (large >= SIXTY && Math.abs(now * SIXTY - before) <= 35 && now !== 0) return DEVIATION.minutes;
	if (large >= 2 && large <= 60 && Math.abs(now - before * SIXTY) <= 60 && Math.abs(now) >= 120)
		return DEVIATION.seconds;
	return large >= LATE_MIN_S && Math.abs(now - before) <= (large >= 90 ? 60 : 30)
		? DEVIATION.same
		: undefined;
}
