import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { Failure } from "../model/failure.js";
import type { AppendFile, Files } from "../runtime/files.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { sampleRecord } from "../testing/record-samples.js";
import { batchOf, describeSinkContract, recordsFrom } from "../testing/sink-contract.js";
import { deliveryJson } from "./delivery-json.js";
import { definition } from "./ndjson-file.js";
import type { DeliverySink } from "./sink.js";

const NEVER = new AbortController().signal;
const runtime = createNodeRuntime();

function createSink(directory: string, files: Files = runtime.files): DeliverySink {
	const options = definition.options.parse({ path: "out/records.ndjson" });
	const context = { name: "archive", runtime: { ...runtime, files }, baseDirectory: directory, secrets: {} };
	return definition.create(options, context) as DeliverySink;
}

function idsIn(path: string): string[] {
	if (!existsSync(path)) return [];
	const text = readFileSync(path, "utf8");
	expect(text === "" || text.endsWith("\n")).toBe(true);
	return text
		.split("\n")
		.slice(0, -1)
		.map((line) => (JSON.parse(line) as { id: string }).id);
}

describeSinkContract("ndjson-file", async () => {
	const directory = scratchDirectory();
	return {
		create: () => createSink(directory.path),
		received: async () => idsIn(join(directory.path, "out/records.ndjson")),
		dispose: async () => directory.remove(),
	};
});

describe("ndjson-file", () => {
	const directories: { remove(): void }[] = [];
	const scratch = () => {
		const directory = scratchDirectory();
		directories.push(directory);
		return { directory: directory.path, path: join(directory.path, "out/records.ndjson") };
	};
	afterEach(() => {
		for (const directory of directories.splice(0)) directory.remove();
	});

	it("writes one line of delivery JSON per record and says how long the file is", async () => {
		const { directory, path } = scratch();
		const sink = createSink(directory);
		expect(await sink.open(undefined)).toBe("0");
		const record = sampleRecord();
		const done = await sink.write(batchOf([record]), NEVER);
		const text = readFileSync(path, "utf8");
		expect(text).toBe(`${deliveryJson(record)}\n`);
		expect(done).toEqual({ outcome: "ok", state: `${Buffer.byteLength(text)}` });
		await sink.close();
	});

	it("cuts off on open what lies beyond the committed length, and leaves a file alone that it did not know", async () => {
		const { directory, path } = scratch();
		const sink = createSink(directory);
		await sink.open(undefined);
		const done = await sink.write(batchOf(recordsFrom(0, 2)), NEVER);
		await sink.close();
		appendFileSync(path, '{"half a rec');
		const next = createSink(directory);
		await next.open((done as { state: string }).state);
		expect(idsIn(path)).toHaveLength(2);
		await next.close();

		writeFileSync(path, "an earlier line\n");
		const other = createSink(directory);
		expect(await other.open(undefined)).toBe("16");
		expect(readFileSync(path, "utf8")).toBe("an earlier line\n");
		await other.close();
	});

	it("goes on at the end of a file that somebody else shortened", async () => {
		const { directory, path } = scratch();
		const sink = createSink(directory);
		await sink.open(undefined);
		await sink.write(batchOf(recordsFrom(0, 2)), NEVER);
		truncateSync(path, 0);
		await sink.write(batchOf(recordsFrom(2, 2), 2), NEVER);
		expect(idsIn(path)).toHaveLength(2);
		await sink.close();
		const next = createSink(directory);
		await next.open("100000");
		await next.write(batchOf(recordsFrom(4, 1), 4), NEVER);
		expect(idsIn(path)).toHaveLength(3);
		await next.close();
	});

	it("refuses a committed length that is none, and says how to repair it", async () => {
		const { directory } = scratch();
		const sink = createSink(directory);
		await expect(sink.open("twelve")).rejects.toMatchObject({ code: "store.corrupt" });
		await sink.close();
	});

	it.each([
		["append", "store.full", "transient"],
		["sync", "store.sync", "bad_sink"],
	] as const)("writes a batch anew whose %s failed (%s is %s)", async (step, code, outcome) => {
		const { directory, path } = scratch();
		let failing = false;
		const files = failingFiles(() => (failing ? step : undefined), code);
		const sink = createSink(directory, files);
		await sink.open(undefined);
		await sink.write(batchOf(recordsFrom(0, 2)), NEVER);
		failing = true;
		const batch = batchOf(recordsFrom(2, 2), 2);
		expect((await sink.write(batch, NEVER)).outcome).toBe(outcome);
		failing = false;
		expect((await sink.write(batch, NEVER)).outcome).toBe("ok");
		expect(idsIn(path)).toHaveLength(4);
		await sink.close();
	});

	it("cannot be opened where a folder is in the way, and can when it has gone", async () => {
		const { directory, path } = scratch();
		await runtime.files.makeDirectory(path);
		const sink = createSink(directory);
		await expect(sink.open(undefined)).rejects.toBeInstanceOf(Failure);
		await runtime.files.remove(path);
		expect(await sink.open(undefined)).toBe("0");
		await sink.close();
	});
});

/** A disk whose next append or sync fails when told so, after half of the bytes were written. */
function failingFiles(
	failing: () => "append" | "sync" | undefined,
	code: "store.full" | "store.sync",
): Files {
	const fail = () => {
		throw new Failure(code, "the disk said no");
	};
	return {
		...runtime.files,
		openAppend: async (path) => {
			const file = await runtime.files.openAppend(path);
			const broken: AppendFile = {
				size: () => file.size(),
				append: async (bytes) => {
					const isFailing = failing() === "append";
					await file.append(isFailing ? bytes.subarray(0, bytes.length / 2) : bytes);
					if (isFailing) fail();
				},
				sync: async () => {
					if (failing() === "sync") fail();
					await file.sync();
				},
				truncate: (bytes) => file.truncate(bytes),
				close: () => file.close(),
			};
			return broken;
		},
	};
}
