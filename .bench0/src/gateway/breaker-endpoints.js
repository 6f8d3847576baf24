import { formatDuration, parseDuration } from "../formats/quantities.js";
import { DAY_MS, HOUR_MS } from "../model/units.js";
import { breakerStatus } from "../operations/breakers.js";
import { problem } from "../runtime/endpoint.js";
/** A forced state ends by itself: nobody remembers it after the night in which it was needed. */
const FORCED_DEFAULT_MS = HOUR_MS;
/** Who needs longer takes the upstream out of the configuration. */
const FORCED_MAX_MS = 7 * DAY_MS;
const REASON_LENGTH_MAX = 200;
const CONTROL = /\p{Cc}/u;
/**
 * `GET /v1/breakers`, and `POST /v1/breakers/{open,close,reset}?name=&reason=&for=`. The name is in the query because it
 * holds `/` and `:`. Whoever acts gets the new state back.
 */
export function breakerEndpoints(hub) {
    return [
        {
            method: "GET",
            path: "/v1/breakers",
            scope: "admin",
            summary: "Breaker, budgets and gate of everybody who is called.",
            handle: async () => json([...hub.upstreams().values()].map(breakerStatus)),
        },
        action(hub, "open", "Sends nothing to an upstream for a while.", (breaker, order) => breaker.forceOpen(order)),
        action(hub, "close", "Sends to an upstream for a while, whatever fails.", (breaker, order) => breaker.forceClose(order)),
        action(hub, "reset", "Ends a forced state and forgets failures: closed, as new.", (breaker, order) => breaker.reset(order.reason)),
    ];
}
function action(hub, verb, summary, act) {
    return {
        method: "POST",
        path: `/v1/breakers/${verb}`,
        scope: "admin",
        summary,
        handle: async ({ query }) => {
            const breakers = hub.upstreams();
            const breaker = breakers.get(query["name"] ?? "");
            if (breaker === undefined)
                return unknownName(query["name"], [...breakers.keys()]);
            const order = orderOf(query, verb);
            if ("status" in order)
                return order;
            act(breaker, order);
            return json(breakerStatus(breaker));
        },
    };
}
function unknownName(given, known) {
    const names = known.length === 0 ? "This hub calls nobody." : `There are: ${known.join(", ")}.`;
    const wrong = given === undefined ? "Say which one: ?name=NAME." : `No upstream is called "${given}".`;
    return problem(404, "Unknown upstream", `${wrong} ${names}`, { known });
}
function orderOf(query, verb) {
    const reason = (query["reason"] ?? "").trim();
    const refuse = (detail) => problem(400, "Bad order", detail);
    if (reason === "" && verb !== "reset")
        return refuse("Say why, for the next person who asks: ?reason=TEXT.");
    if (reason.length > REASON_LENGTH_MAX || CONTROL.test(reason))
        return refuse(`A reason is one line of at most ${REASON_LENGTH_MAX} characters.`);
    const { for: length } = query;
    const forMs = length === undefined ? FORCED_DEFAULT_MS : parseDuration(length);
    if (forMs === undefined || forMs <= 0 || forMs > FORCED_MAX_MS)
        return refuse(`for is "${length}"; it is a duration such as 10m or 2h, at most ${formatDuration(FORCED_MAX_MS)}.`);
    return { reason, forMs };
}
function json(value) {
    return {
        status: 200,
        headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
        body: JSON.stringify(value),
    };
}
