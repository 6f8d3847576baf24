import {
	appendFileSync,
	cpSync,
	readFileSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../scratch-directory.js";
import { ROOT } from "../tidy/repository.js";
import { crashRun } from "./crash-run.js";
import { canLookAtLocks } from "./frozen.js";
import { type Effect, SinkBook } from "./sink-book.js";
import { ArchiveReader } from "./sinks.js";

const report = (vehicleId: string, second: number): Effect => ({
	feed: "pushed",
	vehicleId,
	eventTime: `2026-01-05T12:00:${String(second).padStart(2, "0")}.000Z`,
});

let directory: ReturnType<typeof scratchDirectory>;
beforeEach(() => {
	directory = scratchDirectory();
});
afterEach(() => directory.remove());

describe("what a sink may say", () => {
	it("finds what took effect twice, what came out of order, and what never came", () => {
		const book = new SinkBook("archive");
		book.settle(report("1", 5));
		const mark = book.settle(report("1", 7));
		book.take(report("1", 5));
		book.settle(report("2", 6));
		expect(book.missing(mark)).toEqual(["pushed 1 2026-01-05T12:00:07.000Z"]);
		book.take(report("1", 7));
		expect([book.missing(mark), book.findings]).toEqual([[], []]);
		expect(book.missing()).toEqual(["pushed 2 2026-01-05T12:00:06.000Z"]);
		book.take(report("1", 6));
		book.take(report("1", 7));
		expect(book.findings).toEqual([
			"archive: pushed 1 2026-01-05T12:00:06.000Z came after the report of 2026-01-05T12:00:07.000Z",
			"archive: pushed 1 2026-01-05T12:00:07.000Z took effect twice",
		]);
	});

	it("owes again what a file lost", () => {
		const book = new SinkBook("archive");
		book.settle(report("1", 5));
		book.undo(book.take(report("1", 5)));
		expect([book.missing(), book.effects]).toEqual([["pushed 1 2026-01-05T12:00:05.000Z"], 0]);
		book.take(report("1", 4));
		book.take(report("1", 5));
		expect([book.missing(), book.findings]).toEqual([[], []]);
	});

	it("reads a file that is cut and written anew as what it says at the end", () => {
		const path = join(directory.path, "archive.ndjson");
		const line = (second: number) => `${JSON.stringify(report("1", second))}\n`;
		const archive = new ArchiveReader(path);
		archive.read();
		writeFileSync(path, `${line(1)}${line(2)}${line(3)}{"torn`);
		archive.read();
		expect(archive.book.effects).toBe(3);
		truncateSync(path, line(1).length);
		appendFileSync(path, `${line(3)}${line(4)}`);
		archive.read();
		expect([archive.book.effects, archive.book.findings]).toEqual([3, []]);
		appendFileSync(path, line(3));
		archive.read();
		expect(archive.book.findings.length).toBeGreaterThan(0);
	});
});

describe("a hub that is killed under load", () => {
	it("keeps every promise", { timeout: 300_000 }, async () => {
		const summary = await crashRun({ kills: 4, seed: 7 });
		expect(summary.failed).toEqual([]);
		expect(summary.kills).toBe(4);
		expect(summary.pushed.accepted).toBeGreaterThan(0);
		expect(summary.polled).toBeGreaterThan(0);
		expect(summary.archived).toBeGreaterThanOrEqual(summary.pushed.accepted + summary.polled);
		expect(summary.looked).toBe(canLookAtLocks() ? 4 : 0);
		if (canLookAtLocks()) expect(summary.openCommits).toBeGreaterThan(0);
	});

	it("is found out when it answers before its store has what it answers for", {
		timeout: 300_000,
	}, async () => {
		const planted = directory.path;
		cpSync(join(ROOT, "dist"), join(planted, "dist"), { recursive: true });
		cpSync(join(ROOT, "package.json"), join(planted, "package.json"));
		symlinkSync(join(ROOT, "node_modules"), join(planted, "node_modules"), "junction");
		const file = join(planted, "dist/sources/http-push.js");
		const text = readFileSync(file, "utf8");
		expect(text.split("await context.receive(")).toHaveLength(2);
		writeFileSync(file, text.replace("await context.receive(", "void context.receive("));
		const main = join(planted, "dist/cli/main.js");
		const summary = await crashRun({ kills: 30, seed: 7, main, catchUpMs: 15_000 });
		rmSync(summary.folder, { recursive: true, force: true });
		expect(summary.failed).toEqual([expect.stringMatching(/settled reports have not come .*pushed push-/)]);
	});
});
