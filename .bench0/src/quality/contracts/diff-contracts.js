const FINE = ["compatible", "what came before is read as before"];
const ORDER = ["compatible", "tolerable", "breaking"];
/** Without these a record is nobody's, nowhere or of no time. */
const VITAL = new Set([
    "vehicle-id",
    "trip",
    "latitude",
    "longitude",
    "time",
    "local-time",
]);
export function worstOf(verdicts) {
    return verdicts.reduce((a, b) => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b), "compatible");
}
/**
 * Every difference between two contracts, judged in each of the directions. A difference that cannot be decided, such as
 * between two patterns, counts as what would happen to values that do not fit.
 */
export function diffContracts(before, after, directions) {
    const diff = new Diff(directions);
    const [a, b] = [before.header, after.header];
    const breaking = ["breaking", "no payload of the one is read as the other"];
    if (a.payload !== b.payload)
        diff.say("x-contract", `payload: ${a.payload} became ${b.payload}`, breaking, breaking);
    if (a.csv?.delimiter !== b.csv?.delimiter)
        diff.say("x-contract", "the delimiter of CSV is another one", breaking, breaking);
    if (b.feed !== a.feed) {
        const judged = ["tolerable", "they may not be meant to be compared"];
        diff.say("x-contract", `feed: ${a.feed} became ${b.feed}`, judged, judged);
    }
    else if (b.version <= a.version) {
        const judged = ["tolerable", "a later contract has a higher version"];
        diff.say("x-contract", `version: ${a.version} became ${b.version}`, judged, judged);
    }
    diff.nodes(before.root, after.root, "", before.root.mode ?? "evolve", after.root.mode ?? "evolve");
    return diff.changes;
}
class Diff {
    changes = [];
    #directions;
    constructor(directions) {
        this.#directions = directions;
    }
    say(path, change, forward, backward) {
        for (const direction of this.#directions) {
            const [verdict, reason] = direction === "forward" ? forward : backward;
            this.changes.push({ path: path === "" ? "." : path, change, verdict, direction, reason });
        }
    }
    nodes(one, other, path, modeA, modeB) {
        const [a, b] = [followed(one), followed(other)];
        const [forward, backward] = [a.mode ?? modeA, b.mode ?? modeB];
        const misfit = (reader, mode, what) => misfitOf(mode, reader.semantic, what);
        this.#meaning(a.semantic, b.semantic, path);
        if (forward !== backward && (a.mode !== undefined || b.mode !== undefined)) {
            const isStricter = STRICTNESS[backward] > STRICTNESS[forward];
            const judged = isStricter
                ? ["tolerable", "what does not fit passed so far, and will not"]
                : ["compatible", "what does not fit is treated more mildly"];
            this.say(path, `mode: ${forward} became ${backward}`, FINE, judged);
        }
        if (a.isRecord !== b.isRecord) {
            const judged = ["breaking", "records begin somewhere else"];
            this.say(path, b.isRecord ? "a record begins here" : "no record begins here any more", judged, judged);
        }
        if (a.isNever !== b.isNever)
            this.say(path, b.isNever ? "must no longer be there" : "may be there", b.isNever ? FINE : misfit(a, forward, "what may be there now was not allowed"), b.isNever ? misfit(b, backward, "what was allowed is not") : FINE);
        this.#types(a, b, path, forward, backward);
        this.#values(a, b, path, forward, backward);
        this.#names(a, b, path, forward, backward);
        if (a.items !== undefined && b.items !== undefined)
            this.nodes(a.items, b.items, `${path}[]`, forward, backward);
        else if (a.items !== b.items) {
            const judged = misfit(b.items === undefined ? a : b, forward, "items of any form may be there");
            this.say(`${path}[]`, b.items === undefined ? "is not described any more" : "is described now", judged, FINE);
        }
        const [was, is] = [combinationsOf(a), combinationsOf(b)];
        for (const name of Object.keys(was)) {
            if (was[name] === is[name])
                continue;
            const what = "whether all payloads fit cannot be told";
            this.say(path, `${name} is another`, misfit(a, forward, what), misfit(b, backward, what));
        }
    }
    #meaning(a, b, path) {
        if (a === undefined && b === undefined)
            return;
        if (a === undefined) {
            this.say(path, `means ${b?.is}`, FINE, FINE);
            return;
        }
        if (b === undefined) {
            const judged = ["tolerable", "what it means is not promised any more"];
            this.say(path, `${a.is}: no meaning is stated any more`, judged, judged);
            return;
        }
        for (const part of ["is", "unit", "format", "zone", "late"]) {
            if (a[part] === b[part])
                continue;
            const reason = "values look as before and mean something else: this is not noticed by reading them";
            const judged = ["breaking", reason];
            this.say(path, `${part === "is" ? "meaning" : part}: ${a[part] ?? "none"} became ${b[part] ?? "none"}`, judged, judged);
            if (part === "is")
                return;
        }
    }
    #types(a, b, path, forward, backward) {
        if (wordsOf(a.types) === wordsOf(b.types))
            return;
        const change = `type: ${wordsOf(a.types)} became ${wordsOf(b.types)}`;
        this.say(path, change, typesRead(a, b.types, forward), typesRead(b, a.types, backward));
    }
    #values(a, b, path, forward, backward) {
        const judge = (reader, isWider, mode) => isWider ? misfitOf(mode, reader.semantic, "values come that were not allowed") : FINE;
        if (wordsOf(a.allowed) !== wordsOf(b.allowed)) {
            const more = difference(b.allowed, a.allowed);
            const fewer = difference(a.allowed, b.allowed);
            const words = [more === "" ? "" : `new: ${more}`, fewer === "" ? "" : `gone: ${fewer}`]
                .filter(Boolean)
                .join("; ");
            const [wider, narrower] = [isMore(b.allowed, a.allowed), isMore(a.allowed, b.allowed)];
            this.say(path, `values that are allowed; ${words}`, judge(a, wider, forward), judge(b, narrower, backward));
        }
        for (const [name, isLow] of BOUNDS) {
            const [was, is] = [a[name], b[name]];
            if (was === is)
                continue;
            const none = isLow ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
            const isWider = isLow ? (is ?? none) < (was ?? none) : (is ?? none) > (was ?? none);
            this.say(path, `${name}: ${was ?? "none"} became ${is ?? "none"}`, judge(a, isWider, forward), judge(b, !isWider, backward));
        }
        for (const name of ["pattern", "multipleOf", "uniqueItems"]) {
            const [was, is] = [constraint(a[name]), constraint(b[name])];
            if (was === is)
                continue;
            this.say(path, `${name}: ${was ?? "none"} became ${is ?? "none"}`, judge(a, was !== undefined, forward), judge(b, is !== undefined, backward));
        }
    }
    #names(a, b, path, forward, backward) {
        const [was, is] = [new Set(a.required), new Set(b.required)];
        for (const name of new Set([...a.properties.keys(), ...b.properties.keys(), ...was, ...is])) {
            const [before, after] = [a.properties.get(name), b.properties.get(name)];
            const at = path === "" ? name : `${path}.${name}`;
            const isDropped = was.has(name) && !is.has(name);
            const isDemanded = is.has(name) && !was.has(name);
            if (before !== undefined && after === undefined && (a.properties.size > 0 || was.has(name))) {
                const other = renamed(before, b, a);
                const change = other === undefined ? "is gone" : `is gone; ${other} has its meaning now`;
                this.say(at, change, missing(before, was.has(name), forward), unknownIn(b, backward));
                continue;
            }
            if (before === undefined && after !== undefined) {
                const absent = isDemanded ? missing(after, true, backward) : FINE;
                this.say(at, isDemanded ? "is new, and required" : "is new", unknownIn(a, forward), absent);
                continue;
            }
            if (isDropped)
                this.say(at, "is not required any more", missing(before ?? a, true, forward), FINE);
            if (isDemanded)
                this.say(at, "is required now", FINE, missing(after ?? b, true, backward));
            if (before !== undefined && after !== undefined)
                this.nodes(before, after, at, forward, backward);
        }
        if (a.additional !== undefined && b.additional !== undefined)
            this.nodes(a.additional, b.additional, path === "" ? "*" : `${path}.*`, forward, backward);
        else if (a.additional !== b.additional) {
            const isClosed = b.additional?.isNever === true;
            const isOpened = a.additional?.isNever === true;
            const what = "names that the contract does not have are refused";
            const [one, other] = [misfitOf(forward, undefined, what), misfitOf(backward, undefined, what)];
            this.say(path, "additionalProperties is another", isOpened ? one : FINE, isClosed ? other : FINE);
        }
    }
}
const STRICTNESS = {
    evolve: 0,
    "discard-value": 1,
    "dead-letter": 2,
    freeze: 3,
};
const BOUNDS = [
    ["minimum", true],
    ["exclusiveMinimum", true],
    ["minLength", true],
    ["minItems", true],
    ["minProperties", true],
    ["maximum", false],
    ["exclusiveMaximum", false],
    ["maxLength", false],
    ["maxItems", false],
    ["maxProperties", false],
];
/** What reading by a mode does to values that do not fit. */
function misfitOf(mode, semantic, what) {
    if (mode === "dead-letter" || mode === "freeze")
        return ["breaking", `${what}: refused by mode ${mode}`];
    if (mode === "evolve")
        return ["tolerable", `${what}: they pass, and are told`];
    const isVital = semantic !== undefined && VITAL.has(semantic.is);
    return isVital
        ? ["breaking", `${what}: taken out, and without ${semantic.is} there is no record`]
        : ["tolerable", `${what}: taken out, and the record is flagged`];
}
function missing(node, isRequired, above) {
    const semantic = followed(node).semantic;
    const mode = node.mode ?? above;
    if (isRequired && (mode === "dead-letter" || mode === "freeze"))
        return ["breaking", `it is required: what comes without it is refused by mode ${mode}`];
    if (semantic !== undefined)
        return ["breaking", `nothing says ${semantic.is} any more`];
    return ["tolerable", "what it said is absent"];
}
function unknownIn(reader, mode) {
    const { additional, properties, patternProperties } = reader;
    if (additional !== undefined && !additional.isNever)
        return ["tolerable", "it is read as any other name"];
    if (additional === undefined && properties.size === 0 && patternProperties.length === 0)
        return FINE;
    if (mode === "discard-value")
        return ["tolerable", "it is taken out, and the record is flagged"];
    if (mode === "freeze" || (additional !== undefined && mode === "dead-letter"))
        return ["breaking", `a name that the contract does not have is refused by mode ${mode}`];
    return ["compatible", "a name that the contract does not have is kept as it is"];
}
function renamed(gone, after, before) {
    const meaning = followed(gone).semantic?.is;
    if (meaning === undefined)
        return undefined;
    for (const [name, node] of after.properties)
        if (!before.properties.has(name) && followed(node).semantic?.is === meaning)
            return name;
    return undefined;
}
function typesRead(reader, written, mode) {
    const { types } = reader;
    if (types === undefined)
        return FINE;
    if (written === undefined)
        return misfitOf(mode, reader.semantic, "values of any type may come");
    const odd = [...written].filter((type) => !types.has(type) && !(type === "integer" && types.has("number")));
    if (odd.length === 0)
        return FINE;
    const isForm = (type) => type === "object" || type === "array";
    if (odd.some(isForm) || [...types].every(isForm))
        return ["breaking", `${odd.join(" or ")} cannot be read where ${wordsOf(types)} is expected`];
    return misfitOf(mode, reader.semantic, `values of type ${odd.join(" or ")} come`);
}
/** A schema that only refers is what it refers to, with what it says itself. */
function followed(node) {
    let at = node;
    while (at.ref !== undefined &&
        at.types === undefined &&
        at.properties.size === 0 &&
        at.items === undefined) {
        const { mode, semantic, isRecord } = at;
        const { ref } = at;
        at = {
            ...ref,
            mode: mode ?? ref.mode,
            semantic: semantic ?? ref.semantic,
            isRecord: isRecord || ref.isRecord,
        };
    }
    return at;
}
/** Keywords that are compared as a whole, each as text. */
function combinationsOf(node) {
    const { prefixItems, contains, minContains, maxContains, patternProperties, propertyNames } = node;
    const { dependentRequired, dependentSchemas, allOf, anyOf, oneOf, not, ref } = node;
    const parts = {
        prefixItems,
        contains: [contains, minContains, maxContains],
        patternProperties,
        propertyNames,
        dependentRequired,
        dependentSchemas,
        allOf,
        anyOf,
        oneOf,
        not,
        if: [node.if, node.then, node.else],
        $ref: ref,
    };
    return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, printed(part)]));
}
function printed(part) {
    return (JSON.stringify(part, (key, value) => {
        if (key === "at")
            return undefined;
        if (value instanceof Map)
            return [...value.entries()];
        return value instanceof Set ? [...value].sort() : value;
    }) ?? "none");
}
function constraint(value) {
    if (typeof value === "object")
        return value.source;
    return value === undefined || value === false ? undefined : String(value);
}
function wordsOf(words) {
    return words === undefined ? "any" : [...words].sort().join(" or ");
}
function isMore(a, than) {
    return than !== undefined && (a === undefined || [...a].some((value) => !than.has(value)));
}
function difference(a, b) {
    if (a === undefined)
        return b === undefined ? "" : "any other";
    const only = [...a].filter((value) => b?.has(value) !== true);
    return b === undefined ? "" : only.slice(0, 8).join(", ").slice(0, 200) + (only.length > 8 ? ", …" : "");
}
