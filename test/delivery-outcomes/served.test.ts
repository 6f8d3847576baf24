import { expect } from "vitest";
import type { TransitRecord } from "../../src/model/record.js";
import { definition as gtfsRealtime } from "../../src/sinks/gtfs-realtime.js";
import type { SinkDefinition } from "../../src/sinks/sink.js";
import { definition as siri } from "../../src/sinks/siri-vm.js";
import { definition as sse } from "../../src/sinks/sse.js";
import { definition as websocket } from "../../src/sinks/websocket.js";
import { LiveWorld } from "../live-world.js";
import { alert, record, recordOf, removal, START, tripUpdate } from "../rider-feed-world.js";
import { type Driver, describeTable } from "./table.js";

const MINUTE_MS = 60_000;

interface Fate {
	readonly outcomes: readonly string[];
	/** How many the status says are withheld. */
	readonly withheld: number;
}

/** Ways to bring about each fate, in sinks of these types. */
function driversOf(definitions: readonly SinkDefinition<never>[]) {
	/** What becomes of the last record, or the first where others follow it. */
	const fate = (
		name: string,
		records: readonly TransitRecord[],
		{ options = {}, of = records.length - 1, apart = false, leaves = false } = {},
	) =>
		definitions.map((definition) => ({
			name: `${definition.type}: ${name}`,
			give: async (): Promise<Fate> => {
				const world = new LiveWorld(options, {}, definition as unknown as SinkDefinition<unknown>);
				const client = leaves ? await world.client() : undefined;
				if (apart) for (const one of records) world.tell(one);
				else world.tell(...records);
				await client?.leave();
				const withheld = Object.entries(world.sink.status(START))
					.filter(([fact]) => fact.startsWith("withheld_"))
					.reduce((sum, [, count]) => sum + Number(count), 0);
				await world.sink.close();
				const outcomes = world.settled.filter(([one]) => one === records[of]).map(([, outcome]) => outcome);
				return { outcomes, withheld };
			},
		}));
	const drivers: readonly Driver<Fate>[] = [
		[/it stood in a publication/, () => fate("a report", [record(START)])],
		[
			/took a vehicle.* out of it/,
			() => fate("a removal", [record(START), removal(START + 1000)], { apart: true }),
		],
		[/a newer one of its key/, () => fate("both at once", [record(START - 5000), record(START)], { of: 0 })],
		[
			/a newer one of its key/,
			() => fate("after it", [record(START), record(START - 5000)], { apart: true }),
		],
		[/`not_for_riders`/, () => fate("flagged", [record(START, {}, { flags: ["not_for_riders"] })])],
		[/future/, () => fate("in ten minutes", [record(START + 10 * MINUTE_MS, {}, { flags: ["future"] })])],
		[
			/no time/,
			() =>
				fate("of receipt only", [record(START, {}, { flags: ["time_from_receipt"] })], {
					options: { withoutTime: "withhold" },
				}),
		],
		[
			/no position/,
			() => fate("and no trip", [recordOf(START, "7", { kind: "vehicle_location", vehicleId: "7" })]),
		],
		[/too old to be true/, () => fate("an hour old", [record(START - 60 * MINUTE_MS)])],
	];
	return { fate, drivers };
}

async function check(outcome: string, { outcomes, withheld }: Fate): Promise<void> {
	const [, word] = /^`(\w+)`/.exec(outcome) ?? [undefined, "delivered"];
	expect(outcomes).toEqual([word]);
	expect(withheld).toBe(word === "withheld" ? 1 : 0);
}

const STOP_VISIT = recordOf(START, "20260105:T1", {
	kind: "stop_visit",
	stopId: "A",
} as TransitRecord["body"]);

const streams = driversOf([sse, websocket] as unknown as SinkDefinition<never>[]);
const live = driversOf([gtfsRealtime, sse, websocket] as unknown as SinkDefinition<never>[]);
describeTable<Fate>(
	"`gtfs-realtime`, `sse`, `websocket`",
	[
		...live.drivers,
		[/out of it/, () => live.fate("a trip", [tripUpdate(START)])],
		[/out of it/, () => live.fate("an alert", [alert(START)])],
		[
			/not in the schedule/,
			() => live.fate("an unknown trip", [tripUpdate(START, { unresolved: "unknown_trip" })]),
		],
		[/kind that is not told/, () => live.fate("a stop visit", [STOP_VISIT])],
		[/does not read, or goes/, () => streams.fate("one that goes", [record(START)], { leaves: true })],
	],
	check,
);

const vehicles = driversOf([siri] as unknown as SinkDefinition<never>[]);
describeTable<Fate>(
	"`siri-vm`",
	[
		...vehicles.drivers,
		[/another kind than/, () => vehicles.fate("a trip", [tripUpdate(START)])],
		[/another kind than/, () => vehicles.fate("an alert", [alert(START)])],
	],
	check,
);
