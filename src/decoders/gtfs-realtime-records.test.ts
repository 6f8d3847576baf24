import { describe, expect, it } from "vitest";
import { folder, items, skipped, vehicles } from "../../test/gtfs-realtime-captures.js";
import type { ServiceAlert, TripUpdate, VehicleLocation } from "../model/observation.js";

/**
 * Records of every family of files with all their fields, with values that were read with Google's own bindings (Python).
 * A coordinate is the shortest decimal of the same 32-bit float: 56.47444 is what those bindings print as 56.4744415.
 */
const RECORDS: [string, number, Partial<VehicleLocation> | Partial<TripUpdate> | Partial<ServiceAlert>][] = [
	[
		"ember-uk-2024-01-18/realtime.pb",
		17,
		{
			eventTime: 1705592817000,
			vehicleId: "SG72 NCD",
			licensePlate: "SG72 NCD",
			tripId: "iA5XEgE",
			serviceDate: "20240118",
			scheduleRelationship: "scheduled",
			latitude: 56.47444,
			longitude: -2.916206,
			headingDeg: 87,
			currentStatus: "in_transit_to",
			occupancyStatus: "full",
			speedMps: undefined,
			gtfsRouteId: undefined,
		},
	],
	[
		"ember-uk-2024-01-18/realtime.pb",
		25,
		{
			eventTime: 1705592821000,
			vehicleId: "SG22 LTX",
			tripId: "AWa8oQR",
			latitude: 56.118435,
			longitude: -3.39363,
			headingDeg: 13,
			occupancyStatus: "many_seats_available",
		},
	],
	[
		"ember-uk-2024-01-18/realtime.pb",
		57,
		{
			alertId: "d6fdab5e-a905-400d-aead-3ef3115d887d",
			activePeriods: [{ start: 1705592840000, end: 1737128840000 }],
			header: [{ text: "Pre-booking", language: "en" }],
			cause: undefined,
			effect: undefined,
		},
	],
	[
		"mbta/vehiclepositions.pb",
		0,
		{
			eventTime: 1513622761000,
			vehicleId: "10068",
			vehicleLabel: "3855-3691",
			tripId: "34657674",
			serviceDate: "20171218",
			scheduleRelationship: "scheduled",
			gtfsRouteId: "Green-B",
			directionId: 1,
			latitude: 42.34006,
			longitude: -71.16512,
			headingDeg: 90,
			currentStopSequence: 10,
			currentStatus: "in_transit_to",
			stopId: "70110",
		},
	],
	[
		"mbta/vehiclepositions.pb",
		24,
		{
			eventTime: 1513622761000,
			vehicleId: "10201",
			gtfsRouteId: "Green-C",
			directionId: 0,
			headingDeg: 260,
			currentStopSequence: 320,
			stopId: "70211",
		},
	],
	[
		"mbta/vehiclepositions.pb",
		47,
		{
			eventTime: 1513622728000,
			vehicleId: "10054",
			tripId: "ADDED-1887",
			scheduleRelationship: "added",
			currentStatus: "incoming_at",
			currentStopSequence: 600,
			stopId: "70200",
		},
	],
	[
		"mbta/VehiclePositions_enhanced.json",
		0,
		{
			eventTime: 1527605319000,
			vehicleId: "0806",
			tripId: "36779402",
			gtfsRouteId: "225",
			latitude: 42.202009,
			longitude: -70.946691,
			headingDeg: 315,
		},
	],
	[
		"mbta/VehiclePositions_enhanced.json",
		1,
		{ vehicleId: "1216", tripId: undefined, gtfsRouteId: undefined, latitude: 42.332958, headingDeg: 45 },
	],
	[
		"mbta/VehiclePositions_enhanced.json",
		549,
		{
			eventTime: 1527604610000,
			vehicleId: "saucon252",
			tripId: undefined,
			gtfsRouteId: "Shuttle005",
			latitude: 42.338563,
			longitude: -71.044173,
			headingDeg: 134,
		},
	],
	[
		"mbta/alerts.pb",
		0,
		{
			alertId: "105025",
			cause: "construction",
			effect: "other_effect",
			activePeriods: [{ start: 1451727000000, end: undefined }],
			header: [{ text: "elevator unavailable", language: "en" }],
		},
	],
	[
		"mbta/alerts.pb",
		50,
		{
			alertId: "221210",
			cause: "other_cause",
			activePeriods: [{ start: 1514032892000, end: 1514048418000 }],
			header: [{ text: "Minor Route 47 delay", language: "en" }],
		},
	],
	[
		"mbta/alerts_enhanced.json",
		5,
		{
			alertId: "116376",
			cause: "unknown_cause",
			effect: "no_service",
			activePeriods: [{ start: 1514560500000, end: 1514576160000 }],
		},
	],
	[
		"mbta/tripupdates.pb",
		0,
		{ tripId: "ADDED-1873", scheduleRelationship: "added", vehicleId: "10034", vehicleLabel: "3877-3709" },
	],
	[
		"mbta/tripupdates_with_tripproperties.pb",
		3,
		{ tripId: "34657654", gtfsRouteId: "Green-C", directionId: 0, vehicleId: "10201" },
	],
	[
		"mbta/TripUpdates_enhanced.json",
		0,
		{ tripId: "CR-Sunday-Fall-17-2010", serviceDate: "20171224", directionId: 1 },
	],
	[
		"usf-bullrunner-2017/vehicle-positions.pb",
		0,
		{
			vehicleId: "1536",
			gtfsRouteId: "F",
			latitude: 28.066221,
			longitude: -82.417694,
			headingDeg: 180,
			occupancyStatus: "empty",
			eventTime: undefined,
			tripId: undefined,
		},
	],
	[
		"usf-bullrunner-2017/vehicle-positions.pb",
		5,
		{
			vehicleId: "1538",
			gtfsRouteId: "C",
			latitude: 28.069344,
			longitude: -82.414,
			occupancyStatus: "many_seats_available",
		},
	],
	[
		"usf-bullrunner-2017/vehicle-positions.pb",
		9,
		{ vehicleId: "9012", gtfsRouteId: "E", latitude: 28.0573, headingDeg: 270 },
	],
	[
		"nyct-subway-ace-2024-02-08/1707397157.ace.pb",
		1,
		{
			eventTime: 1707397105000,
			tripId: "038236_A..N",
			startTime: "06:22:22",
			serviceDate: "20240208",
			gtfsRouteId: "A",
			currentStopSequence: 30,
			currentStatus: "stopped_at",
			stopId: "A12N",
			vehicleId: undefined,
			latitude: undefined,
		},
	],
	[
		"nyct-subway-ace-2024-02-08/1707397157.ace.pb",
		3,
		{ eventTime: 1707397058000, tripId: "038700_A..S", currentStopSequence: 35, stopId: "H11S" },
	],
	[
		"nyct-subway-ace-2024-02-08/1707397157.ace.pb",
		319,
		{
			eventTime: 1707400290000,
			tripId: "053150_FS..S",
			gtfsRouteId: "FS",
			stopId: "S01S",
			currentStatus: undefined,
			currentStopSequence: undefined,
		},
	],
	[
		"nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb",
		1,
		{
			eventTime: 1697714917000,
			tripId: "042000_SI..N",
			currentStatus: "stopped_at",
			currentStopSequence: 13,
		},
	],
	[
		"nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb",
		41,
		{ eventTime: 1697717280000, tripId: "048800_SI..S", startTime: "08:08:00", stopId: "S31S" },
	],
	[
		"nyct-subway-1234567-2023-05-29/nyct_subways_gtfs_rt.2023-05-29T14-03-24-04-00.pb",
		1,
		{
			eventTime: 1685383382000,
			tripId: "077450_5..S16R",
			gtfsRouteId: "2",
			currentStopSequence: 35,
			currentStatus: undefined,
			stopId: "142S",
		},
	],
	[
		"nyct-subway-1234567-2023-05-29/nyct_subways_gtfs_rt.2023-05-29T14-03-24-04-00.pb",
		278,
		{ alertId: "000279", header: [{ text: "Train delayed", language: undefined }], cause: undefined },
	],
	[
		"bart-2019/alerts.pb",
		0,
		{
			alertId: "BSA_187874",
			cause: "medical_emergency",
			effect: "significant_delays",
			informedEntities: [{ agencyId: "BART" }] as never,
		},
	],
	[
		"bart-2019/trip-updates.pb",
		0,
		{ tripId: "1011112WKDY", scheduleRelationship: "scheduled", serviceDate: undefined },
	],
	["bart-2019/trip-updates.pb", 90, { tripId: "9121022WKDY", scheduleRelationship: "added" }],
	[
		"mta-bus-brooklyn-b47-2017/tripUpdate-20170412_7198.pb",
		0,
		{
			tripId: "MTA NYCT_GA_B7-Weekday-060800_B47_413",
			gtfsRouteId: "MTA NYCT_B47",
			serviceDate: "20170412",
			vehicleId: "MTA NYCT_7198",
			vehicleLabel: "7198",
		},
	],
	[
		"sound-transit-link-2023/vehicle_position_1683740698.json",
		0,
		{
			eventTime: 1683740694000,
			vehicleId: "721.150369",
			vehicleLabel: "11 [222-261-297-235]",
			tripId: "LLR_2023-03-18_Weekday_100479_2047",
			startTime: "10:23:00",
			latitude: 47.596722,
			longitude: -122.328211,
			currentStatus: "in_transit_to",
			stopId: undefined,
		},
	],
	[
		"sound-transit-link-2023/vehicle_position_1683740798.json",
		13,
		{
			eventTime: 1683740745000,
			vehicleId: "716.806304",
			latitude: 47.618377,
			longitude: -122.320268,
			currentStopSequence: 5,
			stopId: "99610",
			currentStatus: "stopped_at",
			occupancyPercentage: undefined,
		},
	],
	[
		"sound-transit-link-2023/trip_update_1683740798.json",
		13,
		{ tripId: "LLR_2023-03-18_Weekday_100479_2062", startTime: "12:53:00", directionId: 0 },
	],
	[
		"wmata-bus-late-trip-2023-08-18/2359.json",
		0,
		{ tripId: "364060", gtfsRouteId: "Z8", serviceDate: "20230818", directionId: 1, vehicleId: "123" },
	],
	[
		"wmata-bus-late-trip-2023-08-18/2445.json",
		0,
		{ tripId: "21489060", serviceDate: "20230819", directionId: 0 },
	],
];

describe.skipIf(!folder)(`single captured records${skipped}`, () => {
	it.each(RECORDS)("%s record %d", (path, index, fields) => {
		expect(items(path)[index]).toMatchObject(fields);
	});

	it("stop times: relative to now, early, skipped, and in milliseconds", () => {
		const update = (path: string, index: number) => items(path)[index] as TripUpdate;
		const link = update("sound-transit-link-2023/trip_update_1683740798.json", 13);
		expect(link.stopTimeUpdates[0]).toMatchObject({
			stopSequence: 4,
			stopId: "99604",
			arrival: { delayS: -8382, time: 1683740508000 },
			departure: { delayS: -8357, time: 1683740563000 },
		});
		expect(update("bart-2019/trip-updates.pb", 50).stopTimeUpdates[0]).toMatchObject({
			stopSequence: 5,
			stopId: "BALB",
			arrival: { delayS: 1044, time: 1565200001000, uncertaintyS: 30 },
		});
		expect(update("ember-uk-2024-01-18/realtime.pb", 1).stopTimeUpdates[1]).toMatchObject({
			stopSequence: 1,
			stopId: "6400S208",
			scheduleRelationship: "skipped",
			arrival: undefined,
		});
		const bus = update("mta-bus-brooklyn-b47-2017/tripUpdate-20170412_7198.pb", 0);
		expect(bus.stopTimeUpdates[0]?.arrival?.time).toBe(1492009877008);
		expect(bus.stopTimeUpdates[6]?.departure?.time).toBe(1492010305791);
	});

	it("the six bearings of -1 in MBTA's file are removed, and nothing else is flagged", () => {
		const flagged = vehicles("mbta/VehiclePositions_enhanced.json").filter(
			(vehicle) => vehicle.flags !== undefined,
		);
		expect(flagged.map((vehicle) => vehicle.vehicleId)).toEqual([
			"0670",
			"0788",
			"0629",
			"0695",
			"1111",
			"0728",
		]);
		expect(flagged.every((vehicle) => vehicle.headingDeg === undefined)).toBe(true);
	});

	it("of MBTA's vehicles 173 have no trip: 164 say trip 0, and 9 say null", () => {
		const idle = vehicles("mbta/VehiclePositions_enhanced.json").filter(
			(vehicle) => vehicle.tripId === undefined,
		);
		expect(idle).toHaveLength(173);
	});
});
