import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { feed, fleet, hub, MINUTE, sink, TIME } from "../../test/fixtures/hub-status.js";
import type { AlertRule } from "./alert-rule.js";
import { Alerts } from "./alerts.js";
import type { HubStatus } from "./status.js";

describe("alerts", () => {
	const down = hub({ feeds: [feed({ state: "down" })] });

	it("warn after three minutes, page after five, once each, and are over a minute after it is well", () => {
		const alerts = new Alerts();
		const told: [number, string, string][] = [];
		for (let s = 0; s <= 900; s += 10) {
			const status = s <= 600 ? down : hub();
			for (const { kind, alert } of alerts.judge({ ...status, time: TIME + s * 1000 }, s * 1000)) {
				told.push([s, kind, alert.severity]);
				expect(alert.since).toBe(TIME);
			}
		}
		expect(told).toEqual([
			[180, "raised", "warn"],
			[300, "escalated", "page"],
			[670, "resolved", "page"],
		]);
		expect(alerts.open).toEqual([]);
	});

	it("count from when a silent feed was heard of last, and not from when that was noticed", () => {
		const alerts = new Alerts();
		const told: [number, string, string][] = [];
		for (let s = 90; s <= 600; s += 10) {
			const { fleet } = feed();
			const silentSince = TIME;
			const silent = feed({ fleet: { ...(fleet as NonNullable<typeof fleet>), silentSince } });
			const news = alerts.judge(hub({ time: TIME + s * 1000, feeds: [silent] }), s * 1000);
			for (const { kind, alert } of news) {
				told.push([s, kind, alert.severity]);
				expect(alert).toMatchObject({
					alert: "feed-down",
					since: TIME,
					todo: expect.stringContaining("whether upstream still sends"),
				});
				expect(alert).not.toHaveProperty("heldMs");
				expect(alert.what).toMatch(
					/^Feed avl gives nothing good. Nothing is heard of any vehicle for .*; 18 vehicles at work were heard of before.$/,
				);
			}
		}
		expect(told).toEqual([
			[180, "raised", "warn"],
			[300, "escalated", "page"],
		]);
	});

	it("tell nothing of what passes, and one alert of what flickers", () => {
		const passing = new Alerts();
		for (let s = 0; s <= 3600; s += 10) {
			const isDown = s % 180 < 170;
			expect(passing.judge(isDown ? down : hub(), s * 1000)).toEqual([]);
		}
		const flickering = new Alerts();
		const kinds: string[] = [];
		for (let s = 0; s <= 3600; s += 10) {
			const isDown = s < 400 || s % 60 < 30;
			kinds.push(...flickering.judge(isDown ? down : hub(), s * 1000).map(({ kind }) => kind));
		}
		expect(kinds).toEqual(["raised", "escalated"]);
	});

	it("become one alert where they come back again and again, and are as new after half an hour of peace", () => {
		const alerts = new Alerts();
		const raised: number[] = [];
		for (let s = 0; s <= 4 * 3600; s += 10) {
			// Down for four minutes and well for two, for two hours; then once more after an hour.
			const isDown = s < 7200 ? s % 360 < 240 : s >= 10_800 && s < 11_040;
			for (const { kind } of alerts.judge(isDown ? down : hub(), s * 1000))
				if (kind === "raised") raised.push(s);
		}
		expect(raised).toEqual([180, 540, 10_980]);
		expect(alerts.open).toEqual([]);
	});

	it("that were open before a restart are not raised again, and end when what they tell of has gone", () => {
		const before = new Alerts();
		before.judge(down, 0);
		before.judge(down, 200_000);
		const after = new Alerts();
		after.restore(JSON.parse(JSON.stringify(before.snapshot())));
		expect(after.open).toEqual(before.open);
		expect(after.judge(down, 1_000_000)).toEqual([]);
		expect(after.judge(hub(), 1_010_000)).toEqual([]);
		expect(after.judge(hub(), 1_070_000)).toMatchObject([
			{ kind: "resolved", alert: { alert: "feed-down" } },
		]);
	});

	it("are not over because what riders saw of a dead feed or of half a fleet was too old and has left", () => {
		const alerts = new Alerts();
		const served = (inService: number, overdue: number) => [sink({ facts: { inService, overdue } })];
		const down = [feed({ state: "down" })];
		const of = (status: HubStatus, at: number) =>
			alerts.judge(status, at).filter(({ alert }) => alert.alert === "riders-stale");
		of(hub({ feeds: down, sinks: served(20, 20) }), 0);
		expect(of(hub({ feeds: down, sinks: served(20, 20) }), 2 * MINUTE)).toMatchObject([{ kind: "raised" }]);
		expect(of(hub({ feeds: down, sinks: served(0, 0) }), 3 * MINUTE)).toEqual([]);
		expect(of(hub({ feeds: down, sinks: served(0, 0) }), 60 * MINUTE)).toEqual([]);
		const missing = { ...fleet(4, 20), expected: 20 };
		expect(of(hub({ fleets: [missing], sinks: served(4, 0) }), 61 * MINUTE)).toEqual([]);
		expect(of(hub({ fleets: [missing], sinks: served(4, 0) }), 120 * MINUTE)).toEqual([]);
		const well = hub({ sinks: served(20, 0) });
		expect(of(well, 121 * MINUTE)).toEqual([]);
		expect(of(well, 122 * MINUTE)).toMatchObject([{ kind: "resolved" }]);
	});

	it("are raised and resolved in turns, whatever comes and goes", () => {
		const rule: AlertRule = {
			name: "any",
			summary: "",
			after: { warn: 30_000, page: 60_000 },
			judge: ({ feeds }) =>
				feeds.map(({ name, state }) => ({
					subject: name,
					worst: state === "down" ? "page" : "warn",
					what: "",
					affected: "",
					riders: "",
					evidence: "",
					done: "",
					todo: "",
				})),
			prometheus: [],
		};
		const step = fc
			.subarray(["a", "b"])
			.chain((names) =>
				fc.record({ names: fc.constant(names), isBad: fc.boolean(), waitS: fc.integer({ min: 1, max: 90 }) }),
			);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const alerts = new Alerts([rule]);
				const open = new Map<string, string>();
				let at = 0;
				for (const { names, isBad, waitS } of steps) {
					at += waitS * 1000;
					const feeds = names.map((name) => feed({ name, state: isBad ? "down" : "failing" }));
					for (const { kind, alert } of alerts.judge(hub({ feeds, time: TIME + at }), at)) {
						if (kind === "raised") expect(open.has(alert.subject)).toBe(false);
						if (kind === "escalated")
							expect([open.get(alert.subject), alert.severity]).toEqual(["warn", "page"]);
						if (kind === "resolved") expect(open.delete(alert.subject)).toBe(true);
						else open.set(alert.subject, alert.severity);
					}
					expect(alerts.open.map(({ subject, severity }) => [subject, severity]).sort()).toEqual(
						[...open].sort(),
					);
				}
			}),
		);
	});
});
