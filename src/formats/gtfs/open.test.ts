import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../../test/gtfs-feed.js";
import { createNodeFiles } from "../../runtime/node-files.js";
import { openGtfs } from "./open.js";
import { formatGtfsTime, parseGtfsTime, parseServiceDate } from "./time.js";

const files = createNodeFiles();
let folder = "";

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "wayside-gtfs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("openGtfs", () => {
	it("finds the same tables in a zip and in a folder", async () => {
		for (const [name, content] of Object.entries(SMALL_FEED)) await writeFile(join(folder, name), content);
		await writeFile(join(folder, "readme.md"), "not a table");
		const zip = join(folder, "gtfs.zip");
		await writeFile(zip, zipOf(SMALL_FEED));
		const names: string[][] = [];
		for (const path of [folder, zip]) {
			const archive = await openGtfs(files, path);
			names.push([...archive.files.keys()].sort());
			const parts: Uint8Array[] = [];
			for await (const part of archive.files.get("trips.txt")?.open() ?? []) parts.push(part);
			expect(Buffer.concat(parts).toString()).toBe(SMALL_FEED["trips.txt"]);
			await archive.close();
		}
		expect(names[0]).toEqual(Object.keys(SMALL_FEED).sort());
		expect(names[1]).toEqual(names[0]);
	});

	it("says what to do when there is nothing, or no zip", async () => {
		const missing = join(folder, "missing.zip");
		await expect(openGtfs(files, missing)).rejects.toThrow(`There is no GTFS feed at ${missing}`);
		await writeFile(missing, "<html>");
		await expect(openGtfs(files, missing)).rejects.toThrow(
			/^The archive cannot be opened: .*[^.]\. Make the zip again, or copy it anew$/,
		);
	});
});

describe("times and dates of GTFS", () => {
	it("reads what GTFS allows and nothing else", () => {
		expect(["8:05:00", "08:05:00", "25:10:30", "24:00:00"].map(parseGtfsTime)).toEqual([
			29_100, 29_100, 90_630, 86_400,
		]);
		for (const bad of ["", "8:05", "08:60:00", "08:05:60", "-8:05:00", "8.05.00", "99:00:00", "+8:05:00"])
			expect(parseGtfsTime(bad), bad).toBeUndefined();
		expect([29_100, 90_630].map(formatGtfsTime)).toEqual(["08:05:00", "25:10:30"]);
		expect(["20240229", "20230229", "2024022", "2024-2-9", "00000000"].map(parseServiceDate)).toEqual([
			"20240229",
			undefined,
			undefined,
			undefined,
			undefined,
		]);
	});
});
