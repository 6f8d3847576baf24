import { Failure } from "../model/failure.js";
import { EVENTS_PAGE_MAX } from "../operations/event-page.js";
import { problem } from "../runtime/endpoint.js";
/**
 * `GET /v1/events?since=&from=&limit=`: what happened, oldest first. `since` is `next` of an earlier page; without it
 * `from` (milliseconds since the epoch) says where to begin.
 */
export function eventsEndpoint(read) {
    return {
        method: "GET",
        path: "/v1/events",
        scope: "admin",
        summary: "What happened, oldest first, a page at a time.",
        handle: async ({ query }) => {
            const fromTime = wholeNumber(query["from"]);
            const limit = wholeNumber(query["limit"]);
            if (Number.isNaN(fromTime) ||
                Number.isNaN(limit) ||
                (limit ?? 1) < 1 ||
                (limit ?? 1) > EVENTS_PAGE_MAX) {
                const detail = `from is milliseconds since the epoch; limit is 1 to ${EVENTS_PAGE_MAX}.`;
                return problem(400, "Bad question", detail);
            }
            try {
                const page = await read({ since: query["since"], fromTime, limit });
                return {
                    status: 200,
                    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
                    body: JSON.stringify(page),
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
function wholeNumber(text) {
    if (text === undefined)
        return undefined;
    return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
