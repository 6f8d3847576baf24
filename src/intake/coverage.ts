import type { DurationMs, EpochMs } from "../model/units.js";

/** What of a feed's time was told to us: the least that must outlive a restart to know what was not. */
export interface Coverage {
	/** Everything that was told before this instant was read, or stands in `holes`, or was counted as a gap. */
	readonly coveredTime: EpochMs;
	/** The upstream whose answer reached that far. */
	readonly last: number;
	/** Stretches that nobody has told yet and some upstream may still keep. Oldest first. */
	readonly holes: readonly Hole[];
	readonly upstreams: Readonly<Record<number, UpstreamCoverage>>;
}

export interface UpstreamCoverage {
	/** Its own answers are read up to here. */
	readonly readTime: EpochMs;
	/** How often it is to be asked. */
	readonly everyMs: DurationMs;
	/** It speaks when it likes. */
	readonly isLive?: boolean;
	/**
	 * Reports per millisecond when all is well; of an upstream that tells the present all that it lists. Undefined: nothing
	 * is known yet.
	 */
	readonly perMs?: number;
	/** Of an upstream that tells the present: the share of what it lists that is news, over so many answers. */
	readonly news?: number;
	readonly newsAnswers?: number;
	/** How long that was measured, up to an hour. */
	readonly measuredMs?: DurationMs;
}

export interface Hole {
	readonly from: EpochMs;
	readonly to: EpochMs;
	readonly perMs?: number;
	/** Answers that are missing, where upstream tells the present only. */
	readonly sweeps?: number;
}

/** A good answer of one upstream, as far as it says what was told. */
export interface Answer {
	readonly upstream: number;
	readonly time: EpochMs;
	readonly everyMs: DurationMs;
	/** How long upstream keeps what was not read. Undefined: it tells the present only. */
	readonly windowMs: DurationMs | undefined;
	/** What upstream's own numbers say that it purged since the last answer. Undefined: it does not number. */
	readonly purged: Purged | undefined;
	/** Upstream holds more: this answer does not reach up to now. */
	readonly more: boolean;
	/** Of the reports in it. */
	readonly newestEventTime: EpochMs | undefined;
	/** How many reports it holds; undefined when it says that nothing has changed. */
	readonly reports: number | undefined;
	/** Answers that make one sweep: `everyMs` is the time between two of them. */
	readonly calls: number;
	/** Upstream speaks when it likes: what is missing is time, and no answers. */
	readonly isLive?: boolean;
}

export interface Purged {
	readonly messages: number;
	/** When they were told, where upstream says so. */
	readonly fromTime?: EpochMs;
	readonly toTime?: EpochMs;
}

/** Reports that nobody can tell us any more. */
export interface Gap {
	readonly from: EpochMs;
	readonly to: EpochMs;
	readonly reports: number;
	readonly estimated: boolean;
	readonly sweeps?: number;
}

export interface Covered {
	readonly coverage: Coverage;
	readonly gaps: readonly Gap[];
}

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
export function cover(
	before: Coverage | undefined,
	answer: Answer,
	windows: readonly (DurationMs | undefined)[],
): Covered {
	const known = knownAt(before, answer);
	const me = known.upstreams[answer.upstream];
	const gaps: Gap[] = [];
	const reach = reachOf(me, answer);
	const missing = missingBefore(known, me, answer, reach);
	let holes: readonly Hole[] = missing === undefined ? known.holes : [...known.holes, missing];
	const purged = purgedBy(answer);
	if (purged > 0) {
		const range = purgedRange(known, me, answer);
		const gap = countedGap(purged, range, known, holes);
		if (gap !== undefined) gaps.push(gap);
		holes = without(holes, range.from, range.to);
	}
	const readTime = readTimeOf(answer, reach);
	if (reach < answer.time) holes = without(holes, reach, readTime);
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
	const kept: Hole[] = [];
	const lostBefore = lostTime(answer.time, upstreams, windows);
	holes.forEach((hole, at) => {
		if (hole.to <= lostBefore || holes.length - at > HOLES_MAX) gaps.push(estimatedGap(hole));
		else kept.push(hole);
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
function knownAt(before: Coverage | undefined, { time, upstream }: Answer): Coverage {
	if (before === undefined) return { coveredTime: time, last: upstream, holes: [], upstreams: {} };
	if (before.coveredTime <= time) return before;
	const upstreams: Record<number, UpstreamCoverage> = {};
	for (const [index, one] of Object.entries(before.upstreams)) {
		upstreams[Number(index)] = { ...one, readTime: Math.min(one.readTime, time) };
	}
	return { ...before, coveredTime: time, upstreams };
}

/** The oldest time that somebody may still tell, and what keeps it: what purge headroom is counted from. */
export function oldestUnread(coverage: Coverage): EpochMs {
	return coverage.holes[0]?.from ?? coverage.coveredTime;
}

/** From where on the answer tells everything. */
function reachOf(me: UpstreamCoverage | undefined, answer: Answer): EpochMs {
	const { time, windowMs, purged } = answer;
	const readTime = me?.readTime;
	// Upstream's own numbers say what is missing, whatever it promised to keep.
	const isTold = purged !== undefined && (purged.messages === 0 || windowMs === undefined);
	if (isTold && readTime !== undefined) return Math.min(readTime, time);
	if (windowMs === undefined) return time;
	return Math.min(time, Math.max(readTime ?? Number.NEGATIVE_INFINITY, time - windowMs));
}

/** What lies between the end of what is known and the begin of this answer. */
function missingBefore(
	known: Coverage,
	me: UpstreamCoverage | undefined,
	answer: Answer,
	reach: EpochMs,
): Hole | undefined {
	const from = known.coveredTime;
	const last = known.upstreams[known.last] ?? me;
	if (keepsHistory(answer)) {
		if (reach <= from || purgedBy(answer) > 0) return undefined;
		const perMs = me?.perMs ?? last?.perMs;
		return { from, to: reach, ...(perMs !== undefined && { perMs }) };
	}
	// The next answer was due one pace after the last one; what came nearest to each further pace is missing.
	const everyMs = last?.everyMs ?? answer.everyMs;
	const sweeps = Math.round((answer.time - from) / everyMs) - 1;
	if (sweeps < 1) return undefined;
	return {
		from,
		to: Math.min(answer.time, from + sweeps * everyMs),
		...(last?.isLive !== true && { sweeps }),
		...(last?.perMs !== undefined && { perMs: last.perMs * (last.news ?? 1) }),
	};
}

/** When what upstream purged was told. */
function purgedRange(known: Coverage, me: UpstreamCoverage | undefined, answer: Answer) {
	const { purged, windowMs, time } = answer;
	const from = Math.min(purged?.fromTime ?? me?.readTime ?? known.coveredTime, time);
	const begin = purged?.toTime ?? (windowMs === undefined ? time : time - windowMs);
	// It may keep less than it promises: then any time since the last answer may be meant.
	return { from, to: begin > from ? Math.min(begin, time) : time };
}

/** Snapshots are told by what they tell now; everybody else goes on from a place. */
function keepsHistory({ windowMs, purged }: Answer): boolean {
	return windowMs !== undefined || purged !== undefined;
}

function purgedBy({ purged }: Answer): number {
	return purged?.messages ?? 0;
}

/** What upstream counted, less what another one told in the same time. */
function countedGap(
	purged: number,
	{ from, to }: { readonly from: EpochMs; readonly to: EpochMs },
	known: Coverage,
	holes: readonly Hole[],
): Gap | undefined {
	let untold = Math.max(0, to - Math.max(from, known.coveredTime));
	for (const hole of holes) untold += Math.max(0, Math.min(to, hole.to) - Math.max(from, hole.from));
	const share = to === from ? 1 : untold / (to - from);
	if (share >= WHOLE) return { from, to, reports: purged, estimated: false };
	const reports = Math.round(purged * share);
	return reports === 0 ? undefined : { from, to, reports, estimated: true };
}

/** Up to where upstream is read now. */
function readTimeOf(answer: Answer, reach: EpochMs): EpochMs {
	if (!answer.more || !keepsHistory(answer)) return answer.time;
	// A page in the middle of a backlog: as far as its newest report, as upstream keeps them about in order.
	return Math.min(answer.time, Math.max(reach, answer.newestEventTime ?? answer.time));
}

/** Of an upstream that tells the present the last sweep is the measure, call by call; others are measured over time. */
function ratePerMs(me: UpstreamCoverage | undefined, answer: Answer): number | undefined {
	const before = me?.perMs;
	if (keepsHistory(answer) || answer.reports === undefined) return before;
	const now = answer.reports / answer.everyMs;
	return before === undefined ? now : before + (now - before) / answer.calls;
}

/** What was told before this instant cannot be had from anybody any more. */
function lostTime(
	now: EpochMs,
	upstreams: Coverage["upstreams"],
	windows: readonly (DurationMs | undefined)[],
): EpochMs {
	let lost = Number.POSITIVE_INFINITY;
	windows.forEach((windowMs, index) => {
		if (windowMs === undefined) return;
		const readTime = upstreams[index]?.readTime ?? Number.NEGATIVE_INFINITY;
		lost = Math.min(lost, Math.max(readTime, now - windowMs));
	});
	return lost;
}

function estimatedGap({ from, to, perMs = 0, sweeps }: Hole): Gap {
	const reports = Math.round((to - from) * perMs);
	return { from, to, reports, estimated: true, ...(sweeps !== undefined && { sweeps }) };
}

/** The holes without what was told from `from` to `to`. */
function without(holes: readonly Hole[], from: EpochMs, to: EpochMs): readonly Hole[] {
	return holes.flatMap((hole) => {
		if (to <= hole.from || from >= hole.to) return [hole];
		const { sweeps: _, ...rest } = hole;
		const parts: Hole[] = [];
		if (hole.from < from) parts.push({ ...rest, to: from });
		if (to < hole.to) parts.push({ ...rest, from: to });
		return parts;
	});
}

/** How many answers the share of news is the mean of. */
const NEWS_ANSWERS_MAX = 30;

/**
 * An answer of the present listed so many reports, and so many of them were news: a vehicle that has not reported since
 * the answer before is listed once more with the same event time, and would not have been missed.
 */
export function learnedNews(coverage: Coverage, upstream: number, listed: number, news: number): Coverage {
	const me = coverage.upstreams[upstream];
	if (me === undefined || listed <= 0) return coverage;
	const newsAnswers = Math.min(NEWS_ANSWERS_MAX, (me.newsAnswers ?? 0) + 1);
	const before = me.news ?? 0;
	const share = before + (Math.min(1, news / listed) - before) / newsAnswers;
	return {
		...coverage,
		upstreams: { ...coverage.upstreams, [upstream]: { ...me, news: share, newsAnswers } },
	};
}

const MEASURED_MAX_MS: DurationMs = 3_600_000;

/** What came in `forMs` of health: the mean at first, then of about the last hour. */
export function measured(coverage: Coverage, upstream: number, reports: number, forMs: DurationMs): Coverage {
	const me = coverage.upstreams[upstream];
	if (me === undefined || forMs <= 0) return coverage;
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
export function untoldSince(coverage: Coverage, upstream: number, time: EpochMs): Coverage {
	const me = coverage.upstreams[upstream];
	if (me === undefined || coverage.last !== upstream || coverage.coveredTime <= time) return coverage;
	const readTime = Math.min(me.readTime, time);
	return {
		...coverage,
		coveredTime: time,
		upstreams: { ...coverage.upstreams, [upstream]: { ...me, readTime } },
	};
}
