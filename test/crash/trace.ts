import { spawnSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** One system call of a traced process. `begin` and `end` are lines of the trace: what ends before another begins came before it. */
export interface SystemCall {
	readonly name: string;
	/** What the descriptor stands for: a path, or `TCP:[...]`. */
	readonly file: string;
	readonly descriptor: number;
	/** What was read or written. */
	readonly bytes: Buffer;
	/** The numbers behind the bytes; for `pwrite64` count and offset, for `ftruncate` the length. */
	readonly numbers: readonly number[];
	readonly result: number;
	readonly begin: number;
	readonly end: number;
}

const CALLS = "read,write,writev,pwrite64,ftruncate,fdatasync,fsync,close";
/** More than a page of the database and its frame. */
const STRING_MAX = 9000;

/** The words before a command line that have it traced into a file. */
export function straceWords(file: string): readonly string[] {
	return [
		"strace",
		"-f",
		"--seccomp-bpf",
		"-y",
		"-xx",
		"-s",
		`${STRING_MAX}`,
		"-e",
		`trace=${CALLS}`,
		"-o",
		file,
	];
}

/** Why nothing can be traced here; undefined when it can. */
export function straceMissing(): string | undefined {
	const tried = spawnSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"], { encoding: "utf8" });
	if (tried.error) return "strace is not installed";
	return tried.status === 0 ? undefined : "strace is not permitted here (it needs ptrace)";
}

/** Reads a trace of `straceWords`, in the order in which calls began. */
export async function readTrace(path: string): Promise<readonly SystemCall[]> {
	const calls: SystemCall[] = [];
	const open = new Map<string, { readonly text: string; readonly begin: number }>();
	let number = 0;
	for await (const line of createInterface({ input: createReadStream(path, "latin1") })) {
		number++;
		const space = line.indexOf(" ");
		const [thread, text] = [line.slice(0, space), line.slice(space).trimStart()];
		if (text.endsWith("<unfinished ...>")) {
			open.set(thread, { text: text.slice(0, -"<unfinished ...>".length), begin: number });
			continue;
		}
		const resumed = /^<\.\.\. \w+ resumed>/.exec(text);
		const started = resumed ? open.get(thread) : undefined;
		if (resumed) open.delete(thread);
		const whole = resumed ? (started?.text ?? "") + text.slice(resumed[0].length) : text;
		const call = parseCall(whole, started?.begin ?? number, number);
		if (call) calls.push(call);
	}
	// What was under way when the process died never ended.
	for (const { text, begin } of open.values()) {
		const call = parseCall(`${text}) = 0`, begin, Number.POSITIVE_INFINITY);
		if (call) calls.push(call);
	}
	return calls.sort((a, b) => a.begin - b.begin);
}

/** `pwrite64(24</path>, "\x0a\x00"..., 8192, 4096) = 8192`, and `writev(20<...>, [{iov_base="...", iov_len=9}], 1) = 9`. */
function parseCall(text: string, begin: number, end: number): SystemCall | undefined {
	const head = /^(\w+)\((\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(text);
	const result = /\)\s+= (-?\d+)/.exec(text.slice(-80));
	if (!head || !result) return undefined;
	const [opening, name = "", descriptor, file = ""] = head;
	const rest = text.slice(opening.length);
	const bytes = Buffer.concat(
		[...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = ""]) => fromHex(hex)),
	);
	const behind = rest.slice(rest.lastIndexOf('"') + 1, rest.lastIndexOf(")"));
	const numbers = [...behind.matchAll(/(?<=, )\d+/g)].map(([digits]) => Number(digits));
	return {
		name,
		file: fromHex(file).toString(),
		descriptor: Number(descriptor),
		bytes,
		numbers,
		result: Number(result[1]),
		begin,
		end,
	};
}

function fromHex(text: string): Buffer {
	return Buffer.from(text.replaceAll("\\x", ""), "hex");
}
