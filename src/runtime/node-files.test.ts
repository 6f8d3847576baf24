import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Failure } from "../model/failure.js";
import { createNodeFiles } from "./node-files.js";

const files = createNodeFiles();
let folder = "";

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "wayside-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const codeOf = (promise: Promise<unknown>): Promise<string> =>
	promise.then(
		() => "resolved",
		(thrown: Failure) => thrown.code,
	);

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}

describe("createNodeFiles", () => {
	it("replaces a file as a whole and leaves nothing beside it", async () => {
		const path = join(folder, "state.json");
		await files.writeAtomic(path, "one");
		await files.writeAtomic(path, Buffer.from("two"));
		expect((await files.read(path)).toString()).toBe("two");
		expect((await files.list(folder)).map((entry) => entry.name)).toEqual(["state.json"]);
	});

	it("reads any piece of a file, and says when the file ends before", async () => {
		const path = join(folder, "archive.zip");
		await writeFile(path, "0123456789");
		const file = await files.openRead(path);
		expect(file.size).toBe(10);
		expect(Buffer.from(await file.read(7, 3)).toString()).toBe("789");
		expect(Buffer.from(await file.read(0, 2)).toString()).toBe("01");
		expect(await codeOf(file.read(8, 3))).toBe("decode.truncated");
		await file.close();
		expect(await codeOf(files.openRead(join(folder, "missing")))).toBe("config.invalid");
	});

	it("puts a file in the place of another, and says which place it could not take", async () => {
		const [part, whole] = [join(folder, "day.part"), join(folder, "day.csv")];
		await writeFile(part, "new");
		await writeFile(whole, "old");
		await files.rename(part, whole);
		expect((await files.read(whole)).toString()).toBe("new");
		expect(await files.stat(part)).toBeUndefined();
		expect(await codeOf(files.rename(part, whole))).toBe("config.invalid");
	});

	it("lets the last of many replacements win", async () => {
		const path = join(folder, "state.json");
		await Promise.all(Array.from({ length: 20 }, (_, i) => files.writeAtomic(path, String(i))));
		expect((await files.read(path)).toString()).toBe("19");
	});

	it("replaces a set: none where one cannot be written, and all but the one whose place is taken", async () => {
		const [one, two, three] = ["one", "two", "three"].map((name) => join(folder, name)) as [
			string,
			string,
			string,
		];
		const set = (word: string, ...paths: string[]) =>
			paths.map((path) => ({ path, bytes: Buffer.from(word) }));
		await files.replaceAll(set("first", one, two, three));
		expect(await codeOf(files.replaceAll(set("second", one, two, join(folder, "none", "x"))))).toBe(
			"config.invalid",
		);
		const texts = async (...paths: string[]) =>
			Promise.all(paths.map(async (path) => Buffer.from(await files.read(path)).toString()));
		expect(await texts(one, two, three)).toEqual(["first", "first", "first"]);
		await files.remove(two);
		await files.makeDirectory(join(two, "inner"));
		await expect(files.replaceAll(set("third", one, two, three))).rejects.toThrow();
		expect(await texts(one, three)).toEqual(["third", "third"]);
		const left = (await files.list(folder)).map(({ name }) => name);
		expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
	});

	it("keeps the old content and cleans up when the new one cannot be put in place", async () => {
		const path = join(folder, "place");
		await files.makeDirectory(join(path, "inside"));
		expect(await codeOf(files.writeAtomic(path, "x"))).toBe("config.invalid");
		expect((await files.list(folder)).map((entry) => entry.name)).toEqual(["place"]);
		expect(await codeOf(files.writeAtomic(join(folder, "none", "x"), "x"))).toBe("config.invalid");
	});

	it("lists in order, skips links to nowhere, and knows what is absent", async () => {
		await writeFile(join(folder, "b.pb"), "bb");
		await writeFile(join(folder, "a.pb"), "a");
		await symlink(join(folder, "nowhere"), join(folder, "c.pb"));
		const entries = await files.list(folder);
		expect(entries.map(({ name, bytes, isDirectory }) => [name, bytes, isDirectory])).toEqual([
			["a.pb", 1, false],
			["b.pb", 2, false],
		]);
		expect(await files.stat(join(folder, "none"))).toBeUndefined();
		expect((await files.stat(folder))?.isDirectory).toBe(true);
	});

	it("names path and reason of what cannot be read", async () => {
		const path = join(folder, "none");
		const failure = (await files.read(path).catch((thrown) => thrown)) as Failure;
		expect(failure.code).toBe("config.invalid");
		expect(failure.message).toContain(path);
		expect(failure.message).toContain("does not exist");
		expect(await codeOf(files.read(folder))).toBe("config.invalid");
		expect(await codeOf(files.list(path))).toBe("config.invalid");
	});

	it("reads a large file in chunks, packed or not", async () => {
		const content = Buffer.alloc(1_000_000, "0123456789");
		await writeFile(join(folder, "plain"), content);
		await writeFile(join(folder, "packed.gz"), gzipSync(content));
		expect((await all(files.readChunks(join(folder, "plain")))).equals(content)).toBe(true);
		expect((await all(files.readChunks(join(folder, "packed.gz"), { gunzip: true }))).equals(content)).toBe(
			true,
		);
	});

	it("says what is wrong with packed data", async () => {
		await writeFile(join(folder, "liar.gz"), "not gzip");
		await writeFile(join(folder, "short.gz"), gzipSync("x".repeat(10_000)).subarray(0, 40));
		expect(await codeOf(all(files.readChunks(join(folder, "liar.gz"), { gunzip: true })))).toBe(
			"decode.format",
		);
		expect(await codeOf(all(files.readChunks(join(folder, "short.gz"), { gunzip: true })))).toBe(
			"decode.truncated",
		);
		expect(await codeOf(all(files.readChunks(join(folder, "none"))))).toBe("config.invalid");
	});

	it("stops reading when it is aborted, with the reason itself", async () => {
		await writeFile(join(folder, "plain"), Buffer.alloc(2_000_000));
		const stop = new AbortController();
		const reason = { why: "enough" };
		const read = async () => {
			for await (const _ of files.readChunks(join(folder, "plain"), { signal: stop.signal })) {
				stop.abort(reason);
			}
		};
		expect(await read().catch((thrown) => thrown)).toBe(reason);
	});

	it("appends, measures, cuts and goes on", async () => {
		const path = join(folder, "out.ndjson");
		const file = await files.openAppend(path);
		await file.append(Buffer.from("one\ntwo\nthr"));
		await file.sync();
		expect(await file.size()).toBe(11);
		await file.truncate(8);
		await file.append(Buffer.from("three\n"));
		await file.close();
		const again = await files.openAppend(path);
		expect(await again.size()).toBe(14);
		await again.close();
		expect(await readFile(path, "utf8")).toBe("one\ntwo\nthree\n");
	});

	it("measures the disk of a path that does not exist yet", async () => {
		const { freeBytes, totalBytes } = await files.space(join(folder, "not", "yet"));
		expect(freeBytes).toBeGreaterThan(0);
		expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
	});

	it("removes files and folders, and does not mind what is gone", async () => {
		await files.makeDirectory(join(folder, "a", "b"));
		await files.remove(join(folder, "a"));
		await files.remove(join(folder, "a"));
		expect(await files.list(folder)).toEqual([]);
	});
});
