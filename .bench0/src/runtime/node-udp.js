import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { Failure, messageOf } from "../model/failure.js";
import { plainAddress } from "./node-addresses.js";
import { cannotListen, placeText } from "./node-tcp.js";
/** Listens until it is closed. Rejects with a `Failure` or the signal's reason; then nothing is left open. */
export async function listenUdp(options, signal, events) {
    signal.throwIfAborted();
    const { host, port, multicast, receiveBufferBytes } = options;
    const socket = createSocket({
        type: isIP(host) === 6 ? "udp6" : "udp4",
        reuseAddr: multicast.length > 0,
        ...(receiveBufferBytes !== undefined && { recvBufferSize: receiveBufferBytes }),
    });
    try {
        await new Promise((resolve, reject) => {
            socket.once("error", (error) => reject(cannotListen(error, host, port)));
            socket.bind(port, host, resolve);
        });
        for (const group of multicast)
            join(group);
        signal.throwIfAborted();
    }
    catch (thrown) {
        socket.close();
        throw thrown;
    }
    socket.on("error", (error) => {
        const message = `Listening on ${placeText(host, port)} broke (${messageOf(error)})`;
        events.onError(new Failure("net.reset", message, { cause: error }));
    });
    socket.on("message", (bytes, from) => events.onDatagram(bytes, plainAddress(from.address), from.port));
    let isOpen = true;
    return {
        port: socket.address().port,
        close: () => {
            if (isOpen)
                socket.close();
            isOpen = false;
        },
    };
    function join(group) {
        try {
            socket.addMembership(group);
        }
        catch (cause) {
            const why = messageOf(cause);
            throw new Failure("config.invalid", `Cannot join the multicast group ${group} (${why}); correct it`, {
                cause,
            });
        }
    }
}
