import { describe, expect, it } from "vitest";
import { type LiveClient, LiveWorld } from "../../test/live-world.js";
import { record } from "../../test/rider-feed-world.js";
import type { EndpointResponse } from "../runtime/endpoint.js";

const FLEET = Array.from({ length: 10 }, (_, n) => `${100 + n}`);
const fleet = (world: LiveWorld) => world.tell(...FLEET.map((vehicleId) => record(world.now, { vehicleId })));
const isCut = ({ answer }: LiveClient) => answer.cut?.aborted;

describe("a client of a live stream that is slow", () => {
	it.each([
		["more changes", { maxRecords: 25 }, 4, "30 changes wait to be read, and 25 are kept."],
		["more bytes", { maxBytes: "10KiB" }, 4, /^\d{5} bytes wait to be read, and 10240 are kept\.$/],
		["nothing read for too long, of", { stalled: "2s" }, 5, "Nothing was read for 3 seconds."],
	])(
		"is told and let go at %s than may wait, and gets a snapshot when it comes back",
		async (_, clients, rounds, detail) => {
			const world = new LiveWorld({ clients });
			fleet(world);
			const [slow, quick] = [await world.client(), await world.client()];
			for (const client of [slow, quick]) await client.read();
			const quickIds: string[] = [];
			for (let round = 0; round < rounds; round++) {
				await world.virtual.advance(1000);
				fleet(world);
				await quick.read();
				quickIds.push(quick.lastId);
			}
			expect(world.sink.status(world.now)).toMatchObject({ slow: 1, clients: 2 });
			const events = await slow.read();
			expect(events.at(-1)).toMatchObject({
				event: "goodbye",
				id: "",
				data: { reason: "slow", detail: expect.stringMatching(detail) },
			});
			expect([slow.isOver, slow.lastId, quick.isOver]).toEqual([true, "", false]);
			expect(new Set(quickIds).size).toBe(rounds);
			expect(world.sink.status(world.now)).toMatchObject({ clients: 1 });
			const [first] = await (await world.client({}, slow.lastId)).read();
			expect(first).toMatchObject({ event: "snapshot", data: { reason: "connected" } });
			await world.virtual.advance(60_000);
			expect(isCut(slow)).toBe(false);
		},
	);

	it("is cut off when it does not take the goodbye either", async () => {
		const world = new LiveWorld({ clients: { stalled: "2s" } });
		fleet(world);
		const client = await world.client();
		for (let round = 0; round < 4; round++) {
			await world.virtual.advance(1000);
			fleet(world);
		}
		expect([world.sink.status(world.now)["slow"], isCut(client)]).toEqual([1, false]);
		await world.virtual.advance(5000);
		expect(isCut(client)).toBe(true);
	});

	it("is not slow while it hears nothing because nothing happens", async () => {
		const world = new LiveWorld({ heartbeat: "60s", clients: { stalled: "10s" } });
		fleet(world);
		const client = await world.client();
		await client.read();
		await world.virtual.advance(60_000);
		fleet(world);
		expect((await client.read()).map(({ event }) => event)).not.toContain("goodbye");
		expect(world.sink.status(world.now)).toMatchObject({ slow: 0 });
	});
});

describe("the places for clients of a live stream", () => {
	const connect = async (world: LiveWorld, remoteAddress: string) => {
		const gone = new AbortController();
		const answer = await world.ask({ remoteAddress, signal: gone.signal });
		return { answer, status: answer.status, leave: () => gone.abort() };
	};
	const detailOf = ({ body }: EndpointResponse) => JSON.parse(String(body)).detail as string;

	it("are limited in all, and free again when somebody goes, also before the stream was begun", async () => {
		const world = new LiveWorld({ clients: { max: 2 } });
		const clients = [await connect(world, "192.0.2.1"), await connect(world, "192.0.2.2")];
		const refused = await connect(world, "192.0.2.3");
		expect([refused.status, refused.answer.headers?.["retry-after"]]).toEqual([503, "30"]);
		expect(detailOf(refused.answer)).toContain("2 clients are connected");
		expect(world.sink.status(world.now)).toMatchObject({ clients: 2, refused: 1 });
		clients[0]?.leave();
		expect((await connect(world, "192.0.2.3")).status).toBe(200);
		expect((await connect(world, "192.0.2.4")).status).toBe(503);
	});

	it.each([
		["address", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"],
		["network of IPv6", "2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", "2001:db8:1:3::1"],
		["short network of IPv6", "2001:db8::1", "2001:db8:0:0:1::", "2001:db8:0:1::1"],
		["loopback", "::1", "::1%lo", "::1:0:0:0:0"],
	])("are limited for each %s", async (_, one, same, other) => {
		const world = new LiveWorld({ clients: { maxPerAddress: 1 } });
		const first = await connect(world, one);
		expect((await connect(world, same)).status).toBe(429);
		expect((await connect(world, other)).status).toBe(200);
		first.leave();
		expect((await connect(world, same)).status).toBe(200);
	});

	it("are not taken by somebody who has gone already, or asks for the headers only", async () => {
		const world = new LiveWorld();
		await world.ask({ signal: AbortSignal.abort() });
		const { body, headers } = await world.ask({ method: "HEAD" });
		expect([body, headers?.["x-accel-buffering"]]).toEqual([undefined, "no"]);
		expect(world.sink.status(world.now)).toMatchObject({ clients: 0 });
	});

	it("are closed to web pages of origins that are not allowed", async () => {
		const world = new LiveWorld({ allowOrigins: ["https://www.agency.example"] });
		const from = async (origin?: string) =>
			await world.ask({ headers: origin === undefined ? {} : { origin } });
		expect((await from("https://evil.example")).status).toBe(403);
		expect((await from()).status).toBe(200);
		const { status, headers } = await from("https://www.agency.example");
		expect([status, headers?.["access-control-allow-origin"]]).toEqual([200, "https://www.agency.example"]);
	});

	it("are given up when the hub stops: everybody is told, and may go on from where they were", async () => {
		const world = new LiveWorld();
		fleet(world);
		const client = await world.client();
		await client.read();
		const { lastId } = client;
		await world.sink.close();
		expect(await client.read()).toMatchObject([
			{ event: "goodbye", id: undefined, data: { reason: "stopping" } },
		]);
		expect([client.isOver, client.lastId]).toEqual([true, lastId]);
		expect((await world.ask()).status).toBe(503);
	});
});
