import { partitionOf } from "../log/partitioner.js";
import type { Kind } from "../model/observation.js";
import type { EpochMs } from "../model/units.js";
import { KnownVehicle } from "./body-json.js";
import { type Hash64, hashText } from "./hash.js";
import { type Mark, NOT_REMOVED, Reporter, spaceOf } from "./reporters.js";
import { type SubjectForm, VEHICLE } from "./subject.js";

/** Keys of which something is remembered; beyond it the oldest go. */
const MARKS_MAX = 500_000;

/** The marks of all keys, and those who report them. */
export class Marks {
	readonly #partitions: number;
	/** By kind and agency, then by subject. */
	readonly #marks = new Map<string, Map<string, Mark>>();
	/** By feed and upstream. */
	readonly #reporters = new Map<string, Reporter>();
	#count = 0;
	#lastMarks: { readonly kind: Kind; readonly agency: string; readonly marks: Map<string, Mark> } | undefined;

	constructor(partitions: number) {
		this.#partitions = partitions;
	}

	/** All that reported since the start, or before it. */
	get reporters(): Iterable<Reporter> {
		return this.#reporters.values();
	}

	reporter(feed: string, upstream: number): Reporter {
		const name = `${feed}/${upstream}`;
		let reporter = this.#reporters.get(name);
		if (reporter === undefined) {
			reporter = new Reporter(feed, upstream);
			this.#reporters.set(name, reporter);
		}
		return reporter;
	}

	/** The mark of a key that is known. */
	find(space: string, subject: string): Mark | undefined {
		return this.#marks.get(space)?.get(subject);
	}

	/** The records of a frame are of one agency, and most of them of one kind. */
	#marksOf(kind: Kind, agency: string): Map<string, Mark> {
		const last = this.#lastMarks;
		if (last !== undefined && last.kind === kind && last.agency === agency) return last.marks;
		const space = spaceOf(kind, agency);
		let marks = this.#marks.get(space);
		if (marks === undefined) {
			marks = new Map();
			this.#marks.set(space, marks);
		}
		this.#lastMarks = { kind, agency, marks };
		return marks;
	}

	/** The mark of a key; a new one when it is not known. */
	of(kind: Kind, agency: string, subject: string): Mark {
		const marks = this.#marksOf(kind, agency);
		let mark = marks.get(subject);
		if (mark === undefined) {
			const key = `${agency}:${subject}`;
			const hash: Hash64 = { low: 0, high: 0 };
			hashText(`${kind}/${key}`, hash);
			const partition = partitionOf(key, this.#partitions);
			mark = {
				kind,
				key,
				subject,
				partition,
				hash,
				form: VEHICLE,
				highWater: -Infinity,
				frame: -1,
				minute: 0,
				contentLow: 0,
				contentHigh: 0,
				known: new KnownVehicle(),
				envelope: undefined,
				reporter: undefined,
				toldTime: 0,
				resolutionMs: 1000,
				seenTime: 0,
				sinceFrame: -1,
				removedTime: NOT_REMOVED,
				missed: 0,
				missedForSure: 0,
			};
			marks.set(subject, mark);
			this.#count++;
		}
		return mark;
	}

	/** Forgets what was received before the minute, and more where there are too many. */
	forgetBefore(minute: number): void {
		if (this.#count <= MARKS_MAX) return;
		for (const marks of this.#marks.values()) {
			for (const [subject, mark] of marks) {
				if (mark.minute >= minute && this.#count <= MARKS_MAX) continue;
				marks.delete(subject);
				mark.reporter?.present.delete(mark);
				this.#count--;
			}
		}
	}

	/** The high-water marks of a partition as text that `restore` takes. */
	text(partition: number): string {
		const reporters = [...this.#reporters.values()];
		const numbers = new Map(reporters.map((reporter, at) => [reporter, at]));
		const rows: MarkRow[] = [];
		for (const [space, marks] of this.#marks) {
			for (const [subject, mark] of marks) {
				if (mark.partition !== partition || mark.minute === 0) continue;
				const { highWater, minute, contentLow, contentHigh, form, toldTime, resolutionMs } = mark;
				const number = mark.reporter === undefined ? -1 : (numbers.get(mark.reporter) ?? -1);
				const removedTime = mark.removedTime === NOT_REMOVED ? 0 : mark.removedTime;
				const told = [form, number, toldTime, resolutionMs, removedTime] as const;
				rows.push([space, subject, highWater, minute, contentLow, contentHigh, ...told]);
			}
		}
		return JSON.stringify({ reporters: reporters.map(({ feed, upstream }) => [feed, upstream]), rows });
	}

	/** Takes what `text` gave. */
	restore(text: string): void {
		const parsed = JSON.parse(text) as MarksText | readonly MarkRow[];
		// A store of version 0.1 knew no reporters.
		const { reporters, rows } = "rows" in parsed ? parsed : { reporters: [], rows: parsed };
		for (const [space, subject, highWater, minute, contentLow, contentHigh, ...told] of rows) {
			const at = space.indexOf("|");
			const mark = this.of(space.slice(0, at) as Kind, space.slice(at + 1), subject);
			Object.assign(mark, { highWater, minute, contentLow, contentHigh });
			const [form, number, toldTime, resolutionMs, removedTime] = told;
			const named = number === undefined ? undefined : reporters[number];
			if (named === undefined || form === undefined) continue;
			const reporter = this.reporter(...named);
			mark.form = form;
			reporter.hold(mark, toldTime ?? 0, resolutionMs ?? 1000);
			reporter.lastFrameTime = Math.max(reporter.lastFrameTime, mark.toldTime);
			if (removedTime) reporter.release(mark, removedTime);
		}
	}
}

/** Space, subject, high water, minute, content (2); then form, number of the reporter, `toldTime`, resolution, removal or 0. */
type MarkRow = readonly [
	string,
	string,
	EpochMs,
	number,
	number,
	number,
	SubjectForm?,
	number?,
	EpochMs?,
	number?,
	EpochMs?,
];

interface MarksText {
	readonly reporters: readonly (readonly [string, number])[];
	readonly rows: readonly MarkRow[];
}
