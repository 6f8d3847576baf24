import { packFrames } from "../log/frame-pack.js";
import { MINUTE_MS } from "../model/units.js";
/** Drafts of one upstream as packs, in their order: a pack ends where the minute changes. */
export function packByMinute(feed, upstream, drafts, partition) {
    const packs = [];
    let run = [];
    let minute = Number.NaN;
    const close = () => {
        if (run.length > 0)
            packs.push(packFrames(run, partition));
        run = [];
    };
    for (const draft of drafts) {
        const at = Math.floor(draft.receivedTime / MINUTE_MS);
        if (at !== minute)
            close();
        minute = at;
        run.push({
            feed,
            upstream,
            bytes: draft.bytes,
            receivedTime: draft.receivedTime,
            connection: draft.connection,
            contentType: draft.contentType,
            meta: draft.meta,
        });
    }
    close();
    return packs;
}
