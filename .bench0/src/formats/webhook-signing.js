import { createHmac } from "node:crypto";
import { Failure } from "../model/failure.js";
const SECRET_PREFIX = "whsec_";
/** What Standard Webhooks asks of a secret, in bytes. */
const SECRET_MIN_BYTES = 24;
const SECRET_MAX_BYTES = 64;
/**
 * The keys of a sender of webhooks: `secret` or any name that begins with it, each `whsec_` and base64; several during a
 * rotation, also in one value with blanks between. `of` names whose they are in what is said of a wrong one.
 */
export function signingKeys(secrets, of) {
    return Object.entries(secrets)
        .filter(([name]) => name.startsWith("secret"))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([name, value]) => value
        .split(/\s+/)
        .filter(Boolean)
        .map((text) => keyFrom(text, name, of)));
}
/** `webhook-id`, `webhook-timestamp`, and `webhook-signature` where there is a key (Standard Webhooks 1). */
export function webhookHeaders(keys, id, timestampS, body) {
    const named = { "webhook-id": id, "webhook-timestamp": `${timestampS}` };
    if (keys.length === 0)
        return named;
    const signatures = keys.map((key) => `v1,${createHmac("sha256", key).update(`${id}.${timestampS}.${body}`).digest("base64")}`);
    return { ...named, "webhook-signature": signatures.join(" ") };
}
function keyFrom(text, name, of) {
    const encoded = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : undefined;
    const key = encoded !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(encoded)
        ? Buffer.from(encoded, "base64")
        : undefined;
    if (!key || key.byteLength < SECRET_MIN_BYTES || key.byteLength > SECRET_MAX_BYTES) {
        throw new Failure("config.invalid", `The secret "${name}" of ${of} is not "${SECRET_PREFIX}" followed by ${SECRET_MIN_BYTES} to ` +
            `${SECRET_MAX_BYTES} bytes in base64; make one with: echo "${SECRET_PREFIX}$(openssl rand -base64 32)"`);
    }
    return key;
}
