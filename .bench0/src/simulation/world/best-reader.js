import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
const STEP_MS = SECOND_MS;
/**
 * Reads a queue that forgets as well as it can be read: it knows when the way is free, asks as often and takes as much as
 * the budget allows, oldest first. Answers the numbers of the messages that were gone before even it could have them.
 */
export function lostToBestReader(options) {
    const { messages, retentionMs, noticeMs, pauseMs, requestsPerMinute, bytesPerSecond } = options;
    const { messageBytes, pageMessages, untilMs } = options;
    const closed = options.closed.map(({ fromMs, toMs }) => ({
        fromMs: fromMs - pauseMs,
        toMs: toMs + noticeMs,
    }));
    const lost = new Set();
    const everyMs = Math.max(STEP_MS, Math.ceil(MINUTE_MS / requestsPerMinute));
    let at = 0;
    let bytes = bytesPerSecond;
    let readyMs = messages[0]?.arrivalMs ?? 0;
    for (let now = Math.min(0, readyMs); now <= untilMs && at < messages.length; now += STEP_MS) {
        bytes = Math.min(bytesPerSecond, bytes + (bytesPerSecond * STEP_MS) / SECOND_MS);
        for (let next = messages[at]; next !== undefined && next.arrivalMs + retentionMs < now; next = messages[++at]) {
            lost.add(next.sequence);
        }
        if (bytes < 0 || now < readyMs || closed.some(({ fromMs, toMs }) => fromMs <= now && now < toMs))
            continue;
        let read = 0;
        for (; read < pageMessages && (messages[at]?.arrivalMs ?? Number.POSITIVE_INFINITY) <= now; read++)
            at++;
        if (read === 0)
            continue;
        bytes -= read * messageBytes;
        readyMs = now + everyMs;
    }
    return lost;
}
