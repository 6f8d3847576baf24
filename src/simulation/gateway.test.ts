import { describe, expect, it } from "vitest";
import { definition as gtfsRealtime } from "../decoders/gtfs-realtime.js";
import { Failure } from "../model/failure.js";
import type { WireAnswer } from "../runtime/node-server.js";
import { definition as httpPoll } from "../sources/http-poll.js";
import type { PollSource } from "../sources/source.js";
import { sourceContext, testRuntime } from "../testing/source-contract.js";
import { createAgency } from "./agency.js";
import { episodeAt, GATEWAY_FAULTS, isPeak } from "./gateway-faults.js";
import { createWireHttp } from "./gateway-http.js";
import { serveAgency } from "./serve.js";
import { createVirtualRuntime, type VirtualRuntime } from "./virtual-runtime.js";

const CHICAGO = "America/Chicago";
/** A Monday, 05:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 11, 0, 0);

interface Page {
	readonly oldest: number;
	readonly newest: number;
	readonly more: boolean;
	readonly messages: readonly { readonly seq: number; readonly ts: string; readonly veh: string }[];
}

const get = (path: string, query: Record<string, string> = {}, headers: Record<string, string> = {}) => ({
	method: "GET",
	path,
	query,
	headers,
	body: new Uint8Array(),
});
const bodyOf = (answer: WireAnswer) => Buffer.from((answer.kind === "answer" ? answer.body : "") ?? "");
const pageOf = (answer: WireAnswer) => JSON.parse(bodyOf(answer).toString()) as Page;

function calm(startTime = START) {
	const virtual = createVirtualRuntime({ startTime });
	return { virtual, ...createAgency({ clock: virtual.runtime.clock, faults: "none" }) };
}

function queueSource(virtual: VirtualRuntime): PollSource {
	const options = httpPoll.options.parse({
		url: "http://gateway/avl/messages?limit=400",
		cursor: { parameter: "after", start: "0", from: "json:messages[].seq", more: "json:more" },
	});
	return httpPoll.create(options, sourceContext({ runtime: virtual.runtime })) as PollSource;
}

describe("the gateway's queue", () => {
	it("numbers messages without gaps, forgets them after 15 minutes, and keeps numbers through a restart", async () => {
		const { virtual, gateway } = calm();
		const first = pageOf(gateway.handle(get("/avl/messages", { limit: "1000" })));
		expect(first.messages[0]?.seq).toBe(first.oldest);
		await virtual.advance(60_000);
		const second = pageOf(gateway.handle(get("/avl/messages", { after: String(first.newest) })));
		expect(second.messages.map(({ seq }) => seq)).toEqual(
			second.messages.map((_, i) => first.newest + 1 + i),
		);
		expect(second.messages.length).toBeGreaterThan(100);
		expect(second.oldest).toBeGreaterThan(first.oldest);
		const anew = createAgency({ clock: virtual.runtime.clock, faults: "none" });
		const third = pageOf(anew.gateway.handle(get("/avl/messages", { after: String(first.newest) })));
		expect(third).toEqual(second);
		await virtual.advance(16 * 60_000);
		const late = pageOf(gateway.handle(get("/avl/messages", { after: String(first.newest), limit: "1" })));
		expect(late.oldest).toBeGreaterThan(second.newest);
		expect(late.messages[0]?.seq).toBe(late.oldest);
	});

	it("pages, and bounds what one request gets", () => {
		const { gateway } = calm();
		const page = pageOf(gateway.handle(get("/avl/messages", { after: "0", limit: "99999" })));
		expect(page.messages.length).toBe(1000);
		expect(page.more).toBe(true);
		const end = pageOf(gateway.handle(get("/avl/messages", { after: String(page.newest) })));
		expect(end).toMatchObject({ messages: [], more: false });
		expect(pageOf(gateway.handle(get("/avl/messages", { after: "x" }))).messages.length).toBe(500);
	});

	it("brings reports of vehicles that were out of reach late and out of order", async () => {
		const virtual = createVirtualRuntime({ startTime: START });
		const { gateway, city } = createAgency({ clock: virtual.runtime.clock });
		let swaps = 0;
		const newest = new Map<string, string>();
		let after = 0;
		for (let i = 0; i < 60; i++) {
			const answer = gateway.handle(get("/avl/messages", { after: String(after), limit: "1000" }));
			await virtual.advance(30_000);
			if (answer.kind !== "answer" || answer.headers?.["content-type"] !== "application/json") continue;
			if (answer.cutAfterBytes !== undefined) continue;
			for (const { seq, ts, veh } of pageOf(answer).messages) {
				if (ts < (newest.get(veh) ?? "")) swaps++;
				else newest.set(veh, ts);
				after = seq;
			}
		}
		expect(swaps).toBeGreaterThan(10);
		const buses = city.vehicles.filter(({ line }) => line.fleet === "bus").map(({ vehicleId }) => vehicleId);
		expect(newest.size).toBeGreaterThan(0.6 * buses.length);
		expect([...newest.keys()].every((vehicleId) => buses.includes(vehicleId))).toBe(true);
	});
});

describe("the gateway's snapshot", () => {
	it("is GTFS-realtime of every vehicle, or of one fleet", () => {
		const { gateway, city } = calm();
		const decoder = gtfsRealtime.create(gtfsRealtime.options.parse({}), {
			timezone: CHICAGO,
			baseDirectory: ".",
		});
		const read = (query: Record<string, string>) =>
			decoder.decode({
				bytes: bodyOf(gateway.handle(get("/gtfs-rt/vehicle-positions.pb", query))),
				receivedTime: START,
			});
		const all = read({});
		expect(all.failure).toBeUndefined();
		expect(all.headerTime).toBe(START);
		// At five in the morning some of them rest.
		expect(all.items.length).toBeGreaterThan(0.6 * city.vehicles.length);
		expect(all.items.every(({ kind }) => kind === "vehicle_location")).toBe(true);
		const names = (query: Record<string, string>) =>
			read(query).items.map((item) => (item.kind === "rejection" ? "" : (item.vehicleId ?? "")));
		const trams = city.vehicles.filter(({ line }) => line.fleet === "tram").map(({ vehicleId }) => vehicleId);
		expect(names({ fleet: "tram" })).toEqual(names({}).filter((vehicleId) => trams.includes(vehicleId)));
		expect(names({ fleet: "bus" })).toEqual(names({}).filter((vehicleId) => !trams.includes(vehicleId)));
	});

	it("answers 304 while nothing has changed, and packs", async () => {
		const { virtual, gateway } = calm();
		const first = gateway.handle(get("/gtfs-rt/vehicle-positions.pb", {}, { "accept-encoding": "gzip" }));
		if (first.kind !== "answer") throw new Error("calm gateways answer");
		expect(first.headers?.["content-encoding"]).toBe("gzip");
		const again = get(
			"/gtfs-rt/vehicle-positions.pb",
			{},
			{ "if-none-match": first.headers?.["etag"] ?? "" },
		);
		expect(gateway.handle(again)).toMatchObject({ status: 304 });
		await virtual.advance(5000);
		expect(gateway.handle(again)).toMatchObject({ status: 200 });
	});

	it("knows no other pages and no other verbs, and throttles", () => {
		const { gateway } = calm();
		expect(gateway.handle(get("/"))).toMatchObject({ status: 200 });
		expect(gateway.handle(get("/x"))).toMatchObject({ status: 404 });
		expect(gateway.handle({ ...get("/"), method: "POST" })).toMatchObject({ status: 405 });
		const statuses = Array.from({ length: 130 }, () => gateway.handle(get("/")));
		expect(statuses.at(-1)).toMatchObject({ status: 429, headers: { "retry-after": "15" } });
	});
});

describe("the gateway's trouble", () => {
	it("is worst at peak, has every fault, and follows from the seed", () => {
		const hours = (from: number) => {
			let bad = 0;
			for (let day = 0; day < 5; day++) {
				for (let s = 0; s < 7200; s += 5) {
					const time = START + day * 86_400_000 + from * 3_600_000 + s * 1000;
					if (episodeAt(7, time, CHICAGO) !== undefined) bad++;
				}
			}
			return bad / (5 * 1440);
		};
		// START is 05:00, so the morning peak begins two hours later.
		expect(isPeak(START, CHICAGO)).toBe(false);
		expect(isPeak(START + 2 * 3_600_000, CHICAGO)).toBe(true);
		expect(isPeak(START + 5 * 86_400_000 + 2 * 3_600_000, CHICAGO)).toBe(false);
		expect(hours(2)).toBeGreaterThan(2 * hours(5));
		const seen = new Set<string>();
		for (let time = START; time < START + 2 * 86_400_000; time += 5000) {
			const episode = episodeAt(7, time, CHICAGO);
			if (episode !== undefined) seen.add(episode.fault);
			expect(episodeAt(7, time, CHICAGO)).toEqual(episode);
		}
		expect([...seen].sort()).toEqual([...GATEWAY_FAULTS].sort());
	});

	it("costs a client that keeps its cursor no message, through a morning peak", async () => {
		const run = async () => {
			const holder: { http?: ReturnType<typeof createWireHttp> } = {};
			const virtual = createVirtualRuntime({
				startTime: START,
				http: {
					request: (request) => holder.http?.request(request) ?? Promise.reject(new Error("no network")),
				},
			});
			const { gateway } = createAgency({ clock: virtual.runtime.clock });
			holder.http = createWireHttp({ gateway }, virtual.runtime.clock);
			const source = queueSource(virtual);
			const codes = new Map<string, number>();
			const sequences: number[] = [];
			let cursor: string | undefined;
			let broken = 0;
			const end = virtual.runtime.clock.now() + 6 * 3_600_000;
			while (virtual.runtime.clock.now() < end) {
				let more = true;
				while (more) {
					more = false;
					let done = false;
					const poll = source
						.poll({ cursor, signal: new AbortController().signal })
						.finally(() => {
							done = true;
						})
						.catch((thrown: Failure) => thrown);
					while (!done) await virtual.advance(100);
					const result = await poll;
					if (result instanceof Failure) {
						codes.set(result.code, (codes.get(result.code) ?? 0) + 1);
						continue;
					}
					cursor = result.cursor ?? cursor;
					more = result.more ?? false;
					for (const frame of result.frames) {
						if (frame.contentType !== "application/json") broken++;
						else {
							const page = JSON.parse(Buffer.from(frame.bytes).toString()) as Page;
							sequences.push(...page.messages.map(({ seq }) => seq));
						}
					}
				}
				await virtual.advance(60_000);
			}
			return { codes: Object.fromEntries(codes), sequences, broken, counts: gateway.counts() };
		};
		const first = await run();
		expect(first.sequences.length).toBeGreaterThan(50_000);
		expect(first.sequences.every((seq, i) => i === 0 || seq === (first.sequences[i - 1] ?? 0) + 1)).toBe(
			true,
		);
		expect(first.broken).toBeGreaterThan(0);
		for (const code of ["net.refused", "net.reset", "net.timeout", "http.transient"]) {
			expect(first.codes[code]).toBeGreaterThan(0);
		}
	});

	it("is the same history for the same seed", async () => {
		const history = async (seed: number) => {
			const virtual = createVirtualRuntime({ startTime: START + 2 * 3_600_000 });
			const { gateway } = createAgency({ clock: virtual.runtime.clock, seed });
			const lines: string[] = [];
			for (let i = 0; i < 200; i++) {
				const answer = gateway.handle(get("/avl/messages", { after: "0", limit: "1" }));
				lines.push(JSON.stringify({ ...answer, body: bodyOf(answer).toString("base64") }));
				await virtual.advance(7000);
			}
			return lines;
		};
		expect(await history(7)).toEqual(await history(7));
		expect(await history(7)).not.toEqual(await history(8));
	});
});

describe("serveAgency", () => {
	it("answers over a real port", async () => {
		const served = await serveAgency({ clock: testRuntime.clock, faults: "none" });
		try {
			const source = httpPoll.create(
				httpPoll.options.parse({ url: `${served.url}/gtfs-rt/vehicle-positions.pb` }),
				sourceContext(),
			) as PollSource;
			const signal = new AbortController().signal;
			const first = await source.poll({ cursor: undefined, signal });
			expect(first.frames[0]?.contentType).toBe("application/x-protobuf");
			expect(first.frames[0]?.bytes.length).toBeGreaterThan(3000);
			expect(first.wireBytes).toBeLessThan(first.frames[0]?.bytes.length ?? 0);
			expect(served.gateway.counts().requests).toBe(1);
		} finally {
			await served.close();
		}
	});
});
