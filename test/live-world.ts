import type { TransitRecord } from "../src/model/record.js";
import type { EndpointRequest, EndpointResponse } from "../src/runtime/endpoint.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import type { ServingSink, SinkContext, SinkDefinition } from "../src/sinks/sink.js";
import { definition as sse } from "../src/sinks/sse.js";
import { START } from "./rider-feed-world.js";

export interface LiveEvent {
	readonly event: string;
	readonly id: string | undefined;
	// biome-ignore lint/suspicious/noExplicitAny: whatever JSON says; tests compare it.
	readonly data: any;
}

/** A live sink in virtual time, as its harness and its clients see it. */
export class LiveWorld {
	readonly virtual: VirtualRuntime;
	readonly settled: [TransitRecord, string][] = [];
	/** Everything that was published, by its state: what a harness would have committed. */
	state: string | undefined;
	snapshot: string | undefined;
	sink: ServingSink;
	readonly #create: () => ServingSink;

	constructor(
		options: object = {},
		context: Partial<SinkContext> = {},
		definition: SinkDefinition<unknown> = sse as SinkDefinition<unknown>,
	) {
		this.virtual = createVirtualRuntime({ startTime: START });
		const { runtime } = this.virtual;
		this.#create = () =>
			definition.create(definition.options.parse(options), {
				name: "live",
				runtime,
				baseDirectory: ".",
				secrets: {},
				...context,
			}) as ServingSink;
		this.sink = this.#create();
		this.sink.restore(undefined);
	}

	get now(): number {
		return this.virtual.runtime.clock.now();
	}

	/** Takes records in and publishes. */
	tell(...records: readonly TransitRecord[]): void {
		this.sink.apply(records, false);
		this.publish();
	}

	publish(): void {
		const publication = this.sink.publish(this.now, (record, outcome) =>
			this.settled.push([record, outcome]),
		);
		this.state = publication.state;
		this.snapshot = publication.snapshot ?? this.snapshot;
		publication.reveal();
	}

	/** Goes on as a new hub on the same store, which still holds those records; publishes, as a hub does first. */
	async restart(log: readonly TransitRecord[]): Promise<void> {
		await this.sink.close();
		this.sink = this.#create();
		this.sink.restore(this.state, this.snapshot);
		this.sink.apply(
			log.filter(({ origin }) => origin.receivedTime >= this.now - this.sink.horizonMs),
			true,
		);
		this.publish();
	}

	async ask(request: Partial<EndpointRequest> = {}): Promise<EndpointResponse> {
		const [endpoint] = this.sink.endpoints;
		if (endpoint === undefined) throw new Error("the sink has no endpoint");
		return endpoint.handle({
			method: "GET",
			path: endpoint.path,
			params: {},
			query: {},
			headers: {},
			body: new Uint8Array(),
			remoteAddress: "192.0.2.1",
			signal: new AbortController().signal,
			wantsSocket: endpoint.opensSocket === true,
			...request,
		});
	}

	async client(query: Record<string, string> = {}, lastId = ""): Promise<LiveClient> {
		const gone = new AbortController();
		const answer = await this.ask({
			query,
			headers: lastId === "" ? {} : { "last-event-id": lastId },
			signal: gone.signal,
		});
		return new LiveClient(answer, gone);
	}
}

/** Reads a stream as a browser does, and keeps what it is told. */
export class LiveClient {
	readonly answer: EndpointResponse;
	readonly told = new Map<string, string>();
	/** Of the last event that had one. */
	lastId = "";
	/** The stream has ended. */
	isOver = false;
	/** What the stream said at its end. */
	returned: unknown;
	readonly #gone: AbortController;
	readonly #iterator: AsyncIterator<Uint8Array | string, unknown>;
	#next: Promise<IteratorResult<Uint8Array | string, unknown>> | undefined;

	constructor(answer: EndpointResponse, gone: AbortController) {
		this.answer = answer;
		this.#gone = gone;
		const stream = answer.body as AsyncIterable<Uint8Array>;
		this.#iterator = answer.socket?.messages ?? stream[Symbol.asyncIterator]();
	}

	/** The events that are there, without any time going by. */
	async read(): Promise<LiveEvent[]> {
		const events: LiveEvent[] = [];
		for (;;) {
			this.#next ??= this.#iterator.next();
			const next = await Promise.race([this.#next, soon()]);
			if (next === undefined) break;
			this.#next = undefined;
			if (next.done === true) {
				this.isOver = true;
				this.returned = next.value;
				break;
			}
			const text = Buffer.from(next.value as Uint8Array).toString();
			events.push(...(this.answer.socket === undefined ? eventsIn(text) : JSON.parse(text)));
		}
		for (const event of events) this.#hear(event);
		return events;
	}

	leave(): void {
		this.#gone.abort();
	}

	#hear({ event, id, data }: LiveEvent): void {
		if (id !== undefined) this.lastId = id;
		if (event === "snapshot") this.told.clear();
		if (event === "record")
			this.told.set(`${data.kind}/${data.key}`, `${data.id}#${data.revision} ${data.freshness.tier}`);
		if (event === "removed") this.told.delete(`${data.kind}/${data.key}`);
	}
}

async function soon(): Promise<undefined> {
	for (let turn = 0; turn < 50; turn++) await undefined;
	return undefined;
}

/** The HTML standard, section 9.2.6, as far as whole events come in one piece. */
export function eventsIn(text: string): LiveEvent[] {
	return text.split("\n\n").flatMap((block) => {
		const fields = block.split("\n").map((line) => {
			const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
			return [name, value] as const;
		});
		const values = Object.fromEntries(fields);
		return values["data"] === undefined
			? []
			: [{ event: values["event"] ?? "message", id: values["id"], data: JSON.parse(values["data"]) }];
	});
}
