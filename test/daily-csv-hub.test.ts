import { describe, expect, it } from "vitest";
import { BUILTINS } from "../src/config/builtins.js";
import { loadConfig } from "../src/config/load.js";
import { createHub, type Hub } from "../src/hub.js";
import { auditLedger } from "../src/log/audit.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { Failure } from "../src/model/failure.js";
import { recordId } from "../src/model/record.js";
import { HOUR_MS, MINUTE_MS } from "../src/model/units.js";
import type { HttpResponse } from "../src/runtime/http.js";
import { MemoryFiles } from "../src/simulation/drills/memory-files.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";
import { allRecords } from "./intake-world.js";

/** A Monday, noon. The service day ends at 3:00 and is closed at 5:00. */
const START = Date.parse("2026-01-05T12:00:00Z");
const CONFIG = `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams: [{ source: { type: http-poll, url: http://buses.test/v, every: 10m, history: none }, decoder: gtfs-realtime }]
sinks:
  planning: { type: daily-csv, directory: /planning, timezone: UTC, times: utc, file: "avl_{day}.csv" }
routes:
  - { from: buses, to: planning, mode: every }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;

/** A hub in virtual time that can be killed at any commit, and the share that it writes to. */
class World {
	/** Reports that a modem sends late: moments of them, with the next answer. */
	readonly backlog: number[] = [];
	readonly files = new MemoryFiles({ beforeAppend: async () => undefined });
	readonly time = createVirtualRuntime({
		startTime: START,
		files: this.files,
		http: { request: async () => this.#answer() },
	});
	readonly #storage = new MemoryStorage(2);
	/** Commits until the process dies; Infinity: it lives. */
	commitsLeft = Number.POSITIVE_INFINITY;
	log = this.#open();

	async start(): Promise<Hub> {
		const { config } = await loadConfig(CONFIG, "/", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: {},
			skipEnvironment: true,
		});
		if (config === undefined) throw new Error("the configuration does not pass");
		const hub = createHub(config, { runtime: this.time.runtime, log: this.log, version: "9.9.9" });
		await hub.start();
		return hub;
	}

	/** Nothing more of this process reaches the store, and the next one begins. */
	async restart(hub: Hub): Promise<Hub> {
		this.commitsLeft = 0;
		const closed = hub.close();
		await this.time.advance(20_000);
		await closed;
		await this.log.close();
		this.commitsLeft = Number.POSITIVE_INFINITY;
		this.log = this.#open();
		return this.start();
	}

	async until(time: string): Promise<void> {
		await this.time.advance(Date.parse(time) - this.time.runtime.clock.now());
	}

	/** Rows of a closed day: event time and id; undefined while there is no file. */
	async day(day: string): Promise<readonly { readonly time: string; readonly id: string }[] | undefined> {
		const path = `/planning/avl_${day}.csv`;
		if ((await this.files.stat(path)) === undefined) return undefined;
		const [header = "", ...lines] = this.files.textOf(path).trimEnd().split("\n");
		const names = header.split(",");
		return lines.map((line) => {
			const cells = line.split(",");
			return {
				time: cells[names.indexOf("eventTime")] ?? "",
				id: cells[names.indexOf("id")] ?? "",
			};
		});
	}

	#open() {
		const beforeCommit = () => {
			if (--this.commitsLeft < 0) throw new Failure("store.sync", "the process is dead");
		};
		return createMemoryLog({ storage: this.#storage, beforeCommit });
	}

	#answer(): HttpResponse {
		const now = Math.floor(this.time.runtime.clock.now() / 1000);
		const position = { latitude: 41.9, longitude: -87.6 };
		const late = this.backlog.splice(0).map((time) => ({ id: "late", timestamp: time / 1000 }));
		const entity = [{ id: "1", timestamp: now }, ...late].map(({ id, timestamp }, at) => ({
			id: `${at}`,
			vehicle: { vehicle: { id }, position, timestamp },
		}));
		const text = JSON.stringify({ header: { gtfsRealtimeVersion: "2.0", timestamp: now }, entity });
		const body = new TextEncoder().encode(text);
		return { status: 200, headers: { "content-type": "application/json" }, body, wireBytes: body.length };
	}
}

describe("closed days of a whole hub", () => {
	it.each([1, 2, 4])(
		"get what comes late in the file of its own day, also over restarts and a death after %s commits",
		async (commits) => {
			const world = new World();
			let hub = await world.start();
			await world.until("2026-01-06T04:58:00Z");
			expect(await world.day("2026-01-05")).toBeUndefined();
			await world.until("2026-01-06T05:02:00Z");
			const first = await world.day("2026-01-05");
			expect(first).toHaveLength((15 * HOUR_MS) / (10 * MINUTE_MS));
			expect(first?.at(-1)?.time).toBe("2026-01-06T02:50:00Z");

			hub = await world.restart(hub);
			const evening = Date.parse("2026-01-05T22:00:00Z");
			world.backlog.push(evening, evening + MINUTE_MS);
			world.commitsLeft = commits;
			await world.until("2026-01-06T08:00:00Z");
			hub = await world.restart(hub);
			world.backlog.push(evening + 2 * MINUTE_MS);
			await world.until("2026-01-06T10:00:00Z");
			const again = await world.day("2026-01-05");
			// What died with the process before it was stored is told by nobody: a poll has no position to go on from.
			const late = again?.slice(first?.length) ?? [];
			expect(again?.slice(0, first?.length)).toEqual(first);
			expect(late.map(({ time }) => time).at(-1)).toBe("2026-01-05T22:02:00Z");
			expect(await world.day("2026-01-06")).toBeUndefined();

			hub = await world.restart(hub);
			await world.until("2026-01-07T05:02:00Z");
			const records = (await allRecords(world.log)).filter(({ body }) => body.removed !== true);
			const dayOf = (time: number) => new Date(time - 3 * HOUR_MS).toISOString().slice(0, 10);
			for (const day of ["2026-01-05", "2026-01-06"]) {
				const wanted = records.filter(({ eventTime }) => dayOf(eventTime) === day).map(recordId);
				const rows = (await world.day(day))?.map(({ id }) => id) ?? [];
				expect(rows.toSorted()).toEqual(wanted.toSorted());
				expect(new Set(rows).size).toBe(rows.length);
			}
			const sinks = [{ name: "planning", feeds: ["buses"] }];
			expect(await auditLedger(world.log, { sinks })).toMatchObject({ balanced: true, findings: [] });
			const closed = hub.close();
			await world.time.advance(20_000);
			await closed;
		},
	);
});
