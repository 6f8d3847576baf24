/** `["feeds", "a", "upstreams", 0]` as `feeds.a.upstreams[0]`; the document itself is `(file)`. */
export function formatPath(path) {
    if (path.length === 0)
        return "(file)";
    return path
        .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
        .join("");
}
/** One line per finding in the form that editors and CI recognise: `file:line:column: severity: path: message`. */
export function formatFinding(file, finding) {
    const { line, column, severity, path, message, mend } = finding;
    return `${file}:${line}:${column}: ${severity}: ${path}: ${message}\n    mend: ${mend}`;
}
/** In reading order, each once, whoever uses the option that is wrong; at one place errors come first. */
export function sortFindings(findings) {
    const told = new Set();
    return [...findings]
        .sort((a, b) => a.line - b.line || a.column - b.column || (a.severity < b.severity ? -1 : 1))
        .filter((finding) => {
        const line = formatFinding("", finding);
        const isNew = !told.has(line);
        told.add(line);
        return isNew;
    });
}
/** The known name that somebody probably meant, or undefined when none is near. */
export function nearest(name, known) {
    const limit = Math.max(1, Math.floor(Math.min(name.length, 24) / 3));
    let best;
    let bestDistance = limit + 1;
    for (const candidate of known) {
        const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
        if (distance < bestDistance) {
            bestDistance = distance;
            best = candidate;
        }
    }
    return best;
}
/** A sentence for the `mend` of a name that is not known. */
export function suggest(name, known, what) {
    if (known.length === 0)
        return `there is no ${what} to name; define one first`;
    const guess = nearest(name, known);
    const list = known.length <= 24 ? `known here: ${[...known].sort().join(", ")}` : "";
    return guess === undefined
        ? list || `use a known ${what}`
        : `did you mean "${guess}"?${list && ` (${list})`}`;
}
/** Edits (insert, delete, replace, swap of neighbours) between two words, given up at `limit`. */
function editDistance(a, b, limit) {
    if (Math.abs(a.length - b.length) >= limit)
        return limit;
    let beforeLast = [];
    let last = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
        const row = [i];
        for (let j = 1; j <= b.length; j++) {
            const same = a[i - 1] === b[j - 1];
            let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
                cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
            row.push(cost);
        }
        beforeLast = last;
        last = row;
    }
    return last[b.length] ?? limit;
}
