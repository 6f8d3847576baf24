import { describe, expect, it } from "vitest";
import { lineageProblems } from "../../test/lineage-check.js";
import { deliveryJson } from "../sinks/delivery-json.js";
import { sampleRecord } from "../testing/record-samples.js";
import { RECORD_FIELDS, type RunEventParts, runEvent, uuidAt } from "./lineage-events.js";

const START: RunEventParts = {
	type: "START",
	time: Date.parse("2026-01-05T12:00:00.000Z"),
	runId: uuidAt(Date.parse("2026-01-05T12:00:00Z"), new Uint8Array(10).fill(255)),
	namespace: "metro",
	version: "9.9.9",
	feed: "buses",
	sink: "partner",
};

describe("an event of OpenLineage", () => {
	it("has what version 2-0-2 asks for, whatever it tells", () => {
		const counts = { appended: 3, delivered: 2 };
		const events = [
			START,
			{ ...START, type: "RUNNING" as const, counts },
			{ ...START, type: "FAIL" as const, counts, message: "The feed is down." },
			{ ...START, type: "COMPLETE" as const, counts },
		];
		for (const event of events) expect(lineageProblems(JSON.parse(runEvent(event)))).toEqual([]);
		const failed = JSON.parse(runEvent(events[2] ?? START)) as Record<string, object>;
		expect(failed["run"]).toMatchObject({ facets: { errorMessage: { message: "The feed is down." } } });
		expect(failed["outputs"]).toMatchObject([
			{ name: "log/records", outputFacets: { outputStatistics: { rowCount: 3 } } },
			{ name: "sink/partner", outputFacets: { outputStatistics: { rowCount: 2 } } },
		]);
	});

	it("is found wanting by the check when something is missing", () => {
		const event = JSON.parse(runEvent({ ...START, runId: "no-uuid" })) as Record<string, unknown>;
		const { producer: _, ...rest } = event;
		expect(lineageProblems({ ...rest, eventType: "STOP" })).toEqual([
			"producer is no URI: undefined",
			"eventType: STOP",
			"run.runId is no UUID: no-uuid",
		]);
	});

	it("describes the envelope as records have it", () => {
		const published = Object.keys(JSON.parse(deliveryJson(sampleRecord({}))) as object);
		expect(published.slice(0, RECORD_FIELDS.length)).toEqual(RECORD_FIELDS.map(({ name }) => name));
		expect(published[RECORD_FIELDS.length]).toBe("vehicleId");
	});

	it("names runs by UUIDs of version 7 that sort by time", () => {
		expect(START.runId).toBe("019b8e07-4600-7fff-bfff-ffffffffffff");
		expect(uuidAt(START.time + 1, new Uint8Array(10)) > START.runId).toBe(true);
	});
});
