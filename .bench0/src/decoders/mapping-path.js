import { objectOf } from "../formats/json.js";
const NOTHING = [];
const STEPS_MAX = 32;
const STEP = /(?:"([^"]{1,200})"|(\*)|@([^.[\]"@*]{1,200})|([^.[\]"@*]{1,200}))/y;
const PICK = /\[(-?\d{1,6})?\]/y;
/** The path, or a sentence that says what is wrong with its text. */
export function parsePayloadPath(text) {
    const fromDocument = text.startsWith("/");
    const up = fromDocument ? 0 : (/^\^{0,16}/.exec(text)?.[0].length ?? 0);
    if (up > 0 && text[up] !== ".")
        return problem(text, up, "a dot is expected after ^");
    const start = fromDocument ? 1 : up > 0 ? up + 1 : 0;
    const body = text.slice(start);
    if (body === "." || (fromDocument && body.length === 0))
        return { text, fromDocument, up, steps: [] };
    const steps = [];
    let at = 0;
    while (at < body.length) {
        const isStart = at === 0;
        if (!isStart) {
            if (body[at] !== ".")
                return problem(text, start + at, "a dot is expected between steps");
            at++;
        }
        STEP.lastIndex = at;
        const match = STEP.exec(body);
        if (match !== null) {
            const [all, quoted, every, attribute, name] = match;
            at += all.length;
            if (every !== undefined)
                steps.push({ kind: "every" });
            else if (attribute !== undefined)
                steps.push({ kind: "attribute", name: attribute.trim() });
            else
                steps.push({ kind: "name", name: quoted ?? (name ?? "").trim() });
        }
        else if (!isStart || body[at] !== "[")
            return problem(text, start + at, "a name is expected");
        for (;;) {
            PICK.lastIndex = at;
            const pick = PICK.exec(body);
            if (pick === null)
                break;
            at += pick[0].length;
            steps.push(pick[1] === undefined ? { kind: "each" } : { kind: "at", index: Number(pick[1]) });
        }
        if (steps.length > STEPS_MAX)
            return `the path "${text}" has more than ${STEPS_MAX} steps`;
    }
    return steps.length === 0
        ? "a path is empty; name a field, or use . for the record itself"
        : { text, fromDocument, up, steps };
}
function problem(text, at, what) {
    return `the path "${text}" is wrong at character ${at + 1}: ${what}; example: vehicle[].position."lat.deg"`;
}
/** Everything that the steps lead to, at most `max` of it. */
export function selectAll(walker, from, steps, max) {
    let found = [from];
    for (const step of steps) {
        const next = [];
        for (const node of found) {
            for (const inner of walker.step(node, step)) {
                if (next.length >= max)
                    break;
                next.push(inner);
            }
        }
        found = next;
    }
    return found;
}
/** As `selectAll`, for records: lists at the end are taken apart, null is left out, and the way is kept. */
export function selectRecords(walker, document, steps, max) {
    let found = [{ node: document, parents: [] }];
    for (const step of steps) {
        const next = [];
        for (const one of found) {
            for (const inner of stepInto(walker, one, step)) {
                if (next.length >= max)
                    break;
                next.push(inner);
            }
        }
        found = next;
    }
    const records = [];
    for (const one of found) {
        for (const node of Array.isArray(one.node) ? one.node : [one.node]) {
            if (node !== null && records.length < max)
                records.push({ ...one, node });
        }
    }
    return records;
}
function stepInto(walker, { node, parents, key }, step) {
    // Picking out of a list goes no deeper; only a name does.
    const isDeeper = step.kind !== "each" && step.kind !== "at" && !Array.isArray(node);
    const way = isDeeper ? [...parents, node] : parents;
    const object = step.kind === "every" && walker === jsonWalker ? objectOf(node) : undefined;
    if (object !== undefined) {
        return Object.entries(object).map(([name, inner]) => ({ node: inner, parents: way, key: name }));
    }
    return walker.step(node, step).map((inner) => ({ node: inner, parents: way, key }));
}
/** The first value that the steps lead to. */
export function selectScalar(walker, from, steps, place = 0) {
    const step = steps[place];
    if (step === undefined)
        return walker.scalar(from);
    for (const inner of walker.step(from, step)) {
        const value = selectScalar(walker, inner, steps, place + 1);
        if (value !== undefined)
            return value;
    }
    return undefined;
}
export const jsonWalker = Object.freeze({
    step(node, step) {
        switch (step.kind) {
            case "name": {
                const object = objectOf(node);
                return object !== undefined && Object.hasOwn(object, step.name) ? [object[step.name]] : NOTHING;
            }
            case "every":
                return typeof node === "object" && node !== null ? Object.values(node) : NOTHING;
            case "each":
                // Converters from XML write a list of one as the one.
                return Array.isArray(node) ? node : node === null || node === undefined ? NOTHING : [node];
            case "at":
                return Array.isArray(node)
                    ? present(node.at(step.index))
                    : step.index === 0
                        ? present(node)
                        : NOTHING;
            case "attribute":
                return NOTHING;
        }
    },
    scalar(node) {
        if (typeof node === "string") {
            const text = node.trim();
            return text.length === 0 ? undefined : text;
        }
        return typeof node === "boolean" || (typeof node === "number" && Number.isFinite(node))
            ? node
            : undefined;
    },
    names: (node) => Object.keys(objectOf(node) ?? {}),
});
/** In XML a repeated child is the list: a name gives every child of that name, and `[]` adds nothing. */
export const xmlWalker = Object.freeze({
    step(node, step) {
        const element = elementOf(node);
        if (element === undefined)
            return NOTHING;
        switch (step.kind) {
            case "name":
                return element.children.filter((child) => child.name === step.name);
            case "every":
                return element.children;
            case "each":
                return [element];
            case "at":
                return step.index === 0 || step.index === -1 ? [element] : NOTHING;
            case "attribute":
                return present(element.attributes[step.name]);
        }
    },
    scalar(node) {
        const text = typeof node === "string" ? node.trim() : (elementOf(node)?.text ?? "");
        return text.length === 0 ? undefined : text;
    },
    names(node) {
        const element = elementOf(node);
        if (element === undefined)
            return [];
        const attributes = Object.keys(element.attributes).map((name) => `@${name}`);
        return [...new Set([...attributes, ...element.children.map((child) => child.name)])];
    },
});
function present(node) {
    return node === undefined || node === null ? NOTHING : [node];
}
function elementOf(node) {
    return typeof node === "object" && node !== null ? node : undefined;
}
