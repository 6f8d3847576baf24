import { describe, expect, it } from "vitest";
import { allRecords, frameOf, reader, startIntake } from "../../test/intake-world.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { SWEEP_META } from "../sources/source.js";

const NOW = 1_767_614_400_000;

interface Call {
	/** Ids of the vehicles that it lists. */
	readonly ids: readonly string[];
	readonly failure?: object;
	/** It holds an item that cannot be read. */
	readonly unread?: boolean;
}

/** Sweeps of several frames, a minute each; the calls of one stand in the order of their list, undefined failed. */
async function world(storage = new MemoryStorage(1)) {
	const { runtime } = createVirtualRuntime({ startTime: NOW });
	const log = createMemoryLog({ storage });
	const { intake } = await startIntake(log, runtime, new Map([["avl", [reader("avl", { removeAfter: 1 })]]]));
	const call = async (
		minute: number,
		at: number,
		of: number,
		{ ids, failure, unread }: Call,
		isComplete: boolean,
	) => {
		const time = NOW + minute * 60_000 + at * 1_000;
		const items = ids.map((vehicleId) => ({
			kind: "vehicle_location",
			vehicleId,
			eventTime: time,
			latitude: 1,
			longitude: 1,
		}));
		const rejection = { kind: "rejection", code: "record.value", message: "its time cannot be read" };
		const listed = unread ? [...items, rejection] : items;
		const meta = {
			[SWEEP_META.id]: String(NOW + minute * 60_000),
			[SWEEP_META.call]: String(at),
			[SWEEP_META.calls]: String(of),
			...(isComplete ? { [SWEEP_META.complete]: "true" } : {}),
		};
		// Each frame states, as a decoder of whole messages would, that it is all there is.
		const frame = frameOf({ items: listed, complete: true, failure }, time);
		await intake.receive("avl", 0, [{ ...frame, meta }]);
		await intake.idle();
	};
	const sweep = async (minute: number, calls: readonly (Call | undefined)[]) => {
		const isGood = calls.every((one) => one !== undefined);
		for (const [at, one] of calls.entries()) {
			if (one !== undefined) await call(minute, at + 1, calls.length, one, isGood && at === calls.length - 1);
		}
	};
	const removed = async () =>
		(await allRecords(log)).filter(({ body }) => body.removed === true).map(({ key }) => key.split(":")[1]);
	const stop = async () => {
		await intake.close();
		await log.close();
	};
	return { call, sweep, removed, stop };
}

const ids = (...list: string[]): Call => ({ ids: list });

describe("a complete message in several frames", () => {
	it("ends what none of its frames lists, and nothing that another of them lists", async () => {
		const { sweep, removed } = await world();
		await sweep(0, [ids("1", "2"), ids("3", "4"), ids("5")]);
		await sweep(1, [ids("1", "2"), ids("3", "4"), ids("5")]);
		expect(await removed()).toEqual([]);
		await sweep(2, [ids("1"), ids("3", "4"), ids("5", "2")]);
		expect(await removed()).toEqual([]);
		await sweep(3, [ids("1"), ids("3"), ids("5")]);
		expect((await removed()).sort()).toEqual(["2", "4"]);
	});

	it("ends nothing when a call failed, or when a frame said an error, or could not be read in part", async () => {
		const { sweep, removed } = await world();
		await sweep(0, [ids("1", "2"), ids("3"), ids("4")]);
		await sweep(1, [undefined, ids("3"), ids("4")]);
		await sweep(2, [ids("1", "2"), ids("3"), undefined]);
		const failure = { code: "upstream.error", message: "route 7 cannot be read" };
		await sweep(3, [{ ids: ["1"], failure }, ids("3"), ids("4")]);
		await sweep(4, [{ ids: ["1"], unread: true }, ids("3"), ids("4")]);
		expect(await removed()).toEqual([]);
		await sweep(5, [ids("1"), ids("3"), ids("4")]);
		expect(await removed()).toEqual(["2"]);
	});

	it("ends nothing when an earlier process may have read a part of it", async () => {
		const storage = new MemoryStorage(1);
		const first = await world(storage);
		await first.sweep(0, [ids("1", "2"), ids("3")]);
		await first.call(1, 1, 2, ids("1", "2"), false);
		await first.stop();
		const second = await world(storage);
		await second.call(1, 2, 2, ids("3"), true);
		expect(await second.removed()).toEqual([]);
		await second.sweep(2, [ids("1"), ids("3")]);
		expect(await second.removed()).toEqual(["2"]);
	});
});
