import { describe, expect, it } from "vitest";
import { auditLedger, balanceLedger } from "../src/log/audit.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { partitionOf } from "../src/log/partitioner.js";
import {
	account,
	audit,
	behindTheHubsBack,
	eachWithAnHonestStore,
	entriesOf,
	firstPack,
	frameOf,
	insert,
	lastPack,
	METRO,
	open,
	PARTITIONS,
	type PackRow,
	SINKS,
	STRIDE,
	setBody,
} from "./fixtures/audited-store.js";
import { FIRST_MINUTE, writeHonestStore } from "./fixtures/honest-store.js";

eachWithAnHonestStore();

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
