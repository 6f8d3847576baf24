import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { parse } from "yaml";
import { allDeadLetters, allRecords, ledgerSum } from "../test/intake-world.js";
import { realData } from "../test/real-data.js";
import { BUILTINS } from "./config/builtins.js";
import { loadConfig } from "./config/load.js";
import { createHub, type HubEvent } from "./hub.js";
import { createMemoryLog } from "./log/memory-log.js";
import { createNodeRuntime } from "./runtime/node-runtime.js";
import { createSeededChance } from "./simulation/virtual-runtime.js";

const WAIT = { timeout: 30_000, interval: 20 };
const folder = realData();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function hubWith(source: string, decoder: string) {
	const runtime = createNodeRuntime({ network: { proxy: "none" } });
	const text = `
agencies: { metro: { timezone: UTC } }
feeds:
  modems:
    agency: metro
    upstreams: [{ source: ${source}, decoder: ${decoder} }]
sinks: { riders: { type: gtfs-realtime } }
routes: [{ from: modems, to: riders, mode: latest }]
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;
	const { config, findings } = await loadConfig(text, "/nowhere", {
		plugins: BUILTINS,
		runtime,
		environment: { LOGIN: "hush" },
	});
	if (config === undefined) throw new Error(JSON.stringify(findings));
	const log = createMemoryLog({});
	const events: HubEvent[] = [];
	const hub = createHub(config, { runtime, log, version: "9.9.9", onEvent: (event) => events.push(event) });
	await hub.start();
	cleanups.push(async () => {
		await hub.close();
		await log.close();
		await runtime.close();
	});
	const port = () =>
		vi.waitFor(() => {
			const told = events.find(({ code }) => code === "source.listening");
			expect(told).toBeDefined();
			return told?.details?.["port"] as number;
		}, WAIT);
	return { hub, log, events, port };
}

const RMC = (n: number) =>
	`$GPRMC,${String(120000 + n)}.00,A,4152.${String(1000 + n)},N,08738.0000,W,10.0,90.0,050126,,,A`;

describe("a hub with live sources", () => {
	it("takes NMEA of modems that call over TCP, cut anywhere, and counts the line that a break cut as a gap", async () => {
		const { log, port } = await hubWith("{ type: tcp-lines, listen: '127.0.0.1:0' }", "nmea");
		const modem = connect(await port(), "127.0.0.1");
		await once(modem, "connect");
		const chance = createSeededChance(7);
		const text = Buffer.from(`${Array.from({ length: 40 }, (_, n) => RMC(n)).join("\r\n")}\r\n$GPRMC,1200`);
		for (let at = 0; at < text.length; ) {
			const end = at + 1 + Math.floor(chance.next() * 90);
			await new Promise((resolve) => modem.write(text.subarray(at, end), resolve));
			at = end;
		}
		modem.end();
		await vi.waitFor(async () => expect(await allRecords(log)).toHaveLength(40), WAIT);
		const [record] = await allRecords(log);
		expect(record).toMatchObject({ key: "metro:127.0.0.1" });
		await vi.waitFor(async () => expect(await ledgerSum(log, "receive", "gap_estimated")).toBe(1), WAIT);
		expect(await allDeadLetters(log)).toEqual([]);
	});

	it("calls its gateway again after a break, and greets it each time", async () => {
		let greetings = "";
		let latest: Socket | undefined;
		const server = createServer((socket) => {
			latest = socket;
			socket.on("error", () => undefined);
			socket.once("data", (bytes) => {
				greetings += bytes.toString();
				socket.write(`ID=BUS-12,${RMC(greetings.length)}\r\n`);
			});
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		cleanups.push(() => server.close());
		const { port } = server.address() as { port: number };
		const { log } = await hubWith(
			`{ type: tcp-lines, connect: '127.0.0.1:${port}', greeting: '{secret:login};' }`,
			"nmea, secrets: { login: { env: LOGIN } }",
		);
		for (const count of [1, 2]) {
			await vi.waitFor(async () => expect(await allRecords(log)).toHaveLength(count), WAIT);
			latest?.resetAndDestroy();
		}
		expect(greetings).toMatch(/^hush;hush;/);
	});

	it("puts every datagram into the ledger: as a frame, or as a gap", async () => {
		const { log, events, port } = await hubWith("{ type: udp, listen: '127.0.0.1:0', queue: 1KiB }", "nmea");
		const to = await port();
		const modem = createSocket("udp4");
		cleanups.push(() => modem.close());
		const SENT = 200;
		for (let n = 0; n < SENT; n++) {
			await new Promise<void>((resolve) => modem.send(RMC(n), to, "127.0.0.1", () => resolve()));
		}
		await vi.waitFor(async () => {
			const stored = await ledgerSum(log, "receive", "stored");
			const lost = await ledgerSum(log, "receive", "gap_estimated");
			expect(stored + lost).toBe(SENT);
		}, WAIT);
		const lost = await ledgerSum(log, "receive", "gap_estimated");
		const told = events.filter(({ code }) => code === "feed.gap");
		expect(told.reduce((sum, { details }) => sum + (details?.["reports"] as number), 0)).toBe(lost);
	});
});

describe.skipIf(folder === undefined)(
	`a hub with live sources and captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		const linesOf = (path: string) =>
			readFileSync(`${folder}/${path}`, "utf8")
				.split(/\r?\n/)
				.filter((line) => line.trim() !== "");

		it.each(["udp", "tcp-lines"])(
			"takes TAIP of real devices over %s, each with its own id",
			async (type) => {
				const lines = linesOf("taip/sentences.txt");
				const { log, port } = await hubWith(`{ type: ${type}, listen: '127.0.0.1:0' }`, "taip");
				const to = await port();
				if (type === "udp") {
					const modem = createSocket("udp4");
					cleanups.push(() => modem.close());
					for (const line of lines) {
						await new Promise<void>((resolve) => modem.send(line, to, "127.0.0.1", () => resolve()));
					}
				} else connect(to, "127.0.0.1").end(`${lines.join("\r\n")}\r\n`);
				await vi.waitFor(async () => expect(await ledgerSum(log, "interpret", "decoded")).toBe(11), WAIT);
				const vehicles = new Set((await allRecords(log)).map(({ key }) => key));
				expect(vehicles.size).toBe(8);
				expect([...vehicles].join()).not.toContain("127.0.0.1");
			},
		);

		it("subscribes to Passio over a WebSocket, again after a break, and takes what it tells", async () => {
			const captured = JSON.parse(linesOf("passio/clemson-websocket-location-2026-02-24.json").join(""));
			const mapping = parse(
				readFileSync(new URL("../examples/mappings/passio.yaml", import.meta.url), "utf8"),
			);
			const service = new WebSocketServer({ port: 0, host: "127.0.0.1" });
			cleanups.push(() => service.close());
			await once(service, "listening");
			const subscriptions: string[] = [];
			let latest: WebSocket | undefined;
			service.on("connection", (client) => {
				latest = client;
				client.on("message", (bytes) => {
					subscriptions.push(String(bytes));
					const datetimeUtc = `2026-02-24 14:35:0${subscriptions.length}`;
					client.send(JSON.stringify({ ...captured, datetimeUtc }));
				});
			});
			const { port } = service.address() as { port: number };
			const { log } = await hubWith(
				`{ type: websocket, url: 'ws://127.0.0.1:${port}', subscribe: [{ subscribe: location, userId: [793] }] }`,
				JSON.stringify({ type: "mapping", ...mapping }),
			);
			for (const count of [1, 2]) {
				await vi.waitFor(async () => expect(await allRecords(log)).toHaveLength(count), WAIT);
				latest?.terminate();
			}
			expect(subscriptions.slice(0, 2)).toEqual(Array(2).fill('{"subscribe":"location","userId":[793]}'));
			expect((await allRecords(log))[0]).toMatchObject({
				key: "metro:9244",
				body: { vehicleLabel: "3547", latitude: 34.791402, headingDeg: 84 },
			});
			expect(await allDeadLetters(log)).toEqual([]);
		});

		it("takes a captured NMEA stream over TCP, as one vehicle", async () => {
			const lines = linesOf("nmea/bundg_zeus_9.nmea");
			const fixes = lines.filter((line) => /^\$..RMC,/.test(line)).length;
			const { log, port } = await hubWith("{ type: tcp-lines, listen: '127.0.0.1:0' }", "nmea");
			connect(await port(), "127.0.0.1").end(`${lines.join("\r\n")}\r\n`);
			await vi.waitFor(
				async () => expect(await ledgerSum(log, "interpret", "decoded")).toBe(lines.length),
				WAIT,
			);
			const records = await allRecords(log);
			const duplicates = await ledgerSum(log, "admit", "duplicate");
			expect(records.length + duplicates).toBe(fixes);
			expect(new Set(records.map(({ key }) => key)).size).toBe(1);
		});
	},
);
