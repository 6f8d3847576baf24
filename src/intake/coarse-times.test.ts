import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allRecords, frameOf, ledgerSum, reader, startIntake } from "../../test/intake-world.js";
import { auditLedger } from "../log/audit.js";
import { createMemoryLog } from "../log/memory-log.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";

const NOW = 1_767_614_400_000;
const S = 1000;
const MINUTE = 60_000;

/** Upstream 0 states whole minutes, upstream 1 seconds; both are polled every 10 s and repeat the newest report. */
async function twoUpstreams(lastAnswerTime?: () => number | undefined) {
	const { runtime } = createVirtualRuntime({ startTime: NOW });
	const log = createMemoryLog({ partitions: 2 });
	const paced = { paceMs: 10 * S };
	const first = reader("avl", { ...paced, ...(lastAnswerTime && { lastAnswerTime }) });
	const { intake } = await startIntake(log, runtime, new Map([["avl", [first, reader("avl", paced)]]]));
	const tell = async (upstream: number, receivedS: number, reportS: number | undefined, id = "1") => {
		const roundMs = upstream === 0 ? MINUTE : S;
		const items =
			reportS === undefined
				? []
				: [
						{
							kind: "vehicle_location",
							vehicleId: id,
							eventTime: Math.floor((NOW + reportS * S) / roundMs) * roundMs,
							resolutionMs: roundMs,
							latitude: 41 + reportS / 1e6,
							longitude: upstream === 0 ? -87.6 : -87.6001,
						},
					];
		await intake.receive("avl", upstream, [frameOf({ items }, NOW + receivedS * S)]);
		await intake.idle();
	};
	/** Which reports were taken, by the time of the report, with the upstream that told it. */
	const taken = async () =>
		(await allRecords(log))
			.sort((a, b) => a.origin.offset - b.origin.offset)
			.map(({ body, origin }) => {
				const latitude = body.kind === "vehicle_location" ? (body.latitude ?? 0) : 0;
				return [Math.round((latitude - 41) * 1e6), origin.upstream];
			});
	const isBalanced = async () => {
		const { findings } = await auditLedger(log, { sinks: [] });
		expect(findings).toEqual([]);
		let out = 0;
		for (const outcome of ["appended", "duplicate", "ignored", "dead_lettered"]) {
			out += await ledgerSum(log, "admit", outcome);
		}
		expect(await ledgerSum(log, "admit", "in")).toBe(out);
	};
	return { log, intake, tell, taken, isBalanced };
}

describe("two upstreams, one with coarse times", () => {
	it("tell each report once, and lose none when the first falls silent and when it comes back", async () => {
		const { log, tell, taken, isBalanced } = await twoUpstreams();
		const reports: number[] = [];
		for (let second = 5; second < 900; second += 10) {
			// The vehicle reports every 30 s; each answer holds its newest report.
			const report = Math.floor((second - 3) / 30) * 30 + 2;
			if (report < 0) continue;
			if (!reports.includes(report)) reports.push(report);
			const isSilent = second > 300 && second < 600;
			if (!isSilent) await tell(0, second, report);
			await tell(1, second + 1, report);
		}
		const told = await taken();
		expect(told.map(([report]) => report)).toEqual(reports);
		const byFirst = told.filter(([, upstream]) => upstream === 0).map(([report]) => report as number);
		const bySecond = told.filter(([, upstream]) => upstream === 1).map(([report]) => report as number);
		expect(Math.min(...bySecond)).toBe(302);
		expect(Math.max(...bySecond)).toBeLessThan(662);
		expect(byFirst.filter((report) => report > 300 && report < 600)).toEqual([]);
		expect(byFirst.at(-1)).toBe(reports.at(-1));
		expect(await ledgerSum(log, "admit", "ignored")).toBeGreaterThan(0);
		await isBalanced();
	});

	it("count an answer without a frame as healthy, and a key that the first no longer lists as its silence", async () => {
		let answered = 0;
		const { tell, taken } = await twoUpstreams(() => NOW + answered * S);
		await tell(0, 5, 2);
		answered = 300;
		await tell(1, 300, 290);
		expect(await taken()).toEqual([[2, 0]]);
		for (let second = 310; second <= 400; second += 10) await tell(0, second, second - 3, "other");
		await tell(1, 400, 390);
		expect((await taken()).at(-1)).toEqual([390, 1]);
	});

	it("take one report for one where two upstreams round to the second in two ways", async () => {
		const { intake, taken } = await twoUpstreams();
		const send = async (upstream: number, eventTime: number) => {
			const item = { kind: "vehicle_location", vehicleId: "1", eventTime, latitude: 41, longitude: 1 };
			await intake.receive("avl", upstream, [frameOf({ items: [item] }, NOW + 5 * S)]);
			await intake.idle();
		};
		await send(0, NOW + 1 * S);
		await send(1, NOW + 1 * S + 400);
		await send(1, NOW + 2 * S);
		await send(0, NOW + 1 * S + 900);
		expect((await taken()).map(([, upstream]) => upstream)).toEqual([0, 1]);
	});

	it("never tell a report twice while both are healthy, and always balance, whatever comes when", async () => {
		const step = fc.record({ upstream: fc.constantFrom(0, 1), after: fc.integer({ min: 1, max: 9 }) });
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
				const { tell, taken, isBalanced } = await twoUpstreams();
				let second = 60;
				await tell(0, second, second - 2);
				for (const { upstream, after } of steps) {
					second += after;
					await tell(0, second, Math.floor((second - 2) / 20) * 20);
					if (upstream === 1) await tell(1, second, Math.floor((second - 2) / 20) * 20);
				}
				const told = await taken();
				expect(told.every(([, upstream]) => upstream === 0)).toBe(true);
				await isBalanced();
			}),
			{ numRuns: 60 },
		);
	});
});
