import { mkdir, mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../model/failure.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { describeStreamSource, sourceContext, testRuntime } from "../testing/source-contract.js";
import { definition } from "./file-replay.js";
import { timeInName } from "./file-replay-time.js";
import type { SourceContext, StreamItem } from "./source.js";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "wayside-replay-"));
	const write = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content);
	await mkdir(join(folder, "captures", "deeper"), { recursive: true });
	await write("captures/1707397161.b.pb", "two");
	await write("captures/1707397157.a.pb.gz", gzipSync("one"));
	await write("captures/1707397171.c.pb", "three");
	await write("captures/readme.txt", "not a capture");
	await write("captures/.hidden.pb", "no");
	await write("lines.ndjson", '\n{"t":10,"n":1}\r\n  \n{"t":12,"n":2}\n{"t":15,"n":3}');
	await write("empty.pb", "");
	await write("short.pb.gz", gzipSync("x\ny\n".repeat(100)).subarray(0, -4));
	await write("liar.gz", "no gzip");
	await write("long.txt", `${"x".repeat(3000)}\nshort\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (
	options: object,
	context: Partial<SourceContext> = {},
	cursor?: string,
	signal = new AbortController().signal,
) => {
	const source = definition.create(
		definition.options.parse(options),
		sourceContext({ baseDirectory: folder, ...context }),
	);
	if (source.kind !== "stream") throw new Error("file-replay streams");
	return source.open({ cursor, signal });
};
async function all(stream: AsyncIterable<StreamItem>): Promise<StreamItem[]> {
	const items: StreamItem[] = [];
	for await (const item of stream) items.push(item);
	return items;
}
const textsOf = (items: readonly StreamItem[]) => items.map(({ bytes }) => Buffer.from(bytes).toString());

describeStreamSource({
	definition: definition as never,
	options: () => ({ paths: ["captures", "lines.ndjson"], split: "lines", extensions: ["pb"] }),
	context: () => ({ baseDirectory: folder }),
	refused: {
		"no paths": {},
		"an empty list": { paths: [] },
		"a pace of nothing": { paths: "x", pace: "0x" },
		"a time from nowhere": { paths: "x", time: "guess" },
	},
	frames: 6,
});

describe("file-replay", () => {
	it("reads files and folders in order, unpacks, and says what is what", async () => {
		const items = await all(open({ paths: "captures", extensions: ["pb"] }));
		expect(textsOf(items)).toEqual(["one", "two", "three"]);
		expect(items[0]).toMatchObject({
			connection: "file captures/1707397157.a.pb.gz",
			meta: { name: "1707397157.a.pb", recordedTime: "1707397157000" },
		});
		expect(textsOf(await all(open({ paths: ["captures"] })))).toHaveLength(4);
	});

	it("makes a frame of every line that holds something", async () => {
		const items = await all(open({ paths: "lines.ndjson", split: "lines", time: "json:t" }));
		expect(textsOf(items)).toEqual(['{"t":10,"n":1}', '{"t":12,"n":2}', '{"t":15,"n":3}']);
		expect(items[1]?.meta).toEqual({ name: "lines.ndjson", recordedTime: "12000" });
	});

	it("hands over what is damaged, with the reason, and goes on", async () => {
		const items = await all(
			open({ paths: ["short.pb.gz", "liar.gz", "empty.pb", "long.txt"], frameLimit: "1KiB" }),
		);
		expect(items.map(({ meta, bytes }) => [meta?.["damage"], bytes.length])).toEqual([
			["decode.truncated", 400],
			["decode.format", 0],
			[undefined, 0],
			["cut at the frame limit", 1024],
		]);
		const lines = await all(open({ paths: ["long.txt", "liar.gz"], split: "lines", frameLimit: "1KiB" }));
		expect(lines.map(({ meta, bytes }) => [meta?.["damage"], bytes.length])).toEqual([
			["cut at the frame limit", 1024],
			[undefined, 5],
			["decode.format", 0],
		]);
	});

	it("says which path is missing, and which folder has nothing to play", async () => {
		for (const options of [{ paths: "nowhere" }, { paths: "captures", extensions: ["xml"] }]) {
			const failure = await all(open(options)).catch((thrown: unknown) => thrown);
			expect(failure).toBeInstanceOf(Failure);
			expect((failure as Failure).code).toBe("config.invalid");
		}
	});

	it.each(["", "null", "{", '{"v":1,"file":"gone.pb","next":1}', '{"v":1,"file":"lines.ndjson","next":"x"}'])(
		"begins at the beginning with a cursor that says nothing (%j)",
		async (cursor) => {
			expect(await all(open({ paths: "lines.ndjson", split: "lines" }, {}, cursor))).toHaveLength(3);
		},
	);

	it("goes on where files were removed that it had done", async () => {
		const own = await mkdtemp(join(tmpdir(), "wayside-replay-"));
		await writeFile(join(own, "a"), "a");
		await writeFile(join(own, "b"), "b");
		const first = (await all(open({ paths: "." }, { baseDirectory: own })))[0];
		await unlink(join(own, "a"));
		expect(textsOf(await all(open({ paths: "." }, { baseDirectory: own }, first?.cursor)))).toEqual(["b"]);
		await rm(own, { recursive: true });
	});

	it.each([
		["original", [0, 4000, 14_000]],
		["2x", [0, 2000, 7000]],
		["fast", [0, 0, 0]],
	])("keeps the pace %s", async (pace, expected) => {
		const virtual = createVirtualRuntime({ files: testRuntime.files });
		const start = virtual.runtime.clock.monotonic();
		const at: number[] = [];
		let done = false;
		const run = (async () => {
			for await (const _ of open(
				{ paths: "captures", extensions: ["pb"], pace },
				{ runtime: virtual.runtime },
			)) {
				at.push(virtual.runtime.clock.monotonic() - start);
			}
		})().finally(() => {
			done = true;
		});
		while (!done) {
			// Real files answer in real turns; virtual time moves only while the replay waits for it.
			if (virtual.pendingTimers() > 0) await virtual.advance(500);
			else await new Promise((resolve) => setImmediate(resolve));
		}
		await run;
		expect(at).toEqual(expected);
	});

	it("waits no longer than it may, and stops waiting when it is aborted", async () => {
		const virtual = createVirtualRuntime({ files: testRuntime.files });
		const stop = new AbortController();
		const reason = { why: "enough" };
		const options = { paths: "captures", extensions: ["pb"], pace: "original", waitMax: "1s" };
		const start = virtual.runtime.clock.monotonic();
		const at: number[] = [];
		const run = (async () => {
			for await (const _ of open(options, { runtime: virtual.runtime }, undefined, stop.signal)) {
				at.push(virtual.runtime.clock.monotonic() - start);
			}
		})().catch((thrown: unknown) => thrown);
		while (at.length < 2) {
			if (virtual.pendingTimers() > 0) await virtual.advance(500);
			else await new Promise((resolve) => setImmediate(resolve));
		}
		while (virtual.pendingTimers() === 0) await new Promise((resolve) => setImmediate(resolve));
		stop.abort(reason);
		expect(await run).toBe(reason);
		expect(at).toEqual([0, 1000]);
	});

	it("splits any text into its lines, whatever the chunks of the file are", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 }),
				fc.integer({ min: 1, max: 5 }),
				async (parts, size) => {
					const whole = Buffer.concat(parts);
					const files = {
						...testRuntime.files,
						async *readChunks() {
							for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
						},
					};
					const items = await all(
						open({ paths: "empty.pb", split: "lines" }, { runtime: { ...testRuntime, files } }),
					);
					const expected = whole
						.toString("latin1")
						.split("\n")
						.map((line) => line.replace(/\r$/, ""))
						.filter((line) => /[^ \t]/.test(line));
					expect(items.map(({ bytes }) => Buffer.from(bytes).toString("latin1"))).toEqual(expected);
				},
			),
		);
	});
});

describe("timeInName", () => {
	it.each([
		["1707397157.ace.pb", 1_707_397_157_000],
		["trip_update_1683740698.json", 1_683_740_698_000],
		["1707397157123.pb.gz", 1_707_397_157_123],
		["nyct_subways_gtfs_rt.2023-05-29T14-03-24-04-00.pb", Date.UTC(2023, 4, 29, 18, 3, 24)],
		["20230529_140324.xml", Date.UTC(2023, 4, 29, 14, 3, 24)],
		["2023-05-29T14:03:24+01:30.xml", Date.UTC(2023, 4, 29, 12, 33, 24)],
		["2023-02-31T14:03:24Z.xml", undefined],
		["0000000001.pb", undefined],
		["vehicles.pb", undefined],
		["170739715.pb", undefined],
	])("%s", (name, expected) => {
		expect(timeInName(name)).toBe(expected);
	});
});
