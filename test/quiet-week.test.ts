import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../src/model/units.js";
import { MONDAY } from "./quiet-week/fleet.js";
import { live } from "./quiet-week/world.js";

/** The week in full is `npm run simulate:week`, which runs every night. */
describe("a quiet week", () => {
	it("calls nobody from the evening before a holiday to its end", { timeout: 120_000 }, async () => {
		const quiet = await live({ fromMs: 70 * HOUR_MS, lastsMs: 24 * HOUR_MS });
		expect(quiet.alerts).toEqual([]);
		expect(quiet.messages).toEqual([]);
		expect(quiet.records).toBeGreaterThan(10_000);
		expect(quiet.starts).toBe(2);
		const fleets = quiet.statuses.map(({ time, fleets: [city, county] = [] }) => ({
			hour: ((time - MONDAY) / HOUR_MS) % 24,
			city,
			county,
		}));
		const night = fleets.filter(({ hour }) => hour > 3.2 && hour < 4.5);
		expect(night.length).toBeGreaterThan(5);
		for (const { city, county } of night) {
			expect(city?.vehicles).toBe(0);
			expect(county).toMatchObject({ vehicles: 0, expected: 0, basis: "history" });
		}
		const day = fleets.filter(({ hour }) => hour > 9 && hour < 18);
		for (const { city, county } of day) {
			expect(city?.basis).toBe("schedule");
			expect(city?.expected).toBeGreaterThan(1);
			expect(county?.expected).toBeGreaterThan(1);
		}
	});

	it("is over when half of the fleet is silent in the peak, by schedule and by earlier days", {
		timeout: 120_000,
	}, async () => {
		const [from, to] = [7.25 * HOUR_MS, 8.25 * HOUR_MS];
		const { alerts, messages } = await live({
			fromMs: 6 * HOUR_MS,
			lastsMs: 3 * HOUR_MS,
			isSilent: ({ index }, time) => index % 3 > 0 && time >= MONDAY + from && time < MONDAY + to,
		});
		const minutes = (atMs: number, since: number) => (atMs - since) / MINUTE_MS;
		const told = (code: string) =>
			new Map(
				alerts
					.filter(({ event }) => event.code === code)
					.map(({ atMs, event }) => [`${event.details?.["alert"]} ${event.subject}`, { atMs, event }]),
			);
		const [raised, resolved] = [told("alert.raised"), told("alert.resolved")];
		const names = ["riders-stale sink:riders", "fleet-missing agency:city", "fleet-missing agency:county"];
		expect([...raised.keys()]).toEqual(names);
		expect(new Set(resolved.keys())).toEqual(new Set(names));
		// Nothing but these six, so each was told once.
		expect(alerts).toHaveLength(6);
		expect(minutes(raised.get(names[0] as string)?.atMs ?? 0, from)).toBeLessThan(6);
		for (const name of names.slice(1)) {
			const { atMs = 0, event } = raised.get(name) ?? {};
			expect(event?.level).toBe("error");
			// A vehicle counts for five minutes after it was heard of; then it has to last for ten.
			expect(minutes(atMs, from)).toBeGreaterThan(14);
			expect(minutes(atMs, from)).toBeLessThan(17);
			expect(minutes(resolved.get(name)?.atMs ?? 0, to)).toBeLessThan(3);
		}
		expect(raised.get(names[1] as string)?.event.message).toMatch(/most of all on routes \d+ \(\d of \d\)/);
		expect(raised.get(names[2] as string)?.event.message).toContain("at this hour of earlier days");
		expect(messages.length).toBeGreaterThanOrEqual(2);
	});
});
