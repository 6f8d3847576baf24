import { type DurationMs, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import type { Span } from "./weather.js";

export interface QueueMessage {
	readonly sequence: number;
	readonly arrivalMs: DurationMs;
}

export interface BestReaderOptions {
	/** In order of their numbers. */
	readonly messages: readonly QueueMessage[];
	/** What the queue keeps. */
	readonly retentionMs: DurationMs;
	/** When nothing can be read. */
	readonly closed: readonly Span[];
	/** How long after a closed stretch this reader notices that it is over. 0: it knows everything. */
	readonly noticeMs: DurationMs;
	/** How long before a closed stretch this reader may have asked for the last time. 0: a moment. */
	readonly pauseMs: DurationMs;
	readonly requestsPerMinute: number;
	readonly bytesPerSecond: number;
	readonly messageBytes: number;
	readonly pageMessages: number;
	readonly untilMs: DurationMs;
}

const STEP_MS: DurationMs = SECOND_MS;

/**
 * Reads a queue that forgets as well as it can be read: it knows when the way is free, asks as often and takes as much as
 * the budget allows, oldest first. Answers the numbers of the messages that were gone before even it could have them.
 */
export function lostToBestReader(options: BestReaderOptions): ReadonlySet<number> {
	const { messages, retentionMs, noticeMs, pauseMs, requestsPerMinute, bytesPerSecond } = options;
	const { messageBytes, pageMessages, untilMs } = options;
	const closed = options.closed.map(({ fromMs, toMs }) => ({
		fromMs: fromMs - pauseMs,
		toMs: toMs + noticeMs,
	}));
	const lost = new Set<number>();
	const everyMs = Math.max(STEP_MS, Math.ceil(MINUTE_MS / requestsPerMinute));
	let at = 0;
	let bytes = bytesPerSecond;
	let readyMs = messages[0]?.arrivalMs ?? 0;
	for (let now = Math.min(0, readyMs); now <= untilMs && at < messages.length; now += STEP_MS) {
		bytes = Math.min(bytesPerSecond, bytes + (bytesPerSecond * STEP_MS) / SECOND_MS);
		for (
			let next = messages[at];
			next !== undefined && next.arrivalMs + retentionMs < now;
			next = messages[++at]
		) {
			lost.add(next.sequence);
		}
		if (bytes < 0 || now < readyMs || closed.some(({ fromMs, toMs }) => fromMs <= now && now < toMs))
			continue;
		let read = 0;
		for (; read < pageMessages && (messages[at]?.arrivalMs ?? Number.POSITIVE_INFINITY) <= now; read++) at++;
		if (read === 0) continue;
		bytes -= read * messageBytes;
		readyMs = now + everyMs;
	}
	return lost;
}
