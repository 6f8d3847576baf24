import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobReport } from "../src/operations/replay-report.js";
import { hubProcesses } from "./hub-process.js";

const { hub, wayside, ledger, path } = hubProcesses();
const PATIENCE = { timeout: 60_000, interval: 50 };

interface Told {
	readonly id: string;
	readonly revision: number;
	readonly flags: readonly string[];
	readonly vehicleId: string;
	readonly speedMps?: number;
}

/** A partner that keeps the ids of the batches which it has taken, and refuses vehicles by name. */
class Partner {
	readonly bad = new Set<string>();
	readonly taken: Told[] = [];
	readonly #ids = new Set<string>();
	readonly #server: Server = createServer((request, response) => {
		let body = "";
		request.on("data", (chunk: Buffer) => {
			body += chunk.toString();
		});
		request.on("end", () => {
			const { records } = (JSON.parse(body) as { data: { records: Told[] } }).data;
			if (records.some(({ vehicleId }) => this.bad.has(vehicleId))) return response.writeHead(422).end();
			const id = String(request.headers["webhook-id"]);
			if (!this.#ids.has(id)) this.taken.push(...records);
			this.#ids.add(id);
			return response.writeHead(204).end();
		});
	});

	async listen(): Promise<number> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		return (this.#server.address() as AddressInfo).port;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}

const config = (port: number, speed = "speed") => `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-push, path: /in }
        decoder:
          type: mapping
          format: json
          records: "[]"
          fields:
            vehicleId: id
            eventTime: { path: t, time: epoch-s }
            latitude: lat
            longitude: lon
            speedMps: ${speed}
sinks:
  partner:
    { type: webhook, url: "http://127.0.0.1:${port}/in", allowPrivateAddresses: true, batch: { every: 50ms } }
  archive: { type: ndjson-file, path: ./archive.ndjson, batch: { every: 50ms } }
routes:
  - { from: buses, to: [partner, archive], mode: every, reorder: 0s }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;

let partner: Partner;
let port = 0;
beforeEach(async () => {
	partner = new Partner();
	port = await partner.listen();
	writeFileSync(path("wayside.yaml"), config(port));
});
afterEach(() => partner.close());

/** A report of each of `count` moments, of the vehicles in turn. */
async function report(url: string, vehicles: readonly string[], count: number): Promise<void> {
	const now = Math.floor(Date.now() / 1000);
	const rows = Array.from({ length: count }, (_, n) => ({
		id: vehicles[n % vehicles.length],
		t: now - count + n,
		lat: 41.9,
		lon: -87.6,
		speed: 10,
	}));
	const headers = { "content-type": "application/json" };
	const answer = await fetch(`${url}/in`, { method: "POST", headers, body: JSON.stringify(rows) });
	expect(answer.status).toBe(202);
}

const archived = (): Told[] =>
	existsSync(path("archive.ndjson"))
		? readFileSync(path("archive.ndjson"), "utf8")
				.split("\n")
				.slice(0, -1)
				.map((line) => JSON.parse(line) as Told)
		: [];

async function run(...words: string[]) {
	const { seen, ended } = wayside(...words);
	return { code: await ended, out: seen.out.trim(), err: seen.err };
}

/** Orders to the hub at that address. */
function desk(admin: string) {
	const dlq = (verb: string, ...words: string[]) => run("dlq", verb, ...words, "--url", admin);
	const jobs = async (): Promise<readonly JobReport[]> =>
		JSON.parse((await dlq("jobs", "--json")).out) as readonly JobReport[];
	const open = async () => (JSON.parse((await dlq("ls", "--json")).out) as { open: number }).open;
	const jobIs = (name: string, state: string, patience = PATIENCE) =>
		vi.waitFor(async () => {
			const job = (await jobs()).find((one) => one.name === name);
			expect(job?.state).toBe(state);
			return job as JobReport;
		}, patience);
	return { dlq, jobs, open, jobIs };
}

describe("dead letters of a running hub, by the command line and over HTTP", () => {
	it("are seen, previewed, replayed, paused, resumed, cancelled and dropped, and a kill in between changes nothing", {
		timeout: 240_000,
	}, async () => {
		partner.bad.add("bus-1").add("bus-2");
		const first = await hub("wayside.yaml");
		const { dlq, open, jobIs } = desk(first.admin);
		await report(first.url, ["bus-0", "bus-1", "bus-2"], 180);
		await vi.waitFor(() => expect(archived()).toHaveLength(180), PATIENCE);
		await vi.waitFor(async () => expect(await open()).toBe(120), PATIENCE);

		const listed = await dlq("ls");
		expect(listed.out).toContain("120 dead letters are open, of 1 cause.");
		expect(listed.out).toContain("wayside dlq replay");
		const [issue = ""] = /^[0-9a-f]{10}/m.exec(listed.out) ?? [];
		const shown = await dlq("show", issue.slice(0, 5), "wayside.yaml", "--limit", "1");
		expect(shown.out).toMatch(/sink:partner[\s\S]*422[\s\S]*120 open[\s\S]*vehicle_location\/metro:bus-[12]/);

		const nothing = await dlq("replay", "--sink", "nobody");
		expect([nothing.code, nothing.err]).toEqual([
			1,
			expect.stringContaining("No open dead letter fits. Nothing was started."),
		]);
		const everything = await dlq("replay");
		expect([everything.code, everything.err]).toEqual([
			1,
			expect.stringContaining("This means every dead letter there is"),
		]);
		expect((await dlq("replay", "--all", "--preview")).out).toBe(
			"120 dead letters of 1 cause would be replayed.",
		);
		expect((await dlq("replay", "--key", "bus-2", "--preview")).out).toMatch(/^60 dead letters of 1 cause/);

		// What fails again is counted once, and the job ends.
		expect((await dlq("replay", "--all", "--name", "too-soon")).code).toBe(0);
		expect((await jobIs("too-soon", "done")).counts).toMatchObject({ replayed: 0, failed: 120 });
		expect(await open()).toBe(120);

		partner.bad.delete("bus-1");
		expect((await dlq("replay", "--key", "bus-1", "--rate", "1", "--name", "slow")).code).toBe(0);
		const second = await dlq("drop", "--all");
		expect([second.code, second.err]).toEqual([
			1,
			expect.stringContaining("409: slow is running, and one job runs at a time"),
		]);
		expect((await dlq("pause", "slow")).out).toMatch(/^slow: Paused: \d+ of 60 letters/);
		const paused = await jobIs("slow", "paused");
		first.child.kill("SIGKILL");
		await first.ended;

		// It waits over the restart too, and goes on where it was.
		const again = await hub("wayside.yaml");
		const next = desk(again.admin);
		expect((await next.jobs()).find(({ name }) => name === "slow")).toMatchObject({
			state: "paused",
			counts: paused.counts,
		});
		expect((await next.dlq("resume", "slow")).out).toMatch(/^slow: Running/);
		expect((await next.dlq("cancel", "slow")).out).toMatch(/^slow: Cancelled: \d+ of 60 letters/);
		partner.bad.clear();

		// Over HTTP it is the same.
		const ask = async (method: string, place: string) => {
			const answer = await fetch(`${again.admin}${place}`, { method });
			return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
		};
		const listedOver = await ask("GET", "/v1/dead-letters");
		expect(listedOver).toMatchObject({
			status: 200,
			body: { issues: [{ id: issue, subject: "sink:partner" }] },
		});
		expect((await ask("GET", `/v1/dead-letters/${issue}?limit=1`)).body).toMatchObject({ more: true });
		const left = await next.open();
		expect(await ask("POST", "/v1/replays/start?sink=partner&preview=1")).toMatchObject({
			status: 200,
			body: { total: left },
		});
		expect((await ask("POST", "/v1/replays/start?sinc=partner")).status).toBe(400);
		expect(await ask("POST", "/v1/replays/start?sink=partner&rate=20&name=rest")).toMatchObject({
			status: 200,
			body: { name: "rest", state: "running", total: left },
		});
		expect((await ask("POST", "/v1/replays/start?all=1")).status).toBe(409);
		again.child.kill("SIGKILL");
		await again.ended;

		const last = await hub("wayside.yaml");
		const end = desk(last.admin);
		expect((await end.jobIs("rest", "done")).counts).toMatchObject({ replayed: left, failed: 0 });
		expect(await end.open()).toBe(0);
		expect((await end.dlq("ls")).out).toBe("No dead letters are open.");
		expect(partner.taken).toHaveLength(180);
		expect(new Set(partner.taken.map(({ id }) => id)).size).toBe(180);
		const late = partner.taken.filter(({ flags }) => flags.includes("replayed"));
		expect(late.map(({ vehicleId }) => vehicleId).sort()).toEqual(
			[...Array(60).fill("bus-1"), ...Array(60).fill("bus-2")].sort(),
		);
		expect(archived()).toHaveLength(180);
		last.child.kill("SIGTERM");
		expect(await last.ended).toBe(0);
		const audit = await ledger("--audit");
		expect([audit.code, audit.findings, audit.posted("sink:partner")]).toEqual([
			0,
			[],
			expect.objectContaining({ delivered: 60, replayed: 120 }),
		]);
	});

	it("a mapping that was repaired corrects what was read wrongly, and reads what could not be read by itself", {
		timeout: 240_000,
	}, async () => {
		writeFileSync(path("wayside.yaml"), config(port).replace("path: t,", "path: time,"));
		const first = await hub("wayside.yaml");
		await report(first.url, ["bus-0", "bus-1"], 4);
		await vi.waitFor(async () => expect(await desk(first.admin).open()).toBe(4), PATIENCE);
		first.child.kill("SIGKILL");
		await first.ended;

		// The cause is gone at the next start: nobody asks for anything.
		writeFileSync(path("wayside.yaml"), config(port));
		const second = await hub("wayside.yaml");
		await vi.waitFor(() => expect(archived()).toHaveLength(4), PATIENCE);
		await vi.waitFor(() => expect(partner.taken).toHaveLength(4), PATIENCE);
		await vi.waitFor(async () => expect(await desk(second.admin).open()).toBe(0), PATIENCE);
		await report(second.url, ["bus-5"], 2);
		await vi.waitFor(() => expect(archived()).toHaveLength(6), PATIENCE);

		// The vendor says miles an hour.
		writeFileSync(path("wayside.yaml"), config(port, "{ path: speed, unit: mph }"));
		expect((await run("reload", "--url", second.admin, "--within", "2s")).code).toBe(0);
		const redecode = (...words: string[]) =>
			run("redecode", "--feed", "buses", "--since", "1h", "--url", second.admin, ...words);
		expect((await redecode("--preview")).out).toBe(
			"2 frames would be decoded again. The first 2 would give: 0 unchanged, 6 revised.",
		);
		expect((await redecode("--name", "units")).code).toBe(0);
		expect((await desk(second.admin).jobIs("units", "done")).sentence).toBe(
			"Done: 2 of 2 frames: 0 unchanged, 6 revised.",
		);
		await vi.waitFor(() => expect([archived().length, partner.taken.length]).toEqual([12, 12]), PATIENCE);
		for (const told of [archived(), partner.taken]) {
			const corrections = told.filter(({ flags }) => flags.includes("redecoded") && flags.includes("late"));
			const revised = corrections.filter(({ speedMps }) => Math.abs((speedMps ?? 0) - 4.4704) < 0.001);
			expect(revised).toHaveLength(6);
			expect(revised.every(({ revision }) => revision > 0)).toBe(true);
			const before = new Set(told.filter(({ speedMps }) => speedMps === 10).map(({ id }) => id));
			expect(revised.every(({ id }) => before.has(id))).toBe(true);
		}
		expect((await redecode("--name", "again")).code).toBe(0);
		expect((await desk(second.admin).jobIs("again", "done")).sentence).toContain("6 unchanged, 0 revised");
		second.child.kill("SIGTERM");
		expect(await second.ended).toBe(0);
		const audit = await ledger("--audit");
		expect([audit.code, audit.findings]).toEqual([0, []]);
	});
});
