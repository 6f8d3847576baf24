import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { busTimeConfig, checkBusTime, type WorldOptions } from "../../test/bustime-world.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import { ageMs } from "./pace.js";

async function told(options: WorldOptions, change: (text: string) => string = (text) => text) {
	const { findings, reaches, config } = await checkBusTime(change(busTimeConfig(options)));
	const lines = findings.map(
		({ severity, line, path, message, mend }) => `${line} ${severity} ${path}: ${message} | ${mend}`,
	);
	return { lines, reaches, isOk: config !== undefined };
}

describe("the ages that can be reached", () => {
	it("are those of two times that know nothing of each other", () => {
		const time = fc.integer({ min: 1_000, max: 600_000 });
		fc.assert(
			fc.property(time, time, fc.integer(), (sweepMs, reportEveryMs, seed) => {
				const chance = createSeededChance(seed);
				const ages = Array.from(
					{ length: 20_000 },
					() => chance.next() * sweepMs + chance.next() * reportEveryMs,
				).sort((one, other) => one - other);
				for (const share of [0.5, 0.95]) {
					const drawn = ages[Math.floor(share * ages.length)] ?? 0;
					expect(Math.abs(ageMs(share, sweepMs, reportEveryMs) - drawn)).toBeLessThan(
						0.03 * (sweepMs + reportEveryMs),
					);
				}
			}),
			{ numRuns: 20 },
		);
	});
});

describe("a check of paces", () => {
	it("counts the calls of sweeps and discoveries", async () => {
		const { lines, reaches } = await told({});
		expect(lines).toEqual([]);
		expect(reaches).toMatchObject([
			{ feed: "buses", callsPerSweep: 3, callsPerDay: 4321, quotaPerDay: 9500 },
		]);
	});

	it("refuses a request budget below the calls of a sweep, with the pace that would fit", async () => {
		const { lines, isOk } = await told({ budget: "{ quota: bustime-key, requests: 2/min }" });
		expect(isOk).toBe(false);
		expect(lines).toEqual([
			"19 error feeds.buses.upstreams[0].budget.requests: a sweep of 3 calls every 1m needs 3 requests per m, and the " +
				"budget allows 2 | raise the budget, or sweep every 90s or slower",
		]);
	});

	it("refuses a plan that alone exceeds its quota", async () => {
		const { lines } = await told({ quotas: "{ bustime-key: { limit: 3000/day, reserve: 10% } }" });
		expect(lines).toEqual([
			"19 error feeds.buses.upstreams[0].budget.quota: feed buses needs 4321 requests a day, and quota bustime-key has " +
				"2700 to plan with (3000, of which 300 are kept for the end of the day) | this pace would fit: feed buses every 97s",
		]);
	});

	it("warns where it cannot know what a discovery will find", async () => {
		const { lines, isOk, reaches } = await told({}, (text) => text.replace(/ *expected: 23\n/, ""));
		expect([isOk, reaches]).toEqual([true, []]);
		expect(lines[0]).toMatch(
			/^\d+ warning feeds.buses.upstreams\[0\].source.plan.discover: how many items will be discovered/,
		);
	});

	it("refuses a quota that nobody has defined, and one whose midnight is not clear", async () => {
		expect((await told({ budget: "{ quota: bustime-kye }" })).lines[0]).toContain(
			'there is no quota "bustime-kye" | did you mean "bustime-key"?',
		);
		const second = `  east:
    agency: other
    upstreams:
      - source: { type: http-poll, url: "http://bustime.test/all", every: 60s }
        decoder: gtfs-realtime
        budget: { quota: bustime-key }`;
		const addAgency = (text: string) =>
			text.replace("agencies: {", "agencies: { other: { timezone: America/New_York },");
		const { lines } = await told({ moreFeeds: second }, addAgency);
		expect(lines.join()).toContain(
			"belong to agencies in America/Chicago and America/New_York, so its midnight is not clear",
		);
		const stated = "{ bustime-key: { limit: 10000/day, timezone: America/Chicago } }";
		const clear = await told({ moreFeeds: second, quotas: stated }, addAgency);
		expect(clear.isOk).toBe(true);
	});

	it("refuses a limit that is not one of a day", async () => {
		const { lines } = await told({ quotas: "{ bustime-key: { limit: 100/h } }" });
		expect(lines.join()).toContain("the limit of a quota is per day, such as 10000/day");
	});
});
