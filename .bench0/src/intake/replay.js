import { auditLedger } from "../log/audit.js";
import { SECOND_MS } from "../model/units.js";
import { Intake } from "./intake.js";
import { emptyCounts } from "./interpret.js";
/** Frames that may be on their way to the log at one time. */
const OUTSTANDING_MAX = 64;
/** Sends recorded frames through the full intake, in order. */
export async function replay(options) {
    const { runtime, log, reader } = options;
    const counts = emptyCounts();
    const intake = await Intake.start({
        log,
        runtime,
        readers: new Map([[reader.feed, [reader]]]),
        onInterpreted: (frame) => {
            for (const name of Object.keys(counts))
                counts[name] += frame.counts[name];
            options.onProgress?.(counts);
        },
    });
    const started = runtime.clock.monotonic();
    const signal = options.signal ?? new AbortController().signal;
    let outstanding = [];
    for await (const draft of options.source.open({ cursor: undefined, signal })) {
        await intake.room();
        const receivedTime = receivedTimeOf(draft, reader, options.received ?? "stated");
        outstanding.push(intake.receive(reader.feed, 0, [{ ...draft, receivedTime }]));
        if (outstanding.length < OUTSTANDING_MAX)
            continue;
        await Promise.all(outstanding);
        outstanding = [];
    }
    await Promise.all(outstanding);
    await intake.close();
    const { balanced } = await auditLedger(log, { sinks: [] });
    const { frames, records, removals, duplicates, deadLetters, late } = counts;
    const seconds = (runtime.clock.monotonic() - started) / SECOND_MS;
    return { frames, records, removals, duplicates, deadLetters, late, balanced, seconds };
}
/** The decoder runs twice on a replayed frame; that costs less than a second way to find times in every format. */
function receivedTimeOf(draft, reader, received) {
    if (received !== "stated")
        return received;
    const decoded = reader.decoder.decode(draft);
    if (decoded.headerTime !== undefined)
        return decoded.headerTime;
    let newest;
    for (const item of decoded.items) {
        if (item.kind === "rejection" || item.eventTime === undefined)
            continue;
        if (newest === undefined || item.eventTime > newest)
            newest = item.eventTime;
    }
    return newest ?? draft.receivedTime;
}
