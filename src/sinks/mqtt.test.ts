import { afterEach, describe, expect, it, vi } from "vitest";
import { BAD_SERVERS, type BadServer, withBadServer } from "../../test/bad-server.js";
import { HAS_MOSQUITTO, MqttBroker } from "../../test/mqtt-broker.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { batchOf, describeSinkContract, recordsFrom } from "../testing/sink-contract.js";
import { definition } from "./mqtt.js";
import type { DeliverySink } from "./sink.js";

const NEVER = new AbortController().signal;
const TITLE = HAS_MOSQUITTO
	? ""
	: " (skipped: Mosquitto is not installed; on Debian: apt-get install mosquitto)";
const runtime = createNodeRuntime();

function sinkOn(url: string, more: object = {}): DeliverySink {
	const options = definition.options.parse({ url, ...more });
	return definition.create(options, {
		name: "partner",
		runtime,
		baseDirectory: "/",
		secrets: {},
	}) as DeliverySink;
}

describe("mqtt: options of the sink", () => {
	it.each([
		["a wildcard", "wayside/+/x"],
		["an unknown placeholder", "wayside/{vehicle}"],
	])("refuse %s in a topic", (_, topic) => {
		expect(definition.options.safeParse({ url: "mqtt://broker.test", topic }).success).toBe(false);
	});
});

describe("mqtt sink and a broker that is none", () => {
	it.each(Object.keys(BAD_SERVERS) as BadServer[])("tries again one that %s", async (kind) => {
		const delivery = await withBadServer(kind, async (port) => {
			const sink = sinkOn(`mqtt://127.0.0.1:${port}`, { timeout: "1s" });
			const given = await sink.write(batchOf(recordsFrom(0, 1)), NEVER);
			await sink.close();
			return given;
		});
		expect(delivery).toMatchObject({ outcome: "transient" });
	});
});

describe.skipIf(!HAS_MOSQUITTO)(`mqtt sink${TITLE}`, () => {
	const cleanups: (() => unknown)[] = [];
	afterEach(async () => {
		for (const clean of cleanups.splice(0).reverse()) await clean();
	});
	async function broker(...lines: readonly string[]): Promise<MqttBroker> {
		const one = await MqttBroker.start(...lines);
		cleanups.push(() => one.remove());
		return one;
	}
	async function opened(url: string, more: object = {}): Promise<DeliverySink> {
		const sink = sinkOn(url, more);
		cleanups.push(() => sink.close());
		await sink.open(undefined);
		return sink;
	}
	interface Seen {
		readonly topic: string;
		readonly text: string;
		readonly retained: boolean;
	}
	async function listening(mosquitto: MqttBroker): Promise<Seen[]> {
		const client = await mosquitto.client();
		const seen: Seen[] = [];
		client.on("message", (topic, payload, { retain }) =>
			seen.push({ topic, text: payload.toString(), retained: retain }),
		);
		await client.subscribeAsync("wayside/#", { qos: 1 });
		return seen;
	}
	const idOf = ({ text }: Seen) => (JSON.parse(text) as { id: string }).id;

	describeSinkContract("mqtt", async () => {
		const mosquitto = await MqttBroker.start();
		const seen = await listening(mosquitto);
		return {
			create: () => sinkOn(mosquitto.url),
			// As a subscriber that keeps the ids which it has seen ends up with.
			received: async () => {
				const marker = await mosquitto.client();
				await marker.publishAsync("wayside/marker", "end", { qos: 1 });
				await vi.waitFor(() => expect(seen.at(-1)?.text).toBe("end"), 10_000);
				return [...new Set(seen.filter(({ text }) => text !== "end").map(idOf))];
			},
			dispose: () => mosquitto.remove(),
		};
	});

	it("retains the newest of each vehicle: late ones do not replace it, and a removal clears it", async () => {
		const mosquitto = await broker();
		const sink = await opened(mosquitto.url);
		const at = (vehicle: string, seconds: number, more: object = {}) =>
			sampleRecord({ vehicle, eventTime: NOON + seconds * 1000, ...more });
		const gone = {
			...at("2", 20),
			body: { kind: "vehicle_location", vehicleId: "2", removed: true } as const,
		};
		const records = [at("1", 0), at("1", 10), at("2", 10), at("1", 5, { flags: ["late"] }), gone];
		const live = await listening(mosquitto);
		expect(await sink.write(batchOf(records), NEVER)).toEqual({ outcome: "ok" });
		const whole = records.map(recordId);
		await vi.waitFor(() => expect(live.filter(({ text }) => text !== "").map(idOf)).toEqual(whole), 10_000);
		const later = await listening(mosquitto);
		await vi.waitFor(() => expect(later).toHaveLength(1), 10_000);
		expect(later[0]).toMatchObject({ topic: "wayside/metro/vehicle_location/metro:1", retained: true });
		expect(idOf(later[0] as Seen)).toBe(recordId(at("1", 10)));
	});

	it("publishes a correction with its revision and flags to who subscribes, and does not put it in the place of the newest", async () => {
		const mosquitto = await broker();
		const sink = await opened(mosquitto.url);
		const live = await listening(mosquitto);
		const first = sampleRecord({ vehicle: "1", eventTime: NOON });
		const correction: TransitRecord = { ...first, revision: 1, flags: ["late", "redecoded"] };
		const newest = sampleRecord({ vehicle: "1", eventTime: NOON + 10_000 });
		await sink.write(batchOf([first, newest, correction]), NEVER);
		await vi.waitFor(() => expect(live).toHaveLength(3), 10_000);
		expect(JSON.parse(live[2]?.text ?? "")).toMatchObject({
			id: recordId(first),
			revision: 1,
			flags: ["late", "redecoded"],
		});
		const later = await listening(mosquitto);
		await vi.waitFor(() => expect(later.map(idOf)).toEqual([recordId(newest)]), 10_000);
	});

	it("writes topics as the template says, with what would mean something in a topic encoded", async () => {
		const mosquitto = await broker();
		const sink = await opened(mosquitto.url, { topic: "wayside/{feed}/{vehicleId}/{routeId}" });
		const seen = await listening(mosquitto);
		await sink.write(batchOf([sampleRecord({ vehicle: "a/b+#\u0000%" })]), NEVER);
		await vi.waitFor(() => expect(seen).toHaveLength(1), 10_000);
		expect(seen[0]?.topic).toBe("wayside/metro-avl/a%2fb%2b%23%00%25/_");
	});

	it("waits for a broker that is away, and publishes the batch again when it is back", async () => {
		const mosquitto = await broker();
		const sink = await opened(mosquitto.url);
		await sink.write(batchOf(recordsFrom(0, 2)), NEVER);
		await mosquitto.stop();
		expect(await sink.write(batchOf(recordsFrom(2, 2), 2), NEVER)).toMatchObject({ outcome: "transient" });
		await mosquitto.resume();
		const seen = await listening(mosquitto);
		expect(await sink.write(batchOf(recordsFrom(2, 2), 2), NEVER)).toEqual({ outcome: "ok" });
		await vi.waitFor(() => expect(seen.map(idOf)).toEqual(recordsFrom(2, 2).map(recordId)), 10_000);
	});

	it("holds, and burns no record, where the broker does not let us publish", async () => {
		const { writeFileSync } = await import("node:fs");
		const folder = await broker();
		writeFileSync(`${folder.folder}/acl`, "topic read #\n");
		const strict = await broker(`acl_file ${folder.folder}/acl`);
		const sink = await opened(strict.url);
		expect(await sink.write(batchOf(recordsFrom(0, 2)), NEVER)).toMatchObject({
			outcome: "bad_sink",
			failure: { code: "sink.refused" },
		});
	});

	it("names the one record that is larger than the broker takes", async () => {
		const mosquitto = await broker("max_packet_size 2000");
		const sink = await opened(mosquitto.url);
		const large = sampleRecord({ vehicle: "x".repeat(3000) });
		const delivery = await sink.write(batchOf([...recordsFrom(0, 1), large, ...recordsFrom(1, 1)]), NEVER);
		expect(delivery).toMatchObject({ outcome: "bad_records", rejected: [{ index: 1 }] });
		expect(await sink.write(batchOf(recordsFrom(0, 2)), NEVER)).toEqual({ outcome: "ok" });
	});

	it("publishes more than a broker takes at one time", async () => {
		const mosquitto = await broker("max_inflight_messages 5");
		const sink = await opened(mosquitto.url);
		const seen = await listening(mosquitto);
		expect(await sink.write(batchOf(recordsFrom(0, 500)), NEVER)).toEqual({ outcome: "ok" });
		await vi.waitFor(() => expect(seen.map(idOf)).toEqual(recordsFrom(0, 500).map(recordId)), 20_000);
	});
});
