import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure, type FailureCode } from "../model/failure.js";
import { classifyThrown, classifyThrownForHarness, createHttpJudge, retryAfterOf } from "./classify.js";
import type { Classify } from "./options.js";
import type { Verdict } from "./result.js";

const NOW = 1_767_614_400_000;

const outcomeOf = (thrown: unknown, classify: Classify = classifyThrown) => {
	const verdict = classify(thrown, NOW);
	return typeof verdict === "string" ? verdict : verdict.outcome;
};
const withCode = (code: string) => Object.assign(new Error(code), { code });

describe("classifyThrown", () => {
	it.each([
		"ECONNRESET",
		"ECONNREFUSED",
		"EPIPE",
		"ETIMEDOUT",
		"EAI_AGAIN",
		"ENOTFOUND",
		"ENETUNREACH",
		"EHOSTUNREACH",
		"UND_ERR_SOCKET",
		"UND_ERR_CONNECT_TIMEOUT",
		"UND_ERR_HEADERS_TIMEOUT",
		"UND_ERR_BODY_TIMEOUT",
	])("takes %s for transient", (code) => {
		expect(outcomeOf(withCode(code))).toBe("transient");
	});

	it.each([
		[408, "transient"],
		[425, "transient"],
		[429, "transient"],
		[500, "transient"],
		[502, "transient"],
		[503, "transient"],
		[504, "transient"],
		[501, "failure"],
		[505, "failure"],
		[301, "failure"],
		[400, "neutral"],
		[401, "neutral"],
		[404, "neutral"],
		[418, "neutral"],
	])("takes status %i for %s, wherever a client puts it", (status, outcome) => {
		for (const thrown of [
			{ status },
			{ statusCode: status },
			{ response: { status } },
			Object.assign(new Error("wrapped"), { cause: { response: { statusCode: status } } }),
		]) {
			expect(classifyThrown(thrown, NOW)).toMatchObject({ outcome, status });
		}
	});

	it.each([
		[withCode("CERT_HAS_EXPIRED"), "failure"],
		[withCode("HPE_INVALID_CONSTANT"), "failure"],
		[withCode("UND_ERR_RES_EXCEEDED_MAX_SIZE"), "failure"],
		[withCode("UND_ERR_ABORTED"), "neutral"],
		[withCode("EMFILE"), "neutral"],
		[new SyntaxError("Unexpected token <"), "failure"],
		[new TypeError("x is not a function"), "neutral"],
		[new RangeError("bad"), "neutral"],
		[new ReferenceError("x"), "neutral"],
		[new DOMException("aborted", "AbortError"), "neutral"],
		[new DOMException("late", "TimeoutError"), "transient"],
		[new Error("nobody knows"), "transient"],
		["a string", "transient"],
		[undefined, "transient"],
		[null, "transient"],
		[7, "transient"],
		[withCode("toString"), "transient"],
		[{ status: 200 }, "transient"],
		[{ status: "503" }, "transient"],
		[{ status: 99 }, "transient"],
		[{ status: 600 }, "transient"],
	] as const)("takes %s for %s", (thrown, outcome) => {
		expect(outcomeOf(thrown)).toBe(outcome);
	});

	it("looks through what fetch and Happy Eyeballs wrap around the cause", () => {
		const reset = withCode("ECONNRESET");
		expect(outcomeOf(new TypeError("fetch failed", { cause: reset }))).toBe("transient");
		expect(outcomeOf(new AggregateError([withCode("ECONNREFUSED")], "all failed"))).toBe("transient");
		expect(outcomeOf(new TypeError("fetch failed", { cause: new AggregateError([reset]) }))).toBe(
			"transient",
		);
		expect(outcomeOf(new TypeError("fetch failed", { cause: withCode("CERT_HAS_EXPIRED") }))).toBe("failure");
		const loop: { cause?: unknown } = new Error("loop");
		loop.cause = loop;
		expect(outcomeOf(loop)).toBe("transient");
	});

	it.each([
		["net.refused", "transient", "transient"],
		["net.timeout", "transient", "transient"],
		["net.dns", "transient", "trip"],
		["net.tls", "failure", "trip"],
		["http.transient", "transient", "transient"],
		["http.unauthorized", "neutral", "trip"],
		["http.not_found", "neutral", "trip"],
		["http.redirect", "neutral", "trip"],
		["http.rejected", "neutral", "neutral"],
		["http.body_too_large", "failure", "failure"],
		["upstream.error", "transient", "transient"],
		["upstream.key", "neutral", "trip"],
		["upstream.not_valid", "transient", "transient"],
		["decode.format", "failure", "failure"],
		["decode.truncated", "failure", "failure"],
		["decode.limit", "failure", "failure"],
		["record.value", "neutral", "neutral"],
		["store.full", "neutral", "neutral"],
		["store.busy", "neutral", "neutral"],
		["store.fenced", "neutral", "neutral"],
		["config.invalid", "neutral", "trip"],
		["closed", "neutral", "neutral"],
		["bug", "neutral", "neutral"],
	] as const)("takes a Failure %s for %s, and for %s in a harness", (code: FailureCode, core, harness) => {
		const failure = new Failure(code, "x", { retryAfterMs: 4_000, details: { status: 418 } });
		expect(classifyThrown(failure, NOW)).toMatchObject({
			outcome: core,
			retryAfterMs: 4_000,
			status: 418,
			note: code,
		});
		expect(outcomeOf(failure, classifyThrownForHarness)).toBe(harness);
	});

	it("trips in a harness on statuses that only a person can mend", () => {
		for (const status of [401, 403, 404, 407, 410]) {
			expect(outcomeOf({ status }, classifyThrownForHarness)).toBe("trip");
			expect(outcomeOf({ status })).toBe("neutral");
		}
		expect(outcomeOf({ status: 400 }, classifyThrownForHarness)).toBe("neutral");
		expect(outcomeOf({ status: 503 }, classifyThrownForHarness)).toBe("transient");
		expect(outcomeOf("text", classifyThrownForHarness)).toBe("transient");
	});

	it("reads Retry-After from every shape of headers", () => {
		for (const headers of [
			{ "retry-after": "7" },
			{ "Retry-After": "7" },
			{ "RETRY-AFTER": ["7", "9"] },
			{ "retry-after": 7 },
			new Headers({ "Retry-After": "7" }),
			new Map([["retry-after", "7"]]),
			["Content-Type", "text/plain", "Retry-After", "7"],
		]) {
			expect(classifyThrown({ status: 503, headers }, NOW)).toMatchObject({ retryAfterMs: 7_000 });
			expect(classifyThrown({ response: { status: 429, headers } }, NOW)).toMatchObject({
				retryAfterMs: 7_000,
			});
		}
		// A value is no name, whatever it says.
		expect(retryAfterOf(["X-Hint", "Retry-After", "7", "X"], NOW)).toBeUndefined();
		for (const headers of [
			undefined,
			null,
			"retry-after: 7",
			{},
			[],
			{ "retry-after": {} },
			{ "retry-after": [] },
		]) {
			expect(retryAfterOf(headers, NOW)).toBeUndefined();
		}
	});

	it("believes a status only where it can be one", () => {
		const busy = { status: 503 };
		for (const status of [0, 99, 600, 1e9, 503.5, -1, Number.NaN, "503", null]) {
			expect(classifyThrown({ status }, NOW)).toMatchObject({ outcome: "transient", note: "unknown" });
			expect(classifyThrown({ status, response: busy }, NOW)).toMatchObject({ status: 503 });
		}
		expect(classifyThrown({ status: 599 }, NOW)).toMatchObject({ outcome: "failure", status: 599 });
		expect(classifyThrown({ status: 300 }, NOW)).toMatchObject({ outcome: "failure", status: 300 });
		for (const status of [100, 200, 299]) {
			expect(classifyThrown({ status, code: "EPIPE" }, NOW)).toEqual({ outcome: "transient", note: "EPIPE" });
		}
		const failure = new Failure("net.reset", "x", { details: { status: "503" } });
		expect(classifyThrown(failure, NOW)).toMatchObject({ status: undefined });
		expect(classifyThrown(new DOMException("late", "TimeoutError"), NOW)).toMatchObject({ note: "timeout" });
	});

	it("looks through six errors that are wrapped around each other, and no further", () => {
		const wrapped = (levels: number) => {
			let error = Object.assign(new Error("inside"), { code: "CERT_HAS_EXPIRED" });
			for (let level = 0; level < levels; level += 1) {
				error = new Error("outside", { cause: error }) as typeof error;
			}
			return error;
		};
		expect(classifyThrown(wrapped(5), NOW)).toMatchObject({ outcome: "failure" });
		expect(classifyThrown(wrapped(6), NOW)).toMatchObject({ outcome: "transient", note: "unknown" });
	});

	it("survives whatever can be thrown, and never answers trip or success", () => {
		const hostile = new Proxy(
			{},
			{
				get() {
					throw new Error("hostile getter");
				},
			},
		);
		expect(classifyThrown(hostile, NOW)).toEqual({ outcome: "transient", note: "unreadable" });
		expect(retryAfterOf(hostile, NOW)).toBeUndefined();
		fc.assert(
			fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), (thrown) => {
				expect(["transient", "failure", "neutral"]).toContain(outcomeOf(thrown));
			}),
		);
	});
});

describe("createHttpJudge", () => {
	it("condemns answers by their status, and lets everything else pass", () => {
		const judge = createHttpJudge(() => NOW);
		expect(judge({ status: 200 })).toBe("success");
		expect(judge({ status: 304 })).toBe("success");
		for (const value of ["a value", null, 7, () => 1, { status: 399 }, { status: 600 }]) {
			expect(judge(value)).toBe("success");
		}
		expect(judge({ status: 400 })).toMatchObject({ outcome: "neutral", status: 400 });
		expect(judge(undefined)).toBe("success");
		expect(judge({ status: 503, headers: { "retry-after": "3" } })).toEqual({
			outcome: "transient",
			retryAfterMs: 3_000,
			status: 503,
			note: "http 503",
		} satisfies Verdict);
		expect(judge({ statusCode: 404 })).toMatchObject({ outcome: "neutral" });
	});
});
