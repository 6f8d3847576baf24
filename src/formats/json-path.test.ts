import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonPath, valuesAt } from "./json-path.js";

const ROOT = { page: { next: "b" }, items: [{ id: 1 }, { id: 2 }, {}], "two words": 0, list: [[1], [2, 3]] };

describe("JSON paths", () => {
	it.each([
		["page.next", ["b"]],
		["items[].id", [1, 2]],
		["items[-2].id", [2]],
		["items[0]", [{ id: 1 }]],
		["items[9].id", []],
		["list[][]", [1, 2, 3]],
		["two words", [0]],
		["page[0]", []],
		["constructor.name", []],
		["page.next.length", []],
	])("%s", (text, expected) => {
		const path = parseJsonPath(text);
		expect(path).toBeDefined();
		expect(valuesAt(ROOT, path ?? [])).toEqual(expected);
	});

	it.each(["", ".", "a.", ".a", "a..b", "a.[0]", "a[", "a.*", "*", "a[*]", "a[x]", "a[1.5]", "a[0]b", "[0"])(
		"does not take %j for a path",
		(text) => {
			expect(parseJsonPath(text)).toBeUndefined();
		},
	);

	it("begins with an array where the document is one", () => {
		expect(valuesAt([{ a: 1 }], parseJsonPath("[].a") ?? [])).toEqual([1]);
	});

	it("never throws, whatever the text and the document", () => {
		fc.assert(
			fc.property(fc.string(), fc.jsonValue(), (text, root) => {
				const path = parseJsonPath(text);
				if (path !== undefined) valuesAt(root, path);
			}),
		);
	});
});
