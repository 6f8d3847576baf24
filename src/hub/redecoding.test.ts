import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allRecords, frameOf, reader } from "../../test/intake-world.js";
import type { DecodedFrame, Decoder } from "../decoders/decoder.js";
import { Intake } from "../intake/intake.js";
import { auditLedger } from "../log/audit.js";
import type { Commit, Log } from "../log/log.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { DAY_MS } from "../model/units.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { NOON } from "../testing/record-samples.js";
import { Replays } from "./replays.js";
import { SelfRepair } from "./self-repair.js";

type Row = readonly [vehicle: string, seconds: number, speed: number | string];

/** Version 1 takes speed for m/s and cannot read words; 2 takes it for km/h and reads "fast"; 3 loses vehicles named x. */
function decoderOf(version: number): Decoder {
	return {
		decode({ bytes }): DecodedFrame {
			const text = new TextDecoder().decode(bytes);
			if (text.startsWith("v2 only") && version < 2) {
				return { items: [], failure: new Failure("decode.format", "The frame is not JSON") };
			}
			if (text.startsWith("not JSON"))
				return { items: [], failure: new Failure("decode.format", "The frame is not JSON") };
			const rows = JSON.parse(text.replace("v2 only", "")) as Row[];
			const read = rows.filter(([vehicle]) => version !== 3 || vehicle !== "x");
			return {
				headerTime: NOON,
				items: read.map(([vehicleId, seconds, speed], index) => {
					if (typeof speed === "string" && version < 2) {
						return { kind: "rejection", code: "decode.record", message: `Speed "${speed}" is none`, index };
					}
					const value = typeof speed === "string" ? 90 : speed;
					const speedMps = version >= 2 ? value / 3.6 : value;
					return { kind: "vehicle_location", vehicleId, eventTime: NOON + seconds * 1000, speedMps };
				}),
			};
		},
	};
}

class RedecodeWorld {
	readonly time = createVirtualRuntime();
	readonly storage = new MemoryStorage(2);
	beforeCommit: (commit: Commit) => void = () => undefined;
	afterCommit: (commit: Commit) => void = () => undefined;
	log!: Log;
	intake!: Intake;
	replays!: Replays;
	version = 1;

	async start(version: number): Promise<void> {
		this.version = version;
		this.log = createMemoryLog({
			storage: this.storage,
			beforeCommit: (commit) => this.beforeCommit(commit),
			afterCommit: (commit) => this.afterCommit(commit),
		});
		// A sink that takes nothing: what came in waits for it.
		const nexts = [0, 1].map((partition) => ({ topic: "records" as const, partition, offset: 0 }));
		await this.log.commit({ consumed: nexts.map((next) => ({ subscription: "sink:web", next })) });
		const one = reader("buses", {
			decoder: decoderOf(version),
			decoderName: `json@${version}`,
			sinks: ["web"],
			removeAfter: 0,
		});
		this.intake = await Intake.start({
			log: this.log,
			runtime: this.time.runtime,
			readers: new Map([["buses", [one]]]),
		});
		this.replays = new Replays({
			log: this.log,
			runtime: this.time.runtime,
			subscriptions: [],
			onEvent: () => undefined,
			feeds: () => ["buses"],
			redecode: () => this.intake.redecode.bind(this.intake),
		});
		await this.replays.start();
	}

	/** Nothing more of the process reaches the store; the next one has the decoder of that version. */
	async restart(version: number): Promise<void> {
		this.beforeCommit = () => {
			throw new Failure("store.sync", "the process is dead");
		};
		const stopped = this.replays.stop();
		await this.time.advance(5000);
		await stopped;
		await this.intake.close();
		await this.log.close();
		this.beforeCommit = () => undefined;
		this.afterCommit = () => undefined;
		await this.start(version);
	}

	async frame(rows: readonly Row[] | string, minute: number): Promise<void> {
		const text = typeof rows === "string" ? rows : JSON.stringify(rows);
		await this.intake.receive("buses", 0, [frameOf(text, NOON + minute * 60_000)]);
		await this.intake.idle();
	}

	async says(): Promise<string[]> {
		const records = await allRecords(this.log);
		return records.map((record) => {
			const { speedMps = 0 } = record.body as { speedMps?: number };
			const [vehicle, seconds] = [record.key.slice(6), (record.eventTime - NOON) / 1000];
			return `${vehicle}@${seconds} r${record.revision} ${Math.round(speedMps * 10) / 10} ${record.flags.join("+")}`;
		});
	}

	async audit() {
		const { balanced, findings } = await auditLedger(this.log, {
			sinks: [{ name: "web", feeds: ["buses"] }],
		});
		return { balanced, findings };
	}

	async sums(step: "redecode" | "dead-letters"): Promise<Record<string, number>> {
		const sums: Record<string, number> = {};
		for (const { outcome, count } of await this.log.ledgerSums({ step }))
			if (count !== 0) sums[outcome] = count;
		return sums;
	}
}

const REDECODE = { feed: "buses", fromTime: NOON - 60_000 } as const;
const GOOD = { balanced: true, findings: [] };

describe("decoding frames again", () => {
	it("leaves alone what is unchanged, revises what is not, adds what could not be read, and states what vanished", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		await world.frame(
			[
				["a", 0, 36],
				["b", 0, 0],
				["c", 0, "fast"],
			],
			0,
		);
		await world.frame(
			[
				["a", 0, 36],
				["b", 60, 0],
			],
			1,
		);
		await world.frame('v2 only[["d",120,72]]', 2);
		expect(await world.sums("dead-letters")).toEqual({ in: 2 });
		await world.restart(2);
		const preview = await world.replays.previewRedecode(REDECODE);
		expect(preview.sentence).toContain(
			"3 frames would be decoded again. The first 3 would give: 3 unchanged, 1 revised, 2 added.",
		);
		const job = await world.replays.beginRedecode({ ...REDECODE, name: "units" });
		expect(job.total).toBe(3);
		await world.time.advance(60_000);
		expect((await world.replays.list())[0]?.sentence).toBe(
			"Done: 3 of 3 frames: 3 unchanged, 1 revised, 2 added.",
		);
		expect((await world.says()).sort()).toEqual(
			[
				"a@0 r0 36 ",
				"b@0 r0 0 ",
				"b@60 r0 0 ",
				"a@0 r1 10 late+redecoded",
				"c@0 r0 25 late+redecoded",
				"d@120 r0 20 late+redecoded",
			].sort(),
		);
		expect(await world.sums("redecode")).toEqual({ in: 6, unchanged: 3, revised: 1, added: 2 });
		expect(await world.audit()).toEqual(GOOD);
		await world.replays.beginRedecode({ ...REDECODE, name: "again" });
		await world.time.advance(60_000);
		expect((await world.replays.list())[1]?.sentence).toBe("Done: 3 of 3 frames: 6 unchanged, 0 revised.");
		expect(await allRecords(world.log)).toHaveLength(6);
		expect(await world.audit()).toEqual(GOOD);
	});

	it("states what a frame does not give any more, and takes nothing back", async () => {
		const world = new RedecodeWorld();
		await world.start(2);
		await world.frame(
			[
				["a", 0, 36],
				["x", 0, 36],
			],
			0,
		);
		await world.restart(3);
		await world.replays.beginRedecode({ ...REDECODE, name: "lossy" });
		await world.time.advance(60_000);
		expect(await world.sums("redecode")).toEqual({ in: 2, unchanged: 1, vanished: 1 });
		expect(await allRecords(world.log)).toHaveLength(2);
		expect(await world.audit()).toEqual(GOOD);
	});

	it("a live report of the same is a duplicate afterwards, also after a restart", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		await world.frame([["c", 0, "fast"]], 0);
		await world.restart(2);
		await world.replays.beginRedecode({ ...REDECODE, name: "one" });
		await world.time.advance(60_000);
		await world.frame([["c", 0, "fast"]], 1);
		await world.restart(2);
		await world.frame([["c", 0, "fast"]], 2);
		expect(await world.says()).toEqual(["c@0 r0 25 late+redecoded"]);
		expect(await world.audit()).toEqual(GOOD);
	});

	it("stays in balance when retention removes records, receipts, letters and frames in any order", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		await world.frame(
			[
				["a", 0, 36],
				["c", 0, "fast"],
			],
			0,
		);
		await world.restart(2);
		await world.replays.beginRedecode({ ...REDECODE, name: "one" });
		await world.time.advance(60_000);
		for (const topic of ["records", "dead-letters", "receipts", "frames"] as const) {
			await world.log.retain({ topic, maxAgeMs: 0, maxBytes: 1e9 }, NOON + DAY_MS);
			expect(await world.audit()).toEqual(GOOD);
		}
	});

	it("refuses feeds and times that make no sense, in a sentence", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		await expect(world.replays.beginRedecode({ feed: "trams", fromTime: 0 })).rejects.toMatchObject({
			message: 'There is no feed "trams"; there are: buses',
		});
		await expect(
			world.replays.beginRedecode({ feed: "buses", fromTime: 5, toTime: 5 }),
		).rejects.toMatchObject({
			code: "request.invalid",
		});
		await expect(world.replays.beginRedecode(REDECODE)).rejects.toMatchObject({
			message: "No frame of that feed and time is kept. Nothing was started.",
		});
	});
});

describe("replaying what could not be read", () => {
	it("decodes the frames again, settles what can be read now, and counts what cannot", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		await world.frame(
			[
				["c", 0, "fast"],
				["a", 0, 1],
			],
			0,
		);
		await world.frame('v2 only[["d",120,72]]', 1);
		await world.replays.begin({ kind: "replay", filter: { feed: "buses" }, name: "too-soon" });
		await world.time.advance(60_000);
		expect((await world.replays.list())[0]?.counts).toMatchObject({ replayed: 0, failed: 2 });
		await world.restart(2);
		await world.replays.begin({ kind: "replay", filter: { feed: "buses" }, name: "mended" });
		await world.time.advance(60_000);
		expect((await world.replays.list())[1]?.counts).toMatchObject({ replayed: 2, failed: 0 });
		expect(await world.sums("dead-letters")).toEqual({ in: 2, replayed: 2 });
		expect((await world.says()).filter((said) => said.includes("redecoded"))).toHaveLength(3);
		expect(await world.audit()).toEqual(GOOD);
	});

	it("drops letters whose frame is gone", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		await world.frame([["c", 0, "fast"]], 0);
		await world.log.retain({ topic: "frames", maxAgeMs: 0, maxBytes: 1e9 }, NOON + DAY_MS);
		await world.replays.begin({ kind: "replay", filter: { feed: "buses" } });
		await world.time.advance(60_000);
		expect(await world.sums("dead-letters")).toEqual({ in: 1, dropped: 1 });
		expect(await world.audit()).toEqual(GOOD);
	});
});

describe("a week without any person", () => {
	it("settles by itself what a repaired decoder reads, and counts what retention takes of the rest", async () => {
		const world = new RedecodeWorld();
		await world.start(1);
		const versions = () => new Map([["feed:buses", `json@${world.version}`]]);
		const repair = () =>
			new SelfRepair({
				log: world.log,
				clock: world.time.runtime.clock,
				replays: world.replays,
				versions,
				delivers: () => false,
			});
		await repair().look();
		for (let day = 0; day < 7; day++) {
			for (const hour of [0, 8, 16]) {
				const minute = (day * 24 + hour) * 60;
				await world.frame(
					[
						["c", minute * 60, "fast"],
						["a", minute * 60, 1],
					],
					minute,
				);
				await world.frame("not JSON at all", minute + 1);
			}
			await world.time.advance(DAY_MS);
			if (day === 3) await world.restart(2);
			await repair().look();
			await world.time.advance(60_000);
		}
		expect(
			(await world.replays.list()).map(({ state, counts }) => [state, counts.replayed, counts.failed]),
		).toEqual([["done", 12, 12]]);
		expect(await world.sums("dead-letters")).toEqual({ in: 12 + 21, replayed: 12 });
		await world.log.retain(
			{ topic: "dead-letters", maxAgeMs: 30 * DAY_MS, maxBytes: 1e9 },
			NOON + 40 * DAY_MS,
		);
		expect(await world.log.letterIssues()).toEqual([]);
		expect(await world.sums("dead-letters")).toEqual({ in: 33, replayed: 12, expired: 21 });
		expect(await world.audit()).toEqual(GOOD);
	});
});

describe("decoding again under crashes", () => {
	it("gives every record once and an honest ledger, whatever commit kills the process", async () => {
		const row = fc.tuple(
			fc.constantFrom("a", "b", "c", "x"),
			fc.nat({ max: 3 }),
			fc.constantFrom(0, 36, "fast"),
		);
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.uniqueArray(row, { selector: ([vehicle, at]) => `${vehicle}${at}`, maxLength: 5 }), {
					minLength: 1,
					maxLength: 12,
				}),
				fc.array(
					fc.record({ commits: fc.integer({ min: 1, max: 4 }), isAfter: fc.boolean(), live: fc.boolean() }),
					{ maxLength: 4 },
				),
				fc.boolean(),
				async (frames, deaths, isReplay) => {
					const world = new RedecodeWorld();
					await world.start(1);
					for (const [minute, rows] of frames.entries())
						await world.frame(rows as Row[], Math.floor(minute / 3));
					const before = await allRecords(world.log);
					await world.restart(2);
					const order = { ...REDECODE, name: "job", ratePerS: 1000 };
					const letters = { kind: "replay", filter: { feed: "buses" }, name: "job", ratePerS: 1000 } as const;
					await (isReplay ? world.replays.begin(letters) : world.replays.beginRedecode(order)).catch(
						(thrown: unknown) => {
							expect(thrown).toMatchObject({ code: "request.invalid" });
						},
					);
					for (const { commits, isAfter, live } of deaths) {
						let left = commits;
						const die = () => {
							if (--left <= 0) throw new Failure("store.sync", "the process is dead");
						};
						if (isAfter) world.afterCommit = die;
						else world.beforeCommit = die;
						if (live) {
							await world.frame([["a", 3, 36]], 4).catch((thrown: unknown) => {
								expect(thrown).toBeInstanceOf(Failure);
							});
						}
						await world.time.advance(20);
						await world.restart(2);
					}
					await world.time.advance(120_000);
					expect((await world.replays.list()).every(({ state }) => state === "done")).toBe(true);
					const records = await allRecords(world.log);
					const names = records.map((record) => `${recordId(record)}#${record.revision}`);
					expect(new Set(names).size).toBe(names.length);
					for (const record of before) expect(names).toContain(`${recordId(record)}#${record.revision}`);
					expect(await world.audit()).toEqual(GOOD);
					expect(
						(await world.log.letterIssues()).reduce((sum, { open }) => sum + open, 0) === 0 || !isReplay,
					).toBe(true);
					// A second time finds nothing: the store says what the decoder says.
					for (const name of ["second", "third"]) {
						await world.replays.beginRedecode({ ...REDECODE, name, ratePerS: 1000 });
						await world.time.advance(120_000);
					}
					const { revised = 0, added = 0 } = (await world.replays.list()).at(-1)?.items ?? {};
					expect([revised, added]).toEqual([0, 0]);
					expect(await world.audit()).toEqual(GOOD);
				},
			),
			{ numRuns: 60, seed: 20_261_126 },
		);
	});
});
