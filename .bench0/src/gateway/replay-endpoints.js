import { Failure } from "../model/failure.js";
import { answering } from "./dead-letter-endpoints.js";
const BAD_ORDER = "Bad order";
/**
 * `GET /v1/replays`, `POST /v1/replays/start?kind=&issue=&feed=&sink=&from=&to=&key=&all=1&name=&rate=&reason=&preview=1`,
 * and `POST /v1/replays/{pause,resume,cancel}?name=`. Times are milliseconds since the epoch. Whoever acts gets the job.
 */
export function replayEndpoints(desk) {
    return [
        {
            method: "GET",
            path: "/v1/replays",
            scope: "admin",
            summary: "Jobs over dead letters, the oldest first.",
            handle: async () => answering(BAD_ORDER, 400, () => desk.list()),
        },
        {
            method: "POST",
            path: "/v1/replays/start",
            scope: "admin",
            summary: "Replays or drops dead letters; with preview=1 it only says how many.",
            handle: async ({ query }) => answering(BAD_ORDER, 400, async () => {
                const order = orderOf(query);
                return query["preview"] === "1" ? desk.preview(order) : desk.begin(order);
            }),
        },
        {
            method: "POST",
            path: "/v1/redecode",
            scope: "admin",
            summary: "Decodes the frames of a feed again; with preview=1 it only says what that would give.",
            handle: async ({ query }) => answering(BAD_ORDER, 400, async () => {
                const order = redecodeOf(query);
                return query["preview"] === "1" ? desk.previewRedecode(order) : desk.beginRedecode(order);
            }),
        },
        ...["pause", "resume", "cancel"].map((verb) => ({
            method: "POST",
            path: `/v1/replays/${verb}`,
            scope: "admin",
            summary: { pause: "Pauses a job.", resume: "Goes on with a paused job.", cancel: "Ends a job." }[verb],
            handle: async ({ query }) => answering("Unknown job", 404, () => desk.act(verb, query["name"] ?? "")),
        })),
    ];
}
const KNOWN = [
    "kind",
    "issue",
    "feed",
    "sink",
    "from",
    "to",
    "key",
    "all",
    "name",
    "rate",
    "reason",
    "preview",
];
function orderOf(query) {
    checkWords(query, KNOWN);
    const { kind = "replay", issue, feed, sink, key, name, reason } = query;
    if (kind !== "replay" && kind !== "drop")
        throw invalid(`kind is "${kind}"; it is replay or drop`);
    const fromTime = timeOf("from", query["from"]);
    const toTime = timeOf("to", query["to"]);
    const { rate } = query;
    return {
        kind,
        filter: {
            ...(issue !== undefined && { issue }),
            ...(feed !== undefined && { feed }),
            ...(sink !== undefined && { sink }),
            ...(key !== undefined && { key }),
            ...(fromTime !== undefined && { fromTime }),
            ...(toTime !== undefined && { toTime }),
        },
        all: query["all"] === "1",
        ...(name !== undefined && { name }),
        ...(reason !== undefined && { reason }),
        ...(rate !== undefined && { ratePerS: Number(rate) }),
    };
}
const KNOWN_TO_REDECODE = ["feed", "from", "to", "name", "rate", "reason", "preview"];
function redecodeOf(query) {
    checkWords(query, KNOWN_TO_REDECODE);
    const { feed, name, reason, rate } = query;
    const fromTime = timeOf("from", query["from"]);
    const toTime = timeOf("to", query["to"]);
    if (feed === undefined || fromTime === undefined)
        throw invalid("Say which feed, and from when: feed=NAME&from=TIME");
    return {
        feed,
        fromTime,
        ...(toTime !== undefined && { toTime }),
        ...(name !== undefined && { name }),
        ...(reason !== undefined && { reason }),
        ...(rate !== undefined && { ratePerS: Number(rate) }),
    };
}
/** A word that is not known is refused: a filter with a slip in it must not mean everything. */
function checkWords(query, known) {
    const unknown = Object.keys(query).find((name) => !known.includes(name));
    if (unknown !== undefined)
        throw invalid(`"${unknown}" is not known here; there are: ${known.join(", ")}`);
}
function timeOf(name, text) {
    if (text === undefined)
        return undefined;
    if (!/^\d{1,15}$/.test(text))
        throw invalid(`${name} is a time in milliseconds since the epoch`);
    return Number(text);
}
function invalid(message) {
    return new Failure("request.invalid", message);
}
