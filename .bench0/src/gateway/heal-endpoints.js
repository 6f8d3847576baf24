import { Failure } from "../model/failure.js";
import { answering } from "./dead-letter-endpoints.js";
const BAD_ORDER = "Bad order";
const KNOWN = ["feed", "upstream", "id", "by"];
const BY_LENGTH_MAX = 200;
const CONTROL = /\p{Cc}/u;
/** `GET /v1/heals`, and `POST /v1/heals/{accept,reject,rollback}?feed=&upstream=&id=&by=`. */
export function healEndpoints(control) {
    const order = (verb, summary, act) => ({
        method: "POST",
        path: `/v1/heals/${verb}`,
        scope: "admin",
        summary,
        handle: async ({ query }) => answering(BAD_ORDER, 400, async () => act(orderOf(query))),
    });
    return [
        {
            method: "GET",
            path: "/v1/heals",
            scope: "admin",
            summary: "Repairs of what upstreams have changed without notice.",
            handle: async () => answering(BAD_ORDER, 400, async () => control.list()),
        },
        order("accept", "Reads payloads as the repair says, and what came since the change again.", (one) => control.accept(one)),
        order("reject", "Does not want a proposed repair.", (one) => control.reject(one)),
        order("rollback", "Reads payloads as they are sent, and what was read otherwise again.", (one) => control.rollBack(one)),
    ];
}
function orderOf(query) {
    const slip = Object.keys(query).find((name) => !KNOWN.includes(name));
    if (slip !== undefined)
        throw invalid(`"${slip}" is not known here; there are: ${KNOWN.join(", ")}.`);
    const { feed = "", upstream, id = "", by = "" } = query;
    if (feed === "")
        throw invalid("Say feed: ?feed=NAME.");
    if (!/^\d{1,9}$/.test(id))
        throw invalid(`id is "${id}"; it is the number of a repair.`);
    if (upstream !== undefined && !/^\d{1,3}$/.test(upstream))
        throw invalid(`upstream is "${upstream}"; it is a number, from 0.`);
    if (by.trim() === "" || by.length > BY_LENGTH_MAX || CONTROL.test(by))
        throw invalid(`by is who decides: one line of at most ${BY_LENGTH_MAX} characters.`);
    return { feed, id: Number(id), by, ...(upstream !== undefined && { upstream: Number(upstream) }) };
}
function invalid(message) {
    return new Failure("request.invalid", message);
}
