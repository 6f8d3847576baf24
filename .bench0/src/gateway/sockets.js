import { Failure } from "../model/failure.js";
/** Nobody has anything to say to us but that it is there. */
export const SOCKET_MESSAGE_MAX_BYTES = 1024;
const PING_EVERY_MS = 30_000;
const CLOSE_WAIT_MS = 5_000;
/** Between two pings. */
const MESSAGES_MAX = 100;
const GOING_AWAY = 1001;
const POLICY = 1008;
const FAULT = 1011;
/**
 * Opens a WebSocket and says what the endpoint has to say, each message when the network has taken the last. Ends with the
 * endpoint, with the client, when the client says too much, or when it does not answer a ping until the next is due.
 */
export function converse({ socket, cut, clock, gone, open, onFault }) {
    let isOver = false;
    let isAlive = true;
    let messages = 0;
    let cancel = () => { };
    const peer = open({
        onMessage: () => {
            isAlive = true;
            messages++;
            if (messages === MESSAGES_MAX)
                leave(POLICY, `${MESSAGES_MAX} messages came; nothing is read here.`);
        },
        onPong: () => {
            isAlive = true;
        },
        onClose: () => {
            isOver = true;
            cancel();
            gone.abort(new Failure("closed", "The client has gone"));
        },
    });
    if (peer === undefined) {
        gone.abort(new Failure("closed", "The client has gone"));
        return;
    }
    const leave = (code, reason) => {
        peer.close(code, reason);
        cancel();
        cancel = clock.after(CLOSE_WAIT_MS, () => peer.cut(), { ref: false });
    };
    const look = () => {
        if (!isAlive) {
            peer.cut();
            return;
        }
        isAlive = false;
        messages = 0;
        peer.ping();
        cancel = clock.after(PING_EVERY_MS, look, { ref: false });
    };
    cancel = clock.after(PING_EVERY_MS, look, { ref: false });
    cut?.addEventListener("abort", () => peer.cut(), { once: true });
    const tell = async () => {
        for (;;) {
            const next = await socket.messages.next();
            if (isOver)
                break;
            if (next.done === true) {
                leave(next.value.code, next.value.reason);
                return;
            }
            const { waited } = await peer.send(next.value);
            // It reads what was sent before, or there would have been no room.
            if (waited)
                isAlive = true;
        }
        await socket.messages.return({ code: GOING_AWAY, reason: "" });
    };
    tell().catch(async (thrown) => {
        // What could not be sent was for somebody who has gone.
        if (!isOver && !gone.signal.aborted) {
            onFault(thrown);
            leave(FAULT, "The hub could not go on; its log says why.");
        }
        await socket.messages.return({ code: FAULT, reason: "" });
    });
}
