import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../tidy/repository.js";
import { canLookAtLocks, freezeAndKill, isWithinCommit } from "./frozen.js";

const MAIN = join(ROOT, "dist/cli/main.js");
const START_MAX_MS = 60_000;

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
	#errors = "";
	#hasEnded = false;

	constructor(folder: string, config: string, main = MAIN) {
		this.#child = spawn(process.execPath, [main, "run", config, "--json"], {
			cwd: folder,
			stdio: ["ignore", "pipe", "pipe"],
		});
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

	/** Resolves the next time that it is within a transaction of its store, or after so long. */
	async withinCommit(waitMaxMs: number): Promise<void> {
		const { pid } = this.#child;
		const deadline = performance.now() + waitMaxMs;
		while (pid !== undefined && !this.#hasEnded && canLookAtLocks() && performance.now() < deadline) {
			if (isWithinCommit(pid)) return;
			// Its commits come of what this process sends and answers.
			await new Promise((resolve) => {
				setImmediate(resolve);
			});
		}
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
		this.#child.kill("SIGTERM");
		return this.ended;
	}
}
