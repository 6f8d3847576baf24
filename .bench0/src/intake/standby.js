import { silentWords } from "./silence.js";
/** Which upstreams of a feed are read, by their order: a lower one while every higher one cannot be, or has nothing to say. */
export class Standby {
    #upstreams;
    #progress;
    #clock;
    #onNews;
    constructor(upstreams, progress, clock, onNews) {
        this.#upstreams = upstreams;
        this.#progress = progress;
        this.#clock = clock;
        // Where nobody can stand in, the state of the feed says all there is.
        this.#onNews = upstreams.length > 1 ? onNews : undefined;
    }
    /** Whether this one is not to be read now. */
    waits({ index }) {
        const progress = this.#progress[index];
        const isNeeded = this.#before(index).every(({ upstream, silence }) => upstream?.status().state === "open" || silence.isSilent);
        if (isNeeded && !progress.active)
            progress.silence.listens(this.#clock.now());
        progress.active = isNeeded;
        return !isNeeded;
    }
    /** A connection that stands in is given up once one before it is well, and not while that one is only tried. */
    isRelieved({ index }) {
        return this.#before(index).some(({ upstream, silence, failsNow }) => (upstream?.status().state ?? "closed") === "closed" && !silence.isSilent && !failsNow);
    }
    /** Answers which of them fell silent by this: who is read, and has had the time to say something. */
    fellSilent(since) {
        const now = this.#clock.now();
        const silent = this.#progress.filter(({ active, finished, silence }) => active && !finished && silence.fell(since, now));
        for (const one of silent)
            this.#onNews?.("warn", "feed.silent", silentWords(one, now));
        return silent.map(({ index }) => index);
    }
    /** It told something new. */
    spoke(index) {
        if (this.#progress[index]?.silence.spoke(this.#clock.now()) !== true)
            return;
        this.#onNews?.("info", "feed.speaks", `Upstream ${index} tells of vehicles again, and is relied on`);
    }
    #before(index) {
        return this.#upstreams.slice(0, index).map(({ index: at, upstream }) => {
            const { silence, failsNow } = this.#progress[at];
            return { upstream, silence, failsNow };
        });
    }
}
