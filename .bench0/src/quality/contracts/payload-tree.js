export function payloadTree(payload) {
    if (payload === "xml")
        return XML_TREE;
    return payload === "csv" ? ROWS_TREE : JSON_TREE;
}
const JSON_TREE = Object.freeze({
    isText: false,
    typeOf: jsonTypeOf,
    names: (value) => Object.keys(value),
    get: jsonField,
    scalar: (value) => value,
    remove: removeFromJson,
});
const ROWS_TREE = Object.freeze({ ...JSON_TREE, isText: true });
function jsonTypeOf(value) {
    if (value === null)
        return "null";
    if (Array.isArray(value))
        return "array";
    const type = typeof value;
    return type === "number" || type === "string" || type === "boolean" ? type : "object";
}
function jsonField(value, name) {
    return Object.hasOwn(value, name) ? value[name] : undefined;
}
function removeFromJson(holder, name, value) {
    if (!Array.isArray(holder)) {
        delete holder[name];
        return;
    }
    const place = holder.indexOf(value);
    if (place >= 0)
        holder.splice(place, 1);
}
/** An element with neither attributes nor children is its text; repeated elements are a list; an attribute is text. */
const XML_TREE = Object.freeze({
    isText: true,
    typeOf(value) {
        if (typeof value === "string")
            return "string";
        if (Array.isArray(value))
            return "array";
        return isLeaf(value) ? "string" : "object";
    },
    names(value) {
        const { attributes, children, text } = value;
        const names = new Set();
        for (const name in attributes)
            names.add(`@${name}`);
        for (const child of children)
            names.add(child.name);
        if (text !== "")
            names.add("#text");
        return [...names];
    },
    get(value, name) {
        const { attributes, children, text } = value;
        if (name.startsWith("@"))
            return Object.hasOwn(attributes, name.slice(1)) ? attributes[name.slice(1)] : undefined;
        if (name === "#text")
            return text === "" ? undefined : text;
        let first;
        let list;
        for (const child of children) {
            if (child.name !== name)
                continue;
            if (first === undefined)
                first = child;
            else if (list === undefined)
                list = [first, child];
            else
                list.push(child);
        }
        return list ?? first;
    },
    scalar: (value) => (typeof value === "string" ? value : value.text),
    remove(holder, name, value) {
        const { attributes, children } = holder;
        if (name.startsWith("@"))
            delete attributes[name.slice(1)];
        else if (name === "#text")
            holder.text = "";
        else {
            const gone = Array.isArray(value) ? value : [value];
            for (const one of gone) {
                const place = children.indexOf(one);
                if (place >= 0)
                    children.splice(place, 1);
            }
        }
    },
});
function isLeaf({ attributes, children }) {
    if (children.length > 0)
        return false;
    for (const _ in attributes)
        return false;
    return true;
}
