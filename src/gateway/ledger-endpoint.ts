import type { LedgerReport } from "../operations/ledger-report.js";
import type { Endpoint } from "../runtime/endpoint.js";

/** Reads the ledger of the running hub; `audit` recounts every term, which reads the whole store. */
export type ReadLedger = (audit: boolean) => Promise<LedgerReport>;

/** `GET /v1/ledger?audit=1`: what `wayside ledger` shows while a hub has the store. */
export function ledgerEndpoint(read: ReadLedger): Endpoint {
	return {
		method: "GET",
		path: "/v1/ledger",
		scope: "admin",
		summary: "Sums of the ledger; with audit=1 every term is recounted from the store.",
		handle: async ({ query }) => ({
			status: 200,
			headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
			body: JSON.stringify(await read(query["audit"] === "1")),
		}),
	};
}
