import type { ScheduleRefusal, ScheduleVersion } from "../log/schedules.js";
import type { EpochMs, ServiceDate } from "../model/units.js";
import { versionFor } from "./build-index.js";
import { ID_KINDS, type IdRules } from "./id-rules.js";
import type { MatchSums } from "./match-rate.js";
import type { ScheduleIndex } from "./schedule-index.js";

/**
 * `current`: a schedule covers today. `expired`: none does, and trips do not resolve. `missing`: none was ever read.
 * What goes wrong with a newer one does not change this: it is told in `sentence` and `refusal`.
 */
export type ScheduleState = "current" | "expired" | "missing";

/** The schedule of one agency, for people and machines. */
export interface ScheduleStatus {
	readonly agency: string;
	readonly state: ScheduleState;
	readonly sentence: string;
	/** Where it comes from: the host of a URL, or the name of a file or folder without its path. */
	readonly place: string;
	/** The service date of today by the agency's clock. */
	readonly today: ServiceDate;
	/** The version of today. */
	readonly version: string | undefined;
	/** Yesterday, today and tomorrow, and how many trips run. */
	readonly days: readonly {
		readonly date: ServiceDate;
		readonly version: string | undefined;
		readonly trips: number;
	}[];
	/** The one that was read last first. */
	readonly versions: readonly Pick<
		ScheduleVersion,
		"version" | "validFrom" | "validTo" | "validity" | "readTime"
	>[];
	/** While one is read. */
	readonly loading: { readonly file: string; readonly share: number } | undefined;
	/** Why the newest feed is not used. */
	readonly refusal: { readonly time: EpochMs; readonly sentence: string } | undefined;
	/** When its place was last looked at. */
	readonly lookTime: EpochMs | undefined;
	readonly match: MatchSums;
}

export interface ScheduleFacts {
	readonly agency: string;
	readonly place: string;
	readonly today: ServiceDate;
	readonly index: ScheduleIndex;
	readonly versions: readonly ScheduleVersion[];
	readonly refusal: ScheduleRefusal | undefined;
	readonly loading: ScheduleStatus["loading"];
	readonly lookTime: EpochMs | undefined;
	readonly trouble: string | undefined;
	readonly match: MatchSums;
}

export function describeSchedule(facts: ScheduleFacts): ScheduleStatus {
	const { agency, place, today, index, versions, refusal, loading, lookTime, match } = facts;
	const current = versionFor(versions, today);
	const state = versions.length === 0 ? "missing" : current === undefined ? "expired" : "current";
	return {
		agency,
		state,
		sentence: sentenceOf(facts, current),
		place: /^https?:/.test(place) ? place : (place.split(/[\\/]/).at(-1) ?? place),
		today,
		version: current?.version,
		days: index.days.map(({ date, book }, at) => {
			let trips = 0;
			for (const trip of book?.trips.values() ?? []) if ((trip.days & (1 << at)) !== 0) trips++;
			return { date, version: book?.version, trips };
		}),
		versions: versions.map(({ version, validFrom, validTo, validity, readTime }) => ({
			version,
			validFrom,
			validTo,
			validity,
			readTime,
		})),
		loading,
		refusal: refusal && { time: refusal.time, sentence: refusal.sentence },
		lookTime,
		match,
	};
}

function sentenceOf(facts: ScheduleFacts, current: ScheduleVersion | undefined): string {
	const { versions, today, refusal, loading, trouble } = facts;
	const said: string[] = [];
	if (current) said.push(`Schedule ${current.version} is used; it ends on ${current.validTo}.`);
	else if (versions.length === 0) said.push("No schedule was read yet, so no trip resolves.");
	else said.push(`No schedule covers ${today}, so no trip resolves: put a current one in place.`);
	if (loading) said.push(`Another one is being read: ${loading.file}, ${Math.floor(loading.share * 100)} %.`);
	if (refusal) said.push(`The newest feed was refused: ${refusal.sentence}.`);
	if (trouble) said.push(`Its place cannot be looked at: ${trouble}.`);
	return said.join(" ");
}

/** The rules for ids of one agency, for people and machines. */
export interface IdsStatus {
	readonly agency: string;
	/** Undefined: the agency has no schedule, so nobody knows which of the mapped ids exist. */
	readonly schedule: ScheduleState | undefined;
	readonly sentence: string;
	/** Why the rules as they lie there now are not used; undefined: they are. */
	readonly refusal: string | undefined;
}

export interface IdsFacts {
	readonly agency: string;
	readonly schedule: ScheduleState | undefined;
	readonly rules: IdRules;
	readonly refusal: string | undefined;
}

export function describeIds({ agency, schedule, rules, refusal }: IdsFacts): IdsStatus {
	const mapped = ID_KINDS.flatMap((kind) => {
		const rule = rules[kind];
		if (rule === undefined) return [];
		return [rule.crosswalk === undefined ? kind : `${kind} (crosswalk of ${rule.crosswalk.size})`];
	});
	const said = [
		mapped.length === 0 ? "No id is mapped." : `Mapped: ${mapped.join(", ")}.`,
		...(schedule === undefined
			? [`No trip is looked up, because no schedule is configured (agencies.${agency}.gtfs).`]
			: []),
		...(refusal === undefined ? [] : [`The rules for ids as they are now are refused: ${refusal}.`]),
	];
	return { agency, schedule, sentence: said.join(" "), refusal };
}
