import { pino } from "pino";
import { formatIsoTime } from "../formats/iso-time.js";
/**
 * What happens in a hub as lines for programs: JSON as pino writes it, one object a line with `level` in words, `time`, `subject`,
 * `code`, `message`, and `details` where there are some. Times are those of the events, not of the writing.
 */
export function jsonEventLog(terminal) {
    const logger = pino({
        base: null,
        messageKey: "message",
        timestamp: false,
        formatters: { level: (level) => ({ level }) },
    }, { write: (line) => terminal.out(line.trimEnd()) });
    return ({ time, level, message, ...rest }) => logger[level]({ time: formatIsoTime(time), ...rest }, message);
}
/** The same for people, on standard error. */
export function plainEventLog(terminal) {
    return ({ time, level, subject, message }) => {
        const tone = level === "error" ? "bad" : level === "warn" ? "warn" : "quiet";
        terminal.err(`${formatIsoTime(time)} ${terminal.paint(tone, level)} ${subject}: ${message}`);
    };
}
