import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as a collector sees it: read from the bytes by the field numbers of opentelemetry-proto 1.x. */
export interface CollectedSpan {
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId: string;
	readonly name: string;
	/** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
	readonly kind: number;
	readonly startNs: bigint;
	readonly endNs: bigint;
	readonly attributes: Readonly<Record<string, string | number>>;
	readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
	/** 0 unset, 1 ok, 2 error. */
	readonly status: number;
	readonly resource: Readonly<Record<string, string | number>>;
}

export interface Heard {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

/** A real HTTP server on a free port that takes OTLP at `/v1/traces`, and keeps what is posted or asked for elsewhere. */
export class OtlpCollector {
	readonly heard: Heard[] = [];
	/** Of whatever comes to `/v1/traces`. */
	status = 200;
	/** Of whatever else is asked for. */
	answer = "[]";
	readonly #server = createServer((request, response) => {
		const pieces: Buffer[] = [];
		request.on("data", (piece: Buffer) => pieces.push(piece));
		request.on("end", () => {
			const path = request.url ?? "";
			this.heard.push({ path, headers: request.headers, body: Buffer.concat(pieces) });
			const isTraces = path === "/v1/traces";
			response.writeHead(isTraces ? this.status : 200, { "content-type": "application/json" });
			response.end(isTraces ? "" : this.answer);
		});
	});

	async listen(): Promise<this> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		return this;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	at(path: string): readonly Heard[] {
		return this.heard.filter((one) => one.path.startsWith(path));
	}

	get spans(): readonly CollectedSpan[] {
		return this.at("/v1/traces").flatMap(({ body }) => spansOf(body));
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}

type Field = readonly [number: number, value: Buffer | bigint];

function* fieldsOf(bytes: Buffer): Generator<Field> {
	let at = 0;
	const varint = () => {
		let value = 0n;
		for (let shift = 0n; ; shift += 7n) {
			const byte = bytes[at++];
			if (byte === undefined) throw new Error("the message is cut off");
			value |= BigInt(byte & 0x7f) << shift;
			if (byte < 0x80) return value;
		}
	};
	while (at < bytes.length) {
		const tag = Number(varint());
		const type = tag & 7;
		if (type === 0) yield [tag >> 3, varint()];
		else if (type === 1) {
			yield [tag >> 3, bytes.readBigUInt64LE(at)];
			at += 8;
		} else if (type === 2) {
			const length = Number(varint());
			yield [tag >> 3, bytes.subarray(at, at + length)];
			at += length;
		} else if (type === 5) {
			yield [tag >> 3, BigInt(bytes.readUInt32LE(at))];
			at += 4;
		} else throw new Error(`wire type ${type}`);
	}
}

const messages = (bytes: Buffer, number: number) =>
	[...fieldsOf(bytes)].flatMap(([n, value]) => (n === number && Buffer.isBuffer(value) ? [value] : []));

function attributesIn(bytes: Buffer, number: number): Record<string, string | number> {
	return Object.fromEntries(
		messages(bytes, number).map((pair) => {
			const [key] = messages(pair, 1);
			const [any] = messages(pair, 2);
			const [, value] =
				any === undefined ? [0, Buffer.alloc(0)] : ([...fieldsOf(any)][0] ?? [0, Buffer.alloc(0)]);
			return [String(key), Buffer.isBuffer(value) ? value.toString() : Number(value)];
		}),
	);
}

function spansOf(body: Buffer): CollectedSpan[] {
	return messages(body, 1).flatMap((resourceSpans) => {
		const [resource = Buffer.alloc(0)] = messages(resourceSpans, 1);
		const about = attributesIn(resource, 1);
		return messages(resourceSpans, 2).flatMap((scope) =>
			messages(scope, 2).map((span) => spanOf(span, about)),
		);
	});
}

function spanOf(bytes: Buffer, resource: CollectedSpan["resource"]): CollectedSpan {
	const fields = new Map(fieldsOf(bytes));
	const hex = (number: number) => (fields.get(number) as Buffer | undefined)?.toString("hex") ?? "";
	const number = (of: Map<number, Buffer | bigint>, field: number) => Number(of.get(field) ?? 0);
	const status = fields.get(15);
	return {
		traceId: hex(1),
		spanId: hex(2),
		parentSpanId: hex(4),
		name: String(fields.get(5)),
		kind: number(fields, 6),
		startNs: fields.get(7) as bigint,
		endNs: fields.get(8) as bigint,
		attributes: attributesIn(bytes, 9),
		links: messages(bytes, 13).map((link) => {
			const [traceId] = messages(link, 1);
			const [spanId] = messages(link, 2);
			return { traceId: traceId?.toString("hex") ?? "", spanId: spanId?.toString("hex") ?? "" };
		}),
		status: Buffer.isBuffer(status) ? number(new Map(fieldsOf(status)), 3) : 0,
		resource,
	};
}
