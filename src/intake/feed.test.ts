import { describe, expect, it } from "vitest";
import {
	allDeadLetters,
	allRecords,
	frameOf,
	jsonDecoder,
	reader,
	startIntake,
} from "../../test/intake-world.js";
import type { Commit } from "../log/log.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { type Clock, sleep } from "../runtime/runtime.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import type { PollResult, Source } from "../sources/source.js";
import { Feed } from "./feed.js";
import { judgeFeed } from "./feed-status.js";
import { politeUpstream } from "./politeness.js";

const NOW = 1_767_614_400_000;
const NO_BUDGET = { requests: undefined, bytes: undefined, quota: undefined };

interface Scripted {
	readonly cursors: (string | undefined)[];
	readonly source: Source;
}

/** A poll source that answers by a function, every 20 s. */
function scripted(answer: (poll: number, cursor: string | undefined) => PollResult): Scripted {
	const cursors: (string | undefined)[] = [];
	const poll = async ({ cursor }: { readonly cursor: string | undefined }) => {
		cursors.push(cursor);
		return answer(cursors.length, cursor);
	};
	return { cursors, source: { kind: "poll", everyMs: 20_000, poll } };
}

function good(poll: number, time: number, more: Partial<PollResult> = {}): PollResult {
	const items = [{ kind: "vehicle_location", vehicleId: "1", eventTime: time, latitude: 1, longitude: poll }];
	return { frames: [frameOf({ items }, time)], wireBytes: 100, cursor: `c${poll}`, ...more };
}

async function world(
	sources: readonly Source[],
	options: { readonly storage?: MemoryStorage; readonly beforeCommit?: (commit: Commit) => void } = {},
) {
	const virtual = createVirtualRuntime({ startTime: NOW });
	const { runtime } = virtual;
	const log = createMemoryLog({
		storage: options.storage ?? new MemoryStorage(1),
		...(options.beforeCommit && { beforeCommit: options.beforeCommit }),
	});
	const feed: Feed = new Feed({
		name: "avl",
		agency: "metro",
		log,
		runtime,
		upstreams: sources.map((source, index) => ({
			index,
			sourceType: "scripted",
			decoderName: "json@1",
			decoder: jsonDecoder,
			source,
			upstream:
				source.kind === "push" ? undefined : politeUpstream(`feed:avl/${index}`, NO_BUDGET, {}, runtime),
			windowMs: 900_000,
		})),
	});
	const readers = new Map([["avl", sources.map(() => reader("avl"))]]);
	const { intake } = await startIntake(log, runtime, readers, {
		onInterpreted: (frame) => feed.interpreted(frame),
	});
	feed.start(intake);
	return { ...virtual, log, feed, intake };
}

describe("a polled feed", () => {
	it("asks at its pace, hands on the cursor that was committed with the frames, and resumes from it", async () => {
		const storage = new MemoryStorage(1);
		const first = scripted((poll) => good(poll, NOW + poll * 1000));
		const { advance, feed, intake, log } = await world([first.source], { storage });
		await advance(59_000);
		expect(first.cursors).toEqual([undefined, "c1", "c2"]);
		await feed.stop();
		await intake.close();
		await log.close();
		const second = scripted((poll) => good(poll, NOW + 100_000));
		const again = await world([second.source], { storage });
		await again.advance(1_000);
		expect(second.cursors).toEqual(["c3"]);
		await again.feed.stop();
	});

	it("asks again at once while upstream holds more, and knows its purge headroom", async () => {
		const { cursors, source } = scripted((poll) => good(poll, NOW + poll * 1000, { more: poll < 4 }));
		const { advance, feed, runtime } = await world([source]);
		await advance(1_000);
		expect(cursors).toHaveLength(4);
		expect(feed.purgeHeadroom(runtime.clock.now())).toEqual({ headroomMs: 899_000, windowMs: 900_000 });
		await feed.stop();
	});

	it("asks less in an outage than on a good day, says so, and recovers by itself", async () => {
		let down = false;
		const { cursors, source } = scripted((poll) => {
			if (down) throw new Failure("net.reset", "the connection was reset.");
			return good(poll, NOW + poll * 1000);
		});
		const { advance, feed, runtime } = await world([source]);
		await advance(600_000);
		const goodDay = cursors.length;
		expect(goodDay).toBe(31);
		down = true;
		await advance(600_000);
		expect(cursors.length - goodDay).toBeLessThan(goodDay);
		const { state, sentence } = judgeFeed(feed, runtime.clock.now());
		expect(state).toBe("down");
		// Not that its breaker is open: that says nothing of what is wrong over there.
		expect(sentence).toContain("the connection was reset. It is asked again");
		expect(feed.progress[0]?.lastFailure?.code).toBe("net.reset");
		down = false;
		await advance(120_000);
		expect(judgeFeed(feed, runtime.clock.now())).toMatchObject({ state: "running" });
		await feed.stop();
	});

	it("knows that it reads again although the wall clock was set back since the failure", async () => {
		const { source } = scripted((poll) => {
			if (poll >= 5 && poll < 9) throw new Failure("net.reset", "the connection was reset.");
			return good(poll, NOW + poll * 1000);
		});
		const { advance, feed, runtime, jumpWallClock } = await world([source]);
		await advance(95_000);
		jumpWallClock(-3_600_000);
		await advance(60_000);
		expect(feed.progress[0]?.lastFailure?.code).toBe("net.reset");
		expect(judgeFeed(feed, runtime.clock.now())).toMatchObject({ state: "running" });
		await feed.stop();
	});

	it("takes a page of HTML with status 200 for a failure: evidence kept, cursor kept, breaker opened", async () => {
		const { cursors, source } = scripted((poll) =>
			poll === 1 ? good(1, NOW) : { frames: [frameOf("<html>", NOW + poll)], wireBytes: 10, cursor: "html" },
		);
		const { advance, feed, log, runtime } = await world([source]);
		await advance(130_000);
		expect(new Set(cursors.slice(1))).toEqual(new Set(["c1"]));
		expect((await allDeadLetters(log)).map(({ code }) => code)).toContain("decode.format");
		expect(feed.upstreams[0]?.upstream?.status().state).not.toBe("closed");
		expect(judgeFeed(feed, runtime.clock.now()).sentence).toContain("not JSON");
		await feed.stop();
	});

	it("fails while nothing of what comes can be read, and one slip is no failure", async () => {
		const isBad = (poll: number) => poll === 2 || (poll >= 4 && poll < 8);
		const { source } = scripted((poll) => {
			const items = [{ kind: "vehicle_location", eventTime: NOW + poll, latitude: 1, longitude: 1 }];
			return isBad(poll)
				? { frames: [frameOf({ items }, NOW + poll)], wireBytes: 10, cursor: `c${poll}` }
				: good(poll, NOW + poll * 1000);
		});
		const { advance, feed, runtime } = await world([source]);
		const failing: number[] = [];
		for (let poll = 1; poll <= 9; poll++) {
			await advance(poll === 1 ? 1_000 : 20_000);
			const { state, sentence } = judgeFeed(feed, runtime.clock.now());
			if (state !== "failing") continue;
			failing.push(poll);
			expect(sentence).toContain("nothing in them can be read: ");
		}
		expect(failing).toEqual([5, 6, 7]);
		await feed.stop();
	});

	it("keeps its cursor while the store is full, and loses nothing that upstream keeps", async () => {
		let full = false;
		const { cursors, source } = scripted((poll, cursor) => {
			const next = Number((cursor ?? "c0").slice(1)) + 1;
			return { ...good(poll, NOW + next * 1000), cursor: `c${next}` };
		});
		const { advance, feed, intake, log } = await world([source], {
			beforeCommit: () => {
				if (full) throw new Failure("store.full", "The disk is full");
			},
		});
		await advance(25_000);
		full = true;
		const askedBefore = cursors.length;
		await advance(60_000);
		// Upstream is asked no more often because our own disk is full.
		expect(cursors.length - askedBefore).toBe(3);
		full = false;
		await advance(60_000);
		await feed.stop();
		await intake.close();
		const seconds = (await allRecords(log)).map((record) => (record.eventTime - NOW) / 1000);
		expect(seconds).toEqual(Array.from({ length: seconds.length }, (_, at) => at + 1));
		expect(cursors.filter((cursor) => cursor === "c2").length).toBeGreaterThan(1);
	});

	it("lets the next upstream take over while the first is down, and fails back", async () => {
		let down = false;
		const first = scripted((poll) => {
			if (down) throw new Failure("http.unauthorized", "401: the key is not valid");
			return good(poll, NOW + poll * 1000);
		});
		const second = scripted((poll) => good(poll, NOW + 500_000 + poll * 1000));
		const { advance, feed, runtime } = await world([first.source, second.source]);
		await advance(60_000);
		expect(second.cursors).toHaveLength(0);
		down = true;
		await advance(120_000);
		const during = second.cursors.length;
		expect(during).toBeGreaterThan(2);
		expect(judgeFeed(feed, runtime.clock.now()).sentence).toContain("Upstream 1 stands in");
		down = false;
		await advance(120_000);
		const after = second.cursors.length;
		await advance(120_000);
		expect(second.cursors.length).toBe(after);
		expect(judgeFeed(feed, runtime.clock.now())).toEqual({
			state: "running",
			sentence: "Frames come as expected.",
		});
		await feed.stop();
	});
});

describe("streams and pushes", () => {
	it("reads a stream to its end with its cursors, and says that it has finished", async () => {
		async function* items() {
			for (let n = 1; n <= 200; n++) yield { ...good(n, NOW + n).frames[0]!, cursor: `line ${n}` };
		}
		const { advance, feed, intake, log, runtime } = await world([{ kind: "stream", open: items }]);
		await advance(1_000);
		await feed.finished();
		await intake.idle();
		expect(await allRecords(log)).toHaveLength(200);
		expect(new TextDecoder().decode(await log.state("source/avl/0"))).toBe("line 200");
		expect(judgeFeed(feed, runtime.clock.now()).state).toBe("finished");
		await feed.stop();
	});

	it("opens a stream again after it broke, from the last cursor that is durable", async () => {
		const opened: (string | undefined)[] = [];
		async function* items({ cursor }: { readonly cursor: string | undefined }) {
			opened.push(cursor);
			const start = Number(cursor ?? "0");
			for (let n = start + 1; n <= 6; n++) {
				yield { ...good(n, NOW + n).frames[0]!, cursor: `${n}` };
				if (n === 3 && opened.length === 1) throw new Failure("net.reset", "the connection was reset");
			}
		}
		const { advance, feed, log } = await world([{ kind: "stream", open: items }]);
		await advance(60_000);
		expect(opened).toEqual([undefined, "3"]);
		expect(await allRecords(log)).toHaveLength(6);
		await feed.stop();
	});

	it("keeps a live connection that is quiet, and tells upstream of each frame once it is durable", async () => {
		const settled: number[] = [];
		let isDurable = false;
		async function* items(signal: AbortSignal, clock: Clock) {
			for (let n = 1; n <= 3; n++) {
				await sleep(clock, 3_600_000, signal);
				yield { ...good(n, NOW + n * 1000).frames[0]!, settled: () => settled.push(isDurable ? n : -n) };
			}
			await sleep(clock, 1e9, signal);
		}
		let connected = 0;
		const virtual: { clock?: Clock } = {};
		const source: Source = {
			kind: "live",
			connect: async ({ signal }) => {
				connected++;
				return items(signal, virtual.clock as Clock);
			},
		};
		const { advance, feed, intake, log, runtime } = await world([source], {
			beforeCommit: () => {
				isDurable = true;
			},
		});
		virtual.clock = runtime.clock;
		await advance(30 * 60_000);
		expect(judgeFeed(feed, runtime.clock.now()).state).toBe("waiting");
		expect(runtime.clock.now() - (feed.progress[0]?.lastGoodTime ?? 0)).toBeLessThanOrEqual(10_000);
		await advance(3 * 3_600_000);
		await intake.idle();
		expect([connected, settled]).toEqual([1, [1, 2, 3]]);
		expect(await allRecords(log)).toHaveLength(3);
		await feed.stop();
	});

	it("does not call at once again who takes it and hangs up, and leaves nothing open when an attempt takes too long", async () => {
		const calls: number[] = [];
		const open = new Set<AbortSignal>();
		let hangs = false;
		const virtual: { clock?: Clock } = {};
		const source: Source = {
			kind: "live",
			connect: ({ signal }) => {
				calls.push((virtual.clock as Clock).now());
				if (hangs) {
					open.add(signal);
					return new Promise((_, reject) => {
						signal.addEventListener("abort", () => {
							open.delete(signal);
							reject(signal.reason as Error);
						});
					});
				}
				const next = () => Promise.reject(new Failure("net.reset", "the broker hung up"));
				return Promise.resolve({ [Symbol.asyncIterator]: () => ({ next }) });
			},
		};
		const { advance, feed, runtime } = await world([source]);
		virtual.clock = runtime.clock;
		await advance(10_000);
		expect(judgeFeed(feed, runtime.clock.now()).sentence).toContain("the broker hung up");
		await advance(590_000);
		expect(calls.length).toBeLessThan(40);
		hangs = true;
		await advance(600_000);
		expect(open.size).toBeLessThanOrEqual(1);
		await feed.stop();
		expect(open.size).toBe(0);
	});

	it("refuses a push that cannot be durable, and takes it when it can", async () => {
		let full = true;
		const { feed, intake, log } = await world([{ kind: "push", endpoints: [] }], {
			beforeCommit: () => {
				if (full) throw new Failure("store.full", "The disk is full");
			},
		});
		const frames = good(1, NOW).frames;
		await expect(feed.receivePush(0, frames)).rejects.toMatchObject({ code: "store.full" });
		full = false;
		await feed.receivePush(0, frames);
		await intake.idle();
		expect(await allRecords(log)).toHaveLength(1);
		await feed.stop();
	});
});
