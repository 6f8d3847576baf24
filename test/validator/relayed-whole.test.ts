import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { definition } from "../../src/decoders/gtfs-realtime.js";
import { realData } from "../real-data.js";
import {
	type Entity,
	type Message,
	readMessage,
	type StopTimeEvent,
	type TripUpdate,
} from "./feed-message.js";
import { publishThroughSink, recordsOf } from "./publish.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });

/** A captured message, and what riders got of it first, both read by protobufjs. */
async function relayed(path: string) {
	const bytes = readFileSync(join(folder ?? "", "gtfs-rt", path));
	const { headerTime = 0 } = decoder.decode({ bytes, receivedTime: 0 });
	const { publications } = await publishThroughSink(
		recordsOf(decoder, [{ bytes, receivedTime: headerTime + 2000 }]),
	);
	const published = (which: "bytes" | "trips" | "alerts") => {
		const messages = publications.map((publication) => readMessage(publication[which]));
		const first = messages.find(({ entity }) => entity.length > 0);
		return new Map(first?.entity.map((entity) => [entity.id, entity]));
	};
	return { input: readMessage(bytes), trips: published("trips"), alerts: published("alerts"), headerTime };
}

/** Some feeds state milliseconds where the standard has seconds. */
const inSeconds = (time: number) => (time > 1e11 ? Math.floor(time / 1000) : time);

function eventOf(event: StopTimeEvent): StopTimeEvent {
	return { ...event, ...(event.time !== undefined && { time: inSeconds(event.time) }) };
}

/** What is expected of a trip update: all that was said, and beside it only what makes the unsaid plain. */
function wholeTrip(update: TripUpdate, headerTime: number): TripUpdate {
	const { stop_time_update: stops } = update;
	return {
		...update,
		trip: { schedule_relationship: "SCHEDULED", ...update.trip },
		timestamp: update.timestamp ?? Math.floor(headerTime / 1000),
		...(stops && {
			stop_time_update: stops.map((stop) => ({
				schedule_relationship: "SCHEDULED",
				...stop,
				...(stop.arrival && { arrival: eventOf(stop.arrival) }),
				...(stop.departure && { departure: eventOf(stop.departure) }),
			})),
		}),
	};
}

const tripId = ({ trip }: TripUpdate) => `tu:${trip.start_date ?? ""}:${trip.trip_id}`;

function withTrips({ entity }: Message): readonly (Entity & { readonly trip_update: TripUpdate })[] {
	return entity.filter((one): one is Entity & { trip_update: TripUpdate } => one.trip_update !== undefined);
}

describe.skipIf(!folder)(`what riders get of a captured message${skipped}`, () => {
	// What is mended: two stops of BART that share a sequence; a departure of Ember before its arrival; trains of New York
	// that share a trip, of which the last one listed stands, or a second at two stops.
	it.each([
		["bart-2019/trip-updates.pb", 80, 9],
		["ember-uk-2024-01-18/realtime.pb", 16, 1],
		["mbta/tripupdates.pb", 49, 0],
		["mbta/tripupdates_with_tripproperties.pb", 3, 0],
		["mta-bus-brooklyn-b47-2017/tripUpdate-20170412_7198.pb", 1, 0],
		["nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb", 252, 5],
		["nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb", 20, 0],
		["nyct-subway-ace-2024-02-08/1707397157.ace.pb", 141, 2],
	] as const)("%s: every word of its trip updates", async (path, count, mended) => {
		const { input, trips, headerTime } = await relayed(path);
		let same = 0;
		let different = 0;
		for (const { trip_update: update } of withTrips(input)) {
			const published = trips.get(tripId(update))?.trip_update;
			if (published === undefined) continue;
			if (isDeepStrictEqual(published, wholeTrip(update, headerTime))) same++;
			else different++;
		}
		expect([same, different]).toEqual([count, mended]);
	});

	it.each([
		["bart-2019/alerts.pb", 1],
		["ember-uk-2024-01-18/realtime.pb", 32],
		["mbta/alerts.pb", 51],
	] as const)("%s: every word of its alerts", async (path, count) => {
		const { input, alerts } = await relayed(path);
		const given = input.entity.filter(({ alert }) => alert !== undefined);
		expect(given).toHaveLength(count);
		for (const { id, alert } of given) expect(alerts.get(`alert:${id}`)?.alert).toEqual(alert);
	});

	it("holds what a person reads in the files: added trips, skipped stops, detours, headsigns", async () => {
		const mbta = await relayed("mbta/tripupdates_with_tripproperties.pb");
		expect(mbta.trips.get("tu:20171218:ADDED-1873")?.trip_update).toMatchObject({
			trip: { schedule_relationship: "ADDED", route_id: "Green-D", direction_id: 0 },
			vehicle: { id: "10034", label: "3877-3709" },
			timestamp: 1_513_622_773,
			trip_properties: { trip_headsign: "Why bother" },
		});
		expect(mbta.trips.get("tu:20171218:34659400")?.trip_update?.stop_time_update).toEqual([
			{
				stop_sequence: 660,
				stop_id: "70255",
				arrival: { time: 1_513_622_832 },
				departure: { time: 1_513_622_832 },
				schedule_relationship: "SCHEDULED",
			},
		]);
		expect(mbta.trips.get("tu:20171218:34657654")?.trip_update).toMatchObject({
			trip: { route_id: "Green-C" },
			trip_properties: { trip_headsign: "Wheeeee!" },
		});

		const bart = await relayed("bart-2019/trip-updates.pb");
		expect(bart.trips.get("tu::1011112WKDY")?.trip_update?.stop_time_update?.[0]).toEqual({
			stop_sequence: 1,
			stop_id: "DALY",
			arrival: { delay: 29, time: 1_565_201_526, uncertainty: 30 },
			departure: { delay: 29, time: 1_565_201_626, uncertainty: 30 },
			schedule_relationship: "SCHEDULED",
		});
		expect(bart.trips.get("tu::9121022WKDY")?.trip_update?.trip.schedule_relationship).toBe("ADDED");

		const ember = await relayed("ember-uk-2024-01-18/realtime.pb");
		const stops = [...ember.trips.values()].flatMap(({ trip_update }) => trip_update?.stop_time_update ?? []);
		expect(stops).toHaveLength(181);
		expect(stops.filter((stop) => stop.schedule_relationship === "SKIPPED")).toHaveLength(17);

		const alerts = (await relayed("mbta/alerts.pb")).alerts;
		expect(alerts.get("alert:215924")?.alert).toMatchObject({
			effect: "DETOUR",
			cause: "CONSTRUCTION",
			active_period: [{ start: 1_511_379_535 }],
			header_text: { translation: [{ text: "Route 34E detour", language: "en" }] },
		});
		expect([...alerts.values()].filter(({ alert }) => alert?.effect === "DETOUR")).toHaveLength(11);
		expect(alerts.get("alert:105025")?.alert?.informed_entity).toEqual([
			{ stop_id: "70026" },
			{ stop_id: "70027" },
			{ stop_id: "70205" },
			{ stop_id: "70206" },
		]);
	});
});
