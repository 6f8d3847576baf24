import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLedger } from "../../src/log/audit.js";
import { openSqliteLog } from "../../src/stores/sqlite-store.js";
import { scratchDirectory } from "../scratch-directory.js";
import { seededChance } from "../seeded-chance.js";
import { ROOT } from "../tidy/repository.js";
import { afterPowerCut } from "./power-cut.js";
import { syncOrder } from "./sync-order.js";
import { readTrace, type SystemCall, straceMissing, straceWords } from "./trace.js";

const missing = straceMissing();
const SENDERS = 8;
const REPORTS_EACH = 15;
const CUTS = 40;

const config = (durability: string) => `
agencies: { metro: { timezone: UTC } }
feeds:
  metro-avl:
    agency: metro
    upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }]
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
routes:
  - { from: metro-avl, to: rider-feed, mode: latest }
store: { directory: ./store, durability: ${durability}, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;

const directory = scratchDirectory();
afterAll(() => directory.remove());

/** Runs a hub under strace, has several senders post at once, and kills it; what they were answered is in the trace. */
async function tracedHub(durability: "sync" | "os"): Promise<readonly SystemCall[]> {
	const folder = join(directory.path, durability);
	mkdirSync(folder);
	writeFileSync(join(folder, "wayside.yaml"), config(durability));
	const trace = join(folder, "trace");
	const [strace = "", ...words] = straceWords(trace);
	const main = join(ROOT, "dist/cli/main.js");
	const traced = spawn(strace, [...words, process.execPath, main, "run", "wayside.yaml", "--json"], {
		cwd: folder,
		detached: true,
		stdio: ["ignore", "pipe", "ignore"],
	});
	const ended = new Promise((resolve) => traced.once("close", resolve));
	try {
		const url = await new Promise<string>((resolve, reject) => {
			let text = "";
			traced.stdout.on("data", (chunk: Buffer) => {
				text += chunk.toString();
				const found = /POST (http:\S+\/in)"/.exec(text)?.[1];
				if (found !== undefined) resolve(found);
			});
			void ended.then(() => reject(new Error("the traced hub ended")));
		});
		await Promise.all(Array.from({ length: SENDERS }, (_, sender) => post(url, sender)));
	} finally {
		// To the group: strace itself holds such signals off, and ends with what it traces.
		if (traced.pid !== undefined) process.kill(-traced.pid, "SIGTERM");
	}
	await ended;
	return readTrace(trace);
}

async function post(url: string, sender: number): Promise<void> {
	for (let number = 0; number < REPORTS_EACH; number++) {
		const timestamp = Math.floor(Date.now() / 1000);
		const vehicle = {
			vehicle: { id: `${sender}-${number}` },
			position: { latitude: 41.9, longitude: -87.6 },
			timestamp,
		};
		const body = JSON.stringify({
			header: { gtfsRealtimeVersion: "2.0", timestamp },
			entity: [{ id: "1", vehicle }],
		});
		const headers = { "content-type": "application/json", "webhook-id": `report-${sender}-${number}` };
		const answer = await fetch(url, { method: "POST", headers, body });
		await answer.arrayBuffer();
		expect(answer.status).toBe(202);
	}
}

describe.skipIf(missing !== undefined)(
	`what a hub has synced, as strace sees it${missing === undefined ? "" : ` (skipped: ${missing})`}`,
	() => {
		let calls: readonly SystemCall[] = [];
		beforeAll(async () => {
			calls = await tracedHub("sync");
		});

		it("sends no 202 before the sync that covers it", () => {
			const { acknowledged, violations } = syncOrder(calls);
			expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(SENDERS * REPORTS_EACH);
			expect(violations).toEqual([]);
		});

		it("is found out with `durability: os`, which leaves syncing to the system", async () => {
			const { acknowledged, violations } = syncOrder(await tracedHub("os"));
			expect(acknowledged).toHaveLength(SENDERS * REPORTS_EACH);
			expect(violations.length).toBeGreaterThan((SENDERS * REPORTS_EACH) / 2);
			expect(violations[0]).toContain("with no sync between");
		});

		it("has everything that it answered for, wherever the power goes and whatever of the rest the disk kept", async () => {
			const { acknowledged } = syncOrder(calls);
			const chance = seededChance(20_261_123);
			const files = ["wayside.db", "wayside.db-wal"].map(
				(name) => calls.find(({ file }) => file.endsWith(`/store/${name}`))?.file ?? name,
			);
			let [answeredMax, cut] = [0, 0];
			for (; cut < CUTS; cut++) {
				const answered = acknowledged.slice(0, Math.ceil(((cut + 1) * acknowledged.length) / CUTS));
				// Between the last of these answers and a little later: other commits are under way.
				const line = (answered.at(-1)?.begin ?? 0) + Math.floor(chance.next() * 60);
				const folder = join(directory.path, `cut-${cut}`);
				mkdirSync(folder);
				for (const [file, content] of afterPowerCut(calls, line, files, chance))
					writeFileSync(join(folder, file.slice(file.lastIndexOf("/") + 1)), content);
				const log = await openSqliteLog({ directory: folder, chance, host: "in-thread", reserveBytes: 0 });
				const kept = new Set<string>();
				for (let partition = 0; partition < log.partitions("frames"); partition++) {
					const { packs } = await log.read(
						{ topic: "frames", partition, offset: 0 },
						{ entriesMax: 1e9, bytesMax: 1e9 },
					);
					for (const { head } of packs)
						for (const [, id = ""] of head.matchAll(/"webhookId":"([^"]+)"/g)) kept.add(id);
				}
				expect(answered.filter(({ id }) => !kept.has(id))).toEqual([]);
				const audit = await auditLedger(log, { sinks: [{ name: "rider-feed", feeds: ["metro-avl"] }] });
				expect(audit.findings).toEqual([]);
				await log.close();
				answeredMax = Math.max(answeredMax, answered.length);
			}
			expect([cut, answeredMax]).toEqual([CUTS, acknowledged.length]);
		});

		it("is found out by a power cut with `durability: os`", async () => {
			const folder = join(directory.path, "os");
			const trace = await readTrace(join(folder, "trace"));
			const { acknowledged } = syncOrder(trace);
			const wal = trace.find(({ file }) => file.endsWith("/store/wayside.db-wal"))?.file ?? "";
			const nothing = { next: () => 1, bytes: () => new Uint8Array() };
			// A checkpoint syncs the log, whatever the durability: on a slow machine one may come before the last answer.
			const first = acknowledged[0]?.begin ?? 0;
			const isCheckpoint = ({ name, file, begin }: SystemCall) =>
				/^f(data)?sync$/.test(name) && file === wal && begin > first;
			const checkpoint = trace.find(isCheckpoint)?.begin ?? Number.POSITIVE_INFINITY;
			const line = Math.min(checkpoint, acknowledged.at(-1)?.begin ?? 0);
			const kept = afterPowerCut(trace, line, [wal], nothing).get(wal);
			const answered = acknowledged.filter(({ begin }) => begin < line);
			expect(answered.length).toBeGreaterThan(0);
			expect(answered.filter(({ id }) => kept?.includes(`"${id}"`))).toEqual([]);
		});
	},
);
