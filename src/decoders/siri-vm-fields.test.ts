import { describe, expect, it } from "vitest";
import { activity, answer, decode, first, JOURNEY } from "../../test/siri-samples.js";
import type { Assignment, VehicleLocation } from "../model/observation.js";
import { definition } from "./siri-vm.js";

describe("siri-vm fields", () => {
	const with_ = (journey: string, options: unknown = {}) => first(answer(activity(journey)), options);

	it("reads delays with the sign before the P, and after it, as late when positive", () => {
		const delays = { PT0S: 0, PT1M30S: 90, "-PT88S": -88, "PT-274S": -274, "-PT1H16M23S": -4583 };
		for (const [text, seconds] of Object.entries(delays)) {
			expect(with_(`<Delay>${text}</Delay>`).scheduleDeviationS).toBe(seconds);
		}
		expect(with_("<Delay>soon</Delay>")).toMatchObject({ flags: ["value_removed"] });
	});

	it("reads coordinates in the system that they name", () => {
		const french = (name: string, text = "1044593 6298716") =>
			with_(`<VehicleLocation${name}><Coordinates>${text}</Coordinates></VehicleLocation>`);
		for (const name of [' srsName="EPSG:2154"', ' srsName="urn:ogc:def:crs:EPSG::2154"']) {
			expect(french(name).latitude).toBeCloseTo(43.703479, 6);
			expect(french(name).longitude).toBeCloseTo(7.276192, 6);
		}
		expect(french(' srsName="EPSG:2154"').attributes).toEqual({ srsName: "EPSG:2154" });
		for (const bad of [french(""), french(' srsName="EPSG:1"'), french(' srsName="EPSG:2154"', "1044593")]) {
			expect(bad.flags).toEqual(["position_removed"]);
			expect(bad.latitude).toBeUndefined();
		}
		const unnamed = "<VehicleLocation><Coordinates>1044593,6298716</Coordinates></VehicleLocation>";
		expect(with_(unnamed, { srsName: "EPSG:2154" }).latitude).toBeCloseTo(43.703479, 6);
		const dutch =
			'<VehicleLocation srsName="EPSG:28992"><Coordinates>155000 463000</Coordinates></VehicleLocation>';
		expect(with_(dutch).latitude).toBeCloseTo(52.155172, 5);
		const inJson = JSON.stringify({
			VehicleMonitoringDelivery: {
				VehicleActivity: {
					MonitoredVehicleJourney: {
						VehicleLocation: { srsName: "EPSG:2154", Coordinates: { value: "1044593 6298716" } },
					},
				},
			},
		});
		expect(first(inJson).latitude).toBeCloseTo(43.703479, 6);
	});

	it("removes positions that cannot be, and takes an empty location for none", () => {
		const at = (latitude: string, longitude: string) =>
			with_(
				`<VehicleLocation><Longitude>${longitude}</Longitude><Latitude>${latitude}</Latitude></VehicleLocation>`,
			);
		for (const [latitude, longitude] of [
			["0", "0"],
			["91", "5"],
			["59", ""],
			["x", "5"],
			["NaN", "NaN"],
		] as const) {
			expect(at(latitude, longitude)).toMatchObject({ flags: ["position_removed"] });
		}
		expect(with_("<VehicleLocation/>").flags).toBeUndefined();
		expect(at("90", "180")).toMatchObject({ latitude: 90, longitude: 180 });
	});

	it("maps the words of all versions for occupancy", () => {
		const words = {
			full: "full",
			seatsAvailable: "few_seats_available",
			standingAvailable: "standing_room_only",
			empty: "empty",
			manySeatsAvailable: "many_seats_available",
			fewSeatsAvailable: "few_seats_available",
			standingRoomOnly: "standing_room_only",
			crushedStandingRoomOnly: "crushed_standing_room_only",
			notAcceptingPassengers: "not_accepting_passengers",
		};
		for (const [word, status] of Object.entries(words)) {
			expect(with_(`<Occupancy>${word}</Occupancy>`).occupancyStatus).toBe(status);
		}
		expect(with_("<Occupancy>unknown</Occupancy>")?.flags).toBeUndefined();
		expect(with_("<Occupancy>constructor</Occupancy>")).toMatchObject({ flags: ["value_removed"] });
	});

	it("takes unknown for absent: -1, null, UNKNOWN, empty", () => {
		const vehicle = with_(
			"<VehicleRef>7</VehicleRef><Bearing>-1</Bearing><Velocity>-1</Velocity><VehicleJourneyRef>UNKNOWN</VehicleJourneyRef>" +
				"<DirectionRef>null</DirectionRef><LineRef/><BlockRef> </BlockRef><MonitoredCall/>",
		);
		expect(vehicle).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2026-07-04T12:00:00Z"),
			vehicleId: "7",
		});
		expect(with_("<Bearing>360</Bearing>").headingDeg).toBe(0);
		expect(with_("<Bearing>361</Bearing>").flags).toEqual(["value_removed"]);
	});

	it("finds trip and vehicle where each country puts them", () => {
		expect(with_("<VehicleJourneyRef>1024</VehicleJourneyRef><VehicleRef>617</VehicleRef>").tripId).toBe(
			"1024",
		);
		expect(with_("<DatedVehicleJourneyRef>MTA NYCT_1</DatedVehicleJourneyRef>").tripId).toBe("MTA NYCT_1");
		expect(with_("<CourseOfJourneyRef>9</CourseOfJourneyRef>").tripId).toBeUndefined();
		const course = { tripRefs: ["CourseOfJourneyRef"] };
		expect(with_("<CourseOfJourneyRef>9</CourseOfJourneyRef>", course).tripId).toBe("9");
		const french = activity("<LineRef>1</LineRef>").replace(
			"<Monitored",
			"<VehicleMonitoringRef>X:Vehicle::7:LOC</VehicleMonitoringRef><Monitored",
		);
		expect(first(answer(french)).vehicleId).toBe("X:Vehicle::7:LOC");
		const company = "<OperatorRef>GEA</OperatorRef><VehicleRef>617</VehicleRef>";
		expect(with_(company, { vehicleIdWithOperator: true }).vehicleId).toBe("GEA:617");
		expect(with_(company).vehicleId).toBe("617");
		const frame =
			"<FramedVehicleJourneyRef><DataFrameRef>X:DataFrame::1.0:LOC</DataFrameRef></FramedVehicleJourneyRef>";
		expect(with_(frame).serviceDate).toBeUndefined();
		expect(with_(frame).attributes).toEqual({ DataFrameRef: "X:DataFrame::1.0:LOC" });
	});

	it("takes a direction from the configuration only: numbers of SIRI are not those of GTFS", () => {
		const directions = { outbound: 0, inbound: 1 };
		expect(with_("<DirectionRef>1</DirectionRef>").directionId).toBeUndefined();
		expect(with_("<DirectionRef>INBOUND</DirectionRef>", { directions }).directionId).toBe(1);
		expect(with_("<DirectionRef>outbound</DirectionRef>", { directions }).directionId).toBe(0);
	});

	it("takes the number of the stop from Order, or from VisitNumber where a feed has it there", () => {
		const call = "<MonitoredCall><StopPointRef>S</StopPointRef><VisitNumber>23</VisitNumber></MonitoredCall>";
		expect(with_(call).currentStopSequence).toBeUndefined();
		expect(with_(call, { stopSequence: "VisitNumber" }).currentStopSequence).toBe(23);
	});

	it("marks vehicles without passengers and fixes that the producer does not trust", () => {
		for (const status of ["cancelled", "completed", "notRun", "aborted", "assumedCompleted"]) {
			expect(with_(`<VehicleStatus>${status}</VehicleStatus>`).flags).toEqual(["not_in_service"]);
		}
		expect(with_("<VehicleStatus>inProgress</VehicleStatus>").flags).toBeUndefined();
		expect(with_("<VehicleStatus>cancelled</VehicleStatus>").scheduleRelationship).toBe("canceled");
		expect(with_("<ExtraJourney>true</ExtraJourney>").scheduleRelationship).toBe("added");
		expect(with_("<MonitoringError>GPS</MonitoringError>").flags).toEqual(["fix_not_valid"]);
		expect(with_("<MonitoringError>GPRS</MonitoringError>").flags).toBeUndefined();
		expect(with_("<InCongestion>true</InCongestion>").congestionLevel).toBe("congestion");
		expect(with_("<InCongestion>false</InCongestion>").congestionLevel).toBeUndefined();
		expect(with_("<ProgressRate>noProgress</ProgressRate>").attributes).toEqual({
			ProgressRate: "noProgress",
		});
	});

	it("converts speeds from the unit that the configuration names, and removes impossible ones", () => {
		expect(with_("<Velocity>36</Velocity>", { velocityUnit: "km/h" }).speedMps).toBeCloseTo(10);
		expect(with_("<Velocity>900</Velocity>")).toMatchObject({ flags: ["value_removed"] });
		const extension = "<Extensions><Speed>23.36124</Speed><Bearing>90.5</Bearing></Extensions>";
		expect(with_(extension)).toMatchObject({ speedMps: 23.36124 * 0.44704, headingDeg: 90.5 });
		expect(with_(extension, { extensionSpeedUnit: "m/s" }).speedMps).toBe(23.36124);
	});

	it("leaves out what a producer renews with every answer, so that an old position stays one record", () => {
		const text = (id: string) =>
			answer(
				activity(
					JOURNEY,
					`<RecordedAtTime>2026-07-04T12:00:00Z</RecordedAtTime><ItemIdentifier>${id}</ItemIdentifier><ValidUntilTime>2026-07-04T12:05:${id}</ValidUntilTime>`,
				),
			);
		expect(decode(text("01")).items).toEqual(decode(text("02")).items);
	});

	it("tells of a cancelled activity", () => {
		const text = answer(
			`<VehicleActivityCancellation><RecordedAtTime>2026-07-04T12:00:00Z</RecordedAtTime><VehicleMonitoringRef>9</VehicleMonitoringRef><VehicleJourneyRef><DataFrameRef>2026-07-04</DataFrameRef><DatedVehicleJourneyRef>T9</DatedVehicleJourneyRef></VehicleJourneyRef><LineRef>18</LineRef></VehicleActivityCancellation>`,
		);
		expect(decode(text).items[0] as Assignment).toEqual({
			kind: "assignment",
			action: "canceled",
			eventTime: Date.parse("2026-07-04T12:00:00Z"),
			tripId: "T9",
			serviceDate: "20260704",
			gtfsRouteId: "18",
			attributes: { VehicleMonitoringRef: "9" },
		});
	});
});

describe("siri-vm times", () => {
	const timed = (
		time: string,
		journey = JOURNEY,
		timezone = "Europe/Oslo",
		header = "2026-07-04T12:00:10Z",
	) =>
		decode(answer(activity(journey, time)).replaceAll("2026-07-04T12:00:10Z", header), {}, timezone).items[0];
	const recorded = (text: string) => `<RecordedAtTime>${text}</RecordedAtTime>`;

	it("reads fractions of seven digits, zones, and times of the agency without a zone", () => {
		const at = (text: string) => (timed(recorded(text)) as VehicleLocation).eventTime;
		expect(at("2026-07-04T14:00:00.9590298+02:00")).toBe(Date.parse("2026-07-04T12:00:00.959Z"));
		expect(at("2026-07-04T14:00:00")).toBe(Date.parse("2026-07-04T12:00:00Z"));
		expect(at("1970-01-01T01:00:00+01:00")).toBe(0);
		expect(at("\n 2026-07-04T12:00:00Z \t")).toBe(Date.parse("2026-07-04T12:00:00Z"));
	});

	it("takes the reading of a repeated hour that is nearest to upstream's clock, and flags it", () => {
		const late = timed(recorded("2026-10-25T02:30:00"), JOURNEY, "Europe/Oslo", "2026-10-25T01:31:00Z");
		expect(late).toMatchObject({
			eventTime: Date.parse("2026-10-25T01:30:00Z"),
			flags: ["ambiguous_local_time"],
		});
		const early = timed(recorded("2026-10-25T02:30:00"), JOURNEY, "Europe/Oslo", "2026-10-25T00:31:00Z");
		expect(early).toMatchObject({ eventTime: Date.parse("2026-10-25T00:30:00Z") });
	});

	it("prefers the time of the fix, and says when both are more than a minute apart", () => {
		const fix = (text: string) =>
			`<VehicleRef>7</VehicleRef><Extensions><LastGPSFix>${text}</LastGPSFix></Extensions>`;
		const near = timed(
			recorded("2016-08-03T08:54:36-06:00"),
			fix("2016-08-03T08:54:22.33"),
			"America/Denver",
		);
		expect(near).toMatchObject({ eventTime: Date.parse("2016-08-03T14:54:22.330Z") });
		expect((near as VehicleLocation).flags).toBeUndefined();
		const far = timed(recorded("2016-08-03T08:54:36-06:00"), fix("2016-08-03T08:50:22"), "America/Denver");
		expect(far).toMatchObject({ eventTime: Date.parse("2016-08-03T14:50:22Z"), flags: ["times_disagree"] });
		const broken = timed(recorded("2016-08-03T08:54:36-06:00"), fix("never"), "America/Denver");
		expect(broken).toMatchObject({ eventTime: Date.parse("2016-08-03T14:54:36Z"), flags: ["value_removed"] });
		const located = "<LocationRecordedAtTime>2026-07-04T12:00:05Z</LocationRecordedAtTime>";
		expect(timed(recorded("2026-07-04T12:00:09Z"), located)).toMatchObject({
			eventTime: Date.parse("2026-07-04T12:00:05Z"),
		});
	});

	it("rejects a record whose time cannot be read, and leaves one without a time to the header", () => {
		expect(timed(recorded("yesterday"))).toMatchObject({ kind: "rejection", code: "record.value" });
		expect(timed(recorded("2026-02-30T12:00:00Z"))).toMatchObject({ kind: "rejection" });
		const untimed = timed("") as VehicleLocation;
		expect(untimed.kind).toBe("vehicle_location");
		expect(untimed.eventTime).toBeUndefined();
	});
});

describe("siri-vm options", () => {
	it("refuses a projection that does not work", () => {
		const parsed = definition.options.safeParse({ projections: { "EPSG:1": "+proj=nonsense" } });
		expect(parsed.success).toBe(false);
		const utm = "+proj=utm +zone=32 +ellps=GRS80 +units=m";
		expect(definition.options.safeParse({ projections: { "EPSG:25832": utm } }).success).toBe(true);
	});
});
