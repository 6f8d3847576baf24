import type { DecodedFrame } from "../src/decoders/decoder.js";
import { definition } from "../src/decoders/siri-vm.js";
import type { VehicleLocation } from "../src/model/observation.js";

/** Small SIRI answers for the tests of the decoder: one vehicle in XML, and the same one in Lite JSON. */

const RECEIVED = Date.parse("2026-07-04T12:00:30Z");

export const JOURNEY = `
	<LineRef>18</LineRef><DirectionRef>outbound</DirectionRef>
	<FramedVehicleJourneyRef><DataFrameRef>2026-07-04</DataFrameRef><DatedVehicleJourneyRef>T1</DatedVehicleJourneyRef></FramedVehicleJourneyRef>
	<PublishedLineName>18 </PublishedLineName><OperatorRef>ACME</OperatorRef>
	<VehicleLocation><Longitude>10.75</Longitude><Latitude>59.91</Latitude></VehicleLocation>
	<Bearing>055</Bearing><Velocity>12.5</Velocity><Occupancy>full</Occupancy><Delay>-PT4583S</Delay>
	<BlockRef>B7</BlockRef><VehicleRef>V1</VehicleRef><DriverRef>Kari Nordmann</DriverRef><DriverName>Kari Nordmann</DriverName>
	<MonitoredCall><StopPointRef>S1</StopPointRef><Order>4</Order><VisitNumber>1</VisitNumber><VehicleAtStop>true</VehicleAtStop></MonitoredCall>
	<OnwardCalls><OnwardCall><StopPointRef>S2</StopPointRef><VehicleAtStop>false</VehicleAtStop></OnwardCall></OnwardCalls>`;

export const activity = (
	journey = JOURNEY,
	time = "<RecordedAtTime>2026-07-04T14:00:00+02:00</RecordedAtTime>",
) =>
	`<VehicleActivity>${time}<MonitoredVehicleJourney>${journey}</MonitoredVehicleJourney></VehicleActivity>`;
export const delivery = (content: string) =>
	`<VehicleMonitoringDelivery version="2.0"><ResponseTimestamp>2026-07-04T12:00:10Z</ResponseTimestamp>${content}</VehicleMonitoringDelivery>`;
export const siri = (content: string) =>
	`<Siri xmlns="http://www.siri.org.uk/siri" version="2.0"><ServiceDelivery><ResponseTimestamp>2026-07-04T12:00:10Z</ResponseTimestamp>${content}</ServiceDelivery></Siri>`;
export const answer = (content: string) => siri(delivery(content));

export function decode(
	text: string | Uint8Array,
	options: unknown = {},
	timezone = "Europe/Oslo",
): DecodedFrame {
	const decoder = definition.create(definition.options.parse(options), { timezone, baseDirectory: "." });
	const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
	return decoder.decode({ bytes, receivedTime: RECEIVED });
}
export const first = (text: string, options: unknown = {}, timezone = "Europe/Oslo") =>
	decode(text, options, timezone).items[0] as VehicleLocation;

export const LITE = JSON.stringify({
	Siri: {
		ServiceDelivery: {
			ResponseTimestamp: "2026-07-04T12:00:10Z",
			VehicleMonitoringDelivery: [
				{
					version: "2.0",
					VehicleActivity: [
						{
							RecordedAtTime: "2026-07-04T14:00:00+02:00",
							MonitoredVehicleJourney: {
								LineRef: { value: "18" },
								DirectionRef: "outbound",
								FramedVehicleJourneyRef: {
									DataFrameRef: { value: "2026-07-04" },
									DatedVehicleJourneyRef: "T1",
								},
								PublishedLineName: [{ value: "18" }],
								OperatorRef: { value: "ACME" },
								VehicleLocation: { Longitude: 10.75, Latitude: "59.91" },
								Bearing: 55,
								Velocity: 12.5,
								Occupancy: "full",
								Delay: "-PT4583S",
								BlockRef: { value: "B7" },
								VehicleRef: { value: "V1" },
								DriverRef: { value: "Kari Nordmann" },
								MonitoredCall: {
									StopPointRef: { value: "S1" },
									Order: 4,
									VisitNumber: 1,
									VehicleAtStop: true,
								},
							},
						},
					],
				},
			],
		},
	},
});
