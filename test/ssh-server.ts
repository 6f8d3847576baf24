import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { scratchDirectory } from "./scratch-directory.js";

const SSHD = "/usr/sbin/sshd";

/** Whether Debian's packages `openssh-server` and `openssh-client` are there. */
export const HAS_SSHD = existsSync(SSHD) && existsSync("/usr/bin/sftp") && existsSync("/usr/bin/ssh-keygen");

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** An OpenSSH server of its own on a free port, which lets one new key in and serves one folder. */
export class SshServer {
	readonly #scratch = scratchDirectory("wayside-ssh-");
	readonly user = userInfo().username;
	#process: ChildProcess | undefined;
	port = 0;

	static async start(): Promise<SshServer> {
		const server = new SshServer();
		for (const name of ["host", "key", "other"]) {
			const made = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", server.at(name)]);
			if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr.toString()}`);
		}
		writeFileSync(server.at("authorized"), readFileSync(server.at("key.pub")));
		mkdirSync(server.folder);
		// As root the server gives its right away, into this folder.
		if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
		// Somebody else may take the port before the server does.
		for (let attempt = 1; ; attempt++) {
			server.port = await freePort();
			if (await server.resume()) return server;
			if (attempt === 5) throw new Error("sshd does not start");
		}
	}

	at(name: string): string {
		return join(this.#scratch.path, name);
	}

	/** What it serves. */
	get folder(): string {
		return this.at("drop");
	}

	async resume(): Promise<boolean> {
		const key = readFileSync(this.at("host.pub"), "utf8").split(" ").slice(0, 2).join(" ");
		writeFileSync(this.at("known"), `[127.0.0.1]:${this.port} ${key}\n`);
		writeFileSync(
			this.at("config"),
			[
				`ListenAddress 127.0.0.1:${this.port}`,
				`HostKey ${this.at("host")}`,
				`AuthorizedKeysFile ${this.at("authorized")}`,
				"PidFile none",
				"UsePAM no",
				"StrictModes no",
				"PermitRootLogin prohibit-password",
				"PasswordAuthentication no",
				`Subsystem sftp internal-sftp -d ${this.folder}`,
				"",
			].join("\n"),
		);
		const child = spawn(SSHD, ["-D", "-e", "-f", this.at("config")], { stdio: ["ignore", "ignore", "pipe"] });
		this.#process = child;
		return new Promise((resolve) => {
			let said = "";
			child.stderr.on("data", (piece: Buffer) => {
				said += piece.toString();
				if (/Server listening/.test(said)) resolve(true);
			});
			child.once("exit", () => resolve(false));
		});
	}

	async stop(): Promise<void> {
		const child = this.#process;
		this.#process = undefined;
		if (child === undefined || child.exitCode !== null) return;
		const ended = new Promise((resolve) => child.once("exit", resolve));
		child.kill("SIGTERM");
		await ended;
	}

	async remove(): Promise<void> {
		await this.stop();
		this.#scratch.remove();
	}
}
