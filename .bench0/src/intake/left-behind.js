import { unpackFrames } from "../log/frame-pack.js";
import { INTERPRET } from "../log/ledger.js";
import { Failure } from "../model/failure.js";
/**
 * The frames of a partition that a crash left behind, one at a time. Each is written down as in hand before it is given:
 * one that was in hand when the process died twice is not to be decoded, so that no frame can keep the hub from starting.
 */
export async function* leftBehind(log, partition, commit) {
    const name = `intake/hand/${partition}`;
    const { start, end } = await log.bounds("frames", partition);
    let offset = Math.max(start, (await log.cursor(INTERPRET, "frames", partition)) ?? start);
    const marker = await log.state(name);
    const before = marker === undefined ? undefined : JSON.parse(new TextDecoder().decode(marker));
    while (offset < end) {
        const page = await log.read({ topic: "frames", partition, offset }, { entriesMax: 64, bytesMax: 16 << 20 });
        for (const frame of page.packs.flatMap((pack) => unpackFrames(pack, offset))) {
            const deaths = before?.offset === frame.offset ? before.deaths : 0;
            const hand = { offset: frame.offset, deaths: deaths + 1 };
            await commit({ state: [{ name, bytes: JSON.stringify(hand) }] });
            const killed = deaths >= 2 ? new Failure("decode.killed", killedMessage(deaths)) : undefined;
            yield { frame, killed, state: [{ name, bytes: null }] };
        }
        if (page.next.offset === offset)
            return;
        offset = page.next.offset;
    }
}
function killedMessage(deaths) {
    return `The process died ${deaths} times while this frame was being decoded; it was not decoded again`;
}
