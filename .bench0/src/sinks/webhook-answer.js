import { isCalendarDate, utcFromParts } from "../formats/local-time.js";
import { Failure, kindOf, messageOf } from "../model/failure.js";
const ANSWER_SHOWN_MAX = 200;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const HTTP_DATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
/**
 * What an answer means for the batch (docs/delivery.md has the same table):
 *
 *     2xx, 409                        ok (409: the receiver knows this id already)
 *     2xx, and JSON says an error     transient
 *     2xx with a web page             bad_sink
 *     408 425 429 5xx                 transient, not before Retry-After
 *     413                             bad_records, none named: smaller batches
 *     400 415 422                     bad_records, none named: look for the one that is refused
 *     3xx                             bad_sink: redirects are refused, a batch goes where it was addressed to
 *     a private address               bad_sink, unless `allowPrivateAddresses` is set
 *     401 403 404 405 410, other 4xx  bad_sink
 */
export function deliveryFromAnswer(response, url, now) {
    const { status } = response;
    if (status === 409)
        return { outcome: "ok" };
    if (status >= 200 && status < 300)
        return doubtOf(response, url) ?? { outcome: "ok" };
    const said = `${where(url)} answered ${status}${shown(response.body)}`;
    if (status === 408 || status === 425 || status === 429 || status >= 500) {
        const { "retry-after": retryAfter, date } = response.headers;
        const wait = retryAfterMs(retryAfter, date, now);
        const details = { status };
        return {
            outcome: "transient",
            failure: new Failure("http.transient", said, wait === undefined ? { details } : { details, retryAfterMs: wait }),
        };
    }
    if (status === 413 || status === 400 || status === 415 || status === 422) {
        const code = status === 413 ? "http.body_too_large" : "http.rejected";
        return {
            outcome: "bad_records",
            rejected: [],
            failure: new Failure(code, said, { details: { status } }),
        };
    }
    return { outcome: "bad_sink", failure: refusal(status, said) };
}
/** What it means that there was no answer. A time-out is ambiguous: the same id sent again resolves it. */
export function deliveryFromThrown(thrown, url) {
    const failure = thrown instanceof Failure
        ? thrown
        : new Failure("net.reset", `Sending to ${where(url)} failed: ${messageOf(thrown)}`, { cause: thrown });
    if (failure.code === "http.body_too_large") {
        return {
            outcome: "bad_sink",
            failure: new Failure("http.rejected", `${where(url)} answers with more than a receiver of webhooks has to say; check that this is the right URL`, { cause: failure }),
        };
    }
    return { outcome: kindOf(failure) === "transient" ? "transient" : "bad_sink", failure };
}
/**
 * Some answer 2xx whatever happens. A web page is no receiver of webhooks, and JSON that says of itself that it is an error has
 * taken nothing for sure: sent again under the same id it takes effect once.
 */
function doubtOf({ status, body }, url) {
    const text = new TextDecoder().decode(body).trim();
    if (/^<(!doctype html|html)[\s>]/i.test(text)) {
        const said = `${where(url)} answered ${status} with a web page; check the URL of this sink`;
        return { outcome: "bad_sink", failure: new Failure("http.not_found", said, { details: { status } }) };
    }
    if (!saysError(text))
        return undefined;
    const said = `${where(url)} answered ${status}, and says that it is an error${shown(body)}`;
    return { outcome: "transient", failure: new Failure("http.transient", said, { details: { status } }) };
}
function saysError(text) {
    if (!text.startsWith("{"))
        return false;
    try {
        const { error, errors, success, ok } = JSON.parse(text);
        const isSaid = (value) => (typeof value === "string" && value !== "") ||
            value === true ||
            (typeof value === "object" && value !== null && Object.keys(value).length > 0);
        return isSaid(error) || isSaid(errors) || success === false || ok === false;
    }
    catch {
        // Not JSON: whatever it says, it does not say that.
        return false;
    }
}
function refusal(status, said) {
    const details = { status };
    if (status >= 300 && status < 400) {
        return new Failure("http.redirect", `${said}: a redirect; redirects are refused, so write the final URL into the configuration`, { details });
    }
    if (status === 404 || status === 405 || status === 410) {
        return new Failure("http.not_found", `${said}; check the URL of this sink`, { details });
    }
    const hint = status === 401 || status === 403 ? "check the secret of this sink" : "ask its owner why";
    return new Failure("http.unauthorized", `${said}: the destination refuses us; ${hint}`, { details });
}
/** Scheme, host and path: a query or a user name may hold a secret. */
function where(url) {
    try {
        const { protocol, host, pathname } = new URL(url);
        return `${protocol}//${host}${pathname}`;
    }
    catch {
        return "the webhook's URL";
    }
}
/** The beginning of the answer for the person who reads the failure, in one line of printable characters. */
function shown(body) {
    const text = new TextDecoder()
        .decode(body.subarray(0, ANSWER_SHOWN_MAX * 4))
        .replace(/[\p{C}\s]+/gu, " ")
        .trim();
    return text === "" ? "" : ` (${text.slice(0, ANSWER_SHOWN_MAX)})`;
}
/**
 * `Retry-After` in milliseconds: digits (decimals accepted) or an HTTP date, relative to the answer's own `Date` where it
 * has one. A date in the past is 0; what cannot be read is undefined.
 */
export function retryAfterMs(value, date, now) {
    const text = value?.trim();
    if (text === undefined || text === "")
        return undefined;
    if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text))
        return Math.round(Number(text) * 1000);
    const until = httpDate(text);
    if (until === undefined)
        return undefined;
    const from = date === undefined ? undefined : httpDate(date.trim());
    return Math.max(0, until - (from ?? now));
}
/** `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that HTTP allows to be sent. */
function httpDate(text) {
    const match = HTTP_DATE.exec(text);
    if (!match)
        return undefined;
    const month = MONTHS.indexOf(match[2] ?? "") + 1;
    const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((group) => Number(match[group]));
    if (!isCalendarDate(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return undefined;
    return utcFromParts({ year, month, day, hour, minute, second, millisecond: 0 });
}
