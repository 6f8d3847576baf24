import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../model/units.js";
import { createCity } from "../city.js";
import {
	DEATHS,
	DISK_FAULTS,
	NETWORK_FAULTS,
	PARTNER_FAULTS,
	type Plan,
	planOf,
	STORE_FAULTS,
	type Trouble,
	UPSTREAM_HOSTS,
} from "./plan.js";

const PLANS = Array.from({ length: 300 }, (_, at) => planOf(at + 1));

/** How many plans have each fault. */
function spread(faultsOf: (plan: Plan) => readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const plan of PLANS) {
		for (const fault of new Set(faultsOf(plan))) counts.set(fault, (counts.get(fault) ?? 0) + 1);
	}
	return counts;
}

const faults = (troubles: readonly Trouble<string>[] = []) => troubles.map(({ fault }) => fault);

describe("what seeds decide", () => {
	it("is a small agency for some hours: 5 to 30 vehicles, 1 to 3 hours", () => {
		for (const plan of PLANS) {
			const vehicles = createCity(plan).vehicles.length + plan.pushVehicles;
			expect(vehicles).toBeGreaterThanOrEqual(5);
			expect(vehicles).toBeLessThanOrEqual(30);
			const hours = (plan.hostileMs + plan.quietMs) / HOUR_MS;
			expect(hours).toBeGreaterThanOrEqual(1);
			expect(hours).toBeLessThanOrEqual(3);
		}
	});

	it.each<[string, readonly string[], (plan: Plan) => readonly string[]]>([
		...UPSTREAM_HOSTS.map(
			(host) =>
				[host, NETWORK_FAULTS, ({ upstreams }: Plan) => faults(upstreams[host])] as [
					string,
					readonly string[],
					(plan: Plan) => readonly string[],
				],
		),
		["partner", PARTNER_FAULTS, ({ partner }) => faults(partner)],
		["board", PARTNER_FAULTS, ({ board }) => faults(board)],
		["store", STORE_FAULTS, ({ store }) => faults(store)],
		["archive", DISK_FAULTS, ({ archive }) => faults(archive)],
		["process", DEATHS, ({ deaths }) => deaths.map(({ type }) => type)],
		["senders", ["lost-answer", "unreachable"], ({ push }) => faults(push)],
		[
			"clock",
			["jump back", "jump on", "slow", "fast"],
			({ clockJumps, driftMsPerHour }) => [
				...clockJumps.map(({ byMs }) => (byMs < 0 ? "jump back" : "jump on")),
				...(driftMsPerHour === 0 ? [] : [driftMsPerHour < 0 ? "slow" : "fast"]),
			],
		],
	])("has each fault of %s in some worlds, and in most of them not", (_name, known, faultsOf) => {
		const counts = spread(faultsOf);
		expect(new Set(counts.keys())).toEqual(new Set(known));
		for (const count of counts.values()) {
			expect(count).toBeGreaterThan(5);
			expect(count).toBeLessThan(PLANS.length / 2);
		}
	});

	it("runs some worlds on SQLite, with retention, with ledgers that fold, and with partners who refuse records", () => {
		const share = (has: (plan: Plan) => boolean) => PLANS.filter(has).length;
		expect(share(({ storeKind }) => storeKind === "sqlite")).toBe(15);
		for (const has of [
			({ keepS }: Plan) => keepS !== undefined,
			({ fold }: Plan) => fold !== undefined,
			({ badRecordIn }: Plan) => badRecordIn > 0,
			({ hasStandby }: Plan) => hasStandby,
		])
			expect(share(has)).toBeGreaterThan(50);
	});
});
