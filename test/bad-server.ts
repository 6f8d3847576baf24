import { createServer, type Socket } from "node:net";

/** How a server that is none of the kind behaves to whoever connects. */
export const BAD_SERVERS = {
	"talks nonsense": (socket: Socket) => void socket.write("\u0000%garbage\r\n\r\n".repeat(500)),
	"takes the connection and says nothing": () => undefined,
	"takes the connection and hangs up": (socket: Socket) => void socket.destroy(),
	"takes what is sent and hangs up": (socket: Socket) => void socket.once("data", () => socket.destroy()),
} as const;

export type BadServer = keyof typeof BAD_SERVERS;

/** What PostgreSQL says to whoever asks for TLS where it has none. */
const NO_TLS = {
	"answers N": (socket: Socket) => void socket.once("data", () => socket.write("N")),
} as const;

/** Runs on a free port of this machine for as long as `use` takes. */
export async function withBadServer<T>(
	kind: BadServer | keyof typeof NO_TLS,
	use: (port: number) => Promise<T>,
): Promise<T> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => undefined);
		({ ...BAD_SERVERS, ...NO_TLS })[kind](socket);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		return await use((server.address() as { port: number }).port);
	} finally {
		for (const socket of sockets) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	}
}
