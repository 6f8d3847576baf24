import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { SMALL_FEED, zipOf } from "./gtfs-feed.js";
import { hubProcesses, PUSHED_CONFIG, push } from "./hub-process.js";

const { hub, wayside, ledger, path } = hubProcesses();
const PATIENCE = { timeout: 30_000, interval: 50 };
/** Another archive, a second way in, and the rider feed under another path. */
const CHANGED = PUSHED_CONFIG.replace("./archive.ndjson", "./archive-2.ndjson")
	.replace("path: /gtfs-rt", "path: /riders")
	.replace(
		"sinks:",
		"  more:\n    agency: metro\n    upstreams: [{ source: { type: http-push, path: /more }, decoder: gtfs-realtime }]\nsinks:",
	)
	.replace("mode: every }", "mode: every }\n  - { from: more, to: archive, mode: every }");

function lines(name: string): number {
	try {
		return readFileSync(path(name), "utf8").split("\n").length - 1;
	} catch {
		return 0;
	}
}

describe("the process of a hub", () => {
	it("puts a changed file in place on SIGHUP, and answers wayside reload with an exit code", {
		timeout: 120_000,
	}, async () => {
		const { url, admin, child, ended, seen } = await hub("wayside.yaml");
		const reload = async (...words: string[]) => {
			const run = wayside("reload", "wayside.yaml", "--url", admin, "--within", "2s", ...words);
			return { code: await run.ended, out: run.seen.out, err: run.seen.err };
		};
		expect(await push(url, 1)).toBe(202);
		await vi.waitFor(() => expect(lines("archive.ndjson")).toBe(1), PATIENCE);

		writeFileSync(path("wayside.yaml"), CHANGED);
		expect(await reload("--dry-run")).toMatchObject({
			code: 0,
			out: expect.stringContaining("replace  sink:archive"),
		});
		child.kill("SIGHUP");
		const status = async (place: string) => (await fetch(`${url}${place}`, { method: "POST" })).status;
		await vi.waitFor(async () => expect(await status("/more")).toBe(400), PATIENCE);
		expect([await status("/more"), (await fetch(`${url}/riders/vehicle-positions.pb`)).status]).toEqual([
			400, 200,
		]);
		expect((await fetch(`${url}/gtfs-rt/vehicle-positions.pb`)).status).toBe(404);
		expect(await push(url, 2)).toBe(202);
		await vi.waitFor(() => expect(lines("archive-2.ndjson")).toBe(1), PATIENCE);
		expect(lines("archive.ndjson")).toBe(1);
		await vi.waitFor(() => expect(seen.err).toContain("The new configuration is in place"), PATIENCE);
		const metrics = await (await fetch(`${url}/metrics`)).text();
		expect(metrics).toContain('wayside_reloads_total{outcome="applied"} 1');
		expect(metrics).toContain("wayside_config_last_reload_successful 1");

		expect(await reload()).toMatchObject({ code: 0, out: expect.stringContaining("Nothing changed") });
		writeFileSync(path("wayside.yaml"), CHANGED.replace("./store,", "./other,"));
		expect(await reload()).toMatchObject({ code: 5, err: expect.stringContaining("store.directory") });
		writeFileSync(path("wayside.yaml"), CHANGED.replace("to: archive", "to: archiv"));
		const asked = wayside("reload", "--url", admin, "--json");
		expect([await asked.ended, JSON.parse(asked.seen.out)]).toEqual([
			78,
			expect.objectContaining({ outcome: "invalid", problems: [expect.stringContaining('"archive"?')] }),
		]);
		expect(await fetch(`${url}/metrics`).then((answer) => answer.text())).toContain(
			"wayside_config_last_reload_successful 0",
		);
		expect(await push(url, 3)).toBe(202);
		// With it the removal of a vehicle that two messages did not list.
		await vi.waitFor(() => expect(lines("archive-2.ndjson")).toBe(3), PATIENCE);

		child.kill("SIGTERM");
		expect(await ended).toBe(0);
		writeFileSync(path("wayside.yaml"), CHANGED);
		const report = await ledger("--audit");
		expect([report.code, report.findings]).toEqual([0, []]);
	});

	it("ends with 6 when the new configuration does not work, keeps what runs, and leaves a ledger that holds without a sink", {
		timeout: 120_000,
	}, async () => {
		const refusing = createServer((_, response) => response.writeHead(401).end());
		await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
		const { port } = refusing.address() as AddressInfo;
		writeFileSync(path("walk.csv"), "theirs,ours\nbus-1,one\nbus-2,two\n");
		writeFileSync(path("gtfs.zip"), zipOf(SMALL_FEED));
		const scheduled = PUSHED_CONFIG.replace(
			"timezone: America/Chicago",
			"timezone: America/Chicago, gtfs: ./gtfs.zip, ids: { vehicle: { crosswalk: ./walk.csv } }",
		);
		writeFileSync(path("wayside.yaml"), scheduled);
		const { url, admin, child, ended } = await hub("wayside.yaml");
		const reload = async (within: string) => {
			const run = wayside("reload", "wayside.yaml", "--url", admin, "--within", within);
			return { code: await run.ended, out: run.seen.out, err: run.seen.err };
		};
		const pushOne = async () => {
			expect(await push(url, 1)).toBe(202);
		};
		const archived = () =>
			readFileSync(path("archive.ndjson"), "utf8")
				.split("\n")
				.slice(0, -1)
				.map((line) => JSON.parse(line) as { vehicleId: string; id: string });
		await pushOne();
		await vi.waitFor(() => expect(archived()).toHaveLength(1), PATIENCE);

		const hook = `{ type: webhook, url: "http://127.0.0.1:${port}/", allowPrivateAddresses: true }`;
		writeFileSync(
			path("wayside.yaml"),
			scheduled.replace("{ type: ndjson-file, path: ./archive.ndjson }", hook),
		);
		// Something has to come for the new sink to be refused.
		const worse = reload("20s");
		let isOver = false;
		void worse.then(() => {
			isOver = true;
		});
		while (!isOver) {
			await pushOne();
			await new Promise((resolve) => setTimeout(resolve, 1100));
		}
		expect(await worse).toMatchObject({ code: 6, out: expect.stringContaining("in place again") });
		await pushOne();
		await vi.waitFor(() => {
			const ids = archived().map(({ id }) => id);
			expect(ids).toHaveLength(new Set(ids).size);
			expect(archived().every(({ vehicleId }) => vehicleId === "one")).toBe(true);
			expect(ids.length).toBeGreaterThan(1);
		}, PATIENCE);

		// Files that break are refused by themselves, and nothing of it reaches a reload of something else, which tells of them.
		writeFileSync(path("walk.csv"), "theirs\n");
		writeFileSync(path("gtfs.zip"), "no zip");
		writeFileSync(path("wayside.yaml"), scheduled.replace("path: /gtfs-rt", "path: /riders"));
		const warned = await reload("20s");
		expect(warned).toMatchObject({ code: 0, out: expect.stringContaining("is in place") });
		const broken = [
			expect.stringMatching(/ids:metro: .*walk\.csv/),
			expect.stringMatching(/schedule:metro: .*zip/),
		];
		for (const one of broken) expect(warned.err).toEqual(one);
		expect((await fetch(`${url}/riders/vehicle-positions.pb`)).status).toBe(200);
		const before = archived().length;
		await pushOne();
		await vi.waitFor(() => expect(archived().length).toBeGreaterThan(before), PATIENCE);
		expect(archived().at(-1)?.vehicleId).toBe("one");

		// Where there is nothing else to do, that is what came of it; mended files are taken up at once.
		const refused = await reload("20s");
		expect(refused).toMatchObject({
			code: 78,
			out: expect.stringContaining("2 files beside it are refused"),
		});
		for (const one of broken) expect(refused.err).toEqual(one);
		writeFileSync(path("walk.csv"), "theirs,ours\nbus-1,uno\n");
		writeFileSync(path("gtfs.zip"), zipOf(SMALL_FEED));
		expect(await reload("20s")).toMatchObject({
			code: 0,
			out: expect.stringContaining("the crosswalk of vehicle has 1 ids (0 new, 1 changed, 1 gone)"),
			err: "",
		});
		await pushOne();
		// What was pushed before may still be on its way.
		await vi.waitFor(() => expect(archived().at(-1)?.vehicleId).toBe("uno"), PATIENCE);

		// A file that is none changes nothing.
		writeFileSync(path("wayside.yaml"), "sinks: [");
		expect((await reload("2s")).code).toBe(78);
		const without = scheduled
			.replace(/ {2}archive: .*\n/, "")
			.replace(/ {2}- \{ from: metro-avl, to: archive.*\n/, "")
			.replace("path: /gtfs-rt", "path: /riders");
		writeFileSync(path("wayside.yaml"), without);
		expect(await reload("20s")).toMatchObject({
			code: 0,
			out: expect.stringMatching(/^ *remove +sink:archive/m),
		});
		await pushOne();
		child.kill("SIGTERM");
		expect(await ended).toBe(0);
		refusing.close();
		const report = await ledger("--audit");
		expect([report.code, report.findings]).toEqual([0, []]);
	});
});
