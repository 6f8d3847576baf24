import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./tcp-lines-splitter.js";

function cut(pieces: readonly Uint8Array[], end = "\n", lineMaxBytes = 64) {
	const lines: string[] = [];
	let tooLong = 0;
	const splitter = new LineSplitter({
		end: end.charCodeAt(0),
		lineMaxBytes,
		onLine: (line) => lines.push(Buffer.from(line).toString()),
		onTooLong: () => tooLong++,
	});
	for (const piece of pieces) splitter.push(piece);
	return { lines, tooLong, isPartial: splitter.isPartial };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("LineSplitter", () => {
	it("gives the same lines wherever the pieces begin and end", () => {
		const line = fc.string({ unit: fc.constantFrom("a", ">", "$", ",", "é"), minLength: 1, maxLength: 12 });
		const ending = fc.constantFrom("\n", "\r\n", "\n\n");
		fc.assert(
			fc.property(
				fc.array(fc.tuple(line, ending), { maxLength: 12 }),
				fc.array(fc.nat({ max: 300 }), { maxLength: 20 }),
				line,
				(lines, cuts, rest) => {
					const whole = bytes(`${lines.map(([text, end]) => text + end).join("")}${rest}`);
					const places = [
						0,
						...cuts.map((at) => at % (whole.length + 1)).sort((a, b) => a - b),
						whole.length,
					];
					const pieces = places.slice(1).map((to, n) => whole.subarray(places[n], to));
					expect(cut(pieces)).toEqual({ lines: lines.map(([text]) => text), tooLong: 0, isPartial: true });
				},
			),
		);
	});

	it("splits at every single byte", () => {
		const whole = bytes("$GPRMC,1\r\n\r\n>RPV2<\r\n");
		for (let at = 0; at <= whole.length; at++) {
			expect(cut([whole.subarray(0, at), whole.subarray(at)])).toEqual({
				lines: ["$GPRMC,1", ">RPV2<"],
				tooLong: 0,
				isPartial: false,
			});
		}
	});

	it("keeps another end than a line break in the line", () => {
		expect(cut([bytes(">RPV1<>RPV2<\r\n>RP")], "<")).toEqual({
			lines: [">RPV1<", ">RPV2<"],
			tooLong: 0,
			isPartial: true,
		});
	});

	it("leaves out a line above the limit, says so once, holds no byte of it, and goes on after it", () => {
		const long = bytes("x".repeat(100));
		expect(cut([long, long, bytes("\nok\r\n")], "\n", 64)).toMatchObject({ lines: ["ok"], tooLong: 1 });
		expect(cut([bytes(`${"y".repeat(64)}\r\n${"z".repeat(65)}\n`)], "\n", 64)).toMatchObject({
			lines: ["y".repeat(64)],
			tooLong: 1,
		});
	});
});
