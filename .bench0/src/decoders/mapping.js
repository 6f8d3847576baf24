import { csvRows } from "../formats/csv.js";
import { parseJsonDocuments } from "../formats/json.js";
import { charsetOf, decodeText } from "../formats/text.js";
import { parseXml } from "../formats/xml.js";
import { Failure } from "../model/failure.js";
import { pathOf, readTime, sourcesOf, timeSourcesOf } from "./mapping-fields.js";
import { mappingOptions } from "./mapping-options.js";
import { jsonWalker, selectAll, selectRecords, xmlWalker, } from "./mapping-path.js";
import { compileRecord } from "./mapping-record.js";
/**
 * A decoder without code: options say where the records of a JSON, XML or CSV payload are, and where and how each of
 * them states what an observation holds.
 */
export const definition = Object.freeze({
    type: "mapping",
    version: 1,
    summary: "Any JSON, XML or CSV payload, by a mapping of its fields",
    payloads: ["json", "xml", "csv"],
    options: mappingOptions,
    create(chosen, context) {
        const mapping = compile(chosen, context);
        return { decode: (input) => decode(input, mapping) };
    },
});
const RECORDS_MAX = 1_000_000;
const NAMES_SHOWN_MAX = 12;
function compile(options, context) {
    const walker = options.format === "xml" ? xmlWalker : jsonWalker;
    const header = timeSourcesOf(sourcesOf(options.headerTime, { time: "iso" }, walker, options.absent), context.timezone);
    return {
        options,
        records: options.records === undefined ? [] : pathOf(options.records).steps,
        walker,
        read: compileRecord(options, walker, context.timezone),
        headerTime: (place, receivedTime) => readTime(header, place, receivedTime).reading?.time,
    };
}
function decode(input, mapping) {
    const parts = mapping.options.format === "csv" ? csvPart(input, mapping) : treeParts(input, mapping);
    const items = [];
    const dropped = new Set();
    let failure;
    let headerTime;
    for (const part of parts) {
        if (part.failure !== undefined) {
            if (parts.length === 1 || mapping.options.format !== "json")
                failure = part.failure;
            else
                items.push({ kind: "rejection", code: "decode.record", message: part.failure.message });
        }
        if (part.document === undefined || !isPassed(part, input, mapping))
            continue;
        const found = recordsOf(part, mapping);
        if (found instanceof Failure) {
            if (parts.length === 1)
                failure ??= found;
            else
                items.push({ kind: "rejection", code: "decode.record", message: found.message });
            continue;
        }
        const own = mapping.headerTime({ record: part.document, document: part.document }, input.receivedTime);
        if (own !== undefined && (headerTime === undefined || own > headerTime))
            headerTime = own;
        for (const { node, parents, key } of found) {
            const place = { record: node, document: part.document, parents, key };
            const item = mapping.read(place, own ?? input.receivedTime);
            if (typeof item === "string")
                dropped.add(item);
            else
                items.push(item);
        }
    }
    const isWhole = failure === undefined && items.every((item) => item.kind !== "rejection");
    return {
        items,
        ...(headerTime === undefined ? {} : { headerTime }),
        ...(failure === undefined ? {} : { failure }),
        ...(mapping.options.snapshot ? { complete: isWhole } : {}),
        ...(dropped.size === 0
            ? {}
            : { notices: [...dropped].map((reason) => `left out by the mapping: ${reason}`) }),
    };
}
/** Shows a part to whoever inspects payloads. */
function isPassed(part, { inspect }, { options }) {
    if (inspect === undefined)
        return true;
    if (options.format === "json")
        return inspect(part.document, "json");
    if (options.format === "xml")
        return inspect(part.document.children[0], "xml");
    // A row that cannot be read is no payload, and is told as what it is.
    const rows = part.rows;
    const readable = rows.filter((row) => !(row instanceof Failure));
    const isRead = inspect(readable, "csv");
    const failures = rows.filter((row) => row instanceof Failure);
    rows.length = 0;
    for (const row of readable)
        rows.push(row);
    for (const row of failures)
        rows.push(row);
    return isRead;
}
function treeParts(input, mapping) {
    if (mapping.options.format === "json") {
        return parseJsonDocuments(input.bytes).map((result) => result.failure === undefined ? { document: result.value } : { failure: result.failure });
    }
    const { root, failure } = parseXml(input.bytes, { contentType: input.contentType });
    if (root === undefined)
        return failure === undefined ? [] : [{ failure }];
    // Paths name the root element too, as they name the outermost key of the JSON twin.
    const document = { name: "", attributes: {}, children: [root], text: "", complete: true };
    return [{ document, ...(failure === undefined ? {} : { failure }) }];
}
/** Every row is a record under the names of the header; a row that cannot be read is handed on as what it is. */
function csvPart(input, { options }) {
    const { text } = decodeText(input.bytes, charsetOf(input.contentType));
    const rows = [];
    let columns = options.csv.columns;
    for (const row of csvRows(text, { delimiter: options.csv.delimiter, rowsMax: RECORDS_MAX })) {
        if (row.failure !== undefined)
            rows.push(row.failure);
        else if (columns === undefined)
            columns = row.fields.map((name) => name.trim());
        else
            rows.push(named(columns, row.fields));
    }
    if (columns === undefined) {
        const message = "the frame is empty where CSV with a header is expected";
        return [{ failure: new Failure("decode.format", message) }];
    }
    return [{ document: {}, rows }];
}
function named(columns, fields) {
    const record = Object.create(null);
    for (const [at, name] of columns.entries()) {
        const value = fields[at];
        if (name.length > 0 && value !== undefined && !(name in record))
            record[name] = value;
    }
    return record;
}
function recordsOf(part, mapping) {
    if (part.rows !== undefined)
        return part.rows.map((node) => ({ node, parents: [] }));
    const { walker, records, options } = mapping;
    const found = selectRecords(walker, part.document, records, RECORDS_MAX + 1);
    if (found.length > RECORDS_MAX) {
        return new Failure("decode.limit", `the frame has more than ${RECORDS_MAX} records`);
    }
    if (found.length > 0 || options.recordsMissing === "empty" || hasPlace(part.document, mapping))
        return found;
    return new Failure("decode.format", `the path "${options.records ?? "."}" of records leads nowhere; the document has ${shown(walker.names(part.document))}`);
}
/** No records may mean an empty list, which has its place, or another payload, which has not. */
function hasPlace(document, { walker, records, options }) {
    let steps = records.slice(0, records.findLastIndex((step) => step.kind === "name" || step.kind === "attribute") + 1);
    // An XML list without elements is its parent.
    if (options.format === "xml")
        steps = steps.slice(0, -1);
    if (options.format === "xml" && steps.length === 0)
        return records.length === 0;
    return selectAll(walker, document, steps, 1).some((node) => node !== null && typeof node === "object");
}
function shown(names) {
    if (names.length === 0)
        return "no names at its top";
    const more = names.length > NAMES_SHOWN_MAX ? ", ..." : "";
    return `${names
        .slice(0, NAMES_SHOWN_MAX)
        .map((name) => name.slice(0, 40))
        .join(", ")}${more} at its top`;
}
