import { describe, expect, it } from "vitest";
import { classifyThrown } from "./classify.js";
import type { UpstreamOptions } from "./options.js";
import { resolveOptions } from "./resolve-options.js";

describe("defaults", () => {
	it("are these, frozen", () => {
		const settings = resolveOptions({});
		expect(Object.isFrozen(settings)).toBe(true);
		expect(settings).toMatchObject({
			maxRetries: 3,
			baseMs: 500,
			capMs: 30_000,
			retryAfterMaxMs: 60_000,
			holdMaxMs: 3_600_000,
			threshold: 5,
			ratioShare: 0,
			ratioMinimum: 20,
			ratioWindowMs: 60_000,
			openMs: 10_000,
			openMaxMs: 300_000,
			probes: 1,
			closeAfter: 1,
			attemptMs: 10_000,
			jobMs: 45_000,
			attemptMinMs: 100,
			limit: 4,
			queueMax: 16,
			rampMs: 5_000,
			zombieMaxMs: 300_000,
			tokens: 10,
			perSuccess: 0.1,
			perSecond: 0.1,
			requestCount: 0,
			bytesPerSecond: 0,
			bytesAheadMs: 0,
			dayCount: 0,
			fallback: true,
			staleMaxMs: 3_600_000,
			entriesMax: 1_000,
			isolate: "copy",
			store: undefined,
			readTimeoutMs: 1_000,
			hedge: false,
			hedgePercentile: 95,
			hedgeMinimum: 20,
			singleFlight: true,
			classify: classifyThrown,
			persist: undefined,
			onEvent: undefined,
		});
	});

	it("of an upper end are never below the value that they bound", () => {
		expect(resolveOptions({ retry: { baseMs: 40_000 } }).capMs).toBe(40_000);
		expect(resolveOptions({ breaker: { openMs: 400_000 } }).openMaxMs).toBe(400_000);
	});

	it("switch fallback and hedging off and on", () => {
		expect(resolveOptions({ fallback: false, hedge: {} })).toMatchObject({ fallback: false, hedge: true });
		expect(resolveOptions({ fallback: {}, hedge: false })).toMatchObject({ fallback: true, hedge: false });
		for (const isolate of ["copy", "freeze", "share"] as const) {
			expect(resolveOptions({ fallback: { isolate } }).isolate).toBe(isolate);
		}
	});

	it("are whole where half of one makes no sense", () => {
		for (const options of [
			{ breaker: { probes: 1.5 } },
			{ breaker: { probes: 1_001 } },
			{ breaker: { successes: 1.5 } },
			{ bulkhead: { limit: 1.5 } },
			{ bulkhead: { queueMax: 1.5 } },
			{ budget: { requests: { count: 1.5, perMs: 1 } } },
			{ fallback: { entriesMax: 1.5 } },
		] satisfies UpstreamOptions[]) {
			expect(() => resolveOptions(options)).toThrow("it must be a whole number");
		}
	});
});
