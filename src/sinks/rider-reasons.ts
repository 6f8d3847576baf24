import type { Showing } from "./sink.js";

/** Why a record is not for riders. */
export type WithheldReason =
	/** Of a kind that GTFS-realtime has no place for. */
	| "kind"
	/** Upstream keeps it from the public. */
	| "upstream"
	/** A guard found it implausible. */
	| "guard"
	/** Its time lies in the future. */
	| "future"
	/** Nobody stated when it happened. */
	| "time"
	/** It has no position that can be shown, and no trip either. */
	| "position"
	/** It does no work that anybody knows of. */
	| "unassigned"
	/** It says nothing that riders could be told: no stop, no text, or nobody whom it is about. */
	| "empty"
	/** Its trip is not one of the schedule. */
	| "unresolved"
	/** Another subject, of another agency, is published under this id. */
	| "identity"
	/** There are more than the options allow. */
	| "limit";

export type WithheldCounts = Record<WithheldReason, number>;

export function noneWithheld(): WithheldCounts {
	return {
		kind: 0,
		upstream: 0,
		guard: 0,
		future: 0,
		time: 0,
		position: 0,
		unassigned: 0,
		empty: 0,
		unresolved: 0,
		identity: 0,
		limit: 0,
	};
}

/** Why riders are not told of a record, for people: what was decided, and what would have to change. */
const WITHHELD: Readonly<Record<WithheldReason, string>> = {
	kind: "riders are not told of records of this kind",
	upstream: "upstream says that it is not for the public",
	guard:
		"a guard found it implausible: the flags of the record name the guard, docs/guards.md says what it looks at",
	future:
		"its time lies in the future by more than futureSkew: look at the vehicle's clock and at the feed's time zone",
	time: "nobody stated when it happened, and withoutTime is withhold",
	position: "it has no position that can be shown, and no trip either",
	unassigned: "it is on no trip, route or block, and unassigned is withhold",
	empty: "it says nothing that riders could be told",
	unresolved: "its trip is none of the schedule on that service date: see the match rate on the status page",
	identity: "another vehicle, of another agency, is published under this id",
	limit: "there are more subjects than the options of the sink allow",
};

export function withheldShowing(reason: WithheldReason): Showing {
	return { isShown: false, reason, sentence: `Withheld: ${WITHHELD[reason]}.` };
}
