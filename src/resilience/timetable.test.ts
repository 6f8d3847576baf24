import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { Alarm, Timetable } from "./timetable.js";

describe("Timetable", () => {
	it("uses one timer for everything, and none when nothing waits any more", async () => {
		const world = createVirtualRuntime();
		const { clock } = world.runtime;
		const table = new Timetable(clock);
		const fired: string[] = [];
		const alarm = (name: string) => new Alarm(() => fired.push(name));
		const now = clock.monotonic();
		const [a, b, c] = [alarm("a"), alarm("b"), alarm("c")];
		table.addAfter(a, 100, now);
		table.addAfter(b, 50, now);
		table.addAt(c, now + 70);
		expect(world.pendingRefTimers()).toBe(1);
		await world.advance(60);
		expect(fired).toEqual(["b"]);
		table.remove(c);
		table.remove(c);
		await world.advance(40);
		expect(fired).toEqual(["b", "a"]);
		expect(world.pendingTimers()).toBe(0);
		table.addAfter(a, 100, clock.monotonic());
		table.remove(a);
		expect(world.pendingRefTimers()).toBe(1);
		await world.advance(1);
		expect(world.pendingTimers()).toBe(0);
	});

	it("does not take the timer down under something that came to wait in the meantime", async () => {
		const world = createVirtualRuntime();
		const { clock } = world.runtime;
		const table = new Timetable(clock);
		const fired: string[] = [];
		const first = new Alarm(() => fired.push("first"));
		table.addAfter(first, 10, clock.monotonic());
		table.remove(first);
		table.addAfter(new Alarm(() => fired.push("second")), 10, clock.monotonic());
		await world.advance(10);
		expect(fired).toEqual(["second"]);
	});

	it.each(["a lane", "the heap"])(
		"runs a burst in pieces, so that the event loop is never held for long: %s",
		async (where) => {
			const world = createVirtualRuntime();
			const { clock } = world.runtime;
			const table = new Timetable(clock);
			let fired = 0;
			const turns: number[] = [];
			const count = () => {
				fired += 1;
			};
			const now = clock.monotonic();
			for (let at = 0; at < 1_200; at += 1) {
				if (where === "a lane") table.addAfter(new Alarm(count), 5, now);
				else table.addAt(new Alarm(count), now + 5);
			}
			clock.after(5, () => turns.push(fired));
			await world.advance(5);
			expect(turns).toEqual([500]);
			expect(fired).toBe(1_200);
		},
	);

	it("forgets everything when it is closed", async () => {
		const world = createVirtualRuntime();
		const table = new Timetable(world.runtime.clock);
		const alarm = new Alarm(() => expect.unreachable());
		table.addAfter(alarm, 5, world.runtime.clock.monotonic());
		table.remove(alarm);
		table.addAfter(alarm, 5, world.runtime.clock.monotonic());
		table.close();
		table.addAt(new Alarm(() => expect.unreachable()), world.runtime.clock.monotonic());
		await world.advance(100);
		expect(world.pendingTimers()).toBe(0);
	});

	it("calls everything in order of its time, for any mixture of lanes, heap and removals", async () => {
		const entry = fc.record({
			ms: fc.integer({ min: 0, max: 40 }),
			inLane: fc.boolean(),
			isRemoved: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(entry, { maxLength: 60, size: "max" }), async (entries) => {
				const world = createVirtualRuntime();
				const { clock } = world.runtime;
				const table = new Timetable(clock);
				const start = clock.monotonic();
				const fired: number[] = [];
				const alarms = entries.map(({ ms, inLane }) => {
					const alarm = new Alarm((now) => {
						expect(now).toBe(start + ms);
						fired.push(ms);
					});
					if (inLane) table.addAfter(alarm, ms, start);
					else table.addAt(alarm, start + ms);
					return alarm;
				});
				entries.forEach(({ isRemoved }, at) => {
					if (isRemoved) table.remove(alarms[at] as Alarm);
				});
				await world.advance(50);
				const expected = entries.filter(({ isRemoved }) => !isRemoved).map(({ ms }) => ms);
				expect(fired).toEqual(expected.sort((a, b) => a - b));
				expect(world.pendingTimers()).toBe(0);
			}),
			{ numRuns: 200, seed: 29 },
		);
	});
});
