import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./tcip.js";

const REPORT = {
	"request-id": 131,
	vehicle: { "vehicle-id": 2211, "agency-id": 2008, agencydesignator: "MTA NYCT" },
	"status-info": 0,
	"time-reported": "2011-09-23T15:50:53.419-04:00",
	latitude: 40660081,
	longitude: -74001819,
	direction: { deg: 219.87 },
	speed: 128,
	operatorID: { "operator-id": 0, designator: "PASS-189954" },
	runID: { designator: "051" },
	destSignCode: 7041,
	routeID: { "route-designator": "001" },
};
const RMC = "$GPRMC,195108.00,A,4039.604859,N,07400.109146,W,043.033,219.87,230911,,,A*72";
const NMEA = {
	NMEA: { sentence: ["$GPGGA,195108.000,4039.60486,N,07400.10915,W,1,09,00.9,+00023.0,M,,M,,*43", RMC] },
};

function decode(value: unknown, options: unknown = {}, timezone = "America/New_York") {
	const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
	return definition
		.create(definition.options.parse(options), { timezone, baseDirectory: "." })
		.decode({ bytes, receivedTime: Date.parse("2011-09-23T19:51:20Z") });
}

function one(fields: Record<string, unknown>, options: unknown = {}, timezone?: string): VehicleLocation {
	const { items } = decode({ CcLocationReport: { ...REPORT, ...fields } }, options, timezone);
	expect(items).toHaveLength(1);
	return items[0] as VehicleLocation;
}

describe("tcip", () => {
	it("reads a report", () => {
		expect(one({})).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2011-09-23T19:50:53.419Z"),
			resolutionMs: 1,
			vehicleId: "2211",
			gtfsRouteId: "001",
			runId: "051",
			operatorId: "PASS-189954",
			latitude: 40.660081,
			longitude: -74.001819,
			headingDeg: 219.87,
			speedMps: 49 * 0.44704,
			attributes: { destSignCode: 7041 },
		});
	});

	it("trap: positions are microdegrees, and none is 0,0", () => {
		expect(one({ latitude: 0, longitude: 0 }).flags).toEqual(["position_removed"]);
		expect(one({ latitude: "40660081", longitude: "-74001819" }).latitude).toBe(40.660081);
		expect(one({ latitude: 4066008100 }).flags).toEqual(["position_removed"]);
	});

	it("trap: speed is coded as in SAE J1587", () => {
		expect([30, 50, 255, null].map((speed) => one({ speed }).speedMps)).toEqual([
			0,
			4.4704,
			undefined,
			undefined,
		]);
		expect(one({ speed: 255 }).flags).toBeUndefined();
		expect(one({ speed: 20 }).flags).toEqual(["value_removed"]);
	});

	it("trap: a time without offset, or with -00:00, is local; the receiver's own time decides", () => {
		const local = Date.parse("2011-09-23T19:50:53Z");
		const time = (text: string, nmea?: unknown, zone?: string) =>
			one({ "time-reported": text, localCcLocationReport: nmea }, {}, zone).eventTime;
		expect(time("2011-09-23T15:50:53")).toBe(local);
		expect(time("2011-09-23T15:50:53-00:00")).toBe(local);
		expect(time("2011-09-23T15:50:53-00:00", NMEA)).toBe(local);
		expect(time("2011-09-23T19:50:53-00:00", NMEA)).toBe(local);
		expect(time("2011-09-23T19:50:53Z", NMEA)).toBe(local);
		expect(time("2011-11-06T01:30:00")).toBe(Date.parse("2011-11-06T05:30:00Z"));
	});

	it("trap: times that disagree are flagged", () => {
		const item = one({ "time-reported": "2011-09-23T15:50:53Z", localCcLocationReport: NMEA });
		expect([item.eventTime, item.flags]).toEqual([Date.parse("2011-09-23T15:50:53Z"), ["times_disagree"]]);
	});

	it("takes the receiver's or the envelope's time where the report has none", () => {
		expect(one({ "time-reported": null, localCcLocationReport: NMEA }).eventTime).toBe(
			Date.parse("2011-09-23T19:51:08Z"),
		);
		const { items } = decode({
			RealtimeEnvelope: {
				UUID: "u",
				timeReceived: 1316807453000,
				CcLocationReport: { ...REPORT, "time-reported": "x" },
			},
		});
		expect(items[0]).toMatchObject({
			eventTime: 1316807453000,
			flags: ["value_removed", "time_from_header"],
		});
	});

	it("names vehicles, routes and service as the agency chooses", () => {
		const item = one(
			{ destSignCode: 6 },
			{
				agencyPrefix: true,
				routeDesignator: "attribute",
				notInServiceSignCodes: [6],
			},
		);
		expect(item).toMatchObject({
			vehicleId: "MTA NYCT_2211",
			flags: ["not_in_service"],
			attributes: { destSignCode: 6, routeDesignator: "001" },
		});
		expect(item.gtfsRouteId).toBeUndefined();
	});

	it("reads arrays and lines, and a bad item spoils itself", () => {
		const bare = { CcLocationReport: REPORT };
		const wrapped = { RealtimeEnvelope: { CcLocationReport: REPORT } };
		const lines = [JSON.stringify([bare, wrapped]), "{", JSON.stringify({ a: 1 }), JSON.stringify(bare)].join(
			"\n",
		);
		expect(
			decode(lines).items.map((item) => (item.kind === "rejection" ? item.code : item.vehicleId)),
		).toEqual(["2211", "2211", "decode.truncated", "decode.record", "2211"]);
	});

	it("reads who pulls out with what, and pulls in again", () => {
		const out = {
			vehicle: { ag: 2008, id: "7777" },
			block: { id: "B-1" },
			run: { id: "S56-001" },
			operator: { desig: "TA859007", id: "859007" },
			garage: { agdesig: "MTA NYCT", id: "CSLT" },
			date: "2011-06-01",
			time: "2011-06-01T04:59:00.000-04:00",
			"pull-in": false,
		};
		const pullIn = { ...out, operator: undefined, time: "2011-06-02T00:49:00", "pull-in": true };
		const bad = [{ ...out, time: "never" }, { ...out, vehicle: {} }, 7];
		const expected = {
			kind: "assignment",
			action: "assigned",
			eventTime: Date.parse("2011-06-01T08:59:00Z"),
			vehicleId: "7777",
			serviceDate: "20110601",
			blockId: "B-1",
			runId: "S56-001",
			operatorId: "TA859007",
			attributes: { garage: "CSLT" },
		};
		for (const wrap of [(list: object) => list, (list: object) => ({ SchPullOutList: list })]) {
			const { items } = decode(wrap({ "pull-outs": { "pull-out": [out, pullIn, ...bad] } }));
			expect(items[0]).toMatchObject(expected);
			// Without an offset the time is the agency's.
			const later = {
				action: "unassigned",
				eventTime: Date.parse("2011-06-02T04:49:00Z"),
				operatorId: undefined,
			};
			expect(items[1]).toMatchObject(later);
			expect(items.slice(2).map((item) => (item.kind === "rejection" ? item.message : item.kind))).toEqual([
				expect.stringContaining("its time is missing or cannot be read"),
				expect.stringContaining("it names no vehicle"),
				expect.stringContaining("its time is missing or cannot be read"),
			]);
			expect(JSON.stringify(items.slice(2))).not.toContain("859007");
		}
		expect(decode({ "pull-outs": { "pull-out": [] } })).toEqual({ items: [] });
	});

	it("reads which trips are cancelled", () => {
		const trip = {
			trip: "T-1",
			block: "B-1",
			status: "canceled",
			timestamp: 1642743832000,
			serviceDate: "2022-01-21",
		};
		const { items } = decode({
			impacted: [
				{ ...trip, routeId: "Q9", firstStopDepartureTime: "07:23:00" },
				{ ...trip, status: "restored" },
				{ ...trip, trip: "" },
			],
		});
		expect(items[0]).toMatchObject({
			kind: "assignment",
			action: "canceled",
			eventTime: 1642743832000,
			tripId: "T-1",
			blockId: "B-1",
			gtfsRouteId: "Q9",
			serviceDate: "20220121",
			startTime: "07:23:00",
		});
		expect(items.slice(1).map((item) => item.kind)).toEqual(["rejection", "rejection"]);
	});

	it("says what another message is", () => {
		expect(decode("<xml/>").failure?.code).toBe("decode.format");
		expect(decode("[]").failure?.message).toContain("no CcLocationReport");
	});
});

const folder = realData();
describe.skipIf(!folder)(
	`tcip on captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		const read = (name: string) => readFileSync(join(folder ?? "", "tcip", name));

		it("reads the report of bus 2211, whose -00:00 its own GPS shows to be New York time", () => {
			const text = read("CcLocationReport-raw-2011-09-23.json").toString("utf8");
			const { items } = decode(text);
			expect(items).toHaveLength(1);
			expect(items[0]).toMatchObject({
				vehicleId: "2211",
				eventTime: Date.parse("2011-09-23T19:50:53.419Z"),
				latitude: 40.660081,
				longitude: -74.001819,
				headingDeg: 219.87,
				speedMps: 49 * 0.44704,
				operatorId: "189954",
				runId: "051",
				attributes: { destSignCode: 7041 },
			});
			expect((items[0] as VehicleLocation).flags).toBeUndefined();
			expect(decode(text, {}, "UTC").items[0]).toMatchObject({ flags: ["times_disagree"] });
		});

		it("reads the pull-outs of bus 7777 and the three cancelled trips", () => {
			const pullOuts = decode(read("SchPullOutList-sample.json").toString("utf8")).items;
			const work = { vehicleId: "7777", serviceDate: "20110601", runId: "S56-001" };
			expect(pullOuts).toMatchObject([
				{
					...work,
					action: "assigned",
					eventTime: Date.parse("2011-06-01T08:59:00Z"),
					operatorId: "TA859007",
				},
				{ ...work, action: "unassigned", eventTime: Date.parse("2011-06-02T04:49:00Z") },
			]);
			const cancelled = decode(read("capi-cancelled-trips-2022-01-21.json").toString("utf8")).items;
			expect(
				cancelled.map((item) => item.kind !== "rejection" && [item.gtfsRouteId, item.startTime]),
			).toEqual([
				["MTABC_Q9", "07:23:00"],
				["MTA NYCT_B41", "07:29:00"],
				["MTA NYCT_Q54", "09:49:00"],
			]);
		});

		it("fails the pull-out file of another system with a reason", () => {
			const reason = (bytes: Buffer) => decode(bytes.toString("utf8")).failure?.message ?? "";
			expect(reason(gunzipSync(read("UTSPUPUFULL-pullout-2011-11-11.txt.gz")))).toContain("neither { nor [");
		});
	},
);

describeDecoder({
	definition,
	samples: [
		{
			name: "a report with its NMEA",
			bytes: JSON.stringify({ CcLocationReport: { ...REPORT, localCcLocationReport: NMEA } }),
			observations: 1,
			personal: ["PASS-189954"],
		},
		{
			name: "an envelope and a bare report",
			bytes: JSON.stringify([
				{ RealtimeEnvelope: { timeReceived: 1316807453000, CcLocationReport: REPORT } },
				{ CcLocationReport: REPORT },
			]),
			observations: 2,
			personal: ["PASS-189954"],
		},
	],
});
