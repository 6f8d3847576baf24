import { resolve } from "node:path";
import type { SinkConfig } from "../../config/config.js";
import { parseIsoTime } from "../../formats/iso-time.js";
import { Failure } from "../../model/failure.js";
import { type DurationMs, SECOND_MS } from "../../model/units.js";
import type { WireAnswer, WireRequest } from "../../runtime/node-server.js";
import { type Clock, sleep } from "../../runtime/runtime.js";
import { deliveryJson } from "../../sinks/delivery-json.js";
import type { Batch, Delivery, DeliverySink, SinkContext } from "../../sinks/sink.js";
import { MemoryFiles } from "./memory-files.js";
import type { Scenario } from "./scenarios.js";

/** As much of a delivered record as a scorecard looks at. */
interface Delivered {
	readonly id: string;
	readonly revision: number;
	readonly kind: string;
	readonly key: string;
	readonly eventTime: string;
	readonly flags: readonly string[];
	readonly removed?: boolean;
	readonly vehicleId?: string;
}

/** What a destination got, in the end. */
export interface Receipts {
	readonly taken: ReadonlySet<string>;
	readonly total: number;
	readonly duplicated: number;
	/** Older than one before it, and not flagged as late. */
	readonly outOfOrder: number;
	readonly late: number;
}

export interface DestinationsOptions {
	readonly baseDirectory: string;
	readonly scenario: Scenario;
	readonly clock: Clock;
	readonly sinceStart: () => DurationMs;
	/** A record of this vehicle is refused while the trouble is that one record is. */
	readonly isRefused: (vehicleId: string | undefined) => boolean;
}

/** Sinks with connections of their own, and tables or files that a drill does not read. */
export const CONNECTED: readonly string[] = ["postgres", "mqtt", "tides-csv"];
const SLOW_MS = 8 * SECOND_MS;

/** Where batches go: partners behind web addresses, and files. */
export class Destinations {
	readonly files: MemoryFiles;
	readonly #options: DestinationsOptions;
	/** By sink, in the order in which they took effect. */
	readonly #posted = new Map<string, Delivered[]>();
	/** Batch ids that took effect: what comes again is known. */
	readonly #batches = new Set<string>();

	constructor(options: DestinationsOptions) {
		this.#options = options;
		this.files = new MemoryFiles({ beforeAppend: () => this.#beforeAppend() });
	}

	/**
	 * The sink as the drill runs it: one whose client owns its connections gets a destination in memory, and keeps its own
	 * batches and time-outs.
	 */
	standIn(sink: SinkConfig): SinkConfig {
		const { definition, name } = sink;
		if (!CONNECTED.includes(definition.type)) return sink;
		const create = (options: unknown, context: SinkContext): DeliverySink => {
			const own = definition.create(options, context);
			return {
				kind: "delivery",
				...(own.kind === "delivery" && own.needs !== undefined && { needs: own.needs }),
				open: async () => undefined,
				write: (batch) => this.#write(name, batch),
				close: async () => undefined,
			};
		};
		return { ...sink, definition: { ...definition, create } };
	}

	async #write(sink: string, { id, records }: Batch): Promise<Delivery> {
		const trouble = this.#trouble;
		if (trouble === "dead")
			return { outcome: "transient", failure: new Failure("net.reset", "The destination is away") };
		if (trouble === "slow") await sleep(this.#options.clock, SLOW_MS, undefined, { ref: false });
		const taken = records.map((record) => JSON.parse(deliveryJson(record)) as Delivered);
		const bad = taken.flatMap(({ vehicleId }, index) => (this.#options.isRefused(vehicleId) ? [index] : []));
		if (trouble === "refusing" && bad.length > 0) {
			const message = "the destination refuses this record";
			return {
				outcome: "bad_records",
				rejected: bad.map((index) => ({ index, code: "record.rejected", message })),
				failure: new Failure("record.rejected", message),
			};
		}
		this.#take(sink, id, taken);
		return { outcome: "ok" };
	}

	/** Takes effect once, however often it comes. */
	#take(sink: string, id: string, records: readonly Delivered[]): void {
		const batch = `${sink} ${id}`;
		if (this.#batches.has(batch)) return;
		this.#batches.add(batch);
		const before = this.#posted.get(sink);
		if (before) before.push(...records);
		else this.#posted.set(sink, [...records]);
	}

	post(sink: string, request: WireRequest): WireAnswer {
		const trouble = this.#trouble;
		if (trouble === "dead") return { kind: "reset" };
		const delayMs = trouble === "slow" ? SLOW_MS : 0;
		const { records } = (
			JSON.parse(new TextDecoder().decode(request.body)) as {
				data: { records: readonly Delivered[] };
			}
		).data;
		if (trouble === "refusing" && records.some(({ vehicleId }) => this.#options.isRefused(vehicleId)))
			return { kind: "answer", status: 422, delayMs };
		this.#take(sink, request.headers["webhook-id"] ?? "", records);
		return { kind: "answer", status: 200, delayMs };
	}

	/** Undefined: the sink is no destination that keeps what it gets. */
	receiptsOf({ name, definition, options }: SinkConfig): Receipts | undefined {
		if (definition.type === "webhook" || CONNECTED.includes(definition.type))
			return receiptsOf(this.#posted.get(name) ?? []);
		if (definition.type !== "ndjson-file") return undefined;
		const { path } = options as { readonly path: string };
		const lines = this.files.textOf(resolve(this.#options.baseDirectory, path)).split("\n");
		return receiptsOf(lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Delivered));
	}

	get #trouble(): Scenario["sinks"] {
		const { scenario, sinceStart } = this.#options;
		const { fromMs, toMs } = scenario.trouble;
		const atMs = sinceStart();
		return fromMs <= atMs && atMs < toMs ? scenario.sinks : undefined;
	}

	async #beforeAppend(): Promise<void> {
		const trouble = this.#trouble;
		if (trouble === "dead") throw new Failure("store.busy", "The disk of the files is away");
		if (trouble === "slow") await sleep(this.#options.clock, SLOW_MS, undefined, { ref: false });
	}
}

function receiptsOf(records: readonly Delivered[]): Receipts {
	const taken = new Set<string>();
	const newest = new Map<string, number>();
	let duplicated = 0;
	let outOfOrder = 0;
	let late = 0;
	for (const { id, revision, kind, key, eventTime, flags, removed } of records) {
		const name = `${id}#${revision}`;
		if (taken.has(name)) duplicated++;
		taken.add(name);
		if (removed === true || flags.includes("future")) continue;
		const time = parseIsoTime(eventTime)?.time ?? Number.NaN;
		const before = newest.get(`${kind}/${key}`) ?? Number.NEGATIVE_INFINITY;
		if (flags.includes("late")) late++;
		else if (time < before) outOfOrder++;
		newest.set(`${kind}/${key}`, Math.max(before, time));
	}
	return { taken, total: records.length, duplicated, outOfOrder, late };
}
