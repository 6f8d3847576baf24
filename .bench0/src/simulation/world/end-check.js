import { auditLedger } from "../../log/audit.js";
import { INTERPRET, sinkStep } from "../../log/ledger.js";
import { unpackRecords } from "../../log/record-pack.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { lostToBestReader } from "./best-reader.js";
import { isTooLateToTell, showsTheSame } from "./truth.js";
import { longestFree } from "./weather.js";
import { ARCHIVE, BOARD, BOARD_MAX_AGE_MS, FEEDS, PARTNER, REQUESTS_PER_MINUTE, RETENTION_MS, RIDER_FEED, } from "./world-config.js";
/**
 * When nothing is in the way for so long, even a reader whose breaker has just opened for its longest time has asked
 * again, and been answered: a minute of waiting, a slow answer, the pages of a backlog.
 */
export const RECOVERY_MS = 150 * SECOND_MS;
/** The longest pause between two polls, and a slow answer to the one before. */
const PAUSE_MS = 45 * SECOND_MS;
/** Of a message of the queue as it is sent, with its share of the page. */
const MESSAGE_BYTES = 230;
const PAGE_MESSAGES = 500;
export async function checkLedger(log, trace, delivering, when) {
    const sinks = [RIDER_FEED, ...delivering].map((name) => ({ name, feeds: [...FEEDS] }));
    const { balanced, findings } = await auditLedger(log, { sinks });
    if (!balanced)
        trace.violate("ledger", `${when}: ${JSON.stringify(findings[0])}, and ${findings.length - 1} more`);
}
export async function allRecords(log) {
    const records = [];
    for (let partition = 0; partition < log.partitions("records"); partition++) {
        for (let offset = 0;;) {
            const page = await log.read({ topic: "records", partition, offset }, { entriesMax: 10_000, bytesMax: 8 << 20 });
            for (const pack of page.packs)
                for (const { record } of unpackRecords(pack, offset))
                    records.push(record);
            if (page.next.offset === offset)
                break;
            offset = page.next.offset;
        }
    }
    return records;
}
/** What must be true when everything has come to rest. */
export async function checkEnd(options) {
    const { log, trace, ferries, delivering, witness } = options;
    await checkLedger(log, trace, delivering, "at the end");
    await checkCursors(log, trace, delivering);
    const { records } = witness;
    const ferryTimes = new Set(records
        .filter(({ feed }) => feed === "ferries")
        .map(({ vehicleId, eventTime }) => `${vehicleId}/${eventTime}`));
    for (const settled of witness.uninterpreted > 0 ? [] : ferries.settled) {
        if (!ferryTimes.has(settled))
            trace.violate("settled", `${settled} was answered 202 and is in no record`);
    }
    if (ferries.outbox.length > 20) {
        trace.violate("progress", `The sender still holds ${ferries.outbox.length} reports`);
    }
    if (witness.uninterpreted === 0)
        await checkQueue(records, options);
    for (const line of options.archive.split("\n")) {
        if (line !== "")
            readLine(line, options);
    }
    checkDelivered(records, options);
    checkBoard(records, options);
    await checkExpired(options);
}
function readLine(line, { archiveReceiver, trace }) {
    let record;
    try {
        record = JSON.parse(line);
    }
    catch {
        trace.violate("once", `A line of the archive is torn: ${line.slice(0, 80)}`);
        return;
    }
    archiveReceiver.apply(record, "one line");
}
async function checkCursors(log, trace, delivering) {
    for (let partition = 0; partition < log.partitions("records"); partition++) {
        for (const step of [INTERPRET, ...[RIDER_FEED, ...delivering].map(sinkStep)]) {
            const topic = step === INTERPRET ? "frames" : "records";
            const { start, end } = await log.bounds(topic, partition);
            const cursor = (await log.cursor(step, topic, partition)) ?? start;
            if (cursor < end)
                trace.violate("progress", `${step} is at ${cursor} of ${end} in partition ${partition}`);
        }
    }
}
/** What the queue held: read, or lost to the best reader too; and the gap is as much as was lost. */
async function checkQueue(records, options) {
    const { log, trace, truth, witness, position, isClockOff } = options;
    const told = new Set(records
        .filter(({ feed }) => feed === "buses")
        .map(({ vehicleId, eventTime }) => `${vehicleId}/${eventTime}`));
    const shifted = [0, -HOUR_MS, HOUR_MS];
    const isTold = (sequence, report) => {
        const time = truth.readTimeOf(report);
        return (time === undefined ||
            witness.undecoded.has(sequence) ||
            (isClockOff || isTooLateToTell(report) ? shifted : [0]).some((shift) => told.has(`${report.vehicle.vehicleId}/${time + shift}`) && showsTheSame(time, time + shift)));
    };
    let first;
    const lost = [];
    for (const [sequence, report] of truth.queued) {
        if (sequence > position)
            break;
        if (!witness.received.has(sequence)) {
            if (first !== undefined)
                lost.push(sequence);
            continue;
        }
        first ??= sequence;
        if (isTold(sequence, report))
            continue;
        trace.violate("settled", `Message ${sequence} of ${report.vehicle.vehicleId} was read and is in no record`);
    }
    if (lost.length > 0)
        checkLoss(lost, options);
    let gap = 0;
    for (const { outcome, count } of await log.ledger({ step: "receive", feed: "buses" })) {
        if (outcome === "gap")
            gap += count;
        if (outcome === "gap_estimated" && count !== 0) {
            trace.violate("gap", `${count} reports of a numbered queue were estimated`);
        }
    }
    if (gap !== lost.length)
        trace.violate("gap", `${lost.length} messages of the queue were lost, and the gap says ${gap}`);
    // What came while nobody could read, and is gone, is told with the next message: until then nothing is left to read.
    const keptSince = options.startTime + options.endMs - RETENTION_MS + PAUSE_MS;
    const waits = (sequence) => (truth.queued.get(sequence)?.arrivalTime ?? 0) >= keptSince;
    let unread = position + 1;
    while (unread < truth.newestQueued && !waits(unread))
        unread++;
    const newest = truth.queued.get(truth.newestQueued)?.arrivalTime ?? 0;
    if (newest - (truth.queued.get(unread)?.arrivalTime ?? newest) > PAUSE_MS) {
        trace.violate("progress", `The queue is read to ${position} of ${truth.newestQueued}`);
    }
}
function checkLoss(lost, options) {
    const { trace, truth, startTime, closedSpans, bytesPerSecond, endMs } = options;
    const messages = [...truth.queued].map(([sequence, { arrivalTime }]) => ({
        sequence,
        arrivalMs: arrivalTime - startTime,
    }));
    const unavoidable = lostToBestReader({
        messages,
        retentionMs: RETENTION_MS,
        closed: closedSpans,
        noticeMs: RECOVERY_MS,
        pauseMs: PAUSE_MS,
        requestsPerMinute: REQUESTS_PER_MINUTE,
        bytesPerSecond,
        messageBytes: MESSAGE_BYTES,
        pageMessages: PAGE_MESSAGES,
        untilMs: endMs,
    });
    const avoidable = lost.filter((sequence) => !unavoidable.has(sequence));
    const [first] = avoidable;
    if (first === undefined)
        return;
    const report = truth.queued.get(first);
    const fromMs = report.arrivalTime - startTime;
    const freeMs = longestFree({ fromMs, toMs: fromMs + RETENTION_MS }, closedSpans);
    trace.violate("loss", `${avoidable.length} of ${lost.length} lost messages could be had by the best reader who needs ` +
        `${RECOVERY_MS / MINUTE_MS} min to notice; ${first} could be read for ${freeMs / SECOND_MS} s at a stretch`);
}
/** What was appended took effect where all of it goes, or is what the partner refuses, or went before it could. */
function checkDelivered(records, options) {
    const { partner, archiveReceiver, delivering, witness, trace } = options;
    const judge = (sink, receiver, isBad) => {
        const expired = witness.expired.get(sink);
        for (const { id, name } of records) {
            const isApplied = receiver.applied.has(name);
            if (isApplied && isBad(id))
                trace.violate("once", `${name} was taken by ${sink} although it is bad`);
            if (isApplied || isBad(id) || expired?.has(name))
                continue;
            trace.violate("settled", `${name} never took effect at ${sink}`);
        }
    };
    judge(PARTNER, partner.receiver, (id) => partner.isBad(id));
    if (delivering.includes(ARCHIVE))
        judge(ARCHIVE, archiveReceiver, () => false);
}
/** Who only wants the newest has it for every key, unless that is too old. */
function checkBoard(records, options) {
    const { board, delivering, startTime, endMs, trace, isClockOff } = options;
    if (!delivering.includes(BOARD) || isClockOff)
        return;
    const newest = new Map();
    for (const record of records) {
        if (record.isRemoved || record.flags.includes("future"))
            continue;
        const known = newest.get(record.key);
        const isNewer = known === undefined ||
            record.eventTime > known.eventTime ||
            (record.eventTime === known.eventTime && record.revision > known.revision);
        if (isNewer)
            newest.set(record.key, record);
    }
    const until = startTime + endMs;
    for (const { name, eventTime } of newest.values()) {
        const age = until - eventTime;
        if (age < 0 || age > BOARD_MAX_AGE_MS / 2 || board.receiver.applied.has(name))
            continue;
        trace.violate("settled", `${name}, the newest of its key, never took effect at ${BOARD}`);
    }
}
/** What retention took from a sink that had not read it is counted, one for one. */
async function checkExpired({ log, trace, witness, delivering }) {
    for (const sink of delivering.filter((one) => one !== BOARD)) {
        let counted = 0;
        for (const { outcome, count } of await log.ledgerSums({ step: sinkStep(sink) })) {
            if (outcome === "expired")
                counted += count;
        }
        const removed = witness.expired.get(sink)?.size ?? 0;
        if (counted !== removed) {
            trace.violate("ledger", `${removed} records were removed before ${sink} read them, and ${counted} are counted`);
        }
    }
}
