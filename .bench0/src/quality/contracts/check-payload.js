import { booleanOf, numberOf, textOf } from "../../formats/json.js";
import { canonical } from "./canonical.js";
import { payloadTree } from "./payload-tree.js";
import { semanticFault } from "./semantics.js";
/** More than a fleet has rows; what lies behind is counted, and treated as the payload's own fault where it matters. */
export const FINDINGS_MAX = 20_000;
const COUNTS_MAX = 500;
const DEPTH_MAX = 128;
/** Comparing all items with all: lists of more are not compared. */
const UNIQUE_MAX = 10_000;
/** Looks at a payload by a contract; changes nothing. Never throws, whatever the payload. */
export function checkPayload(contract, payload) {
    const look = new Look(payloadTree(contract.header.payload), true);
    look.visit(contract.root, payload, contract.root.mode ?? "evolve", {
        holder: undefined,
        name: "",
        value: payload,
    });
    return look;
}
/** Whether a JSON value is as a schema says: the plain reading of JSON Schema. */
export function isValid(node, value, tree = payloadTree("json")) {
    const look = new Look(tree, false);
    look.visit(node, value, "evolve", { holder: undefined, name: "", value });
    return !look.isBroken;
}
class Look {
    records = 0;
    findings = [];
    counts = new Map();
    isBroken = false;
    #tree;
    /** False: only whether there is anything; names that the contract does not have are nothing then. */
    #isFull;
    #path = [];
    #record;
    constructor(tree, isFull) {
        this.#tree = tree;
        this.#isFull = isFull;
    }
    visit(node, value, above, at) {
        if (this.isBroken && !this.#isFull)
            return;
        const mode = node.mode ?? above;
        if (node.isRecord && this.#record === undefined) {
            this.records++;
            this.#record = at;
            this.#look(node, value, mode, at);
            this.#record = undefined;
        }
        else
            this.#look(node, value, mode, at);
    }
    #look(node, value, mode, at) {
        if (this.#path.length > DEPTH_MAX)
            return;
        if (node.isNever) {
            this.#say(node, "false", "must not be there", mode, at);
            return;
        }
        if (node.ref !== undefined)
            this.visit(node.ref, value, mode, at);
        const tree = this.#tree;
        const type = tree.typeOf(value);
        const isScalar = type !== "object" && type !== "array";
        const scalar = isScalar ? tree.scalar(value) : undefined;
        // In XML and CSV an empty text is how nothing is said.
        const isEmpty = tree.isText && isScalar && scalar.trim() === "";
        if (isEmpty && this.#isFull)
            return;
        if (node.types !== undefined && !fits(node.types, type, scalar, tree.isText)) {
            this.#say(node, "type", `is ${type} where ${[...node.types].join(" or ")} is expected`, mode, at);
            return;
        }
        if (node.allowed !== undefined && !this.#isAllowed(node.allowed, value, scalar, isScalar))
            this.#say(node, "enum", `is none of the ${node.allowed.size} values that are allowed`, mode, at);
        if (isScalar)
            this.#scalar(node, scalar, mode, at);
        else if (type === "array")
            this.#list(node, value, mode, at);
        // One element of XML is a list of one where the contract has a list.
        else if (tree.isText && node.types?.has("array") === true && !node.types.has("object"))
            this.#list(node, [value], mode, at);
        else
            this.#object(node, value, mode, at);
        if (tree.isText && isScalar && node.types?.has("array") === true && !node.types.has("string"))
            this.#list(node, [value], mode, at);
        this.#combined(node, value, mode, at);
        if (node.semantic === undefined || !isScalar || scalar === null)
            return;
        const fault = semanticFault(node.semantic, scalar);
        if (fault !== undefined)
            this.#say(node, "x-semantic", fault, mode, at);
    }
    #isAllowed(allowed, value, scalar, isScalar) {
        if (!isScalar)
            return this.#tree.isText ? true : allowed.has(canonical(value));
        if (allowed.has(canonical(scalar)))
            return true;
        if (!this.#tree.isText)
            return false;
        const [number, truth] = [numberOf(scalar), booleanOf(scalar)];
        return ((number !== undefined && allowed.has(canonical(number))) ||
            (truth !== undefined && allowed.has(`${truth}`)));
    }
    #scalar(node, scalar, mode, at) {
        const isNumeric = node.types === undefined || node.types.has("number") || node.types.has("integer");
        const number = typeof scalar === "number" ? scalar : this.#tree.isText && isNumeric ? numberOf(scalar) : undefined;
        if (number !== undefined) {
            const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = node;
            if (minimum !== undefined && number < minimum)
                this.#say(node, "minimum", `is below ${minimum}`, mode, at);
            if (maximum !== undefined && number > maximum)
                this.#say(node, "maximum", `is above ${maximum}`, mode, at);
            if (exclusiveMinimum !== undefined && number <= exclusiveMinimum)
                this.#say(node, "exclusiveMinimum", `is not above ${exclusiveMinimum}`, mode, at);
            if (exclusiveMaximum !== undefined && number >= exclusiveMaximum)
                this.#say(node, "exclusiveMaximum", `is not below ${exclusiveMaximum}`, mode, at);
            if (multipleOf !== undefined && !isMultiple(number, multipleOf))
                this.#say(node, "multipleOf", `is no multiple of ${multipleOf}`, mode, at);
        }
        if (typeof scalar !== "string")
            return;
        const { minLength, maxLength, pattern } = node;
        if (minLength !== undefined || maxLength !== undefined) {
            // A character outside of the basic plane is two units and one character.
            const length = scalar.length > 10_000 ? scalar.length : [...scalar].length;
            if (minLength !== undefined && length < minLength)
                this.#say(node, "minLength", `has ${length} characters, fewer than ${minLength}`, mode, at);
            if (maxLength !== undefined && length > maxLength)
                this.#say(node, "maxLength", `has ${length} characters, more than ${maxLength}`, mode, at);
        }
        if (pattern !== undefined && !pattern.test(scalar))
            this.#say(node, "pattern", `does not fit the pattern ${pattern.source}`, mode, at);
    }
    #list(node, list, mode, at) {
        const { minItems, maxItems, items, prefixItems, contains } = node;
        if (minItems !== undefined && list.length < minItems)
            this.#say(node, "minItems", `has ${list.length} items, fewer than ${minItems}`, mode, at);
        if (maxItems !== undefined && list.length > maxItems)
            this.#say(node, "maxItems", `has ${list.length} items, more than ${maxItems}`, mode, at);
        // Of a list that XML makes, what holds the items is the element that holds the list.
        const isMade = this.#tree.isText && typeof at.holder === "object" && at.holder !== null && !Array.isArray(at.holder);
        this.#path.push("[]");
        list.forEach((value, index) => {
            const inner = prefixItems[index] ?? items;
            if (inner === undefined)
                return;
            const holder = isMade ? at.holder : list;
            this.visit(inner, value, mode, { holder, name: isMade ? at.name : "", value });
        });
        this.#path.pop();
        if (contains !== undefined) {
            const { minContains = 1, maxContains } = node;
            const count = list.filter((value) => isValid(contains, value, this.#tree)).length;
            if (count < minContains)
                this.#say(node, "contains", `has ${count} of what it needs ${minContains} of`, mode, at);
            if (maxContains !== undefined && count > maxContains)
                this.#say(node, "maxContains", `has ${count} of what it may have ${maxContains} of`, mode, at);
        }
        if (!node.uniqueItems || list.length > UNIQUE_MAX || this.#tree.isText)
            return;
        if (new Set(list.map((value) => canonical(value))).size < list.length)
            this.#say(node, "uniqueItems", "has the same item twice", mode, at);
    }
    #object(node, value, mode, at) {
        const tree = this.#tree;
        const names = tree.names(value);
        const { minProperties, maxProperties, properties, patternProperties, additional } = node;
        if (minProperties !== undefined && names.length < minProperties)
            this.#say(node, "minProperties", `has ${names.length} names, fewer than ${minProperties}`, mode, at);
        if (maxProperties !== undefined && names.length > maxProperties)
            this.#say(node, "maxProperties", `has ${names.length} names, more than ${maxProperties}`, mode, at);
        const isOpen = properties.size === 0 && patternProperties.length === 0;
        for (const name of names) {
            let isKnown = false;
            const own = properties.get(name);
            if (own !== undefined) {
                isKnown = true;
                this.#step(name, own, value, name, mode);
            }
            for (const [pattern, inner] of patternProperties) {
                if (!pattern.test(name))
                    continue;
                isKnown = true;
                this.#step("*", inner, value, name, mode);
            }
            if (!isKnown)
                this.#more(node, additional, value, name, mode, isOpen);
            if (node.propertyNames !== undefined && !isValid(node.propertyNames, name))
                this.#say(node, "propertyNames", "has a name that is not allowed", mode, at);
        }
        for (const name of node.required)
            if (!this.#has(value, name))
                this.#missing(node, name, mode, at);
        for (const [name, others] of node.dependentRequired) {
            if (!this.#has(value, name))
                continue;
            for (const other of others)
                if (!this.#has(value, other))
                    this.#missing(node, other, mode, at, "dependentRequired");
        }
        for (const [name, inner] of node.dependentSchemas)
            if (this.#has(value, name))
                this.visit(inner, value, mode, at);
    }
    /** A name that the contract does not have. */
    #more(node, additional, value, name, mode, isOpen) {
        if (additional !== undefined && !additional.isNever) {
            this.#step("*", additional, value, name, mode);
            return;
        }
        // A schema that names nothing has nothing to say of names.
        if (additional === undefined && (isOpen || !this.#isFull))
            return;
        const isRefused = additional !== undefined || mode === "freeze";
        const inner = this.#tree.get(value, name);
        this.#path.push(fieldName(name));
        const at = { holder: value, name, value: inner };
        // Unknown names are kept raw, unless the contract says that there are none.
        const effect = isRefused || mode === "discard-value" ? mode : "evolve";
        this.#say(node, "unknown", "is a name that the contract does not have", effect, at);
        this.#path.pop();
    }
    #step(shown, node, holder, name, mode) {
        const value = this.#tree.get(holder, name);
        this.#path.push(shown);
        this.visit(node, value, mode, { holder, name, value });
        this.#path.pop();
    }
    #has(value, name) {
        const inner = this.#tree.get(value, name);
        if (inner === undefined)
            return false;
        // Nothing between two commas, or in an element, is nothing.
        const isText = this.#tree.isText && this.#isFull && this.#tree.typeOf(inner) === "string";
        return !isText || textOf(this.#tree.scalar(inner)) !== undefined;
    }
    #missing(node, name, above, at, keyword = "required") {
        const own = node.properties.get(name);
        const stated = own?.mode ?? above;
        // There is no value to take out.
        const mode = stated === "discard-value" ? "evolve" : stated;
        this.#path.push(fieldName(name));
        this.#say(own ?? node, keyword, "is missing", mode, at);
        this.#path.pop();
    }
    #combined(node, value, mode, at) {
        for (const inner of node.allOf)
            this.visit(inner, value, mode, at);
        const { anyOf, oneOf, not } = node;
        const holds = (inner) => isValid(inner, value, this.#tree);
        if (anyOf.length > 0) {
            const first = anyOf.find(holds);
            if (first === undefined)
                this.#say(node, "anyOf", "is none of what it can be", mode, at);
            // What is below the one that holds, is looked at for names and records.
            else if (this.#isFull)
                this.visit(first, value, mode, at);
        }
        if (oneOf.length > 0) {
            const fitting = oneOf.filter(holds);
            const [first] = fitting;
            if (fitting.length !== 1)
                this.#say(node, "oneOf", `is ${fitting.length} of the things of which it must be one`, mode, at);
            else if (this.#isFull && first !== undefined)
                this.visit(first, value, mode, at);
        }
        if (not !== undefined && holds(not))
            this.#say(node, "not", "is what it must not be", mode, at);
        if (node.if === undefined)
            return;
        const next = holds(node.if) ? node.then : node.else;
        if (next !== undefined)
            this.visit(next, value, mode, at);
    }
    #say(node, keyword, message, mode, at) {
        this.isBroken = true;
        if (!this.#isFull)
            return;
        const path = pathOf(this.#path);
        const breach = { path, keyword, message, mode, semantic: node.semantic?.is };
        const key = `${path}|${keyword}`;
        const known = this.counts.get(key);
        if (known !== undefined)
            known.count++;
        else if (this.counts.size < COUNTS_MAX)
            this.counts.set(key, { breach, count: 1 });
        if (mode !== "evolve" && this.findings.length < FINDINGS_MAX)
            this.findings.push({ ...breach, at, record: this.#record });
    }
}
function fits(types, type, scalar, isText) {
    if (types.has(type))
        return true;
    if (type === "number")
        return types.has("integer") && Number.isInteger(scalar);
    if (!isText)
        return false;
    if (types.has("array"))
        return true;
    if (type !== "string")
        return false;
    if (types.has("boolean") && booleanOf(scalar) !== undefined)
        return true;
    const number = types.has("number") || types.has("integer") ? numberOf(scalar) : undefined;
    return number !== undefined && (types.has("number") || Number.isInteger(number));
}
function isMultiple(number, of) {
    const times = number / of;
    // 0.3 / 0.1 is not 3 in binary.
    return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}
/** A key that is no name (a number, a long id) can be somebody's. */
function fieldName(name) {
    return name.length > 64 || /\d{3}/.test(name) ? "*" : name;
}
function pathOf(steps) {
    let path = "";
    for (const step of steps)
        path += step === "[]" || path === "" ? step : `.${step}`;
    return path === "" ? "." : path;
}
