import { pino } from "pino";
import { formatIsoTime } from "../formats/iso-time.js";
import type { HubEvent } from "../hub.js";
import { messageOf } from "../model/failure.js";
import { Repeats } from "../operations/repeats.js";
import type { Clock } from "../runtime/runtime.js";
import type { Terminal } from "./terminal.js";

/**
 * What happens in a hub as lines for programs: JSON as pino writes it, one object a line with `level` in words, `time`, `subject`,
 * `code`, `message`, and `details` where there are some. Times are those of the events, not of the writing.
 */
export function jsonEventLog(terminal: Pick<Terminal, "out">): (event: HubEvent) => void {
	const logger = pino(
		{
			base: null,
			messageKey: "message",
			timestamp: false,
			formatters: { level: (level) => ({ level }) },
		},
		{ write: (line: string) => terminal.out(line.trimEnd()) },
	);
	return ({ time, level, message, ...rest }) =>
		logger[level]({ time: formatIsoTime(time), ...rest }, message);
}

/** The same for people, on standard error. */
export function plainEventLog(terminal: Pick<Terminal, "err" | "paint">): (event: HubEvent) => void {
	return ({ time, level, subject, message }) => {
		const tone = level === "error" ? "bad" : level === "warn" ? "warn" : "quiet";
		terminal.err(`${formatIsoTime(time)} ${terminal.paint(tone, level)} ${subject}: ${message}`);
	};
}

/**
 * Requests that failed through a fault of ours, on standard error. Whoever asks again and again must not fill a disk with
 * it: what is the same is said once a minute at the most, with how often it was.
 */
export function faultLog(
	terminal: Pick<Terminal, "err">,
	clock: Pick<Clock, "monotonic">,
): (place: string, thrown: unknown) => void {
	const repeats = new Repeats();
	return (place, thrown) => {
		const line = `http: ${place}: ${messageOf(thrown)}`;
		const times = repeats.count(line, clock.monotonic());
		if (times !== undefined)
			terminal.err(times === 1 ? line : `${line} (${times} times since it was said last)`);
	};
}
