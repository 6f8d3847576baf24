import { readdirSync, readFileSync } from "node:fs";

/** SQLite's lock of the one writer of a write-ahead log, and the one that it takes besides while it recovers. */
const WRITE_LOCK_BYTE = 120;
const RECOVER_LOCK_BYTE = 122;
const FREEZE_TRIES = 20_000;

/** Whether this system shows states of threads and locks of files: Linux with /proc. */
export function canLookAtLocks(): boolean {
	try {
		readFileSync("/proc/locks");
		return true;
	} catch {
		// Another system, or a container without it: kills are not looked at then.
		return false;
	}
}

/**
 * Stops a process where it is, looks whether it is within a transaction of its store, and kills it without letting it go
 * on in between.
 */
export function freezeAndKill(pid: number): { readonly isCommitOpen: boolean } {
	process.kill(pid, "SIGSTOP");
	let tries = 0;
	while (!isFrozen(pid) && tries < FREEZE_TRIES) tries++;
	const isCommitOpen = isWithinCommit(pid);
	process.kill(pid, "SIGKILL");
	return { isCommitOpen };
}

/** Every thread has stopped: one that is within a system call finishes that call first, as it would when killed. */
export function isFrozen(pid: number): boolean {
	try {
		return readdirSync(`/proc/${pid}/task`).every((thread) => {
			const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
			const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
			return "TtZX".includes(state);
		});
	} catch (thrown) {
		const { code } = thrown as NodeJS.ErrnoException;
		// A thread, or the whole process, ended between two looks.
		if (code === "ENOENT" || code === "ESRCH") return false;
		throw thrown;
	}
}

/**
 * Whether a process is within a transaction of its store: the lock of the writer (byte 120 of `wayside.db-shm`) is held
 * from the begin of a transaction to the end of its sync. A line of /proc/locks is `1: POSIX  ADVISORY  WRITE 4711 fe:00:10281532 120 120`.
 */
function isWithinCommit(pid: number): boolean {
	const ranges = readFileSync("/proc/locks", "latin1")
		.split("\n")
		.map((line) => line.trim().split(/\s+/))
		.filter((words) => words[3] === "WRITE" && words[4] === String(pid))
		.map((words) => [Number(words[6]), Number(words[7])] as const);
	const holds = (byte: number) => ranges.some(([first, last]) => first <= byte && byte <= last);
	return holds(WRITE_LOCK_BYTE) && !holds(RECOVER_LOCK_BYTE);
}
