import type { Flag } from "../model/observation.js";
import type { FrameOrigin, RecordBody, TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import { JsonBytes, jsonConstant } from "./json-bytes.js";
import type { Pack, StoredPack } from "./log.js";

interface EntryJson {
	/** Index into `head.frames`. */
	readonly frame: number;
	readonly index: number;
	readonly revision: number;
	readonly key: string;
	readonly eventTime: EpochMs;
	readonly resolutionMs: number;
	readonly flags: readonly Flag[];
	readonly body: RecordBody;
}

const FIRST = jsonConstant('[{"body":');
const NEXT = jsonConstant(',\n{"body":');
const EVENT_TIME = jsonConstant(',"eventTime":');

/** What an entry says of a record with this key that is neither a revision nor flagged, and whose time is exact to the second. */
export function plainEnvelope(key: string): Uint8Array {
	return jsonConstant(`,"key":${JSON.stringify(key)},"revision":0,"resolutionMs":1000,"flags":[]`);
}

/**
 * Collects records of one partition, feed and minute into one row. What all records of a frame share stands once in
 * `head.frames`; an entry of the body names it by its number. Text is JSON, so that any SQLite shell can list it.
 */
export class RecordPackBuilder {
	readonly #partition: number;
	readonly #feed: string;
	readonly #minute: number;
	readonly #origins: FrameOrigin[] = [];
	readonly #body: JsonBytes;
	/** Of the entries of the newest frame: its number, up to the number of the item. */
	#frame: Uint8Array | undefined;
	#count = 0;
	/** Where the newest whole entry ends. */
	#end = 0;

	/** @param bytes how long the row is likely to be: what is guessed too low is copied as it grows. */
	constructor(partition: number, feed: string, minute: number, bytes = 16_384) {
		this.#partition = partition;
		this.#feed = feed;
		this.#minute = minute;
		this.#body = new JsonBytes(bytes);
	}

	/** `body` is the record's body as JSON; bytes are UTF-8. */
	add(record: TransitRecord, body: Uint8Array | string): void {
		const json = this.begin();
		if (typeof body === "string") json.json(body);
		else json.bytes(body);
		this.end(record);
	}

	/**
	 * Begins an entry: the caller writes the body of the record, and then says `end`. Where it does not, the entry is none:
	 * a body that is decided about only once it is written need not be copied.
	 */
	begin(): JsonBytes {
		this.#body.truncate(this.#end);
		this.#body.bytes(this.#count === 0 ? FIRST : NEXT);
		return this.#body;
	}

	/** @param plain `plainEnvelope` of the record's key, for whoever keeps it. */
	end(record: TransitRecord, plain?: Uint8Array): void {
		const { origin, revision, resolutionMs, flags } = record;
		const json = this.#body;
		if (plain !== undefined && revision === 0 && resolutionMs === 1000 && flags.length === 0)
			json.bytes(plain);
		else {
			json.ascii(',"key":');
			json.string(record.key);
			json.ascii(',"revision":');
			json.integer(revision);
			json.ascii(',"resolutionMs":');
			json.number(resolutionMs);
			json.ascii(',"flags":');
			json.ascii(flags.length === 0 ? "[]" : JSON.stringify(flags));
		}
		let frame = this.#origins.length - 1;
		if (this.#frame === undefined || this.#origins[frame] !== origin) {
			frame = this.#origins.push(origin) - 1;
			this.#frame = jsonConstant(`,"frame":${frame},"index":`);
		}
		json.bytes(this.#frame);
		json.integer(record.index);
		json.bytes(EVENT_TIME);
		json.number(record.eventTime);
		json.ascii("}");
		this.#end = json.length;
		this.#count++;
	}

	get count(): number {
		return this.#count;
	}

	/** Of the row, as far as it is written. */
	get bytes(): number {
		return this.#end;
	}

	finish(): Pack {
		this.#body.truncate(this.#end);
		this.#body.ascii("]");
		return {
			topic: "records",
			partition: this.#partition,
			feed: this.#feed,
			minute: this.#minute,
			count: this.#count,
			head: JSON.stringify({ frames: this.#origins }),
			body: this.#body.view(),
		};
	}
}

/** The records of a stored pack with their offsets, from `fromOffset` on. */
export function unpackRecords(
	pack: StoredPack,
	fromOffset = pack.firstOffset,
): { readonly offset: number; readonly record: TransitRecord }[] {
	const { frames } = JSON.parse(pack.head) as { frames: FrameOrigin[] };
	const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
	const entries = JSON.parse(text) as EntryJson[];
	const result: { offset: number; record: TransitRecord }[] = [];
	entries.forEach((entry, i) => {
		const offset = pack.firstOffset + i;
		if (offset < fromOffset) return;
		const { revision, key, eventTime, resolutionMs, index, flags, body } = entry;
		const origin = frames[entry.frame] as FrameOrigin;
		// Field by field: copied as a whole, and twice, it took as long as the parsing.
		result.push({ offset, record: { revision, key, eventTime, resolutionMs, origin, index, flags, body } });
	});
	return result;
}
