import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { describeLiveSource } from "../testing/live-source-contract.js";
import { SECRET, sourceContext } from "../testing/source-contract.js";
import type { LiveSource, Loss, SourceContext, StreamItem } from "./source.js";
import { definition } from "./tcp-lines.js";

const WAIT = { timeout: 20_000, interval: 10 };

/** A device gateway, which tells us what it hears from its vehicles. */
class Gateway {
	readonly sockets = new Set<Socket>();
	received = "";
	taken = 0;
	#server: Server | undefined;
	#said = 0;

	async start(): Promise<void> {
		this.#server = createServer((socket) => {
			this.taken++;
			this.sockets.add(socket);
			socket.on("error", () => undefined);
			socket.on("close", () => this.sockets.delete(socket));
			socket.on("data", (bytes) => {
				this.received += bytes.toString();
			});
		});
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
	}

	get address(): string {
		const bound = this.#server?.address();
		return `127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`;
	}

	write(bytes: string | Uint8Array): void {
		for (const socket of this.sockets) socket.write(bytes);
	}

	say(frames: number): void {
		for (let n = 0; n < frames; n++) this.write(`>RPV${this.#said++}<\r\n`);
	}

	cut(): void {
		for (const socket of this.sockets) socket.resetAndDestroy();
	}

	/** Bytes that nobody reads stay here once all buffers between are full. */
	async flood(): Promise<number> {
		const [socket] = this.sockets;
		if (socket === undefined) return 0;
		const line = Buffer.from(`${"x".repeat(1000)}\n`.repeat(1000));
		for (let n = 0; n < 48; n++) socket.write(line);
		const left = () => socket.writableLength;
		// Held back for good: nothing more leaves while the other side has time to read.
		await vi.waitFor(async () => {
			const before = left();
			await new Promise((resolve) => setTimeout(resolve, 250));
			expect(left()).toBe(before);
		}, WAIT);
		return left();
	}

	stop(): void {
		this.cut();
		this.#server?.close();
	}
}

const gateway = new Gateway();
const listening = { count: 0, ports: [] as number[] };
const devices = new Set<Socket>();

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
afterEach(() => {
	for (const device of devices) device.destroy();
	devices.clear();
});

describeLiveSource({
	definition: definition as never,
	options: () => ({ connect: gateway.address, greeting: "LOGIN {secret:login}\r\n" }),
	context: () => ({ secrets: { login: SECRET } }),
	refused: {
		"neither side calls": {},
		"both sides call": { connect: "a:1", listen: "b:2" },
		"no port": { connect: "gateway" },
		"a port that is none": { listen: "0.0.0.0:70000" },
		"port 0 to call": { connect: "gateway:0" },
		"an allow-list for whom we call": { connect: "a:1", allow: ["10.0.0.0/8"] },
		"a network that is none": { listen: "0.0.0.0:0", allow: ["10.0.0.0/40"] },
		"two characters at the end of a line": { connect: "a:1", lineEnd: "\r\n" },
	},
	say: (frames) => gateway.say(frames),
	connections: () => gateway.taken,
	open: () => gateway.sockets.size,
	cut: () => gateway.cut(),
	unreachable: () => ({ options: { connect: "127.0.0.1:1" }, kind: "transient" }),
	flood: () => gateway.flood(),
});

/** A source on which devices call, and what it gave and told until it is stopped. */
async function serving(options: object, more: Partial<SourceContext> = {}) {
	const stop = new AbortController();
	const losses: Loss[] = [];
	const events: string[] = [];
	let port = 0;
	const source = definition.create(
		definition.options.parse({ listen: "127.0.0.1:0", ...options }),
		sourceContext({
			lost: (loss) => losses.push(loss),
			onEvent: (_level, code, message, details) => {
				if (code === "source.listening") port = details?.["port"] as number;
				else events.push(message);
			},
			...more,
		}),
	) as LiveSource;
	const frames = await source.connect({ cursor: undefined, signal: stop.signal });
	const seen: StreamItem[] = [];
	const ended = (async () => {
		for await (const item of frames) seen.push(item);
	})().catch((thrown: unknown) => thrown);
	const over = async () => {
		stop.abort(new Error("over"));
		await ended;
	};
	const device = async () => {
		const socket = connect(port, "127.0.0.1");
		devices.add(socket);
		socket.on("error", () => undefined);
		await once(socket, "connect");
		return socket;
	};
	const texts = () => seen.map(({ bytes }) => Buffer.from(bytes).toString());
	return { seen, texts, losses, events, over, device, port };
}

let said = 0;
const sayAll = (frames: number) => {
	for (let n = 0; n < frames; n++) for (const device of devices) device.write(`$GPRMC,${said++}\r\n`);
};

describeLiveSource({
	definition: definition as never,
	options: () => ({ listen: "127.0.0.1:0" }),
	context: () => ({
		onEvent: (_level, code, _message, details) => {
			if (code !== "source.listening") return;
			listening.count++;
			const device = connect(details?.["port"] as number, "127.0.0.1");
			devices.add(device);
			device.on("error", () => undefined);
			device.on("close", () => devices.delete(device));
		},
	}),
	refused: {},
	say: sayAll,
	connections: () => listening.count,
	open: () => devices.size,
	unreachable: () => ({ options: { listen: gateway.address }, kind: "permanent" }),
	flood: async () => {
		const [device] = devices;
		if (device === undefined) return 0;
		for (let n = 0; n < 48; n++) device.write(Buffer.from(`${"x".repeat(1000)}\n`.repeat(1000)));
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		return device.writableLength;
	},
});

describe("tcp-lines", () => {
	it("greets the gateway that it calls, and reads its lines without taking it for the vehicle", async () => {
		gateway.received = "";
		const { seen, texts, over } = await serving(
			{ listen: undefined, connect: gateway.address, greeting: "LOGIN {secret:login}\r\n", lineEnd: "<" },
			{ secrets: { login: "me" } },
		);
		await vi.waitFor(() => expect(gateway.received).toBe("LOGIN me\r\n"), WAIT);
		gateway.write(">RPV1<>RPV");
		gateway.write("2<\r\n");
		await vi.waitFor(() => expect(texts()).toEqual([">RPV1<", ">RPV2<"]), WAIT);
		expect(seen[0]).toMatchObject({ connection: `tcp ${gateway.address}` });
		expect(seen[0]?.meta).toBeUndefined();
		await over();
	});

	it("keeps the lines of devices apart, with the address of each", async () => {
		const { seen, texts, device, over } = await serving({});
		const [one, two] = [await device(), await device()];
		one.write(">RPV1");
		two.write(">RPV2");
		one.write("<\r\n");
		two.write("<\r\n");
		await vi.waitFor(() => expect(texts().sort()).toEqual([">RPV1<", ">RPV2<"]), WAIT);
		const senders = seen.map(({ meta }) => meta?.["sender"]).sort();
		expect(senders).toEqual([one, two].map(({ localPort }) => `127.0.0.1:${localPort}`).sort());
		await over();
	});

	it("counts a line that was cut by a break and one that is too long as lost, and gives neither", async () => {
		const { texts, losses, device, over } = await serving({ lineLimit: "16B" });
		const one = await device();
		one.write(`ok\n${"x".repeat(1000)}\nfine\n>RPV03874+34`);
		await vi.waitFor(() => expect(texts()).toEqual(["ok", "fine"]), WAIT);
		one.resetAndDestroy();
		await vi.waitFor(() => {
			const told = losses.map(({ cause, messages }) => [cause, messages]).sort();
			expect(told).toEqual([
				["decode.limit", 1],
				["decode.truncated", 1],
			]);
		}, WAIT);
		await over();
	});

	it("turns away who is above the limits or not allowed, and says how many", async () => {
		const { events, device, over } = await serving({ connections: 2, connectionsPerAddress: 1 });
		const first = await device();
		const second = await device();
		await once(second, "close");
		first.destroy();
		await vi.waitFor(
			() => expect(events.join()).toContain("connections above `connectionsPerAddress`"),
			WAIT,
		);
		await over();
		const closed = await serving({ allow: ["10.0.0.0/8", "2001:db8::/32"] });
		await once(await closed.device(), "close");
		await vi.waitFor(() => expect(closed.events).toEqual([expect.stringContaining("`allow`")]), WAIT);
		await closed.over();
	});

	it("lets a device call again after its connection ended", async () => {
		const { texts, device, over } = await serving({ connections: 1 });
		for (const text of ["a", "b", "c"]) {
			const one = await vi.waitFor(async () => {
				const socket = await device();
				socket.write(`${text}\n`);
				await vi.waitFor(() => expect(texts()).toContain(text), { timeout: 200, interval: 10 });
				return socket;
			}, WAIT);
			one.destroy();
		}
		expect(new Set(texts())).toEqual(new Set(["a", "b", "c"]));
		await over();
	});

	it("takes more lines than fit at one time, faster than they are taken from it, without losing one", async () => {
		const { texts, losses, device, over } = await serving({});
		const one = await device();
		const wanted = Array.from({ length: 40_000 }, (_, n) => `${n}`.padEnd(300, "."));
		one.write(`${wanted.join("\r\n")}\r\n`);
		await vi.waitFor(() => expect(texts().length).toBe(wanted.length), WAIT);
		expect(texts()).toEqual(wanted);
		expect(losses).toEqual([]);
		await over();
	});

	it("gives up a silent connection that it made, and says so", async () => {
		const source = definition.create(
			definition.options.parse({ connect: gateway.address, idle: "1s" }),
			sourceContext(),
		) as LiveSource;
		const frames = await source.connect({ cursor: undefined, signal: new AbortController().signal });
		await expect(frames[Symbol.asyncIterator]().next()).rejects.toMatchObject({
			code: "net.timeout",
			message: expect.stringContaining("said nothing for 1 s"),
		});
	});

	it("names a secret that is missing", () => {
		const wish = definition.options.parse({ connect: "a:1", greeting: "{secret:login}" });
		expect(() => definition.create(wish, sourceContext())).toThrow(
			/secrets: \{ login: \{ env: VARIABLE \} \}/,
		);
	});
});
