import { retryAfterMs } from "../formats/http-date.js";
import { Failure } from "../model/failure.js";
const SHOWN_MAX = 160;
const READ_MAX_BYTES = 16 * 1024;
/**
 * What an answer without data means (docs/sources.md has the same table):
 *
 *     408 425 429 5xx      http.transient, not before Retry-After
 *     401 403 407          http.unauthorized
 *     404 410              http.not_found
 *     3xx                  http.redirect
 *     other 4xx            http.rejected
 *     other 1xx 2xx        upstream.not_valid
 */
export function failureFromAnswer(response, label, now, scrub) {
    const { status } = response;
    const [code, hint] = meaningOf(status);
    const said = shown(response.body, scrub);
    const wait = retryAfterMs(response.headers, now);
    return new Failure(code, `${label} answered ${status}${said === "" ? "" : ` ("${said}")`}; ${hint}`, {
        details: { status, wireBytes: response.wireBytes },
        ...(code === "http.transient" && wait !== undefined ? { retryAfterMs: wait } : {}),
    });
}
function meaningOf(status) {
    if (status === 408 || status === 425 || status === 429 || status >= 500) {
        return ["http.transient", status === 429 ? "it is asked too often" : "it will be asked again"];
    }
    if (status === 401 || status === 403 || status === 407) {
        return ["http.unauthorized", "check the key or password of this upstream"];
    }
    if (status === 404 || status === 410)
        return ["http.not_found", "check the URL of this upstream"];
    if (status >= 300 && status < 400)
        return ["http.redirect", "set the URL to where the data is now"];
    if (status >= 400)
        return ["http.rejected", "check the URL, its parameters and the headers"];
    return ["upstream.not_valid", "200, 203, 204 or 304 is expected"];
}
/** The beginning of an error text: vendors say there what is wrong. Markup and control characters are left out. */
function shown(body, scrub) {
    // Masked before anything is cut, so that no half of a secret is left over.
    const text = scrub(new TextDecoder().decode(body.subarray(0, READ_MAX_BYTES)))
        .replace(/<(script|style)[\s\S]*?(<\/\1>|$)/gi, " ")
        .replace(/<[^>]*>/g, " ")
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal or a log.
        .replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ")
        .trim();
    return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
