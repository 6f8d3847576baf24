import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellOf, columnsOf, csvRows } from "./csv.js";

const read = (text: string, options = {}) =>
	[...csvRows(text, options)].map((row) => (row.failure === undefined ? row.fields : row.failure.code));

describe("csv", () => {
	it("reads plain and quoted rows, with any line end", () => {
		expect(read('a,b,c\r\n1,"x, ""y""",3\n\n4,"two\nlines",\r5,,')).toEqual([
			["a", "b", "c"],
			["1", 'x, "y"', "3"],
			["4", "two\nlines", ""],
			["5", "", ""],
		]);
		expect(read("")).toEqual([]);
		expect(read(" \n\t\n")).toEqual([]);
	});

	it("says in which line a row begins", () => {
		const rows = [...csvRows('a,b\n"1\n2",3\n\n4,5\n')];
		expect(rows.map((row) => row.line)).toEqual([1, 2, 5]);
	});

	it("finds the delimiter, unless it is told", () => {
		expect(read("a;b;c\n1,5;2;3")).toEqual([
			["a", "b", "c"],
			["1,5", "2", "3"],
		]);
		expect(read("a\tb\n1\t2")).toEqual([
			["a", "b"],
			["1", "2"],
		]);
		expect(read("a;b,c", { delimiter: "," })).toEqual([["a;b", "c"]]);
	});

	it("reads on after a quote that does not close", () => {
		expect(read('a,b\n"1,2\n3,4')).toEqual([["a", "b"], "decode.record", ["3", "4"]]);
		expect(read('a\n"x"y,"z')).toEqual([["a"], "decode.record"]);
	});

	it("stays cheap when every line opens a quote", () => {
		const hostile = '"x,1\n'.repeat(100_001);
		expect(read(hostile).length).toBeGreaterThan(50_000);
	});

	it("is bounded in rows, columns and the length of a field", () => {
		expect(read("a\nb\nc", { rowsMax: 2 })).toEqual([["a"], ["b"], "decode.limit"]);
		expect(read("a,b,c\n1,2", { columnsMax: 2 })).toEqual(["decode.limit", ["1", "2"]]);
		expect(read('"a","b","c"', { columnsMax: 2 })).toEqual(["decode.limit"]);
		expect(read(`"${"x".repeat(20)}"`, { fieldLengthMax: 10 })).toEqual(["decode.record"]);
	});

	it("finds cells by name, and takes blank for absent", () => {
		const columns = columnsOf([" vid ", "lat", "lat", ""]);
		expect(cellOf(["7", " 1 ", "2"], columns, "vid")).toBe("7");
		expect(cellOf(["7", " 1 ", "2"], columns, "lat")).toBe("1");
		expect(cellOf(["7", " "], columns, "lat")).toBeUndefined();
		expect(cellOf(["7"], columns, "lat")).toBeUndefined();
		expect(cellOf(["7"], columns, "none")).toBeUndefined();
	});

	it("gives back what RFC 4180 writes, and is total", () => {
		const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é") });
		const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
		fc.assert(
			fc.property(rows, (table) => {
				const text = table
					.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))
					.join("\r\n");
				expect(read(text, { delimiter: "," })).toEqual(table);
			}),
		);
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", ";") }), (text) => {
				expect(Array.isArray(read(text))).toBe(true);
			}),
		);
	});
});
