import { connect } from "node:net";
import { createTransport } from "nodemailer";
import { Failure, messageOf } from "../model/failure.js";
import { lookupPublic, refusePrivateHost } from "./node-addresses.js";
import { trusted } from "./node-network.js";
import { placeText, socketFailure } from "./node-tcp.js";
const SAID_MAX = 200;
/**
 * Sends one mail over a connection of its own. Resolves with what the server answered; rejects with a `Failure`, transient for
 * what the server says is so (4xx), or with the signal's reason. Nothing is left open.
 */
export async function sendMail(server, mail, signal) {
    signal.throwIfAborted();
    const { host, port, security, username, password, timeoutMs, publicOnly } = server;
    const place = placeText(host, port);
    const authority = host.includes(":") ? `[${host}]` : host;
    if (publicOnly)
        refusePrivateHost(new URL(`http://${authority}:${port}/`));
    const ca = trusted(server.certificateAuthorities);
    const socket = await connected(server, place, signal);
    const transport = createTransport({
        host,
        port,
        connection: socket,
        secure: security === "tls",
        requireTLS: security === "starttls",
        ignoreTLS: security === "none",
        ...(username !== undefined && { auth: { user: username, pass: password ?? "" } }),
        tls: { ...(ca && { ca }), minVersion: "TLSv1.2" },
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        socketCloseTimeout: 0,
        maxResponseSize: 64 * 1024,
        disableFileAccess: true,
        disableUrlAccess: true,
    });
    const end = () => socket.destroy();
    signal.addEventListener("abort", end, { once: true });
    try {
        const { headers, time, to, ...rest } = mail;
        const sent = await transport.sendMail({
            ...rest,
            to: [...to],
            headers: { ...headers },
            date: new Date(time),
        });
        const refused = sent.rejected.length === 0 ? "" : `; it refused ${sent.rejected.length} of ${to.length} addresses`;
        return `${place} answered ${shown(sent.response)}${refused}`;
    }
    catch (thrown) {
        if (signal.aborted)
            throw signal.reason;
        throw failureOf(thrown, place);
    }
    finally {
        signal.removeEventListener("abort", end);
        transport.close();
        socket.destroy();
    }
}
/** The connection is made here, so that private addresses are refused where the socket takes its address from. */
async function connected({ host, port, publicOnly, timeoutMs }, place, signal) {
    const socket = connect({ host, port, ...(publicOnly && { lookup: lookupPublic }) });
    const end = () => socket.destroy(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
        await new Promise((resolve, reject) => {
            socket.setTimeout(timeoutMs, () => reject(new Failure("net.timeout", `${place} did not answer in time`)));
            socket.once("error", reject);
            socket.once("connect", resolve);
        });
    }
    catch (thrown) {
        socket.on("error", () => undefined).destroy();
        if (signal.aborted)
            throw signal.reason;
        throw thrown instanceof Failure ? thrown : socketFailure(thrown, place);
    }
    finally {
        signal.removeEventListener("abort", end);
    }
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    socket.removeAllListeners("error");
    return socket;
}
/** `responseCode` is what the server said; `code` is the library's word for where it failed. */
function failureOf(thrown, place) {
    const { code, responseCode, response } = thrown;
    const options = { cause: thrown };
    if (code === "ETLS" ||
        (responseCode === undefined && /certificate|STARTTLS|SSL|TLS/i.test(messageOf(thrown))))
        return new Failure("net.tls", `No safe connection to ${place}: ${shown(messageOf(thrown))}`, options);
    if (responseCode !== undefined) {
        const said = `${place} answered ${shown(response ?? String(responseCode))}`;
        if (responseCode < 500)
            return new Failure("sink.unavailable", said, options);
        const mend = code === "EAUTH" ? "check username and password" : "check the addresses, or ask its owner why";
        return new Failure("sink.refused", `${said}; ${mend}`, options);
    }
    if (code === "ETIMEDOUT")
        return new Failure("net.timeout", `${place} did not answer in time`, options);
    if (code === "EAUTH")
        return new Failure("sink.refused", `${place} offers no way to sign in that is known here`, options);
    return new Failure("net.reset", `The connection to ${place} failed: ${shown(messageOf(thrown))}`, options);
}
/** One line of printable characters. */
function shown(text) {
    return text
        .replace(/[\p{C}\s]+/gu, " ")
        .trim()
        .slice(0, SAID_MAX);
}
