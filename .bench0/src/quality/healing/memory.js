import { Failure } from "../../model/failure.js";
import { collectionsOf, tableOf } from "../inference/collections.js";
import { readDocuments } from "../inference/documents.js";
import { profileOf } from "../inference/table.js";
export const FIELDS = [
    "vehicleId",
    "latitude",
    "longitude",
    "eventTime",
    "speedMps",
    "headingDeg",
    "scheduleDeviationS",
    "tripId",
    "gtfsRouteId",
];
const AGREE = 0.98;
const VALUES_MIN = 5;
const COLLECTIONS_MAX = 20;
/** Undefined where rows and records cannot be laid beside each other. */
export function remember(frames) {
    const payloads = frames.map(({ bytes, receivedTime }, at) => ({ name: `${at}`, bytes, receivedTime }));
    const documents = documentsOf(payloads);
    if (documents === undefined)
        return undefined;
    const items = frames.flatMap((frame) => frame.items);
    for (const collection of collectionsOf(documents).slice(0, COLLECTIONS_MAX)) {
        if (collection.places.length !== items.length)
            continue;
        const counts = new Map();
        for (const { frame } of collection.places)
            counts.set(frame, (counts.get(frame) ?? 0) + 1);
        if (!frames.every((frame, at) => (counts.get(at) ?? 0) === frame.items.length))
            continue;
        const table = tableOf(collection, documents.format, payloads);
        const profiles = table.columns.map((column, at) => profileOf(table, column, at));
        const bindings = bindingsOf(profiles, items);
        if (!bindings.has("vehicleId"))
            continue;
        const vehicles = items.map((item) => item?.vehicleId);
        const last = new Map();
        for (const [row, vehicle] of vehicles.entries())
            if (vehicle !== undefined)
                last.set(vehicle, row);
        const header = documents.format === "csv" && documents.csv?.columns === undefined
            ? table.columns.map(({ path }) => path)
            : undefined;
        return {
            format: documents.format,
            records: collection.path,
            table,
            profiles,
            bindings,
            vehicles,
            last,
            header,
        };
    }
    return undefined;
}
/** Undefined for pages of HTML, nothing at all, or several formats: nothing that edits could mend. */
export function documentsOf(payloads) {
    try {
        return readDocuments(payloads);
    }
    catch (thrown) {
        if (thrown instanceof Failure)
            return undefined;
        throw thrown;
    }
}
function bindingsOf(profiles, items) {
    const found = new Map();
    const used = new Set();
    for (const field of FIELDS) {
        const values = items.map((item) => item?.[field]);
        const fitting = profiles.flatMap((profile) => {
            if (profile.column.up > 0)
                return [];
            const factor = factorOf(profile, values);
            return factor === undefined ? [] : [{ profile, factor }];
        });
        // Two columns may say the same, and each of two fields have its own.
        const binding = fitting.find(({ profile }) => !used.has(profile)) ?? fitting[0];
        if (binding === undefined)
            continue;
        used.add(binding.profile);
        found.set(field, binding);
    }
    return found;
}
/** 1 for the same text; the one number by which all of a column must be multiplied to become the field. */
function factorOf({ texts, numbers }, values) {
    let both = 0;
    let same = 0;
    const ratios = [];
    for (const [row, value] of values.entries()) {
        const text = texts[row];
        if (value === undefined || text === undefined)
            continue;
        both++;
        if (String(value) === text)
            same++;
        else if (typeof value === "number" && value !== 0 && numbers[row] !== 0)
            ratios.push(value / numbers[row]);
    }
    if (both < VALUES_MIN)
        return undefined;
    if (same >= AGREE * both)
        return 1;
    const [first] = ratios;
    if (first === undefined || ratios.length < VALUES_MIN)
        return undefined;
    const alike = ratios.filter((ratio) => Math.abs(ratio / first - 1) < 1e-6).length;
    return alike >= AGREE * ratios.length ? first : undefined;
}
