import { textOf } from "../../formats/json.js";
import { maskedSample } from "../../formats/masking.js";
import { plainOf } from "../../formats/xml.js";
import { HOUR_MS, MINUTE_MS } from "../../model/units.js";
import { checkPayload } from "./check-payload.js";
import { xmlDocument } from "./open-payload.js";
import { payloadTree } from "./payload-tree.js";
const TOLD_MAX = 500;
const BREACHES_SHOWN_MAX = 20;
const AGAIN_MS = HOUR_MS;
const SPAN_MS = 5 * MINUTE_MS;
const SAMPLES_MAX = 2000;
/** What tells whose record it is. */
const IDENTITIES = new Set(["vehicle-id", "vehicle-label", "trip"]);
/**
 * Stands between the parser of a decoder and the rest of it: looks at each payload by a contract, takes out what its modes say,
 * and keeps account of it. One per upstream; the same frames give the same answers.
 */
export class ContractGate {
    name;
    #contract;
    #tree;
    #identities;
    #told = new Map();
    #sums = { records: 0, refusedRecords: 0, refusedPayloads: 0, lackingRecords: 0 };
    #spans = [
        { from: 0, records: 0, affected: 0 },
        { from: 0, records: 0, affected: 0 },
    ];
    #usualRecords = 1;
    #frame = emptyFrame();
    constructor(contract) {
        const { feed, version, payload } = contract.header;
        this.name = `${feed}@${version}`;
        this.#contract = contract;
        this.#tree = payloadTree(payload);
        this.#identities = identityPaths(contract.root);
    }
    /**
     * Looks at a payload that a decoder has parsed, and changes it in place. False: it is refused, and not to be read.
     */
    inspect = (payload, written) => {
        const frame = this.#frame;
        frame.payloads++;
        const { header, root } = this.#contract;
        if (written !== header.payload) {
            const mode = root.mode ?? "evolve";
            const message = `is ${written.toUpperCase()} where ${header.payload.toUpperCase()} is expected`;
            const breach = { path: ".", keyword: "payload", message, mode, semantic: undefined };
            frame.breaches.push([`.|payload`, breach, 1]);
            return mode === "evolve" || this.#refusePayload(breach, payload, written);
        }
        const whole = written === "xml" ? xmlDocument(payload) : payload;
        const { records, findings, counts } = checkPayload(this.#contract, whole);
        frame.records += records;
        for (const [key, { breach, count }] of counts)
            frame.breaches.push([key, breach, count]);
        if (findings.length === 0)
            return true;
        const outside = findings.find(({ mode, record }) => mode !== "discard-value" &&
            (record === undefined || record.holder === undefined || record.value === payload));
        if (outside !== undefined) {
            frame.refusedRecords += records;
            return this.#refusePayload(outside, payload, written);
        }
        this.#takeOut(findings);
        return true;
    };
    /** What the payloads that were inspected since the last call come to. Those of the past count for nothing, and are no news. */
    take(receivedTime, isPast = false) {
        const frame = this.#frame;
        this.#frame = emptyFrame();
        if (!isPast)
            this.#account(frame, receivedTime);
        const isWhole = frame.payloads > 0 && frame.refusedPayloads === frame.payloads;
        const [first] = frame.refused;
        return {
            refusal: isWhole ? first?.message : undefined,
            refused: isWhole ? [] : frame.refused,
            lacking: frame.lackingRecords === 0 ? undefined : frame.isNameless ? "all" : frame.lacking,
            isPartial: frame.refused.length > 0 || frame.isNameless,
            news: isPast || frame.breaches.length === 0 ? NO_NEWS : this.#news(frame, receivedTime),
        };
    }
    status() {
        const records = this.#spans.reduce((sum, span) => sum + span.records, 0);
        const affected = this.#spans.reduce((sum, span) => sum + span.affected, 0);
        const breaches = [...this.#told.values()].sort((a, b) => b.lastTime - a.lastTime);
        return {
            contract: this.name,
            ...this.#sums,
            recentShare: records === 0 ? undefined : affected / records,
            breaches: breaches.slice(0, BREACHES_SHOWN_MAX).map(({ breach, count, lastTime }) => {
                const { path, keyword, mode, message } = breach;
                return { path, keyword, mode, message, count, lastTime };
            }),
        };
    }
    #refusePayload(breach, payload, written) {
        const frame = this.#frame;
        frame.refusedPayloads++;
        frame.refused.push({ message: this.#sentence(breach), sample: sampleOf(payload, written === "xml") });
        return false;
    }
    #takeOut(findings) {
        const frame = this.#frame;
        const refused = new Map();
        for (const finding of findings)
            if (isFatal(finding) && finding.record !== undefined && !refused.has(finding.record))
                refused.set(finding.record, finding);
        const lacking = new Set();
        for (const { mode, record, at } of findings) {
            if (mode !== "discard-value" || (record !== undefined && refused.has(record)))
                continue;
            // Before it is taken out: it can be what says whose record it is.
            if (!lacking.has(record))
                this.#name(record);
            lacking.add(record);
            this.#tree.remove(at.holder, at.name, at.value);
        }
        frame.lackingRecords += lacking.size;
        for (const [record, breach] of refused) {
            frame.refusedRecords++;
            const isXml = this.#contract.header.payload === "xml";
            const sample = frame.refused.length < SAMPLES_MAX ? sampleOf(record.value, isXml) : "";
            frame.refused.push({ message: this.#sentence(breach), sample });
            this.#tree.remove(record.holder, record.name, record.value);
        }
    }
    /** Notes whose record it is. */
    #name(record) {
        const frame = this.#frame;
        let isNamed = false;
        for (const path of record === undefined ? [] : this.#identities) {
            let value = record?.value;
            for (const name of path)
                value =
                    value !== undefined && this.#tree.typeOf(value) === "object"
                        ? this.#tree.get(value, name)
                        : undefined;
            if (value === undefined || this.#tree.typeOf(value) === "array")
                continue;
            const id = textOf(this.#tree.scalar(value));
            if (id === undefined)
                continue;
            isNamed = true;
            frame.lacking.add(id);
        }
        if (!isNamed)
            frame.isNameless = true;
    }
    #sentence({ path, message }) {
        return `Contract ${this.name}: ${path} ${message}`;
    }
    #account(frame, now) {
        const { records, refusedRecords, refusedPayloads, lackingRecords } = frame;
        this.#sums.records += records;
        this.#sums.refusedRecords += refusedRecords;
        this.#sums.refusedPayloads += refusedPayloads;
        this.#sums.lackingRecords += lackingRecords;
        let [newest, older] = this.#spans;
        if (now - newest.from >= SPAN_MS) {
            older = now - newest.from >= 2 * SPAN_MS ? { from: now - SPAN_MS, records: 0, affected: 0 } : newest;
            newest = { from: now, records: 0, affected: 0 };
            this.#spans = [newest, older];
        }
        // A payload that is refused for what is outside of its records has as many of them as usual.
        const missing = refusedPayloads > 0 && records === 0 ? this.#usualRecords : 0;
        newest.records += records + missing;
        newest.affected += Math.min(records, refusedRecords + lackingRecords) + missing;
        if (records > 0)
            this.#usualRecords = records;
    }
    #news(frame, now) {
        const news = [];
        for (const [key, breach, count] of frame.breaches) {
            let told = this.#told.get(key);
            if (told === undefined) {
                if (this.#told.size >= TOLD_MAX)
                    continue;
                told = { breach, count: 0, sinceTold: 0, toldTime: Number.NEGATIVE_INFINITY, lastTime: now };
                this.#told.set(key, told);
            }
            told.count += count;
            told.sinceTold += count;
            told.lastTime = now;
            if (now - told.toldTime < AGAIN_MS)
                continue;
            told.toldTime = now;
            news.push(this.#one(breach, told.sinceTold, frame.records));
            told.sinceTold = 0;
        }
        return news;
    }
    #one(breach, count, records) {
        const { path, keyword, mode } = breach;
        const done = {
            evolve: "It passes, and is read as far as the decoder can",
            "discard-value": "It is taken out, and the records are flagged",
            "dead-letter": "It is kept as a dead letter",
            freeze: "It is kept as a dead letter",
        }[mode];
        return {
            level: mode === "evolve" ? "info" : "warn",
            message: `${this.#sentence(breach)}. ${done}`,
            details: { contract: this.name, path, keyword, mode, count, records },
        };
    }
}
/** Without its vehicle, a record is nobody's. */
function isFatal({ mode, semantic }) {
    return mode !== "discard-value" || semantic === "vehicle-id";
}
function emptyFrame() {
    return {
        payloads: 0,
        records: 0,
        refusedPayloads: 0,
        refusedRecords: 0,
        lackingRecords: 0,
        isNameless: false,
        lacking: new Set(),
        refused: [],
        breaches: [],
    };
}
const NO_NEWS = Object.freeze([]);
function sampleOf(value, isXml) {
    return maskedSample(isXml ? plainOf(value) : value);
}
/** Where in a record stands whose it is, by names from the record on. */
function identityPaths(root) {
    const paths = [];
    const walk = (node, path, depth) => {
        if (depth > 24 || paths.length >= 16)
            return;
        const own = node.isRecord ? [] : path;
        if (own !== undefined && node.semantic !== undefined && IDENTITIES.has(node.semantic.is))
            paths.push([...own]);
        for (const [name, inner] of node.properties)
            walk(inner, own && [...own, name], depth + 1);
        for (const inner of [node.ref, node.items, node.additional, ...node.allOf, ...node.anyOf, ...node.oneOf])
            if (inner !== undefined)
                walk(inner, inner === node.items || inner === node.additional ? undefined : own, depth + 1);
    };
    walk(root, [], 0);
    return paths;
}
