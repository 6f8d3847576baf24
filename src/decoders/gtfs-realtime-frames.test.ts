import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bytesOf, decode, json, SAMPLE, SNAKE, TIME_S, VEHICLE } from "../../test/gtfs-realtime-sample.js";

describe("gtfs-realtime as JSON", () => {
	const expected = {
		kind: "vehicle_location",
		eventTime: TIME_S * 1000,
		vehicleId: "806",
		tripId: "T-9",
		gtfsRouteId: "66",
		directionId: 1,
		serviceDate: "20251009",
		latitude: 42.3601,
		longitude: -71.05895,
		headingDeg: 315.5,
		currentStopSequence: 12,
		currentStatus: "incoming_at",
	};

	it("reads snake_case, names of enums, numbers as text and null for unset", () => {
		const decoded = decode(SNAKE);
		expect(decoded.headerTime).toBe(TIME_S * 1000);
		expect(decoded.items).toEqual([expected]);
	});

	it("reads camelCase and numbers of enums", () => {
		const camel = SNAKE.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()).replace(
			'"INCOMING_AT"',
			"0",
		);
		expect(camel).toContain("currentStopSequence");
		expect(decode(camel).items).toEqual([expected]);
	});

	it.each([
		["a byte-order mark", Buffer.from(`\uFEFF${SNAKE}`)],
		["UTF-16", Buffer.from(`\uFEFF${SNAKE}`, "utf16le")],
		["blanks and line breaks before it", Buffer.from(`\n  \r\n${SNAKE}`)],
	])("reads it behind %s", (_, bytes) => {
		expect(decode(bytes).items).toEqual([expected]);
	});

	it("removes values of the wrong kind, and keeps the record", () => {
		const vehicle = {
			vehicle: { id: "7" },
			position: { latitude: "north", longitude: 3 },
			current_status: "PARKED",
		};
		expect(decode(json({ id: "1", vehicle })).items[0]).toMatchObject({
			vehicleId: "7",
			flags: ["position_removed", "value_removed"],
		});
	});

	it("rejects an entity that is no object, and reads its neighbours", () => {
		const decoded = decode(json(["x", { id: "1", vehicle: { vehicle: { id: "7" } } }]));
		expect(decoded.items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
	});

	it("masks people in the sample of what it rejects", () => {
		const decoded = decode(json([["x"], { id: "1", driver: "A. Person" }]));
		expect(JSON.stringify(decoded.items)).not.toContain("A. Person");
	});

	it("reads translations as the standard and as MBTA write them", () => {
		const text = { text: "Closed", language: "en" };
		for (const header_text of [{ translation: [text] }, [{ translation: text }]]) {
			const item = decode(json({ id: "1", alert: { header_text, effect: "NO_SERVICE" } })).items[0];
			expect(item).toMatchObject({ alertId: "1", header: [text], effect: "no_service" });
		}
	});
});

describe("frames that are no FeedMessage", () => {
	it.each([
		["empty bytes", Buffer.alloc(0), "the frame is empty"],
		["an HTML page", Buffer.from("<!DOCTYPE html><html><body>502</body></html>"), "HTML"],
		["an HTML page after a line break", Buffer.from("\n<html><body>502</body></html>"), "HTML"],
		["text", Buffer.from("Service Unavailable"), "not a FeedMessage"],
		["gzip", gzipSync(SAMPLE), "compressed"],
		["a zip archive", Buffer.from("PK\u0003\u0004rest"), "zip archive"],
		["an error in JSON", Buffer.from('{"error":"quota"}'), "neither a header nor an entity"],
		["zeros", Buffer.alloc(100), "not a FeedMessage"],
		["noise", Buffer.from("f3a9918c77e2b1", "hex"), "not a FeedMessage"],
	])("%s fail as a format", (_, bytes, words) => {
		const decoded = decode(bytes);
		expect(decoded.items).toEqual([]);
		expect(decoded.failure?.code).toBe("decode.format");
		expect(decoded.failure?.message).toContain(words);
		expect(decoded.complete ?? false).toBe(false);
	});

	it("gives the entities before a cut, and says that it was cut", () => {
		const bytes = bytesOf(...Array.from({ length: 10 }, (_, i) => ({ id: String(i), vehicle: VEHICLE })));
		const decoded = decode(bytes.slice(0, Math.floor(bytes.length * 0.75)));
		expect(decoded.items).toHaveLength(7);
		expect(decoded.failure?.code).toBe("decode.truncated");
		expect(decoded.failure?.message).toContain("7 entities were read before byte");
	});

	it("says that JSON was cut", () => {
		expect(decode(SNAKE.slice(0, -20)).failure?.code).toBe("decode.truncated");
	});

	it("keeps entities of a message that has no header, and says that it has none", () => {
		const bytes = SAMPLE.slice(2 + (SAMPLE[1] as number));
		const decoded = decode(bytes);
		expect(decoded.items).toHaveLength(3);
		expect(decoded.failure?.message).toContain("no header");
	});

	it("spoils only the entity whose inner length runs over its end", () => {
		const good = bytesOf({ id: "e1", vehicle: VEHICLE }, { id: "e2", vehicle: VEHICLE });
		const bytes = Buffer.from(good);
		const at = bytes.indexOf(Buffer.from([0x22])); // The vehicle inside the first entity.
		bytes[at + 1] = 0x7f;
		const decoded = decode(bytes);
		expect(decoded.items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
		expect(decoded.items[0]).toMatchObject({ code: "decode.record" });
		expect(decoded.failure).toBeUndefined();
	});

	it("stops at more entities than any feed has", () => {
		const header = bytesOf();
		const bytes = Buffer.concat([header, Buffer.alloc(2 * 200_010, Buffer.from([0x12, 0x00]))]);
		const decoded = decode(bytes);
		expect(decoded.items).toHaveLength(200_000);
		expect(decoded.failure?.code).toBe("decode.limit");
	});

	it("costs no more than its size when every entity claims the rest of the message", () => {
		// Each entity holds a vehicle whose length reaches to the end of the frame: without a limit each would be read to there.
		const entity = Buffer.from([0x12, 0x06, 0x22, 0xff, 0xff, 0xff, 0x7f, 0x00]);
		const bytes = Buffer.concat([bytesOf(), Buffer.alloc(entity.length * 100_000, entity)]);
		const decoded = decode(bytes);
		expect(decoded.items).toHaveLength(100_000);
		expect(new Set(decoded.items.map((item) => item.kind))).toEqual(new Set(["rejection"]));
	});
});
