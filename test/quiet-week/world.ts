import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILTINS } from "../../src/config/builtins.js";
import { loadConfig } from "../../src/config/load.js";
import { formatHttpDate } from "../../src/formats/http-date.js";
import { createHub, type Hub, type HubEvent } from "../../src/hub.js";
import type { Log } from "../../src/log/log.js";
import { createMemoryLog, MemoryStorage } from "../../src/log/memory-log.js";
import { Failure } from "../../src/model/failure.js";
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/model/units.js";
import type { HubStatus } from "../../src/operations/status.js";
import type { HttpRequest, HttpResponse } from "../../src/runtime/http.js";
import { createNodeFiles } from "../../src/runtime/node-files.js";
import { turn } from "../../src/runtime/turn.js";
import { noise } from "../../src/simulation/city-noise.js";
import { createVirtualRuntime } from "../../src/simulation/virtual-runtime.js";
import { createMemorySchedules } from "../../src/stores/memory-schedules.js";
import { HOLIDAY_DATE, history, MONDAY, type Silence, schedule, snapshot } from "./fleet.js";

const CONFIG = `
agencies:
  city: { timezone: America/Chicago, gtfs: ./gtfs.zip }
  county: { timezone: America/Chicago }
feeds:
  buses:
    agency: city
    upstreams:
      - source: { type: http-poll, url: http://avl.test/city, every: 30s, history: none }
        decoder: gtfs-realtime
        deprecations: [{ date: "2026-12-15", what: API version 1 }] # told of 30, 7 and 1 days ahead: not now
        budget: { quota: 4000/d }
  vans:
    agency: county
    upstreams:
      - source: { type: http-poll, url: http://avl.test/county, every: 30s, history: none }
        decoder: gtfs-realtime
        budget: { quota: 4000/d }
sinks:
  riders: { type: gtfs-realtime, path: /gtfs-rt }
  partner: { type: webhook, url: http://partner.test/in }
routes:
  - { from: buses, to: riders, mode: latest }
  - { from: vans, to: riders, mode: latest }
  - { from: buses, to: partner, mode: every }
store:
  directory: ./store
  frames: { maxAge: 1h, maxBytes: 64MiB }
  records: { maxAge: 1h, maxBytes: 64MiB }
alerts:
  holidays: ["${HOLIDAY_DATE}"]
  channels: { desk: { type: webhook, url: http://desk.test/in, allowPrivateAddresses: true } }
`;
const SEED = 12;
/** Upstream is restarted every night, and hangs for a moment at noon. */
const RESTART = { fromMs: 3 * HOUR_MS + 10 * MINUTE_MS, lastsMs: 100 * SECOND_MS };
const NOON = { fromMs: 12 * HOUR_MS, lastsMs: 45 * SECOND_MS };
const FAILED_SHARE = 0.005;
/** Upstream's clock is a little behind, as clocks are. */
const CLOCK_OFF_MS: DurationMs = -3 * SECOND_MS;
/** The hub is exchanged for another one every afternoon. */
const DEPLOY_MS: DurationMs = 14 * HOUR_MS;
const DEPLOY_TAKES_MS: DurationMs = 20 * SECOND_MS;
const STEP_MS: DurationMs = 10 * MINUTE_MS;
const DRAIN_MS: DurationMs = 5 * SECOND_MS;
const DAY_MS: DurationMs = 24 * HOUR_MS;

export interface QuietOptions {
	/** When it begins, since Monday 00:00. */
	readonly fromMs: DurationMs;
	readonly lastsMs: DurationMs;
	/** Vehicles that do not report, beside what happens every day. Default: none. */
	readonly isSilent?: Silence;
}

export interface Quiet {
	/** What people were told of, since Monday 00:00. */
	readonly alerts: readonly { readonly atMs: DurationMs; readonly event: HubEvent }[];
	/** Messages that reached the channel. */
	readonly messages: readonly string[];
	/** Every ten minutes. */
	readonly statuses: readonly HubStatus[];
	readonly records: number;
	readonly starts: number;
}

/** Twenty vehicles of two agencies, of which one has a schedule, in virtual time; as much goes wrong as on any day. */
export async function live(options: QuietOptions): Promise<Quiet> {
	const folder = mkdtempSync(join(tmpdir(), "wayside-quiet-"));
	try {
		writeFileSync(join(folder, "gtfs.zip"), schedule());
		return await new World(folder, options).live();
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

class World {
	readonly #folder: string;
	readonly #options: QuietOptions;
	readonly #files = createNodeFiles();
	readonly #schedules = createMemorySchedules(this.#files);
	readonly #storage = new MemoryStorage(1);
	readonly #time;
	readonly #alerts: { readonly atMs: DurationMs; readonly event: HubEvent }[] = [];
	readonly #messages: string[] = [];
	readonly #statuses: HubStatus[] = [];
	#log: Log | undefined;
	#records = 0;
	#starts = 0;
	#requests = 0;

	constructor(folder: string, options: QuietOptions) {
		this.#folder = folder;
		this.#options = options;
		this.#time = createVirtualRuntime({
			startTime: MONDAY + options.fromMs,
			seed: SEED,
			files: this.#files,
			http: { request: async (request) => this.#answer(request) },
		});
	}

	async live(): Promise<Quiet> {
		const { fromMs, lastsMs } = this.#options;
		const endMs = fromMs + lastsMs;
		await this.#rememberWeeksBefore();
		let hub = await this.#start();
		await this.#untilScheduled(hub);
		while (this.#sinceMonday() < endMs) {
			const now = this.#sinceMonday();
			const deployMs = Math.floor(now / DAY_MS) * DAY_MS + DEPLOY_MS;
			const nextMs = deployMs > now ? deployMs : deployMs + DAY_MS;
			await this.#time.advance(Math.min(STEP_MS, endMs - now, nextMs - now));
			this.#statuses.push(hub.status());
			if (this.#sinceMonday() !== nextMs) continue;
			await this.#close(hub);
			await this.#time.advance(DEPLOY_TAKES_MS);
			hub = await this.#start();
			await this.#untilScheduled(hub);
		}
		await this.#close(hub);
		return {
			alerts: this.#alerts,
			messages: this.#messages,
			statuses: this.#statuses,
			records: this.#records,
			starts: this.#starts,
		};
	}

	#sinceMonday(): DurationMs {
		return this.#time.runtime.clock.now() - MONDAY;
	}

	async #rememberWeeksBefore(): Promise<void> {
		const log = createMemoryLog({ storage: this.#storage });
		const json = { agencies: { county: { routes: [], days: history() } }, feeds: [], speeches: [] };
		await log.commit({ state: [{ name: "fleet", bytes: JSON.stringify(json) }] });
		await log.close();
	}

	async #start(): Promise<Hub> {
		const { runtime } = this.#time;
		const loaded = await loadConfig(CONFIG, this.#folder, { plugins: BUILTINS, runtime, environment: {} });
		if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.findings));
		const log = createMemoryLog({ storage: this.#storage });
		this.#log = log;
		const hub = createHub(loaded.config, {
			runtime,
			log,
			schedules: this.#schedules,
			version: "test",
			onEvent: (event) => {
				if (event.code.startsWith("alert.")) this.#alerts.push({ atMs: this.#sinceMonday(), event });
			},
		});
		hub.tap((records) => {
			this.#records += records.length;
		});
		await hub.start();
		this.#starts++;
		return hub;
	}

	async #close(hub: Hub): Promise<void> {
		const closed = hub.drain(DRAIN_MS).then(() => hub.close());
		await this.#time.advance(2 * DRAIN_MS);
		await closed;
		await this.#log?.close();
	}

	/** The schedule is a real file, which takes real turns to read. */
	async #untilScheduled(hub: Hub): Promise<void> {
		for (let tries = 0; tries < 2000; tries++) {
			if (hub.status().schedules?.every(({ state }) => state === "current")) return;
			await this.#time.advance(SECOND_MS);
			for (let turns = 0; turns < 40; turns++) await turn();
		}
		throw new Error(`The schedule was never read: ${JSON.stringify(hub.status().schedules)}`);
	}

	#answer(request: HttpRequest): HttpResponse {
		const now = this.#time.runtime.clock.now();
		const { hostname, pathname } = new URL(request.url);
		if (hostname === "desk.test") this.#messages.push(Buffer.from(request.body ?? "").toString());
		if (hostname !== "avl.test") return answer(200, "", now);
		const ofDay = this.#sinceMonday() % DAY_MS;
		const isWithin = ({ fromMs, lastsMs }: typeof RESTART) => ofDay >= fromMs && ofDay < fromMs + lastsMs;
		if (isWithin(RESTART)) return answer(503, "restarting", now);
		if (isWithin(NOON)) throw new Failure("net.timeout", "avl.test does not answer");
		if (noise(SEED, 80, this.#requests++) < FAILED_SHARE) throw new Failure("net.reset", "avl.test hung up");
		const agency = pathname === "/city" ? "city" : "county";
		return answer(200, snapshot(agency, now, this.#options.isSilent ?? (() => false)), now);
	}
}

function answer(status: number, text: string, now: EpochMs): HttpResponse {
	const body = Buffer.from(text);
	const headers = { "content-type": "application/json", date: formatHttpDate(now + CLOCK_OFF_MS) };
	return { status, headers, body, wireBytes: body.length };
}
