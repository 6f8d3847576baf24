import { describe, expect, it } from "vitest";
import { answered, CONFIG, ReloadWorld, refusing, vehiclesIn } from "../test/reload-world.js";
import type { Hub } from "./hub.js";
import { auditLedger } from "./log/audit.js";
import { DAY_MS, HOUR_MS } from "./model/units.js";
import { listIssues } from "./operations/dead-letters.js";
import type { HttpRequest } from "./runtime/http.js";

const CONFIGURED = CONFIG.replaceAll(/every: [57]s/g, "every: 30m").replace(
	"store: { directory: ./store }",
	"store: { directory: ./store, frames: { maxAge: 1d }, records: { maxAge: 4d } }",
);
const SINKS = [
	{ name: "left", feeds: ["buses"] },
	{ name: "right", feeds: ["buses", "trams"] },
	{ name: "rider-feed", feeds: ["buses"] },
];
/** A day, of each feed. */
const POLLS = 48;
/** Of which no vehicle can be told. */
const POISON = { id: "x", vehicle: { position: { latitude: 1, longitude: 1 } } };

class Week extends ReloadWorld {
	/** Alerts that were open at any time. */
	readonly alerts = new Set<string>();

	constructor() {
		super();
		this.text = CONFIGURED;
		this.reporting("buses", [POISON]);
		this.reporting("trams");
	}

	/** Three vehicles, where they are at the moment. */
	reporting(feed: "buses" | "trams", more: readonly object[] = []): void {
		this.faults.set(`${feed}.test`, () => {
			const timestamp = Math.floor(this.time.runtime.clock.now() / 1000);
			const position = { latitude: 41.9, longitude: -87.6 };
			const fleet = ["1", "2", "3"].map((n) => {
				const id = `${feed}-${n}`;
				return { id, vehicle: { vehicle: { id }, position, timestamp } };
			});
			const entity = [...fleet, ...more];
			return answered(200, JSON.stringify({ header: { gtfsRealtimeVersion: "2.0", timestamp }, entity }));
		});
	}

	async day(hub: Hub): Promise<void> {
		for (let hour = 0; hour < 24; hour++) {
			await this.time.advance(HOUR_MS);
			for (const { alert, subject } of hub.status().alerts ?? []) this.alerts.add(`${alert} ${subject}`);
		}
	}

	async open(): Promise<readonly [subject: string, code: string, open: number][]> {
		const { issues } = await listIssues(this.log);
		return issues.map(({ subject, code, open }) => [subject, code, open]);
	}

	async postings(sink: string): Promise<Record<string, number>> {
		const sums: Record<string, number> = {};
		for (const { outcome, count } of await this.log.ledgerSums({ step: `sink:${sink}` }))
			if (count !== 0) sums[outcome] = count + (sums[outcome] ?? 0);
		return sums;
	}

	async entries(topic: string): Promise<number> {
		return (await this.log.usage()).find((one) => one.topic === topic)?.entries ?? 0;
	}
}

describe("a week without any person", () => {
	it("with poison, a format that changes for a day, a dead sink and one that is mended without a word, leaves nothing to clean", async () => {
		const world = new Week();
		const hub = await world.start();
		await world.day(hub);
		world.faults.set("trams.test", () => answered(200, "<html>We are moving!</html>"));
		world.faults.set("right.test", ({ body }: HttpRequest) =>
			answered(vehiclesIn(body ?? "").includes("buses-3") ? 422 : 200, ""),
		);
		await world.day(hub);
		world.reporting("trams");
		world.faults.set("left.test", refusing("left.test"));
		await world.day(hub);
		await world.day(hub);
		expect([...world.alerts].sort()).toEqual(["feed-down feed:trams", "sink-lagging sink:left"]);
		expect((await world.open()).map(([subject]) => subject).sort()).toEqual([
			"feed:buses",
			"feed:trams",
			"sink:right",
		]);
		world.faults.delete("left.test");
		world.faults.delete("right.test");
		await world.day(hub);
		const names = (await world.log.stateNames("")).length;
		await world.day(hub);
		await world.day(hub);

		const status = hub.status();
		expect(status.alerts).toEqual([]);
		expect(status.feeds.map(({ state }) => state)).toEqual(["running", "running"]);
		expect(status.sinks.map(({ state }) => state)).toEqual(["running", "running", "running"]);
		// Of what sinks refused nothing is left. What nobody can read is kept until its 30 days are over, and counted then.
		expect(await world.open()).toEqual([
			["feed:buses", "record.no_subject", expect.closeTo(7 * POLLS, -1)],
			["feed:trams", "decode.format", POLLS],
		]);
		expect((await hub.replays.list()).map(({ state, counts }) => [state, counts.failed])).toEqual([
			["done", 0],
		]);
		for (const { name } of SINKS.slice(0, 2)) {
			const { in: came, delivered, replayed = 0, ...others } = await world.postings(name);
			expect([name, others]).toEqual([name, {}]);
			expect((delivered ?? 0) + replayed).toBeGreaterThan((came ?? 0) - 10);
		}
		expect((await world.postings("right"))["replayed"]).toBeGreaterThan(140);
		expect(await world.entries("records")).toBeLessThanOrEqual(4 * 2 * 3 * (POLLS + 1));
		expect(await world.entries("frames")).toBeLessThanOrEqual(2 * (POLLS + 1));
		expect((await world.log.stateNames("")).length).toBeLessThanOrEqual(names + 2);
		const audit = await auditLedger(world.log, { sinks: SINKS });
		expect([audit.balanced, audit.findings]).toEqual([true, []]);
		const later = world.time.runtime.clock.now() + 31 * DAY_MS;
		await world.log.retain({ topic: "dead-letters", maxAgeMs: 30 * DAY_MS, maxBytes: 1e9 }, later);
		expect(await world.open()).toEqual([]);
		await world.close(hub);
	});
});
