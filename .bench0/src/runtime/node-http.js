import { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { request as undiciRequest } from "undici";
import { Failure, messageOf } from "../model/failure.js";
import { refusePrivateHost } from "./node-addresses.js";
import { Connections } from "./node-network.js";
const TIMEOUT_MS = 10_000;
const BODY_MAX_BYTES = 32 * 1024 * 1024;
/** A body that is compressed more often than this is an attack on whoever unpacks it. */
const CODINGS_MAX = 2;
/** What may follow a redirect to another host: everything else can carry a key. */
const HARMLESS_HEADERS = new Set([
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "user-agent",
    "if-none-match",
    "if-modified-since",
]);
/** HTTP over the platform's sockets, through undici. Names only the host in errors: paths and queries hold keys. */
export function createNodeHttp(network = {}) {
    const open = new Set();
    let closed = false;
    const over = (connections) => ({
        async request(request) {
            if (request.signal?.aborted)
                throw request.signal.reason;
            if (closed)
                throw new Failure("closed", "The runtime was closed; no request can be sent");
            return follow(request, async (hop) => {
                const { connectTimeoutMs = TIMEOUT_MS, publicOnly = false } = hop;
                if (publicOnly && URL.canParse(hop.url))
                    refusePrivateHost(new URL(hop.url));
                return exchange(hop, connections.pool(connectTimeoutMs, publicOnly));
            });
        },
        through: (another) => over(opened(another)),
    });
    function opened(another) {
        const connections = new Connections(another);
        open.add(connections);
        return connections;
    }
    return {
        ...over(opened(network)),
        async close() {
            closed = true;
            await Promise.all([...open].map((connections) => connections.close()));
        },
    };
}
/** Follows redirects as far as the request allows. Credentials never go to another host, or from https to http. */
async function follow(request, send) {
    const redirectsMax = request.redirectsMax ?? 0;
    let hop = request;
    let wireBytes = 0;
    for (let followed = 0;; followed++) {
        const response = await send(hop);
        wireBytes += response.wireBytes;
        const location = response.headers["location"];
        if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) {
            return { ...response, wireBytes };
        }
        const from = hostOf(hop.url);
        const target = URL.canParse(location, hop.url) ? new URL(location, hop.url) : undefined;
        if (target === undefined || followed >= redirectsMax) {
            const to = target === undefined ? "a place that is no URL" : target.origin;
            throw new Failure("http.redirect", `${from} answered ${response.status} and points to ${to}; ` +
                (redirectsMax === 0 ? "redirects are not followed" : `only ${redirectsMax} are followed`) +
                "; set the URL to where the data is now", { details: { status: response.status } });
        }
        if (hop.url.startsWith("https:") && target.protocol !== "https:") {
            throw new Failure("http.redirect", `${from} redirects from https to ${target.origin}; that is refused`);
        }
        hop = redirected(hop, target, response.status);
    }
}
function redirected(hop, target, status) {
    const sameOrigin = new URL(hop.url).origin === target.origin;
    const toGet = (status === 303 && hop.method !== "HEAD") || (hop.method === "POST" && status < 307);
    const headers = {};
    for (const [name, value] of Object.entries(hop.headers ?? {})) {
        const lower = name.toLowerCase();
        if (!sameOrigin && !HARMLESS_HEADERS.has(lower))
            continue;
        if (toGet && lower.startsWith("content-"))
            continue;
        headers[name] = value;
    }
    const { body, ...rest } = hop;
    const next = { ...rest, url: target.href, headers };
    if (toGet)
        return { ...next, method: "GET" };
    return body === undefined ? next : { ...next, body };
}
/** One request on the wire. Settles at once when the caller aborts, although undici still waits for the connection. */
async function exchange(request, dispatcher) {
    const { signal } = request;
    const work = exchangeUntilDone(request, dispatcher).catch((thrown) => {
        throw signal?.aborted ? signal.reason : failureOf(thrown, request.url);
    });
    if (signal === undefined)
        return work;
    let onAbort = () => { };
    const aborted = new Promise((_, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
        return await Promise.race([work, aborted]);
    }
    finally {
        signal.removeEventListener("abort", onAbort);
    }
}
async function exchangeUntilDone(request, dispatcher) {
    const bodyMaxBytes = request.bodyMaxBytes ?? BODY_MAX_BYTES;
    const { url, headers } = prepared(request);
    const response = await undiciRequest(url, {
        dispatcher,
        method: request.method,
        headers,
        body: request.body ?? null,
        signal: request.signal ?? null,
        headersTimeout: request.headersTimeoutMs ?? TIMEOUT_MS,
        bodyTimeout: request.bodyTimeoutMs ?? TIMEOUT_MS,
    });
    const responseHeaders = flatHeaders(response.headers);
    const declared = Number(responseHeaders["content-length"] ?? 0);
    if (request.method !== "HEAD" && declared > bodyMaxBytes) {
        // Reading on would only fill memory; destroying the body closes the connection.
        response.body.on("error", () => undefined).destroy();
        throw tooLarge(request.url, bodyMaxBytes, `announces ${declared} bytes`);
    }
    const { body, wireBytes } = await readBody(response.body, {
        coding: request.method === "HEAD" ? "" : (responseHeaders["content-encoding"] ?? ""),
        bodyMaxBytes,
        url: request.url,
        bodyTo: response.statusCode === 200 ? request.bodyTo : undefined,
    });
    return { status: response.statusCode, headers: responseHeaders, body, wireBytes };
}
/** User and password in the URL become a header, as every browser does it; undici ignores them. */
function prepared(request) {
    if (!URL.canParse(request.url))
        throw new Failure("config.invalid", "The address is not an absolute URL");
    const url = new URL(request.url);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw new Failure("config.invalid", `The address begins with ${url.protocol}; http: or https: is needed`);
    }
    const headers = {};
    for (const [name, value] of Object.entries(request.headers ?? {}))
        headers[name.toLowerCase()] = value;
    headers["accept-encoding"] ??= "gzip, deflate, br";
    if (url.username !== "" || url.password !== "") {
        const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
        headers["authorization"] ??= `Basic ${Buffer.from(pair).toString("base64")}`;
        url.username = "";
        url.password = "";
    }
    return { url, headers };
}
function flatHeaders(headers) {
    const flat = {};
    for (const [name, value] of Object.entries(headers)) {
        if (value !== undefined)
            flat[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    return flat;
}
/** Reads and decompresses piece by piece, so that a bomb is stopped at the limit and not after it. */
async function readBody(source, limits) {
    const { bodyMaxBytes, url } = limits;
    const chunks = [];
    let bytes = 0;
    let wireBytes = 0;
    async function* counted() {
        for await (const chunk of source) {
            wireBytes += chunk.length;
            if (wireBytes > bodyMaxBytes)
                throw tooLarge(url, bodyMaxBytes, "sends more on the wire");
            yield chunk;
        }
    }
    const codings = limits.coding
        .toLowerCase()
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && name !== "identity");
    try {
        if (codings.length > CODINGS_MAX) {
            throw new Failure("upstream.not_valid", `${hostOf(url)} packed its body ${codings.length} times over`);
        }
        let stream = counted();
        for (const coding of codings.reverse())
            stream = unpacked(stream, coding, url);
        for await (const chunk of stream) {
            bytes += chunk.length;
            if (bytes > bodyMaxBytes)
                throw tooLarge(url, bodyMaxBytes, "unpacks to more");
            if (limits.bodyTo === undefined)
                chunks.push(chunk);
            else
                await limits.bodyTo(chunk);
        }
    }
    finally {
        // After a failure somebody further up may still wait for data: the connection has to end here and now.
        source.on("error", () => undefined).destroy();
    }
    const [only] = chunks;
    return { body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks), wireBytes };
}
async function* unpacked(stream, coding, url) {
    const iterator = stream[Symbol.asyncIterator]();
    const first = await iterator.next();
    // An answer without a body (204, 304, an empty page) may state a coding all the same.
    if (first.done)
        return;
    async function* whole() {
        yield first.value;
        yield* { [Symbol.asyncIterator]: () => iterator };
    }
    const through = decompressor(coding, first.value, url);
    const packed = Readable.from(whole(), { objectMode: false });
    packed.on("error", (error) => through.destroy(error));
    try {
        for await (const chunk of packed.pipe(through))
            yield chunk;
    }
    finally {
        packed.destroy();
    }
}
function decompressor(coding, first, url) {
    if (coding === "gzip" || coding === "x-gzip")
        return createGunzip();
    if (coding === "br")
        return createBrotliDecompress();
    // RFC 9110 means zlib by "deflate", but many servers send it bare: the header's checksum tells.
    if (coding === "deflate") {
        const wrapped = first.length < 2 || first.readUInt16BE(0) % 31 === 0;
        return wrapped && ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    }
    throw new Failure("upstream.not_valid", `${hostOf(url)} packed its body as "${coding.slice(0, 40)}", which was not asked for and cannot be unpacked`);
}
function tooLarge(url, bodyMaxBytes, what) {
    return new Failure("http.body_too_large", `The body from ${hostOf(url)} ${what}, where ${bodyMaxBytes} bytes are allowed. ` +
        "if that is a normal size for this feed, raise its body limit", { details: { bodyMaxBytes } });
}
/** Host and port: what may be shown of an address. */
function hostOf(url) {
    return URL.canParse(url) ? new URL(url).host : "the given address";
}
const CODES = {
    ECONNREFUSED: "net.refused",
    ECONNRESET: "net.reset",
    ECONNABORTED: "net.reset",
    EPIPE: "net.reset",
    UND_ERR_SOCKET: "net.reset",
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "net.reset",
    UND_ERR_HEADERS_OVERFLOW: "net.reset",
    UND_ERR_CLOSED: "net.reset",
    UND_ERR_DESTROYED: "net.reset",
    ETIMEDOUT: "net.timeout",
    ESOCKETTIMEDOUT: "net.timeout",
    UND_ERR_CONNECT_TIMEOUT: "net.timeout",
    UND_ERR_HEADERS_TIMEOUT: "net.timeout",
    UND_ERR_BODY_TIMEOUT: "net.timeout",
    ENETUNREACH: "net.unreachable",
    EHOSTUNREACH: "net.unreachable",
    EHOSTDOWN: "net.unreachable",
    ENETDOWN: "net.unreachable",
    EADDRNOTAVAIL: "net.unreachable",
    // The resolver could not be asked: that passes. A name that does not exist (ENOTFOUND) needs a person.
    EAI_AGAIN: "net.unreachable",
    UND_ERR_ABORTED: "net.unreachable",
    ENOTFOUND: "net.dns",
    EAI_FAIL: "net.dns",
    EAI_NODATA: "net.dns",
    EPROTO: "net.tls",
    UND_ERR_PRX_TLS: "net.tls",
    UND_ERR_INVALID_ARG: "config.invalid",
    ERR_INVALID_CHAR: "config.invalid",
};
const MEANINGS = {
    "net.refused": "refused the connection",
    "net.reset": "broke off before the answer was complete",
    "net.timeout": "did not answer in time",
    "net.unreachable": "cannot be reached from here",
    "net.dns": "cannot be found: this machine has no network, or the host in the URL is wrong",
    "net.tls": "could not be trusted (TLS); check its certificate, the trusted authorities, and http against https",
    "config.invalid": "cannot be asked: a header or the address has a character that HTTP does not allow",
    "upstream.not_valid": "sent a body that is not packed as its content-encoding says",
};
/** What is wrong with a certificate, in words that somebody without a course in TLS can act on. */
const UNKNOWN_AUTHORITY = "shows a certificate of an authority that this machine does not know. Where a proxy of your network opens TLS, or the " +
    "host has a private authority, get the authority's certificate (PEM) and name it in network: { ca: FILE }";
const CERTIFICATES = {
    UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
    SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
    DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
    CERT_HAS_EXPIRED: "shows a certificate that has expired; who runs it must renew it, or this machine's clock is wrong",
    CERT_NOT_YET_VALID: "shows a certificate that is not valid yet; is this machine's clock right?",
    ERR_TLS_CERT_ALTNAME_INVALID: "shows a certificate for another name; use the name that the certificate is for",
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "wants a client certificate: name one in network: { clientCertificate: { certificate: FILE, key: { file: FILE } } }",
};
/** What undici, Node or zlib threw, as a `Failure`. Unknown codes count as a broken connection: bounded retries. */
export function failureOf(thrown, url) {
    if (thrown instanceof Failure)
        return thrown;
    const raw = rawCodeOf(thrown);
    const code = CODES[raw] ?? codeByFamily(raw);
    const refusedTunnel = /^Proxy response \((\d{3})\)/.exec(messageOf(thrown))?.[1];
    if (refusedTunnel !== undefined)
        return proxyRefusal(refusedTunnel, url, thrown);
    const meaning = CERTIFICATES[raw] ?? MEANINGS[code] ?? "failed";
    return new Failure(code, `${hostOf(url)} ${meaning} (${raw || messageOf(thrown)})`, {
        cause: thrown,
        details: { host: hostOf(url), ...(raw === "" ? {} : { errno: raw }) },
    });
}
function proxyRefusal(status, url, cause) {
    const why = status === "407"
        ? "it wants a user and a password: put them into the proxy's URL, from the environment or a file"
        : "its rules may forbid this host";
    return new Failure("net.unreachable", `The proxy refused the way to ${hostOf(url)} (${status}): ${why}`, {
        cause,
        details: { host: hostOf(url), proxyStatus: Number(status) },
    });
}
function codeByFamily(raw) {
    if (raw === "Z_BUF_ERROR")
        return "net.reset";
    if (raw.startsWith("Z_") || raw.startsWith("ERR_BROTLI") || raw.startsWith("ERR__ERROR_FORMAT")) {
        return "upstream.not_valid";
    }
    return /CERT|SSL|TLS|UNABLE_TO_|HOSTNAME|CRL|_CHAIN/.test(raw) ? "net.tls" : "net.reset";
}
function rawCodeOf(thrown) {
    let current = thrown;
    // Errors of several attempts (IPv6, then IPv4) come in one; a cause says more than what wraps it.
    for (let depth = 0; depth < 4 && typeof current === "object" && current !== null; depth++) {
        const { code, errors, cause } = current;
        if (typeof code === "string" && code !== "UND_ERR")
            return code;
        current = Array.isArray(errors) ? errors[0] : cause;
    }
    return "";
}
