import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { recordId, type TransitRecord } from "../model/record.js";
import type { HttpRequest } from "../runtime/http.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { batchOf } from "../testing/sink-contract.js";
import { definition as dailyCsv } from "./daily-csv.js";
import { definition as ndjsonFile } from "./ndjson-file.js";
import type { DeliverySink, SinkContext, SinkDefinition } from "./sink.js";
import { definition as tidesCsv } from "./tides-csv.js";
import { definition as webhook } from "./webhook.js";

const runtime = createNodeRuntime();
const first = sampleRecord({ vehicle: "7", eventTime: NOON });
/** What `redecode` appends for it. */
const correction: TransitRecord = { ...first, revision: 1, flags: ["late", "redecoded"] };
const replayed = sampleRecord({ vehicle: "8", eventTime: NOON, flags: ["late", "replayed"] });

let folder: { readonly path: string; remove(): void };
beforeEach(() => {
	folder = scratchDirectory();
});
afterEach(() => folder.remove());
afterAll(() => runtime.close());

/** Delivers the report, its correction and a replayed one; answers what `seen` finds before the sink is closed. */
async function delivered<Options, Seen>(
	definition: SinkDefinition<Options>,
	options: object,
	seen: () => Seen,
	over: Partial<SinkContext["runtime"]> = {},
): Promise<Seen> {
	const sink = definition.create(definition.options.parse(options), {
		name: "partner",
		runtime: { ...runtime, ...over },
		baseDirectory: folder.path,
		secrets: {},
	}) as DeliverySink;
	await sink.open(undefined);
	try {
		const done = await sink.write(batchOf([first, correction, replayed]), new AbortController().signal);
		expect(done.outcome).toBe("ok");
		sink.committed?.();
		return seen();
	} finally {
		await sink.close();
	}
}

const TOLD = [
	{ id: recordId(first), revision: 0, flags: [] },
	{ id: recordId(first), revision: 1, flags: ["late", "redecoded"] },
	{ id: recordId(replayed), revision: 0, flags: ["late", "replayed"] },
];

describe("corrections and replayed records are marked as such", () => {
	it("in a webhook", async () => {
		const bodies: string[] = [];
		const request = async ({ body }: HttpRequest) => {
			bodies.push(typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array));
			return { status: 200, headers: {}, body: new Uint8Array(), wireBytes: 0 };
		};
		const seen = () =>
			bodies.flatMap((body) => (JSON.parse(body) as { data: { records: unknown[] } }).data.records);
		const records = await delivered(webhook, { url: "https://partner.test/in" }, seen, {
			http: { request },
		});
		expect(records).toMatchObject(TOLD);
	});

	it("in a file of lines", async () => {
		const lines = () => readFileSync(join(folder.path, "all.ndjson"), "utf8").trim().split("\n");
		const records = await delivered(ndjsonFile, { path: "all.ndjson" }, () =>
			lines().map((line) => JSON.parse(line) as unknown),
		);
		expect(records).toMatchObject(TOLD);
	});

	it("in TIDES, whose table has a place for the revision alone", async () => {
		const path = () => join(folder.path, "out/.open/2026-01-05.part");
		const options = { directory: "out", timezone: "America/Chicago", agency: "Metro" };
		const rows = await delivered(tidesCsv, options, () => parse(readFileSync(path())) as string[][]);
		const id = recordId(first);
		expect(rows.slice(1).map(([ping]) => ping)).toEqual([id, `${id}/revision/1`, recordId(replayed)]);
	});

	it("in closed days, in the columns that the package asks for", async () => {
		const path = () => join(folder.path, "out/.open/2026-01-05.part");
		const columns = ["id", "revision", "isLate", "flags"];
		const options = { directory: "out", timezone: "America/Chicago", columns };
		const rows = await delivered(dailyCsv, options, () => parse(readFileSync(path())) as string[][]);
		expect(rows.slice(1)).toEqual([
			[recordId(first), "0", "false", ""],
			[recordId(first), "1", "true", "late redecoded"],
			[recordId(replayed), "0", "true", "late replayed"],
		]);
	});
});
