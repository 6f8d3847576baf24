import { describe, expect, it } from "vitest";
import { HubWorld } from "../../test/hub-world.js";
import type { ChannelDefinition } from "../channels/channel.js";
import type { AlertsConfig, HubConfig } from "../config/config.js";
import type { AlertMessage } from "../model/alert-message.js";
import { Failure } from "../model/failure.js";

const MINUTE = 60_000;

/** A channel in virtual time: takes what it is told, or is as bad as it is said to be. */
class Phone {
	readonly taken: AlertMessage[] = [];
	attempts = 0;
	mood: "well" | "dead" | "refusing" | "silent" | "throwing" = "well";

	readonly definition: ChannelDefinition = {
		type: "phone",
		summary: "",
		options: undefined as never,
		create: () => ({
			timeoutMs: 10_000,
			send: (message, signal) =>
				new Promise((resolve, reject) => {
					this.attempts++;
					signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
					if (this.mood === "silent") return;
					if (this.mood === "dead") reject(new Failure("net.refused", "the phone is dead"));
					else if (this.mood === "refusing") reject(new Failure("http.unauthorized", "no such number"));
					else if (this.mood === "throwing") reject(new TypeError("a fault of the channel"));
					else {
						this.taken.push(message);
						resolve("taken");
					}
				}),
		}),
	};

	get kinds(): readonly string[] {
		return this.taken.map(({ kind }) => kind);
	}
}

const step = (minutes: number, to: string[]) => ({ afterMs: minutes * MINUTE, to });

function worldWith(phones: Readonly<Record<string, Phone>>, over: Partial<AlertsConfig> = {}) {
	const alerts: AlertsConfig = {
		owner: "Desk, +1 555 0100",
		runbooksUrl: "https://docs.example/runbooks/",
		rules: {},
		routes: [],
		quiet: undefined,
		groupMs: 30_000,
		failoverMs: 2 * MINUTE,
		outage: { steps: { owner: step(15, []), upstream: step(60, []), management: step(240, []) }, feeds: {} },
		channels: Object.entries(phones).map(([name, { definition }]) => ({
			name,
			definition,
			options: {},
			secrets: {},
		})),
		heartbeat: undefined,
		holidays: [],
		...over,
	};
	const edit = (config: HubConfig): HubConfig => {
		const http = { ...config.http, publicUrl: "https://avl.example" };
		return { ...config, alerts, http };
	};
	return new HubWorld({ edit });
}

describe("alerts that are told", () => {
	it("reach people once with all that they need, also over a restart, and so does their end", async () => {
		const desk = new Phone();
		const world = worldWith({ desk });
		let hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add("avl.test");
		await world.time.advance(4 * MINUTE);
		expect(desk.kinds).toEqual(["raised"]);
		await world.close(hub);
		hub = await world.start();
		await world.time.advance(6 * MINUTE);
		expect(desk.kinds).toEqual(["raised", "escalated"]);
		const [told] = desk.taken.at(-1)?.stories ?? [];
		expect(told).toMatchObject({
			alert: "feed-down",
			severity: "page",
			runbook: "https://docs.example/runbooks/feed-down.md",
		});
		expect(told?.facts.map(({ name }) => name)).toEqual([
			"What",
			"Since",
			"Affected",
			"Riders see",
			"Evidence",
			"Done by itself",
			"To do",
			"Owner",
		]);
		await hub.alerts.acknowledge({ alert: "feed-down", by: "Ana", note: "on it" });
		await world.time.advance(1000);
		expect(desk.taken.at(-1)).toMatchObject({ kind: "acknowledged", note: "Acknowledged by Ana: on it." });
		expect(hub.status().alerts?.[0]).toMatchObject({
			acked: { by: "Ana" },
			toldTo: ["desk"],
			owner: "Desk, +1 555 0100",
		});
		world.outside.dead.clear();
		await world.time.advance(3 * MINUTE);
		const ofFeed = desk.taken.filter(({ stories }) => stories.some((story) => story.alert === "feed-down"));
		expect(ofFeed.map(({ kind }) => kind)).toEqual(["raised", "escalated", "acknowledged", "resolved"]);
		expect(new Set(desk.taken.map(({ id }) => id)).size).toBe(desk.taken.length);
		await world.close(hub);
	});

	it.each(["dead", "refusing", "silent", "throwing"] as const)(
		"go another way past a channel that is %s, which is seen, holds up nothing and is told later",
		async (mood) => {
			const bad = new Phone();
			const other = new Phone();
			bad.mood = mood;
			const to = { severity: undefined, alerts: undefined, subjects: undefined, repeatMs: undefined };
			const routes = [{ ...to, to: ["bad"], escalate: [{ afterMs: 60 * MINUTE, to: ["other"] }] }];
			const world = worldWith({ bad, other }, { routes });
			const hub = await world.start();
			await world.time.advance(MINUTE);
			const before = world.outside.requests["partner.test"];
			await world.time.advance(5 * MINUTE);
			const inFiveMinutes = world.outside.requests["partner.test"] - before;
			world.outside.dead.add("avl.test");
			await world.time.advance(10 * MINUTE);
			expect(other.kinds).toContain("escalated");
			expect(other.taken[0]?.note).toBe("Channel bad cannot be reached, so it comes this way.");
			expect(hub.status().alerting?.channels).toMatchObject([
				{ name: "bad", state: "failing", sent: 0 },
				{ name: "other", state: "ok" },
			]);
			expect(world.events.map(({ code }) => code)).toContain("alert.unsent");
			expect(bad.attempts).toBeLessThan(40);
			world.outside.dead.clear();
			await world.time.advance(5 * MINUTE);
			const again = world.outside.requests["partner.test"];
			await world.time.advance(5 * MINUTE);
			expect(world.outside.requests["partner.test"] - again).toBe(inFiveMinutes);
			bad.mood = "well";
			await world.time.advance(20 * MINUTE);
			expect(bad.kinds).toContain("resolved");
			expect(hub.status().alerting?.channels[0]).toMatchObject({ state: "ok", queued: 0 });
			await world.close(hub);
		},
	);

	it("are told by the next hub when this one stops in the middle, under the same id", async () => {
		const desk = new Phone();
		const world = worldWith({ desk });
		let hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add("avl.test");
		desk.mood = "silent";
		await world.time.advance(4 * MINUTE);
		expect(desk.attempts).toBeGreaterThan(0);
		await world.close(hub);
		desk.mood = "well";
		hub = await world.start();
		await world.time.advance(MINUTE);
		expect(desk.kinds).toEqual(["raised"]);
		await world.close(hub);
	});

	it("can be tried on every channel, marked as a test, beside what waits", async () => {
		const [desk, bad] = [new Phone(), new Phone()];
		bad.mood = "refusing";
		const world = worldWith({ desk, bad }, { runbooksUrl: undefined });
		const hub = await world.start();
		expect(await hub.alerts.test()).toEqual([
			{ channel: "desk", type: "phone", ok: true, said: "taken", tookMs: 0 },
			{ channel: "bad", type: "phone", ok: false, said: "no such number", tookMs: 0 },
		]);
		expect(desk.taken).toMatchObject([{ kind: "test", title: "TEST: channel desk of Wayside works" }]);
		// Where nobody has put them up, the hub's own.
		expect(desk.taken[0]?.stories[0]?.runbook).toBe("https://avl.example/runbooks/channel-failing.md");
		await expect(hub.alerts.test("none")).rejects.toMatchObject({ code: "request.invalid" });
		await world.close(hub);
	});

	it("draft what the owner, upstream and management need to read of a long outage", async () => {
		const [desk, vendor, boss] = [new Phone(), new Phone(), new Phone()];
		const outage = {
			steps: { owner: step(15, ["desk"]), upstream: step(60, ["vendor"]), management: step(240, ["boss"]) },
			feeds: {},
		};
		const to = { severity: undefined, alerts: undefined, subjects: undefined, repeatMs: undefined };
		const world = worldWith(
			{ desk, vendor, boss },
			{ outage, routes: [{ ...to, to: ["desk"], escalate: [] }] },
		);
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add("avl.test");
		await world.time.advance(16 * MINUTE);
		expect(desk.kinds).toEqual(["raised", "escalated", "outage"]);
		await world.time.advance(45 * MINUTE);
		expect(vendor.taken).toMatchObject([
			{ kind: "outage", title: expect.stringContaining("for upstream's contact") },
		]);
		await world.time.advance(180 * MINUTE);
		const [draft] = boss.taken;
		expect(draft?.stories[0]?.facts).toContainEqual({
			name: "Riders see",
			text: "No sink here shows riders anything; what they see is up to whoever reads from them.",
		});
		world.outside.dead.clear();
		await world.time.advance(5 * MINUTE);
		for (const phone of [vendor, boss]) expect(phone.kinds).toEqual(["outage", "resolved"]);
		await world.close(hub);
	});
});

describe("the sign of life", () => {
	it("is given while the hub is well, and not while nobody can be told, or once it has stopped", async () => {
		const desk = new Phone();
		const heartbeat = { url: "http://partner.test/alive", everyMs: MINUTE, allowPrivateAddresses: true };
		const calls: string[] = [];
		const world = worldWith({ desk }, { heartbeat });
		const { request } = world.outside.http;
		Object.assign(world.outside.http, {
			request: (asked: Parameters<typeof request>[0]) => {
				if (asked.url.endsWith("/alive")) calls.push(asked.method);
				return request(asked);
			},
		});
		const hub = await world.start();
		await world.time.advance(10 * MINUTE);
		expect(calls.length).toBeGreaterThanOrEqual(9);
		expect(calls.length).toBeLessThanOrEqual(11);
		expect(hub.status().alerting?.heartbeat).toMatchObject({ state: "ok" });
		desk.mood = "dead";
		world.outside.dead.add("avl.test");
		await world.time.advance(20 * MINUTE);
		expect(hub.status().alerting?.heartbeat).toMatchObject({
			state: "held",
			sentence: "No sign of life is given: nobody can be told of alerts.",
		});
		const before = calls.length;
		await world.time.advance(5 * MINUTE);
		expect(calls.length).toBe(before);
		desk.mood = "well";
		await world.time.advance(10 * MINUTE);
		expect(calls.length).toBeGreaterThan(before);
		await world.close(hub);
		const last = calls.length;
		await world.time.advance(5 * MINUTE);
		expect(calls.length).toBe(last);
	});
});
