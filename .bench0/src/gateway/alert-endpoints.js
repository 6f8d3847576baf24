import { parseDuration } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { DAY_MS } from "../model/units.js";
import { answering } from "./dead-letter-endpoints.js";
const BAD_ORDER = "Bad order";
const WORDS_LENGTH_MAX = 200;
const CONTROL = /\p{Cc}/u;
/** Longer work belongs into the configuration, where others see it. */
const SILENCE_MAX_MS = 7 * DAY_MS;
/**
 * `GET /v1/alerts`, `POST /v1/alerts/ack?alert=&subject=&by=&note=`, `POST /v1/alerts/silence?alert=&subject=&for=&by=&reason=`,
 * `POST /v1/alerts/unsilence` and `POST /v1/alerts/test?channel=`.
 */
export function alertEndpoints(control) {
    const order = (verb, summary, known, act) => ({
        method: "POST",
        path: `/v1/alerts/${verb}`,
        scope: "admin",
        summary,
        handle: async ({ query }) => answering(BAD_ORDER, 400, async () => {
            const slip = Object.keys(query).find((name) => !known.includes(name));
            if (slip !== undefined)
                throw invalid(`"${slip}" is not known here; there are: ${known.join(", ") || "none"}.`);
            return act(query);
        }),
    });
    return [
        {
            method: "GET",
            path: "/v1/alerts",
            scope: "admin",
            summary: "Open alerts, and how people are reached.",
            handle: async () => answering(BAD_ORDER, 400, async () => control.list()),
        },
        order("ack", "Says that somebody takes care of an alert.", ["alert", "subject", "by", "note"], async (query) => {
            const alert = words(query, "alert", true);
            const subject = words(query, "subject") || undefined;
            const found = await control.acknowledge({
                alert,
                subject,
                by: words(query, "by", true),
                note: words(query, "note"),
            });
            if (found.length > 0)
                return found;
            const open = control.list().alerts.map((one) => `${one.alert} ${one.subject}`);
            throw invalid(`No alert ${alert}${subject === undefined ? "" : ` of ${subject}`} is open; ` +
                (open.length === 0 ? "none is." : `there are: ${open.join(", ")}.`));
        }),
        order("silence", "Tells nothing of some alerts for a while.", ["alert", "subject", "for", "by", "reason"], async (query) => {
            const { for: length = "1h" } = query;
            const forMs = parseDuration(length);
            if (forMs === undefined || forMs <= 0 || forMs > SILENCE_MAX_MS)
                throw invalid(`for is "${length}"; it is a duration such as 2h, at most 7d.`);
            await control.silence({
                alert: words(query, "alert") || undefined,
                subject: words(query, "subject") || undefined,
                forMs,
                by: words(query, "by", true),
                reason: words(query, "reason", true),
            });
            return control.list();
        }),
        order("unsilence", "Tells again what was silenced.", [], async () => ({
            ended: await control.endSilences(),
        })),
        order("test", "Tells a marked test over one channel, or each.", ["channel"], ({ channel }) => control.test(channel)),
    ];
}
function words(query, name, isNeeded = false) {
    const text = (query[name] ?? "").trim();
    if (isNeeded && text === "")
        throw invalid(`Say ${name}: ?${name}=TEXT.`);
    if (text.length > WORDS_LENGTH_MAX || CONTROL.test(text))
        throw invalid(`${name} is one line of at most ${WORDS_LENGTH_MAX} characters.`);
    return text;
}
function invalid(message) {
    return new Failure("request.invalid", message);
}
