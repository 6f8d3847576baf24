import { describe, expect, it } from "vitest";
import { SMALL_CITY, startAgencyHub } from "../../test/simulated-agency-hub.js";
import type { VehicleLocation } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
import { createCity } from "./city.js";
import { createGateway, type Gateway } from "./gateway.js";
import { FORMAT_CHANGES, type FormatChange, misreadTime, type PlannedChange } from "./gateway-changes.js";
import { SPEECH_PATHS, SPEECHES, type Speech } from "./gateway-speeches.js";
import { createVirtualRuntime } from "./virtual-runtime.js";

/** A Monday, 09:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 15, 0, 0);
const CHICAGO = "America/Chicago";

function gatewayWith(changes: readonly PlannedChange[]): Gateway {
	const { clock } = createVirtualRuntime({ startTime: START }).runtime;
	return createGateway({ city: SMALL_CITY, clock, seed: 7, faults: "none", changes });
}

function bodyOf(gateway: Gateway, speech: Speech): string {
	const rt = SMALL_CITY.lines.map(({ gtfsRouteId }) => gtfsRouteId).slice(0, 10);
	const query: Record<string, string> = speech === "bustime" ? { rt: rt.join() } : {};
	const request = { method: "GET", path: SPEECH_PATHS[speech], query, headers: {}, body: new Uint8Array() };
	const answer = gateway.handle(request);
	if (answer.kind !== "answer") throw new Error("a calm gateway answers");
	return Buffer.from(answer.body ?? "").toString("latin1");
}

/** Whose numbers stand for names, and who has no lists. */
const UNTOUCHED: readonly (readonly [Speech, FormatChange])[] = [
	["gtfs-realtime", "renamed-field"],
	["gtfs-realtime", "list-to-object"],
	["siri-vm", "list-to-object"],
];

describe("changes of format", () => {
	it.each(SPEECHES)("show in what %s says, from their time on and not before", (speech) => {
		const usual = bodyOf(gatewayWith([]), speech);
		for (const change of FORMAT_CHANGES) {
			const isTouched = !UNTOUCHED.some(([a, b]) => a === speech && b === change);
			const changed = bodyOf(gatewayWith([{ change, fromTime: START - 120 * MINUTE_MS }]), speech);
			expect(changed !== usual, change).toBe(isTouched);
			expect(bodyOf(gatewayWith([{ change, fromTime: START + 1 }]), speech), change).toBe(usual);
			const over = { change, fromTime: 0, untilTime: START - 120 * MINUTE_MS };
			expect(bodyOf(gatewayWith([over]), speech), change).toBe(usual);
		}
	});

	it("reach a share of the vehicles, the same ones each time", () => {
		const gateway = gatewayWith([{ change: "renamed-field", fromTime: 0, share: 0.4 }]);
		const { messages } = JSON.parse(bodyOf(gateway, "queue")) as {
			messages: { veh: string; ts?: string }[];
		};
		const old = new Set(messages.flatMap(({ veh, ts }) => (ts === undefined ? [] : veh)));
		const renamed = new Set(messages.flatMap(({ veh, ts }) => (ts === undefined ? veh : [])));
		expect([...old].filter((vehicle) => renamed.has(vehicle))).toEqual([]);
		const share = renamed.size / (old.size + renamed.size);
		expect(share).toBeGreaterThan(0.2);
		expect(share).toBeLessThan(0.6);
	});

	it("make an hour of six out of UTC that is taken for Chicago's", () => {
		expect(misreadTime(START, CHICAGO) - START).toBe(6 * 60 * MINUTE_MS);
	});
});

const CHANGE_AFTER_MS = 10 * MINUTE_MS;

/** A hub that reads the queue for twenty minutes, of which the last ten bring something new. */
async function readThrough(change: FormatChange, city = SMALL_CITY) {
	const changes = [{ change, fromTime: START + CHANGE_AFTER_MS }];
	const { hub, virtual, records } = await startAgencyHub(START, { changes, city });
	await virtual.advance(20 * MINUTE_MS);
	const { feeds, ledger } = hub.status();
	const [feed] = feeds;
	if (feed === undefined) throw new Error("the hub has a feed");
	await hub.close();
	const between = (fromMs: number, untilMs: number) =>
		records.filter(
			({ origin: { receivedTime } }) => receivedTime >= START + fromMs && receivedTime < START + untilMs,
		);
	return {
		/** Without what the queue held at the start, and without what was measured before the change and arrives after it. */
		before: between(MINUTE_MS, CHANGE_AFTER_MS),
		after: between(CHANGE_AFTER_MS + MINUTE_MS, 20 * MINUTE_MS),
		feed,
		isBalanced: ledger.balanced,
	};
}

const shareOf = (records: readonly TransitRecord[], flag: string) =>
	records.filter(({ flags }) => (flags as readonly string[]).includes(flag)).length / records.length;
const locationOf = ({ body }: TransitRecord) => body as VehicleLocation;

describe("what a hub does today with a change of format", () => {
	it("renamed-field: each report whose time is not found is a dead letter", async () => {
		const { before, after, feed, isBalanced } = await readThrough("renamed-field");
		expect(before.length).toBeGreaterThan(300);
		expect(after).toEqual([]);
		expect(feed.deadLetters).toBeGreaterThan(before.length * 0.8);
		expect(isBalanced).toBe(true);
	});

	it("changed-unit: a guard takes the speeds out where enough vehicles drive", async () => {
		const city = createCity({ seed: 7, vehicles: 90, busLines: 8, tramLines: 1, reportEveryS: 30 });
		const { before, after, isBalanced } = await readThrough("changed-unit", city);
		expect(shareOf(before, "speed_unit")).toBeLessThan(0.05);
		expect(shareOf(after, "speed_unit")).toBeGreaterThan(0.3);
		expect(isBalanced).toBe(true);
	});

	it("changed-unit: in a small fleet too, because most of those that drive agree", async () => {
		const { before, after, isBalanced } = await readThrough("changed-unit");
		expect(shareOf(before, "speed_unit")).toBeLessThan(0.05);
		expect(shareOf(after, "speed_unit")).toBeGreaterThan(0.9);
		expect(after.filter((record) => locationOf(record).speedMps !== undefined)).toEqual([]);
		expect(isBalanced).toBe(true);
	});

	it("list-to-object: each answer is a dead letter, before the gateway purges what was in it", async () => {
		const { after, feed, isBalanced } = await readThrough("list-to-object");
		expect(after).toEqual([]);
		expect(feed.state).toBe("failing");
		expect(feed.deadLetters).toBe(60);
		expect(feed.gaps).toEqual({ countedReports: 0, estimatedReports: 0 });
		expect(isBalanced).toBe(true);
	});

	it("new-field: is passed over", async () => {
		const { before, after, isBalanced } = await readThrough("new-field");
		expect(after.length).toBeGreaterThan(before.length * 0.8);
		expect(shareOf(after, "value_removed")).toBe(0);
		expect(isBalanced).toBe(true);
	});

	it("new-value: is removed and flagged, the rest of the report stays", async () => {
		const { before, after, isBalanced } = await readThrough("new-value");
		expect(shareOf(before, "value_removed")).toBe(0);
		expect(shareOf(after, "value_removed")).toBeGreaterThan(0.5);
		expect(after.every((record) => locationOf(record).directionId === undefined)).toBe(true);
		expect(isBalanced).toBe(true);
	});

	it("time-zone: what seems to come out of the future is flagged, and no rider sees it", async () => {
		const { before, after, isBalanced } = await readThrough("time-zone");
		expect(shareOf(before, "future")).toBeLessThan(0.1);
		expect(shareOf(after, "future")).toBe(1);
		expect(isBalanced).toBe(true);
	});
});
