import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./taip.js";

const RECEIVED = Date.parse("2026-03-10T12:00:00Z");
const SPOT = "+4233322-07105976";

function decode(text: string, options: unknown = {}, receivedTime = RECEIVED, meta?: Record<string, string>) {
	return definition
		.create(definition.options.parse(options), { timezone: "UTC", baseDirectory: "." })
		.decode({ bytes: Buffer.from(text), receivedTime, ...(meta === undefined ? {} : { meta }) });
}

function one(text: string, options: unknown = {}, receivedTime = RECEIVED, meta?: Record<string, string>) {
	const { items } = decode(text, options, receivedTime, meta);
	expect(items).toHaveLength(1);
	return items[0] as VehicleLocation;
}

function at(second: number): string {
	return String(second).padStart(5, "0");
}

/** `>...*CC<` with the checksum as the protocol says: the star is part of it. */
function summed(body: string, isStarIn = true): string {
	const text = `>${body}${isStarIn ? "*" : ""}`;
	const sum = [...text].reduce((value, character) => value ^ character.charCodeAt(0), 0);
	return `>${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}<`;
}

describe("taip", () => {
	it("reads RPV with its ID", () => {
		expect(one(`>RPV${at(39_600)}${SPOT}03012032;ID=0123;VO=10568<`)).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2026-03-10T11:00:00Z"),
			resolutionMs: 1000,
			vehicleId: "0123",
			latitude: 42.33322,
			longitude: -71.05976,
			headingDeg: 120,
			speedMps: 30 * 0.44704,
			gpsQuality: "excellent",
			attributes: { sentence: "RPV", VO: "10568" },
		});
	});

	it("trap: speed is miles an hour, or what the device really sends", () => {
		const sentence = `>RPV${at(39_600)}${SPOT}03612032;ID=1<`;
		expect(one(sentence).speedMps).toBeCloseTo(16.09344, 6);
		expect(one(sentence, { speed: "km/h" }).speedMps).toBeCloseTo(10, 6);
	});

	it("trap: a second of the day without its date is yesterday's when it would lie ahead", () => {
		const time = (second: number, received: string) =>
			new Date(
				one(`>RPV${at(second)}${SPOT}00000012;ID=1<`, {}, Date.parse(received)).eventTime ?? 0,
			).toISOString();
		expect(time(86_390, "2026-03-10T00:00:10Z")).toBe("2026-03-09T23:59:50.000Z");
		expect(time(1_700, "2026-03-10T00:00:10Z")).toBe("2026-03-10T00:28:20.000Z");
		expect(time(1_900, "2026-03-10T00:00:10Z")).toBe("2026-03-09T00:31:40.000Z");
		expect(time(5, "2026-03-09T23:59:58Z")).toBe("2026-03-10T00:00:05.000Z");
	});

	it("trap: without an ID the configured vehicle or else the sender is the identity", () => {
		const sentence = `>RPV${at(39_600)}${SPOT}00000012<`;
		expect(one(sentence, { vehicleId: "BUS 7" })).toMatchObject({
			vehicleId: "BUS 7",
			flags: ["identity_from_config"],
		});
		expect(one(sentence, {}, RECEIVED, { sender: "10.1.2.3:21000" }).vehicleId).toBe("10.1.2.3");
		expect(one(sentence).vehicleId).toBeUndefined();
		expect(one(`>RPV${at(39_600)}${SPOT}00000012;ID=9<`, { vehicleId: "BUS 7" }).vehicleId).toBe("9");
	});

	it("trap: a stale fix has no speed, and noughts are no position", () => {
		const stale = one(`>RPV${at(39_600)}${SPOT}00018011;ID=1<`);
		expect([stale.speedMps, stale.headingDeg, stale.flags]).toEqual([
			undefined,
			undefined,
			["fix_not_valid"],
		]);
		expect(stale.latitude).toBe(42.33322);
		const none = one(`>RPV${at(39_600)}+0000000-0000000000000090;ID=1<`);
		expect([none.latitude, none.flags]).toEqual([undefined, ["fix_not_valid", "position_removed"]]);
	});

	it("trap: checksums with and without the star; a wrong one is flagged, not dropped", () => {
		const body = `RPV${at(39_600)}${SPOT}00000012;ID=1;`;
		expect(one(summed(body)).flags).toBeUndefined();
		expect(one(summed(body, false)).flags).toBeUndefined();
		expect(one(`>${body}*00<`).flags).toEqual(["checksum_mismatch"]);
	});

	it("trap: a missing < ends with the line or the next sentence", () => {
		const sentence = `>RPV${at(39_600)}${SPOT}00000012;ID=`;
		const { items } = decode(`\r\n${sentence}1${sentence}2\r\n${sentence}3`);
		expect(items.map((item) => (item as VehicleLocation).vehicleId)).toEqual(["1", "2", "3"]);
	});

	it("trap: one device mixes sentences, of degrees and of minutes", () => {
		const { items, notices } = decode(
			[
				`>RAL03874+00185+00012;ID=1<`,
				`>RTM12000010032026<`,
				`>RGP100326110000+4219.9932-07103.585600012000<`,
				`>RCP${at(39_600)}+423332-071059712<`,
			].join("\n"),
			{ vehicleId: "1" },
		);
		expect(notices).toEqual(["RAL sentences carry no position", "RTM sentences carry no position"]);
		expect(items).toHaveLength(2);
		expect((items[0] as VehicleLocation).latitude).toBeCloseTo(42.33322, 6);
		expect((items[0] as VehicleLocation).longitude).toBeCloseTo(-71.05976, 6);
		expect(items[1]).toMatchObject({ latitude: 42.3332, longitude: -71.0597 });
	});

	it("subtracts leap seconds where the device keeps GPS time", () => {
		const sentence = `>RPV${at(39_618)}${SPOT}00000012;ID=1<`;
		expect(one(sentence, { leapSeconds: 18 }).eventTime).toBe(Date.parse("2026-03-10T11:00:00Z"));
	});

	it("rejects what is cut off, and fails a frame of something else", () => {
		expect(decode(">RPV12345+42333<").items).toMatchObject([{ kind: "rejection", code: "decode.record" }]);
		expect(decode(`>RPV99999${SPOT}00000012;ID=1<`).items).toMatchObject([{ kind: "rejection" }]);
		expect(decode(">RGP999999110000+4233322-0710597600012000<").items).toMatchObject([{ kind: "rejection" }]);
		expect(decode(">RP").items).toMatchObject([{ kind: "rejection", code: "decode.record" }]);
		expect(decode("hello").failure?.message).toContain("no TAIP sentence");
	});

	it.each([
		"<html><head><title>Bad gateway</title></head><body>Sorry</body></html>",
		"<html><body>ROUTE SERVICE DOWN</body></html>",
		"<vv><dataownercode>RET</dataownercode><x>Stop</x></vv>",
		"\u0000>M1\u0001>A",
	])("takes no markup or noise for sentences without a position: %j", (text) => {
		expect(decode(text)).toMatchObject({ items: [], failure: { code: "decode.format" } });
	});
});

const folder = realData();
describe.skipIf(!folder)(
	`taip on captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		it("reads the 11 sentences of sentences.txt: 10 positions and one altitude", () => {
			const text = readFileSync(join(folder ?? "", "taip", "sentences.txt"), "utf8");
			const { items, notices, failure } = decode(text, {}, Date.parse("2015-06-23T02:00:00Z"));
			expect(failure).toBeUndefined();
			expect(notices).toEqual(["RAL sentences carry no position"]);
			const seen = items as readonly VehicleLocation[];
			expect(seen.map((item) => item.kind)).toEqual(Array(10).fill("vehicle_location"));
			expect(seen.map((item) => item.vehicleId)).toEqual([
				...["0017", "5102", "1005", "0017", "0017"],
				...["Test", "356612022463055", "356612021059680", "0005", "8251"],
			]);
			expect(seen.filter((item) => item.flags?.includes("checksum_mismatch"))).toHaveLength(0);
			expect(seen[0]).toMatchObject({
				eventTime: Date.parse("2015-06-23T01:04:34Z"),
				latitude: 34.77708,
				longitude: -92.34531,
				headingDeg: 292,
				speedMps: 0,
				gpsQuality: "good",
			});
			expect(seen[4]).toMatchObject({
				eventTime: Date.parse("2015-06-23T01:04:34.000Z"),
				latitude: 34.7770828,
				longitude: -92.3453071,
				headingDeg: 292.3,
				resolutionMs: 1,
			});
			expect(seen[3]).toMatchObject({ latitude: 34.7771, longitude: -92.3453 });
			expect(seen[5]).toMatchObject({
				eventTime: Date.parse("2010-09-02T17:29:42Z"),
				latitude: 25.78391,
				longitude: -80.29452,
				speedMps: 12 * 0.44704,
				headingDeg: 285,
				attributes: { sentence: "REV", event: "48" },
			});
			expect(seen[7]).toMatchObject({
				eventTime: Date.parse("2013-09-02T14:46:55Z"),
				latitude: 33.59479,
				longitude: -7.5299,
				attributes: { VO: "10568798", BL: "4190" },
			});
			expect(seen[8]).toMatchObject({
				eventTime: Date.parse("2015-06-23T01:02:48Z"),
				latitude: -26.82523,
				longitude: -65.23682,
			});
		});
	},
);

describeDecoder({
	definition,
	samples: [
		{ name: "RPV", bytes: `>RPV${at(39_600)}${SPOT}03012032;ID=0123;*7A<\r\n`, observations: 1 },
		{
			name: "REV and RGP",
			bytes: `>REV481599462982${SPOT}01228512;ID=Test\n>RGP230615010248${SPOT}0000003007F4101;ID=0005;#0002;*2A<`,
			observations: 2,
		},
	],
});
