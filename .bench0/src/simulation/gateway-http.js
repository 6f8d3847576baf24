import { gunzipSync } from "node:zlib";
import { Failure } from "../model/failure.js";
import { sleep } from "../runtime/runtime.js";
const TIMEOUT_MS = 10_000;
const BODY_MAX_BYTES = 32 * 1024 * 1024;
const ROUND_TRIP_MS = 40;
/**
 * HTTP to simulated servers by their host names, in virtual time: the same answers, failures and time-outs as over
 * sockets. Everything stays in the microtask queue and the given clock. Unknown hosts do not resolve.
 */
export function createWireHttp(hosts, clock) {
    return {
        async request(request) {
            if (request.signal?.aborted)
                throw request.signal.reason;
            const url = new URL(request.url);
            const handler = Object.hasOwn(hosts, url.host) ? hosts[url.host] : undefined;
            if (handler === undefined)
                throw new Failure("net.dns", `${url.host} is no host of this simulation`);
            await sleep(clock, ROUND_TRIP_MS, request.signal);
            if (handler.accepts?.() === false)
                throw new Failure("net.refused", `${url.host} refused the connection`);
            const answer = handler.handle(wireRequest(request, url));
            return receive(answer, request, url.host, clock);
        },
    };
}
function wireRequest(request, url) {
    const headers = { host: url.host, "accept-encoding": "gzip, deflate, br" };
    for (const [name, value] of Object.entries(request.headers ?? {}))
        headers[name.toLowerCase()] = value;
    return {
        method: request.method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers,
        body: typeof request.body === "string" ? Buffer.from(request.body) : (request.body ?? new Uint8Array()),
    };
}
async function receive(answer, request, host, clock) {
    const { signal } = request;
    const headersTimeoutMs = request.headersTimeoutMs ?? TIMEOUT_MS;
    const delayMs = answer.kind === "hang" ? Number.POSITIVE_INFINITY : (answer.delayMs ?? 0);
    await waitOrTimeout(delayMs, headersTimeoutMs, host, clock, signal);
    if (answer.kind !== "answer")
        throw new Failure("net.reset", `${host} broke off before it answered`);
    const wire = typeof answer.body === "string" ? Buffer.from(answer.body) : (answer.body ?? new Uint8Array());
    const isBodiless = request.method === "HEAD" || answer.status === 304 || answer.status === 204;
    const sent = isBodiless ? new Uint8Array() : wire.subarray(0, answer.cutAfterBytes ?? wire.length);
    if (answer.pace !== undefined) {
        const pieces = Math.max(0, Math.ceil(sent.length / Math.max(1, answer.pace.pieceBytes)) - 1);
        for (let piece = 0; piece < pieces; piece++) {
            await waitOrTimeout(answer.pace.everyMs, request.bodyTimeoutMs ?? TIMEOUT_MS, host, clock, signal);
        }
    }
    if (answer.cutAfterBytes !== undefined && answer.cutAfterBytes < wire.length) {
        throw new Failure("net.reset", `${host} broke off before the answer was complete`);
    }
    const headers = { "content-length": String(wire.length) };
    for (const [name, value] of Object.entries(answer.headers ?? {}))
        headers[name.toLowerCase()] = value;
    const body = unpacked(sent, headers["content-encoding"], request.bodyMaxBytes ?? BODY_MAX_BYTES, host);
    return { status: answer.status, headers, body, wireBytes: sent.length };
}
async function waitOrTimeout(delayMs, timeoutMs, host, clock, signal) {
    if (delayMs > 0)
        await sleep(clock, Math.min(delayMs, timeoutMs), signal);
    if (delayMs > timeoutMs)
        throw new Failure("net.timeout", `${host} did not answer in time`);
}
function unpacked(sent, coding, bytesMax, host) {
    const tooLarge = () => new Failure("http.body_too_large", `${host} sent more than ${bytesMax} bytes`);
    if (sent.length > bytesMax)
        throw tooLarge();
    if (coding !== "gzip" || sent.length === 0)
        return sent;
    try {
        return gunzipSync(sent, { maxOutputLength: bytesMax });
    }
    catch (thrown) {
        if (thrown.code === "ERR_BUFFER_TOO_LARGE")
            throw tooLarge();
        throw new Failure("upstream.not_valid", `${host} sent what is not gzip`, { cause: thrown });
    }
}
