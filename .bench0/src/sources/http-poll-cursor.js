import { parseHttpDate } from "../formats/http-date.js";
import { formatIsoTime } from "../formats/iso-time.js";
import { fieldOf, parseJson } from "../formats/json.js";
import { valuesAt } from "../formats/json-path.js";
/** A header or a value longer than this is no tag and no position, and would only burden every later request. */
const TEXT_MAX = 2048;
const WHOLE_NUMBER = /^\d{1,30}$/;
/** Nobody loses so many messages at once: upstream has changed how it numbers. */
const MISSING_MAX = 1000000000n;
/**
 * Reads a stored cursor. Undefined fields when it is absent, unreadable, or belongs to other options (`target`): asking
 * from the beginning costs bandwidth, and duplicates are recognised; asking from a wrong place loses messages.
 */
export function readState(cursor, target) {
    if (cursor === undefined)
        return {};
    const { value } = parseJson(new TextEncoder().encode(cursor));
    if (fieldOf(value, "v") !== 1 || fieldOf(value, "target") !== target)
        return {};
    const sequence = fieldOf(value, "sequence");
    return {
        ...optional("etag", fieldOf(value, "etag")),
        ...optional("lastModified", fieldOf(value, "lastModified")),
        ...optional("position", fieldOf(value, "position")),
        ...(typeof sequence === "string" && WHOLE_NUMBER.test(sequence) ? { sequence } : {}),
    };
}
export function writeState(state, target) {
    return JSON.stringify({ v: 1, target, ...state });
}
function optional(name, value) {
    if (typeof value !== "string" || value === "" || value.length > TEXT_MAX)
        return {};
    return { [name]: value };
}
/** Tags for the next conditional request. They describe one URL: with another position they say nothing. */
export function tagsOf(response) {
    return {
        ...optional("etag", response.headers["etag"]),
        ...optional("lastModified", response.headers["last-modified"]),
    };
}
/** The answer as far as cursors look at it: parsed once, and only when something asks. */
export class AnswerReader {
    #response;
    #parsed;
    constructor(response) {
        this.#response = response;
    }
    /**
     * Where to go on from, or undefined when the answer does not say (an error page, an empty list): then the position
     * stays, and nothing is skipped. Of several values the largest counts, so that the order in the answer is free.
     */
    position(from, request) {
        switch (from.kind) {
            case "header": {
                const value = this.#response.headers[from.name]?.trim();
                return value === undefined || value === "" || value.length > TEXT_MAX ? undefined : value;
            }
            case "json":
                return largest(valuesAt(this.#json(), from.path));
            case "last-received": {
                // Upstream's own clock where it shows it: what it holds back is measured by that one.
                const stated = parseHttpDate(this.#response.headers["date"] ?? "", request.sentTime);
                return formatTime((stated ?? request.sentTime) - request.overlapMs, from.format);
            }
        }
    }
    /**
     * How many numbers are missing between the highest one before and the highest one of this answer, which becomes the
     * next. None are where nothing was read before, and where upstream has begun to number anew.
     */
    sequence(path, before) {
        const seen = new Set();
        let highest;
        for (const value of valuesAt(this.#json(), path)) {
            const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
            if (typeof text !== "string" || !WHOLE_NUMBER.test(text.trim()))
                continue;
            const number = BigInt(text.trim());
            seen.add(number);
            if (highest === undefined || number > highest)
                highest = number;
        }
        const last = before === undefined ? undefined : BigInt(before);
        if (highest === undefined)
            return before === undefined ? { messages: 0 } : { messages: 0, highest: before };
        if (last === undefined || highest < last / 2n)
            return { messages: 0, highest: String(highest) };
        if (highest <= last)
            return { messages: 0, highest: String(last) };
        let known = 0n;
        for (const number of seen)
            if (number > last)
                known++;
        const missing = highest - last - known;
        return { messages: missing > MISSING_MAX ? 0 : Number(missing), highest: String(highest) };
    }
    more(rule) {
        if (rule.kind === "count") {
            const values = valuesAt(this.#json(), rule.path);
            const [only] = values;
            const count = values.length === 1 && Array.isArray(only) ? only.length : values.length;
            return count >= rule.atLeast;
        }
        const value = rule.at.kind === "header"
            ? this.#response.headers[rule.at.name]
            : valuesAt(this.#json(), rule.at.path)[0];
        return (value === true || value === 1 || (typeof value === "string" && /^(true|1|yes)$/i.test(value.trim())));
    }
    #json() {
        this.#parsed ??= { value: parseJson(this.#response.body).value };
        return this.#parsed.value;
    }
}
export function formatTime(time, format) {
    if (format === "iso")
        return formatIsoTime(time);
    return String(format === "ms" ? time : Math.floor(time / 1000));
}
/** The largest by number when all are whole numbers (of any length), else the last in the order of text. */
function largest(values) {
    const texts = values
        .filter((value) => typeof value === "string" || (typeof value === "number" && Number.isFinite(value)))
        .map((value) => String(value).trim())
        .filter((text) => text !== "" && text.length <= TEXT_MAX);
    const numbers = texts.every((text) => /^-?\d{1,40}$/.test(text));
    let best;
    for (const text of texts) {
        if (best === undefined || (numbers ? BigInt(text) > BigInt(best) : text > best))
            best = text;
    }
    return best;
}
