import { linearPattern } from "../../formats/linear-pattern.js";
import { canonical } from "./canonical.js";
import { JSON_TYPES, MODES, } from "./contract.js";
import { contradictions } from "./contradictions.js";
import { readHeader } from "./header.js";
import { readSemantic } from "./semantics.js";
/** What may be read as the text of a contract. */
export const CONTRACT_BYTES_MAX = 1024 * 1024;
const DEPTH_MAX = 64;
const NODES_MAX = 5000;
/** Of a contract whose references are written out: chains of them that double each time reach any number. */
const EXPANDED_MAX = 20_000;
const ENUM_MAX = 2000;
const FAULTS_MAX = 50;
const DIALECT = "https://json-schema.org/draft/2020-12/schema";
/** Keywords that say nothing of a payload. */
const NOTES = new Set("$id,$schema,$comment,$defs,definitions,title,description,default,examples,deprecated,readOnly,writeOnly,format".split(","));
const UNSUPPORTED = {
    $dynamicRef: "write the schema out, or use $ref",
    $dynamicAnchor: "write the schema out, or use $ref",
    $anchor: "refer to it by a pointer, such as #/$defs/position",
    $vocabulary: "leave it out: it belongs to a description of schemas",
    unevaluatedProperties: "use additionalProperties",
    unevaluatedItems: "use items",
    contentSchema: "leave it out",
    dependencies: "use dependentRequired",
    additionalItems: "use prefixItems and items (2020-12)",
};
const SCHEMA_LISTS = ["allOf", "anyOf", "oneOf", "prefixItems"];
const SCHEMAS = ["items", "contains", "propertyNames", "not", "if", "then", "else"];
const NUMBERS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
const COUNTS = [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
];
const KNOWN = new Set([
    ...NOTES,
    ...SCHEMA_LISTS,
    ...SCHEMAS,
    ...NUMBERS,
    ...COUNTS,
    ..."$ref,type,enum,const,multipleOf,pattern,uniqueItems,properties,patternProperties,additionalProperties".split(","),
    ..."required,dependentRequired,dependentSchemas".split(","),
]);
/**
 * Reads a contract from what JSON or YAML gave. Total: whatever the value, it answers within the limits, fetches nothing,
 * and names everything that is wrong with its place and how to mend it.
 */
export function readContract(value) {
    const reader = new ContractReader(value);
    return reader.read();
}
export function isContract(read) {
    return !Array.isArray(read);
}
class ContractReader {
    #document;
    #faults = [];
    #named = new Map();
    /** Pointers whose schemas are being read: who refers to one of them refers to itself. */
    #open = [];
    #nodes = 0;
    constructor(document) {
        this.#document = document;
    }
    read() {
        const document = objectOf(this.#document);
        if (document === undefined) {
            this.#say("", "a contract is an object with x-contract and a schema", "see docs/contracts.md for one");
            return this.#faults;
        }
        const say = (path, message, mend) => this.#say(path, message, mend);
        const header = readHeader(document, say);
        const { $schema } = document;
        if ($schema !== undefined && $schema !== DIALECT)
            this.#say("/$schema", "the contract is written in another dialect of JSON Schema", `use ${DIALECT}`);
        const root = this.#schema(document, "", 0);
        if (this.#faults.length === 0)
            this.#measure(root);
        if (this.#faults.length > 0 || header === undefined)
            return this.#faults;
        return { header, root, document };
    }
    #schema(value, at, depth) {
        const node = emptyNode(at);
        const schema = objectOf(value);
        if (schema === undefined) {
            if (value === false)
                node.isNever = true;
            else if (value !== true)
                this.#say(at, "is no schema", "a schema is an object, true or false");
            return node;
        }
        if (depth > DEPTH_MAX) {
            this.#say(at, `schemas are nested deeper than ${DEPTH_MAX}`, "make it flatter");
            return node;
        }
        if (++this.#nodes > NODES_MAX) {
            if (this.#nodes === NODES_MAX + 1)
                this.#say(at, `the contract has more than ${NODES_MAX} schemas`, "describe what is needed of it only");
            return node;
        }
        this.#open.push(at);
        this.#unknown(schema, at);
        this.#plain(schema, node, at);
        this.#inner(schema, node, at, depth);
        this.#ours(schema, node, at);
        if (at === "" || schema["$defs"] !== undefined)
            this.#definitions(schema["$defs"], `${at}/$defs`);
        if (schema["$ref"] !== undefined)
            node.ref = this.#reference(schema["$ref"], `${at}/$ref`, depth);
        for (const { path, message, mend } of contradictions(node, schema))
            this.#say(path, message, mend);
        this.#open.pop();
        return node;
    }
    #unknown(schema, at) {
        for (const name of Object.keys(schema)) {
            if (KNOWN.has(name) || name.startsWith("x-"))
                continue;
            const path = `${at}/${escaped(name)}`;
            const mend = UNSUPPORTED[name];
            if (mend !== undefined)
                this.#say(path, `the keyword ${name} is not supported`, mend);
            else
                this.#say(path, "is no keyword of JSON Schema 2020-12", "correct it; names of your own begin with x-");
        }
    }
    #plain(schema, node, at) {
        const { type, enum: values, pattern, required, uniqueItems, multipleOf } = schema;
        if (type !== undefined) {
            const types = (Array.isArray(type) ? type : [type]);
            const wrong = types.find((one) => !JSON_TYPES.includes(one));
            if (wrong !== undefined || types.length === 0)
                this.#say(`${at}/type`, `${shown(wrong ?? types)} is no type`, `use ${JSON_TYPES.join(", ")}`);
            else
                node.types = new Set(types);
        }
        if (Object.hasOwn(schema, "enum")) {
            if (!Array.isArray(values) || values.length === 0)
                this.#say(`${at}/enum`, "an enum without values allows nothing", "list what is allowed, or leave it out");
            else if (values.length > ENUM_MAX)
                this.#say(`${at}/enum`, `the enum has ${values.length} values`, `at most ${ENUM_MAX} are listed`);
            else
                node.allowed = new Set(values.map((one) => canonical(one)));
        }
        if (Object.hasOwn(schema, "const")) {
            const only = canonical(schema["const"]);
            if (node.allowed?.has(only) === false)
                this.#say(`${at}/const`, "is not among the values of enum", "keep one of the two");
            node.allowed = new Set([only]);
        }
        for (const name of NUMBERS)
            if (schema[name] !== undefined)
                node[name] = this.#number(schema[name], `${at}/${name}`);
        for (const name of COUNTS)
            if (schema[name] !== undefined)
                node[name] = this.#count(schema[name], `${at}/${name}`);
        if (multipleOf !== undefined) {
            node.multipleOf = this.#number(multipleOf, `${at}/multipleOf`);
            if (node.multipleOf !== undefined && node.multipleOf <= 0)
                this.#say(`${at}/multipleOf`, "must be above 0", "correct it, or leave it out");
        }
        if (pattern !== undefined)
            node.pattern = this.#pattern(pattern, `${at}/pattern`);
        if (required !== undefined)
            node.required = this.#names(required, `${at}/required`);
        if (uniqueItems !== undefined && typeof uniqueItems !== "boolean")
            this.#say(`${at}/uniqueItems`, "is true or false", "correct it");
        node.uniqueItems = uniqueItems === true;
    }
    #inner(schema, node, at, depth) {
        for (const name of SCHEMAS)
            if (schema[name] !== undefined)
                node[name] = this.#schema(schema[name], `${at}/${name}`, depth + 1);
        for (const name of SCHEMA_LISTS) {
            const list = schema[name];
            if (list === undefined)
                continue;
            if (!Array.isArray(list) || list.length === 0)
                this.#say(`${at}/${name}`, "is no list of schemas", "list at least one, or leave it out");
            else
                node[name] = list.map((one, index) => this.#schema(one, `${at}/${name}/${index}`, depth + 1));
        }
        const { additionalProperties } = schema;
        if (additionalProperties !== undefined)
            node.additional = this.#schema(additionalProperties, `${at}/additionalProperties`, depth + 1);
        node.properties = this.#map(schema["properties"], `${at}/properties`, depth);
        node.dependentSchemas = this.#map(schema["dependentSchemas"], `${at}/dependentSchemas`, depth);
        node.patternProperties = [
            ...this.#map(schema["patternProperties"], `${at}/patternProperties`, depth),
        ].flatMap(([text, inner]) => {
            const pattern = this.#pattern(text, `${at}/patternProperties/${escaped(text)}`);
            return pattern === undefined ? [] : [[pattern, inner]];
        });
        const dependent = schema["dependentRequired"];
        if (dependent === undefined)
            return;
        const lists = new Map();
        for (const [name, names] of Object.entries(objectOf(dependent) ?? {}))
            lists.set(name, this.#names(names, `${at}/dependentRequired/${escaped(name)}`));
        if (objectOf(dependent) === undefined)
            this.#say(`${at}/dependentRequired`, "is no object of lists of names", "correct it");
        node.dependentRequired = lists;
    }
    #ours(schema, node, at) {
        const { "x-mode": mode, "x-semantic": semantic, "x-record": record } = schema;
        if (mode !== undefined) {
            if (MODES.includes(mode))
                node.mode = mode;
            else
                this.#say(`${at}/x-mode`, `${shown(mode)} is no mode`, `use ${MODES.join(", ")}`);
        }
        if (semantic !== undefined) {
            const read = readSemantic(semantic);
            if (typeof read === "string")
                this.#say(`${at}/x-semantic`, read, "see docs/contracts.md");
            else
                node.semantic = read;
        }
        if (record !== undefined && typeof record !== "boolean")
            this.#say(`${at}/x-record`, "is true or false", "say true where one record begins");
        node.isRecord = record === true;
    }
    /** Every definition is read, used or not: what is wrong in it is told now, and not when somebody refers to it. */
    #definitions(value, at) {
        if (value === undefined)
            return;
        const object = objectOf(value);
        if (object === undefined)
            this.#say(at, "is no object of schemas", "correct it");
        for (const name of Object.keys(object ?? {}))
            this.#target(`${at}/${escaped(name)}`, at);
    }
    #reference(value, at, depth) {
        if (typeof value !== "string" || !value.startsWith("#")) {
            const message = `refers to ${shown(value)}, which is not in this contract; nothing is fetched`;
            this.#say(at, message, "copy it under $defs, and refer to #/$defs/NAME");
            return undefined;
        }
        if (depth > DEPTH_MAX)
            return undefined;
        return this.#target(decodeURIComponentSafe(value.slice(1)), at);
    }
    #target(pointer, from) {
        const known = this.#named.get(pointer);
        if (known !== undefined)
            return known;
        if (this.#open.includes(pointer)) {
            this.#say(from, `refers to #${pointer}, which it is a part of`, "payloads have an end: write out so many levels");
            return undefined;
        }
        let value = this.#document;
        for (const step of pointer.split("/").slice(1)) {
            const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
            value = isIndexed(value) && Object.hasOwn(value, name) ? value[name] : undefined;
        }
        if (value === undefined || (pointer !== "" && !pointer.startsWith("/"))) {
            this.#say(from, `refers to #${pointer}, which is not there`, "correct it; a definition is #/$defs/NAME");
            return undefined;
        }
        const node = this.#schema(value, pointer, this.#open.length);
        this.#named.set(pointer, node);
        return node;
    }
    #measure(root) {
        const sizes = new Map();
        const sizeOf = (node) => {
            const known = sizes.get(node);
            if (known !== undefined)
                return known;
            let size = 1;
            for (const inner of innerOf(node))
                size += sizeOf(inner);
            sizes.set(node, size);
            return size;
        };
        const size = sizeOf(root);
        if (size > EXPANDED_MAX) {
            const message = `with its references written out, the contract has ${size} schemas`;
            this.#say("", message, `at most ${EXPANDED_MAX} are checked: refer to fewer definitions from one another`);
        }
    }
    #map(value, at, depth) {
        const nodes = new Map();
        if (value === undefined)
            return nodes;
        const object = objectOf(value);
        if (object === undefined)
            this.#say(at, "is no object of schemas", "correct it");
        for (const [name, inner] of Object.entries(object ?? {}))
            nodes.set(name, this.#schema(inner, `${at}/${escaped(name)}`, depth + 1));
        return nodes;
    }
    #number(value, at) {
        if (typeof value === "number" && Number.isFinite(value))
            return value;
        this.#say(at, `${shown(value)} is no number`, "correct it");
        return undefined;
    }
    #count(value, at) {
        if (Number.isSafeInteger(value) && value >= 0)
            return value;
        this.#say(at, `${shown(value)} is no count`, "a count is a whole number from 0");
        return undefined;
    }
    #names(value, at) {
        if (Array.isArray(value) && value.every((one) => typeof one === "string"))
            return [...new Set(value)];
        this.#say(at, "is no list of names", "correct it");
        return [];
    }
    #pattern(value, at) {
        const read = typeof value === "string" ? linearPattern(value) : "a pattern is text";
        if (typeof read !== "string")
            return read;
        this.#say(at, `the pattern cannot be used: ${read}`, "see docs/contracts.md for what a pattern may hold");
        return undefined;
    }
    #say(path, message, mend) {
        if (this.#faults.length < FAULTS_MAX)
            this.#faults.push({ path, message, mend });
    }
}
/** The schemas inside of a schema, references followed. */
export function innerOf(node) {
    const some = [
        node.ref,
        ...SCHEMAS.map((name) => node[name]),
        node.additional,
        ...SCHEMA_LISTS.flatMap((name) => node[name]),
        ...node.properties.values(),
        ...node.dependentSchemas.values(),
        ...node.patternProperties.map(([, inner]) => inner),
    ];
    return some.filter((inner) => inner !== undefined);
}
function emptyNode(at) {
    const numbers = Object.fromEntries([...NUMBERS, ...COUNTS, ...SCHEMAS].map((name) => [name, undefined]));
    return {
        ...numbers,
        at,
        isNever: false,
        ref: undefined,
        types: undefined,
        allowed: undefined,
        multipleOf: undefined,
        pattern: undefined,
        uniqueItems: false,
        prefixItems: [],
        properties: new Map(),
        patternProperties: [],
        additional: undefined,
        required: [],
        dependentRequired: new Map(),
        dependentSchemas: new Map(),
        allOf: [],
        anyOf: [],
        oneOf: [],
        mode: undefined,
        semantic: undefined,
        isRecord: false,
    };
}
function objectOf(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
function isIndexed(value) {
    return typeof value === "object" && value !== null;
}
function escaped(name) {
    return name.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1");
}
function decodeURIComponentSafe(text) {
    try {
        return decodeURIComponent(text);
    }
    catch {
        // No escape after all: the pointer is looked up as it stands, and told where nothing is there.
        return text;
    }
}
function shown(value) {
    return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}
