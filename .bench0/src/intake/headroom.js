import { SECOND_MS } from "../model/units.js";
import { spanWords } from "./gap-words.js";
/** A level is entered at the one share of the window and left at the other, so that it does not swing. */
const SHARES = {
    half: { enter: 0.5, leave: 0.6 },
    fifth: { enter: 0.2, leave: 0.3 },
};
/** Announces a gap that cannot be avoided much longer, before it happens: at one half of the window, and at one fifth. */
export class HeadroomWatch {
    #level = "enough";
    /** What is new, if anything is. Undefined headroom: upstream keeps no history. */
    judge(headroom) {
        if (headroom === undefined)
            return undefined;
        const { headroomMs, windowMs } = headroom;
        const before = this.#level;
        const level = levelOf(headroomMs / windowMs, before);
        if (level === before)
            return undefined;
        this.#level = level;
        const details = { headroomMs: Math.round(headroomMs), windowMs };
        if (level === "enough") {
            return { level: "info", message: "Upstream is read in time again", details };
        }
        // On the way back from worse to bad there is nothing to announce.
        if (before === "fifth")
            return undefined;
        return { level: level === "half" ? "warn" : "error", message: announcement(headroom), details };
    }
}
function levelOf(share, before) {
    const isIn = (level, wasIn) => share <= (wasIn ? SHARES[level].leave : SHARES[level].enter);
    if (isIn("fifth", before === "fifth"))
        return "fifth";
    return isIn("half", before !== "enough") ? "half" : "enough";
}
function announcement({ headroomMs, windowMs }) {
    const keeps = `Upstream keeps what was not read for ${spanWords(windowMs)}`;
    if (headroomMs <= 0)
        return `${keeps}: reports are being lost until it is read again`;
    const left = spanWords(Math.max(SECOND_MS, headroomMs));
    return `${keeps}: unless it is read within ${left}, reports are lost`;
}
/** Of the upstream that keeps what is unread for longest. Undefined: none keeps anything. */
export function bestHeadroom(upstreams, now) {
    let best;
    for (const { windowMs, unreadTime } of upstreams) {
        if (windowMs === undefined)
            continue;
        const headroomMs = windowMs - (now - unreadTime);
        if (best === undefined || headroomMs > best.headroomMs)
            best = { headroomMs, windowMs };
    }
    return best;
}
