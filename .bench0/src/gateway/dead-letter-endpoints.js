import { Failure } from "../model/failure.js";
import { LETTERS_SHOWN_MAX } from "../operations/dead-letters.js";
import { problem } from "../runtime/endpoint.js";
/** `GET /v1/dead-letters?all=1` and `GET /v1/dead-letters/ISSUE?limit=`. */
export function deadLetterEndpoints(reader) {
    return [
        {
            method: "GET",
            path: "/v1/dead-letters",
            scope: "admin",
            summary: "Dead letters by cause.",
            handle: async ({ query }) => json(await reader.list(query["all"] === "1")),
        },
        {
            method: "GET",
            path: "/v1/dead-letters/:issue",
            scope: "admin",
            summary: "One cause with some of its dead letters.",
            handle: async ({ params, query }) => {
                const { limit } = query;
                if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && +limit >= 1 && +limit <= LETTERS_SHOWN_MAX))
                    return problem(400, "Bad question", `limit is 1 to ${LETTERS_SHOWN_MAX}.`);
                return answering("Unknown issue", 404, () => reader.show(params["issue"] ?? "", limit === undefined ? undefined : Number(limit)));
            },
        },
    ];
}
/** What was asked wrongly becomes a problem document; what we did wrongly stays ours. */
export async function answering(title, status, work) {
    try {
        return json(await work());
    }
    catch (thrown) {
        if (thrown instanceof Failure && thrown.code === "request.invalid")
            return problem(status, title, thrown.message);
        if (thrown instanceof Failure && thrown.code === "request.conflict")
            return problem(409, "Not now", thrown.message);
        throw thrown;
    }
}
function json(value) {
    return {
        status: 200,
        headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
        body: JSON.stringify(value),
    };
}
