import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { Emitter } from "./emitter.js";
import type { ResilienceEvent } from "./events.js";

const { clock } = createVirtualRuntime().runtime;

describe("Emitter", () => {
	it("never calls a listener inside of a call of its own, and keeps the order", () => {
		const told: unknown[] = [];
		let depth = 0;
		const emitter = new Emitter("avl", clock, (event) => {
			depth += 1;
			expect(depth).toBe(1);
			told.push(event.type === "probe" ? event.out : event.type);
			if (event.type === "probe" && event.out < 3) {
				emitter.push({ type: "probe", epoch: 1, out: event.out + 1 });
				emitter.flush();
			}
			depth -= 1;
		});
		emitter.push({ type: "probe", epoch: 1, out: 1 });
		emitter.push({ type: "restore_failed", note: "between" });
		emitter.flush();
		expect(told).toEqual([1, "restore_failed", 2, 3]);
		emitter.push({ type: "probe", epoch: 1, out: 7 });
		emitter.flush();
		expect(told.at(-1)).toBe(7);
	});

	it("tells a listener once per turn what it threw, and counts the rest", () => {
		const told: ResilienceEvent[] = [];
		const emitter = new Emitter("avl", clock, (event) => {
			told.push(event);
			throw new Error(`no room for ${event.type}`);
		});
		for (let turn = 1; turn <= 2; turn += 1) {
			told.length = 0;
			for (const out of [1, 2, 3]) emitter.push({ type: "probe", epoch: 1, out });
			emitter.flush();
			expect(told.map(({ type }) => type)).toEqual(["probe", "probe", "probe", "listener_error"]);
			expect(told.at(-1)).toMatchObject({ upstream: "avl", note: "no room for probe" });
			expect(emitter.errors).toBe(4 * turn);
		}
	});
});
