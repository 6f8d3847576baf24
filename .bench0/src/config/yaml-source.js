import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import { formatPath } from "./findings.js";
/** `${NAME}` or `${NAME:-default}`; `$${` stands for a literal `${`. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;
const TEXT_LENGTH_MAX = 4 * 1024 * 1024;
/** Aliases that one document may expand to, so that a few lines cannot become gigabytes. */
const ALIASES_MAX = 200;
const HIDDEN_LENGTH_MIN = 4;
/** The text of a configuration: its values with variables filled in, and where each of them stands. */
export class YamlSource {
    value;
    findings;
    #root;
    #lines = new LineCounter();
    /** Substituted values that a message must not repeat, with the reference to show in their place. */
    #hidden = new Map();
    /** Paths whose value is not known because a variable is missing or a reference is none. */
    #unknown = new Set();
    constructor(text, options) {
        const findings = [];
        if (text.length > TEXT_LENGTH_MAX) {
            this.#root = null;
            this.value = undefined;
            this.findings = [
                {
                    severity: "error",
                    tier: "syntax",
                    line: 1,
                    column: 1,
                    path: "(file)",
                    message: `the file has ${text.length} characters`,
                    mend: `a configuration has at most ${TEXT_LENGTH_MAX} characters; is it the right file?`,
                },
            ];
            return;
        }
        const document = parseDocument(text, {
            lineCounter: this.#lines,
            prettyErrors: false,
            uniqueKeys: true,
            stringKeys: true,
        });
        this.#root = document.contents;
        for (const error of document.errors) {
            const place = this.#lineOf(error.pos[0]);
            // One slip makes the parser stumble over the rest of its line; the first complaint is the one to mend.
            if (findings.some((finding) => finding.line === place.line))
                continue;
            const reference = text.slice(error.pos[0] - 1, error.pos[0] + 1) === "${";
            findings.push({
                severity: "error",
                tier: "syntax",
                ...place,
                path: "(file)",
                message: sentenceOf(error.message),
                mend: reference
                    ? 'put a reference inside of { } or [ ] in quotes: "${NAME}"'
                    : (MENDS[error.code] ?? "mend the YAML at this place; indentation is made of spaces"),
            });
        }
        if (findings.length > 0) {
            this.value = undefined;
        }
        else {
            visit(document, {
                Scalar: (key, node, ancestors) => {
                    if (key === "key" || typeof node.value !== "string" || !node.value.includes("${"))
                        return;
                    const path = formatPath(pathOf(key, node, ancestors));
                    node.value = this.#substitute(node.value, node, path, options, findings);
                },
            });
            this.value = this.#toValue(() => document.toJS({ maxAliasCount: ALIASES_MAX }), findings);
        }
        this.findings = findings;
    }
    /** A finding at a path. With `atKey` it points to the name of the entry instead of its value. */
    finding(severity, tier, path, message, mend, atKey = false) {
        return {
            severity,
            tier,
            ...this.locate(path, atKey),
            path: formatPath(path),
            message: this.masked(message),
            mend: this.masked(mend),
        };
    }
    /** True where a reference keeps the value from being known, so that nothing more can be said about it. */
    isUnknown(path) {
        return this.#unknown.has(typeof path === "string" ? path : formatPath(path));
    }
    /** Line and column, from 1, of the value at the path, or of the nearest thing around it that exists. */
    locate(path, atKey = false) {
        let node = this.#root;
        let offset = this.#root?.range?.[0] ?? 0;
        for (const [depth, part] of path.entries()) {
            if (isAlias(node))
                break;
            if (isMap(node)) {
                const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
                if (!pair)
                    break;
                const key = pair.key;
                node = pair.value;
                const last = depth === path.length - 1;
                offset = ((last && atKey ? undefined : pair.value?.range?.[0]) ??
                    key.range?.[0] ??
                    offset);
                // A block collection starts on the line below its name; the name is what a person looks for.
                if (isMap(node) || isSeq(node))
                    offset = node.flow ? offset : (key.range?.[0] ?? offset);
            }
            else if (isSeq(node)) {
                const item = node.items[Number(part)];
                if (item === undefined)
                    break;
                node = item;
                offset = item.range?.[0] ?? offset;
            }
            else
                break;
        }
        return this.#lineOf(offset);
    }
    /** The text with every substituted value replaced by its reference, so that messages never show a secret. */
    masked(text) {
        let result = text;
        for (const [value, reference] of this.#hidden)
            result = result.replaceAll(value, reference);
        return result;
    }
    #toValue(read, findings) {
        try {
            return read();
        }
        catch (thrown) {
            findings.push({
                severity: "error",
                tier: "syntax",
                line: 1,
                column: 1,
                path: "(file)",
                message: thrown instanceof Error ? sentenceOf(thrown.message) : "the YAML cannot be read",
                mend: `write repeated parts out; at most ${ALIASES_MAX} aliases are expanded`,
            });
            return undefined;
        }
    }
    #substitute(text, node, path, options, findings) {
        const whole = text.replace(REFERENCE, (match, name, fallback) => {
            if (match === "$${")
                return "${";
            if (name === undefined) {
                this.#unknown.add(path);
                findings.push({
                    severity: "error",
                    tier: "syntax",
                    ...this.#lineOf(node.range?.[0] ?? 0),
                    path,
                    message: `${JSON.stringify(text.slice(0, 60))} has a "\${" that is no reference to a variable`,
                    mend: 'write ${NAME} or ${NAME:-default}; for a literal "${" write "$${"',
                });
                return match;
            }
            const value = options.environment[name] ?? fallback;
            if (value === undefined) {
                this.#unknown.add(path);
                findings.push({
                    severity: options.variablesMayBeMissing ? "warning" : "error",
                    tier: "syntax",
                    ...this.#lineOf(node.range?.[0] ?? 0),
                    path,
                    message: `the environment variable ${name} is not set`,
                    mend: `set it (export ${name}=...), or give a default: \${${name}:-value}`,
                });
                return match;
            }
            if (value.length >= HIDDEN_LENGTH_MIN && value !== fallback)
                this.#hidden.set(value, `\${${name}}`);
            return value;
        });
        const plain = isScalar(node) && node.type === "PLAIN" && /^\$\{[^}]*\}$/.test(text);
        return plain ? typed(whole) : whole;
    }
    #lineOf(offset) {
        const { line, col } = this.#lines.linePos(offset);
        return { line: Math.max(1, line), column: Math.max(1, col) };
    }
}
/** The path of a scalar from its ancestors in the tree of nodes. */
function pathOf(key, node, ancestors) {
    const path = [];
    const chain = [...ancestors, node];
    chain.forEach((ancestor, i) => {
        if (isPair(ancestor))
            path.push(String(isScalar(ancestor.key) ? ancestor.key.value : ancestor.key));
        else if (isSeq(ancestor))
            path.push(ancestor.items.indexOf(chain[i + 1]));
    });
    return path.length === 0 && typeof key === "number" ? [key] : path;
}
/** A plain scalar that is one reference has the type that its value would have had in the file: `port: ${PORT}`. */
function typed(text) {
    if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text))
        return Number(text);
    if (text === "true")
        return true;
    if (text === "false")
        return false;
    return text;
}
function sentenceOf(message) {
    return message.split("\n")[0]?.replace(/:$/, "") ?? message;
}
const MENDS = {
    DUPLICATE_KEY: "keep one of the two entries with this name",
    TAB_AS_INDENT: "indent with spaces; YAML does not allow tabs",
    BAD_INDENT: "align the entry with its siblings",
    MISSING_CHAR: "add the missing character, often a colon, a quote or a closing bracket",
    MULTIPLE_DOCS: "a configuration is one document; remove the line ---",
    UNEXPECTED_TOKEN: "remove what does not belong here, or put the text in quotes",
    NON_STRING_KEY: "put the name in quotes",
};
