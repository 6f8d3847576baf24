import { Evidence } from "./audit-evidence.js";
import { readBounds } from "./audit-streams.js";
import { goneSinks } from "./balance.js";
import { INTERPRET, sinkStep } from "./ledger.js";
import { spanMinutes, spanStart } from "./ledger-spans.js";
export async function readScene(log, { sinks, fromMinute = 0 }) {
    const isGone = goneSinks(sinks);
    const known = new Set((await log.ledgerSums({ fromMinute })).map(({ step }) => step).filter(isGone));
    const gone = [...known].map((step) => ({ name: step.slice("sink:".length), feeds: [] }));
    const steps = [INTERPRET, ...[...sinks, ...gone].map(({ name }) => sinkStep(name))];
    const partitions = Array.from({ length: log.partitions("records") }, (_, partition) => partition);
    const places = steps.flatMap((step) => partitions.map((partition) => ({ step, partition })));
    const [evidence, bounds, ledger, folds, settled, openLetters, ...cursors] = await Promise.all([
        Evidence.read(log),
        readBounds(log),
        log.ledger({ fromMinute }),
        log.ledgerFolds(),
        log.settledLetters(),
        log.openLetters(),
        ...places.map(({ step, partition }) => log.cursor(step, step === INTERPRET ? "frames" : "records", partition)),
    ]);
    const read = new Map();
    places.forEach(({ step, partition }, at) => {
        const cursor = cursors[at];
        if (cursor !== undefined)
            read.set(`${step}/${partition}`, cursor);
    });
    const first = firstAccountFrom(fromMinute, folds);
    const settledLetters = new Map();
    for (const row of settled) {
        const key = `${row.partition}/${row.firstOffset}`;
        settledLetters.set(key, [...(settledLetters.get(key) ?? []), row]);
    }
    const letters = { settledLetters, openLetters };
    const all = { sinks, goneSinks: gone };
    return { log, bounds, ledger, folds, cursors: read, evidence, ...all, fromMinute: first, ...letters };
}
/** What lies in an account that began before belongs to none of those that are looked at. */
function firstAccountFrom(minute, folds) {
    const start = spanStart(folds, minute);
    return start < minute ? start + spanMinutes(folds, minute) : minute;
}
