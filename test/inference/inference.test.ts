import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkPayload } from "../../src/quality/contracts/check-payload.js";
import { openPayloads } from "../../src/quality/contracts/open-payload.js";
import { isContract, readContract } from "../../src/quality/contracts/read-contract.js";
import { realData } from "../real-data.js";
import { HELD_OUT } from "./held-out.js";
import { FIELDS, SURE } from "./measure.js";
import { payloadsOf } from "./payloads.js";
import { SAMPLES } from "./samples.js";
import { MANY, readTable } from "./table.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";

describe.skipIf(folder === undefined)(`inference on every captured sample${skipped}`, () => {
	const table = folder === undefined ? undefined : readTable(folder);

	it("finds what docs/infer.md says that it finds, row by row", () => {
		const page = readFileSync(new URL("../../docs/infer.md", import.meta.url), "utf8");
		const { many = [], few = [], heldOut = [] } = table?.summaries ?? {};
		for (const line of [...many, ...few, ...heldOut, ...(table?.lines ?? [])]) expect(page).toContain(line);
	});

	it("is never sure of what is wrong, and says why of everything that it could not tell", () => {
		const all = [...(table?.measured ?? []), ...(table?.heldOut ?? [])];
		expect(all.length).toBeGreaterThan(55);
		for (const { names, blind } of all)
			for (const { sample, verdicts, confidence, isToldWhy } of [names, blind]) {
				expect(isToldWhy, sample).toBe(true);
				for (const field of FIELDS)
					if (verdicts[field] === "wrong" || verdicts[field] === "claimed")
						expect(confidence[field], `${sample}, ${field}`).toBeLessThan(SURE);
			}
	});

	it("finds vehicle, position and time in captures of thirty records or more, and says so where one message cannot show it", () => {
		const many = (table?.measured ?? []).filter(({ names }) => names.rows >= MANY);
		expect(many.length).toBeGreaterThan(30);
		for (const { names, blind } of many) {
			expect(names.verdicts.vehicle, names.sample).toMatch(/right|absent/);
			for (const { sample, verdicts } of [names, blind])
				for (const field of ["position", "time"] as const)
					expect(verdicts[field], `${sample}, ${field}`).toMatch(/right|absent/);
		}
		// Of lone messages alone the vehicle is not told.
		const untold = many.filter(({ blind }) => blind.verdicts.vehicle === "not told");
		expect(untold.map(({ blind }) => blind.inference.payloads)).toEqual([1, 1]);
	});

	it("proposes mappings that their decoder runs, and that refuse hardly anything", () => {
		for (const { names, blind } of [...(table?.measured ?? []), ...(table?.heldOut ?? [])])
			for (const { inference, records, refused, sample } of [names, blind]) {
				if (inference.mapping === undefined) continue;
				expect(records, sample).toBeGreaterThan(0);
				expect(refused, sample).toBeLessThanOrEqual(0.05 * records);
			}
	});

	it("proposes contracts that are valid, and that the captured payloads fit", () => {
		const samples = [...SAMPLES, ...HELD_OUT];
		const told: string[] = [];
		const all = [...(table?.measured ?? []), ...(table?.heldOut ?? [])];
		for (const sample of samples) {
			const inference = all.find(({ names }) => names.sample === sample.path)?.names.inference;
			const contract = readContract(inference?.contract);
			expect(isContract(contract) ? [] : contract, sample.path).toEqual([]);
			if (!isContract(contract)) continue;
			let records = 0;
			for (const { bytes } of payloadsOf(folder ?? "", sample))
				for (const payload of openPayloads(bytes, undefined, contract.header).payloads) {
					const found = checkPayload(contract, payload);
					records += found.records;
					for (const { breach, count } of found.counts.values())
						told.push(`${sample.path} ${count} ${breach.path} ${breach.keyword}`);
				}
			expect(records, sample.path).toBeGreaterThanOrEqual(inference?.rows ?? 1);
		}
		// A day of one bus, which states -15 mph where it knows no speed: the contract is right to tell.
		expect(told).toEqual(["avl-traces/mta-nyct-6603-2014-04-15.csv 191 [].speed x-semantic"]);
	});

	it("tells the unit of speed wherever vehicles are seen in motion, whatever fields are called", () => {
		const moving = (table?.measured ?? []).filter(
			({ names }) => names.rows >= 1000 && names.unit !== "absent",
		);
		expect(moving.length).toBeGreaterThanOrEqual(5);
		for (const { names, blind } of moving) expect([names.unit, blind.unit]).toEqual(["right", "right"]);
	});
});
