import fc from "fast-check";
import { expect } from "vitest";
import { textPack } from "./log-packs.js";
function steps(partitions) {
    const partition = fc.nat({ max: partitions - 1 });
    const pack = fc.record({
        partition,
        count: fc.integer({ min: 1, max: 5 }),
        minute: fc.integer({ min: 1, max: 30 }),
    });
    const step = fc.oneof({
        weight: 6,
        arbitrary: fc.record({
            type: fc.constant("commit"),
            packs: fc.array(pack, { maxLength: 4 }),
            advance: fc.nat({ max: 4 }),
        }),
    }, { weight: 1, arbitrary: fc.record({ type: fc.constant("back"), partition }) }, {
        weight: 1,
        arbitrary: fc.record({
            type: fc.constant("together"),
            commits: fc.integer({ min: 2, max: 6 }),
        }),
    }, {
        weight: 4,
        arbitrary: fc.record({
            type: fc.constant("read"),
            partition,
            from: fc.nat({ max: 40 }),
            entriesMax: fc.integer({ min: 1, max: 12 }),
        }),
    }, {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant("retain"), before: fc.integer({ min: 1, max: 30 }) }),
    }, { weight: 1, arbitrary: fc.record({ type: fc.constant("reopen") }) });
    return fc.array(step, { minLength: 1, maxLength: 25 });
}
/** Random histories on the log and on the model must look the same from outside. */
export async function runAgainstModel(open, partitions, runs) {
    await fc.assert(fc.asyncProperty(steps(partitions), async (history) => {
        let opened = await open({ partitions });
        const model = {
            entries: Array.from({ length: partitions }, () => []),
            starts: Array.from({ length: partitions }, () => 0),
            cursors: Array.from({ length: partitions }, () => 0),
            sum: 0,
            serial: 0,
        };
        try {
            for (const step of history)
                opened = await take(step, opened, model);
            await compare(opened.log, model);
        }
        finally {
            await opened.dispose();
        }
    }), { numRuns: runs, seed: 20_261_122, interruptAfterTimeLimit: 20_000 });
}
async function take(step, opened, model) {
    const { log } = opened;
    if (step.type === "reopen")
        return opened.reopen();
    if (step.type === "commit")
        await commit(step, log, model);
    if (step.type === "together") {
        await Promise.all(Array.from({ length: step.commits }, (_, i) => commit({ type: "commit", packs: [{ partition: 0, count: 1, minute: 1 + i }], advance: 0 }, log, model)));
    }
    if (step.type === "back") {
        const present = model.cursors[step.partition];
        const next = { topic: "records", partition: step.partition, offset: present - 1 };
        if (present > 0) {
            await expect(log.commit({ consumed: [{ subscription: "sink:m", next }] })).rejects.toThrow("go back");
        }
    }
    if (step.type === "read")
        await read(step, log, model);
    if (step.type === "retain")
        await retain(step.before, log, model);
    return opened;
}
async function commit(step, log, model) {
    const expected = [];
    const append = step.packs.map(({ partition, count, minute }) => {
        const name = `e${model.serial++}`;
        const feed = minute % 2 === 0 ? "even" : "odd";
        const entries = model.entries[partition];
        expected.push(entries.length);
        for (let i = 0; i < count; i++)
            entries.push({ entry: `${name}-${i}`, minute, feed });
        return textPack(name, count, { partition, minute, feed });
    });
    const partition = step.packs[0]?.partition ?? 0;
    model.cursors[partition] = Math.min(model.cursors[partition] + step.advance, model.entries[partition]?.length ?? 0);
    model.sum += append.length;
    const positions = await log.commit({
        append,
        consumed: [
            {
                subscription: "sink:m",
                next: { topic: "records", partition, offset: model.cursors[partition] },
            },
        ],
        ledger: [
            { step: "admit", feed: "all", partition: 0, minute: 0, outcome: "appended", count: append.length },
        ],
    });
    expect(positions.map(({ offset }) => offset)).toEqual(expected);
}
async function read(step, log, model) {
    const { partition } = step;
    const entries = model.entries[partition];
    const start = model.starts[partition];
    const offset = Math.min(step.from, entries.length);
    const page = await log.read({ topic: "records", partition, offset }, { entriesMax: step.entriesMax, bytesMax: 1e9 });
    expect(page.skippedTo).toBe(offset < start ? start : undefined);
    const from = Math.max(offset, start);
    const seen = entriesFrom(page.packs, from);
    expect(seen).toEqual(entries.slice(from, page.next.offset).map(({ entry }) => entry));
    if (from < entries.length)
        expect(page.next.offset).toBeGreaterThan(from);
    else
        expect(page.next.offset).toBe(from);
}
function entriesFrom(packs, from) {
    return packs.flatMap((pack) => JSON.parse(pack.body).filter((_, i) => pack.firstOffset + i >= from));
}
async function retain(before, log, model) {
    const went = await log.retain({ topic: "records", maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER }, before * 60_000);
    let entries = 0;
    for (let partition = 0; partition < model.entries.length; partition++) {
        const all = model.entries[partition];
        let start = model.starts[partition];
        while (start < all.length && all[start]?.minute < before) {
            start++;
            entries++;
        }
        model.starts[partition] = start;
    }
    expect(went.entries).toBe(entries);
}
async function compare(log, model) {
    let kept = 0;
    for (let partition = 0; partition < model.entries.length; partition++) {
        const all = model.entries[partition];
        const start = model.starts[partition];
        kept += all.length - start;
        expect(await log.bounds("records", partition)).toEqual({ start, end: all.length });
        const page = await log.read({ topic: "records", partition, offset: start }, { entriesMax: 1e9, bytesMax: 1e9 });
        expect(entriesFrom(page.packs, start)).toEqual(all.slice(start).map(({ entry }) => entry));
        const from = Math.max(start, Math.floor((start + all.length) / 2));
        const pending = await log.pending({ topic: "records", partition, offset: from });
        expect(pending.reduce((sum, row) => sum + row.count, 0)).toBe(all.length - from);
        for (const minute of [5, 15, 25]) {
            const first = all.findIndex((entry, i) => i >= start && entry.minute >= minute);
            expect(await log.offsetAt("records", partition, minute * 60_000)).toBe(first < 0 ? all.length : first);
        }
        const cursor = await log.cursor("sink:m", "records", partition);
        expect(cursor ?? 0).toBe(model.cursors[partition]);
    }
    const usage = (await log.usage()).find(({ topic }) => topic === "records");
    expect(usage?.entries).toBe(kept);
    const sum = (await log.ledger({ feed: "all" })).reduce((total, row) => total + row.count, 0);
    expect(sum).toBe(model.sum);
}
