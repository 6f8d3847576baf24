import type { DecodedFrame } from "../decoders/decoder.js";
import type { StoredFrame } from "../log/frame-pack.js";
import type { Failure } from "../model/failure.js";
import type { Observation } from "../model/observation.js";
import type { EpochMs } from "../model/units.js";
import type { DriftNews, FieldDrift } from "../quality/drift/field-drift.js";
import type { ShapeNews, ShapeWatch } from "../quality/drift/shape-watch.js";
import type { FeedGuards } from "../quality/guards/feed-guards.js";
import type { GuardNews } from "../quality/guards/guard.js";
import type { FeedHealer } from "../quality/healing/feed-healer.js";
import type { IdResolver } from "../schedule/resolver.js";
import type { PersonalDoor } from "./privacy.js";

interface Readers {
	readonly personal: PersonalDoor;
	readonly ids?: IdResolver | undefined;
	readonly guards?: FeedGuards | undefined;
	readonly shape?: ShapeWatch | undefined;
	readonly drift?: FieldDrift | undefined;
	readonly healer?: FeedHealer | undefined;
}

const NO_NEWS: readonly GuardNews[] = Object.freeze([]);
const NO_DRIFT: readonly DriftNews[] = Object.freeze([]);

/** What of a frame a person should know. */
export interface FrameQuality {
	/** Guards that begin or cease to hold of the fleet. */
	readonly guardNews: readonly GuardNews[];
	/** Its payload, and one before, look different from those before them. */
	readonly shapeNews: ShapeNews | undefined;
	/** What in the hour that has ended was not as on earlier days. */
	readonly driftNews: readonly DriftNews[];
}

/** Shows a frame to whoever knows the shape of payloads, and to the guards, before any of its items is a record. */
export function lookAt(
	{ guards, shape, drift, healer }: Readers,
	frame: StoredFrame,
	decoded: DecodedFrame,
): FrameQuality {
	const { items, headerTime, complete, failure } = decoded;
	const isComplete = complete === true && failure === undefined;
	const { receivedTime } = frame;
	const guardNews = guards?.look({ items, receivedTime, headerTime, isComplete }) ?? NO_NEWS;
	const shapeNews = shape && lookAtShape(shape, frame, decoded);
	healer?.look(frame, decoded, guards?.isAlarmed === true, shapeNews?.level === "warn");
	return { guardNews, shapeNews, driftNews: drift?.look(items, receivedTime) ?? NO_DRIFT };
}

function lookAtShape(shape: ShapeWatch, { bytes, offset }: StoredFrame, { items }: DecodedFrame) {
	let rejected = 0;
	for (const { kind } of items) if (kind === "rejection") rejected++;
	return shape.look({ bytes, offset, items: items.length - rejected, rejected });
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
