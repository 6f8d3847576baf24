import { determines, type Profile } from "./table.js";

/** What is looked for. */
export const SOUGHT = [
	"vehicleId",
	"position",
	"eventTime",
	"headingDeg",
	"speedMps",
	"tripId",
	"gtfsRouteId",
] as const;
export type Sought = (typeof SOUGHT)[number];

/** A place that fits what is looked for, and why. */
export interface Candidate {
	readonly profile: Profile;
	/** 0 to 1: how well the values fit. Names are not part of it. */
	readonly score: number;
	readonly evidence: readonly string[];
}

/** What was found for one field. */
export interface Finding {
	readonly field: Exclude<Sought, "position"> | "latitude" | "longitude";
	readonly path: string;
	/** 0 to 1. */
	readonly confidence: number;
	/** Sentences for people. */
	readonly evidence: readonly string[];
	/** How a mapping reads it, beside its path. */
	readonly reading: Readonly<Record<string, unknown>>;
	/** Other places that fit nearly as well. */
	readonly others: readonly { readonly path: string; readonly confidence: number }[];
}

/** What could not be told. */
export interface Unknown {
	readonly field: Sought;
	/** For people: why, and what would help. */
	readonly why: string;
	/** Places that it may be. */
	readonly candidates: readonly string[];
}

/** Raises the order of a candidate whose name speaks for it, by less than any evidence would. */
const NAME_BONUS = 0.15;

/** Strong: the field by its own name. Weak: what many things are called. */
interface Names {
	readonly strong: RegExp;
	readonly weak?: RegExp;
}

const NAMES: Readonly<Record<Sought | "latitude" | "longitude" | "age", Names>> = {
	vehicleId: {
		strong:
			/^(monitored)?(v|veh|bus|car|vehicle|fleet|unit|coach)[_-]?(id|nr|no|num|number|ref|code)?$|source_host|^fn$/i,
		weak: /^id$|label|^name$|device/i,
	},
	position: { strong: /lat|lon|lng|position/i },
	latitude: { strong: /lat|^y$|^la$|northing|[-_]y$/i },
	longitude: { strong: /lon|lng|^x$|^lo$|easting|[-_]x$/i },
	eventTime: {
		strong: /recorded|reported|^tst$|tmstmp|^timestamp$|updated|lastgps|^datetime/i,
		weak: /time|stamp|^tsi$|^ut$|date/i,
	},
	headingDeg: { strong: /head(ing)?$|hdg|bearing|course$|azimuth|^hg$|direction_?deg|^deg$|track/i },
	speedMps: { strong: /speed|^spd$|velocity/i },
	tripId: { strong: /trip_?(id|no|num|ref)?$|journey_?(ref|number|id)$|^td$|^jrn$/i, weak: /trip|journey/i },
	gtfsRouteId: {
		strong:
			/^(route|line|rt|sn)[_-]?(id|ref|tag|no|num|number|name|short_?name)?$|lineplanning|publishedlinename|route-designator/i,
		weak: /route|line|^desi$/i,
	},
	age: { strong: /sec.*(since|ago)|age|ago$|since/i },
};
/** Names that hold the word and mean something else. */
const OTHERS =
	/prev|next|pattern|color|colour|desc|status|phase|type|dataframe|origin|dest|headsign|stop|seq|sched|valid|until|aimed|expected|start|end(?!$)|layover|upload/i;

/** 0 to 1: how much the path's names speak for the field. Only ever used to rank what the values allow. */
export function nameStrength(field: keyof typeof NAMES, { column }: Profile): number {
	const at = column.path.replaceAll(/[[\]"@^]|\d+(?=\])/g, "").split(".");
	const last = at.at(-1) ?? "";
	const holder = at.at(-2) ?? "";
	const { strong, weak } = NAMES[field];
	if (OTHERS.test(last)) return 0;
	if (strong.test(last)) return 1;
	if (/^(id|ref|no|number|value|deg(ree)?|designator|num)$/i.test(last) && strong.test(holder)) return 1;
	if (field === "vehicleId" && /^id$/i.test(last)) return 0.8;
	return weak?.test(last) ? 0.4 : 0;
}

export function isNamed(field: keyof typeof NAMES, profile: Profile): boolean {
	return nameStrength(field, profile) > 0;
}

/** Best first; names decide only between neighbours. */
export function ranked(
	field: keyof typeof NAMES,
	candidates: readonly Candidate[],
	useNames: boolean,
): readonly Candidate[] {
	const rank = (one: Candidate) =>
		one.score + (useNames ? NAME_BONUS * nameStrength(field, one.profile) : 0) - one.profile.order * 1e-5;
	return [...candidates].sort((a, b) => rank(b) - rank(a));
}

/** The confidence of the best one: less where another is near, more where its name says the same. */
export function confidenceOf(
	field: keyof typeof NAMES,
	[best, ...others]: readonly Candidate[],
	useNames: boolean,
): number {
	if (best === undefined) return 0;
	const rival = others.find((other) => !isSame(other.profile, best.profile));
	const named = useNames ? nameStrength(field, best.profile) : 0;
	const margin =
		rival === undefined
			? 1
			: Math.max(
					0,
					best.score -
						rival.score +
						NAME_BONUS * named -
						(useNames && rival !== undefined ? NAME_BONUS * nameStrength(field, rival.profile) : 0),
				);
	const known = useNames && rival !== undefined && named === 1 && nameStrength(field, rival.profile) === 1;
	// Two that are both called so are two names of one thing, mostly.
	const isOther = !known || !sayTheSame(best.profile, rival.profile);
	const doubt = margin >= 0.15 || !isOther ? 0 : (known ? 0.12 : 0.25) * (1 - margin / 0.15);
	return Number(Math.min(0.99, Math.max(0.05, best.score - doubt + 0.05 * named)).toFixed(2));
}

/** Two spellings of one thing: wherever the one is another, the other is, too. */
function sayTheSame(one: Profile, other: Profile): boolean {
	return determines(one, other) === 1 && determines(other, one) === 1;
}

/** Two columns that say the same, as `id` and `vehicleID` may. */
export function isSame(one: Profile, other: Profile): boolean {
	if (one.distinct !== other.distinct || one.present !== other.present) return false;
	return one.texts.every((text, row) => text === other.texts[row]);
}

export function othersOf(candidates: readonly Candidate[]): Finding["others"] {
	return candidates
		.slice(1, 4)
		.map(({ profile, score }) => ({ path: profile.column.path, confidence: Number(score.toFixed(2)) }));
}

/** 0 to 1: how much of the way to one value the way to another shares. What belongs together stands together. */
export function nearness(one: Profile, other: Profile | undefined): number {
	if (other === undefined || one.column.up > 0 || other.column.up > 0) return 0;
	const [from, to] = [one.column.path.split("."), other.column.path.split(".")];
	if (to.length < 2) return 0;
	let common = 0;
	while (common < to.length - 1 && from[common] === to[common]) common++;
	return common / (to.length - 1);
}
