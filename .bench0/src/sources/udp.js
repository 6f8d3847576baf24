import { z } from "zod";
import { bytesOption } from "../formats/quantities.js";
import { inNetworks } from "../runtime/node-addresses.js";
import { placeText } from "../runtime/node-tcp.js";
import { listenUdp } from "../runtime/node-udp.js";
import { addressOption, networksOption } from "./live-address.js";
import { LiveFrames } from "./live-frames.js";
import { LiveLosses } from "./live-losses.js";
const GROUPS_MAX = 16;
const options = z.strictObject({
    listen: addressOption().describe("Where datagrams come in, such as 0.0.0.0:5001; port 0 takes any free one."),
    allow: networksOption().describe("Networks that may send, such as 10.20.0.0/16. Default: all."),
    multicast: z
        .array(z.union([z.ipv4(), z.ipv6()]))
        .max(GROUPS_MAX)
        .default([])
        .describe("Groups to join, such as 239.10.0.1."),
    queue: bytesOption({ minBytes: 1024 })
        .prefault("4MiB")
        .describe("What may wait while there is no room. What comes on top is dropped, and becomes a gap."),
    receiveBuffer: bytesOption({ minBytes: 1024 })
        .optional()
        .describe("Asked of the system for datagrams that we have not read yet. Default: what the system gives."),
});
/** Datagrams, as TAIP and NMEA modems send them. A datagram is a frame; `meta.sender` is `address:port`. */
export const definition = Object.freeze({
    type: "udp",
    summary: "Takes datagrams that devices send over UDP: one datagram is one frame.",
    options,
    create: (chosen, context) => ({
        kind: "live",
        connect: ({ signal }) => listen(chosen, context, signal),
    }),
});
async function listen(chosen, context, signal) {
    const { clock } = context.runtime;
    const { host, port } = chosen.listen;
    const allows = chosen.allow === undefined ? () => true : inNetworks(chosen.allow);
    const losses = new LiveLosses(context);
    let listener;
    const frames = new LiveFrames({ signal, bytesMax: chosen.queue, onEnd: () => close() });
    // What was in hand when we left is lost, and counted: nobody sends it again.
    const close = () => {
        listener?.close();
        losses.lost("closed", frames.drop());
        losses.flush();
    };
    listener = await listenUdp({ host, port, multicast: chosen.multicast, receiveBufferBytes: chosen.receiveBuffer }, signal, {
        onDatagram: (bytes, address, fromPort) => {
            if (!allows(address))
                losses.refused("datagrams of addresses that `allow` does not name");
            else if (bytes.length === 0)
                losses.refused("empty datagrams");
            else if (!frames.hasRoom)
                losses.lost("store.busy");
            else {
                const sender = placeText(address, fromPort);
                const connection = `udp ${sender}`;
                frames.push({ bytes, receivedTime: clock.now(), connection, meta: { sender } });
            }
        },
        onError: (failure) => frames.fail(failure),
    });
    const place = placeText(host, listener.port);
    const message = `Devices can send datagrams over UDP to ${place}`;
    context.onEvent?.("info", "source.listening", message, { host, port: listener.port });
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) {
        close();
        throw signal.reason;
    }
    return frames;
}
