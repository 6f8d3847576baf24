import { unpackRecords } from "../log/record-pack.js";
/** A partition's snapshot grows by a segment whenever this many records were appended since the last one. */
const SEGMENT_ENTRIES = 8192;
/** State of the sweeps of an upstream: behind it feed and number. */
const SWEEPS = "sweep/";
/**
 * Keeps what deduplication and order remember over a restart. Segments of the windows and the high-water marks ride in
 * the commit whose records they cover, so they never disagree with the log; at the start, the records after the newest
 * segment are read again. A store of any size starts in the time that its windows need. What the sweeps of an upstream
 * have said so far rides in the commit of each sweep.
 */
export class MemoryOfKeys {
    #log;
    #admitter;
    #partitions;
    #ends;
    constructor(log, admitter) {
        this.#log = log;
        this.#admitter = admitter;
        const count = log.partitions("records");
        this.#partitions = Array.from({ length: count }, () => ({
            segments: [],
            sealedTo: 0,
            nextNumber: 0,
            stale: [],
        }));
        this.#ends = new Array(count).fill(0);
    }
    /** The end of each partition of records as of the start. */
    get ends() {
        return this.#ends;
    }
    /** Restores windows and marks. `now` and the age bound what is read when there is no usable snapshot. */
    async restore(now, ageMs) {
        for (const [partition, memory] of this.#partitions.entries()) {
            const { start, end } = await this.#log.bounds("records", partition);
            this.#ends[partition] = end;
            const snapshot = await this.#restoreSegments(partition, memory);
            const from = snapshot?.recordsFrom ?? (await this.#log.offsetAt("records", partition, now - ageMs));
            // Counted in offsets, because retention may have removed some of what rode with the snapshot.
            const knownBefore = snapshot === undefined ? from : snapshot.recordsFrom + snapshot.skip;
            await this.#readTail(partition, Math.max(start, from), knownBefore);
        }
        await this.#restoreSweeps();
    }
    /** State to add to the commit that appends `appended[partition]` records. Call it just before that commit. */
    seal(appended) {
        const state = [];
        for (const [partition, count] of appended) {
            const memory = this.#partitions[partition];
            const window = this.#admitter.window(partition);
            if (window.next - memory.sealedTo >= SEGMENT_ENTRIES) {
                const bytes = window.segment(memory.sealedTo);
                const number = memory.nextNumber++;
                memory.segments.push({ number, entries: window.next - memory.sealedTo });
                memory.sealedTo = window.next;
                state.push({ name: segmentName(partition, number), bytes });
                for (const old of memory.stale)
                    state.push({ name: segmentName(partition, old), bytes: null });
                memory.stale = [];
                let newer = memory.segments.reduce((sum, segment) => sum + segment.entries, 0);
                for (const oldest of [...memory.segments]) {
                    newer -= oldest.entries;
                    if (newer < window.size)
                        break;
                    memory.segments.shift();
                    state.push({ name: segmentName(partition, oldest.number), bytes: null });
                }
                const marks = {
                    recordsFrom: this.#ends[partition],
                    skip: count,
                    segments: memory.segments,
                    marks: this.#admitter.marks.text(partition),
                };
                state.push({ name: marksName(partition), bytes: JSON.stringify(marks) });
            }
        }
        for (const reporter of this.#admitter.marks.reporters) {
            if (!reporter.isChanged)
                continue;
            const name = `${SWEEPS}${reporter.feed}/${reporter.upstream}`;
            state.push({ name, bytes: JSON.stringify(reporter.json()) });
        }
        return state;
    }
    /** Tells where the partition ends now that a commit has succeeded. */
    committed(partition, end) {
        this.#ends[partition] = end;
    }
    /** Which keys are there follows from the records; what sweeps have said of those that they lack does not. */
    async #restoreSweeps() {
        for (const name of await this.#log.stateNames(SWEEPS)) {
            const bytes = await this.#log.state(name);
            if (bytes === undefined)
                continue;
            const slash = name.lastIndexOf("/");
            const reporter = this.#admitter.marks.reporter(name.slice(SWEEPS.length, slash), Number(name.slice(slash + 1)));
            const json = JSON.parse(new TextDecoder().decode(bytes));
            reporter.restore(json, (space, subject) => this.#admitter.marks.find(space, subject));
        }
    }
    /** The snapshot's marks, when it is whole and every segment could be read. */
    async #restoreSegments(partition, memory) {
        const bytes = await this.#log.state(marksName(partition));
        if (bytes === undefined)
            return undefined;
        const marks = JSON.parse(new TextDecoder().decode(bytes));
        memory.nextNumber = (marks.segments.at(-1)?.number ?? -1) + 1;
        for (const segment of marks.segments) {
            const stored = await this.#log.state(segmentName(partition, segment.number));
            if (stored === undefined || !this.#admitter.window(partition).restore(stored)) {
                memory.stale = marks.segments.map(({ number }) => number);
                return undefined;
            }
        }
        this.#admitter.marks.restore(marks.marks);
        memory.segments = [...marks.segments];
        memory.sealedTo = this.#admitter.window(partition).next;
        return marks;
    }
    async #readTail(partition, from, knownBefore) {
        let position = { topic: "records", partition, offset: from };
        for (;;) {
            const page = await this.#log.read(position, { entriesMax: 10_000, bytesMax: 8 * 1024 * 1024 });
            for (const pack of page.packs) {
                for (const { record, offset } of unpackRecords(pack, position.offset)) {
                    if (offset >= knownBefore)
                        this.#admitter.restore(record);
                }
            }
            if (page.next.offset === position.offset)
                return;
            position = { ...position, offset: page.next.offset };
        }
    }
}
function segmentName(partition, number) {
    return `dedupe/${partition}/segment/${String(number).padStart(10, "0")}`;
}
function marksName(partition) {
    return `dedupe/${partition}/marks`;
}
