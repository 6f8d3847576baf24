const GUARD_OUTCOMES = [
    "position_outside",
    "position_swapped",
    "position_jump",
    "position_coarse",
    "positions_frozen",
    "speed_unit",
    "time_unit",
    "time_zone",
    "stale_row",
    "vehicle_stuck",
    "id_shared",
    "id_doubled",
    "deviation_sign",
    "bearing_motion",
    "match_rate",
    "contract_value",
];
const GUARD_FLAGS = new Set(GUARD_OUTCOMES);
/** True for the flags that are counted in the step `guards`. */
export function isGuardFlag(flag) {
    return GUARD_FLAGS.has(flag);
}
/**
 * The words of each account. Every step keeps one account per feed, partition and minute of receipt:
 * `in` = the sum of its outcomes + pending, where pending is counted from the store and never a remainder.
 * `receive` and `interpret` count frames, by the partition of the frame; `admit` counts the items of frames, and
 * the removals that follow from them, by the partition of the frame; `guards` counts what guards found implausible about
 * records, a record once per reason, by the partition of the record; a sink counts records, by that of the record.
 * `lost`, in each of them: was in a store that broke, and a repair could not save it (`reconcile.ts`).
 */
export const OUTCOMES = {
    /**
     * `refused`: not durable, and the sender was told so (503, 413). `expired`: was stored, and went by retention. `gap` and
     * `gap_estimated` count reports, not frames: upstream purged them before they could be read. They stand in the minute
     * in which that was found out.
     */
    receive: ["stored", "refused", "expired", "lost", "gap", "gap_estimated"],
    /** `dead_lettered`: the frame as a whole could not be read. Pending: frames at or after the interpret cursor. */
    interpret: ["decoded", "dead_lettered", "expired", "lost"],
    /** `ignored`: a second upstream's report of what the first one told. `expired`: was appended, and went by retention. */
    admit: ["appended", "duplicate", "dead_lettered", "ignored", "expired", "lost"],
    guards: [...GUARD_OUTCOMES, "lost"],
    /**
     * Items of frames that were decoded again, and what they gave before and do not any more (`vanished`). `revised` and
     * `added` are records; `expired`: went by retention.
     */
    redecode: ["unchanged", "revised", "added", "vanished", "ignored", "refused", "expired", "lost"],
    /**
     * Dead letters of every stage, posted by the store itself. Pending: those that are open. `expired`: were open, and went
     * by retention.
     */
    "dead-letters": ["replayed", "dropped", "expired", "lost"],
    /** Pending: records at or after the sink's cursor. `replayed`: were refused, and taken later. */
    sink: ["delivered", "filtered", "superseded", "withheld", "dead_lettered", "replayed", "expired", "lost"],
};
/** How a gap is posted: as upstream's own numbers count it, or as time lost times what is normal. */
export function gapOutcome(isEstimated) {
    return isEstimated ? "gap_estimated" : "gap";
}
/** The consumer of topic `frames`. */
export const INTERPRET = "interpret";
export function sinkStep(sink) {
    return `sink:${sink}`;
}
/** Adds up postings of one commit, so that a batch of 500 items costs a handful of rows. */
export class PostingSheet {
    #sums = new Map();
    add(step, feed, partition, minute, outcome, count) {
        if (count === 0)
            return;
        const key = `${step}|${outcome}|${partition}|${minute}|${feed}`;
        const sum = this.#sums.get(key);
        if (sum)
            sum.count += count;
        else
            this.#sums.set(key, { step, feed, partition, minute, outcome, count });
    }
    /** The sums so far, and an empty sheet from here on. */
    take() {
        const postings = [...this.#sums.values()].filter((posting) => posting.count !== 0);
        this.#sums.clear();
        return postings;
    }
}
