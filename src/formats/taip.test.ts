import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTaipSentences } from "./taip.js";

const NOON = Date.parse("2026-03-10T12:00:00Z");
const read = (text: string) => [...readTaipSentences(text, NOON)];

describe("TAIP sentences", () => {
	it("are cut out of a stream, whatever ends them", () => {
		const text = "noise>RAL1;ID=1<>RAL2;id= 2 \r\n>RAL3>RAL4<tail>ral5<>1<";
		expect(read(text).map((sentence) => [sentence.text, sentence.values.get("ID")])).toEqual([
			[">RAL1;ID=1", "1"],
			[">RAL2;id= 2", "2"],
			[">RAL3", undefined],
			[">RAL4", undefined],
		]);
	});

	it("say what is wrong with them", () => {
		expect(read(">RPV123<")[0]?.failure).toContain("RPV sentence is cut off");
		expect(read(`>RPV${"1".repeat(600)}<`)[0]?.failure).toContain("512");
		expect(read(">REV48159996298200000000000000000000000000<")[0]?.failure).toBeDefined();
	});

	it("have the position that was written", () => {
		const signed = (value: number, length: number) =>
			`${value < 0 ? "-" : "+"}${String(Math.abs(value)).padStart(length, "0")}`;
		const latitude = fc.integer({ min: -9_000_000, max: 9_000_000 });
		const longitude = fc.integer({ min: -18_000_000, max: 18_000_000 });
		fc.assert(
			fc.property(latitude, longitude, fc.integer({ min: 0, max: 86_399 }), (lat, lon, second) => {
				const time = String(second).padStart(5, "0");
				const [sentence] = read(`>RPV${time}${signed(lat, 7)}${signed(lon, 8)}03012032<`);
				expect(sentence?.fix).toMatchObject({ speed: 30, headingDeg: 120, source: "3", age: "2" });
				expect(sentence?.fix?.latitude).toBeCloseTo(lat / 1e5, 9);
				expect(sentence?.fix?.longitude).toBeCloseTo(lon / 1e5, 9);
				expect((sentence?.fix?.time ?? 0) % 86_400_000).toBe(second * 1000);
			}),
		);
	});
});
