import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { scheduleStoreContract } from "../testing/schedule-store-contract.js";
import { createMemorySchedules } from "./memory-schedules.js";
import { openSqliteSchedules } from "./sqlite-schedules.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-schedules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let places = 0;
const nextPlace = () => join(folder, `place-${places++}`);

async function place(tables: Readonly<Record<string, string>>): Promise<string> {
	const path = nextPlace();
	// In turns a folder and a zip.
	if (places % 2 === 0) await writeFile(path, zipOf(tables));
	else {
		await mkdir(path);
		for (const [name, content] of Object.entries(tables)) await writeFile(join(path, name), content);
	}
	return path;
}

scheduleStoreContract("in memory", {
	open: async () => createMemorySchedules(createNodeFiles()),
	place,
	feed: SMALL_FEED,
});

for (const host of ["in-thread", "worker"] as const) {
	let directory = "";
	scheduleStoreContract(`SQLite, ${host}`, {
		open: async () => {
			directory = nextPlace();
			return openSqliteSchedules({ directory, host });
		},
		reopen: () => openSqliteSchedules({ directory, host }),
		place,
		feed: SMALL_FEED,
	});
}

describe("schedules in SQLite", () => {
	it("can be read by another process while they are open, and not written by it", async () => {
		const directory = nextPlace();
		const store = await openSqliteSchedules({ directory, host: "in-thread" });
		await store.load({ agency: "metro", path: await place(SMALL_FEED), readTime: 1 });
		const reader = await openSqliteSchedules({ directory, host: "read-only" });
		expect(await reader.versions("metro")).toEqual(await store.versions("metro"));
		const [version] = await reader.versions("metro");
		await expect(reader.load({ agency: "metro", path: "x", readTime: 1 })).rejects.toThrow("read only");
		if (version) await expect(reader.remove(version)).rejects.toThrow("read only");
		await reader.close();
		await store.close();
		expect(
			await (await openSqliteSchedules({ directory: nextPlace(), host: "read-only" })).versions("metro"),
		).toEqual([]);
	});

	it("throws away what a crash left half-written, and a file that is no database", async () => {
		const directory = nextPlace();
		const first = await openSqliteSchedules({ directory, host: "in-thread" });
		await first.load({ agency: "metro", path: await place(SMALL_FEED), readTime: 1 });
		await first.close();
		const inside = join(directory, "schedules");
		writeFileSync(join(inside, "metro-1.loading"), "half");
		writeFileSync(
			join(inside, "metro-0000.db"),
			"this is no database, and long enough to be looked at as one",
		);
		const second = await openSqliteSchedules({ directory, host: "in-thread" });
		expect(await second.versions("metro")).toHaveLength(1);
		expect(readdirSync(inside).filter((name) => !name.endsWith(".db"))).toEqual([]);
		expect(readdirSync(inside)).toHaveLength(1);
		await second.close();
	});
});
