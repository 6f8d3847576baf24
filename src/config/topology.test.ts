import { describe, expect, it } from "vitest";
import { file, findingsIn, GOOD, load, plugins, served, swap } from "../../test/config-plugins.js";
import type { SinkDefinition } from "../sinks/sink.js";

describe("topology", () => {
	it.each([
		[
			"from: metro-avl, to: rider-feed",
			"from: metro-alv, to: rider-feed",
			'there is no feed "metro-alv" | did you mean "metro-avl"?',
		],
		["to: rider-feed", "to: riderfeed", 'there is no sink "riderfeed" | did you mean "rider-feed"?'],
		["agency: metro", "agency: metros", 'there is no agency "metros" | did you mean "metro"?'],
		["to: rider-feed", "to: archive", "is read with mode every here and mode latest in routes[0]"],
		[
			"mode: latest,",
			"mode: latest, reorder: 10s,",
			"mode latest sends only the newest record of a vehicle, which waits for no older ones | remove reorder, or use mode: every",
		],
		[
			"slo:",
			"  - { from: metro-avl, to: archive, mode: every, reorder: 0s }\nslo:",
			'sink "archive" is read with reorder 0s here and reorder 5s in routes[1]',
		],
		[
			"path: /gtfs-rt",
			"path: /metrics",
			"GET /metrics on the public listener already belongs to the hub itself",
		],
		[
			"requests: 12/min",
			"requests: 2/min",
			"polling every 20s needs 3 requests per m, and the budget allows 2 | raise the budget, or poll every 30s or slower",
		],
		[
			"quota: 10000/day",
			"quota: 4000/day",
			"polling every 20s needs 4320 requests per d, and the budget allows 4000 | raise the budget, or poll every 22s or slower",
		],
		["history: 15m", "history: 15s", "polling every 20s loses what upstream purges after 15s"],
		["slo:", "http: { public: { port: 8081 } }\nslo:", "both listeners want port 8081"],
		[
			"slo:",
			"http: { admin: { host: 0.0.0.0 } }\nslo:",
			"the admin listener is bound to 0.0.0.0, where others can reach it, and has no token",
		],
		[
			"  archive:",
			"  second: { type: served, path: /gtfs-rt }\n  archive:",
			"GET /gtfs-rt on the public listener already belongs to rider-feed",
		],
		[
			"  archive:",
			"  second: { type: file, path: ./archive.ndjson }\n  archive:",
			'path ./archive.ndjson already belongs to sink "second"',
		],
	])("refuses %j written as %j", async (from, to, expected) => {
		const found = await findingsIn(swap(from, to));
		expect(
			found.some((line) => line.includes(" error ") && line.includes(expected)),
			found.join("\n"),
		).toBe(true);
	});

	it("warns of what is allowed and probably not meant, and still gives a configuration", async () => {
		const { config, findings } = await load(
			swap("mode: every, kinds: [vehicle_location]", "mode: latest, order: strict").replace(
				"sinks:",
				"sinks:\n  idle: { type: served, path: /idle }",
			),
		);
		expect(findings.map((f) => `${f.severity} ${f.path}`)).toEqual([
			"warning sinks.idle",
			"warning routes[1].mode",
			"warning routes[1].order",
		]);
		expect(config).toBeDefined();
	});

	it("warns of a reorder window for a sink that is served, and not of one that nobody wrote", async () => {
		const written = swap(
			"to: rider-feed, mode: latest, maxAge: 5m",
			"to: rider-feed, mode: every, reorder: 5s",
		);
		const { findings } = await load(written);
		expect(findings.map((f) => `${f.severity} ${f.path}: ${f.message}`)).toEqual([
			'warning routes[0].reorder: reorder has no effect on sink "rider-feed", which serves the present state and decides by event time',
		]);
		expect((await load(written.replace(", reorder: 5s", ""))).findings).toEqual([]);
	});

	it("reports what a plug-in says when it cannot be created", async () => {
		const broken: SinkDefinition<{ path: string }> = {
			...file,
			create: () => {
				throw new Error("no such table");
			},
		};
		const found = await findingsIn(GOOD, { plugins: { ...plugins, sinks: [served, broken] } });
		expect(found.join()).toContain("13:12 error sinks.archive: no such table");
	});
});
