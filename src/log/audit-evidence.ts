import type { Log, Topic } from "./log.js";
import { RETENTION_MARKS, retentionMark } from "./retention.js";

/** How far retention has eaten into the evidence: below its marks the audit compares sums only. */
export class Evidence {
	readonly #marks: ReadonlyMap<string, number>;
	/** The newest mark of a feed in topic `records`, over all partitions. */
	readonly #records = new Map<string, number>();

	private constructor(marks: ReadonlyMap<string, number>) {
		this.#marks = marks;
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
		return new Evidence(marks);
	}

	/** Whether entries of this minute may be gone. */
	isGone(topic: Topic, partition: number, feed: string, minute: number): boolean {
		return minute <= (this.#marks.get(retentionMark(topic, partition, feed)) ?? Number.NEGATIVE_INFINITY);
	}

	/** Whether records of this feed and minute may be gone from any partition. */
	areRecordsGone(feed: string, minute: number): boolean {
		return minute <= (this.#records.get(feed) ?? Number.NEGATIVE_INFINITY);
	}
}
