import { describe, expect, it } from "vitest";
import { createCity } from "../../simulation/city.js";
import { isContract, readContract } from "../contracts/read-contract.js";
import type { CapturedPayload } from "./documents.js";
import type { InferenceOptions } from "./fields.js";
import { type Inference, infer } from "./infer.js";

const START = Date.parse("2026-03-03T13:30:00Z");
const EVERY_MS = 30_000;
const encoder = new TextEncoder();

interface Spoken {
	readonly index: number;
	readonly id: string;
	readonly time: number;
	readonly latitude: number;
	readonly longitude: number;
	readonly speedMps: number;
	readonly headingDeg: number;
	readonly tripId: string | undefined;
	readonly route: string | undefined;
}

/** What a simulated fleet says in each of its frames. */
function spoken(
	count = 16,
): readonly { readonly receivedTime: number; readonly reports: readonly Spoken[] }[] {
	const city = createCity({ seed: 11, busLines: 5, tramLines: 1, headwayS: 420, reportEveryS: 20 });
	return Array.from({ length: count }, (_, step) => {
		const receivedTime = START + step * EVERY_MS;
		const reports = city.vehicles.flatMap((vehicle): readonly Spoken[] => {
			const time = Math.floor((receivedTime - 2000 - ((vehicle.index * 977) % 9000)) / 1000) * 1000;
			const state = city.stateAt(vehicle, time);
			if (!state.hasFix || state.phase === "off") return [];
			const tripId = state.trip?.tripId;
			return [
				{
					index: vehicle.index,
					id: vehicle.vehicleId,
					time,
					latitude: Number(state.latitude.toFixed(6)),
					longitude: Number(state.longitude.toFixed(6)),
					speedMps: state.speedMps,
					headingDeg: Math.round(state.headingDeg) % 360,
					tripId,
					route: tripId === undefined ? undefined : `L${vehicle.index % 6}`,
				},
			];
		});
		return { receivedTime, reports };
	});
}

const FRAMES = spoken();

/** Frames as JSON under names that say nothing. */
function captured(
	word: (report: Spoken) => object,
	wrap = (rows: readonly object[]): unknown => ({ f0: rows }),
): CapturedPayload[] {
	return FRAMES.map(({ receivedTime, reports }, at) => ({
		name: `capture-${at}.json`,
		receivedTime,
		bytes: encoder.encode(JSON.stringify(wrap(reports.map(word)))),
	}));
}

const usual = ({ id, time, latitude, longitude, speedMps, headingDeg, tripId }: Spoken) => ({
	f9: 3,
	f1: id,
	f2: time / 1000,
	f3: latitude,
	f4: longitude,
	f5: Number((speedMps * 3.6).toFixed(1)),
	f6: headingDeg,
	...(tripId === undefined ? {} : { f7: tripId }),
});

const BLIND: InferenceOptions = { timezone: "America/Chicago", useNames: false };

const pathOf = ({ findings }: Inference, name: string) => findings.find(({ field }) => field === name)?.path;
const readingOf = ({ findings }: Inference, name: string) =>
	findings.find(({ field }) => field === name)?.reading;

describe("inference from what values do", () => {
	it("finds every field of a fleet in motion without a single name, and the unit of its speed", () => {
		const found = infer(captured(usual), BLIND);
		expect(found.records).toBe("f0[]");
		const fields = ["vehicleId", "eventTime", "latitude", "longitude", "speedMps", "headingDeg", "tripId"];
		expect(fields.map((field) => pathOf(found, field))).toEqual(["f1", "f2", "f3", "f4", "f5", "f6", "f7"]);
		expect(readingOf(found, "speedMps")).toEqual({ unit: "km/h" });
		expect(readingOf(found, "eventTime")).toEqual({ time: "epoch-s" });
		expect(found.unknown.map(({ field }) => field)).toEqual(["gtfsRouteId"]);
		const sure = found.findings.filter(({ confidence }) => confidence >= 0.7).map(({ field }) => field);
		expect(sure).toEqual(["vehicleId", "latitude", "longitude", "eventTime", "headingDeg", "speedMps"]);
	});

	it.each([
		["mph", 1 / 0.44704],
		["m/s", 1],
	])("tells %s from the distance driven", (unit, perMps) => {
		const found = infer(
			captured((report) => ({ ...usual(report), f5: Number((report.speedMps * perMps).toFixed(2)) })),
			BLIND,
		);
		expect([pathOf(found, "speedMps"), readingOf(found, "speedMps")]).toEqual(["f5", { unit }]);
	});

	it("is not misled by names that lie", () => {
		const lying = ({ id, time, latitude, longitude, speedMps, headingDeg, tripId }: Spoken) => ({
			heading: id,
			vehicle_id: time / 1000,
			longitude: latitude,
			latitude: longitude,
			bearing: Number((speedMps * 3.6).toFixed(1)),
			speed: headingDeg,
			...(tripId === undefined ? {} : { timestamp: tripId }),
		});
		const found = infer(captured(lying), { timezone: "America/Chicago" });
		const fields = ["vehicleId", "eventTime", "latitude", "longitude", "speedMps", "headingDeg", "tripId"];
		expect(fields.map((field) => pathOf(found, field))).toEqual([
			"heading",
			"vehicle_id",
			"longitude",
			"latitude",
			"bearing",
			"speed",
			"timestamp",
		]);
	});

	it("reads whole numbers of a millionth of a degree, and longitude before latitude", () => {
		const micro = (report: Spoken) => ({
			...usual(report),
			f3: Math.round(report.longitude * 1e6),
			f4: Math.round(report.latitude * 1e6),
		});
		const found = infer(captured(micro), BLIND);
		expect([pathOf(found, "latitude"), readingOf(found, "latitude")]).toEqual(["f4", { scale: 1e-6 }]);
		expect(pathOf(found, "longitude")).toBe("f3");
	});

	it.each([
		["the agency's", (time: number) => new Date(time - 6 * 3_600_000).toISOString().slice(0, 19), undefined],
		["UTC", (time: number) => new Date(time).toISOString().slice(0, 19).replace("T", " "), "UTC"],
		["another", (time: number) => new Date(time - 5 * 3_600_000).toISOString().slice(0, 19), "Etc/GMT+5"],
	])("tells %s zone of local times by when they were received", (_, word, zone) => {
		const found = infer(
			captured((report) => ({ ...usual(report), f2: word(report.time) })),
			BLIND,
		);
		expect(pathOf(found, "eventTime")).toBe("f2");
		expect(readingOf(found, "eventTime")?.["zone"]).toBe(zone);
	});

	it("reads the dates of .NET, and milliseconds that are text", () => {
		const dotnet = infer(
			captured((report) => ({ ...usual(report), f2: `/Date(${report.time}-0600)/` })),
			BLIND,
		);
		expect(readingOf(dotnet, "eventTime")).toEqual({ time: "dotnet" });
		const ms = infer(
			captured((report) => ({ ...usual(report), f2: String(report.time) })),
			BLIND,
		);
		expect(readingOf(ms, "eventTime")).toEqual({ time: "epoch-ms" });
	});

	it("finds records under keys, in envelopes, and as lines of their own", () => {
		const keyed = infer(
			captured(usual, (rows) => ({ f8: { f0: Object.fromEntries(rows.map((row, at) => [`k${at}`, row])) } })),
			BLIND,
		);
		expect([keyed.records, pathOf(keyed, "vehicleId")]).toEqual(["f8.f0.*", "f1"]);
		const lines = FRAMES.map(({ receivedTime, reports }) => ({
			name: "lines",
			receivedTime,
			bytes: encoder.encode(reports.map((report) => JSON.stringify(usual(report))).join("\n")),
		}));
		const found = infer(lines, BLIND);
		expect([found.records, pathOf(found, "vehicleId"), pathOf(found, "latitude")]).toEqual([".", "f1", "f3"]);
	});

	it("reads delimited text with a strange delimiter and without a header", () => {
		const text = FRAMES.map(({ receivedTime, reports }) => ({
			name: "a.txt",
			receivedTime,
			bytes: encoder.encode(
				reports.map((report) => Object.values({ f7: "", ...usual(report) }).join("~")).join("\n"),
			),
		}));
		const found = infer(text, BLIND);
		expect(found.mapping).toMatchObject({ format: "csv", csv: { delimiter: "~" } });
		expect(pathOf(found, "vehicleId")).toBe("c3");
		expect(pathOf(found, "latitude")).toBe("c5");
	});
});

describe("inference of captures that mislead", () => {
	it("does not take a carriage for the train, though it is as constant", () => {
		const trains = captured(({ id, ...report }) => ({
			...usual({ id: `train-${id}-of-many`, ...report }),
			f8: [{ f1: `${report.index}7` }, { f1: `${report.index}8` }],
		}));
		expect(pathOf(infer(trains, BLIND), "vehicleId")).toBe("f1");
	});

	const trace = (every: (at: number) => string, count = 90): CapturedPayload[] => [
		{
			name: "trace.csv",
			bytes: encoder.encode(
				`f1,f2,f3,f4,f5,f6\n${Array.from({ length: count }, (_, at) =>
					[
						at + 1,
						`${new Date(START + at * 40_000).toISOString().slice(0, 17)}00`,
						(41.8 + at * 0.003).toFixed(5),
						"-87.63123",
						"BUS 4411",
						every(at),
					].join(","),
				).join("\n")}\n`,
			),
		},
	];

	it("knows that times of whole minutes hide a minute of driving, and takes no row number for the vehicle", () => {
		const found = infer(
			trace(() => "x"),
			BLIND,
		);
		expect(pathOf(found, "vehicleId")).toBe("f5");
	});

	it("says that the phases of one vehicle's day may be trips, and does not propose them", () => {
		const found = infer(
			trace((at) => `phase ${Math.floor(at / 18)}`),
			BLIND,
		);
		expect(pathOf(found, "tripId")).toBeUndefined();
		const told = found.unknown.find(({ field }) => field === "tripId");
		expect(told?.candidates).toEqual(["f6"]);
	});

	it("relies on no unit between miles and knots, which distance cannot tell apart", () => {
		const found = infer(
			captured((report) => ({ ...usual(report), f5: Number((report.speedMps * 1.94384).toFixed(1)) })),
			BLIND,
		);
		const speed = found.findings.find(({ field }) => field === "speedMps");
		expect(speed?.confidence).toBeLessThan(0.6);
		expect(speed?.evidence.join(" ")).toContain("would fit as well");
	});

	it("tells routes of a feed without positions, and neither a stop nor the number of a row for one", () => {
		const found = infer(
			FRAMES.map(({ receivedTime, reports }, frame) => ({
				name: `capture-${frame}.json`,
				receivedTime,
				bytes: encoder.encode(
					JSON.stringify(
						reports.slice(frame % 3).map(({ id, index, time }, row) => ({
							f1: row + 1,
							f2: `run-${id}`,
							f3: `L${index % 6}`,
							f4: `stop ${(index + Math.floor(frame / 2)) % 19}`,
							f5: time,
						})),
					),
				),
			})),
			BLIND,
		);
		expect([pathOf(found, "gtfsRouteId"), pathOf(found, "vehicleId"), pathOf(found, "tripId")]).toEqual([
			"f3",
			undefined,
			undefined,
		]);
		expect(found.unknown.find(({ field }) => field === "tripId")?.candidates).toContain("f2");
	});
});

describe("inference that cannot tell", () => {
	it("names no unit of speed where nobody moves, and keeps the value aside", () => {
		const [first] = captured((report) => ({
			id: report.id,
			lat: report.latitude,
			lon: report.longitude,
			speed: 10 + (report.index % 7),
		}));
		const found = infer(first === undefined ? [] : [first], { timezone: "America/Chicago" });
		expect(found.unknown.find(({ field }) => field === "speedMps")?.why).toContain("unit");
		expect(readingOf(found, "speedMps")?.["unit"]).toBeUndefined();
		expect((found.mapping as { fields: object }).fields).not.toHaveProperty("speedMps");
	});

	it("proposes nothing where one record has no names", () => {
		const found = infer([
			{ name: "one.json", bytes: encoder.encode('{"f1":17,"f2":1700000000,"f3":41.88123,"f4":-87.63123}') },
		]);
		expect(found.mapping).toBeUndefined();
		expect(found.unknown.map(({ field }) => field)).toContain("vehicleId");
	});

	it.each([
		["nothing", [], "there is no capture"],
		["empty captures", ["", "  \n"], "empty"],
		["captures of two formats", ["{}", "<a/>"], "several formats: json (0), xml (1)"],
		["a picture", ["\u0089PNG\u0000\u0001"], "binary"],
		["broken JSON", ['{"a":'], "no capture can be read as json"],
		["a list of numbers", ["[1,2,3]"], "no records"],
	])("says so of %s", (_, texts, message) => {
		const payloads = texts.map((text, at) => ({ name: String(at), bytes: encoder.encode(text) }));
		expect(() => infer(payloads)).toThrow(message);
	});

	it.each([
		["deep nesting", `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`],
		[
			"ten thousand names",
			JSON.stringify(
				Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`n${i}`, { a: i, b: i, c: i }])),
			),
		],
		[
			"names that are paths",
			'{"a.b":[{"[]":1,"^":2,"\\"":3,"":4,"__proto__":5,"lat":41.88123,"lon":-87.63123}]}',
		],
		["elements inside of elements", `${"<a x='1' y='2'>".repeat(3000)}${"</a>".repeat(3000)}`],
		["a line without an end", `a,b,c\n${"1,".repeat(200_000)}`],
	])("comes to an end with %s", (_, text) => {
		try {
			const found = infer([{ name: "hostile", bytes: encoder.encode(text) }]);
			expect(found.columns).toBeLessThanOrEqual(1000);
			const contract = readContract(found.contract);
			expect(isContract(contract) ? "valid" : contract[0]?.message).toMatch(/^valid$|deep|many|name/);
		} catch (thrown) {
			expect(thrown).toMatchObject({ code: "decode.format" });
		}
	});
});
