import { shown } from "./verdict.js";
const ROUTES_MAX = 60;
const TEXT_MAX = 70;
/** The same for a terminal and for the page. */
export function besideTables(beside, routesMax = ROUTES_MAX) {
    const { routes, hours, total, stops, missingAlerts } = beside;
    const head = (first) => [first, "Both", "A only", "B only", "B lacks", "Seconds apart"];
    const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;
    const tables = [
        {
            title: "Trips with a forecast, by route",
            head: head("Route"),
            rows: [...routes.slice(0, routesMax).map((one) => row(one.route, one)), row("all", total)],
        },
        {
            title: "Trips with a forecast, by hour of the day",
            head: head("Hour"),
            rows: hours.map((one) => row(clock(one.hour), one)),
        },
        {
            title: "Stops whose predicted times differ most",
            head: ["Stop", "Times", "Half within", "95 of 100 within"],
            rows: stops.map(({ stopId, count, p50, p95 }) => [
                stopId,
                number(count),
                `${number(p50)} s`,
                `${number(p95)} s`,
            ]),
        },
        {
            title: "Alerts that one feed lacks",
            head: ["Alert", "Both", "A only", "B only"],
            rows: missingAlerts.map(({ text, both, onlyA, onlyB }) => [
                text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text,
                number(both),
                number(onlyA),
                number(onlyB),
            ]),
        },
    ];
    return tables.filter(({ rows }, at) => rows.length > (at === 0 ? 1 : 0));
}
/** How the feeds themselves could be read. */
export function besideSentences({ moments, down, failures, alerts }) {
    const sentences = [
        `Trip updates and alerts were compared at ${number(moments)} moments; A's were not to be read at ${number(down.a)} of them, B's at ${number(down.b)}.`,
    ];
    if (alerts.both + alerts.onlyA + alerts.onlyB > 0) {
        const { both, onlyA, onlyB } = alerts;
        sentences.push(`Alerts at moments: ${number(both)} in both, ${number(onlyA)} in A only, ${number(onlyB)} in B only.`);
    }
    for (const [feed, reasons] of Object.entries(failures))
        for (const [reason, times] of Object.entries(reasons).slice(0, 3))
            sentences.push(`${feed} failed ${number(times)} times: ${reason}.`);
    return sentences;
}
function row(name, { trips, missing, apart }) {
    return [
        name,
        number(trips.both),
        number(trips.onlyA),
        number(trips.onlyB),
        shown(missing ?? undefined, "share"),
        `${number(apart.p50)}/${number(apart.p95)}/${number(apart.max)}`,
    ];
}
function number(value) {
    return value === null ? "–" : value.toLocaleString("en-US");
}
