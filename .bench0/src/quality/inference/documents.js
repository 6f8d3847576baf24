import { csvRows } from "../../formats/csv.js";
import { parseJsonDocuments } from "../../formats/json.js";
import { decodeText, linesOf } from "../../formats/text.js";
import { parseXml } from "../../formats/xml.js";
import { Failure } from "../../model/failure.js";
import { kindOf } from "../drift/tokens.js";
/** The own text of an XML element that has attributes or children, among its plain values. */
export const OWN_TEXT = "";
const ROWS_MAX = 50_000;
const DEPTH_MAX = 32;
const DELIMITERS = [",", ";", "\t", "|", "~", "^", "#", "*", ":", " "];
const LINES_LOOKED_AT = 60;
const COLUMNS_MIN = 3;
/**
 * What payloads are written in, and their plain values.
 * @throws Failure `decode.format` where they are empty, of several formats, binary, or none of them can be read.
 */
export function readDocuments(payloads) {
    const filled = payloads.filter(({ bytes }) => bytes.some((byte) => byte > 0x20));
    if (filled.length === 0)
        throw new Failure("decode.format", payloads.length === 0
            ? "there is no capture to look at"
            : `the ${payloads.length === 1 ? "capture is" : `${payloads.length} captures are`} empty: nothing can be told from nothing`);
    const kinds = new Map();
    for (const { bytes, name } of filled) {
        const kind = kindOf(bytes);
        if (!kinds.has(kind))
            kinds.set(kind, name);
    }
    if (kinds.size > 1) {
        const seen = [...kinds].map(([kind, name]) => `${kind} (${name})`).join(", ");
        throw new Failure("decode.format", `the captures are of several formats: ${seen}; give those of one format at a time, for each is a mapping of its own`);
    }
    const [[kind, name] = ["binary", ""]] = kinds;
    if (kind === "binary")
        throw new Failure("decode.format", `${name} is binary; only JSON, XML and delimited text can be looked into`);
    const documents = kind === "json"
        ? jsonDocuments(payloads)
        : kind === "xml"
            ? xmlDocuments(payloads)
            : csvDocuments(payloads);
    if (documents.documents.length === 0)
        throw new Failure("decode.format", `no capture can be read as ${kind}; the first of them is ${name}`);
    return documents;
}
function jsonDocuments(payloads) {
    const documents = [];
    let unread = 0;
    for (const [frame, { bytes }] of payloads.entries()) {
        for (const { value, failure } of parseJsonDocuments(bytes)) {
            if (failure !== undefined || typeof value !== "object" || value === null)
                unread++;
            else if (documents.length < ROWS_MAX)
                documents.push({ frame, root: value });
        }
    }
    return { format: "json", documents, unread };
}
function xmlDocuments(payloads) {
    const documents = [];
    let unread = 0;
    for (const [frame, { bytes }] of payloads.entries()) {
        const { root, failure } = parseXml(bytes);
        if (failure !== undefined || root === undefined)
            unread++;
        if (root === undefined)
            continue;
        const named = Object.create(null);
        named[root.name] = plainOf(root, 0);
        documents.push({ frame, root: named });
    }
    return { format: "xml", documents, unread };
}
function plainOf(element, depth) {
    const attributes = Object.entries(element.attributes);
    if (element.children.length === 0 && attributes.length === 0)
        return element.text;
    const plain = Object.create(null);
    if (element.text.length > 0)
        plain[OWN_TEXT] = element.text;
    for (const [name, value] of attributes)
        plain[`@${name}`] = value;
    if (depth >= DEPTH_MAX)
        return plain;
    const lists = new Map();
    for (const child of element.children) {
        const value = plainOf(child, depth + 1);
        const list = lists.get(child.name);
        if (list !== undefined)
            list.push(value);
        else if (Object.hasOwn(plain, child.name)) {
            const made = [plain[child.name], value];
            lists.set(child.name, made);
            plain[child.name] = made;
        }
        else
            plain[child.name] = value;
    }
    return plain;
}
function csvDocuments(payloads) {
    const documents = [];
    let unread = 0;
    let rowCount = 0;
    let delimiter;
    let invented;
    for (const [frame, { bytes }] of payloads.entries()) {
        const { text } = decodeText(bytes);
        if (text.trim().length === 0)
            continue;
        delimiter ??= delimiterOf(text);
        if (delimiter === undefined) {
            unread++;
            continue;
        }
        const rows = [];
        let columns = invented;
        for (const { fields, failure } of csvRows(text, { delimiter, rowsMax: ROWS_MAX })) {
            if (failure !== undefined)
                unread++;
            else if (columns !== undefined)
                rows.push(rowOf(columns, fields));
            else if (isHeader(fields))
                columns = fields.map((name) => name.trim());
            else {
                columns = invented = fields.map((_, at) => `c${at + 1}`);
                rows.push(rowOf(columns, fields));
            }
            if (++rowCount >= ROWS_MAX)
                break;
        }
        if (rows.length > 0)
            documents.push({ frame, root: rows });
    }
    return {
        format: "csv",
        documents,
        unread,
        ...(delimiter === undefined
            ? {}
            : { csv: { delimiter, ...(invented === undefined ? {} : { columns: invented }) } }),
    };
}
function rowOf(columns, fields) {
    const row = Object.create(null);
    for (const [at, name] of columns.entries()) {
        const value = fields[at];
        if (name.length > 0 && value !== undefined && !(name in row))
            row[name] = value;
    }
    return row;
}
/** The sign that cuts the lines into equally many pieces, and into most of them. */
function delimiterOf(text) {
    const lines = [...linesOf(text.slice(0, 200_000), LINES_LOOKED_AT)].filter((line) => line.trim().length > 0);
    let best;
    let bestScore = 0;
    for (const [rank, delimiter] of DELIMITERS.entries()) {
        const counts = lines.map((line) => line.split(delimiter).length);
        const usual = [...counts].sort((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
        if (usual < COLUMNS_MIN)
            continue;
        const agree = counts.filter((count) => Math.abs(count - usual) <= usual * 0.1).length / counts.length;
        // Signs that stand inside of values too (colon, blank) come last, and must not win by their number alone.
        const score = agree * (rank < 4 ? 2 : 1) + Math.min(usual, 60) / 1000;
        if (agree >= 0.6 && score > bestScore)
            [best, bestScore] = [delimiter, score];
    }
    return best;
}
/** A header has a name in each column, and neither a number nor a time among them. */
function isHeader(fields) {
    const names = fields.map((field) => field.trim()).filter((name) => name.length > 0);
    if (names.length < fields.length * 0.7 || new Set(names).size < names.length)
        return false;
    return names.every((name) => !/^[+-]?[\d.,:/ T-]*\d[\d.,:/ TZ-]*$/.test(name) && name.length <= 100);
}
