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
	/** What it asked for. */
	readonly items?: string;
	/** What no call of the sweep was answered for. */
	readonly lacking?: string;
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
		{ ids, failure, unread, items: asked, lacking }: Call,
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
			...(asked === undefined ? {} : { [SWEEP_META.items]: asked }),
			...(lacking === undefined ? {} : { [SWEEP_META.lacking]: lacking }),
			...(isComplete && lacking === undefined ? { [SWEEP_META.complete]: "true" } : {}),
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

	it("ends what was asked for and is not listed, although other items were not told", async () => {
		const { sweep, removed } = await world();
		const whole = (...lists: readonly string[][]) =>
			lists.map((list, at) => ({ ids: list, items: `${at}a,${at}b` }));
		await sweep(0, whole(["1", "2"], ["3", "4"], ["5", "6"]));
		const lacking = { lacking: "1a,1b" };
		await sweep(1, [
			{ ids: ["1"], items: "0a,0b" },
			undefined,
			{ ids: ["5", "6"], items: "2a,2b", ...lacking },
		]);
		expect(await removed()).toEqual(["2"]);
		// A frame that cannot be read leaves out what it was asked for, also when it is the last one.
		const failure = { code: "upstream.error", message: "route 7 cannot be read" };
		await sweep(2, [
			{ ids: ["1"], items: "0a,0b" },
			{ ids: ["3"], items: "1a,1b", unread: true },
			{ ids: ["6"], items: "2a,2b", lacking: "9" },
		]);
		expect((await removed()).sort()).toEqual(["2", "5"]);
		await sweep(3, [
			{ ids: [], items: "0a,0b" },
			{ ids: ["3"], items: "1a,1b" },
			{ ids: [], items: "2a,2b", failure },
		]);
		expect((await removed()).sort()).toEqual(["1", "2", "4", "5"]);
		await sweep(4, whole([], ["3"], []));
		expect((await removed()).sort()).toEqual(["1", "2", "4", "5", "6"]);
	});

	it("keeps what moved to an item that was told, and what it saw under one that was not", async () => {
		const { sweep, removed } = await world();
		const calls = (a: readonly string[], b: readonly string[] | undefined, lacking?: string) => [
			{ ids: a, items: "a", ...(lacking !== undefined && { lacking }) },
			...(b === undefined ? [] : [{ ids: b, items: "b" }]),
		];
		await sweep(0, calls(["1"], ["2"]));
		// 2 moves to a, and back: each time the other one is not told.
		await sweep(1, calls(["1", "2"], undefined, "b"));
		await sweep(2, calls(["1"], ["2"]));
		await sweep(3, calls(["1"], undefined, "b"));
		await sweep(4, calls(["1"], undefined, "b"));
		expect(await removed()).toEqual([]);
		await sweep(5, calls(["1"], []));
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
