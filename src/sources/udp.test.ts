import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { describeLiveSource } from "../testing/live-source-contract.js";
import { sourceContext } from "../testing/source-contract.js";
import type { LiveSource, Loss, StreamItem } from "./source.js";
import { definition } from "./udp.js";

const WAIT = { timeout: 20_000, interval: 10 };
const modem = createSocket("udp4");
const taken = createSocket("udp4");
const place = { port: 0, listened: 0 };
let said = 0;

const tell = (text: string, port = place.port) =>
	new Promise<void>((resolve) => modem.send(text, port, "127.0.0.1", () => resolve()));

beforeAll(async () => {
	modem.bind(0, "127.0.0.1");
	taken.bind(0, "127.0.0.1");
	await Promise.all([once(modem, "listening"), once(taken, "listening")]);
});
afterAll(() => {
	modem.close();
	taken.close();
});

/** Whether somebody listens there still: only then the port cannot be taken. */
async function listens(port: number): Promise<number> {
	const probe = createSocket("udp4");
	const isTaken = await new Promise<boolean>((resolve) => {
		probe.once("error", () => resolve(true));
		probe.bind(port, "127.0.0.1", () => resolve(false));
	});
	probe.close();
	return isTaken ? 1 : 0;
}

describeLiveSource({
	definition: definition as never,
	options: () => ({ listen: "127.0.0.1:0", queue: "64KiB" }),
	context: () => ({
		onEvent: (_level, code, _message, details) => {
			if (code !== "source.listening") return;
			place.port = details?.["port"] as number;
			place.listened++;
		},
	}),
	refused: {
		"no port": { listen: "0.0.0.0" },
		"a network that is none": { listen: "0.0.0.0:1", allow: ["modems"] },
		"a group that is no address": { listen: "0.0.0.0:1", multicast: ["all"] },
	},
	say: (frames) => {
		for (let n = 0; n < frames; n++) modem.send(`>RPV${said++}<`, place.port, "127.0.0.1");
	},
	connections: () => place.listened,
	open: () => listens(place.port),
	unreachable: () => ({ options: { listen: `127.0.0.1:${taken.address().port}` }, kind: "permanent" }),
	flood: async () => {
		for (let n = 0; n < 300; n++) await tell("x".repeat(1000));
		return 0;
	},
});

async function listening(options: object) {
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
		}),
	) as LiveSource;
	const frames = await source.connect({ cursor: undefined, signal: stop.signal });
	return { port, losses, events, frames, stop };
}

describe("udp", () => {
	it("makes a frame of each datagram, byte for byte, with its sender, and leaves out those that may not send", async () => {
		const { port, frames, stop } = await listening({ allow: ["127.0.0.0/8"] });
		await tell(">RPV1<\r\n>RPV2<\r\n", port);
		const { value } = await frames[Symbol.asyncIterator]().next();
		const item = value as StreamItem;
		expect(Buffer.from(item.bytes).toString()).toBe(">RPV1<\r\n>RPV2<\r\n");
		const sender = `127.0.0.1:${modem.address().port}`;
		expect([item.connection, item.meta]).toEqual([`udp ${sender}`, { sender }]);
		stop.abort(new Error("over"));
		const strict = await listening({ allow: ["10.0.0.0/8"] });
		await tell("stranger", strict.port);
		await vi.waitFor(() => expect(strict.events).toEqual([expect.stringContaining("`allow`")]), WAIT);
		strict.stop.abort(new Error("over"));
		expect(strict.losses).toEqual([]);
	});

	it("accounts for every datagram that reached it: given, dropped for want of room, or in hand at the end", async () => {
		const { port, losses, frames, stop } = await listening({ queue: "10kB", receiveBuffer: "4MiB" });
		const SENT = 100;
		for (let n = 0; n < SENT; n++) await tell(`${n}`.padEnd(1000, "."), port);
		const lost = (cause: string) =>
			losses.filter((loss) => loss.cause === cause).reduce((sum, { messages }) => sum + messages, 0);
		await vi.waitFor(() => expect(lost("store.busy")).toBe(SENT - 10), WAIT);
		const iterator = frames[Symbol.asyncIterator]();
		const given: string[] = [];
		for (let n = 0; n < 4; n++) given.push(Buffer.from((await iterator.next()).value.bytes).toString());
		expect(given.map(Number.parseFloat)).toEqual([0, 1, 2, 3]);
		stop.abort(new Error("over"));
		expect(lost("closed")).toBe(6);
		for (const { fromTime, toTime } of losses) expect(toTime).toBeGreaterThanOrEqual(fromTime);
	});

	it("goes on taking datagrams when there is room again", async () => {
		const { port, losses, frames, stop } = await listening({ queue: "2kB" });
		for (let n = 0; n < 4; n++) await tell(`${n}`.padEnd(1000, "."), port);
		await vi.waitFor(() => expect(losses.length).toBeGreaterThan(0), WAIT);
		const iterator = frames[Symbol.asyncIterator]();
		for (let n = 0; n < 2; n++) await iterator.next();
		const next = iterator.next();
		await tell("after", port);
		expect(Buffer.from((await next).value.bytes).toString()).toBe("after");
		stop.abort(new Error("over"));
	});
});
