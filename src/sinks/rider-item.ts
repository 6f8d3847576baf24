import type { FeedEntity } from "../formats/gtfs-realtime.js";
import { entityJson } from "../formats/gtfs-realtime-json-write.js";
import { writeEntity } from "../formats/gtfs-realtime-write.js";
import type { ProtobufWriter } from "../formats/protobuf-writer.js";
import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";

/** How much of an entity riders may still be told. */
export type Detail = "whole" | "reduced";

interface Made {
	id: string | undefined;
	readonly bytes: { [D in Detail]?: Uint8Array };
	readonly json: { [D in Detail]?: string };
}

/**
 * A record as it may stand in a feed. Its bytes and its JSON are made once for each detail and kept: a feed in which one
 * vehicle in five is new writes one entity in five.
 */
export abstract class FeedItem {
	readonly record: TransitRecord;
	/** When it happened, for riders: nothing can happen after it was received, so a clock that runs ahead is held back to then. */
	readonly time: EpochMs;
	readonly #prefix: string;
	/** Most reports are overtaken before anything of them is asked for. */
	#made: Made | undefined;

	constructor(prefix: string, record: TransitRecord) {
		this.record = record;
		this.#prefix = prefix;
		this.time = Math.min(record.eventTime, record.origin.receivedTime);
	}

	/** Of the entity, `<prefix>:<subject>`: stable for as long as the subject is. */
	get id(): string {
		const made = this.#making();
		made.id ??= `${this.#prefix}:${this.record.key.slice(this.record.origin.agency.length + 1)}`;
		return made.id;
	}

	/** The entity with its tag, as it stands in a FeedMessage. */
	bytes(detail: Detail, writer: ProtobufWriter): Uint8Array {
		const { bytes } = this.#making();
		const known = bytes[detail];
		if (known !== undefined) return known;
		writer.reset();
		writeEntity(writer, this.entity(detail));
		bytes[detail] = writer.finish();
		return bytes[detail];
	}

	/** The members of the entity as JSON, without the braces around them. */
	json(detail: Detail): string {
		const { json } = this.#making();
		json[detail] ??= entityJson(this.entity(detail));
		return json[detail];
	}

	#making(): Made {
		this.#made ??= { id: undefined, bytes: {}, json: {} };
		return this.#made;
	}

	protected abstract entity(detail: Detail): FeedEntity;
}

/** Later in time; at the same time the later word on it. */
export function isNewer(one: FeedItem, other: FeedItem): boolean {
	if (one.time !== other.time) return one.time > other.time;
	const [mine, its] = [one.record, other.record];
	if (mine.eventTime !== its.eventTime) return mine.eventTime > its.eventTime;
	return mine.revision >= its.revision;
}
