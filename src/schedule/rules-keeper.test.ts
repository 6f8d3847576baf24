import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { type IdRules, NO_RULES, type RulesReading } from "./id-rules.js";
import { IdResolver } from "./resolver.js";
import { markOfFile, RulesKeeper } from "./rules-keeper.js";

const walk = (pairs: Readonly<Record<string, string>>, match: IdRules["match"] = []): IdRules => ({
	...NO_RULES,
	trip: {
		strip: undefined,
		add: undefined,
		template: undefined,
		crosswalk: new Map(Object.entries(pairs)),
	},
	match,
});

const PATH = "/ids/walk.csv";

/** A crosswalk on a disk of its own, as an operator or a nightly export changes it. */
function world(first: Readonly<Record<string, string>>) {
	const { runtime, advance } = createVirtualRuntime({ startTime: 1_767_600_000_000 });
	let content: RulesReading["rules"] | string = walk(first);
	let version = 1;
	let named = [PATH];
	const disk = {
		stat: async (path: string) => {
			if (content === "") return undefined;
			return { path, name: path, isDirectory: false, bytes: 10, modifiedTime: version };
		},
	};
	const mark = async () => (await Promise.all(named.map((path) => markOfFile(disk, path)))).join("|");
	let reads = 0;
	const read = async (): Promise<RulesReading> => {
		reads++;
		const problems =
			typeof content === "string"
				? [1, 2, 3, 4].map((line) => ({ message: `${PATH}:${line}: wrong`, mend: "mend it" }))
				: [];
		const rules = typeof content === "string" ? NO_RULES : content;
		return { rules, crosswalks: [], files: named, mark: await mark(), problems };
	};
	const resolver = new IdResolver({ rules: content, hasSchedule: false });
	const events: string[] = [];
	const kept: number[] = [];
	let isFull = false;
	let reindexed = 0;
	const start = async () =>
		new RulesKeeper({
			source: { mark: await mark(), read },
			rules: walk(first),
			files: named,
			disk,
			clock: runtime.clock,
			everyMs: 60_000,
			resolver,
			keep: async (rules) => {
				if (isFull) throw new Error("the disk is full");
				kept.push(rules.trip?.crosswalk?.size ?? 0);
			},
			onMatchChanged: async () => {
				reindexed++;
			},
			onEvent: (level, code, message) => events.push(`${level} ${code}: ${message}`),
		});
	return {
		start,
		put: (next: RulesReading["rules"] | string, files = [PATH]) => {
			content = next;
			named = files;
			version++;
		},
		tripOf: (tripId: string) => resolver.resolve({ kind: "vehicle_location", tripId }, 0).tripId,
		tick: async (keeper: RulesKeeper) => {
			await advance(60_000);
			await keeper.tick();
		},
		said: () => events.splice(0),
		reads: () => reads,
		reindexed: () => reindexed,
		kept,
		fill: () => {
			isFull = true;
		},
	};
}

describe("rules for ids that change on disk", () => {
	it("are taken up when two looks find the same, and told with what changed", async () => {
		const { start, put, tripOf, tick, said, reads } = world({ a: "1", b: "2" });
		const keeper = await start();
		await tick(keeper);
		expect([said(), reads(), tripOf("a")]).toEqual([[], 0, "1"]);
		put(walk({ a: "9", c: "3" }));
		await tick(keeper);
		expect([reads(), tripOf("a")]).toEqual([0, "1"]);
		// Somebody is still writing: that look does not count either.
		put(walk({ a: "9", c: "3", d: "4" }));
		await tick(keeper);
		expect(reads()).toBe(0);
		await keeper.tick();
		expect(said()).toEqual([
			"info ids.loaded: The rules for ids were read again: the crosswalk of trip has 3 ids (2 new, 1 changed, 1 gone)",
		]);
		expect(["a", "b", "c", "d"].map(tripOf)).toEqual(["9", "b", "3", "4"]);
		await tick(keeper);
		expect(reads()).toBe(1);
	});

	it("are refused with reasons when they are broken or gone, the old ones stay, and mending them is enough", async () => {
		const { start, put, tripOf, tick, said } = world({ a: "1" });
		const keeper = await start();
		for (const broken of ["broken", ""]) {
			put(broken);
			await tick(keeper);
			await tick(keeper);
			expect(said()).toEqual([
				`error ids.refused: The rules for ids are refused: ${PATH}:1: wrong (mend it); ${PATH}:2: wrong (mend it); ${PATH}:3: wrong (mend it); 1 more. The rules that were read before stay in use`,
			]);
			expect(keeper.refusal).toContain(`${PATH}:1: wrong`);
			expect(tripOf("a")).toBe("1");
			await tick(keeper);
			expect(said()).toEqual([]);
		}
		put(walk({ a: "2" }));
		await tick(keeper);
		await tick(keeper);
		expect(said()[0]).toContain("ids.loaded");
		expect([keeper.refusal, tripOf("a")]).toEqual([undefined, "2"]);
	});

	it("are watched where they lie now, also a file that was refused when it was first named", async () => {
		const { start, put, tripOf, tick, said } = world({ a: "1" });
		const keeper = await start();
		put("broken", [PATH, "/ids/other.csv"]);
		for (let i = 0; i < 2; i++) await tick(keeper);
		expect(said()).toHaveLength(1);
		put(walk({ a: "3" }), [PATH, "/ids/other.csv"]);
		for (let i = 0; i < 2; i++) await tick(keeper);
		expect(tripOf("a")).toBe("3");
	});

	it("are kept for the next start when they were read, and a disk that takes nothing is told of", async () => {
		const { start, put, tick, said, kept, fill } = world({ a: "1", b: "2" });
		const keeper = await start();
		await keeper.begin();
		put("broken");
		for (let i = 0; i < 2; i++) await tick(keeper);
		put(walk({ a: "2" }));
		for (let i = 0; i < 2; i++) await tick(keeper);
		expect(kept).toEqual([2, 1]);
		expect(said().map((line) => line.split(":")[0])).toEqual(["error ids.refused", "info ids.loaded"]);
		fill();
		put(walk({}));
		for (let i = 0; i < 2; i++) await tick(keeper);
		expect(said().at(-1)).toMatch(/^warn ids.unkept: The rules for ids cannot be kept: the disk is full; /);
	});

	it("are taken up or refused at once for somebody who says that they are ready, and looked at without effect before", async () => {
		const { start, put, tripOf, said, reads } = world({ a: "1" });
		const keeper = await start();
		expect([await keeper.peek(), await keeper.hurry(), reads()]).toEqual([undefined, undefined, 0]);
		put("broken");
		expect(await keeper.peek()).toContain(`${PATH}:1: wrong`);
		expect([keeper.refusal, said()]).toEqual([undefined, []]);
		expect(await keeper.hurry()).toBe(undefined);
		expect(keeper.refusal).toContain(`${PATH}:1: wrong`);
		expect(await keeper.peek()).toBe(keeper.refusal);
		put(walk({ a: "2" }));
		expect([await keeper.peek(), tripOf("a")]).toEqual([undefined, "1"]);
		expect(await keeper.hurry()).toContain("(0 new, 1 changed, 0 gone)");
		expect([keeper.refusal, tripOf("a"), said().length]).toEqual([undefined, "2", 2]);
	});

	it("have an index built for them when trips are looked for by other things", async () => {
		const { start, put, tick, reindexed } = world({ a: "1" });
		const keeper = await start();
		put(walk({ a: "2" }));
		for (let i = 0; i < 2; i++) await tick(keeper);
		expect(reindexed()).toBe(0);
		put(walk({ a: "2" }, ["route", "start"]));
		for (let i = 0; i < 2; i++) await tick(keeper);
		expect(reindexed()).toBe(1);
	});
});
