import { createHash } from "node:crypto";
import { Failure } from "../model/failure.js";
import { formatRanges, parseRanges } from "./receipt-pack.js";
/** The account of dead letters: `in` = open + replayed + dropped + expired. Open ones are counted, never posted. */
export const DEAD_LETTERS = "dead-letters";
/** Beyond so many, new causes of one subject, stage and code become one issue: a destination may answer anything. */
export const ISSUES_MAX = 1000;
const PATTERN_LENGTH_MAX = 160;
const MESSAGE_LENGTH_MAX = 500;
/** What an operator would call the cause of a letter: where, which code, and the message without its values. */
export function causeOf(letter) {
    return cause(letter, patternOf(letter.message));
}
/** The issue that takes a letter when there are too many of them. */
export function coarseCauseOf(letter) {
    return cause(letter, "(other causes)");
}
function cause({ stage, code, feed }, pattern) {
    const subject = stage.startsWith("sink:") ? stage : `feed:${feed}`;
    const id = createHash("sha256")
        .update(JSON.stringify([subject, stage, code, pattern]))
        .digest("hex");
    return { id: id.slice(0, 10), subject, stage, code, pattern };
}
function patternOf(message) {
    return message
        .replace(/"[^"]*"/g, '"…"')
        .replace(/\d+(?:[.,:]\d+)*/g, "#")
        .slice(0, PATTERN_LENGTH_MAX);
}
/** The letters of a pack. An entry that is none (a damaged store) stands for itself, so that it can be seen and dropped. */
export function lettersOf(pack) {
    const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
    let entries;
    try {
        entries = JSON.parse(text);
    }
    catch {
        entries = undefined;
    }
    const list = Array.isArray(entries) ? entries : [];
    return Array.from({ length: pack.count }, (_, at) => letterOf(list[at], pack));
}
function letterOf(entry, { feed, minute }) {
    const letter = entry;
    const isWhole = typeof letter?.stage === "string" &&
        typeof letter.code === "string" &&
        typeof letter.message === "string" &&
        typeof letter.feed === "string" &&
        Number.isFinite(letter.time);
    if (isWhole)
        return letter;
    const time = minute * 60_000;
    return {
        time,
        stage: "interpret",
        code: "store.corrupt",
        message: "The entry holds no dead letter",
        feed,
        upstream: 0,
        frame: { partition: 0, offset: -1 },
        receivedTime: time,
        decoder: "none",
    };
}
/** Groups the letters of a pack by issue. `isKnown`: whether the store has that issue; `issues`: how many it has. */
export function placesOf(pack, isKnown, issues) {
    const groups = new Map();
    lettersOf(pack).forEach((letter, at) => {
        let chosen = causeOf(letter);
        if (issues + groups.size >= ISSUES_MAX && !isKnown(chosen.id) && !groups.has(chosen.id)) {
            chosen = coarseCauseOf(letter);
        }
        const group = groups.get(chosen.id) ?? { cause: chosen, places: [], letters: [] };
        groups.set(chosen.id, group);
        group.places.push(at);
        group.letters.push(letter);
    });
    return [...groups.values()].map(({ cause: of, places, letters }) => {
        const newest = letters.reduce((best, letter, at) => (letter.time >= (letters[best]?.time ?? 0) ? at : best), 0);
        const times = letters.map(({ time }) => time);
        return {
            cause: of,
            row: { all: formatRanges(places), replayed: "", dropped: "", failed: {}, open: places.length },
            message: letters[newest].message.slice(0, MESSAGE_LENGTH_MAX),
            firstTime: times.reduce((least, time) => Math.min(least, time)),
            lastTime: times.reduce((most, time) => Math.max(most, time)),
            newestAt: places[newest],
        };
    });
}
/** States and tries of the letters of a row, by place, ascending. */
export function statesOf(row) {
    const replayed = new Set(parseRanges(row.replayed));
    const dropped = new Set(parseRanges(row.dropped));
    return parseRanges(row.all).map((at) => ({
        at,
        state: replayed.has(at) ? "replayed" : dropped.has(at) ? "dropped" : "open",
        failedAgain: row.failed[at] ?? 0,
    }));
}
/** The row after these changes, all of which are open in it. Throws `store.changed` where one is not. */
export function changedRow(row, changes) {
    const replayed = new Set(parseRanges(row.replayed));
    const dropped = new Set(parseRanges(row.dropped));
    const failed = { ...row.failed };
    let { open } = row;
    for (const { at, to } of changes) {
        if (replayed.has(at) || dropped.has(at))
            throw letterChanged();
        if (to === "failed")
            failed[at] = (failed[at] ?? 0) + 1;
        else {
            (to === "replayed" ? replayed : dropped).add(at);
            delete failed[at];
            open--;
        }
    }
    const sorted = (places) => formatRanges([...places].sort((a, b) => a - b));
    return { all: row.all, replayed: sorted(replayed), dropped: sorted(dropped), failed, open };
}
export function letterChanged() {
    return new Failure("store.changed", "A dead letter that a commit settles is settled already, or gone by retention; look at it again");
}
