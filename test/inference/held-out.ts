import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { entityJson, headerJson } from "../../src/formats/gtfs-realtime-json-write.js";
import { readFeedMessage } from "../../src/formats/gtfs-realtime-read.js";
import type { CapturedPayload } from "../../src/quality/inference/documents.js";
import { createCity } from "../../src/simulation/city.js";
import type { Sample, Truth } from "./samples.js";

const encoder = new TextEncoder();
const NEW_YORK = "America/New_York";
const CHICAGO = "America/Chicago";

const ARCHIVE: Truth = {
	vehicleId: ["vehicle_id"],
	latitude: ["inferred_latitude"],
	longitude: ["inferred_longitude"],
	eventTime: ["time_reported", "last_update_time", "last_location_update_time", "archive_time_received"],
	tripId: ["inferred_trip_id"],
	gtfsRouteId: ["inferred_route_id"],
};
const TRIPS: Truth = {
	eventTime: ["vehicle.timestamp"],
	tripId: ["trip.trip_id"],
	gtfsRouteId: ["trip.route_id"],
};

/** Messages of GTFS-realtime written as its JSON: binary messages are not looked into. Only what vehicles say. */
function ofProtobuf(path: string, only: RegExp, filesMax: number) {
	return (folder: string): readonly CapturedPayload[] =>
		readdirSync(join(folder, path))
			.filter((name) => only.test(name))
			.sort()
			.slice(0, filesMax)
			.map((name) => {
				const { header, entities } = readFeedMessage(readFileSync(join(folder, path, name)));
				const members = entities.flatMap((entity) =>
					"vehicle" in entity && entity.vehicle !== undefined ? [`{${entityJson(entity)}}`] : [],
				);
				const head = header === undefined ? "{}" : headerJson(header);
				return {
					name: `${path}/${name}`,
					bytes: encoder.encode(`{"header":${head},"entity":[${members.join(",")}]}`),
				};
			});
}

interface Spoken {
	readonly id: string;
	readonly time: number;
	readonly latitude: number;
	readonly longitude: number;
	readonly speedMps: number;
	readonly headingDeg: number;
	readonly tripId: string | undefined;
	readonly route: string | undefined;
	readonly deviationS: number;
}

/** What a simulated fleet says in twelve messages, half a minute apart. */
function spoken(seed: number, everyS = 30, startAt = "2026-03-05T22:10:00Z"): readonly (readonly Spoken[])[] {
	const city = createCity({ seed, timezone: CHICAGO, busLines: 6, tramLines: 1, headwayS: 480 });
	const start = Date.parse(startAt);
	return Array.from({ length: 12 }, (_, step) =>
		city.vehicles.flatMap((vehicle): readonly Spoken[] => {
			const sent = start + step * everyS * 1000;
			const time = Math.floor((sent - ((vehicle.index * 1777) % 19_000)) / 1000) * 1000;
			const state = city.stateAt(vehicle, time);
			if (!state.hasFix || state.phase === "off") return [];
			return [
				{
					id: vehicle.vehicleId,
					time,
					latitude: Number(state.latitude.toFixed(5)),
					longitude: Number(state.longitude.toFixed(5)),
					speedMps: state.speedMps,
					headingDeg: Math.round(state.headingDeg) % 360,
					tripId: state.trip?.tripId,
					route: state.trip === undefined ? undefined : vehicle.line.gtfsRouteId,
					deviationS: Math.round(state.deviationS),
				},
			];
		}),
	);
}

function simulated(
	seed: number,
	write: (reports: readonly Spoken[]) => string,
	everyS?: number,
	startAt?: string,
) {
	return (): readonly CapturedPayload[] =>
		spoken(seed, everyS, startAt).map((reports, at) => ({
			name: `message-${at}`,
			bytes: encoder.encode(write(reports)),
		}));
}

const KEPT: Truth = {
	vehicleId: ["unit"],
	latitude: ["y"],
	longitude: ["x"],
	eventTime: ["at"],
	headingDeg: ["dir"],
	speedMps: ["v"],
	tripId: ["run"],
	gtfsRouteId: ["line"],
};

/** Feeds that were held out once: what they showed was mended, so they are no test of it any more. */
export const FORMERLY_HELD_OUT: readonly Sample[] = [
	{ path: "gtfs-rt/mta-bus-3901/inference.tsv", timezone: NEW_YORK, truth: ARCHIVE },
	{
		path: "gtfs-rt/mta-bus-brooklyn-b47-2017/inference-20170412_7198.tsv",
		timezone: NEW_YORK,
		truth: ARCHIVE,
	},
	{
		path: "gtfs-rt/mbta/vehiclepositions.pb",
		timezone: NEW_YORK,
		truth: {
			...TRIPS,
			vehicleId: ["vehicle.vehicle.id", "vehicle.vehicle.label"],
			latitude: ["position.latitude"],
			longitude: ["position.longitude"],
			headingDeg: ["position.bearing"],
		},
		payloads: ofProtobuf("gtfs-rt/mbta", /^vehiclepositions\.pb$/, 1),
	},
	{
		path: "gtfs-rt/usf-bullrunner-2017/vehicle-positions.pb",
		timezone: NEW_YORK,
		// It states neither trips nor times of its reports.
		truth: {
			vehicleId: ["vehicle.vehicle.id", "vehicle.vehicle.label"],
			latitude: ["position.latitude"],
			longitude: ["position.longitude"],
			headingDeg: ["position.bearing"],
			gtfsRouteId: ["trip.route_id"],
		},
		payloads: ofProtobuf("gtfs-rt/usf-bullrunner-2017", /\.pb$/, 1),
	},
	{
		path: "gtfs-rt/nyct-subway-ace-2024-02-08 (20 messages)",
		timezone: NEW_YORK,
		truth: TRIPS,
		payloads: ofProtobuf("gtfs-rt/nyct-subway-ace-2024-02-08", /\.pb$/, 20),
	},
	{
		path: "gtfs-rt/nyct-subway-1234567-2023-05-29 (20 messages)",
		timezone: NEW_YORK,
		truth: TRIPS,
		payloads: ofProtobuf("gtfs-rt/nyct-subway-1234567-2023-05-29", /\.pb$/, 20),
	},
	{
		path: "simulated agency 301, JSON, km/h",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "km/h" },
		payloads: simulated(301, (reports) =>
			JSON.stringify(
				reports.map((one) => ({
					line: one.route,
					at: one.time,
					unit: one.id,
					late: one.deviationS,
					x: one.longitude,
					y: one.latitude,
					v: Math.round(one.speedMps * 3.6),
					dir: one.headingDeg,
					run: one.tripId,
				})),
			),
		),
	},
	{
		path: "simulated agency 302, XML, mph",
		timezone: CHICAGO,
		truth: { ...KEPT, headingDeg: ["@dir"], unit: "mph" },
		payloads: simulated(
			302,
			(reports) =>
				`<Fleet>${reports
					.map(
						(one) =>
							`<Bus dir="${one.headingDeg}"><at>${new Date(one.time).toISOString()}</at><pos><x>${one.longitude}</x><y>${one.latitude}</y></pos>` +
							`<v>${(one.speedMps / 0.44704).toFixed(1)}</v><run>${one.tripId ?? ""}</run><line>${one.route ?? ""}</line><unit>${one.id}</unit></Bus>`,
					)
					.join("")}</Fleet>`,
		),
	},
	{
		path: "simulated agency 303, CSV, m/s",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "m/s" },
		payloads: simulated(
			303,
			(reports) =>
				`at,y,x,v,dir,line,run,unit\n${reports
					.map((one) =>
						[
							new Date(one.time - 6 * 3_600_000).toISOString().slice(0, 19).replace("T", " "),
							one.latitude,
							one.longitude,
							one.speedMps.toFixed(2),
							one.headingDeg,
							one.route ?? "",
							one.tripId ?? "",
							one.id,
						].join(","),
					)
					.join("\n")}\n`,
		),
	},
	{
		path: "gtfs-rt/nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb",
		timezone: NEW_YORK,
		truth: TRIPS,
		payloads: ofProtobuf("gtfs-rt/nyct-subway-added-trips-2023", /^nyct_subways.*\.pb$/, 1),
	},
	{
		path: "gtfs-rt/nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb",
		timezone: NEW_YORK,
		truth: TRIPS,
		payloads: ofProtobuf("gtfs-rt/nyct-subway-added-trips-2023", /^gtfs-si.*\.pb$/, 1),
	},
	{
		path: "gtfs-rt/nyct-subway-ace-2024-02-08 (the last 20 messages)",
		timezone: NEW_YORK,
		truth: TRIPS,
		payloads: ofProtobuf("gtfs-rt/nyct-subway-ace-2024-02-08", /^17073(99|98[5-9])|^17074.*\.pb$/, 20),
	},
	{
		path: "simulated agency 401, JSON under keys, knots, every minute",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "kn" },
		payloads: simulated(
			401,
			(reports) =>
				JSON.stringify({
					ok: true,
					fleet: Object.fromEntries(
						reports.map((one, at) => [
							`k${at}`,
							{
								dir: one.headingDeg,
								line: one.route ?? null,
								n: at + 1,
								run: one.tripId ?? null,
								seats: (at * 7) % 40,
								state: one.tripId === undefined ? "IDLE" : "BUSY",
								unit: one.id,
								at: new Date(one.time).toISOString(),
								y: one.latitude,
								x: one.longitude,
								v: Number((one.speedMps * 1.94384).toFixed(1)),
							},
						]),
					),
				}),
			60,
			"2026-06-10T13:05:00Z",
		),
	},
	{
		path: "simulated agency 402, semicolons, millionths of degrees, km/h",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "km/h" },
		payloads: simulated(
			402,
			(reports) =>
				`run;unit;line;late;x;y;at;v;dir\n${reports
					.map((one) =>
						[
							one.tripId ?? "",
							one.id,
							one.route ?? "",
							one.deviationS,
							Math.round(one.longitude * 1e6),
							Math.round(one.latitude * 1e6),
							Math.round(one.time / 1000),
							(one.speedMps * 3.6).toFixed(0),
							one.headingDeg,
						].join(";"),
					)
					.join("\n")}\n`,
			45,
			"2026-09-02T17:40:00Z",
		),
	},
	{
		path: "simulated agency 403, one message alone, JSON",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "m/s" },
		payloads: () =>
			simulated(403, (reports) =>
				JSON.stringify(
					reports.map((one) => ({
						v: Number(one.speedMps.toFixed(1)),
						run: one.tripId,
						unit: one.id,
						x: one.longitude,
						y: one.latitude,
						at: one.time,
						dir: one.headingDeg,
						line: one.route,
					})),
				),
			)().slice(0, 1),
	},
];

/** Feeds that nobody looked at while evidence and thresholds were chosen. */
export const HELD_OUT: readonly Sample[] = [
	{
		path: "simulated agency 501, NDJSON, knots, every 20 s",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "kn" },
		payloads: simulated(
			501,
			(reports) =>
				reports
					.map((one, at) =>
						JSON.stringify({
							seq: at,
							unit: one.id,
							late: one.deviationS,
							y: one.latitude,
							x: one.longitude,
							line: one.route,
							run: one.tripId,
							dir: one.headingDeg,
							v: Math.round(one.speedMps * 1.94384),
							at: Math.floor(one.time / 1000),
						}),
					)
					.join("\n"),
			20,
			"2026-04-14T14:00:00Z",
		),
	},
	{
		path: "simulated agency 502, nested XML, m/s, every two minutes",
		timezone: CHICAGO,
		truth: { ...KEPT, vehicleId: ["@unit"], unit: "m/s" },
		payloads: simulated(
			502,
			(reports) =>
				`<R sent="2026"><V>${reports
					.map(
						(one, at) =>
							`<B unit="${one.id}" n="${at}"><job><run>${one.tripId ?? ""}</run><line>${one.route ?? ""}</line></job>` +
							`<fix><x>${one.longitude}</x><y>${one.latitude}</y><at>${one.time}</at><dir>${one.headingDeg}</dir><v>${one.speedMps.toFixed(1)}</v></fix></B>`,
					)
					.join("")}</V></R>`,
			120,
			"2026-11-10T18:20:00Z",
		),
	},
	{
		path: "simulated agency 503, CSV, mph, local times",
		timezone: CHICAGO,
		truth: { ...KEPT, unit: "mph" },
		payloads: simulated(
			503,
			(reports) =>
				`line,dir,unit,v,x,y,late,run,at\n${reports
					.map((one) =>
						[
							one.route ?? "",
							one.headingDeg,
							one.id,
							Math.round(one.speedMps / 0.44704),
							one.longitude,
							one.latitude,
							one.deviationS,
							one.tripId ?? "",
							new Date(one.time - 5 * 3_600_000).toISOString().slice(0, 19),
						].join(","),
					)
					.join("\n")}\n`,
			40,
			"2026-07-21T21:30:00Z",
		),
	},
	{
		path: "gtfs-rt/nyct-subway-1234567-2023-05-29 (the last message)",
		timezone: NEW_YORK,
		truth: TRIPS,
		payloads: ofProtobuf("gtfs-rt/nyct-subway-1234567-2023-05-29", /T15-22-00/, 1),
	},
];
