import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { scratchDirectory } from "./scratch-directory.js";

const MOSQUITTO = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find((path) => existsSync(path));

/** Whether Debian's package `mosquitto` is there. */
export const HAS_MOSQUITTO = MOSQUITTO !== undefined;

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** A Mosquitto of its own on a free port. */
export class MqttBroker {
	readonly #folder = scratchDirectory("wayside-mqtt-");
	readonly #lines: readonly string[];
	#port = 0;
	#process: ChildProcess | undefined;
	readonly #clients: MqttClient[] = [];
	/** Ids of clients that are connected, and of those whose subscription has been answered. */
	readonly connected = new Set<string>();
	readonly subscribed = new Set<string>();
	/** Connections of hubs that it has taken so far. */
	taken = 0;

	private constructor(lines: readonly string[]) {
		this.#lines = lines;
	}

	/** `lines` are of its configuration, such as `max_packet_size 500`. */
	static async start(...lines: readonly string[]): Promise<MqttBroker> {
		const broker = new MqttBroker(lines);
		// Somebody else may take the port before the broker does.
		for (let attempt = 1; ; attempt++) {
			broker.#port = await freePort();
			if (await broker.resume()) return broker;
			if (attempt === 5) throw new Error("mosquitto does not start");
		}
	}

	get url(): string {
		return `mqtt://127.0.0.1:${this.#port}`;
	}

	get folder(): string {
		return this.#folder.path;
	}

	/** Starts it on its port; true when it takes connections. */
	async resume(): Promise<boolean> {
		const config = join(this.#folder.path, "mosquitto.conf");
		const anonymous = this.#lines.some((line) => line.startsWith("password_file"))
			? []
			: ["allow_anonymous true"];
		writeFileSync(
			config,
			[`listener ${this.#port} 127.0.0.1`, "user root", ...anonymous, ...this.#lines, ""].join("\n"),
		);
		const child = spawn(MOSQUITTO ?? "", ["-c", config, "-v"], { stdio: ["ignore", "ignore", "pipe"] });
		this.#process = child;
		return new Promise((resolve) => {
			let said = "";
			child.stderr.on("data", (piece: Buffer) => {
				said += piece.toString();
				if (/ running/.test(said)) resolve(true);
				const end = said.lastIndexOf("\n") + 1;
				for (const line of said.slice(0, end).split("\n")) this.#hear(line);
				said = said.slice(end);
			});
			child.once("exit", () => resolve(false));
		});
	}

	/** Its log says who comes and goes. */
	#hear(line: string): void {
		const [, came] = /: New client connected from \S+ as (\S+) /.exec(line) ?? [];
		const [, heard] = /: Sending SUBACK to (\S+)/.exec(line) ?? [];
		const [, went] = /: Client (\S+) (?:disconnected|closed its connection|has exceeded)/.exec(line) ?? [];
		if (came !== undefined) this.connected.add(came);
		if (came?.startsWith("wayside-")) this.taken++;
		if (heard !== undefined) this.subscribed.add(heard);
		if (went === undefined) return;
		this.connected.delete(went);
		this.subscribed.delete(went);
	}

	async stop(): Promise<void> {
		const child = this.#process;
		this.#process = undefined;
		if (child === undefined || child.exitCode !== null) return;
		const ended = new Promise((resolve) => child.once("exit", resolve));
		child.kill("SIGTERM");
		await ended;
	}

	/** A client of the test's own. */
	async client(): Promise<MqttClient> {
		const client = await connectAsync(this.url, { protocolVersion: 5, reconnectPeriod: 0 });
		this.#clients.push(client);
		return client;
	}

	async remove(): Promise<void> {
		for (const client of this.#clients) client.end(true);
		await this.stop();
		this.#folder.remove();
	}
}
