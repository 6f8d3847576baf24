import { plotOf } from "./plots.js";
import { besideSentences, besideTables } from "./report-beside.js";
import { REPORT_STYLE } from "./report-style.js";
import { count, number } from "./report-text.js";
import { SIDES } from "./tally.js";
import { shown } from "./verdict.js";
const ROUTE_HOURS_MAX = 5_000;
/** The report as one page: no script, no request to anywhere, readable on a phone, in print and by a screen reader. */
export function reportPage(report) {
    const { verdict, feeds } = report;
    const failed = verdict.checks.filter(({ passes }) => !passes);
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${verdict.go ? "Go" : "No-go"}: comparison of two feeds</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>Comparison of two vehicle feeds</h1>
<p class="verdict ${verdict.go ? "go" : "no"}">${text(verdict.sentence)}</p>
${failed.length === 0 ? "" : `<ul>${failed.map(({ sentence }) => `<li>${text(sentence)}</li>`).join("")}</ul>`}
<p>A is what riders have today: ${code(feeds.a.label)}. B would take its place: ${code(feeds.b.label)}. Measured from ${text(when(report.from))} to ${text(when(report.to))}.</p>
<h2>The checks</h2>
${table(["Check", "Measured", "Limit", "Result"], verdict.checks.map(({ what, value, limit, unit, passes }) => [
        text(what),
        shown(value, unit),
        shown(limit, unit),
        value === undefined ? "not measured" : passes ? mark("go", "ok") : mark("no", "beyond"),
    ]))}
<h2>Over time</h2>
<div class="plots">
${plots(report)}
</div>
<h2>The feeds</h2>
${SIDES.map((side) => feed(side, report)).join("")}
<h2>By route</h2>
${figuresTable("Route", [...report.routes.map((one) => [one.route, one]), ["all", report.total]])}
<h2>By hour of the day</h2>
${figuresTable(`Hour (${text(report.timezone)})`, report.hours.map((one) => [`${String(one.hour).padStart(2, "0")}:00`, one]))}
${missing(report)}
${beside(report)}
<details><summary>By route and hour</summary>
${figuresTable("Route, hour", report.routeHours
        .slice(0, ROUTE_HOURS_MAX)
        .map((one) => [`${one.route}, ${String(one.hour).padStart(2, "0")}:00`, one]))}
</details>
<h2>What the figures mean</h2>
<p>Each vehicle counts once at each moment at which both feeds could be read. Age is how old a position was then; half of all are younger than the first figure, 95 of 100 younger than the second. Metres lie between what both feeds say of one vehicle at the same event time. A ghost is a vehicle whose last report is more than ${report.ghostAfterS / 60} minutes old or of a time that has not come yet, or whose trip ended more than 30 minutes ago; ghosts count as nothing else. Hours are those of ${text(report.timezone)}; other times are UTC.</p>
</main>
</body>
</html>
`;
}
function plots({ timeline, hours }) {
    const days = timeline.map(({ hour }) => (timeline.length > 48 ? hour.slice(5, 10) : hour.slice(11, 16)));
    const perMoment = ({ vehicles, moments, down }, side) => {
        const own = vehicles.both + (side === "a" ? vehicles.onlyA : vehicles.onlyB);
        // At a moment at which one cannot be read, neither is counted.
        const counted = moments - Math.max(down.a, down.b);
        return counted <= 0 ? null : own / counted;
    };
    const pair = (of, from) => SIDES.map((side) => ({ name: side.toUpperCase(), kind: side, values: from.map((one) => of(one, side)) }));
    const oClock = hours.map(({ hour }) => `${hour}:00`);
    return [
        plotOf({
            title: "Vehicles in each feed",
            unit: "mean of each hour",
            labels: days,
            series: pair(perMoment, timeline),
        }),
        plotOf({
            title: "Age of positions",
            unit: "seconds, 95 of 100 are younger",
            labels: days,
            series: pair(({ age }, side) => age[side].p95, timeline),
        }),
        plotOf({
            title: "Age of positions by hour of the day",
            unit: "seconds, 95 of 100 are younger",
            labels: oClock,
            series: pair(({ age }, side) => age[side].p95, hours),
        }),
        plotOf({
            title: "Vehicles of A that B lacks",
            unit: "per cent",
            labels: days,
            series: [
                { name: "missing", kind: "b", values: timeline.map((one) => one.missing && one.missing * 100) },
            ],
        }),
    ].join("\n");
}
function feed(side, { feeds, total, hasSchedule }) {
    const { label, readings, unchanged, messages, messagesWithError, failures, rules, outages } = feeds[side];
    const sentences = [
        `${count(readings)} readings, ${count(unchanged)} without change, ${count(messages)} messages, of which ${count(messagesWithError)} break a rule of GTFS-realtime.`,
        `Not to be read at ${count(total.down[side])} of ${count(total.moments)} moments.`,
    ];
    if (hasSchedule)
        sentences.push(`The schedule has the trip of ${shown(total.matched[side] ?? undefined, "share")} of its assigned vehicles. Of the trips that should be under way it has ${shown(total.seen[side] ?? undefined, "share")}.`);
    const rows = [
        ...Object.entries(failures).map(([reason, times]) => ["failed", count(times), text(reason)]),
        ...outages.map(({ from, to }) => [
            "outage",
            "",
            text(`${when(from)} to ${to === null ? "the end" : when(to)}`),
        ]),
        ...Object.entries(rules).map(([rule, { messages: times, sample }]) => [rule, count(times), text(sample)]),
    ];
    return `<h3>${side.toUpperCase()}: ${code(label)}</h3><p>${sentences.map(text).join(" ")}</p>${rows.length === 0 ? "" : table(["What", "Times", "Such as"], rows)}`;
}
function beside({ beside: said }) {
    if (said === null)
        return "";
    const tables = besideTables(said, ROUTE_HOURS_MAX).map(({ title, head, rows }) => `<h3>${text(title)}</h3>${table([...head], rows.map((cells) => cells.map(text)))}`);
    const meaning = "Each trip counts once at each moment, by its id. Seconds lie between both predicted times of a stop that is still to come: half of all, 95 of 100, the most.";
    return `<h2>Trip updates and alerts</h2><p>${[...besideSentences(said), meaning].map(text).join(" ")}</p>${tables.join("")}`;
}
function missing({ missingVehicles }) {
    if (missingVehicles.length === 0)
        return "";
    const rows = missingVehicles.map(({ id, both, onlyA, onlyB }) => [
        text(id),
        count(both),
        count(onlyA),
        count(onlyB),
    ]);
    return `<h2>Vehicles that one feed lacks most often</h2>${table(["Vehicle", "In both", "In A only", "In B only"], rows)}`;
}
function figuresTable(name, rows) {
    const head = [
        name,
        "In both",
        "A only",
        "B only",
        "Age A",
        "Age B",
        "Metres",
        "Trips differ",
        "Ghosts A",
        "Ghosts B",
    ];
    return table(head, rows.map(([label, { vehicles, age, distance, tripsDiffer, ghosts }]) => [
        text(label),
        count(vehicles.both),
        count(vehicles.onlyA),
        count(vehicles.onlyB),
        `${number(age.a.p50)} / ${number(age.a.p95)} s`,
        `${number(age.b.p50)} / ${number(age.b.p95)} s`,
        `${number(distance.p50)} / ${number(distance.p95)}`,
        shown(tripsDiffer ?? undefined, "share"),
        count(ghosts.a),
        count(ghosts.b),
    ]));
}
/** Cells are markup. The first of a row is its head. */
function table(head, rows) {
    const cells = ([first = "", ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
    return `<div class="wide"><table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead><tbody>${rows.map(cells).join("")}</tbody></table></div>`;
}
function mark(kind, word) {
    return `<span class="mark ${kind}">${word}</span>`;
}
function code(value) {
    return `<code>${text(value)}</code>`;
}
function when(iso) {
    return iso === null ? "–" : `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** Text of feeds and files: nothing of it may act as markup. */
function text(value) {
    return value.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
}
