import type { Log } from "../log/log.js";
import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { Stretch } from "./batch-plan.js";
import { readRecords } from "./record-reader.js";
import type { RecordCache } from "./route.js";

/** What a record is taken to weigh before any was read. */
const RECORD_BYTES_AT_FIRST = 400;

/** The records of one partition that a lane has in hand: read once, dropped as soon as the lane has to wait. */
export class LaneWindow {
	readonly #source: { readonly log: Log; readonly recordCache: RecordCache | undefined };
	readonly #partition: number;
	#offsets: number[] = [];
	#records: TransitRecord[] = [];
	/** Where the log goes on behind what is in hand; undefined: nothing is in hand. */
	#next: number | undefined;
	#recordBytes = RECORD_BYTES_AT_FIRST;

	constructor(
		source: { readonly log: Log; readonly recordCache: RecordCache | undefined },
		partition: number,
	) {
		this.#source = source;
		this.#partition = partition;
	}

	/** So many records fill so many bytes, by what was read lately. At least 1. */
	countOf(bytes: number): number {
		return Math.max(1, Math.floor(bytes / this.#recordBytes));
	}

	get oldestReceivedTime(): EpochMs | undefined {
		return this.#records[0]?.origin.receivedTime;
	}

	/** From the cursor to the end of a batch and perhaps beyond. Undefined: retention took a part of it. */
	upTo(cursor: number, end: number): Promise<Stretch | undefined> {
		return this.#fill(cursor, (next) => next >= end);
	}

	/** From the cursor on at least so many records, unless the log ends before. Undefined: retention took the first ones. */
	atLeast(cursor: number, count: number, end: number): Promise<Stretch | undefined> {
		return this.#fill(cursor, (next) => this.#records.length >= count || next >= end);
	}

	dropBefore(offset: number): void {
		let at = 0;
		while (at < this.#offsets.length && (this.#offsets[at] as number) < offset) at++;
		if (at === this.#offsets.length) this.clear();
		else {
			this.#offsets = this.#offsets.slice(at);
			this.#records = this.#records.slice(at);
		}
	}

	clear(): void {
		this.#offsets = [];
		this.#records = [];
		this.#next = undefined;
	}

	async #fill(cursor: number, isEnough: (next: number) => boolean): Promise<Stretch | undefined> {
		let next = this.#next ?? cursor;
		while (!isEnough(next)) {
			const reading = await readRecords(this.#source.log, this.#source.recordCache, this.#partition, next);
			if (reading.skippedTo !== undefined && reading.skippedTo > next) {
				this.clear();
				return undefined;
			}
			for (let at = 0; at < reading.records.length; at++) {
				this.#offsets.push(reading.offsets?.[at] ?? next + at);
				this.#records.push(reading.records[at] as TransitRecord);
			}
			if (reading.bytes > 0 && reading.records.length > 0) {
				const seen = reading.bytes / reading.records.length;
				this.#recordBytes += (seen - this.#recordBytes) / 4;
			}
			if (reading.next <= next) break;
			next = reading.next;
		}
		this.#next = next;
		return { offsets: this.#offsets, records: this.#records, next };
	}
}
