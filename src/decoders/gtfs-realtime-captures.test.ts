import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, items, read, skipped, vehicles } from "../../test/gtfs-realtime-captures.js";
import type { Observation, TripUpdate, VehicleLocation } from "../model/observation.js";

/**
 * Every captured GTFS-realtime file. Counts and spans are those of the README beside the files, which other software
 * counted; the values of single records stand in `gtfs-realtime-records.test`. Nothing differs from that README:
 * the counts of trip updates, stop times, vehicles and alerts, and the header times, are all as it states them.
 */

function pbFiles(directory: string): string[] {
	return readdirSync(join(folder ?? "", "gtfs-rt", directory))
		.filter((name) => name.endsWith(".pb"))
		.sort()
		.map((name) => `${directory}/${name}`);
}

function tally(observations: readonly Observation[]) {
	const of = (kind: string) => observations.filter((item) => item.kind === kind);
	return [
		of("vehicle_location").length,
		of("vehicle_location").filter((item) => (item as VehicleLocation).latitude !== undefined).length,
		of("trip_update").length,
		of("trip_update").reduce((sum, item) => sum + (item as TripUpdate).stopTimeUpdates.length, 0),
		of("service_alert").length,
	];
}

const epoch = (text: string) => Date.parse(text);

/** File, header time, then vehicles, of them with a position, trip updates, their stop times, alerts. */
const STATED: [string, string, number[]][] = [
	["bart-2019/alerts.pb", "2019-08-07T17:45:42Z", [0, 0, 0, 0, 1]],
	["bart-2019/trip-updates.pb", "2019-08-07T17:45:21Z", [0, 0, 91, 1060, 0]],
	["ember-uk-2024-01-18/realtime.pb", "2024-01-18T15:47:21Z", [9, 9, 17, 181, 32]],
	["mbta/TripUpdates_enhanced.json", "2017-12-24T19:14:00Z", [0, 0, 38, 47, 0]],
	["mbta/TripUpdates_enhanced_with_tripproperties.json", "2017-12-24T19:14:00Z", [0, 0, 4, 4, 0]],
	["mbta/VehiclePositions_enhanced.json", "2018-05-29T14:49:29Z", [550, 550, 0, 0, 0]],
	["mbta/alerts.pb", "2017-12-23T13:00:19Z", [0, 0, 0, 0, 51]],
	["mbta/alerts_enhanced.json", "2017-12-29T14:49:34Z", [0, 0, 0, 0, 6]],
	["mbta/tripupdates.pb", "2017-12-18T18:46:13Z", [0, 0, 49, 523, 0]],
	["mbta/tripupdates_with_tripproperties.pb", "2017-12-18T18:46:13Z", [0, 0, 4, 6, 0]],
	["mbta/vehiclepositions.pb", "2017-12-18T18:46:04Z", [48, 48, 0, 0, 0]],
	["mta-bus-brooklyn-b47-2017/tripUpdate-20170412_7198.pb", "2017-04-12T15:11:16Z", [0, 0, 1, 7, 0]],
	["nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb", "2023-10-19T11:30:01Z", [21, 0, 21, 207, 0]],
	["nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb", "2023-05-09T10:58:43Z", [139, 0, 257, 5628, 1]],
	["sound-transit-link-2023/trip_update_1683740698.json", "2023-05-10T17:44:58Z", [0, 0, 14, 169, 0]],
	["sound-transit-link-2023/trip_update_1683740798.json", "2023-05-10T17:46:38Z", [0, 0, 14, 177, 0]],
	["sound-transit-link-2023/trip_update_1683914528.json", "2023-05-12T18:02:08Z", [0, 0, 15, 198, 0]],
	["sound-transit-link-2023/trip_update_1683915543.json", "2023-05-12T18:19:03Z", [0, 0, 15, 172, 0]],
	["sound-transit-link-2023/trip_update_1683915993.json", "2023-05-12T18:26:33Z", [0, 0, 14, 162, 0]],
	["sound-transit-link-2023/vehicle_position_1683740698.json", "2023-05-10T17:44:58Z", [14, 14, 0, 0, 0]],
	["sound-transit-link-2023/vehicle_position_1683740798.json", "2023-05-10T17:46:38Z", [14, 14, 0, 0, 0]],
	["sound-transit-link-2023/vehicle_position_1683914528.json", "2023-05-12T18:02:08Z", [15, 15, 0, 0, 0]],
	["sound-transit-link-2023/vehicle_position_1683915543.json", "2023-05-12T18:19:03Z", [15, 15, 0, 0, 0]],
	["sound-transit-link-2023/vehicle_position_1683915993.json", "2023-05-12T18:26:33Z", [14, 14, 0, 0, 0]],
	["usf-bullrunner-2017/vehicle-positions.pb", "2017-09-13T14:52:55Z", [10, 10, 0, 0, 0]],
	["wmata-bus-late-trip-2023-08-18/2359.json", "2023-08-19T03:59:00Z", [0, 0, 1, 1, 0]],
	["wmata-bus-late-trip-2023-08-18/2400.json", "2023-08-19T04:00:00Z", [0, 0, 1, 1, 0]],
	["wmata-bus-late-trip-2023-08-18/2401.json", "2023-08-19T04:01:00Z", [0, 0, 1, 1, 0]],
	["wmata-bus-late-trip-2023-08-18/2402.json", "2023-08-19T04:02:00Z", [0, 0, 1, 1, 0]],
	["wmata-bus-late-trip-2023-08-18/2403.json", "2023-08-19T04:03:00Z", [0, 0, 1, 1, 0]],
	["wmata-bus-late-trip-2023-08-18/2445.json", "2023-08-19T04:45:00Z", [0, 0, 1, 1, 0]],
];

describe.skipIf(!folder)(`captured GTFS-realtime${skipped}`, () => {
	it("knows every file that is there", () => {
		const root = join(folder ?? "", "gtfs-rt");
		const found = readdirSync(root, { recursive: true, encoding: "utf8" })
			.filter((name) => /\.(pb|json)$/.test(name))
			.filter((name) => !name.startsWith("nyct-subway-ace") && !name.startsWith("nyct-subway-1234567"));
		expect(found.sort()).toEqual(STATED.map(([name]) => name).sort());
	});

	it.each(STATED)("%s holds what is stated of it", (path, headerTime, counts) => {
		expect(read(path).headerTime).toBe(epoch(headerTime));
		expect(tally(items(path))).toEqual(counts);
	});

	it("gives times within the stated spans", () => {
		const span = (path: string) => {
			const times = vehicles(path).map((vehicle) => vehicle.eventTime ?? 0);
			return [Math.min(...times), Math.max(...times)];
		};
		expect(span("ember-uk-2024-01-18/realtime.pb")).toEqual([
			epoch("2024-01-18T15:46:57Z"),
			epoch("2024-01-18T15:47:12Z"),
		]);
		expect(span("mbta/vehiclepositions.pb")).toEqual([
			epoch("2017-12-18T18:41:01Z"),
			epoch("2017-12-18T18:46:04Z"),
		]);
		expect(span("nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb")).toEqual([
			epoch("2023-10-19T11:17:00Z"),
			epoch("2023-10-19T12:15:00Z"),
		]);
		expect(span("nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb")).toEqual([
			epoch("2023-05-09T10:40:48Z"),
			epoch("2023-05-09T10:58:42Z"),
		]);
		expect(span("mbta/VehiclePositions_enhanced.json")).toEqual([1527603861000, 1527605365000]);
		expect(vehicles("usf-bullrunner-2017/vehicle-positions.pb").every((v) => v.eventTime === undefined)).toBe(
			true,
		);
	});
});

describe.skipIf(!folder)(`the captured New York subway${skipped}`, () => {
	it("1 to 7: 22 snapshots from 18:03:06 to 19:21:52", () => {
		const files = pbFiles("nyct-subway-1234567-2023-05-29");
		expect(files).toHaveLength(22);
		const all = files.map((file) => tally(items(file)));
		expect(all[0]).toEqual([109, 0, 169, 3442, 1]);
		expect(all.at(-1)).toEqual([109, 0, 173, 3649, 1]);
		const sum = [0, 1, 2, 3, 4].map((at) => all.reduce((total, counts) => total + (counts[at] ?? 0), 0));
		expect(sum).toEqual([2391, 0, 3772, 78654, 22]);
		expect(read(files[0] ?? "").headerTime).toBe(epoch("2023-05-29T18:03:06Z"));
		expect(read(files.at(-1) ?? "").headerTime).toBe(epoch("2023-05-29T19:21:52Z"));
	});

	it("A, C and E: 60 snapshots in which all 9,389 vehicles become records", () => {
		const files = pbFiles("nyct-subway-ace-2024-02-08");
		expect(files).toHaveLength(60);
		expect(read(files[0] ?? "").headerTime).toBe(epoch("2024-02-08T12:59:15Z"));
		expect(read(files.at(-1) ?? "").headerTime).toBe(epoch("2024-02-08T13:58:37Z"));
		expect(tally(items(files[0] ?? ""))).toEqual([160, 0, 160, 2862, 0]);
		expect(tally(items(files.at(-1) ?? ""))).toEqual([151, 0, 151, 2707, 0]);
		const contents = new Map<string, Set<string>>();
		let count = 0;
		let future = 0;
		let tripUpdates = 0;
		for (const file of files) {
			const decoded = read(file);
			for (const item of decoded.items) {
				if (item.kind === "trip_update") tripUpdates++;
				if (item.kind !== "vehicle_location") continue;
				count++;
				expect(item.vehicleId ?? item.latitude ?? item.flags).toBeUndefined();
				expect(item.tripId !== undefined && item.serviceDate !== undefined).toBe(true);
				if ((item.eventTime ?? 0) > (decoded.headerTime ?? 0) + 60_000) future++;
				const subject = `${item.serviceDate}/${item.tripId}/${item.eventTime}`;
				contents.set(subject, (contents.get(subject) ?? new Set()).add(JSON.stringify(item)));
			}
		}
		const revisions = [...contents.values()].reduce((sum, versions) => sum + versions.size - 1, 0);
		expect({ count, tripUpdates, future, subjects: contents.size, revisions }).toEqual({
			count: 9389,
			tripUpdates: 9389,
			future: 4357,
			subjects: 3756,
			revisions: 64,
		});
	});
});
