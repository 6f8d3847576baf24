import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLedger, balanceLedger } from "../src/log/audit.js";
import { FOLD_AFTER, type LedgerAging } from "../src/log/ledger-spans.js";
import type { LedgerRow, Log, Posting } from "../src/log/log.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../src/model/units.js";
import { loadDriver, type SqliteDatabase, type SqliteDriver } from "../src/stores/sqlite-driver.js";
import { FORMAT } from "../src/stores/sqlite-schema.js";
import { openSqliteLog, type SqliteLogOptions } from "../src/stores/sqlite-store.js";
import { FIRST_MINUTE, MINUTES, writeHonestStore } from "./fixtures/honest-store.js";
import { scratchDirectory } from "./scratch-directory.js";
import { seededChance } from "./seeded-chance.js";

const SINKS = [{ name: "web", feeds: ["metro"] }];
const AGING: LedgerAging = { ...FOLD_AFTER, keepMs: 400 * DAY_MS };
const WRITTEN = (FIRST_MINUTE + MINUTES) * MINUTE_MS;
const AGES = { minutes: WRITTEN, hours: WRITTEN + 49 * HOUR_MS, days: WRITTEN + 37 * DAY_MS };

let directory: ReturnType<typeof scratchDirectory>;
const opened: Log[] = [];
beforeEach(() => {
	directory = scratchDirectory();
});
afterEach(async () => {
	for (const log of opened.splice(0)) await log.close();
	directory.remove();
});

async function open(options: Partial<SqliteLogOptions> = {}): Promise<Log> {
	const log = await openSqliteLog({
		directory: directory.path,
		chance: seededChance(4),
		partitions: 3,
		host: "in-thread",
		durability: "os",
		reserveBytes: 0,
		...options,
	});
	opened.push(log);
	return log;
}

async function edit<T>(work: (db: SqliteDatabase) => T, path = directory.path): Promise<T> {
	const db = (await loadDriver()).open(join(path, "wayside.db"));
	try {
		return work(db);
	} finally {
		db.close();
	}
}

const rowsIn = (path = directory.path) =>
	edit((db) => (db.prepare("SELECT count(*) AS n FROM ledger").get() as { n: number }).n, path);

const text = (rows: readonly LedgerRow[]) =>
	rows
		.map((row) => `${row.step} ${row.feed} ${row.partition} ${row.minute} ${row.outcome} ${row.count}`)
		.sort();

/** A day of minutes of one feed and sink. */
async function writeDay(log: Log, firstMinute: number): Promise<void> {
	const ledger: Posting[] = [];
	for (let minute = firstMinute; minute < firstMinute + 1440; minute += 7) {
		for (const step of ["receive", "admit", "sink:web"] as const) {
			const account = { step, feed: "metro", partition: minute % 3, minute };
			ledger.push({ ...account, outcome: "in", count: 3 }, { ...account, outcome: "delivered", count: 3 });
		}
	}
	await log.commit({ ledger });
}

describe("a folded ledger", () => {
	for (const [span, now] of Object.entries(AGES)) {
		it(`balances, and passes the audit, in ${span}`, async () => {
			for (const log of [createMemoryLog({ partitions: 3 }), await open()]) {
				await writeHonestStore(log);
				const sums = await log.ledgerSums();
				await log.foldLedger(AGING, now);
				expect(await log.ledgerSums()).toEqual(sums);
				expect((await balanceLedger(log)).sentence).toMatch(/^All \d+ accounts of the ledger add up/);
				const audit = await auditLedger(log, { sinks: SINKS });
				expect(audit.findings).toEqual([]);
				expect(audit.lines).toContain("sink:web metro: 20 in = 12 delivered + 8 pending");
				expect(
					audit.accounts.every(
						({ spanMinutes }) => spanMinutes === { minutes: 1, hours: 60, days: 1440 }[span],
					),
				).toBe(true);
			}
		});
	}

	it("is still audited item by item, and findings name the span as their account", async () => {
		const log = await open();
		await writeHonestStore(log);
		await log.foldLedger(AGING, AGES.days);
		await log.close();
		await edit((db) => {
			db.exec(
				"DELETE FROM record_packs WHERE id = (SELECT id FROM record_packs WHERE feed = 'metro' LIMIT 1)",
			);
			db.exec(
				"UPDATE ledger SET count = count + 1 WHERE step = 'receive' AND feed = 'tram' AND outcome = 'stored'",
			);
		});
		const again = await open();
		const { findings } = await auditLedger(again, { sinks: SINKS });
		expect(findings.map(({ item, message }) => `${item} ${message}`).join()).toMatch(
			/item \d of frame .* lost/,
		);
		expect(new Set(findings.map(({ account }) => account.slice(account.indexOf("partition ") + 12)))).toEqual(
			new Set(["day 2026-11-22"]),
		);
		expect(findings.map(({ account }) => account.split(" ")[1])).toContain("tram");
		expect((await balanceLedger(again)).sentence).toMatch(
			/Worst: receive tram partition \d day 2026-11-22: -?/,
		);
	});

	it("passes the audit from a minute inside of a span on, by leaving that span out", async () => {
		const log = createMemoryLog({ partitions: 3 });
		await writeHonestStore(log);
		await log.foldLedger(AGING, AGES.hours);
		const audit = await auditLedger(log, { sinks: SINKS, fromMinute: FIRST_MINUTE + 2 });
		expect([audit.findings, audit.accounts]).toEqual([[], []]);
	});

	it("takes what a sink settles late in the account of the span", async () => {
		for (const log of [createMemoryLog({ partitions: 3 }), await open()]) {
			await writeHonestStore(log);
			await log.foldLedger(AGING, AGES.hours);
			for (let partition = 0; partition < 3; partition++) {
				const { end } = await log.bounds("records", partition);
				const waiting = await log.pending({ topic: "records", partition, subscription: "sink:web" });
				const count = waiting.find(({ feed }) => feed === "metro")?.count ?? 0;
				const minute = FIRST_MINUTE + 2;
				await log.commit({
					consumed: [{ subscription: "sink:web", next: { topic: "records", partition, offset: end } }],
					ledger: [{ step: "sink:web", feed: "metro", partition, minute, outcome: "delivered", count }],
				});
			}
			expect((await log.ledger({ step: "sink:web" })).every(({ minute }) => minute % 60 === 0)).toBe(true);
			expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
		}
	});

	it("keeps the accounts of what is still there, however old, and removes them once it is gone", async () => {
		for (const log of [createMemoryLog({ partitions: 3 }), await open()]) {
			await writeHonestStore(log);
			const later = WRITTEN + 500 * DAY_MS;
			expect((await log.foldLedger(AGING, later)).removed).toBe(0);
			expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
			for (const topic of ["frames", "receipts", "dead-letters", "records"] as const) {
				expect((await log.foldLedger(AGING, later)).removed).toBe(0);
				await log.retain({ topic, maxAgeMs: 30 * DAY_MS, maxBytes: Number.MAX_SAFE_INTEGER }, later);
				expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
			}
			expect((await log.foldLedger(AGING, later)).removed).toBeGreaterThan(10);
			expect(await log.ledger()).toEqual([]);
			expect((await balanceLedger(log)).balanced).toBe(true);
		}
	});
});

describe("folding in SQLite", () => {
	const START = FIRST_MINUTE - (FIRST_MINUTE % 1440);
	const LATER = (START + 1440) * MINUTE_MS + 36 * DAY_MS;

	it("leaves one row per span, step, partition and outcome", async () => {
		const log = await open();
		await writeDay(log, START);
		const before = await rowsIn();
		await log.foldLedger(AGING, (START + 1440) * MINUTE_MS + 2 * DAY_MS);
		expect([before, await rowsIn()]).toEqual([206 * 6, 24 * 3 * 6]);
		const { folded } = await log.foldLedger(AGING, LATER);
		expect([folded, await rowsIn()]).toEqual([23 * 3 * 6, 3 * 6]);
		await log.commit({
			ledger: [
				{ step: "admit", feed: "metro", partition: START % 3, minute: START + 77, outcome: "in", count: 1 },
			],
		});
		expect(await rowsIn()).toBe(3 * 6);
		expect((await log.openAccounts()).open).toMatchObject([{ minute: START, spanMinutes: 1440, open: 1 }]);
	});

	it("changes nothing that can be read, wherever it is cut off, and is finished by the next one", async () => {
		const log = await open();
		await writeDay(log, START);
		const raw = text(await log.ledger());
		const sums = await log.ledgerSums();
		await log.close();
		const reference = scratchDirectory();
		cpSync(directory.path, reference.path, { recursive: true });
		const whole = await open({ directory: reference.path });
		await whole.foldLedger(AGING, LATER);
		const folded = text(await whole.ledger());
		const rowsFolded = await rowsIn(reference.path);
		let cuts = 0;
		for (let after = 0; ; after += 5) {
			const copy = scratchDirectory();
			cpSync(directory.path, copy.path, { recursive: true });
			const { driver, isCut } = await driverThatFails(after);
			const cut = await open({ directory: copy.path, driver });
			const outcome = await cut.foldLedger(AGING, LATER).then(
				() => "done",
				(failure: { code: string }) => failure.code,
			);
			await cut.close();
			if (isCut()) expect(outcome).toBe("store.sync");
			const again = await open({ directory: copy.path });
			expect([raw, folded]).toContainEqual(text(await again.ledger()));
			expect(await again.ledgerSums()).toEqual(sums);
			await again.foldLedger(AGING, LATER);
			expect(text(await again.ledger())).toEqual(folded);
			expect(await rowsIn(copy.path)).toBe(rowsFolded);
			await again.close();
			copy.remove();
			if (!isCut()) break;
			cuts++;
		}
		expect(cuts).toBeGreaterThan(20);
		await whole.close();
		reference.remove();
	});

	it("opens a store of format 1, folds it, and leaves nothing that format 1 would misread", async () => {
		const log = await open();
		await writeHonestStore(log);
		await writeDay(log, START - 100 * 1440);
		const sums = await log.ledgerSums();
		await log.close();
		await edit((db) => {
			db.exec("PRAGMA user_version = 1; DELETE FROM meta WHERE name LIKE 'ledger_%'");
			db.exec("DROP TABLE dead_letter_issues; DROP TABLE dead_letter_places");
			db.exec("DELETE FROM ledger WHERE step = 'dead-letters'");
			db.exec("DROP VIEW ledger_accounts; CREATE VIEW ledger_accounts AS SELECT 1");
		});
		const again = await open();
		expect(await again.ledgerSums()).toEqual(sums);
		await again.foldLedger(AGING, AGES.hours);
		expect(await again.ledgerSums()).toEqual(sums);
		await again.close();
		const { format, accounts } = await edit((db) => ({
			format: db.prepare("PRAGMA user_version").get() as object,
			accounts: db.prepare("SELECT DISTINCT span_minutes AS span FROM ledger_accounts ORDER BY 1").all() as {
				span: number;
			}[],
		}));
		expect(Object.values(format)).toEqual([FORMAT]);
		expect(accounts.map(({ span }) => span)).toEqual([60, 1440]);
	});
});

/** The disk fails at the given change of the ledger after opening, and at every one from then on. */
async function driverThatFails(after: number): Promise<{ driver: SqliteDriver; isCut: () => boolean }> {
	const real = await loadDriver();
	let left = after;
	let isCut = false;
	const driver: SqliteDriver = {
		open: (path, options) => {
			const db = real.open(path, options);
			return {
				exec: (sql) => db.exec(sql),
				close: () => db.close(),
				prepare: (sql) => {
					const statement = db.prepare(sql);
					const counts = sql === "COMMIT" || /^(INSERT INTO ledger|DELETE FROM ledger)/.test(sql);
					if (!counts) return statement;
					return {
						get: (...values) => statement.get(...values),
						all: (...values) => statement.all(...values),
						run: (...values) => {
							if (left-- <= 0) {
								isCut = true;
								throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
							}
							return statement.run(...values);
						},
					};
				},
			};
		},
	};
	return { driver, isCut: () => isCut };
}
