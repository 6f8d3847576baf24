import { objectOf, textOf } from "../formats/json.js";
import { Failure } from "../model/failure.js";
/**
 * What BusTime says in place of data, or beside it, with HTTP status 200:
 * error = { "msg": text [ , parameter: value ] }
 */
const NOTICE_LENGTH_MAX = 200;
/** "No data found" for a route without buses is normal. Of several real errors, the one that needs a person leads. */
export function failureOf(errors, notices) {
    const order = ["upstream.key", "upstream.quota", "upstream.error"];
    const failures = [];
    for (const error of errors) {
        const said = textOf(objectOf(error)?.["msg"] ?? error) ?? "no message";
        const message = said.slice(0, NOTICE_LENGTH_MAX);
        if (/^no (data found|service scheduled|arrival times)/i.test(message)) {
            notices.push(`${message}${parameterOf(error)}`);
        }
        else
            failures.push(failureOfMessage(message, parameterOf(error)));
    }
    failures.sort((one, other) => order.indexOf(one.code) - order.indexOf(other.code));
    const [worst, ...more] = failures;
    if (worst === undefined || more.length === 0)
        return worst;
    return new Failure(worst.code, `${worst.message} (and ${more.length} more)`, {
        details: { ...worst.details, errors: failures.length },
    });
}
/** The limit that BusTime reports is that of the key and the day: asking again before midnight is of no use. */
function failureOfMessage(message, parameter) {
    const code = codeOf(message);
    const details = code === "upstream.quota" ? { window: "day" } : {};
    const mend = code === "upstream.key"
        ? "; check the key in the secrets of this upstream, or ask the agency for one"
        : "";
    return new Failure(code, `BusTime answers: ${message}${parameter}${mend}`, { details });
}
function codeOf(message) {
    if (/transaction limit|limit .*exceeded|quota/i.test(message))
        return "upstream.quota";
    return /access key|api key|not authorized/i.test(message) ? "upstream.key" : "upstream.error";
}
/** The offending parameter is a key of the error object. Never that of the API key. */
function parameterOf(error) {
    for (const [name, value] of Object.entries(objectOf(error) ?? {})) {
        if (!/^(rt|vid|stpid|pid|rtpidatafeed|dir|tmres)$/.test(name))
            continue;
        return ` (${name} ${(textOf(value) ?? "").slice(0, 60)})`;
    }
    return "";
}
