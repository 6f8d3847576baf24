import { Failure } from "../model/failure.js";
const ROWS_MAX = 5_000_000;
const COLUMNS_MAX = 1024;
const FIELD_LENGTH_MAX = 8192;
/** After so many quotes that never close, a quote must close in its own line: looking further would cost too much. */
const OPEN_QUOTES_MAX = 100;
const DELIMITERS = [",", ";", "\t", "|"];
/** The rows of a CSV text, the header among them. Blank lines are skipped. */
export function* csvRows(text, options = {}) {
    const delimiter = options.delimiter ?? delimiterOf(text);
    const rowsMax = options.rowsMax ?? ROWS_MAX;
    const columnsMax = options.columnsMax ?? COLUMNS_MAX;
    let at = 0;
    let line = 1;
    let rows = 0;
    let quote = text.indexOf('"');
    let openQuotes = 0;
    while (at < text.length) {
        const end = endOfLine(text, at);
        if (quote >= 0 && quote < at)
            quote = text.indexOf('"', at);
        const raw = quote < 0 || quote >= end;
        if (raw && isBlank(text, at, end)) {
            at = afterLine(text, end);
            line++;
            continue;
        }
        if (rows >= rowsMax) {
            yield failed(line, "decode.limit", `there are more than ${rowsMax} rows; the rest was not read`);
            return;
        }
        rows++;
        const until = openQuotes >= OPEN_QUOTES_MAX ? end : text.length;
        const parsed = raw
            ? { fields: text.slice(at, end).split(delimiter, columnsMax + 1), next: afterLine(text, end), lines: 1 }
            : quotedRow(text, at, until, delimiter, options.fieldLengthMax ?? FIELD_LENGTH_MAX, columnsMax);
        if (parsed === undefined) {
            openQuotes++;
            yield failed(line, "decode.record", `line ${line} opens a quote that does not close`);
            at = afterLine(text, end);
            line++;
            continue;
        }
        yield parsed.fields.length > columnsMax
            ? failed(line, "decode.limit", `line ${line} has more than ${columnsMax} columns`)
            : { line, fields: parsed.fields };
        at = parsed.next;
        line += parsed.lines;
    }
}
/** The place of each column by its name, without blanks around it; the first of two equal names counts. */
export function columnsOf(header) {
    const columns = new Map();
    for (const [at, name] of header.entries()) {
        const trimmed = name.trim();
        if (trimmed.length > 0 && !columns.has(trimmed))
            columns.set(trimmed, at);
    }
    return columns;
}
/** The field of a named column, without blanks around it; undefined where column or text is missing. */
export function cellOf(row, columns, name) {
    const at = columns.get(name);
    if (at === undefined)
        return undefined;
    const text = row[at]?.trim();
    return text === undefined || text.length === 0 ? undefined : text;
}
/** The one of comma, semicolon, tab and bar that the first line has most of. */
export function delimiterOf(text) {
    const first = text.slice(0, Math.min(endOfLine(text, 0), 10_000));
    let best = DELIMITERS[0];
    let most = 0;
    for (const candidate of DELIMITERS) {
        const count = first.split(candidate).length - 1;
        if (count > most) {
            most = count;
            best = candidate;
        }
    }
    return best;
}
/** The row that begins at `start`; undefined when a quote in it does not close before `until` or within its limit. */
export function quotedRow(text, start, until, delimiter, fieldLengthMax, columnsMax) {
    const fields = [];
    let lines = 1;
    let at = start;
    for (;;) {
        let field = "";
        if (text[at] === '"') {
            const closed = quotedField(text, at + 1, until, fieldLengthMax);
            if (closed === undefined)
                return undefined;
            field = closed.text;
            lines += closed.lineEnds;
            at = closed.next;
        }
        const plainFrom = at;
        while (at < until && text[at] !== delimiter && !isLineEnd(text.charCodeAt(at)))
            at++;
        field += text.slice(plainFrom, at);
        if (fields.length <= columnsMax)
            fields.push(field);
        if (at < until && text[at] === delimiter)
            at++;
        else
            return { fields, next: afterLine(text, at), lines };
    }
}
function quotedField(text, start, until, lengthMax) {
    const limit = Math.min(until, start + lengthMax);
    let lineEnds = 0;
    let at = start;
    let doubled = false;
    for (; at < limit; at++) {
        const code = text.charCodeAt(at);
        if (code === 10)
            lineEnds++;
        if (code !== 0x22)
            continue;
        if (text.charCodeAt(at + 1) !== 0x22) {
            const field = text.slice(start, at);
            return { text: doubled ? field.replaceAll('""', '"') : field, next: at + 1, lineEnds };
        }
        doubled = true;
        at++;
    }
    return undefined;
}
function failed(line, code, message) {
    return { line, fields: [], failure: new Failure(code, message) };
}
function isBlank(text, from, to) {
    for (let at = from; at < to; at++)
        if (text.charCodeAt(at) > 32)
            return false;
    return true;
}
function endOfLine(text, from) {
    for (let at = from; at < text.length; at++)
        if (isLineEnd(text.charCodeAt(at)))
            return at;
    return text.length;
}
function isLineEnd(code) {
    return code === 10 || code === 13;
}
function afterLine(text, end) {
    return text.charCodeAt(end) === 13 && text.charCodeAt(end + 1) === 10 ? end + 2 : end + 1;
}
