import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alert, record, removal, START } from "../../test/rider-feed-world.js";
import { definition as decoderDefinition } from "../decoders/siri-vm.js";
import { childOf, childrenOf, parseXml, textAt, type XmlElement } from "../formats/xml.js";
import type { VehicleLocation } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import type { EndpointRequest } from "../runtime/endpoint.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { describeServingSinkContract } from "../testing/serving-sink-contract.js";
import type { ServingSink, SinkContext } from "./sink.js";
import { definition } from "./siri-vm.js";

const sinkWith = (runtime: SinkContext["runtime"], options: object = {}) =>
	definition.create(definition.options.parse(options), {
		name: "siri",
		runtime,
		baseDirectory: "/",
		secrets: {},
	}) as ServingSink;

describeServingSinkContract("siri-vm", (runtime) => sinkWith(runtime));

function world(options: object = {}) {
	const virtual = createVirtualRuntime({ startTime: START });
	const { clock } = virtual.runtime;
	const sink = sinkWith(virtual.runtime, options);
	sink.restore(undefined);
	const settled: [TransitRecord, string][] = [];
	const publish = () => sink.publish(clock.now(), (one, outcome) => settled.push([one, outcome])).reveal();
	const ask = async (path: string, more: Partial<EndpointRequest> = {}) => {
		const { method = "GET" } = more;
		const endpoint = sink.endpoints.find((one) => one.path === path && one.method === method);
		if (endpoint === undefined) throw new Error(`no ${method} ${path}`);
		const answer = await endpoint.handle({
			method,
			path,
			params: {},
			query: {},
			headers: {},
			body: new Uint8Array(),
			remoteAddress: "192.0.2.1",
			signal: new AbortController().signal,
			...more,
		});
		return { ...answer, text: Buffer.from((answer.body ?? "") as string).toString() };
	};
	return {
		virtual,
		clock,
		sink,
		settled,
		publish,
		ask,
		tell: (...records: TransitRecord[]) => {
			sink.apply(records, false);
			publish();
		},
		xml: async (query: Record<string, string> = {}) => {
			const { status, text } = await ask("/siri/vehicle-monitoring.xml", { query });
			expect(status).toBe(200);
			return wellFormed(text);
		},
		post: (body: string) => ask("/siri", { method: "POST", body: Buffer.from(body) }),
	};
}

function wellFormed(text: string): XmlElement {
	const { root, failure, repairs } = parseXml(Buffer.from(text));
	expect([failure, repairs]).toEqual([undefined, 0]);
	return root as XmlElement;
}

const deliveryOf = (root: XmlElement) =>
	childOf(childOf(root, "ServiceDelivery"), "VehicleMonitoringDelivery") as XmlElement;
const activitiesOf = (root: XmlElement) => childrenOf(deliveryOf(root), "VehicleActivity");
const refsOf = (root: XmlElement) =>
	activitiesOf(root).map((one) => textAt(one, "MonitoredVehicleJourney", "VehicleRef"));

function decoded(text: string, options: object = {}): readonly VehicleLocation[] {
	const decoder = decoderDefinition.create(decoderDefinition.options.parse(options), {
		timezone: "America/New_York",
		baseDirectory: ".",
	});
	const { items, failure } = decoder.decode({ bytes: Buffer.from(text), receivedTime: START });
	expect(failure).toBeUndefined();
	return items as readonly VehicleLocation[];
}

/** The order of `VehicleActivityStructure` and `MonitoredVehicleJourneyStructure` in the schema of SIRI 2.0 and 2.1. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
	Siri: ["ServiceDelivery"],
	ServiceDelivery: [
		"ResponseTimestamp",
		"ProducerRef",
		"Address",
		"ResponseMessageIdentifier",
		"RequestMessageRef",
		"Status",
		"ErrorCondition",
		"MoreData",
		"VehicleMonitoringDelivery",
	],
	VehicleMonitoringDelivery: [
		"ResponseTimestamp",
		"RequestMessageRef",
		"Status",
		"ErrorCondition",
		"ValidUntil",
		"ShortestPossibleCycle",
		"VehicleActivity",
	],
	VehicleActivity: ["RecordedAtTime", "ValidUntilTime", "MonitoredVehicleJourney", "Extensions"],
	MonitoredVehicleJourney: [
		"LineRef",
		"DirectionRef",
		"FramedVehicleJourneyRef",
		"OperatorRef",
		"Monitored",
		"InCongestion",
		"DataSource",
		"VehicleLocation",
		"Bearing",
		"Velocity",
		"Occupancy",
		"Delay",
		"VehicleStatus",
		"BlockRef",
		"VehicleJourneyRef",
		"VehicleRef",
		"MonitoredCall",
	],
	FramedVehicleJourneyRef: ["DataFrameRef", "DatedVehicleJourneyRef"],
	VehicleLocation: ["Longitude", "Latitude"],
	MonitoredCall: ["StopPointRef", "VisitNumber", "Order", "StopPointName", "VehicleAtStop"],
};

function expectOrder(element: XmlElement): void {
	const order = ORDER[element.name];
	if (order !== undefined) {
		const places = element.children.map(({ name }) => order.indexOf(name));
		expect(places, element.name).toEqual([...places].sort((one, other) => one - other));
		expect(places, `${element.name}: ${element.children.map(({ name }) => name)}`).not.toContain(-1);
	}
	for (const child of element.children) expectOrder(child);
}

const REQUEST = (inner: string) =>
	`<Siri xmlns="http://www.siri.org.uk/siri" version="2.0"><ServiceRequest><RequestTimestamp>2026-01-05T12:00:00Z</RequestTimestamp>` +
	`<RequestorRef>me</RequestorRef><MessageIdentifier>m-1</MessageIdentifier>${inner}</ServiceRequest></Siri>`;

describe("siri-vm", () => {
	it("says where a vehicle is, and our own decoder reads it back", async () => {
		const here = world({ version: "2.1", directions: ["outbound", "inbound"], operators: { metro: "MET" } });
		here.tell(record(START - 5000, { scheduleDeviationS: -75, blockId: "B7", operatorId: "Jane" }));
		const { text } = await here.ask("/siri/vehicle-monitoring.xml");
		expectOrder(wellFormed(text));
		expect(text).not.toContain("Jane");
		const wanted = {
			eventTime: START - 5000,
			vehicleId: "7",
			tripId: "T1",
			serviceDate: "20260105",
			gtfsRouteId: "66",
			directionId: 0,
			latitude: 42.3601,
			longitude: -71.0589,
			headingDeg: 90,
			speedMps: 8,
			scheduleDeviationS: -75,
			blockId: "B7",
			stopId: "110",
			currentStopSequence: 3,
			currentStatus: "in_transit_to",
			occupancyStatus: "empty",
			attributes: { company: "MET", DataSource: "metro", Monitored: true, DirectionRef: "outbound" },
		};
		const { text: json } = await here.ask("/siri/vehicle-monitoring.json");
		for (const form of [text, json])
			expect(decoded(form, { directions: { outbound: 0 } })).toEqual([expect.objectContaining(wanted)]);
	});

	it("names tier and age, and until when it holds; of a stale position it leaves out what the vehicle did", async () => {
		const here = world();
		here.tell(record(START));
		const seen: unknown[] = [];
		for (const second of [10, 75, 150, 290]) {
			await here.virtual.advance(START + second * 1000 - here.clock.now());
			here.publish();
			const [activity] = activitiesOf(await here.xml());
			const freshness = childOf(childOf(activity, "Extensions"), "Freshness");
			const journey = childOf(activity, "MonitoredVehicleJourney");
			seen.push([
				textAt(freshness, "Tier"),
				textAt(freshness, "Age"),
				textAt(journey, "Monitored"),
				textAt(journey, "Bearing"),
			]);
			expect(textAt(activity, "ValidUntilTime")).toBe("2026-01-05T12:05:00.000Z");
		}
		expect(seen).toEqual([
			["fresh", "PT10S", "true", "90"],
			["aging", "PT75S", "true", "90"],
			["stale", "PT150S", "false", undefined],
			["stale", "PT290S", "false", undefined],
		]);
		await here.virtual.advance(15_000);
		here.publish();
		expect(activitiesOf(await here.xml())).toEqual([]);
	});

	it("answers the same to GET and POST: by line, vehicle, direction, and at the most so many, the newest", async () => {
		const here = world();
		here.tell(
			...[1, 2, 3, 4].map((n) =>
				record(START - n * 1000, {
					vehicleId: `${n}`,
					gtfsRouteId: n < 3 ? "66" : "1",
					directionId: n % 2 === 0 ? 0 : 1,
				}),
			),
		);
		const cases: [Record<string, string>, string[], string][] = [
			[{}, ["1", "2", "3", "4"], "false"],
			[{ LineRef: "66" }, ["1", "2"], "false"],
			[{ LineRef: "66", DirectionRef: "0" }, ["2"], "false"],
			[{ VehicleRef: "3" }, ["3"], "false"],
			[{ VehicleRef: "9" }, [], "false"],
			[{ MaximumVehicles: "2" }, ["1", "2"], "true"],
			[{ LineRef: "1", MaximumVehicles: "1" }, ["3"], "true"],
		];
		for (const [query, refs, more] of cases) {
			const inner = Object.entries(query).map(([name, value]) => `<${name}>${value}</${name}>`);
			const posted = await here.post(
				REQUEST(`<VehicleMonitoringRequest version="2.0">${inner.join("")}</VehicleMonitoringRequest>`),
			);
			const json = JSON.parse((await here.ask("/siri/vehicle-monitoring.json", { query })).text);
			const delivery = json.Siri.ServiceDelivery.VehicleMonitoringDelivery[0];
			for (const root of [await here.xml(query), wellFormed(posted.text)]) {
				expectOrder(root);
				expect(refsOf(root)).toEqual(refs);
				expect(textAt(root, "ServiceDelivery", "MoreData")).toBe(more);
			}
			expect(
				delivery.VehicleActivity.map((one: never) => one["MonitoredVehicleJourney"]["VehicleRef"]),
			).toEqual(refs);
		}
	});

	it("gives each request of a POST its delivery, and names the messages that it answers", async () => {
		const here = world();
		here.tell(record(START, { vehicleId: "1" }), record(START, { vehicleId: "2" }));
		const one = (n: number) =>
			`<VehicleMonitoringRequest><MessageIdentifier>q-${n}</MessageIdentifier><VehicleRef>${n}</VehicleRef></VehicleMonitoringRequest>`;
		const root = wellFormed((await here.post(REQUEST(one(2) + one(1)))).text);
		const delivery = childOf(root, "ServiceDelivery");
		expect(textAt(delivery, "RequestMessageRef")).toBe("m-1");
		const parts = childrenOf(delivery, "VehicleMonitoringDelivery");
		expect(
			parts.map((part) => [
				textAt(part, "RequestMessageRef"),
				textAt(part, "VehicleActivity", "MonitoredVehicleJourney", "VehicleRef"),
			]),
		).toEqual([
			["q-2", "2"],
			["q-1", "1"],
		]);
	});

	it("says what it does not serve, and how it is", async () => {
		const here = world();
		const check = await here.post(
			"<Siri><CheckStatusRequest><RequestTimestamp/></CheckStatusRequest></Siri>",
		);
		const status = childOf(wellFormed(check.text), "CheckStatusResponse");
		expect([textAt(status, "Status"), textAt(status, "ServiceStartedTime")]).toEqual([
			"true",
			"2026-01-05T12:00:00.000Z",
		]);
		const other = await here.post(REQUEST("<StopMonitoringRequest/>"));
		const delivery = childOf(wellFormed(other.text), "ServiceDelivery");
		expect(textAt(delivery, "Status")).toBe("false");
		expect(textAt(delivery, "ErrorCondition", "CapabilityNotSupportedError", "ErrorText")).toContain(
			"StopMonitoringRequest",
		);
		for (const [body, words] of [
			["", "no XML"],
			["<Siri><Service", "no XML"],
			["<html><body/></html>", "HTML page"],
			["<Siri><SubscriptionRequest/></Siri>", "the body is a SubscriptionRequest"],
			[REQUEST(""), "no VehicleMonitoringRequest"],
			[REQUEST("<VehicleMonitoringRequest/>".repeat(21)), "20 are taken"],
			[
				REQUEST(
					"<VehicleMonitoringRequest><MaximumVehicles>none</MaximumVehicles></VehicleMonitoringRequest>",
				),
				"none",
			],
			[REQUEST("<VehicleMonitoringRequest><LineRef/></VehicleMonitoringRequest>"), "LineRef names nothing"],
			['<!DOCTYPE x [<!ENTITY a "b">]><Siri>&a;</Siri>', "body is"],
		] as const) {
			const { status: code, text } = await here.post(body);
			expect([code, text]).toEqual([400, expect.stringContaining(words)]);
		}
		const unknown = await here.ask("/siri/vehicle-monitoring.xml", { query: { colour: "red" } });
		expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining("colour")]);
		expect(here.sink.status(START)).toMatchObject({ requests: 2, refused: 10 });
	});

	it("tells what it told already with 304, and compresses", async () => {
		const here = world();
		here.tell(record(START));
		const path = "/siri/vehicle-monitoring.xml";
		const { headers } = await here.ask(path, { headers: { "accept-encoding": "gzip" } });
		expect(headers).toMatchObject({
			"content-encoding": "gzip",
			"content-type": "application/xml; charset=utf-8",
		});
		const again = await here.ask(path, { headers: { "if-none-match": headers?.["etag"] ?? "" } });
		expect(again.status).toBe(304);
	});

	it("tells of vehicles only, and takes one away that upstream has removed", async () => {
		const here = world();
		here.tell(record(START), alert(START));
		expect(here.settled.map(([{ body }, outcome]) => [body.kind, outcome]).sort()).toEqual([
			["service_alert", "withheld"],
			["vehicle_location", "delivered"],
		]);
		expect(refsOf(await here.xml())).toEqual(["7"]);
		await here.virtual.advance(1000);
		here.tell(removal(START + 1000, "7"));
		expect(refsOf(await here.xml())).toEqual([]);
	});

	it("writes whatever ids and texts upstream has so that they can be read, in both forms", async () => {
		const anyText = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
		await fc.assert(
			fc.asyncProperty(
				fc.record({ vehicleId: anyText, gtfsRouteId: anyText, stopId: anyText, tripId: anyText }),
				fc.double({ min: -89.9, max: 89.9, noNaN: true }),
				fc.integer({ min: -5000, max: 5000 }),
				async (ids, latitude, scheduleDeviationS) => {
					const here = world();
					here.tell(record(START, { ...ids, latitude, scheduleDeviationS }));
					const root = await here.xml();
					expectOrder(root);
					const journey = childOf(activitiesOf(root)[0], "MonitoredVehicleJourney");
					// What XML cannot hold is a sign, and blanks around a text do not count.
					const shown = textAt(journey, "VehicleRef") ?? "";
					const plain = ids.vehicleId
						.replaceAll(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
						.trim();
					expect(shown.replaceAll(/[\ufffd\t\n\r]/g, "")).toBe(plain.replaceAll("\ufffd", ""));
					expect(Number(textAt(journey, "VehicleLocation", "Latitude"))).toBeCloseTo(latitude, 5);
					expect(textAt(journey, "VehicleLocation", "Latitude")).toMatch(/^-?\d+(\.\d+)?$/);
					const { text } = await here.ask("/siri/vehicle-monitoring.json");
					const [delivery] = JSON.parse(text).Siri.ServiceDelivery.VehicleMonitoringDelivery;
					expect(delivery.VehicleActivity[0].MonitoredVehicleJourney.VehicleRef).toBe(ids.vehicleId);
				},
			),
		);
	});
});
