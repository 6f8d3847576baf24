import { describe, expect, it } from "vitest";
import { maskedSample } from "./masking.js";

describe("maskedSample", () => {
	it.each([
		...["driver", "driverId", "DriverName", "DRIVER_ID", "drvr", "oid", "operatorID", "operator-id", "oper"],
		...["employeeId", "staffNumber", "payroll", "badge", "crew", "passNumber", "pass_number", "pass-no"],
		...[
			"firstName",
			"last_name",
			"phone",
			"email",
			"e-mail",
			"api_key",
			"token",
			"Authorization",
			"password",
		],
	])("masks %s at any depth", (name) => {
		const text = maskedSample({ row: [{ [name]: "CANARY", bus: 7, under: { [name]: { id: "CANARY" } } }] });
		expect(text).not.toContain("CANARY");
		expect(text).toContain('"bus":7');
	});

	it.each(["vid", "or", "order", "routeId", "stopId", "lat", "coid", "compass"])("shows %s", (name) => {
		expect(maskedSample({ [name]: "plain" })).toBe(`{"${name}":"plain"}`);
	});

	it("bounds depth, width and length, and shows what JSON cannot hold", () => {
		const loop: Record<string, unknown> = {};
		loop["again"] = loop;
		expect(maskedSample(loop)).toContain("…");
		expect(maskedSample(Array(1000).fill(1))).toBe(`[${Array(20).fill(1).join(",")}]`);
		expect(maskedSample("x".repeat(5000))).toHaveLength(1025);
		expect(maskedSample(10n)).toBe('"10"');
		expect(maskedSample(undefined)).toBe("null");
		const throwing = {
			get vid(): string {
				throw new Error("no");
			},
		};
		expect(maskedSample(throwing)).toBe('"a value that cannot be shown as JSON"');
	});
});
