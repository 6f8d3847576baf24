import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Gateway, openGateway } from "../src/gateway/gateway.js";
import type { HubView } from "../src/gateway/hub-view.js";
import type { TransitRecord } from "../src/model/record.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import type { ServingSink, SinkDefinition } from "../src/sinks/sink.js";
import { definition as sse } from "../src/sinks/sse.js";
import { definition as websocket } from "../src/sinks/websocket.js";

const DEFINITIONS = { sse, websocket } as const;

export interface LiveHubOptions {
	readonly type: keyof typeof DEFINITIONS;
	readonly options?: object;
	/** Of the listener, such as `basePath`. */
	readonly http?: object;
}

/** A live sink behind the hub's real listener, on this machine's clock. */
export class LiveHub {
	readonly gateway: Gateway;
	readonly #sink: ServingSink;

	static async open({ type, options = {}, http = {} }: LiveHubOptions): Promise<LiveHub> {
		const runtime = createNodeRuntime();
		const definition = DEFINITIONS[type] as SinkDefinition<unknown>;
		const sink = definition.create(definition.options.parse({ publishAtMostEvery: "200ms", ...options }), {
			name: "live",
			runtime,
			baseDirectory: ".",
			secrets: {},
		}) as ServingSink;
		sink.restore(undefined);
		const hub: HubView = {
			endpoints: sink.endpoints,
			upstreams: () => new Map(),
			status: () => Promise.reject(new Error("nobody asks")),
			tap: () => () => undefined,
		};
		const here = { host: "127.0.0.1", port: 0 };
		const listeners = { public: here, admin: { ...here, token: undefined } };
		const gateway = await openGateway({ hub, http: { ...listeners, ...http }, clock: runtime.clock });
		return new LiveHub(sink, gateway);
	}

	private constructor(sink: ServingSink, gateway: Gateway) {
		this.#sink = sink;
		this.gateway = gateway;
	}

	get url(): string {
		return `${this.gateway.publicUrl}${this.#sink.endpoints[0]?.path}`;
	}

	readonly facts = () => this.#sink.status(Date.now());

	/** Takes records in, as received now, and publishes. */
	readonly tell = (...records: readonly TransitRecord[]): void => {
		const receivedTime = Date.now();
		const own = records.map((record) => {
			const eventTime = record.eventTime > receivedTime - 60_000 ? record.eventTime : receivedTime - 1000;
			return { ...record, eventTime, origin: { ...record.origin, receivedTime } };
		});
		this.#sink.apply(own, false);
		this.#sink.publish(receivedTime, () => undefined).reveal();
	};

	readonly close = async (): Promise<void> => {
		await this.#sink.close();
		await this.gateway.close();
	};
}

/** A piece of network in front of a hub that can be cut. */
export async function relayTo(port: number): Promise<{ port: number; cut(): void; close(): Promise<void> }> {
	const sockets = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(port, "127.0.0.1");
		for (const [socket, other] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.add(socket);
			socket.on("error", () => undefined);
			socket.on("close", () => {
				sockets.delete(socket);
				other.destroy();
			});
			socket.pipe(other);
		}
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const cut = () => {
		for (const socket of sockets) socket.destroy();
	};
	return {
		port: (server.address() as AddressInfo).port,
		cut,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				cut();
			}),
	};
}
