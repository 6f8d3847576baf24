import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allRecords, jsonDecoder, ledgerSum, reader, startIntake } from "../../test/intake-world.js";
import { auditLedger } from "../log/audit.js";
import { type EventEntry, gapOf, unpackEvents } from "../log/event.js";
import type { Commit } from "../log/log.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { HttpRequest, HttpResponse } from "../runtime/http.js";
import { createVirtualRuntime, type VirtualRuntime } from "../simulation/virtual-runtime.js";
import { definition as httpPoll } from "../sources/http-poll.js";
import type { PollSource, SourceContext } from "../sources/source.js";
import { Feed } from "./feed.js";
import { politeUpstream } from "./politeness.js";

const START = 1_767_614_400_000;
const WINDOW_MS = 15 * MINUTE_MS;
/** One message of the queue in so long; vehicles of the snapshot. */
const MESSAGE_MS = 1_700;
const FLEET = 40;
const NO_BUDGET = { requests: undefined, bytes: undefined, quota: undefined };

type UpstreamKind = "numbered" | "timed" | "snapshot";

/** An upstream that numbers a message every 1.7 s and forgets it after 15 minutes, and beside it a snapshot of a fleet. */
class SimulatedUpstream {
	readonly down = new Set<string>();
	/** How often a vehicle of the snapshot reports; each at an instant of its own. */
	reportMs = 1;
	readonly #time: VirtualRuntime;

	constructor(time: VirtualRuntime) {
		this.#time = time;
	}

	readonly request = async ({ url }: HttpRequest): Promise<HttpResponse> => {
		const { hostname, searchParams } = new URL(url);
		if (this.down.has(hostname)) throw new Failure("net.refused", `${hostname} is down`);
		const now = this.#time.runtime.clock.now();
		const body = new TextEncoder().encode(
			JSON.stringify(hostname.startsWith("snapshot") ? this.#fleet(now) : this.#page(now, searchParams)),
		);
		return { status: 200, headers: { "content-type": "application/json" }, body, wireBytes: body.length };
	};

	#fleet(now: number) {
		return {
			items: Array.from({ length: FLEET }, (_, at) =>
				item(`bus-${at}`, now - ((now + at * 997) % this.reportMs)),
			),
		};
	}

	/** Messages after a number, or from a time on. */
	#page(now: number, query: URLSearchParams) {
		const newest = Math.floor((now - START) / MESSAGE_MS);
		const oldest = Math.ceil((now - WINDOW_MS - START) / MESSAGE_MS);
		const since = query.get("since");
		const after =
			since === null ? Number(query.get("after")) : Math.ceil((Number(since) - START) / MESSAGE_MS) - 1;
		const first = Math.max(oldest, after + 1);
		const last = since === null ? Math.min(newest, first + 199) : newest;
		const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
		return {
			more: last < newest,
			items: numbers.map((seq) => ({ ...item(`message-${seq}`, START + seq * MESSAGE_MS), seq })),
		};
	}
}

function item(vehicleId: string, eventTime: number) {
	return { kind: "vehicle_location", vehicleId, eventTime, latitude: 1, longitude: 1 };
}

function sourceOf(kind: UpstreamKind, index: number, time: VirtualRuntime): PollSource {
	const options = {
		numbered: {
			url: `http://queue-${index}.test/`,
			cursor: {
				parameter: "after",
				start: "0",
				from: "json:items[].seq",
				sequence: "json:items[].seq",
				more: "json:more",
			},
		},
		timed: {
			url: `http://queue-${index}.test/`,
			cursor: { parameter: "since", from: "last-received-ms", overlap: "10s", lookback: "15m" },
		},
		snapshot: { url: `http://snapshot-${index}.test/`, conditional: false },
	}[kind];
	const context: SourceContext = {
		feed: "avl",
		runtime: time.runtime,
		baseDirectory: ".",
		secrets: {},
		receive: () => Promise.reject(new Error("nobody pushes")),
	};
	return httpPoll.create(httpPoll.options.parse({ every: "20s", ...options }), context) as PollSource;
}

/** One hub after the other on the same store. */
class World {
	readonly time: VirtualRuntime = createVirtualRuntime({
		startTime: START + 60 * MINUTE_MS,
		http: { request: (request) => this.upstream.request(request) },
	});
	readonly upstream = new SimulatedUpstream(this.time);
	readonly storage = new MemoryStorage(2);
	readonly events: EventEntry[] = [];
	/** `full`: the next poll cannot be committed. `dying`: the process dies as soon as it is. `dead`: it has. */
	fault: "full" | "dying" | "dead" | undefined;
	readonly #kinds: readonly UpstreamKind[];
	#stop: () => Promise<void> = async () => undefined;

	constructor(kinds: readonly UpstreamKind[]) {
		this.#kinds = kinds;
	}

	#before(commit: Commit): void {
		if (this.fault === "dead") throw new Failure("store.sync", "nobody is there");
		if (this.fault !== "full" || !isPoll(commit)) return;
		this.fault = undefined;
		throw new Failure("store.full", "the disk is full");
	}

	#after(commit: Commit): void {
		if (this.fault !== "dying" || !isPoll(commit)) return;
		this.fault = "dead";
		throw new Failure("store.sync", "the process has died");
	}

	async start() {
		const { runtime } = this.time;
		const log = createMemoryLog({
			storage: this.storage,
			beforeCommit: (commit) => this.#before(commit),
			afterCommit: (commit) => this.#after(commit),
		});
		const feed: Feed = new Feed({
			name: "avl",
			agency: "metro",
			log,
			runtime,
			onEvent: (event) => this.events.push(event),
			upstreams: this.#kinds.map((kind, index) => ({
				index,
				sourceType: kind,
				decoderName: "json@1",
				decoder: jsonDecoder,
				source: sourceOf(kind, index, this.time),
				upstream: politeUpstream(`feed:avl/${index}`, NO_BUDGET, {}, runtime),
				windowMs: kind === "snapshot" ? undefined : WINDOW_MS,
			})),
		});
		const readers = new Map([["avl", this.#kinds.map(() => reader("avl"))]]);
		const { intake } = await startIntake(log, runtime, readers, {
			onInterpreted: (frame) => feed.interpreted(frame),
		});
		feed.start(intake);
		this.#stop = async () => {
			const stopped = feed.stop();
			await this.time.advance(1);
			await stopped;
			await intake.close();
			await log.close();
		};
		return { feed, log };
	}

	async restart(afterMs: number) {
		await this.#stop();
		this.fault = undefined;
		await this.time.advance(afterMs);
		return this.start();
	}

	/** What the ledger and topic `events` say in the end. */
	async outcome() {
		await this.#stop();
		const log = createMemoryLog({ storage: this.storage });
		const { packs } = await log.read(
			{ topic: "events", partition: 0, offset: 0 },
			{ entriesMax: 1e6, bytesMax: 1e9 },
		);
		const gaps = packs.flatMap(unpackEvents).map((event) => gapOf(event));
		const records = await allRecords(log);
		const numbers = new Set(records.map(({ key }) => Number(/message-(\d+)/.exec(key)?.[1])));
		const { findings } = await auditLedger(log, { sinks: [] });
		return {
			counted: await ledgerSum(log, "receive", "gap"),
			estimated: await ledgerSum(log, "receive", "gap_estimated"),
			gaps,
			findings,
			sweepTimes: [...new Set(records.map(({ eventTime }) => eventTime))].sort((a, b) => a - b),
			/** Of the messages between the first and the last that were read, those that nobody read. */
			missing: Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.size,
		};
	}
}

/** Only what polls gave meets a fault: what intake makes of it is tested elsewhere. */
function isPoll(commit: Commit): boolean {
	return commit.state?.some(({ name }) => name === "gaps/avl") ?? false;
}

type Step =
	| { readonly kind: "outage" | "restart" | "health"; readonly minutes: number }
	| { readonly kind: "full" | "death" };

const steps = fc.array(
	fc.oneof(
		fc.record({
			kind: fc.constantFrom("outage" as const, "restart" as const, "health" as const),
			minutes: fc.integer({ min: 1, max: 55 }),
		}),
		fc.record({ kind: fc.constantFrom("full" as const, "death" as const) }),
	),
	{ minLength: 1, maxLength: 6 },
);

/** Twenty good minutes at the begin and at the end, and whatever happens between. */
async function live(world: World, script: readonly Step[], hosts: readonly string[]): Promise<void> {
	await world.start();
	await world.time.advance(20 * MINUTE_MS);
	for (const step of script) {
		if ("minutes" in step) {
			const forMs = step.minutes * MINUTE_MS;
			if (step.kind === "outage") for (const host of hosts) world.upstream.down.add(host);
			if (step.kind === "restart") await world.restart(forMs);
			else await world.time.advance(forMs);
			world.upstream.down.clear();
		} else if (step.kind === "full") {
			world.fault = "full";
		} else {
			world.fault = "dying";
			await world.time.advance(2 * MINUTE_MS);
			await world.restart(SECOND_MS);
		}
	}
	await world.time.advance(20 * MINUTE_MS);
}

describe("the gaps of a feed, through outages, restarts and failing commits", () => {
	it("are exactly what was purged where upstream numbers its messages", async () => {
		let lost = 0;
		await fc.assert(
			fc.asyncProperty(steps, async (script) => {
				const world = new World(["numbered"]);
				await live(world, script, ["queue-0.test"]);
				const { counted, estimated, missing, findings } = await world.outcome();
				expect(findings).toEqual([]);
				expect([counted, estimated]).toEqual([missing, 0]);
				lost += missing;
			}),
			{ numRuns: 15, seed: 7 },
		);
		expect(lost).toBeGreaterThan(1_000);
	});

	it("are estimated within 3 % and two messages a gap where it does not, at a constant rate", async () => {
		let lost = 0;
		await fc.assert(
			fc.asyncProperty(steps, async (script) => {
				const world = new World(["timed"]);
				await live(world, script, ["queue-0.test"]);
				const { counted, estimated, missing, gaps, findings } = await world.outcome();
				expect(findings).toEqual([]);
				expect(counted).toBe(0);
				expect(Math.abs(estimated - missing)).toBeLessThanOrEqual(0.03 * missing + 2 * gaps.length);
				lost += missing;
			}),
			{ numRuns: 15, seed: 8 },
		);
		expect(lost).toBeGreaterThan(1_000);
	});

	it("are the sweeps that did not come, within half a sweep a gap, where it tells the present", async () => {
		await fc.assert(
			fc.asyncProperty(steps, async (script) => {
				const world = new World(["snapshot"]);
				await live(world, script, ["snapshot-0.test"]);
				const { estimated, gaps, findings, sweepTimes: sweeps } = await world.outcome();
				expect(findings).toEqual([]);
				const due = ((sweeps.at(-1) ?? 0) - (sweeps[0] ?? 0)) / (20 * SECOND_MS) + 1;
				// What a step interrupts without a miss shifts the pace by less than half a sweep, too.
				const shifts = gaps.length + script.length;
				expect(Math.abs(estimated / FLEET - (due - sweeps.length))).toBeLessThanOrEqual(0.5 * shifts);
			}),
			{ numRuns: 15, seed: 9 },
		);
	});
});

describe("what a snapshot loses", () => {
	/** An hour of health, then misses: the reports that the gap is said to have cost, for each of its sweeps and vehicles. */
	async function costOf(reportMs: number, missMs: number) {
		const world = new World(["snapshot"]);
		world.upstream.reportMs = reportMs;
		await world.start();
		await world.time.advance(30 * MINUTE_MS);
		world.upstream.down.add("snapshot-0.test");
		await world.time.advance(missMs);
		world.upstream.down.clear();
		await world.time.advance(10 * MINUTE_MS);
		const { gaps, estimated } = await world.outcome();
		const sweeps = gaps.reduce((sum, gap) => sum + (gap?.sweeps ?? 0), 0);
		expect(sweeps).toBeGreaterThan(10);
		return estimated / FLEET / sweeps;
	}

	it("is what its vehicles would have reported, not what it would have listed once more", async () => {
		// Polled every 20 s: of vehicles that report every 40 s or 60 s a half or a third of each answer is news.
		expect(await costOf(1, 10 * MINUTE_MS)).toBeCloseTo(1, 1);
		expect(await costOf(40_000, 10 * MINUTE_MS)).toBeCloseTo(1 / 2, 1);
		expect(await costOf(60_000, 10 * MINUTE_MS)).toBeCloseTo(1 / 3, 1);
	});
});

describe("a gap", () => {
	it("is told once, as an event with what was lost, when and why", async () => {
		const world = new World(["numbered"]);
		await world.start();
		await world.time.advance(10 * MINUTE_MS);
		world.upstream.down.add("queue-0.test");
		await world.time.advance(55 * MINUTE_MS);
		world.upstream.down.clear();
		await world.time.advance(5 * MINUTE_MS);
		expect(world.events).toHaveLength(1);
		const [event] = world.events;
		expect(event).toMatchObject({ subject: "feed:avl", level: "warn", code: "feed.gap" });
		expect(event?.message).toMatch(/^Lost \d+ minutes, 1,4\d\d reports, between 13:10 and 13:\d\d UTC$/);
		expect(event?.details).toMatchObject({
			feed: "avl",
			upstream: 0,
			estimated: false,
			cause: "net.refused",
		});
		const { gaps, counted } = await world.outcome();
		expect(gaps.map((gap) => gap?.reports)).toEqual([counted]);
	});

	it("of the time in which the hub was down counts as well, and is remembered over restarts", async () => {
		const world = new World(["timed"]);
		await world.start();
		await world.time.advance(20 * MINUTE_MS);
		const { feed } = await world.restart(75 * MINUTE_MS);
		await world.time.advance(MINUTE_MS);
		const { last, estimatedReports } = feed.gaps;
		expect(last).toMatchObject({ cause: "hub_down", estimated: true, reports: estimatedReports });
		expect(Math.abs(estimatedReports - (60 * MINUTE_MS) / MESSAGE_MS)).toBeLessThan(60);
		const again = await world.restart(SECOND_MS);
		await world.time.advance(MINUTE_MS);
		expect(again.feed.gaps.last).toEqual(last);
		await world.outcome();
	});

	it("is none where a standby told it", async () => {
		const world = new World(["snapshot", "snapshot"]);
		await world.start();
		await world.time.advance(10 * MINUTE_MS);
		world.upstream.down.add("snapshot-0.test");
		await world.time.advance(60 * MINUTE_MS);
		world.upstream.down.clear();
		await world.time.advance(10 * MINUTE_MS);
		const { estimated, gaps } = await world.outcome();
		// Until the breaker opened, nobody was asked who could answer: some sweeps of the hour, and no more.
		expect(gaps.every((gap) => (gap?.sweeps ?? 0) <= 12)).toBe(true);
		expect(estimated).toBeLessThan(FLEET * 15);
	});

	it("is announced before it happens, and the announcement is taken back", async () => {
		const world = new World(["numbered"]);
		const { feed } = await world.start();
		await world.time.advance(MINUTE_MS);
		world.upstream.down.add("queue-0.test");
		await world.time.advance(10 * MINUTE_MS);
		expect(feed.purgeHeadroom(world.time.runtime.clock.now())?.headroomMs).toBeLessThan(6 * MINUTE_MS);
		const { feed: later } = await world.restart(MINUTE_MS);
		await world.time.advance(SECOND_MS);
		expect(later.purgeHeadroom(world.time.runtime.clock.now())?.headroomMs).toBeLessThan(5 * MINUTE_MS);
		world.upstream.down.clear();
		await world.time.advance(2 * MINUTE_MS);
		expect(later.purgeHeadroom(world.time.runtime.clock.now())?.headroomMs).toBeGreaterThan(14 * MINUTE_MS);
		expect((await world.outcome()).gaps).toEqual([]);
	});

	it("is not invented from a memory that cannot be read", async () => {
		const world = new World(["snapshot"]);
		await world.start();
		await world.time.advance(MINUTE_MS);
		await world.restart(0);
		world.storage.state.set("gaps/avl", new TextEncoder().encode("{"));
		await world.restart(60 * MINUTE_MS);
		await world.time.advance(MINUTE_MS);
		expect(world.events.map(({ code }) => code)).toContain("feed.gap_memory");
		expect((await world.outcome()).gaps).toEqual([]);
	});
});
