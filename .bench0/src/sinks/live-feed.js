import { z } from "zod";
import { LiveLine } from "./live-line.js";
import { LiveMarks } from "./live-marks.js";
import { LivePublication } from "./live-publication.js";
/** Removals that are remembered for clients that come back. Whoever was away for more of them gets a snapshot. */
const REMOVALS_MAX = 100_000;
/**
 * What is told at present, and what changed with each publication. An id of a publication is the origin of the store and
 * the publication's time: `<origin>-<milliseconds>`. Who has it gets everything that may have changed since, more rather
 * than less, from what stands: also after a restart, when what stands comes from the log.
 */
export class LiveFeed {
    #records;
    #runtime;
    #resumeMs;
    #isRead;
    #marks;
    /** For each kind what was revealed last, by key. */
    #lines;
    /** In the order of their times. */
    #removals = new Map();
    /** Who was connected before this has missed removals that nobody knows of any more. */
    #floorTime = Number.NEGATIVE_INFINITY;
    #origin;
    #time = 0;
    /** Records that are new since the start, until something was revealed: what else stands then is from before it. */
    #fresh = new Set();
    /** What stood before the start and is not told of any more when it first could be. */
    #heritage = [];
    #head;
    #snapshot;
    /** @param isRead whether anybody reads, so that it matters how much there is to read. */
    constructor(records, runtime, resumeMs, isRead) {
        this.#records = records;
        this.#runtime = runtime;
        this.#resumeMs = resumeMs;
        this.#isRead = isRead;
        this.#marks = new LiveMarks(resumeMs);
        this.#lines = records.all.map(() => new Map());
        this.#head = new LivePublication(0, []);
    }
    /** The publication that clients see. */
    get head() {
        return this.#head;
    }
    idOf(publication) {
        return `${this.#originOf()}-${publication.time}`;
    }
    /** Answers what it holds for longer than the horizon; that is to be applied. */
    restore(state, snapshot) {
        const { origin, time, marks, heard } = stateIn(state);
        this.#origin = origin;
        this.#time = time;
        this.#marks.restore(marks);
        return this.#records.restore(snapshot, heard);
    }
    /** What stands and what was removed lately: the order matters, since what stands counts for more. */
    standing() {
        const removals = [...this.#removals.values()];
        return [...this.#records.standing(), ...removals.map(({ record }) => ({ record, isGone: true }))];
    }
    /** @param revealed told of what has become visible. */
    publish(now, settle, revealed) {
        if (this.#fresh !== undefined)
            this.#heritage = [...this.#heritage, ...this.#records.standing()];
        let oldestReceivedTime = Number.POSITIVE_INFINITY;
        this.#records.select(now, (record, outcome) => {
            settle(record, outcome);
            if (outcome !== "delivered")
                return;
            this.#fresh?.add(record);
            oldestReceivedTime = Math.min(oldestReceivedTime, record.origin.receivedTime);
        });
        // What clients were told already must not be told under the same id with other content.
        this.#time = Math.max(now, this.#time + 1);
        const time = this.#time;
        const served = this.#records.all.map((items) => items.served);
        this.#marks.add(time, oldestReceivedTime);
        const snapshot = this.#records.snapshot();
        return {
            state: JSON.stringify({
                origin: this.#originOf(),
                time,
                marks: this.#marks.all,
                heard: this.#records.heard.times,
            }),
            ...(snapshot !== undefined && { snapshot }),
            reveal: () => {
                if (time > this.#head.time)
                    revealed(this.#reveal(time, served));
            },
        };
    }
    /** All of what stands, in an array that does not change. */
    snapshot() {
        this.#snapshot ??= this.#lines.flatMap((lines) => [...lines.values()]);
        return this.#snapshot;
    }
    /**
     * Everything that may have changed since the publication of that id; undefined where that cannot be said: an id of
     * another store, from before the time that is kept, or that was never given.
     */
    changesSince(id) {
        const [origin, digits = ""] = id.split("-", 2);
        if (origin !== this.#originOf() || !/^\d{1,15}$/.test(digits))
            return undefined;
        const time = Number(digits);
        if (time > this.#head.time || time < this.#floorTime || time < this.#head.time - this.#resumeMs)
            return undefined;
        const changes = [];
        for (const lines of this.#lines)
            for (const line of lines.values())
                if (line.changedTime > time)
                    changes.push({ record: line.told, before: undefined, after: line, reason: "filter" });
        for (const removal of this.#removals.values())
            if (removal.time > time)
                changes.push({ ...removal, before: undefined, after: undefined });
        return changes;
    }
    #reveal(time, served) {
        const changes = [];
        this.#lines.forEach((lines, kind) => {
            this.#change(lines, served[kind] ?? [], this.#records.all[kind], time, changes);
        });
        if (this.#fresh !== undefined)
            this.#inherit(time);
        this.#forget(time);
        this.#snapshot = undefined;
        const isRead = this.#isRead();
        const bytes = isRead ? changes.reduce((sum, { after }) => sum + (after?.text(time).length ?? 100), 0) : 0;
        const publication = new LivePublication(time, changes, this.#head, bytes);
        this.#head.next = publication;
        this.#head = publication;
        return publication;
    }
    /** Brings what is told of one kind to what was chosen for it. */
    #change(lines, served, items, time, changes) {
        for (const one of served) {
            const { record } = one.item;
            const before = lines.get(record.key);
            if (before?.served === one) {
                before.seenTime = time;
                continue;
            }
            const after = new LiveLine(one, this.#changedTime(one, time), time);
            lines.set(record.key, after);
            this.#removals.delete(subjectOf(record));
            changes.push({ record, before, after, reason: "filter" });
        }
        if (lines.size === served.length)
            return;
        for (const [key, before] of lines) {
            if (before.seenTime === time)
                continue;
            lines.delete(key);
            const { record } = before.served.item;
            const reason = items?.isRemoved(key) ? "removed" : "gone";
            this.#remove({ record, reason, time });
            changes.push({ record, before, after: undefined, reason });
        }
    }
    /** A position that was there before the start is what clients had then; whatever else is told anew does no harm. */
    #changedTime({ item, tier }, time) {
        const { record } = item;
        if (this.#fresh === undefined || this.#fresh.has(record))
            return time;
        if (record.body.kind !== "vehicle_location" || tier !== "fresh")
            return time;
        return this.#marks.publishedBy(record.origin.receivedTime);
    }
    /** What the log says stood once, and is not told of: a client may have been told of it before the start. */
    #inherit(time) {
        const told = new Set(this.snapshot().map(({ served }) => subjectOf(served.item.record)));
        for (const { record, isGone } of this.#heritage) {
            if (told.has(subjectOf(record)))
                continue;
            this.#remove({ record, reason: isGone ? "removed" : "gone", time });
        }
        this.#heritage = [];
        this.#fresh = undefined;
    }
    #remove(removal) {
        const subject = subjectOf(removal.record);
        // Taken out first, so that the order is that of the times.
        this.#removals.delete(subject);
        this.#removals.set(subject, removal);
    }
    #forget(now) {
        for (const [subject, { time }] of this.#removals) {
            const isOver = this.#removals.size > REMOVALS_MAX;
            if (!isOver && now - time <= this.#resumeMs)
                return;
            this.#removals.delete(subject);
            this.#floorTime = Math.max(this.#floorTime, time);
        }
    }
    #originOf() {
        this.#origin ??= Buffer.from(this.#runtime.chance.bytes(6)).toString("hex");
        return this.#origin;
    }
}
function subjectOf({ body, key }) {
    return `${body.kind}/${key}`;
}
const stateShape = z.object({
    origin: z.string().regex(/^[0-9a-f]{12}$/),
    time: z.number().int().nonnegative(),
    marks: z.array(z.tuple([z.number(), z.number()])),
    heard: z.record(z.string(), z.number()),
});
/** A state of somebody else's making counts for nothing: then no client can go on from what it had. */
function stateIn(state) {
    try {
        const parsed = stateShape.safeParse(JSON.parse(state ?? "null"));
        if (parsed.success)
            return parsed.data;
    }
    catch {
        // Not JSON: as above.
    }
    return { time: 0, marks: [], heard: {} };
}
