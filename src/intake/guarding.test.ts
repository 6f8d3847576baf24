import { expect, it } from "vitest";
import {
	allDeadLetters,
	allRecords,
	frameOf,
	ledgerSum,
	reader,
	startIntake,
} from "../../test/intake-world.js";
import { auditLedger } from "../log/audit.js";
import { createMemoryLog } from "../log/memory-log.js";
import { FeedGuards } from "../quality/guards/feed-guards.js";
import { GUARDS_DEFAULT, type GuardAction } from "../quality/guards/guard.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";

const START = 1_795_000_000_000;
const AREA = { west: -88.2, south: 41.5, east: -87.3, north: 42.2 };

function frame(step: number, isSwapped: boolean) {
	const items = Array.from({ length: 12 }, (_, at) => {
		const [latitude, longitude] = [41.80037 + at * 0.004 + step * 0.001, -87.70043];
		return {
			kind: "vehicle_location",
			vehicleId: `bus-${at}`,
			eventTime: START + step * 30_000 - 5_000,
			latitude: isSwapped ? longitude : latitude,
			longitude: isSwapped ? latitude : longitude,
		};
	});
	return frameOf({ items, complete: true }, START + step * 30_000);
}

async function run(
	action: GuardAction,
	log = createMemoryLog({ partitions: 3 }),
	steps = [false, false, true],
) {
	const config = { ...GUARDS_DEFAULT, guards: { position_swapped: { action } } };
	const guards = new FeedGuards({ config, area: AREA });
	const { runtime } = createVirtualRuntime({ startTime: START });
	const readers = new Map([["buses", [reader("buses", { guards })]]]);
	const { intake, interpreted } = await startIntake(log, runtime, readers);
	for (const [step, isSwapped] of steps.entries()) {
		await intake.receive("buses", 0, [frame(step + (steps.length === 1 ? 4 : 0), isSwapped)]);
		await intake.idle();
	}
	await intake.close();
	const { findings } = await auditLedger(log, { sinks: [] });
	expect(findings).toEqual([]);
	return { log, interpreted, news: interpreted.flatMap(({ guardNews }) => guardNews) };
}

it("flags records, counts them by reason in the ledger, and tells of it", async () => {
	const { log, news } = await run("withhold");
	const flagged = (await allRecords(log)).filter(({ flags }) => flags.includes("position_swapped"));
	expect(flagged).toHaveLength(12);
	expect(flagged.every(({ flags }) => flags.includes("withheld_by_guard"))).toBe(true);
	expect(await ledgerSum(log, "guards", "position_swapped")).toBe(12);
	expect(await ledgerSum(log, "guards", "in")).toBe(12);
	expect(news).toMatchObject([{ guard: "position_swapped", state: "tripped", level: "error" }]);
});

it("makes dead letters of items, or of frames while upstream counts as failing", async () => {
	const { log } = await run("dead-letter");
	expect((await allDeadLetters(log)).map(({ code }) => code)).toEqual(Array(12).fill("record.implausible"));
	expect(await allRecords(log)).toHaveLength(24);
	const failing = await run("fail-feed");
	expect((await allDeadLetters(failing.log)).map(({ code }) => code)).toEqual(["upstream.implausible"]);
	expect(failing.interpreted.at(-1)?.decoded.failure?.code).toBe("upstream.implausible");
});

it("says after a restart what is over, and not again what was told", async () => {
	const { log } = await run("flag");
	const { news } = await run("flag", log, [true]);
	expect(news).toEqual([]);
	expect((await run("flag", log, [false])).news).toMatchObject([{ state: "cleared" }]);
});
