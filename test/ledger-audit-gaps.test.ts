import { beforeEach, describe, expect, it } from "vitest";
import { auditLedger } from "../src/log/audit.js";
import { partitionOf } from "../src/log/partitioner.js";
import type { SqliteDatabase } from "../src/stores/sqlite-driver.js";
import {
	account,
	audit,
	behindTheHubsBack,
	eachWithAnHonestStore,
	entriesOf,
	firstPack,
	lastPack,
	METRO,
	open,
	PARTITIONS,
	SINKS,
	STRIDE,
	setBody,
} from "./fixtures/audited-store.js";
import { FIRST_MINUTE, writeGap } from "./fixtures/honest-store.js";

eachWithAnHonestStore();

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
