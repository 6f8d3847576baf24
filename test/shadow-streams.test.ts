import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BUILTINS } from "../src/config/builtins.js";
import { Candidate } from "../src/intake/candidate.js";
import { CLOSED_DOOR } from "../src/intake/privacy.js";
import { readChosen } from "../src/intake/reading.js";
import { FeedGuards } from "../src/quality/guards/feed-guards.js";
import { GUARDS_DEFAULT } from "../src/quality/guards/guard.js";
import { realData } from "./real-data.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const MINUTE_MS = 60_000;
/** Frames before there is a candidate, and before it begins to read a tenth of the vehicles. */
const CANDIDATE_FROM = 120;
const CUTOVER_FROM = 140;
const [timezone, baseDirectory] = ["America/Chicago", "."];

type Mapping = Record<string, unknown> & { readonly fields: Record<string, unknown> };

function mappingOf(change: (mapping: Mapping) => Mapping = (mapping) => mapping) {
	const definition = BUILTINS.decoders.find(({ type }) => type === "mapping");
	if (definition === undefined) throw new Error("there is no mapping decoder");
	const file = fileURLToPath(new URL("../examples/mappings/capmetro-day-log.yaml", import.meta.url));
	const options = definition.options.parse(change(parse(readFileSync(file, "utf8")) as Mapping));
	return definition.create(options, { timezone, baseDirectory });
}

/** The day log as a feed: what was reported in each minute is a frame. */
function framesOf(root: string): { readonly bytes: Uint8Array; readonly receivedTime: number }[] {
	const path = join(root, "avl-day-logs/capmetro-austin/2015-03-08.csv.gz");
	const [head = "", ...rows] = gunzipSync(readFileSync(path)).toString("utf8").trim().split(/\r?\n/);
	const at = head.split(",").indexOf("timestamp");
	const minutes = new Map<number, string[]>();
	for (const row of rows) {
		const minute = Math.floor(Date.parse(row.split(",")[at] ?? "") / MINUTE_MS);
		if (Number.isNaN(minute)) continue;
		const list = minutes.get(minute) ?? [];
		list.push(row);
		minutes.set(minute, list);
	}
	return [...minutes]
		.sort(([a], [b]) => a - b)
		.map(([minute, list]) => ({
			bytes: new TextEncoder().encode([head, ...list].join("\n")),
			receivedTime: (minute + 1) * MINUTE_MS,
		}));
}

function tried(change: (mapping: Mapping) => Mapping, cutoverTime?: number) {
	const decoder = mappingOf();
	const candidate = new Candidate(
		{
			decoder: mappingOf(change),
			decoderName: "mapping@next",
			contract: undefined,
			steps: cutoverTime === undefined ? [] : [{ fromTime: cutoverTime, share: 0.1 }],
			worseMax: 0.05,
			guards: () => new FeedGuards({ config: GUARDS_DEFAULT }),
			reading: "next",
			plan: "next",
		},
		{ feed: "capmetro", upstream: 0, decoderName: "mapping@now", contract: undefined },
	);
	return { decoder, candidate, personal: CLOSED_DOOR, guards: new FeedGuards({ config: GUARDS_DEFAULT }) };
}

/** As intake does: the candidate is there after the guards of the feed have seen some hours of it. */
function readAll(reader: ReturnType<typeof tried>, frames: ReturnType<typeof framesOf>): number {
	let theirs = 0;
	for (const [at, frame] of frames.entries()) {
		const { candidate, ...alone } = reader;
		const { decoded, isTheirs } = readChosen(at < CANDIDATE_FROM ? alone : reader, { ...frame, offset: at });
		const { items, headerTime } = decoded;
		reader.guards.look({ items, headerTime, receivedTime: frame.receivedTime, isComplete: false });
		items.forEach((_, index) => {
			if (isTheirs?.(index)) theirs++;
		});
	}
	return theirs;
}

const unit = (word: string) => (mapping: Mapping) => ({
	...mapping,
	fields: { ...mapping.fields, speedMps: { path: "speed", unit: word } },
});

describe.skipIf(!folder)(`candidates on a real day of a bus fleet${skipped}`, () => {
	const frames = folder === undefined ? [] : framesOf(folder);

	it("finds nothing in a candidate that reads the same", () => {
		const reader = tried((mapping) => mapping, frames[CUTOVER_FROM]?.receivedTime);
		expect(readAll(reader, frames)).toBeGreaterThan(100);
		const report = reader.candidate.report();
		expect(frames.length).toBeGreaterThan(200);
		expect(report).toMatchObject({ state: "partial", problems: [], fields: [], rolledBack: undefined });
		expect(report.both).toBeGreaterThan(2000);
		expect([report.equal, report.only]).toEqual([report.both, { current: 0, candidate: 0 }]);
	});

	it("takes back one of another unit by the motion of the vehicles, though a tenth of them is read by it", () => {
		const reader = tried(unit("kn"), frames[CUTOVER_FROM]?.receivedTime);
		const other = tried((mapping) => unit("m/s")(mapping), frames[CUTOVER_FROM]?.receivedTime);
		readAll(reader, frames);
		readAll(other, frames);
		// A knot is 1.15 miles an hour: too little to tell by motion, and the report shows it.
		const [first] = reader.candidate.report().fields;
		expect(first?.path).toBe("speedMps");
		expect(first?.differ).toBeGreaterThan(1000);
		expect(other.candidate.report()).toMatchObject({
			state: "rolled_back",
			rolledBack: { reason: expect.stringContaining("speed_unit") },
		});
	});

	it("never lets one begin that does not find the vehicles", () => {
		const lost = (mapping: Mapping) => ({
			...mapping,
			fields: { ...mapping.fields, vehicleId: "no_such_column" },
		});
		const reader = tried(lost, frames[CUTOVER_FROM]?.receivedTime);
		expect(readAll(reader, frames)).toBe(0);
		expect(reader.candidate.report()).toMatchObject({ state: "rolled_back", share: 0 });
	});
});
