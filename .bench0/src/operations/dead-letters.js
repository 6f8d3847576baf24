import { Failure } from "../model/failure.js";
export const LETTERS_SHOWN = 10;
export const LETTERS_SHOWN_MAX = 500;
const PREFIX_LENGTH_MIN = 4;
/** Issues with open letters, or all of which a letter is kept. */
export async function listIssues(log, all = false) {
    const issues = await log.letterIssues();
    return {
        issues: issues.filter(({ open }) => all || open > 0).map(reportOf),
        open: issues.reduce((sum, { open }) => sum + open, 0),
    };
}
/** One issue with some of its letters. Rejects with `request.invalid` when the id names none, or several. */
export async function showIssue(log, id, limit = LETTERS_SHOWN) {
    const issue = await findIssue(log, id);
    const max = Math.min(Math.max(1, limit), LETTERS_SHOWN_MAX);
    const { letters, next } = await log.letters({ issues: [issue.id], limit: max, settled: issue.open === 0 });
    return {
        issue: reportOf(issue),
        letters: letters.slice(0, max).map(({ partition, offset, state, failedAgain, letter }) => ({
            partition,
            offset,
            state,
            ...letterReport(letter, failedAgain),
        })),
        more: next !== undefined || letters.length > max,
    };
}
/** The issue with this id, or with the only id that begins so. */
export async function findIssue(log, id) {
    const issues = await log.letterIssues();
    const found = id.length < PREFIX_LENGTH_MIN ? [] : issues.filter((issue) => issue.id.startsWith(id.toLowerCase()));
    const [first] = found;
    if (first !== undefined && found.length === 1)
        return first;
    const known = issues.slice(0, 20).map((issue) => issue.id);
    const wrong = found.length > 1 ? `"${id}" begins several issues` : `There is no issue "${id}"`;
    const names = known.length === 0 ? "There are no dead letters." : `There are: ${known.join(", ")}.`;
    throw new Failure("request.invalid", `${wrong}. ${names}`);
}
function letterReport(letter, failedAgain) {
    const { time, receivedTime, message, decoder, frame, index, record, sample, attempts = 0 } = letter;
    return {
        attempts: attempts + failedAgain,
        time,
        receivedTime,
        message,
        decoder,
        frame,
        ...(index !== undefined && { index }),
        ...(record !== undefined && { recordId: record.id }),
        ...(sample !== undefined && { sample }),
    };
}
function reportOf({ newest: _, ...issue }) {
    return { ...issue, remedy: remedyOf(issue) };
}
const REMEDIES = {
    "decode.limit": "The frame is larger than is decoded: raise intake.frameMaxBytes, or have upstream send less at a time",
    "decode.killed": "Decoding this frame ended the process twice: report it with the frame, and drop it",
    "decode.crash": "The decoder has a fault: report it with the frame; a version that reads it takes it by itself",
    "feed.unknown": "The feed or upstream is not in the configuration: put it back, or drop these",
    "record.no_subject": "Tell the decoder which field names the vehicle (its option for the id, or the mapping), and reload: frames that are still kept are decoded again by themselves",
    "store.corrupt": "The store is damaged here: see docs/store.md, and drop these",
};
/** What a person can do. What goes away by itself says so. */
export function remedyOf({ subject, stage, code }) {
    const known = REMEDIES[code];
    if (known !== undefined)
        return `${known}.`;
    const name = subject.slice(subject.indexOf(":") + 1);
    if (stage.startsWith("sink:")) {
        return (`Sink ${name} refused these records: mend the destination, or the sink's options. They are delivered again ` +
            "once its options have changed, it takes again after it was held, or one that is tried every hour is taken; wayside dlq replay tries now.");
    }
    return (`What feed ${name} sends cannot be read as configured: mend its decoder or mapping, or ask upstream. ` +
        "Frames that are still kept are decoded again by themselves once the change is in place.");
}
