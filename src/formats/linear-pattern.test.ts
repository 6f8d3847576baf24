import fc from "fast-check";
import { expect, it } from "vitest";
import { linearPattern } from "./linear-pattern.js";

const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "x", "é", "\\.", "[a-c-]");
const pattern = fc.letrec<{ tree: string }>((tie) => ({
	tree: fc.oneof(
		{ maxDepth: 4, withCrossShrink: true },
		atom,
		fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => a + b),
		fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(?:${a}|${b})`),
		fc
			.tuple(tie("tree"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"))
			.map(([a, b]) => `(${a})${b}`),
	),
})).tree;
const anchored = fc
	.tuple(fc.constantFrom("", "^"), pattern, fc.constantFrom("", "$"))
	.map(([start, middle, end]) => start + middle + end);
const text = fc.string({
	unit: fc.constantFrom("a", "b", "c", "x", "é", "1", ".", "-", "\n"),
	maxLength: 12,
});

it("agrees with the expressions of the language", () => {
	fc.assert(
		fc.property(anchored, text, (source, subject) => {
			const read = linearPattern(source);
			if (typeof read === "string") {
				expect(read).toMatch(/more than/);
				return;
			}
			expect([source, subject, read.test(subject)]).toEqual([
				source,
				subject,
				new RegExp(source, "u").test(subject),
			]);
		}),
	);
});

it("refuses what it cannot do in linear time, and what is no pattern", () => {
	for (const source of [
		"(?=a)",
		"(?<!a)b",
		"(a)\\1",
		"\\bword",
		"a**",
		"(a",
		"a)",
		"[a",
		"a{5,2}",
		"\\p{Nothing}",
		"^*",
	])
		expect(linearPattern(source)).toMatch(/\w{3,}/);
	expect(linearPattern("(".repeat(60) + ")".repeat(60))).toMatch(/nested/);
	expect(linearPattern("((a{400}){400}){400}")).toMatch(/more than 1000 steps/);
	expect(linearPattern("x".repeat(501))).toMatch(/at most 500/);
});

it("reads properties of characters, named groups and codes", () => {
	for (const [source, yes, no] of [
		["^\\p{Lu}+$", "ÄB", "äb"],
		["^(?<line>\\d+)\\/\\x41\\u{1F68C}$", "12/A🚌", "12/B🚌"],
	] as const) {
		const read = linearPattern(source);
		expect(typeof read !== "string" && [read.test(yes), read.test(no)]).toEqual([true, false]);
	}
});
