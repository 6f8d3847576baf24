import { join } from "node:path";
import { Failure } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import type { Files } from "../runtime/files.js";
import { type SftpServer, sftp, sftpQuoted } from "../runtime/node-sftp.js";
import { copyStart } from "./day-parts.js";

/** Where finished files are put. A file of the same name and length is the same file: days only grow. */
export interface Place {
	/** For people. */
	readonly name: string;
	/** Puts the first `length` bytes of a local file there, whole or not at all, in the place of what is there. */
	put(path: string, length: number, name: string, signal: AbortSignal): Promise<"put" | "was there">;
}

/** A folder of this machine, or a share that is mounted here. */
export class FolderPlace implements Place {
	readonly name: string;
	readonly #files: Files;

	constructor(directory: string, files: Files) {
		this.name = directory;
		this.#files = files;
	}

	async put(path: string, length: number, name: string): Promise<"put" | "was there"> {
		const target = join(this.name, name);
		if ((await this.#files.stat(target))?.bytes === length) return "was there";
		await copyStart(this.#files, path, target, length);
		return "put";
	}
}

/** `ls -ln` of OpenSSH: rights, links, user, group, bytes, date, path. */
const LISTED = /^-\S+\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+\S+\s+(.+)$/;

/**
 * A folder of a server that speaks SFTP. The file grows under a name that begins with a dot, goes on where it was broken off,
 * and is renamed when it is whole.
 */
export class SftpPlace implements Place {
	readonly name: string;
	readonly #server: SftpServer;
	readonly #path: string;
	readonly #timeoutMs: DurationMs;
	readonly #files: Files;

	constructor(server: SftpServer, path: string, timeoutMs: DurationMs, files: Files) {
		this.#server = server;
		this.#path = path;
		this.#timeoutMs = timeoutMs;
		this.#files = files;
		this.name = `sftp://${server.host}:${server.port}/${path}`;
	}

	async put(path: string, length: number, name: string, signal: AbortSignal): Promise<"put" | "was there"> {
		const [whole, growing] = [this.#at(name), this.#at(`.${name}.part`)];
		const found = await this.#sizes([whole, growing], signal);
		if (found.get(whole) === length) return "was there";
		// The working file grows meanwhile: what is sent is what is committed, in a file of its own.
		const copy = `${path}.out`;
		await copyStart(this.#files, path, copy, length);
		try {
			const begun = found.get(growing) ?? 0;
			const send = `${begun > 0 && begun < length ? "reput" : "put"} -f ${sftpQuoted(copy)} ${sftpQuoted(growing)}`;
			const list = `ls -ln ${sftpQuoted(growing)}`;
			const listed = await this.#run(
				begun === length ? [list] : [`-mkdir ${sftpQuoted(this.#path)}`, send, list],
				signal,
			);
			const sent = sizesIn(listed).get(growing);
			if (sent !== length) {
				// What another process left there is no beginning of this file: the next time it is begun anew.
				await this.#run([`-rm ${sftpQuoted(growing)}`], signal);
				throw new Failure(
					"sink.unavailable",
					`${this.name} has ${sent ?? 0} of the ${length} bytes of ${name}`,
				);
			}
			await this.#run([`rename ${sftpQuoted(growing)} ${sftpQuoted(whole)}`], signal);
		} finally {
			await this.#files.remove(copy);
		}
		return "put";
	}

	#at(name: string): string {
		return this.#path === "" ? name : `${this.#path}/${name}`;
	}

	async #sizes(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
		return sizesIn(
			await this.#run(
				paths.map((path) => `-ls -ln ${sftpQuoted(path)}`),
				signal,
			),
		);
	}

	#run(commands: readonly string[], signal: AbortSignal): Promise<string> {
		return sftp(this.#server, commands, this.#timeoutMs, signal);
	}
}

function sizesIn(output: string): Map<string, number> {
	const sizes = new Map<string, number>();
	for (const line of output.split(/\r?\n/)) {
		const [, bytes, path] = LISTED.exec(line) ?? [];
		if (path !== undefined) sizes.set(path, Number(bytes));
	}
	return sizes;
}
