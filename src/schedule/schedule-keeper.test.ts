import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createMemorySchedules } from "../stores/memory-schedules.js";
import { NO_RULES } from "./id-rules.js";
import { IdResolver } from "./resolver.js";
import { ScheduleKeeper } from "./schedule-keeper.js";
import { LocalPlace } from "./schedule-place.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-keeper-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;

type Tables = Readonly<Record<string, string>>;

const info = (from: string, to: string, version: string) =>
	`feed_publisher_name,feed_start_date,feed_end_date,feed_version\nM,${from},${to},${version}\n`;
const valid = (from: string, to: string, version: string): Tables => ({
	...SMALL_FEED,
	"feed_info.txt": info(from, to, version),
});

function world(startTime: string, first: Tables | undefined) {
	const path = join(folder, `${places++}.zip`);
	const put = (tables: Tables) => writeFileSync(path, zipOf(tables));
	if (first) put(first);
	const { runtime, advance, jumpWallClock } = createVirtualRuntime({ startTime: Date.parse(startTime) });
	const store = createMemorySchedules(createNodeFiles());
	const events: string[] = [];
	let mark: string | undefined;
	const keeperOf = () => {
		const resolver = new IdResolver({ rules: NO_RULES, hasSchedule: true });
		const keeper = new ScheduleKeeper({
			agency: "metro",
			timezone: "America/Chicago",
			store,
			place: new LocalPlace(path, createNodeFiles()),
			everyMs: 60_000,
			resolver,
			clock: runtime.clock,
			memory: {
				load: async () => mark,
				save: async (next) => {
					mark = next;
				},
			},
			onEvent: (level, code, message) => events.push(`${level} ${code}: ${message}`),
		});
		return { keeper, resolver };
	};
	const tickAfter = async (keeper: ScheduleKeeper, ms: number) => {
		await advance(ms);
		await keeper.tick();
	};
	const said = () => events.splice(0);
	return { put, path, keeperOf, said, tickAfter, store, jumpWallClock, clock: runtime.clock };
}

describe("a schedule keeper", () => {
	it("reads the schedule, keeps it over a restart, and does not read it again", async () => {
		const { keeperOf, said, tickAfter } = world("2026-01-05T14:00:00Z", SMALL_FEED);
		const { keeper, resolver } = keeperOf();
		await keeper.restore();
		expect(keeper.status()).toMatchObject({
			state: "missing",
			sentence: "No schedule was read yet, so no trip resolves.",
		});
		await keeper.tick();
		expect(said()).toEqual([
			expect.stringMatching(
				/^info schedule.loaded: Schedule 2026-A@\w{8} for 20260101 to 20260630 was read: 4 trips/,
			),
		]);
		expect(keeper.status()).toMatchObject({
			state: "current",
			today: "20260105",
			days: [{ trips: 0 }, { date: "20260105", trips: 3 }, { trips: 3 }],
		});
		const at = Date.parse("2026-01-05T14:10:00Z");
		expect(resolver.resolve({ kind: "vehicle_location", vehicleId: "1", tripId: "T1" }, at).serviceDate).toBe(
			"20260105",
		);
		const next = keeperOf();
		await next.keeper.restore();
		expect(next.keeper.status().state).toBe("current");
		await tickAfter(next.keeper, 120_000);
		expect(said()).toEqual([]);
	});

	it("refuses a broken feed with the reason and the old one stays; a mended one takes over once it is settled", async () => {
		const { put, keeperOf, said, tickAfter } = world("2026-01-05T14:00:00Z", SMALL_FEED);
		const { keeper } = keeperOf();
		await keeper.restore();
		await keeper.tick();
		said();
		put({ "agency.txt": "x" });
		await tickAfter(keeper, 60_000);
		expect(said()).toEqual([]);
		await tickAfter(keeper, 20_000);
		expect(said()).toEqual([
			expect.stringMatching(
				/^error schedule.refused: The schedule at .* is refused: .*: is missing.*The schedule that is there stays in use$/,
			),
		]);
		expect(keeper.status()).toMatchObject({ state: "current", refusal: { sentence: expect.any(String) } });
		await tickAfter(keeper, 60_000);
		expect(said()).toEqual([]);
		put(valid("20260101", "20260630", "B"));
		await tickAfter(keeper, 60_000);
		await tickAfter(keeper, 20_000);
		expect(said().join()).toMatch(/schedule.loaded: Schedule B@.*schedule.pruned: Schedule 2026-A@/);
		expect(keeper.status()).toMatchObject({ refusal: undefined, versions: [{ validTo: "20260630" }] });
	});

	it("says when the place cannot be looked at, once, and when it can again", async () => {
		const { path, put, keeperOf, said, tickAfter } = world("2026-01-05T14:00:00Z", SMALL_FEED);
		const { keeper } = keeperOf();
		await keeper.restore();
		await keeper.tick();
		said();
		rmSync(path);
		await tickAfter(keeper, 60_000);
		await tickAfter(keeper, 60_000);
		expect(said()).toEqual([
			expect.stringMatching(
				/^warn schedule.unreachable: .*There is no GTFS feed at .*; the schedule that is there stays in use$/,
			),
		]);
		expect(keeper.status().state).toBe("current");
		put(SMALL_FEED);
		await tickAfter(keeper, 60_000);
		expect(said()).toEqual(["info schedule.reachable: The schedule can be looked at again"]);
	});

	it("takes a pick that was scheduled ahead on its day, and prunes the old one when no day uses it", async () => {
		const old = valid("20260101", "20260331", "winter");
		const { put, keeperOf, said, tickAfter, store } = world("2026-03-12T14:00:00Z", old);
		const { keeper, resolver } = keeperOf();
		await keeper.restore();
		await keeper.tick();
		put(valid("20260316", "20260630", "spring"));
		await tickAfter(keeper, 60_000);
		await tickAfter(keeper, 20_000);
		said();
		expect(resolver.version).toMatch(/^winter/);
		expect(await store.versions("metro")).toHaveLength(2);
		await tickAfter(keeper, 3 * 86_400_000);
		expect(said()).toEqual([]);
		await tickAfter(keeper, 86_400_000);
		expect(said()).toEqual([
			expect.stringMatching(/^info schedule.pick: From today on schedule spring@\w+ is used$/),
		]);
		expect(resolver.version).toMatch(/^spring/);
		expect(keeper.status().days.map(({ version }) => version?.split("@")[0])).toEqual([
			"winter",
			"spring",
			"spring",
		]);
		put(valid("20260316", "20260630", "corrected"));
		await tickAfter(keeper, 2 * 86_400_000);
		await tickAfter(keeper, 20_000);
		expect((await store.versions("metro")).map(({ version }) => version.split("@")[0])).toEqual([
			"corrected",
		]);
	});

	it("warns before a schedule ends, and says what is lost when it has ended", async () => {
		const { keeperOf, said, tickAfter } = world("2026-06-24T14:00:00Z", SMALL_FEED);
		const { keeper, resolver } = keeperOf();
		await keeper.restore();
		await keeper.tick();
		expect(said().join()).toMatch(
			/warn schedule.expires: Schedule 2026-A@\w+ ends on 20260630, and nothing follows it yet/,
		);
		await tickAfter(keeper, 7 * 86_400_000);
		expect(said().join()).toMatch(/error schedule.expired: No schedule covers 20260701/);
		expect(keeper.status()).toMatchObject({ state: "expired", version: undefined });
		const at = Date.parse("2026-07-01T14:10:00Z");
		expect(
			resolver.resolve(
				{ kind: "vehicle_location", vehicleId: "1", tripId: "T1", serviceDate: "20260701" },
				at,
			),
		).toMatchObject({
			unresolved: "no_schedule",
		});
	});

	it("raises the alarm when a new schedule matches nothing, and gives the all-clear", async () => {
		const { keeperOf, said, tickAfter, clock } = world("2026-01-05T14:00:00Z", SMALL_FEED);
		const { keeper, resolver } = keeperOf();
		await keeper.restore();
		await keeper.tick();
		said();
		const see = (tripId: string, times: number) => {
			for (let n = 0; n < times; n++) {
				const seen = resolver.resolve({ kind: "vehicle_location", vehicleId: "1", tripId }, clock.now());
				resolver.count(seen, clock.now());
			}
		};
		see("strange", 99);
		await tickAfter(keeper, 1000);
		expect(said()).toEqual([]);
		see("strange", 1);
		await tickAfter(keeper, 1000);
		await tickAfter(keeper, 1000);
		expect(said()).toEqual([
			"error schedule.match_low: Only 0 % of the trips that upstream names are in the schedule (most of all unknown_trip); compare an id of upstream with trips.txt, and map it under ids",
		]);
		see("T1", 300);
		await tickAfter(keeper, 1000);
		expect(said()).toEqual([
			"info schedule.match_good: Again 75 % of the trips that upstream names are in the schedule",
		]);
	});

	it("gives up a load when it is stopped", async () => {
		const { keeperOf, said } = world("2026-01-05T14:00:00Z", SMALL_FEED);
		const { keeper } = keeperOf();
		await keeper.restore();
		keeper.stop();
		await keeper.tick();
		expect(said()).toEqual([]);
		expect(keeper.status().state).toBe("missing");
	});
});
