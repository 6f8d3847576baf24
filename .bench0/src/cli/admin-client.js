import { request } from "node:http";
import { Failure } from "../model/failure.js";
import { PinnedAgent } from "../runtime/node-pinned-agent.js";
/** Where a hub without a configuration has it. */
export const URL_DEFAULT = "http://127.0.0.1:8081";
const TEXT_LENGTH_MAX = 64 * 1024 * 1024;
const REFUSAL_LENGTH_MAX = 64 * 1024;
export function adminAddress(http) {
    const { host, port, token } = http.admin;
    const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
    const { tls } = http.admin;
    return { url: `${tls ? "https" : "http"}://${reachable}:${port}`, token, certificate: tls?.certificate };
}
/** The answer as lines, until it ends or the signal aborts. Rejects with a sentence that says what to do. */
export async function* adminLines(address, path, signal) {
    const answer = await ask(address, path, signal);
    answer.setEncoding("utf8");
    let rest = "";
    try {
        for await (const chunk of answer) {
            const lines = `${rest}${chunk}`.split("\n");
            rest = (lines.pop() ?? "").slice(0, TEXT_LENGTH_MAX);
            yield* lines;
        }
    }
    catch (thrown) {
        // Stopping a tap breaks its connection; that is how it ends.
        if (!signal.aborted)
            throw thrown;
    }
    if (rest !== "")
        yield rest;
}
/** The whole answer as JSON. Rejects like `adminLines`. */
export async function adminJson(address, method, path, signal) {
    const answer = await ask(address, path, signal, method);
    answer.setEncoding("utf8");
    let text = "";
    for await (const chunk of answer) {
        text += chunk;
        if (text.length > TEXT_LENGTH_MAX)
            throw new Failure("http.body_too_large", "The answer has no end");
    }
    try {
        return JSON.parse(text);
    }
    catch (cause) {
        const detail = `What answers at ${address.url} does not answer as a hub does; is this its admin address?`;
        throw new Failure("http.rejected", detail, { cause });
    }
}
function ask(address, path, signal, method = "GET") {
    const headers = address.token === undefined ? {} : { authorization: `Bearer ${address.token}` };
    return new Promise((resolve, reject) => {
        const agent = address.certificate === undefined ? undefined : new PinnedAgent(address.certificate);
        const asked = request(new URL(path, address.url), { method, headers, signal, ...(agent && { agent }) });
        asked.on("response", (answer) => {
            if (answer.statusCode === 200)
                resolve(answer);
            else
                refusalOf(answer).then((detail) => reject(new Failure("http.rejected", detail)), reject);
        });
        asked.on("error", (error) => {
            const why = error.code === "ECONNREFUSED" ? "nothing listens there" : error.message;
            reject(new Failure("net.refused", `No hub answers at ${address.url} (${why}). Is it running? Is this its admin address?`, {
                cause: error,
            }));
        });
        asked.end();
    });
}
async function refusalOf(answer) {
    let text = "";
    answer.setEncoding("utf8");
    for await (const chunk of answer) {
        text += chunk;
        if (text.length > REFUSAL_LENGTH_MAX)
            break;
    }
    try {
        return `The hub answered ${answer.statusCode}: ${JSON.parse(text).detail}`;
    }
    catch {
        return `The hub answered ${answer.statusCode}, and not as a hub does; is this its admin address?`;
    }
}
