import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { auditLedger } from "../src/log/audit.js";
import type { Log } from "../src/log/log.js";
import { decodePage } from "../src/stores/salvage-cells.js";
import { SalvagePages } from "../src/stores/salvage-pages.js";
import { loadDriver, type SqliteDatabase } from "../src/stores/sqlite-driver.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { examineStore, repairStore } from "../src/stores/store-repair.js";
import { FIRST_MINUTE, writeHonestStore } from "./fixtures/honest-store.js";
import { scratchDirectory } from "./scratch-directory.js";
import { seededChance } from "./seeded-chance.js";

const SINKS = [{ name: "web", feeds: ["metro"] }];
/** Small pages, so that even a small store has trees of several levels, and chains of pages. */
const PAGE_BYTES = 512;
const TABLES = [
	"frame_packs",
	"receipt_packs",
	"record_packs",
	"dead_letter_packs",
	"event_packs",
	"cursors",
	"state",
	"ledger",
	"keys",
	"meta",
];
const DAY_LATER = (FIRST_MINUTE + 1440) * 60_000;

let template: ReturnType<typeof scratchDirectory>;
let scratch: ReturnType<typeof scratchDirectory>;
let folder: string;

const open = (directory: string): Promise<Log> =>
	openSqliteLog({
		directory,
		chance: seededChance(3),
		host: "in-thread",
		durability: "os",
		reserveBytes: 0,
		freeBytesMin: 0,
	});

async function database(directory: string): Promise<SqliteDatabase> {
	return (await loadDriver()).open(join(directory, "wayside.db"));
}

/** What intake and a sink write, states beside it, and pages that retention freed. */
async function writeStore(directory: string): Promise<void> {
	const small = await database(directory);
	small.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
	small.close();
	const log = await open(directory);
	await writeHonestStore(log);
	const names = Array.from({ length: 60 }, (_, number) => `vehicle/${number}`);
	await log.commit({
		state: names.map((name) => ({ name, bytes: JSON.stringify({ name, text: "x".repeat(40) }) })),
	});
	const brief = Array.from({ length: 80 }, (_, number) => ({
		name: `brief/${number}`,
		bytes: "y".repeat(60),
	}));
	await log.commit({ state: brief });
	await log.commit({ state: brief.map(({ name }) => ({ name, bytes: null })) });
	await log.retain({ topic: "receipts", maxAgeMs: 0, maxBytes: 1e9 }, (FIRST_MINUTE + 1) * 60_000);
	await log.close();
}

function rowsOf(db: SqliteDatabase, table: string): string[] {
	return db
		.prepare(`SELECT * FROM ${table}`)
		.all()
		.map((row) =>
			JSON.stringify(row, (_, value) =>
				value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
			),
		)
		.filter((row) => !/"name":"(opens|process)"/.test(row));
}

async function allRows(directory: string): Promise<Map<string, string[]>> {
	const db = await database(directory);
	try {
		return new Map(TABLES.map((table) => [table, rowsOf(db, table)]));
	} finally {
		db.close();
	}
}

async function repaired() {
	return repairStore(folder, { sinks: SINKS, now: DAY_LATER, chance: seededChance(4) });
}

/** The store opens, and its ledger agrees with what is in it. */
async function expectSound(): Promise<void> {
	expect(await examineStore(folder)).toEqual({ state: "whole", problems: [] });
	const log = await open(folder);
	try {
		expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
	} finally {
		await log.close();
	}
}

const path = (name = "wayside.db") => join(folder, name);

function flip(position: number, bit: number): void {
	const bytes = readFileSync(path());
	bytes[position] = (bytes[position] as number) ^ (1 << bit);
	writeFileSync(path(), bytes);
}

function zero(page: number): void {
	const bytes = readFileSync(path());
	bytes.fill(0, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
	writeFileSync(path(), bytes);
}

/** Rows that stand in a page, or one whose rest may. */
function rowsOn(page: number): number {
	const pages = new SalvagePages(join(template.path, "wayside.db"));
	try {
		const decoded = decodePage(pages, page);
		if (decoded?.kind === "interior" && decoded.isTable) return 0;
		// What is sealed with a key that is lost is lost as well.
		const isKeys = decoded?.cells.some(
			({ values }) => values.length === 3 && values[2] instanceof Uint8Array,
		);
		if (isKeys) return (before.get("frame_packs")?.length ?? 0) + (before.get("keys")?.length ?? 0);
		return Math.max(1, decoded?.cells.length ?? 0);
	} finally {
		pages.close();
	}
}

let before: Map<string, string[]>;
beforeAll(async () => {
	template = scratchDirectory("wayside-whole-");
	await writeStore(template.path);
	before = await allRows(template.path);
});
afterAll(() => template.remove());
beforeEach(() => {
	scratch = scratchDirectory();
	folder = scratch.path;
	copyFileSync(join(template.path, "wayside.db"), path());
});
afterEach(() => scratch.remove());

/** Rows of before that are not there any more, over all tables that a repair does not rewrite; and those that were not. */
async function changedRows(): Promise<{ readonly missing: string[]; readonly added: string[] }> {
	const after = await allRows(folder);
	const difference = (of: Map<string, string[]>, from: Map<string, string[]>) =>
		TABLES.filter((table) => !["ledger", "meta", "event_packs"].includes(table)).flatMap((table) => {
			const there = new Set(from.get(table));
			return (of.get(table) ?? [])
				.filter((row) => !there.has(row) && !row.includes('"damaged/'))
				.map((row) => `${table} ${row}`);
		});
	return { missing: difference(before, after), added: difference(after, before) };
}

async function expectRestThere(page: number): Promise<void> {
	const { missing, added } = await changedRows();
	const allowed = page === 1 ? 0 : rowsOn(page);
	expect(missing.length, `page ${page} lacks ${missing.join("\n")}`).toBeLessThanOrEqual(allowed);
	expect(added.length, `page ${page} has more: ${added.join("\n")}`).toBeLessThanOrEqual(allowed);
}

function restore(): void {
	for (const name of readdirSync(folder)) rmSync(path(name), { recursive: true });
	copyFileSync(join(template.path, "wayside.db"), path());
}

describe("a damaged store", () => {
	it("has several levels, chains and free pages, and is whole to begin with", async () => {
		expect((await examineStore(folder)).state).toBe("whole");
		const pages = new SalvagePages(path());
		const kinds = new Set<string>();
		for (let page = 1; page <= pages.count; page++) {
			const decoded = decodePage(pages, page);
			kinds.add(decoded ? `${decoded.kind} ${decoded.isTable}` : "other");
		}
		expect(pages.free()?.size).toBeGreaterThan(0);
		pages.close();
		expect([...kinds].sort()).toEqual([
			"interior false",
			"interior true",
			"leaf false",
			"leaf true",
			"other",
		]);
	});

	it("keeps everything that stood elsewhere, whichever page is lost", { timeout: 300_000 }, async () => {
		const pages = readFileSync(path()).length / PAGE_BYTES;
		for (let page = 2; page <= pages; page += 3) {
			restore();
			zero(page);
			if ((await examineStore(folder)).state === "whole") continue;
			const repair = await repaired();
			await expectRestThere(page);
			expect(repair.findings, `page ${page}`).toEqual([]);
			await expectSound();
			expect(readFileSync(join(repair.keptIn, "wayside.db")).length).toBe(pages * PAGE_BYTES);
		}
	});

	it("survives the loss of its first page, which says where everything is", async () => {
		zero(1);
		expect(await examineStore(folder)).toMatchObject({ state: "damaged" });
		const repair = await repaired();
		expect(await changedRows()).toEqual({ missing: [], added: [] });
		expect(repair.lost).toEqual({});
		await expectSound();
	});

	it("is told and saved, whatever bit is turned", { timeout: 300_000 }, async () => {
		const size = readFileSync(path()).length;
		await fc.assert(
			fc.asyncProperty(fc.nat(size - 1), fc.nat(7), async (position, bit) => {
				restore();
				flip(position, bit);
				const { state, problems } = await examineStore(folder);
				// Free space, and texts that are as good with another letter.
				if (state === "whole" || state === "newer") return;
				expect(state).toBe("damaged");
				expect(problems.length).toBeGreaterThan(0);
				const repair = await repaired();
				await expectRestThere(Math.floor(position / PAGE_BYTES) + 1);
				expect(repair.findings).toEqual([]);
				await expectSound();
			}),
			// The header, byte by byte as its fields begin: magic, page size, versions, sizes, format, encoding, ours.
			{
				examples: [0, 15, 16, 17, 18, 19, 20, 21, 31, 35, 39, 43, 47, 59, 63, 71].map(
					(at) => [at, 2] as [number, number],
				),
			},
		);
	});

	it("is saved up to where its file was cut", { timeout: 300_000 }, async () => {
		const size = readFileSync(path()).length;
		for (const share of [0.9, 0.5, 0.2]) {
			restore();
			truncateSync(path(), Math.floor(size * share));
			expect(await examineStore(folder)).toMatchObject({ state: "damaged" });
			const repair = await repaired();
			expect(repair.findings).toEqual([]);
			expect(Object.values(repair.kept).some((rows) => rows > 0)).toBe(true);
			await expectSound();
		}
	});

	it("brings back nothing that was deleted, also when the list of free pages is lost", async () => {
		const bytes = readFileSync(path());
		bytes.writeUInt32BE(2, 32);
		writeFileSync(path(), bytes);
		// An interior page of a tree is lost as well, so that pages without an owner are looked for.
		const pages = new SalvagePages(path());
		let root = 2;
		while (decodePage(pages, root)?.kind !== "interior" || !decodePage(pages, root)?.isTable) root++;
		pages.close();
		zero(root);
		await repaired();
		expect((await changedRows()).added).toEqual([]);
		await expectSound();
	});

	it("is refused when its file is empty, and says so; nothing that is no store is taken for one", async () => {
		truncateSync(path(), 0);
		writeFileSync(path("reserve"), "x");
		expect(await examineStore(folder)).toMatchObject({
			state: "damaged",
			problems: [expect.stringContaining("wayside.db is empty")],
		});
		await expect(open(folder)).rejects.toMatchObject({ code: "store.corrupt" });
		await expect(repaired()).rejects.toMatchObject({
			code: "store.corrupt",
			message: expect.stringContaining("wayside restore"),
		});
		writeFileSync(path(), "a shopping list ".repeat(1000));
		await expect(repaired()).rejects.toMatchObject({ code: "store.corrupt" });
		expect(readFileSync(path(), "utf8")).toContain("shopping");
		expect(readdirSync(folder).filter((name) => name.startsWith("damaged") || name === "repairing")).toEqual(
			[],
		);
	});

	it("has what its write-ahead log has, whose last commit may be torn", async () => {
		const log = await open(folder);
		for (let number = 0; number < 5; number++)
			await log.commit({ state: [{ name: "late", bytes: `${number}` }] });
		const [main, wal] = [readFileSync(path()), readFileSync(path("wayside.db-wal"))];
		await log.close();
		for (const [cutBytes, late] of [
			[0, "4"],
			[1, "3"],
		] as const) {
			restore();
			writeFileSync(path(), main);
			writeFileSync(path("wayside.db-wal"), wal.subarray(0, wal.length - cutBytes));
			flip(PAGE_BYTES * 4, 7);
			zero(1);
			const repair = await repaired();
			expect(existsSync(join(repair.keptIn, "wayside.db-wal"))).toBe(true);
			const again = await open(folder);
			expect(new TextDecoder().decode(await again.state("late"))).toBe(late);
			await again.close();
		}
	});

	it("goes on where a repair was interrupted near its end, and is refused until then", async () => {
		zero(2);
		const repair = await repaired();
		copyFileSync(path(), path("new.db"));
		restore();
		zero(2);
		mkdirSync(path("repairing"));
		writeFileSync(path("repaired.json"), JSON.stringify(repair));
		await expect(open(folder)).rejects.toMatchObject({
			code: "store.corrupt",
			message: expect.stringContaining("interrupted"),
		});
		await repaired();
		expect(existsSync(path("repaired.json"))).toBe(false);
	});
});
