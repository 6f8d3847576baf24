/**
 * Keys of `FrameDraft.meta` that make one observation of the frames of a sweep: a feed that takes several calls to ask for
 * gets a frame per call. The frames of a sweep are committed in the order of their calls, and sweeps one after the other.
 */
export const SWEEP_META = Object.freeze({
    /** Names the sweep: the same in each of its frames, and in no other sweep of the upstream. */
    id: "sweep",
    /** Which call of the sweep the frame answers, from 1. A call that failed has left a hole here. */
    call: "sweepCall",
    /** How many calls the sweep has. */
    calls: "sweepCalls",
    /**
     * `true` in the frame of the last call, when each call before it was answered well and the calls together asked for
     * all that the plan names, but for items whose last answers held no vehicle: then who is in none of its frames has gone,
     * if this last frame can be read as well. Absent everywhere else, so that a sweep with a hole is never taken for a
     * complete one.
     */
    complete: "sweepComplete",
    /** The items that the call asked for, as `itemList` writes them. */
    items: "sweepItems",
    /**
     * Instead of `complete` in the frame of the last call: the items that nobody was told of in this sweep, because their
     * call failed. Of every other item of the plan the sweep is complete.
     */
    lacking: "sweepLacking",
});
/** Items as text: read back by `readItemList` in the same spelling, which is for comparing and not for showing. */
export function itemList(items) {
    return items.map(encodeURIComponent).join(",");
}
export function readItemList(text) {
    return text.split(",");
}
