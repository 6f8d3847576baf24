import { createHash, timingSafeEqual } from "node:crypto";
import { problem } from "../runtime/endpoint.js";
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];
/**
 * Who may use the admin listener. On loopback the Host header must name loopback, so that a web page whose name was
 * re-pointed to 127.0.0.1 cannot reach it through somebody's browser. Where a token is configured, every request
 * carries it; where the address is not loopback, the configuration insists on one. Browsers send what a page of another
 * origin posts without asking, and name the page: those are refused, because here a POST opens breakers.
 */
export function adminGuard(admin) {
    const loopback = admin.host === "localhost" || admin.host === "::1" || admin.host.startsWith("127.");
    const scheme = admin.tls ? "https" : "http";
    return (headers) => {
        const host = (headers["host"] ?? "").replace(/:\d+$/, "").toLowerCase();
        if (loopback && !LOOPBACK_NAMES.includes(host) && host !== admin.host) {
            const detail = "The admin listener is open to this machine only; call it by http://localhost.";
            return problem(421, "Misdirected request", detail);
        }
        const { origin } = headers;
        if (origin !== undefined && origin !== `${scheme}://${headers["host"]}`) {
            return problem(403, "Forbidden", "Pages of another origin may not use the admin listener.");
        }
        if (admin.token === undefined || sameSecret(bearer(headers["authorization"]), admin.token))
            return undefined;
        const detail = "Send the configured token: Authorization: Bearer TOKEN.";
        return problem(401, "Unauthorized", detail, { headers: { "www-authenticate": 'Bearer realm="admin"' } });
    };
}
function bearer(header) {
    return /^Bearer +(\S+)$/i.exec(header ?? "")?.[1] ?? "";
}
/** Compares digests, so that neither the length nor the beginning of the secret shows in the time that it takes. */
export function sameSecret(given, secret) {
    return timingSafeEqual(digest(given), digest(secret));
}
function digest(text) {
    return createHash("sha256").update(text).digest();
}
