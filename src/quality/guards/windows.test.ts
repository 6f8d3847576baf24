import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Track } from "./track.js";
import { Windows } from "./windows.js";

const MINUTE = 60_000;

/** A fleet that is listed every minute in whole messages, and what is said of its volume. */
function fleet(size: number) {
	const windows = new Windows();
	const tracks = Array.from({ length: size }, () => ({ window: -1 }) as Track);
	const known = new Set<Track>();
	let now = 1_795_000_000_000;
	return (listed: readonly number[]) => {
		now += MINUTE;
		for (const at of listed) {
			const track = tracks[at] as Track;
			windows.note(track, !known.has(track));
			known.add(track);
		}
		return windows.close(now, true)?.isLow;
	};
}

const some = (size: number) => Array.from({ length: size }, (_, at) => at);

describe("the volume of a fleet", () => {
	it("is never low where vehicles go home one after the other, however small the fleet is", () => {
		const leaving = fc.record({
			size: fc.integer({ min: 5, max: 40 }),
			// Of four minutes: at most three of them, and three at once.
			rates: fc.array(fc.constantFrom([0, 1, 0, 1], [1, 1, 0, 1], [0, 2, 0, 1], [2, 1, 0, 0]), {
				minLength: 20,
				maxLength: 20,
			}),
		});
		fc.assert(
			fc.property(leaving, ({ size, rates }) => {
				const look = fleet(size);
				for (let minute = 0; minute < 10; minute++) look(some(size));
				let left = size;
				for (const gone of rates.flat()) {
					left = Math.max(0, left - gone);
					expect(look(some(left))).not.toBe(true);
				}
			}),
		);
	});

	it("is low in the second message that lacks two thirds of at least ten at once", () => {
		fc.assert(
			fc.property(fc.integer({ min: 10, max: 400 }), (size) => {
				const look = fleet(size);
				for (let minute = 0; minute < 10; minute++) look(some(size));
				expect(look(some(Math.floor(size / 3)))).not.toBe(true);
				expect(look(some(Math.floor(size / 3)))).toBe(true);
			}),
		);
	});
});
