import { resolve as resolvePath } from "node:path";
import { MATCH_BY, Timetable } from "../comparison/timetable.js";
import { ScheduleDownload } from "../intake/schedule-download.js";
import { Failure, messageOf } from "../model/failure.js";
import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import { buildIndex } from "../schedule/build-index.js";
import { LocalPlace } from "../schedule/schedule-place.js";
import { addDays, localDate } from "../schedule/service-day.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
const AGENCY = "compare";
/** A pick that changes in the middle of two weeks is seen within the hour. */
const LOOK_EVERY_MS = HOUR_MS;
/** Somebody is just copying it. */
const LOOK_AGAIN_MS = MINUTE_MS;
/**
 * Reads a GTFS feed, a zip, a folder or a URL, into a folder that may be removed after `close`, and again whenever it
 * changes. Days are looked up in the version that is valid on them. A broken new one is told and left alone.
 * @throws Failure `decode.format` with the reason when the first one cannot be used.
 */
export async function openTimetable(location, directory, runtime, context) {
    const store = await openSqliteSchedules({ directory });
    const isUrl = /^https?:\/\//i.test(location);
    const download = isUrl
        ? new ScheduleDownload({ agency: AGENCY, url: location, directory, runtime, upstream: {} })
        : undefined;
    const place = download ?? new LocalPlace(resolvePath(context.workingDirectory, location), runtime.files);
    const close = async () => {
        await download?.upstream.dispose();
        await store.close();
    };
    try {
        const source = new RenewedSchedule(place, isUrl ? place.name : location, store, context);
        const first = await source.first();
        const timetable = new Timetable();
        const { timezone } = first;
        let date;
        return {
            timetable,
            timezone,
            close,
            async prepare(time) {
                const today = localDate(time, timezone);
                const isRenewed = await source.renew();
                if (today === date && !isRenewed)
                    return;
                const days = [addDays(today, -1), today, addDays(today, 1)];
                timetable.use(await buildIndex(store, await store.versions(AGENCY), days, timezone, MATCH_BY));
                date = today;
            },
        };
    }
    catch (thrown) {
        await close();
        throw thrown;
    }
}
/** The versions that lay in one place since the start. */
class RenewedSchedule {
    #place;
    /** As the user knows it. */
    #name;
    #store;
    #context;
    #never = new AbortController().signal;
    #mark;
    #lookAt = 0;
    #trouble;
    constructor(place, name, store, context) {
        this.#place = place;
        this.#name = name;
        this.#store = store;
        this.#context = context;
    }
    async first() {
        const found = await this.#place.look(undefined, this.#never);
        const version = found && (await this.#load(found));
        if (version === undefined || typeof version === "string")
            throw new Failure("decode.format", `The schedule ${this.#name} cannot be used: ${version}`);
        return version;
    }
    /** True when there is another version than before. */
    async renew() {
        const { runtime, terminal } = this.#context;
        const now = runtime.clock.monotonic();
        if (now < this.#lookAt)
            return false;
        this.#lookAt = now + LOOK_EVERY_MS;
        try {
            const found = await this.#place.look(this.#mark, this.#never);
            if (found?.isSettled === false)
                this.#lookAt = now + LOOK_AGAIN_MS;
            if (found === undefined || !found.isSettled)
                return false;
            const version = await this.#load(found);
            if (typeof version === "string") {
                terminal.err(`The new schedule in ${this.#name} cannot be used, the one before stays: ${version}`);
                return false;
            }
            terminal.err(`The schedule has changed: version ${version.version} is used on its days from now on.`);
            this.#trouble = undefined;
            return true;
        }
        catch (thrown) {
            const trouble = messageOf(thrown);
            if (trouble !== this.#trouble)
                terminal.err(`The schedule cannot be looked at: ${trouble}`);
            this.#trouble = trouble;
            return false;
        }
    }
    /** The version, or why it is refused. */
    async #load({ path, mark, done }) {
        const { runtime, terminal } = this.#context;
        this.#lookAt = runtime.clock.monotonic() + LOOK_EVERY_MS;
        const progress = terminal.progress(runtime.clock);
        try {
            const loaded = await this.#store.load({
                agency: AGENCY,
                path,
                readTime: runtime.clock.now(),
                onProgress: ({ file, bytes, totalBytes }) => progress.show(`schedule: ${Math.round((100 * bytes) / Math.max(1, totalBytes))} % ${file}`),
            });
            this.#mark = mark;
            return loaded.outcome === "refused" ? loaded.refusal.sentence : loaded.version;
        }
        finally {
            progress.end();
            await done();
        }
    }
}
