import { expect, it } from "vitest";
import { ContractWorld, ROW_CONTRACT, withContract } from "../test/contract-world.js";
import { allRecords } from "../test/intake-world.js";

const MINUTE = 60_000;

it("pages when a contract refuses what a fifth of the fleet reports, and says so until it is over", async () => {
	const world = new ContractWorld();
	const hub = await world.start("", (config) => withContract(config, ROW_CONTRACT));
	await world.time.advance(5 * MINUTE);
	expect(hub.status().feeds[0]?.upstreams[0]?.quality).toMatchObject({
		contract: { contract: "buses@1", refusedRecords: 0, recentShare: 0 },
	});
	world.row = (row, index) => (index < 3 ? { ...row, lat: `${row["lat"]}` } : row);
	await world.time.advance(15 * MINUTE);
	expect(hub.status().alerts).toMatchObject([
		{
			alert: "feed-implausible",
			severity: "page",
			subject: "feed:buses",
			what: expect.stringContaining("buses@1"),
		},
	]);
	expect(world.told("feed.contract")).toMatchObject([
		{ details: { path: "vehicles[].lat", mode: "dead-letter" } },
	]);
	expect(world.told("alert.raised").map(({ level }) => level)).toEqual(["warn", "error"]);
	const told = await hub.why("bus-5");
	expect(JSON.stringify(told)).toContain("buses@1");
	world.row = (row) => row;
	await world.time.advance(20 * MINUTE);
	expect(hub.status().alerts).toEqual([]);
	await world.close(hub);
});

it("takes values out, flags the records, and keeps every other one as it was", async () => {
	const world = new ContractWorld();
	world.row = (row, index) => (index === 4 ? { ...row, spd: 999 } : row);
	const hub = await world.start("", (config) => withContract(config, ROW_CONTRACT));
	await world.time.advance(MINUTE);
	const records = (await allRecords(world.log)).filter(({ body }) => body.kind === "vehicle_location");
	const lacking = records.filter(({ flags }) => flags.includes("contract_value"));
	expect(new Set(lacking.map(({ body }) => body.kind === "vehicle_location" && body.vehicleId))).toEqual(
		new Set(["bus-4"]),
	);
	expect(lacking.every(({ body }) => body.kind === "vehicle_location" && body.speedMps === undefined)).toBe(
		true,
	);
	expect(records.length).toBe(lacking.length * 10);
	await world.close(hub);
});

it("tells ahead of what upstream has announced to end", async () => {
	const world = new ContractWorld();
	const day = 86_400_000;
	const date = new Date(world.time.runtime.clock.now() + 9 * day).toISOString().slice(0, 10);
	const hub = await world.start(`\n        deprecations: [{ date: ${date}, what: API version 1 }]`);
	await world.time.advance(MINUTE);
	expect(hub.status().feeds[0]?.upstreams[0]?.deprecations).toMatchObject([{ what: "API version 1" }]);
	expect(world.told("alert.raised")).toEqual([]);
	await world.close(hub);
});
