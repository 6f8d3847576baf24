import { describe, expect, it } from "vitest";
import type { SocketEnd } from "../runtime/endpoint.js";
import type { SocketPeerEvents } from "../runtime/node-websocket-server.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { converse } from "./sockets.js";

const SECOND_MS = 1000;

/** A conversation whose other end is a test. `waits`: the network has no room for what is sent. */
function talk(messages: AsyncGenerator<Uint8Array, SocketEnd>, waits = false) {
	const virtual = createVirtualRuntime();
	const done: string[] = [];
	const faults: unknown[] = [];
	const gone = new AbortController();
	const cut = new AbortController();
	let events: SocketPeerEvents | undefined;
	converse({
		socket: { messages },
		cut: cut.signal,
		clock: virtual.runtime.clock,
		gone,
		open: (given) => {
			events = given;
			return {
				send: async (text) => {
					done.push(`send ${Buffer.from(text)}`);
					return { waited: waits };
				},
				ping: () => done.push("ping"),
				close: (code, reason) => done.push(`close ${code} ${reason}`),
				cut: () => {
					done.push("cut");
					events?.onClose();
				},
			};
		},
		onFault: (thrown) => faults.push(thrown),
	});
	return { virtual, done, faults, gone, cut, events: events as SocketPeerEvents };
}

/** Says something every so often, until it is asked to stop. */
async function* every(next: () => Promise<boolean>): AsyncGenerator<Uint8Array, SocketEnd> {
	while (await next()) yield Buffer.from("x");
	return { code: 1001, reason: "over" };
}

const never = () => every(() => new Promise(() => undefined));

describe("a WebSocket of the gateway", () => {
	it("is asked whether it is there, and cut when it does not answer until the next time", async () => {
		const { virtual, done, events, gone } = talk(never());
		await virtual.advance(30 * SECOND_MS);
		events.onPong();
		await virtual.advance(30 * SECOND_MS);
		expect(done).toEqual(["ping", "ping"]);
		await virtual.advance(30 * SECOND_MS);
		expect(done).toEqual(["ping", "ping", "cut"]);
		expect(gone.signal.aborted).toBe(true);
		await virtual.advance(300 * SECOND_MS);
		expect(done).toHaveLength(3);
	});

	it.each([
		["stays while it takes what had to wait, however slowly", true, ["ping", "ping", "ping"]],
		["is cut while all that is sent only fills the buffers of the system", false, ["ping", "cut"]],
	])("%s", async (_, waits, wanted) => {
		let tell: (more: boolean) => void = () => undefined;
		const messages = every(
			() =>
				new Promise((resolve) => {
					tell = resolve;
				}),
		);
		const { virtual, done } = talk(messages, waits);
		for (let second = 10; second <= 90; second += 10) {
			await virtual.advance(10 * SECOND_MS);
			tell(true);
		}
		expect(done.filter((what) => what !== "send x")).toEqual(wanted);
	});

	it("is closed with what the endpoint says at its end, and cut when that is not answered", async () => {
		const { virtual, done, faults } = talk(every(async () => false));
		await virtual.advance(1);
		expect(done).toEqual(["close 1001 over"]);
		await virtual.advance(5 * SECOND_MS);
		expect(done).toEqual(["close 1001 over", "cut"]);
		expect(faults).toEqual([]);
	});

	it("is closed with 1011 when the endpoint throws, which is told", async () => {
		const error = new Error("a defect");
		const { virtual, done, faults } = talk(every(() => Promise.reject(error)));
		await virtual.advance(1);
		expect(done[0]).toMatch(/^close 1011 /);
		expect(done.join()).not.toContain("defect");
		expect(faults).toEqual([error]);
	});

	it("is broken at once by the endpoint", () => {
		const { cut, done } = talk(never());
		cut.abort();
		expect(done).toEqual(["cut"]);
	});
});
