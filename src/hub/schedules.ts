import { join } from "node:path";
import type { AgencyConfig, HubConfig } from "../config/config.js";
import { ScheduleDownload } from "../intake/schedule-download.js";
import type { Log } from "../log/log.js";
import type { ScheduleStore } from "../log/schedules.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { PartChange } from "../operations/reload-report.js";
import type { Upstream, UpstreamOptions } from "../resilience/index.js";
import { type Runtime, sleep } from "../runtime/runtime.js";
import { NO_RULES } from "../schedule/id-rules.js";
import { keepRules } from "../schedule/kept-rules.js";
import { IdResolver } from "../schedule/resolver.js";
import { RulesKeeper } from "../schedule/rules-keeper.js";
import { ScheduleKeeper } from "../schedule/schedule-keeper.js";
import { LocalPlace, type SchedulePlace } from "../schedule/schedule-place.js";
import { describeIds, type IdsStatus, type ScheduleStatus } from "../schedule/schedule-status.js";
import type { FilesNews } from "./reload-files.js";

export interface ScheduleMaterials {
	readonly log: Log;
	readonly runtime: Runtime;
	/** Undefined: no agency of the configuration may have a schedule. */
	readonly store: ScheduleStore | undefined;
	readonly remembering: (name: string) => Pick<UpstreamOptions, "persist" | "onEvent">;
	readonly onEvent: (
		subject: string,
		level: "info" | "warn" | "error",
		code: string,
		message: string,
	) => void;
}

/** A start waits this long for schedules that were never read; a large one is read while the hub runs. */
const FIRST_LOOK_MAX_MS = 2 * SECOND_MS;
/** Rules for ids lie on this machine: to look at them costs nothing. */
const RULES_EVERY_MS = MINUTE_MS;

/** The schedules of one hub, and the resolver of ids for each agency that has a schedule or rules. */
export class Schedules {
	readonly #materials: ScheduleMaterials;
	readonly #resolvers = new Map<string, IdResolver>();
	readonly #keepers: ScheduleKeeper[] = [];
	readonly #rules = new Map<string, RulesKeeper>();
	/** Agencies that map ids. */
	readonly #mapping: string[] = [];
	readonly #downloads: ScheduleDownload[] = [];
	#ticking: Promise<void> = Promise.resolve();

	constructor(config: HubConfig, materials: ScheduleMaterials) {
		this.#materials = materials;
		for (const agency of config.agencies) {
			const rules = agency.ids?.rules ?? NO_RULES;
			if (agency.gtfs === undefined && agency.ids === undefined) continue;
			const resolver = new IdResolver({ rules, hasSchedule: agency.gtfs !== undefined });
			this.#resolvers.set(agency.name, resolver);
			const keeper = agency.gtfs && this.#keeper(config, agency, resolver);
			if (keeper !== undefined) this.#keepers.push(keeper);
			if (agency.ids !== undefined) this.#mapping.push(agency.name);
			this.#watchRules(config, agency, resolver, keeper);
		}
	}

	/** Undefined: ids of that agency are left as they are. */
	resolverOf(agency: string): IdResolver | undefined {
		return this.#resolvers.get(agency);
	}

	/** Breakers of what is downloaded, by name. */
	get upstreams(): readonly Upstream[] {
		return this.#downloads.map(({ upstream }) => upstream);
	}

	/** Puts into use what the store has. What was never read is waited for a little, so that small schedules are there. */
	async start(): Promise<void> {
		for (const keeper of this.#keepers) await keeper.restore();
		for (const rules of this.#rules.values()) await rules.begin();
		const isMissing = this.#keepers.some((keeper) => keeper.status().state === "missing");
		const first = this.tick();
		if (!isMissing) return;
		const { clock } = this.#materials.runtime;
		const enough = new AbortController();
		// Aborted when the schedules were read first: then nobody waits for the time to pass.
		const waited = sleep(clock, FIRST_LOOK_MAX_MS, enough.signal, { ref: false }).catch(() => "read first");
		await Promise.race([first, waited]);
		enough.abort();
	}

	/** One look at a time; whoever asks meanwhile waits for the one that runs. */
	tick(): Promise<void> {
		this.#ticking = this.#ticking.then(async () => {
			// Rules first: what they look trips up by decides what a new index is built for.
			for (const keeper of this.#rules.values()) await keeper.tick();
			await Promise.all(this.#keepers.map((keeper) => keeper.tick()));
		});
		return this.#ticking;
	}

	/**
	 * Takes up what files say now, for somebody who asks for a reload. What lies behind a URL is asked for in its own time. With
	 * `isDryRun` rules are only read, and schedules are judged by what is known of them.
	 */
	follow(isDryRun: boolean): Promise<FilesNews> {
		const news = this.#ticking.then(() => this.#follow(isDryRun));
		this.#ticking = news.then(() => undefined);
		return news;
	}

	async #follow(isDryRun: boolean): Promise<FilesNews> {
		const taken: PartChange[] = [];
		const refused: string[] = [];
		const note = (part: string, told: string | undefined, refusal: string | undefined) => {
			if (told !== undefined) taken.push({ part, action: "replace", because: told });
			if (refusal !== undefined) refused.push(`${part}: ${refusal}`);
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

	status(): { readonly schedules: readonly ScheduleStatus[]; readonly ids: readonly IdsStatus[] } {
		const keepers = this.#keepers.map((keeper) => keeper.status());
		const ids = this.#mapping.map((agency) => {
			const schedule = keepers.find((status) => status.agency === agency)?.state;
			const rules = this.#resolvers.get(agency)?.rules ?? NO_RULES;
			return describeIds({ agency, schedule, rules, refusal: this.#rules.get(agency)?.refusal });
		});
		const schedules = keepers.map((status) => {
			const refusal = this.#rules.get(status.agency)?.refusal;
			if (refusal === undefined) return status;
			return {
				...status,
				sentence: `${status.sentence} The rules for ids as they are now are refused: ${refusal}.`,
			};
		});
		return { schedules, ids };
	}

	/** A schedule that is being read is given up; what was in use stays in the store. */
	async stop(): Promise<void> {
		for (const keeper of this.#keepers) keeper.stop();
		await this.#ticking;
		await Promise.all(this.#downloads.map(({ upstream }) => upstream.dispose()));
	}

	#keeper(config: HubConfig, agency: AgencyConfig, resolver: IdResolver): ScheduleKeeper {
		const { log, runtime, store, onEvent } = this.#materials;
		const { name, gtfs, timezone } = agency;
		if (store === undefined || gtfs === undefined) {
			const mend = "pass `schedules` to createHub, such as the answer of openSqliteSchedules";
			throw new Failure(
				"config.invalid",
				`Agency ${name} has a schedule, and the hub has no store for it: ${mend}`,
			);
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

	#watchRules(
		{ store }: HubConfig,
		{ name, ids }: AgencyConfig,
		resolver: IdResolver,
		keeper: ScheduleKeeper | undefined,
	): void {
		const { runtime, onEvent } = this.#materials;
		if (ids?.source === undefined) return;
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

	#place(config: HubConfig, agency: string, location: string): SchedulePlace {
		const { runtime, remembering } = this.#materials;
		if (!/^https?:/.test(location)) return new LocalPlace(location, runtime.files);
		const directory = join(config.store.directory, "schedules");
		const upstream = remembering(`schedule:${agency}`);
		const download = new ScheduleDownload({ agency, url: location, directory, runtime, upstream });
		this.#downloads.push(download);
		return download;
	}
}
