import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELIVERED, transient } from "../../test/delivery-world.js";
import { fleet, ReplayWorld } from "../../test/replay-world.js";
import type { Batch } from "../sinks/sink.js";
import type { Replays } from "./replays.js";

const ALL = { kind: "replay", filter: {}, all: true } as const;

/** Letters of so many vehicles, one each, that the destination would take by now. */
async function refused(vehicles: number): Promise<{ world: ReplayWorld; replays: Replays }> {
	const world = new ReplayWorld({ batch: { count: 500, bytes: 1_000_000, everyMs: 1000 } });
	const names = Array.from({ length: vehicles }, (_, i) => String(i));
	for (const name of names) world.bad.add(name);
	const replays = await world.start();
	await world.append(fleet(names, 0, vehicles));
	await world.time.advance(60_000);
	world.bad.clear();
	return { world, replays };
}

/** It takes what it is sent, and its answer is lost. */
function takingWithoutAnswer(world: ReplayWorld) {
	return (batch: Batch) => {
		world.judge(batch);
		world.destination_.take(batch);
		return transient();
	};
}

function nothingOpen(thrown: unknown): void {
	expect(String(thrown)).toContain("Nothing was started");
}

function endedAlready(thrown: unknown): void {
	expect(String(thrown)).toMatch(/is done already|There is no job/);
}

describe("a replay that is cancelled while nobody knows whether the destination has its batch", () => {
	it("leaves the batch to the next one, which sends it under the same id, whatever its rate and filter", async () => {
		const { world, replays } = await refused(30);
		const { sent } = world.destination_;
		const before = sent.length;
		world.destination_.answer = (batch) =>
			sent.length - before > 1 ? takingWithoutAnswer(world)(batch) : world.judge(batch);
		await replays.begin({ ...ALL, name: "one", ratePerS: 10 });
		await world.time.advance(5000);
		await replays.act("cancel", "one");
		const [first, unanswered] = sent.slice(before);
		expect(new Set(sent.slice(before).map(({ id }) => id))).toEqual(new Set([first?.id, unanswered?.id]));
		world.destination_.answer = (batch) => world.judge(batch);
		const again = sent.length;
		await replays.begin({ ...ALL, filter: { sink: "archive" }, name: "two", ratePerS: 7 });
		await world.time.advance(60_000);
		expect(sent[again]).toMatchObject({ id: unanswered?.id, ids: unanswered?.ids });
		// The rest under ids of its own, and no more of it at once than was asked for.
		expect(sent.slice(again + 1).map(({ ids }) => ids.length)).toEqual([7, 3]);
		expect(await world.letters()).toBe("0 open, 30 replayed, 0 dropped, 0 tries");
		expect(new Set(world.destination_.effects).size).toBe(30);
		await world.stop();
	});

	it("is told apart from one that was refused: what is sent after that has a new id", async () => {
		const { world, replays } = await refused(1);
		const { sent } = world.destination_;
		world.destination_.answer = () => transient();
		await replays.begin({ ...ALL, name: "one" });
		await world.time.advance(5000);
		await replays.act("cancel", "one");
		world.bad.add("0");
		world.destination_.answer = (batch) => world.judge(batch);
		const doubted = sent.at(-1)?.id;
		await replays.begin({ ...ALL, name: "two" });
		await world.time.advance(60_000);
		expect(sent.at(-1)?.id).toBe(doubted);
		expect(await world.letters()).toBe("1 open, 0 replayed, 0 dropped, 1 tries");
		world.bad.clear();
		await replays.begin({ ...ALL, name: "three" });
		await world.time.advance(60_000);
		expect(sent.at(-1)?.id).not.toBe(doubted);
		expect(await world.letters()).toBe("0 open, 1 replayed, 0 dropped, 1 tries");
		await world.stop();
	});

	it("never has a record take effect twice, however many are cancelled, killed or refused, and at any rate", async () => {
		const job = fc.record({
			ratePerS: fc.constantFrom(3, 40, 70, 100),
			isKilled: fc.boolean(),
			answered: fc.nat(3),
			bad: fc.nat(220),
			forMs: fc.integer({ min: 500, max: 6000 }),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(job, { minLength: 1, maxLength: 4 }), async (jobs) => {
				let { world, replays } = await refused(230);
				const { sent } = world.destination_;
				for (const [at, { ratePerS, isKilled, answered, bad, forMs }] of jobs.entries()) {
					const before = sent.length;
					world.bad.add(String(bad));
					world.destination_.answer = (batch) => {
						// It knows what it has taken, also when it has become stricter since.
						const answer = world.destination_.taken.has(batch.id) ? DELIVERED : world.judge(batch);
						return answer !== DELIVERED || sent.length - before <= answered
							? answer
							: takingWithoutAnswer(world)(batch);
					};
					await replays.begin({ ...ALL, name: `job-${at}`, ratePerS }).catch(nothingOpen);
					await world.time.advance(forMs);
					if (isKilled) {
						replays = await world.restart();
						await world.time.advance(100);
					}
					await replays.act("cancel", `job-${at}`).catch(endedAlready);
				}
				world.bad.clear();
				world.destination_.answer = (batch) => world.judge(batch);
				await replays.begin({ ...ALL, name: "last" }).catch(nothingOpen);
				await world.time.advance(120_000);
				expect(await world.letters()).toContain("0 open, 230 replayed");
				expect(world.destination_.effects).toHaveLength(230);
				expect(new Set(world.destination_.effects).size).toBe(230);
				await world.stop();
			}),
			{ numRuns: 40 },
		);
	}, 60_000);
});
