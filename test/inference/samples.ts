import type { CapturedPayload } from "../../src/quality/inference/documents.js";

/** What a sample really holds: ends of the paths that are right. Absent: the field is not in it. */
export interface Truth {
	readonly vehicleId?: readonly string[];
	readonly latitude?: readonly string[];
	readonly longitude?: readonly string[];
	readonly eventTime?: readonly string[];
	/** How it must be read; default: any reading that gives instants of the right unit. */
	readonly time?: string;
	readonly headingDeg?: readonly string[];
	readonly speedMps?: readonly string[];
	/** Undefined: nobody has told. */
	readonly unit?: string;
	readonly tripId?: readonly string[];
	readonly gtfsRouteId?: readonly string[];
}

export interface Sample {
	readonly path: string;
	readonly timezone: string;
	readonly truth: Truth;
	/** Of a folder: the files that are messages of this feed. */
	readonly only?: RegExp;
	/** Of a log that wraps messages: the messages. */
	readonly unwrap?: (text: string) => readonly string[];
	/** Messages that are no file as they are. */
	readonly payloads?: (folder: string) => readonly CapturedPayload[];
}

const NEW_YORK = "America/New_York";
const TRACE: Truth = { vehicleId: ["vid"], latitude: ["lat"], longitude: ["lon"], eventTime: ["timestamp"] };
const WMATA: Truth = {
	vehicleId: ["vehicleId"],
	latitude: ["latitude"],
	longitude: ["longitude"],
	eventTime: ["time"],
	headingDeg: ["heading"],
};
const AUSTIN: Truth = {
	vehicleId: ["vehicle_id"],
	latitude: ["latitude"],
	longitude: ["longitude"],
	eventTime: ["timestamp"],
	speedMps: ["speed"],
	unit: "mph",
	tripId: ["trip_id"],
	gtfsRouteId: ["route_id"],
};
const GTFS: Truth = {
	vehicleId: ["vehicle.vehicle.id", "vehicle.vehicle.label"],
	latitude: ["position.latitude"],
	longitude: ["position.longitude"],
	eventTime: ["vehicle.timestamp"],
	tripId: ["trip.trip_id"],
	gtfsRouteId: ["trip.route_id"],
};
const SIRI: Truth = {
	vehicleId: ["MonitoredVehicleJourney.VehicleRef"],
	latitude: ["VehicleLocation.Latitude"],
	longitude: ["VehicleLocation.Longitude"],
	eventTime: ["RecordedAtTime"],
	tripId: ["DatedVehicleJourneyRef"],
	gtfsRouteId: ["LineRef", "PublishedLineName"],
};
/** The examples of the standard put all vehicles at 90 degrees north and 180 east: a placeholder, and no position. */
const { latitude: _, longitude: __, ...WITHOUT_POSITION } = SIRI;
const HFP: Truth = {
	vehicleId: ["veh"],
	latitude: ["lat"],
	longitude: ["long"],
	eventTime: ["tst", "tsi"],
	headingDeg: ["hdg"],
	speedMps: ["spd"],
	unit: "m/s",
	tripId: ["jrn", "start"],
	gtfsRouteId: ["line", "desi", "route"],
};
const traces = (folder: string, names: readonly string[]) =>
	names.map(
		(name): Sample => ({ path: `avl-traces/${folder}/${name}.csv`, timezone: NEW_YORK, truth: TRACE }),
	);

/** Every shared capture of vehicles in JSON, XML or delimited text. */
export const SAMPLES: readonly Sample[] = [
	{ path: "avl-day-logs/capmetro-austin/2015-03-08.csv.gz", timezone: "America/Chicago", truth: AUSTIN },
	{ path: "avl-day-logs/capmetro-austin/2015-03-19.csv.gz", timezone: "America/Chicago", truth: AUSTIN },
	{
		path: "avl-traces/mta-nyct-6603-2014-04-15.csv",
		timezone: NEW_YORK,
		truth: {
			...TRACE,
			headingDeg: ["direction_deg"],
			speedMps: ["speed"],
			unit: "mph",
			tripId: ["inferred_trip_id"],
		},
	},
	...traces("mta-nyct-b63-2010", [
		"1325-2010-12-15T01-48-45",
		"1404-2010-12-10T03-42-49",
		"7560-2010-11-22T08-42-26",
		"7560-2010-11-27T00-31-53",
		"7564-2010-12-01T01-00-42",
		"7564-2010-12-02T11-49-09",
	]),
	...traces("mta-nyct-si-m34-2011", [
		"2711_20111208_054046_102329",
		"4138_20111207_150000_220000",
		"6154_20111214_123000_143500",
		"6154_20111214_123000_143500_no-dsc",
	]),
	...["wmata-3T/3T_3757", "wmata-5A/5A_8062", "wmata-5A/AvlReports_4-22-16_8087"].map(
		(name): Sample => ({ path: `avl-traces/${name}.csv`, timezone: NEW_YORK, truth: WMATA }),
	),
	{
		path: "tides/metrotransit-mn/data-raw-vehicle_locations.csv",
		timezone: "America/Chicago",
		truth: {
			vehicleId: ["source_host"],
			latitude: ["latitude"],
			longitude: ["longitude"],
			eventTime: ["message_timestamp"],
			headingDeg: ["heading"],
			speedMps: ["speed"],
			unit: "mph",
		},
	},
	{
		path: "tides/metrotransit-mn/TIDES-vehicle_locations.csv",
		timezone: "America/Chicago",
		truth: {
			vehicleId: ["vehicle_id"],
			latitude: ["latitude"],
			longitude: ["longitude"],
			eventTime: ["timestamp"],
			headingDeg: ["heading"],
			speedMps: ["speed"],
			unit: "m/s",
		},
	},
	{
		path: "bustime/gtrans-gardena-getvehicles-2025-06-17.json",
		timezone: "America/Los_Angeles",
		truth: {
			vehicleId: ["vid"],
			latitude: ["lat"],
			longitude: ["lon"],
			eventTime: ["tmstmp", "srvtmstmp"],
			headingDeg: ["hdg"],
			speedMps: ["spd"],
			unit: "mph",
			tripId: ["tatripid", "origtatripno", "tripid"],
			gtfsRouteId: ["rt"],
		},
	},
	{
		path: "bustime/mcts-getvehicles-v2-2018-04-05.xml",
		timezone: "America/Chicago",
		truth: {
			vehicleId: ["vid"],
			latitude: ["lat"],
			longitude: ["lon"],
			eventTime: ["tmstmp"],
			headingDeg: ["hdg"],
			speedMps: ["spd"],
			unit: "mph",
			tripId: ["tatripid"],
			gtfsRouteId: ["rt"],
		},
	},
	{
		path: "doublemap",
		timezone: "America/Halifax",
		truth: {
			vehicleId: ["id", "name"],
			latitude: ["lat"],
			longitude: ["lon"],
			eventTime: ["lastUpdate"],
			headingDeg: ["heading"],
			gtfsRouteId: ["route"],
		},
	},
	{
		path: "gtfs-rt/mbta/VehiclePositions_enhanced.json",
		timezone: NEW_YORK,
		truth: { ...GTFS, headingDeg: ["position.bearing"] },
	},
	{
		path: "gtfs-rt/sound-transit-link-2023",
		only: /^vehicle_position.*json$/,
		timezone: "America/Los_Angeles",
		truth: {
			...GTFS,
			tripId: ["trip.tripId", "trip.trip_id"],
			gtfsRouteId: ["trip.routeId", "trip.route_id"],
		},
	},
	{
		path: "hsl-hfp/hfp-v2-tram-2026-09-29.ndjson",
		timezone: "Europe/Helsinki",
		truth: HFP,
		unwrap: (text) =>
			text
				.trim()
				.split("\n")
				.map((line) => (JSON.parse(line) as { payload: string }).payload),
	},
	...["gateway-hfp-sample", "hfp-sample-vp", "hfp-tlr-sample"].map(
		(name): Sample => ({ path: `hsl-hfp/${name}.json`, timezone: "Europe/Helsinki", truth: HFP }),
	),
	{
		path: "hsl-hfp/passenger-count-sample.json",
		timezone: "Europe/Helsinki",
		truth: {
			vehicleId: ["veh"],
			// They are swapped in this sample.
			latitude: ["long"],
			longitude: ["lat"],
			eventTime: ["tst"],
			tripId: ["jrn", "start"],
			gtfsRouteId: ["line", "desi", "route"],
		},
	},
	{
		path: "itxpt/AVMS-VehicleMonitoringDelivery-2.2.1.xml",
		timezone: "Europe/Paris",
		truth: { eventTime: ["RecordedAtTime"], tripId: ["VehicleJourneyRef"] },
	},
	{
		path: "itxpt/GNSSLocationDelivery-2.2.1.xml",
		timezone: "Europe/Paris",
		truth: {
			latitude: ["Latitude.Degree"],
			longitude: ["Longitude.Degree"],
			eventTime: ["Time"],
			headingDeg: ["TrackDegreeTrue", "TrackDegreeMagnetic"],
			speedMps: ["SpeedOverGround"],
		},
	},
	{
		path: "kv6/keolis-onstop-2026-07-04.xml",
		timezone: "Europe/Amsterdam",
		truth: {
			vehicleId: ["vehiclenumber"],
			latitude: ["rd-y"],
			longitude: ["rd-x"],
			eventTime: ["ONSTOP.timestamp"],
			tripId: ["journeynumber"],
			gtfsRouteId: ["lineplanningnumber"],
		},
	},
	{
		path: "kv6/arriva-departure-no-position-2026-07-04.xml",
		timezone: "Europe/Amsterdam",
		truth: { eventTime: ["timestamp"], tripId: ["journeynumber"], gtfsRouteId: ["lineplanningnumber"] },
	},
	{
		path: "nextbus/seattle-streetcar-vehicleLocations.xml",
		timezone: "America/Los_Angeles",
		truth: {
			vehicleId: ["@id"],
			latitude: ["@lat"],
			longitude: ["@lon"],
			eventTime: ["@secsSinceReport"],
			time: "seconds-ago",
			headingDeg: ["@heading"],
			speedMps: ["@speedKmHr"],
			unit: "km/h",
			gtfsRouteId: ["@routeTag"],
		},
	},
	{
		path: "nextbus/umd-locations-2015.json",
		timezone: NEW_YORK,
		truth: {
			vehicleId: ["id"],
			latitude: ["lat"],
			longitude: ["lon"],
			eventTime: ["secsSinceReport"],
			time: "seconds-ago",
			headingDeg: ["heading"],
			speedMps: ["speedKmHr"],
			unit: "km/h",
			gtfsRouteId: ["routeTag"],
		},
	},
	{
		path: "passio/clemson-websocket-location-2026-02-24.json",
		timezone: NEW_YORK,
		truth: {
			vehicleId: ["busId", "bus"],
			latitude: ["latitude", "correctedLatitude"],
			longitude: ["longitude", "correctedLongitude"],
			eventTime: ["datetime", "datetimeUtc", "created", "createdUtc"],
			headingDeg: ["course", "calculatedCourse"],
			speedMps: ["speed"],
			tripId: ["tripId"],
			gtfsRouteId: ["route", "routeBlock"],
		},
	},
	{
		path: "passio/cnrl-log-2023-02-21.json",
		timezone: "America/Edmonton",
		truth: {
			vehicleId: ["bus"],
			latitude: ["latitude"],
			longitude: ["longitude"],
			eventTime: ["datetime", "time", "datetimeUtc", "created", "uid"],
			speedMps: ["speed"],
			tripId: ["tripId"],
			gtfsRouteId: ["route", "routeBlock"],
		},
	},
	{
		path: "siri/ruter-oslo/VehicleMonitoringAnswer_raw.xml",
		timezone: "Europe/Oslo",
		// The only reference to a journey in it: line and journey in one, of the vehicles that are on one.
		truth: { ...SIRI, tripId: ["CourseOfJourneyRef"] },
	},
	{
		path: "siri/uk-bods-vm-2020/datafeed.xml.gz",
		timezone: "Europe/London",
		truth: { ...SIRI, tripId: ["VehicleJourneyRef", "DatedVehicleJourneyRef"] },
	},
	{
		path: "siri/uta-utah-vm/SiriLike_2_multi.xml",
		timezone: "America/Denver",
		truth: {
			...SIRI,
			vehicleId: ["VehicleRef"],
			eventTime: ["RecordedAtTime", "LastGPSFix"],
			headingDeg: ["Bearing"],
			speedMps: ["Extensions.Speed", "Speed"],
		},
	},
	{
		path: "siri/entur-norway/vm-datafeed-partial-2017-07-11.xml",
		timezone: "Europe/Oslo",
		truth: { ...SIRI, vehicleId: ["VehicleRef"] },
	},
	...(
		[
			["siri-vm-at-stop", { headingDeg: ["Bearing"] }],
			["siri-vm-before-stop", { headingDeg: ["Bearing"] }],
			["siri-vm-minimum", {}],
			["siri-vm", { speedMps: ["Velocity"] }],
		] as const
	).map(
		([name, more]): Sample => ({
			path: `siri/entur-norway/profile/${name}.xml`,
			timezone: "Europe/Oslo",
			truth: { ...SIRI, ...more },
		}),
	),
	{
		path: "siri/cen-official-examples/exv_vehicleMonitoring_response.xml",
		timezone: NEW_YORK,
		truth: { ...WITHOUT_POSITION, headingDeg: ["Bearing"] },
	},
	{
		path: "siri/cen-official-examples/exv_vehicleMonitoring_response_simple.xml",
		timezone: NEW_YORK,
		truth: { ...WITHOUT_POSITION, headingDeg: ["Bearing"] },
	},
	{
		path: "siri/france-vm-soap/vm_response_soap2.xml",
		timezone: "Europe/Paris",
		truth: { ...SIRI, headingDeg: ["Bearing"] },
	},
	{
		path: "swiftly/mbta-bus-vehicles-2019-06-04.json",
		timezone: NEW_YORK,
		truth: {
			vehicleId: ["vehicles.id"],
			latitude: ["loc.lat"],
			longitude: ["loc.lon"],
			eventTime: ["loc.time"],
			headingDeg: ["loc.heading"],
			speedMps: ["loc.speed"],
			unit: "m/s",
			tripId: ["tripId"],
			gtfsRouteId: ["routeId", "routeShortName"],
		},
	},
	{
		path: "tcip/CcLocationReport-raw-2011-09-23.json",
		timezone: NEW_YORK,
		truth: {
			vehicleId: ["vehicle-id"],
			latitude: ["latitude"],
			longitude: ["longitude"],
			eventTime: ["time-reported"],
			headingDeg: ["direction.deg"],
			speedMps: ["speed"],
			gtfsRouteId: ["route-designator"],
		},
	},
	{
		path: "uk-vendor-json/lothian-edinburgh.json",
		timezone: "Europe/London",
		truth: {
			vehicleId: ["id", "vehicleID"],
			latitude: ["coordinate.latitude"],
			longitude: ["coordinate.longitude"],
			eventTime: ["lastUpdated"],
			headingDeg: ["bearing"],
			speedMps: ["speed"],
			tripId: ["tripID"],
			gtfsRouteId: ["routeName"],
		},
	},
	{
		path: "uk-vendor-json/stagecoach-uk.json",
		timezone: "Europe/London",
		truth: {
			vehicleId: ["fn"],
			latitude: ["la"],
			longitude: ["lo"],
			eventTime: ["ut"],
			headingDeg: ["hg"],
			tripId: ["td"],
			gtfsRouteId: ["sn"],
		},
	},
	{
		path: "wmata-api/jBusPositions-S2-2019-04-27.json",
		timezone: NEW_YORK,
		truth: {
			vehicleId: ["VehicleID"],
			latitude: ["Lat"],
			longitude: ["Lon"],
			eventTime: ["DateTime"],
			tripId: ["TripID"],
			gtfsRouteId: ["RouteID"],
		},
	},
];
