import { sinkStep } from "../../log/ledger.js";
import { createMemoryLog } from "../../log/memory-log.js";
import { recordId } from "../../model/record.js";
import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { allRecords } from "../world/end-check.js";
import { longestFree } from "../world/weather.js";
import { toldAlerts } from "./alerts.js";
/** When nothing is in the way for so long, a reader whose breaker has just opened has asked again, and been answered. */
const READABLE_MS = 150 * SECOND_MS;
/** What came in so shortly before the end may still be on its way. */
const END_MS = MINUTE_MS;
const CALM_FROM_MS = 3 * MINUTE_MS;
const BYTES_WINDOW_MS = 5 * MINUTE_MS;
/** A minute in which nobody can know yet that it is an outage. */
const NOTICE_MS = MINUTE_MS;
/** What was received while the trouble lasted may be interpreted a little later. */
const AFTERWARDS_MS = 15 * SECOND_MS;
export async function measure(observed) {
    const { scenario, cast, storage, riders } = observed;
    const log = createMemoryLog({ storage });
    const records = await allRecords(log);
    const letters = await allLetters(log);
    await log.close();
    const upstream = cast.feeds.map((feed) => readOf(feed, records, letters, observed));
    const sinks = deliveredOf(records, letters, observed);
    const sum = (part) => upstream.reduce((total, one) => total + part(one), 0);
    const stray = letters.filter((letter) => !isWanted(letter, scenario, observed.startTime));
    const alarms = alarmsOf(observed);
    const sendsBad = scenario.speech === "renamed" || scenario.fleet === "unreadable";
    return {
        reports: sum(({ reports }) => reports),
        lost: sum(({ lost }) => lost) + sinks.lost,
        unread: sum(({ unread }) => unread),
        told: sum(({ told }) => told),
        kept: sum(({ kept }) => kept),
        delivered: sinks.delivered,
        duplicated: sinks.duplicated + twiceIn(records),
        outOfOrder: sinks.outOfOrder,
        late: sinks.late,
        untrue: riders.untrue.size,
        untrueExample: [...riders.untrue.values()][0],
        freshness: percentiles(riders.agesMs),
        detect: detected(observed),
        alarms: alarms.length,
        alarmExample: alarms[0],
        recoverMs: recovered(observed),
        alerts: toldAlerts(observed),
        load: loadOf(observed),
        deadLetters: byCause(letters),
        strayLetters: stray.length,
        isSwallowed: sendsBad && letters.length === stray.length,
    };
}
/** Of the reports that came in at the agency: which are records, which could not be read, and which are nowhere. */
function readOf(feed, records, letters, observed) {
    const { scenario, startTime, status, downSpans } = observed;
    const { name } = feed.feed;
    const ids = new Map([...feed.vehicles].map(([id, vehicle]) => [vehicle, id]));
    const keyOf = (id, time) => `${id}/${Math.floor(time / feed.resolutionMs)}`;
    const known = new Set(records
        .filter(({ origin }) => origin.feed === name)
        .map(({ body, eventTime }) => keyOf(body.vehicleId, eventTime)));
    const queue = observed.standIns.get(feed)?.find(({ isQueue }) => isQueue);
    const closed = [...closedSpans(scenario, feed), ...downSpans];
    const readable = (report) => {
        if (queue === undefined)
            return observed.told.get(feed)?.has(report.sequence) === true;
        const fromMs = report.arrivalTime - startTime;
        return longestFree({ fromMs, toMs: fromMs + queue.retentionMs }, closed) > READABLE_MS;
    };
    const seen = queue === undefined ? tellable(feed) : feed.fleet.reports;
    let reports = 0;
    let lost = 0;
    let unread = 0;
    for (const report of seen) {
        const atMs = report.arrivalTime - startTime;
        if (atMs < 0 || atMs > scenario.endMs - END_MS || report.isBad)
            continue;
        reports++;
        const id = ids.get(report.vehicle);
        // Where a format says the time of day only, a clock that is years ahead is not seen: the record has the right time.
        if (known.has(keyOf(id, report.statedTime)) || known.has(keyOf(id, report.sampleTime)))
            continue;
        if (readable(report))
            lost++;
        else
            unread++;
    }
    // What was read and could not be understood is no record, and is kept: more letters than reports tell of each of them.
    const letterCount = letters.filter((one) => one.feed === name && !one.stage.startsWith("sink:")).length;
    const kept = scenario.speech === "renamed" ? Math.min(letterCount, lost + unread) : 0;
    const keptUnread = Math.min(unread, kept);
    lost -= kept - keptUnread;
    unread -= keptUnread;
    const gaps = status.feeds.find((one) => one.name === name)?.gaps;
    const told = (gaps?.countedReports ?? 0) + (gaps?.estimatedReports ?? 0);
    // A sender that calls us knows itself what it could not send.
    const isPushed = observed.standIns.get(feed)?.length === 0;
    return { reports, lost: lost + (isPushed ? 0 : Math.max(0, unread - told)), unread, told, kept };
}
/** Of a feed that shows the present only: reports that stood there long enough for one poll to see them. */
function tellable({ fleet, paceMs }) {
    const next = new Map();
    const told = [];
    for (let at = fleet.reports.length - 1; at >= 0; at--) {
        const report = fleet.reports[at];
        const after = next.get(report.vehicle);
        if (after === undefined || after.arrivalTime - report.arrivalTime > paceMs)
            told.push(report);
        next.set(report.vehicle, report);
    }
    return told;
}
/** When no upstream of a feed could be read. */
function closedSpans({ hits, network, speech, trouble }, { upstreams }) {
    if (hits === "first" && upstreams.length > 1)
        return [];
    const away = network.filter(({ fault, share }) => share === 1 && fault !== "slow");
    return speech === "frozen" ? [...away, trouble] : away;
}
/** What each destination got, against what it was to get. */
function deliveredOf(records, letters, { cast, destinations }) {
    const result = { delivered: 0, duplicated: 0, outOfOrder: 0, late: 0, lost: 0 };
    for (const sink of cast.config.sinks) {
        const receipts = destinations.receiptsOf(sink);
        const routes = cast.config.routes.filter(({ to }) => to.includes(sink.name));
        if (receipts === undefined || routes.length === 0)
            continue;
        result.delivered += receipts.total;
        result.duplicated += receipts.duplicated;
        result.outOfOrder += receipts.outOfOrder;
        result.late += receipts.late;
        const refused = new Set(letters.filter(({ stage }) => stage === sinkStep(sink.name)).map(({ record }) => record?.id));
        for (const record of records) {
            const id = recordId(record);
            const isWanted = routes.some(({ from, kinds, mode }) => mode === "every" &&
                from === record.origin.feed &&
                (kinds === undefined || kinds.includes(record.body.kind)));
            if (isWanted && !receipts.taken.has(`${id}#${record.revision}`) && !refused.has(id))
                result.lost++;
        }
    }
    return result;
}
function twiceIn(records) {
    return records.length - new Set(records.map((record) => `${recordId(record)}#${record.revision}`)).size;
}
function percentiles(ages) {
    if (ages.length === 0)
        return undefined;
    const sorted = [...ages].sort((a, b) => a - b);
    const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
    return { p50Ms: at(0.5), p95Ms: at(0.95) };
}
function detected({ scenario, events }) {
    const { trouble, tells } = scenario;
    const found = events.find(({ atMs, event }) => atMs >= trouble.fromMs &&
        atMs < trouble.toMs &&
        event.level !== "info" &&
        event.subject.startsWith(`${tells}:`));
    if (found === undefined)
        return undefined;
    const { code, message } = found.event;
    return { afterMs: found.atMs - trouble.fromMs, code, message };
}
/** What calls for attention, whatever for. */
function alarmsOf({ events, riders }) {
    const alarms = events
        .filter(({ atMs, event }) => atMs >= CALM_FROM_MS && event.level !== "info")
        .map(({ event }) => `${event.subject} ${event.code}: ${event.message}`);
    return riders.alertedMs === undefined ? alarms : [...alarms, "riders were told that a feed is out"];
}
function recovered({ scenario, unwellMs }) {
    const { trouble, endMs, kills } = scenario;
    const last = kills.at(-1);
    const from = last === undefined ? trouble.toMs : last.atMs + last.downMs;
    if (unwellMs >= endMs - END_MS)
        return undefined;
    return Math.max(0, unwellMs - from);
}
function loadOf(observed) {
    let worst;
    for (const [feed, standIns] of observed.standIns) {
        standIns.forEach((standIn, index) => {
            const load = loadOn(`${feed.feed.name}/${index}`, standIn, feed, index, observed);
            if (worst === undefined || worseOf(load) > worseOf(worst))
                worst = load;
        });
    }
    return worst;
}
function worseOf({ share, isMoreInOutage, overloads }) {
    return share + (isMoreInOutage ? 1 : 0) + (overloads > 0 ? 10 : 0);
}
function loadOn(upstream, standIn, feed, index, { scenario, startsMs }) {
    const { served } = standIn;
    const budget = feed.upstreams[index]?.upstream.budget;
    const perMinute = (standIn.callsPerSweep * MINUTE_MS) / feed.paceMs;
    const requests = budget?.requests;
    const requestsMax = requests ? (requests.count * MINUTE_MS) / requests.perMs : 2 * Math.ceil(perMinute);
    const bytesMax = budget?.bytes
        ? (budget.bytes.count * SECOND_MS) / budget.bytes.perMs
        : 2 * standIn.normalBytesPerSecond;
    let requestsPerMinute = 0;
    let bytesPerSecond = 0;
    let share = 0;
    const largest = Math.max(0, ...served.map(({ bytes }) => bytes));
    served.forEach(({ atMs }, last) => {
        // Each process has a budget of its own.
        const starts = startsMs.filter((at) => at > atMs - MINUTE_MS && at <= atMs && at > 0).length;
        const inMinute = served.slice(0, last + 1).filter((one) => one.atMs > atMs - MINUTE_MS).length;
        requestsPerMinute = Math.max(requestsPerMinute, inMinute);
        share = Math.max(share, inMinute / (requestsMax * (1 + starts)));
        if (atMs < BYTES_WINDOW_MS)
            return;
        const bytes = served
            .slice(0, last + 1)
            .reduce((sum, one) => (one.atMs > atMs - BYTES_WINDOW_MS ? sum + one.bytes : sum), 0);
        bytesPerSecond = Math.max(bytesPerSecond, (bytes * SECOND_MS) / BYTES_WINDOW_MS);
        // How long an answer is, nobody knows beforehand.
        const most = (bytesMax * BYTES_WINDOW_MS) / SECOND_MS + (2 + starts) * largest;
        share = Math.max(share, most === 0 ? 0 : bytes / most);
    });
    const isMoreInOutage = scenario.network
        .filter((span) => span.share === 1 && span.toMs - span.fromMs > NOTICE_MS + MINUTE_MS)
        .some(({ fromMs, toMs }) => {
        for (let from = fromMs + NOTICE_MS; from + MINUTE_MS <= toMs; from += 10 * SECOND_MS) {
            const asked = served.filter(({ atMs }) => atMs >= from && atMs < from + MINUTE_MS).length;
            if (asked > Math.ceil(perMinute) + 1)
                return true;
        }
        return false;
    });
    const { overloads } = standIn;
    return {
        upstream,
        share,
        requestsPerMinute,
        requestsMax,
        bytesPerSecond,
        bytesMax,
        isMoreInOutage,
        overloads,
    };
}
/** Whether a dead letter is one of what the drill made unreadable, or of what a destination was to refuse. */
function isWanted({ stage, receivedTime, index }, scenario, startTime) {
    const { trouble, speech, fleet, network, sinks } = scenario;
    if (stage.startsWith("sink:"))
        return sinks === "refusing";
    const atMs = receivedTime - startTime;
    const isDuring = atMs >= trouble.fromMs && atMs < trouble.toMs + AFTERWARDS_MS;
    if (speech === "renamed" || fleet === "unreadable")
        return isDuring;
    // An error page instead of an answer is kept as evidence.
    return (isDuring && index === undefined && network.some(({ fault }) => fault === "html" || fault === "truncate"));
}
function byCause(letters) {
    const causes = {};
    for (const { stage, feed, code } of letters) {
        const cause = `${stage.startsWith("sink:") ? stage : `feed:${feed}`} ${code}`;
        causes[cause] = (causes[cause] ?? 0) + 1;
    }
    return causes;
}
async function allLetters(log) {
    const letters = [];
    for (let partition = 0; partition < log.partitions("dead-letters"); partition++) {
        for (let offset = 0;;) {
            const page = await log.read({ topic: "dead-letters", partition, offset }, { entriesMax: 10_000, bytesMax: 8 << 20 });
            for (const { body } of page.packs) {
                const text = typeof body === "string" ? body : new TextDecoder().decode(body);
                letters.push(...JSON.parse(text));
            }
            if (page.next.offset === offset)
                break;
            offset = page.next.offset;
        }
    }
    return letters;
}
