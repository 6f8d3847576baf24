/** Deeper than this, and cyclic values, go through the platform's own clone, which keeps track of what it has seen. */
const DEPTH_MAX = 64;
/** Thrown inside of this file when the fast way does not fit; the slow way is taken then. */
const TOO_DEEP = Symbol("too deep");
/**
 * A copy that shares nothing with its original: plain objects and arrays by a short loop, everything else that is data
 * (dates, maps, sets, buffers) by `structuredClone`. Throws for what cannot be told apart from its copy by value alone:
 * functions, symbols, and instances of classes, whose methods a copy would lose.
 */
export function copyValue(value) {
    try {
        return copyPart(value, 0);
    }
    catch (thrown) {
        if (thrown !== TOO_DEEP)
            throw thrown;
        return structuredClone(value);
    }
}
function copyPart(value, depth) {
    if (typeof value !== "object" || value === null) {
        if (typeof value === "function" || typeof value === "symbol") {
            throw new TypeError(`a ${typeof value} cannot be copied`);
        }
        return value;
    }
    if (depth > DEPTH_MAX)
        throw TOO_DEEP;
    if (Array.isArray(value))
        return value.map((item) => copyPart(item, depth + 1));
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
        return copyObject(value, prototype, depth);
    if (isCloneable(value))
        return structuredClone(value);
    throw new TypeError("an instance of a class cannot be copied; use isolate: freeze or share");
}
function copyObject(value, prototype, depth) {
    const source = value;
    const copy = prototype === null ? Object.create(null) : {};
    for (const name of Object.keys(source)) {
        const part = copyPart(source[name], depth + 1);
        // Assigned, it would become the prototype.
        if (name === "__proto__") {
            Object.defineProperty(copy, name, {
                value: part,
                enumerable: true,
                writable: true,
                configurable: true,
            });
        }
        else
            copy[name] = part;
    }
    return copy;
}
function isCloneable(value) {
    return (ArrayBuffer.isView(value) ||
        value instanceof ArrayBuffer ||
        value instanceof Map ||
        value instanceof Set ||
        Object.prototype.toString.call(value) === "[object Date]");
}
/**
 * Freezes a value and everything in it, also inside of what is frozen already. Throws for buffers and other things that
 * stay changeable when frozen.
 */
export function freezeValue(value) {
    const parts = new Set([value]);
    // A set visits what is added on the way, and nothing twice: cycles end.
    for (const part of parts) {
        if (typeof part !== "object" || part === null)
            continue;
        if (isCloneable(part))
            throw new TypeError("a buffer, map, set or date cannot be frozen; use isolate: copy");
        Object.freeze(part);
        for (const inner of Object.values(part)) {
            if (typeof inner === "object")
                parts.add(inner);
        }
    }
    return value;
}
