const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 26;
const TOP = 10;
const RIGHT = 8;
const LABELS_MAX = 7;
/** Lines over labels as inline SVG. Text of it must be free of markup or escaped. */
export function plotOf({ title, unit, labels, series }) {
    const values = series.flatMap((one) => one.values.filter((value) => value !== null));
    const top = niceAbove(Math.max(1, ...values));
    const x = (at) => labels.length < 2
        ? (LEFT + WIDTH - RIGHT) / 2
        : LEFT + (at / (labels.length - 1)) * (WIDTH - LEFT - RIGHT);
    const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
    const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
        const at = y(part * top).toFixed(1);
        return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${short(part * top)}</text>`;
    });
    const step = Math.max(1, Math.ceil(labels.length / LABELS_MAX));
    const names = labels.flatMap((label, at) => at % step === 0
        ? [`<text x="${x(at).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${label}</text>`]
        : []);
    const lines = series.map(({ kind, values: own }) => `<path class="${kind}" d="${pathOf(own, x, y)}"/>`);
    const legend = series.map(({ name, kind }) => `<span class="key ${kind}">${name}</span>`).join("");
    return (`<figure><figcaption>${title}, ${unit} ${legend}</figcaption>` +
        `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><g class="grid">${grid.join("")}${names.join("")}</g>${lines.join("")}</svg></figure>`);
}
function pathOf(values, x, y) {
    let path = "";
    let isDrawing = false;
    values.forEach((value, at) => {
        if (value === null) {
            isDrawing = false;
            return;
        }
        const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
        // A point between two holes is drawn too, as a dash.
        const isAlone = !isDrawing && (values[at + 1] ?? null) === null;
        path += isDrawing ? `L${place}` : isAlone ? `M${place}m-5 0h10` : `M${place}`;
        isDrawing = true;
    });
    return path;
}
/** The least of 1, 2, 4, 6, 8 and 10 times a power of ten that is not below a value: quarters of it are short to write. */
function niceAbove(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return ([1, 2, 4, 6, 8].find((factor) => factor * power >= value) ?? 10) * power;
}
function short(value) {
    return value >= 10_000 ? `${Number((value / 1000).toFixed(1))}k` : String(Number(value.toFixed(2)));
}
