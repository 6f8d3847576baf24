import { afterEach, expect, it } from "vitest";
import { ContractWorld, ROW_CONTRACT, withContract } from "../test/contract-world.js";
import { allRecords } from "../test/intake-world.js";
import type { HubConfig } from "./config/config.js";
import type { Hub } from "./hub.js";

const MINUTE = 60_000;
const FIELDS = "vehicleId: id, latitude: lat, longitude: lon, eventTime: { path: at, time: epoch-s }";
/** The mapping of the world, read as `speed` says. */
const candidate = (speed: string, more = "") => `
        candidate:
          decoder: { type: mapping, records: "vehicles[]", snapshot: true, fields: { ${FIELDS}, ${speed} } }${more}`;
const SAME = candidate("speedMps: spd, vehicleLabel: id");
let open: (() => Promise<void>) | undefined;

afterEach(async () => {
	await open?.();
	open = undefined;
});

async function started(more: string, change: (config: HubConfig) => void = () => {}) {
	const world = new ContractWorld();
	const hub = await world.start(more, change);
	open = () => world.close(hub);
	return { world, hub };
}

async function labelled(world: ContractWorld): Promise<Set<string>> {
	const ids = (await allRecords(world.log)).map(({ body, origin }) => {
		const isTheirs = body.kind === "vehicle_location" && body.vehicleLabel !== undefined;
		// What a record says of its decoder is what read it.
		expect(origin.offset).toBeGreaterThanOrEqual(0);
		return isTheirs ? body.vehicleId : undefined;
	});
	return new Set(ids.filter((id) => id !== undefined));
}

async function reloaded(world: ContractWorld, hub: Hub, config: HubConfig): Promise<string> {
	let outcome = "";
	const done = hub
		.reload(async () => ({ config, problems: [] }))
		.then((report) => {
			outcome = report.outcome;
		});
	for (let seconds = 0; seconds < 60 && outcome === ""; seconds++) await world.time.advance(1000);
	await done;
	return outcome;
}

const report = (hub: Hub) => hub.shadows()[0];

it("reads along, compares record by record, and changes nothing", async () => {
	const { world, hub } = await started(candidate("speedMps: { path: spd, unit: km/h }"));
	await world.time.advance(2 * MINUTE);
	const told = report(hub);
	expect(told).toMatchObject({ state: "shadow", share: 0, only: { current: 0, candidate: 0 }, equal: 0 });
	expect(told?.both).toBe((told?.frames ?? 0) * 10);
	expect(told?.fields.map(({ path }) => path)).toEqual(["speedMps"]);
	expect(told?.fields[0]?.samples[0]).toMatchObject({ record: "vehicle_location bus-0", current: "5" });
	const records = await allRecords(world.log);
	expect(records.length).toBeGreaterThan(50);
	for (const { body } of records)
		if (body.kind === "vehicle_location") expect(body.speedMps).toBeGreaterThanOrEqual(5);
	expect(hub.status().feeds[0]?.upstreams[0]?.candidate).toMatchObject({ state: "shadow" });
});

it("takes over a share of the vehicles, always the same ones, and nobody twice", async () => {
	const { world, hub } = await started(
		`${SAME}\n          cutover: [{ at: "1970-01-01T00:00Z", share: 40% }]`,
	);
	await world.time.advance(2 * MINUTE);
	const some = await labelled(world);
	expect(some.size).toBeGreaterThan(0);
	expect(some.size).toBeLessThan(10);
	const records = await allRecords(world.log);
	// Those of the share are the candidate's from the first to the last, and nobody is there twice.
	for (const { body } of records)
		if (body.kind === "vehicle_location")
			expect(body.vehicleLabel !== undefined).toBe(some.has(body.vehicleId ?? ""));
	expect(records.length).toBe((report(hub)?.frames ?? 0) * 10);
	expect(report(hub)).toMatchObject({ state: "partial", share: 0.4, rolledBack: undefined });
	expect(world.told("candidate.cutover")).toMatchObject([{ details: { share: 0.4, before: 0 } }]);
});

it("takes over at a time, by upstream's zone", async () => {
	const world = new ContractWorld();
	const at = new Date(world.time.runtime.clock.now() + 3 * MINUTE).toISOString().slice(0, 16);
	const hub = await world.start(`${SAME}\n          cutover: [{ at: "${at}" }]`);
	open = () => world.close(hub);
	await world.time.advance(MINUTE);
	expect(report(hub)).toMatchObject({ state: "shadow", next: { share: 1 } });
	expect(await labelled(world)).toEqual(new Set());
	await world.time.advance(3 * MINUTE);
	expect(report(hub)).toMatchObject({ state: "taken_over", share: 1, next: undefined });
	expect((await labelled(world)).size).toBe(10);
});

it("goes back by itself when dead letters rise, in the very frame, and stays back over a restart", async () => {
	const contract = structuredClone(ROW_CONTRACT);
	contract["x-contract"].version = 2;
	const withNext = (config: HubConfig) => {
		withContract(config, ROW_CONTRACT);
		const [upstream] = config.feeds[0]?.upstreams ?? [];
		Object.assign(upstream?.candidate ?? {}, { contract: { path: "/nowhere/2.yaml", document: contract } });
		contract.properties.vehicles.items.properties.lat = { type: "number", maximum: 41.85 } as never;
	};
	const { world, hub } = await started(`${SAME}\n          cutover: 50%`, withNext);
	await world.time.advance(4 * MINUTE);
	const told = report(hub);
	expect(told).toMatchObject({ state: "rolled_back", share: 0, rolledBack: { share: 0.5 } });
	expect(told?.rolledBack?.reason).toMatch(/It lacks \d+ % of the records/);
	expect(world.told("candidate.rolled_back")).toMatchObject([{ level: "error", subject: "feed:buses" }]);
	await world.time.advance(MINUTE);
	const rolledBackTime = told?.rolledBack?.time ?? 0;
	for (const { body, origin } of await allRecords(world.log))
		if (origin.receivedTime >= rolledBackTime && body.kind === "vehicle_location")
			expect(body.vehicleLabel).toBeUndefined();
	const closed = hub.close();
	await world.time.advance(20_000);
	await closed;
	const again = await world.start(`${SAME}\n          cutover: 50%`, withNext);
	open = () => world.close(again);
	await world.time.advance(MINUTE);
	expect(report(again)).toMatchObject({ state: "rolled_back", rolledBack: { time: rolledBackTime } });
	expect(world.told("candidate.rolled_back")).toHaveLength(1);
});

it("never begins with what did badly in shadow", async () => {
	const world = new ContractWorld();
	const at = new Date(world.time.runtime.clock.now() + 3 * MINUTE).toISOString().slice(0, 16);
	const hub = await world.start(
		`${candidate("vehicleLabel: id").replace("vehicles[]", "nothing[]")}\n          cutover: [{ at: "${at}" }]`,
	);
	open = () => world.close(hub);
	await world.time.advance(MINUTE);
	expect(report(hub)).toMatchObject({ state: "shadow", both: 0 });
	expect(report(hub)?.problems).not.toEqual([]);
	await world.time.advance(5 * MINUTE);
	expect(report(hub)).toMatchObject({ state: "rolled_back", rolledBack: { share: 1 } });
	expect((await allRecords(world.log)).every(({ origin }) => origin.decoder.startsWith("mapping@"))).toBe(
		true,
	);
	expect(await labelled(world)).toEqual(new Set());
	expect(world.told("candidate.cutover")).toEqual([]);
});

it("goes on comparing over a reload that changes the plan only, and begins anew with another decoder", async () => {
	const { world, hub } = await started(SAME);
	await world.time.advance(2 * MINUTE);
	const before = report(hub)?.frames ?? 0;
	expect(await reloaded(world, hub, await world.config(`${SAME}\n          cutover: 40%`))).toBe("applied");
	expect(report(hub)).toMatchObject({ state: "partial", share: 0.4 });
	expect(report(hub)?.frames).toBeGreaterThan(before);
	const other = await world.config(candidate("speedMps: { path: spd, unit: km/h }"));
	expect(await reloaded(world, hub, other)).toBe("applied");
	expect(report(hub)).toMatchObject({ state: "shadow", share: 0 });
	expect(report(hub)?.frames).toBeLessThan(before);
	expect(await reloaded(world, hub, await world.config())).toBe("applied");
	expect(hub.shadows()).toEqual([]);
});

it("takes up guards that a reload changes, and keeps what a contract has counted over one that changes nothing of it", async () => {
	const withRows = (config: HubConfig) => withContract(config, ROW_CONTRACT);
	const { world, hub } = await started("", withRows);
	await world.time.advance(2 * MINUTE);
	const quality = () => hub.status().feeds[0]?.upstreams[0]?.quality;
	const counted = quality()?.contract?.records ?? 0;
	expect(counted).toBeGreaterThan(100);
	const same = await world.config();
	withRows(same);
	Object.assign(same, { routes: same.routes.map((route) => ({ ...route, reorderMs: 1000 })) });
	expect(await reloaded(world, hub, same)).toBe("applied");
	await world.time.advance(MINUTE);
	expect(quality()?.contract?.records).toBeGreaterThan(counted);
	const guarded = await world.config();
	withRows(guarded);
	for (const feed of guarded.feeds) Object.assign(feed, { guards: { ...feed.guards, incidentShare: 0.5 } });
	expect(await reloaded(world, hub, guarded)).toBe("applied");
	expect(quality()?.incidentShare).toBe(0.5);
});

it("says of each record which decoder gave it, also when the frames are decoded again", async () => {
	const plain = "\n          cutover: 40%";
	const { world, hub } = await started(`${SAME}${plain}`, (config) => {
		const [upstream] = config.feeds[0]?.upstreams ?? [];
		const { decoder } = upstream?.candidate ?? {};
		// Another version of the same plug-in, as the next release would bring it.
		if (decoder) Object.assign(decoder, { definition: { ...decoder.definition, version: 99 } });
	});
	await world.time.advance(2 * MINUTE);
	const records = await allRecords(world.log);
	for (const { body, origin } of records)
		expect(origin.decoder === "mapping@99").toBe(
			body.kind === "vehicle_location" && body.vehicleLabel !== undefined,
		);
	expect(records.some(({ origin }) => origin.decoder === "mapping@99")).toBe(true);
	const now = world.time.runtime.clock.now();
	const preview = hub.replays.previewRedecode({ feed: "buses", fromTime: now - MINUTE });
	await world.time.advance(5000);
	const { tried = {} } = await preview;
	expect(tried["unchanged"]).toBeGreaterThan(0);
	expect([tried["revised"], tried["added"], tried["vanished"]]).toEqual([0, 0, 0]);
});
