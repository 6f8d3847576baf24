import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Log } from "../../src/log/log.js";
import { openSqliteLog } from "../../src/stores/sqlite-store.js";
import { scratchDirectory } from "../scratch-directory.js";
import { seededChance } from "../seeded-chance.js";

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const COMMITS = 125;
/** So many commits are cut into; the others lead there. */
const CUT_EVERY = 24;
const POINTS_PER_FRAME = 1;
const chance = seededChance(20_261_124);

let directory: ReturnType<typeof scratchDirectory>;
beforeEach(() => {
	directory = scratchDirectory();
});
afterEach(() => directory.remove());

/** Where each frame of the present generation of a write-ahead log ends: those whose salt is that of the header. */
function frameEnds(wal: Buffer): number[] {
	if (wal.length < WAL_HEADER_BYTES) return [];
	const frameBytes = FRAME_HEADER_BYTES + wal.readUInt32BE(8);
	const ends: number[] = [];
	for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
		if (!wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24))) break;
		ends.push(at + frameBytes);
	}
	return ends;
}

async function commit(log: Log, number: number): Promise<void> {
	// Sizes from one page to more than twenty, so that commits are cut at their begin, within and at their end.
	const body = chance.bytes((number * 7919) % 180_000);
	const head = JSON.stringify({ frames: [{ bytes: body.length }], number });
	await log.commit({
		append: [{ topic: "frames", partition: 0, feed: "f", minute: 1, count: 1, head, body }],
		state: [{ name: "last", bytes: String(number) }],
		ledger: [{ step: "receive", feed: "f", partition: 0, minute: 1, outcome: "in", count: 1 }],
	});
}

/** The numbers in a store, after it was opened as a hub opens it. Frames are unsealed, so a flipped bit would be found. */
async function numbersIn(path: string): Promise<readonly number[]> {
	const log = await openSqliteLog({ directory: path, chance, host: "in-thread", reserveBytes: 0 });
	const { packs } = await log.read(
		{ topic: "frames", partition: 0, offset: 0 },
		{ entriesMax: 1e9, bytesMax: 1e9 },
	);
	const numbers = packs.map(({ head }) => (JSON.parse(head) as { number: number }).number);
	const [row] = await log.ledger();
	expect(row?.count ?? 0).toBe(numbers.length);
	expect(new TextDecoder().decode(await log.state("last"))).toBe(String(numbers.at(-1)));
	await log.close();
	return numbers;
}

it("reopens with everything that was settled, wherever its write-ahead log is cut after the last sync", async () => {
	const store = join(directory.path, "store");
	const [database, walFile] = [join(store, "wayside.db"), join(store, "wayside.db-wal")];
	const log = await openSqliteLog({ directory: store, chance, host: "in-thread", reserveBytes: 0 });
	const generations = new Set<string>();
	let cuts = 0;
	for (let number = 0; number < COMMITS; number++) {
		const before = readFileSync(walFile);
		await commit(log, number);
		if (number % CUT_EVERY !== 0 || number === 0) continue;
		const wal = readFileSync(walFile);
		// After a checkpoint the log begins anew; what it held is in the database then.
		const isSameGeneration = before.subarray(0, 24).equals(wal.subarray(0, 24));
		generations.add(wal.subarray(16, 24).toString("hex"));
		const synced = isSameGeneration ? (frameEnds(before).at(-1) ?? 0) : 0;
		const ends = frameEnds(wal).filter((end) => end > synced);
		const last = ends.at(-1) ?? 0;
		const points = [synced, ...ends.flatMap((end, at) => [...within(ends[at - 1] ?? synced, end), end])];
		for (const point of points) {
			const garbage = cuts % 2 === 0 ? new Uint8Array() : chance.bytes(Math.floor(chance.next() * 30_000));
			const copy = join(directory.path, `cut-${cuts}`);
			mkdirSync(copy);
			copyFileSync(database, join(copy, "wayside.db"));
			writeFileSync(join(copy, "wayside.db-wal"), Buffer.concat([wal.subarray(0, point), garbage]));
			const wanted = Array.from({ length: point >= last ? number + 1 : number }, (_, n) => n);
			cuts++;
			expect(await numbersIn(copy), `commit ${number} cut at ${point} of ${last}`).toEqual(wanted);
			rmSync(copy, { recursive: true });
		}
	}
	await log.close();
	expect(cuts).toBeGreaterThan(60);
	expect(generations.size).toBe(2);
});

function within(start: number, end: number): number[] {
	return Array.from(
		{ length: POINTS_PER_FRAME },
		() => start + 1 + Math.floor(chance.next() * (end - start - 1)),
	).sort((a, b) => a - b);
}
