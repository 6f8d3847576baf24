import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { realData } from "../real-data.js";
import { readTable } from "./table.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";

describe.skipIf(folder === undefined)(`inference on every captured sample${skipped}`, () => {
	const table = folder === undefined ? undefined : readTable(folder);

	it("finds what docs/infer.md says that it finds, row by row", () => {
		const page = readFileSync(new URL("../../docs/infer.md", import.meta.url), "utf8");
		for (const line of [...(table?.summary ?? []), ...(table?.lines ?? [])]) expect(page).toContain(line);
	});

	it("proposes mappings that their decoder runs, and that refuse hardly anything", () => {
		for (const { names, blind } of table?.measured ?? [])
			for (const { inference, records, refused, sample } of [names, blind]) {
				if (inference.mapping === undefined) continue;
				expect(records, sample).toBeGreaterThan(0);
				expect(refused, sample).toBeLessThanOrEqual(0.05 * records);
			}
	});

	it("tells the unit of speed wherever vehicles are seen in motion, whatever fields are called", () => {
		const moving = (table?.measured ?? []).filter(
			({ names }) => names.rows >= 1000 && names.unit !== "absent",
		);
		expect(moving.length).toBeGreaterThanOrEqual(5);
		for (const { names, blind } of moving) expect([names.unit, blind.unit]).toEqual(["right", "right"]);
	});
});
