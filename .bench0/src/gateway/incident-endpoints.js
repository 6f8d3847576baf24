import { maskedPayload } from "../formats/masking.js";
import { Failure } from "../model/failure.js";
import { answering } from "./dead-letter-endpoints.js";
import { incidentReview } from "./incident-review.js";
const BY_LENGTH_MAX = 200;
const TEXT_LENGTH_MAX = 1_000;
const CONTROL = /\p{Cc}/u;
/** `GET /v1/incidents`, `GET /v1/incidents/ID[?evidence=1]` and `POST /v1/incidents/ID/notes?by=&text=`. */
export function incidentEndpoints(control, clock) {
    const idOf = (params) => params["id"] ?? "";
    return [
        {
            method: "GET",
            path: "/v1/incidents",
            scope: "admin",
            summary: "Incidents of the last 30 days, the newest first.",
            handle: () => answering("Bad question", 400, async () => control.list()),
        },
        {
            method: "GET",
            path: "/v1/incidents/:id",
            scope: "admin",
            summary: "An incident with its timeline and the draft of its review; with `evidence=1` records and masked frames too.",
            handle: ({ params, query }) => answering("Unknown incident", 404, async () => {
                const story = await control.show(idOf(params));
                const evidence = query["evidence"] === "1" ? await control.evidence(idOf(params), maskedPayload) : undefined;
                return { ...story, review: incidentReview(story, clock.now()), ...(evidence && { evidence }) };
            }),
        },
        {
            method: "POST",
            path: "/v1/incidents/:id/notes",
            scope: "admin",
            summary: "Adds what a person has to say of an incident.",
            handle: ({ params, query }) => answering("Bad note", 400, async () => {
                const { by = "", text = "" } = query;
                lineOf("by", by, BY_LENGTH_MAX);
                lineOf("text", text, TEXT_LENGTH_MAX);
                return control.note(idOf(params), by, text);
            }),
        },
    ];
}
function lineOf(name, text, max) {
    if (text.trim() === "" || text.length > max || CONTROL.test(text))
        throw new Failure("request.invalid", `${name} is one line of 1 to ${max} characters.`);
}
