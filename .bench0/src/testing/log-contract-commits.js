import { expect, it } from "vitest";
import { TOPICS } from "../log/log.js";
import { Failure } from "../model/failure.js";
import { ALL, bytesPack, entriesOf, everything, textPack } from "./log-packs.js";
export function describeCommits(start, partitions) {
    const last = partitions - 1;
    it("gives every topic the same number of partitions", async () => {
        const log = await start();
        for (const topic of TOPICS)
            expect(log.partitions(topic)).toBe(partitions);
    });
    it("answers with the first offset of each pack, ascending without reuse", async () => {
        const log = await start();
        const first = await log.commit({
            append: [textPack("a", 3, { partition: last }), textPack("b", 2, { partition: last })],
        });
        const second = await log.commit({ append: [textPack("c", 1, { partition: last })] });
        expect(first).toEqual([
            { topic: "records", partition: last, offset: 0 },
            { topic: "records", partition: last, offset: 3 },
        ]);
        expect(second).toEqual([{ topic: "records", partition: last, offset: 5 }]);
        expect(await log.bounds("records", last)).toEqual({ start: 0, end: 6 });
        expect(await log.bounds("frames", last)).toEqual({ start: 0, end: 0 });
    });
    it("commits in the order of the calls when many are under way", async () => {
        const log = await start();
        const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => log.commit({ append: [textPack(`n${i}`, 1 + (i % 3))] })));
        const offsets = answers.map((positions) => positions[0]?.offset);
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        const names = entriesOf(await everything(log, "records", 0)).map(({ entry }) => entry.split("-")[0]);
        expect([...new Set(names)]).toEqual(Array.from({ length: 200 }, (_, i) => `n${i}`));
    });
    it("writes nothing of a commit that it refuses, and goes on", async () => {
        const log = await start();
        const posting = {
            step: "admit",
            feed: "metro",
            partition: 0,
            minute: 1,
            outcome: "in",
            count: 1,
        };
        const bad = [
            { append: [textPack("x", 1), textPack("y", 1, { partition: partitions })] },
            { append: [textPack("x", 1), textPack("y", 0)] },
            { append: [textPack("x", 1)], state: [{ name: "", bytes: "x" }] },
            { append: [textPack("x", 1)], ledger: [posting, { ...posting, count: 0.5 }] },
            {
                append: [textPack("x", 1)],
                consumed: [{ subscription: "s", next: { topic: "records", partition: 0, offset: -1 } }],
            },
        ];
        const good = [
            log.commit({ append: [textPack("g0", 1)] }),
            ...bad.map((commit) => log.commit(commit).catch((thrown) => thrown)),
            log.commit({ append: [textPack("g1", 1)] }),
        ];
        const settled = await Promise.all(good);
        for (const failure of settled.slice(1, -1))
            expect(failure).toMatchObject({ code: "bug" });
        expect(entriesOf(await everything(log, "records", 0)).map(({ entry }) => entry)).toEqual([
            "g0-0",
            "g1-0",
        ]);
        expect(await log.ledger()).toEqual([]);
    });
    it("fences an owner with an older epoch and leaves its neighbours alone", async () => {
        const log = await start();
        await log.commit({ fence: { owner: "metro", epoch: 2 }, append: [textPack("a", 1)] });
        const [old, same, other, newer, then] = await Promise.allSettled([
            log.commit({ fence: { owner: "metro", epoch: 1 }, append: [textPack("old", 1)] }),
            log.commit({ fence: { owner: "metro", epoch: 2 }, append: [textPack("same", 1)] }),
            log.commit({ fence: { owner: "other", epoch: 1 }, append: [textPack("other", 1)] }),
            log.commit({ fence: { owner: "metro", epoch: 3 }, append: [textPack("newer", 1)] }),
            log.commit({ fence: { owner: "metro", epoch: 2 }, append: [textPack("then", 1)] }),
        ]);
        expect(old).toMatchObject({ status: "rejected", reason: { code: "store.fenced" } });
        expect(then).toMatchObject({ status: "rejected", reason: { code: "store.fenced" } });
        for (const settled of [same, other, newer])
            expect(settled.status).toBe("fulfilled");
        const names = entriesOf(await everything(log, "records", 0)).map(({ entry }) => entry);
        expect(names).toEqual(["a-0", "same-0", "other-0", "newer-0"]);
    });
    it("tells listeners which partitions grew, and stops when cancelled", async () => {
        const log = await start();
        const ends = new Map();
        const cancel = log.onAppend((grown) => {
            for (const { topic, partition, end } of grown)
                ends.set(`${topic}/${partition}`, end);
        });
        await log.commit({ append: [textPack("a", 3), textPack("b", 2, { partition: last, topic: "events" })] });
        await log.commit({ state: [{ name: "s", bytes: "x" }] });
        expect(Object.fromEntries(ends)).toEqual({ "records/0": 3, [`events/${last}`]: 2 });
        cancel();
        await log.commit({ append: [textPack("c", 1)] });
        expect(ends.get("records/0")).toBe(3);
    });
    it("hands all partitions to a consumer once, until it stops", async () => {
        const log = await start();
        const stop = new AbortController();
        const seen = [];
        for await (const assignment of log.subscribe("interpret", "shared", stop.signal)) {
            seen.push([assignment.topic, assignment.partitions]);
            stop.abort();
        }
        expect(seen).toEqual([["frames", Array.from({ length: partitions }, (_, p) => p)]]);
    });
    it("refuses everything once it is closed", async () => {
        const log = await start();
        await log.close();
        await log.close();
        await expect(log.commit({ append: [textPack("a", 1)] })).rejects.toMatchObject({ code: "closed" });
        await expect(log.bounds("records", 0)).rejects.toMatchObject({ code: "closed" });
    });
}
export function describeReads(start, partitions) {
    const last = partitions - 1;
    it("gives back exactly what was appended, text as text and bytes as bytes", async () => {
        const log = await start();
        const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256);
        const whole = new Uint8Array(80_000);
        whole.set(bytes, 5_000);
        const view = whole.subarray(5_000, 75_000);
        const text = textPack("ü\u0000\u2028\uD83D\uDE8C", 2, { partition: last, head: '{"frames":[]}' });
        await log.commit({ append: [text, bytesPack(view, { partition: last, feed: "tram" })] });
        expect(view.byteLength).toBe(70_000);
        expect(await everything(log, "records", last)).toEqual([{ ...text, firstOffset: 0 }]);
        const frames = await everything(log, "frames", last);
        expect(frames).toHaveLength(1);
        expect(Buffer.compare(frames[0]?.body, bytes)).toBe(0);
        expect(frames[0]).toMatchObject({
            feed: "tram",
            partition: last,
            count: 1,
            minute: 1000,
            firstOffset: 0,
        });
        await log.commit({ append: [bytesPack(new Uint8Array(0))] });
        expect((await log.read({ topic: "frames", partition: 0, offset: last === 0 ? 1 : 0 }, ALL)).packs).toEqual([expect.objectContaining({ body: new Uint8Array(0) })]);
    });
    it("takes bodies of JSON as bytes too, and a view of a larger buffer for one", async () => {
        const log = await start();
        const text = new TextEncoder().encode('--["é-0","b-1"]--');
        const body = text.subarray(2, text.length - 2);
        await Promise.all([
            log.commit({ append: [textPack("x", 2, { body })] }),
            log.commit({ append: [textPack("x", 2, { body, topic: "receipts" })] }),
        ]);
        for (const topic of ["records", "receipts"]) {
            for (let again = 0; again < 2; again++) {
                const [pack] = await everything(log, topic, 0);
                expect(new TextDecoder().decode(pack?.body)).toBe('["é-0","b-1"]');
            }
        }
        expect(body.byteLength).toBe(14);
    });
    it("reads in pages by entries and bytes, at least one pack at a time", async () => {
        const log = await start();
        for (let i = 0; i < 10; i++)
            await log.commit({ append: [textPack(`p${i}`, 10)] });
        const byEntries = await log.read({ topic: "records", partition: 0, offset: 0 }, { entriesMax: 35, bytesMax: 1e9 });
        expect(byEntries.packs.map((pack) => pack.firstOffset)).toEqual([0, 10, 20]);
        expect(byEntries.next).toEqual({ topic: "records", partition: 0, offset: 30 });
        const byBytes = await log.read({ topic: "records", partition: 0, offset: 30 }, { entriesMax: 1e9, bytesMax: 1 });
        expect(byBytes.packs.map((pack) => pack.firstOffset)).toEqual([30]);
        const seen = [];
        let at = { topic: "records", partition: 0, offset: 0 };
        for (;;) {
            const page = await log.read(at, { entriesMax: 17, bytesMax: 1e9 });
            if (page.packs.length === 0)
                break;
            seen.push(...page.packs.map((pack) => pack.firstOffset));
            at = page.next;
        }
        expect(seen).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
        expect(at.offset).toBe(100);
    });
    it("starts in the middle of a pack with that pack, and answers at once at the end", async () => {
        const log = await start();
        await log.commit({ append: [textPack("a", 5), textPack("b", 5)] });
        const middle = await log.read({ topic: "records", partition: 0, offset: 7 }, { entriesMax: 3, bytesMax: 1e9 });
        expect(middle.packs.map((pack) => pack.firstOffset)).toEqual([5]);
        expect(middle.next.offset).toBe(10);
        const end = await log.read({ topic: "records", partition: 0, offset: 10 }, ALL);
        expect(end).toEqual({ packs: [], next: { topic: "records", partition: 0, offset: 10 } });
    });
    it("gives up a read with the reason of its signal", async () => {
        const log = await start();
        const stop = new AbortController();
        stop.abort(new Failure("closed", "stopped"));
        await expect(log.read({ topic: "records", partition: 0, offset: 0 }, ALL, stop.signal)).rejects.toMatchObject({ code: "closed" });
    });
    it("finds the first pack of a minute also where minutes are not in order", async () => {
        const log = await start();
        const minutes = [10, 12, 11, 12, 15, 13];
        for (const minute of minutes) {
            await log.commit({ append: [textPack("m", 2, { partition: last, minute })] });
        }
        const at = (minute) => log.offsetAt("records", last, minute * 60_000);
        expect(await Promise.all([0, 10, 11, 12, 13, 15, 16].map(at))).toEqual([0, 0, 2, 2, 8, 8, 12]);
        expect(await log.offsetAt("records", last, 13 * 60_000 + 30_000)).toBe(8);
    });
    it("gives the packs of a feed and a minute of every partition, and no others", async () => {
        const log = await start();
        await log.commit({
            append: [
                textPack("later", 1, { minute: 8 }),
                textPack("here", 3, { minute: 7 }),
                textPack("other", 1, { minute: 7, feed: "tram" }),
                textPack("receipt", 1, { minute: 7, topic: "receipts" }),
                textPack("here-too", 1, { minute: 7 }),
                textPack("there", 2, { minute: 7, partition: last }),
            ],
        });
        const packs = await log.packsOfMinute("records", "metro", 7);
        expect(packs.map(({ partition, firstOffset, count, minute, feed, body }) => [
            partition,
            firstOffset,
            count,
            minute,
            feed,
            JSON.parse(body)[0],
        ])).toEqual([
            [0, 1, 3, 7, "metro", "here-0"],
            [0, 5, 1, 7, "metro", "here-too-0"],
            [last, last === 0 ? 6 : 0, 2, 7, "metro", "there-0"],
        ]);
        expect(await log.packsOfMinute("receipts", "metro", 7)).toHaveLength(1);
        expect(await log.packsOfMinute("records", "metro", 9)).toEqual([]);
    });
    it("counts what is pending per feed and minute, also from the middle of a pack", async () => {
        const log = await start();
        await log.commit({
            append: [
                textPack("a", 4, { minute: 1 }),
                textPack("b", 3, { minute: 1, feed: "tram" }),
                textPack("c", 2, { minute: 2 }),
                textPack("d", 5, { minute: 1 }),
            ],
        });
        const pending = async (offset) => Object.fromEntries((await log.pending({ topic: "records", partition: 0, offset })).map((row) => [
            `${row.feed}/${row.minute}`,
            row.count,
        ]));
        expect(await pending(0)).toEqual({ "metro/1": 9, "tram/1": 3, "metro/2": 2 });
        expect(await pending(6)).toEqual({ "metro/1": 5, "tram/1": 1, "metro/2": 2 });
        expect(await pending(14)).toEqual({});
        const unread = { topic: "records", partition: 0, subscription: "sink:web" };
        expect((await log.pending(unread)).reduce((sum, { count }) => sum + count, 0)).toBe(14);
        const next = { topic: "records", partition: 0, offset: 8 };
        await log.commit({ consumed: [{ subscription: "sink:web", next }] });
        expect((await log.pending(unread)).reduce((sum, { count }) => sum + count, 0)).toBe(6);
    });
}
