import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonBytes } from "./json-bytes.js";

function written(write: (json: JsonBytes) => void): string {
	const json = new JsonBytes(4);
	write(json);
	return new TextDecoder().decode(json.view());
}

describe("json bytes", () => {
	it("writes every finite number as JSON.stringify does", () => {
		const coordinate = fc.integer({ min: -180_000_000, max: 180_000_000 }).map((n) => n / 1_000_000);
		const any = fc.double({ noNaN: true, noDefaultInfinity: true });
		fc.assert(
			fc.property(fc.oneof(coordinate, any, fc.maxSafeInteger(), fc.float({ noNaN: true })), (value) => {
				fc.pre(Number.isFinite(value));
				expect(written((json) => json.number(value))).toBe(JSON.stringify(value));
			}),
			{ numRuns: 5000 },
		);
		for (const value of [0, -0, 1e21, 1e-7, -1e-6, 123456789012345, 0.1, 87.6298, 1e6, 999999.9999995]) {
			expect(written((json) => json.number(value))).toBe(JSON.stringify(value));
		}
	});

	it("writes every string as JSON.stringify does, also what must be escaped and what is not ASCII", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
				expect(written((json) => json.string(text))).toBe(JSON.stringify(text));
			}),
		);
	});

	it("grows, and starts again", () => {
		const json = new JsonBytes(8);
		for (let i = 0; i < 1000; i++) json.ascii("0123456789");
		expect(json.length).toBe(10_000);
		expect(json.copy().byteLength).toBe(10_000);
		json.clear();
		json.bytes(Uint8Array.of(0x5b, 0x5d));
		expect(new TextDecoder().decode(json.view())).toBe("[]");
	});
});
