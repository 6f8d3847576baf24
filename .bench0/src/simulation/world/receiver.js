import { parseIsoTime } from "../../formats/iso-time.js";
/** A batch of `latest` that waited too long is planned anew under another id: who takes those knows records by their id. */
function isReplanned(earlier, later) {
    const [, from] = /^(.*:\d+:\d+)-\d+(:\d+)?$/.exec(earlier) ?? [];
    const [, again, generation] = /^(.*:\d+:\d+)-\d+(:\d+)?$/.exec(later) ?? [];
    return from !== undefined && from === again && generation !== undefined;
}
/**
 * What retention has left of a batch whose answer never came goes on under another id: what the first id stood for cannot be
 * sent any more.
 */
function isCutByRetention(earlier, later, memory) {
    const range = /:(\d+):(\d+)-(\d+)/;
    const [, partition, from, to] = (range.exec(earlier) ?? []).map(Number);
    const [, samePartition, start] = (range.exec(later) ?? []).map(Number);
    if (from === undefined || to === undefined || start === undefined)
        return false;
    return (partition === samePartition && start > from && start < to && start <= memory.removedTo(partition ?? 0));
}
/** What took effect at somebody who receives records, and whether it did so once and in order. */
export class Receiver {
    /** By `id#revision`: with what it came. */
    applied = new Map();
    #name;
    #trace;
    #memory;
    #newest = new Map();
    constructor(name, trace, memory) {
        this.#name = name;
        this.#trace = trace;
        this.#memory = memory;
    }
    apply(record, within) {
        const name = `${record.id}#${record.revision}`;
        const earlier = this.applied.get(name);
        const isExcused = earlier === undefined ||
            this.#memory.repeated.has(name) ||
            isReplanned(earlier, within) ||
            isCutByRetention(earlier, within, this.#memory);
        if (!isExcused) {
            this.#trace.violate("once", `${name} took effect at ${this.#name} in ${earlier} and again in ${within}`);
        }
        this.applied.set(name, within);
        if (record.removed === true || record.flags.includes("future"))
            return;
        const key = `${record.kind}/${record.key}`;
        const newest = this.#newest.get(key);
        const time = parseIsoTime(record.eventTime)?.time ?? Number.NaN;
        const isBefore = newest !== undefined &&
            (time < newest.time || (time === newest.time && record.revision < newest.revision));
        if (isBefore && !record.flags.includes("late") && !this.#memory.isRemoved(newest.name)) {
            const what = `${name} came after a newer record of ${key} and is not flagged late`;
            this.#trace.violate("order", `${this.#name}: ${what}`);
        }
        if (!isBefore)
            this.#newest.set(key, { time, revision: record.revision, name });
    }
}
