import { z } from "zod";
import { suggest } from "./findings.js";
import { YamlSource } from "./yaml-source.js";
/**
 * The findings of one zod validation, each at its place in the file.
 * @param base where the validated value stands in the document
 * @param value the value that was validated, to tell a missing entry from a wrong one
 */
export function findingsOf(source, schema, base, value, issues) {
    const root = inputSchema(schema);
    const findings = [];
    for (const issue of issues)
        report(issue, []);
    return findings;
    function report(issue, prefix) {
        const local = [...prefix, ...issue.path.map(plain)];
        const path = [...base, ...local];
        if (source.isUnknown(path))
            return;
        const add = (at, message, mend, atKey = false) => {
            findings.push(source.finding("error", "syntax", at, message, mend, atKey));
        };
        if (issue.code === "unrecognized_keys") {
            const known = [...namesAt(root, root, local)];
            for (const key of issue.keys)
                add([...path, key], `unknown option "${key}"`, suggest(key, known, "option"), true);
            return;
        }
        if (issue.code === "invalid_union" && issue.errors.length > 0) {
            const branch = closest(issue.errors);
            if (branch) {
                for (const inner of branch)
                    report(inner, local);
                return;
            }
        }
        if (issue.code === "invalid_key" || issue.code === "invalid_element") {
            const why = issue.issues[0]?.message ?? "is not allowed";
            add(path, `the name "${String(local.at(-1))}" cannot be used: ${why}`, "choose another name", true);
            return;
        }
        const found = valueAt(value, local);
        if (found === undefined && local.length > 0) {
            const missing = String(local.at(-1));
            const allowed = issue.code === "invalid_value" ? ` (one of: ${issue.values.join(", ")})` : "";
            add(path, `"${missing}" is missing`, `add "${missing}"${allowed} here`, true);
            return;
        }
        add(path, messageOf(issue, found), mendOf(issue, found));
    }
}
/** The same for options that do not stand in a file: `option: what is wrong`. */
export function messagesOf(schema, value, issues) {
    const source = new YamlSource("", { environment: {} });
    return findingsOf(source, schema, [], value, issues).map(({ path, message, mend }) => `${path}: ${message} (${mend})`);
}
/** The JSON Schema of what a person may write for an options schema. */
export function inputSchema(schema) {
    return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
function messageOf(issue, found) {
    switch (issue.code) {
        case "invalid_type":
            return `${shown(found)} is ${kindOf(found)}, and ${withArticle(issue.expected)} is expected`;
        case "invalid_value":
            return `${shown(found)} is not one of: ${issue.values.join(", ")}`;
        case "too_small":
            return issue.origin === "array" || issue.origin === "string"
                ? `${shown(found)} is too short; at least ${issue.minimum} are needed`
                : `${shown(found)} is too small; ${issue.inclusive ? "the least is" : "it must be above"} ${issue.minimum}`;
        case "too_big":
            return issue.origin === "array" || issue.origin === "string"
                ? `${shown(found)} is too long; at most ${issue.maximum} are allowed`
                : `${shown(found)} is too large; ${issue.inclusive ? "the most is" : "it must be below"} ${issue.maximum}`;
        case "invalid_format":
            return issue.message.startsWith("Invalid")
                ? `${shown(found)} is not ${withArticle(issue.format === "regex" ? "value of the right form" : issue.format)}`
                : `${shown(found)}: ${issue.message}`;
        case "invalid_union":
            return `${shown(found)} fits none of the allowed forms`;
        default:
            return issue.message;
    }
}
function mendOf(issue, found) {
    switch (issue.code) {
        case "invalid_type":
            if (issue.expected === "string" && typeof found === "number")
                return `put it in quotes: "${found}", with its unit where it has one, such as "${found}s"`;
            if (issue.expected === "record" || issue.expected === "object")
                return "write indented entries, name: value, below it";
            if (issue.expected === "array")
                return "write a list: [a, b], or lines that begin with a dash";
            return `write ${withArticle(issue.expected)}`;
        case "invalid_value":
            return suggest(String(found), issue.values.map(String), "value");
        case "unrecognized_keys":
            return "remove it";
        default:
            return "change the value; docs/configuration.md describes every option";
    }
}
/** Of the branches of a union the one that got furthest, when one did: what the person was most likely writing. */
function closest(branches) {
    const structured = branches.filter((branch) => branch.some((issue) => !isWrongType(issue)));
    if (structured.length === 1)
        return structured[0];
    const deep = branches.filter((branch) => branch.some((issue) => issue.path.length > 0));
    return deep.length === 1 ? deep[0] : undefined;
}
function isWrongType(issue) {
    return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}
/** Which names are allowed in the object at a path. */
function namesAt(root, node, path) {
    const names = new Set();
    for (const variant of variants(root, node)) {
        const [part, ...rest] = path;
        if (part === undefined) {
            for (const name of Object.keys(variant.properties ?? {}))
                names.add(name);
            continue;
        }
        const inner = typeof part === "number"
            ? (variant.prefixItems?.[part] ?? variant.items)
            : (variant.properties?.[part] ?? variant.additionalProperties);
        if (typeof inner === "object")
            for (const name of namesAt(root, inner, rest))
                names.add(name);
    }
    return names;
}
function variants(root, node) {
    const target = node.$ref?.startsWith("#/$defs/") ? root.$defs?.[node.$ref.slice("#/$defs/".length)] : node;
    if (!target)
        return [];
    const parts = [...(target.anyOf ?? []), ...(target.oneOf ?? []), ...(target.allOf ?? [])];
    return parts.length === 0 ? [target] : [target, ...parts.flatMap((part) => variants(root, part))];
}
function valueAt(value, path) {
    let at = value;
    for (const part of path) {
        if (typeof at !== "object" || at === null)
            return undefined;
        at = Object.hasOwn(at, part) ? at[part] : undefined;
    }
    return at;
}
function plain(part) {
    return typeof part === "number" ? part : String(part);
}
function shown(value) {
    const text = JSON.stringify(value) ?? "nothing";
    return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
function kindOf(value) {
    if (value === null)
        return "empty";
    if (Array.isArray(value))
        return "a list";
    return typeof value === "object" ? "a block of entries" : withArticle(typeof value);
}
const SPOKEN = {
    string: "text",
    record: "a block of entries",
    object: "a block of entries",
    array: "a list",
    tuple: "a list",
    boolean: "true or false",
    int: "a whole number",
    url: "a URL",
};
function withArticle(expected) {
    return SPOKEN[expected] ?? `${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
}
