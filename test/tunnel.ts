import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";

/** A server on a port of its own. Closing it ends its connections too. */
export interface Listening {
	readonly port: number;
	close(): Promise<void>;
}

export async function listening(server: Server): Promise<Listening> {
	const sockets = new Set<Socket>();
	server.on("connection", (socket: Socket) => {
		sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		port: (server.address() as AddressInfo).port,
		close: async () => {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** A proxy that opens tunnels to one port, whatever host is asked for, and remembers what it was asked. */
export async function openTunnelTo(
	port: number,
	password?: string,
): Promise<Listening & { readonly asked: readonly string[] }> {
	const asked: string[] = [];
	const proxy = createServer();
	proxy.on("connect", (request: IncomingMessage, socket: Socket) => {
		asked.push(request.url ?? "");
		socket.on("error", () => undefined);
		const given = request.headers["proxy-authorization"];
		if (password !== undefined && given !== `Basic ${Buffer.from(`user:${password}`).toString("base64")}`) {
			socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
			return;
		}
		const onward = connect(port, "127.0.0.1", () => {
			socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
			socket.pipe(onward).pipe(socket);
		});
		onward.on("error", () => socket.destroy());
	});
	return { asked, ...(await listening(proxy)) };
}
