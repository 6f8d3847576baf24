import { Failure } from "../model/failure.js";
import { parseRetryAfter } from "./retry-after.js";
/** How deep the chain of causes is followed: fetch wraps once, Happy Eyeballs once more. */
const CAUSES_MAX = 6;
/** Rule 11: the HTTP statuses that a retry may cure. */
const TRANSIENT_STATUSES = [408, 425, 429, 500, 502, 503, 504];
/** Codes of Node's net, dns, tls and http, and of undici. A code that is missing says nothing. */
const CODES = {
    // Rule 11: the network may heal.
    ECONNRESET: "transient",
    ECONNREFUSED: "transient",
    ECONNABORTED: "transient",
    EPIPE: "transient",
    ETIMEDOUT: "transient",
    ESOCKETTIMEDOUT: "transient",
    EAI_AGAIN: "transient",
    ENOTFOUND: "transient",
    ENETUNREACH: "transient",
    ENETDOWN: "transient",
    EHOSTUNREACH: "transient",
    EHOSTDOWN: "transient",
    UND_ERR_SOCKET: "transient",
    UND_ERR_CONNECT_TIMEOUT: "transient",
    UND_ERR_HEADERS_TIMEOUT: "transient",
    UND_ERR_BODY_TIMEOUT: "transient",
    // The answer, or the peer, cannot be right: counted, not retried.
    UND_ERR_HEADERS_OVERFLOW: "failure",
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "failure",
    UND_ERR_RES_EXCEEDED_MAX_SIZE: "failure",
    CERT_HAS_EXPIRED: "failure",
    CERT_NOT_YET_VALID: "failure",
    DEPTH_ZERO_SELF_SIGNED_CERT: "failure",
    SELF_SIGNED_CERT_IN_CHAIN: "failure",
    UNABLE_TO_GET_ISSUER_CERT: "failure",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "failure",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "failure",
    ERR_TLS_CERT_ALTNAME_INVALID: "failure",
    EPROTO: "failure",
    // Our own doing, or our own mistake: says nothing about the upstream.
    ABORT_ERR: "neutral",
    UND_ERR_ABORTED: "neutral",
    UND_ERR_CLOSED: "neutral",
    UND_ERR_DESTROYED: "neutral",
    UND_ERR_INVALID_ARG: "neutral",
    UND_ERR_INVALID_RETURN_VALUE: "neutral",
    UND_ERR_NOT_SUPPORTED: "neutral",
    UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "neutral",
    ERR_INVALID_URL: "neutral",
    ERR_INVALID_ARG_TYPE: "neutral",
    EMFILE: "neutral",
    ENFILE: "neutral",
    ENOMEM: "neutral",
    ENOSPC: "neutral",
    EACCES: "neutral",
    EPERM: "neutral",
};
/** A map, so that a code named like a method of Object finds nothing. */
const OUTCOME_OF_CODE = new Map(Object.entries(CODES));
/** Where the model's own codes deviate from their kind. The kind says who must act; this says what the upstream did. */
const OUTCOME_OF_FAILURE = Object.freeze({
    // A name that does not resolve at the moment is a network that may heal (rule 11: ENOTFOUND, EAI_AGAIN).
    "net.dns": "transient",
    "net.tls": "failure",
    "http.body_too_large": "failure",
    "decode.format": "failure",
    "decode.truncated": "failure",
    "decode.limit": "failure",
    "store.full": "neutral",
    "store.busy": "neutral",
});
function outcomeOfStatus(status) {
    if (TRANSIENT_STATUSES.includes(status))
        return "transient";
    if (status >= 400 && status < 500)
        return "neutral";
    return "failure";
}
function outcomeOfFailure(code, kind) {
    return OUTCOME_OF_FAILURE[code] ?? (kind === "transient" ? "transient" : "neutral");
}
function fieldsOf(value) {
    return typeof value === "object" && value !== null ? value : undefined;
}
function statusOf(thrown) {
    const response = fieldsOf(thrown.response);
    for (const status of [thrown.status, thrown.statusCode, response?.status, response?.statusCode]) {
        if (isStatus(status))
            return status;
    }
    return undefined;
}
function isStatus(value) {
    return Number.isInteger(value) && value >= 100 && value <= 599;
}
function headerOf(headers, name) {
    const fields = fieldsOf(headers);
    if (fields === undefined)
        return undefined;
    const get = fields.get;
    const value = typeof get === "function" ? get.call(headers, name) : valueIn(fields, name);
    if (Array.isArray(value))
        return typeof value[0] === "string" ? value[0] : undefined;
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
/** A header among plain fields in any case of letters, or among raw headers (name and value in turn). */
function valueIn(headers, name) {
    const entries = Array.isArray(headers)
        ? headers.flatMap((entry, at) => (at % 2 === 0 ? [[entry, headers[at + 1]]] : []))
        : Object.entries(headers);
    return entries.find(([key]) => String(key).toLowerCase() === name)?.[1];
}
/** Retry-After in milliseconds from anything that looks like the headers of an answer; never throws. */
export function retryAfterOf(headers, now) {
    try {
        const value = headerOf(headers, "retry-after");
        return value === undefined ? undefined : parseRetryAfter(value, headerOf(headers, "date"), now);
    }
    catch {
        // Headers that throw when they are read ask for nothing.
        return undefined;
    }
}
function verdictOf(thrown, now) {
    let link = fieldsOf(thrown);
    let isBug = false;
    for (let depth = 0; link !== undefined && depth < CAUSES_MAX; depth += 1) {
        if (link instanceof Failure) {
            const outcome = outcomeOfFailure(link.code, link.kind);
            const { status } = link.details;
            return {
                outcome,
                retryAfterMs: link.retryAfterMs,
                status: typeof status === "number" ? status : undefined,
                note: link.code,
            };
        }
        const status = statusOf(link);
        if (status !== undefined && status >= 300) {
            const headers = link.headers ?? fieldsOf(link.response)?.headers;
            return {
                outcome: outcomeOfStatus(status),
                retryAfterMs: retryAfterOf(headers, now),
                status,
                note: `http ${status}`,
            };
        }
        const code = link.code;
        if (typeof code === "string") {
            const outcome = OUTCOME_OF_CODE.get(code) ?? (code.startsWith("HPE_") ? "failure" : undefined);
            if (outcome !== undefined)
                return { outcome, note: code };
        }
        const name = link.name;
        if (name === "TimeoutError")
            return { outcome: "transient", note: "timeout" };
        if (name === "AbortError")
            return { outcome: "neutral", note: "aborted" };
        if (link instanceof SyntaxError)
            return { outcome: "failure", note: "parse error" };
        isBug ||= link instanceof TypeError || link instanceof RangeError || link instanceof ReferenceError;
        const { errors } = link;
        link = fieldsOf(link.cause) ?? (Array.isArray(errors) ? fieldsOf(errors[0]) : undefined);
    }
    return isBug ? { outcome: "neutral", note: "bug" } : { outcome: "transient", note: "unknown" };
}
/**
 * The default classifier (rule 11): total, and knows `Failure`, the codes of Node and undici, HTTP statuses wherever
 * common clients put them, Retry-After, and the causes that errors are wrapped around. What it does not know is
 * transient, and bounded by the retry budget. It never answers `trip`.
 */
export const classifyThrown = (thrown, now) => {
    try {
        return verdictOf(thrown, now);
    }
    catch {
        // A thrown object whose fields throw when they are read: as unknown as any other.
        return { outcome: "transient", note: "unreadable" };
    }
};
/**
 * The classifier of the source and delivery harnesses (rule 5, with `trip`): like the default one, but a `Failure` of
 * kind permanent, and HTTP 401, 403, 404, 407 and 410 open the breaker at once, because only a person can mend them.
 */
export const classifyThrownForHarness = (thrown, now) => {
    if (thrown instanceof Failure) {
        const ours = thrown.code === "closed" || thrown.code === "bug" || thrown.code.startsWith("store.");
        if (thrown.kind === "permanent" && !ours) {
            return { outcome: "trip", retryAfterMs: thrown.retryAfterMs, note: thrown.code };
        }
    }
    const verdict = classifyThrown(thrown, now);
    return [401, 403, 404, 407, 410].includes(verdict.status ?? 0) ? { ...verdict, outcome: "trip" } : verdict;
};
/**
 * A judge for clients that resolve with any status (`fetch`, undici's `request`, `Http` of the runtime): `run` may return
 * the response as it is.
 */
export function createHttpJudge(now) {
    return (value) => {
        const response = fieldsOf(value);
        if (response === undefined)
            return "success";
        const status = statusOf(response);
        if (status === undefined || status < 400)
            return "success";
        return {
            outcome: outcomeOfStatus(status),
            retryAfterMs: retryAfterOf(response.headers, now()),
            status,
            note: `http ${status}`,
        };
    };
}
