/** As the schedule store names its versions: `feed_version@`, and digits of a hash. */
const STATED_VERSION = /^(.+)@[0-9a-f]{8}$/s;
/** When each feed was last heard of: a record of it came, or upstream gave a good answer that had nothing new. */
export class HeardFeeds {
    #abandonedMs;
    #feeds;
    #times = new Map();
    /** By agency: the version of the schedule with which its newest records were resolved; undefined where it has none. */
    #schedules = new Map();
    /** Records of one frame share their origin, and come one after the other. */
    #lastOrigin;
    constructor(abandonedMs, feeds) {
        this.#abandonedMs = abandonedMs;
        this.#feeds = feeds;
    }
    /** By feed; what `restore` takes. */
    get times() {
        return Object.fromEntries(this.#times);
    }
    restore(times) {
        for (const [feed, time] of Object.entries(times))
            this.#hear(feed, time);
    }
    note(origin) {
        if (origin === this.#lastOrigin)
            return;
        this.#lastOrigin = origin;
        this.#hear(origin.feed, origin.receivedTime);
        this.#schedules.set(origin.agency, origin.schedule);
    }
    /**
     * `feed_version` of the schedule that the ids are those of. The header has room for one: where agencies with several
     * schedules, or with none, are served together, no version is right for all of them, and none is said.
     */
    get feedVersion() {
        const versions = new Set(this.#schedules.values());
        const [version] = versions;
        return versions.size === 1 ? STATED_VERSION.exec(version ?? "")?.[1] : undefined;
    }
    /** Asks the hub, and forgets feeds that are not routed here any more. */
    ask() {
        if (this.#feeds === undefined)
            return;
        const routed = new Set();
        const agencies = new Set();
        for (const { feed, agency, lastAnswerTime } of this.#feeds()) {
            routed.add(feed);
            agencies.add(agency);
            if (lastAnswerTime !== undefined)
                this.#hear(feed, lastAnswerTime);
        }
        for (const feed of this.#times.keys())
            if (!routed.has(feed))
                this.#times.delete(feed);
        for (const agency of this.#schedules.keys())
            if (!agencies.has(agency))
                this.#schedules.delete(agency);
    }
    /** `silent`: for so long that nothing it said is believed any more; `unknown`: not routed here any more. */
    hearing(feed, now) {
        const time = this.#times.get(feed);
        if (time === undefined)
            return "unknown";
        return now - time >= this.#abandonedMs ? "silent" : "heard";
    }
    #hear(feed, time) {
        if (time > (this.#times.get(feed) ?? Number.NEGATIVE_INFINITY))
            this.#times.set(feed, time);
    }
}
