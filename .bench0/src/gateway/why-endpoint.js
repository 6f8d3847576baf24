import { answering } from "./dead-letter-endpoints.js";
/** `GET /v1/why/ID`: what `wayside why` shows. The id of a record has slashes in it: encode them as `%2F`. */
export function whyEndpoint(why) {
    return {
        method: "GET",
        path: "/v1/why/:id",
        scope: "admin",
        summary: "The story of a vehicle, a record or a dead letter, from the connection to every sink.",
        handle: ({ params }) => answering("Bad question", 400, () => why(params["id"] ?? "")),
    };
}
