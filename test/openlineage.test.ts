import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LineageExport } from "../src/hub/lineage-export.js";
import type { LedgerSum } from "../src/log/log.js";
import type { HubStatus } from "../src/operations/status.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { hubConfig } from "./hub-world.js";
import { lineageProblems } from "./lineage-check.js";
import { OtlpCollector } from "./otlp-collector.js";

describe("events of OpenLineage over HTTP", () => {
	let receiver: OtlpCollector;
	beforeEach(async () => {
		receiver = await new OtlpCollector().listen();
	});
	afterEach(() => receiver.close());

	it("arrive whole at a server, with the header that it wants", async () => {
		const { routes } = await hubConfig();
		const config = {
			url: `${receiver.url}/api/v1/lineage`,
			headers: { authorization: "Bearer canary" },
			namespace: "metro",
			everyMs: 60_000,
		};
		const row = { step: "sink:partner", feed: "buses", minute: 0, outcome: "delivered" } as const;
		let delivered = 5;
		const exporting = new LineageExport({
			config,
			log: { ledgerSums: async (): Promise<LedgerSum[]> => [{ ...row, count: delivered }] },
			runtime: createNodeRuntime(),
			version: "9.9.9",
			routes: () => routes,
			upstream: {},
			onNews: () => undefined,
		});
		const hub: Pick<HubStatus, "feeds" | "sinks" | "time"> = { feeds: [], sinks: [], time: Date.now() };
		exporting.look(hub);
		await vi.waitFor(() => expect(exporting.status()).toMatchObject({ exported: 1, waiting: 0 }), 10_000);
		delivered = 12;
		await exporting.close();
		const heard = receiver.at("/api/v1/lineage");
		const events = heard.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
		expect(events.map(({ eventType }) => eventType)).toEqual(["START", "COMPLETE"]);
		expect(events.flatMap(lineageProblems)).toEqual([]);
		expect(events[1]?.["outputs"]).toMatchObject([
			{ name: "log/records" },
			{ name: "sink/partner", outputFacets: { outputStatistics: { rowCount: 7 } } },
		]);
		for (const { headers } of heard)
			expect(headers).toMatchObject({ authorization: "Bearer canary", "content-type": "application/json" });
	});
});
