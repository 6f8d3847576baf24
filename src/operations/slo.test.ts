import { describe, expect, it } from "vitest";
import { STATUS } from "../../test/hub-status.js";
import { SLO_DEFAULT, type SloStatus } from "../model/slo.js";
import { HOUR_MS, SECOND_MS } from "../model/units.js";
import { sloBurn } from "./alert-rules-slo.js";
import { SloBook } from "./slo.js";
import type { HubStatus, IncidentBrief } from "./status.js";

const START = Date.UTC(2026, 10, 2, 6);
const LOOK_MS = 10 * SECOND_MS;

/** A hub as it looks at one moment. */
interface Moment {
	readonly ageS?: number;
	readonly headerAgeS?: number;
	readonly inService?: number;
	readonly records?: number;
	readonly lost?: number;
	readonly delivered?: number;
	readonly withheld?: number;
	readonly incidents?: readonly IncidentBrief[];
	readonly oldestLetterMs?: number;
}

function statusAt(time: number, moment: Moment): HubStatus {
	const { ageS = 20, headerAgeS = 5, inService = 20, records = 0, lost = 0 } = moment;
	const { delivered = 0, withheld = 0, incidents = [], oldestLetterMs } = moment;
	const letters =
		oldestLetterMs === undefined
			? []
			: [
					{
						id: "a",
						subject: "feed:a",
						code: "x",
						open: 1,
						firstTime: time - oldestLetterMs,
						lastTime: time,
					},
				];
	const [feed] = STATUS.feeds;
	const [sink] = STATUS.sinks;
	if (feed === undefined || sink === undefined) throw new Error("the fixture has a feed and a sink");
	const facts = { inService, overdue: 0, ageP95S: ageS, headerAgeS, withheld_guard: withheld };
	return {
		...STATUS,
		time,
		feeds: [{ ...feed, records, gaps: { countedReports: lost, estimatedReports: 0, last: undefined } }],
		sinks: [{ ...sink, name: "rider-feed", delivered, facts }],
		incidents,
		store: { ...STATUS.store, deadLetters: letters },
		alerts: [],
	};
}

function book() {
	const one = new SloBook(() => SLO_DEFAULT);
	let time = START;
	return {
		/** So many looks, ten seconds apart. */
		look(count: number, moment: (at: number) => Moment = () => ({})): void {
			for (let at = 0; at < count; at++, time += LOOK_MS) one.add(statusAt(time, moment(at)));
		},
		of(name: SloStatus["name"]): SloStatus {
			const found = one.view(time).find((slo) => slo.name === name);
			if (found === undefined) throw new Error(name);
			return found;
		},
		view: () => one.view(time),
		json: () => one.json(),
		get time() {
			return time;
		},
	};
}

const HOUR = HOUR_MS / LOOK_MS;
const incident = (id: string, detectMs: number, mitigateMs?: number): IncidentBrief => ({
	id,
	state: mitigateMs === undefined ? "open" : "resolved",
	severity: "page",
	title: "Something was wrong.",
	subjects: ["feed:a"],
	since: START,
	detectedTime: START + detectMs,
	mitigatedTime: mitigateMs === undefined ? undefined : START + mitigateMs,
	resolvedTime: mitigateMs === undefined ? undefined : START + mitigateMs,
});

describe("service-level objectives", () => {
	it("are counted by moments, reports and incidents, and say what is left", () => {
		const one = book();
		expect(one.of("freshness")).toMatchObject({ share: undefined, sentence: "Nothing was counted yet." });
		one.look(1000, (at) => ({
			ageS: at < 995 ? 20 : 151,
			headerAgeS: at < 990 ? 5 : 61,
			records: at * 100,
			lost: at >= 500 ? 300 : 0,
			oldestLetterMs: at < 900 ? HOUR_MS : 169 * HOUR_MS,
			incidents: at < 10 ? [] : [incident("a", 60_000, HOUR_MS), incident("b", 600_000)],
		}));
		expect(one.of("freshness")).toMatchObject({
			good: 995,
			total: 1000,
			sentence: "It is kept, 50 % of its budget are left.",
		});
		expect(one.of("validity")).toMatchObject({ good: 990, total: 1000 });
		expect(one.of("completeness")).toMatchObject({ good: 99_900, total: 100_200 });
		expect(one.of("dead-letter-age")).toMatchObject({
			good: 900,
			sentence: "It is missed, its budget is overdrawn by 900 %, and it burns too fast.",
		});
		expect(one.of("detection")).toMatchObject({ good: 1, total: 2 });
		expect(one.of("recovery")).toMatchObject({ good: 1, total: 1 });
	});

	it("are not missed at night, when nobody is in service", () => {
		const one = book();
		one.look(100, () => ({ inService: 0, ageS: 9999, headerAgeS: 9999 }));
		expect(one.of("freshness").total).toBe(0);
		expect(one.of("validity").total).toBe(0);
	});

	it("count much that is withheld against validity, by what was withheld since the look before", () => {
		const one = book();
		one.look(10, (at) => ({ delivered: at * 100, withheld: at * 20 }));
		one.look(10, (at) => ({ delivered: 1000 + at * 100, withheld: 200 + at * 30 }));
		expect(one.of("validity").good).toBe(11);
	});

	it("page at 14.4 over an hour and five minutes, and no more once the five minutes are well", () => {
		const one = book();
		one.look(6 * HOUR);
		one.look(50, () => ({ ageS: 400 }));
		expect(one.of("freshness").burning).toBeUndefined();
		one.look(10, () => ({ ageS: 400 }));
		expect(one.of("freshness").burning).toMatchObject({
			severity: "page",
			rate: 14.4,
			long: "1h",
			short: "5m",
		});
		expect(one.of("freshness").sentence).toMatch(/burns too fast/);
		one.look(60);
		expect(one.of("freshness").burning?.rate).not.toBe(14.4);
	});

	it("page at 6 over six hours and warn at 1 over three days, for what goes on slowly", () => {
		const slow = book();
		slow.look(12 * HOUR);
		slow.look(6 * HOUR, (at) => ({ ageS: at % 12 === 0 ? 400 : 20 }));
		expect(slow.of("freshness").burning).toMatchObject({ severity: "page", rate: 6, long: "6h" });
		const slower = book();
		slower.look(72 * HOUR, (at) => ({ ageS: at % 80 === 0 ? 400 : 20 }));
		expect(slower.of("freshness").burning).toMatchObject({ severity: "warn", rate: 1, long: "3d" });
	});

	it("say nothing on little traffic, nor before they have watched for long enough", () => {
		const young = book();
		young.look(20, () => ({ ageS: 999 }));
		expect(young.of("freshness").burn["1h"]).toBeCloseTo(100);
		expect(young.of("freshness").burning).toBeUndefined();
		const quiet = book();
		quiet.look(24 * HOUR, (at) => ({ records: at < 4000 ? 0 : 10, lost: at < 4000 ? 0 : 10 }));
		expect(quiet.of("completeness")).toMatchObject({ total: 20, good: 10, burning: undefined });
	});

	it("are the same after a restart, and count no incident twice", () => {
		const one = book();
		one.look(3 * HOUR, (at) => ({ ageS: at % 10 === 0 ? 400 : 20, incidents: [incident("a", 0, 1000)] }));
		const again = new SloBook(() => SLO_DEFAULT);
		expect(again.restore(JSON.parse(JSON.stringify(one.json())))).toBe(true);
		expect(again.view(one.time)).toEqual(one.view());
		again.add(
			statusAt(one.time, { incidents: [incident("a", 0, 1000)], records: 5_000_000, lost: 1_000_000 }),
		);
		const view = again.view(one.time);
		expect(view.find(({ name }) => name === "recovery")?.total).toBe(1);
		expect(view.find(({ name }) => name === "completeness")?.total).toBe(0);
		for (const wrong of [
			null,
			7,
			{},
			{ v: 1, counts: { freshness: { fine: [[1, 2, 1]], coarse: [] } }, seen: [] },
		])
			expect(new SloBook(() => SLO_DEFAULT).restore(wrong)).toBe(false);
	});

	it("are forgotten after 28 days, and need no more room", () => {
		const one = book();
		one.look(1, () => ({ ageS: 999 }));
		for (let day = 0; day < 29; day++) {
			one.look(1);
			for (let hour = 0; hour < 24; hour++) one.look(HOUR / 60);
		}
		const sums = one.json().counts.freshness;
		expect(sums?.fine.length).toBeLessThanOrEqual(73);
		expect(sums?.coarse.length).toBeLessThanOrEqual(673);
	});

	it("alert nobody of what was told already, and wake nobody for what can wait for the morning", () => {
		const burning = { severity: "page", rate: 14.4, long: "1h", short: "5m" } as const;
		const slo = (name: SloStatus["name"]): SloStatus => ({ ...book().of(name), burning });
		const status = { ...statusAt(START, {}), slos: [slo("freshness"), slo("dead-letter-age")] };
		expect(sloBurn.judge(status).map(({ subject, worst }) => [subject, worst])).toEqual([
			["slo:freshness", "page"],
			["slo:dead-letter-age", "warn"],
		]);
		const [open] = STATUS.alerts ?? [];
		const down = { ...(open as NonNullable<typeof open>), alert: "feed-down", severity: "page" as const };
		expect(sloBurn.judge({ ...status, alerts: [down] })).toEqual([]);
		const over = (ms: number) => [{ ...incident("a", 0, 0), resolvedTime: START - ms }];
		expect(sloBurn.judge({ ...status, incidents: over(299_000) })).toEqual([]);
		expect(sloBurn.judge({ ...status, incidents: over(301_000) })).toHaveLength(2);
		const own = [{ ...incident("a", 0), subjects: ["slo:freshness"] }];
		expect(sloBurn.judge({ ...status, incidents: own })).toHaveLength(2);
	});
});
