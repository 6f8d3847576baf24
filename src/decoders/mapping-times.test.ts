import { describe, expect, it } from "vitest";
import type { VehicleLocation } from "../model/observation.js";
import type { Rejection } from "./decoder.js";
import { definition } from "./mapping.js";

const RECEIVED = Date.parse("2026-03-10T12:00:00Z");

function decode(options: unknown, payload: unknown, timezone = "America/Chicago") {
	const bytes = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
	return definition
		.create(definition.options.parse(options), { timezone, baseDirectory: "." })
		.decode({ bytes, receivedTime: RECEIVED });
}

/** One record `{...}` with a vehicle `v`, read with these fields. */
function one(
	fields: Record<string, unknown>,
	record: Record<string, unknown>,
	rest: Record<string, unknown> = {},
) {
	const { items } = decode({ ...rest, fields: { vehicleId: "v", ...fields } }, { v: "7", ...record });
	expect(items).toHaveLength(1);
	return items[0] as VehicleLocation;
}

const rejection = (fields: Record<string, unknown>, record: Record<string, unknown>) =>
	one(fields, record) as unknown as Rejection;

describe("mapping: times", () => {
	const time = (spec: object, value: unknown, record: object = {}) =>
		one({ eventTime: { path: "t", ...spec } }, { t: value, ...record });
	const at = (spec: object, value: unknown) => new Date(time(spec, value).eventTime ?? 0).toISOString();

	it("trap: epoch seconds, milliseconds as text, and relative seconds", () => {
		expect(at({ time: "epoch-s" }, 1582415938)).toBe("2020-02-22T23:58:58.000Z");
		expect(at({ time: "epoch-ms" }, "1573965060545")).toBe("2019-11-17T04:31:00.545Z");
		expect(at({ time: "epoch-us" }, 1573965060545000)).toBe("2019-11-17T04:31:00.545Z");
		expect(at({ time: "seconds-ago" }, "90")).toBe("2026-03-10T11:58:30.000Z");
		const header = decode(
			{
				records: "r[]",
				headerTime: { path: "at", time: "epoch-s" },
				fields: { vehicleId: "v", eventTime: { path: "ago", time: "seconds-ago" } },
			},
			{ at: 1582415938, r: [{ v: 1, ago: 38 }] },
		);
		expect(header).toMatchObject({ headerTime: 1582415938000, items: [{ eventTime: 1582415900000 }] });
	});

	it("trap: local times in their own format and zone", () => {
		expect(at({ time: "yyyyMMdd HH:mm:ss" }, "20250617 11:46:50")).toBe("2025-06-17T16:46:50.000Z");
		expect(at({ time: "dd.MM.yyyy HH:mm", zone: "Europe/London" }, "04.07.2026 20:47")).toBe(
			"2026-07-04T19:47:00.000Z",
		);
		expect(time({ time: "dd.MM.yyyy HH:mm" }, "04.07.2026 20:47").resolutionMs).toBe(60_000);
		expect(at({ time: "d MMM yyyy h:mm a" }, "4 Jul 2026 8:47 PM")).toBe("2026-07-05T01:47:00.000Z");
		expect(at({ time: "yyyy-MM-dd'T'HH:mm:ss.SSSZ" }, "2026-07-04T20:47:08.9590298+02:00")).toBe(
			"2026-07-04T18:47:08.959Z",
		);
		expect(at({ time: "iso" }, "2026-07-04 20:47:08")).toBe("2026-07-05T01:47:08.000Z");
	});

	it("trap: the repeated hour of autumn is read nearest to the message's own time, and flagged", () => {
		const options = (headerTime: string) => ({
			records: "r",
			headerTime: { path: "at", time: "iso" },
			fields: { vehicleId: "v", eventTime: { path: "t", time: "yyyy-MM-dd HH:mm:ss" } },
			payload: { at: headerTime, r: { v: 1, t: "2025-11-02 01:30:00" } },
		});
		for (const [header, expected] of [
			["2025-11-02T06:31:00Z", "2025-11-02T06:30:00Z"],
			["2025-11-02T07:31:00Z", "2025-11-02T07:30:00Z"],
		] as const) {
			const { payload, ...mapping } = options(header);
			expect(decode(mapping, payload).items).toMatchObject([
				{ eventTime: Date.parse(expected), flags: ["ambiguous_local_time"] },
			]);
		}
	});

	it("trap: a clock without a date is of the nearest day, and date and time may stand apart", () => {
		expect(at({ time: "hh:mm a" }, "06:55 AM")).toBe("2026-03-10T11:55:00.000Z");
		expect(at({ time: "HH:mm:ss" }, "23:59:50")).toBe("2026-03-10T04:59:50.000Z");
		const apart = one(
			{ eventTime: { template: "{d} {t}", time: "yyyy-MM-dd HH:mm:ss", zone: "UTC" } },
			{ d: "2026-03-10", t: "11:00:00" },
		);
		expect(apart.eventTime).toBe(Date.parse("2026-03-10T11:00:00Z"));
	});

	it("reads service dates and start times as they are written, or of an instant", () => {
		const fields = { serviceDate: "d", startTime: "s" };
		expect(one(fields, { d: "2019-04-27", s: "2019-04-27T17:07:00" })).toMatchObject({
			serviceDate: "20190427",
			startTime: "17:07:00",
		});
		expect(one(fields, { d: "20190427", s: "25:10" })).toMatchObject({ startTime: "25:10:00" });
		const instant = {
			serviceDate: { path: "i", time: "epoch-ms", zone: "Europe/London" },
			startTime: { path: "i", time: "epoch-ms", zone: "Europe/London" },
		};
		expect(one(instant, { i: "1573998420000" })).toMatchObject({
			serviceDate: "20191117",
			startTime: "13:47:00",
		});
		expect(one({ serviceDate: { path: "d", time: "dd.MM.yyyy" } }, { d: "27.04.2019" }).serviceDate).toBe(
			"20190427",
		);
		expect(one(fields, { d: "never", s: "noon" }).flags).toEqual(["value_removed"]);
	});

	it("rejects a record whose time cannot be read, lest the old look new", () => {
		expect(rejection({ eventTime: { path: "t", time: "iso" } }, { t: "yesterday" })).toMatchObject({
			code: "decode.record",
			message: 'eventTime: "yesterday" cannot be read as iso; the record has v, t',
		});
		expect(rejection({ eventTime: "time" }, { t: 1 }).message).toBe(
			"eventTime is required, and its path leads to nothing; the record has v, t",
		);
		expect(one({ eventTime: { path: "time", required: false } }, {}).eventTime).toBeUndefined();
	});
});
