import { numberOf } from "../../formats/json.js";
/** Spellings of "nothing is known" that vendors use beside no value at all. */
export const ABSENT_WORDS = new Set([
    "N/A",
    "n/a",
    "NA",
    "null",
    "NULL",
    "None",
    "none",
    "-",
    "--",
    "unknown",
]);
export function profileOf(table, column, order) {
    const numbers = new Float64Array(table.rows).fill(Number.NaN);
    const texts = new Array(table.rows).fill(undefined);
    const seen = new Set();
    const decimals = [];
    const lengths = [];
    let present = 0;
    let numeric = 0;
    let whole = 0;
    let booleans = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < table.rows; row++) {
        const value = column.values[row];
        if (value === undefined)
            continue;
        const text = String(value);
        if (ABSENT_WORDS.has(text))
            continue;
        present++;
        texts[row] = text;
        seen.add(text);
        lengths.push(text.length);
        if (/^(true|false)$/i.test(text))
            booleans++;
        const number = typeof value === "boolean" ? undefined : numberOf(value);
        if (number === undefined)
            continue;
        numeric++;
        numbers[row] = number;
        if (Number.isInteger(number))
            whole++;
        if (number < min)
            min = number;
        if (number > max)
            max = number;
        if (number !== 0)
            decimals.push(decimalsOf(text));
    }
    return {
        column,
        order,
        share: table.rows === 0 ? 0 : present / table.rows,
        present,
        distinct: seen.size,
        numbers,
        numeric: present === 0 ? 0 : numeric / present,
        whole: numeric === 0 ? 0 : whole / numeric,
        decimals: median(decimals) || 0,
        min,
        max,
        texts,
        length: median(lengths) || 0,
        ...ownership(table, texts),
        isBoolean: present > 0 && booleans === present,
    };
}
function ownership({ frames, rows }, texts) {
    let own = 0;
    let all = 0;
    let multi = 0;
    let constant = 0;
    for (let from = 0; from < rows;) {
        let to = from;
        const seen = new Set();
        let present = 0;
        while (to < rows && frames[to] === frames[from]) {
            const text = texts[to++];
            if (text === undefined)
                continue;
            seen.add(text);
            present++;
        }
        own += seen.size;
        all += present;
        if (present > 1) {
            multi++;
            if (seen.size === 1)
                constant++;
        }
        from = to;
    }
    return { ownInFrame: all === 0 ? 0 : own / all, isConstantInFrame: multi > 0 && constant === multi };
}
function decimalsOf(text) {
    const point = text.indexOf(".");
    return point < 0 || /e/i.test(text) ? 0 : text.length - point - 1;
}
/** NaN of nothing. Does not change what it is given. */
export function median(values) {
    return quantile(values, 0.5);
}
export function quantile(values, share) {
    if (values.length === 0)
        return Number.NaN;
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
/** Share of the values for which one of `from` always goes with the same of `to`; NaN where they never meet. */
export function determines(from, to) {
    const counts = new Map();
    let all = 0;
    for (const [row, key] of from.texts.entries()) {
        const value = to.texts[row];
        if (key === undefined || value === undefined)
            continue;
        all++;
        const inner = counts.get(key) ?? new Map();
        inner.set(value, (inner.get(value) ?? 0) + 1);
        counts.set(key, inner);
    }
    let most = 0;
    for (const inner of counts.values())
        most += Math.max(...inner.values());
    return all === 0 ? Number.NaN : most / all;
}
