import { describe, expect, it } from "vitest";
import { LiveWorld } from "../../test/live-world.js";
import { alert, record, removal, START } from "../../test/rider-feed-world.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import { describeServingSinkContract } from "../testing/serving-sink-contract.js";
import type { ServingSink, SinkDefinition } from "./sink.js";
import { definition as sse } from "./sse.js";
import { definition as websocket } from "./websocket.js";

const world = (definition: unknown, options: object = {}) =>
	new LiveWorld(options, {}, definition as SinkDefinition<unknown>);

describeServingSinkContract(
	"websocket",
	(runtime) =>
		websocket.create(websocket.options.parse({}), {
			name: "live",
			runtime,
			baseDirectory: "/",
			secrets: {},
		}) as ServingSink,
);

describe("websocket", () => {
	it("tells the events of server-sent events, id for id, whatever happens and wherever a client comes back", async () => {
		for (let seed = 1; seed <= 20; seed++) {
			const runs = [world(sse), world(websocket)].map(async (one) => {
				const chance = createSeededChance(seed);
				const told: unknown[] = [];
				let client = await one.client();
				for (let round = 0; round < 12; round++) {
					const vehicleId = `${Math.floor(chance.next() * 4)}`;
					const what = chance.next();
					if (what < 0.6) one.tell(record(one.now - 1000, { vehicleId }));
					else if (what < 0.8) one.tell(removal(one.now, vehicleId));
					else one.tell(alert(one.now));
					if (chance.next() < 0.5) told.push(await client.read());
					if (chance.next() < 0.3) {
						client.leave();
						client = await one.client({}, client.lastId);
					}
					await one.virtual.advance(chance.next() < 0.1 ? 700_000 : 1000);
				}
				told.push(await client.read());
				return told;
			});
			const [events, messages] = await Promise.all(runs);
			expect(JSON.parse(JSON.stringify(messages))).toEqual(JSON.parse(JSON.stringify(events)));
		}
	});

	it("closes with a code and the reason that the goodbye names", async () => {
		const one = world(websocket, { clients: { maxRecords: 2 } });
		const slow = await one.client();
		await slow.read();
		for (let round = 0; round < 3; round++) {
			one.tell(record(START + round, { vehicleId: "1" }), record(START + round, { vehicleId: "2" }));
			await one.virtual.advance(1000);
		}
		const events = await slow.read();
		expect(events.at(-1)).toMatchObject({ event: "goodbye", id: "", data: { reason: "slow" } });
		expect(slow.returned).toEqual({ code: 1013, reason: expect.stringMatching(/^slow: \d changes wait/) });
		const last = await one.client();
		await last.read();
		await one.sink.close();
		await last.read();
		expect(last.returned).toMatchObject({ code: 1001, reason: expect.stringMatching(/^stopping: /) });
	});

	it("asks who does not speak WebSocket to do so", async () => {
		const one = world(websocket);
		expect(await one.ask({ wantsSocket: false })).toMatchObject({
			status: 426,
			headers: { upgrade: "websocket" },
		});
	});
});
