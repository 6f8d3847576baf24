import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { jsonEventLog, plainEventLog } from "../src/cli/event-log.js";
import { auditSinks } from "../src/cli/ledger.js";
import { BUILTINS } from "../src/config/builtins.js";
import type { HubConfig } from "../src/config/config.js";
import { loadConfig } from "../src/config/load.js";
import { openGateway } from "../src/gateway/gateway.js";
import { createHub, type Hub } from "../src/hub.js";
import { type Log, TOPICS } from "../src/log/log.js";
import { Failure } from "../src/model/failure.js";
import { listIssues, showIssue } from "../src/operations/dead-letters.js";
import { readEvents } from "../src/operations/event-page.js";
import { ledgerReport } from "../src/operations/ledger-report.js";
import type { Http } from "../src/runtime/http.js";
import { nodeClock } from "../src/runtime/node-clock.js";
import { createNodeFiles } from "../src/runtime/node-files.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { copyStore } from "../src/stores/store-backup.js";
import { scratchDirectory } from "./scratch-directory.js";

/** Whatever names a person in the inputs below. */
const PERSON = "CANARYPERSON";
/** A run, which a roster turns into a name; personal only where the agency says so. */
const RUN = "CANARYRUN";
/** Every secret of the configuration. */
const SECRET = "CANARYSECRET";
const START = Date.parse("2026-03-03T17:00:00Z");

const SIRI = `<Siri xmlns="http://www.siri.org.uk/siri" version="2.0"><ServiceDelivery><ResponseTimestamp>2026-03-03T17:00:00Z</ResponseTimestamp><VehicleMonitoringDelivery>
<VehicleActivity><RecordedAtTime>2026-03-03T17:00:00Z</RecordedAtTime><MonitoredVehicleJourney><LineRef>1</LineRef><DriverRef>${PERSON}</DriverRef><DriverName>${PERSON}</DriverName><VehicleLocation><Longitude>-87.6</Longitude><Latitude>41.9</Latitude></VehicleLocation><VehicleRef>V1</VehicleRef></MonitoredVehicleJourney></VehicleActivity>
<VehicleActivity><MonitoredVehicleJourney><DriverRef>${PERSON}</DriverRef><VehicleLocation><Longitude>abc</Longitude><Latitude>41.9</Latitude></VehicleLocation></MonitoredVehicleJourney></VehicleActivity>
</VehicleMonitoringDelivery></ServiceDelivery></Siri>`;

const BUSTIME_ROW = {
	vid: "7",
	tmstmp: "20260303 11:00:00",
	lat: "41.9",
	lon: "-87.6",
	hdg: "9",
	rt: "1",
	oid: PERSON,
	rid: RUN,
};

/** What a decoder does not know is personal as well: an element that a supplier has added, a name in a message that breaks off. */
const KV6 = `<VV_TM_PUSH xmlns="http://bison.connekt.nl/tmi8/kv6/msg"><Timestamp>2026-03-03T18:00:00+01:00</Timestamp><KV6posinfo>
<ONSTOP><dataownercode>X</dataownercode><lineplanningnumber>1</lineplanningnumber><operatingday>2026-03-03</operatingday><journeynumber>1</journeynumber><reinforcementnumber>0</reinforcementnumber><timestamp>2026-03-03T18:00:00+01:00</timestamp><source>VEHICLE</source><vehiclenumber>7</vehiclenumber><rd-x>155000</rd-x><rd-y>463000</rd-y><driver>${PERSON}</driver></ONSTOP>
<ONSTOP><timestamp>never</timestamp><driver>${PERSON}</driver></ONSTOP></KV6posinfo></VV_TM_PUSH>`;

const HFP = { desi: "4", dir: "1", oper: 50, veh: 423, lat: 60.18, long: 24.92, driver: PERSON };
const summed = (body: string) => {
	const sum = [...body].reduce((value, character) => value ^ character.charCodeAt(0), 0);
	return `$${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}`;
};

/** By decoder: a message with good items and bad ones, each with a person in it. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
	bustime: [
		JSON.stringify({
			"bustime-response": {
				vehicle: [BUSTIME_ROW, { ...BUSTIME_ROW, vid: "8", tmstmp: "never" }, { oid: PERSON, rid: RUN }],
			},
		}),
	],
	nextbus: [
		JSON.stringify({
			lastTime: { time: `${START}` },
			vehicle: [
				{ id: "7", lat: "41.9", lon: "-87.6", secsSinceReport: "3", driverId: PERSON },
				{ lat: "41.9", driverId: PERSON },
			],
		}),
	],
	swiftly: [
		JSON.stringify({
			success: true,
			route: "/real-time/demo/vehicles GET",
			data: {
				agencyKey: "demo",
				vehicles: [
					{ id: "1", loc: { lat: 41.9, lon: -87.6, time: START / 1000 }, driver: PERSON, runId: RUN },
					{ driver: PERSON, runId: RUN, loc: { lat: 41.9 } },
				],
			},
		}),
	],
	transitmaster: [
		`DRIVER_ID,source_host,message_timestamp,latitude,longitude,run_id\n${PERSON},5,2026-03-03 11:00:00,419000000,-876000000,${RUN}\n${PERSON},6,never,1,2,${RUN}\n`,
	],
	tcip: [
		JSON.stringify({
			CcLocationReport: {
				"request-id": 1,
				vehicle: { "vehicle-id": 7, "agency-id": 1, agencydesignator: "X" },
				"time-reported": "2026-03-03T11:00:00-06:00",
				latitude: 41900000,
				longitude: -87600000,
				operatorID: { "operator-id": 0, designator: PERSON },
				runID: { designator: RUN },
			},
		}),
		JSON.stringify({ CcLocationReport: { operatorID: { designator: PERSON }, runID: { designator: RUN } } }),
	],
	"siri-vm": [SIRI],
	kv6: [KV6],
	hfp: [
		JSON.stringify({ VP: { ...HFP, tst: "2026-03-03T17:00:00.000Z", tsi: START / 1000 } }),
		JSON.stringify({ VP: { ...HFP, tsi: PERSON, tst: PERSON } }),
		`{"VP":{"driver":"${PERSON}"`,
	],
	// Nobody's name belongs there; devices that drivers sign on to send sentences and fields of their own.
	nmea: [
		`${summed("GPRMC,170000.00,A,4154.0,N,08736.0,W,1.0,2.0,030326,,,A")}\r\n${summed(`PDRVR,LOGON,${PERSON}`)}\r\n`,
		`$GPRMC,${PERSON},A,4154.0,N,08736.0,W,1.0,2.0,030326,,,A*00\r\n${summed(`GPRMC,${PERSON},A,4154.0,N,08736.0,W,1.0,2.0,030326,,,A`)}\r\n`,
		`LOGON ${PERSON}`,
	],
	taip: [`>RPV61200+4190000-0876000003012032;ID=0123;DR=${PERSON}<`, `>RPV${PERSON};ID=0123;DR=${PERSON}<`],
	"gtfs-realtime": [
		JSON.stringify({
			header: { gtfs_realtime_version: "2.0", timestamp: START / 1000, driver: PERSON },
			entity: [
				{
					id: "7",
					vehicle: {
						vehicle: { id: "7", driver_name: PERSON },
						operator_id: PERSON,
						position: { latitude: 41.9, longitude: -87.6 },
						timestamp: START / 1000,
					},
				},
				{ vehicle: { vehicle: { id: "8" }, operator_id: PERSON, timestamp: "never" } },
				"no entity",
			],
		}),
		`{"header":{"driver":"${PERSON}"`,
	],
	mapping: [
		JSON.stringify({
			rows: [
				{ bus: "7", t: START, who: PERSON, run: RUN, lat: 41.9, lon: -87.6 },
				{ operator: PERSON, run: RUN },
			],
		}),
		`{"rows":[{"operator":"${PERSON}"`,
	],
};

const feedsOf = (privacy: string) =>
	Object.keys(INPUTS)
		.map((decoder) => {
			const reader =
				decoder === "mapping"
					? "{ type: mapping, records: 'rows[]', fields: { vehicleId: bus, eventTime: { path: t, time: epoch-ms }, operatorId: who, runId: run, latitude: lat, longitude: lon } }"
					: decoder === "nmea"
						? "{ type: nmea, vehicleId: '9' }"
						: decoder;
			return `  ${decoder}:
    agency: metro
    privacy: ${privacy}
    upstreams: [{ source: { type: http-push, path: /in/${decoder}, token: { env: PUSH_TOKEN } }, decoder: ${reader} }]`;
		})
		.join("\n");

const configOf = (privacy: string) => `
agencies: { metro: { timezone: America/Chicago } }
feeds:
${feedsOf(privacy)}
  polled:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "https://user:\${URL_KEY}@avl.example/v?key=\${URL_KEY}", headers: { x-key: "{secret:key}" }, every: 20s }
        decoder: bustime
        secrets: { key: { env: HEADER_KEY } }
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
  archive: { type: ndjson-file, path: ./archive.ndjson }
  partners: { type: siri-vm, operators: { metro: MET } }
  warehouse: { type: tides-csv, directory: ./tides, timezone: America/Chicago, agency: Metro }
  partner: { type: webhook, url: "https://partner.example/in?key=\${URL_KEY}", secret: { env: HOOK } }
routes:
${Object.keys(INPUTS)
	.map(
		(feed) =>
			`  - { from: ${feed}, to: [rider-feed, partners], mode: latest }\n  - { from: ${feed}, to: [archive, partner, warehouse], mode: every }`,
	)
	.join("\n")}
store: { directory: ./store }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0, token: { env: ADMIN } } }
`;

const ENVIRONMENT = {
	PUSH_TOKEN: `${SECRET}push`,
	URL_KEY: `${SECRET}url`,
	HEADER_KEY: `${SECRET}header`,
	HOOK: `whsec_${Buffer.from(`${SECRET}${SECRET}hook`).toString("base64")}`,
	ADMIN: `${SECRET}admin`,
	HASH: `${SECRET}hash`,
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Everything that can be seen of a hub which took all inputs, by where it was seen. */
async function everythingSeen(privacy: string): Promise<Map<string, string>> {
	const folder = scratchDirectory("wayside-canary-");
	cleanups.push(folder.remove);
	const seen = new Map<string, string>();
	const posted: string[] = [];
	const http: Http = {
		request: async ({ url, body }) => {
			if (url.includes("partner.example")) {
				posted.push(String(typeof body === "string" ? body : new TextDecoder().decode(body)));
				return { status: 200, headers: {}, body: new Uint8Array(), wireBytes: 0 };
			}
			throw new Failure("net.refused", "nobody listens there");
		},
	};
	const time = createVirtualRuntime({ startTime: START, http, files: createNodeFiles() });
	const { config, findings } = await loadConfig(configOf(privacy), folder.path, {
		plugins: BUILTINS,
		runtime: time.runtime,
		environment: ENVIRONMENT,
	});
	seen.set("findings", JSON.stringify(findings));
	if (config === undefined) throw new Error(JSON.stringify(findings));
	const log = await openSqliteLog({
		directory: config.store.directory,
		host: "in-thread",
		chance: time.runtime.chance,
	});
	const told: string[] = [];
	const printed: string[] = [];
	const print = (line: string) => printed.push(line);
	const logs = [jsonEventLog({ out: print }), plainEventLog({ err: print, paint: (_, text) => text })];
	const tapped: string[] = [];
	const hub = createHub(config, {
		runtime: time.runtime,
		log,
		version: "9.9.9",
		onEvent: (event) => {
			told.push(JSON.stringify(event));
			for (const log of logs) log(event);
		},
	});
	hub.tap((records) => tapped.push(JSON.stringify(records)));
	await hub.start();
	for (const [feed, messages] of Object.entries(INPUTS)) {
		const endpoint = hub.endpoints.find(({ path }) => path === `/in/${feed}`);
		for (const message of messages) {
			const answer = await endpoint?.handle({
				method: "POST",
				path: `/in/${feed}`,
				params: {},
				query: {},
				headers: { authorization: `Bearer ${ENVIRONMENT.PUSH_TOKEN}`, "content-type": "application/json" },
				body: new TextEncoder().encode(message),
				remoteAddress: "127.0.0.1",
				signal: new AbortController().signal,
			});
			expect([feed, answer?.status]).toEqual([feed, 202]);
		}
	}
	// The archive is a real file: its writes end when they end, whatever the virtual clock says.
	await vi.waitFor(
		async () => {
			await time.advance(10_000);
			expect(hub.status().sinks.map(({ lagEntries }) => lagEntries)).toEqual(config.sinks.map(() => 0));
		},
		{ timeout: 20_000, interval: 10 },
	);

	// Before ten minutes of silence make everything too old to be served.
	for (const { method, path, scope, handle } of hub.endpoints) {
		if (method !== "GET" || scope === "admin") continue;
		const answer = await handle({
			...{ method, path, params: {}, query: {}, headers: {}, body: new Uint8Array() },
			...{ remoteAddress: "127.0.0.1", signal: new AbortController().signal },
		});
		if (typeof answer.body === "string" || answer.body instanceof Uint8Array)
			seen.set(`fresh ${path}`, Buffer.from(answer.body as Uint8Array).toString("latin1"));
	}
	seen.set("events", told.join("\n"));
	seen.set("tap", tapped.join("\n"));
	seen.set("webhook", posted.join("\n"));
	for (const name of readdirSync(join(folder.path, "tides"), { recursive: true, withFileTypes: true }))
		if (name.isFile()) seen.set(`tides/${name.name}`, readFileSync(join(name.parentPath, name.name), "utf8"));
	seen.set("archive", readFileSync(join(folder.path, "archive.ndjson"), "utf8"));
	// The feed that is refused is down for so long that it is an incident.
	await time.advance(10 * 60_000);
	for (const [path, text] of await servedBy(hub, log, config)) seen.set(path, text);
	for (const topic of TOPICS) {
		if (topic === "frames") continue;
		for (let partition = 0; partition < log.partitions(topic); partition++) {
			const page = await log.read({ topic, partition, offset: 0 }, { entriesMax: 1e6, bytesMax: 1e9 });
			for (const pack of page.packs)
				seen.set(
					`${topic} ${partition}`,
					`${seen.get(`${topic} ${partition}`) ?? ""}${pack.head}${Buffer.from(pack.body as Uint8Array).toString()}`,
				);
		}
	}
	const closing = hub.close();
	await time.advance(10_000);
	await closing;
	seen.set("printed", printed.join("\n"));
	await copyStore(config.store.directory, join(folder.path, "copy.db"), { clock: nodeClock });
	await log.close();
	for (const name of readdirSync(config.store.directory))
		seen.set(`store/${name}`, readFileSync(join(config.store.directory, name)).toString("latin1"));
	seen.set("backup", readFileSync(join(folder.path, "copy.db")).toString("latin1"));
	return seen;
}

async function letterPlaces(log: Log): Promise<readonly string[]> {
	const places: string[] = [];
	for (let partition = 0; partition < log.partitions("dead-letters"); partition++) {
		const { start, end } = await log.bounds("dead-letters", partition);
		for (let offset = start; offset < end; offset++) places.push(`${partition}%2F${offset}`);
	}
	return places;
}

/** All that the hub answers to whoever asks: each path, with each vehicle, cause of dead letters and incident that there is. */
async function servedBy(hub: Hub, log: Log, config: HubConfig): Promise<ReadonlyMap<string, string>> {
	const now = () => hub.status().time;
	const { issues } = await listIssues(log, true);
	const gateway = await openGateway({
		hub,
		http: { ...config.http, admin: { ...config.http.admin, token: "t" } },
		clock: nodeClock,
		readLedger: (question) => ledgerReport(log, { ...question, sinks: auditSinks(hub.config) }, now()),
		readEvents: (question) => readEvents(log, question),
		why: (asked) => hub.why(asked),
		replays: hub.replays,
		heals: hub.healing,
		alerts: hub.alerts,
		incidents: hub.incidents,
		shadows: hub.shadows,
		deadLetters: {
			list: (all) => listIssues(log, all),
			show: (issue, limit) => showIssue(log, issue, limit),
		},
	});
	cleanups.push(() => gateway.close());
	const incidents = hub.incidents.list().map(({ id }) => `${id}?evidence=1`);
	const ids: Readonly<Record<string, readonly string[]>> = {
		"/v1/incidents/:id": incidents,
		"/v1/why/:id": ["7", "V1", ...(await letterPlaces(log))],
		"/v1/dead-letters/:issue": issues.map(({ id }) => id),
	};
	const seen = new Map<string, string>();
	for (const { method, path, scope } of gateway.endpoints) {
		if (method !== "GET" || path.includes("tap")) continue;
		const paths = path.includes(":") ? (ids[path] ?? []).map((id) => path.replace(/:\w+/, id)) : [path];
		for (const one of paths) {
			const url = `${scope === "admin" ? gateway.adminUrl : gateway.publicUrl}${one}`;
			const answer = await fetch(url, { headers: { authorization: "Bearer t" } });
			if (path in ids) expect([one, answer.status]).toEqual([one, 200]);
			seen.set(one, `${url} ${await answer.text()} ${JSON.stringify([...answer.headers])}`);
		}
	}
	// Proof that the bundle was looked into: an incident was there, with what upstream sent around it.
	expect(incidents.length).toBeGreaterThan(0);
	expect(issues.length).toBeGreaterThan(Object.keys(INPUTS).length - 1);
	return seen;
}

const placesOf = (seen: ReadonlyMap<string, string>, word: string) =>
	[...seen].filter(([, text]) => text.toUpperCase().includes(word)).map(([place]) => place);

describe("canaries in every input", () => {
	it("of persons and secrets come out nowhere, and the inputs were read", async () => {
		const seen = await everythingSeen("{ operatorId: drop }");
		expect(placesOf(seen, PERSON)).toEqual([]);
		expect(placesOf(seen, SECRET)).toEqual([]);
		// Proof that the net has no hole: what is not personal is found, and each format gave records and dead letters.
		expect(placesOf(seen, RUN)).toContain("archive");
		const archive = seen.get("archive") ?? "";
		for (const feed of Object.keys(INPUTS)) expect(archive, feed).toContain(`"${feed}"`);
		const letters = [...seen].filter(([place]) => place.startsWith("dead-letters")).map(([, text]) => text);
		for (const feed of Object.keys(INPUTS)) expect(letters.join(), feed).toContain(`"feed":"${feed}"`);
		expect(letters.join()).toContain("***");
		expect(seen.get("printed")).toMatch(/warn feed:polled: .*\n|"subject":"feed:polled"/);
		const tides = [...seen].filter(([place]) => place.startsWith("tides/")).map(([, text]) => text);
		expect(tides.join()).toContain("2026-03-03");
		expect(seen.get("fresh /siri/vehicle-monitoring.xml")).toContain("<VehicleRef>V1</VehicleRef>");
		expect(seen.get("fresh /gtfs-rt/vehicle-positions.json")).toContain("50/423");
	});

	it("of runs come out nowhere either where the agency says that they are personal", async () => {
		const seen = await everythingSeen("{ operatorId: hash, runId: hash, key: { env: HASH } }");
		expect(placesOf(seen, RUN)).toEqual([]);
		expect(placesOf(seen, PERSON)).toEqual([]);
		expect(placesOf(seen, SECRET)).toEqual([]);
		expect(seen.get("archive")).toMatch(/"operatorId":"[0-9a-f]{32}"/);
		expect(seen.get("archive")).toMatch(/"runId":"[0-9a-f]{32}"/);
	});
});
