import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { seededChance } from "../../test/seeded-chance.js";
import type { Log } from "../log/log.js";
import { bytesPack, textPack } from "../testing/log-packs.js";
import { loadDriver, type SqliteDatabase, type SqliteDriver } from "./sqlite-driver.js";
import { FORMAT } from "./sqlite-schema.js";
import { openSqliteLog, type SqliteLogOptions } from "./sqlite-store.js";

const MEBIBYTE = 1024 * 1024;
const NEVER = Number.MAX_SAFE_INTEGER;
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
		chance: seededChance(7),
		partitions: 1,
		host: "in-thread",
		durability: "os",
		reserveBytes: 0,
		...options,
	});
	opened.push(log);
	return log;
}

async function edit(work: (db: SqliteDatabase) => void): Promise<void> {
	const db = (await loadDriver()).open(join(directory.path, "wayside.db"));
	work(db);
	db.close();
}

describe("opening a SQLite store", () => {
	it("refuses a store that is open already, in a worker too", async () => {
		await open();
		await expect(open()).rejects.toMatchObject({ code: "store.locked" });
		await expect(open({ host: "worker" })).rejects.toMatchObject({ code: "store.locked" });
		expect((await open().catch((thrown: Error) => thrown)) as Error).toMatchObject({
			message: expect.stringContaining(`process ${process.pid}`),
		});
	});

	it("refuses a store that a newer version wrote, in one sentence", async () => {
		await (await open()).close();
		await edit((db) => db.exec(`PRAGMA user_version = ${FORMAT + 1}`));
		await expect(open()).rejects.toMatchObject({
			code: "store.version",
			message: expect.stringMatching(
				new RegExp(`^The store in \\S+ has format ${FORMAT + 1} .*: run the newer Wayside that wrote it\\.$`),
			),
		});
	});

	it("refuses a file that is no database, or a foreign one, and says how to repair", async () => {
		writeFileSync(
			join(directory.path, "wayside.db"),
			"this is not a database, and it is long enough ".repeat(50),
		);
		for (const host of ["in-thread", "worker"] as const) {
			await expect(open({ host })).rejects.toMatchObject({
				code: "store.corrupt",
				message: expect.stringContaining("wayside doctor CONFIG --repair"),
			});
		}
		directory.remove();
		directory = scratchDirectory();
		await edit((db) => db.exec("CREATE TABLE recipes (name TEXT)"));
		await expect(open()).rejects.toMatchObject({ code: "store.corrupt" });
	});

	it("keeps its number of partitions", async () => {
		await (await open({ partitions: 3 })).close();
		await expect(open({ partitions: 8 })).rejects.toMatchObject({
			code: "config.invalid",
			message: expect.stringContaining("created with 3 partitions"),
		});
		const log = await openSqliteLog({
			directory: directory.path,
			chance: seededChance(1),
			host: "in-thread",
			reserveBytes: 0,
		});
		opened.push(log);
		expect(log.partitions("records")).toBe(3);
	});

	it("says which folder cannot be made", async () => {
		writeFileSync(join(directory.path, "file"), "");
		await expect(open({ directory: join(directory.path, "file", "store") })).rejects.toMatchObject({
			code: "config.invalid",
		});
	});

	it("finds damage in the middle of the file when it reads there", async () => {
		const log = await open();
		for (let i = 0; i < 200; i++) await log.commit({ append: [textPack(`n${i}`, 50)] });
		await log.close();
		const file = join(directory.path, "wayside.db");
		truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096);
		const damaged = open().then((again) =>
			again.read({ topic: "records", partition: 0, offset: 0 }, { entriesMax: NEVER, bytesMax: NEVER }),
		);
		await expect(damaged).rejects.toMatchObject({ code: "store.corrupt" });
	});
});

describe("a full disk", () => {
	const cursor = { subscription: "sink:web", next: { topic: "records", partition: 0, offset: 1 } } as const;

	it("stops at a share of the disk too, and goes on below another one", async () => {
		const totalBytes = 100_000 * MEBIBYTE;
		let used = 0.899;
		const log = await open({
			diskSpace: () => ({ freeBytes: (1 - used) * totalBytes, totalBytes }),
			freeBytesMin: 2000 * MEBIBYTE,
			usedMax: 0.9,
			usedResume: 0.85,
		});
		const append = () =>
			log.commit({ append: [textPack("a", 1)] }).then(
				() => "taken",
				(failure: { code: string }) => failure.code,
			);
		const answers: string[] = [];
		for (const share of [0.899, 0.901, 0.899, 0.851, 0.849, 0.899]) {
			used = share;
			answers.push(await append());
		}
		expect(answers).toEqual(["taken", "store.full", "store.full", "store.full", "taken", "taken"]);
		await log.close();
	});

	it("stops appends above zero, lets cursors, state and deletes pass, and goes on by itself", async () => {
		let free = 1000 * MEBIBYTE;
		const log = await open({
			diskSpace: () => ({ freeBytes: free, totalBytes: 1e12 }),
			freeBytesMin: 100 * MEBIBYTE,
		});
		await log.commit({ append: [textPack("a", 1)] });
		free = 20 * MEBIBYTE;
		const [append, move] = await Promise.allSettled([
			log.commit({ append: [textPack("b", 1)] }),
			log.commit({ consumed: [cursor], state: [{ name: "s", bytes: "x" }] }),
		]);
		expect(append).toMatchObject({ status: "rejected", reason: { code: "store.full", retryAfterMs: 5000 } });
		expect(append).toMatchObject({ reason: { message: expect.stringContaining("20 MiB free") } });
		expect(move.status).toBe("fulfilled");
		expect(await log.cursor("sink:web", "records", 0)).toBe(1);
		expect(await log.retain({ topic: "records", maxAgeMs: 0, maxBytes: NEVER }, 1e12)).toMatchObject({
			packs: 1,
		});
		free = 110 * MEBIBYTE;
		await expect(log.commit({ append: [textPack("c", 1)] })).rejects.toMatchObject({ code: "store.full" });
		free = 130 * MEBIBYTE;
		const [position] = await log.commit({ append: [textPack("d", 1)] });
		expect(position?.offset).toBe(1);
	});

	it("keeps a reserve file on the disk and gives it up when SQLite says that it is full", async () => {
		const log = await open({ bytesMax: 2 * MEBIBYTE, reserveBytes: MEBIBYTE, freeBytesMin: 0 });
		await log.commit({ append: [textPack("a", 1)] });
		expect(statSync(join(directory.path, "reserve")).size).toBe(MEBIBYTE);
		const large = bytesPack(new Uint8Array(4 * MEBIBYTE));
		const [append, move] = await Promise.allSettled([
			log.commit({ append: [large] }),
			log.commit({ consumed: [cursor] }),
		]);
		expect(append).toMatchObject({ status: "rejected", reason: { code: "store.full" } });
		expect(move.status).toBe("fulfilled");
		expect(readdirSync(directory.path)).not.toContain("reserve");
		const [position] = await log.commit({ append: [textPack("b", 1)] });
		expect(position?.offset).toBe(1);
		expect(await log.bounds("frames", 0)).toEqual({ start: 0, end: 0 });
	});

	it("stops before the limit of the file and goes on after retention made room in it", async () => {
		const log = await open({ bytesMax: 4 * MEBIBYTE, freeBytesMin: 0 });
		let stored = 0;
		let failure: unknown;
		while (failure === undefined && stored < 100) {
			failure = await log.commit({ append: [bytesPack(new Uint8Array(100_000))] }).then(
				() => undefined,
				(thrown: unknown) => thrown,
			);
			stored++;
		}
		expect(failure).toMatchObject({ code: "store.full", message: expect.stringContaining("limit of 4 MiB") });
		await log.retain({ topic: "frames", maxAgeMs: NEVER, maxBytes: MEBIBYTE }, 1e12);
		await log.commit({ append: [bytesPack(new Uint8Array(100_000))] });
	});
});

describe("a disk that fails", () => {
	async function failingDriver(): Promise<{ driver: SqliteDriver; fail(): void }> {
		const real = await loadDriver();
		let failing = false;
		const driver: SqliteDriver = {
			open: (path, options) => {
				const db = real.open(path, options);
				return {
					exec: (sql) => db.exec(sql),
					close: () => db.close(),
					prepare: (sql) => {
						const statement = db.prepare(sql);
						if (sql !== "COMMIT") return statement;
						return {
							get: (...values) => statement.get(...values),
							all: (...values) => statement.all(...values),
							run: (...values) => {
								if (failing) throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
								return statement.run(...values);
							},
						};
					},
				};
			},
		};
		return {
			driver,
			fail: () => {
				failing = true;
			},
		};
	}

	it("is never written to again after a sync failed", async () => {
		const { driver, fail } = await failingDriver();
		const log = await open({ driver });
		await log.commit({ append: [textPack("a", 1)] });
		fail();
		const failures = await Promise.allSettled([
			log.commit({ append: [textPack("b", 1)] }),
			log.commit({ state: [{ name: "s", bytes: "x" }] }),
		]);
		for (const failure of failures) {
			expect(failure).toMatchObject({
				status: "rejected",
				reason: { code: "store.sync", kind: "permanent" },
			});
		}
		await expect(log.commit({ state: [] })).rejects.toMatchObject({ code: "store.sync" });
		await expect(log.bounds("records", 0)).rejects.toMatchObject({ code: "store.sync" });
	});
});

describe("frames at rest", () => {
	const secret = new TextEncoder().encode("driver 4711 signed on at gate 9".repeat(40));
	const files = () =>
		Buffer.concat(readdirSync(directory.path).map((name) => readFileSync(join(directory.path, name))));

	it("cannot be read in the files, and can through the log", async () => {
		const log = await open();
		await log.commit({ append: [bytesPack(secret)] });
		const page = await log.read(
			{ topic: "frames", partition: 0, offset: 0 },
			{ entriesMax: NEVER, bytesMax: NEVER },
		);
		expect(Buffer.compare(page.packs[0]?.body as Uint8Array, secret)).toBe(0);
		await log.close();
		expect(files().includes("driver 4711")).toBe(false);
	});

	it("have a key per feed and day, which goes from the disk with the last frame", async () => {
		const log = await open();
		const day = 20_000 * 1440;
		await log.commit({
			append: [
				bytesPack(secret, { minute: day }),
				bytesPack(secret, { minute: day + 1439 }),
				bytesPack(secret, { minute: day, feed: "tram" }),
				bytesPack(secret, { minute: day + 1440 }),
			],
		});
		let keys: { feed: string; day: number; key: Uint8Array }[] = [];
		const readKeys = () =>
			edit((db) => {
				keys = db.prepare("SELECT feed, day, key FROM keys ORDER BY feed, day").all() as typeof keys;
			});
		await readKeys();
		expect(keys.map(({ feed, day: of }) => `${feed} ${of}`)).toEqual([
			"metro 20000",
			"metro 20001",
			"tram 20000",
		]);
		const first = Buffer.from(keys[0]?.key as Uint8Array);
		expect(files().includes(first)).toBe(true);
		const policy = { topic: "frames", maxAgeMs: 0, maxBytes: NEVER } as const;
		await log.retain(policy, (day + 1) * 60_000);
		await readKeys();
		expect(keys).toHaveLength(3);
		await log.retain(policy, (day + 1440) * 60_000);
		await readKeys();
		expect(keys.map(({ feed, day: of }) => `${feed} ${of}`)).toEqual(["metro 20001"]);
		expect(files().includes(first)).toBe(false);
	});

	it("do not open when they were moved or relabelled", async () => {
		const log = await open();
		await log.commit({ append: [bytesPack(secret)] });
		await log.close();
		await edit((db) => db.exec("UPDATE frame_packs SET minute = minute + 1"));
		const again = await open();
		await expect(
			again.read({ topic: "frames", partition: 0, offset: 0 }, { entriesMax: 1, bytesMax: 1 }),
		).rejects.toMatchObject({ code: "store.corrupt" });
	});

	it("never share a nonce", async () => {
		const log = await open();
		await Promise.all(
			Array.from({ length: 50 }, () => log.commit({ append: [bytesPack(secret), bytesPack(secret)] })),
		);
		await edit((db) => {
			const rows = db.prepare("SELECT DISTINCT hex(substr(body, 1, 12)) AS nonce FROM frame_packs").all();
			expect(rows).toHaveLength(100);
		});
	});
});
