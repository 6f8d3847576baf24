import { createServer } from "node:net";
import type { MqttClient } from "mqtt";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HAS_MOSQUITTO, MqttBroker } from "../../test/mqtt-broker.js";
import { sourceContext } from "../testing/source-contract.js";
import { definition } from "./mqtt.js";
import type { LiveSource, StreamItem } from "./source.js";

const TITLE = HAS_MOSQUITTO
	? ""
	: " (skipped: Mosquitto is not installed; on Debian: apt-get install mosquitto)";

const sourceOn = (url: string, more: object = {}, secrets: Record<string, string> = {}): LiveSource =>
	definition.create(
		definition.options.parse({ url, topics: ["/hfp/v2/#"], ...more }),
		sourceContext({ feed: "hsl", secrets }),
	) as LiveSource;

describe("mqtt: options", () => {
	it.each([
		["another protocol", { url: "http://broker.test" }],
		["a password in the file", { url: "mqtt://me:hush@broker.test" }],
		["no topic", { url: "mqtt://broker.test", topics: [] }],
		["QoS 2", { url: "mqtt://broker.test", topics: ["a"], qos: 2 }],
		["an unknown option", { url: "mqtt://broker.test", topics: ["a"], topic: "b" }],
	])("refuse %s", (_, options) => {
		expect(definition.options.safeParse({ topics: ["a"], ...options }).success).toBe(false);
	});
});

describe("mqtt source and a broker that refuses", () => {
	it("says so of a subscription, and leaves no connection open", async () => {
		// CONNACK, and a SUBACK with reason 135: not authorised.
		let closed = () => {};
		const gone = new Promise<void>((resolve) => {
			closed = resolve;
		});
		const server = createServer((socket) => {
			socket.on("error", () => undefined);
			socket.on("close", closed);
			socket.on("data", (bytes: Buffer) => {
				if (bytes[0] === 0x10) socket.write(Buffer.from("2003000000", "hex"));
				if (bytes[0] === 0x82) socket.write(Buffer.from([0x90, 4, bytes[2] ?? 0, bytes[3] ?? 0, 0, 135]));
			});
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const source = sourceOn(`mqtt://127.0.0.1:${(server.address() as { port: number }).port}`);
		const frames = await source.connect({ cursor: undefined, signal: new AbortController().signal });
		await expect(frames[Symbol.asyncIterator]().next()).rejects.toMatchObject({
			code: "sink.refused",
			message: expect.stringContaining("Not authorized"),
		});
		await gone;
		server.close();
	});
});

describe.skipIf(!HAS_MOSQUITTO)(`mqtt source${TITLE}`, () => {
	const cleanups: (() => unknown)[] = [];
	afterEach(async () => {
		for (const clean of cleanups.splice(0).reverse()) await clean();
	});
	async function broker(...lines: readonly string[]): Promise<MqttBroker> {
		const one = await MqttBroker.start(...lines);
		cleanups.push(() => one.remove());
		return one;
	}
	/** Frames as they come, settled as intake does it unless told otherwise. */
	async function reading(source: LiveSource, settles = true) {
		const stop = new AbortController();
		const seen: StreamItem[] = [];
		const frames = await source.connect({ cursor: undefined, signal: stop.signal });
		const ended = (async () => {
			for await (const item of frames) {
				seen.push(item);
				if (settles) item.settled?.();
			}
		})().catch((thrown: unknown) => thrown);
		cleanups.push(async () => {
			stop.abort(new Error("over"));
			await ended;
		});
		return { seen, ended, stop };
	}
	const texts = (seen: readonly StreamItem[]) => seen.map(({ bytes }) => Buffer.from(bytes).toString());
	const tell = (client: MqttClient, topic: string, text: string, qos: 0 | 1 = 1, retain = false) =>
		client.publishAsync(topic, text, { qos, retain });

	it("makes a frame of each message, with its topic, and says what was retained", async () => {
		const mosquitto = await broker();
		const vehicle = await mosquitto.client();
		await tell(vehicle, "/hfp/v2/a", "kept", 1, true);
		await tell(vehicle, "/other/b", "of no interest", 1, true);
		const { seen } = await reading(sourceOn(mosquitto.url));
		await tell(vehicle, "/hfp/v2/b", "now");
		await vi.waitFor(() => expect(texts(seen)).toEqual(["kept", "now"]), 10_000);
		expect(seen.map(({ meta }) => meta)).toEqual([
			{ topic: "/hfp/v2/a", retained: "true" },
			{ topic: "/hfp/v2/b" },
		]);
		expect(seen[0]?.connection).toBe(`mqtt ${new URL(mosquitto.url).host}`);
	});

	it("with QoS 1 is sent again what was not settled, after a crash too, within its session", async () => {
		const mosquitto = await broker();
		const vehicle = await mosquitto.client();
		const wish = { qos: 1, session: "1h", clientId: "hub-1" };
		const first = await reading(sourceOn(mosquitto.url, wish), false);
		await tell(vehicle, "/hfp/v2/a", "one");
		await vi.waitFor(() => expect(texts(first.seen)).toEqual(["one"]), 10_000);
		first.stop.abort(new Error("killed"));
		await first.ended;
		await tell(vehicle, "/hfp/v2/a", "two, while away");
		const second = await reading(sourceOn(mosquitto.url, wish));
		await vi.waitFor(() => expect(texts(second.seen)).toEqual(["one", "two, while away"]), 10_000);
		second.stop.abort(new Error("over"));
		await second.ended;
		const third = await reading(sourceOn(mosquitto.url, wish));
		await tell(vehicle, "/hfp/v2/a", "three");
		await vi.waitFor(() => expect(texts(third.seen)).toEqual(["three"]), 10_000);
	});

	it("throws when the broker goes away, so that the harness connects again", async () => {
		const mosquitto = await broker();
		const { ended } = await reading(sourceOn(mosquitto.url));
		await mosquitto.stop();
		expect(await ended).toMatchObject({ kind: "transient" });
		await expect(
			sourceOn(mosquitto.url).connect({ cursor: undefined, signal: new AbortController().signal }),
		).rejects.toMatchObject({
			code: "net.refused",
		});
	});

	it("takes as many messages as there are, faster than they are taken from it, without losing one", async () => {
		const mosquitto = await broker("max_queued_messages 0");
		const vehicle = await mosquitto.client();
		const { seen } = await reading(sourceOn(mosquitto.url));
		const wanted = Array.from({ length: 3000 }, (_, n) => `${n}`.padEnd(2000, "."));
		for (const text of wanted) vehicle.publish("/hfp/v2/a", text, { qos: 0 });
		await vi.waitFor(() => expect(seen.length).toBe(3000), { timeout: 30_000, interval: 50 });
		expect(texts(seen)).toEqual(wanted);
	});

	it("says that a user is not known, without the password", async () => {
		const { writeFileSync } = await import("node:fs");
		const open = await broker();
		writeFileSync(`${open.folder}/users`, "");
		const closed = await broker(`password_file ${open.folder}/users`);
		const wish = { cursor: undefined, signal: new AbortController().signal };
		await expect(
			sourceOn(closed.url, { username: "me" }, { password: "hush" }).connect(wish),
		).rejects.toMatchObject({
			code: "sink.refused",
			message: expect.not.stringContaining("hush"),
		});
	});

	it("passes an abort through while it connects", async () => {
		const reason = { why: "closing" };
		const stop = new AbortController();
		const connecting = sourceOn("mqtt://127.0.0.1:1").connect({ cursor: undefined, signal: stop.signal });
		stop.abort(reason);
		expect(await connecting.catch((thrown: unknown) => thrown)).toBe(reason);
	});
});
