import { INTERPRET, isGuardFlag, PostingSheet, sinkStep } from "../log/ledger.js";
import { formatRanges } from "../log/receipt-pack.js";
import { RecordPackBuilder } from "../log/record-pack.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS } from "../model/units.js";
import { judged, lookAt, meaningOf } from "./meaning.js";
import { readChosen } from "./reading.js";
import { REMOVE_AFTER_DEFAULT, sweepPartOf } from "./reporters.js";
export function emptyCounts() {
    return {
        frames: 0,
        records: 0,
        removals: 0,
        revisions: 0,
        duplicates: 0,
        ignored: 0,
        deadLetters: 0,
        late: 0,
        future: 0,
    };
}
/**
 * Collects what a run of frames gave until one commit carries all of it: records, receipts, dead letters, postings and
 * the position that was read to. Interpret and admit share it, because on one machine they share the commit.
 */
export class InterpretBatch {
    #admitter;
    #sheet = new PostingSheet();
    /** By feed and minute, then by partition. */
    #records = new Map();
    #receipts = new Map();
    #deadLetters = new Map();
    /** By partition of frames: the offset that was read to. */
    #next = new Map();
    #items = 0;
    #bytes = 0;
    constructor(admitter) {
        this.#admitter = admitter;
    }
    /** Items so far: the caller commits before a batch grows too large. */
    get items() {
        return this.#items;
    }
    /** Length of what was collected so far. */
    get bytes() {
        return this.#bytes;
    }
    add(frame, reader, now) {
        const { decoded: read, isTheirs, ...news } = readChosen(reader, frame);
        const quality = lookAt(reader, frame, read);
        const decoded = judged(read, reader.guards);
        const minute = Math.floor(frame.receivedTime / MINUTE_MS);
        const origin = originOf(frame, reader, decoded);
        const theirs = isTheirs && candidateOrigin(origin, reader);
        const counts = emptyCounts();
        counts.frames = 1;
        const places = { duplicates: [], deadLetters: [], ignored: [] };
        const packs = this.#packsOf(reader.feed, minute);
        /** Records of this frame by their partition. */
        const appended = [];
        let newestEventTime;
        this.#hears(decoded, frame, reader);
        decoded.items.forEach((item, index) => {
            const observation = item.kind === "rejection" ? item : meaningOf(item, index, reader, frame.receivedTime);
            if (observation instanceof Failure || observation.kind === "rejection") {
                places.deadLetters.push(index);
                const { code, message } = observation;
                const text = observation instanceof Failure ? undefined : reader.personal.sample(observation.sample);
                const why = { code, message, ...(text !== undefined && { sample: text }), index };
                this.#deadLetter(frame, minute, { ...letterOf(origin, now), stage: "interpret", ...why });
                return;
            }
            const operatorId = reader.personal.operatorId(observation);
            const from = theirs && isTheirs?.(index) ? theirs : origin;
            const admission = this.#admitter.admit(observation, index, from, operatorId);
            switch (admission.outcome) {
                case "appended": {
                    const { record } = admission;
                    this.#append(packs, admission.partition, reader.feed, minute, record, admission.body);
                    counts.records++;
                    reader.ids?.count(record.body, now);
                    if (record.revision > 0)
                        counts.revisions++;
                    if (record.flags.length > 0)
                        this.#flagged(record, admission.partition, minute, counts);
                    if (!(record.eventTime <= (newestEventTime ?? -1)) && !record.flags.includes("future")) {
                        newestEventTime = record.eventTime;
                    }
                    appended[admission.partition] = (appended[admission.partition] ?? 0) + 1;
                    return;
                }
                case "duplicate":
                    places.duplicates.push(index);
                    return;
                case "ignored":
                    places.ignored.push(index);
                    return;
                case "no_subject":
                    places.deadLetters.push(index);
                    this.#deadLetter(frame, minute, {
                        ...letterOf(origin, now),
                        stage: "admit",
                        code: "record.no_subject",
                        message: admission.message,
                        index,
                    });
            }
        });
        const notes = this.#sweep(decoded, frame, origin, reader, (admission) => {
            this.#append(packs, admission.partition, reader.feed, minute, admission.record, admission.body);
            appended[admission.partition] = (appended[admission.partition] ?? 0) + 1;
            counts.records++;
            counts.removals++;
        });
        appended.forEach((count, partition) => {
            for (const sink of reader.sinks)
                this.#sheet.add(sinkStep(sink), reader.feed, partition, minute, "in", count);
        });
        if (decoded.failure !== undefined) {
            const { code, message } = decoded.failure;
            this.#deadLetter(frame, minute, { ...letterOf(origin, now), stage: "interpret", code, message });
        }
        counts.duplicates = places.duplicates.length;
        counts.ignored = places.ignored.length;
        counts.deadLetters = places.deadLetters.length + (decoded.failure === undefined ? 0 : 1);
        this.#close(frame, reader.feed, minute, decoded, counts, places);
        const { headerTime } = decoded;
        return { frame, decoded, counts, headerTime, newestEventTime, notes, ...news, ...quality };
    }
    /** What guards found is in the ledger, by reason. */
    #flagged({ flags, origin }, partition, minute, counts) {
        for (const flag of flags) {
            if (flag === "late")
                counts.late++;
            else if (flag === "future")
                counts.future++;
            else if (isGuardFlag(flag)) {
                this.#sheet.add("guards", origin.feed, partition, minute, "in", 1);
                this.#sheet.add("guards", origin.feed, partition, minute, flag, 1);
            }
        }
    }
    /** Takes note that upstream speaks: who falls silent makes room for another upstream of the feed. */
    #hears(decoded, frame, reader) {
        const reporter = this.#admitter.marks.reporter(reader.feed, frame.upstream);
        if (reader.paceMs !== undefined)
            reporter.paceMs = reader.paceMs;
        reporter.lastAnswerTime = reader.lastAnswerTime;
        if (decoded.failure !== undefined && decoded.items.length === 0)
            return;
        reporter.lastFrameTime = Math.max(reporter.lastFrameTime, frame.receivedTime);
    }
    /** Ends the keys that a complete message shows to have gone. They are items of the account, numbered behind the frame's own. */
    #sweep(decoded, frame, origin, reader, append) {
        const { removeAfter = REMOVE_AFTER_DEFAULT } = reader;
        const isGood = decoded.failure === undefined && decoded.items.every(({ kind }) => kind !== "rejection");
        const part = sweepPartOf(frame.meta, isGood);
        const isComplete = part === undefined ? decoded.complete === true : part.isLast;
        if (part !== undefined)
            this.#admitter.follow(origin, part);
        // Of a message in parts what could not be read is among what it lacks.
        const isReadable = part !== undefined || decoded.failure === undefined;
        if (!isComplete || !isReadable || removeAfter === 0)
            return [];
        const { gone, notes } = this.#admitter.sweep(origin, removeAfter, part !== undefined);
        for (const [at, mark] of gone.entries()) {
            append(this.#admitter.remove(mark, decoded.items.length + at, origin));
        }
        return notes;
    }
    /** What is ready to be committed, and the records by partition in the order in which they will stand in the log. */
    finish() {
        const append = [];
        const appended = [];
        for (const open of [...this.#records.values()].flat()) {
            if (open === undefined)
                continue;
            append.push(open.pack.finish());
            appended.push({ partition: open.partition, records: open.records });
        }
        for (const open of this.#receipts.values())
            append.push(jsonPack("receipts", open));
        for (const open of this.#deadLetters.values())
            append.push(jsonPack("dead-letters", open));
        const consumed = [...this.#next].map(([partition, offset]) => ({
            subscription: INTERPRET,
            next: { topic: "frames", partition, offset },
        }));
        return { commit: { append, consumed, ledger: this.#sheet.take() }, appended };
    }
    #packsOf(feed, minute) {
        const key = `${minute}|${feed}`;
        let packs = this.#records.get(key);
        if (packs === undefined) {
            packs = [];
            this.#records.set(key, packs);
        }
        return packs;
    }
    #append(packs, partition, feed, minute, record, body) {
        let open = packs[partition];
        if (open === undefined) {
            open = { partition, pack: new RecordPackBuilder(partition, feed, minute), records: [] };
            packs[partition] = open;
        }
        open.pack.add(record, body);
        open.records.push(record);
        this.#bytes += body.length;
    }
    #close(frame, feed, minute, decoded, counts, places) {
        const { partition } = frame;
        const items = decoded.items.length;
        const lost = decoded.failure !== undefined && items === 0;
        this.#sheet.add("interpret", feed, partition, minute, lost ? "dead_lettered" : "decoded", 1);
        this.#sheet.add("admit", feed, partition, minute, "in", items + counts.removals);
        this.#sheet.add("admit", feed, partition, minute, "appended", counts.records);
        this.#sheet.add("admit", feed, partition, minute, "duplicate", counts.duplicates);
        this.#sheet.add("admit", feed, partition, minute, "dead_lettered", places.deadLetters.length);
        this.#sheet.add("admit", feed, partition, minute, "ignored", counts.ignored);
        const receipt = {
            frame: frame.offset,
            items,
            ...(counts.removals > 0 && { removals: counts.removals }),
            duplicates: formatRanges(places.duplicates),
            deadLetters: formatRanges(places.deadLetters),
            ignored: formatRanges(places.ignored),
            frameDeadLetter: decoded.failure !== undefined,
        };
        addRow(this.#receipts, partition, feed, minute, receipt);
        this.#next.set(partition, frame.offset + 1);
        this.#items += Math.max(1, items + counts.removals);
    }
    #deadLetter(frame, minute, letter) {
        addRow(this.#deadLetters, frame.partition, letter.feed, minute, letter);
        this.#bytes += letter.message.length + (letter.sample?.length ?? 0);
    }
}
function addRow(open, partition, feed, minute, row) {
    const key = `${partition}|${minute}|${feed}`;
    const rows = open.get(key);
    if (rows)
        rows.rows.push(row);
    else
        open.set(key, { partition, feed, minute, rows: [row] });
}
function jsonPack(topic, open) {
    const { partition, feed, minute, rows } = open;
    return { topic, partition, feed, minute, count: rows.length, head: "{}", body: JSON.stringify(rows) };
}
/** `type@version` of what reads the frame, and the repairs that its payload goes through before: `mapping@1+h2`. */
export function decoderOf(frame, reader) {
    return `${reader.decoderName}${healedBy(frame, reader)}`;
}
function healedBy({ offset }, { healer }) {
    return healer?.revisionAt(offset) ?? "";
}
export function originOf(frame, reader, decoded) {
    const contract = reader.contract?.name;
    return {
        agency: reader.agency,
        feed: reader.feed,
        upstream: frame.upstream,
        partition: frame.partition,
        offset: frame.offset,
        receivedTime: frame.receivedTime,
        headerTime: decoded.headerTime,
        decoder: decoderOf(frame, reader),
        contract: contract && `${contract}${healedBy(frame, reader)}`,
        schedule: reader.ids?.version,
    };
}
/** Of the records that the candidate gives. */
export function candidateOrigin(origin, { candidate }) {
    if (candidate === undefined)
        return origin;
    return { ...origin, decoder: candidate.decoderName, contract: candidate.contract?.name };
}
export function letterOf(origin, now) {
    return {
        time: now,
        feed: origin.feed,
        upstream: origin.upstream,
        frame: { partition: origin.partition, offset: origin.offset },
        receivedTime: origin.receivedTime,
        decoder: origin.decoder,
    };
}
