/** More holes than these are not worth telling apart: the oldest is given up. */
const HOLES_MAX = 50;
/** Where so much of a time was told by nobody else, what upstream counts in it is lost to the last message. */
const WHOLE = 1 - 1e-9;
/**
 * What a good answer changes. An upstream that keeps a window reaches back to what it was asked last, or to the window's
 * begin; one that tells the present reaches back to nothing, and an answer that should have come in between is missing.
 * What nobody told becomes a hole. A hole is filled when an upstream that kept it is read, and is a gap as soon as none
 * can fill it any more: so what a standby told is no gap, and none is told twice.
 *
 * `windows`: by upstream of the feed, how long it keeps what was not read.
 */
export function cover(before, answer, windows) {
    const known = knownAt(before, answer);
    const me = known.upstreams[answer.upstream];
    const gaps = [];
    const reach = reachOf(me, answer);
    const missing = missingBefore(known, me, answer, reach);
    let holes = missing === undefined ? known.holes : [...known.holes, missing];
    const purged = purgedBy(answer);
    if (purged > 0) {
        const range = purgedRange(known, me, answer);
        const gap = countedGap(purged, range, known, holes);
        if (gap !== undefined)
            gaps.push(gap);
        holes = without(holes, range.from, range.to);
    }
    const readTime = readTimeOf(answer, reach);
    if (reach < answer.time)
        holes = without(holes, reach, readTime);
    const perMs = ratePerMs(me, answer);
    const upstreams = {
        ...known.upstreams,
        [answer.upstream]: {
            ...me,
            readTime,
            everyMs: answer.everyMs,
            ...(answer.isLive === true && { isLive: true }),
            ...(perMs !== undefined && { perMs }),
        },
    };
    const kept = [];
    const lostBefore = lostTime(answer.time, upstreams, windows);
    holes.forEach((hole, at) => {
        if (hole.to <= lostBefore || holes.length - at > HOLES_MAX)
            gaps.push(estimatedGap(hole));
        else
            kept.push(hole);
    });
    const isNewest = readTime >= known.coveredTime;
    return {
        coverage: {
            coveredTime: Math.max(known.coveredTime, readTime),
            last: isNewest ? answer.upstream : known.last,
            holes: kept,
            upstreams,
        },
        gaps,
    };
}
/**
 * What was known before this answer, by the clock of this answer. No time that was told lies after the answer: where one
 * does, the clock was set back, and until it came there again every gap would look as if somebody had told it.
 */
function knownAt(before, { time, upstream }) {
    if (before === undefined)
        return { coveredTime: time, last: upstream, holes: [], upstreams: {} };
    if (before.coveredTime <= time)
        return before;
    const upstreams = {};
    for (const [index, one] of Object.entries(before.upstreams)) {
        upstreams[Number(index)] = { ...one, readTime: Math.min(one.readTime, time) };
    }
    return { ...before, coveredTime: time, upstreams };
}
/** The oldest time that somebody may still tell, and what keeps it: what purge headroom is counted from. */
export function oldestUnread(coverage) {
    return coverage.holes[0]?.from ?? coverage.coveredTime;
}
/** From where on the answer tells everything. */
function reachOf(me, answer) {
    const { time, windowMs, purged } = answer;
    const readTime = me?.readTime;
    // Upstream's own numbers say what is missing, whatever it promised to keep.
    const isTold = purged !== undefined && (purged.messages === 0 || windowMs === undefined);
    if (isTold && readTime !== undefined)
        return Math.min(readTime, time);
    if (windowMs === undefined)
        return time;
    return Math.min(time, Math.max(readTime ?? Number.NEGATIVE_INFINITY, time - windowMs));
}
/** What lies between the end of what is known and the begin of this answer. */
function missingBefore(known, me, answer, reach) {
    const from = known.coveredTime;
    const last = known.upstreams[known.last] ?? me;
    if (keepsHistory(answer)) {
        if (reach <= from || purgedBy(answer) > 0)
            return undefined;
        const perMs = me?.perMs ?? last?.perMs;
        return { from, to: reach, ...(perMs !== undefined && { perMs }) };
    }
    // The next answer was due one pace after the last one; what came nearest to each further pace is missing.
    const everyMs = last?.everyMs ?? answer.everyMs;
    const sweeps = Math.round((answer.time - from) / everyMs) - 1;
    if (sweeps < 1)
        return undefined;
    return {
        from,
        to: Math.min(answer.time, from + sweeps * everyMs),
        ...(last?.isLive !== true && { sweeps }),
        ...(last?.perMs !== undefined && { perMs: last.perMs * (last.news ?? 1) }),
    };
}
/** When what upstream purged was told. */
function purgedRange(known, me, answer) {
    const { purged, windowMs, time } = answer;
    const from = Math.min(purged?.fromTime ?? me?.readTime ?? known.coveredTime, time);
    const begin = purged?.toTime ?? (windowMs === undefined ? time : time - windowMs);
    // It may keep less than it promises: then any time since the last answer may be meant.
    return { from, to: begin > from ? Math.min(begin, time) : time };
}
/** Snapshots are told by what they tell now; everybody else goes on from a place. */
function keepsHistory({ windowMs, purged }) {
    return windowMs !== undefined || purged !== undefined;
}
function purgedBy({ purged }) {
    return purged?.messages ?? 0;
}
/** What upstream counted, less what another one told in the same time. */
function countedGap(purged, { from, to }, known, holes) {
    let untold = Math.max(0, to - Math.max(from, known.coveredTime));
    for (const hole of holes)
        untold += Math.max(0, Math.min(to, hole.to) - Math.max(from, hole.from));
    const share = to === from ? 1 : untold / (to - from);
    if (share >= WHOLE)
        return { from, to, reports: purged, estimated: false };
    const reports = Math.round(purged * share);
    return reports === 0 ? undefined : { from, to, reports, estimated: true };
}
/** Up to where upstream is read now. */
function readTimeOf(answer, reach) {
    if (!answer.more || !keepsHistory(answer))
        return answer.time;
    // A page in the middle of a backlog: as far as its newest report, as upstream keeps them about in order.
    return Math.min(answer.time, Math.max(reach, answer.newestEventTime ?? answer.time));
}
/** Of an upstream that tells the present the last sweep is the measure, call by call; others are measured over time. */
function ratePerMs(me, answer) {
    const before = me?.perMs;
    if (keepsHistory(answer) || answer.reports === undefined)
        return before;
    const now = answer.reports / answer.everyMs;
    return before === undefined ? now : before + (now - before) / answer.calls;
}
/** What was told before this instant cannot be had from anybody any more. */
function lostTime(now, upstreams, windows) {
    let lost = Number.POSITIVE_INFINITY;
    windows.forEach((windowMs, index) => {
        if (windowMs === undefined)
            return;
        const readTime = upstreams[index]?.readTime ?? Number.NEGATIVE_INFINITY;
        lost = Math.min(lost, Math.max(readTime, now - windowMs));
    });
    return lost;
}
function estimatedGap({ from, to, perMs = 0, sweeps }) {
    const reports = Math.round((to - from) * perMs);
    return { from, to, reports, estimated: true, ...(sweeps !== undefined && { sweeps }) };
}
/** The holes without what was told from `from` to `to`. */
function without(holes, from, to) {
    return holes.flatMap((hole) => {
        if (to <= hole.from || from >= hole.to)
            return [hole];
        const { sweeps: _, ...rest } = hole;
        const parts = [];
        if (hole.from < from)
            parts.push({ ...rest, to: from });
        if (to < hole.to)
            parts.push({ ...rest, from: to });
        return parts;
    });
}
/** How many answers the share of news is the mean of. */
const NEWS_ANSWERS_MAX = 30;
/**
 * An answer of the present listed so many reports, and so many of them were news: a vehicle that has not reported since
 * the answer before is listed once more with the same event time, and would not have been missed.
 */
export function learnedNews(coverage, upstream, listed, news) {
    const me = coverage.upstreams[upstream];
    if (me === undefined || listed <= 0)
        return coverage;
    const newsAnswers = Math.min(NEWS_ANSWERS_MAX, (me.newsAnswers ?? 0) + 1);
    const before = me.news ?? 0;
    const share = before + (Math.min(1, news / listed) - before) / newsAnswers;
    return {
        ...coverage,
        upstreams: { ...coverage.upstreams, [upstream]: { ...me, news: share, newsAnswers } },
    };
}
const MEASURED_MAX_MS = 3_600_000;
/** What came in `forMs` of health: the mean at first, then of about the last hour. */
export function measured(coverage, upstream, reports, forMs) {
    const me = coverage.upstreams[upstream];
    if (me === undefined || forMs <= 0)
        return coverage;
    const before = me.measuredMs ?? 0;
    const weight = forMs / (before + forMs);
    const perMs = (me.perMs ?? 0) + weight * (reports / forMs - (me.perMs ?? 0));
    const measuredMs = Math.min(MEASURED_MAX_MS, before + forMs);
    return { ...coverage, upstreams: { ...coverage.upstreams, [upstream]: { ...me, perMs, measuredMs } } };
}
/**
 * As if the upstream had not answered since then: what it said has turned out to be what it had said before. Where another
 * one has answered meanwhile, that one's word stands.
 */
export function untoldSince(coverage, upstream, time) {
    const me = coverage.upstreams[upstream];
    if (me === undefined || coverage.last !== upstream || coverage.coveredTime <= time)
        return coverage;
    const readTime = Math.min(me.readTime, time);
    return {
        ...coverage,
        coveredTime: time,
        upstreams: { ...coverage.upstreams, [upstream]: { ...me, readTime } },
    };
}
