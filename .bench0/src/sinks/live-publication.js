/**
 * What changed at one instant, and the way to what changed next: a client holds the one it has read, so that what waits is
 * in memory once, whoever waits for it, and nobody has to clear it away.
 */
export class LivePublication {
    /** Higher than that of every earlier one, through restarts and steps of the clock. */
    time;
    changes;
    /** Changes, and bytes of their JSON, up to here since the start. */
    records;
    bytes;
    next;
    constructor(time, changes, before, bytes = 0) {
        this.time = time;
        this.changes = changes;
        this.records = (before?.records ?? 0) + changes.length;
        this.bytes = (before?.bytes ?? 0) + bytes;
    }
}
