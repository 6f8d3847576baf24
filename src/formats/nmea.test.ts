import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestPast, readNmeaSentence, readRmc } from "./nmea.js";

const DAY_MS = 86_400_000;

describe("nmea sentences", () => {
	it("are read with their talker, fields and checksum", () => {
		expect(
			readNmeaSentence("$GPRMC,094737,A,5251.0093,N,00518.8170,E,5.6,230.5,200818,1.4,E,A*1F"),
		).toMatchObject({
			talker: "GP",
			type: "RMC",
			checksum: "right",
		});
		expect(readNmeaSentence("$GPRMC,094737*00")?.checksum).toBe("wrong");
		expect(readNmeaSentence("$GPRMC,094737")?.checksum).toBe("absent");
		for (const text of ["", "$", "GPRMC,1", "$GPRMC,1$GPRMC,2", "$gprmc,1", `$GPRMC,${"1".repeat(600)}`]) {
			expect(readNmeaSentence(text)).toBeUndefined();
		}
	});

	it("give back the position that was written, to a tenth of a metre", () => {
		const minutes = (value: number, digits: number) => {
			const whole = Math.floor(Math.abs(value));
			const rest = ((Math.abs(value) - whole) * 60).toFixed(5);
			return `${String(whole).padStart(digits, "0")}${rest.padStart(8, "0")}`;
		};
		const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true });
		fc.assert(
			fc.property(degrees(89.9), degrees(179.9), (latitude, longitude) => {
				const north = `${minutes(latitude, 2)},${latitude < 0 ? "S" : "N"}`;
				const east = `${minutes(longitude, 3)},${longitude < 0 ? "W" : "E"}`;
				fc.pre(!north.slice(2).startsWith("60") && !east.slice(3).startsWith("60"));
				const sentence = readNmeaSentence(`$GNRMC,094737,A,${north},${east},5.6,230.5,200818,,,A`);
				const fix = sentence === undefined ? undefined : readRmc(sentence, 0);
				expect(Math.abs((fix?.latitude ?? 999) - latitude)).toBeLessThan(1e-6);
				expect(Math.abs((fix?.longitude ?? 999) - longitude)).toBeLessThan(1e-6);
			}),
		);
	});

	it("of a time of day are never more than half an hour ahead, nor more than a day behind", () => {
		const received = fc.integer({ min: 0, max: 4_000_000_000_000 });
		fc.assert(
			fc.property(received, fc.integer({ min: 0, max: DAY_MS - 1 }), (receivedTime, timeOfDayMs) => {
				const time = nearestPast(timeOfDayMs, receivedTime);
				expect((((time - timeOfDayMs) % DAY_MS) + DAY_MS) % DAY_MS).toBe(0);
				expect(time - receivedTime).toBeLessThanOrEqual(30 * 60_000);
				expect(receivedTime - time).toBeLessThan(DAY_MS - 30 * 60_000 + 1);
			}),
		);
	});
});
