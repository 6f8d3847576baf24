import { fieldOf } from "./json.js";
const STEP = /^(?:([^.[\]*]+)|\[(-?\d+)?\])/;
/** `messages[].seq`, `page.next`, `items[-1].id`; undefined when it is none. An array step is kept as a number or "*". */
export function parseJsonPath(text) {
    const steps = [];
    let rest = text;
    while (rest !== "") {
        const match = STEP.exec(rest);
        if (match === null)
            return undefined;
        const [all, name, place] = match;
        if (name !== undefined)
            steps.push(name);
        else
            steps.push(place === undefined ? "*" : Number(place));
        rest = rest.slice(all.length);
        if (rest.startsWith(".")) {
            rest = rest.slice(1);
            if (rest === "" || rest.startsWith("["))
                return undefined;
        }
        else if (rest !== "" && !rest.startsWith("["))
            return undefined;
    }
    return steps.length === 0 ? undefined : steps;
}
/** Everything that the path leads to. */
export function valuesAt(root, path) {
    let found = [root];
    for (const step of path) {
        found = found.flatMap((value) => {
            if (step === "*")
                return Array.isArray(value) ? value : [];
            const next = typeof step === "number" ? (Array.isArray(value) ? value.at(step) : undefined) : fieldOf(value, step);
            return next === undefined || next === null ? [] : [next];
        });
    }
    return found;
}
