import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyVehicle, type FeedEntity } from "../formats/gtfs-realtime.js";
import { writeFeedMessage } from "../formats/gtfs-realtime-write.js";
import type { Http, HttpRequest } from "../runtime/http.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { Comparison, type SavedComparison } from "./comparison.js";
import { measureLive } from "./live.js";
import { reportOf } from "./report.js";
import { reportPage } from "./report-page.js";
import { reportText } from "./report-text.js";
import { Sketch } from "./sketch.js";
import type { SeenVehicle, Snapshot } from "./snapshot.js";
import { judge } from "./verdict.js";

const START = Date.parse("2026-01-05T06:00:00Z");
const DAY_MS = 86_400_000;
const EVERY_MS = 120_000;
const FLEET = 50;

interface Planted {
	readonly lagS: number;
	readonly missing: readonly number[];
	readonly swapped: readonly [number, number] | undefined;
	readonly hasGhost: boolean;
	readonly down: readonly [number, number] | undefined;
}

const HONEST: Planted = { lagS: 0, missing: [], swapped: undefined, hasGhost: false, down: undefined };

/** Buses that go up and down their street, an hour each way: straight between any two readings. */
function feedAt(now: number, { lagS, missing, swapped, hasGhost }: Planted): Uint8Array {
	const time = now - lagS * 1000;
	const phase = ((time - START + 2 * 3_600_000) % 7_200_000) / 3_600_000;
	const way = phase < 1 ? phase : 2 - phase;
	const entities: FeedEntity[] = [];
	const add = (id: string, seconds: number, latitude: number, tripId: string, routeId: string) =>
		entities.push({
			id,
			isDeleted: undefined,
			tripUpdate: undefined,
			alert: undefined,
			detour: undefined,
			vehicle: {
				...emptyVehicle(),
				timestamp: seconds,
				vehicle: { id, label: undefined, licensePlate: undefined, wheelchairAccessible: undefined },
				position: { latitude, longitude: 2, bearing: undefined, odometer: undefined, speed: undefined },
				trip: {
					tripId,
					routeId,
					startTime: undefined,
					startDate: undefined,
					scheduleRelationship: 0,
					directionId: undefined,
				},
			},
		});
	for (let bus = 0; bus < FLEET; bus++) {
		if (missing.includes(bus)) continue;
		const at = swapped?.indexOf(bus) ?? -1;
		const work = at < 0 ? bus : (swapped?.[1 - at] ?? bus);
		add(`bus-${bus}`, time / 1000, 1 + bus / 100 + way * 0.1, `trip-${work}`, `R${work % 5}`);
	}
	if (hasGhost) add("ghost", START / 1000, 1, "trip-ghost", "R0");
	return writeFeedMessage({
		header: {
			gtfsRealtimeVersion: "2.0",
			incrementality: 0,
			timestamp: now / 1000,
			feedVersion: undefined,
		},
		entities,
	});
}

async function measured(
	days: number,
	b: Planted,
	everyMs = EVERY_MS,
	stopAfterMs = Number.POSITIVE_INFINITY,
) {
	const requests: HttpRequest[] = [];
	const http: Http = {
		async request(request) {
			requests.push(request);
			const isB = request.url.endsWith("b");
			const now = virtual.runtime.clock.now();
			if (isB && b.down && now >= b.down[0] && now < b.down[1])
				return { status: 503, headers: {}, body: new Uint8Array(), wireBytes: 0 };
			const body = feedAt(now, isB ? b : HONEST);
			return { status: 200, headers: { etag: `"${now}"` }, body, wireBytes: body.length };
		},
	};
	const virtual = createVirtualRuntime({ startTime: START, http });
	const stop = new AbortController();
	const comparison = new Comparison("America/Chicago");
	const done = measureLive({
		runtime: virtual.runtime,
		urls: { a: "http://feed.test/a", b: "http://feed.test/b" },
		everyMs,
		until: START + days * DAY_MS,
		comparison,
		prepare: async () => {},
		onMoment: async (now) => {
			if (now - START >= stopAfterMs) stop.abort();
		},
		signal: stop.signal,
	});
	await virtual.advance(days * DAY_MS + 1000);
	await done;
	expect(virtual.pendingTimers()).toBe(0);
	return { comparison, requests };
}

const labels = { a: "old feed", b: "<new> feed" };

describe("fourteen days of two feeds", () => {
	it("state exactly the differences that were planted", async () => {
		const down: [number, number] = [START + 3 * DAY_MS, START + 3 * DAY_MS + 3_600_000];
		const planted: Planted = { lagS: 30, missing: [7], swapped: [10, 15], hasGhost: true, down };
		const { comparison, requests } = await measured(14, planted);
		const moments = (14 * DAY_MS) / EVERY_MS;
		const { counts } = [...comparison.hours.values()].reduce(
			(sum, { counts: own }) => {
				for (const [name, value] of Object.entries(own)) sum.counts[name] = (sum.counts[name] ?? 0) + value;
				return sum;
			},
			{ counts: {} as Record<string, number> },
		);
		expect(counts["moments"]).toBe(moments);
		// The hour, and at most the one moment at which the breaker was still waiting.
		expect(counts["downB"]).toBeGreaterThanOrEqual(30);
		expect(counts["downB"]).toBeLessThanOrEqual(31);
		expect(comparison.health.b.outages).toHaveLength(1);
		const up = moments - (counts["downB"] ?? 0);
		expect(counts).toMatchObject({
			both: up * 49,
			onlyA: up,
			onlyB: 3,
			ghostsA: 0,
			ghostsB: up - 3,
			downA: 0,
		});
		const verdict = judge(comparison);
		const report = reportOf(comparison, verdict, labels);
		expect(report.total).toMatchObject({
			missing: 0.02,
			age: { a: { p50: 0, p95: 0 }, b: { p50: 30, p95: 30 } },
			ghosts: { a: 0, b: up - 3 },
			routesDiffer: 0,
		});
		expect(report.total.tripsDiffer).toBeCloseTo(2 / 49, 12);
		expect(report.total.distance.max).toBeLessThanOrEqual(1);
		expect(report.routes.map(({ route }) => route)).toEqual(["R0", "R1", "R2", "R3", "R4"]);
		expect(report.routes.map(({ missing }) => missing)).toEqual([0, 0, 0.1, 0, 0]);
		expect(report.routeHours).toHaveLength(5 * 24);
		expect(report.timeline).toHaveLength(14 * 24);
		expect(report.missingVehicles[0]).toEqual({ id: "bus-7", onlyA: up, onlyB: 0, both: 0 });
		expect(verdict.go).toBe(false);
		const failed = verdict.checks.filter(({ passes }) => !passes).map(({ name }) => name);
		expect(failed).toEqual(["missing", "ghosts", "age", "trips"]);
		expect(requests.find(({ headers }) => headers?.["if-none-match"] !== undefined)).toBeDefined();
		// What is kept does not grow with time but by a tally for each hour.
		expect(JSON.stringify(comparison.save()).length).toBeLessThan(400_000);
	}, 120_000);

	it("of two feeds that agree are a go, which a stricter limit takes back", async () => {
		const { comparison } = await measured(1, HONEST);
		expect(judge(comparison)).toMatchObject({ go: true });
		expect(judge(comparison, { moments: 1000 }).checks[0]).toMatchObject({
			passes: false,
			sentence: "Both feeds could be read at 720 moments; at least 1,000 are needed.",
		});
		const page = reportPage(reportOf(comparison, judge(comparison), labels));
		expect(page).toContain("Go: B can take the place of A.");
		expect(page).toContain("&lt;new&gt; feed");
		expect(page).not.toMatch(/<script|<new>|(?:src|href)=|url\(|@import/);
		expect(reportText(reportOf(comparison, judge(comparison), labels))[0]).toMatch(/^Go:/);
	});

	it("end at once when they are told to, with what was measured so far", async () => {
		const { comparison } = await measured(1, HONEST, EVERY_MS, 3_600_000);
		expect(reportOf(comparison, judge(comparison), labels).total.moments).toBe(31);
	});
});

function snapshot(vehicles: Readonly<Record<string, Partial<SeenVehicle>>>, headerTime = START): Snapshot {
	const none: SeenVehicle = {
		tripId: undefined,
		gtfsRouteId: "R",
		directionId: undefined,
		startTime: undefined,
		startDate: undefined,
		relationship: undefined,
		latitude: 1,
		longitude: 2,
		time: headerTime,
	};
	const seen = Object.entries(vehicles).map(([id, own]) => [id, { ...none, ...own }] as const);
	return { headerTime, vehicles: new Map(seen), trips: new Map(), alerts: new Set<string>(), others: 0 };
}

describe("a comparison", () => {
	it("that is saved and restored at any moment goes on as if it had never stopped", () => {
		const vehicle = fc.record({
			in: fc.constantFrom("a", "b", "ab"),
			ageS: fc.integer({ min: 0, max: 400 }),
		});
		const moments = fc.array(fc.array(vehicle, { maxLength: 6 }), { minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(moments, fc.nat(29), (all, cut) => {
				const whole = new Comparison("UTC");
				let parts = new Comparison("UTC");
				all.forEach((fleet, at) => {
					if (at === cut) {
						const saved = JSON.parse(JSON.stringify(parts.save())) as SavedComparison;
						parts = new Comparison("UTC", undefined, saved);
					}
					const now = START + at * 1_000_000;
					const side = (name: string) =>
						snapshot(
							Object.fromEntries(
								fleet.flatMap((one, id) =>
									one.in.includes(name) ? [[`v${id}`, { time: now - one.ageS * 1000 }]] : [],
								),
							),
							now,
						);
					for (const comparison of [whole, parts]) comparison.moment(now, side("a"), side("b"));
				});
				expect(JSON.parse(JSON.stringify(parts.save()))).toEqual(JSON.parse(JSON.stringify(whole.save())));
				const total = reportOf(whole, judge(whole), labels).total;
				const shown = all.flat().length;
				const { both, onlyA, onlyB } = total.vehicles;
				const ghosts = all.flat().filter(({ ageS }) => ageS > 300).length;
				expect(both + onlyA + onlyB).toBe(shown - ghosts);
			}),
		);
	});

	it("says where the same vehicle is elsewhere, on another trip or route at one event time", () => {
		const comparison = new Comparison("UTC");
		const at = (own: Partial<SeenVehicle>) => snapshot({ bus: own });
		comparison.moment(START, at({ tripId: "T1" }), at({ tripId: "T2", gtfsRouteId: "S", latitude: 1.001 }));
		const { total } = reportOf(comparison, judge(comparison), labels);
		expect(total).toMatchObject({ tripsDiffer: 1, routesDiffer: 1, distance: { p50: 111, max: 111 } });
	});
});

describe("a sketch", () => {
	it("answers quantiles within 2 %, exactly below 256, and merges as if it had seen all", () => {
		const numbers = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 300 });
		fc.assert(
			fc.property(numbers, numbers, fc.double({ min: 0.01, max: 1, noNaN: true }), (one, other, share) => {
				const sketches = [one, other].map((list) => {
					const sketch = new Sketch();
					for (const value of list) sketch.add(value);
					return sketch;
				});
				const [sketch, second] = sketches as [Sketch, Sketch];
				sketch.merge(Sketch.restore(second.save()));
				const sorted = [...one, ...other].sort((a, b) => a - b);
				const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
				const answer = sketch.quantile(share) as number;
				expect(sketch.max).toBe(sorted.at(-1));
				if (exact <= 256) expect(answer).toBe(exact);
				else expect(Math.abs(answer - exact)).toBeLessThanOrEqual(exact * 0.02 + 1);
			}),
		);
	});
});
