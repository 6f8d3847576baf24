import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-schedule-"));
const node = createNodeRuntime();
const at = (time: string) => ({ ...node, clock: { ...node.clock, now: () => Date.parse(time) } });

beforeAll(async () => {
	writeFileSync(
		join(folder, "wayside.yaml"),
		"agencies: { metro: { timezone: America/Chicago, gtfs: ./gtfs.zip } }\nfeeds: {}\nsinks: {}\nroutes: []\nstore: { directory: ./store }\n",
	);
	writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
	const store = await openSqliteSchedules({ directory: join(folder, "store"), host: "in-thread" });
	await store.load({ agency: "metro", path: join(folder, "gtfs.zip"), readTime: 1_767_600_000_000 });
	writeFileSync(join(folder, "broken.zip"), zipOf({ ...SMALL_FEED, "trips.txt": "" }));
	await store.load({ agency: "metro", path: join(folder, "broken.zip"), readTime: 1_767_700_000_000 });
	await store.close();
});

afterAll(async () => {
	await node.close();
	rmSync(folder, { recursive: true, force: true });
});

async function schedule(...words: string[]) {
	const out: string[] = [];
	const terminal: Terminal = {
		environment: {},
		out: (line) => out.push(line),
		err: (line) => out.push(`err: ${line}`),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const code = await runCli(["schedule", "wayside.yaml", ...words], {
		terminal,
		runtime: at("2026-01-16T18:00:00Z"),
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["node", "main.js"],
		workingDirectory: folder,
	});
	return { code, out };
}

describe("wayside schedule", () => {
	it("shows versions, the days ahead, and why the newest feed was refused", async () => {
		const { code, out } = await schedule();
		expect(code).toBe(0);
		expect(out[0]).toBe("metro");
		expect(out.join("\n")).toMatch(
			/2026-A@\w{8} +20260101 to 20260630 +feed_info.txt +2026-01-05T08:00:00.000Z +4 +9/,
		);
		expect(out.join("\n")).toMatch(/20260116 \(today\): 2026-A@\w{8}, 1 services/);
		expect(out.join("\n")).toMatch(/20260119: 2026-A@\w{8}, 0 services/);
		expect(out.join("\n")).toContain("refused at 2026-01-06T11:46:40.000Z: trips.txt:1: is empty");
	});

	it("says the same to programs", async () => {
		const { code, out } = await schedule("--json");
		expect(code).toBe(0);
		expect(JSON.parse(out.join("")).agencies[0]).toMatchObject({
			agency: "metro",
			today: "20260116",
			versions: [{ validFrom: "20260101", validTo: "20260630" }],
			refusal: { sentence: expect.stringContaining("trips.txt:1: is empty") },
		});
	});
});
