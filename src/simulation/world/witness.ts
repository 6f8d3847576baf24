import type { DeadLetter } from "../../log/dead-letter.js";
import { unpackFrames } from "../../log/frame-pack.js";
import { INTERPRET, sinkStep } from "../../log/ledger.js";
import type { Commit, Log, Position, Retention, StoredPack } from "../../log/log.js";
import { unpackRecords } from "../../log/record-pack.js";
import { recordId, type TransitRecord } from "../../model/record.js";
import type { DurationMs, EpochMs } from "../../model/units.js";
import type { Trace } from "./trace.js";

/** Where the hub keeps how far it has read the queue of the buses. */
const QUEUE_CURSOR = "source/buses/0";

/** A record that was appended, as much of it as the checks look at. */
export interface Appended {
	/** `id#revision` */
	readonly name: string;
	readonly id: string;
	readonly kind: string;
	readonly key: string;
	readonly feed: string;
	readonly vehicleId: string | undefined;
	readonly eventTime: EpochMs;
	readonly revision: number;
	readonly isRemoved: boolean;
	readonly flags: readonly string[];
}

export interface WitnessOptions {
	readonly trace: Trace;
	readonly partitions: number;
	/** Those that deliver. */
	readonly sinks: readonly string[];
	/** What a sink has yet to read is kept for so long. */
	readonly patienceMs: DurationMs;
	/** Told of records in the moment in which they are durable. */
	readonly onRecords: (records: readonly TransitRecord[]) => void;
}

/** Sees every commit that took effect and all that retention removed: what the log itself may have forgotten by the end. */
export class Witness {
	readonly #trace: Trace;
	readonly #sinks: readonly string[];
	readonly #patienceMs: DurationMs;
	readonly #onRecords: WitnessOptions["onRecords"];
	/** By name, where the record stands. */
	readonly #names = new Map<string, { readonly partition: number; readonly offset: number }>();
	/** By id, what its newest revision says. */
	readonly #bodies = new Map<string, string>();
	/** By partition, what retention has removed. */
	readonly #removedTo: number[];
	/** Names of records that upstream told again when retention had taken the first, and with it all memory of it. */
	readonly repeated = new Set<string>();
	/** By partition, in order of their offsets. */
	readonly #records: Appended[][];
	/** Sequence numbers of the queue by frame, `partition/offset`. */
	readonly #sequences = new Map<string, readonly number[]>();
	/** Numbers of the queue that stand in a durable frame. */
	readonly received = new Set<number>();
	/** Numbers of the queue that stand in a frame that no process dares to decode any more. */
	readonly undecoded = new Set<number>();
	/** By sink, the names of records that were removed before it had read them. */
	readonly expired: ReadonlyMap<string, Set<string>>;
	/** Behind what the queue of the buses is to be read on; durable. */
	position = "0";
	/** Frames that were removed before they were interpreted. */
	uninterpreted = 0;
	removed = 0;

	constructor({ trace, partitions, sinks, patienceMs, onRecords }: WitnessOptions) {
		this.#patienceMs = patienceMs;
		this.#onRecords = onRecords;
		this.#trace = trace;
		this.#sinks = sinks;
		this.#records = Array.from({ length: partitions }, () => []);
		this.#removedTo = new Array<number>(partitions).fill(0);
		this.expired = new Map(sinks.map((sink) => [sink, new Set<string>()]));
	}

	/** Retention has removed the record: no process that began since knows of it. */
	isRemoved(name: string): boolean {
		const known = this.#names.get(name);
		return known !== undefined && known.offset < (this.#removedTo[known.partition] as number);
	}

	removedTo(partition: number): number {
		return this.#removedTo[partition] ?? 0;
	}

	get records(): readonly Appended[] {
		return this.#records.flat();
	}

	committed({ append, state = [] }: Commit, positions: readonly Position[]): void {
		for (const { name, bytes } of state) {
			if (name === QUEUE_CURSOR && bytes !== null) this.position = positionIn(bytes);
		}
		append?.forEach((pack, at) => {
			const { offset: firstOffset } = positions[at] as Position;
			const stored = { ...pack, firstOffset };
			if (pack.topic === "records") this.#appended(stored);
			if (pack.topic === "frames" && pack.feed === "buses") this.#received(stored);
			if (pack.topic === "dead-letters") this.#deadLettered(stored);
		});
	}

	#appended(pack: StoredPack): void {
		const records = this.#records[pack.partition] as Appended[];
		const unpacked = unpackRecords(pack);
		this.#onRecords(unpacked.map(({ record }) => record));
		for (const { offset, record } of unpacked) {
			const { key, revision, eventTime, body, origin, flags } = record;
			const id = recordId(record);
			const name = `${id}#${revision}`;
			this.#noteName(name, pack.partition, offset);
			this.#noteBody(id, revision, JSON.stringify(body));
			if (offset !== records.length) {
				this.#trace.violate(
					"settled",
					`Record ${offset} of partition ${pack.partition} came after ${records.length}`,
				);
			}
			const { kind, vehicleId } = body as { kind: string; vehicleId?: string };
			const isRemoved = body.kind === "vehicle_location" && body.removed === true;
			records.push({
				name,
				id,
				kind,
				key,
				feed: origin.feed,
				vehicleId,
				eventTime,
				revision,
				isRemoved,
				flags,
			});
		}
	}

	#noteName(name: string, partition: number, offset: number): void {
		const known = this.#names.get(name);
		if (known !== undefined) {
			if (this.isRemoved(name)) this.repeated.add(name);
			else this.#trace.violate("once", `${name} stands in the log twice`);
		}
		this.#names.set(name, { partition, offset });
	}

	#noteBody(id: string, revision: number, body: string): void {
		if (revision > 0 && this.#bodies.get(id) === body) {
			this.#trace.violate("once", `Revision ${revision} of ${id} says what the one before says`);
		}
		this.#bodies.set(id, body);
	}

	#received(pack: StoredPack): void {
		for (const { bytes, partition, offset } of unpackFrames(pack)) {
			const sequences = sequencesIn(bytes);
			this.#sequences.set(`${partition}/${offset}`, sequences);
			for (const sequence of sequences) this.received.add(sequence);
		}
	}

	#deadLettered({ body }: StoredPack): void {
		const text = typeof body === "string" ? body : new TextDecoder().decode(body);
		for (const { code, frame, feed } of JSON.parse(text) as DeadLetter[]) {
			if (code !== "decode.killed" || feed !== "buses") continue;
			const sequences = this.#sequences.get(`${frame.partition}/${frame.offset}`) ?? [];
			for (const sequence of sequences) this.undecoded.add(sequence);
		}
	}

	/** Notes what is about to be removed although somebody has yet to read it. */
	async retaining(log: Log, policy: Retention): Promise<() => Promise<void>> {
		const { topic } = policy;
		if (topic !== "records" && topic !== "frames") return async () => undefined;
		const partitions = Array.from({ length: log.partitions(topic) }, (_, partition) => partition);
		const before = await Promise.all(partitions.map((partition) => log.bounds(topic, partition)));
		return async () => {
			for (const partition of partitions) {
				const { start } = await log.bounds(topic, partition);
				const first = before[partition]?.start ?? 0;
				this.removed += start - first;
				if (topic === "frames") {
					const cursor = (await log.cursor(INTERPRET, topic, partition)) ?? first;
					this.uninterpreted += Math.max(0, start - Math.max(first, cursor));
					continue;
				}
				this.#removedTo[partition] = start;
				for (const sink of this.#sinks) {
					const cursor = (await log.cursor(sinkStep(sink), topic, partition)) ?? first;
					const records = this.#records[partition] as Appended[];
					for (let offset = Math.max(first, cursor); offset < start; offset++) {
						const { name } = records[offset] as Appended;
						this.expired.get(sink)?.add(name);
						if (policy.maxAgeMs < this.#patienceMs) {
							this.#trace.violate("settled", `${name} was removed as read, and ${sink} had not read it`);
						}
					}
				}
			}
		};
	}
}

/** Where a stored cursor of the queue stands. */
function positionIn(stored: Uint8Array | string): string {
	const text = typeof stored === "string" ? stored : new TextDecoder().decode(stored);
	return (JSON.parse(text) as { position: string }).position;
}

/** Numbers of messages in an answer of the queue; none when it is no such answer. */
function sequencesIn(bytes: Uint8Array): readonly number[] {
	try {
		const { messages } = JSON.parse(new TextDecoder().decode(bytes)) as { messages?: { seq?: number }[] };
		return (messages ?? []).flatMap(({ seq }) => (typeof seq === "number" ? [seq] : []));
	} catch {
		// Cut short or an error page, as the network left it: the hub rejects it too.
		return [];
	}
}
