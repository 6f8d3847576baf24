import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventEntry } from "../log/event.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { readEvents } from "./event-page.js";
import { Journal } from "./journal.js";

const NOW = 1_767_614_400_000;

function world(beforeCommit?: () => void) {
	const virtual = createVirtualRuntime({ startTime: NOW });
	const storage = new MemoryStorage(3);
	const log = createMemoryLog({ storage, ...(beforeCommit && { beforeCommit }) });
	const journal = new Journal(log, virtual.runtime.clock);
	const add = (message: string, more: Partial<EventEntry> = {}) =>
		journal.add({
			time: virtual.runtime.clock.now(),
			subject: "feed:avl",
			level: "info",
			code: "feed.state",
			message,
			...more,
		});
	const messages = async () => (await readEvents(log, { limit: 1000 })).events.map(({ message }) => message);
	return { ...virtual, log, journal, add, messages };
}

describe("the journal", () => {
	it("writes what happens in its order, in one commit a second", async () => {
		let commits = 0;
		const { add, advance, log, messages } = world(() => void commits++);
		add("down", { details: { state: "down" } });
		add("no room", { subject: "store", level: "error", code: "store.trouble" });
		add("up");
		await advance(1_000);
		expect(await messages()).toEqual(["down", "no room", "up"]);
		expect(commits).toBe(1);
		expect((await readEvents(log, {})).events[0]).toEqual({
			time: NOW,
			subject: "feed:avl",
			level: "info",
			code: "feed.state",
			message: "down",
			details: { state: "down" },
		});
	});

	it("sums up a flood: the first at once, then the last of each minute with how many there were", async () => {
		const { add, advance, log, journal } = world();
		for (let second = 0; second < 150; second++) {
			add(`bad frame ${second}`);
			await advance(1_000);
		}
		await journal.close(1_000);
		const { events } = await readEvents(log, {});
		expect(events.map(({ message, details }) => [message, details?.["repeats"] ?? 1])).toEqual([
			["bad frame 0", 1],
			["bad frame 59", 59],
			["bad frame 60", 1],
			["bad frame 119", 59],
			["bad frame 120", 1],
			["bad frame 149", 29],
		]);
	});

	it("keeps the last of two states that swing, so that the story never ends with a state that is over", async () => {
		const { add, advance, messages } = world();
		for (let swing = 0; swing < 5; swing++) {
			add("open");
			await advance(2_000);
			add("closed");
			await advance(2_000);
		}
		await advance(61_000);
		expect(await messages()).toEqual(["open", "closed", "open", "closed"]);
	});

	it("waits while the store takes nothing, drops the oldest beyond its bound, and says how many", async () => {
		let full = true;
		const { add, advance, log, messages } = world(() => {
			if (full) throw new Failure("store.full", "the disk is full");
		});
		for (let event = 0; event < 1_100; event++) add(`event ${"x".repeat(event)}`);
		await advance(5_000);
		full = false;
		await advance(2_000);
		const written = await messages();
		expect(written[0]).toBe("100 events were not written, because the store took nothing");
		expect(written[1]).toBe(`event ${"x".repeat(100)}`);
		expect(await log.bounds("events", 0)).toEqual({ start: 0, end: 1_001 });
	});

	it("ends with a store that will take nothing more, and does not hold up the hub", async () => {
		const { add, advance, journal } = world(() => {
			throw new Failure("store.sync", "the disk is broken");
		});
		add("last words");
		const closed = journal.close(1_000);
		await advance(1_000);
		await closed;
		add("unheard");
		await advance(5_000);
	});

	it("is bounded by the event too", async () => {
		const { add, advance, log } = world();
		add("x".repeat(10_000), { details: { text: "y".repeat(10_000) } });
		await advance(1_000);
		const { events } = await readEvents(log, {});
		expect(events[0]?.message).toHaveLength(501);
		expect(events[0]).not.toHaveProperty("details");
	});
});

describe("a journal that the store refuses for good", () => {
	it("says so once, counts what it does not write, and does not call its own end a failure", async () => {
		let isBroken = false;
		const ended: string[] = [];
		const virtual = createVirtualRuntime({ startTime: NOW });
		const refuse = () => {
			if (isBroken) throw new Failure("store.corrupt", "the database is damaged");
		};
		const log = createMemoryLog({ storage: new MemoryStorage(3), beforeCommit: refuse });
		const journal = new Journal(log, virtual.runtime.clock, ({ message }) => ended.push(message));
		const add = (message: string) =>
			journal.add({ time: NOW, subject: "feed:avl", level: "info", code: "feed.state", message });
		add("down");
		await virtual.advance(1_000);
		expect(journal.status()).toMatchObject({ state: "ok", dropped: 0 });
		isBroken = true;
		add("up");
		add("frozen");
		await virtual.advance(60_000);
		add("gone");
		await virtual.advance(60_000);
		expect(ended).toEqual(["the database is damaged"]);
		expect(journal.status()).toEqual({
			state: "ended",
			sentence:
				"What happens is written down no more, only printed: the database is damaged. " +
				"Restart the hub once the store is in order.",
			dropped: 3,
		});

		const closing = new Journal(log, virtual.runtime.clock, ({ message }) => ended.push(message));
		closing.add({ time: NOW, subject: "hub", level: "info", code: "hub.stopped", message: "stopped" });
		await closing.close(1_000);
		expect(ended).toHaveLength(1);
	});
});

describe("a page of events", () => {
	it("gives every event once, in pages of any size, and goes on where it ended", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.nat({ max: 100_000 }), { maxLength: 30 }),
				fc.integer({ min: 1, max: 7 }),
				async (waits, limit) => {
					const { add, advance, log, runtime } = world();
					for (const [at, waitMs] of waits.entries()) {
						add(`event ${"abcdefghijklmnopqrstuvwxyzABCDEFG"[at]}`);
						await advance(waitMs);
					}
					await advance(1_000);
					const seen: string[] = [];
					let since: string | undefined;
					for (let more = true; more; ) {
						const page = await readEvents(log, { limit, ...(since !== undefined && { since }) });
						expect(page.events.length).toBeLessThanOrEqual(limit);
						seen.push(...page.events.map(({ message }) => message));
						({ next: since, more } = page);
					}
					expect(seen).toEqual(waits.map((_, at) => `event ${"abcdefghijklmnopqrstuvwxyzABCDEFG"[at]}`));
					const now = runtime.clock.now();
					expect((await readEvents(log, { fromTime: now + 1 })).events).toEqual([]);
					expect((await readEvents(log, { fromTime: NOW, limit: 1_000 })).events).toHaveLength(waits.length);
				},
			),
			{ numRuns: 50 },
		);
	});

	it("refuses a place that it did not give", async () => {
		const { log } = world();
		await expect(readEvents(log, { since: "yesterday" })).rejects.toThrow('"yesterday" is no place');
	});
});
