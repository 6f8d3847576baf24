import { csvRows } from "../../formats/csv.js";
import { numberOf, parseJsonDocuments } from "../../formats/json.js";
import { decodeText } from "../../formats/text.js";
import { compileTime } from "../../formats/time-pattern.js";
import { DAY_MS } from "../../model/units.js";
const ROWS_MAX = 1_000_000;
/** The payload as it was before upstream changed it; undefined where it cannot be read. */
export function applyEdits(bytes, edits, format, receivedTime) {
    if (edits.length === 0)
        return bytes;
    if (format === "json")
        return editedJson(bytes, edits, receivedTime);
    return format === "csv" ? editedCsv(bytes, edits, receivedTime) : undefined;
}
function editedJson(bytes, edits, receivedTime) {
    const texts = [];
    for (const { value, failure } of parseJsonDocuments(bytes)) {
        if (failure !== undefined)
            return undefined;
        const moved = edits.find((edit) => edit.kind === "records");
        const records = recordsAt(value, moved?.from ?? recordsOf(edits));
        for (const record of records)
            if (isTree(record))
                editRecord(record, edits, receivedTime);
        texts.push(JSON.stringify(moved === undefined ? value : placed(value, records, moved)));
    }
    return new TextEncoder().encode(texts.join("\n"));
}
/** Edits of single values say where records are by this one, which moves nothing. */
function recordsOf(edits) {
    const place = edits.find((edit) => edit.kind === "records");
    return place?.from ?? ".";
}
/** What the path leads to: `a.b[]`, `a.*`, `.` */
function recordsAt(root, path) {
    let found = [root];
    for (const step of stepsOf(path)) {
        found = found.flatMap((node) => {
            if (step === "[]")
                return Array.isArray(node) ? node : [];
            if (step === "*")
                return isTree(node) ? Object.values(node) : [];
            return isTree(node) && Object.hasOwn(node, step) ? [node[step]] : [];
        });
    }
    return found;
}
/** The document with its records where they were before; what stood around them stays. */
function placed(value, records, { from, to }) {
    if (from === to)
        return value;
    const steps = stepsOf(to).filter((step) => step !== "[]");
    if (steps.length === 0)
        return records;
    const holder = holderOf(value, from);
    const root = { ...(isTree(holder) ? holder : {}) };
    let at = root;
    for (const step of steps.slice(0, -1)) {
        const inner = {};
        at[step] = inner;
        at = inner;
    }
    at[steps.at(-1)] = records;
    return root;
}
/** What holds the list: of an envelope its content. */
function holderOf(value, from) {
    const names = stepsOf(from).filter((step) => step !== "[]" && step !== "*");
    let node = value;
    for (const name of names.slice(0, -1))
        node = isTree(node) ? node[name] : undefined;
    return node;
}
function editedCsv(bytes, edits, receivedTime) {
    const header = edits.find((edit) => edit.kind === "header");
    const rows = [];
    let columns = header?.columns;
    for (const { fields, failure } of csvRows(decodeText(bytes).text, { rowsMax: ROWS_MAX })) {
        if (failure !== undefined)
            return undefined;
        if (columns === undefined)
            columns = fields.map((name) => name.trim());
        else
            rows.push(Object.fromEntries(columns.map((name, at) => [name, fields[at] ?? ""])));
    }
    for (const row of rows)
        editRecord(row, edits, receivedTime);
    const names = [...new Set([...(columns ?? []), ...rows.flatMap((row) => Object.keys(row))])];
    const cell = (value) => {
        const text = value === undefined || value === null ? "" : String(value);
        return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
    return new TextEncoder().encode(lines.map((line) => line.map(cell).join(",")).join("\n"));
}
/** In the order of the edits. A value that an edit does not fit stays as it is: its decoder refuses it, and nobody guesses. */
export function editRecord(record, edits, receivedTime) {
    for (const edit of edits) {
        if (edit.kind === "records" || edit.kind === "header")
            continue;
        if (edit.kind === "move") {
            const value = taken(record, stepsOf(edit.from));
            if (value !== undefined)
                put(record, stepsOf(edit.to), value);
        }
        else if (edit.kind === "swap") {
            const [one, other] = [stepsOf(edit.one), stepsOf(edit.other)];
            const [first, second] = [valueAt(record, one), valueAt(record, other)];
            if (first !== undefined && second !== undefined) {
                put(record, one, second);
                put(record, other, first);
            }
        }
        else {
            const path = stepsOf(edit.path);
            const value = valueAt(record, path);
            const changed = value === undefined || value === null || value === ""
                ? undefined
                : editValue(value, edit, receivedTime);
            if (changed !== undefined)
                put(record, path, changed);
        }
    }
}
/** Undefined where the value is none that the edit is for. */
export function editValue(value, edit, receivedTime) {
    if (edit.kind === "strip") {
        const text = String(value);
        return text.startsWith(edit.prefix) ? text.slice(edit.prefix.length) : undefined;
    }
    if (edit.kind === "respell")
        return respelled(value, edit.from, edit.to);
    if (edit.kind === "bare") {
        const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*[A-Za-z/°%]+\s*$/.exec(String(value));
        return match === null ? undefined : Number(match[1]);
    }
    const number = numberOf(value);
    if (number === undefined)
        return undefined;
    if (edit.kind === "scale")
        return rounded(number * edit.factor);
    if (edit.kind === "shift")
        return rounded(number + edit.by);
    if (edit.kind === "turn")
        return rounded((((edit.sign * number + edit.by) % 360) + 360) % 360);
    const day = Math.round((receivedTime - number * edit.unitMs) / DAY_MS) * DAY_MS;
    return rounded((day + number * edit.unitMs) / edit.unitMs);
}
/** Twelve digits are more than any sensor has; a product alone would add noise behind them. */
function rounded(value) {
    return Number(value.toPrecision(12));
}
function respelled(value, from, to) {
    const reader = compileTime(from);
    if (typeof reader === "string" || typeof value === "object")
        return undefined;
    const time = reader(value, { timezone: "UTC", referenceTime: 0 })?.time;
    if (time === undefined)
        return undefined;
    return to === "epoch-ms" ? time : to === "epoch-s" ? time / 1000 : undefined;
}
function isTree(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
/** `a.b[]` as names, `[]` and `*`; a name in quotes may hold anything. */
function stepsOf(path) {
    if (path === ".")
        return [];
    return [...path.matchAll(/"([^"]*)"|\[\]|[^.[\]"]+/g)].map(([whole, quoted]) => quoted ?? whole);
}
function valueAt(record, steps) {
    let node = record;
    for (const step of steps) {
        if (!isTree(node) || !Object.hasOwn(node, step))
            return undefined;
        node = node[step];
    }
    return node;
}
function taken(record, steps) {
    const holder = valueAt(record, steps.slice(0, -1));
    const name = steps.at(-1);
    if (!isTree(holder) || name === undefined || !Object.hasOwn(holder, name))
        return undefined;
    const value = holder[name];
    delete holder[name];
    return value;
}
function put(record, steps, value) {
    let node = record;
    for (const step of steps.slice(0, -1)) {
        const inner = Object.hasOwn(node, step) ? node[step] : undefined;
        const next = isTree(inner) ? inner : {};
        node[step] = next;
        node = next;
    }
    const name = steps.at(-1);
    if (name !== undefined)
        Object.defineProperty(node, name, { value, writable: true, enumerable: true, configurable: true });
}
