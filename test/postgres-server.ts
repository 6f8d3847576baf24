import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { scratchDirectory } from "./scratch-directory.js";

const VERSIONS = "/usr/lib/postgresql";
const newest = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort().at(-1) : undefined;
const BINARIES = newest === undefined ? undefined : join(VERSIONS, newest, "bin");

/** Whether Debian's package `postgresql` is there. */
export const HAS_POSTGRES = BINARIES !== undefined && existsSync(join(BINARIES, "initdb"));

/** A server of its own in a folder of its own, spoken to over its socket: no port is taken. */
export class PostgresServer {
	readonly #folder = scratchDirectory("wayside-pg-");
	readonly #owner: { readonly uid: number; readonly gid: number } | undefined;
	#process: ChildProcess | undefined;

	private constructor() {
		// The server refuses to run as root.
		const isRoot = process.getuid?.() === 0;
		const id = (what: "-u" | "-g") =>
			Number(spawnSync("id", [what, "postgres"], { encoding: "utf8" }).stdout);
		this.#owner = isRoot ? { uid: id("-u"), gid: id("-g") } : undefined;
	}

	static async start(): Promise<PostgresServer> {
		const server = new PostgresServer();
		for (const folder of [server.#folder.path, server.#socket]) {
			mkdirSync(folder, { recursive: true });
			if (server.#owner) chownSync(folder, server.#owner.uid, server.#owner.gid);
		}
		const made = server.#run("initdb", [
			"-D",
			server.#data,
			"-U",
			"postgres",
			"-A",
			"trust",
			"-E",
			"UTF8",
			"--no-sync",
			"--no-locale",
		]);
		if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
		// What a test needs durable is Wayside's own business; the server may be fast.
		appendFileSync(
			join(server.#data, "postgresql.conf"),
			"\nfsync = off\nlisten_addresses = ''\nmax_connections = 30\n",
		);
		await server.resume();
		return server;
	}

	/** The URL of a user's database. */
	url(user = "postgres", database = "postgres"): string {
		return `postgres://${user}@localhost/${database}?host=${encodeURIComponent(this.#socket)}`;
	}

	async resume(): Promise<void> {
		this.#process = spawn(join(BINARIES ?? "", "postgres"), ["-D", this.#data, "-k", this.#socket], {
			...this.#owner,
			stdio: "ignore",
		});
		await vi.waitFor(
			() => {
				if (this.#run("pg_isready", ["-h", this.#socket]).status !== 0) throw new Error("not ready yet");
			},
			{ timeout: 60_000, interval: 100 },
		);
	}

	/** As a crash or a restart of the server ends it: every connection breaks. */
	async stop(): Promise<void> {
		const process = this.#process;
		this.#process = undefined;
		if (process === undefined) return;
		const ended = new Promise((resolve) => process.once("exit", resolve));
		process.kill("SIGINT");
		await ended;
	}

	/** Lines of `pg_hba.conf`, before those that are there. */
	async demandPassword(user: string): Promise<void> {
		const hba = join(this.#data, "pg_hba.conf");
		const moved = this.#run(
			"sh",
			[
				"-c",
				`printf 'local all ${user} scram-sha-256\\n' | cat - ${hba} > ${hba}.new && mv ${hba}.new ${hba}`,
			],
			"/bin",
		);
		if (moved.status !== 0) throw new Error(moved.stderr);
		this.#run("pg_ctl", ["-D", this.#data, "reload"]);
	}

	async remove(): Promise<void> {
		await this.stop();
		this.#folder.remove();
	}

	get #data(): string {
		return join(this.#folder.path, "data");
	}

	get #socket(): string {
		return join(this.#folder.path, "s");
	}

	#run(program: string, words: readonly string[], folder = BINARIES ?? "") {
		return spawnSync(join(folder, program), words, { ...this.#owner, encoding: "utf8", cwd: "/" });
	}
}
