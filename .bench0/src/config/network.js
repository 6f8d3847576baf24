import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { secretOption } from "./secrets.js";
const path = z.string().min(1);
const proxyUrl = z
    .url({
    protocol: /^https?$/,
    error: "a proxy is environment, none, a URL such as http://proxy:3128, or a secret",
})
    .refine((url) => !URL.canParse(url) || new URL(url).password === "", {
    message: "a password may not stand in this file: write proxy: { env: NAME }, and the whole URL into that variable",
});
/** How requests leave: for all, or for one upstream or sink, whose own options win one by one. */
export const networkBlock = z
    .strictObject({
    proxy: z
        .union([z.enum(["environment", "none"]), secretOption, proxyUrl])
        .optional()
        .describe("environment: HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold. none: straight. Else the URL of the proxy, or { env: NAME } where it has a password. Default: environment."),
    ca: z
        .union([path, z.array(path).min(1)])
        .optional()
        .describe("PEM files with authorities to trust beside those of the platform."),
    clientCertificate: z
        .strictObject({
        certificate: path.describe("PEM file with the certificate and what lies between it and its authority."),
        key: secretOption.describe("Its private key, PEM."),
        passphrase: secretOption.optional().describe("What the key is locked with."),
    })
        .optional()
        .describe("What this hub shows where upstream asks who it is."),
})
    .meta({
    id: "network",
    description: "How requests leave this machine: proxy, authorities, client certificate.",
});
export const tlsBlock = z
    .strictObject({
    certificate: path.describe("PEM file with the certificate and what lies between it and its authority."),
    key: secretOption.describe("Its private key, PEM. A renewed certificate and key are taken up within a minute."),
})
    .describe("Serve https instead of http.");
/** The network of one part: what the part says, else what is said for all. Values arrive with the secrets. */
export function resolveNetwork(own, ownPath, all, absolute, uses) {
    if (own === undefined && all === undefined)
        return undefined;
    const network = {};
    const from = (option) => ({
        value: own?.[option] ?? all?.[option],
        at: own?.[option] === undefined ? ["network", option] : [...ownPath, option],
    });
    const proxy = from("proxy");
    if (typeof proxy.value === "object") {
        uses({
            path: proxy.at,
            from: located(proxy.value, absolute),
            check: (text) => URL.canParse(text) ? undefined : "is not the URL of a proxy, such as http://user:pass@proxy:3128",
            give: (url) => {
                network.proxy = { url };
            },
        });
    }
    else if (proxy.value !== undefined) {
        const named = proxy.value === "environment" || proxy.value === "none";
        network.proxy = named ? proxy.value : { url: proxy.value };
    }
    const ca = from("ca");
    if (ca.value !== undefined) {
        const authorities = [];
        network.certificateAuthorities = authorities;
        for (const file of typeof ca.value === "string" ? [ca.value] : ca.value)
            uses(certificateUse(ca.at, absolute(file), (pem) => authorities.push(pem)));
    }
    const client = from("clientCertificate");
    if (client.value !== undefined) {
        const shown = { certificate: "", key: "" };
        network.clientCertificate = shown;
        const { certificate, key, passphrase } = client.value;
        uses(certificateUse([...client.at, "certificate"], absolute(certificate), (pem) => (shown.certificate = pem)));
        uses(keyUse([...client.at, "key"], located(key, absolute), (pem) => (shown.key = pem)));
        if (passphrase) {
            const at = [...client.at, "passphrase"];
            uses({ path: at, from: located(passphrase, absolute), give: (text) => (shown.passphrase = text) });
        }
    }
    return network;
}
/** A listener with the texts of its certificate and key, which arrive with the secrets. */
export function resolveListener({ host, port, tls }, at, absolute, uses) {
    if (tls === undefined)
        return { host, port };
    const served = {
        certificateFile: absolute(tls.certificate),
        keyFile: tls.key.file === undefined ? undefined : absolute(tls.key.file),
        certificate: "",
        key: "",
    };
    uses(certificateUse([...at, "tls", "certificate"], served.certificateFile, (pem) => (served.certificate = pem)));
    uses(keyUse([...at, "tls", "key"], located(tls.key, absolute), (pem) => (served.key = pem)));
    return { host, port, tls: served };
}
function located(from, absolute) {
    return { env: from.env, file: from.file === undefined ? undefined : absolute(from.file) };
}
/** A bundle of a large authority has a megabyte. */
const CERTIFICATES_BYTES_MAX = 4 * 1024 * 1024;
function certificateUse(at, file, give) {
    return {
        path: at,
        from: { file },
        bytesMax: CERTIFICATES_BYTES_MAX,
        what: "certificate",
        check: notCertificates,
        give,
    };
}
function keyUse(at, from, give) {
    const check = (text) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
        ? undefined
        : "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)";
    return { path: at, from, what: "private key", check, give };
}
/** Says why a text is no list of certificates in PEM form. */
function notCertificates(text) {
    const begin = "-----BEGIN CERTIFICATE-----";
    if (!text.includes(begin))
        return "holds no certificate in PEM form; convert one with: openssl x509 -inform der -out FILE.pem";
    try {
        new X509Certificate(text);
        return undefined;
    }
    catch {
        return "holds a certificate that cannot be read; is it cut off?";
    }
}
