import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { serveWire, type WireServer } from "../../src/runtime/node-server.js";
import type { Chance, Runtime } from "../../src/runtime/runtime.js";
import { type Effect, type Seen, SinkBook } from "./sink-book.js";

const READ_BYTES = 1024 * 1024;
/** What a restart may cut off and write anew: one batch of the configuration, and more than that. */
const CUT_BYTES_MAX = 512 * 1024;

/** The file that sink `archive` appends to, read as it grows. A restart cuts off what was not committed. */
export class ArchiveReader {
	readonly book: SinkBook;
	readonly #path: string;
	#end = 0;
	/** The newest lines, and where each begins. */
	#recent: { readonly start: number; readonly seen: Seen }[] = [];

	constructor(path: string, name = "archive") {
		this.#path = path;
		this.book = new SinkBook(name);
	}

	/** Reads what is new, and the end of what was read once more: a hub may have cut and rewritten it at any time since. */
	read(): void {
		if (!existsSync(this.#path)) return;
		this.#takeBack(this.#end - CUT_BYTES_MAX);
		const file = openSync(this.#path, "r");
		try {
			const buffer = Buffer.alloc(READ_BYTES);
			for (;;) {
				const count = readSync(file, buffer, 0, READ_BYTES, this.#end);
				// Whole lines only, so that no character is torn.
				const newline = buffer.subarray(0, count).lastIndexOf(0x0a);
				if (newline < 0) break;
				this.#take(buffer.toString("utf8", 0, newline));
			}
		} finally {
			closeSync(file);
		}
		const first = this.#recent.findIndex(({ start }) => start >= this.#end - 2 * CUT_BYTES_MAX);
		if (first > 0) this.#recent = this.#recent.slice(first);
	}

	#take(lines: string): void {
		for (const line of lines.split("\n")) {
			this.#recent.push({ start: this.#end, seen: this.book.take(JSON.parse(line) as Effect) });
			this.#end += Buffer.byteLength(line) + 1;
		}
	}

	#takeBack(from: number): void {
		for (
			let last = this.#recent.at(-1);
			last !== undefined && last.start >= from;
			last = this.#recent.at(-1)
		) {
			this.book.undo(last.seen);
			this.#end = last.start;
			this.#recent.pop();
		}
	}
}

/** A receiver as docs/delivery.md asks for: it keeps ids and takes each batch once. Now and then its answer is lost. */
export class WebhookReceiver {
	readonly book = new SinkBook("webhook");
	/** Batches that came again under their id. */
	repeats = 0;
	readonly #server: WireServer;
	readonly #batches = new Map<string, string>();

	private constructor(server: WireServer) {
		this.#server = server;
	}

	static async start(runtime: Runtime, chance: Chance, answersLost: number): Promise<WebhookReceiver> {
		const take = (id: string, body: Uint8Array) => receiver.#take(id, body);
		const server = await serveWire({
			clock: runtime.clock,
			bodyMaxBytes: 8 * READ_BYTES,
			handle: ({ headers, body }) => {
				take(headers["idempotency-key"] ?? "", body);
				return chance.next() < answersLost ? { kind: "reset" } : { kind: "answer", status: 204 };
			},
		});
		const receiver = new WebhookReceiver(server);
		return receiver;
	}

	get url(): string {
		return this.#server.url;
	}

	close(): Promise<void> {
		return this.#server.close();
	}

	#take(id: string, body: Uint8Array): void {
		const hash = createHash("sha256").update(body).digest("base64");
		const known = this.#batches.get(id);
		if (known !== undefined) {
			this.repeats++;
			if (known !== hash) this.book.find(`batch ${id} came again with other bytes`);
			return;
		}
		this.#batches.set(id, hash);
		const { data } = JSON.parse(new TextDecoder().decode(body)) as { data: { records: Effect[] } };
		for (const record of data.records) this.book.take(record);
	}
}

interface RiderFeed {
	readonly header: { readonly timestamp?: string | number };
	readonly entity?: readonly {
		readonly vehicle?: {
			readonly vehicle?: { readonly id?: string };
			readonly timestamp?: string | number;
		};
	}[];
}

/** What a rider's app sees over all restarts: time never goes back, and vehicles do not disappear with a restart. */
export class RiderWatch {
	readonly findings: string[] = [];
	readings = 0;
	readonly #newest = new Map<string, number>();
	#header = 0;
	#wasFilled = false;

	/** Reads the feed once. A hub that is gone answers nothing, and that is no finding. */
	async read(url: string): Promise<void> {
		let feed: RiderFeed;
		try {
			const answer = await fetch(`${url}/gtfs-rt/vehicle-positions.json`);
			if (answer.status !== 200) {
				this.findings.push(`rider feed: answered ${answer.status}`);
				return;
			}
			feed = (await answer.json()) as RiderFeed;
		} catch {
			// Killed while it answered: the next reading tells.
			return;
		}
		this.#check(feed);
	}

	/** When the feed last said that it saw the vehicle, in seconds since the epoch. */
	newest(vehicleId: string): number | undefined {
		return this.#newest.get(vehicleId);
	}

	#check(feed: RiderFeed): void {
		this.readings++;
		const header = Number(feed.header.timestamp ?? 0);
		if (header < this.#header)
			this.findings.push(`rider feed: its time went from ${this.#header} to ${header}`);
		this.#header = Math.max(this.#header, header);
		const entities = feed.entity ?? [];
		if (this.#wasFilled && entities.length === 0) this.findings.push("rider feed: it was empty");
		this.#wasFilled ||= entities.length > 0;
		for (const { vehicle } of entities) {
			const id = vehicle?.vehicle?.id ?? "";
			const time = Number(vehicle?.timestamp ?? 0);
			const before = this.#newest.get(id) ?? 0;
			if (time < before) this.findings.push(`rider feed: vehicle ${id} went from ${before} back to ${time}`);
			this.#newest.set(id, Math.max(before, time));
		}
	}
}
