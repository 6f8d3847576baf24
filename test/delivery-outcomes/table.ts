import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/sinks/sink.js";

/** Whether somebody says of a name that it does not exist. Without a resolver that cannot be known, and it is tried again. */
export const HAS_NAMES = await lookup("wayside-does-not-exist.invalid").then(
	() => true,
	({ code }: { readonly code?: string }) => code === "ENOTFOUND",
);

const PAGE = new URL("../../docs/delivery.md", import.meta.url);

export interface Row {
	/** What the destination answers, or what happens. */
	readonly when: string;
	readonly outcome: string;
}

/** One way to bring a row about. */
export interface Case<Result> {
	readonly name: string;
	readonly give: () => Promise<Result>;
}

/** What brings about a row: for each piece of its text that the pattern finds, the cases that go with it. */
export type Driver<Result> = readonly [pattern: RegExp, cases: (found: string) => readonly Case<Result>[]];

/** The table under a sink's heading in docs/delivery.md. */
export function tableOf(heading: string): readonly Row[] {
	const [, section = ""] = readFileSync(PAGE, "utf8").split(`### ${heading}\n`);
	const lines = section.split(/^#/m, 1)[0]?.split("\n") ?? [];
	const cells = lines
		.filter((line) => line.startsWith("|"))
		.map((line) => line.split("|").map((cell) => cell.trim()));
	return cells.slice(2).map(([, when = "", outcome = ""]) => ({ when, outcome }));
}

/**
 * A test for every row of the table, by whatever drives it: a row that nobody drives fails, and so does a driver without a
 * row. The page is the one list; who adds a status, a code or a reason to it has it driven.
 */
export function describeTable<Result>(
	heading: string,
	drivers: readonly Driver<Result>[],
	check: (outcome: string, given: Result) => Promise<void>,
): void {
	const rows = tableOf(heading);
	const casesOf = ({ when }: Row) =>
		drivers.flatMap(([pattern, cases]) =>
			[...when.matchAll(new RegExp(pattern, "g"))].flatMap(([whole, found = whole]) => cases(found)),
		);
	describe(`docs/delivery.md, ${heading}`, () => {
		it("has rows, and a row for everything that is driven", () => {
			expect(rows.length).toBeGreaterThan(0);
			for (const [pattern] of drivers)
				expect(
					rows.some(({ when }) => pattern.test(when)),
					`a row with ${pattern}`,
				).toBe(true);
		});

		describe.each(rows)("$when", (row) => {
			const cases = casesOf(row);
			it("is driven", () => expect(cases).not.toEqual([]));
			it.each(cases)(
				"$name",
				async ({ give }) => {
					await check(row.outcome, await give());
				},
				30_000,
			);
		});
	});
}

/** Whether a delivery is what the right column says, and says in plain words what happened. */
export function expectOutcome(outcome: string, given: Delivery): void {
	expect(told(given)).toBe(wordsOf(outcome));
	if (given.outcome === "ok") return;
	expect(given.failure.message).toMatch(/^[^\n\0]{15,600}$/);
}

function wordsOf(outcome: string): string {
	const [, words] = /^(ok|transient|bad sink|bad records, (?:named|none named))(?![a-z])/.exec(outcome) ?? [];
	if (words === undefined) throw new Error(`"${outcome}" does not begin with one of the outcomes`);
	return words;
}

function told(given: Delivery): string {
	switch (given.outcome) {
		case "ok":
		case "transient":
			return given.outcome;
		case "bad_sink":
			return "bad sink";
		case "bad_records":
			return `bad records, ${given.rejected.length === 0 ? "none named" : "named"}`;
	}
}
