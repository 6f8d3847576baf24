import fc from "fast-check";
import { expect } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
import { textPack } from "./log-packs.js";
/** Short, so that random minutes of ten days fall on both sides of every limit. */
const AGING = { hoursAfterMs: 3 * HOUR_MS, daysAfterMs: 2 * DAY_MS, keepMs: 5 * DAY_MS };
const MINUTES_MAX = 10 * 1440;
const SUBSCRIPTION = "sink:m";
const minute = fc.oneof(fc.nat({ max: MINUTES_MAX }), fc.nat({ max: 9 }).map((day) => day * 1440));
const feed = fc.constantFrom("metro", "tram");
const ledgerStep = fc.constantFrom("admit", SUBSCRIPTION);
function stepsFor(partitions) {
    const partition = fc.nat({ max: partitions - 1 });
    const posting = fc.record({
        step: ledgerStep,
        feed,
        partition,
        minute,
        outcome: fc.constantFrom("in", "appended", "expired"),
        count: fc.integer({ min: -5, max: 20 }),
    });
    const optional = (arbitrary) => fc.option(arbitrary, { nil: undefined });
    const filter = fc
        .record({
        step: optional(ledgerStep),
        feed: optional(feed),
        fromMinute: optional(minute),
        toMinute: optional(minute),
    })
        .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
    const now = fc.nat({ max: MINUTES_MAX * 2 }).map((minutes) => minutes * MINUTE_MS);
    const step = fc.oneof({
        weight: 6,
        arbitrary: fc.record({
            type: fc.constant("post"),
            postings: fc.array(posting, { minLength: 1, maxLength: 12 }),
        }),
    }, {
        weight: 3,
        arbitrary: fc.record({
            type: fc.constant("append"),
            partition,
            minute,
            feed,
            count: fc.integer({ min: 1, max: 5 }),
            read: fc.boolean(),
        }),
    }, { weight: 1, arbitrary: fc.record({ type: fc.constant("retain"), now }) }, { weight: 3, arbitrary: fc.record({ type: fc.constant("fold"), now }) }, {
        weight: 4,
        arbitrary: fc.record({
            type: fc.constant("look"),
            filter,
            everyMinutes: fc.constantFrom(undefined, 1, 60, 1440),
        }),
    }, { weight: 1, arbitrary: fc.record({ type: fc.constant("reopen") }) });
    return fc.array(step, { minLength: 1, maxLength: 30 });
}
/** Random postings, late ones too, folds and filters must look the same on the log and on the model. */
export async function runLedgerAgainstModel(open, partitions, runs) {
    await fc.assert(fc.asyncProperty(stepsFor(partitions), async (history) => {
        let opened = await open({ partitions });
        const zeros = () => Array.from({ length: partitions }, () => 0);
        const model = {
            postings: [],
            packs: [],
            ends: zeros(),
            cursors: zeros(),
            hoursBefore: 0,
            daysBefore: 0,
        };
        try {
            for (const step of history)
                opened = await take(step, opened, model);
            await look({ type: "look", filter: {}, everyMinutes: undefined }, opened.log, model);
        }
        finally {
            await opened.dispose();
        }
    }), { numRuns: runs, seed: 20_261_123, interruptAfterTimeLimit: 20_000 });
}
async function take(step, opened, model) {
    const { log } = opened;
    if (step.type === "reopen")
        return opened.reopen();
    if (step.type === "post") {
        await log.commit({ ledger: step.postings });
        model.postings.push(...step.postings);
    }
    if (step.type === "append")
        await append(step, log, model);
    if (step.type === "retain") {
        // In the ledger nothing but what retention posts may change; the model is told by the log what went.
        await log.retain({ topic: "records", maxAgeMs: DAY_MS, maxBytes: Number.MAX_SAFE_INTEGER }, step.now);
        await forgetPacks(log, model);
    }
    if (step.type === "fold")
        await fold(step.now, log, model);
    if (step.type === "look")
        await look(step, log, model);
    return opened;
}
async function append(step, log, model) {
    const { partition, minute: at, feed: of, count } = step;
    const first = model.ends[partition];
    model.packs.push({ partition, minute: at, feed: of, first, count });
    model.ends[partition] = first + count;
    if (step.read)
        model.cursors[partition] = first;
    const head = JSON.stringify({ frames: [{ partition: 0 }] });
    const next = { topic: "records", partition, offset: model.cursors[partition] };
    await log.commit({
        append: [textPack("r", count, { partition, minute: at, feed: of, head })],
        consumed: [{ subscription: SUBSCRIPTION, next }],
    });
}
async function forgetPacks(log, model) {
    for (let partition = 0; partition < model.ends.length; partition++) {
        const { start } = await log.bounds("records", partition);
        const gone = model.packs.filter((pack) => pack.partition === partition && pack.first < start);
        model.packs = model.packs.filter((pack) => !gone.includes(pack));
        for (const { feed: of, minute: at, first, count } of gone) {
            const admit = { step: "admit", feed: of, partition: 0, minute: at };
            const sink = { step: SUBSCRIPTION, feed: of, partition, minute: at };
            const unread = first + count - Math.max(first, model.cursors[partition]);
            const isOpen = model.postings.some((posting) => posting.outcome === "in" &&
                accountOf(model, posting) === accountOf(model, { ...sink, outcome: "in", count: 0 }));
            model.postings.push({ ...admit, outcome: "appended", count: -count });
            model.postings.push({ ...admit, outcome: "expired", count });
            if (isOpen && unread > 0)
                model.postings.push({ ...sink, outcome: "expired", count: unread });
        }
    }
}
async function fold(now, log, model) {
    const day = (time) => Math.floor(time / DAY_MS) * 1440;
    model.daysBefore = Math.max(model.daysBefore, day(now - AGING.daysAfterMs));
    const hours = Math.floor((now - AGING.hoursAfterMs) / HOUR_MS) * 60;
    model.hoursBefore = Math.max(model.hoursBefore, hours, model.daysBefore);
    const oldest = Math.min(...model.packs.map((pack) => pack.minute));
    const limit = Math.min(day(now - AGING.keepMs), Math.floor(oldest / 1440) * 1440);
    model.postings = model.postings.filter((posting) => firstOf(model, posting.minute) >= limit);
    await log.foldLedger(AGING, now);
    expect(await log.ledgerFolds()).toEqual({ hoursBefore: model.hoursBefore, daysBefore: model.daysBefore });
    const before = await log.ledger();
    expect(await log.foldLedger(AGING, now)).toEqual({ folded: 0, removed: 0 });
    expect(await log.ledger()).toEqual(before);
}
function firstOf(model, at) {
    if (at < model.daysBefore)
        return Math.floor(at / 1440) * 1440;
    return at < model.hoursBefore ? Math.floor(at / 60) * 60 : at;
}
function accountOf(model, posting) {
    return `${posting.step} ${posting.feed} ${posting.partition} ${firstOf(model, posting.minute)}`;
}
async function look(step, log, model) {
    const { filter, everyMinutes } = step;
    const chosen = model.postings.filter((posting) => {
        const first = firstOf(model, posting.minute);
        return ((filter.step ?? posting.step) === posting.step &&
            (filter.feed ?? posting.feed) === posting.feed &&
            first >= (filter.fromMinute ?? first) &&
            first <= (filter.toMinute ?? first));
    });
    const rows = (await log.ledger(filter)).map((row) => [
        `${row.step} ${row.feed} ${row.partition} ${row.minute} ${row.outcome}`,
        row.count,
    ]);
    expect(rows.sort()).toEqual(sumsBy(chosen, (p) => `${accountOf(model, p)} ${p.outcome}`).sort());
    for (const row of await log.ledger(filter)) {
        const { minute: first, spanMinutes: span } = row;
        expect(span).toBe(first < model.daysBefore ? 1440 : first < model.hoursBefore ? 60 : 1);
    }
    const stretch = (posting) => everyMinutes === undefined ? 0 : Math.floor(firstOf(model, posting.minute) / everyMinutes) * everyMinutes;
    const query = everyMinutes === undefined ? filter : { ...filter, everyMinutes };
    const sums = (await log.ledgerSums(query)).map((sum) => [
        `${sum.step} ${sum.feed} ${sum.minute} ${sum.outcome}`,
        sum.count,
    ]);
    expect(sums.sort()).toEqual(sumsBy(chosen, (p) => `${p.step} ${p.feed} ${stretch(p)} ${p.outcome}`).sort());
    const { open } = await log.openAccounts(filter);
    const signed = chosen.map((p) => (p.outcome === "in" ? p : { ...p, count: -p.count }));
    expect(open.map((row) => [`${row.step} ${row.feed} ${row.partition} ${row.minute}`, row.open]).sort()).toEqual(sumsBy(signed, (p) => accountOf(model, p)).sort());
    await comparePending(log, model);
}
async function comparePending(log, model) {
    for (let partition = 0; partition < model.ends.length; partition++) {
        const cursor = model.cursors[partition];
        const waiting = model.packs
            .filter((pack) => pack.partition === partition)
            .map((pack) => ({ ...pack, count: pack.first + pack.count - Math.max(cursor, pack.first) }))
            .filter(({ count }) => count > 0);
        const pending = await log.pending({ topic: "records", partition, subscription: SUBSCRIPTION });
        expect(pending.map((row) => [`${row.feed} ${row.minute}`, row.count]).sort()).toEqual(sumsBy(waiting, (pack) => `${pack.feed} ${firstOf(model, pack.minute)}`).sort());
    }
}
function sumsBy(items, key) {
    const sums = new Map();
    for (const item of items)
        sums.set(key(item), (sums.get(key(item)) ?? 0) + item.count);
    return [...sums].filter(([, count]) => count !== 0);
}
