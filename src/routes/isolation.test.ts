import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld, type ScriptedDestination, transient } from "../../test/delivery-world.js";
import { answered, ReloadWorld, refusing } from "../../test/reload-world.js";
import type { HttpResponse } from "../runtime/http.js";
import { recordsFrom } from "../testing/sink-contract.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

type Bad = (destination: ScriptedDestination, world: DeliveryWorld) => void;

const BAD: Readonly<Record<string, Bad>> = {
	dead: (destination) => {
		destination.answer = () => transient();
	},
	slow: (destination, { time }) => {
		destination.answer = () =>
			new Promise((resolve) => time.runtime.clock.after(20 * SECOND, () => resolve(DELIVERED)));
	},
	throwing: (destination) => {
		destination.answer = () => {
			throw new TypeError("a bug in the plug-in");
		};
	},
	hanging: (destination) => {
		destination.answer = () => new Promise(() => undefined);
	},
	"refusing to be opened": (destination) => {
		destination.onOpen = () => {
			throw new TypeError("it cannot be opened");
		};
	},
};

/** When each batch left for a good sink in two minutes, and when each commit of intake was through, beside a bad one. */
async function timeline(makeBad: Bad | undefined) {
	const world = new DeliveryWorld(3);
	const live = world.destination();
	const subscriptions = [world.subscribe(live.sink(), { name: "live" })];
	if (makeBad) {
		const bad = world.destination();
		makeBad(bad, world);
		subscriptions.push(world.subscribe(bad.sink(), { name: "bad" }));
	}
	for (const subscription of subscriptions) await subscription.start();
	const taken: number[] = [];
	for (let second = 0; second < 120; second++) {
		await world.append(recordsFrom(second * 20, 20));
		taken.push(world.now);
		await world.time.advance(SECOND);
	}
	if (makeBad) expect(await world.imbalance("bad")).toBe(0);
	const closing = Promise.all(subscriptions.map((subscription) => subscription.close()));
	await world.time.advance(10 * SECOND);
	await closing;
	// Which partition comes first within one millisecond is nobody's promise.
	return { taken, sent: live.sent.map(({ ids, at }) => `${at} ${ids.join()}`).sort() };
}

describe("a sink that is", () => {
	it.each(Object.entries(BAD))(
		"%s delays no batch of another sink, and nothing that comes in",
		async (_, makeBad) => {
			const alone = await timeline(undefined);
			expect(alone.sent.length).toBeGreaterThan(200);
			expect(await timeline(makeBad)).toEqual(alone);
		},
	);

	it.each([
		["dead", refusing("right.test")],
		["hanging", () => new Promise<HttpResponse>(() => undefined)],
		["answering 200 with an error", () => answered(200, '{"error":"down"}')],
		["refusing us", () => answered(401, "no")],
	] as const)(
		"%s keeps no feed from being asked when it should be, and no other sink from its batches",
		async (_, fault) => {
			const times = async (isBad: boolean) => {
				const world = new ReloadWorld();
				if (isBad) world.faults.set("right.test", fault);
				const hub = await world.start();
				await world.time.advance(5 * MINUTE);
				const hosts = ["buses.test", "trams.test", "left.test"].map((host) => world.timesOf(host));
				await world.close(hub);
				return hosts;
			};
			const alone = await times(false);
			expect(Math.min(...alone.map(({ length }) => length))).toBeGreaterThan(40);
			expect(await times(true)).toEqual(alone);
		},
	);
});

describe("a retry that waits", () => {
	/** A sink that is refused for a minute, with so many records behind it. */
	async function waiting(records: number) {
		const world = new DeliveryWorld(1);
		const destination = world.destination();
		destination.answer = () => transient(MINUTE);
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		for (let from = 0; from < records; from += 1000)
			await world.append(recordsFrom(from, Math.min(1000, records - from)));
		await world.time.advance(30 * SECOND);
		return { world, destination, subscription };
	}

	it("has no timer for each record, and no call", async () => {
		const few = await waiting(10);
		const many = await waiting(5000);
		expect(many.world.time.pendingTimers()).toBe(few.world.time.pendingTimers());
		expect(many.destination.sent).toHaveLength(1);
		expect(many.destination.inFlight).toBe(0);
		await few.subscription.close();
		await many.subscription.close();
	});

	it("holds no records: they are read again for the next attempt, and nothing is read while it waits", async () => {
		const { world, destination, subscription } = await waiting(5000);
		let reads = 0;
		const read = world.log.read.bind(world.log);
		world.log.read = (...wish) => {
			reads++;
			return read(...wish);
		};
		await world.time.advance(20 * SECOND);
		expect([reads, destination.sent.length]).toEqual([0, 1]);
		await world.time.advance(MINUTE);
		expect(destination.sent.length).toBeGreaterThan(1);
		expect(reads).toBeGreaterThan(0);
		await subscription.close();
	});

	it("leaves the only place to another partition", async () => {
		const world = new DeliveryWorld(2);
		const destination = world.destination();
		destination.answer = ({ partition }) => (partition === 0 ? transient() : DELIVERED);
		const subscription = world.subscribe(destination.sink(), { inFlightMax: 1 });
		await subscription.start();
		await world.append(recordsFrom(0, 40));
		await world.time.advance(SECOND);
		const [refused, other] = subscription.status().partitions;
		expect(refused?.lagEntries).toBeGreaterThan(0);
		expect(other?.lagEntries).toBe(0);
		await subscription.close();
	});
});
