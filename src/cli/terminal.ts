import type { Cancel, Clock } from "../runtime/runtime.js";

export type Tone = "good" | "warn" | "bad" | "quiet" | "strong";

const CODES: Readonly<Record<Tone, string>> = { good: "32", warn: "33", bad: "31", quiet: "2", strong: "1" };
const PLAIN_PROGRESS_EVERY_MS = 5_000;
/** After the first minute: a service that runs for months must not fill the log of its machine. */
const PLAIN_PROGRESS_LATER_MS = 60_000;
const LINE_WIDTH_DEFAULT = 100;

/** Where a command writes. Results go to `out`; progress, notices and errors go to `err`, so that pipes stay clean. */
export interface Terminal {
	out(line: string): void;
	err(line: string): void;
	/** Standard output is a screen that can be drawn anew. Absent: it is a pipe or a file. */
	readonly isScreen?: boolean;
	/** The text in colour where standard output is a terminal, else as it is. */
	paint(tone: Tone, text: string): string;
	/** A line that is written over by the next one on a terminal, and now and then written anew elsewhere. */
	progress(clock: Clock): Progress;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Called on the first Ctrl-C or SIGTERM. The second one ends the process at once. */
	onStop(stop: () => void): Cancel;
	/** Called on each SIGHUP. Not on a terminal and not on Windows, where it says that the window was closed. */
	onReload?(reload: () => void): Cancel;
	/** Called with each rejection that nobody looks at, which would end the process in the middle of its work. */
	onStray?(stray: (thrown: unknown) => void): Cancel;
}

export interface Progress {
	show(line: string): void;
	/** Leaves the last line standing and goes on below it. */
	end(): void;
}

/** The terminal of this process. */
export function processTerminal(exitAtOnce: () => void): Terminal {
	const { stdout, stderr, env } = process;
	const colour = env["NO_COLOR"] ? false : env["FORCE_COLOR"] ? true : stdout.isTTY;
	let live: string | undefined;
	const clear = () => {
		if (live !== undefined) stderr.write("\r\x1b[2K");
	};
	const restore = () => {
		if (live !== undefined) stderr.write(live);
	};
	return {
		environment: env,
		isScreen: stdout.isTTY === true,
		out: (line) => {
			clear();
			stdout.write(`${line}\n`);
			restore();
		},
		err: (line) => {
			clear();
			stderr.write(`${line}\n`);
			restore();
		},
		paint: (tone, text) => (colour ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text),
		progress: (clock) => {
			if (!stderr.isTTY) return plainProgress(clock, (line) => stderr.write(`${line}\n`));
			return {
				show: (line) => {
					clear();
					live = line.slice(0, (stderr.columns ?? LINE_WIDTH_DEFAULT) - 1);
					restore();
				},
				end: () => {
					if (live !== undefined) stderr.write("\n");
					live = undefined;
				},
			};
		},
		onReload: (reload) => {
			if (stdout.isTTY || process.platform === "win32") return () => undefined;
			process.on("SIGHUP", reload);
			return () => process.off("SIGHUP", reload);
		},
		onStray: (stray) => {
			process.on("unhandledRejection", stray);
			return () => process.off("unhandledRejection", stray);
		},
		onStop: (stop) => {
			let stopping = false;
			const onSignal = () => {
				if (stopping) exitAtOnce();
				stopping = true;
				stop();
			};
			process.on("SIGINT", onSignal);
			process.on("SIGTERM", onSignal);
			return () => {
				process.off("SIGINT", onSignal);
				process.off("SIGTERM", onSignal);
			};
		},
	};
}

/**
 * For pipes and log files: a line every five seconds, after a minute one a minute, and the last one of long work; short
 * work passes in silence.
 */
export function plainProgress(clock: Clock, write: (line: string) => void): Progress {
	const startedAt = clock.monotonic();
	let writtenAt = startedAt;
	let isLong = false;
	let held: string | undefined;
	return {
		show: (line) => {
			const now = clock.monotonic();
			const isLater = now - startedAt > PLAIN_PROGRESS_LATER_MS;
			if (now - writtenAt < (isLater ? PLAIN_PROGRESS_LATER_MS : PLAIN_PROGRESS_EVERY_MS)) {
				held = line;
				return;
			}
			writtenAt = now;
			isLong = true;
			held = undefined;
			write(line);
		},
		end: () => {
			if (held !== undefined && isLong) write(held);
			held = undefined;
		},
	};
}

/** Rows as aligned columns; numbers to the right. The first row is the head. */
export function columns(rows: readonly (readonly (string | number)[])[]): string[] {
	const widths: number[] = [];
	for (const row of rows)
		row.forEach((cell, i) => {
			widths[i] = Math.max(widths[i] ?? 0, shown(cell).length);
		});
	return rows.map((row) =>
		row
			.map((cell, i) => {
				const width = widths[i] ?? 0;
				return typeof cell === "number" ? shown(cell).padStart(width) : cell.padEnd(width);
			})
			.join("  ")
			.trimEnd(),
	);
}

function shown(cell: string | number): string {
	return typeof cell === "number" ? cell.toLocaleString("en-US") : cell;
}
