import { describe, expect, it } from "vitest";
import { BUILTINS } from "./config/builtins.js";
import { loadConfig } from "./config/load.js";
import { createHub, type Hub } from "./hub.js";
import { auditLedger } from "./log/audit.js";
import { createMemoryLog, MemoryStorage } from "./log/memory-log.js";
import { Failure } from "./model/failure.js";
import type { HttpRequest, HttpResponse } from "./runtime/http.js";
import { createVirtualRuntime } from "./simulation/virtual-runtime.js";
import { testRuntime } from "./testing/source-contract.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const KEPT_MS = 15 * MINUTE;
const BUSES = 10;
const PAGE = 40;
const BUDGET_BYTES_PER_S = 300;

const config = (current: string) => `
agencies: { metro: { timezone: UTC } }
feeds:
  queue:
    agency: metro
    upstreams:
      - source:
          type: http-poll
          url: http://queue.test/messages
          every: 5s
          history: 15m
          conditional: false
          cursor: { parameter: after, start: "0", from: "json:messages[].seq", sequence: "json:messages[].seq", more: "json:more"${current} }
        decoder:
          type: mapping
          records: "messages[]"
          fields: { vehicleId: bus, eventTime: { path: t, time: epoch-ms }, latitude: lat, longitude: lon }
        budget: { bytes: ${BUDGET_BYTES_PER_S}B/s }
sinks:
  riders: { type: gtfs-realtime, path: /gtfs-rt }
routes:
  - { from: queue, to: riders, mode: latest }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;
const WITH_CURRENT = ', current: { url: "http://queue.test/now" }';

interface Message {
	readonly seq: number;
	readonly bus: string;
	readonly t: number;
	readonly lat: number;
	readonly lon: number;
}

/** A queue that numbers what its buses report every ten seconds, purges it after a quarter of an hour, and can be cut off. */
class QueueWorld {
	readonly time = createVirtualRuntime({ http: { request: async (r) => this.#answer(r) } });
	readonly log = createMemoryLog({ storage: new MemoryStorage(2) });
	readonly asked: {
		readonly at: number;
		readonly path: string;
		readonly bytes: number;
		readonly first?: Message;
	}[] = [];
	readonly begin = this.time.runtime.clock.now();
	isCut = false;
	/** What the address of the present state answers; 0: nothing. */
	currentStatus = 200;
	hub: Hub | undefined;

	async start(current: string): Promise<Hub> {
		const { config: loaded, findings } = await loadConfig(config(current), "/nowhere", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: {},
			skipEnvironment: true,
		});
		if (loaded === undefined) throw new Error(JSON.stringify(findings));
		this.hub = createHub(loaded, { runtime: this.time.runtime, log: this.log, version: "9.9.9" });
		await this.hub.start();
		return this.hub;
	}

	async stop(): Promise<void> {
		const closed = this.hub?.close();
		await this.time.advance(10 * SECOND);
		await closed;
	}

	/** Age of the oldest position that riders see. */
	ridersAgeMs(): number {
		const newest = new Map<string, number>();
		for (const { key, eventTime } of this.records) newest.set(key, Math.max(newest.get(key) ?? 0, eventTime));
		return this.time.runtime.clock.now() - Math.min(...newest.values());
	}

	readonly records: { readonly key: string; readonly eventTime: number; readonly late: boolean }[] = [];

	#messages(): Message[] {
		const now = this.time.runtime.clock.now();
		const messages: Message[] = [];
		const newest = Math.floor((now - this.begin) / SECOND);
		for (let seq = Math.max(1, newest - KEPT_MS / SECOND); seq <= newest; seq++)
			messages.push({
				seq,
				bus: `b${seq % BUSES}`,
				t: this.begin + seq * SECOND,
				lat: 41.9 + seq * 1e-6,
				lon: -87.6,
			});
		return messages;
	}

	#answer({ url }: HttpRequest): HttpResponse {
		if (this.isCut) throw new Failure("net.refused", "queue.test cannot be reached");
		const { pathname, searchParams } = new URL(url);
		const all = this.#messages();
		const isNow = pathname === "/now";
		const after = Number(searchParams.get("after"));
		const page = isNow ? all.slice(-BUSES) : all.filter(({ seq }) => seq > after).slice(0, PAGE);
		const more = !isNow && (page.at(-1)?.seq ?? 0) < (all.at(-1)?.seq ?? 0);
		const body = new TextEncoder().encode(JSON.stringify({ messages: page, more }));
		const [first] = page;
		const status = isNow ? this.currentStatus : 200;
		this.asked.push({
			at: this.time.runtime.clock.now(),
			path: pathname,
			bytes: body.length,
			...(first && { first }),
		});
		if (status === 0) throw new Failure("net.timeout", "queue.test does not answer");
		return { status, headers: { "content-type": "application/json" }, body, wireBytes: body.length };
	}
}

/** An outage of ten minutes after five good ones, and how it is over. */
async function outage(current: string, currentStatus = 200) {
	const world = new QueueWorld();
	world.currentStatus = currentStatus;
	const hub = await world.start(current);
	hub.tap((records) => {
		for (const { key, eventTime, flags } of records)
			world.records.push({ key, eventTime, late: flags.includes("late") });
	});
	await world.time.advance(5 * MINUTE);
	world.isCut = true;
	await world.time.advance(10 * MINUTE);
	world.isCut = false;
	const before = world.asked.length;
	while (world.asked.length === before) await world.time.advance(SECOND);
	await world.time.advance(5 * SECOND);
	const ageMs = world.ridersAgeMs();
	await world.time.advance(10 * MINUTE);
	const asked = world.asked.slice(before);
	const { findings } = await auditLedger(world.log, { sinks: [{ name: "riders", feeds: ["queue"] }] });
	const spent = { most: mostInAMinute(world.asked), caughtUpMs: caughtUpMs(asked) };
	return { world, hub, ageMs, asked, findings, spent };
}

/** The most bytes that were sent in any minute. */
function mostInAMinute(asked: readonly { readonly at: number; readonly bytes: number }[]): number {
	return Math.max(
		...asked.map(({ at }) =>
			asked.filter((one) => one.at > at - MINUTE && one.at <= at).reduce((sum, { bytes }) => sum + bytes, 0),
		),
	);
}

/** Until an answer held less than a page. */
function caughtUpMs(
	asked: readonly { readonly at: number; readonly path: string; readonly bytes: number }[],
): number {
	const full = asked.filter(({ path, bytes }) => path === "/messages" && bytes > PAGE * 60);
	return (full.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0);
}

describe("the backlog after an outage", () => {
	it("is read from the oldest message on, inside the byte budget, after riders got the present state", async () => {
		const { world, hub, ageMs, asked, findings, spent } = await outage(WITH_CURRENT);
		expect(asked[0]?.path).toBe("/now");
		expect(ageMs).toBeLessThan(20 * SECOND);
		const history = asked.slice(1);
		expect(history.every(({ path }) => path === "/messages")).toBe(true);
		const seqs = history.flatMap(({ first }) => (first ? [first.seq] : []));
		expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
		expect(seqs[0]).toBeLessThanOrEqual(302);
		// The budget is what it waits for, and no minute has more than that and the page that used it up.
		expect(spent.caughtUpMs).toBeGreaterThan(2 * MINUTE);
		expect(spent.most).toBeLessThanOrEqual(60 * BUDGET_BYTES_PER_S + PAGE * 85);
		// Each message once, the old ones late: for archives, and not for riders.
		const times = world.records.map(({ eventTime }) => eventTime);
		expect(new Set(times).size).toBe(times.length);
		const seconds = (Math.max(...times) - world.begin) / SECOND;
		expect(times).toHaveLength(seconds);
		expect(world.records.filter(({ late }) => late).length).toBeGreaterThan(500);
		expect(hub.status().feeds[0]?.gaps).toMatchObject({ countedReports: 0, estimatedReports: 0 });
		expect(findings).toEqual([]);
		await world.stop();
	});

	it("keeps riders waiting where the present state cannot be asked for, which is why it can", async () => {
		const { world, ageMs, asked } = await outage("");
		expect(asked.some(({ path }) => path === "/now")).toBe(false);
		expect(ageMs).toBeGreaterThan(5 * MINUTE);
		expect(world.ridersAgeMs()).toBeLessThan(30 * SECOND);
		await world.stop();
	});

	it.each([
		["has none", 404, 1],
		["does not answer", 0, 3],
	])("is read without the present state where that address %s", async (_, status, times) => {
		const { world, hub, asked } = await outage(WITH_CURRENT, status);
		expect(asked.filter(({ path }) => path === "/now").length).toBeLessThanOrEqual(times);
		expect(asked.some(({ path }) => path === "/messages")).toBe(true);
		expect(hub.status().feeds[0]?.state).toBe("running");
		expect(world.ridersAgeMs()).toBeLessThan(30 * SECOND);
		await world.stop();
	});
});
