import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { loadDriver } from "../src/stores/sqlite-driver.js";
import { FORMAT } from "../src/stores/sqlite-schema.js";
import { hubProcesses, PUSHED_CONFIG, push } from "./hub-process.js";

const { path, wayside, hub, ledger } = hubProcesses();

// Each push names one vehicle: it is no list of all of them, whatever its header says.
const HASHED = PUSHED_CONFIG.replace(
	"    agency: metro\n",
	"    agency: metro\n    removeAfter: 0\n    privacy: { operatorId: hash, key: { file: ./hash.key } }\n",
);

async function command(...words: string[]) {
	const { ended, seen } = wayside(...words);
	const code = await ended;
	return { code, out: seen.out, err: seen.err };
}

const archived = (): readonly string[] =>
	existsSync(path("archive.ndjson")) ? readFileSync(path("archive.ndjson"), "utf8").trim().split("\n") : [];

/** Vehicle numbers, each taken by the hub. */
async function pushAll(url: string, numbers: readonly number[]): Promise<void> {
	for (const n of numbers)
		await vi.waitFor(async () => expect(await push(url, n)).toBe(202), { timeout: 10_000, interval: 50 });
}

async function delivered(count: number): Promise<void> {
	await vi.waitFor(() => expect(archived().length).toBe(count), { timeout: 20_000, interval: 50 });
}

async function stopped(running: Awaited<ReturnType<typeof hub>>): Promise<void> {
	running.child.kill("SIGTERM");
	expect(await running.ended).toBe(0);
}

describe("backup and restore", { timeout: 90_000 }, () => {
	it("copies a hub that takes in data, and the copy goes on from that moment with an account that adds up", async () => {
		writeFileSync(path("hash.key"), "0123456789abcdef0123456789abcdef");
		writeFileSync(path("wayside.yaml"), HASHED);
		const first = await hub("wayside.yaml");
		await pushAll(first.url, [1, 2, 3, 4, 5]);
		await delivered(5);
		// Under load: reports keep coming while the copy is made.
		const copying = command("backup", "wayside.yaml", "--to", "copy", "--json");
		await pushAll(first.url, [6, 7, 8, 9]);
		const made = await copying;
		expect([made.code, made.err]).toEqual([0, ""]);
		const manifest = JSON.parse(made.out) as { files: { place: string }[]; hashKeys: string[] };
		expect(manifest.files.map(({ place }) => place)).toEqual(["wayside.yaml"]);
		expect(manifest.hashKeys).toEqual(["metro-avl"]);
		expect(JSON.parse(readFileSync(path("copy/hash-keys.json"), "utf8"))).toEqual({
			"metro-avl": "0123456789abcdef0123456789abcdef",
		});
		if (process.platform !== "win32") expect(statSync(path("copy/hash-keys.json")).mode & 0o077).toBe(0);
		await delivered(9);

		const refused = await command("restore", "copy", "wayside.yaml", "--force");
		expect([refused.code, refused.err]).toEqual([
			1,
			expect.stringContaining("Another process has the store"),
		]);
		await stopped(first);
		const blocked = await command("restore", "copy", "wayside.yaml");
		expect([blocked.code, blocked.err]).toEqual([
			78,
			expect.stringContaining("With --force it is moved aside"),
		]);

		rmSync(path("hash.key"));
		const restored = await command("restore", "copy", "wayside.yaml", "--force");
		expect([restored.code, restored.err]).toEqual([0, ""]);
		expect(restored.out).toContain("hash-keys.json: put them to where the configuration reads them");
		writeFileSync(path("hash.key"), "0123456789abcdef0123456789abcdef");
		const aside = readdirSync(path(".")).filter((name) => name.startsWith("store.before-restore-"));
		expect(aside).toHaveLength(1);

		const second = await hub("wayside.yaml");
		await pushAll(second.url, [101, 102]);
		// What the archive got after the moment of the copy is still in it; what the copy had not delivered comes again.
		await vi.waitFor(
			() => {
				const text = archived().join("\n");
				for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 101, 102]) expect(text).toContain(`"bus-${n}"`);
			},
			{ timeout: 20_000, interval: 50 },
		);
		await stopped(second);
		const report = await ledger("--audit");
		expect([report.code, report.findings]).toEqual([0, []]);
	});

	it("restores into an empty folder, configuration and all", async () => {
		const running = await hub("wayside.yaml");
		await pushAll(running.url, [1, 2]);
		await delivered(2);
		expect((await command("backup", "--to", "copy")).code).toBe(0);
		await stopped(running);
		rmSync(path("wayside.yaml"));
		rmSync(path("store"), { recursive: true });
		const { code, out } = await command("restore", "copy");
		expect(code).toBe(0);
		expect(out).toContain("Written: ");
		expect(readFileSync(path("wayside.yaml"), "utf8")).toBe(PUSHED_CONFIG);
		expect((await ledger("--audit")).posted("receive")["stored"]).toBe(2);
	});

	it("says what is no backup, what was changed in one, and what a newer Wayside made", async () => {
		expect((await command("backup", "--to", "copy")).err).toContain("There is no store at");
		expect(await command("restore", "nowhere")).toMatchObject({
			code: 78,
			err: expect.stringContaining("nowhere is no backup") as string,
		});
		const running = await hub("wayside.yaml");
		await pushAll(running.url, [1]);
		expect((await command("backup", "--to", "copy")).code).toBe(0);
		await stopped(running);
		expect((await command("backup", "--to", "copy")).err).toContain("holds a backup already");

		const copy = readFileSync(path("copy/wayside.db"));
		copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
		writeFileSync(path("copy/wayside.db"), copy);
		const changed = await command("restore", "copy", "--force");
		expect([changed.code, changed.err]).toEqual([1, expect.stringContaining("its SHA-256 differs")]);
		expect((await ledger("--audit")).code).toBe(0);

		const manifest = readFileSync(path("copy/backup.json"), "utf8").replace('"backup": 1', '"backup": 2');
		writeFileSync(path("copy/backup.json"), manifest);
		expect((await command("restore", "copy", "--force")).err).toContain(
			"in a newer layout than this one knows",
		);
		writeFileSync(path("copy/backup.json"), "{");
		expect((await command("restore", "copy", "--force")).err).toContain("is no JSON");
	});

	it("a store of the format before is brought up to date and goes on while reports come", async () => {
		const before = await hub("wayside.yaml");
		await pushAll(before.url, [1, 2, 3]);
		before.child.kill("SIGKILL");
		await before.ended;
		const database = join(path("store"), "wayside.db");
		const db = (await loadDriver()).open(database);
		db.exec(`PRAGMA user_version = ${FORMAT - 1}; DELETE FROM meta WHERE name LIKE 'ledger_%'`);
		db.close();
		const after = await hub("wayside.yaml");
		await Promise.all([4, 5, 6, 7].map((n) => pushAll(after.url, [n])));
		await stopped(after);
		const report = await ledger("--audit");
		expect([report.code, report.findings]).toEqual([0, []]);
		expect(report.posted("receive")["stored"]).toBe(7);
		const again = (await loadDriver()).open(database, { readOnly: true });
		expect(Object.values(again.prepare("PRAGMA user_version").get() as object)).toEqual([FORMAT]);
		again.close();
	});

	it("is refused in one sentence by a Wayside that is older than the store", async () => {
		const running = await hub("wayside.yaml");
		await stopped(running);
		const db = (await loadDriver()).open(join(path("store"), "wayside.db"));
		db.exec(`PRAGMA user_version = ${FORMAT + 1}`);
		db.close();
		const { code, err } = await command("run", "wayside.yaml");
		expect(code).toBe(1);
		expect(err.trim().split("\n")).toEqual([expect.stringMatching(/^wayside: .*newer Wayside.*[^.]\.?$/)]);
	});
});
