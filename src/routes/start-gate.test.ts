import { describe, expect, it } from "vitest";
import type { Endpoint, EndpointRequest } from "../runtime/endpoint.js";
import { StartGate } from "./start-gate.js";

function asked(signal = new AbortController().signal): EndpointRequest {
	const plain = { params: {}, query: {}, headers: {}, body: new Uint8Array(), remoteAddress: "192.0.2.1" };
	return { method: "GET", path: "/feed", ...plain, signal };
}

function gate() {
	let answers = 0;
	const endpoint: Endpoint = {
		method: "GET",
		path: "/feed",
		scope: "public",
		summary: "A feed",
		handle: async () => ({ status: 200, body: `${++answers}` }),
	};
	const made = new StartGate([endpoint]);
	return { made, endpoint: made.endpoints[0] as Endpoint };
}

describe("the gate before a sink that starts", () => {
	it("lets requests wait until it opens, in their order, and nobody after that", async () => {
		const { made, endpoint } = gate();
		const seen: unknown[] = [];
		const first = endpoint.handle(asked()).then(({ body }) => seen.push(body));
		const second = endpoint.handle(asked()).then(({ body }) => seen.push(body));
		await Promise.resolve();
		expect(seen).toEqual([]);
		made.open();
		await Promise.all([first, second]);
		expect(seen).toEqual(["1", "2"]);
		expect(await endpoint.handle(asked())).toEqual({ status: 200, body: "3" });
	});

	it("keeps no request whose client has gone", async () => {
		const { made, endpoint } = gate();
		const client = new AbortController();
		const left = endpoint.handle(asked(client.signal));
		client.abort();
		expect(await left).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
		expect((await endpoint.handle(asked(client.signal))).status).toBe(503);
		made.open();
		expect(await endpoint.handle(asked())).toEqual({ status: 200, body: "1" });
	});
});
