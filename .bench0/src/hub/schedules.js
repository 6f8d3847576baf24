import { join } from "node:path";
import { ScheduleDownload } from "../intake/schedule-download.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { sleep } from "../runtime/runtime.js";
import { NO_RULES } from "../schedule/id-rules.js";
import { keepRules } from "../schedule/kept-rules.js";
import { IdResolver } from "../schedule/resolver.js";
import { RulesKeeper } from "../schedule/rules-keeper.js";
import { ScheduleKeeper } from "../schedule/schedule-keeper.js";
import { LocalPlace } from "../schedule/schedule-place.js";
import { describeIds } from "../schedule/schedule-status.js";
/** A start waits this long for schedules that were never read; a large one is read while the hub runs. */
const FIRST_LOOK_MAX_MS = 3 * SECOND_MS;
/** Rules for ids lie on this machine: to look at them costs nothing. */
const RULES_EVERY_MS = MINUTE_MS;
/** The schedules of one hub, and the resolver of ids for each agency that has a schedule or rules. */
export class Schedules {
    #materials;
    #resolvers = new Map();
    #keepers = [];
    #rules = new Map();
    /** Agencies that map ids. */
    #mapping = [];
    #downloads = [];
    #ticking = Promise.resolve();
    constructor(config, materials) {
        this.#materials = materials;
        for (const agency of config.agencies) {
            const rules = agency.ids?.rules ?? NO_RULES;
            if (agency.gtfs === undefined && agency.ids === undefined)
                continue;
            const resolver = new IdResolver({ rules, hasSchedule: agency.gtfs !== undefined });
            this.#resolvers.set(agency.name, resolver);
            const keeper = agency.gtfs && this.#keeper(config, agency, resolver);
            if (keeper !== undefined)
                this.#keepers.push(keeper);
            if (agency.ids !== undefined)
                this.#mapping.push(agency.name);
            this.#watchRules(config, agency, resolver, keeper);
        }
    }
    /** Undefined: ids of that agency are left as they are. */
    resolverOf(agency) {
        return this.#resolvers.get(agency);
    }
    /** Breakers of what is downloaded, by name. */
    get upstreams() {
        return this.#downloads.map(({ upstream }) => upstream);
    }
    /** Puts into use what the store has. What was never read is waited for a little, so that small schedules are there. */
    async start() {
        for (const keeper of this.#keepers)
            await keeper.restore();
        for (const rules of this.#rules.values())
            await rules.begin();
        const isMissing = this.#keepers.some((keeper) => keeper.status().state === "missing");
        const first = this.tick();
        if (!isMissing)
            return;
        const { clock } = this.#materials.runtime;
        const enough = new AbortController();
        // Aborted when the schedules were read first: then nobody waits for the time to pass.
        const waited = sleep(clock, FIRST_LOOK_MAX_MS, enough.signal, { ref: false }).catch(() => "read first");
        await Promise.race([first, waited]);
        enough.abort();
    }
    /** One look at a time; whoever asks meanwhile waits for the one that runs. */
    tick() {
        this.#ticking = this.#ticking.then(async () => {
            // Rules first: what they look trips up by decides what a new index is built for.
            for (const keeper of this.#rules.values())
                await keeper.tick();
            await Promise.all(this.#keepers.map((keeper) => keeper.tick()));
        });
        return this.#ticking;
    }
    /**
     * Takes up what files say now, for somebody who asks for a reload. What lies behind a URL is asked for in its own time. With
     * `isDryRun` rules are only read, and schedules are judged by what is known of them.
     */
    follow(isDryRun) {
        const news = this.#ticking.then(() => this.#follow(isDryRun));
        this.#ticking = news.then(() => undefined);
        return news;
    }
    async #follow(isDryRun) {
        const taken = [];
        const refused = [];
        const note = (part, told, refusal) => {
            if (told !== undefined)
                taken.push({ part, action: "replace", because: told });
            if (refusal !== undefined)
                refused.push(`${part}: ${refusal}`);
        };
        for (const [agency, rules] of this.#rules) {
            const told = isDryRun ? undefined : await rules.hurry();
            note(`ids:${agency}`, told, isDryRun ? await rules.peek() : rules.refusal);
        }
        for (const keeper of this.#keepers) {
            const told = isDryRun || !keeper.isLocal ? undefined : await keeper.hurry();
            note(`schedule:${keeper.agency}`, told, keeper.refusal);
        }
        return { taken, refused };
    }
    status() {
        const keepers = this.#keepers.map((keeper) => keeper.status());
        const ids = this.#mapping.map((agency) => {
            const schedule = keepers.find((status) => status.agency === agency)?.state;
            const rules = this.#resolvers.get(agency)?.rules ?? NO_RULES;
            return describeIds({ agency, schedule, rules, refusal: this.#rules.get(agency)?.refusal });
        });
        const schedules = keepers.map((status) => {
            const refusal = this.#rules.get(status.agency)?.refusal;
            if (refusal === undefined)
                return status;
            return {
                ...status,
                sentence: `${status.sentence} The rules for ids as they are now are refused: ${refusal}.`,
            };
        });
        return { schedules, ids };
    }
    /** A schedule that is being read is given up; what was in use stays in the store. */
    async stop() {
        for (const keeper of this.#keepers)
            keeper.stop();
        await this.#ticking;
        await Promise.all(this.#downloads.map(({ upstream }) => upstream.dispose()));
    }
    #keeper(config, agency, resolver) {
        const { log, runtime, store, onEvent } = this.#materials;
        const { name, gtfs, timezone } = agency;
        if (store === undefined || gtfs === undefined) {
            const mend = "pass `schedules` to createHub, such as the answer of openSqliteSchedules";
            throw new Failure("config.invalid", `Agency ${name} has a schedule, and the hub has no store for it: ${mend}`);
        }
        const state = `schedule/${name}`;
        return new ScheduleKeeper({
            agency: name,
            timezone,
            store,
            place: this.#place(config, name, gtfs.location),
            everyMs: gtfs.everyMs,
            resolver,
            clock: runtime.clock,
            memory: {
                load: async () => {
                    const bytes = await log.state(state);
                    return bytes && new TextDecoder().decode(bytes);
                },
                save: async (mark) => {
                    await log.commit({ state: [{ name: state, bytes: mark }] });
                },
            },
            onEvent: (level, code, message) => onEvent(`schedule:${name}`, level, code, message),
        });
    }
    #watchRules({ store }, { name, ids }, resolver, keeper) {
        const { runtime, onEvent } = this.#materials;
        if (ids?.source === undefined)
            return;
        const { rules, files, source, refused } = ids;
        const rulesKeeper = new RulesKeeper({
            source,
            rules,
            files,
            refused,
            keep: (read) => keepRules(runtime.files, store.directory, name, read),
            disk: runtime.files,
            clock: runtime.clock,
            everyMs: RULES_EVERY_MS,
            resolver,
            onMatchChanged: async () => keeper?.reindex(),
            onEvent: (level, code, message) => onEvent(`ids:${name}`, level, code, message),
        });
        this.#rules.set(name, rulesKeeper);
    }
    #place(config, agency, location) {
        const { runtime, remembering } = this.#materials;
        if (!/^https?:/.test(location))
            return new LocalPlace(location, runtime.files);
        const directory = join(config.store.directory, "schedules");
        const upstream = remembering(`schedule:${agency}`);
        const download = new ScheduleDownload({ agency, url: location, directory, runtime, upstream });
        this.#downloads.push(download);
        return download;
    }
}
