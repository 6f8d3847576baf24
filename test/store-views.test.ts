import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLedger } from "../src/log/audit.js";
import { type EventEntry, packEvents } from "../src/log/event.js";
import type { Log } from "../src/log/log.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { FEEDS, FIRST_MINUTE, RECORDS_PER_FRAME, writeHonestStore } from "./fixtures/honest-store.js";
import { scratchDirectory } from "./scratch-directory.js";
import { seededChance } from "./seeded-chance.js";

const shell = spawnSync("sqlite3", ["--version"]).error === undefined;
const manual = readFileSync(fileURLToPath(new URL("../docs/store.md", import.meta.url)), "utf8");
/** 4 minutes, two frames each; the last minute is not read, and one frame could not be. */
const READ_FRAMES_PER_FEED = 5;
const EVENTS: readonly EventEntry[] = [
	{
		time: FIRST_MINUTE * 60_000,
		subject: "feed:metro/0",
		level: "warn",
		code: "breaker.state",
		message: "Breaker open: too many calls in a row failed",
		details: { from: "closed", to: "open" },
	},
	{
		time: FIRST_MINUTE * 60_000 + 500,
		subject: "store",
		level: "error",
		code: "store.trouble",
		message: "The disk is full",
	},
];

describe.skipIf(!shell)("the database in a SQLite shell (skipped: sqlite3 is not installed)", () => {
	let directory: ReturnType<typeof scratchDirectory>;
	let log: Log;
	beforeAll(async () => {
		directory = scratchDirectory();
		log = await openSqliteLog({ directory: directory.path, chance: seededChance(5), partitions: 3 });
		await writeHonestStore(log);
		await log.commit({ append: packEvents(EVENTS) });
	});
	afterAll(async () => {
		await log.close();
		directory.remove();
	});

	const query = (sql: string): Record<string, unknown>[] => {
		const text = execFileSync("sqlite3", ["-readonly", "-json", "wayside.db", sql], { cwd: directory.path });
		return text.length === 0 ? [] : (JSON.parse(text.toString()) as Record<string, unknown>[]);
	};

	it("lists every record with its envelope while the hub runs", () => {
		const rows = query("SELECT * FROM records ORDER BY partition, offset");
		expect(rows).toHaveLength(FEEDS.length * READ_FRAMES_PER_FEED * RECORDS_PER_FRAME);
		const row = rows.find(({ vehicle, feed }) => vehicle === "metro-0" && feed === "metro");
		expect(row).toMatchObject({
			id: "vehicle_location/agency:metro-0/1795348805000",
			key: "agency:metro-0",
			kind: "vehicle_location",
			revision: 0,
			upstream: 0,
			event_time: "2026-11-22T12:00:05.000Z",
			received_time: "2026-11-22T12:00:10.000Z",
			flags: '["late"]',
			latitude: 41.5,
			longitude: -88,
			frame_index: 0,
		});
		expect(JSON.parse(row?.["body"] as string)).toMatchObject({ vehicleId: "metro-0" });
	});

	it("numbers entries as the log does", async () => {
		for (let partition = 0; partition < 3; partition++) {
			const { end } = await log.bounds("records", partition);
			const offsets = query(`SELECT "offset" FROM records WHERE partition = ${partition} ORDER BY 1`);
			expect(offsets.map((row) => row["offset"])).toEqual(Array.from({ length: end }, (_, offset) => offset));
		}
	});

	it("lists dead letters, receipts and frames", () => {
		const letters = query("SELECT * FROM dead_letters ORDER BY time");
		expect(letters).toHaveLength(FEEDS.length * (READ_FRAMES_PER_FEED + 1));
		expect(letters[0]).toMatchObject({
			stage: "interpret",
			code: "decode.record",
			frame_index: 5,
			decoder: "test@1",
		});
		expect(query("SELECT * FROM receipts WHERE frame_dead_letter")).toHaveLength(FEEDS.length);
		expect(query("SELECT * FROM receipts")[0]).toMatchObject({ items: 7, duplicates: "4", ignored: "6" });
		const frames = query("SELECT * FROM frames ORDER BY received_time, feed");
		expect(frames).toHaveLength(FEEDS.length * 8);
		expect(frames[0]).toMatchObject({
			feed: "metro",
			connection: "test",
			received_time: "2026-11-22T12:00:10.000Z",
		});
	});

	it("lists events in the order in which they were written", () => {
		const rows = query('SELECT * FROM events ORDER BY "offset"');
		expect(rows).toMatchObject([
			{
				feed: "metro",
				subject: "feed:metro/0",
				level: "warn",
				code: "breaker.state",
				time: "2026-11-22T12:00:00.000Z",
			},
			{ feed: "store", message: "The disk is full", details: null },
		]);
		expect(JSON.parse(rows[0]?.["details"] as string)).toEqual({ from: "closed", to: "open" });
	});

	it("shows which accounts are open", () => {
		const open = query("SELECT * FROM ledger_accounts WHERE open <> 0 ORDER BY step, minute");
		expect(open.map(({ step }) => step)).toEqual(
			expect.arrayContaining(["interpret", expect.stringMatching(/^sink:web/)]),
		);
		const mayBeOpen = ["interpret", "dead-letters", "sink:web"];
		expect(open.every(({ step }) => mayBeOpen.includes(step as string))).toBe(true);
		const closed = query("SELECT * FROM ledger_accounts WHERE step = 'admit' LIMIT 1")[0];
		expect(closed).toMatchObject({ arrived: 14, settled: 14, open: 0, minute: "2026-11-22T12:00:00.000Z" });
		expect(JSON.parse(closed?.["outcomes"] as string)).toMatchObject({ appended: 8, duplicate: 2 });
	});

	const commands = [...manual.matchAll(/```sh\n(sqlite3 -readonly[^\n]+)\n```/g)].map(
		(match) => match[1] as string,
	);
	it("is described by a manual with commands in it", () => {
		expect(commands.length).toBeGreaterThan(8);
		for (const table of [
			"frame_packs",
			"record_packs",
			"cursors",
			"state",
			"ledger",
			"owners",
			"keys",
			"streams",
			"meta",
		]) {
			expect(manual).toContain(`\`${table}\``);
		}
		expect(manual).toContain(`application_id = ${0x57415953}`);
		expect(existsSync(fileURLToPath(new URL("../docs/store.md", import.meta.url)))).toBe(true);
	});
	it("is copied while it runs, as the manual says, and the copy opens and balances", async () => {
		const copies = scratchDirectory();
		const sh = (command: string) => execFileSync("sh", ["-c", command], { cwd: copies.path });
		const backup = /`(sqlite3 wayside\.db "\.backup copy\.db")`/.exec(manual)?.[1] as string;
		sh(`cd '${directory.path}' && ${backup} && mv copy.db '${copies.path}/wayside.db'`);
		const copy = await openSqliteLog({
			directory: copies.path,
			chance: seededChance(6),
			host: "in-thread",
			reserveBytes: 0,
		});
		const audit = await auditLedger(copy, { sinks: [{ name: "web", feeds: ["metro"] }] });
		expect(audit.findings).toEqual([]);
		expect(await copy.ledger()).toEqual(await log.ledger());
		await copy.close();
		copies.remove();
	});

	for (const command of commands) {
		it(`answers the manual's ${command.slice(command.indexOf('"'), command.indexOf('"') + 60)}`, () => {
			const run = spawnSync("sh", ["-c", command], { cwd: directory.path });
			expect(run.stderr.toString()).toBe("");
			expect(run.stdout.toString().trim().split("\n").length).toBeGreaterThan(1);
		});
	}
});
