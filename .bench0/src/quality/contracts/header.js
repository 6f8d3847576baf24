import { COMPATIBILITIES, PAYLOAD_KINDS, } from "./contract.js";
const PARTS = ["feed", "version", "payload", "compatibility", "csv", "note"];
/** Reads `x-contract`; undefined after it has said what is wrong. */
export function readHeader(document, say) {
    const header = document["x-contract"];
    if (typeof header !== "object" || header === null || Array.isArray(header)) {
        const mend = "add x-contract: { feed: metro-avl, version: 1, payload: json }";
        say("/x-contract", "the contract does not say which feed and version it is of", mend);
        return undefined;
    }
    let isGood = true;
    const wrong = (part, message, mend) => {
        isGood = false;
        say(`/x-contract/${part}`, message, mend);
    };
    const { feed, version, payload = "json", compatibility = "forward", csv, } = header;
    for (const part of Object.keys(header))
        if (!PARTS.includes(part))
            wrong(part.slice(0, 60), "is no part of x-contract", `it may have ${PARTS.join(", ")}`);
    if (typeof feed !== "string" || feed === "" || feed.length > 64)
        wrong("feed", "names no feed", "write the name that the feed has in the configuration");
    if (!Number.isSafeInteger(version) || version < 1)
        wrong("version", "is no version", "count up from 1 with every change");
    if (!PAYLOAD_KINDS.includes(payload))
        wrong("payload", "is nothing that a payload is written in", `use ${PAYLOAD_KINDS.join(", ")}`);
    if (!COMPATIBILITIES.includes(compatibility))
        wrong("compatibility", "is no rule", `use ${COMPATIBILITIES.join(", ")}`);
    const table = csv === undefined ? undefined : csvOf(csv);
    if (csv !== undefined && (table === undefined || payload !== "csv"))
        wrong("csv", "does not fit", 'with payload csv: csv: { delimiter: ";", columns: [id, lat, lon] }');
    if (!isGood)
        return undefined;
    return {
        feed: feed,
        version: version,
        payload: payload,
        compatibility: compatibility,
        ...(table !== undefined && { csv: table }),
    };
}
function csvOf(csv) {
    if (typeof csv !== "object" || csv === null)
        return undefined;
    const { delimiter = ",", columns } = csv;
    if (typeof delimiter !== "string" || delimiter.length !== 1)
        return undefined;
    const isList = Array.isArray(columns) && columns.every((name) => typeof name === "string");
    return columns === undefined || isList
        ? { delimiter, columns: columns }
        : undefined;
}
