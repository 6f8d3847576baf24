import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { HAS_MOSQUITTO, MqttBroker } from "../../test/mqtt-broker.js";
import { describeLiveSource } from "../testing/live-source-contract.js";
import { SECRET, sourceContext } from "../testing/source-contract.js";
import { definition } from "./mqtt.js";
import type { LiveSource, Loss, StreamItem } from "./source.js";

const TITLE = HAS_MOSQUITTO
	? ""
	: " (skipped: Mosquitto is not installed; on Debian: apt-get install mosquitto)";

const WAIT = { timeout: 20_000, interval: 10 };
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

	it("says whether the broker still had its session: one without persistence forgets it when it is started anew", async () => {
		const mosquitto = await broker();
		const source = sourceOn(mosquitto.url, { qos: 1, session: "1h", clientId: "hub-3" });
		const connected = async () => {
			const { stop, ended } = await reading(source);
			const said = source.hasKept?.();
			stop.abort(new Error("over"));
			await ended;
			return said;
		};
		expect([await connected(), await connected()]).toEqual([false, true]);
		await mosquitto.stop();
		await mosquitto.resume();
		expect([await connected(), await connected()]).toEqual([false, true]);
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

	/** Says four things, takes one of them and stops; answers what was told to be lost. */
	async function leftBehind(mosquitto: MqttBroker, wish: object, qos: 0 | 1): Promise<number> {
		const vehicle = await mosquitto.client();
		const losses: Loss[] = [];
		const source = definition.create(
			definition.options.parse({ url: mosquitto.url, topics: ["/hfp/v2/#"], ...wish }),
			sourceContext({ feed: "hsl", lost: (loss) => losses.push(loss) }),
		) as LiveSource;
		const stop = new AbortController();
		const frames = await source.connect({ cursor: undefined, signal: stop.signal });
		const iterator = frames[Symbol.asyncIterator]();
		await vi.waitFor(() => expect(mosquitto.subscribed.size).toBe(1), WAIT);
		for (const text of ["one", "two", "three", "four"]) await tell(vehicle, "/hfp/v2/a", text, qos);
		expect(Buffer.from((await iterator.next()).value.bytes).toString()).toBe("one");
		stop.abort("over");
		await expect(iterator.next()).rejects.toBe("over");
		await vi.waitFor(() => expect(mosquitto.subscribed.size).toBe(0), WAIT);
		return losses.reduce((sum, { messages }) => sum + messages, 0);
	}

	it("counts what was in hand when it stops as lost, but for what the broker sends again", async () => {
		const mosquitto = await broker();
		// How much has come when it stops is not for the test to say.
		await vi.waitFor(async () => expect(await leftBehind(mosquitto, {}, 0)).toBe(3), WAIT);
		const session = { qos: 1, session: "1h", clientId: "hub-2" };
		expect(await leftBehind(mosquitto, session, 1)).toBe(0);
	}, 60_000);
});

describe.skipIf(!HAS_MOSQUITTO)(`mqtt source${TITLE}`, () => {
	let mosquitto: MqttBroker;
	let vehicle: MqttClient;
	/** Between the source and the broker, so that the connection can be cut and watched. */
	const near = new Set<Socket>();
	const relay = createServer((socket) => {
		const far = connect(Number(new URL(mosquitto.url).port), "127.0.0.1");
		near.add(socket);
		for (const [one, other] of [
			[socket, far],
			[far, socket],
		] as const) {
			one.on("error", () => undefined);
			one.on("close", () => other.destroy());
			one.pipe(other);
		}
		socket.on("close", () => near.delete(socket));
	});
	const cut = () => {
		for (const socket of near) socket.destroy();
	};
	beforeAll(async () => {
		mosquitto = await MqttBroker.start("max_queued_messages 0");
		vehicle = await mosquitto.client();
		await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
	});
	afterAll(async () => {
		cut();
		relay.close();
		await mosquitto.remove();
	});
	const hubs = (ids: ReadonlySet<string>) => [...ids].filter((id) => id.startsWith("wayside-")).length;
	/** The source is connected before its subscription is answered. */
	const subscribed = () => vi.waitFor(() => expect(hubs(mosquitto.subscribed)).toBe(1), WAIT);
	let said = 0;

	describeLiveSource({
		definition: definition as never,
		options: () => ({
			url: `mqtt://127.0.0.1:${(relay.address() as AddressInfo).port}`,
			topics: ["/hfp/v2/#"],
			username: "me",
		}),
		context: () => ({ secrets: { password: SECRET } }),
		refused: { "QoS 2": { url: "mqtt://broker.test", topics: ["a"], qos: 2 } },
		say: (frames) => {
			void subscribed().then(() => {
				for (let n = 0; n < frames; n++) vehicle.publish("/hfp/v2/a", `{"bus":${said++}}`, { qos: 0 });
			});
		},
		connections: () => mosquitto.taken,
		open: () => hubs(mosquitto.connected),
		cut,
		unreachable: () => ({
			options: { url: "mqtt://127.0.0.1:1", topics: ["a"], username: "me" },
			kind: "transient",
		}),
		flood: async () => {
			await subscribed();
			for (let n = 0; n < 40_000; n++) vehicle.publish("/hfp/v2/a", "x".repeat(1000), { qos: 0 });
			const held = () => [...near].reduce((sum, { writableLength }) => sum + writableLength, 0);
			await vi.waitFor(() => expect(held()).toBeGreaterThan(0), WAIT);
			return held();
		},
	});
});
