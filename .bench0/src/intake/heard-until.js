import { unpackFrames } from "../log/frame-pack.js";
import { partitionOf } from "../log/partitioner.js";
/** More than comes between two notes of what was covered, for most feeds; of a faster one the estimate is a little too high. */
const FRAMES_MAX = 1_000;
const BYTES_MAX = 16 * 1024 * 1024;
/**
 * What live upstreams have told is noted every few seconds. A process that was killed had no time for the last note, and what it
 * took after that lies in the store all the same: until then nothing is missing. `startedTime` is that of the present one, which
 * may have stored frames of its own by now: they say nothing of the time before it.
 */
export async function heardUntil(log, feed, coverage, startedTime) {
    const isLive = (index) => coverage.upstreams[index]?.isLive === true;
    if (!Object.keys(coverage.upstreams).some((index) => isLive(Number(index))))
        return coverage;
    const partition = partitionOf(feed, log.partitions("frames"));
    const { start, end } = await log.bounds("frames", partition);
    const from = { topic: "frames", partition, offset: Math.max(start, end - FRAMES_MAX) };
    const { packs } = await log.read(from, { entriesMax: FRAMES_MAX, bytesMax: BYTES_MAX });
    let heard = coverage;
    for (const frame of packs.flatMap((pack) => unpackFrames(pack, from.offset)))
        if (frame.feed === feed && frame.receivedTime < startedTime && isLive(frame.upstream))
            heard = heardAt(heard, frame.upstream, frame.receivedTime);
    return heard;
}
function heardAt(coverage, index, time) {
    const known = coverage.upstreams[index];
    if (known === undefined || known.readTime >= time)
        return coverage;
    const isNewest = time > coverage.coveredTime;
    return {
        ...coverage,
        ...(isNewest && { coveredTime: time, last: index }),
        upstreams: { ...coverage.upstreams, [index]: { ...known, readTime: time } },
    };
}
