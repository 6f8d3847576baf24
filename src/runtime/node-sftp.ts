import { spawn } from "node:child_process";
import { Failure, type FailureCode } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";

/** A server that speaks SFTP, as OpenSSH's own client reaches it. */
export interface SftpServer {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	/** Path of the private key. Default: what ssh of this user has. */
	readonly identity?: string | undefined;
	/** Path of the known_hosts that has the server's key. Default: that of this user. */
	readonly knownHosts?: string | undefined;
	readonly connectTimeoutMs: DurationMs;
}

const ALIVE_EVERY_S = 15;
const SAID_MAX = 300;
const OUTPUT_MAX = 1024 * 1024;

/**
 * Runs commands of sftp(1) over one connection, one after the other; the first that fails ends it, unless a `-` stands before
 * it. Answers what they printed. Rejects with a `Failure`, or with the signal's reason once the client has been ended.
 */
export async function sftp(
	server: SftpServer,
	commands: readonly string[],
	timeoutMs: DurationMs,
	signal: AbortSignal,
): Promise<string> {
	signal.throwIfAborted();
	const child = spawn("sftp", argumentsFor(server), {
		stdio: ["pipe", "pipe", "pipe"],
		// A group of its own, so that an end reaches its ssh too: one that stays keeps the pipes open until it gives up by itself.
		detached: true,
		env: { ...process.env, LC_ALL: "C" },
	});
	const end = () => endGroup(child.pid);
	const overdue = setTimeout(end, timeoutMs);
	signal.addEventListener("abort", end, { once: true });
	let output = "";
	let said = "";
	child.stdout.on("data", (piece: Buffer) => {
		output = (output + piece.toString()).slice(-OUTPUT_MAX);
	});
	child.stderr.on("data", (piece: Buffer) => {
		said = (said + piece.toString()).slice(-OUTPUT_MAX);
	});
	// A client that is gone takes no commands: how it ended says why.
	child.stdin.on("error", () => undefined);
	child.stdin.end(`${commands.join("\n")}\n`);
	try {
		const code = await new Promise<number | null>((resolve, reject) => {
			child.once("error", reject);
			child.once("close", resolve);
		});
		if (signal.aborted) throw signal.reason;
		if (code === 0) return output;
		throw failureOf(server, said, code);
	} catch (thrown) {
		if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
		const said =
			"sftp, the client of OpenSSH, is not installed here; on Debian: apt-get install openssh-client";
		throw new Failure("config.invalid", said, { cause: thrown });
	} finally {
		clearTimeout(overdue);
		signal.removeEventListener("abort", end);
	}
}

function endGroup(leader: number | undefined): void {
	// It did not start at all.
	if (leader === undefined) return;
	try {
		process.kill(-leader, "SIGTERM");
	} catch (thrown) {
		// It is gone already.
		if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
	}
}

/** A word of a command, whatever it holds. */
export function sftpQuoted(word: string): string {
	return `"${word.replaceAll(/["\\]/g, "\\$&")}"`;
}

function argumentsFor({ host, port, user, identity, knownHosts, connectTimeoutMs }: SftpServer): string[] {
	const options = [
		"BatchMode=yes",
		"LogLevel=ERROR",
		"StrictHostKeyChecking=yes",
		`ConnectTimeout=${Math.max(1, Math.round(connectTimeoutMs / 1000))}`,
		"ConnectionAttempts=1",
		`ServerAliveInterval=${ALIVE_EVERY_S}`,
		"ServerAliveCountMax=3",
		...(identity === undefined ? [] : ["IdentitiesOnly=yes", `IdentityFile="${identity}"`]),
		...(knownHosts === undefined ? [] : [`UserKnownHostsFile="${knownHosts}"`, "GlobalKnownHostsFile=none"]),
	];
	const target = `${user}@${host.includes(":") ? `[${host}]` : host}`;
	return ["-b", "-", "-P", `${port}`, ...options.flatMap((option) => ["-o", option]), target];
}

/** What ssh and sftp print, in the order in which it is looked for. */
const MEANINGS: readonly (readonly [RegExp, FailureCode, string])[] = [
	[
		/host key|known_hosts/i,
		"sink.refused",
		"put the server's key into knownHosts (ssh-keyscan), if it is the right server",
	],
	[
		/permission denied \(|too many authentication|no such identity|bad permissions|invalid format/i,
		"sink.refused",
		"check user, identity and the server's authorized keys",
	],
	[/could not resolve|name or service not known/i, "net.dns", "check host"],
	[/connection refused/i, "net.refused", "is the server running, and is this its port?"],
	[/timed out|timeout|not responding/i, "net.timeout", "it is tried again"],
	[/network is unreachable|no route to host/i, "net.unreachable", "it is tried again"],
	[/connection (closed|reset)|broken pipe|kex_exchange|banner/i, "net.reset", "it is tried again"],
	[/permission denied|no such file/i, "sink.refused", "check path, and what the user may write there"],
];

function failureOf({ host }: SftpServer, said: string, code: number | null): Failure {
	const text = said.replaceAll(/\s+/g, " ").trim().slice(-SAID_MAX);
	if (code === null) return new Failure("net.timeout", `${host} took too long; it is tried again`);
	const [, meaning, hint] = MEANINGS.find(([pattern]) => pattern.test(text)) ?? [
		undefined,
		"sink.unavailable" as const,
		"it is tried again",
	];
	return new Failure(meaning, `${host} says: ${text === "" ? `sftp ended with ${code}` : text}; ${hint}`);
}
