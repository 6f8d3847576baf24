import { fieldOf, parseJson } from "../formats/json.js";
import { beginsLikeJson } from "../formats/payload-kind.js";
import { childrenOf, parseXml } from "../formats/xml.js";
/** Items of one plan: more would make its list, which is stored with every answer, a burden. */
export const ITEMS_MAX = 2000;
export const ITEM_LENGTH_MAX = 64;
/**
 * The texts and numbers that a path leads to in a JSON or XML document, each once, in the order of the document; empty
 * when it cannot be read. `[]` may stand where a single element came without its list, as converters from XML write it.
 */
export function namesAt(body, contentType, path) {
    const found = beginsLikeJson(body) ? inJson(body, path) : inXml(body, contentType, path);
    const names = new Set();
    for (const value of found) {
        if (typeof value !== "string" && typeof value !== "number")
            continue;
        const name = String(value).trim();
        if (name !== "" && name.length <= ITEM_LENGTH_MAX)
            names.add(name);
    }
    return names;
}
function inJson(body, path) {
    let found = [parseJson(body).value];
    for (const step of path) {
        found = found.flatMap((value) => {
            if (step === "*")
                return Array.isArray(value) ? value : [value];
            if (typeof step === "number")
                return Array.isArray(value) ? [value.at(step)] : [];
            return [fieldOf(value, step)];
        });
        found = found.filter((value) => value !== undefined && value !== null);
    }
    return found;
}
function inXml(body, contentType, path) {
    const { root } = parseXml(body, { contentType });
    const [first, ...rest] = path;
    if (root === undefined || root.name !== first)
        return [];
    let found = [root];
    for (const step of rest) {
        // Whoever repeats an element has a list; there is nothing else to mark one.
        if (step === "*")
            continue;
        if (typeof step === "number") {
            const one = found.at(step);
            found = one === undefined ? [] : [one];
            continue;
        }
        found = found.flatMap((element) => {
            if (typeof element === "string")
                return [];
            const children = childrenOf(element, step);
            const attribute = element.attributes[step];
            return children.length > 0 || attribute === undefined ? [...children] : [attribute];
        });
    }
    return found.map((element) => (typeof element === "string" ? element : element.text));
}
