import { describe, expect, it } from "vitest";
import { packEvents } from "../log/event.js";
import { createMemoryLog } from "../log/memory-log.js";
import { type EventPage, readEvents } from "../operations/event-page.js";
import type { EndpointRequest } from "../runtime/endpoint.js";
import { eventsEndpoint } from "./events-endpoint.js";

const TIME = 1_767_614_400_000;
const event = (at: number) => ({
	time: TIME + at * 60_000,
	subject: "store",
	level: "info" as const,
	code: "store.retention",
	message: `event ${at}`,
});

async function asking() {
	const log = createMemoryLog({ partitions: 3 });
	await log.commit({ append: packEvents([0, 1, 2, 3, 4].map(event)) });
	const endpoint = eventsEndpoint((question) => readEvents(log, question));
	return async (query: Readonly<Record<string, string>>) => {
		const request = { method: "GET", path: "/v1/events", params: {}, headers: {}, query };
		const answer = await endpoint.handle({
			...request,
			body: new Uint8Array(),
			remoteAddress: "",
			signal: new AbortController().signal,
		} satisfies EndpointRequest);
		return { status: answer.status, body: JSON.parse(String(answer.body)) as EventPage & { detail: string } };
	};
}

describe("GET /v1/events", () => {
	it("pages through what happened, oldest first", async () => {
		const ask = await asking();
		const first = (await ask({ limit: "2" })).body;
		expect(first).toMatchObject({ events: [event(0), event(1)], more: true });
		const second = (await ask({ limit: "9", since: first.next })).body;
		expect(second).toMatchObject({ events: [event(2), event(3), event(4)], more: false });
		expect((await ask({ since: second.next })).body).toEqual({ events: [], next: second.next, more: false });
	});

	it("begins at a time", async () => {
		const ask = await asking();
		expect((await ask({ from: String(TIME + 150_000) })).body.events).toEqual([event(3), event(4)]);
	});

	it.each([{ since: "x" }, { from: "yesterday" }, { limit: "0" }, { limit: "1001" }, { limit: "-1" }])(
		"refuses %j and says why",
		async (query) => {
			const { status, body } = await (await asking())(query as Readonly<Record<string, string>>);
			expect(status).toBe(400);
			expect(body.detail).toMatch(/limit is 1 to 1000|no place in the events/);
		},
	);
});
