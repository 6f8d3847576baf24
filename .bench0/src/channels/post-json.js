import { z } from "zod";
import { retryAfterMs } from "../formats/http-date.js";
import { durationOption } from "../formats/quantities.js";
import { Failure, messageOf } from "../model/failure.js";
/** Of what a receiver answers. It has little to say. */
const ANSWER_MAX_BYTES = 64 * 1024;
const SHOWN_MAX = 200;
const TRANSIENT = [408, 425, 429];
/** Options that every channel has which posts to a URL. */
export const POST_OPTIONS = {
    allowPrivateAddresses: z
        .boolean()
        .default(false)
        .describe("Whether the receiver may be in this network: loopback, private and link-local addresses are refused otherwise."),
    timeout: durationOption({ minMs: 1000, maxMs: 120_000 })
        .prefault("15s")
        .describe("How long one attempt may take."),
};
/** Posts JSON once, and says what was answered. Names the host only: the rest of such a URL is often its key. */
export async function postJson(context, post, signal) {
    const { http, clock } = context.runtime;
    const { url, body, headers, timeoutMs, allowPrivateAddresses } = post;
    const host = new URL(url).host;
    let response;
    try {
        response = await http.request({
            method: "POST",
            url,
            headers: { ...headers, "content-type": "application/json", "user-agent": "wayside" },
            body,
            signal,
            connectTimeoutMs: timeoutMs,
            headersTimeoutMs: timeoutMs,
            bodyTimeoutMs: timeoutMs,
            bodyMaxBytes: ANSWER_MAX_BYTES,
            redirectsMax: 0,
            publicOnly: !allowPrivateAddresses,
        });
    }
    catch (thrown) {
        if (signal.aborted || thrown instanceof Failure)
            throw thrown;
        throw new Failure("net.reset", `Sending to ${host} failed: ${messageOf(thrown)}`, { cause: thrown });
    }
    const { status } = response;
    const said = `${host} answered ${status}${shown(response.body)}`;
    if (status >= 200 && status < 300)
        return said;
    if (TRANSIENT.includes(status) || status >= 500) {
        const wait = retryAfterMs(response.headers, clock.now());
        const more = wait === undefined ? {} : { retryAfterMs: wait };
        throw new Failure("http.transient", said, { details: { status }, ...more });
    }
    throw new Failure(codeOf(status), `${said}; ${mendOf(status, context.name)}`, { details: { status } });
}
/** The URL that stands in a secret, because whoever knows it can post there. */
export function secretUrl({ name, secrets }) {
    const { url } = secrets;
    if (url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
        return url;
    const wrong = url === undefined ? "has no url" : "has a url that is none (http or https is needed)";
    throw new Failure("config.invalid", `Channel ${name} ${wrong}; whoever knows it can post there, so write it as url: { env: NAME } or { file: PATH }`);
}
/** The beginning, where the whole would not be taken. */
export function cut(text, lengthMax) {
    return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 2)} …`;
}
function codeOf(status) {
    if (status >= 300 && status < 400)
        return "http.redirect";
    if (status === 401 || status === 403)
        return "http.unauthorized";
    return status === 404 || status === 405 || status === 410 ? "http.not_found" : "http.rejected";
}
function mendOf(status, name) {
    if (status >= 300 && status < 400)
        return "redirects are refused, so write the final URL";
    if (status === 401 || status === 403)
        return `check the secrets of channel ${name}`;
    return status === 404 || status === 405 || status === 410
        ? `check the URL of channel ${name}`
        : "ask its owner why";
}
/** One line of printable characters for the person who reads it. */
function shown(body) {
    const text = new TextDecoder()
        .decode(body.subarray(0, SHOWN_MAX * 4))
        .replace(/[\p{C}\s]+/gu, " ")
        .trim();
    return text === "" ? "" : ` (${text.slice(0, SHOWN_MAX)})`;
}
