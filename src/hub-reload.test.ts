import { describe, expect, it } from "vitest";
import { answered, CONFIG, ReloadWorld, refusing } from "../test/reload-world.js";
import type { Hub } from "./hub.js";
import { auditLedger } from "./log/audit.js";
import { ledgerReport } from "./operations/ledger-report.js";
import type { ReloadReport } from "./operations/reload-report.js";

const MINUTE = 60_000;
const NEW_LEFT = CONFIG.replace("http://left.test/in", "http://left-new.test/in");

function actions({ changes }: ReloadReport): Record<string, string> {
	return Object.fromEntries(changes.map(({ part, action }) => [part, action]));
}

/** Every feed and sink has its accounts in order, those of sinks that are gone included. */
async function audited(world: ReloadWorld, hub: Hub) {
	const { config } = hub;
	const sinks = config.sinks.map(({ name }) => ({
		name,
		feeds: config.routes.filter(({ to }) => to.includes(name)).map(({ from }) => from),
	}));
	const { balanced, findings } = await auditLedger(world.log, { sinks });
	return { balanced, findings };
}

describe("a reload that changes one sink", () => {
	it("polls at the same instants and delivers to others as if nothing had happened, and loses nothing of the sink", async () => {
		const story = async (isReloading: boolean) => {
			const world = new ReloadWorld();
			const hub = await world.start();
			await world.time.advance(MINUTE);
			let report: ReloadReport | undefined;
			const from = world.time.runtime.clock.now();
			if (isReloading) {
				world.text = NEW_LEFT;
				report = await world.reload(hub);
			}
			await world.time.advance(from + 2 * MINUTE - world.time.runtime.clock.now());
			const audit = await audited(world, hub);
			const events = [...world.events];
			const told = hub.status().reloads;
			await world.close(hub);
			return { world, report, audit, events, told };
		};
		const calm = await story(false);
		const { world, report, audit, events, told } = await story(true);
		expect(report).toMatchObject({ outcome: "applied", problems: [], notes: [] });
		expect(actions(report as ReloadReport)).toEqual({
			"feed:buses": "keep",
			"feed:trams": "keep",
			"sink:left": "replace",
			"sink:right": "keep",
			"sink:rider-feed": "keep",
		});
		for (const host of ["buses.test", "trams.test", "right.test"])
			expect([host, world.timesOf(host)]).toEqual([host, calm.world.timesOf(host)]);
		expect(world.timesOf("buses.test").length).toBeGreaterThan(30);
		// The cursor is kept: what the old destination has and what the new one gets are all there is, each once.
		const delivered = [...world.vehiclesAt("left.test"), ...world.vehiclesAt("left-new.test")];
		expect(delivered.toSorted()).toEqual(calm.world.vehiclesAt("left.test").toSorted());
		expect(world.vehiclesAt("left-new.test").length).toBeGreaterThan(10);
		expect(audit).toEqual({ balanced: true, findings: [] });
		expect(told).toMatchObject({ counts: { applied: 1, rolled_back: 0 }, last: { outcome: "applied" } });
		expect(events.filter(({ code }) => code === "hub.reload")).toMatchObject([
			{ level: "info", subject: "hub", details: { outcome: "applied", changes: ["replace sink:left"] } },
		]);
	});

	it("is rolled back when the new version is refused, and the old one goes on from where it stood", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.text = NEW_LEFT;
		world.faults.set("left-new.test", () => answered(401, "no"));
		const report = await world.reload(hub);
		expect(report).toMatchObject({
			outcome: "rolled_back",
			sentence: expect.stringContaining("sink:left"),
			problems: [expect.stringContaining("401")],
		});
		await world.time.advance(MINUTE);
		// Of the sink beside it, which takes the same and was not touched.
		const same = world.vehiclesAt("right.test").filter((id) => id.startsWith("buses"));
		expect(world.vehiclesAt("left.test").toSorted()).toEqual(same.toSorted());
		expect(hub.config.sinks[0]?.options).toMatchObject({ url: "http://left.test/in" });
		expect(hub.status().sinks.map(({ state }) => state)).toEqual(["running", "running", "running"]);
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		await world.close(hub);
	});

	it("is rolled back at the deadline when the new version does not answer until then", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.text = NEW_LEFT;
		world.faults.set("left-new.test", refusing("left-new.test"));
		const report = await world.reload(hub, { withinMs: 14_000 });
		expect(report).toMatchObject({
			outcome: "rolled_back",
			problems: [expect.stringContaining("left-new.test is dead")],
		});
		expect(report.tookMs).toBeGreaterThanOrEqual(13_900);
		expect(report.tookMs).toBeLessThan(18_000);
		await world.time.advance(MINUTE);
		expect(hub.status().sinks[0]?.state).toBe("running");
		await world.close(hub);
	});

	it("is kept when it is no worse than before: who mends a sink that fails is not sent back", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		world.faults.set("left.test", () => answered(401, "no"));
		await world.time.advance(MINUTE);
		expect(hub.status().sinks[0]?.state).toBe("held");
		world.text = NEW_LEFT;
		world.faults.set("left-new.test", refusing("left-new.test"));
		const worse = await world.reload(hub);
		expect(worse).toMatchObject({ outcome: "applied", notes: [expect.stringContaining("left-new.test")] });
		world.faults.clear();
		world.text = NEW_LEFT.replace("left-new.test/in", "left-new.test/mended");
		// It is asked at once, though the breaker of the version before it had opened for longer.
		expect(await world.reload(hub)).toMatchObject({ outcome: "applied", notes: [] });
		expect(hub.status().sinks[0]?.state).toBe("running");
		await world.close(hub);
	});
});

describe("a reload that changes feeds and routes", () => {
	it("exchanges a feed, keeps what was counted of it, and goes back when the new upstream is worse", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		const { frames = 0 } = hub.status().feeds[0] ?? {};
		world.text = CONFIG.replace("buses.test/v", "buses-new.test/v");
		world.faults.set("buses-new.test", () => answered(404, "no"));
		const back = await world.reload(hub);
		expect(back.outcome).toBe("rolled_back");
		world.faults.clear();
		expect(await world.reload(hub)).toMatchObject({ outcome: "applied", notes: [] });
		await world.time.advance(MINUTE);
		expect(world.timesOf("buses-new.test").length).toBeGreaterThan(10);
		expect(hub.status().feeds[0]?.frames).toBeGreaterThan(frames + 10);
		expect(hub.status().feeds[0]?.state).toBe("running");
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		await world.close(hub);
	});

	it("adds and removes feeds, sinks and routes, and opens their accounts with the first record", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.text = CONFIG.replace(
			"  left: {",
			"  third: { type: webhook, url: http://third.test/in }\n  left: {",
		).replace("to: right, mode", "to: [right, third], mode");
		const report = await world.reload(hub);
		expect(actions(report)).toMatchObject({
			"sink:third": "add",
			"feed:trams": "keep",
			"sink:right": "keep",
		});
		await world.time.advance(MINUTE);
		const trams = world.vehiclesAt("third.test");
		expect(trams.length).toBeGreaterThan(5);
		expect(world.vehiclesAt("right.test")).toEqual(expect.arrayContaining(trams));
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		world.text = CONFIG.replace(/ {2}trams:\n.*\n.*\n/, "").replace(/ {2}- \{ from: trams.*\n/, "");
		expect(actions(await world.reload(hub))).toMatchObject({
			"feed:trams": "remove",
			"sink:third": "remove",
			"sink:right": "replace",
		});
		const asked = world.timesOf("trams.test").length;
		await world.time.advance(MINUTE);
		expect(world.timesOf("trams.test")).toHaveLength(asked);
		expect(hub.status().feeds.map(({ name }) => name)).toEqual(["buses"]);
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		await world.close(hub);
	});

	it("leaves the ledger right when a sink is removed for which something waits, and gives it that when it comes back", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.faults.set("left.test", refusing("left.test"));
		// In the middle of a minute: behind what waits lie records of the same account that nobody announces to it.
		await world.time.advance(MINUTE / 2 + 7000);
		world.text = CONFIG.replace(/ {2}left: .*\n/, "").replace(
			"[left, right, rider-feed]",
			"[right, rider-feed]",
		);
		expect(actions(await world.reload(hub))).toMatchObject({ "sink:left": "remove" });
		const removed = world.time.runtime.clock.now();
		await world.time.advance(10 * MINUTE);
		expect(hub.status().ledger).toMatchObject({ balanced: true });
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		const question = { sinks: hub.config.sinks.map(({ name }) => ({ name, feeds: [] })) };
		const { sums } = await ledgerReport(world.log, question, removed);
		const left = sums.find(({ step }) => step === "sink:left");
		expect(left?.pending).toBe((left?.posted["in"] ?? 0) - (left?.posted["delivered"] ?? 0));
		expect(left?.pending).toBeGreaterThan(3);
		expect(left?.pending).toBeLessThan(30);
		world.faults.clear();
		world.text = CONFIG;
		expect(await world.reload(hub)).toMatchObject({ outcome: "applied" });
		await world.time.advance(2 * MINUTE);
		expect(hub.status().ledger).toMatchObject({ balanced: true });
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		const same = world.vehiclesAt("right.test").filter((id) => id.startsWith("buses"));
		expect(world.vehiclesAt("left.test").toSorted()).toEqual(same.toSorted());
		await world.close(hub);
	});

	it("replaces a feed whose way to heal has changed", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		world.text = CONFIG.replace("  buses:\n", "  buses:\n    heal: auto\n");
		const report = await world.reload(hub, { dryRun: true });
		expect(actions(report)).toMatchObject({ "feed:buses": "replace", "feed:trams": "keep" });
		await world.close(hub);
	});

	it("replaces a sink that was told of the pace of its feed when that changes", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		world.text = CONFIG.replace("every: 5s", "every: 50s");
		const report = await world.reload(hub, { dryRun: true });
		expect(report.outcome).toBe("planned");
		expect(actions(report)).toMatchObject({ "feed:buses": "replace", "sink:rider-feed": "replace" });
		await world.close(hub);
	});
});

describe("a reload that touches nothing", () => {
	it("is one of the same configuration, of one that is only asked about, and of one that is wrong", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		const before = hub.config;
		expect(await world.reload(hub)).toMatchObject({ outcome: "unchanged" });
		world.text = NEW_LEFT;
		const planned = await world.reload(hub, { dryRun: true });
		expect(planned).toMatchObject({
			outcome: "planned",
			sentence: expect.stringContaining("replace sink:left"),
		});
		world.text = CONFIG.replace("to: right", "to: rihgt");
		expect(await world.reload(hub)).toMatchObject({
			outcome: "invalid",
			problems: [expect.stringContaining('there is no sink "rihgt"')],
		});
		world.text = "feeds: [";
		expect((await world.reload(hub)).outcome).toBe("invalid");
		expect(hub.config.sinks).toEqual(before.sinks);
		expect(hub.status().reloads).toMatchObject({
			counts: { unchanged: 1, planned: 1, invalid: 2, applied: 0 },
			last: { outcome: "invalid" },
		});
		await world.close(hub);
	});

	it.each([
		["store.directory", "directory: ./store", "directory: ./elsewhere"],
		["store.partitions", "directory: ./store", "directory: ./store, partitions: 3"],
		["http", "port: 0 }", "port: 8099 }"],
		["network", "store:", "network: { proxy: none }\nstore:"],
		["agencies.metro", "timezone: UTC }", "timezone: UTC, gtfs: ./gtfs.zip }"],
	])("is one of %s: it says that a restart is needed", async (name, from, to) => {
		const world = new ReloadWorld();
		const hub = await world.start();
		world.text = NEW_LEFT.replace(from, to);
		const report = await world.reload(hub);
		expect(report).toMatchObject({
			outcome: "refused",
			problems: [expect.stringMatching(/restart the hub/)],
		});
		expect(report.problems[0]).toContain(name);
		expect(hub.config.sinks[0]?.options).toMatchObject({ url: "http://left.test/in" });
		await world.close(hub);
	});

	it("is one of rules for ids that stand in the configuration: it says that a restart is needed", async () => {
		const world = new ReloadWorld();
		const withRules = (add: string) =>
			CONFIG.replace("timezone: UTC }", `timezone: UTC, ids: { vehicle: { add: ${add} } } }`);
		world.text = withRules("a-");
		const hub = await world.start();
		expect((await world.reload(hub)).outcome).toBe("unchanged");
		world.text = withRules("b-");
		const report = await world.reload(hub);
		expect(report).toMatchObject({
			outcome: "refused",
			problems: [expect.stringContaining("agencies.metro")],
		});
		await world.close(hub);
	});

	it("is a second one while another is under way, and one of a hub that stops", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.text = NEW_LEFT;
		world.faults.set("left-new.test", refusing("left-new.test"));
		const first = hub.reload(() => world.load(), {});
		await expect(hub.reload(() => world.load(), {})).rejects.toMatchObject({ code: "request.conflict" });
		const closed = world.close(hub);
		await expect(hub.reload(() => world.load(), {})).rejects.toMatchObject({ code: "request.conflict" });
		await closed;
		expect((await first).outcome).toBe("applied");
	});
});

describe("a reload that can go neither forward nor back", () => {
	it("says that it failed and what to do, keeps others out, and goes on by itself once the store takes commits", async () => {
		const world = new ReloadWorld();
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.text = CONFIG.replace(
			"  left: {",
			"  third: { type: webhook, url: http://third.test/in }\n  left: {",
		).replace("to: right, mode", "to: [right, third], mode");
		let works: () => void = () => undefined;
		const hung = new Promise<void>((resolve) => {
			works = resolve;
		});
		world.beforeCommit = () => hung;
		const report = await world.reload(hub, { withinMs: 15_000 });
		expect(report).toMatchObject({
			outcome: "failed",
			sentence: expect.stringContaining("nor did the way back"),
		});
		expect(report.tookMs).toBeLessThan(30_000);
		await expect(hub.reload(() => world.load(), {})).rejects.toMatchObject({ code: "request.conflict" });
		expect(hub.status().reloads).toMatchObject({ counts: { failed: 1 }, last: { outcome: "failed" } });
		world.beforeCommit = () => undefined;
		works();
		await world.time.advance(2 * MINUTE);
		expect(hub.status().sinks.map(({ name, state }) => `${name} ${state}`)).toEqual([
			"left running",
			"right running",
			"rider-feed running",
		]);
		expect(await audited(world, hub)).toEqual({ balanced: true, findings: [] });
		world.faults.clear();
		expect(await world.reload(hub)).toMatchObject({ outcome: "applied" });
		await world.close(hub);
	});
});

describe("a reload of feeds that share a quota", () => {
	const limited = (limit: number, url = "buses.test/v") =>
		CONFIG.replace("feeds:", `quotas: { key: { limit: ${limit}/day } }\nfeeds:`)
			.replaceAll(
				"decoder: gtfs-realtime }]",
				"decoder: gtfs-realtime, budget: { quota: key, requests: 20/min } }]",
			)
			.replace("buses.test/v", url);

	it.each([
		["an upstream", limited(100_000, "buses-new.test/v"), "applied"],
		["an upstream that is refused", limited(100_000, "refused.test/v"), "rolled_back"],
		["its limit", limited(120_000), "applied"],
	])("goes on from what was used of it when %s changes", async (_, text, outcome) => {
		const world = new ReloadWorld();
		world.faults.set("refused.test", () => answered(404, "no"));
		world.text = limited(100_000);
		const hub = await world.start();
		await world.time.advance(10 * MINUTE);
		const sent = () => world.sent.filter(({ host }) => /buses|trams|refused/.test(host)).length;
		const used = () => hub.status().quotas.find(({ name }) => name === "key")?.used;
		const before = used() ?? 0;
		expect(before).toBe(sent());
		world.text = text;
		expect((await world.reload(hub)).outcome).toBe(outcome);
		await world.time.advance(MINUTE);
		expect(used()).toBeGreaterThanOrEqual(sent());
		expect(used()).toBeLessThanOrEqual(sent() + 3);
		await world.close(hub);
	});
});
