import { describe, expect, it } from "vitest";
import { ContractWorld } from "../test/contract-world.js";
import { allRecords } from "../test/intake-world.js";
import type { HubConfig } from "./config/config.js";
import { auditLedger } from "./log/audit.js";
import { HEAL_DEFAULT } from "./quality/healing/feed-healer.js";

const MINUTE = 60_000;
const MPH = 0.44704;

const renamed = ({ id, lat, lon, ...row }: Record<string, unknown>) => ({
	...row,
	vehicle: id,
	latitude: lat,
	longitude: lon,
});
const inMph = (row: Record<string, unknown>) => ({ ...row, spd: Number(row["spd"]) / MPH });

/** What is known of each vehicle at each time, the last revision of it. */
async function known(world: ContractWorld) {
	const records = (await allRecords(world.log)).filter(({ body }) => body.kind === "vehicle_location");
	const last = new Map<string, (typeof records)[number]>();
	for (const record of records) {
		const key = `${record.body.kind === "vehicle_location" && record.body.vehicleId} ${record.eventTime}`;
		const before = last.get(key);
		if (before === undefined || record.revision >= before.revision) last.set(key, record);
	}
	return [...last.values()];
}

const openLetters = async (world: ContractWorld) =>
	(await world.log.letterIssues()).reduce((sum, { open }) => sum + open, 0);

describe("a vendor that renames fields at noon", () => {
	async function renamedAtNoon(change: (config: HubConfig) => void = () => {}) {
		const world = new ContractWorld({ moving: true });
		const hub = await world.start("", change);
		await world.time.advance(5 * MINUTE);
		const noon = world.time.runtime.clock.now();
		world.row = renamed;
		await world.time.advance(3 * MINUTE);
		return { world, hub, noon };
	}

	it("is understood, proposed, accepted and read again from the first changed message on", async () => {
		const { world, hub, noon } = await renamedAtNoon();
		const [first] = hub.healing.list().filter(({ rank }) => rank === 1);
		expect(first).toMatchObject({ feed: "buses", upstream: 0, state: "proposed", isLossy: false });
		expect(first?.edits.join(" ")).toContain("latitude is read as lat.");
		expect(first?.confidence).toBeGreaterThan(0.7);
		expect(world.told("feed.heal_proposed").length).toBeGreaterThan(0);
		// Until somebody says so, nothing is guessed.
		expect((await known(world)).filter(({ eventTime }) => eventTime > noon)).toEqual([]);
		expect(await openLetters(world)).toBeGreaterThan(50);

		const id = first?.id ?? 0;
		await hub.healing.accept({ feed: "buses", id, by: "Ada" });
		await world.time.advance(5 * MINUTE);
		expect(await openLetters(world)).toBe(0);
		const after = (await known(world)).filter(({ eventTime }) => eventTime > noon);
		expect(new Set(after.map(({ origin }) => origin.decoder))).toEqual(new Set([`mapping@1+h${id}`]));
		// Every ten seconds ten buses, from the first changed message to the last one.
		expect(after.length).toBeGreaterThanOrEqual(8 * 6 * 10 - 20);
		expect(world.told("feed.heal_accepted")).toMatchObject([{ details: { decidedBy: "Ada" } }]);
		expect(hub.status().feeds[0]?.state).toBe("running");

		await hub.healing.rollBack({ feed: "buses", id, by: "Ada" });
		await world.time.advance(3 * MINUTE);
		expect(hub.healing.list().find((one) => one.id === id)).toMatchObject({ state: "rolled_back" });
		// Payloads are read as they are sent again: what only the repair could read has a dead letter once more, each one.
		const { letters } = await world.log.letters({ limit: 10_000 });
		const unread = letters.map(
			({ letter: { frame, index } }) => `${frame.partition}/${frame.offset}/${index}`,
		);
		expect(new Set(unread).size).toBe(unread.length);
		expect(unread.length).toBeGreaterThanOrEqual(after.length);
		expect(letters.filter(({ letter }) => letter.stage === "redecode").length).toBeGreaterThan(300);
		// What was told stays in the archive, under the name of the repair.
		const kept = (await known(world)).filter(({ eventTime }) => eventTime > noon);
		expect(kept.length).toBe(after.length);
		expect(await auditLedger(world.log, { sinks: [{ name: "partner", feeds: ["buses"] }] })).toMatchObject({
			balanced: true,
			findings: [],
		});

		// Whoever decodes them once more is told nothing new.
		const counted = async () =>
			(await world.log.letters({ limit: 10_000 })).letters.filter(({ letter }) => letter.stage === "redecode")
				.length;
		const before = await counted();
		await hub.replays.beginRedecode({ feed: "buses", fromTime: noon, reason: "to be sure" });
		await world.time.advance(3 * MINUTE);
		expect(await counted()).toBe(before);
		await world.close(hub);
	});

	it("has one letter for each row that cannot be read, also when it is rolled back before they are settled", async () => {
		const { world, hub, noon } = await renamedAtNoon();
		const open = async () =>
			(await world.log.letters({ limit: 10_000 })).letters.map(
				({ letter: { frame, index } }) => `${frame.partition}/${frame.offset}/${index}`,
			);
		const id = hub.healing.list().find(({ rank }) => rank === 1)?.id ?? 0;
		await hub.healing.accept({ feed: "buses", id, by: "Ada" });
		await world.time.advance(5_000);
		expect((await known(world)).filter(({ eventTime }) => eventTime > noon).length).toBeGreaterThan(100);
		expect((await open()).length).toBeGreaterThan(20);
		await hub.healing.rollBack({ feed: "buses", id, by: "Ada" });
		await world.time.advance(20_000);
		const unread = await open();
		expect(new Set(unread).size).toBe(unread.length);
		await world.close(hub);
	});

	it("is left alone where the configuration does not want to hear of it", async () => {
		const { world, hub } = await renamedAtNoon((config) => {
			Object.assign(config.feeds[0] ?? {}, { heal: { ...HEAL_DEFAULT, mode: "off" } });
		});
		expect(hub.healing.list()).toEqual([]);
		await world.close(hub);
	});
});

it("corrects the speeds that were stated in another unit, as revisions of what was told", async () => {
	const world = new ContractWorld({ moving: true });
	const hub = await world.start();
	await world.time.advance(5 * MINUTE);
	const noon = world.time.runtime.clock.now();
	world.row = inMph;
	await world.time.advance(3 * MINUTE);
	const [first] = hub.healing.list().filter(({ rank }) => rank === 1);
	expect(first?.edits).toContain("spd is multiplied by 0.44704.");
	await hub.healing.accept({ feed: "buses", id: first?.id ?? 0, by: "Ada" });
	await world.time.advance(5 * MINUTE);
	const after = (await known(world)).filter(({ eventTime }) => eventTime > noon);
	expect(after.filter(({ revision }) => revision > 0).length).toBeGreaterThan(100);
	for (const { body } of after)
		if (body.kind === "vehicle_location" && body.speedMps !== undefined)
			expect(body.speedMps).toBeLessThan(12);
	await world.close(hub);
});

it("accepts what is sure without anybody where the configuration wants it, and reads so over restarts", async () => {
	const auto = (config: HubConfig) => {
		Object.assign(config.feeds[0] ?? {}, { heal: { ...HEAL_DEFAULT, mode: "auto" } });
	};
	const world = new ContractWorld({ moving: true });
	const hub = await world.start("", auto);
	await world.time.advance(5 * MINUTE);
	const noon = world.time.runtime.clock.now();
	world.row = inMph;
	await world.time.advance(2 * MINUTE);
	const accepted = [{ state: "accepted", decidedBy: "heal: auto" }];
	expect(hub.healing.list()).toMatchObject(accepted);
	await world.stop(hub);
	const again = await world.start("", auto);
	expect(again.healing.list()).toMatchObject(accepted);
	await world.time.advance(5 * MINUTE);
	const after = (await known(world)).filter(({ eventTime }) => eventTime > noon);
	expect(after.length).toBeGreaterThan(6 * 6 * 10);
	for (const { body } of after) {
		if (body.kind === "vehicle_location") expect(body.speedMps).toBeLessThan(12);
	}
	expect(again.status().feeds[0]?.upstreams[0]?.quality?.alarms).toEqual([]);
	await world.close(again);
});

describe("an order that makes no sense", () => {
	it("is refused in words", async () => {
		const world = new ContractWorld({ moving: true });
		const hub = await world.start();
		const order = { feed: "buses", id: 7, by: "Ada" };
		await expect(hub.healing.accept(order)).rejects.toThrow("There is no repair 7 of buses; there is none.");
		await expect(hub.healing.rollBack({ ...order, upstream: 3 })).rejects.toThrow("no repair");
		await world.close(hub);
	});
});
