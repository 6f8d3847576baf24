import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LiveClient, type LiveEvent, LiveWorld } from "../../test/live-world.js";
import { alert, record, removal, START } from "../../test/rider-feed-world.js";
import type { TransitRecord } from "../model/record.js";

const told = (events: readonly LiveEvent[]) =>
	events.slice(1, -1).map(({ event, data }) => `${event} ${data.key}${data.reason ? ` ${data.reason}` : ""}`);
const FLEET = Array.from({ length: 20 }, (_, n) => `${100 + n}`);
const received = (vehicleId: string, time: number) => {
	const one = record(time, { vehicleId });
	return { ...one, origin: { ...one.origin, receivedTime: time } };
};
const fleet = (time: number) => FLEET.map((vehicleId) => received(vehicleId, time));

describe("a client of a live stream that comes back", () => {
	it("gets what changed since the event that it had last, removals too, and goes on from there", async () => {
		const world = new LiveWorld();
		world.tell(...fleet(START));
		const before = await world.client();
		await before.read();
		before.leave();
		await world.virtual.advance(5000);
		world.tell(received("100", world.now), removal(START, "101"));
		const client = await world.client({}, before.lastId);
		const events = await client.read();
		expect(events[0]).toMatchObject({ event: "resumed", data: { records: 2 } });
		expect(told(events)).toEqual(["record metro:100", "removed metro:101 removed"]);
		expect(events.at(-1)).toMatchObject({ event: "live", id: client.lastId });
		await world.virtual.advance(1000);
		world.tell(received("102", world.now));
		expect((await client.read()).map(({ data }) => data.key)).toEqual(["metro:102"]);
	});

	it("gets what changed across a restart of the hub too, from what the log still holds", async () => {
		const world = new LiveWorld();
		const log: TransitRecord[] = [];
		const tell = (...records: TransitRecord[]) => {
			log.push(...records);
			world.tell(...records);
		};
		tell(...fleet(START));
		const early = await world.client();
		await early.read();
		await world.virtual.advance(20_000);
		tell(received("100", world.now), removal(world.now, "101"));
		const late = await world.client();
		await late.read();
		await world.virtual.advance(20_000);
		await world.restart(log);
		const resumed = async ({ lastId }: LiveClient) => (await world.client({}, lastId)).read();
		expect(told(await resumed(early))).toEqual(["record metro:100", "removed metro:101 removed"]);
		expect(told(await resumed(late))).toEqual(["removed metro:101 removed"]);
		tell(received("102", world.now));
		expect(told(await resumed(late))).toEqual(["record metro:102", "removed metro:101 removed"]);
	});

	it("is told that a vehicle went while the hub was down", async () => {
		const world = new LiveWorld();
		const others = FLEET.slice(1);
		const log = [received("100", START), ...others.map((id) => received(id, START + 200_000))];
		world.tell(log[0] as TransitRecord);
		await world.virtual.advance(200_000);
		world.tell(...log.slice(1));
		const client = await world.client();
		await client.read();
		await world.virtual.advance(50_000);
		const fresh = others.map((id) => received(id, world.now));
		world.tell(...fresh);
		await client.read();
		await world.virtual.advance(55_000);
		await world.restart([...log, ...fresh]);
		const back = await world.client({}, client.lastId);
		expect(told(await back.read())).toEqual(["removed metro:100 gone"]);
	});

	it.each([
		["of another store", "0123456789ab-1767614400000"],
		["of the future", undefined],
		["of nobody's making", "🚌"],
	])("gets a snapshot for an id %s, and is told why", async (_, id) => {
		const world = new LiveWorld();
		world.tell(...fleet(START));
		const client = await world.client();
		await client.read();
		const lastId = id ?? client.lastId.replace(/-\d+$/, `-${START + 1e6}`);
		const events = await (await world.client({ lastEventId: lastId })).read();
		expect(events[0]).toMatchObject({ event: "snapshot", data: { reason: "unknown_id", records: 20 } });
	});

	it("gets a snapshot when it was away for longer than is kept, or when that is shorter", async () => {
		const world = new LiveWorld({ resume: "1m" });
		world.tell(...fleet(START));
		const client = await world.client();
		await client.read();
		await world.virtual.advance(30_000);
		world.tell(...FLEET.map((id) => removal(START + 1000, id)), received("1", world.now));
		const reasonOf = async () => (await (await world.client({}, client.lastId)).read())[0]?.data.reason;
		expect(await reasonOf()).toBe("shorter");
		await world.virtual.advance(31_000);
		world.publish();
		expect(await reasonOf()).toBe("unknown_id");
	});

	it("always ends up with what stands, whatever happened meanwhile", async () => {
		const vehicle = fc.constantFrom("1", "2", "3", "4", "5", "6");
		const step = fc.oneof(
			{
				weight: 5,
				arbitrary: fc.record({
					do: fc.constant("report"),
					vehicle,
					ageS: fc.integer({ min: 0, max: 200 }),
					lagS: fc.integer({ min: 0, max: 90 }),
				}),
			},
			fc.record({ do: fc.constant("remove"), vehicle }),
			fc.record({ do: fc.constantFrom("alert", "no alert"), vehicle }),
			{ weight: 3, arbitrary: fc.record({ do: fc.constant("publish") }) },
			{ weight: 2, arbitrary: fc.record({ do: fc.constant("wait"), s: fc.integer({ min: 1, max: 200 }) }) },
			{ weight: 2, arbitrary: fc.record({ do: fc.constantFrom("leave", "come back", "restart") }) },
		);
		await fc.assert(
			fc.asyncProperty(fc.array(step as fc.Arbitrary<Step>, { minLength: 5, maxLength: 60 }), playsOut),
			{ numRuns: 100 },
		);
	}, 60_000);
});

interface Step {
	readonly do:
		| "report"
		| "remove"
		| "alert"
		| "no alert"
		| "publish"
		| "wait"
		| "leave"
		| "come back"
		| "restart";
	readonly vehicle: string;
	readonly ageS: number;
	readonly lagS: number;
	readonly s: number;
}

/** A client that comes and goes, on a hub that restarts, beside one that asks anew at the end. */
async function playsOut(steps: readonly Step[]): Promise<void> {
	const world = new LiveWorld({ resume: "5m" });
	/** Settled before the last restart or not: what a hub reads back, and what it takes in as new. */
	const log: TransitRecord[] = [];
	let unpublished: TransitRecord[] = [];
	let client: LiveClient | undefined = await world.client();
	const known = { told: client.told, lastId: "" };
	const take = (one: TransitRecord) => {
		const stamped = {
			...one,
			revision: log.length,
			origin: { ...one.origin, receivedTime: one.origin.receivedTime },
		};
		log.push(stamped);
		unpublished.push(stamped);
		world.sink.apply([stamped], false);
	};
	const hear = async () => {
		await client?.read();
		known.lastId = client?.lastId || known.lastId;
	};
	const comeBack = async () => {
		client ??= await world.client({}, known.lastId);
		for (const [key, text] of known.told) client.told.set(key, text);
		known.told = client.told;
	};
	for (const step of steps) {
		const now = world.now;
		if (step.do === "report") {
			// What an upstream repeats may have been received long before it is published.
			const one = received(step.vehicle, now - step.ageS * 1000);
			take({ ...one, origin: { ...one.origin, receivedTime: now - Math.min(step.lagS, step.ageS) * 1000 } });
		} else if (step.do === "remove") {
			const one = removal(now, step.vehicle);
			take({ ...one, origin: { ...one.origin, receivedTime: now } });
		} else if (step.do === "alert" || step.do === "no alert") {
			const one = alert(now, { alertId: step.vehicle });
			const body = { ...one.body, ...(step.do === "no alert" && { removed: true as const }) };
			take({
				...one,
				key: `metro:${step.vehicle}`,
				body: body as TransitRecord["body"],
				origin: { ...one.origin, receivedTime: now },
			});
		} else if (step.do === "publish") {
			world.publish();
			unpublished = [];
			await hear();
		} else if (step.do === "wait") await world.virtual.advance(step.s * 1000);
		else if (step.do === "leave") {
			await hear();
			client?.leave();
			client = undefined;
		} else if (step.do === "come back") await comeBack();
		else {
			await hear();
			client = undefined;
			await world.restart(log.filter((one) => !unpublished.includes(one)));
			world.sink.apply(unpublished, false);
		}
	}
	world.publish();
	await comeBack();
	await hear();
	world.publish();
	await hear();
	const other = await world.client();
	await other.read();
	expect([...known.told].sort()).toEqual([...other.told].sort());
}
