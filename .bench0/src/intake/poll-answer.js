import { SWEEP_META } from "../sources/source.js";
/** What a good answer says of how far upstream is read. */
export function answerOf({ index, windowMs }, source, result, { reports, newestEventTime }, time) {
    const { frames, more = false, gap } = result;
    const calls = Math.max(1, Number(frames[0]?.meta?.[SWEEP_META.calls] ?? 1));
    return {
        upstream: index,
        time,
        // A source that asks less often for a while, as for routes without service, misses nothing by it.
        everyMs: Math.max(source.everyMs / calls, source.pauseMs?.() ?? 0),
        windowMs,
        purged: gap,
        more,
        newestEventTime,
        reports: frames.length === 0 ? undefined : reports,
        calls,
    };
}
