import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.js";
import type { Clock } from "../runtime/runtime.js";
import { definition as httpPoll } from "../sources/http-poll.js";
import type { PollSource } from "../sources/source.js";
import { sourceContext, testRuntime } from "../testing/source-contract.js";
import { episodeAt, GATEWAY_FAULTS, type GatewayFault } from "./gateway-faults.js";
import { serveAgency } from "./serve.js";

const SEED = 7;
/** A Monday, 05:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 11, 0, 0);

/** A moment in the middle of an episode of that fault. */
function momentOf(fault: GatewayFault): number {
	for (let time = START; ; time += 5000) {
		const episode = episodeAt(SEED, time, "America/Chicago");
		if (episode?.fault === fault) return time;
	}
}

/** Stands still at a moment; waits are a hundred times shorter. */
const clockAt = (time: number): Clock => ({
	now: () => time,
	monotonic: () => testRuntime.clock.monotonic(),
	after: (delay, run, options) => testRuntime.clock.after(delay / 100, run, options),
});

const EXPECTED: Readonly<Record<GatewayFault, string>> = {
	refuse: "net.reset",
	reset: "net.reset",
	hang: "net.timeout",
	slow: "application/x-protobuf",
	"status-503": "http.transient",
	"status-429": "http.transient",
	truncate: "net.reset",
	html: "text/html",
};

describe("serveAgency", () => {
	it.each(GATEWAY_FAULTS)("fails over a real port as gateways do: %s", async (fault) => {
		const served = await serveAgency({ clock: clockAt(momentOf(fault)), seed: SEED });
		try {
			const source = httpPoll.create(
				httpPoll.options.parse({
					url: `${served.url}/gtfs-rt/vehicle-positions.pb`,
					headersTimeout: "200ms",
					bodyTimeout: "1s",
				}),
				sourceContext(),
			) as PollSource;
			const outcomes = new Set<string>();
			for (let i = 0; i < 12; i++) {
				const result = await source
					.poll({ cursor: undefined, signal: new AbortController().signal })
					.catch((thrown: unknown) => thrown);
				if (result instanceof Failure) {
					outcomes.add(result.code);
					if (fault === "status-429") expect(result.retryAfterMs ?? 15_000).toBe(15_000);
				} else {
					for (const frame of (result as { frames: { contentType?: string }[] }).frames) {
						outcomes.add(frame.contentType ?? "");
					}
				}
				if (outcomes.has(EXPECTED[fault])) break;
			}
			expect([...outcomes]).toContain(EXPECTED[fault]);
			expect(served.gateway.episode()?.fault).toBe(fault);
		} finally {
			await served.close();
		}
	});
});
