import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PollSource, SWEEP_META } from "../sources/source.js";
import {
	type Answer,
	type Coverage,
	cover,
	type Gap,
	measured,
	oldestUnread,
	untoldSince,
} from "./coverage.js";
import { answerOf } from "./poll-answer.js";

const MINUTE = 60_000;
const W = 15 * MINUTE;
const EVERY = 20_000;

function answer(time: number, more: Partial<Answer> = {}): Answer {
	return {
		upstream: 0,
		time,
		everyMs: EVERY,
		windowMs: undefined,
		purged: undefined,
		more: false,
		newestEventTime: undefined,
		reports: 100,
		calls: 1,
		...more,
	};
}

/** Runs answers in their order and collects every gap. */
function told(answers: readonly Answer[], windows: readonly (number | undefined)[], rate?: number) {
	let coverage: Coverage | undefined;
	const gaps: Gap[] = [];
	for (const one of answers) {
		const covered = cover(coverage, one, windows);
		coverage =
			rate === undefined ? covered.coverage : measured(covered.coverage, one.upstream, rate * 1000, 1000);
		gaps.push(...covered.gaps);
	}
	return { coverage: coverage as Coverage, gaps };
}

describe("an upstream that has said the same for a while", () => {
	it("has told nothing since, and the gap begins there", () => {
		const { coverage } = told([answer(0), answer(EVERY), answer(2 * EVERY), answer(3 * EVERY)], [undefined]);
		const { gaps } = cover(untoldSince(coverage, 0, EVERY), answer(4 * EVERY), [undefined]);
		expect(gaps).toMatchObject([{ from: EVERY, sweeps: 2 }]);
		expect(cover(coverage, answer(4 * EVERY), [undefined]).gaps).toEqual([]);
	});

	it("takes nothing back of what another one told, nor of a time before", () => {
		const { coverage } = told([answer(0), answer(EVERY, { upstream: 1 })], [undefined, undefined]);
		expect(untoldSince(coverage, 0, 5)).toBe(coverage);
		expect(untoldSince(coverage, 2, 5)).toBe(coverage);
		expect(untoldSince(coverage, 1, 2 * EVERY)).toBe(coverage);
	});
});

describe("an upstream that tells the present", () => {
	it("loses the sweeps that did not come, with the reports of the last good one", () => {
		const times = [0, 20_000, 120_500];
		const { gaps } = told(
			times.map((time) => answer(time)),
			[undefined],
		);
		expect(gaps).toEqual([{ from: 20_000, to: 100_000, reports: 400, estimated: true, sweeps: 4 }]);
	});

	it("loses nothing by an answer that is late, unchanged, or empty", () => {
		const { gaps } = told(
			[
				answer(0),
				answer(27_000),
				answer(47_000, { reports: undefined }),
				answer(66_000, { reports: undefined }),
			],
			[undefined],
		);
		expect(gaps).toEqual([]);
	});

	it("counts by the call where a sweep takes several", () => {
		const { gaps } = told(
			[0, 5_000, 10_000, 20_000].map((time) => answer(time, { everyMs: 5_000, calls: 4, reports: 10 })),
			[undefined],
		);
		expect(gaps).toEqual([{ from: 10_000, to: 15_000, reports: 10, estimated: true, sweeps: 1 }]);
	});

	it("loses what happened between the primary's last answer and the standby's first, and nothing that either told", () => {
		const standby = (time: number) => answer(time, { upstream: 1, reports: 50 });
		const { gaps } = told(
			[answer(0), answer(20_000), standby(100_000), standby(120_000), answer(140_000)],
			[undefined, undefined],
		);
		expect(gaps).toEqual([{ from: 20_000, to: 80_000, reports: 300, estimated: true, sweeps: 3 }]);
	});
});

describe("an upstream that keeps a window", () => {
	const window = (time: number, more: Partial<Answer> = {}) => answer(time, { windowMs: W, ...more });

	it("loses nothing in an outage that is shorter, and what lies before the window in a longer one", () => {
		const { gaps } = told([window(0), window(W), window(W + 55 * MINUTE)], [W], 0.002);
		expect(gaps).toEqual([{ from: W, to: 55 * MINUTE, reports: 4_800, estimated: true }]);
	});

	it("keeps as long as it takes to read a backlog, page by page", () => {
		const start = 40 * MINUTE;
		const { gaps, coverage } = told(
			[
				window(0),
				window(start, { more: true, newestEventTime: start - 10 * MINUTE }),
				window(start + MINUTE, { more: true, newestEventTime: start - 5 * MINUTE }),
				window(start + 2 * MINUTE),
			],
			[W],
			0.001,
		);
		expect(gaps).toEqual([{ from: 0, to: 25 * MINUTE, reports: 1_500, estimated: true }]);
		expect(oldestUnread(coverage)).toBe(start + 2 * MINUTE);
	});

	it("is believed when its own numbers say that nothing, or how much, was purged", () => {
		const numbered = (time: number, messages: number) => window(time, { purged: { messages } });
		expect(told([numbered(0, 0), numbered(3 * W, 0)], [W], 1).gaps).toEqual([]);
		const { gaps } = told([numbered(0, 0), numbered(3 * W, 1_234), numbered(3 * W + 1_000, 5)], [W], 1);
		expect(gaps).toEqual([
			{ from: 0, to: 2 * W, reports: 1_234, estimated: false },
			{ from: 3 * W, to: 3 * W + 1_000, reports: 5, estimated: false },
		]);
	});

	it("loses of what it counts only what its standby did not tell", () => {
		const standby = (time: number) => answer(time, { upstream: 1 });
		const standbys = Array.from({ length: 100 }, (_, at) => standby(10 * MINUTE + at * EVERY));
		const last = 10 * MINUTE + 100 * EVERY;
		const { gaps } = told(
			[window(0, { purged: { messages: 0 } }), ...standbys, window(last, { purged: { messages: 700 } })],
			[W, undefined],
		);
		expect(gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)).toBeLessThan(10 * MINUTE);
		expect(gaps.every(({ estimated }) => estimated)).toBe(true);
	});

	it("fills what its standby left out, if it is back in time", () => {
		const standby = answer(2 * MINUTE, { upstream: 1 });
		const between = told([window(0), standby], [W, undefined]);
		expect(between.gaps).toEqual([]);
		expect(oldestUnread(between.coverage)).toBe(0);
		const after = cover(between.coverage, window(5 * MINUTE), [W, undefined]);
		expect(after.gaps).toEqual([]);
		expect(after.coverage.holes).toEqual([]);
	});
});

describe("any run of answers", () => {
	it("tells each moment once: somebody told it, or it is one gap, or one hole that may still be filled", () => {
		const step = fc.record({
			upstream: fc.integer({ min: 0, max: 2 }),
			paces: fc.integer({ min: 1, max: 90 }),
		});
		fc.assert(
			fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
				// Two that keep a window, the second a longer one, and one that tells the present.
				const windows = [W, 2 * W, undefined];
				const moments = new Map<number, number>();
				const readTime = [0, 0, 0];
				let coverage: Coverage | undefined = cover(undefined, answer(0, { windowMs: W }), windows).coverage;
				coverage = cover(coverage, answer(0, { upstream: 1, windowMs: 2 * W }), windows).coverage;
				coverage = cover(coverage, answer(0, { upstream: 2 }), windows).coverage;
				const seen = new Set<number>();
				let time = 0;
				for (const { upstream, paces } of steps) {
					time += paces * EVERY;
					const windowMs = windows[upstream];
					const begin =
						windowMs === undefined ? time - EVERY : Math.max(readTime[upstream] ?? 0, time - windowMs);
					for (let at = begin; at < time; at += EVERY) seen.add(at);
					readTime[upstream] = time;
					const covered = cover(coverage, answer(time, { upstream, windowMs }), windows);
					coverage = covered.coverage;
					for (const { from, to } of covered.gaps) {
						for (let at = from; at < to; at += EVERY) moments.set(at, (moments.get(at) ?? 0) + 1);
					}
				}
				for (const { from, to } of coverage.holes) {
					for (let at = from; at < to; at += EVERY) moments.set(at, (moments.get(at) ?? 0) + 1);
				}
				for (let at = 0; at < time; at += EVERY) {
					expect([at, (moments.get(at) ?? 0) + (seen.has(at) ? 1 : 0)]).toEqual([at, 1]);
				}
			}),
			{ numRuns: 300 },
		);
	});

	it("remembers no more holes than it must", () => {
		const answers = Array.from({ length: 500 }, (_, at) =>
			answer(at * 3 * EVERY, { upstream: at % 2 === 0 ? 1 : 2, everyMs: EVERY }),
		);
		const week = 7 * 24 * 60 * MINUTE;
		const { coverage, gaps } = told(
			[answer(0, { windowMs: week }), ...answers],
			[week, undefined, undefined],
		);
		expect(coverage.holes).toHaveLength(50);
		expect(gaps.length + 50).toBe(499);
	});
});

describe("what an answer says of the pace", () => {
	const source = (pauseMs?: () => number): PollSource => ({
		kind: "poll",
		everyMs: 60_000,
		poll: () => Promise.reject(new Error("nobody asks")),
		...(pauseMs && { pauseMs }),
	});
	const frame = {
		bytes: new Uint8Array(),
		receivedTime: 0,
		connection: "test",
		meta: { [SWEEP_META.calls]: "3" },
	};
	const read = { reports: 7, newestEventTime: undefined };
	const upstream = { index: 0, windowMs: undefined };

	it("is that of the source, shared by the calls of a sweep, and slower when the source says so", () => {
		const result = { frames: [frame], wireBytes: 1 };
		expect(answerOf(upstream, source(), { frames: [], wireBytes: 1 }, read, 5)).toMatchObject({
			everyMs: 60_000,
			reports: undefined,
			calls: 1,
		});
		expect(
			answerOf(
				upstream,
				source(() => 500),
				result,
				read,
				5,
			),
		).toMatchObject({ everyMs: 20_000, reports: 7 });
		const slow = answerOf(
			upstream,
			source(() => 300_000),
			result,
			read,
			5,
		);
		expect(slow.everyMs).toBe(300_000);
		const next = answerOf(
			upstream,
			source(() => 500),
			result,
			read,
			300_005,
		);
		expect(told([slow, next], [undefined]).gaps).toEqual([]);
	});
});

describe("what is normal", () => {
	it("is the mean at first, then that of about the last hour", () => {
		let { coverage } = cover(undefined, answer(0, { windowMs: W }), [W]);
		for (let poll = 0; poll < 30; poll++) coverage = measured(coverage, 0, poll % 2 === 0 ? 10 : 30, 20_000);
		expect(coverage.upstreams[0]?.perMs).toBeCloseTo(0.001, 10);
		for (let poll = 0; poll < 5_000; poll++) coverage = measured(coverage, 0, 100, 20_000);
		expect(coverage.upstreams[0]?.perMs).toBeCloseTo(0.005, 6);
		expect(coverage.upstreams[0]?.measuredMs).toBe(3_600_000);
	});
});

describe("a clock that is set back", () => {
	const HOUR = 60 * MINUTE;
	const numbered = (time: number, messages: number, more: Partial<Answer> = {}) =>
		answer(time, { windowMs: W, purged: { messages }, ...more });

	it("still counts what a numbered upstream purges, before the clock is where it was", () => {
		const { coverage, gaps } = told(
			[numbered(2 * HOUR, 0), numbered(HOUR, 0), numbered(HOUR + 30 * MINUTE, 192)],
			[W],
		);
		expect(gaps).toEqual([{ from: HOUR, to: HOUR + 15 * MINUTE, reports: 192, estimated: false }]);
		expect(oldestUnread(coverage)).toBe(HOUR + 30 * MINUTE);
	});

	it("still takes from it what a standby told since", () => {
		const { gaps } = told(
			[
				numbered(2 * HOUR, 0),
				numbered(HOUR, 0),
				answer(HOUR + EVERY, { upstream: 1 }),
				answer(HOUR + 2 * EVERY, { upstream: 1 }),
				numbered(HOUR + 2 * EVERY, 7, { windowMs: undefined }),
			],
			[W, undefined],
		);
		expect(gaps).toEqual([]);
	});
});
