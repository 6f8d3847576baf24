import { parseIsoTime } from "../../formats/iso-time.js";
import type { Trace } from "./trace.js";

/** As much of a delivered record as the checks look at. */
export interface Delivered {
	readonly id: string;
	readonly revision: number;
	readonly kind: string;
	readonly key: string;
	readonly eventTime: string;
	readonly flags: readonly string[];
	readonly removed?: boolean;
}

/** What took effect at somebody who receives records, and whether it did so once and in order. */
export class Receiver {
	/** By `id#revision`: with what it came. */
	readonly applied = new Map<string, string>();
	readonly #name: string;
	readonly #trace: Trace;
	readonly #repeated: ReadonlySet<string>;
	readonly #newest = new Map<string, { readonly time: number; readonly revision: number }>();

	/** `repeated`: names of records that may come twice, as the hub cannot know of the first any more. */
	constructor(name: string, trace: Trace, repeated: ReadonlySet<string>) {
		this.#name = name;
		this.#trace = trace;
		this.#repeated = repeated;
	}

	apply(record: Delivered, within: string): void {
		const name = `${record.id}#${record.revision}`;
		const earlier = this.applied.get(name);
		if (earlier !== undefined && !this.#repeated.has(name)) {
			this.#trace.violate(
				"once",
				`${name} took effect at ${this.#name} in ${earlier} and again in ${within}`,
			);
		}
		this.applied.set(name, within);
		if (record.removed === true || record.flags.includes("future")) return;
		const key = `${record.kind}/${record.key}`;
		const newest = this.#newest.get(key);
		const time = parseIsoTime(record.eventTime)?.time ?? Number.NaN;
		const isBefore =
			newest !== undefined &&
			(time < newest.time || (time === newest.time && record.revision < newest.revision));
		if (isBefore && !record.flags.includes("late")) {
			const what = `${name} came after a newer record of ${key} and is not flagged late`;
			this.#trace.violate("order", `${this.#name}: ${what}`);
		}
		if (!isBefore) this.#newest.set(key, { time, revision: record.revision });
	}
}
