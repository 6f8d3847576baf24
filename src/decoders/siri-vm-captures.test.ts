import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { expectValid } from "../testing/decoder-contract.js";
import { definition } from "./siri-vm.js";

const folder = realData();
const title = (text: string) =>
	folder === undefined ? `${text} (skipped: ../shared/real-data is absent)` : text;

function bytesOf(file: string): Uint8Array {
	const bytes = readFileSync(join(folder ?? "", "siri", file));
	return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

function decode(file: string, timezone = "Europe/Oslo", options: unknown = {}) {
	const decoder = definition.create(definition.options.parse(options), { timezone, baseDirectory: "." });
	return decoder.decode({ bytes: bytesOf(file), receivedTime: Date.parse("2026-07-04T12:00:00Z") });
}

const vehicles = (file: string, timezone?: string, options?: unknown) =>
	decode(file, timezone, options).items as readonly VehicleLocation[];

/** Items of every file of the folder, or the code of its failure. */
const EXPECTED: Readonly<Record<string, number | string>> = {
	"banenor-et/siri-et-from-bnr.xml.gz": "decode.format",
	"cen-official-examples/exa_checkStatus_response.xml": "decode.format",
	"cen-official-examples/exa_dataReady_request.xml": "decode.format",
	"cen-official-examples/exa_heartbeat_request.xml": "decode.format",
	"cen-official-examples/exa_requestSubscription_response.xml": "decode.format",
	// UnknownSubscriberError: nobody but a person can mend a subscription that upstream does not know.
	"cen-official-examples/exa_terminateSubscription_response_err.xml": "upstream.key",
	"cen-official-examples/exs_stopMonitoring_request.xml": "decode.format",
	"cen-official-examples/exs_stopMonitoring_response.xml": "decode.format",
	"cen-official-examples/exs_stopMonitoring_response_simple.xml": "decode.format",
	"cen-official-examples/ext_estimatedTimetable_request.xml": "decode.format",
	"cen-official-examples/ext_estimatedTimetable_response.xml": "decode.format",
	"cen-official-examples/exv_vehicleMonitoring_request.xml": "decode.format",
	// README counts 2 VehicleActivity; the third item is the VehicleActivityCancellation, an assignment.
	"cen-official-examples/exv_vehicleMonitoring_response.xml": 3,
	"cen-official-examples/exv_vehicleMonitoring_response_simple.xml": 2,
	"cen-official-examples/exv_vehicleMonitoring_subscriptionRequest.xml": "decode.format",
	"entur-json/vm-empty-2019-11-29.json": 0,
	"entur-norway/et-datafeed-partial.xml": "decode.format",
	"entur-norway/profile/siri-et-cancelled-and-replacement-journey.xml": "decode.format",
	"entur-norway/profile/siri-et-extra-journey-1.xml": "decode.format",
	"entur-norway/profile/siri-et-partial-cancellation-first-stops.xml": "decode.format",
	"entur-norway/profile/siri-et-quay-change-1.xml": "decode.format",
	"entur-norway/profile/siri-et-vehicle-before-departure.xml": "decode.format",
	"entur-norway/profile/siri-vm-at-stop.xml": 1,
	"entur-norway/profile/siri-vm-before-stop.xml": 1,
	"entur-norway/profile/siri-vm-minimum.xml": 1,
	"entur-norway/profile/siri-vm-service-request.xml": "decode.format",
	"entur-norway/profile/siri-vm-subscription-request.xml": "decode.format",
	"entur-norway/profile/siri-vm.xml": 1,
	"entur-norway/sx-datafeed-partial.xml": "decode.format",
	"entur-norway/vm-datafeed-partial-2017-07-11.xml": 8,
	"france-sm-lite/stopmonitoring-lite-delivery.json": "decode.format",
	"france-sm-soap/checkstatus-soap-response-unavailable.xml": "upstream.error",
	"france-sm-soap/fault-response.xml": "upstream.key",
	"france-sm-soap/stopmonitoring-response-long-soap.xml.gz": "decode.format",
	"france-sm-soap/stopmonitoring-response-soap.xml": "decode.format",
	"france-vm-soap/vm_response_soap2.xml": 1,
	"ruter-oslo/VehicleMonitoringAnswer_raw.xml": 515,
	"uk-bods-vm-2020/datafeed.xml.gz": 841,
	// A recording of HTTP calls in YAML, and no SIRI document.
	"uk-siri-vm-subscribe.cassette.yaml": "decode.format",
	"uta-utah-vm/SiriLike_2_multi.xml": 4,
};

describe.skipIf(!folder)(title("siri-vm on captured answers"), () => {
	it("knows every file of the folder", () => {
		const files = readdirSync(join(folder ?? "", "siri"), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name).slice(join(folder ?? "", "siri").length + 1));
		expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
	});

	it.each(Object.entries(EXPECTED))("gives what it holds: %s", (file, expected) => {
		const decoded = decode(file);
		expectValid(decoded);
		expect(decoded.failure?.code ?? decoded.items.length).toBe(expected);
		expect(decoded.items.filter((item) => item.kind === "rejection")).toEqual([]);
		if (typeof expected === "string") expect(decoded.items).toEqual([]);
	});

	it("reads BODS field by field: stale rows stay records, UNKNOWN is no journey", () => {
		const rows = vehicles("uk-bods-vm-2020/datafeed.xml.gz", "Europe/London");
		expect(rows[0]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2020-06-12T17:02:09Z"),
			vehicleId: "SCNH-28627",
			tripId: "60",
			gtfsRouteId: "X91",
			latitude: 52.0401611,
			longitude: -0.754812,
			attributes: {
				DirectionRef: "INBOUND",
				PublishedLineName: "X91",
				company: "SCNH",
				OriginRef: "049003030908",
				OriginName: "Food Centre",
				DestinationRef: "300000316CY",
				DestinationName: "Cach Yard Farm",
				OriginAimedDepartureTime: "2020-06-12T17:00:00+00:00",
			},
		});
		expect(rows[1]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2020-07-17T08:40:07Z"),
			vehicleId: "617",
			tripId: "17",
			blockId: "600065",
			gtfsRouteId: "8",
			latitude: 52.68032,
			longitude: 0.967245,
			attributes: {
				DirectionRef: "inbound",
				PublishedLineName: "8",
				company: "GEA",
				DestinationRef: "2900N12218",
			},
		});
		expect(rows[420]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2020-07-09T13:15:14Z"),
			vehicleId: "ATS-3126",
			latitude: 52.0447731,
			longitude: -0.748324,
			attributes: { company: "ATS", OriginAimedDepartureTime: "2020-07-09T23:00:00+00:00" },
		});
		// 839 have a VehicleJourneyRef, of which 232 are the word UNKNOWN.
		expect(rows.filter((row) => row.tripId !== undefined)).toHaveLength(839 - 232);
		expect(new Set(rows.map((row) => row.vehicleId)).size).toBe(841);
		const times = rows.map((row) => row.eventTime ?? Number.NaN);
		expect(Math.min(...times)).toBe(Date.parse("2020-06-05T17:16:56Z"));
		// README's span ends with the ResponseTimestamp, which is the header time here.
		expect(Math.max(...times)).toBe(Date.parse("2020-07-24T10:50:58Z"));
		expect(decode("uk-bods-vm-2020/datafeed.xml.gz").headerTime).toBe(Date.parse("2020-07-24T14:14:46.261Z"));
	});

	it("reads the Norwegian answer field by field: 1970, times without a zone, PT-274S, GPS errors", () => {
		const rows = vehicles("ruter-oslo/VehicleMonitoringAnswer_raw.xml");
		expect(rows[0]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2016-06-06T05:58:39Z"),
			vehicleId: "1152",
			gtfsRouteId: "1011",
			latitude: 58.9665,
			longitude: 5.732912,
			attributes: { VehicleMode: "bus", PublishedLineName: "8", Monitored: true },
		});
		expect(rows[2]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2016-06-06T05:58:59Z"),
			vehicleId: "1141",
			gtfsRouteId: "1005",
			latitude: 58.97044,
			longitude: 5.735579,
			scheduleDeviationS: -274,
			stopId: "11030549",
			attributes: {
				DirectionRef: "go",
				VehicleMode: "bus",
				PublishedLineName: "4",
				OriginRef: "11031530",
				OriginName: "Rosenli",
				DestinationRef: "11031183",
				DestinationName: "Madlakrossen hpl. 3",
				OriginAimedDepartureTime: "2016-06-06T07:48:00+02:00",
				DestinationAimedArrivalTime: "2016-06-06T08:23:00+02:00",
				Monitored: true,
				CourseOfJourneyRef: "10051517",
				VisitNumber: 1,
				LinkDistance: 0,
				Percentage: 0,
			},
		});
		// Written without a zone on a winter day: 11:07:12 in Oslo is 10:07:12 UTC.
		expect(rows[514]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2016-03-09T10:07:12Z"),
			vehicleId: "515",
			gtfsRouteId: "5000",
			latitude: 58.8549,
			longitude: 5.741037,
			attributes: {
				VehicleMode: "bus",
				PublishedLineName: "Extra Line",
				Monitored: false,
				MonitoringError: "GPRS",
			},
		});
		expect(rows.filter((row) => row.eventTime === 0)).toHaveLength(112);
		expect(rows.filter((row) => row.latitude === undefined)).toHaveLength(128);
		expect(rows.filter((row) => row.flags?.includes("fix_not_valid"))).toHaveLength(38);
		expect(rows.filter((row) => row.scheduleDeviationS !== undefined)).toHaveLength(171);
		expect(Math.max(...rows.map((row) => row.eventTime ?? 0))).toBe(Date.parse("2016-06-06T06:13:35Z"));
	});

	it("reads Entur's national feed field by field", () => {
		const rows = vehicles("entur-norway/vm-datafeed-partial-2017-07-11.xml");
		expect(rows[0]).toMatchObject({
			eventTime: Date.parse("2017-07-11T09:29:55.560Z"),
			vehicleId: "200141",
			tripId: "18:4134:5-413406",
			serviceDate: "20170711",
			gtfsRouteId: "RUT:Line:0018",
			blockId: "Sporvognsdrift:1707:780",
			latitude: 59.93635,
			longitude: 10.7319,
			scheduleDeviationS: 54,
			stopId: "301035012",
			currentStatus: "in_transit_to",
		});
		expect(rows[1]).toMatchObject({
			vehicleId: "103027",
			scheduleDeviationS: 0,
			stopId: "NSR:Quay:11158",
			currentStatus: "stopped_at",
			attributes: { Monitored: false, MonitoringError: "SCHEDULE", DirectionRef: "1", VisitNumber: 1 },
		});
		expect(rows[4]).toMatchObject({ vehicleId: "399", scheduleDeviationS: 342, latitude: 63.33368 });
		// DirectionRef is the word null, and the line name has a blank behind it.
		expect(rows[4]?.attributes).not.toHaveProperty("DirectionRef");
		expect(rows[4]?.attributes?.["PublishedLineName"]).toBe("46");
		const times = rows.map((row) => row.eventTime ?? Number.NaN);
		expect(Math.min(...times)).toBe(Date.parse("2017-07-08T12:05:48Z"));
		expect(Math.max(...times)).toBe(Date.parse("2017-07-11T09:31:01Z"));
	});

	it("reads Utah's four vehicles of one activity, at the time of their fix", () => {
		const rows = vehicles("uta-utah-vm/SiriLike_2_multi.xml", "America/Denver");
		expect(rows[0]).toMatchObject({
			eventTime: Date.parse("2016-08-03T14:54:22.330Z"),
			vehicleId: "13034",
			tripId: "2726063",
			serviceDate: "20160803",
			gtfsRouteId: "2",
			latitude: 40.76492,
			longitude: -111.8756,
			headingDeg: 90.5,
			stopId: "118161",
			attributes: { Monitored: true, DestinationName: "University Medical Center", Scheduled: false },
		});
		expect(rows[0]?.speedMps).toBeCloseTo(23.36124 * 0.44704, 9);
		expect(rows[1]).toMatchObject({
			eventTime: Date.parse("2016-08-03T14:54:21.773Z"),
			tripId: "2726110",
			latitude: 40.76508,
			longitude: -111.90463,
			speedMps: 0,
			stopId: "125021",
			attributes: { DirectionRef: "TO SL CENTRAL", DestinationName: "Salt Lake Central Station" },
		});
		expect(rows.map((row) => row.vehicleId)).toEqual(["13034", "13039", "13040", "15019"]);
		expect(rows.map((row) => row.headingDeg)).toEqual([90.5, 271.1, 122.5, 169.9]);
		expect(rows[3]).toMatchObject({
			eventTime: Date.parse("2016-08-03T14:54:27.647Z"),
			tripId: "2726103",
			latitude: 40.76365,
			longitude: -111.90955,
			speedMps: 0,
		});
		expect(decode("uta-utah-vm/SiriLike_2_multi.xml").headerTime).toBe(
			Date.parse("2016-08-03T14:54:36.255Z"),
		);
	});

	it("reads the French bus in Lambert-93 metres, named by VehicleMonitoringRef", () => {
		const [row] = vehicles("france-vm-soap/vm_response_soap2.xml", "Europe/Paris");
		expect(row).toMatchObject({
			eventTime: Date.parse("2021-08-02T06:50:27.733Z"),
			vehicleId: "TRANSDEV:Vehicle::7658:LOC",
			tripId: "RLA_Bus:VehicleJourney::2978464:LOC",
			gtfsRouteId: "RLA_Bus:Line::05:LOC",
			operatorId: "5753",
			headingDeg: 287,
			currentStopSequence: 6,
			stopId: "RLA_Bus:StopPoint:BP:PASTO8:LOC",
			currentStatus: "in_transit_to",
		});
		// Boulevard Carabacel in Nice, the next stop of the bus.
		expect(row?.latitude).toBeCloseTo(43.70348, 4);
		expect(row?.longitude).toBeCloseTo(7.27619, 4);
		expect(row?.serviceDate).toBeUndefined();
	});

	it("reads the examples of the standard and of the Nordic profile", () => {
		const [cen, , cancelled] = decode("cen-official-examples/exv_vehicleMonitoring_response.xml").items;
		expect(cen).toMatchObject({
			eventTime: Date.parse("2004-12-17T14:30:47Z"),
			vehicleId: "VEH987654",
			tripId: "987675",
			serviceDate: "20041217",
			gtfsRouteId: "Line123",
			blockId: "BLOCK765",
			latitude: 90,
			longitude: 180,
			headingDeg: 123,
			scheduleDeviationS: 120,
		});
		expect(cancelled).toMatchObject({
			kind: "assignment",
			action: "canceled",
			tripId: "09867",
			serviceDate: "20011217",
		});
		const [simple] = vehicles("cen-official-examples/exv_vehicleMonitoring_response_simple.xml");
		expect(simple).toMatchObject({ vehicleId: "VEH987654", latitude: 53.55, longitude: 0.1 });
		const [atStop] = vehicles("entur-norway/profile/siri-vm-at-stop.xml");
		expect(atStop).toMatchObject({
			eventTime: Date.parse("2018-07-27T16:00:12Z"),
			vehicleId: "RUT:Vehicle:1234",
			tripId: "RUT:ServiceJourney:2031-1533",
			headingDeg: 55,
			occupancyStatus: "full",
			scheduleDeviationS: 14,
			stopId: "NSR:Quay:11872",
			currentStatus: "stopped_at",
		});
		const [before] = vehicles("entur-norway/profile/siri-vm-before-stop.xml");
		expect(before).toMatchObject({
			occupancyStatus: "few_seats_available",
			headingDeg: 96,
			scheduleDeviationS: 239,
		});
		const [least] = vehicles("entur-norway/profile/siri-vm-minimum.xml");
		expect(least).toMatchObject({ vehicleId: "12345", scheduleDeviationS: 0, latitude: 63.43613 });
		const [full] = vehicles("entur-norway/profile/siri-vm.xml");
		expect(full).toMatchObject({
			vehicleId: "200141",
			speedMps: 100,
			operatorId: "placeholder",
			flags: ["not_in_service"],
			attributes: { VehicleStatus: "completed", ProgressRate: "normalProgress", ConfidenceLevel: "reliable" },
		});
		expect(JSON.stringify(full?.attributes)).not.toContain("PhoneNumber");
	});
});
