import { describe, expect, it } from "vitest";
import { createMemoryLog } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { HOUR_MS } from "../model/units.js";
import type { ReplayDesk, ReplayOrder } from "../operations/replay-report.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { letterPack, sampleLetter } from "../testing/log-contract-letters.js";
import { SelfRepair } from "./self-repair.js";

function world() {
	const time = createVirtualRuntime();
	const log = createMemoryLog({ partitions: 1 });
	const begun: (string | undefined)[] = [];
	const held = new Set<string>();
	let isBusy = false;
	const replays = {
		begin: async ({ filter, trial }: ReplayOrder) => {
			if (isBusy) throw new Failure("request.conflict", "busy");
			begun.push(trial ? `trial ${filter.issue}` : filter.subject);
		},
	} as unknown as ReplayDesk;
	const hub = (versions: Readonly<Record<string, string>>) =>
		new SelfRepair({
			log,
			clock: time.runtime.clock,
			replays,
			versions: () => new Map(Object.entries(versions)),
			delivers: (subject) => !held.has(subject),
		});
	const busy = (is: boolean) => {
		isBusy = is;
	};
	return { time, log, begun, hub, busy, held };
}

describe("replays that start by themselves", () => {
	it("once for each change of what decides, and not for what is new to the store", async () => {
		const { log, begun, hub } = world();
		await log.commit({ append: [letterPack([sampleLetter()])] });
		await hub({ "feed:metro": "1", "sink:web": "1" }).look();
		await hub({ "feed:metro": "1", "sink:web": "2" }).look();
		expect(begun).toEqual([]);
		const changed = hub({ "feed:metro": "2", "sink:web": "2" });
		await changed.look();
		await changed.look();
		await hub({ "feed:metro": "2", "sink:web": "2" }).look();
		expect(begun).toEqual(["feed:metro"]);
	});

	it("also for what is mended before the first look, since the start takes note of what is new", async () => {
		const { log, begun, hub } = world();
		await hub({ "feed:metro": "1" }).begin();
		await log.commit({ append: [letterPack([sampleLetter()])] });
		const mended = hub({ "feed:metro": "2" });
		await mended.begin();
		await Promise.all([mended.look(), mended.look()]);
		expect(begun).toEqual(["feed:metro"]);
	});

	it("wait while another job runs", async () => {
		const { log, begun, hub, busy } = world();
		await log.commit({ append: [letterPack([sampleLetter()])] });
		await hub({ "feed:metro": "1" }).look();
		busy(true);
		const changed = hub({ "feed:metro": "2" });
		await changed.look();
		busy(false);
		expect(begun).toEqual([]);
		await changed.look();
		expect(begun).toEqual(["feed:metro"]);
	});

	it("when a sink takes again, at most every six hours", async () => {
		const { time, log, begun, hub } = world();
		await log.commit({
			append: [letterPack([sampleLetter({ stage: "sink:web", code: "record.rejected" })])],
		});
		const one = hub({ "sink:web": "1" });
		await one.look();
		for (const hours of [0, 1, 2, 3, 7]) {
			await time.advance(hours * HOUR_MS);
			one.recovered("sink:web");
			await one.look();
		}
		expect(begun.filter((one) => one === "sink:web")).toHaveLength(3);
	});

	it("with one letter every hour of what a sink refuses, by turns, while it takes deliveries and no other job runs", async () => {
		const { time, log, begun, hub, busy, held } = world();
		const refused = (message: string) =>
			sampleLetter({ stage: "sink:web", code: "record.rejected", message });
		await log.commit({ append: [letterPack([refused("No route"), refused("No stop"), sampleLetter()])] });
		const ids = (await log.letterIssues())
			.filter(({ subject }) => subject === "sink:web")
			.map(({ id }) => id)
			.sort();
		const one = hub({ "feed:metro": "1", "sink:web": "1" });
		const hours = async (count: number) => {
			for (let minute = 0; minute < 60 * count; minute++) {
				await time.advance(60_000);
				await one.look();
			}
			return begun.splice(0);
		};
		await one.look();
		expect(await hours(4)).toEqual([ids[0], ids[1], ids[0], ids[1]].map((id) => `trial ${id}`));
		held.add("sink:web");
		expect(await hours(3)).toEqual([]);
		held.clear();
		busy(true);
		expect(await hours(1)).toEqual([]);
		busy(false);
		expect(await hours(1)).toEqual([`trial ${ids[0]}`]);
	});
});
