import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FeedState, HubStatus, SinkState } from "./status.js";
import { BAR_MS, BARS, StatusHistory } from "./status-history.js";

const NOON = Date.UTC(2026, 5, 1, 12);

function statusAt(
	time: number,
	feeds: readonly (readonly [name: string, state: FeedState, records: number])[],
	sinks: readonly (readonly [name: string, state: SinkState, delivered: number])[] = [],
) {
	return {
		time,
		feeds: feeds.map(([name, state, records]) => ({ name, state, records })),
		sinks: sinks.map(([name, state, delivered]) => ({ name, state, delivered })),
	} as unknown as HubStatus;
}

describe("StatusHistory", () => {
	it("keeps the worst of each quarter of an hour, and how many records came in it", () => {
		const history = new StatusHistory();
		history.add(statusAt(NOON, [["buses", "waiting", 0]], [["riders", "running", 5]]));
		history.add(statusAt(NOON + 60_000, [["buses", "running", 40]], [["riders", "held", 35]]));
		history.add(statusAt(NOON + 120_000, [["buses", "running", 100]], [["riders", "running", 90]]));
		expect(history.add(statusAt(NOON + BAR_MS, [["buses", "down", 110]], [["riders", "lagging", 95]]))).toBe(
			true,
		);
		const [buses, riders] = history.view();
		expect(buses).toMatchObject({ subject: "feed:buses", fromTime: NOON + BAR_MS - (BARS - 1) * BAR_MS });
		expect(buses?.states.slice(-3)).toBe(".wd");
		expect(buses?.counts.slice(-3)).toEqual([0, 100, 10]);
		expect(riders?.states.slice(-3)).toBe(".dt");
		expect(riders?.counts.slice(-3)).toEqual([0, 90, 5]);
	});

	it("goes on after a restart, with a hole where no hub looked", () => {
		const before = new StatusHistory();
		before.add(statusAt(NOON, [["buses", "running", 70]]));
		const after = new StatusHistory();
		expect(after.restore(JSON.parse(JSON.stringify(before.json())))).toBe(true);
		after.add(statusAt(NOON + 3 * BAR_MS, [["buses", "running", 30]]));
		expect(after.view()[0]?.states.slice(-4)).toBe("w..w");
		expect(after.view()[0]?.counts.slice(-4)).toEqual([70, 0, 0, 30]);
	});

	it("counts a feed from the beginning that a reload has put in the place of another", () => {
		const history = new StatusHistory();
		history.add(statusAt(NOON, [["buses", "running", 70]]));
		history.add(statusAt(NOON + 1000, [["buses", "running", 4]]));
		expect(history.view()[0]?.counts.at(-1)).toBe(74);
	});

	it("forgets what has gone for a day, and takes a clock that is set back for what it is", () => {
		const history = new StatusHistory();
		history.add(statusAt(NOON, [["gone", "running", 1]]));
		for (let bar = 1; bar <= BARS; bar++)
			history.add(statusAt(NOON + bar * BAR_MS, [["buses", "running", bar]]));
		expect(history.view().map(({ subject }) => subject)).toEqual(["feed:buses"]);
		history.add(statusAt(NOON + 90 * BAR_MS, [["buses", "running", BARS]]));
		expect(history.view()[0]?.states).toBe(`${".".repeat(6)}${"w".repeat(90)}`);
	});

	it("refuses what is no history, and is as new then", () => {
		const good = new StatusHistory();
		good.add(statusAt(NOON, [["buses", "running", 1]]));
		const { quarter, subjects } = good.json();
		for (const bad of [
			undefined,
			{},
			{ quarter: "1", subjects },
			{ quarter, subjects: [["feed:buses", "w", [1]]] },
			{ quarter, subjects: [["feed:buses", "x".repeat(BARS), Array(BARS).fill(0)]] },
			{ quarter, subjects: [["feed:buses", "w".repeat(BARS), Array(BARS).fill(null)]] },
		]) {
			const history = new StatusHistory();
			expect(history.restore(bad)).toBe(false);
			expect(history.view()).toEqual([]);
		}
	});

	it("always has a day of bars, and sums up to what came, whatever the clock does", () => {
		const step = fc.record({ byMs: fc.integer({ min: -3 * BAR_MS, max: 5 * BAR_MS }), records: fc.nat(50) });
		fc.assert(
			fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
				const history = new StatusHistory();
				let time = NOON;
				let total = 0;
				for (const { byMs, records } of steps) {
					time += byMs;
					total += records;
					history.add(statusAt(time, [["buses", "running", total]]));
					const [buses] = history.view();
					expect(buses?.counts).toHaveLength(BARS);
					expect(buses?.states).toHaveLength(BARS);
					expect(buses?.fromTime).toBe((Math.floor(time / BAR_MS) - BARS + 1) * BAR_MS);
					expect(buses?.counts.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(total);
				}
				const isForward = steps.every(({ byMs }) => byMs >= 0) && time - NOON < BARS * BAR_MS;
				if (isForward) expect(history.view()[0]?.counts.reduce((a, b) => a + b, 0)).toBe(total);
			}),
		);
	});
});
