import { describe, expect, it } from "vitest";
import type { HubConfig } from "../config/config.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import type { TransitRecord } from "../model/record.js";
import type { FeedState } from "../operations/status.js";
import { FleetHistory } from "../schedule/fleet-history.js";
import type { IndexedTrip, ScheduleIndex } from "../schedule/schedule-index.js";
import { FleetWatch } from "./fleet-watch.js";

const S = 1000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
/** Mon 5 Jan 2026, 08:00 in UTC. */
const TIME = Date.UTC(2026, 0, 5, 8);
const CONFIG = { agencies: [{ name: "metro", timezone: "UTC" }] } as unknown as HubConfig;

/** One agency with a feed or two; time passes in halves of a minute, with a look at each. */
class World {
	readonly storage = new MemoryStorage(1);
	readonly conditions: Record<string, FeedState>;
	now = TIME;
	index: ScheduleIndex | undefined;
	log = createMemoryLog({ storage: this.storage });
	watch: FleetWatch;

	constructor(...feeds: string[]) {
		this.conditions = Object.fromEntries(feeds.map((name) => [name, "running"]));
		this.watch = this.#create();
	}

	#create() {
		return new FleetWatch(CONFIG, {
			log: this.log,
			runtime: { clock: { now: () => this.now } as never },
			indexOf: () => this.index,
			feeds: () =>
				Object.entries(this.conditions).map(([name, condition]) => ({
					feed: { name, agency: "metro", fellSilent: () => undefined },
					condition,
				})),
			onEvent: () => undefined,
		});
	}

	async restart(afterMs: number): Promise<void> {
		await this.log.close();
		this.now += afterMs;
		this.log = createMemoryLog({ storage: this.storage });
		this.watch = this.#create();
		await this.watch.restore();
	}

	report(feed: string, vehicles: number, aheadMs = 0): void {
		const records = Array.from({ length: vehicles }, (_, i) => {
			const body = {
				kind: "vehicle_location",
				vehicleId: `${feed}-${i}`,
				...(feed !== "modems" && { gtfsRouteId: `R${i % 2}`, tripId: "t" }),
			};
			const origin = { agency: "metro", feed, receivedTime: this.now };
			return { key: `metro:${feed}-${i}`, eventTime: this.now + aheadMs, origin, body };
		});
		this.watch.take(records as unknown as TransitRecord[]);
	}

	/** For so long, `vehicles` of each of these feeds report twice a minute. */
	async live(forMs: number, feeds: Readonly<Record<string, number>>, aheadMs = 0): Promise<void> {
		for (const end = this.now + forMs; this.now < end; this.now += 30 * S) {
			for (const [feed, vehicles] of Object.entries(feeds)) this.report(feed, vehicles, aheadMs);
			await this.watch.tick();
		}
	}

	silence(feed: string): number | undefined {
		const { silentSince } = this.watch.ofFeed(feed) ?? {};
		return silentSince === undefined ? undefined : this.now - silentSince;
	}
}

/** So many trips of each of two routes, all day long. */
function scheduleOf(trips: number, until = TIME + 12 * HOUR): ScheduleIndex {
	const start = Date.UTC(2026, 0, 5);
	const all = Array.from({ length: 2 * trips }, (_, i): [string, IndexedTrip] => [
		`${i}`,
		{
			tripId: `${i}`,
			gtfsRouteId: `R${i % 2}`,
			directionId: 0,
			blockId: undefined,
			startS: 0,
			endS: (until - start) / S,
			days: 1,
			frequencies: undefined,
			resolutions: [],
		},
	]);
	return { days: [{ date: "20260105", start, book: { trips: new Map(all) } }] } as unknown as ScheduleIndex;
}

describe("a fleet", () => {
	it("is counted by who was heard of, with the routes that lack most by the schedule", async () => {
		const world = new World("avl");
		world.index = scheduleOf(10);
		await world.live(10 * MINUTE, { avl: 20 });
		expect(world.watch.status()).toEqual([
			{ agency: "metro", vehicles: 20, expected: 20, basis: "schedule", short: [] },
		]);
		await world.live(6 * MINUTE, { avl: 3 });
		expect(world.watch.status()).toMatchObject([
			{
				vehicles: 3,
				expected: 20,
				short: [
					{ gtfsRouteId: "R1", vehicles: 1, expected: 10 },
					{ gtfsRouteId: "R0", vehicles: 2, expected: 10 },
				],
			},
		]);
		expect(world.watch.ofFeed("avl")).toMatchObject({
			vehicles: 3,
			routes: ["R0", "R1"],
			silent: { vehicles: 17, routes: ["R1", "R0"] },
		});
	});

	it("of a feed that never says what its vehicles do is missed when it is silent, beside one that says so, and idle ones are not", async () => {
		const world = new World("avl", "modems");
		await world.live(10 * MINUTE, { avl: 20, modems: 12 });
		await world.live(5 * MINUTE, { avl: 20 });
		expect(world.silence("modems")).toBeGreaterThan(4 * MINUTE);
		await world.restart(MINUTE);
		await world.live(10 * MINUTE, { avl: 20, modems: 12 });
		expect([world.silence("avl"), world.silence("modems")]).toEqual([undefined, undefined]);
	});

	it("stands as it was while its feed is not well", async () => {
		const world = new World("avl");
		await world.live(5 * MINUTE, { avl: 20 });
		world.conditions["avl"] = "down";
		await world.live(60 * MINUTE, {});
		expect(world.watch.ofFeed("avl")).toMatchObject({ vehicles: 20, routes: ["R0", "R1"] });
		expect(world.watch.status()).toMatchObject([{ vehicles: 0 }]);
	});

	it("tells by how much half of it is ahead of us", async () => {
		const world = new World("avl");
		await world.live(5 * MINUTE, { avl: 20 }, 12 * S);
		expect(world.watch.ofFeed("avl")?.medianAgeMs).toBe(-12 * S);
	});
});

describe("a feed", () => {
	it("is silent from its last report on when ten vehicles were at work, whoever is expected", async () => {
		const world = new World("avl");
		await world.live(5 * MINUTE, { avl: 10 });
		expect(world.silence("avl")).toBeUndefined();
		await world.live(2 * MINUTE, {});
		expect(world.silence("avl")).toBe(2 * MINUTE + 30 * S);
		expect(world.watch.ofFeed("avl")).toMatchObject({ vehicles: 10 });
		await world.live(30 * MINUTE, {});
		expect(world.watch.ofFeed("avl")).toMatchObject({ vehicles: 10 });
		await world.live(30 * S, { avl: 1 });
		expect(world.silence("avl")).toBeUndefined();
	});

	it("is not silent where fewer were at work and nobody knows how many should be", async () => {
		const world = new World("avl");
		await world.live(5 * MINUTE, { avl: 9 });
		await world.live(60 * MINUTE, {});
		expect(world.silence("avl")).toBeUndefined();
	});

	it("is silent with four where the schedule has four, and is at rest once it has none", async () => {
		const world = new World("avl");
		world.index = scheduleOf(2, TIME + HOUR);
		await world.live(5 * MINUTE, { avl: 4 });
		await world.live(5 * MINUTE, {});
		expect(world.silence("avl")).toBe(5 * MINUTE + 30 * S);
		await world.live(60 * MINUTE, {});
		expect(world.silence("avl")).toBeUndefined();
	});

	it("at rest by the same hour of earlier days is well, and so is one of two that may have gone home", async () => {
		const lived = (vehicles: number) => {
			const history = new FleetHistory("UTC", []);
			for (let at = TIME - 5 * 24 * HOUR; at < TIME; at += 5 * MINUTE) history.add(vehicles, at);
			return history.json();
		};
		for (const [vehicles, feeds, isSilent] of [
			[20, ["avl"], true],
			[0, ["avl"], false],
			[20, ["avl", "trams"], false],
		] as const) {
			const world = new World(...feeds);
			const json = { agencies: { metro: { routes: [], days: lived(vehicles) } }, feeds: [], speeches: [] };
			await world.log.commit({ state: [{ name: "fleet", bytes: JSON.stringify(json) }] });
			await world.watch.restore();
			await world.live(5 * MINUTE, { avl: 8 });
			await world.live(5 * MINUTE, {});
			expect(world.silence("avl") !== undefined, `${vehicles} ${feeds}`).toBe(isSilent);
		}
	});

	it("that tells what is long past is not silent", async () => {
		const world = new World("avl");
		await world.live(5 * MINUTE, { avl: 20 });
		await world.live(10 * MINUTE, { avl: 20 }, -HOUR);
		expect(world.silence("avl")).toBeUndefined();
	});

	it("that was silent is so after a restart; one that spoke is given time, and after long nothing is expected of it", async () => {
		const world = new World("avl");
		await world.live(20 * MINUTE, { avl: 20 });
		await world.live(2 * MINUTE, {});
		await world.restart(10 * MINUTE);
		await world.live(30 * S, {});
		expect(world.silence("avl")).toBe(13 * MINUTE);

		for (const [downMs, isSilent] of [
			[10 * MINUTE, true],
			[2 * HOUR, false],
		] as const) {
			const other = new World("avl");
			await other.live(20 * MINUTE, { avl: 20 });
			await other.restart(downMs);
			await other.live(60 * S, {});
			expect(other.silence("avl")).toBeUndefined();
			await other.live(60 * S, {});
			expect(other.silence("avl") !== undefined, `${downMs}`).toBe(isSilent);
		}
	});
});
