import { createServer, type Socket } from "node:net";

/** What a broker answers, as MQTT 5 has it: reason codes of 3.2.2.2, 3.4.2.1 and 3.14.2.1. */
export interface BrokerAnswers {
	/** To CONNECT. Default 0, taken. */
	readonly connack?: number;
	/** The largest packet that it says it takes. */
	readonly packetMaxBytes?: number;
	/** To each PUBLISH. Default 0. "disconnect": ends the connection with `reason` instead. */
	readonly puback?: number | "silence" | "cut" | { readonly disconnect: number };
}

const CONNECT = 1;
const PUBLISH = 3;

/** A broker that does nothing but answer as told, for what no real one can be brought to say. */
export async function withBroker<T>(answers: BrokerAnswers, use: (port: number) => Promise<T>): Promise<T> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => undefined);
		let buffered = Buffer.alloc(0);
		socket.on("data", (piece) => {
			buffered = Buffer.concat([buffered, piece]);
			for (;;) {
				const packet = packetOf(buffered);
				if (packet === undefined) return;
				buffered = buffered.subarray(packet.length);
				answer(socket, packet.kind, packet.body, answers);
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		return await use((server.address() as { port: number }).port);
	} finally {
		for (const socket of sockets) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	}
}

/** The first whole packet: its kind, and what follows the length. */
function packetOf(bytes: Buffer): { kind: number; body: Buffer; length: number } | undefined {
	let [rest, at, scale] = [0, 1, 1];
	for (; ; at++, scale *= 128) {
		const digit = bytes[at];
		if (digit === undefined) return undefined;
		rest += (digit & 127) * scale;
		if (digit < 128) break;
	}
	const length = at + 1 + rest;
	if (bytes.length < length) return undefined;
	return { kind: (bytes[0] as number) >> 4, body: bytes.subarray(at + 1, length), length };
}

function answer(
	socket: Socket,
	kind: number,
	body: Buffer,
	{ connack = 0, packetMaxBytes, puback = 0 }: BrokerAnswers,
): void {
	if (kind === CONNECT) {
		// Property 39: the largest packet, four bytes.
		const properties =
			packetMaxBytes === undefined ? [0] : [5, 39, 0, 0, packetMaxBytes >> 8, packetMaxBytes & 255];
		socket.write(Buffer.from([0x20, 2 + properties.length, 0, connack, ...properties]));
		if (connack >= 128) socket.end();
	} else if (kind === PUBLISH) {
		const id = 2 + body.readUInt16BE(0);
		if (puback === "cut") socket.destroy();
		else if (typeof puback === "object") socket.end(Buffer.from([0xe0, 2, puback.disconnect, 0]));
		else if (puback !== "silence")
			socket.write(Buffer.from([0x40, 3, body[id] as number, body[id + 1] as number, puback]));
	}
}
