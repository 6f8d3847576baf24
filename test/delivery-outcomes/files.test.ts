import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, vi } from "vitest";
import { Failure, type FailureCode } from "../../src/model/failure.js";
import type { TransitRecord } from "../../src/model/record.js";
import { DAY_MS, MINUTE_MS } from "../../src/model/units.js";
import { deliveryFromThrown } from "../../src/routes/delivery-port.js";
import type { Files } from "../../src/runtime/files.js";
import { createNodeRuntime } from "../../src/runtime/node-runtime.js";
import { createVirtualRuntime } from "../../src/simulation/virtual-runtime.js";
import { definition as daily } from "../../src/sinks/daily-csv.js";
import { definition as ndjson } from "../../src/sinks/ndjson-file.js";
import type { Delivery, DeliverySink, SinkDefinition } from "../../src/sinks/sink.js";
import { definition as tides } from "../../src/sinks/tides-csv.js";
import { NOON, sampleRecord } from "../../src/testing/record-samples.js";
import { batchOf, recordsFrom } from "../../src/testing/sink-contract.js";
import { scratchDirectory } from "../scratch-directory.js";
import { HAS_SSHD } from "../ssh-server.js";
import { expectTreatedAs } from "./harness.js";
import { type Case, type Driver, describeTable, expectOutcome } from "./table.js";

const node = createNodeRuntime();
afterAll(() => node.close());
/** The service day of the sample records is closed then. */
const CLOSED = Date.parse("2026-01-06T11:00:00Z");

interface FileSink {
	readonly definition: SinkDefinition<never>;
	readonly options: object;
	/** Where it writes to, in its folder. */
	readonly path: string;
}
const NDJSON = { definition: ndjson, options: { path: "out/x.ndjson" }, path: "out/x.ndjson" };
const TIDES = {
	definition: tides,
	options: { directory: "out", timezone: "America/Chicago", agency: "Metro" },
	path: "out/.open/2026-01-05.part",
};
const DAILY = {
	definition: daily,
	options: { directory: "out", timezone: "America/Chicago" },
	path: "out/.open/2026-01-05.part",
};

interface Disk {
	/** What fails, and with which code. */
	readonly fails?: readonly [step: "openAppend" | "append" | "sync" | "rename", code: FailureCode];
	/** Before the sink is opened. */
	readonly before?: (folder: string) => void;
	readonly records?: readonly TransitRecord[];
	readonly options?: object;
	readonly state?: string;
	/** What the sink tells at last, once the day is over and time goes on. */
	readonly tells?: RegExp;
}

/** What a sink makes of two records on a disk of that kind. */
async function written(sink: FileSink, disk: Disk): Promise<Delivery> {
	const folder = scratchDirectory();
	const virtual = createVirtualRuntime({ startTime: CLOSED });
	const events: string[] = [];
	disk.before?.(folder.path);
	const options = sink.definition.options.parse({ ...sink.options, ...disk.options });
	const one = sink.definition.create(options, {
		name: "archive",
		runtime: { ...node, clock: virtual.runtime.clock, files: failing(disk.fails) },
		baseDirectory: folder.path,
		secrets: {},
		onEvent: (level, code, message) => events.push(`${level} ${code}: ${message}`),
	}) as DeliverySink;
	try {
		await one.open(disk.state);
		const given = await one.write(batchOf(disk.records ?? recordsFrom(0, 2)), new AbortController().signal);
		if (given.outcome === "ok") one.committed?.();
		const { tells } = disk;
		if (tells !== undefined) {
			await vi.waitFor(
				async () => {
					await virtual.advance(MINUTE_MS);
					expect(events.at(-1)).toMatch(tells);
				},
				{ timeout: 20_000, interval: 10 },
			);
		}
		return given;
	} catch (thrown) {
		return deliveryFromThrown(thrown);
	} finally {
		await one.close().catch(() => {
			// What does not close was told when it did not open.
		});
		folder.remove();
	}
}

function failing(fails: Disk["fails"]): Files {
	const [step, code] = fails ?? [];
	const check = (now: string, path: string) => {
		if (now === step)
			throw new Failure(code as FailureCode, `The disk says ${code} to ${now} of ${path.slice(-20)}`);
	};
	return {
		...node.files,
		rename: async (from, to) => {
			check("rename", from);
			await node.files.rename(from, to);
		},
		openAppend: async (path) => {
			check("openAppend", path);
			const file = await node.files.openAppend(path);
			let isWritten = false;
			return {
				size: () => file.size(),
				truncate: (bytes) => file.truncate(bytes),
				close: () => file.close(),
				append: async (bytes) => {
					if (step === "append") await file.append(bytes.subarray(0, bytes.length / 2));
					check("append", path);
					await file.append(bytes);
					isWritten = true;
				},
				sync: async () => {
					if (isWritten) check("sync", path);
					await file.sync();
				},
			};
		},
	};
}

const location = (body: object, more: object = {}) =>
	sampleRecord({ body: { kind: "vehicle_location", vehicleId: "101", ...body }, ...more });
const GONE = {
	...location({}),
	body: { kind: "vehicle_location", vehicleId: "101", removed: true } as const,
};
const ASSIGNMENT = sampleRecord({
	body: { kind: "stop_visit", vehicleId: "1", stopId: "A" } as TransitRecord["body"],
});

function driversOf(sink: FileSink): readonly Driver<Delivery>[] {
	const on = (name: string, disk: Disk) => (): readonly Case<Delivery>[] => [
		{ name, give: () => written(sink, disk) },
	];
	return [
		[/appended( to the working file of its day)? and synced/, on("a disk that works", {})],
		[/disk full/, on("no space for an append", { fails: ["append", "store.full"] })],
		[/disk full/, on("no space for a new file", { fails: ["openAppend", "store.full"] })],
		[/busy/, on("a file in use", { fails: ["append", "store.busy"] })],
		[/no permission/, on("a file of somebody else", { fails: ["openAppend", "config.invalid"] })],
		[
			/a folder in the way/,
			on("a folder of that name", {
				before: (folder) => mkdirSync(join(folder, sink.path), { recursive: true }),
			}),
		],
		[/failed sync/, on("a sync that failed", { fails: ["sync", "store.sync"] })],
	];
}

async function check(outcome: string, given: Delivery): Promise<void> {
	expectOutcome(outcome, given);
	await expectTreatedAs(given);
}

const as = (sink: { readonly definition: unknown }) => sink as unknown as FileSink;

describeTable<Delivery>(
	"`ndjson-file`",
	[
		...driversOf(as(NDJSON)),
		[/folder missing/, () => [{ name: "no folder yet", give: () => written(as(NDJSON), {}) }]],
	],
	check,
);

const FAILED = /sink\.files_failed/;
describeTable<Delivery>(
	"`tides-csv`",
	[
		...driversOf(as(TIDES)),
		[
			/without a vehicle/,
			() => [
				{
					name: "one of two",
					give: () =>
						written(as(TIDES), {
							records: [location({}), location({ vehicleId: undefined, tripId: "4711" })],
						}),
				},
			],
		],
		[
			/with a time that the calendar/,
			() => [
				{
					name: "one of two",
					give: () => written(as(TIDES), { records: [location({}), location({}, { eventTime: 9e15 })] }),
				},
			],
		],
		[
			/another kind of record/,
			() => [{ name: "a stop visit", give: () => written(as(TIDES), { records: [ASSIGNMENT] }) }],
		],
		[/a removal/, () => [{ name: "a removal", give: () => written(as(TIDES), { records: [GONE] }) }]],
		[
			/readers' files cannot be replaced/,
			() => [
				{
					name: "somebody reads them",
					give: () => written(as(TIDES), { fails: ["rename", "store.busy"], tells: FAILED }),
				},
			],
		],
	],
	check,
);

const LATE = sampleRecord({ eventTime: NOON, receivedTime: CLOSED + 15 * DAY_MS });
describeTable<Delivery>(
	"`daily-csv`",
	[
		...driversOf(as(DAILY)),
		[
			/came longer than `keep`/,
			() => [
				{ name: "one of two", give: () => written(as(DAILY), { records: [...recordsFrom(0, 1), LATE] }) },
			],
		],
		[/a removal/, () => [{ name: "a removal", give: () => written(as(DAILY), { records: [GONE] }) }]],
		[
			/the folder.* does not take a closed day/,
			() => [
				{
					name: "no rename",
					give: () => written(as(DAILY), { fails: ["rename", "config.invalid"], tells: FAILED }),
				},
			],
		],
		[
			/the server does not take a closed day.*nobody there/,
			() => [
				{
					name: HAS_SSHD ? "nobody listens" : "nobody listens (skipped: OpenSSH is not installed)",
					give: () =>
						written(
							as(DAILY),
							HAS_SSHD ? { options: { sftp: { host: "127.0.0.1", port: 1, user: "u" } }, tells: FAILED } : {},
						),
				},
			],
		],
		[
			/working file with other columns/,
			() => [
				{
					name: "columns of another configuration",
					give: () =>
						written(as(DAILY), {
							state: '{"days":{"2026-01-05":9}}',
							before: (folder) => {
								mkdirSync(join(folder, "out/.open"), { recursive: true });
								writeFileSync(join(folder, DAILY.path), "id,other\n");
							},
							options: { columns: ["id"] },
						}),
				},
			],
		],
	],
	check,
);
