import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { createNodeRuntime } from "../../src/runtime/node-runtime.js";
import { serveAgency } from "../../src/simulation/serve.js";
import { scratchDirectory } from "../scratch-directory.js";
import { seededChance } from "../seeded-chance.js";
import { ROOT } from "../tidy/repository.js";
import { crashConfig } from "./crash-config.js";
import { HubProcess } from "./hub-under-test.js";
import { QueueWitness } from "./load.js";
import { ArchiveReader, RiderWatch, WebhookReceiver } from "./sinks.js";

const MEBIBYTE = 1024 * 1024;
const DISK_MEBIBYTES = 128;
/** The store keeps so much free, and a file of 16 MiB for the worst. */
const KEPT_MEBIBYTES = 32;
const LONG = { timeout: 60_000, interval: 100 };

const directory = scratchDirectory();
const disk = join(directory.path, "store");
mkdirSync(disk);
const mounted =
	spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MEBIBYTES}m`, "tmpfs", disk]).status === 0;
const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => {
	if (mounted) spawnSync("umount", ["--lazy", disk]);
	directory.remove();
});

/** Writes until so much of the disk is free; 0 takes the last byte. */
function fillTo(freeMebibytes: number): void {
	const file = openSync(join(disk, "filler"), "a");
	const block = new Uint8Array(64 * 1024);
	try {
		for (;;) {
			const { bavail, bsize } = statfsSync(disk);
			if (bavail * bsize <= freeMebibytes * MEBIBYTE) return;
			writeSync(file, block);
		}
	} catch (thrown) {
		if ((thrown as NodeJS.ErrnoException).code !== "ENOSPC") throw thrown;
	} finally {
		closeSync(file);
	}
}

async function push(url: string, vehicleId: string) {
	const timestamp = Math.floor(Date.now() / 1000);
	const vehicle = { vehicle: { id: vehicleId }, position: { latitude: 41.9, longitude: -87.6 }, timestamp };
	const body = JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", timestamp },
		entity: [{ id: "1", vehicle }],
	});
	const headers = { "content-type": "application/json" };
	const answer = await fetch(`${url}/in`, { method: "POST", headers, body });
	const text = await answer.text();
	return { status: answer.status, retryAfter: answer.headers.get("retry-after"), text, timestamp };
}

describe.skipIf(!mounted)(
	`a hub whose disk is full${mounted ? "" : " (skipped: a tmpfs cannot be mounted here)"}`,
	() => {
		it("takes nothing in, asks politely, serves riders honestly, and goes on by itself", {
			timeout: 300_000,
		}, async () => {
			const runtime = createNodeRuntime();
			closing.push(() => runtime.close());
			const webhook = await WebhookReceiver.start(runtime, seededChance(1), 0);
			closing.push(() => webhook.close());
			const archive = new ArchiveReader(join(directory.path, "archive.ndjson"));
			const witness = new QueueWitness((effect) => archive.book.settle(effect));
			let polls = 0;
			const agency = await serveAgency({
				clock: runtime.clock,
				faults: "none",
				timezone: "UTC",
				requestsPerMinuteMax: 1200,
				onAnswer: (request, answer) => {
					polls++;
					witness.hear(request, answer);
				},
			});
			closing.push(() => agency.close());
			const config = crashConfig(agency.url, webhook.url).replace(
				"usedMax: 99%, usedResume: 99%, freeMin: 64MiB",
				`usedMax: 99%, usedResume: 99%, freeMin: ${KEPT_MEBIBYTES}MiB`,
			);
			expect(config).toContain(`freeMin: ${KEPT_MEBIBYTES}MiB`);
			writeFileSync(join(directory.path, "wayside.yaml"), config);
			const hub = new HubProcess(directory.path, "wayside.yaml");
			closing.push(() => (hub.hasEnded ? undefined : hub.kill()));
			const { url, admin } = await hub.startedInTime();
			const pollsIn = async (ms: number) => {
				const before = polls;
				await new Promise((resolve) => setTimeout(resolve, ms));
				return polls - before;
			};
			const caughtUp = async () => {
				const { settled } = archive.book;
				await vi.waitFor(() => {
					archive.read();
					expect(archive.book.missing(settled)).toEqual([]);
				}, LONG);
			};

			const first = await push(url, "bus-1");
			expect(first.status).toBe(202);
			await vi.waitFor(() => expect(archive.book.settled).toBeGreaterThan(100), LONG);
			await caughtUp();
			const riders = new RiderWatch();
			await vi.waitFor(async () => {
				await riders.read(url);
				expect(riders.newest("bus-1")).toBe(first.timestamp);
			}, LONG);
			const healthy = await pollsIn(2500);

			for (const free of [KEPT_MEBIBYTES / 2, 0]) {
				fillTo(free);
				const refused = await vi.waitFor(async () => {
					const answer = await push(url, "bus-1");
					expect(answer.status).toBe(503);
					return answer;
				}, LONG);
				expect(Number(refused.retryAfter)).toBeGreaterThan(0);
				expect(refused.text).toContain("store.full");
				expect(await pollsIn(2500)).toBeLessThanOrEqual(healthy);
				const { header } = (await (await fetch(`${url}/gtfs-rt/vehicle-positions.json`)).json()) as {
					header: { timestamp: string };
				};
				await vi.waitFor(async () => {
					const later = (await (await fetch(`${url}/gtfs-rt/vehicle-positions.json`)).json()) as {
						header: { timestamp: string };
					};
					expect(Number(later.header.timestamp)).toBeGreaterThan(Number(header.timestamp));
				}, LONG);
				await riders.read(url);
				// What was refused was not shown: the age that riders see is that of the last report that was taken.
				expect(riders.newest("bus-1")).toBe(first.timestamp);
				expect(riders.findings).toEqual([]);
			}
			const status = (await (await fetch(`${url}/status.json`)).json()) as { store: { state: string } };
			expect(status.store.state).toBe("full");

			rmSync(join(disk, "filler"));
			const again = await vi.waitFor(async () => {
				const answer = await push(url, "bus-1");
				expect(answer.status).toBe(202);
				return answer;
			}, LONG);
			await vi.waitFor(async () => {
				await riders.read(url);
				expect(riders.newest("bus-1")).toBeGreaterThanOrEqual(again.timestamp);
			}, LONG);
			const before = archive.book.settled;
			await vi.waitFor(() => expect(archive.book.settled).toBeGreaterThan(before), LONG);
			await caughtUp();
			expect(archive.book.findings).toEqual([]);
			expect(riders.findings).toEqual([]);
			const live = (await (await fetch(`${admin}/v1/ledger?audit=1`)).json()) as { findings: unknown[] };
			expect(live.findings).toEqual([]);
			expect(await hub.stop()).toBe(0);
			const main = join(ROOT, "dist/cli/main.js");
			const ledger = spawnSync(process.execPath, [main, "ledger", "wayside.yaml", "--audit", "--json"], {
				cwd: directory.path,
				encoding: "utf8",
			});
			const report = JSON.parse(ledger.stdout) as {
				balanced: boolean;
				sums: { step: string; feed: string; posted: Record<string, number> }[];
			};
			expect([ledger.status, report.balanced]).toEqual([0, true]);
			const received = report.sums.find(({ step, feed }) => step === "receive" && feed === "pushed")?.posted;
			expect(received?.["refused"]).toBeGreaterThan(0);
			// The queue keeps 15 minutes, so that nothing of it was lost.
			expect(
				report.sums.find(({ step, feed }) => step === "receive" && feed === "buses")?.posted["gap"] ?? 0,
			).toBe(0);
		});
	},
);
