import { describe, expect, it } from "vitest";
import { expectValid } from "./decoded-frame.js";

const good = {
	kind: "vehicle_location",
	vehicleId: "7",
	eventTime: 1_760_000_000_000,
	latitude: 41.9,
	longitude: -87.6,
	serviceDate: "20251009",
	startTime: "25:10:00",
	attributes: { headsign: "Downtown", load: 3, layover: true },
};

describe("the contract of decoders finds", () => {
	it("nothing wrong with a good observation", () => {
		expect(() => expectValid({ items: [good as never] })).not.toThrow();
	});

	it.each([
		["half a position", { longitude: undefined }],
		["a position at 0,0", { latitude: 0, longitude: 0 }],
		["a latitude beyond the pole", { latitude: 91 }],
		["a value that is no number", { speedMps: Number.NaN }],
		["a negative speed", { speedMps: -1 }],
		["a heading of 360", { headingDeg: 360 }],
		["a time that is no instant", { eventTime: 1.5 }],
		["a null", { tripId: null }],
		["an empty text", { tripId: "" }],
		["text with blanks around it", { tripId: " 7" }],
		["a date with dashes", { serviceDate: "2025-10-09" }],
		["a start without seconds", { startTime: "07:53" }],
		["a flag twice", { flags: ["late", "late"] }],
		["a person among the attributes", { attributes: { driverName: "x" } }],
		["an object among the attributes", { attributes: { more: {} } }],
	])("%s", (_name, wrong) => {
		expect(() => expectValid({ items: [{ ...good, ...wrong } as never] })).toThrow();
	});

	it("a rejection without words or with an unknown code", () => {
		const rejection = { kind: "rejection", code: "decode.record", message: "line 3 is cut off" } as const;
		expect(() => expectValid({ items: [rejection] })).not.toThrow();
		expect(() => expectValid({ items: [{ ...rejection, message: "" }] })).toThrow();
		expect(() => expectValid({ items: [{ ...rejection, code: "oops" as never }] })).toThrow();
		expect(() => expectValid({ items: [{ ...rejection, sample: "x".repeat(5000) }] })).toThrow();
	});

	it("a header time in the wrong unit of nothing", () => {
		expect(() => expectValid({ items: [], headerTime: Number.POSITIVE_INFINITY })).toThrow();
	});
});
