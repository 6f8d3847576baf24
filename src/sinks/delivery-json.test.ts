import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation } from "../model/observation.js";
import { NOON, sampleOrigin, sampleRecord } from "../testing/record-samples.js";
import { deliveryJson, isoText } from "./delivery-json.js";

describe("deliveryJson", () => {
	it("writes the envelope in its order, then the body under its own names", () => {
		const text = deliveryJson(sampleRecord({ flags: ["late"] }));
		expect(text).toBe(
			'{"id":"vehicle_location/metro:101/1767614395000","revision":0,"kind":"vehicle_location","key":"metro:101",' +
				'"agency":"metro","feed":"metro-avl","upstream":0,"eventTime":"2026-01-05T11:59:55.000Z",' +
				'"headerTime":"2026-01-05T11:59:59.000Z","receivedTime":"2026-01-05T12:00:00.000Z","flags":["late"],' +
				'"vehicleId":"101","tripId":"4711","latitude":41.8781,"longitude":-87.6298,"speedMps":8.5}',
		);
	});

	it("leaves out a header time that upstream did not state", () => {
		const { headerTime: _, ...origin } = sampleOrigin();
		expect(deliveryJson(sampleRecord({ origin }))).not.toContain("headerTime");
	});

	it("says each field of the envelope once, also when the body repeats it", () => {
		const body: Observation = {
			kind: "vehicle_location",
			eventTime: 1,
			resolutionMs: 60_000,
			flags: ["late"],
			vehicleId: "7",
		};
		const json = JSON.parse(deliveryJson(sampleRecord({ body }))) as Record<string, unknown>;
		expect(json).toMatchObject({ eventTime: "2026-01-05T11:59:55.000Z", flags: [], vehicleId: "7" });
		expect(json).not.toHaveProperty("resolutionMs");
	});

	it("writes every instant inside a body as ISO 8601", () => {
		const bodies: [Observation, object][] = [
			[
				{ kind: "stop_visit", stopId: "S1", arrivalTime: NOON, vehicleId: "7" },
				{ stopId: "S1", arrivalTime: "2026-01-05T12:00:00.000Z" },
			],
			[
				{
					kind: "trip_update",
					tripId: "T",
					stopTimeUpdates: [{ stopId: "S1", arrival: { time: NOON, delayS: 60 } }],
				},
				{ stopTimeUpdates: [{ stopId: "S1", arrival: { time: "2026-01-05T12:00:00.000Z", delayS: 60 } }] },
			],
			[
				{
					kind: "service_alert",
					alertId: "A",
					activePeriods: [{ start: NOON }],
					informedEntities: [],
				},
				{ alertId: "A", activePeriods: [{ start: "2026-01-05T12:00:00.000Z" }] },
			],
		];
		for (const [body, expected] of bodies) {
			expect(JSON.parse(deliveryJson(sampleRecord({ body })))).toMatchObject(expected);
		}
	});

	it("writes a removal as documented, the lists of its kind empty", () => {
		const body = { kind: "vehicle_location", removed: true, vehicleId: "101" } as const;
		const eventTime = NOON + 25_000;
		const origin = { ...sampleOrigin(), headerTime: eventTime, receivedTime: eventTime + 1000 };
		const text = deliveryJson({ ...sampleRecord({ eventTime, origin }), body });
		expect(readFileSync(new URL("../../docs/delivery.md", import.meta.url), "utf8")).toContain(`\n${text}\n`);
		const trip = { kind: "trip_update", removed: true, tripId: "T", stopTimeUpdates: [] } as const;
		expect(deliveryJson({ ...sampleRecord(), body: trip })).toMatch(
			/"removed":true,"tripId":"T","stopTimeUpdates":\[\]}$/,
		);
	});

	it("is one line of JSON for any text and any number, and the same bytes after the log read it back", () => {
		const anyBody = fc.record({
			kind: fc.constant("vehicle_location" as const),
			vehicleId: fc.string({ unit: "binary" }),
			latitude: fc.option(fc.double(), { nil: undefined }),
			attributes: fc.option(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.boolean())), {
				nil: undefined,
			}),
		});
		fc.assert(
			fc.property(anyBody, fc.double(), fc.string({ unit: "binary" }), (body, eventTime, vehicle) => {
				const record = sampleRecord({ body, eventTime, vehicle });
				const text = deliveryJson(record);
				expect(text).not.toMatch(/[\r\n]/);
				expect(() => JSON.parse(text) as unknown).not.toThrow();
				const stored = JSON.parse(JSON.stringify(body)) as Observation;
				expect(deliveryJson({ ...record, body: stored })).toBe(text);
			}),
		);
	});

	it("says an instant as Date does, and null where four digits of a year do not reach", () => {
		fc.assert(
			fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (time) => {
				expect(JSON.parse(isoText(time))).toBe(new Date(time).toISOString());
			}),
		);
		for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 1e18, -1e15])
			expect(isoText(time)).toBe("null");
	});
});
