import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./nmea.js";

const RECEIVED = Date.parse("2011-09-23T19:51:20Z");

function summed(body: string): string {
	const sum = [...body].reduce((value, character) => value ^ character.charCodeAt(0), 0);
	return `$${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}`;
}

const RMC = summed("GPRMC,195108.00,A,4039.604859,N,07400.109146,W,043.033,219.87,230911,,,A");

function decode(text: string, options: unknown = {}, meta?: Record<string, string>, receivedTime = RECEIVED) {
	return definition
		.create(definition.options.parse(options), { timezone: "UTC", baseDirectory: "." })
		.decode({ bytes: Buffer.from(text), receivedTime, ...(meta === undefined ? {} : { meta }) });
}

function one(text: string, options: unknown = {}, meta?: Record<string, string>) {
	const { items } = decode(text, options, meta);
	expect(items).toHaveLength(1);
	return items[0] as VehicleLocation;
}

describe("nmea", () => {
	it("reads RMC: minutes to degrees, knots to metres per second", () => {
		const item = one(`${RMC}\r\n`, { vehicleId: "2211" });
		expect(item).toMatchObject({
			kind: "vehicle_location",
			vehicleId: "2211",
			eventTime: Date.parse("2011-09-23T19:51:08Z"),
			resolutionMs: 1000,
			headingDeg: 219.87,
			flags: ["identity_from_config"],
		});
		expect(item.latitude).toBeCloseTo(40.66008098, 8);
		expect(item.longitude).toBeCloseTo(-74.0018191, 8);
		expect(item.speedMps).toBeCloseTo(22.13809, 5);
	});

	it("trap: V and FAA modes N, S and E are not to be trusted", () => {
		const fields = (status: string, mode: string) =>
			summed(`GNRMC,195108.00,${status},4039.6,N,07400.1,W,1.0,2.0,230911,,,${mode}`);
		expect(one(fields("V", "A")).flags).toEqual(["fix_not_valid"]);
		for (const mode of ["N", "S", "E"]) expect(one(fields("A", mode)).flags).toEqual(["fix_not_valid"]);
		for (const mode of ["A", "D", "R", ""]) expect(one(fields("A", mode)).flags).toBeUndefined();
		const empty = one(summed("GPRMC,195108.00,V,,,,,,,230911,,,N"));
		expect([empty.latitude, empty.speedMps, empty.flags]).toEqual([undefined, undefined, ["fix_not_valid"]]);
	});

	it("trap: course and speed may be empty, which is not nought", () => {
		const item = one(summed("GLRMC,195108,A,4039.6,N,07400.1,W,,,230911,,"));
		expect([item.speedMps, item.headingDeg, item.flags]).toEqual([undefined, undefined, undefined]);
	});

	it("trap: the identity comes from a prefix, a line, the configuration or the sender", () => {
		expect(one(`352093081234567,${RMC}`).vehicleId).toBe("352093081234567");
		expect(one(`IMEI:352093081234567\r\n${RMC}`).vehicleId).toBe("352093081234567");
		expect(one(`352093081234567,${RMC}`, { vehicleId: "7" }).vehicleId).toBe("352093081234567");
		expect(one(RMC, {}, { sender: "10.0.0.9:5000" }).vehicleId).toBe("10.0.0.9");
		expect(one(RMC).vehicleId).toBeUndefined();
	});

	it("trap: sentences split across datagrams are rejected, and the next one is read", () => {
		const half = RMC.slice(0, 40);
		const { items } = decode([half, RMC.slice(40), RMC, half + RMC].join("\n"));
		expect(items.map((item) => (item.kind === "rejection" ? item.code : item.kind))).toEqual([
			"decode.truncated",
			"decode.truncated",
			"vehicle_location",
			"decode.truncated",
		]);
		expect(decode(summed("GPRMC,195108.00,A,4039.6")).items).toMatchObject([{ code: "decode.truncated" }]);
	});

	it("flags a wrong checksum and keeps the values", () => {
		expect(one(RMC.replace(/..$/, "00")).flags).toEqual(["checksum_mismatch"]);
		expect(one(RMC.replace(/\*..$/, "")).flags).toBeUndefined();
	});

	it("removes what is no position and no time", () => {
		expect(one(summed("GPRMC,195108,A,9939.6,N,07400.1,W,1,2,230911,,")).flags).toEqual(["position_removed"]);
		expect(one(summed("GPRMC,195108,A,4060.0,N,07400.1,W,1,2,230911,,")).flags).toEqual(["position_removed"]);
		expect(one(summed("GPRMC,255108,A,4039.6,N,07400.1,W,1,2,230911,,")).eventTime).toBeUndefined();
		expect(one(summed("GPRMC,195108,A,4039.6,N,07400.1,W,1,2,310211,,")).eventTime).toBeUndefined();
		expect(one(summed("GPRMC,195108,A,4039.6,N,07400.1,W,1,2,,,")).eventTime).toBe(RECEIVED - 12_000);
	});

	it("counts other sentences as not used, and fails a frame of something else", () => {
		const gga = summed("GPGGA,195108.000,4039.60486,N,07400.10915,W,1,09,00.9,+00023.0,M,,M,,");
		expect(decode(gga)).toEqual({ items: [], notices: ["sentences other than RMC were not used"] });
		expect(decode("hello\nworld").failure?.code).toBe("decode.format");
		expect(decode("").failure?.code).toBe("decode.format");
	});
});

const folder = realData();
describe.skipIf(!folder)(
	`nmea on captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		it("reads the 146 RMC of 4,999 sentences of bundg_zeus_9.nmea, all checksums right", () => {
			const text = readFileSync(join(folder ?? "", "nmea", "bundg_zeus_9.nmea"), "latin1");
			const { items, failure, notices } = decode(text, { vehicleId: "zeus" });
			expect(failure).toBeUndefined();
			expect(notices).toHaveLength(1);
			const seen = items as readonly VehicleLocation[];
			expect(seen.map((item) => item.kind)).toEqual(Array(146).fill("vehicle_location"));
			expect(seen.every((item) => item.flags?.join() === "identity_from_config")).toBe(true);
			expect(seen.every((item) => item.latitude !== undefined && item.eventTime !== undefined)).toBe(true);
			const rmc = text.split("\r\n").filter((line) => line.includes("RMC,"));
			expect(rmc).toHaveLength(146);
			const byHand = [
				[0, "2018-08-20T09:47:37Z", 52.850155, 5.313616667, 5.6, 230.5],
				[72, "2018-08-20T09:48:50Z", 52.849, 5.311028333, 5.9, 233.2],
				[145, "2018-08-20T09:50:03Z", 52.847893333, 5.308491667, 5.3, 233.1],
			] as const;
			for (const [index, time, latitude, longitude, knots, course] of byHand) {
				const item = seen[index];
				expect(item).toMatchObject({ eventTime: Date.parse(time), headingDeg: course, vehicleId: "zeus" });
				expect(item?.latitude).toBeCloseTo(latitude, 8);
				expect(item?.longitude).toBeCloseTo(longitude, 8);
				expect(item?.speedMps).toBeCloseTo((knots * 1852) / 3600, 8);
			}
		});
	},
);

describeDecoder({
	definition,
	options: { vehicleId: "2211" },
	samples: [
		{ name: "RMC", bytes: `${RMC}\r\n`, observations: 1 },
		{
			name: "RMC with a prefix, among others",
			bytes: `352093081234567,${RMC}\n$GPGGA,,,,,,0,,,,,,,*66`,
			observations: 1,
		},
	],
});
