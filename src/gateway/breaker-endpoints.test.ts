import { afterEach, describe, expect, it } from "vitest";
import { HubWorld, SINK, SOURCE } from "../../test/hub-world.js";
import type { Hub } from "../hub.js";
import type { BreakerStatus } from "../operations/breakers.js";
import type { HubStatus } from "../operations/status.js";
import { nodeClock } from "../runtime/node-clock.js";
import { openGateway } from "./gateway.js";

const HOUR = 3_600_000;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const step of cleanups.splice(0).reverse()) await step();
});

/** A hub in virtual time behind a gateway on real ports. */
async function start() {
	const world = new HubWorld();
	const hub = await world.start();
	cleanups.push(() => world.close(hub));
	const local = { host: "127.0.0.1", port: 0 };
	const gateway = await openGateway({
		hub,
		http: { public: local, admin: { ...local, token: undefined } },
		clock: nodeClock,
	});
	cleanups.push(() => gateway.close());
	await world.time.advance(60_000);
	const ask = async (method: "GET" | "POST", path: string, headers: Record<string, string> = {}) => {
		const answer = await fetch(`${gateway.adminUrl}${path}`, { method, headers });
		return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
	};
	const order = (verb: string, query: Record<string, string>) =>
		ask("POST", `/v1/breakers/${verb}?${new URLSearchParams(query)}`);
	const page = async (path: string) => (await fetch(`${gateway.publicUrl}${path}`)).text();
	return { world, hub, gateway, ask, order, page, now: () => world.time.runtime.clock.now() };
}

const stateOf = (hub: Hub, name: string) => {
	const { state, forced } = hub.upstreams().get(name)?.status() ?? {};
	return { state, forced };
};

describe("breakers over HTTP", () => {
	it("are listed with everything that a person needs to decide", async () => {
		const { ask, world } = await start();
		const { status, body } = await ask("GET", "/v1/breakers");
		const [source, sink] = body as unknown as readonly BreakerStatus[];
		expect(status).toBe(200);
		expect(source).toMatchObject({
			name: SOURCE,
			state: "closed",
			streak: 0,
			openCount: 0,
			retryTokens: 10,
			gateHeldMs: 0,
			inFlight: 0,
			queued: 0,
			day: { used: world.outside.requests["avl.test"], count: 20_000 },
			counters: { attempts: world.outside.requests["avl.test"], failures: 0, refusals: 0 },
		});
		expect(source).not.toHaveProperty("forced");
		expect(source).not.toHaveProperty("blockedBy");
		expect(sink).toMatchObject({ name: SINK, state: "closed" });
		expect(sink).not.toHaveProperty("day");
	});

	it("are opened, closed and reset, and answer with what holds now", async () => {
		const { hub, order, now } = await start();
		const opened = await order("open", { name: SOURCE, reason: " vendor maintenance ", for: "10m" });
		const forced = { state: "open", reason: "vendor maintenance", until: now() + 600_000 };
		expect(opened).toMatchObject({
			status: 200,
			body: {
				name: SOURCE,
				state: "open",
				forced,
				blockedBy: "open",
				nextAttemptAt: forced.until,
				lastTransition: { reason: "forced_open", at: now() },
			},
		});
		expect(stateOf(hub, SOURCE)).toEqual({ state: "open", forced });
		const closed = await order("close", { name: SINK, reason: "false alarm" });
		expect(closed.body).toMatchObject({ forced: { state: "closed", until: now() + HOUR } });
		const reset = await order("reset", { name: SOURCE });
		expect(reset).toMatchObject({ status: 200, body: { state: "closed", streak: 0 } });
		expect(stateOf(hub, SOURCE)).toEqual({ state: "closed", forced: undefined });
		expect(stateOf(hub, SINK).forced).toBeDefined();
	});

	it.each([
		["open", {}, 404, `Say which one: ?name=NAME. There are: ${SOURCE}, ${SINK}.`],
		["reset", { name: "buses" }, 404, `No upstream is called "buses". There are: ${SOURCE}, ${SINK}.`],
		["open", { name: SOURCE }, 400, "Say why"],
		["close", { name: SOURCE, reason: "  " }, 400, "Say why"],
		["open", { name: SOURCE, reason: "x", for: "soon" }, 400, 'for is "soon"'],
		["open", { name: SOURCE, reason: "x", for: "0s" }, 400, 'for is "0s"'],
		["open", { name: SOURCE, reason: "x", for: "8d" }, 400, "at most 7d"],
		["open", { name: SOURCE, reason: "x".repeat(201) }, 400, "at most 200 characters"],
		["reset", { name: SOURCE, reason: "a\u001b[31mb" }, 400, "one line"],
	] as const)("refuse %s %j and change nothing", async (verb, query, status, detail) => {
		const { hub, order } = await start();
		const answer = await order(verb, query);
		expect([answer.status, answer.body["detail"]]).toEqual([status, expect.stringContaining(detail)]);
		expect(stateOf(hub, SOURCE)).toEqual({ state: "closed", forced: undefined });
	});

	it("cannot be reached by a page in somebody's browser, nor on the public listener", async () => {
		const { hub, gateway, ask } = await start();
		const path = `/v1/breakers/open?${new URLSearchParams({ name: SOURCE, reason: "evil" })}`;
		for (const origin of ["http://evil.example", "null", "https://127.0.0.1"])
			expect((await ask("POST", path, { origin })).status, origin).toBe(403);
		expect((await fetch(`${gateway.publicUrl}${path}`, { method: "POST" })).status).toBe(404);
		expect((await ask("GET", path)).status).toBe(405);
		expect(stateOf(hub, SOURCE).forced).toBeUndefined();
		expect((await ask("POST", path, { origin: gateway.adminUrl })).status).toBe(200);
	});
});

describe("breakers on the public listener", () => {
	it("are in the status for programs and, in words, for people", async () => {
		const { order, page } = await start();
		await order("open", { name: SOURCE, reason: "vendor <b>maintenance</b>", for: "2h" });
		await order("close", { name: SINK, reason: "false alarm", for: "30m" });
		const status = JSON.parse(await page("/status.json")) as HubStatus;
		expect(status.feeds[0]?.upstreams[0]?.guard).toMatchObject({ name: SOURCE, forced: { state: "open" } });
		expect(status.sinks[0]?.guard).toMatchObject({ name: SINK, forced: { state: "closed" } });
		const words = await page("/status");
		expect(words).toContain(
			"breaker held open by a person for 2 h more, so nothing is sent (vendor &#60;b&#62;maintenance&#60;/b&#62;)",
		);
		expect(words).toContain(
			"breaker held closed by a person for 30 min more, so everything is sent, whatever fails (false alarm)",
		);
		expect(words).toMatch(/10 retries in the budget; \d+ of 20000 requests used today/);
	});

	it("are in the metrics under the name that the command line takes", async () => {
		const { order, page, world } = await start();
		await order("open", { name: SOURCE, reason: "x" });
		world.outside.dead.add("partner.test");
		await world.time.advance(90_000);
		const text = await page("/metrics");
		const sent = world.outside.requests;
		const lines = text.split("\n");
		for (const line of [
			`wayside_upstream_breaker_state{upstream="${SOURCE}",state="open"} 1`,
			`wayside_upstream_breaker_state{upstream="${SOURCE}",state="closed"} 0`,
			`wayside_upstream_breaker_forced{upstream="${SOURCE}",state="open"} 1`,
			`wayside_upstream_breaker_forced{upstream="${SINK}",state="open"} 0`,
			`wayside_upstream_retry_tokens{upstream="${SOURCE}"} 10`,
			`wayside_upstream_gate_held_seconds{upstream="${SOURCE}"} 0`,
			`wayside_upstream_in_flight{upstream="${SINK}"} 0`,
			`wayside_upstream_queued{upstream="${SINK}"} 0`,
			`wayside_upstream_day_requests{upstream="${SOURCE}"} ${sent["avl.test"]}`,
			`wayside_upstream_day_requests_max{upstream="${SOURCE}"} 20000`,
			`wayside_upstream_attempts_total{upstream="${SOURCE}"} ${sent["avl.test"]}`,
			`wayside_upstream_successes_total{upstream="${SOURCE}"} ${sent["avl.test"]}`,
			`wayside_upstream_failures_total{upstream="${SOURCE}"} 0`,
			`wayside_upstream_retries_total{upstream="${SOURCE}"} 0`,
			`wayside_upstream_breaker_opened_total{upstream="${SOURCE}"} 1`,
		])
			expect(lines, line).toContain(line);
		expect(text).toMatch(/wayside_upstream_refusals_total\{upstream="feed:buses\/0"\} [1-9]/);
		for (const line of lines.filter((line) => line.startsWith("wayside_upstream_")))
			expect(line).toMatch(/^\w+\{upstream="[^"]+"(,state="[a-z-]+")?\} \d/);
	});
});
