import type { SystemCall } from "./trace.js";

const FRAME_HEADER_BYTES = 24;
const WAL = /wayside\.db-wal$/;

/** An answer 202, and where in the trace it began to leave. */
export interface Acknowledged {
	readonly id: string;
	readonly begin: number;
}

export interface SyncOrder {
	readonly acknowledged: readonly Acknowledged[];
	/** Answers that left before the sync that covers them had ended. */
	readonly violations: readonly string[];
}

/**
 * Holds every 202 of a trace against the write-ahead log. Requests carry a `webhook-id`, which the store keeps with the
 * frame as plain text, so that the write that holds it can be found: after it comes the last page of its transaction
 * (the header of a frame names the size of the database in the last one only), then a sync must begin and end, and then
 * the answer may begin.
 */
export function syncOrder(calls: readonly SystemCall[]): SyncOrder {
	const wal = calls.filter(({ file }) => WAL.test(file));
	const writes = wal.filter(({ name }) => name === "pwrite64");
	const syncs = wal.filter(({ name, result }) => (name === "fsync" || name === "fdatasync") && result === 0);
	const acknowledged = acknowledgements(calls);
	const violations: string[] = [];
	for (const { id, begin } of acknowledged) {
		const at = writes.findIndex(({ bytes }) => bytes.includes(`"${id}"`));
		const written = writes[at];
		if (written === undefined || written.begin > begin) {
			violations.push(`${id} was answered in line ${begin} and not written before`);
			continue;
		}
		const last = writes.slice(Math.max(0, at - 1)).findIndex(isLastHeader);
		const complete = last < 0 ? undefined : writes[Math.max(0, at - 1) + last + 1];
		const sync = complete && syncs.find((one) => one.begin > complete.end && one.end < begin);
		if (!sync)
			violations.push(
				`${id} was written in line ${written.begin} and answered in line ${begin}, with no sync between`,
			);
	}
	return { acknowledged, violations };
}

/** The header before the last page of a transaction: its second number, the size of the database, is not 0. */
function isLastHeader({ bytes }: SystemCall): boolean {
	return bytes.length === FRAME_HEADER_BYTES && bytes.readUInt32BE(4) !== 0;
}

/** On each connection answers come in the order of the requests. */
function acknowledgements(calls: readonly SystemCall[]): Acknowledged[] {
	const waiting = new Map<number, string[]>();
	const answers: Acknowledged[] = [];
	const ordered = calls
		.filter(({ name }) => name === "read" || name === "write" || name === "writev" || name === "close")
		.map((call) => ({ ...call, at: call.name === "read" ? call.end : call.begin }))
		.sort((a, b) => a.at - b.at);
	for (const { name, descriptor, bytes, begin } of ordered) {
		const queue = waiting.get(descriptor) ?? [];
		waiting.set(descriptor, queue);
		if (name === "close") waiting.delete(descriptor);
		else if (name === "read") {
			for (const [, id = ""] of bytes.toString("latin1").matchAll(/webhook-id: (\S+)/gi)) queue.push(id);
		} else if (bytes.subarray(0, 7).toString("latin1") === "HTTP/1.") {
			const id = queue.shift();
			if (id !== undefined && bytes.subarray(9, 12).toString("latin1") === "202") answers.push({ id, begin });
		}
	}
	return answers;
}
