import { FAILURE_KINDS } from "../model/failure.js";
import { SECOND_MS } from "../model/units.js";
import { spanWords } from "./gap-words.js";
/** Puts what the harness knows of a feed into one of five conditions and a plain sentence. */
export function judgeFeed(feed, now) {
    if (feed.progress.every((progress) => progress.finished)) {
        return { state: "finished", sentence: "Everything has been read to its end." };
    }
    const active = feed.progress.filter((progress) => progress.active && !progress.finished);
    const reached = active.filter((progress) => !progress.failsNow && !heldOpen(feed, progress));
    const healthy = reached.find(({ silence }) => !silence.isSilent) ?? reached[0];
    if (healthy !== undefined) {
        if (feed.lastFrameTime === undefined) {
            return { state: "waiting", sentence: waitingSentence(feed) };
        }
        const reason = feed.readability.lostReason?.replace(/\.$/, "");
        if (reason !== undefined) {
            const sentence = `Frames come, and nothing in them can be read: ${reason}. They are kept as dead letters.`;
            return { state: "failing", sentence };
        }
        const standIn = healthy.index > 0 ? ` Upstream ${healthy.index} stands in for those before it.` : "";
        return { state: "running", sentence: `Frames come as expected.${standIn}` };
    }
    const failing = active[0] ?? feed.progress[0];
    const failure = failing?.lastFailure;
    // Upstream's own words may end with one: the sentence ends here.
    const message = failure?.message.replace(/\.$/, "");
    const core = failing && feed.upstreams[failing.index]?.upstream?.status();
    const next = core?.disposed
        ? "when the hub runs again"
        : nextTry(nextAttemptTime(core, failing?.nextAttemptTime), now);
    if (core?.forced?.state === "open") {
        return {
            state: "down",
            sentence: `A person has stopped calls to upstream: ${core.forced.reason}. It is asked again ${next}.`,
        };
    }
    // A name that is not found is most of all a network that is not there, and that passes without anybody.
    if (failing === undefined || failure === undefined)
        return { state: "waiting", sentence: waitingSentence(feed) };
    if (feed.upstreams[failing.index]?.source.kind === "push") {
        return { state: "failing", sentence: `What was sent last cannot be read: ${message}.` };
    }
    if (FAILURE_KINDS[failure.code] === "permanent" && failure.code !== "net.dns") {
        return { state: "down", sentence: `${message}. A person is needed; it is tried again ${next}.` };
    }
    if (core !== undefined && core.state !== "closed") {
        return { state: "down", sentence: `Upstream fails: ${message}. It is asked again ${next}.` };
    }
    return {
        state: "failing",
        sentence: `The last attempt failed: ${message}. It is asked again ${next}.`,
    };
}
/** The later of what the breaker allows and of what the pace of the feed wants. */
function nextAttemptTime(core, paceTime) {
    if (core === undefined)
        return paceTime;
    return core.nextAttemptAt && Math.max(core.nextAttemptAt, paceTime ?? 0);
}
function heldOpen(feed, { index }) {
    return feed.upstreams[index]?.upstream?.status().forced?.state === "open";
}
function waitingSentence(feed) {
    return feed.upstreams[0]?.source.kind === "push"
        ? "Nobody has sent anything yet."
        : "Upstream was asked, and nothing has come yet.";
}
function nextTry(time, now) {
    if (time === undefined)
        return "when a person has reset the breaker";
    const seconds = Math.ceil((time - now) / SECOND_MS);
    if (seconds <= 1)
        return "now";
    return seconds < 120 ? `in ${seconds} s` : `in ${spanWords(seconds * SECOND_MS)}`;
}
/** What a status page says of a feed, without since when its condition holds: that the hub remembers. */
export function statusOfFeed(feed, counts, now) {
    const upstreams = feed.upstreams.map(({ index, sourceType, decoderName: decoder, upstream, skew }) => {
        const progress = feed.progress[index];
        return {
            index,
            source: sourceType,
            decoder,
            active: progress?.active ?? false,
            breaker: breakerOf(upstream),
            lastFailure: progress?.lastFailure,
            nextAttemptTime: progress?.nextAttemptTime,
            ...(progress?.silence.isSilent && { silentSince: progress.silence.since }),
            ...(skew?.skewMs !== undefined && { clockSkewMs: skew.skewMs }),
        };
    });
    const headroom = feed.purgeHeadroom(now);
    return {
        name: feed.name,
        agency: feed.agency,
        ...judgeFeed(feed, now),
        lastFrameTime: feed.lastFrameTime,
        ageMs: feed.newestEventTime === undefined ? undefined : Math.max(0, now - feed.newestEventTime),
        purgeHeadroomMs: headroom?.headroomMs,
        purgeWindowMs: headroom?.windowMs,
        gaps: feed.gaps,
        frames: counts.frames,
        records: counts.records,
        removals: counts.removals,
        duplicates: counts.duplicates,
        deadLetters: counts.deadLetters,
        late: counts.late,
        breaker: upstreams.find(({ active }) => active)?.breaker ?? "closed",
        upstreams,
    };
}
function breakerOf(upstream) {
    const state = upstream?.status().state ?? "closed";
    return state === "half_open" ? "half-open" : state;
}
