import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { HAS_SSHD, SshServer } from "../../test/ssh-server.js";
import { Failure } from "../model/failure.js";
import type { VehicleLocation } from "../model/observation.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
import type { Files } from "../runtime/files.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { createVirtualRuntime, type VirtualRuntime } from "../simulation/virtual-runtime.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { batchOf, describeSinkContract, recordsFrom } from "../testing/sink-contract.js";
import { definition } from "./daily-csv.js";
import type { DeliverySink } from "./sink.js";

const NEVER = new AbortController().signal;
const WAIT = { timeout: 30_000, interval: 10 };
const runtime = createNodeRuntime();

interface Around {
	readonly files?: Files;
	readonly clock?: typeof runtime.clock;
	readonly events?: string[];
	readonly options?: object;
}

function createSink(
	baseDirectory: string,
	{ files, clock, events, options = {} }: Around = {},
): DeliverySink {
	const parsed = definition.options.parse({ directory: "out", timezone: "America/Chicago", ...options });
	return definition.create(parsed, {
		name: "planning",
		runtime: { ...runtime, files: files ?? runtime.files, clock: clock ?? runtime.clock },
		baseDirectory,
		secrets: {},
		onEvent: (level, code, message) => events?.push(`${level} ${code}: ${message}`),
	}) as DeliverySink;
}

const idsOf = (text: string): string[] => {
	const [head = [], ...rows] = parse(text) as string[][];
	return rows.map((row) => row[head.indexOf("id")] ?? "");
};
const idsIn = (path: string): string[] => (existsSync(path) ? idsOf(readFileSync(path, "utf8")) : []);

describeSinkContract("daily-csv", async () => {
	const directory = scratchDirectory();
	return {
		create: () => createSink(directory.path),
		received: async () => idsIn(join(directory.path, "out/.open/2026-01-05.part")),
		held: (text) => text.replaceAll(/[\ud800-\udfff](?![\udc00-\udfff])(?<![\ud800-\udbff].)/g, "\ufffd"),
		dispose: async () => directory.remove(),
	};
});

/** As the harness does it: write, commit, tell. */
async function deliver(sink: DeliverySink, records: readonly TransitRecord[], first = 0): Promise<string> {
	const done = await sink.write(batchOf(records, first), NEVER);
	expect(done.outcome).toBe("ok");
	sink.committed?.();
	return (done as { state: string }).state;
}

let folder: { readonly path: string; remove(): void };
beforeEach(() => {
	folder = scratchDirectory();
});
afterEach(() => folder.remove());

/** Service day 2026-01-05 of Chicago ends at 3:00 and is closed at 5:00, which is 11:00 UTC. */
const CLOSED = Date.parse("2026-01-06T11:00:00Z");
const virtualAt = (time: number) => createVirtualRuntime({ startTime: time });

/** Lets the sink look as often as it needs: the disk is a real one. */
async function until(virtual: VirtualRuntime, check: () => void): Promise<void> {
	await vi.waitFor(async () => {
		await virtual.advance(MINUTE_MS);
		check();
	}, WAIT);
}

describe("daily-csv", () => {
	const file = (day: string) => join(folder.path, "out", `${day}.csv`);
	const location = (body: Partial<VehicleLocation>, eventTime = NOON): TransitRecord =>
		sampleRecord({ eventTime, body: { kind: "vehicle_location", vehicleId: "101", ...body } });

	it("shows the file of a day when the day is closed and not before, whole, in the agency's time", async () => {
		const virtual = virtualAt(CLOSED - 2 * HOUR_MS);
		const events: string[] = [];
		const sink = createSink(folder.path, { clock: virtual.runtime.clock, events });
		await sink.open(undefined);
		const night = Date.parse("2026-01-06T02:30:00-06:00");
		await deliver(sink, [
			location({
				tripId: "4711",
				gtfsRouteId: "66",
				directionId: 0,
				blockId: "B,1",
				latitude: 41.8781,
				longitude: -87.6298,
				scheduleDeviationS: -42,
			}),
			location({ vehicleId: "9" }, night),
		]);
		await virtual.advance(2 * HOUR_MS - 2 * MINUTE_MS);
		expect(existsSync(file("2026-01-05"))).toBe(false);
		await until(virtual, () => expect(existsSync(file("2026-01-05"))).toBe(true));
		expect(virtual.runtime.clock.now()).toBeGreaterThanOrEqual(CLOSED);
		expect(readFileSync(file("2026-01-05"), "utf8")).toBe(
			"serviceDay,eventTime,vehicleId,tripId,gtfsRouteId,directionId,blockId,latitude,longitude,stopId,currentStopSequence,scheduleDeviationS,id,revision\n" +
				'2026-01-05,2026-01-05T06:00:00-06:00,101,4711,66,0,"B,1",41.8781,-87.6298,,,-42,vehicle_location/metro:101/1767614400000,0\n' +
				"2026-01-05,2026-01-06T02:30:00-06:00,9,,,,,,,,,,vehicle_location/metro:101/1767688200000,0\n",
		);
		await vi.waitFor(() => expect(events).toEqual(["info sink.day_issued: Issued 2026-01-05.csv"]), WAIT);
		await sink.close();
		expect(readdirSync(join(folder.path, "out")).sort()).toEqual([".open", "2026-01-05.csv"]);
	});

	it("writes what the package asks for: names, separator, UTC, other kinds", async () => {
		const virtual = virtualAt(CLOSED);
		const options = {
			file: "avl_{day}.txt",
			separator: ";",
			times: "utc",
			columns: [{ name: "Vehicle; no", field: "vehicleId" }, "kind", "stopId", "arrivalTime", "isLate"],
		};
		const sink = createSink(folder.path, { clock: virtual.runtime.clock, options });
		await sink.open(undefined);
		const body = { kind: "stop_visit", stopId: "A;1", vehicleId: "7", arrivalTime: NOON } as const;
		await deliver(sink, [sampleRecord({ body }), sampleRecord({ vehicle: "8", flags: ["late"] })]);
		const path = join(folder.path, "out/avl_2026-01-05.txt");
		await until(virtual, () => expect(existsSync(path)).toBe(true));
		expect(readFileSync(path, "utf8")).toBe(
			'"Vehicle; no";kind;stopId;arrivalTime;isLate\n7;stop_visit;"A;1";2026-01-05T12:00:00Z;false\n8;vehicle_location;;;true\n',
		);
		await sink.close();
	});

	it("issues a closed day again with what came late, whole, and not more often than it is told to", async () => {
		const virtual = virtualAt(CLOSED);
		const events: string[] = [];
		const sink = createSink(folder.path, { clock: virtual.runtime.clock, events });
		await sink.open(undefined);
		await deliver(sink, recordsFrom(0, 3));
		await until(virtual, () => expect(idsIn(file("2026-01-05"))).toHaveLength(3));
		await deliver(sink, recordsFrom(3, 1), 3);
		await virtual.advance(50 * MINUTE_MS);
		expect(idsIn(file("2026-01-05"))).toHaveLength(3);
		await virtual.advance(10 * MINUTE_MS);
		await until(virtual, () => expect(idsIn(file("2026-01-05"))).toEqual(recordsFrom(0, 4).map(recordId)));
		await vi.waitFor(() => expect(events.at(-1)).toMatch(/again, with what came late/), WAIT);
		await sink.close();
	});

	it("refuses what comes long after the day was closed, by its place in the batch, and says so", async () => {
		const sink = createSink(folder.path);
		await sink.open(undefined);
		const late = sampleRecord({ vehicle: "late", eventTime: NOON, receivedTime: CLOSED + 15 * DAY_MS });
		const done = await sink.write(batchOf([...recordsFrom(0, 1), late]), NEVER);
		expect(done).toMatchObject({
			outcome: "bad_records",
			rejected: [{ index: 1, message: expect.stringContaining("closed 15 days before") }],
		});
		await deliver(sink, recordsFrom(0, 1));
		await sink.close();
		expect(idsIn(join(folder.path, "out/.open/2026-01-05.part"))).toHaveLength(1);
	});

	it("shows every row once wherever the process dies, and does not issue again what is there", async () => {
		const virtual = virtualAt(CLOSED);
		let isDying = true;
		const files: Files = {
			...runtime.files,
			rename: async (from, to) => {
				if (isDying) throw new Failure("store.busy", "it is in use");
				await runtime.files.rename(from, to);
			},
		};
		const events: string[] = [];
		const first = createSink(folder.path, { clock: virtual.runtime.clock, files, events });
		await first.open(undefined);
		const state = await deliver(first, recordsFrom(0, 3));
		await until(virtual, () => expect(events[0]).toMatch(/^warn sink.files_failed: .*it is in use/));
		// A batch whose commit is lost with the process.
		await first.write(batchOf(recordsFrom(3, 1), 3), NEVER);
		await first.close();
		expect(existsSync(file("2026-01-05"))).toBe(false);

		isDying = false;
		const second = createSink(folder.path, { clock: virtual.runtime.clock, files, events });
		await second.open(state);
		await until(virtual, () => expect(idsIn(file("2026-01-05"))).toHaveLength(3));
		await deliver(second, recordsFrom(3, 1), 3);
		await virtual.advance(HOUR_MS);
		await until(virtual, () => expect(idsIn(file("2026-01-05"))).toEqual(recordsFrom(0, 4).map(recordId)));
		const last = await deliver(
			second,
			recordsFrom(4, 1).map((record) => ({ ...record, eventTime: CLOSED })),
			4,
		);
		await second.close();

		const before = events.length;
		const third = createSink(folder.path, { clock: virtual.runtime.clock, files, events });
		await third.open(last);
		await virtual.advance(3 * HOUR_MS);
		await third.close();
		expect(events.slice(before)).toEqual([]);
	});

	it("forgets a day long after nothing more is taken for it", async () => {
		const virtual = virtualAt(CLOSED);
		const sink = createSink(folder.path, { clock: virtual.runtime.clock, options: { keep: "1d" } });
		await sink.open(undefined);
		await deliver(sink, recordsFrom(0, 2));
		await until(virtual, () => expect(idsIn(file("2026-01-05"))).toHaveLength(2));
		await virtual.advance(3 * DAY_MS);
		const later = virtual.runtime.clock.now();
		let next = 2;
		await vi.waitFor(async () => {
			const record = sampleRecord({ vehicle: `${next}`, eventTime: later, receivedTime: later + next });
			await deliver(sink, [record], next++);
			expect(readdirSync(join(folder.path, "out/.open"))).toEqual(["2026-01-09.part"]);
		}, WAIT);
		await sink.close();
		expect(idsIn(file("2026-01-05"))).toHaveLength(2);
	});

	it("does not mix rows of two shapes in one file", async () => {
		const first = createSink(folder.path);
		await first.open(undefined);
		const state = await deliver(first, recordsFrom(0, 1));
		await first.close();
		const second = createSink(folder.path, { options: { columns: ["id", "vehicleId"] } });
		await expect(second.open(state)).rejects.toMatchObject({
			code: "config.invalid",
			message: expect.stringContaining("other columns"),
		});
	});

	it.each([
		["no day in the name", { file: "out.csv" }],
		["another folder in the name", { file: "../{day}.csv" }],
		["a field that is none", { columns: ["driver"] }],
		["a zone that is none", { timezone: "Chicago" }],
		["a path with a command in it", { sftp: { host: "h", user: "u", path: 'x"\nrm y' } }],
		["a host with an option in it", { sftp: { host: "-oProxyCommand=x y", user: "u" } }],
	])("refuses %s", (_, more) => {
		const options = { directory: "out", timezone: "America/Chicago", ...more };
		expect(definition.options.safeParse(options).success).toBe(false);
	});

	it("knows when the service day ends, also on the days on which clocks change", async () => {
		for (const [day, end] of [
			["2026-03-07", "2026-03-08T08:00:00Z"],
			["2026-10-31", "2026-11-01T09:00:00Z"],
			["2026-12-31", "2027-01-01T09:00:00Z"],
		] as const) {
			const noon = Date.parse(`${day}T18:00:00Z`);
			const virtual = virtualAt(Date.parse(end) - MINUTE_MS);
			const sink = createSink(folder.path, {
				clock: virtual.runtime.clock,
				options: { closeAfter: "0s", directory: day },
			});
			await sink.open(undefined);
			await deliver(sink, [sampleRecord({ eventTime: noon, receivedTime: noon })]);
			expect(existsSync(join(folder.path, day, `${day}.csv`))).toBe(false);
			await until(virtual, () => expect(existsSync(join(folder.path, day, `${day}.csv`))).toBe(true));
			await sink.close();
		}
	});
});

const TITLE = HAS_SSHD
	? ""
	: " (skipped: OpenSSH is not installed; on Debian: apt-get install openssh-server openssh-client)";

describe.skipIf(!HAS_SSHD)(`daily-csv over SFTP${TITLE}`, () => {
	let server: SshServer;
	beforeAll(async () => {
		server = await SshServer.start();
	});
	afterAll(() => server.remove());
	const there = (name: string) => join(server.folder, name);
	const reach = (more: object = {}) => ({
		host: "127.0.0.1",
		port: server.port,
		user: server.user,
		identity: server.at("key"),
		knownHosts: server.at("known"),
		connectTimeout: "5s",
		...more,
	});
	/** A closed day with so many rows, and a sink that is about to issue it. */
	async function closedDay(sftp: object, rows = 3) {
		const virtual = virtualAt(CLOSED);
		const events: string[] = [];
		const sink = createSink(folder.path, { clock: virtual.runtime.clock, events, options: { sftp } });
		await sink.open(undefined);
		const state = await deliver(sink, recordsFrom(0, rows));
		return { virtual, events, sink, state };
	}

	it("sends a closed day under a name of its own and renames it, and again when late rows came", async () => {
		const { virtual, sink, events } = await closedDay(reach({ path: "a/b" }));
		mkdirSync(there("a"));
		await until(virtual, () => expect(idsIn(there("a/b/2026-01-05.csv"))).toHaveLength(3));
		await vi.waitFor(() => expect(events).toHaveLength(1), WAIT);
		expect(readdirSync(there("a/b"))).toEqual(["2026-01-05.csv"]);
		await deliver(sink, recordsFrom(3, 2), 3);
		await virtual.advance(HOUR_MS);
		await until(virtual, () => expect(idsIn(there("a/b/2026-01-05.csv"))).toHaveLength(5));
		await vi.waitFor(() => expect(events).toHaveLength(2), WAIT);
		expect(readdirSync(there("a/b"))).toEqual(["2026-01-05.csv"]);
		await sink.close();
		expect(readdirSync(join(folder.path, "out"))).toEqual([".open"]);
		rmSync(there("a"), { recursive: true });
	}, 60_000);

	it("goes on with a file that was broken off, also from another process, and does not send what is there", async () => {
		const first = await closedDay(reach(), 2000);
		await first.sink.close();
		const bytes = readFileSync(join(folder.path, "out/.open/2026-01-05.part"));
		// Marked, so that it shows whether it was sent again.
		const half = Buffer.from(bytes.subarray(0, bytes.length / 2)).fill("#");
		writeFileSync(there(".2026-01-05.csv.part"), half);
		const virtual = virtualAt(CLOSED);
		const events: string[] = [];
		const options = { sftp: reach() };
		const second = createSink(folder.path, { clock: virtual.runtime.clock, events, options });
		await second.open(first.state);
		await until(virtual, () => expect(events).toHaveLength(1));
		await second.close();
		const sent = readFileSync(there("2026-01-05.csv"));
		expect(sent.subarray(0, half.length).equals(half)).toBe(true);
		expect(sent.subarray(half.length).equals(bytes.subarray(half.length))).toBe(true);

		const third = createSink(folder.path, { clock: virtual.runtime.clock, events, options });
		await third.open(first.state);
		await virtual.advance(2 * MINUTE_MS);
		await new Promise((resolve) => runtime.clock.after(1500, () => resolve(undefined)));
		await third.close();
		expect(events).toHaveLength(1);
		rmSync(there("2026-01-05.csv"));
	}, 60_000);

	it("begins anew where what lies there is no beginning of the file", async () => {
		writeFileSync(there(".2026-01-05.csv.part"), "x".repeat(100_000));
		const { virtual, sink } = await closedDay(reach());
		await until(virtual, () => expect(idsIn(there("2026-01-05.csv"))).toHaveLength(3));
		await sink.close();
		rmSync(there("2026-01-05.csv"));
	}, 60_000);

	it.each([
		[
			"a key that is not let in",
			() => ({ identity: server.at("other") }),
			/^error sink.files_failed: .*(Permission denied|authorized keys)/,
		],
		[
			"a server that is another one",
			() => ({ knownHosts: server.at("authorized") }),
			/^error sink.files_failed: .*knownHosts/,
		],
		["a folder that it may not make", () => ({ path: "/proc/none" }), /^(error|warn) sink.files_failed: /],
		["nobody there", () => ({ port: 1 }), /^warn sink.files_failed: .*is the server running/],
	])(
		"keeps the rows and says what to mend: %s",
		async (_, wrong, said) => {
			const { virtual, events, sink } = await closedDay(reach(wrong()));
			await until(virtual, () => expect(events).toHaveLength(1));
			expect(events[0]).toMatch(said);
			// Deliveries go on: the rows are safe here.
			await deliver(sink, recordsFrom(3, 1), 3);
			await sink.close();
			expect(events).toHaveLength(1);
			expect(idsIn(join(folder.path, "out/.open/2026-01-05.part"))).toHaveLength(4);
		},
		60_000,
	);

	it.each([
		["says nothing", () => undefined],
		["hangs up", (socket: Socket) => socket.destroy()],
		["talks nonsense", (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n".repeat(2000))],
	])(
		"is not held up by a server that takes the connection and %s",
		async (_, behave) => {
			const sockets = new Set<Socket>();
			const bad = createServer((socket) => {
				sockets.add(socket);
				socket.on("error", () => undefined);
				behave(socket);
			});
			await new Promise<void>((resolve) => bad.listen(0, "127.0.0.1", resolve));
			const { port } = bad.address() as { port: number };
			const { virtual, events, sink } = await closedDay(reach({ port, connectTimeout: "1s" }));
			await until(virtual, () => expect(events).toHaveLength(1));
			expect(events[0]).toMatch(/sink.files_failed/);
			await sink.close();
			for (const socket of sockets) socket.destroy();
			bad.close();
		},
		60_000,
	);

	it("closes at once while a file is on its way", async () => {
		const silent = createServer((socket) => socket.on("error", () => undefined));
		await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
		const { port } = silent.address() as { port: number };
		const { virtual, events, sink } = await closedDay(reach({ port, connectTimeout: "60s" }));
		const asked: Socket[] = [];
		silent.on("connection", (socket) => asked.push(socket));
		await until(virtual, () => expect(asked).toHaveLength(1));
		await sink.close();
		expect(events).toEqual([]);
		for (const socket of asked) socket.destroy();
		silent.close();
	}, 60_000);
});
