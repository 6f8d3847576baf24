import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { alert, record, START, tripUpdate } from "../../test/rider-feed-world.js";
import { readMessage } from "../../test/validator/feed-message.js";
import { bodyOf, get } from "../../test/validator/publish.js";
import type { Files } from "../runtime/files.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { definition } from "./gtfs-realtime.js";
import type { ServingSink } from "./sink.js";

const NAMES = ["vehicle-positions", "trip-updates", "alerts", "trip-modifications"].flatMap((name) => [
	`${name}.pb`,
	`${name}.json`,
]);

const folders: string[] = [];
afterEach(async () => {
	for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folder(): Promise<string> {
	const path = await mkdtemp(join(tmpdir(), "wayside-feeds-"));
	folders.push(path);
	return path;
}

function hub(baseDirectory: string, startTime = START, files: Files = createNodeFiles()) {
	const events: string[] = [];
	const virtual = createVirtualRuntime({ startTime, files });
	const { clock } = virtual.runtime;
	const sink = definition.create(definition.options.parse({ directory: "feeds" }), {
		name: "rider-feed",
		runtime: virtual.runtime,
		baseDirectory,
		secrets: {},
		onEvent: (level, code, message) => events.push(`${level} ${code} ${message.replace(baseDirectory, "")}`),
	}) as ServingSink;
	let snapshot: string | undefined;
	return {
		sink,
		virtual,
		events,
		snapshot: () => snapshot,
		publish: () => {
			const publication = sink.publish(clock.now(), () => undefined);
			publication.reveal();
			snapshot = publication.snapshot ?? snapshot;
			return publication.state;
		},
	};
}

describe("the folder of published files", () => {
	it("holds what HTTP answers with, for every feed", async () => {
		const base = await folder();
		const { sink, publish } = hub(base);
		sink.apply([record(START), tripUpdate(START), alert(START)], false);
		publish();
		await sink.close();
		expect((await readdir(join(base, "feeds"))).sort()).toEqual([...NAMES].sort());
		for (const name of NAMES) {
			const file = await readFile(join(base, "feeds", name));
			expect(file.equals(Buffer.from(bodyOf(await get(sink, `/${name}`))))).toBe(true);
		}
		expect(sink.status(START)).toMatchObject({ filesTime: START, filesFailed: 0 });
	});

	it("never lacks a file or holds half of one, and never goes back, while the hub publishes and restarts", async () => {
		const base = await folder();
		let isOver = false;
		let reads = 0;
		const seen = new Set<number>();
		let snapshot: string | undefined;
		let present = hub(base);
		const fleet = (round: number) =>
			Array.from({ length: 300 }, (_, at) => record(START + round * 1000, { vehicleId: String(at) }));
		present.sink.apply([...fleet(0), alert(START)], false);
		present.publish();
		await present.sink.close();

		const reader = async () => {
			let last = 0;
			while (!isOver) {
				const [pb, json, alerts] = await Promise.all(
					["vehicle-positions.pb", "vehicle-positions.json", "alerts.pb"].map((name) =>
						readFile(join(base, "feeds", name)),
					),
				);
				const { header, entity } = readMessage(pb ?? new Uint8Array());
				expect(entity).toHaveLength(300);
				expect(header.timestamp).toBeGreaterThanOrEqual(last);
				last = header.timestamp ?? 0;
				seen.add(last);
				expect(JSON.parse(String(json)).entity).toHaveLength(300);
				expect(readMessage(alerts ?? new Uint8Array()).entity).toHaveLength(1);
				reads++;
			}
		};
		let broken: unknown;
		const reading = reader().catch((thrown: unknown) => {
			broken = thrown;
		});
		for (let round = 1; round <= 12; round++) {
			await present.virtual.advance(1000);
			const records = fleet(round);
			present.sink.apply(records, false);
			const state = present.publish();
			while (reads < round && broken === undefined) await setImmediate();
			if (round % 4 !== 0) continue;
			await present.sink.close();
			const next = hub(base, START + round * 1000);
			snapshot = present.snapshot() ?? snapshot;
			next.sink.restore(state, snapshot);
			next.sink.apply(records, true);
			present = next;
			present.publish();
		}
		await present.sink.close();
		isOver = true;
		await reading;
		expect(broken).toBeUndefined();
		expect(seen.size).toBeGreaterThan(3);
	});

	it("keeps the whole set as it was when one file cannot be written, says so once, and writes the next publication", async () => {
		const base = await folder();
		const real = createNodeFiles();
		let isFull = false;
		const files: Files = {
			...real,
			replaceAll: (set) =>
				isFull ? Promise.reject(new Error("no room is left on the disk")) : real.replaceAll(set),
		};
		const { sink, publish, virtual, events } = hub(base, START, files);
		const times = async () =>
			Promise.all(
				["alerts.pb", "trip-updates.pb"].map(
					async (name) => readMessage(await readFile(join(base, "feeds", name))).header.timestamp,
				),
			);
		publish();
		await sink.close();
		isFull = true;
		await virtual.advance(15_000);
		publish();
		await sink.close();
		await virtual.advance(15_000);
		publish();
		await sink.close();
		expect(await times()).toEqual([START / 1000, START / 1000]);
		expect(sink.status(START)).toMatchObject({ filesTime: START, filesFailed: 2 });
		expect(sink.status(START)["filesTrouble"]).toMatch(/no room is left/);
		isFull = false;
		await rm(join(base, "feeds"), { recursive: true });
		await virtual.advance(15_000);
		publish();
		await sink.close();
		await virtual.advance(15_000);
		publish();
		await sink.close();
		expect(await times()).toEqual([START / 1000 + 60, START / 1000 + 60]);
		expect(sink.status(START)["filesTrouble"]).toBeUndefined();
		expect(events).toEqual([
			"warn sink.files_failed The files in /feeds cannot be replaced, and stand as they were: no room is left on the disk",
			"info sink.files_written The files in /feeds are replaced again",
		]);
	});
});
