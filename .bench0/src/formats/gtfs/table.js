import { Failure } from "../../model/failure.js";
import { delimiterOf, quotedRow } from "../csv.js";
import { PieceDecoder } from "./text-pieces.js";
const COLUMNS_MAX = 200;
/** Characters of one quoted field; beyond it the quote counts as one that never closes. */
const FIELD_LENGTH_MAX = 16_384;
const CARRIAGE_RETURN = 13;
/** The cell without blanks around it; empty where the column or the text is missing. */
export function cell(fields, at) {
    const text = at < 0 ? undefined : fields[at];
    if (text === undefined || text.length === 0)
        return "";
    return text.charCodeAt(0) <= 32 || text.charCodeAt(text.length - 1) <= 32 ? text.trim() : text;
}
/** The same, undefined when it is empty. */
export function cellOrNone(fields, at) {
    const text = cell(fields, at);
    return text === "" ? undefined : text;
}
/**
 * Reads one table of a GTFS feed piece by piece, in any encoding that feeds are found in. What it holds at a time is one
 * piece and the row that runs over its end. Fed by `push` and closed by `end`, so that it never waits.
 */
export class TableReader {
    #options;
    #decoder;
    #onRow;
    #delimiter = ",";
    #columns = 0;
    #carry = "";
    #line = 1;
    #rows = 0;
    #failed = false;
    constructor(options) {
        this.#options = options;
        this.#decoder = new PieceDecoder(options.file, options.findings);
    }
    /** Rows read so far, the header left out. */
    get rows() {
        return this.#rows;
    }
    push(bytes) {
        if (this.#failed)
            return;
        for (const text of this.#decoder.push(bytes, this.#line))
            this.#take(text, false);
    }
    end() {
        if (this.#failed)
            return;
        this.#take(this.#decoder.end(this.#line), true);
        if (this.#onRow === undefined && !this.#failed)
            this.#refuse("empty_file", undefined, "is empty", "export it again, with its header line");
    }
    #take(piece, isLast) {
        const text = this.#carry === "" ? piece : this.#carry + piece;
        this.#carry = "";
        let at = 0;
        let quote = text.indexOf('"');
        while (at < text.length && !this.#failed) {
            if (quote >= 0 && quote < at)
                quote = text.indexOf('"', at);
            let end = text.indexOf("\n", at);
            if (end < 0) {
                if (!isLast)
                    break;
                end = text.length;
            }
            if (quote < 0 || quote >= end) {
                this.#plain(text, at, end);
                at = end + 1;
                continue;
            }
            const next = this.#quoted(text, at, end, isLast);
            if (next === undefined)
                break;
            at = next;
        }
        if (at < text.length && !this.#failed)
            this.#carry = text.slice(at);
    }
    #plain(text, at, end) {
        const until = end > at && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
        if (until > at)
            this.#row(text.slice(at, until).split(this.#delimiter, COLUMNS_MAX));
        this.#line++;
    }
    /** Answers where the next row begins; undefined when the row may go on in the next piece. */
    #quoted(text, at, end, isLast) {
        if (this.#onRow === undefined)
            this.#delimiter = delimiterOf(text.slice(at, end));
        const parsed = quotedRow(text, at, text.length, this.#delimiter, FIELD_LENGTH_MAX, COLUMNS_MAX);
        const mayGoOn = parsed === undefined ? text.length - at <= FIELD_LENGTH_MAX : parsed.next > text.length;
        if (mayGoOn && !isLast)
            return undefined;
        if (parsed === undefined) {
            this.#options.findings.add({
                severity: "warning",
                code: "open_quote",
                file: this.#options.file,
                line: this.#line,
                message: "the line opens a quote that does not close, and is left out",
                mend: 'close the quote, and write a quote inside of a text as ""',
            });
            this.#line++;
            return end + 1;
        }
        this.#row(parsed.fields);
        this.#line += parsed.lines;
        return parsed.next;
    }
    #row(fields) {
        if (this.#onRow === undefined) {
            this.#header(fields);
            return;
        }
        if (++this.#rows > this.#options.rowsMax) {
            const mend = "split the feed, or leave out what is long past";
            this.#refuse("too_many_rows", `${this.#rows}`, `has more than ${this.#options.rowsMax} rows`, mend);
            return;
        }
        if (fields.length > this.#columns && fields.slice(this.#columns).some((field) => field.trim() !== "")) {
            this.#options.findings.add({
                severity: "warning",
                code: "too_many_fields",
                file: this.#options.file,
                line: this.#line,
                value: fields.slice(0, 4).join(this.#delimiter),
                message: `the line has ${fields.length} fields where the header has ${this.#columns}; the first ones are read`,
                mend: "put texts that hold a comma into quotes",
            });
        }
        this.#onRow(fields, this.#line);
    }
    #header(first) {
        // The delimiter of an unquoted header is only known now.
        const line = first.join(this.#delimiter);
        const delimiter = first.length > 1 ? this.#delimiter : delimiterOf(line);
        const fields = delimiter === this.#delimiter ? first : line.split(delimiter);
        this.#delimiter = delimiter;
        const { findings, file, required } = this.#options;
        if (delimiter !== ",") {
            findings.add({
                severity: "warning",
                code: "delimiter",
                file,
                line: this.#line,
                value: delimiter,
                message: "separates the fields where GTFS wants a comma; it is read all the same",
                mend: "export with commas",
            });
        }
        const columns = new Map();
        for (const [at, field] of fields.entries()) {
            const name = field.trim().toLowerCase();
            if (name === "")
                continue;
            if (columns.has(name))
                this.#repeated(name);
            else
                columns.set(name, at);
        }
        const missing = required.filter((name) => !columns.has(name));
        if (missing.length > 0) {
            const shown = fields.slice(0, 6).join(delimiter);
            const message = `has no column ${missing.join(", ")}`;
            this.#refuse("missing_column", shown, message, "export the file again with its GTFS header");
            return;
        }
        this.#columns = fields.length;
        this.#onRow = this.#options.begin((name) => columns.get(name) ?? -1);
    }
    #repeated(name) {
        this.#options.findings.add({
            severity: "warning",
            code: "repeated_column",
            file: this.#options.file,
            line: this.#line,
            value: name,
            message: "stands twice in the header; the first column is read",
            mend: "remove one of them",
        });
    }
    #refuse(code, value, message, mend) {
        this.#failed = true;
        this.#options.findings.add({
            severity: "error",
            code,
            file: this.#options.file,
            line: this.#line,
            value,
            message,
            mend,
        });
    }
}
/** Reads a whole table. `onBytes` hears of every piece, for progress. */
export async function readTable(chunks, options, onBytes) {
    const reader = new TableReader(options);
    try {
        for await (const chunk of chunks) {
            onBytes(chunk);
            reader.push(chunk);
        }
    }
    catch (thrown) {
        if (!(thrown instanceof Failure) || thrown.code === "closed")
            throw thrown;
        options.findings.add({
            severity: "error",
            code: "unreadable_file",
            file: options.file,
            message: `cannot be read: ${thrown.message}`,
            mend: "make the archive again, or copy it anew: it may be cut short",
        });
        return reader.rows;
    }
    reader.end();
    return reader.rows;
}
