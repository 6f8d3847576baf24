import { besideSentences, besideTables } from "./report-beside.js";
import { SIDES } from "./tally.js";
import { shown } from "./verdict.js";
const HEAD = [
    "Route",
    "Both",
    "A only",
    "B only",
    "Age A",
    "Age B",
    "Metres",
    "Trips",
    "Ghosts A",
    "Ghosts B",
];
const ROUTES_MAX = 60;
/** The report for a terminal. */
export function reportText(report) {
    const { verdict, feeds, routes, total } = report;
    const lines = [verdict.sentence, ""];
    for (const { passes, value, sentence } of verdict.checks)
        lines.push(`  ${value === undefined ? "-     " : passes ? "ok    " : "BEYOND"} ${sentence}`);
    lines.push("", `Measured ${report.from ?? "–"} to ${report.to ?? "–"}, hours of ${report.timezone}.`);
    for (const side of SIDES)
        lines.push(...feedLines(side, report));
    lines.push("", ...table([HEAD, ...routes.slice(0, ROUTES_MAX).map((one) => row(one.route, one)), row("all", total)]));
    if (routes.length > ROUTES_MAX)
        lines.push(`and ${routes.length - ROUTES_MAX} more routes: --json and --html have all, and each hour`);
    lines.push("", "Both, only: vehicles at moments. Age: p50/p95 in seconds. Metres: p50/p95/max. Trips: share that differs.");
    if (report.beside !== null) {
        lines.push("", ...besideSentences(report.beside));
        for (const { title, head, rows } of besideTables(report.beside))
            lines.push("", `${title}:`, ...table([head, ...rows]));
    }
    if (report.hasSchedule) {
        for (const side of SIDES) {
            const { matched, seen } = total;
            lines.push(`${side.toUpperCase()} (${feeds[side].label}): the schedule has the trip of ${shown(matched[side] ?? undefined, "share")} of ` +
                `its assigned vehicles; of the trips that should be under way it has ${shown(seen[side] ?? undefined, "share")}.`);
        }
    }
    return lines;
}
function feedLines(side, { feeds, total }) {
    const { label, readings, unchanged, messages, failures, rules, outages } = feeds[side];
    const failed = Object.entries(failures);
    const lines = [
        `${side.toUpperCase()}: ${label}: ${count(readings)} readings, ${count(unchanged)} unchanged, ${count(messages)} messages, ` +
            `not to be read at ${count(total.down[side])} of ${count(total.moments)} moments.`,
    ];
    for (const [reason, times] of failed.slice(0, 3))
        lines.push(`   failed ${count(times)} times: ${reason}`);
    for (const { from, to } of outages.slice(0, 5))
        lines.push(`   outage ${from} to ${to ?? "the end"}`);
    if (outages.length > 5)
        lines.push(`   and ${outages.length - 5} more outages`);
    for (const [code, rule] of Object.entries(rules))
        lines.push(`   ${code} in ${count(rule.messages)} messages, such as: ${rule.sample}`);
    return lines;
}
function row(route, figures) {
    const { vehicles, age, distance, tripsDiffer, ghosts } = figures;
    return [
        route,
        count(vehicles.both),
        count(vehicles.onlyA),
        count(vehicles.onlyB),
        `${number(age.a.p50)}/${number(age.a.p95)}`,
        `${number(age.b.p50)}/${number(age.b.p95)}`,
        `${number(distance.p50)}/${number(distance.p95)}/${number(distance.max)}`,
        shown(tripsDiffer ?? undefined, "share"),
        count(ghosts.a),
        count(ghosts.b),
    ];
}
function table(rows) {
    const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
    const line = (cells) => cells
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join("  ");
    return rows.map(line);
}
export function number(value) {
    return value === null ? "–" : count(value);
}
export function count(value) {
    return value.toLocaleString("en-US");
}
