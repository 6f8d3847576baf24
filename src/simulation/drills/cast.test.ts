import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BUILTINS } from "../../config/builtins.js";
import { loadConfig } from "../../config/load.js";
import { createVirtualRuntime } from "../virtual-runtime.js";
import { type Cast, castOf, type Unusable } from "./cast.js";
import { startTimeOf } from "./drill.js";
import { runDrill } from "./index.js";
import type { DrillName } from "./names.js";
import { SCENARIOS, type Scenario } from "./scenarios.js";

const POLL = "{ type: http-poll, url: http://avl.test/vehicles, every: 10s, history: none }";
const PUSH = "{ type: http-push, auth: bearer, secret: { env: TOKEN } }";
const RIDERS = "riders: { type: gtfs-realtime }";
const PARTNER = "partner: { type: webhook, url: http://partner.test/in, secret: { env: KEY } }";
const PLAIN = "{ vehicleId: id, eventTime: at, latitude: lat, longitude: lon }";

async function configOf(source: string, decoder: string, sink = RIDERS) {
	const [name = ""] = sink.split(":");
	const mode = sink === RIDERS ? "latest" : "every";
	const text = `
agencies: { metro: { timezone: Europe/London } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: ${source}
        decoder: ${decoder}
sinks:
  ${sink}
routes:
  - { from: buses, to: ${name}, mode: ${mode} }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;
	const { config, findings } = await loadConfig(text, "/simulated", {
		plugins: BUILTINS,
		runtime: createVirtualRuntime().runtime,
		environment: {},
		skipEnvironment: true,
	});
	if (config === undefined) throw new Error(JSON.stringify(findings));
	return config;
}

function scenarioOf(name: DrillName): Scenario {
	const found = SCENARIOS.find((one) => one.name === name);
	if (found === undefined) throw new Error(`no drill ${name}`);
	return found;
}

async function cast(source: string, decoder: string, name: DrillName = "flapping", sink = RIDERS) {
	const config = await configOf(source, decoder, sink);
	const scenario = scenarioOf(name);
	return castOf(config, scenario, startTimeOf(config, scenario));
}

describe("a configuration that a drill cannot use", () => {
	it.each<[what: string, source: string, decoder: string, drill: DrillName, path: string, why: RegExp]>([
		[
			"a decoder without a voice",
			POLL,
			"nextbus",
			"flapping",
			"feeds.buses.upstreams[0].decoder",
			/does not speak nextbus/,
		],
		[
			"XML",
			POLL,
			`{ type: mapping, format: xml, records: a.b, fields: ${PLAIN} }`,
			"flapping",
			"feeds.buses.upstreams[0].decoder",
			/reads XML/,
		],
		[
			"places that nobody can write to",
			POLL,
			"{ type: mapping, records: 'list[]', fields: { vehicleId: '*.id', eventTime: at, latitude: lat, longitude: lon } }",
			"flapping",
			"feeds.buses.upstreams[0].decoder",
			/fields.vehicleId is not mapped to one plain path/,
		],
		[
			"records that are dropped whatever they say",
			POLL,
			`{ type: mapping, records: 'list[]', drop: [{ path: id, present: true }], fields: ${PLAIN} }`,
			"flapping",
			"feeds.buses.upstreams[0].decoder",
			/it reads 0/,
		],
		[
			"a time pattern",
			POLL,
			"{ type: mapping, records: 'list[]', fields: { vehicleId: id, eventTime: { path: at, time: 'MMM d yyyy hh:mm a' }, latitude: lat, longitude: lon } }",
			"flapping",
			"feeds.buses.upstreams[0].decoder",
			/time pattern/,
		],
		[
			"a recording",
			"{ type: file-replay, paths: ./captures }",
			"gtfs-realtime",
			"flapping",
			"feeds.buses.upstreams[0].source",
			/no stand-in for file-replay/,
		],
		[
			"calls of a plan",
			"{ type: http-poll, url: 'http://avl.test/{items}/v', every: 60s, history: none, plan: { items: [a, b] } }",
			"gtfs-realtime",
			"flapping",
			"feeds.buses.upstreams[0].source",
			/elsewhere than in a query parameter/,
		],
		["no destination", POLL, "gtfs-realtime", "dead-sink", "sinks", /needs a sink that delivers/],
		["nobody to ask", PUSH, "gtfs-realtime", "bandwidth-cap", "feeds", /needs a feed that is polled/],
	])("is told so: %s", async (_what, source, decoder, drill, path, why) => {
		const unusable = (await cast(source, decoder, drill)) as readonly Unusable[];
		expect(unusable).toEqual([{ path, why: expect.stringMatching(why) }]);
	});
});

describe("a voice", () => {
	it.each(["wmata", "passio", "stagecoach", "doublemap", "lothian", "capmetro-day-log", "transitime-avl"])(
		"says what the mapping of %s reads",
		async (example) => {
			const yaml = readFileSync(
				new URL(`../../../examples/mappings/${example}.yaml`, import.meta.url),
				"utf8",
			);
			const indented = yaml.replace(/^/gm, "          ");
			const { feeds } = (await cast(POLL, `\n          type: mapping\n${indented}`)) as Cast;
			expect(feeds?.[0]?.vehicles.size).toBeGreaterThan(20);
		},
	);

	it.each([
		["epoch-s", "{ path: at, time: epoch-s }"],
		["a local pattern", "{ path: at, time: 'dd/MM/yyyy HH:mm:ss' }"],
		["minutes", "{ path: at, time: 'yyyyMMdd HH:mm' }"],
		["seconds ago", "{ path: meta.age, time: seconds-ago }"],
	])("states times as %s", async (_what, eventTime) => {
		const decoder = `{ type: mapping, records: 'page.list[]', fields: { vehicleId: { path: id, prefix: bus- }, eventTime: ${eventTime}, latitude: { path: pos.lat, scale: 1e-6 }, longitude: { path: pos.lon, scale: 1e-6 }, speedMps: { path: v, unit: km/h } } }`;
		const { feeds } = (await cast(POLL, decoder)) as Cast;
		expect(feeds?.[0]?.vehicles.size).toBeGreaterThan(20);
	});
});

describe("a drill", { timeout: 60_000 }, () => {
	const pushed = `{ type: mapping, records: 'reports[]', fields: ${PLAIN} }`;

	it.each<DrillName>(["outage-10-minutes", "restart-under-load", "poison-record"])(
		"%s loses nothing of a sender who keeps what was not taken, and reaches a signed webhook",
		async (name) => {
			const card = await runDrill(await configOf(PUSH, pushed, PARTNER), scenarioOf(name));
			if (!("grade" in card)) throw new Error(JSON.stringify(card));
			expect(card.measured).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0 });
			expect(card.measured.delivered).toBeGreaterThan(1000);
			expect(card.measured.reports).toBeGreaterThan(1000);
		},
	);

	it.each([
		["hfp", "{ type: mqtt, url: 'mqtt://broker.test', topics: ['/hfp/v2/journey/ongoing/vp/#'] }"],
		["taip", "{ type: udp, listen: '127.0.0.1:0' }"],
		["nmea", "{ type: tcp-lines, listen: '127.0.0.1:0' }"],
	])("hears upstreams that speak when they like, in the words of %s", async (decoder, source) => {
		const config = await configOf(source, decoder);
		for (const name of ["restart-under-load", "clock-ahead", "outage-10-minutes"] as const) {
			const card = await runDrill(config, scenarioOf(name));
			if (!("grade" in card)) throw new Error(JSON.stringify(card));
			expect(card.measured, name).toMatchObject({ lost: 0, duplicated: 0, untrue: 0 });
			expect(card.measured.reports).toBeGreaterThan(500);
		}
		const poison = await runDrill(config, scenarioOf("poison-record"));
		if (!("grade" in poison)) throw new Error(JSON.stringify(poison));
		expect(poison.measured).toMatchObject({ lost: 0, strayLetters: 0 });
		expect(poison.measured.deadLetters).not.toEqual({});
	});

	it.each(["hmac-sha256", "standard-webhooks"])("hears a sender that signs by %s", async (auth) => {
		const source = `{ type: http-push, auth: ${auth}, secret: { env: KEY } }`;
		const card = await runDrill(await configOf(source, pushed), scenarioOf("restart-under-load"));
		if (!("grade" in card)) throw new Error(JSON.stringify(card));
		expect(card.measured).toMatchObject({ lost: 0, unread: 0, outOfOrder: 0, deadLetters: {} });
		expect(card.measured.reports).toBeGreaterThan(1000);
	});

	it.each([
		["postgres", "rows: { type: postgres, url: postgres://me@db.test/transit, password: { env: KEY } }"],
		["mqtt", "bus: { type: mqtt, url: mqtt://broker.test, topic: 'out/{key}' }"],
		["tides-csv", "days: { type: tides-csv, directory: ./days, timezone: Europe/London, agency: Metro }"],
	])("reaches a destination in place of %s, which is away, and refuses records", async (_type, sink) => {
		const config = await configOf(POLL, "gtfs-realtime", sink);
		for (const name of ["dead-sink", "poison-record"] as const) {
			const card = await runDrill(config, scenarioOf(name));
			if (!("grade" in card)) throw new Error(JSON.stringify(card));
			expect(card.measured).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0 });
			expect(card.measured.delivered).toBeGreaterThan(500);
			const letters = Object.keys(card.measured.deadLetters).filter((cause) => cause.startsWith("sink:"));
			expect(letters.length).toBe(name === "poison-record" ? 1 : 0);
		}
	});

	it.each([
		["the routes that it is told of", "discover: { url: 'http://avl.test/routes', path: 'r.routes[].rt' }"],
		["routes of the configuration", "items: [north, south, east, west, ring]"],
	])("answers sweeps over %s, in the words of BusTime", async (_what, items) => {
		const plan = `{ ${items}, maxPerCall: 2, quiet: { path: "bustime-response.vehicle[].rt" } }`;
		const source = `{ type: http-poll, url: 'http://avl.test/api/getvehicles?rt={items}', every: 20s, history: none, plan: ${plan} }`;
		const config = await configOf(source, "bustime");
		const card = await runDrill(config, scenarioOf("restart-under-load"));
		if (!("grade" in card)) throw new Error(JSON.stringify(card));
		expect(card.measured).toMatchObject({ lost: 0, untrue: 0, outOfOrder: 0, deadLetters: {} });
		expect(card.measured.freshness?.p95Ms).toBeLessThan(120_000);
		const changed = await runDrill(config, scenarioOf("schema-change"));
		if (!("grade" in changed)) throw new Error(JSON.stringify(changed));
		expect(changed.measured.kept).toBeGreaterThan(50);
	});

	it("is understood in SIRI, whose speeds are in the unit that the decoder is told", async () => {
		const config = await configOf(POLL, "{ type: siri-vm, velocityUnit: km/h, vehicleIdWithOperator: true }");
		const card = await runDrill(config, scenarioOf("outage-10-minutes"));
		if (!("grade" in card)) throw new Error(JSON.stringify(card));
		expect(card.measured).toMatchObject({ lost: 0, untrue: 0, deadLetters: {} });
		const bad = await runDrill(config, scenarioOf("poison-record"));
		if (!("grade" in bad)) throw new Error(JSON.stringify(bad));
		expect(bad.measured.deadLetters).not.toEqual({});
		expect(bad.measured.strayLetters).toBe(0);
	});

	it.each(["bustime", "mbta", "demo"])("can use examples/%s.yaml, each of them", async (name) => {
		const text = readFileSync(new URL(`../../../examples/${name}.yaml`, import.meta.url), "utf8");
		const { config } = await loadConfig(text, "/simulated", {
			plugins: BUILTINS,
			runtime: createVirtualRuntime().runtime,
			environment: { WAYSIDE_DEMO_GATEWAY: "http://gateway.test" },
			skipEnvironment: true,
		});
		if (config === undefined) throw new Error("it does not pass the check");
		for (const scenario of SCENARIOS)
			expect(castOf(config, scenario, startTimeOf(config, scenario))).toHaveProperty("feeds");
	});

	it("of an outage sees that a standby is a way out, where the trouble is the first upstream's own", async () => {
		const both = `${POLL}
        decoder: gtfs-realtime
      - source: { type: http-poll, url: http://standby.test/vehicles, every: 10s, history: none }`;
		const config = await configOf(both, "gtfs-realtime");
		const alone = await runDrill(await configOf(POLL, "gtfs-realtime"), scenarioOf("frozen-feed"));
		const backed = await runDrill(config, scenarioOf("frozen-feed"));
		if (!("grade" in alone && "grade" in backed)) throw new Error("not run");
		expect(backed.measured.unread).toBeLessThan(alone.measured.unread / 2);
	});
});
