import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectValid } from "./decoded-frame.js";
export { expectValid };
const RECEIVED = 1_760_000_000_000;
const CONTEXT = { timezone: "America/Chicago", baseDirectory: "." };
/**
 * What every decoder promises, whatever its format: it is described, strict about its options, pure, total, and keeps
 * people out of everything but `operatorId`.
 */
export function describeDecoder(suite) {
    const { definition, samples } = suite;
    const numRuns = suite.runs ?? 150;
    const create = () => definition.create(definition.options.parse(suite.options ?? {}), { ...CONTEXT, ...suite.context });
    describe(`decoder contract: ${definition.type}`, () => {
        describeDefinition(definition, suite.options ?? {});
        for (const sample of samples) {
            it(`reads the sample "${sample.name}"`, () => {
                const decoded = create().decode(inputOf(sample));
                expectValid(decoded);
                const observations = decoded.items.filter((item) => item.kind !== "rejection").length;
                if (sample.observations === undefined)
                    expect(observations).toBeGreaterThan(0);
                else
                    expect(observations).toBe(sample.observations);
            });
            it(`keeps people out of what the sample "${sample.name}" gives`, () => {
                const decoded = create().decode(inputOf(sample));
                for (const text of sample.personal ?? [])
                    expect(withoutOperators(decoded)).not.toContain(text);
            });
        }
        it("gives the same result for the same bytes, whatever it read in between", () => {
            const seasoned = create();
            for (const sample of samples) {
                const input = inputOf(sample);
                const before = input.bytes.slice();
                const first = create().decode(input);
                seasoned.decode({ ...input, bytes: mutated(input.bytes, 7, 3) });
                expect(seasoned.decode(input)).toEqual(first);
                expect(input.bytes).toEqual(before);
            }
        });
        describeHostileInput(create, samples, numRuns);
    });
}
function describeDefinition(definition, options) {
    it("is a frozen definition with a name, a version and a summary", () => {
        expect(Object.isFrozen(definition)).toBe(true);
        expect(definition.type).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(Number.isInteger(definition.version) && definition.version >= 1).toBe(true);
        expect(definition.summary.length).toBeGreaterThan(10);
    });
    it("refuses an option that it does not know", () => {
        const base = typeof options === "object" && options !== null ? options : {};
        const result = definition.options.safeParse({ ...base, noSuchOption: true });
        expect(result.success).toBe(false);
        expect(JSON.stringify(result.error?.issues)).toContain("noSuchOption");
    });
    it("describes every option", () => {
        const schema = z.toJSONSchema(definition.options, { io: "input" });
        const silent = Object.entries(schema.properties ?? {}).filter(([, value]) => !value.description);
        expect(silent.map(([name]) => name)).toEqual([]);
    });
}
function describeHostileInput(create, samples, numRuns) {
    const decoder = create();
    const read = (input) => expectValid(decoder.decode(input));
    const sample = fc.constantFrom(...samples).map(inputOf);
    it("survives fixed hostile frames", () => {
        const meta = samples[0]?.meta;
        for (const text of hostileTexts()) {
            read({ bytes: encode(text), receivedTime: RECEIVED, ...(meta === undefined ? {} : { meta }) });
            read({ bytes: encode(text), receivedTime: RECEIVED, contentType: "text/xml; charset=nonsense" });
        }
    });
    it("survives any bytes", () => {
        fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => read({ bytes, receivedTime: RECEIVED })), { numRuns });
    });
    it("survives any text and any JSON", () => {
        fc.assert(fc.property(fc.oneof(fc.string(), fc.json({ maxDepth: 6 })), (text) => read({ bytes: encode(text), receivedTime: RECEIVED })), { numRuns });
    });
    it("survives truncation at any place", () => {
        fc.assert(fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (input, share) => read({ ...input, bytes: input.bytes.slice(0, Math.floor(input.bytes.length * share)) })), { numRuns });
    });
    it("survives flipped bytes", () => {
        fc.assert(fc.property(sample, fc.nat(), fc.integer({ min: 1, max: 20 }), (input, seed, flips) => read({ ...input, bytes: mutated(input.bytes, seed, flips) })), { numRuns: numRuns * 2 });
    });
    it("survives pieces of one sample inside another", () => {
        const share = fc.double({ min: 0, max: 1, noNaN: true });
        fc.assert(fc.property(sample, sample, share, share, (one, other, cut, paste) => {
            const piece = other.bytes.slice(Math.floor(other.bytes.length * cut));
            const at = Math.floor(one.bytes.length * paste);
            const bytes = new Uint8Array([...one.bytes.slice(0, at), ...piece, ...one.bytes.slice(at)]);
            read({ ...one, bytes });
        }), { numRuns });
    });
    it("survives values of the wrong type at any place of a JSON sample", () => {
        const documents = samples
            .map((one) => ({ one, value: jsonOf(one) }))
            .filter((d) => d.value !== undefined);
        if (documents.length === 0)
            return;
        fc.assert(fc.property(fc.constantFrom(...documents), fc.nat(), wrongValue, (document, seed, value) => {
            const bytes = encode(JSON.stringify(replaced(document.value, seed, value)));
            read({ ...inputOf(document.one), bytes });
        }), { numRuns: numRuns * 3 });
    });
    it("survives numbers of any size in a text sample", () => {
        const value = fc.constantFrom("99999999999999999999", "-1", "1e309", "NaN", "-0", "0x1F", "", "٣", "1,5");
        fc.assert(fc.property(sample, fc.nat(), value, (input, seed, number) => {
            const text = Buffer.from(input.bytes).toString("latin1");
            const places = [...text.matchAll(/\d+(\.\d+)?/g)];
            const place = places[places.length === 0 ? 0 : seed % places.length];
            if (place === undefined)
                return;
            const changed = text.slice(0, place.index) + number + text.slice(place.index + place[0].length);
            read({ ...input, bytes: Buffer.from(changed, "latin1") });
        }), { numRuns: numRuns * 2 });
    });
    it("survives any facts beside the bytes", () => {
        const meta = fc.dictionary(fc.constantFrom("topic", "sender", "name", "__proto__"), fc.string());
        fc.assert(fc.property(sample, meta, fc.option(fc.string(), { nil: undefined }), (input, facts, contentType) => read({ ...input, meta: facts, contentType })), { numRuns });
    });
    it("survives received times from nought to the end of time", () => {
        for (const one of samples) {
            for (const receivedTime of [0, 1, RECEIVED, 8.64e15])
                read({ ...inputOf(one), receivedTime });
        }
    });
    it("leaves the prototypes of the language as they were", () => {
        const before = Object.getOwnPropertyNames(Object.prototype).length;
        const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
        read({ bytes: encode(poison), receivedTime: RECEIVED });
        expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(before);
        expect({}.polluted).toBeUndefined();
    });
}
const wrongValue = fc.oneof(fc.constantFrom(null, true, "", "N/A", "-1", -1, 0, [], {}, [[]], [null], { value: "x" }), fc.constantFrom(1e308, -1e308, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e-300, "9".repeat(400), "\u0000"), fc.constantFrom("2025-02-30T25:61:61Z", "0000-00-00", "+275760-09-13T00:00:00Z", "24:00", "PT1M", "٣"), fc.jsonValue());
function hostileTexts() {
    const entity = Array.from({ length: 12 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join("");
    return [
        "",
        " ",
        "\u0000",
        "\uFEFF",
        "null",
        "0",
        "[]",
        "{}",
        '""',
        "[[[[",
        "[".repeat(200_000),
        `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
        '{"a":'.repeat(100_000),
        `{"a":"${"x".repeat(300_000)}"}`,
        `[${"{},".repeat(20_000)}{}]`,
        `[${"0,".repeat(300_000)}0]`,
        "<html><body>502 Bad Gateway</body></html>",
        `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">${entity}]><x>&e12;</x>`,
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        "<a>".repeat(50_000),
        `<a ${'b="c" '.repeat(10_000)}/>`,
        `${"a,".repeat(50_000)}\n`.repeat(2),
        '"'.repeat(100_000),
        `a,b,c\n${'"unclosed,1,2\n'.repeat(1_000)}`,
        ">".repeat(100_000),
        `>${"1".repeat(100_000)}<`,
        "$".repeat(100_000),
        `$${"G".repeat(100_000)}*00`,
        "\r\n".repeat(100_000),
        ...[";", " ", ",", "0", "a=", "{", '\\"', "é"].flatMap((run) => [
            run.repeat(100_000),
            `${run.repeat(100_000)}$x`,
            `>${run.repeat(100_000)}<`,
            `<a>${run.repeat(100_000)}</a>`,
            `{"a":"${run.replaceAll('"', "").repeat(100_000)}"}`,
            `a,b\n${run.repeat(100_000)}x`,
        ]),
    ];
}
function inputOf(sample) {
    return {
        bytes: encode(sample.bytes),
        receivedTime: RECEIVED,
        ...(sample.meta === undefined ? {} : { meta: sample.meta }),
        ...(sample.contentType === undefined ? {} : { contentType: sample.contentType }),
    };
}
function encode(value) {
    return typeof value === "string" ? new TextEncoder().encode(value) : new Uint8Array(value);
}
/** A small seeded generator keeps flips reproducible from the numbers that fast-check prints. */
function mutated(bytes, seed, flips) {
    const result = bytes.slice();
    let state = (seed ^ 0x9e3779b9) >>> 0;
    for (let n = 0; n < flips && result.length > 0; n++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const at = state % result.length;
        result[at] = (result[at] ?? 0) ^ (1 << (state >>> 29));
    }
    return result;
}
function jsonOf(sample) {
    const text = new TextDecoder().decode(encode(sample.bytes));
    try {
        return JSON.parse(text);
    }
    catch {
        // Not a JSON format: the property has nothing to change in this sample.
        return undefined;
    }
}
/** A copy in which the node number `seed` (in order of a walk, wrapped) is another value. */
function replaced(value, seed, by) {
    let count = 0;
    const walk = (node, target) => {
        if (count++ === target)
            return by;
        if (Array.isArray(node))
            return node.map((inner) => walk(inner, target));
        if (typeof node !== "object" || node === null)
            return node;
        return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, walk(inner, target)]));
    };
    walk(value, -1);
    const nodes = count;
    count = 0;
    return walk(value, seed % nodes);
}
function withoutOperators(decoded) {
    const items = decoded.items.map((item) => item.kind === "rejection" ? item : { ...item, operatorId: undefined });
    return JSON.stringify({ ...decoded, items, failure: decoded.failure?.message });
}
