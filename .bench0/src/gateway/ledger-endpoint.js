import { Failure } from "../model/failure.js";
import { isLedgerStretch } from "../operations/ledger-report.js";
import { problem } from "../runtime/endpoint.js";
/**
 * `GET /v1/ledger?audit=1&step=&feed=&from=&by=`: what `wayside ledger` shows while a hub has the store. `from` is in
 * milliseconds since the epoch, `by` is `minute`, `hour` or `day`.
 */
export function ledgerEndpoint(read) {
    return {
        method: "GET",
        path: "/v1/ledger",
        scope: "admin",
        summary: "Sums of the ledger; with audit=1 every term is recounted from the store.",
        handle: async ({ query }) => {
            try {
                return {
                    status: 200,
                    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
                    body: JSON.stringify(await read(questionOf(query))),
                };
            }
            catch (thrown) {
                if (!(thrown instanceof Failure) || thrown.code !== "config.invalid")
                    throw thrown;
                return problem(400, "Bad question", thrown.message);
            }
        },
    };
}
function questionOf(query) {
    const { step, feed, from, by } = query;
    if (from !== undefined && !/^\d{1,15}$/.test(from)) {
        throw new Failure("config.invalid", "from is a time in milliseconds since the epoch");
    }
    if (by !== undefined && !isLedgerStretch(by)) {
        throw new Failure("config.invalid", "by is minute, hour or day");
    }
    return {
        audit: query["audit"] === "1",
        ...(step === undefined ? {} : { step: step }),
        ...(feed === undefined ? {} : { feed }),
        ...(from === undefined ? {} : { fromTime: Number(from) }),
        ...(by === undefined ? {} : { by }),
    };
}
