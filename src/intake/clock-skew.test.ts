import { describe, expect, it } from "vitest";
import { formatHttpDate } from "../formats/http-date.js";
import { ClockSkew } from "./clock-skew.js";

const TIME = 1_795_000_000_000;

/** Five answers, ten seconds apart, of an upstream whose clock is off by that; each takes `tookMs`. */
function skewOf(offMs: (answer: number) => number, tookMs = 300, headers: Record<string, string> = {}) {
	const skew = new ClockSkew();
	for (let answer = 0; answer < 5; answer++) {
		const sent = TIME + answer * 10_137;
		const stated = sent + tookMs / 2 + offMs(answer);
		skew.note({ date: formatHttpDate(stated), ...headers }, sent, sent + tookMs);
	}
	return skew.skewMs;
}

describe("the skew of clocks", () => {
	it("is none where whole seconds and slow answers explain all of it", () => {
		expect(skewOf(() => 0)).toBe(0);
		expect(skewOf(() => 4000, 9000)).toBe(0);
	});

	it.each([75_000, -75_000, 12_000])("of %i ms is seen within two seconds", (offMs) => {
		const skewMs = skewOf(() => offMs) ?? 0;
		expect(Math.abs(skewMs - offMs)).toBeLessThan(2000);
		expect(Math.sign(skewMs)).toBe(Math.sign(offMs));
	});

	it("is not what a cache now and then makes of it", () => {
		expect(skewOf((answer) => (answer % 2 === 0 ? -40_000 : 0))).toBe(0);
		expect(skewOf(() => -40_000, 300, { age: "40" })).toBe(0);
	});

	it("is not known before five answers have stated their time", () => {
		const skew = new ClockSkew();
		for (let answer = 0; answer < 9; answer++) {
			skew.note({}, TIME, TIME);
			skew.note({ date: "yesterday" }, TIME, TIME);
		}
		expect(skew.skewMs).toBeUndefined();
	});

	it("looks at answers on their way and leaves them as they are", async () => {
		const skew = new ClockSkew();
		const response = {
			status: 200,
			headers: { date: formatHttpDate(TIME + 90_000) },
			body: new Uint8Array(),
			wireBytes: 0,
		};
		const http = skew.watching({ request: async () => response }, { now: () => TIME });
		for (let answer = 0; answer < 5; answer++)
			expect(await http.request({ method: "GET", url: "http://a.test" })).toBe(response);
		expect(skew.skewMs).toBe(90_000);
	});
});
