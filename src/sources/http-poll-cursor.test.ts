import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonPath } from "../formats/json-path.js";
import { AnswerReader, readState, writeState } from "./http-poll-cursor.js";

const answer = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
	new AnswerReader({
		status: 200,
		headers,
		body: typeof body === "string" ? Buffer.from(body) : body,
		wireBytes: 0,
	});
const request = { sentTime: 0, overlapMs: 0 };

describe("the state of a poll source", () => {
	const text = fc.string({ minLength: 1, maxLength: 40 });

	it("comes back as it was written, and only for its own target", () => {
		fc.assert(
			fc.property(
				fc.record({ etag: text, lastModified: text, position: text }, { requiredKeys: [] }),
				(state) => {
					const cursor = writeState(state, "target");
					expect(readState(cursor, "target")).toEqual(state);
					expect(readState(cursor, "other")).toEqual({});
				},
			),
		);
	});

	it("is empty for any other text, and never throws", () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.json()), (cursor) => {
				expect(readState(cursor, "target")).toEqual({});
			}),
		);
	});
});

describe("AnswerReader", () => {
	const path = parseJsonPath("items[].id") ?? [];

	it("finds the largest number in any order", () => {
		fc.assert(
			fc.property(fc.array(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), { minLength: 1 }), (ids) => {
				const body = JSON.stringify({ items: ids.map((id) => ({ id: String(id) })) });
				const largest = [...ids].sort((a, b) => (a < b ? -1 : 1)).at(-1);
				expect(answer(body).position({ kind: "json", path }, request)).toBe(String(largest));
			}),
		);
	});

	describe("counts what upstream purged", () => {
		const missing = (ids: readonly (number | string)[], before: string | undefined) =>
			answer(JSON.stringify({ items: ids.map((id) => ({ id })) })).sequence(path, before);

		it("as the numbers that it skips, in any order, whatever it repeats", () => {
			fc.assert(
				fc.property(
					fc.nat({ max: 1e9 }),
					fc.uniqueArray(fc.integer({ min: -3, max: 40 }), { minLength: 1 }),
					(start, steps) => {
						const before = BigInt(start) * 10n ** 12n + 100n;
						const numbers = steps.map((step) => String(before + BigInt(step)));
						const above = steps.filter((step) => step > 0);
						const highest = Math.max(0, ...above);
						expect(missing([...numbers, ...numbers], String(before))).toEqual({
							messages: highest - above.length,
							highest: String(before + BigInt(highest)),
						});
					},
				),
			);
		});

		it("as nothing at first, without news, and where numbers begin anew", () => {
			expect(missing([7, 9], undefined)).toEqual({ messages: 0, highest: "9" });
			expect(missing([], undefined)).toEqual({ messages: 0 });
			expect(missing([], "12")).toEqual({ messages: 0, highest: "12" });
			expect(missing(["x", -1, 1.5], "12")).toEqual({ messages: 0, highest: "12" });
			expect(missing([1, 5], "1000")).toEqual({ messages: 0, highest: "5" });
			expect(missing([5_000_000_000], "1000")).toEqual({ messages: 0, highest: "5000000000" });
		});
	});

	it("never throws, whatever the answer is", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.uint8Array(),
					fc.json().map((json) => Buffer.from(json)),
				),
				fc.string(),
				(body, header) => {
					const reader = answer(body, { date: header, "x-next": header });
					reader.position({ kind: "json", path }, request);
					expect(reader.sequence(path, "5").messages).toBeGreaterThanOrEqual(0);
					reader.position({ kind: "header", name: "x-next" }, request);
					expect(reader.position({ kind: "last-received", format: "iso" }, request)).toMatch(/Z$/);
					expect(typeof reader.more({ kind: "count", path, atLeast: 1 })).toBe("boolean");
					expect(typeof reader.more({ kind: "true", at: { kind: "json", path } })).toBe("boolean");
				},
			),
		);
	});
});
