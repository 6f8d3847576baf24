import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BusTimePeer, type PeerBus } from "../../test/bustime-peer.js";
import { BUSES, CHICAGO, KEY, MONDAY, ROUTES } from "../../test/bustime-world.js";
import { ageMs } from "../config/pace.js";
import { definition as bustime } from "../decoders/bustime.js";
import { Failure } from "../model/failure.js";
import type { VehicleLocation } from "../model/observation.js";
import { nodeClock } from "../runtime/node-clock.js";
import { serveWire, type WireServer } from "../runtime/node-server.js";
import { createWireHttp } from "../simulation/gateway-http.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { describePollSource, SECRET, sourceContext, testRuntime } from "../testing/source-contract.js";
import { definition } from "./http-poll.js";
import { type FrameDraft, type PollSource, type SourceContext, SWEEP_META } from "./source.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOST = "http://bustime.test/bustime/api/v3";

let server: WireServer;
let mode: "good" | "bad" | "hang" = "good";
let seen: {
	readonly path: string;
	readonly query: Readonly<Record<string, string>>;
	readonly body: string;
}[] = [];

beforeAll(async () => {
	const peer = new BusTimePeer({
		clock: nodeClock,
		timezone: CHICAGO,
		key: SECRET,
		limit: 10_000,
		routes: ROUTES,
		buses: BUSES.map((bus) => ({ ...bus, fromHour: 0, untilHour: 24 })),
	});
	server = await serveWire({
		clock: nodeClock,
		handle: (request) => {
			seen.push({ path: request.path, query: request.query, body: Buffer.from(request.body).toString() });
			if (mode === "hang") return { kind: "hang" };
			if (mode === "bad")
				return { kind: "answer", status: 503, body: `no service for ${request.query["key"]}` };
			return peer.handle(request);
		},
	});
});
afterAll(() => server.close());

const planned = (more: object = {}, plan: object = {}) => ({
	url: `${server.url}/bustime/api/v3/getvehicles?key={secret:key}&format=json&rt={items}`,
	every: "60s",
	plan: { items: ROUTES, ...plan },
	...more,
});
const context: Partial<SourceContext> = { secrets: { key: SECRET }, requestRule: bustime.requestRule };

const create = (options: object, more: Partial<SourceContext> = {}): PollSource =>
	definition.create(definition.options.parse(options), sourceContext({ ...context, ...more })) as PollSource;

describePollSource({
	definition: definition as never,
	options: () => planned(),
	context: () => context,
	refused: {
		"a plan of nothing": { url: "http://host/?r={items}", plan: {} },
		"a plan of two kinds": {
			url: "http://host/?r={items}",
			plan: { items: ["1"], discover: { url: "http://host/list", path: "a[]" } },
		},
		"a plan that asks for its items nowhere": { url: "http://host/", plan: { items: ["1"] } },
		"items without a plan": { url: "http://host/?r={items}" },
		"a plan and a cursor": {
			url: "http://host/?r={items}",
			plan: { items: ["1"] },
			cursor: { parameter: "since", from: "json:a" },
		},
		"a path that is none": {
			url: "http://host/?r={items}",
			plan: { discover: { url: "http://host/list", path: "a..b" } },
		},
	},
	hang: () => {
		mode = "hang";
	},
	fail: () => {
		mode = "bad";
	},
	recover: () => {
		mode = "good";
	},
	requests: () => seen.length,
});

describe("the rules of BusTime, which the decoder states", () => {
	const refused = (options: object) => {
		try {
			create(options);
		} catch (thrown) {
			return thrown instanceof Failure ? `${thrown.code}: ${thrown.message}` : String(thrown);
		}
		return "created";
	};
	const url = (query: string) => `${HOST}/getvehicles?key={secret:key}${query}`;

	it.each([
		[
			"",
			"config.invalid: getvehicles needs the parameter rt or vid: write rt={items} and give a plan, or list at most 10",
		],
		["&rt=1&vid=2", "config.invalid: getvehicles reads only the first of rt and vid: leave one of them out"],
		[
			"&rt=1,2,3,4,5,6,7,8,9,10,11",
			"config.invalid: getvehicles takes at most 10 of rt in a call, and this asks for 11; use a plan with maxPerCall: 10",
		],
		["&rt=1,2,3,4,5,6,7,8,9,10", "created"],
	])("are kept by an address with %j", (query, expected) => {
		expect(refused({ url: url(query) })).toBe(expected);
	});

	it("are kept by a plan, and by other calls of the same host not at all", () => {
		expect(refused({ url: url("&rt={items}"), plan: { items: ROUTES, maxPerCall: 11 } })).toBe(
			"config.invalid: getvehicles takes at most 10 of rt in a call, and this asks for 11; set maxPerCall: 10",
		);
		expect(refused({ url: url(""), query: { vid: "{items}" }, plan: { items: ["1"] } })).toBe("created");
		expect(refused({ url: `${HOST}/gettime?key={secret:key}` })).toBe("created");
	});

	it("add tmres=s where it is missing, and leave what the configuration says", async () => {
		seen = [];
		const signal = new AbortController().signal;
		await create({ ...planned(), query: { mine: "1" } }).poll({ cursor: undefined, signal });
		await create({ ...planned(), query: { mine: "2", tmres: "m" } }).poll({ cursor: undefined, signal });
		// A request that another test gave up may arrive as late as now.
		const mine = seen.filter(({ query }) => query["mine"] !== undefined);
		expect(mine.map(({ query }) => query["tmres"])).toEqual(["s", "m"]);
	});
});

describe("the calls of a plan", () => {
	const signal = new AbortController().signal;

	it("encode each item, and put items into a body as its type demands", async () => {
		seen = [];
		const items = ["a b", 'x"&,y'];
		await create({ url: `${server.url}/other?r={items}`, plan: { items } }).poll({
			cursor: undefined,
			signal,
		});
		expect(seen[0]?.query).toEqual({ r: 'a b,x"&,y' });
		await create({
			url: `${server.url}/other`,
			body: '{"ids":["{items}"]}',
			plan: { items, separator: '","' },
		}).poll({
			cursor: undefined,
			signal,
		});
		expect(JSON.parse(seen[1]?.body ?? "")).toEqual({ ids: items });
	});

	it("come from a discovery in XML as well as in JSON", async () => {
		seen = [];
		const discover = (format: string, path: string) =>
			planned(
				{},
				{
					items: undefined,
					discover: { url: `${server.url}/bustime/api/v3/getroutes?key={secret:key}${format}`, path },
				},
			);
		for (const [format, path] of [
			["&format=json", "bustime-response.routes[].rt"],
			["", "bustime-response.route[].rt"],
			["", "bustime-response.route.rt"],
		] as const) {
			const source = create(discover(format, path));
			const found = await source.poll({ cursor: undefined, signal });
			expect(found).toMatchObject({ frames: [] });
			const first = await source.poll({ cursor: found.cursor, signal });
			expect(first.frames[0]?.meta).toEqual({
				sweepItems: ROUTES.slice(0, 10).join(","),
				sweep: expect.any(String),
				sweepCall: "1",
				sweepCalls: "3",
			});
			expect(seen.at(-1)?.query["rt"]).toBe(ROUTES.slice(0, 10).join(","));
		}
	});

	it("say what a discovery lacks, in upstream's own words where it has any", async () => {
		const discover = {
			url: `${server.url}/bustime/api/v3/getroutes?key={secret:key}&format=json`,
			path: "bustime-response.routes[].rt",
		};
		const decoder = bustime.create(bustime.options.parse({}), { timezone: CHICAGO, baseDirectory: "." });
		const judge = (frame: FrameDraft) => decoder.decode(frame).failure;
		const failureOf = (options: object, more: Partial<SourceContext>) =>
			create(options, more)
				.poll({ cursor: undefined, signal })
				.then(
					() => "resolved",
					({ code, message }: Failure) => `${code}: ${message}`,
				);
		const plan = { items: undefined, discover };
		expect(await failureOf(planned({}, plan), { judge, secrets: { key: "another" } })).toMatch(
			/^upstream\.key: BusTime answers: Invalid API access key supplied; check the key/,
		);
		const wrong = { items: undefined, discover: { ...discover, path: "routes[].id" } };
		expect(await failureOf(planned({}, wrong), { judge })).toMatch(
			/^upstream.not_valid: GET .*getroutes named 0 items where 1 to 2000 are expected; check plan.discover.path/,
		);
	});

	it("repeat a call that is tried again, pass over one that was given up, and begin anew after a restart", async () => {
		seen = [];
		const source = create(planned());
		const first = await source.poll({ cursor: undefined, signal });
		mode = "bad";
		for (const attempt of [1, 2, 3]) {
			await expect(source.poll({ cursor: first.cursor, signal, attempt })).rejects.toThrow("503");
		}
		mode = "good";
		const third = await source.poll({ cursor: first.cursor, signal, attempt: 1 });
		const rts = seen.map(({ query }) => query["rt"]?.split(",")[0]);
		expect(rts).toEqual(["1", "11", "11", "11", "21"]);
		expect(third.frames[0]?.meta).toEqual({
			sweep: expect.any(String),
			sweepCall: "3",
			sweepCalls: "3",
			sweepItems: "21,22,23",
			sweepLacking: ROUTES.slice(10, 20).join(","),
		});
		await create(planned()).poll({ cursor: first.cursor, signal });
		expect(seen.at(-1)?.query["rt"]?.startsWith("1,")).toBe(true);
	});
});

interface Day {
	readonly calls: readonly { readonly time: number; readonly items: readonly string[] }[];
	readonly frames: readonly FrameDraft[];
}

/** A day of a source in virtual time, asked whenever it wants to be. */
async function day(options: {
	readonly plan?: object;
	readonly buses?: readonly PeerBus[];
	readonly hours?: number;
}): Promise<Day> {
	let handler: BusTimePeer | undefined;
	const virtual = createVirtualRuntime({
		startTime: MONDAY,
		http: {
			request: (request) =>
				createWireHttp({ "bustime.test": handler as BusTimePeer }, virtual.runtime.clock).request(request),
		},
	});
	const { clock } = virtual.runtime;
	handler = new BusTimePeer({
		clock,
		timezone: CHICAGO,
		key: SECRET,
		limit: 100_000,
		routes: ROUTES,
		buses: options.buses ?? BUSES,
	});
	const source = create(
		{ ...planned({}, options.plan), url: `${HOST}/getvehicles?key={secret:key}&format=json&rt={items}` },
		{ runtime: virtual.runtime },
	);
	const frames: FrameDraft[] = [];
	let cursor: string | undefined;
	const signal = new AbortController().signal;
	const end = MONDAY + (options.hours ?? 24) * HOUR;
	while (clock.now() < end) {
		const polled = source.poll({ cursor, signal });
		await virtual.advance(40);
		const result = await polled;
		cursor = result.cursor;
		frames.push(...result.frames);
		await virtual.advance(source.pauseMs?.() ?? 0);
	}
	const calls = handler.requests.map(({ time, query }) => ({ time, items: query["rt"]?.split(",") ?? [] }));
	return { calls, frames };
}

describe("a day of sweeps", () => {
	const quiet = { quiet: { path: "bustime-response.vehicle[].rt", after: 3, max: "5m" } };

	it("asks less for routes without service, finds their first bus in time, and spends nothing of what it saves", async () => {
		const whole = await day({});
		const saving = await day({ plan: quiet });
		expect(whole.calls.length).toBe(4320);
		// What this simulated day saves: the figure of docs/sources.md.
		expect(saving.calls.length).toBe(2553);

		const asked = new Map(ROUTES.map((rt): [string, number[]] => [rt, []]));
		for (const { time, items } of saving.calls) for (const item of items) asked.get(item)?.push(time);
		for (const [item, times] of asked) {
			const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
			expect(Math.max(...gaps), item).toBeLessThanOrEqual(5 * MINUTE);
		}
		// Nobody is asked for more often than before.
		for (const times of asked.values()) expect(times.length).toBeLessThanOrEqual(1441);
		// A route in service is asked for in every sweep: one that runs from 6 to 20, an hour after it began.
		const busy = (asked.get("15") ?? []).filter(
			(time) => time >= MONDAY + 7 * HOUR && time < MONDAY + 8 * HOUR,
		);
		expect(busy).toHaveLength(60);
		const first = (asked.get("15") ?? []).find((time) => time >= MONDAY + 6 * HOUR) ?? 0;
		expect(first - (MONDAY + 6 * HOUR)).toBeLessThanOrEqual(5 * MINUTE);
	}, 60_000);

	it("never asks more because a path is wrong, and marks a sweep as complete that left out what was empty twice", async () => {
		const wrong = await day({ plan: { quiet: { path: "no.such[].place" } }, hours: 2 });
		expect(wrong.calls.length).toBe(360);
		expect(wrong.frames.filter(({ meta }) => meta?.[SWEEP_META.complete] === "true").length).toBe(120);
		const night = await day({ plan: quiet, hours: 2 });
		const sweeps = new Map<string, Set<string>>();
		const empty = new Map<string, number>();
		let left = 0;
		for (const { time, items } of night.calls) {
			const frame = night.frames.find(({ receivedTime }) => receivedTime === time);
			const id = frame?.meta?.[SWEEP_META.id] ?? "";
			const asked = sweeps.get(id) ?? new Set<string>();
			sweeps.set(id, asked);
			const answer = JSON.parse(new TextDecoder().decode(frame?.bytes)) as {
				readonly "bustime-response": { readonly vehicle?: readonly { readonly rt: string }[] };
			};
			const running = new Set(answer["bustime-response"].vehicle?.map(({ rt }) => rt));
			for (const item of items) {
				asked.add(item);
				empty.set(item, running.has(item) ? 0 : (empty.get(item) ?? 0) + 1);
			}
			if (frame?.meta?.[SWEEP_META.complete] !== "true") continue;
			for (const item of ROUTES) {
				if (asked.has(item)) continue;
				left++;
				expect(empty.get(item), item).toBeGreaterThanOrEqual(3);
			}
		}
		expect(left).toBeGreaterThan(100);
	});

	it("takes no item for quiet that an answer may have spelled otherwise", async () => {
		const buses = [1, 2].map((rt) => ({ vid: String(rt), rt: String(rt), fromHour: 0, untilHour: 24 }));
		const plain = await day({ buses, plan: quiet, hours: 1 });
		const plan = { quiet: { ...quiet.quiet, path: "bustime-response.vehicle[].vid" } };
		const spelled = await day({ buses, plan, hours: 1 });
		// Vehicles 101 and 102 stand under a name that nobody asked for: that of one of the first ten, or of none.
		const others = buses.map((bus) => ({ ...bus, vid: `10${bus.vid}` }));
		const foreign = await day({ buses: [...others, ...buses.slice(0, 1)], plan, hours: 1 });
		expect(spelled.calls.length).toBe(plain.calls.length);
		const timesOf = ({ calls }: Day, item: string) =>
			calls.filter(({ items }) => items.includes(item)).length;
		expect(timesOf(foreign, "2")).toBe(60);
		expect(timesOf(plain, "20")).toBeLessThan(30);
	});

	it("gives reports of the age that a check has promised", async () => {
		const buses = BUSES.map((bus) => ({ ...bus, fromHour: 0, untilHour: 24 }));
		const { frames } = await day({ buses, hours: 3 });
		const decoder = bustime.create(bustime.options.parse({}), { timezone: CHICAGO, baseDirectory: "." });
		const known = new Map<string, number>();
		const ages: number[] = [];
		let next = MONDAY + 10 * MINUTE;
		for (const frame of frames) {
			// Between two answers nothing changes: the ages are looked at once a second.
			for (; next < frame.receivedTime; next += 1_000)
				for (const time of known.values()) ages.push(next - time);
			for (const item of decoder.decode(frame).items as VehicleLocation[]) {
				if (item.vehicleId !== undefined) known.set(item.vehicleId, item.eventTime ?? 0);
			}
		}
		ages.sort((one, other) => one - other);
		const at = (share: number) => ages[Math.floor(share * ages.length)] ?? 0;
		expect(ages.length).toBeGreaterThan(400_000);
		expect(Math.abs(at(0.5) - ageMs(0.5, MINUTE, 30_000))).toBeLessThan(3_000);
		expect(Math.abs(at(0.95) - ageMs(0.95, MINUTE, 30_000))).toBeLessThan(3_000);
	}, 60_000);

	it("takes what the real server gives over real HTTP, seconds and all", async () => {
		seen = [];
		const source = create(planned(), { runtime: testRuntime });
		const signal = new AbortController().signal;
		const decoder = bustime.create(bustime.options.parse({}), { timezone: CHICAGO, baseDirectory: "." });
		let cursor: string | undefined;
		const vehicles: VehicleLocation[] = [];
		let last: FrameDraft | undefined;
		for (let call = 0; call < 3; call++) {
			const result = await source.poll({ cursor, signal });
			cursor = result.cursor;
			for (const frame of result.frames) {
				const { items, failure } = decoder.decode(frame);
				expect(failure).toBeUndefined();
				vehicles.push(...(items as VehicleLocation[]));
				last = frame;
			}
		}
		expect(new Set(vehicles.map(({ vehicleId }) => vehicleId)).size).toBe(46);
		expect(vehicles.every(({ resolutionMs }) => resolutionMs === 1_000)).toBe(true);
		expect(last?.meta?.[SWEEP_META.complete]).toBe("true");
		expect(JSON.stringify({ cursor, last })).not.toContain(KEY);
	});
});
