import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { realData } from "../real-data.js";
import { type Figures, figuresOf, quantile } from "./figures.js";
import { recordedCapMetro, recordedMta } from "./recorded.js";
import { simulatedFigures } from "./simulated.js";
import { cellOf, ROWS } from "./table.js";

const PAGE = readFileSync(new URL("../../docs/simulation.md", import.meta.url), "utf8");
const folder = realData();

/** Column of the table in the docs, by the name of its row. */
function column(at: number): Readonly<Record<string, string | undefined>> {
	const rows = PAGE.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
	return Object.fromEntries(
		ROWS.map(({ name }) => [name, rows.find(([, first]) => first === name)?.[at + 1]]),
	);
}

const columnOf = (figures: Figures) =>
	Object.fromEntries(ROWS.map((row) => [row.name, cellOf(row, figures)]));

describe.each([
	["mta-bus", 1, recordedMta],
	["capmetro", 3, recordedCapMetro],
] as const)("vehicles of %s", (profile, at, recordedOf) => {
	const simulated = simulatedFigures(profile);

	it("drive and report as docs/simulation.md says", () => {
		expect(columnOf(simulated), "npm run simulate:traces prints the table").toEqual(column(at + 1));
	});

	const skipped = folder === undefined;
	it.skipIf(skipped)(
		`are like the recorded ones${skipped ? " (skipped: no captured traces here)" : ""}`,
		() => {
			const recorded = recordedOf(folder as string);
			expect(columnOf(recorded), "npm run simulate:traces prints the table").toEqual(column(at));
			for (const { name, of, tolerance } of ROWS) {
				const [real, ours] = [of(recorded), of(simulated)];
				const most = Math.max(tolerance.absolute, real * tolerance.share);
				expect(Math.abs(ours - real), `${name}: ${real} recorded, ${ours} simulated`).toBeLessThanOrEqual(
					most,
				);
			}
		},
	);
});

describe("figures", () => {
	it("are what a hand would count", () => {
		const at = (timeS: number, metres: number) => ({ timeS, latitude: metres / 111_320, longitude: 0 });
		const figures = figuresOf([
			at(0, 0),
			at(30, 0),
			at(60, 5),
			at(90, 305),
			at(90, 305),
			at(490, 705),
			at(1490, 705),
		]);
		expect(figures.interval).toEqual([30, 30, 30, 400, 1000]);
		expect(figures.speed.map((one) => Math.round(one * 1000) / 1000)).toEqual([0, 0.167, 10, 1]);
		expect(figures.stand).toEqual([60]);
		expect(figures.gap).toEqual([400, 1000]);
		expect(quantile([4, 1, 3, 2], 0.5)).toBe(3);
		expect(quantile([], 0.5)).toBeNaN();
	});
});
