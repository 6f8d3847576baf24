import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	booleanOf,
	fieldOf,
	integerOf,
	listOf,
	numberOf,
	objectOf,
	parseJson,
	parseJsonDocuments,
	textOf,
} from "./json.js";

const read = (text: string, limits = {}) => parseJson(Buffer.from(text), limits);
const readAll = (text: string, limits = {}) => parseJsonDocuments(Buffer.from(text), limits);

describe("json", () => {
	it("reads a document with a mark, in UTF-16, and with blanks around", () => {
		expect(read('\uFEFF {"a":1}\r\n')).toEqual({ value: { a: 1 } });
		expect(parseJson(Buffer.from('{"a":"\\""}', "utf16le"))).toEqual({ value: { a: '"' } });
	});

	it("says what a frame that is not JSON is", () => {
		expect(read("").failure).toMatchObject({
			code: "decode.format",
			message: expect.stringContaining("empty"),
		});
		expect(read("<html>").failure?.message).toContain("HTML");
		expect(read("hello").failure?.message).toContain("neither { nor [");
		expect(read('{"a":1,').failure?.code).toBe("decode.truncated");
		expect(read('{"a":"x').failure?.code).toBe("decode.truncated");
		expect(read('{"a" 1}').failure).toMatchObject({ code: "decode.format" });
	});

	it("quotes nothing of the payload in a failure", () => {
		const message = read('{"driver": JANE DOE}').failure?.message ?? "";
		expect(message).not.toContain("JANE");
	});

	it("is bounded in size, depth and documents", () => {
		expect(read("[1]", { bytesMax: 2 }).failure?.code).toBe("decode.limit");
		expect(read("[[[1]]]", { depthMax: 2 }).failure?.code).toBe("decode.limit");
		expect(read('["[[[[", [1]]', { depthMax: 2 }).failure).toBeUndefined();
		expect(read("[".repeat(100_000)).failure?.code).toBe("decode.truncated");
		expect(read("[".repeat(2_000_000)).failure?.code).toBe("decode.limit");
		const results = readAll("{}\n{}\n{}", { documentsMax: 2 });
		expect(results.map((result) => result.failure?.code)).toEqual([undefined, undefined, "decode.limit"]);
	});

	it("reads NDJSON, and a bad line fails alone", () => {
		const results = readAll('{"a":1}\n\nnonsense\r\n{"a":2}\n');
		expect(results.map((result) => result.value ?? result.failure?.code)).toEqual([
			{ a: 1 },
			"decode.format",
			{ a: 2 },
		]);
		expect(readAll('{\n"a":\n')).toHaveLength(1);
		expect(readAll("")).toHaveLength(1);
	});

	it("reads numbers that are text, and nothing else as a number", () => {
		for (const [value, number] of [
			["5.50", 5.5],
			[" -12 ", -12],
			["1e3", 1000],
			[".5", 0.5],
			["7.", 7],
			[3, 3],
		] as const) {
			expect(numberOf(value)).toBe(number);
		}
		for (const value of [
			"",
			" ",
			"0x1F",
			"Infinity",
			"1e999",
			"12a",
			"1,5",
			null,
			true,
			[],
			{},
			Number.NaN,
		]) {
			expect(numberOf(value)).toBeUndefined();
		}
		expect(integerOf("12")).toBe(12);
		expect(integerOf("12.5")).toBeUndefined();
		expect(integerOf(2 ** 53)).toBeUndefined();
	});

	it("reads text, booleans, lone items and own fields", () => {
		expect([textOf(" a "), textOf(12), textOf(""), textOf(true), textOf(Number.NaN)]).toEqual([
			"a",
			"12",
			undefined,
			undefined,
			undefined,
		]);
		expect(["True", "1", 1, true, "yes"].map(booleanOf)).toEqual([true, true, true, true, true]);
		expect(["False", "0", 0, false, "no"].map(booleanOf)).toEqual([false, false, false, false, false]);
		expect(["", "maybe", null, 2].map(booleanOf)).toEqual([undefined, undefined, undefined, undefined]);
		expect([listOf([1]), listOf({}), listOf(null), listOf(undefined)]).toEqual([[1], [{}], [], []]);
		expect(objectOf([])).toBeUndefined();
		expect(fieldOf({ a: 1 }, "a")).toBe(1);
		expect(fieldOf({}, "constructor")).toBeUndefined();
		expect(fieldOf(null, "a")).toBeUndefined();
	});

	it("is total, and reads back what the language writes", () => {
		fc.assert(
			fc.property(fc.uint8Array(), (bytes) => {
				expect(parseJsonDocuments(bytes).length).toBeGreaterThan(0);
			}),
		);
		fc.assert(
			fc.property(fc.json({ maxDepth: 5 }), (text) => {
				expect(read(text).value).toEqual(JSON.parse(text));
			}),
		);
	});
});
