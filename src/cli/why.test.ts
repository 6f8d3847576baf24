import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededChance } from "../../test/seeded-chance.js";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { letterPack, sampleLetter } from "../testing/log-contract-letters.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-why-"));
const runtime = createNodeRuntime();

async function ask(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const terminal: Terminal = {
		environment: {},
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const code = await runCli(["why", ...words], {
		terminal,
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

beforeAll(async () => {
	writeFileSync(
		join(folder, "wayside.yaml"),
		`agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks: { rider-feed: { type: gtfs-realtime } }
routes: [{ from: buses, to: rider-feed, mode: latest }]
store: { directory: ./store }
`,
	);
	const directory = join(folder, "store");
	const log = await openSqliteLog({ directory, chance: seededChance(3), host: "in-thread" });
	await log.commit({ append: [letterPack([sampleLetter({ feed: "buses", sample: '{"id":"4012"}' })])] });
	await log.close();
});
afterAll(async () => {
	await runtime.close();
	rmSync(folder, { recursive: true, force: true });
});

describe("wayside why", () => {
	it("reads a store that no hub has open, and tells a dead letter by its place", async () => {
		const { code, out } = await ask("0/0");
		expect(out).toContain("It could not be read");
		expect(out).toContain('sample       {"id":"4012"}');
		expect(out).toContain("Its bytes are kept no more.");
		expect(code).toBe(0);
	});

	it("exits with 1 when nothing is known, and says where to look", async () => {
		const { code, out } = await ask("4012");
		expect(out).toContain("No record of the last 24 hours names it.");
		expect(code).toBe(1);
		const json = JSON.parse((await ask("4012", "--json")).out);
		expect(json).toMatchObject({ asked: "4012", earlier: [], lookalikes: [], feeds: [] });
		expect((await ask("x".repeat(400))).err).toContain("400 characters");
	});
});
