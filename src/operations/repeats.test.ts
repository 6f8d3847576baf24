import { expect, it } from "vitest";
import { Repeats } from "./repeats.js";

it("says a message at once, then once a minute with its count", () => {
	const repeats = new Repeats();
	expect(repeats.count("broken", 1000)).toBe(1);
	for (let n = 0; n < 500; n++) expect(repeats.count("broken", 2000 + n)).toBeUndefined();
	expect(repeats.count("other", 2500)).toBe(1);
	expect(repeats.count("broken", 61_000)).toBe(501);
	expect(repeats.count("broken", 61_001)).toBeUndefined();
});

it("remembers a bounded number of messages", () => {
	const repeats = new Repeats();
	for (let n = 0; n < 3000; n++) repeats.count(`message ${n}`, n);
	expect(repeats.count("message 2999", 3000)).toBeUndefined();
	expect(repeats.count("message 0", 3000)).toBe(1);
});
