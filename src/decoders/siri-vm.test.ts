import { describe, expect, it } from "vitest";
import { activity, answer, decode, delivery, JOURNEY, LITE, siri } from "../../test/siri-samples.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import type { Rejection } from "./decoder.js";
import { definition } from "./siri-vm.js";

describeDecoder({
	definition,
	context: { timezone: "Europe/Oslo" },
	samples: [
		{
			name: "XML of two vehicles",
			bytes: answer(activity() + activity(JOURNEY.replace("V1", "V2"))),
			observations: 2,
			personal: ["Kari"],
		},
		{ name: "Lite JSON", bytes: LITE, observations: 1, personal: ["Kari"] },
		{
			name: "a time that cannot be read",
			bytes: answer(activity() + activity(JOURNEY, "<RecordedAtTime>noon</RecordedAtTime>")),
			observations: 1,
			personal: ["Kari"],
		},
	],
});

describe("siri-vm envelopes", () => {
	const expected = {
		kind: "vehicle_location",
		eventTime: Date.parse("2026-07-04T12:00:00Z"),
		vehicleId: "V1",
		tripId: "T1",
		serviceDate: "20260704",
		gtfsRouteId: "18",
		blockId: "B7",
		operatorId: "Kari Nordmann",
		latitude: 59.91,
		longitude: 10.75,
		headingDeg: 55,
		speedMps: 12.5,
		scheduleDeviationS: -4583,
		currentStopSequence: 4,
		stopId: "S1",
		currentStatus: "stopped_at",
		occupancyStatus: "full",
		attributes: { DirectionRef: "outbound", PublishedLineName: "18", company: "ACME", VisitNumber: 1 },
	};
	const prefixed = answer(activity())
		.replaceAll(/<(\/?)([A-Z])/g, "<$1s:$2")
		.replace("xmlns=", "xmlns:s=");
	const soap = (content: string) =>
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><w:GetVehicleMonitoringResponse xmlns:w="http://wsdl.siri.org.uk"><ServiceDeliveryInfo><ResponseTimestamp>2026-07-04T12:00:10Z</ResponseTimestamp></ServiceDeliveryInfo><Answer>${content}</Answer></w:GetVehicleMonitoringResponse></soap:Body></soap:Envelope>`;
	const cases: [string, string | Uint8Array][] = [
		["default namespace", answer(activity())],
		["prefixed", prefixed],
		["SOAP without the Siri root", soap(delivery(activity()))],
		["SOAP around Siri", soap(answer(activity()))],
		["no ServiceDelivery (1.3)", `<Siri version="1.3">${delivery(activity())}</Siri>`],
		["no root at all", delivery(activity())],
		["Lite JSON with references as objects", LITE],
		["Lite JSON with references as text", LITE.replaceAll(/\{"value":("[^"]*")\}/g, "$1")],
		[
			"Lite JSON with single objects",
			LITE.replaceAll(/\[(\{.*\})\]/g, "$1").replaceAll(/\[(\{"value":"18"\})\]/g, "$1"),
		],
		["UTF-16 with a byte-order mark", Buffer.from(`\uFEFF${answer(activity())}`, "utf16le")],
		["JSON with a byte-order mark", `\uFEFF${LITE}`],
	];
	it.each(cases)("reads the same vehicle in any envelope: %s", (_name, text) => {
		const { items, failure, headerTime, complete } = decode(text);
		expect(failure).toBeUndefined();
		expect(headerTime).toBe(Date.parse("2026-07-04T12:00:10Z"));
		expect(items).toEqual([expected]);
		expect(complete).toBe(true);
	});

	it("is not complete when more follows, when it came by subscription, when it is empty, or when it broke", () => {
		const good = activity();
		expect(decode(siri(`<MoreData>true</MoreData>${delivery(good)}`)).complete).toBeUndefined();
		expect(decode(answer(`<SubscriptionRef>7</SubscriptionRef>${good}`)).complete).toBeUndefined();
		expect(decode(answer("")).complete).toBeUndefined();
		expect(decode(answer(good).slice(0, -10)).complete).toBeUndefined();
		expect(decode(answer(good), { snapshot: "never" }).complete).toBeUndefined();
		expect(decode(answer(""), { snapshot: "always" }).complete).toBe(true);
	});

	it("gives the complete vehicles before a cut, and says that the rest is missing", () => {
		const whole = answer(activity() + activity(JOURNEY.replace("V1", "V2")) + activity());
		const { items, failure } = decode(whole.slice(0, whole.lastIndexOf("<VehicleActivity>") + 300));
		expect(items.map((item) => (item as VehicleLocation).vehicleId)).toEqual(["V1", "V2"]);
		expect(failure?.code).toBe("decode.truncated");
	});

	it("loses one vehicle to broken XML, and not those behind it; mends a bare ampersand", () => {
		const broken = activity(JOURNEY.replace("</LineRef>", "</LineReg>"));
		const { items, failure, complete } = decode(
			answer(activity() + broken + activity(JOURNEY.replace("V1", "V3"))),
		);
		expect(items.map((item) => (item as VehicleLocation).vehicleId)).toEqual(["V1", "V3"]);
		expect([failure?.code, complete]).toEqual(["decode.format", undefined]);
		const bare = decode(answer(activity(JOURNEY.replace(">S1<", ">5th & Main<"))));
		expect(bare).toMatchObject({ complete: true, notices: ["XML that is not well-formed was mended"] });
		expect((bare.items[0] as VehicleLocation).stopId).toBe("5th & Main");
	});
});

describe("siri-vm answers that are no positions", () => {
	const failed = (text: string) => decode(text).failure;

	it("tells errors of upstream by what a person has to do", () => {
		const condition = (inner: string) =>
			answer(`<Status>false</Status><ErrorCondition>${inner}</ErrorCondition>`);
		const named = (name: string, text: string) =>
			condition(`<${name}><ErrorText>${text}</ErrorText></${name}>`);
		expect(failed(named("AccessNotAllowedError", "no"))?.code).toBe("upstream.key");
		expect(failed(named("AllowedResourceUsageExceededError", "slow down"))?.code).toBe("upstream.quota");
		expect(failed(named("ServiceNotAvailableError", "down"))?.code).toBe("upstream.error");
		expect(failed(named("OtherError", "API key is not authorized or missing."))?.code).toBe("upstream.key");
		expect(failed(named("ServiceNotAvailableError", "down"))?.message).toContain("down");
		expect(failed(answer("<Status>False</Status>"))?.message).toContain("Status false");
		expect(failed(siri("<Status>false</Status>"))?.code).toBe("upstream.error");
		const mta = {
			Siri: {
				ServiceDelivery: {
					VehicleMonitoringDelivery: [
						{ ErrorCondition: { OtherError: { ErrorText: "API key is not authorized" } } },
					],
				},
			},
		};
		expect(failed(JSON.stringify(mta))?.code).toBe("upstream.key");
		expect(failed('{"message":"Invalid authentication credentials"}')?.code).toBe("upstream.key");
		expect(failed('{"message":"API rate limit exceeded"}')?.code).toBe("upstream.quota");
	});

	it("keeps vehicles that came beside an error", () => {
		const text = siri(delivery(activity()) + delivery("<Status>false</Status>"));
		expect(decode(text).items).toHaveLength(1);
		expect(decode(text).failure?.code).toBe("upstream.error");
		expect(decode(text).complete).toBeUndefined();
	});

	it("takes 'no data for this topic' for the normal answer that it is", () => {
		const text = answer("<Status>false</Status><ErrorCondition><NoInfoForTopicError/></ErrorCondition>");
		expect(decode(text)).toMatchObject({ items: [], notices: ["NoInfoForTopicError"] });
		expect(decode(text).failure).toBeUndefined();
	});

	it("names the service that it is not for", () => {
		const named: [string, string][] = [
			[siri("<EstimatedTimetableDelivery><A/></EstimatedTimetableDelivery>"), "EstimatedTimetableDelivery"],
			[siri("<SituationExchangeDelivery/>"), "SituationExchangeDelivery"],
			[
				"<Siri><HeartbeatNotification><Status>true</Status></HeartbeatNotification></Siri>",
				"HeartbeatNotification",
			],
			[
				"<Siri><ServiceRequest><VehicleMonitoringRequest/></ServiceRequest></Siri>",
				"VehicleMonitoringRequest",
			],
			["<Siri><CheckStatusRequest/></Siri>", "CheckStatusRequest"],
			['{"Siri":{"ServiceDelivery":{"StopMonitoringDelivery":[{"a":{}}]}}}', "StopMonitoringDelivery"],
		];
		for (const [text, service] of named) {
			const { failure, items } = decode(text);
			expect([items.length, failure?.code, failure?.details["service"]]).toEqual([
				0,
				"decode.format",
				service,
			]);
			expect(failure?.message).toContain(service);
		}
		for (const text of ["<foo/>", "{}", "[]", "not xml", "<html></html>"]) {
			expect(failed(text)?.code).toBe("decode.format");
		}
	});

	it("counts an activity without a vehicle (UTA's empty answer), and rejects one that should have had one", () => {
		const empty = "<VehicleActivity><RecordedAtTime>2026-07-04T12:00:00Z</RecordedAtTime></VehicleActivity>";
		expect(decode(answer(empty))).toMatchObject({
			items: [],
			notices: ["a VehicleActivity without a vehicle"],
		});
		const odd =
			"<VehicleActivity><Journey><VehicleRef>1</VehicleRef><DriverRef>Kari</DriverRef></Journey></VehicleActivity>";
		const [rejection] = decode(answer(odd)).items as Rejection[];
		expect(rejection).toMatchObject({ kind: "rejection", code: "decode.record" });
		expect(rejection?.sample).toContain("VehicleRef");
		expect(rejection?.sample).not.toContain("Kari");
	});
});
