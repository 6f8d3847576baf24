import { isAbsolute, resolve as resolvePath } from "node:path";
import { cellOf, columnsOf, csvRows } from "../formats/csv.js";
import { decodeText } from "../formats/text.js";
import { messageOf } from "../model/failure.js";
import { markOfFile } from "../schedule/rules-keeper.js";
const ROWS_MAX = 1_000_000;
const BYTES_MAX = 64 * 1024 * 1024;
/** Lines of one file that are told one by one. */
const LINES_TOLD = 10;
export function crosswalkAt(option, folder) {
    if (typeof option === "string")
        return { file: absolute(option, folder), from: undefined, to: undefined };
    return { file: absolute(option.file, folder), from: option.from, to: option.to };
}
export function absolute(path, folder) {
    return isAbsolute(path) ? path : resolvePath(folder, path);
}
/** Reads files and notes how each looked just before, so that a change while it is read is seen at the next look. */
export class FileLooks {
    #files;
    #marks = new Map();
    constructor(files) {
        this.#files = files;
    }
    get paths() {
        return [...this.#marks.keys()];
    }
    get mark() {
        return [...this.#marks.values()].join("|");
    }
    async read(path) {
        // Noted before anything can fail: a file that cannot be looked at is watched all the same.
        if (!this.#marks.has(path))
            this.#marks.set(path, await markOfFile(this.#files, path));
        return this.#files.read(path);
    }
}
/** The pairs of a crosswalk with their lines; what cannot be used is told with file and line, and left out. */
export async function readCrosswalk(place, looks, say) {
    const { file } = place;
    let bytes;
    try {
        bytes = await looks.read(file);
    }
    catch (thrown) {
        say(`the crosswalk cannot be read: ${messageOf(thrown)}`, "check the path");
        return [];
    }
    if (bytes.byteLength > BYTES_MAX) {
        say(`the crosswalk ${file} has ${bytes.byteLength} bytes`, `it may have ${BYTES_MAX}; is it the right file?`);
        return [];
    }
    let wrong = 0;
    const sayOfLine = (message, mend) => {
        if (++wrong <= LINES_TOLD)
            say(message, mend);
    };
    const entries = entriesOf(decodeText(bytes).text, place, sayOfLine);
    if (wrong > LINES_TOLD)
        say(`${file}: ${wrong - LINES_TOLD} more lines cannot be used`, "mend them too");
    if (entries.length === 0 && wrong === 0)
        say(`the crosswalk ${file} has no ids`, "fill it, or remove the crosswalk");
    return entries;
}
function entriesOf(text, place, say) {
    const { file } = place;
    const entries = [];
    const known = new Map();
    let columns;
    for (const { fields, line, failure } of csvRows(text, { rowsMax: ROWS_MAX })) {
        if (failure) {
            say(`${file}:${line}: ${failure.message}`, "mend the line");
            continue;
        }
        if (columns === undefined) {
            const byName = columnsOf(fields);
            const names = [...byName.keys()];
            columns = { left: place.from ?? names[0] ?? "", right: place.to ?? names[1] ?? "", byName };
            const missing = [columns.left, columns.right].find((name) => !names.includes(name));
            if (missing === undefined)
                continue;
            const what = missing === "" ? "two columns" : `a column "${missing}"`;
            say(`${file}:${line}: the header lacks ${what}; it has ${names.join(", ")}`, "correct from and to, or the file");
            return entries;
        }
        const from = cellOf(fields, columns.byName, columns.left);
        const to = cellOf(fields, columns.byName, columns.right);
        if (from === undefined || to === undefined)
            continue;
        const before = known.get(from);
        if (before === undefined) {
            known.set(from, { from, to, line });
            entries.push({ from, to, line });
        }
        else if (before.to !== to)
            say(`${file}:${line}: "${from}" becomes "${to}" here and "${before.to}" in line ${before.line}`, "keep one of the two");
    }
    return entries;
}
