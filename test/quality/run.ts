import { ShapeWatch } from "../../src/quality/drift/shape-watch.js";
import { FeedGuards } from "../../src/quality/guards/feed-guards.js";
import { GUARDS_DEFAULT } from "../../src/quality/guards/guard.js";
import { decoderOf, type Frame, type Row, type Stream, write } from "./carrier.js";
import type { Evidence, Mutation, Scene } from "./mutations.js";

/** Good frames before a mutation, and frames in which it may be noticed. */
export const CALM_FRAMES = 12;
export const MUTATED_FRAMES = 8;
/** Frames with evidence within which it must be noticed. */
export const WITHIN_FRAMES = 3;

export interface Outcome {
	readonly stream: string;
	readonly kind: string;
	/** Frames that held evidence; none: nothing could be seen, and nothing is claimed. */
	readonly evidence: number;
	/** After how many frames with evidence; undefined: not at all. */
	readonly within: number | undefined;
	readonly by: readonly string[];
}

/** What a person is told of a stream, frame by frame. */
export function alarmsOf(
	stream: Stream,
	frames: readonly Frame[],
	mutation?: Mutation,
	from = Number.POSITIVE_INFINITY,
): readonly (readonly string[])[] {
	const decoder = decoderOf(stream);
	const guards = new FeedGuards({ config: GUARDS_DEFAULT, area: stream.area });
	const shape = new ShapeWatch();
	const before = frames[from - 1]?.rows ?? [];
	return frames.map(({ receivedTime, rows }, at) => {
		const isMutated = mutation !== undefined && at >= from;
		const scene: Scene = { step: at - from, before, receivedTime };
		const changed = isMutated && mutation.rows !== undefined ? mutation.rows(rows, scene) : rows;
		const sent = write(stream.carrier, changed);
		const text = isMutated && mutation.text !== undefined ? mutation.text(sent, scene) : sent;
		const bytes = new TextEncoder().encode(text);
		const { items, headerTime, complete, failure } = decoder.decode({ bytes, receivedTime });
		const isComplete = complete === true && failure === undefined;
		const told = guards
			.look({ items, receivedTime, headerTime, isComplete })
			.filter(({ state }) => state === "tripped")
			.map(({ guard }): string => guard);
		const rejected = items.filter(({ kind }) => kind === "rejection").length;
		const news = shape.look({ bytes, offset: at, items: items.length - rejected, rejected });
		if (news?.level === "warn") told.push("shape");
		if (failure !== undefined || rejected > 0) told.push("dead_letters");
		return told;
	});
}

export function outcomeOf(stream: Stream, mutation: Mutation): Outcome | undefined {
	if (mutation.carrier !== undefined && mutation.carrier !== stream.carrier) return undefined;
	const frames = stream.frames.slice(0, CALM_FRAMES + MUTATED_FRAMES);
	if (frames.length < CALM_FRAMES + WITHIN_FRAMES) return undefined;
	const alarms = alarmsOf(stream, frames, mutation, CALM_FRAMES);
	let evidence = 0;
	let within: number | undefined;
	const by = new Set<string>();
	for (let at = CALM_FRAMES; at < frames.length; at++) {
		const [now, last] = [frames[at] as Frame, frames[at - 1] as Frame];
		if (holds(mutation.evidence, now.rows, last.rows)) evidence++;
		// What is odd about the stream itself is no answer to the mutation.
		const told = (alarms[at] as readonly string[]).filter((name) => stream.oddities[name] === undefined);
		for (const name of told) by.add(name);
		if (told.length > 0 && within === undefined) within = Math.max(1, evidence);
	}
	return { stream: stream.name, kind: mutation.kind, evidence, within, by: [...by] };
}

/** Whether a frame shows what a mutation of this sort would change. As of the clean rows. */
function holds(evidence: Evidence, rows: readonly Row[], last: readonly Row[]): boolean {
	const before = new Map(last.map((row) => [row["id"], row]));
	const count = (test: (row: Row, old: Row | undefined) => boolean) =>
		rows.filter((row) => test(row, before.get(row["id"]))).length;
	switch (evidence) {
		case "speed":
			return (
				count((row, old) => drives(row, old) && Number(row["spd"]) >= 1 && Number(old?.["spd"]) >= 1) >= 5
			);
		case "heading":
			return count((row, old) => drives(row, old, 45) && row["hdg"] !== undefined) >= 5;
		case "deviation":
			return count((row, old) => isLate(row) && old !== undefined && isLate(old)) >= 5;
		case "position":
			return count(({ lat }) => lat !== undefined) >= 5;
		case "motion":
			return rows.length >= 10 && count((row, old) => metres(row, old) > 30) >= Math.max(10, rows.length / 2);
		case "time":
			return count((row, old) => old === undefined || Number(row["ts"]) > Number(old["ts"])) >= 5;
		case "fleet":
			return count((_, old) => old !== undefined) >= 10;
		case "rows":
			return rows.length >= 5;
		default: {
			const column = evidence.slice("field:".length);
			return count((row, old) => row[column] !== undefined && old?.[column] !== undefined) >= 5;
		}
	}
}

function isLate({ dev }: Row): boolean {
	return Math.abs(Number(dev)) >= 90;
}

function drives(row: Row, old: Row | undefined, secondsMax = 150): boolean {
	const seconds = Number(row["ts"]) - Number(old?.["ts"]);
	return seconds > 0 && seconds <= secondsMax && metres(row, old) / seconds >= 3;
}

function metres(row: Row, old: Row | undefined): number {
	if (old === undefined || row["lat"] === undefined || old["lat"] === undefined) return 0;
	const north = (Number(row["lat"]) - Number(old["lat"])) * 111_195;
	const east =
		(Number(row["lon"]) - Number(old["lon"])) * 111_195 * Math.cos((Number(row["lat"]) * Math.PI) / 180);
	return Math.hypot(north, east);
}
