import type { Chance } from "../src/runtime/runtime.js";

/** Chance that repeats for a seed (mulberry32): for tests that must give the same bytes every time. */
export function seededChance(seed: number): Chance {
	let state = seed >>> 0;
	const next = (): number => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	return { next, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
}
