import { unpackFrames } from "../log/frame-pack.js";
import { INTERPRET } from "../log/ledger.js";
import { partitionOf } from "../log/partitioner.js";
import { jobEntry } from "../log/replay-job.js";
/** Frames of one commit. */
const FRAMES_PER_TURN = 8;
const FRAME_BYTES_PER_TURN = 8 * 1024 * 1024;
const PREVIEW_FRAMES = 200;
/** The frames of a feed that were received from one time to another and are interpreted. */
export async function rangeOf(log, feed, fromTime, toTime) {
    const partition = partitionOf(feed, log.partitions("frames"));
    const next = await log.offsetAt("frames", partition, fromTime);
    const end = (await log.cursor(INTERPRET, "frames", partition)) ?? 0;
    return { feed, partition, next, end, fromTime, ...(toTime !== undefined && { toTime }) };
}
/** The next frames of the range, and where it goes on; `next` is `end` when there are no more. */
export async function framesOf(log, { feed, partition, next, end, fromTime, toTime = Number.POSITIVE_INFINITY }) {
    const limits = { entriesMax: FRAMES_PER_TURN, bytesMax: FRAME_BYTES_PER_TURN };
    const page = await log.read({ topic: "frames", partition, offset: next }, limits);
    const frames = [];
    for (const frame of page.packs.flatMap((pack) => unpackFrames(pack, next))) {
        if (frame.offset >= end)
            break;
        if (frame.feed === feed && frame.receivedTime >= fromTime && frame.receivedTime < toTime)
            frames.push(frame);
    }
    const reached = page.next.offset;
    return { frames, next: reached === next || reached >= end ? end : reached };
}
/** How many frames the range has, and what the first of them would give. */
export async function previewRange(log, range, redecode) {
    let frames = 0;
    const first = [];
    for (let at = range; at.next < at.end;) {
        const page = await framesOf(log, at);
        frames += page.frames.length;
        if (first.length < PREVIEW_FRAMES)
            first.push(...page.frames);
        at = { ...at, next: page.next };
    }
    const tried = first.length === 0 ? undefined : await redecode(first, () => ({}), { dry: true });
    return { frames, tried };
}
/** What was counted so far and this. */
export function itemsWith(job, counts) {
    const sums = { ...job.items };
    for (const [name, count] of Object.entries(counts))
        sums[name] = (sums[name] ?? 0) + count;
    return sums;
}
/** The frames that the letters came from, as far as they are kept. */
export async function framesBehind(log, letters) {
    const found = new Map();
    for (const { letter } of letters) {
        const { partition, offset } = letter.frame;
        const place = `${partition}/${offset}`;
        if (offset < 0 || found.has(place))
            continue;
        const { packs } = await log.read({ topic: "frames", partition, offset }, { entriesMax: 1, bytesMax: 1 });
        const frame = packs.flatMap((pack) => unpackFrames(pack, offset)).find((one) => one.offset === offset);
        if (frame !== undefined && frame.feed === letter.feed)
            found.set(place, frame);
    }
    return [...found.values()];
}
/**
 * Decodes the frames of a run of letters again. A letter is settled when its item, or its frame, can be read now; it is
 * dropped when the frame is gone. Answers the job as it is committed with that.
 */
export async function redecodeLetters(log, redecode, job, letters, after) {
    const frames = await framesBehind(log, letters);
    const kept = new Set(frames.map(({ partition, offset }) => `${partition}/${offset}`));
    const isKept = ({ letter: { frame } }) => kept.has(`${frame.partition}/${frame.offset}`);
    const gone = letters.filter((one) => !isKept(one)).map((one) => change(one, "dropped"));
    if (frames.length === 0) {
        const done = after(counted(job, gone));
        await log.commit({ letters: gone, state: [jobEntry(done)] });
        return done;
    }
    let done = job;
    await redecode(frames, (read, counts) => {
        const frameOf = new Map(read.map((one) => [`${one.frame.partition}/${one.frame.offset}`, one]));
        const changes = letters.filter(isKept).map((one) => {
            const { frame, index } = one.letter;
            const now = frameOf.get(`${frame.partition}/${frame.offset}`);
            const isBad = now === undefined || now.isUnreadable || (index !== undefined && now.refused.has(index));
            return change(one, isBad ? "failed" : "replayed");
        });
        const all = [...gone, ...changes];
        done = after({ ...counted(job, all), items: itemsWith(job, counts) });
        return { letters: all, state: [jobEntry(done)] };
    });
    return done;
}
function change({ partition, offset }, to) {
    return { partition, offset, to };
}
function counted(job, changes) {
    const count = (to) => changes.filter((one) => one.to === to).length;
    const { counts } = job;
    return {
        ...job,
        counts: {
            ...counts,
            replayed: counts.replayed + count("replayed"),
            failed: counts.failed + count("failed"),
            dropped: counts.dropped + count("dropped"),
        },
    };
}
