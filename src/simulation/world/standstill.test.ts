import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../virtual-runtime.js";
import { CALLS_MAX, watchedClock } from "./standstill.js";

function scene() {
	const { runtime, advance } = createVirtualRuntime();
	let standstills = 0;
	const clock = watchedClock(runtime.clock, () => {
		standstills++;
	});
	const look = (times: number) => {
		for (let time = 0; time < times; time++) clock.now();
	};
	return { clock, advance, look, seen: () => standstills };
}

describe("a process whose time stands still", () => {
	it("is seen once, when it has looked at its clock far too often within one moment", () => {
		const { look, seen } = scene();
		look(CALLS_MAX - 1);
		expect(seen()).toBe(0);
		for (let time = 0; time < 3; time++) expect(() => look(1)).toThrow(/stands still/);
		expect(seen()).toBe(1);
	});

	it("is not seen in one that looks as often while time moves", async () => {
		const { look, advance, seen } = scene();
		look(CALLS_MAX - 1);
		await advance(1);
		look(CALLS_MAX - 1);
		expect(seen()).toBe(0);
	});

	it("is seen in one whose timers are due at once, again and again", async () => {
		const { clock, seen } = scene();
		const restart = () => {
			for (;;) clock.after(0, () => undefined)();
		};
		expect(restart).toThrow(/stands still/);
		expect(seen()).toBe(1);
	});
});
