import type { ObservationBase } from "../model/observation.js";

/** The ids that rules can put into the agency's spelling. */
export const ID_KINDS = ["vehicle", "route", "block", "trip"] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** How upstream's spelling of one kind of id becomes the agency's, in this order: crosswalk, else strip, template, add. */
export interface IdRule {
	/** A prefix that is taken off where it is there. */
	readonly strip: string | undefined;
	/** A prefix that is put before. */
	readonly add: string | undefined;
	/** A text with names of ids in braces, such as `{route}-{trip}`. Left as it is where one of them is not stated. */
	readonly template: string | undefined;
	/** Upstream's id to the agency's. What is not in it goes through the other rules. */
	readonly crosswalk: ReadonlyMap<string, string> | undefined;
}

/** By what a trip is looked for when its id is absent or not in the schedule. The start time is always needed. */
export const MATCH_FIELDS = ["route", "direction", "block", "start"] as const;
export type MatchField = (typeof MATCH_FIELDS)[number];

export interface IdRules {
	readonly vehicle: IdRule | undefined;
	readonly route: IdRule | undefined;
	readonly block: IdRule | undefined;
	readonly trip: IdRule | undefined;
	/** Empty: a trip is found by its id alone. */
	readonly match: readonly MatchField[];
}

export const NO_RULES: IdRules = Object.freeze({
	vehicle: undefined,
	route: undefined,
	block: undefined,
	trip: undefined,
	match: [],
});

/** One pair of a crosswalk, and the line of its file. */
export interface CrosswalkEntry {
	readonly from: string;
	readonly to: string;
	readonly line: number;
}

/** What one look at the files of the rules gave. */
export interface RulesReading {
	/** What could be read; to be used only where there are no problems. */
	readonly rules: IdRules;
	readonly crosswalks: readonly {
		readonly kind: IdKind;
		readonly file: string;
		readonly entries: readonly CrosswalkEntry[];
	}[];
	/** Absolute paths of the files that were looked at, also of those that could not be read. */
	readonly files: readonly string[];
	/** Tells this content of the files from the next, as far as it can be told without reading them. */
	readonly mark: string;
	readonly problems: readonly { readonly message: string; readonly mend: string }[];
}

type Ids = Pick<
	ObservationBase,
	"vehicleId" | "gtfsRouteId" | "blockId" | "tripId" | "directionId" | "startTime" | "serviceDate"
>;

/** The id as the rule spells it. Templates see the ids as upstream states them, but for this one, which was stripped. */
export function mapId(rule: IdRule | undefined, id: string, kind: IdKind, ids: Ids): string {
	if (rule === undefined) return id;
	const known = rule.crosswalk?.get(id);
	if (known !== undefined) return known;
	const { strip, add, template } = rule;
	let mapped =
		strip !== undefined && id.startsWith(strip) && id.length > strip.length ? id.slice(strip.length) : id;
	if (template !== undefined) mapped = filled(template, kind, mapped, ids) ?? mapped;
	return add === undefined ? mapped : add + mapped;
}

function filled(template: string, kind: IdKind, id: string, ids: Ids): string | undefined {
	let isComplete = true;
	const text = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
		const value = name === kind ? id : fieldOf(name, ids);
		if (value === undefined) isComplete = false;
		return value ?? "";
	});
	return isComplete ? text : undefined;
}

function fieldOf(name: string, ids: Ids): string | undefined {
	switch (name) {
		case "vehicle":
			return ids.vehicleId;
		case "route":
			return ids.gtfsRouteId;
		case "block":
			return ids.blockId;
		case "trip":
			return ids.tripId;
		case "direction":
			return ids.directionId?.toString();
		case "start":
			return ids.startTime;
		case "date":
			return ids.serviceDate;
		default:
			return undefined;
	}
}
