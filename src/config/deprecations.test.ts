import { expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { BUILTINS } from "./builtins.js";
import { loadConfig } from "./load.js";

const text = (entry: string) => `
agencies: { metro: { timezone: America/Chicago } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/vehicles, every: 10s, history: none }
        decoder: bustime
        deprecations: [${entry}]
sinks: { partner: { type: webhook, url: http://partner.test/in } }
routes: [{ from: buses, to: partner, mode: every }]
http: { admin: { host: 127.0.0.1 } }
`;

async function check(entry: string, now = "2027-03-01T12:00:00Z") {
	const { runtime } = createVirtualRuntime({ startTime: Date.parse(now) });
	return loadConfig(text(entry), "/nowhere", {
		plugins: BUILTINS,
		runtime,
		environment: {},
		skipEnvironment: true,
	});
}

it("warns of what ends within a month, or has ended, by the zone of upstream", async () => {
	const entry = "{ date: 2027-03-31, what: API version 1, url: https://vendor.test/17 }";
	const near = await check(entry);
	expect(near.findings).toMatchObject([
		{
			severity: "warning",
			path: "feeds.buses.upstreams[0].deprecations[0]",
			message: "API version 1 ends in 30 days, as upstream has announced",
		},
	]);
	const [feed] = near.config?.feeds ?? [];
	expect(feed?.upstreams[0]?.deprecations).toEqual([
		{
			time: Date.parse("2027-03-31T05:00:00Z"),
			what: "API version 1",
			url: "https://vendor.test/17",
			remindDays: [30, 7, 1],
		},
	]);
	expect((await check(entry, "2027-02-01T12:00:00Z")).findings).toEqual([]);
	expect((await check(entry, "2027-04-01T12:00:00Z")).findings[0]?.message).toMatch(/has ended|ended/);
});

it("refuses what is no date", async () => {
	for (const date of ["2027-02-30", "soon", "2027-3-1"]) {
		const { config, findings } = await check(`{ date: ${date}, what: API version 1 }`);
		expect(config).toBeUndefined();
		expect(findings[0]).toMatchObject({
			severity: "error",
			path: "feeds.buses.upstreams[0].deprecations[0].date",
		});
	}
});
