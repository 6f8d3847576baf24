import { MINUTE_MS, SECOND_MS } from "../model/units.js";
/** A connection that is gone, and does not say so, is noticed within this time by every source: until then quiet is no loss. */
const UNNOTICED_MS = 2 * MINUTE_MS;
/** Shorter breaks are not told: reports are further apart. */
const PACE_MS = SECOND_MS;
/**
 * What one live upstream has told, so that it is known what it told while nobody listened: nobody numbers what goes by on a
 * live connection, and so that is estimated, by the time and by what came in a like time of health. It covers the time in
 * which the connection stood, as far as it was heard; what another upstream told meanwhile is no gap.
 */
export class LiveCoverage {
    #options;
    /** Since the last time that was noted. */
    #reports = 0;
    #heardTime = Number.NEGATIVE_INFINITY;
    /** Up to when it is told, in this connection. Undefined: nothing is known of what was before it. */
    #coveredTime;
    /** Upstream has kept for us what it promises to keep. */
    #isKept = true;
    #isStoring = false;
    #wasSilent = false;
    constructor(options) {
        this.#options = options;
    }
    /** The connection stands anew: nobody told us what was said before, unless upstream has kept it. */
    opened(isKept = true) {
        this.#isKept = isKept;
        this.#coveredTime = undefined;
        this.#note();
    }
    /** The connection has stood until now; called from time to time, and when it breaks. */
    stands() {
        if (!this.#wasSilent)
            this.#note();
    }
    heard(reports, now) {
        this.#heardTime = now;
        if (this.#wasSilent) {
            this.#wasSilent = false;
            this.opened();
        }
        this.#reports += reports;
    }
    /** What it says next is told like what comes after a break. */
    fellSilent() {
        this.#wasSilent = true;
    }
    #note() {
        // What comes meanwhile is noted with the next one.
        if (this.#isStoring)
            return;
        this.#isStoring = true;
        this.#store()
            .catch((thrown) => this.#options.onFailure(thrown))
            .finally(() => {
            this.#isStoring = false;
        });
    }
    async #store() {
        const { upstream, windowMs, clock, gaps, store, trouble } = this.#options;
        await gaps.load();
        const time = clock.now();
        const from = this.#coveredTime;
        const common = { upstream, time, everyMs: PACE_MS, isLive: true, reports: undefined, calls: 1 };
        if (from === undefined) {
            const keptMs = this.#isKept ? windowMs : undefined;
            const answer = {
                ...common,
                windowMs: keptMs,
                purged: undefined,
                more: false,
                newestEventTime: undefined,
            };
            await gaps.take(answer, [], trouble(), store);
            this.#coveredTime = time;
            this.#reports = 0;
            return;
        }
        const until = Math.min(time, Math.max(this.#heardTime, time - UNNOTICED_MS));
        if (until <= from)
            return;
        const reports = this.#reports;
        const answer = { ...common, windowMs, purged: { messages: 0 }, more: true, newestEventTime: until };
        await gaps.take(answer, [], trouble(), store);
        this.#coveredTime = until;
        this.#reports -= reports;
        gaps.rate(upstream, reports, until - from);
    }
}
