import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { type BestReaderOptions, lostToBestReader } from "./best-reader.js";
import type { Span } from "./weather.js";

const RETENTION_MS = 15 * MINUTE_MS;

/** A queue to which one message comes every ten seconds for two hours, and a reader who has to spare of everything. */
function lost(closed: readonly Span[], more: Partial<BestReaderOptions> = {}): readonly number[] {
	const messages = Array.from({ length: 720 }, (_, at) => ({
		sequence: at,
		arrivalMs: at * 10 * SECOND_MS,
	}));
	const options = {
		messages,
		retentionMs: RETENTION_MS,
		closed,
		noticeMs: 0,
		pauseMs: 0,
		requestsPerMinute: 30,
		bytesPerSecond: 65_536,
		messageBytes: 200,
		pageMessages: 500,
		untilMs: 2 * HOUR_MS,
		...more,
	};
	return [...lostToBestReader(options)];
}

describe("the best reader of a queue that forgets", () => {
	it("loses nothing in an outage that is shorter than what the queue keeps", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: HOUR_MS }),
				fc.integer({ min: 0, max: RETENTION_MS - SECOND_MS }),
				(fromMs, forMs) => lost([{ fromMs, toMs: fromMs + forMs }]).length === 0,
			),
		);
	});

	it("loses of a longer one exactly what was purged before it ended", () => {
		const [fromMs, toMs] = [20 * MINUTE_MS, 60 * MINUTE_MS];
		// From minute 20 on nothing is read; what came before minute 45 is gone at minute 60.
		const wanted = Array.from({ length: 150 }, (_, at) => 120 + at);
		expect(lost([{ fromMs, toMs }])).toEqual(wanted);
	});

	it("loses more where it notices late, or had asked for the last time long before", () => {
		const closed = [{ fromMs: 20 * MINUTE_MS, toMs: 60 * MINUTE_MS }];
		const best = lost(closed).length;
		expect(lost(closed, { noticeMs: MINUTE_MS }).length).toBe(best + 6);
		expect(lost(closed, { pauseMs: MINUTE_MS }).length).toBe(best + 6);
	});

	it("takes no more than the budget holds, and so loses on a line that is too thin", () => {
		expect(lost([], { bytesPerSecond: 20 })).toEqual([]);
		const thin = lost([], { bytesPerSecond: 10, pageMessages: 1 });
		expect(thin.length).toBeGreaterThan(100);
		expect(lost([], { requestsPerMinute: 2, pageMessages: 1 }).length).toBeGreaterThan(100);
	});
});
