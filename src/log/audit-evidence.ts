import type { Log, Topic } from "./log.js";
import { RETENTION_MARKS, retentionMark } from "./retention.js";

/** A mark of damage per feed: the minutes of receipt of which a repair could not save everything. */
export const DAMAGE_MARKS = "damaged/";

/** `[first, last]` of each stretch of minutes. */
export type MinuteRanges = readonly (readonly [number, number])[];

/**
 * How far retention has eaten into the evidence, and what a repair could not save: there the audit compares sums only.
 */
export class Evidence {
	readonly #marks: ReadonlyMap<string, number>;
	/** The newest mark of a feed in topic `records`, over all partitions. */
	readonly #records = new Map<string, number>();

	readonly #damage: ReadonlyMap<string, MinuteRanges>;

	private constructor(marks: ReadonlyMap<string, number>, damage: ReadonlyMap<string, MinuteRanges>) {
		this.#marks = marks;
		this.#damage = damage;
		for (const [name, minute] of marks) {
			const [topic, , ...feed] = name.slice(RETENTION_MARKS.length).split("/");
			if (topic !== "records") continue;
			const key = feed.join("/");
			this.#records.set(key, Math.max(minute, this.#records.get(key) ?? minute));
		}
	}

	static async read(log: Log): Promise<Evidence> {
		const names = await log.stateNames(RETENTION_MARKS);
		const marks = new Map<string, number>();
		for (const name of names) {
			const bytes = await log.state(name);
			if (bytes) marks.set(name, Number(new TextDecoder().decode(bytes)));
		}
		return new Evidence(marks, await readDamage(log));
	}

	/** Whether entries of this minute may be gone. */
	isGone(topic: Topic, partition: number, feed: string, minute: number): boolean {
		const mark = this.#marks.get(retentionMark(topic, partition, feed));
		return (mark !== undefined && minute <= mark) || this.#isDamaged(feed, minute);
	}

	/** Whether records of this feed and minute may be gone from any partition. */
	areRecordsGone(feed: string, minute: number): boolean {
		const mark = this.#records.get(feed);
		return (mark !== undefined && minute <= mark) || this.#isDamaged(feed, minute);
	}

	#isDamaged(feed: string, minute: number): boolean {
		const ranges = this.#damage.get(feed);
		return ranges?.some(([first, last]) => first <= minute && minute <= last) ?? false;
	}
}

/** What repairs could not save, by feed. */
export async function readDamage(log: Log): Promise<Map<string, MinuteRanges>> {
	const damage = new Map<string, MinuteRanges>();
	for (const name of await log.stateNames(DAMAGE_MARKS)) {
		const bytes = await log.state(name);
		if (bytes)
			damage.set(
				name.slice(DAMAGE_MARKS.length),
				JSON.parse(new TextDecoder().decode(bytes)) as MinuteRanges,
			);
	}
	return damage;
}
