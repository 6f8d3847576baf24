import { Failure, messageOf } from "../model/failure.js";
import { decodeText, linesOf } from "./text.js";
const BYTES_MAX = 64 * 1024 * 1024;
const DEPTH_MAX = 64;
const COUNTED_FIRST_LENGTH = 1024 * 1024;
const DOCUMENTS_MAX = 1_000_000;
/** Reads one JSON document. The failure says why it cannot be read, and whether it looks cut off. */
export function parseJson(bytes, limits = {}) {
    const unfit = tooLarge(bytes, limits);
    if (unfit !== undefined)
        return { failure: unfit };
    return parseJsonText(decodeText(bytes).text, limits.depthMax);
}
/**
 * Reads one document, or several of which each stands on a line of its own (NDJSON). A line that cannot be read fails
 * alone. Blank lines are skipped. An empty frame is one failure.
 */
export function parseJsonDocuments(bytes, limits = {}) {
    const unfit = tooLarge(bytes, limits);
    if (unfit !== undefined)
        return [{ failure: unfit }];
    const text = decodeText(bytes).text;
    const whole = parseJsonText(text, limits.depthMax);
    if (whole.failure === undefined)
        return [whole];
    const documentsMax = limits.documentsMax ?? DOCUMENTS_MAX;
    const results = [];
    let read = 0;
    for (const line of linesOf(text)) {
        if (line.trim().length === 0)
            continue;
        if (results.length >= documentsMax) {
            const message = `the frame has more than ${documentsMax} lines; the rest was not read`;
            results.push({ failure: new Failure("decode.limit", message) });
            break;
        }
        const result = parseJsonText(line, limits.depthMax);
        if (objectOf(result.value) !== undefined || Array.isArray(result.value))
            read++;
        results.push(result);
    }
    // Lines of one broken document that was printed with line breaks are no documents: one failure says it all.
    return read > 0 && results.length > 1 ? results : [whole];
}
/** An object with names, or undefined for anything else (arrays, too). */
export function objectOf(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? value
        : undefined;
}
/** The value of an own property; undefined for inherited ones such as `constructor`. */
export function fieldOf(value, name) {
    const object = objectOf(value);
    const found = object?.[name];
    // What plain objects inherit is functions, which JSON has none of, and `__proto__`: a look without asking who owns the
    // name first costs half, and decoders look twenty times a record.
    if (found === undefined || (typeof found !== "function" && name !== "__proto__"))
        return found;
    return Object.hasOwn(object, name) ? found : undefined;
}
/** An array; one lone item for anything else that is there (converters from XML collapse arrays of one); else none. */
export function listOf(value) {
    if (Array.isArray(value))
        return value;
    return value === undefined || value === null ? [] : [value];
}
/** Text without blanks around it; a number in its shortest spelling; undefined for empty text and anything else. */
export function textOf(value) {
    if (typeof value === "string") {
        const trimmed = value.trim();
        return trimmed.length === 0 ? undefined : trimmed;
    }
    return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}
/** A finite number, also where it is written as decimal text ("5.50", " -12 ", "1e3"). */
export function numberOf(value) {
    if (typeof value === "number")
        return Number.isFinite(value) ? value : undefined;
    if (typeof value !== "string" || value.length > 64)
        return undefined;
    const trimmed = value.trim();
    // Number() also reads "", "0x1F" and "Infinity", which no feed means as a number.
    if (trimmed.length === 0 || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed))
        return undefined;
    const number = Number(trimmed);
    return Number.isFinite(number) ? number : undefined;
}
/** A whole number within the exact range of a double. */
export function integerOf(value) {
    const number = numberOf(value);
    return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}
/** true, 1, "true", "True", "1", "yes", and their opposites. */
export function booleanOf(value) {
    if (typeof value === "boolean")
        return value;
    if (value === 1)
        return true;
    if (value === 0)
        return false;
    if (typeof value !== "string" || value.length > 16)
        return undefined;
    const word = value.trim().toLowerCase();
    if (word === "true" || word === "1" || word === "yes")
        return true;
    if (word === "false" || word === "0" || word === "no")
        return false;
    return undefined;
}
function tooLarge(bytes, limits) {
    const bytesMax = limits.bytesMax ?? BYTES_MAX;
    if (bytes.length <= bytesMax)
        return undefined;
    return new Failure("decode.limit", `the frame has ${bytes.length} bytes, and at most ${bytesMax} are read`);
}
/**
 * Counts brackets outside of strings. The parser of the language keeps about a hundred bytes for each open bracket, so a
 * large frame is counted before it is parsed; a small one is walked afterwards, which costs a tenth of that.
 */
function opensDeeperThan(text, depthMax) {
    let depth = 0;
    for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === 0x22) {
            for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) {
                if (text.charCodeAt(at) === 0x5c)
                    at++;
            }
        }
        else if (code === 0x7b || code === 0x5b) {
            depth++;
            if (depth > depthMax)
                return true;
        }
        else if ((code === 0x7d || code === 0x5d) && depth > 0)
            depth--;
    }
    return false;
}
function isDeeperThan(value, depthMax) {
    if (typeof value !== "object" || value === null)
        return false;
    if (depthMax <= 0)
        return true;
    if (Array.isArray(value)) {
        for (const inner of value) {
            if (typeof inner === "object" && isDeeperThan(inner, depthMax - 1))
                return true;
        }
        return false;
    }
    const object = value;
    for (const name in object) {
        const inner = object[name];
        if (typeof inner === "object" && isDeeperThan(inner, depthMax - 1))
            return true;
    }
    return false;
}
/** As `parseJson`, of text, such as a document inside a string of another. */
export function parseJsonText(text, depthMax = DEPTH_MAX) {
    const trimmed = text.trim();
    if (trimmed.length === 0) {
        return { failure: new Failure("decode.format", "the frame is empty where JSON is expected") };
    }
    if (trimmed.length > COUNTED_FIRST_LENGTH && opensDeeperThan(trimmed, depthMax))
        return tooDeep(depthMax);
    try {
        const value = JSON.parse(trimmed);
        return isDeeperThan(value, depthMax) ? tooDeep(depthMax) : { value };
    }
    catch (thrown) {
        return { failure: unreadable(trimmed, thrown) };
    }
}
function tooDeep(depthMax) {
    return { failure: new Failure("decode.limit", `the JSON is nested deeper than ${depthMax} levels`) };
}
function unreadable(text, thrown) {
    if (text.startsWith("<")) {
        return new Failure("decode.format", "the frame is XML or an HTML page where JSON is expected; check the address and the format parameter");
    }
    const first = text.charCodeAt(0);
    const isJsonStart = first === 0x7b || first === 0x5b;
    const reason = messageOf(thrown);
    // The parser's own words quote the payload, which can hold a person's name: only the place is kept.
    const place = Number(/position (\d{1,15})/.exec(reason)?.[1] ?? Number.NaN);
    const isCutOff = isJsonStart && (place >= text.length || /end of JSON|Unterminated/i.test(reason));
    if (isCutOff) {
        const message = `the JSON ends before it is complete, after ${text.length} characters`;
        return new Failure("decode.truncated", message);
    }
    const where = Number.isNaN(place) ? "" : ` at character ${place}`;
    const why = isJsonStart ? `a token is out of place${where}` : "it begins with neither { nor [";
    return new Failure("decode.format", `the frame is not JSON: ${why}`);
}
