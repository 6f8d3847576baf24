import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { inNetworks } from "../runtime/node-addresses.js";
import { connectTcp, listenTcp, placeText, } from "../runtime/node-tcp.js";
import { addressOption, networksOption } from "./live-address.js";
import { LiveFrames } from "./live-frames.js";
import { LiveLosses } from "./live-losses.js";
import { LineSplitter } from "./tcp-lines-splitter.js";
const options = z
    .strictObject({
    connect: addressOption()
        .optional()
        .describe("The gateway that we call, such as gateway.example:5001. Either this or `listen`."),
    listen: addressOption()
        .optional()
        .describe("Where devices call us, such as 0.0.0.0:5001; port 0 takes any free one."),
    lineEnd: z
        .string()
        .regex(/^[\n\x21-\x7e]$/, "one printable character, or a line break")
        .default("\n")
        .describe('The character at which a line ends: a line break (default), or such as "<" for TAIP without line breaks.'),
    lineLimit: bytesOption({ minBytes: 16 })
        .prefault("4KiB")
        .describe("Longer lines are left out and become a gap."),
    greeting: z
        .string()
        .min(1)
        .max(4096)
        .optional()
        .describe('Sent on each new connection, such as "LOGIN {secret:login}\\r\\n".'),
    idle: durationOption({ minMs: 1000 })
        .prefault("5m")
        .describe("A connection on which nothing comes for so long is dead."),
    keepalive: durationOption({ minMs: 1000 })
        .prefault("30s")
        .describe("When nothing came for so long, the system asks whether the other end is there."),
    timeout: durationOption().prefault("10s").describe("For connecting."),
    allow: networksOption().describe("With `listen`: networks that may call, such as 10.20.0.0/16. Default: all."),
    connections: z.int().min(1).max(10_000).default(1000).describe("With `listen`: at one time, in all."),
    connectionsPerAddress: z
        .int()
        .min(1)
        .max(10_000)
        .default(16)
        .describe("With `listen`: at one time, from one address."),
})
    .refine(({ connect, listen }) => (connect === undefined) !== (listen === undefined), "name either connect or listen")
    .refine(({ connect, allow }) => connect === undefined || allow === undefined, "allow is for listen")
    .refine(({ connect }) => connect === undefined || connect.port > 0, "connect needs a port above 0");
/** Lines over TCP: TAIP and NMEA of modems, and what their gateways pass on. A line is a frame. */
export const definition = Object.freeze({
    type: "tcp-lines",
    summary: "Reads lines over TCP, from a gateway that it calls or from devices that call it.",
    options,
    create: (chosen, context) => {
        const greeting = greetingOf(chosen, context);
        return {
            kind: "live",
            connect: ({ signal }) => new Lines(chosen, context, greeting, signal).open(),
        };
    },
});
function greetingOf({ greeting }, { feed, secrets }) {
    if (greeting === undefined)
        return undefined;
    const filled = greeting.replace(/\{secret:([^{}]+)\}/g, (_, name) => {
        const value = secrets[name];
        if (value !== undefined)
            return value;
        throw new Failure("config.invalid", `Feed ${feed} uses {secret:${name}}, but its upstream has no secret of that name; ` +
            `add  secrets: { ${name}: { env: VARIABLE } }  to the upstream`);
    });
    return new TextEncoder().encode(filled);
}
/** One life of the source: its connections, and the one queue into which all of them lead. */
class Lines {
    #chosen;
    #context;
    #greeting;
    #signal;
    #frames;
    #losses;
    #allows;
    #peers = new Map();
    #perAddress = new Map();
    #listener;
    constructor(chosen, context, greeting, signal) {
        this.#chosen = chosen;
        this.#context = context;
        this.#greeting = greeting;
        this.#signal = signal;
        this.#losses = new LiveLosses(context);
        this.#allows = chosen.allow === undefined ? () => true : inNetworks(chosen.allow);
        this.#frames = new LiveFrames({
            signal,
            onRoom: () => {
                for (const peer of this.#peers.keys())
                    peer.resume();
            },
            onEnd: () => this.#close(),
        });
    }
    async open() {
        const { connect, listen, idle, keepalive, timeout } = this.#chosen;
        const shared = { idleMs: idle, keepaliveMs: keepalive };
        if (connect !== undefined) {
            const wish = { ...connect, ...shared, connectTimeoutMs: timeout };
            await connectTcp(wish, this.#signal, (peer) => this.#read(peer, `tcp ${placeText(connect.host, connect.port)}`, undefined, (failure) => this.#frames.fail(failure)));
        }
        else if (listen !== undefined) {
            this.#listener = await listenTcp({ ...listen, ...shared }, this.#signal, (peer) => this.#accept(peer), (failure) => this.#frames.fail(failure));
            const { port } = this.#listener;
            const place = placeText(listen.host, port);
            const message = `Devices can send lines over TCP to ${place}`;
            this.#context.onEvent?.("info", "source.listening", message, { host: listen.host, port });
        }
        this.#signal.addEventListener("abort", () => this.#close(), { once: true });
        if (this.#signal.aborted) {
            this.#close();
            throw this.#signal.reason;
        }
        return this.#frames;
    }
    #accept(peer) {
        const { connections, connectionsPerAddress } = this.#chosen;
        const { address, port } = peer;
        const already = this.#perAddress.get(address) ?? 0;
        if (!this.#allows(address))
            return this.#refuse("connections of addresses that `allow` does not name");
        if (this.#peers.size >= connections)
            return this.#refuse("connections above `connections`");
        if (already >= connectionsPerAddress)
            return this.#refuse("connections above `connectionsPerAddress`");
        this.#perAddress.set(address, already + 1);
        const sender = placeText(address, port);
        return this.#read(peer, `tcp ${sender}`, sender, () => {
            const left = (this.#perAddress.get(address) ?? 1) - 1;
            if (left > 0)
                this.#perAddress.set(address, left);
            else
                this.#perAddress.delete(address);
        });
    }
    #refuse(what) {
        this.#losses.refused(what);
    }
    #read(peer, connection, sender, onEnd) {
        const { clock } = this.#context.runtime;
        const splitter = new LineSplitter({
            end: this.#chosen.lineEnd.charCodeAt(0),
            lineMaxBytes: this.#chosen.lineLimit,
            onTooLong: () => this.#losses.lost("decode.limit"),
            onLine: (bytes) => {
                const item = {
                    bytes,
                    receivedTime: clock.now(),
                    connection,
                    ...(sender !== undefined && { meta: { sender } }),
                };
                if (!this.#frames.push(item))
                    for (const each of this.#peers.keys())
                        each.pause();
            },
        });
        this.#peers.set(peer, splitter);
        if (!this.#frames.hasRoom)
            peer.pause();
        if (this.#greeting !== undefined)
            peer.write(this.#greeting);
        return {
            onBytes: (bytes) => splitter.push(bytes),
            onEnd: (failure) => {
                this.#peers.delete(peer);
                if (splitter.isPartial)
                    this.#losses.lost("decode.truncated");
                onEnd(failure);
            },
        };
    }
    /** What was in hand when we left is lost, and counted: TCP does not send it again. */
    #close() {
        this.#listener?.close();
        for (const [peer, splitter] of this.#peers) {
            if (splitter.isPartial)
                this.#losses.lost("decode.truncated");
            peer.close();
        }
        this.#peers.clear();
        this.#losses.lost("closed", this.#frames.drop());
        this.#losses.flush();
    }
}
