import { collectionsOf, tableOf } from "../inference/collections.js";
import { profileOf } from "../inference/table.js";
import { applyEdits } from "./edits.js";
import { pairsOf } from "./evidence.js";
import { documentsOf } from "./memory.js";
import { moveRepairs } from "./moves.js";
import { deviationRepair, headingRepair, placeRepair, speedRepair, timeRepair, } from "./repairs.js";
const ROUNDS = [placeRepair, timeRepair, speedRepair, headingRepair, deviationRepair];
const REPAIRS_MAX = 5;
/**
 * What may have happened to the messages of a feed, and would put them right: the best first. Empty where nothing is wrong,
 * or nothing fits. Pure: payloads are read and never changed.
 */
export function propose(memory, payloads) {
    const found = [];
    let edits = [];
    const add = (finding) => {
        if (finding === undefined)
            return false;
        found.push(finding);
        edits = [...edits, ...finding.edits];
        return true;
    };
    add(recordsRepair(memory, payloads));
    let fresh = freshOf(memory, payloads, edits);
    if (fresh === undefined)
        return [];
    for (const finding of moveRepairs(memory, fresh))
        add(finding);
    fresh = freshOf(memory, payloads, edits);
    for (const round of ROUNDS) {
        if (fresh === undefined)
            return [];
        if (add(round({ memory, fresh, pairs: pairsOf(memory, fresh) })))
            fresh = freshOf(memory, payloads, edits);
    }
    if (found.length === 0)
        return [];
    const repairs = [repairOf(found)];
    for (const [at, finding] of found.entries())
        for (const other of finding.others)
            repairs.push(repairOf(found.map((one, place) => place === at ? { ...one, edits: other, confidence: one.confidence / 2 } : one)));
    return repairs.slice(0, REPAIRS_MAX).map((repair) => ({ ...repair, edits: located(repair.edits, memory) }));
}
function repairOf(found) {
    return {
        edits: found.flatMap((finding) => finding.edits),
        confidence: Math.min(...found.map(({ confidence }) => confidence)),
        vehicles: Math.min(...found.map(({ vehicles }) => vehicles)),
        evidence: found.map(({ evidence }) => evidence),
        isLossy: found.some((finding) => finding.isLossy === true),
    };
}
/** Edits of values must know where records are, also where those have not moved. */
function located(edits, { format, records }) {
    if (format === "csv" || edits.some(({ kind }) => kind === "records"))
        return edits;
    return [{ kind: "records", from: records, to: records }, ...edits];
}
function freshOf(memory, payloads, edits) {
    const edited = payloads.flatMap((payload) => {
        const bytes = applyEdits(payload.bytes, located(edits, memory), memory.format, payload.receivedTime ?? 0);
        return bytes === undefined ? [] : [{ ...payload, bytes }];
    });
    const documents = documentsOf(edited);
    if (documents === undefined || documents.format !== memory.format)
        return undefined;
    const collection = collectionsOf(documents).find(({ path }) => path === memory.records);
    if (collection === undefined)
        return undefined;
    const table = tableOf(collection, documents.format, edited);
    const profiles = new Map(table.columns.map((column, at) => [column.path, profileOf(table, column, at)]));
    const id = memory.bindings.get("vehicleId");
    const vehicles = id === undefined ? [] : (profiles.get(id.profile.column.path)?.texts ?? []);
    return { table, profiles, vehicles };
}
const ALWAYS = 0.5;
const ALIKE = 0.6;
/** Records that are elsewhere now, or a header that is gone. */
function recordsRepair(memory, payloads) {
    const documents = documentsOf(payloads);
    if (documents === undefined || documents.format !== memory.format)
        return undefined;
    const rowsBefore = memory.table.rows / Math.max(1, new Set(memory.table.frames).size);
    if (memory.format === "csv") {
        const { header } = memory;
        const invented = documents.csv?.columns;
        if (header === undefined || invented === undefined || invented.length !== header.length)
            return undefined;
        return {
            edits: [{ kind: "header", columns: header }],
            confidence: 0.95,
            vehicles: Math.round(rowsBefore),
            evidence: `the header is gone, and there are as many columns as before (${header.length})`,
            others: [],
        };
    }
    const collections = collectionsOf(documents);
    if (collections.some(({ path, places }) => path === memory.records && places.length > 0))
        return undefined;
    const names = memory.profiles.filter(({ share, column }) => share >= ALWAYS && column.up === 0);
    const scored = collections.slice(0, 30).flatMap((collection) => {
        const table = tableOf({ ...collection, places: collection.places.slice(0, 200) }, documents.format, payloads);
        const there = new Map(table.columns.map((column, at) => [column.path, profileOf(table, column, at)]));
        const kept = names.filter(({ column }) => (there.get(column.path)?.share ?? 0) >= ALWAYS).length / names.length;
        return kept >= ALIKE ? [{ collection, kept }] : [];
    });
    const [best] = scored.sort((a, b) => b.kept - a.kept || b.collection.places.length - a.collection.places.length);
    if (best === undefined || !/^[^*]*(\.\*|\[\])?$/.test(best.collection.path))
        return undefined;
    const { path, places } = best.collection;
    return {
        edits: [{ kind: "records", from: path, to: memory.records }],
        confidence: Number((0.97 * best.kept).toFixed(2)),
        vehicles: Math.min(places.length, Math.round(rowsBefore)),
        evidence: `records with ${Math.round(best.kept * 100)} % of the known fields are at ${path} now`,
        others: [],
    };
}
