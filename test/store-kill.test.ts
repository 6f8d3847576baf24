import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Log, StoredPack, Topic } from "../src/log/log.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { scratchDirectory } from "./scratch-directory.js";
import { seededChance } from "./seeded-chance.js";

const WRITER = fileURLToPath(new URL("./fixtures/kill-writer.mjs", import.meta.url));
const KILLS = 8;
const chance = seededChance(20_261_122);

let directory: ReturnType<typeof scratchDirectory>;
beforeEach(() => {
	directory = scratchDirectory();
});
afterEach(() => directory.remove());

/** Runs the writer until it has acknowledged so many commits and then a moment longer, and kills it outright. */
function runAndKill(first: number, acknowledgedMin: number): Promise<number[]> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [WRITER, directory.path, String(first)], {
			stdio: ["ignore", "pipe", "pipe"],
		});
		const acknowledged: number[] = [];
		let text = "";
		let errors = "";
		child.stderr.on("data", (bytes: Buffer) => {
			errors += bytes.toString();
		});
		child.stdout.on("data", (bytes: Buffer) => {
			text += bytes.toString();
			const lines = text.split("\n");
			text = lines.pop() ?? "";
			for (const line of lines) if (line !== "open") acknowledged.push(Number(line));
			if (acknowledged.length >= acknowledgedMin) child.kill("SIGKILL");
		});
		child.on("error", reject);
		child.on("close", (_code, signal) => {
			if (signal === "SIGKILL") resolve(acknowledged);
			else reject(new Error(`the writer stopped by itself: ${errors}`));
		});
	});
}

async function numbersOf(log: Log, topic: Topic): Promise<number[]> {
	const numbers: number[] = [];
	for (let partition = 0; partition < 3; partition++) {
		const { packs } = await log.read({ topic, partition, offset: 0 }, { entriesMax: 1e9, bytesMax: 1e9 });
		numbers.push(...packs.map(numberOf));
	}
	return numbers.sort((a, b) => a - b);
}

function numberOf(pack: StoredPack): number {
	const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
	return (JSON.parse(text) as { n: number }[])[0]?.n ?? -1;
}

describe("a store whose process is killed again and again", () => {
	it("has everything that was acknowledged, and of each commit all or nothing", {
		timeout: 120_000,
	}, async () => {
		const acknowledged: number[] = [];
		let next = 0;
		for (let kill = 0; kill < KILLS; kill++) {
			acknowledged.push(...(await runAndKill(next, Math.floor(chance.next() * 400))));
			const log = await openSqliteLog({
				directory: directory.path,
				chance,
				host: "in-thread",
				reserveBytes: 0,
			});
			const [frames, records] = [await numbersOf(log, "frames"), await numbersOf(log, "records")];
			expect(records).toEqual(frames);
			const stored = new Set(frames);
			expect(stored.size).toBe(frames.length);
			expect(acknowledged.filter((n) => !stored.has(n))).toEqual([]);
			const [row] = await log.ledger();
			expect(row?.count ?? 0).toBe(frames.length);
			if (frames.length > 0) {
				expect(new TextDecoder().decode(await log.state("last"))).toBe(String(Math.max(...frames)));
			}
			await log.close();
			next = (frames.at(-1) ?? -1) + 1;
		}
		expect(acknowledged.length).toBeGreaterThan(KILLS);
	});

	it("is refused to a second process while the first one lives, and free again once it is killed", async () => {
		const child = spawn(process.execPath, [WRITER, directory.path, "0"], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		const isOpen = new Promise((resolve) => child.stdout.once("data", resolve));
		const isGone = new Promise((resolve) => child.once("close", resolve));
		await isOpen;
		const refusal = await openSqliteLog({ directory: directory.path, chance, host: "in-thread" }).catch(
			(thrown: unknown) => thrown,
		);
		expect(refusal).toMatchObject({ code: "store.locked" });
		expect((refusal as Error).message).toContain(`process ${child.pid}`);
		child.kill("SIGKILL");
		await isGone;
		const log = await openSqliteLog({
			directory: directory.path,
			chance,
			host: "in-thread",
			reserveBytes: 0,
		});
		await log.close();
	});
});
