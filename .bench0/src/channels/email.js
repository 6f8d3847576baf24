import { createHash } from "node:crypto";
import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { sendMail } from "../runtime/node-smtp.js";
import { plainText } from "./plain-text.js";
import { POST_OPTIONS } from "./post-json.js";
const ADDRESS = /^[^\s<>,;"]+@[^\s<>,;"]+$/;
const address = z.string().max(254).regex(ADDRESS, "an address looks like desk@agency.example");
const options = z.strictObject({
    host: z.string().min(1).describe("The server that takes mail from us (SMTP)."),
    port: z
        .int()
        .min(1)
        .max(65_535)
        .default(587)
        .describe("587 for starttls, 465 for tls, 25 within a network."),
    security: z
        .enum(["starttls", "tls", "none"])
        .default("starttls")
        .describe("starttls: plain at first, then TLS, or nothing is sent. tls: from the first byte. none: never."),
    username: z.string().min(1).optional().describe("The password is a secret: password: { env: NAME }."),
    from: address.describe("Whom it comes from."),
    to: z.union([address, z.array(address).min(1).max(50)]).describe("Whom it goes to, one or several."),
    allowPrivateAddresses: POST_OPTIONS.allowPrivateAddresses.describe("Whether the server may be in this network, as a relay of one's own is: refused otherwise."),
    timeout: durationOption({ minMs: 1000, maxMs: 120_000 })
        .prefault("30s")
        .describe("How long one attempt may take."),
});
/**
 * Sends plain text by SMTP. The message's id is its Message-ID, and all that is said of one alert is one thread. Secret:
 * `password`.
 */
export const definition = Object.freeze({
    type: "email",
    summary: "Sends e-mail by SMTP.",
    options,
    create: (chosen, context) => {
        const { host, port, security, username, from, to, timeout, allowPrivateAddresses } = chosen;
        const server = {
            host,
            port,
            security,
            username,
            password: context.secrets["password"],
            certificateAuthorities: context.network?.certificateAuthorities,
            publicOnly: !allowPrivateAddresses,
            timeoutMs: timeout,
        };
        const domain = from.split("@").at(-1) ?? host;
        return {
            timeoutMs: timeout,
            send: (message, signal) => sendMail(server, {
                from,
                to: typeof to === "string" ? [to] : to,
                subject: `[Wayside] ${message.title}`,
                text: `${plainText(message)}\n`,
                headers: headersOf(message, domain),
                time: message.time,
            }, signal),
        };
    },
});
function headersOf(message, domain) {
    const idOf = (text) => `<${createHash("sha256").update(text).digest("hex").slice(0, 40)}@${domain}>`;
    const [first] = message.stories;
    return {
        "Message-ID": idOf(message.id),
        ...(first !== undefined && { References: idOf(`thread ${first.key}`) }),
        // RFC 3834: no holiday replies to a machine.
        "Auto-Submitted": "auto-generated",
        ...(message.severity === "page" && message.kind !== "resolved" && { Importance: "high" }),
    };
}
