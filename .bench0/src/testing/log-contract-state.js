import { expect, it } from "vitest";
import { retentionMark } from "../log/retention.js";
import { ALL, bytesPack, everything, NEVER, textPack } from "./log-packs.js";
export function describeCursorsAndState(start, restart, partitions) {
    const last = partitions - 1;
    const move = (offset, seek) => ({
        consumed: [
            {
                subscription: "sink:web",
                next: { topic: "records", partition: last, offset },
                ...(seek ? { seek } : {}),
            },
        ],
    });
    it("moves cursors forward only, unless an operator seeks", async () => {
        const log = await start();
        await log.commit({ append: [textPack("a", 50, { partition: last })] });
        expect(await log.cursor("sink:web", "records", last)).toBeUndefined();
        await log.commit(move(40));
        await log.commit(move(40));
        await expect(log.commit({ ...move(30), append: [textPack("no", 1)] })).rejects.toMatchObject({
            code: "bug",
        });
        expect(await log.cursor("sink:web", "records", last)).toBe(40);
        await log.commit(move(10, true));
        expect(await log.cursor("sink:web", "records", last)).toBe(10);
        expect(await log.cursor("sink:web", "frames", last)).toBeUndefined();
        expect(await log.cursor("sink:other", "records", last)).toBeUndefined();
        const reopened = await restart();
        expect(await reopened.cursor("sink:web", "records", last)).toBe(10);
        await expect(reopened.commit(move(9))).rejects.toMatchObject({ code: "bug" });
    });
    it("refuses a commit that accounts for what retention has removed and posted meanwhile", async () => {
        const log = await start();
        await log.commit({ append: [textPack("a", 10, { partition: last, minute: 5 })] });
        await log.commit({ append: [textPack("b", 10, { partition: last, minute: 6 })] });
        const settle = (offset, since) => ({
            consumed: [{ subscription: "sink:web", next: { topic: "records", partition: last, offset }, since }],
            ledger: [
                { step: "sink:web", feed: "metro", partition: last, minute: 5, outcome: "delivered", count: 1 },
            ],
        });
        await log.commit(settle(4, 0));
        await log.retain({ topic: "records", maxAgeMs: 0, maxBytes: NEVER }, 6.5 * 60_000);
        expect((await log.bounds("records", last)).start).toBe(10);
        await expect(log.commit(settle(12, 4))).rejects.toMatchObject({ code: "store.overtaken" });
        expect(await log.cursor("sink:web", "records", last)).toBe(4);
        await log.commit(settle(12, 10));
        expect(await log.cursor("sink:web", "records", last)).toBe(12);
        const delivered = (await log.ledger({ step: "sink:web" })).filter(({ outcome }) => outcome === "delivered");
        expect(delivered.map(({ count }) => count)).toEqual([2]);
    });
    it("keeps, replaces, lists and deletes state", async () => {
        const log = await start();
        const bytes = Uint8Array.of(0, 255, 7);
        await log.commit({
            state: [
                { name: "source/b", bytes },
                { name: "source/a", bytes: "ä text" },
                { name: "sauce", bytes: "" },
                { name: "source%", bytes: "x" },
            ],
        });
        await log.commit({ state: [{ name: "source%", bytes: null }] });
        expect(await log.stateNames("source")).toEqual(["source/a", "source/b"]);
        expect(await log.stateNames("")).toEqual(["sauce", "source/a", "source/b"]);
        expect(await log.stateNames("source_")).toEqual([]);
        const reopened = await restart();
        expect(await reopened.state("source/b")).toEqual(bytes);
        expect(new TextDecoder().decode(await reopened.state("source/a"))).toBe("ä text");
        expect(await reopened.state("sauce")).toEqual(new Uint8Array(0));
        expect(await reopened.state("source%")).toBeUndefined();
        await reopened.commit({
            state: [
                { name: "sauce", bytes: "1" },
                { name: "sauce", bytes: "2" },
            ],
        });
        expect(new TextDecoder().decode(await reopened.state("sauce"))).toBe("2");
    });
    it("has everything after a restart and goes on where it was", async () => {
        const log = await start();
        await log.commit({
            append: [textPack("a", 3, { partition: last }), bytesPack(Uint8Array.of(1, 2, 3))],
            fence: { owner: "metro", epoch: 7 },
            ledger: [{ step: "receive", feed: "metro", partition: 0, minute: 1000, outcome: "in", count: 1 }],
        });
        const before = await Promise.all([
            everything(log, "records", last),
            everything(log, "frames", 0),
            log.ledger(),
            log.usage(),
        ]);
        const reopened = await restart();
        const after = await Promise.all([
            everything(reopened, "records", last),
            everything(reopened, "frames", 0),
            reopened.ledger(),
            reopened.usage(),
        ]);
        expect(after).toEqual(before);
        expect(reopened.partitions("records")).toBe(partitions);
        await expect(reopened.commit({ fence: { owner: "metro", epoch: 6 } })).rejects.toMatchObject({
            code: "store.fenced",
        });
        const [position] = await reopened.commit({ append: [textPack("b", 1, { partition: last })] });
        expect(position?.offset).toBe(3);
    });
    it("gives consumers a higher epoch after a restart", async () => {
        const epochOf = async (log) => {
            for await (const { epoch } of log.subscribe("sink:web", "shared", new AbortController().signal))
                return epoch;
            return -1;
        };
        const first = await epochOf(await start());
        expect(await epochOf(await restart())).toBeGreaterThan(first);
    });
}
export function describeLedger(start, partitions) {
    const last = partitions - 1;
    it("adds up postings per account and outcome, and filters", async () => {
        const log = await start();
        const posting = (over) => ({
            step: "admit",
            feed: "metro",
            partition: last,
            minute: 5,
            outcome: "appended",
            count: 1,
            ...over,
        });
        await Promise.all([
            log.commit({ ledger: [posting({ count: 10 }), posting({ outcome: "in", count: 12 })] }),
            log.commit({
                ledger: [posting({ count: -3 }), posting({ minute: 6 }), posting({ step: "sink:web", minute: 7 })],
            }),
            log.commit({ ledger: [posting({ feed: "tram", minute: 8, count: 4 })] }),
            log.commit({ ledger: [posting({ feed: "tram", minute: 9, count: 4 })] }),
            log.commit({ ledger: [posting({ feed: "tram", minute: 9, count: -4 })] }),
        ]);
        const rows = async (filter) => (await log.ledger(filter))
            .map((row) => `${row.step} ${row.feed} ${row.partition} ${row.minute} ${row.outcome} ${row.count}`)
            .sort();
        expect(await rows({ feed: "metro", toMinute: 5 })).toEqual([
            `admit metro ${last} 5 appended 7`,
            `admit metro ${last} 5 in 12`,
        ]);
        expect(await rows({ step: "sink:web" })).toEqual([`sink:web metro ${last} 7 appended 1`]);
        expect(await rows({ fromMinute: 6, toMinute: 7 })).toHaveLength(2);
        expect(await rows({ feed: "tram" })).toEqual([`admit tram ${last} 8 appended 4`]);
        expect(await rows()).toHaveLength(5);
    });
}
export function describeRetention(start, restart, partitions) {
    const last = partitions - 1;
    const minuteMs = 60_000;
    it("removes whole packs by age from the old end, and never gives their offsets again", async () => {
        const log = await start();
        for (let minute = 100; minute < 110; minute++) {
            await log.commit({ append: [textPack("r", 4, { partition: last, minute })] });
        }
        const policy = { topic: "records", maxAgeMs: 5 * minuteMs, maxBytes: NEVER };
        const went = await log.retain(policy, 110 * minuteMs);
        expect(went).toMatchObject({ packs: 5, entries: 20 });
        expect(went.bytes).toBeGreaterThan(0);
        expect(await log.bounds("records", last)).toEqual({ start: 20, end: 40 });
        const page = await log.read({ topic: "records", partition: last, offset: 3 }, ALL);
        expect(page.skippedTo).toBe(20);
        expect(page.packs[0]?.firstOffset).toBe(20);
        expect(page.next.offset).toBe(40);
        expect(await log.offsetAt("records", last, 0)).toBe(20);
        await log.retain(policy, 1000 * minuteMs);
        expect(await log.bounds("records", last)).toEqual({ start: 40, end: 40 });
        expect((await log.read({ topic: "records", partition: last, offset: 3 }, ALL)).next.offset).toBe(40);
        const reopened = await restart();
        expect(await reopened.bounds("records", last)).toEqual({ start: 40, end: 40 });
        const [position] = await reopened.commit({ append: [textPack("z", 1, { partition: last })] });
        expect(position?.offset).toBe(40);
    });
    it("removes by bytes, the oldest minute of any partition first, and keeps what a reader still needs", async () => {
        const log = await start();
        for (let minute = 100; minute < 112; minute++) {
            await log.commit({ append: [textPack("r", 1, { partition: minute % partitions, minute })] });
        }
        const usage = async () => (await log.usage()).find(({ topic }) => topic === "records");
        const before = await usage();
        expect(before?.entries).toBe(12);
        const maxBytes = (before?.bytes ?? 0) / 2;
        const forever = Number.MAX_SAFE_INTEGER;
        const kept = Array.from({ length: partitions }, () => 0);
        expect(await log.retain({ topic: "records", maxAgeMs: forever, maxBytes: 0, keepFrom: kept }, 1e12)).toEqual({ packs: 0, entries: 0, bytes: 0 });
        expect(await log.retain({ topic: "records", maxAgeMs: forever, maxBytes, keepFrom: [NEVER] }, 1e12)).toMatchObject({
            packs: 6,
            entries: 6,
        });
        expect((await usage())?.bytes).toBe(maxBytes);
        let oldest = Number.POSITIVE_INFINITY;
        for (let partition = 0; partition < partitions; partition++) {
            for (const pack of await everything(log, "records", partition))
                oldest = Math.min(oldest, pack.minute);
        }
        expect(oldest).toBe(106);
    });
    it("posts what went as expired, for unread records in the account of the sink too", async () => {
        const log = await start();
        const head = JSON.stringify({ frames: [{ partition: last }] });
        await log.commit({
            append: [
                bytesPack(Uint8Array.of(1), { partition: last, minute: 7 }),
                textPack("r", 10, { minute: 7, head }),
                textPack("t", 2, { minute: 7, head, feed: "tram" }),
            ],
            consumed: [
                { subscription: "sink:web", next: { topic: "records", partition: 0, offset: 4 } },
                { subscription: "sink:done", next: { topic: "records", partition: 0, offset: 12 } },
                { subscription: "interpret", next: { topic: "frames", partition: last, offset: 1 } },
            ],
            ledger: [
                { step: "receive", feed: "metro", partition: last, minute: 7, outcome: "stored", count: 1 },
                { step: "admit", feed: "metro", partition: last, minute: 7, outcome: "appended", count: 10 },
                { step: "admit", feed: "tram", partition: last, minute: 7, outcome: "appended", count: 2 },
                { step: "sink:web", feed: "metro", partition: 0, minute: 7, outcome: "in", count: 10 },
                { step: "sink:done", feed: "metro", partition: 0, minute: 7, outcome: "in", count: 10 },
            ],
        });
        await log.retain({ topic: "records", maxAgeMs: 0, maxBytes: NEVER }, 1e9);
        await log.retain({ topic: "frames", maxAgeMs: 0, maxBytes: NEVER }, 1e9);
        const rows = (await log.ledger())
            .map((row) => `${row.step} ${row.feed} ${row.partition} ${row.outcome} ${row.count}`)
            .sort();
        expect(rows).toEqual([
            `admit metro ${last} expired 10`,
            `admit tram ${last} expired 2`,
            `receive metro ${last} expired 1`,
            "sink:done metro 0 in 10",
            "sink:web metro 0 expired 6",
            "sink:web metro 0 in 10",
        ]);
        expect(await log.pending({ topic: "records", partition: 0, offset: 4 })).toEqual([]);
        const mark = await log.state(retentionMark("records", 0, "metro"));
        expect(new TextDecoder().decode(mark)).toBe("7");
    });
}
