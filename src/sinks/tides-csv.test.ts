import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { realData } from "../../test/real-data.js";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { type TableSchema, tableFaults } from "../../test/table-schema.js";
import { Failure } from "../model/failure.js";
import type { VehicleLocation } from "../model/observation.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { DAY_MS, HOUR_MS } from "../model/units.js";
import type { Files } from "../runtime/files.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { batchOf, describeSinkContract, recordsFrom } from "../testing/sink-contract.js";
import type { DeliverySink } from "./sink.js";
import { definition } from "./tides-csv.js";

const NEVER = new AbortController().signal;
const runtime = createNodeRuntime();

function createSink(
	baseDirectory: string,
	around: { files?: Files; clock?: typeof runtime.clock; events?: string[] } = {},
): DeliverySink {
	const options = definition.options.parse({
		directory: "tides",
		timezone: "America/Chicago",
		agency: "Metro",
	});
	const files = around.files ?? runtime.files;
	const clock = around.clock ?? runtime.clock;
	return definition.create(options, {
		name: "tides",
		runtime: { ...runtime, files, clock },
		baseDirectory,
		secrets: {},
		onEvent: (level, code) => around.events?.push(`${level} ${code}`),
	}) as DeliverySink;
}

const rowsIn = (path: string): string[][] =>
	existsSync(path) ? (parse(readFileSync(path)) as string[][]).slice(1) : [];
const idsIn = (path: string): string[] => rowsIn(path).map(([id = ""]) => id);

describeSinkContract("tides-csv", async () => {
	const directory = scratchDirectory();
	return {
		create: () => createSink(directory.path),
		received: async () => idsIn(join(directory.path, "tides/.open/2026-01-05.part")),
		held: (text) => text.replaceAll(/[\ud800-\udfff](?![\udc00-\udfff])(?<![\ud800-\udbff].)/g, "\ufffd"),
		dispose: async () => directory.remove(),
	};
});

describe("tides-csv", () => {
	let folder: { readonly path: string; remove(): void };
	beforeEach(() => {
		folder = scratchDirectory();
	});
	afterEach(() => folder.remove());
	const table = (day: string) => join(folder.path, "tides", day, "vehicle_locations.csv");
	const location = (body: Partial<VehicleLocation>, eventTime = NOON): TransitRecord =>
		sampleRecord({ eventTime, body: { kind: "vehicle_location", vehicleId: "101", ...body } });
	/** As the harness does it: write, commit, tell. */
	const deliver = async (sink: DeliverySink, records: TransitRecord[], first = 0) => {
		const done = await sink.write(batchOf(records, first), NEVER);
		expect(done.outcome).toBe("ok");
		sink.committed?.();
		return (done as { state: string }).state;
	};

	it("writes a package per service date that readers see whole, with the columns of TIDES in their order", async () => {
		const sink = createSink(folder.path);
		await sink.open(undefined);
		const record = location({
			tripId: "4711",
			serviceDate: "20260105",
			latitude: 41.8781,
			longitude: -87.6298,
			headingDeg: 90,
			speedMps: 8.5,
			odometerM: 1200,
			scheduleDeviationS: -42.4,
			currentStopSequence: 7,
			stopId: 'Main "and" 1st, north',
			currentStatus: "stopped_at",
			gpsQuality: "good",
		});
		await deliver(sink, [record]);
		expect(existsSync(table("2026-01-05"))).toBe(false);
		await sink.close();
		expect(readFileSync(table("2026-01-05"), "utf8")).toBe(
			"location_ping_id,service_date,event_timestamp,trip_id_performed,trip_id_scheduled,trip_stop_sequence," +
				"scheduled_stop_sequence,vehicle_id,device_id,pattern_id,stop_id,current_status,latitude,longitude," +
				"gps_quality,heading,speed,odometer,schedule_deviation,headway_deviation,trip_type,schedule_relationship\n" +
				"vehicle_location/metro:101/1767614400000,2026-01-05,2026-01-05T12:00:00Z,4711,4711,,7,101,,," +
				'"Main ""and"" 1st, north",Stopped at,41.8781,-87.6298,Good,90,8.5,1200,-42,,,\n',
		);
		const described = JSON.parse(
			readFileSync(join(folder.path, "tides/2026-01-05/datapackage.json"), "utf8"),
		) as { agency: string; resources: { path: string; schema: string }[] };
		expect(described.agency).toBe("Metro");
		expect(described.resources.map(({ path }) => path)).toEqual(["vehicle_locations.csv"]);
		expect(readdirSync(join(folder.path, "tides/2026-01-05"))).toEqual([
			"datapackage.json",
			"vehicle_locations.csv",
		]);
	});

	it("puts what runs beyond midnight into the day before, by the trip's own date or by the end of the service day", async () => {
		const sink = createSink(folder.path);
		await sink.open(undefined);
		const oneInTheMorning = Date.parse("2026-01-06T01:00:00-06:00");
		const fourInTheMorning = Date.parse("2026-01-06T04:00:00-06:00");
		await deliver(sink, [
			location({ vehicleId: "1" }, oneInTheMorning),
			location({ vehicleId: "2" }, fourInTheMorning),
			location({ vehicleId: "3", serviceDate: "20260105" }, fourInTheMorning),
			location({ vehicleId: "4", serviceDate: "20260106" }, oneInTheMorning),
			location({ vehicleId: "5", serviceDate: "19700101" }, fourInTheMorning),
			{ ...location({ vehicleId: "6" }, NOON + 900 * DAY_MS), flags: ["future"] },
		]);
		await sink.close();
		const vehicles = (day: string) => rowsIn(table(day)).map((row) => row[7]);
		expect(vehicles("2026-01-05")).toEqual(["1", "3", "6"]);
		expect(vehicles("2026-01-06")).toEqual(["2", "4", "5"]);
	});

	it("shows committed rows as time goes on, and appends late ones to the file of their day", async () => {
		const virtual = createVirtualRuntime();
		const sink = createSink(folder.path, { clock: virtual.runtime.clock });
		await sink.open(undefined);
		const old = recordsFrom(0, 3);
		await deliver(sink, old);
		await virtual.advance(5 * 60_000);
		await expectShown(table("2026-01-05"), old);
		// Days later the working file of that day is gone, and a late report finds its way into the same file.
		const later = NOON + 3 * DAY_MS;
		await virtual.advance(2 * HOUR_MS);
		let next = 3;
		// The disk is a real one: how many batches pass until the file is shown and forgotten is not for the test to say.
		const isForgotten = async () => {
			await deliver(sink, [location({}, later + next * 1000)], next++);
			expect(readdirSync(join(folder.path, "tides/.open"))).toEqual(["2026-01-08.part"]);
		};
		await vi.waitFor(isForgotten, { timeout: 30_000, interval: 5 });
		const late = sampleRecord({ vehicle: "late", receivedTime: NOON + 1 });
		const state = await deliver(sink, [late], next);
		expect(Object.keys((JSON.parse(state) as { days: object }).days)).toEqual(["2026-01-08", "2026-01-05"]);
		await sink.close();
		await expectShown(table("2026-01-05"), [...old, late]);
	});

	it("takes back nothing that readers have seen, and shows a late row once after a crash before its commit", async () => {
		const first = createSink(folder.path);
		await first.open(undefined);
		const old = recordsFrom(0, 3);
		const state = await deliver(first, old);
		const late = sampleRecord({ vehicle: "late", receivedTime: NOON + 1 });
		await first.write(batchOf([late], 3), NEVER);
		await first.close();
		await expectShown(table("2026-01-05"), old);
		appendFileSync(join(folder.path, "tides/.open/2026-01-05.part"), "half a ro");
		writeFileSync(join(folder.path, "tides/.open/2026-01-09.part"), "of a batch that was never committed\n");

		const second = createSink(folder.path);
		await second.open(state);
		expect(readdirSync(join(folder.path, "tides/.open"))).toEqual(["2026-01-05.part"]);
		await deliver(second, [late], 3);
		await second.close();
		await expectShown(table("2026-01-05"), [...old, late]);
	});

	it("begins again from what readers see where somebody removed the working file", async () => {
		const first = createSink(folder.path);
		await first.open(undefined);
		const state = await deliver(first, recordsFrom(0, 3));
		await first.close();
		rmSync(join(folder.path, "tides/.open"), { recursive: true });
		const second = createSink(folder.path);
		await second.open(state);
		await deliver(second, recordsFrom(3, 1), 3);
		await second.close();
		await expectShown(table("2026-01-05"), recordsFrom(0, 4));
	});

	it("refuses what the table cannot hold by its place in the batch, and leaves out what has no row in it", async () => {
		const sink = createSink(folder.path);
		await sink.open(undefined);
		const nameless = location({ vehicleId: undefined, tripId: "4711", serviceDate: "20260105" });
		const timeless = location({}, 9e15);
		const removal = {
			...location({ vehicleId: "9" }),
			body: { ...location({}).body, removed: true as const },
		};
		const refused = await sink.write(batchOf([location({}), nameless, timeless, removal]), NEVER);
		expect(refused).toMatchObject({ outcome: "bad_records", rejected: [{ index: 1 }, { index: 2 }] });
		await deliver(sink, [location({}), removal]);
		await sink.close();
		expect(rowsIn(table("2026-01-05"))).toHaveLength(1);
	});

	it.each([
		["store.full", "transient"],
		["store.sync", "bad_sink"],
	] as const)("writes a batch anew whose append failed (%s is %s)", async (code, outcome) => {
		let isFailing = false;
		const files: Files = {
			...runtime.files,
			openAppend: async (path) => {
				const file = await runtime.files.openAppend(path);
				const append = async (bytes: Uint8Array) => {
					await file.append(isFailing ? bytes.subarray(0, bytes.length / 2) : bytes);
					if (isFailing) throw new Failure(code, "the disk said no");
				};
				return { ...file, append };
			},
		};
		const sink = createSink(folder.path, { files });
		await sink.open(undefined);
		await deliver(sink, recordsFrom(0, 2));
		isFailing = true;
		expect((await sink.write(batchOf(recordsFrom(2, 2), 2), NEVER)).outcome).toBe(outcome);
		isFailing = false;
		await deliver(sink, recordsFrom(2, 2), 2);
		await sink.close();
		await expectShown(table("2026-01-05"), recordsFrom(0, 4));
	});

	it("says once that readers' files cannot be replaced, and when they are again", async () => {
		const virtual = createVirtualRuntime();
		const events: string[] = [];
		let isFailing = true;
		const files: Files = {
			...runtime.files,
			rename: async (from, to) => {
				if (isFailing) throw new Failure("store.busy", "somebody reads it");
				await runtime.files.rename(from, to);
			},
		};
		const sink = createSink(folder.path, { files, clock: virtual.runtime.clock, events });
		await sink.open(undefined);
		await deliver(sink, recordsFrom(0, 1));
		await virtual.advance(20 * 60_000);
		await expect.poll(() => events).toEqual(["warn sink.files_failed"]);
		isFailing = false;
		await sink.close();
		expect(events).toEqual(["warn sink.files_failed", "info sink.files_written"]);
	});

	it("refuses a state that is none, and says how to repair it", async () => {
		const sink = createSink(folder.path);
		for (const state of ["twelve", '{"days":{"../x":1}}', '{"days":{"2026-01-05":-1}}'])
			await expect(sink.open(state)).rejects.toMatchObject({ code: "store.corrupt" });
	});

	it("shows every record once and takes none back, wherever the process dies", async () => {
		const step = fc.record({
			days: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
			fate: fc.constantFrom("commit", "lose the commit", "die before the commit", "die while writing"),
			restMs: fc.constantFrom(0, 6 * 60_000, 2 * HOUR_MS),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
				rmSync(join(folder.path, "tides"), { recursive: true, force: true });
				let isDying = false;
				const files = dyingFiles(() => isDying);
				// The timers of a process die with it.
				let virtual = createVirtualRuntime();
				const expected = new Map<string, string[]>();
				let sink = createSink(folder.path, { files, clock: virtual.runtime.clock });
				let state = await sink.open(undefined);
				let offset = 0;
				for (const { days, fate, restMs } of steps) {
					const records = days.map((day, i) =>
						location({ vehicleId: `${offset + i}` }, NOON + day * DAY_MS + (offset + i) * 1000),
					);
					const batch = batchOf(records, offset);
					isDying = fate === "die while writing";
					if (fate !== "commit") await sink.write(batch, NEVER);
					isDying = false;
					if (fate.startsWith("die")) {
						const before = shown();
						virtual = createVirtualRuntime();
						sink = createSink(folder.path, { files, clock: virtual.runtime.clock });
						await sink.open(state);
						expect(shown()).toEqual(before);
					}
					state = await deliver(sink, records, offset);
					for (const [i, day] of days.entries()) {
						const name = `2026-01-0${5 + day}`;
						expected.set(name, [...(expected.get(name) ?? []), recordId(records[i] as TransitRecord)]);
					}
					offset += records.length;
					await virtual.advance(restMs);
					const isShown = async () => {
						await virtual.advance(6 * 60_000);
						expect(shown()).toEqual(Object.fromEntries(expected));
					};
					if (restMs > 0) await vi.waitFor(isShown, { timeout: 30_000, interval: 5 });
				}
				await sink.close();
				expect(shown()).toEqual(Object.fromEntries(expected));
			}),
			{ numRuns: 20 },
		);
	});

	/** The ids that readers see, by day, of packages that are whole. */
	function shown(): Record<string, string[]> {
		const days = readdirSync(join(folder.path, "tides")).filter((name) => name.startsWith("2026"));
		return Object.fromEntries(
			days
				.filter((day) => existsSync(join(folder.path, "tides", day, "datapackage.json")))
				.map((day) => [day, idsIn(table(day))]),
		);
	}

	/** A disk on which an append ends after half of its bytes. */
	function dyingFiles(isDying: () => boolean): Files {
		const openAppend = async (path: string) => {
			const file = await runtime.files.openAppend(path);
			const append = async (bytes: Uint8Array) => {
				await file.append(isDying() ? bytes.subarray(0, bytes.length / 2) : bytes);
				if (isDying()) throw new Failure("store.full", "the disk said no");
			};
			return { ...file, append };
		};
		return { ...runtime.files, openAppend };
	}

	const captured = realData();
	it.skipIf(captured === undefined)(
		"holds to the published schema of TIDES, whatever records say (skipped without captured input)",
		async () => {
			const schema = JSON.parse(
				readFileSync(join(captured as string, "tides/spec/vehicle_locations.schema.json"), "utf8"),
			) as TableSchema;
			const wild = [
				location({ vehicleId: 'NA, \r\n"x"', latitude: 91, longitude: 181, headingDeg: 359.9 }, NOON + 1),
				location({ speedMps: 1e-7, odometerM: 1e22, scheduleDeviationS: -0.4 }, NOON + 2500),
				location({ speedMps: -1, odometerM: -3, currentStopSequence: 0, gpsQuality: "poor" }, NOON + 3),
				location({ vehicleId: undefined, vehicleLabel: "Bus 7", currentStatus: "in_transit_to" }, NOON + 4),
				{ ...location({}, NOON + 4), revision: 2 },
				...recordsFrom(0, 50),
			];
			const sink = createSink(folder.path);
			await sink.open(undefined);
			await deliver(sink, wild);
			await sink.close();
			const text = readFileSync(table("2026-01-05"), "utf8");
			expect(tableFaults(text, schema)).toEqual([]);
			expect(tableFaults(text.replace("In transit to", "On its way"), schema)).toHaveLength(1);
			expect(tableFaults(text + text.slice(text.indexOf("\n") + 1), schema)).toHaveLength(wild.length);
		},
	);

	async function expectShown(path: string, records: readonly TransitRecord[]): Promise<void> {
		await expect.poll(() => idsIn(path)).toEqual(records.map(recordId));
	}
});
