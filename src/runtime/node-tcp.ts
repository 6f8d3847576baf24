import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { Failure, type FailureCode, messageOf } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import { plainAddress } from "./node-addresses.js";

/** The other end of a TCP connection, without anything of the platform. */
export interface TcpPeer {
	readonly address: string;
	readonly port: number;
	/** Bytes stay at the sender, once the buffers between are full. Silence does not count meanwhile. */
	pause(): void;
	resume(): void;
	write(bytes: Uint8Array): void;
	/** Ends it at once; `onEnd` is not called. */
	close(): void;
}

export interface TcpEvents {
	onBytes(bytes: Uint8Array): void;
	/** Called once, when the connection is over and nobody here closed it. */
	onEnd(failure: Failure): void;
}

export interface TcpOptions {
	readonly host: string;
	readonly port: number;
	/** How long nothing may come before the connection counts as dead. */
	readonly idleMs: DurationMs;
	/** How long nothing may come before the system asks whether the other end is there. */
	readonly keepaliveMs: DurationMs;
}

/** Connects once, and rejects with a `Failure` or the signal's reason; then nothing is left open. */
export async function connectTcp(
	options: TcpOptions & { readonly connectTimeoutMs: DurationMs },
	signal: AbortSignal,
	attach: (peer: TcpPeer) => TcpEvents,
): Promise<void> {
	signal.throwIfAborted();
	const { host, port, connectTimeoutMs } = options;
	const place = placeText(host, port);
	const socket = createConnection({ host, port });
	try {
		await new Promise<void>((resolve, reject) => {
			signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
			socket.setTimeout(connectTimeoutMs, () =>
				reject(new Failure("net.timeout", `${place} did not take the connection in time`)),
			);
			socket.once("error", (error) => reject(socketFailure(error, place)));
			socket.once("connect", resolve);
		});
	} catch (thrown) {
		socket.on("error", ignoreAfterTheEnd);
		socket.destroy();
		throw thrown;
	}
	socket.removeAllListeners("timeout");
	socket.removeAllListeners("error");
	attachSocket(socket, options, place, attach);
}

export interface TcpListener {
	readonly port: number;
	/** Ends every connection and listens no more. */
	close(): void;
}

/** Listens until it is closed. `accept` answers undefined for a connection that is not wanted. */
export async function listenTcp(
	options: TcpOptions,
	signal: AbortSignal,
	accept: (peer: TcpPeer) => TcpEvents | undefined,
	onError: (failure: Failure) => void,
): Promise<TcpListener> {
	signal.throwIfAborted();
	const { host, port } = options;
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
		attachSocket(socket, options, peerText(socket), accept);
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
		server.listen(port, host, resolve);
	});
	const close = () => {
		server.close();
		for (const socket of sockets) socket.destroy();
	};
	if (signal.aborted) {
		close();
		throw signal.reason;
	}
	server.on("error", (error) => onError(socketFailure(error, placeText(host, port))));
	return { port: (server.address() as AddressInfo).port, close };
}

/** The same for TCP and UDP: an address that is taken or not ours needs somebody, or an earlier process to end. */
export function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): Failure {
	const why = error.code ?? messageOf(error);
	return new Failure(
		"config.invalid",
		`Cannot listen on ${placeText(host, port)} (${why}); end what uses it, or choose another`,
		{ cause: error },
	);
}

function attachSocket(
	socket: Socket,
	options: TcpOptions,
	place: string,
	attach: (peer: TcpPeer) => TcpEvents | undefined,
): void {
	const { idleMs, keepaliveMs } = options;
	let isClosed = false;
	let ended: Failure | undefined;
	const peer: TcpPeer = {
		address: plainAddress(socket.remoteAddress ?? ""),
		port: socket.remotePort ?? 0,
		pause: () => socket.pause(),
		resume: () => socket.resume(),
		write: (bytes) => socket.write(bytes),
		close: () => {
			isClosed = true;
			socket.destroy();
		},
	};
	socket.on("error", (error) => {
		ended ??= socketFailure(error, place);
	});
	socket.setKeepAlive(true, keepaliveMs);
	socket.setNoDelay(true);
	const events = attach(peer);
	if (events === undefined) {
		peer.close();
		return;
	}
	socket.setTimeout(idleMs);
	socket.on("timeout", () => {
		if (socket.isPaused()) {
			socket.setTimeout(idleMs);
			return;
		}
		ended ??= new Failure("net.timeout", `${place} said nothing for ${Math.round(idleMs / 1000)} s`);
		socket.destroy();
	});
	socket.on("close", () => {
		if (isClosed) return;
		events.onEnd(ended ?? new Failure("net.reset", `${place} closed the connection`));
	});
	socket.on("data", (bytes) => events.onBytes(bytes as Buffer));
}

/** What comes of a socket that was given up has no reader any more. */
function ignoreAfterTheEnd(): void {}

const BY_ERRNO: Readonly<Record<string, FailureCode>> = {
	ECONNREFUSED: "net.refused",
	ETIMEDOUT: "net.timeout",
	EHOSTUNREACH: "net.unreachable",
	ENETUNREACH: "net.unreachable",
	EAI_AGAIN: "net.unreachable",
	ENOTFOUND: "net.dns",
};

export function socketFailure(error: NodeJS.ErrnoException, place: string): Failure {
	const code = BY_ERRNO[error.code ?? ""] ?? "net.reset";
	return new Failure(code, `The connection to ${place} failed (${error.code ?? messageOf(error)})`, {
		cause: error,
	});
}

function peerText(socket: Socket): string {
	return placeText(plainAddress(socket.remoteAddress ?? "?"), socket.remotePort ?? 0);
}

/** `host:port`, with an IPv6 address in brackets. */
export function placeText(host: string, port: number): string {
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
