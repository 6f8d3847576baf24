export const NO_ATTRIBUTES = Object.freeze(Object.create(null));
export const NO_CHILDREN = Object.freeze([]);
const DEPTH_MAX = 64;
/** The first child of that name. */
export function childOf(element, name) {
    if (element === undefined)
        return undefined;
    for (const child of element.children)
        if (child.name === name)
            return child;
    return undefined;
}
export function childrenOf(element, name) {
    return element === undefined ? NO_CHILDREN : element.children.filter((child) => child.name === name);
}
/** The text of the element that the path of child names leads to; undefined when there is none, or it is empty. */
export function textAt(element, ...path) {
    let at = element;
    for (const name of path)
        at = childOf(at, name);
    return at === undefined || at.text.length === 0 ? undefined : at.text;
}
/** The attribute's text without blanks around it; undefined when it is missing or empty. */
export function attributeOf(element, name) {
    const text = element.attributes[name]?.trim();
    return text === undefined || text.length === 0 ? undefined : text;
}
/** The element as plain values, for a sample: attributes, then children (repeated names become arrays), or its text. */
export function plainOf(element, depthMax = 6) {
    const names = Object.keys(element.attributes);
    if (element.children.length === 0 && names.length === 0)
        return element.text;
    if (depthMax <= 0)
        return "…";
    const plain = Object.create(null);
    for (const name of names)
        plain[name] = element.attributes[name];
    for (const child of element.children.slice(0, 60)) {
        const value = plainOf(child, depthMax - 1);
        const before = plain[child.name];
        if (before === undefined)
            plain[child.name] = value;
        else if (Array.isArray(before))
            before.push(value);
        else
            plain[child.name] = [before, value];
    }
    if (element.text.length > 0)
        Object.assign(plain, { value: element.text });
    return plain;
}
/**
 * A JSON value as the same tree, for formats that have both spellings: keys become children, arrays repeat the child,
 * and `{"value": x}` (or `content`, `$`) is text. `depthMax` bounds the recursion; `parseJson` has bounded it before.
 */
export function elementFromJson(name, value, depthMax = DEPTH_MAX) {
    if (typeof value !== "object" || value === null || depthMax <= 0) {
        const text = value === null || value === undefined || typeof value === "object" ? "" : String(value).trim();
        return { name, attributes: NO_ATTRIBUTES, children: NO_CHILDREN, text, complete: true };
    }
    const children = [];
    let text = "";
    for (const [key, inner] of Object.entries(value)) {
        if ((key === "value" || key === "content" || key === "$") &&
            (typeof inner !== "object" || inner === null)) {
            text = inner === null ? "" : String(inner).trim();
            continue;
        }
        if (!Array.isArray(inner))
            children.push(elementFromJson(key, inner, depthMax - 1));
        else
            for (const one of inner)
                children.push(elementFromJson(key, one, depthMax - 1));
    }
    return { name, attributes: NO_ATTRIBUTES, children, text, complete: true };
}
