import { afterEach, describe, expect, it } from "vitest";
import { BUILTINS } from "../src/config/builtins.js";
import { loadConfig } from "../src/config/load.js";
import { whyEndpoint } from "../src/gateway/why-endpoint.js";
import { createHub, type Hub } from "../src/hub.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { Failure } from "../src/model/failure.js";
import type { Http } from "../src/runtime/http.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";

const CONFIG = `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/vehicles, every: 10s, history: none }
        decoder: swiftly
sinks:
  rider-feed: { type: gtfs-realtime, unassigned: withhold }
  partner: { type: webhook, url: http://partner.test/in }
  alerts-only: { type: webhook, url: http://alerts.test/in }
routes:
  - { from: buses, to: rider-feed, mode: latest }
  - { from: buses, to: partner, mode: every }
  - { from: buses, kinds: [service_alert], to: alerts-only, mode: every }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;

/** A hub whose upstream answers what the test says, and whose partner may be dead. */
class Scene {
	vehicles: unknown[] = [];
	isPartnerDead = false;
	refuses: string | undefined;
	readonly #http: Http = {
		request: async ({ url, body }) => {
			const isUpstream = url.includes("avl.test");
			if (!isUpstream && this.isPartnerDead) throw new Failure("net.refused", "the partner is dead");
			const sent = body === undefined ? "" : Buffer.from(body).toString();
			const isRefused = !isUpstream && this.refuses !== undefined && sent.includes(this.refuses);
			const answer = { success: true, data: { agencyKey: "metro", vehicles: this.vehicles } };
			const bytes = new TextEncoder().encode(isUpstream ? JSON.stringify(answer) : "");
			const status = isRefused ? 422 : 200;
			return {
				status,
				headers: { "content-type": "application/json" },
				body: bytes,
				wireBytes: bytes.length,
			};
		},
	};
	readonly time = createVirtualRuntime({ http: this.#http });
	readonly log = createMemoryLog({ storage: new MemoryStorage(2) });
	hub: Hub | undefined;

	async start(): Promise<Hub> {
		const { config, findings } = await loadConfig(CONFIG, "/nowhere", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: {},
			skipEnvironment: true,
		});
		if (config === undefined) throw new Error(JSON.stringify(findings));
		this.hub = createHub(config, { runtime: this.time.runtime, log: this.log, version: "test" });
		await this.hub.start();
		return this.hub;
	}

	seconds(count: number): Promise<unknown> {
		return this.time.advance(count * 1000);
	}

	report(id: string, more: Record<string, unknown> = {}) {
		const time = Math.floor(this.time.runtime.clock.now() / 1000);
		return {
			id,
			tripId: "t1",
			routeId: "7",
			loc: { lat: 41.9, lon: -87.6, time, speed: 3, heading: 90 },
			...more,
		};
	}
}

describe("why", () => {
	let scene: Scene;
	afterEach(async () => {
		await scene.hub?.close();
	});

	async function begin(vehicles: (scene: Scene) => unknown[]): Promise<Hub> {
		scene = new Scene();
		scene.vehicles = vehicles(scene);
		const hub = await scene.start();
		await scene.seconds(15);
		return hub;
	}

	it("tells of a vehicle where its bytes came from, who read them, and what each sink made of it", async () => {
		const hub = await begin((one) => [one.report("4012")]);
		scene.vehicles = [scene.report("4012")];
		await scene.seconds(15);
		const { record, earlier, sentence } = await hub.why("4012");
		expect(sentence).toBe("This is the newest that is known of it.");
		expect(record).toMatchObject({
			feed: "buses",
			upstream: 0,
			decoder: "swiftly@1",
			index: 0,
			revision: 0,
			flags: [],
		});
		expect(record?.id).toBe(`vehicle_location/metro:4012/${record?.eventTime}`);
		expect(record?.frame).toMatchObject({ sentence: "Its bytes are kept.", bytes: expect.any(Number) });
		expect(record?.body).toMatchObject({ vehicleId: "4012", tripId: "t1" });
		expect(earlier).toHaveLength(1);
		// When the first one came nothing had been told of the feed yet.
		expect(record?.feedThen?.sentence).toBe("running: Frames come as expected.");
		expect(record?.feedThen?.time).toBeLessThanOrEqual(record?.receivedTime ?? 0);
		const first = (await hub.why(earlier[0]?.id ?? "")).record;
		expect(first?.feedThen).toEqual({ sentence: "What is kept of the day before does not say how it was." });
		expect(record?.sinks.map(({ name, state }) => [name, state])).toEqual([
			["rider-feed", "shown"],
			["partner", "delivered"],
			["alerts-only", "not_routed"],
		]);
		expect(record?.sinks[0]?.sentence).toMatch(/^Shown, as fresh: it is \d+ s old\.$/);
		expect(record?.sinks[2]?.sentence).toBe("No route leads records of kind vehicle_location here.");
	});

	it("says why riders do not see a vehicle: unassigned, in the future, too old, overtaken", async () => {
		const hub = await begin((one) => [
			one.report("idle", { tripId: undefined, routeId: undefined }),
			one.report("ahead", { loc: { ...one.report("x").loc, time: 4_000_000_000 } }),
			one.report("old"),
		]);
		const stateOf = async (asked: string) => (await hub.why(asked)).record?.sinks[0];
		expect(await stateOf("idle")).toMatchObject({
			state: "left_out",
			sentence: expect.stringMatching(/^Withheld: it is on no trip/),
		});
		expect(await stateOf("ahead")).toMatchObject({
			state: "left_out",
			sentence: expect.stringMatching(/^Withheld: its time lies in the future/),
		});
		const first = (await hub.why("old")).record?.id ?? "";
		scene.vehicles = [scene.report("old")];
		await scene.seconds(15);
		expect((await hub.why(first)).record?.sinks[0]).toMatchObject({
			sentence: expect.stringMatching(/^Overtaken: what is shown is newer/),
		});
		scene.vehicles = [];
		await scene.seconds(600);
		expect(await stateOf("old")).toMatchObject({
			state: "left_out",
			sentence: expect.stringMatching(/beyond the tier `gone`/),
		});
	});

	it("says that a record waits for a dead sink, and what a destination refused", async () => {
		scene = new Scene();
		scene.isPartnerDead = true;
		scene.vehicles = [scene.report("4012")];
		const hub = await scene.start();
		await scene.seconds(15);
		const waiting = (await hub.why("metro:4012")).record?.sinks[1];
		expect(waiting?.state).toBe("waiting");
		expect(waiting?.sentence).toMatch(/^It waits: the sink goes on at \d+ of this partition/);
		scene.isPartnerDead = false;
		scene.refuses = "4013";
		scene.vehicles = [scene.report("4013")];
		await scene.seconds(400);
		const refused = (await hub.why("4013")).record;
		expect(refused?.sinks[1]).toMatchObject({
			state: "dead_lettered",
			sentence: expect.stringMatching(/the dead letter is open/),
		});
		const { letters } = await scene.log.letters({ limit: 1 });
		const place = `${letters[0]?.partition}/${letters[0]?.offset}`;
		const story = await hub.why(place);
		expect(story.letter).toMatchObject({ stage: "sink:partner", recordId: refused?.id, state: "open" });
		expect(story.record?.id).toBe(refused?.id);
		expect(story.sentence).toMatch(/^Sink partner refused it/);
	});

	it("finds nothing honestly: spelled alike, named by a label, in a dead letter, or not at all", async () => {
		const hub = await begin((one) => [
			one.report("bus-04012"),
			{ id: "9999", loc: "nowhere" },
			"not a vehicle 777",
		]);
		const missing = await hub.why("4012");
		expect(missing.record).toBeUndefined();
		expect(missing.lookalikes).toEqual(["bus-04012"]);
		expect(missing.sentence).toMatch(/spelled alike/);
		expect(missing.feeds).toMatchObject([{ name: "buses" }]);
		expect((await hub.why("t1")).sentence).toMatch(/belongs to metro:bus-04012/);
		expect((await hub.why("777")).issues).toMatchObject([{ subject: "feed:buses", code: "decode.record" }]);
		expect((await hub.why("0/99999")).sentence).toMatch(/^No dead letter lies at this place/);
		expect((await hub.why("vehicle_location/metro:4012/1")).sentence).toMatch(/^No record has this id/);
	});

	it("answers over HTTP, and refuses what can be no id with a problem document", async () => {
		const hub = await begin((one) => [one.report("4012")]);
		const endpoint = whyEndpoint((asked) => hub.why(asked));
		const request = {
			method: "GET",
			path: "/",
			query: {},
			headers: {},
			body: new Uint8Array(),
			remoteAddress: "",
		};
		const signal = new AbortController().signal;
		const good = await endpoint.handle({ ...request, params: { id: "4012" }, signal });
		expect(JSON.parse(String(good.body)).record.feed).toBe("buses");
		const bad = await endpoint.handle({ ...request, params: { id: "x".repeat(301) }, signal });
		expect(bad.status).toBe(400);
		expect(String(bad.body)).toContain("301 characters");
	});
});
