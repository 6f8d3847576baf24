import { HOUR_MS, SECOND_MS } from "../../model/units.js";
import { INVARIANTS, type TraceLine } from "./trace.js";
import type { SeedResult } from "./world.js";

export { KNOWN_SEEDS } from "./known-seeds.js";
export { runSeed, type SeedTask } from "./run-seed.js";
export type { SeedResult } from "./world.js";

/** A seed in which a promise did not hold. */
export interface FailedSeed {
	readonly seed: number;
	readonly invariant: string;
	/** The promise in words. */
	readonly promise: string;
	readonly message: string;
	readonly last: readonly string[];
}

export interface Summary {
	readonly seeds: number;
	readonly failed: readonly FailedSeed[];
	readonly virtualHours: number;
	readonly seconds: number;
}

export function summaryOf(results: readonly SeedResult[], seconds: number): Summary {
	const virtualMs = results.reduce((sum, result) => sum + result.virtualMs, 0);
	const failed = results.flatMap(({ seed, violations, last }): FailedSeed[] => {
		const [first] = violations;
		if (first === undefined) return [];
		const { invariant, message } = first;
		return [{ seed, invariant, promise: INVARIANTS[invariant], message, last: last.map(formatTraceLine) }];
	});
	return {
		seeds: results.length,
		failed,
		virtualHours: Number((virtualMs / HOUR_MS).toFixed(1)),
		seconds: Number(seconds.toFixed(1)),
	};
}

/** What a person needs of a seed that failed: the promises and what broke them, what came before, and how to see all of it. */
export function failureOf(
	{ seed, violations, last }: SeedResult,
	isLong: boolean,
): { readonly headlines: readonly string[]; readonly story: readonly string[] } {
	const headlines = violations.map(
		({ invariant, atMs, message }) => `Seed ${seed}, ${atMs / SECOND_MS} s: ${invariant}: ${message}`,
	);
	const again = `  All of it: wayside simulate ${isLong ? "--long " : ""}--seed ${seed} --trace`;
	return { headlines, story: [...last.map((line) => `  ${formatTraceLine(line)}`), again] };
}

/** `  1162.900 avl.test  well 200 1407 bytes` */
export function formatTraceLine({ atMs, who, what }: TraceLine): string {
	return `${(atMs / SECOND_MS).toFixed(3).padStart(9)} ${who.padEnd(18)} ${what}`;
}
