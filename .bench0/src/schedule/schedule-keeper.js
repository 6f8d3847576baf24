import { formatGtfsFinding } from "../formats/gtfs/findings.js";
import { Failure, messageOf } from "../model/failure.js";
import { DAY_MS, SECOND_MS } from "../model/units.js";
import { buildIndex, versionFor } from "./build-index.js";
import { shareOf } from "./match-rate.js";
import { EMPTY_INDEX } from "./schedule-index.js";
import { describeSchedule } from "./schedule-status.js";
import { addDays, daysBetween, localDate } from "./service-day.js";
const PROGRESS_EVERY_MS = 5 * SECOND_MS;
/** How far ahead a version may be chosen for a day; more than any pick is published ahead. */
const AHEAD_DAYS = 400;
const EXPIRES_SOON_DAYS = 7;
/** A share of resolved trips below the first is told, and told to be over above the second. */
const MATCH_LOW = 0.5;
const MATCH_GOOD = 0.6;
const MATCH_RECORDS_MIN = 100;
const WARNINGS_TOLD = 3;
/**
 * Keeps the schedule of one agency current: reads what is new at its place, refuses what is broken, chooses the version
 * for each day, and exchanges the index of the days around today. Driven by `tick`; never in the way of a record.
 */
export class ScheduleKeeper {
    agency;
    #options;
    #abort = new AbortController();
    #versions = [];
    #refusal;
    #index = EMPTY_INDEX;
    #today = "";
    #mark;
    #nextLook = Number.NEGATIVE_INFINITY;
    #lookTime;
    #trouble;
    #loading;
    #toldExpiry;
    #isMatchLow = false;
    constructor(options) {
        this.#options = options;
        this.agency = options.agency;
    }
    /** Puts what the store has into use, so that a restart knows the schedule before the first record. */
    async restore() {
        const { store, memory } = this.#options;
        this.#versions = await store.versions(this.agency);
        this.#refusal = await store.refusal(this.agency);
        // A mark without what it stands for would keep the schedule from being read.
        if (this.#versions.length > 0 || this.#refusal !== undefined)
            this.#mark = await memory.load();
        await this.#rebuild();
    }
    /** Looks at the clock and, when it is time, at the place. Called about once a minute; rejects for nothing. */
    async tick() {
        const { clock, everyMs, onEvent } = this.#options;
        try {
            if (this.#dateNow() !== this.#today)
                await this.#rebuild();
            this.#judgeMatches();
            if (clock.monotonic() < this.#nextLook)
                return;
            this.#nextLook = clock.monotonic() + everyMs;
            await this.#look();
            if (this.#trouble !== undefined)
                onEvent("info", "schedule.reachable", "The schedule can be looked at again");
            this.#trouble = undefined;
        }
        catch (thrown) {
            if (this.#abort.signal.aborted)
                return;
            const trouble = messageOf(thrown);
            if (trouble !== this.#trouble) {
                const kept = this.#versions.length > 0 ? "; the schedule that is there stays in use" : "";
                onEvent("warn", "schedule.unreachable", `The schedule cannot be looked at: ${trouble}${kept}`);
            }
            this.#trouble = trouble;
        }
    }
    /** Reads what lies there now, without waiting: somebody says that it is ready. Answers what is new, if anything. */
    async hurry() {
        const before = this.#versions[0];
        // The second look tells that nobody is copying.
        for (let look = 0; look < 2; look++) {
            this.#nextLook = Number.NEGATIVE_INFINITY;
            await this.tick();
        }
        const [now] = this.#versions;
        const isSame = now?.contentHash === before?.contentHash && now?.readTime === before?.readTime;
        return now === undefined || isSame ? undefined : `Schedule ${now.version} was read`;
    }
    get isLocal() {
        return this.#options.place.isLocal === true;
    }
    /** Why what lies at its place is not used as it is, as far as was looked. */
    get refusal() {
        return this.#refusal?.sentence ?? (this.#trouble && `it cannot be looked at: ${this.#trouble}`);
    }
    /** Builds the index anew, because trips are looked for by other things than before. Never during a `tick`. */
    reindex() {
        return this.#rebuild();
    }
    stop() {
        this.#abort.abort(new Failure("closed", "The hub is stopping"));
    }
    status() {
        return describeSchedule({
            agency: this.agency,
            place: this.#options.place.name,
            today: this.#today,
            index: this.#index,
            versions: this.#versions,
            refusal: this.#refusal,
            loading: this.#loading,
            lookTime: this.#lookTime,
            trouble: this.#trouble,
            match: this.#options.resolver.sums,
        });
    }
    async #look() {
        const { place, clock } = this.#options;
        const feed = await place.look(this.#mark, this.#abort.signal);
        this.#lookTime = clock.now();
        if (feed === undefined)
            return;
        if (!feed.isSettled && this.#versions.length > 0) {
            this.#nextLook = clock.monotonic();
            return;
        }
        try {
            await this.#load(feed);
        }
        finally {
            this.#loading = undefined;
            await feed.done();
        }
    }
    async #load({ path, mark }) {
        const { store, clock, memory, onEvent, place } = this.#options;
        const started = clock.monotonic();
        let told = started;
        const loaded = await store.load({
            agency: this.agency,
            path,
            readTime: clock.now(),
            signal: this.#abort.signal,
            onProgress: ({ file, bytes, totalBytes }) => {
                const share = totalBytes === 0 ? 1 : bytes / totalBytes;
                this.#loading = { file, share };
                if (clock.monotonic() - told < PROGRESS_EVERY_MS || file === "")
                    return;
                told = clock.monotonic();
                onEvent("info", "schedule.progress", `Reading the schedule: ${file}, ${Math.floor(share * 100)} %`);
            },
        });
        this.#mark = mark;
        await memory.save(mark);
        if (loaded.outcome === "refused") {
            this.#refusal = loaded.refusal;
            const kept = this.#versions.length > 0 ? "The schedule that is there stays in use" : "There is no other";
            const sentence = `The schedule at ${place.name} is refused: ${loaded.refusal.sentence}. ${kept}`;
            onEvent("error", "schedule.refused", sentence);
            return;
        }
        this.#refusal = undefined;
        this.#versions = await store.versions(this.agency);
        const { version, validFrom, validTo, counts, warnings } = loaded.version;
        const took = ((clock.monotonic() - started) / SECOND_MS).toFixed(1);
        const trips = counts["trips.txt"] ?? 0;
        const days = `${validFrom} to ${validTo}`;
        if (loaded.outcome === "known")
            onEvent("info", "schedule.known", `Schedule ${version} is at its place again`);
        else
            onEvent("info", "schedule.loaded", `Schedule ${version} for ${days} was read: ${trips} trips in ${took} s`);
        for (const finding of warnings.slice(0, WARNINGS_TOLD))
            onEvent("warn", "schedule.finding", `Schedule ${version}: ${formatGtfsFinding(finding)}`);
        await this.#rebuild();
        await this.#prune();
    }
    /** Exchanges the index: yesterday, because trips run past midnight, today, and tomorrow. */
    async #rebuild() {
        const { store, resolver, timezone } = this.#options;
        const today = this.#dateNow();
        const dates = [addDays(today, -1), today, addDays(today, 1)];
        this.#index = await buildIndex(store, this.#versions, dates, timezone, resolver.match);
        const before = this.#today;
        this.#today = today;
        resolver.use(this.#index);
        this.#tellVersion(before);
    }
    #tellVersion(before) {
        const { onEvent } = this.#options;
        if (this.#versions.length === 0)
            return;
        const current = versionFor(this.#versions, this.#today);
        if (current === undefined) {
            const spans = this.#versions.map(({ version, validFrom, validTo }) => `${version}: ${validFrom} to ${validTo}`);
            const mend = "no trip can be shown to riders until a schedule for today is put in place";
            onEvent("error", "schedule.expired", `No schedule covers ${this.#today} (${spans.join("; ")}): ${mend}`);
            return;
        }
        const left = daysBetween(this.#today, current.validTo);
        const hasNext = versionFor(this.#versions, addDays(current.validTo, 1)) !== undefined;
        if (left <= EXPIRES_SOON_DAYS && !hasNext && this.#toldExpiry !== this.#today) {
            this.#toldExpiry = this.#today;
            const sentence = `Schedule ${current.version} ends on ${current.validTo}, and nothing follows it yet`;
            onEvent("warn", "schedule.expires", sentence);
        }
        const last = before === "" ? undefined : versionFor(this.#versions, before);
        if (last !== undefined && last.contentHash !== current.contentHash)
            onEvent("info", "schedule.pick", `From today on schedule ${current.version} is used`);
    }
    /** Removes versions that no day from yesterday on will use; what was read last stays in any case. */
    async #prune() {
        const used = new Set(this.#versions.slice(0, 1));
        for (let day = -1; day <= AHEAD_DAYS; day++) {
            const version = versionFor(this.#versions, addDays(this.#today, day));
            if (version)
                used.add(version);
        }
        const { store, onEvent } = this.#options;
        for (const version of this.#versions) {
            if (used.has(version))
                continue;
            await store.remove(version);
            onEvent("info", "schedule.pruned", `Schedule ${version.version} is used on no day any more and was removed`);
        }
        this.#versions = this.#versions.filter((version) => used.has(version));
    }
    #judgeMatches() {
        const { resolver, onEvent } = this.#options;
        const { recent, reasons } = resolver.sums;
        const share = shareOf(recent);
        if (share === undefined || recent.resolved + recent.unresolved < MATCH_RECORDS_MIN)
            return;
        const shown = `${Math.round(share * 100)} % of the trips that upstream names are in the schedule`;
        if (!this.#isMatchLow && share < MATCH_LOW) {
            this.#isMatchLow = true;
            const top = Object.entries(reasons)
                .filter(([reason]) => reason !== "unassigned")
                .sort(([, a], [, b]) => b - a)[0]?.[0];
            const mend = "compare an id of upstream with trips.txt, and map it under ids";
            onEvent("error", "schedule.match_low", `Only ${shown} (most of all ${top}); ${mend}`);
        }
        else if (this.#isMatchLow && share > MATCH_GOOD) {
            this.#isMatchLow = false;
            onEvent("info", "schedule.match_good", `Again ${shown}`);
        }
    }
    #dateNow() {
        const now = this.#options.clock.now();
        const zone = this.#versions[0]?.timezone ?? this.#options.timezone;
        // A clock that was never set must not make a day of it.
        return localDate(Math.max(now, DAY_MS), zone);
    }
}
