import { createHash, createHmac, timingSafeEqual } from "node:crypto";
/**
 * Why the request is not accepted, in words that may be sent to anybody; undefined when it is. Several secrets let an
 * old and a new one work side by side while a sender changes over. Compares in constant time.
 */
export function refusalOf(request, authentication, secrets, now) {
    const { headers, body } = request;
    switch (authentication.kind) {
        case "none":
            return undefined;
        case "bearer": {
            const [, token] = /^Bearer +(\S+) *$/i.exec(headers["authorization"] ?? "") ?? [];
            if (token === undefined)
                return "The header Authorization must be: Bearer TOKEN.";
            return secrets.some((secret) => isSame(token, secret)) ? undefined : "The token is not known.";
        }
        case "header": {
            const key = headers[authentication.header];
            if (key === undefined)
                return `The header ${authentication.header} with the key is missing.`;
            return secrets.some((secret) => isSame(key, secret)) ? undefined : "The key is not known.";
        }
        case "hmac-sha256": {
            const signature = headers[authentication.header]?.trim().toLowerCase();
            if (signature === undefined)
                return `The header ${authentication.header} with the signature is missing.`;
            const hex = signature.startsWith("sha256=") ? signature.slice(7) : signature;
            const fits = (secret) => isSame(hex, createHmac("sha256", secret).update(body).digest("hex"));
            return secrets.some(fits) ? undefined : "The signature does not fit the body.";
        }
        case "standard-webhooks":
            return webhookRefusal(request, authentication.toleranceMs, secrets, now);
    }
}
function webhookRefusal({ headers, body }, toleranceMs, secrets, now) {
    const id = headers["webhook-id"];
    const timestamp = headers["webhook-timestamp"];
    const signatures = headers["webhook-signature"];
    if (id === undefined || timestamp === undefined || signatures === undefined) {
        return "The headers webhook-id, webhook-timestamp and webhook-signature are needed.";
    }
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) * 1000 - now) > toleranceMs) {
        return "The webhook-timestamp is too far from the present; check the sender's clock.";
    }
    const given = signatures
        .split(" ")
        .filter((signature) => signature.startsWith("v1,"))
        .slice(0, 8);
    const fits = (secret) => {
        const hmac = createHmac("sha256", webhookKey(secret)).update(`${id}.${timestamp}.`).update(body);
        const expected = `v1,${hmac.digest("base64")}`;
        return given.some((signature) => isSame(signature, expected));
    };
    return secrets.some(fits) ? undefined : "The webhook-signature does not fit.";
}
/** `whsec_` and base64, as the standard writes secrets; anything else is taken as it is. */
function webhookKey(secret) {
    return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
}
/** Digests have one length, so that neither content nor length of a secret can be measured. */
function isSame(given, expected) {
    const digest = (text) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(given), digest(expected));
}
