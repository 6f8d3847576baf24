import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { INVARIANTS } from "../src/simulation/world/trace.js";
import { ROOT } from "./tidy/repository.js";

interface PlantedBug {
	readonly name: string;
	readonly invariant: string;
	readonly seed: number;
}

const { PLANTED_BUGS } = (await import(join(ROOT, "scripts/planted-bugs.mjs"))) as {
	readonly PLANTED_BUGS: readonly PlantedBug[];
};
const PAGE = readFileSync(join(ROOT, "docs/simulation.md"), "utf8");

/** Rows of the table that begins with this column, without its head. */
function rowsOf(firstColumn: string): readonly (readonly string[])[] {
	const lines = PAGE.slice(PAGE.indexOf(`\n| ${firstColumn} |`) + 1).split("\n");
	const end = lines.findIndex((line) => !line.startsWith("|"));
	return lines.slice(2, end).map((line) =>
		line
			.slice(1, -1)
			.split("|")
			.map((cell) => cell.trim()),
	);
}

const quoted = (text = "") => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

describe("the page on the simulation", () => {
	it("lists every invariant, where it is checked, and nothing else", () => {
		const rows = rowsOf("Invariant");
		expect(rows.map(([name]) => quoted(name)[0]).sort()).toEqual(Object.keys(INVARIANTS).sort());
		for (const [, , code] of rows) {
			expect(quoted(code).length).toBeGreaterThan(0);
			for (const file of quoted(code))
				expect(existsSync(join(ROOT, `src/simulation/world/${file}.ts`)), file).toBe(true);
		}
	});

	it("names the code of every fault", () => {
		const rows = rowsOf("Where");
		expect(rows.length).toBeGreaterThan(8);
		for (const [, , code] of rows) {
			for (const file of quoted(code))
				expect(existsSync(join(ROOT, "src/simulation", file)), file).toBe(true);
		}
	});

	it("lists every planted bug as it is run, and each invariant catches one", () => {
		const bugs = PLANTED_BUGS.map(({ name, invariant, seed }) => [name, `\`${invariant}\``, `${seed}`]);
		expect(rowsOf("Planted bug")).toEqual(bugs);
		const caught = new Set(PLANTED_BUGS.map(({ invariant }) => invariant));
		expect([...caught].sort()).toEqual(Object.keys(INVARIANTS).sort());
	});
});
