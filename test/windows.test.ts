import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "./scratch-directory.js";
import { ROOT } from "./tidy/repository.js";

const WINDOWS = pathToFileURL(join(ROOT, "test/fixtures/as-windows.mjs")).href;
const MAIN = join(ROOT, "dist/cli/main.js");

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

function scratch(): string {
	const folder = scratchDirectory("wayside-windows-");
	cleanups.push(folder.remove);
	return folder.path;
}

describe("what docs/windows.md promises, without what POSIX has", () => {
	it("is said of a process in which folders cannot be opened", () => {
		const script = 'import fs from "node:fs"; fs.openSync(".", "r");';
		const words = ["--import", WINDOWS, "--input-type=module", "-e", script];
		const { stderr, status } = spawnSync(process.execPath, words, { cwd: scratch(), encoding: "utf8" });
		expect([status, stderr]).toEqual([1, expect.stringContaining("EPERM: as on Windows")]);
	});

	it("init, check and replay work", () => {
		const cwd = scratch();
		const wayside = (...words: string[]) =>
			spawnSync(process.execPath, ["--import", WINDOWS, MAIN, ...words], { cwd, encoding: "utf8" });
		writeFileSync(
			join(cwd, "rmc.nmea"),
			"$GPRMC,094737,A,5251.00930,N,00518.81700,E,5.6,230.5,200818,,,A*53\r\n",
		);
		expect(wayside("init").status).toBe(0);
		expect(wayside("check", "wayside.yaml").stdout).toContain("ok (0 errors, 0 warnings)");
		const words = [
			"rmc.nmea",
			"--decoder",
			"nmea",
			"--set",
			"vehicleId=1",
			"--out",
			"records.ndjson",
			"--json",
		];
		const replayed = wayside("replay", ...words);
		expect([replayed.stderr, JSON.parse(replayed.stdout)]).toEqual([
			"",
			expect.objectContaining({ records: 1 }),
		]);
		expect(readFileSync(join(cwd, "records.ndjson"), "utf8")).toContain('"1"');
	});

	it("compare works on recordings", () => {
		const cwd = scratch();
		for (const name of ["a.json", "b.json"]) {
			const header = { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp: 1_700_000_000 };
			const vehicle = { vehicle: { id: "1" }, timestamp: 1_700_000_000 };
			writeFileSync(join(cwd, name), JSON.stringify({ header, entity: [{ id: "1", vehicle }] }));
		}
		const words = ["a.json", "b.json", "--limit", "moments=1", "--html", "report.html"];
		const compared = spawnSync(process.execPath, ["--import", WINDOWS, MAIN, "compare", ...words], {
			cwd,
			encoding: "utf8",
		});
		expect([compared.status, compared.stderr]).toEqual([0, "The page is in report.html.\n"]);
		expect(compared.stdout).toContain("Go: B can take the place of A.");
		expect(readFileSync(join(cwd, "report.html"), "utf8")).toContain("</html>");
	});

	it("the demo runs on its store and serves riders", async () => {
		const words = ["--import", WINDOWS, MAIN, "run", "--port", "0", "--admin-port", "0", "--json"];
		const child = spawn(process.execPath, words, { cwd: scratch(), stdio: ["ignore", "pipe", "pipe"] });
		const ended = new Promise((resolve) => child.once("close", resolve));
		cleanups.push(async () => {
			child.kill("SIGKILL");
			await ended;
		});
		const feed = await new Promise<string>((resolve, reject) => {
			let out = "";
			let err = "";
			child.stderr.on("data", (chunk: Buffer) => {
				err += chunk.toString();
			});
			child.stdout.on("data", (chunk: Buffer) => {
				out += chunk.toString();
				const line = out.split("\n").find((one) => one.includes('"event":"started"'));
				if (line) resolve((JSON.parse(line) as { feeds: string[] }).feeds[0] as string);
			});
			child.once("exit", () => reject(new Error(`the demo ended: ${out}${err}`)));
		});
		const answer = await fetch(feed);
		expect(answer.status).toBe(200);
	});
});
