import { subjectOf } from "./subject.js";
const FIELDS_MAX = 200;
const SAMPLES_MAX = 3;
const SAMPLE_LENGTH_MAX = 80;
const ONLY_SAMPLES_MAX = 5;
const DEPTH_MAX = 3;
/** Two ways to compute one value do not agree in the last digits. */
const ROUNDING = 1e-9;
/** Who it is must not leave, not even in a comparison. */
const MASKED = new Set(["operatorId"]);
/** Compares what two readings of the same frames give, record by record and field by field. */
export class RecordComparison {
    sums = { both: 0, equal: 0, onlyCurrent: 0, onlyCandidate: 0 };
    #fields = new Map();
    #onlySamples = { current: [], candidate: [] };
    add(current, candidate, personal) {
        const open = bySubject(current);
        let both = 0;
        let onlyCandidate = 0;
        for (const [name, theirs] of bySubject(candidate)) {
            const ours = open.get(name);
            if (ours === undefined) {
                onlyCandidate++;
                sample(this.#onlySamples.candidate, name);
                continue;
            }
            open.delete(name);
            both++;
            if (this.#record(name, personal.pass(ours), personal.pass(theirs)))
                this.sums.equal++;
        }
        for (const name of open.keys())
            sample(this.#onlySamples.current, name);
        this.sums.both += both;
        this.sums.onlyCurrent += open.size;
        this.sums.onlyCandidate += onlyCandidate;
        return { both, only: { current: open.size, candidate: onlyCandidate } };
    }
    get onlySamples() {
        return this.#onlySamples;
    }
    /** Those that differ, the worst first. */
    get fields() {
        return [...this.#fields]
            .filter(([, { differ }]) => differ > 0)
            .map(([path, field]) => ({ path, ...field, samples: [...field.samples] }))
            .sort((a, b) => b.differ - a.differ || (a.path < b.path ? -1 : 1));
    }
    json() {
        return { sums: this.sums, fields: [...this.#fields], onlySamples: this.#onlySamples };
    }
    restore({ sums, fields, onlySamples }) {
        Object.assign(this.sums, sums);
        for (const [path, field] of fields)
            this.#fields.set(path, { ...field, samples: [...field.samples] });
        this.#onlySamples.current.push(...onlySamples.current);
        this.#onlySamples.candidate.push(...onlySamples.candidate);
    }
    /** True: all of it is equal. */
    #record(name, ours, theirs) {
        const current = new Map();
        const candidate = new Map();
        flatten(ours, "", 0, current);
        flatten(theirs, "", 0, candidate);
        let isEqual = true;
        for (const path of new Set([...current.keys(), ...candidate.keys()])) {
            const field = this.#field(path);
            const [a, b] = [current.get(path), candidate.get(path)];
            const isSame = equal(a, b);
            if (!isSame)
                isEqual = false;
            if (field === undefined)
                continue;
            if (a !== undefined)
                field.current++;
            if (b !== undefined)
                field.candidate++;
            if (isSame)
                continue;
            field.differ++;
            if (field.samples.length >= SAMPLES_MAX)
                continue;
            const shown = (value) => (MASKED.has(path) && value !== undefined ? "***" : textOf(value));
            field.samples.push({ record: name, current: shown(a), candidate: shown(b) });
        }
        return isEqual;
    }
    #field(path) {
        let field = this.#fields.get(path);
        if (field === undefined && this.#fields.size < FIELDS_MAX) {
            field = { current: 0, candidate: 0, differ: 0, samples: [] };
            this.#fields.set(path, field);
        }
        return field;
    }
}
/** `vehicle_location 4711`, and `vehicle_location 4711 (2)` for what is said of it a second time. */
function bySubject({ items }) {
    const named = new Map();
    const counts = new Map();
    for (const item of items) {
        if (item.kind === "rejection")
            continue;
        const name = `${item.kind} ${subjectOf(item) ?? "nobody"}`;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        named.set(count === 1 ? name : `${name} (${count})`, item);
    }
    return named;
}
function flatten(value, prefix, depth, into) {
    for (const [name, inner] of Object.entries(value)) {
        if (inner === undefined || inner === null || (depth === 0 && name === "kind"))
            continue;
        const path = prefix === "" ? name : `${prefix}.${name}`;
        const isObject = typeof inner === "object" && !Array.isArray(inner) && depth < DEPTH_MAX;
        if (isObject)
            flatten(inner, path, depth + 1, into);
        else
            into.set(path, inner);
    }
}
function equal(a, b) {
    if (a === b)
        return true;
    if (typeof a === "number" && typeof b === "number")
        return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a));
    if (typeof a !== "object" || typeof b !== "object")
        return false;
    return JSON.stringify(a) === JSON.stringify(b);
}
function textOf(value) {
    return value === undefined ? "" : JSON.stringify(value).slice(0, SAMPLE_LENGTH_MAX);
}
function sample(into, name) {
    if (into.length < ONLY_SAMPLES_MAX && !into.includes(name))
        into.push(name.slice(0, SAMPLE_LENGTH_MAX));
}
