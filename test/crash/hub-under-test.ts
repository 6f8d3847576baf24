import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { ROOT } from "../tidy/repository.js";
import { canLookAtLocks, freezeAndKill, isFrozen } from "./frozen.js";
import { pause } from "./load.js";

const MAIN = join(ROOT, "dist/cli/main.js");
const AIM = pathToFileURL(join(ROOT, "test/crash/aim.mjs")).href;
const START_MAX_MS = 60_000;
const FROZEN_LOOK_MS = 2;

/** A place within a transaction of the store: `test/crash/aim.mjs` says what it means. */
export interface Aim {
	readonly postings: number;
	readonly isHeld: boolean;
}

export interface Running {
	readonly url: string;
	readonly admin: string;
}

export interface Killed {
	/** Undefined where the system does not show it. */
	readonly isCommitOpen: boolean | undefined;
}

/** One life of the built `wayside run`, as a process of its own. */
export class HubProcess {
	/** Resolves when it says where it listens; `undefined` when it ended before. */
	readonly started: Promise<Running | undefined>;
	readonly ended: Promise<number | string>;
	readonly #child: ChildProcess;
	readonly #orders: Writable;
	#errors = "";
	#hasEnded = false;

	constructor(folder: string, config: string, main = MAIN) {
		const aim = canLookAtLocks() ? ["--import", AIM] : [];
		this.#child = spawn(process.execPath, [...aim, main, "run", config, "--json"], {
			cwd: folder,
			stdio: ["ignore", "pipe", "pipe", "pipe"],
		});
		this.#orders = this.#child.stdio[3] as Writable;
		// Whoever is killed reads no more of it.
		this.#orders.on("error", () => {});
		this.#child.stderr?.on("data", (chunk: Buffer) => {
			this.#errors = (this.#errors + chunk.toString()).slice(-4000);
		});
		this.ended = new Promise((resolve) => {
			this.#child.once("close", (code, signal) => {
				this.#hasEnded = true;
				resolve(code ?? signal ?? "?");
			});
		});
		this.started = new Promise((resolve) => {
			let text = "";
			const listen = (chunk: Buffer) => {
				text += chunk.toString();
				const line = text.split("\n").find((one) => one.includes('"event":"started"') && one.endsWith("}"));
				if (line === undefined) return;
				const { status, admin } = JSON.parse(line) as { status: string; admin: string };
				this.#child.stdout?.off("data", listen).resume();
				resolve({ url: new URL(status).origin, admin: new URL(admin).origin });
			};
			this.#child.stdout?.on("data", listen);
			void this.ended.then(() => resolve(undefined));
		});
	}

	get hasEnded(): boolean {
		return this.#hasEnded;
	}

	/** What it wrote to its standard error last. */
	get errors(): string {
		return this.#errors;
	}

	async startedInTime(): Promise<Running> {
		const late = new Promise<undefined>((resolve) => {
			setTimeout(resolve, START_MAX_MS, undefined).unref();
		});
		const running = await Promise.race([this.started, late]);
		if (running === undefined) throw new Error(`the hub did not start: ${this.#errors}`);
		return running;
	}

	/** Resolves when it has stopped itself at that place of its next transaction, or after so long. */
	async stopWithinCommit(aim: Aim, waitMaxMs: number): Promise<void> {
		const { pid } = this.#child;
		if (pid === undefined || !canLookAtLocks()) return;
		this.#orders.write(`${aim.isHeld ? "held" : "passing"} ${aim.postings}\n`);
		const deadline = performance.now() + waitMaxMs;
		while (!this.#hasEnded && !isFrozen(pid) && performance.now() < deadline) await pause(FROZEN_LOOK_MS);
	}

	/** Kills it where it is now. */
	async kill(): Promise<Killed> {
		const { pid } = this.#child;
		if (this.#hasEnded || pid === undefined) throw new Error(`the hub ended by itself: ${this.#errors}`);
		if (!canLookAtLocks()) {
			this.#child.kill("SIGKILL");
			await this.ended;
			return { isCommitOpen: undefined };
		}
		const { isCommitOpen } = freezeAndKill(pid);
		await this.ended;
		return { isCommitOpen };
	}

	/** In good order. */
	async stop(): Promise<number | string> {
		this.#orders.end();
		this.#child.kill("SIGTERM");
		return this.ended;
	}
}
