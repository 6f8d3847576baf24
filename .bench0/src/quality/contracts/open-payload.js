import { csvRows } from "../../formats/csv.js";
import { parseJsonDocuments } from "../../formats/json.js";
import { charsetOf, decodeText } from "../../formats/text.js";
import { parseXml } from "../../formats/xml.js";
import { Failure } from "../../model/failure.js";
const ROWS_MAX = 1_000_000;
/** Reads the bytes of a frame as its contract says what they are written in: without a decoder, as a vendor has none. */
export function openPayloads(bytes, contentType, header) {
    if (header.payload === "json") {
        const results = parseJsonDocuments(bytes);
        return {
            payloads: results.flatMap(({ failure, value }) => (failure === undefined ? [value] : [])),
            failures: results.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
        };
    }
    if (header.payload === "xml") {
        const { root, failure } = parseXml(bytes, { contentType });
        return {
            payloads: root === undefined ? [] : [xmlDocument(root)],
            failures: failure === undefined ? [] : [failure],
        };
    }
    return rowsIn(decodeText(bytes, charsetOf(contentType)).text, header);
}
/** An XML document as contracts and mappings have it: an element without a name around the root. */
export function xmlDocument(root) {
    return { name: "", attributes: {}, children: [root], text: "", complete: true };
}
function rowsIn(text, { csv }) {
    const rows = [];
    const failures = [];
    let columns = csv?.columns;
    for (const row of csvRows(text, { delimiter: csv?.delimiter ?? ",", rowsMax: ROWS_MAX })) {
        if (row.failure !== undefined)
            failures.push(row.failure);
        else if (columns === undefined)
            columns = row.fields.map((name) => name.trim());
        else
            rows.push(Object.fromEntries(columns.map((name, at) => [name, row.fields[at] ?? ""])));
    }
    if (columns !== undefined)
        return { payloads: [rows], failures };
    return {
        payloads: [],
        failures: [new Failure("decode.format", "the frame is empty where CSV is expected")],
    };
}
