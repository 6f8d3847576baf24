import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLedger, balanceLedger } from "../src/log/audit.js";
import type { Log } from "../src/log/log.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { partitionOf } from "../src/log/partitioner.js";
import { loadDriver, type SqliteDatabase } from "../src/stores/sqlite-driver.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { FIRST_MINUTE, writeGap, writeHonestStore } from "./fixtures/honest-store.js";
import { scratchDirectory } from "./scratch-directory.js";
import { seededChance } from "./seeded-chance.js";

const PARTITIONS = 3;
const SINKS = [{ name: "web", feeds: ["metro"] }];
const STRIDE = 2 ** 44;
const METRO = partitionOf("metro", PARTITIONS);

interface PackRow {
	id: number;
	feed: string;
	minute: number;
	count: number;
	bytes: number;
	bytes_to_here: number;
	head: string;
	body: string | Uint8Array;
}

let directory: ReturnType<typeof scratchDirectory>;

const open = (): Promise<Log> =>
	openSqliteLog({
		directory: directory.path,
		chance: seededChance(3),
		partitions: PARTITIONS,
		host: "in-thread",
		durability: "os",
		reserveBytes: 0,
	});

beforeEach(async () => {
	directory = scratchDirectory();
	const log = await open();
	await writeHonestStore(log);
	await log.close();
});
afterEach(() => directory.remove());

async function behindTheHubsBack(work: (db: SqliteDatabase) => void): Promise<void> {
	const db = (await loadDriver()).open(join(directory.path, "wayside.db"));
	work(db);
	db.close();
}

async function audit() {
	const log = await open();
	try {
		return await auditLedger(log, { sinks: SINKS });
	} finally {
		await log.close();
	}
}

function firstPack(db: SqliteDatabase, table: string, where = "1"): PackRow {
	return { ...(db.prepare(`SELECT * FROM ${table} WHERE ${where} ORDER BY id LIMIT 1`).get() as PackRow) };
}

function insert(db: SqliteDatabase, table: string, row: PackRow): void {
	db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`).run(...Object.values(row));
}

function entriesOf(row: PackRow): Record<string, unknown>[] {
	return JSON.parse(Buffer.from(row.body as Uint8Array).toString()) as Record<string, unknown>[];
}

function setBody(db: SqliteDatabase, table: string, row: PackRow, entries: readonly object[]): void {
	db.prepare(`UPDATE ${table} SET body = ?, count = ? WHERE id = ?`).run(
		JSON.stringify(entries),
		entries.length,
		row.id,
	);
}

/** The last pack of a stream, so that removing or adding an entry moves no offset. */
function lastPack(db: SqliteDatabase, table: string, where: string): PackRow {
	return {
		...(db.prepare(`SELECT * FROM ${table} WHERE ${where} ORDER BY id DESC LIMIT 1`).get() as PackRow),
	};
}

function frameOf(row: PackRow, entry: Record<string, unknown>): { partition: number; offset: number } {
	const { frames } = JSON.parse(row.head) as { frames: { partition: number; offset: number }[] };
	return frames[entry["frame"] as number] as { partition: number; offset: number };
}

const account = (step: string, feed: string, partition: number, minute: number) =>
	`${step} ${feed} partition ${partition} minute 2026-11-22T12:0${minute - FIRST_MINUTE}Z`;

describe("ledger --audit of an honest store", () => {
	it("balances, also by the cheap check, and says so in sums", async () => {
		const { balanced, findings, lines, accounts } = await audit();
		expect(findings).toEqual([]);
		expect(balanced).toBe(true);
		expect(accounts.length).toBeGreaterThan(20);
		expect(lines).toContain("receive metro: 8 in = 8 stored");
		expect(lines).toContain("interpret metro: 8 in = 5 decoded + 1 dead_lettered + 2 pending");
		expect(lines).toContain("admit tram: 35 in = 20 appended + 5 duplicate + 5 dead_lettered + 5 ignored");
		expect(lines).toContain("sink:web metro: 20 in = 12 delivered + 8 pending");
		const log = await open();
		expect(await balanceLedger(log)).toMatchObject({ balanced: true, accounts: [] });
		await log.close();
	});

	it("balances over any number of partitions, and in memory", async () => {
		for (const partitions of [1, 3, 8]) {
			const log = createMemoryLog({ partitions });
			await writeHonestStore(log);
			expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
			expect((await balanceLedger(log)).balanced).toBe(true);
		}
	});

	it("still balances after retention took frames, receipts, letters or records", async () => {
		for (const topics of [["frames"], ["receipts"], ["dead-letters"], ["records"], ["frames", "records"]]) {
			const log = createMemoryLog({ partitions: PARTITIONS });
			await writeHonestStore(log);
			for (const topic of topics as ("frames" | "records")[]) {
				const policy = { topic, maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER };
				const went = await log.retain(policy, (FIRST_MINUTE + 2) * 60_000);
				expect(went.packs).toBeGreaterThan(0);
			}
			expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
			expect((await balanceLedger(log)).balanced).toBe(true);
		}
	});

	it("audits from a minute on", async () => {
		const log = await open();
		const later = await auditLedger(log, { sinks: SINKS, fromMinute: FIRST_MINUTE + 2 });
		expect(later.balanced).toBe(true);
		expect(Math.min(...later.accounts.map(({ minute }) => minute))).toBe(FIRST_MINUTE + 2);
		await log.close();
	});
});

describe("ledger --audit names account and item of", () => {
	const expectFinding = async (wantedAccount: string, item: string | RegExp) => {
		const { balanced, findings } = await audit();
		expect(balanced).toBe(false);
		const text = findings.map((finding) => `${finding.account}: ${finding.item}: ${finding.message}`);
		const hit = findings.some(
			(finding) =>
				finding.account === wantedAccount &&
				(typeof item === "string" ? finding.item === item : item.test(finding.item)),
		);
		expect(hit, `${wantedAccount}: ${item} in\n${text.join("\n")}`).toBe(true);
	};

	it("a lost record", async () => {
		let wanted = ["", ""];
		await behindTheHubsBack((db) => {
			const row = lastPack(db, "record_packs", "feed = 'metro'");
			const entries = entriesOf(row);
			const gone = entries.pop() as Record<string, unknown>;
			const frame = frameOf(row, gone);
			setBody(db, "record_packs", row, entries);
			if (entries.length === 0) db.prepare("DELETE FROM record_packs WHERE id = ?").run(row.id);
			wanted = [
				account("admit", "metro", METRO, row.minute),
				`item ${gone["index"]} of frame ${METRO}/${frame.offset}`,
			];
		});
		await expectFinding(wanted[0] as string, wanted[1] as string);
	});

	it("a doubled record", async () => {
		let wanted = ["", ""];
		await behindTheHubsBack((db) => {
			const row = lastPack(db, "record_packs", "feed = 'tram'");
			const entries = entriesOf(row);
			const twice = entries[0] as Record<string, unknown>;
			setBody(db, "record_packs", row, [...entries, twice]);
			const offset = (row.id % STRIDE) + entries.length;
			const id = `vehicle_location/${twice["key"]}/${twice["eventTime"]}`;
			wanted = [
				account("admit", "tram", partitionOf("tram", PARTITIONS), row.minute),
				`record ${id} at ${Math.floor(row.id / STRIDE)}/${offset}`,
			];
		});
		await expectFinding(wanted[0] as string, wanted[1] as string);
	});

	it("a record in the wrong partition", async () => {
		let wanted = ["", ""];
		await behindTheHubsBack((db) => {
			const row = firstPack(db, "record_packs", "feed = 'metro'");
			const partition = Math.floor(row.id / STRIDE);
			const other = (partition + 1) % PARTITIONS;
			const end = db
				.prepare("SELECT coalesce(max(id + count), 0) AS n FROM record_packs WHERE id BETWEEN ? AND ?")
				.get(other * STRIDE, (other + 1) * STRIDE - 1) as { n: number };
			const id = Math.max(end.n, other * STRIDE);
			db.prepare("UPDATE record_packs SET id = ? WHERE id = ?").run(id, row.id);
			const entry = entriesOf(row)[0] as Record<string, unknown>;
			wanted = [
				account("admit", "metro", METRO, row.minute),
				`record vehicle_location/${entry["key"]}/${entry["eventTime"]} at ${other}/${id % STRIDE}`,
			];
		});
		await expectFinding(wanted[0] as string, wanted[1] as string);
	});

	it("a lost frame", async () => {
		let offset = -1;
		await behindTheHubsBack((db) => {
			const row = firstPack(db, "frame_packs", "feed = 'metro'");
			offset = row.id % STRIDE;
			db.prepare("DELETE FROM frame_packs WHERE id = ?").run(row.id);
		});
		await expectFinding(account("receive", "metro", METRO, FIRST_MINUTE), `frame ${METRO}/${offset}`);
	});

	it("a lost frame that nobody had read", async () => {
		await behindTheHubsBack((db) => {
			const row = lastPack(db, "frame_packs", "feed = 'metro'");
			db.prepare("DELETE FROM frame_packs WHERE id = ?").run(row.id);
		});
		await expectFinding(account("receive", "metro", METRO, FIRST_MINUTE + 3), "the posting stored");
		await expectFinding(account("interpret", "metro", METRO, FIRST_MINUTE + 3), /^the cursor on frames/);
	});

	it("a lost dead letter", async () => {
		let offset = -1;
		await behindTheHubsBack((db) => {
			const row = firstPack(db, "dead_letter_packs", "feed = 'metro'");
			offset = (entriesOf(row)[0] as { frame: { offset: number } }).frame.offset;
			db.prepare("DELETE FROM dead_letter_packs WHERE id = ?").run(row.id);
		});
		await expectFinding(
			account("admit", "metro", METRO, FIRST_MINUTE),
			`the dead letter of item 5 of frame ${METRO}/${offset}`,
		);
	});

	it("a doubled dead letter", async () => {
		let offset = -1;
		await behindTheHubsBack((db) => {
			const row = lastPack(db, "dead_letter_packs", "feed = 'metro'");
			const entries = entriesOf(row);
			offset = (entries[0] as { frame: { offset: number } }).frame.offset;
			setBody(db, "dead_letter_packs", row, [...entries, ...entries]);
		});
		await expectFinding(
			account("admit", "metro", METRO, FIRST_MINUTE + 2),
			`the dead letter of item 5 of frame ${METRO}/${offset}`,
		);
	});

	it("a lost dead letter of a whole frame", async () => {
		await behindTheHubsBack((db) => {
			const row = firstPack(
				db,
				"dead_letter_packs",
				"feed = 'tram' AND CAST(body AS TEXT) LIKE '%decode.format%'",
			);
			db.prepare("DELETE FROM dead_letter_packs WHERE id = ?").run(row.id);
		});
		await expectFinding(
			account("interpret", "tram", partitionOf("tram", PARTITIONS), FIRST_MINUTE + 1),
			/^the dead letter of frame/,
		);
	});

	it("a lost receipt", async () => {
		let frame = -1;
		await behindTheHubsBack((db) => {
			const row = firstPack(db, "receipt_packs", "feed = 'metro'");
			frame = entriesOf(row)[0]?.["frame"] as number;
			db.prepare("DELETE FROM receipt_packs WHERE id = ?").run(row.id);
		});
		await expectFinding(
			account("interpret", "metro", METRO, FIRST_MINUTE),
			`the receipt of frame ${METRO}/${frame}`,
		);
	});

	it("an altered receipt", async () => {
		let frame = -1;
		await behindTheHubsBack((db) => {
			const row = firstPack(db, "receipt_packs", "feed = 'metro'");
			const receipt = entriesOf(row)[0] as { frame: number };
			frame = receipt.frame;
			setBody(db, "receipt_packs", row, [{ ...receipt, duplicates: "" }]);
		});
		await expectFinding(account("admit", "metro", METRO, FIRST_MINUTE), `item 4 of frame ${METRO}/${frame}`);
	});

	it("a cursor that moved over records nobody delivered", async () => {
		let partition = -1;
		await behindTheHubsBack((db) => {
			const row = lastPack(db, "record_packs", "feed = 'metro'");
			partition = Math.floor(row.id / STRIDE);
			db.prepare("UPDATE cursors SET next = ? WHERE subscription = 'sink:web' AND partition = ?").run(
				(row.id % STRIDE) + row.count,
				partition,
			);
		});
		await expectFinding(
			account("sink:web", "metro", partition, FIRST_MINUTE + 2),
			new RegExp(`^the cursor on records/${partition} at `),
		);
	});

	it("a lost cursor", async () => {
		await behindTheHubsBack((db) => {
			db.prepare("DELETE FROM cursors WHERE subscription = 'interpret' AND partition = ?").run(METRO);
		});
		await expectFinding(account("interpret", "metro", METRO, FIRST_MINUTE), /cursor|postings/);
	});

	it("an altered posting", async () => {
		await behindTheHubsBack((db) => {
			db.exec(
				"UPDATE ledger SET count = count + 1 WHERE step = 'admit' AND feed = 'tram' AND outcome = 'appended'",
			);
		});
		await expectFinding(
			account("admit", "tram", partitionOf("tram", PARTITIONS), FIRST_MINUTE + 2),
			"the posting appended",
		);
	});

	it("an altered posting of a sink", async () => {
		await behindTheHubsBack((db) => {
			db.exec("UPDATE ledger SET count = count - 1 WHERE step = 'sink:web' AND outcome = 'delivered'");
		});
		const { findings } = await audit();
		expect(findings[0]).toMatchObject({ item: expect.stringContaining("or a posting") });
		const log = await open();
		expect((await balanceLedger(log)).sentence).toContain("1 came in without an outcome");
		await log.close();
	});

	it("a record that is filed under another minute, or another feed", async () => {
		let row: PackRow | undefined;
		await behindTheHubsBack((db) => {
			row = firstPack(db, "record_packs", "feed = 'tram'");
			db.prepare("UPDATE record_packs SET minute = minute + 1, feed = 'metro' WHERE id = ?").run(row.id);
		});
		const entry = entriesOf(row as PackRow)[0] as Record<string, unknown>;
		await expectFinding(
			account("admit", "tram", partitionOf("tram", PARTITIONS), (row as PackRow).minute),
			new RegExp(`^record vehicle_location/${entry["key"]}/${entry["eventTime"]} at `),
		);
	});

	it("a doubled frame, which nothing announced", async () => {
		await behindTheHubsBack((db) => {
			const row = lastPack(db, "frame_packs", "feed = 'metro'");
			insert(db, "frame_packs", { ...row, id: row.id + 1 });
		});
		const { findings } = await audit();
		expect(findings.map(({ message }) => message).join()).toContain("not the bytes that were stored");
	});
});

describe("ledger --audit of gaps", () => {
	beforeEach(async () => {
		const log = await open();
		await writeGap(log, "metro", FIRST_MINUTE + 1, 120, false);
		await writeGap(log, "metro", FIRST_MINUTE + 1, 40, true);
		await writeGap(log, "tram", FIRST_MINUTE + 2, 7, true);
		await log.close();
	});

	it("balances, and says how much was lost beside what was stored", async () => {
		const { findings, lines } = await audit();
		expect(findings).toEqual([]);
		expect(lines).toContain("receive metro: 168 in = 8 stored + 120 gap + 40 gap_estimated");
		expect(lines).toContain("receive tram: 15 in = 8 stored + 7 gap_estimated");
	});

	it("still balances after retention took the events", async () => {
		const log = await open();
		const policy = { topic: "events", maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER } as const;
		expect((await log.retain(policy, (FIRST_MINUTE + 2) * 60_000)).packs).toBe(2);
		expect((await auditLedger(log, { sinks: SINKS })).findings).toEqual([]);
		await log.close();
	});

	const METRO_GAPS = account("receive", "metro", METRO, FIRST_MINUTE + 1);
	const TRAM_GAPS = account("receive", "tram", partitionOf("tram", PARTITIONS), FIRST_MINUTE + 2);
	const gapPack = (db: SqliteDatabase, outcome: "true" | "false") =>
		firstPack(db, "event_packs", `feed = 'metro' AND CAST(body AS TEXT) LIKE '%"estimated":${outcome}%'`);

	it.each([
		[
			"a lost gap event",
			METRO_GAPS,
			"gap",
			"says 120 reports, and the events tell of 0",
			(db: SqliteDatabase) => db.prepare("DELETE FROM event_packs WHERE id = ?").run(gapPack(db, "false").id),
		],
		[
			"a doubled gap event",
			TRAM_GAPS,
			"gap_estimated",
			"says 7 reports, and the events tell of 14",
			(db: SqliteDatabase) => {
				// The last pack of its partition, so that it moves no offset.
				const row = lastPack(db, "event_packs", "feed = 'tram'");
				setBody(db, "event_packs", row, [...entriesOf(row), ...entriesOf(row)]);
			},
		],
		[
			"a lost gap posting",
			METRO_GAPS,
			"gap",
			"says 0 reports, and the events tell of 120",
			(db: SqliteDatabase) => {
				db.exec("DELETE FROM ledger WHERE feed = 'metro' AND outcome = 'gap'");
				db.exec(
					`UPDATE ledger SET count = count - 120 WHERE feed = 'metro' AND step = 'receive' AND outcome = 'in' AND minute = ${FIRST_MINUTE + 1}`,
				);
			},
		],
		[
			"a doubled gap posting",
			METRO_GAPS,
			"gap_estimated",
			"says 80 reports, and the events tell of 40",
			(db: SqliteDatabase) => {
				db.exec("UPDATE ledger SET count = count * 2 WHERE feed = 'metro' AND outcome = 'gap_estimated'");
				db.exec(
					`UPDATE ledger SET count = count + 40 WHERE feed = 'metro' AND step = 'receive' AND outcome = 'in' AND minute = ${FIRST_MINUTE + 1}`,
				);
			},
		],
	] as const)("names %s", async (_, wanted, outcome, message, damage) => {
		await behindTheHubsBack((db) => void damage(db));
		const { findings } = await audit();
		expect(findings).toEqual([
			{ account: wanted, item: `the posting ${outcome}`, message: expect.stringContaining(message) },
		]);
	});

	it("names a gap event that does not say what was lost", async () => {
		let offset = -1;
		await behindTheHubsBack((db) => {
			const row = gapPack(db, "false");
			offset = row.id % STRIDE;
			setBody(db, "event_packs", row, [{ ...entriesOf(row)[0], details: {} }]);
		});
		const { findings } = await audit();
		expect(findings.map(({ item }) => item)).toEqual([`the event 0/${offset}`, "the posting gap"]);
	});
});
