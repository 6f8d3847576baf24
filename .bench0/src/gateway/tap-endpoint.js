import { recordId } from "../model/record.js";
import { passes } from "../operations/tap.js";
import { problem } from "../runtime/endpoint.js";
const KINDS = [
    "vehicle_location",
    "trip_update",
    "service_alert",
    "detour",
    "assignment",
    "stop_visit",
];
const SAMPLE_MAX = 100;
const WINDOW_MS = 500;
const HEARTBEAT_MS = 15_000;
/**
 * `GET /v1/tap`: records as they are admitted, one JSON object per line. At most 100 in half a second are shown, so
 * that a tap on a busy hub slows nothing down; a line `{"skipped":n}` says how many were left out. A client that reads
 * slowly gets fewer, never older ones.
 */
export function tapEndpoint(tap, clock) {
    return {
        method: "GET",
        path: "/v1/tap",
        scope: "admin",
        summary: "A sample of the records that pass, one JSON object per line.",
        handle: async ({ query, signal }) => {
            const { feed, kind, key } = query;
            if (kind !== undefined && !KINDS.includes(kind))
                return problem(400, "Unknown kind", `"${kind}" is none of: ${KINDS.join(", ")}`);
            return {
                status: 200,
                headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" },
                body: sampled(tap, { feed, kind: kind, key }, clock, signal),
            };
        },
    };
}
async function* sampled(tap, filter, clock, signal) {
    let shown = [];
    let skipped = 0;
    const cancel = tap((records) => {
        for (const record of records) {
            if (!passes(filter, record))
                continue;
            if (shown.length < SAMPLE_MAX)
                shown.push(record);
            else
                skipped++;
        }
    });
    try {
        // Something at once, so that the client sees the connection stand before the first record passes.
        yield "\n";
        let quietMs = 0;
        while (!signal.aborted) {
            await pause(clock, WINDOW_MS, signal);
            let text = shown.map(line).join("");
            if (skipped > 0)
                text += `{"skipped":${skipped}}\n`;
            shown = [];
            skipped = 0;
            quietMs = text === "" ? quietMs + WINDOW_MS : 0;
            // An empty line now and then tells proxies and clients that the connection is alive.
            if (quietMs >= HEARTBEAT_MS) {
                text = "\n";
                quietMs = 0;
            }
            if (text !== "")
                yield text;
        }
    }
    finally {
        cancel();
    }
}
function line(record) {
    const { origin, body, ...rest } = record;
    return `${JSON.stringify({ id: recordId(record), ...rest, origin, body })}\n`;
}
/** Resolves early, without an error, when the client has gone: that is how a tap normally ends. */
function pause(clock, delayMs, signal) {
    return new Promise((resolve) => {
        const done = () => {
            cancel();
            signal.removeEventListener("abort", done);
            resolve();
        };
        const cancel = clock.after(delayMs, done, { ref: false });
        signal.addEventListener("abort", done, { once: true });
    });
}
