import { z } from "zod";
import { MINUTE_MS } from "../model/units.js";
/** What is only said again, and not new, is written at most so often. */
const REPEATED_EVERY_MS = MINUTE_MS;
/**
 * Records that hold for longer than the log is read back at a start: alerts, detours, cancellations, skipped stops. Intake takes
 * each in once, however often upstream repeats it, so that nothing but this would bring them back.
 */
export class LastingRecords {
    #clock;
    /** As they were written last. */
    #written = new Map();
    #writtenAt = Number.NEGATIVE_INFINITY;
    constructor(clock) {
        this.#clock = clock;
    }
    restore(records) {
        this.#written = new Map(records.map((record) => [nameOf(record), record]));
    }
    /** All of them as text that `recordsIn` takes, when there is something new to remember; else undefined. */
    changed(alerts, trips) {
        const lasting = new Map();
        for (const { record } of alerts)
            lasting.set(nameOf(record), record);
        for (const trip of trips)
            if (trip.isLasting)
                lasting.set(nameOf(trip.record), trip.record);
        if (!this.#isDue(lasting))
            return undefined;
        this.#written = lasting;
        this.#writtenAt = this.#clock.monotonic();
        return JSON.stringify([...lasting.values()]);
    }
    #isDue(lasting) {
        if (lasting.size !== this.#written.size)
            return true;
        let isRepeated = false;
        for (const [name, record] of lasting) {
            const before = this.#written.get(name);
            if (before === record)
                continue;
            // A forecast beside the skipped stop changes all the time, and is not what is remembered here.
            if (before === undefined || record.body.kind !== "trip_update")
                return true;
            isRepeated = true;
        }
        return isRepeated && this.#clock.monotonic() - this.#writtenAt >= REPEATED_EVERY_MS;
    }
}
function nameOf({ key, body }) {
    return `${body.kind}/${key}`;
}
const snapshotShape = z.array(z
    .looseObject({
    key: z.string(),
    revision: z.number(),
    eventTime: z.number(),
    flags: z.array(z.string()),
    origin: z.looseObject({ agency: z.string(), feed: z.string(), receivedTime: z.number() }),
    body: z.discriminatedUnion("kind", [
        z.looseObject({ kind: z.literal("trip_update"), stopTimeUpdates: z.array(z.looseObject({})) }),
        z.looseObject({
            kind: z.literal("service_alert"),
            alertId: z.string(),
            activePeriods: z.array(z.looseObject({})),
            informedEntities: z.array(z.looseObject({})),
        }),
        z.looseObject({ kind: z.literal("detour"), detourId: z.string() }),
    ]),
})
    .transform((record) => record));
/** None where there is nothing, or nothing that this version can read: upstream and the log then have to say it again. */
export function recordsIn(snapshot) {
    if (snapshot === undefined)
        return [];
    try {
        const parsed = snapshotShape.safeParse(JSON.parse(snapshot));
        return parsed.success ? parsed.data : [];
    }
    catch {
        // Not JSON: somebody else's, as above.
        return [];
    }
}
