import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DedupeWindow } from "./dedupe-window.js";

/** The window as a plain list: what it must answer. */
class Model {
	entries: { id: number; content: number; revision: number; minute: number }[] = [];
	find(id: number) {
		return this.entries.findLast((entry) => entry.id === id);
	}
}

const id = fc.integer({ min: 0, max: 30 }).map((n) => n * 4099); // many ids share a home slot
const step = fc.oneof(
	fc.record({ do: fc.constant("add" as const), id, content: fc.integer({ min: 0, max: 3 }) }),
	fc.record({ do: fc.constant("forget" as const), minutes: fc.integer({ min: 0, max: 20 }) }),
	fc.record({ do: fc.constant("reload" as const) }),
);

describe("dedupe window", () => {
	it("answers like a list for any run of additions, forgetting and snapshots", () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
				const model = new Model();
				let window = new DedupeWindow(4096);
				let minute = 1000;
				for (const one of steps) {
					minute++;
					if (one.do === "add") {
						const revision = (model.find(one.id)?.revision ?? -1) + 1;
						window.add(one.id, 7, one.content, 9, revision, 0, minute);
						model.entries.push({ id: one.id, content: one.content, revision, minute });
					} else if (one.do === "forget") {
						window.forgetBefore(minute - one.minutes);
						model.entries = model.entries.filter((entry) => entry.minute >= minute - one.minutes);
					} else {
						const restored = new DedupeWindow(4096);
						expect(restored.restore(window.segment(0))).toBe(true);
						window = restored;
					}
					expect(window.size).toBe(model.entries.length);
					for (let n = 0; n <= 30; n++) {
						const seen = window.find(n * 4099, 7);
						const wanted = model.find(n * 4099);
						expect(seen && { content: seen.contentLow, revision: seen.revision }).toEqual(
							wanted && { content: wanted.content, revision: wanted.revision },
						);
					}
				}
			}),
			{ numRuns: 60 },
		);
	});

	it("stays within its bound, forgets the oldest first, and says through which minute it forgot", () => {
		const window = new DedupeWindow(4096);
		for (let n = 0; n < 10_000; n++) window.add(n * 2654435761, n, n, n, 0, 0, 100 + Math.floor(n / 1000));
		expect(window.size).toBe(4096);
		expect(window.find((5000 * 2654435761) >>> 0, 5000)).toBeUndefined();
		expect(window.find((9999 * 2654435761) >>> 0, 9999)).toMatchObject({ contentLow: 9999 });
		expect(window.forgotThroughMinute).toBe(105);
	});

	it("grows to its bound and keeps everything on the way", () => {
		const window = new DedupeWindow(65_536);
		for (let n = 0; n < 65_536; n++) window.add((n * 40503) >>> 0, n, n, 0, 0, 1, 5);
		for (let n = 0; n < 65_536; n++) expect(window.find((n * 40503) >>> 0, n)?.contentLow).toBe(n);
	});

	it("finds and forgets the ids of one home slot, however many there are and however high their other bits", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 150 }),
				fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 6 }),
				fc.constantFrom(0, 1, 0x8000_0001),
				(count, forgotten, high) => {
					const window = new DedupeWindow(4096);
					const idOf = (n: number) => [(n % 3) + n * 8192, (n * high) >>> 0] as const;
					for (let n = 0; n < count; n++) window.add(...idOf(n), n, 0, 0, 0, 1000 + n);
					let from = 0;
					for (const before of [...forgotten, 0].sort((a, b) => a - b)) {
						window.forgetBefore(1000 + before);
						from = Math.max(from, before);
						for (let n = 0; n < count; n++) {
							expect(window.find(...idOf(n))?.contentLow).toBe(n < from ? undefined : n);
						}
					}
				},
			),
			{ numRuns: 60 },
		);
	});

	it("refuses bytes that are not a segment", () => {
		const window = new DedupeWindow(4096);
		expect(window.restore(new Uint8Array(3))).toBe(false);
		expect(window.restore(new Uint8Array(4096).fill(255))).toBe(false);
		expect(window.size).toBe(0);
	});
});
