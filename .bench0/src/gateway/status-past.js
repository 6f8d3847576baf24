import { partsFromUtc } from "../formats/local-time.js";
import { HOUR_MS } from "../model/units.js";
import { BAR_MS, WELLNESS } from "../operations/status-history.js";
/** Of one bar, in units of the picture. */
const WIDTH = 4;
const HEIGHT = 26;
/** Below the bars: a line where all was well, a strip where it was not. */
const STRIP = 8;
/** The last 24 hours as a picture of a line of text's height, and as a sentence that says the same. */
export function pastLine(history, what) {
    if (history === undefined)
        return "";
    const sentence = pastSentence(history, what);
    const width = history.counts.length * WIDTH;
    return (`<p class="past"><svg role="img" aria-label="${sentence}" viewBox="0 0 ${width} ${HEIGHT + STRIP}" preserveAspectRatio="none">` +
        `<path class="bars" d="${barsPath(history.counts)}"/>${strips(history.states)}</svg> <small>${sentence}</small></p>`);
}
/** `Last 24 hours: 1,204,000 records, at most 14,020 in a quarter of an hour. Down in 3 quarters, the last at 07:30 UTC.` */
export function pastSentence({ counts, states, fromTime }, what) {
    const sum = counts.reduce((a, b) => a + b, 0);
    const most = Math.max(...counts);
    const told = `Last 24 hours: ${sum.toLocaleString("en-US")} ${what}, at most ${most.toLocaleString("en-US")} in a quarter of an hour.`;
    const bad = [...states].filter((state) => state === WELLNESS.down).length;
    const poor = [...states].filter((state) => state === WELLNESS.troubled).length;
    const unseen = [...states].filter((state) => state === WELLNESS.none).length;
    const lastBad = Math.max(states.lastIndexOf(WELLNESS.down), states.lastIndexOf(WELLNESS.troubled));
    const words = what === "records" ? ["down", "failing"] : ["held", "lagging"];
    const troubles = [
        ...(bad > 0 ? [`${words[0]} in ${quarters(bad)}`] : []),
        ...(poor > 0 ? [`${words[1]} in ${quarters(poor)}`] : []),
    ];
    const trouble = troubles.length === 0
        ? ""
        : ` Some of the time ${troubles.join(", ")}, the last at ${clockTime(fromTime + lastBad * BAR_MS)}.`;
    const hours = (unseen * BAR_MS) / HOUR_MS;
    return `${told}${trouble}${unseen === 0 ? "" : ` Of ${hours} h nothing is known.`}`;
}
function quarters(count) {
    return count === 1 ? "1 quarter" : `${count} quarters`;
}
/** One path for all bars: a quarter without a record has none. */
function barsPath(counts) {
    const most = Math.max(1, ...counts);
    return counts
        .map((count, at) => {
        if (count <= 0)
            return "";
        const height = Math.max(2, Math.round((count / most) * HEIGHT));
        return `M${at * WIDTH} ${HEIGHT}v-${height}h${WIDTH - 1}v${height}z`;
    })
        .join("");
}
const TONES = {
    [WELLNESS.waiting]: ["calm", 2],
    [WELLNESS.well]: ["good", 2],
    [WELLNESS.troubled]: ["warn", 5],
    [WELLNESS.down]: ["bad", 8],
};
/** One rectangle for each run of quarters alike; the worse, the higher, so that colour alone says nothing. */
function strips(states) {
    return [...states.matchAll(/(.)\1*/gs)]
        .map(({ 0: run, index }) => {
        const tone = TONES[run[0] ?? ""];
        if (tone === undefined)
            return "";
        return `<rect class="${tone[0]}" x="${index * WIDTH}" y="${HEIGHT}" width="${run.length * WIDTH}" height="${tone[1]}"/>`;
    })
        .join("");
}
function clockTime(time) {
    const { hour, minute } = partsFromUtc(time);
    const two = (value) => `${value}`.padStart(2, "0");
    return `${two(hour)}:${two(minute)} UTC`;
}
