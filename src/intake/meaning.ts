import type { DecodedFrame } from "../decoders/decoder.js";
import type { StoredFrame } from "../log/frame-pack.js";
import type { Failure } from "../model/failure.js";
import type { Observation } from "../model/observation.js";
import type { EpochMs } from "../model/units.js";
import type { FeedGuards } from "../quality/guards/feed-guards.js";
import type { GuardNews } from "../quality/guards/guard.js";
import type { IdResolver } from "../schedule/resolver.js";
import type { PersonalDoor } from "./privacy.js";

interface Readers {
	readonly personal: PersonalDoor;
	readonly ids?: IdResolver | undefined;
	readonly guards?: FeedGuards | undefined;
}

const NO_NEWS: readonly GuardNews[] = Object.freeze([]);

/** Shows a frame to the guards, before any of its items is a record. */
export function lookAt(
	guards: FeedGuards | undefined,
	{ receivedTime }: StoredFrame,
	{ items, headerTime, complete, failure }: DecodedFrame,
): readonly GuardNews[] {
	if (guards === undefined) return NO_NEWS;
	const isComplete = complete === true && failure === undefined;
	return guards.look({ items, receivedTime, headerTime, isComplete });
}

/** While a guard fails the feed, its frames are no good answers: one dead letter each, and none of their items. */
export function judged(decoded: DecodedFrame, guards: FeedGuards | undefined): DecodedFrame {
	const failure = decoded.failure === undefined ? guards?.failure : undefined;
	return failure === undefined ? decoded : { headerTime: decoded.headerTime, items: [], failure };
}

/** What an item means: masked, in the agency's ids, and as guards let it pass. A failure is why it cannot be a record. */
export function meaningOf(
	item: Observation,
	index: number,
	{ personal, ids, guards }: Readers,
	receivedTime: EpochMs,
): Observation | Failure {
	// Ids come after the door: what upstream called something is kept beside what took its place.
	const masked = personal.pass(item);
	const named = ids === undefined ? masked : ids.resolve(masked, receivedTime);
	if (guards === undefined) return named;
	if (ids !== undefined) guards.matched(named, index);
	return guards.pass(named, index);
}
