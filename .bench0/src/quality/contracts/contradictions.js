import { isMeasured } from "./semantics.js";
/** Keywords that speak of values of one type only. */
const OF_TYPE = {
    number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    string: ["minLength", "maxLength", "pattern"],
    array: [
        "items",
        "prefixItems",
        "contains",
        "minContains",
        "maxContains",
        "minItems",
        "maxItems",
        "uniqueItems",
    ],
    object: [
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "dependentRequired",
        "dependentSchemas",
        "minProperties",
        "maxProperties",
    ],
};
const BOUNDS = [
    ["minimum", "maximum"],
    ["minLength", "maxLength"],
    ["minItems", "maxItems"],
    ["minContains", "maxContains"],
    ["minProperties", "maxProperties"],
];
/**
 * What a schema says that cannot be meant: JSON Schema allows all of this, and checks by it would pass or refuse everything
 * without a word.
 */
export function contradictions(node, schema) {
    const faults = [];
    const say = (keyword, message, mend) => faults.push({ path: `${node.at}/${keyword}`, message, mend });
    const { types } = node;
    if (types !== undefined) {
        for (const [type, keywords] of Object.entries(OF_TYPE)) {
            if (types.has(type) || (type === "number" && types.has("integer")))
                continue;
            const keyword = keywords.find((name) => schema[name] !== undefined);
            if (keyword === undefined)
                continue;
            const message = `${keyword} speaks of values of type ${type}, and the type is ${[...types].join(" or ")}`;
            say(keyword, message, `correct the type, or leave ${keyword} out`);
        }
        const values = schema["enum"];
        const odd = Array.isArray(values) ? values.find((value) => !isOfType(value, types)) : undefined;
        if (odd !== undefined) {
            const message = `allows ${shown(odd)}, which the type ${[...types].join(" or ")} does not`;
            say("enum", message, "correct the type, or the values");
        }
    }
    for (const [low, high] of BOUNDS) {
        const [least, most] = [node[low], node[high]];
        if (least !== undefined && most !== undefined && least > most)
            say(low, `is ${least}, above ${high}, which is ${most}: nothing fits`, "correct one of the two");
    }
    for (const name of node.required) {
        const isForbidden = node.properties.get(name)?.isNever === true ||
            (node.additional?.isNever === true &&
                !node.properties.has(name) &&
                !node.patternProperties.some(([pattern]) => pattern.test(name)));
        if (isForbidden)
            say("required", `demands "${name}", which is not allowed`, "allow it, or demand it no more");
    }
    ours(node, say);
    return faults;
}
function ours(node, say) {
    const { types, semantic, mode, additional } = node;
    if (mode === "freeze" && additional !== undefined && !additional.isNever) {
        const message = "freezes names that it does not have, and additionalProperties allows them";
        say("x-mode", message, "leave additionalProperties out, or use dead-letter");
    }
    if (additional?.mode === "freeze") {
        const message = "freezes fields that nobody knows yet: there is no value that they could keep";
        say("additionalProperties/x-mode", message, "say x-mode: freeze beside properties, which refuses new names");
    }
    if (semantic === undefined || types === undefined)
        return;
    const fits = isMeasured(semantic)
        ? ["number", "integer", "string"]
        : ["number", "integer", "string", "boolean"];
    if (fits.some((type) => types.has(type)))
        return;
    say("x-semantic", `${semantic.is} is never of type ${[...types].join(" or ")}`, "correct the type or the meaning");
}
function isOfType(value, types) {
    if (value === null)
        return types.has("null");
    if (Array.isArray(value))
        return types.has("array");
    if (typeof value === "number")
        return types.has("number") || (types.has("integer") && Number.isInteger(value));
    return types.has(typeof value);
}
function shown(value) {
    return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}
