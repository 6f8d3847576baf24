import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyValue, freezeValue } from "./copy-value.js";

describe("copyValue", () => {
	it("copies data of every kind, and shares nothing with the original", () => {
		const bytes = Uint8Array.of(1, 2, 3);
		const original = {
			text: "a",
			nothing: null,
			missing: undefined,
			list: [1, [2, { deep: true }]],
			date: new Date(5),
			map: new Map([["a", { b: 1 }]]),
			set: new Set([1]),
			bytes,
			bare: Object.assign(Object.create(null), { x: 1 }),
		};
		const copy = copyValue(original);
		expect(copy).toEqual(original);
		bytes[0] = 9;
		original.map.get("a")!.b = 2;
		(original.list[1] as unknown[]).push("more");
		expect(copy.bytes[0]).toBe(1);
		expect(copy.map.get("a")).toEqual({ b: 1 });
		expect(copy.list).toEqual([1, [2, { deep: true }]]);
		expect(Object.getPrototypeOf(copy.bare)).toBeNull();
		// Its receiver may do with it what it likes.
		copy.text = "b";
		expect(delete (copy as { nothing?: unknown }).nothing).toBe(true);
		expect(original.text).toBe("a");
	});

	it("copies what is cyclic or very deep, and never sets a prototype", () => {
		const cycle: { self?: unknown; name: string } = { name: "a" };
		cycle.self = cycle;
		const copy = copyValue(cycle);
		expect(copy.self).toBe(copy);
		expect(copy).not.toBe(cycle);
		const ring: unknown[] = [];
		ring.push(ring);
		expect(copyValue(ring)[0]).not.toBe(ring);
		let deep: unknown = "bottom";
		for (let level = 0; level < 200; level += 1) deep = [deep];
		expect(JSON.stringify(copyValue(deep))).toBe(JSON.stringify(deep));
		const hostile = JSON.parse('{"__proto__": {"admin": true}}');
		const copied = copyValue(hostile);
		expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
		expect(copied.admin).toBeUndefined();
		expect(Object.keys(copied)).toEqual(["__proto__"]);
		expect(Object.getOwnPropertyDescriptor(copied, "__proto__")).toEqual({
			value: { admin: true },
			enumerable: true,
			writable: true,
			configurable: true,
		});
	});

	it("refuses what a copy would change the meaning of", () => {
		class Bus {}
		for (const value of [() => 1, Symbol("x"), new Bus(), [new Bus()], { f: () => 1 }, Promise.resolve()]) {
			expect(() => copyValue(value)).toThrow(TypeError);
		}
	});

	it("equals its original for any JSON", () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(copyValue(value)).toEqual(value);
			}),
			{ seed: 22 },
		);
	});
});

describe("freezeValue", () => {
	it("freezes everything inside, and refuses what stays changeable", () => {
		const value = { list: [{ a: 1 }], text: "x", none: null };
		expect(freezeValue(value)).toBe(value);
		expect([value, value.list, value.list[0]].every(Object.isFrozen)).toBe(true);
		const cycle: { self?: unknown } = {};
		cycle.self = cycle;
		expect(Object.isFrozen(freezeValue(cycle))).toBe(true);
		const half = Object.freeze({ list: [{ a: 1 }], nothing: null, call: () => 1 });
		freezeValue(half);
		expect([half.list, half.list[0]].every(Object.isFrozen)).toBe(true);
		expect(Object.isFrozen(half.call)).toBe(false);
		for (const changeable of [new Map(), new Date(), { bytes: Uint8Array.of(1) }]) {
			expect(() => freezeValue(changeable)).toThrow(TypeError);
		}
		expect([freezeValue(1), freezeValue(undefined), freezeValue(null)]).toEqual([1, undefined, null]);
	});
});
