import fc from "fast-check";
import { expect, it } from "vitest";
import { NEVER } from "./log-packs.js";
const MINUTE = 1000;
export function sampleLetter(over = {}) {
    const time = MINUTE * 60_000;
    return {
        time,
        stage: "interpret",
        code: "decode.record",
        message: 'Latitude "91.5" of item 3 is none',
        feed: "metro",
        upstream: 0,
        frame: { partition: 0, offset: 0 },
        receivedTime: time,
        decoder: "json@1",
        ...over,
    };
}
export function letterPack(letters, over = {}) {
    return {
        topic: "dead-letters",
        partition: 0,
        feed: "metro",
        minute: MINUTE,
        count: letters.length,
        head: "{}",
        body: JSON.stringify(letters),
        ...over,
    };
}
const ACCOUNT = { step: "dead-letters" };
async function account(log) {
    const sums = {};
    for (const { outcome, count } of await log.ledgerSums(ACCOUNT))
        sums[outcome] = (sums[outcome] ?? 0) + count;
    return sums;
}
/** The index of dead letters: issues, states and the account, in the commits that change them. */
export function describeLetters(start, restart, partitions) {
    const last = partitions - 1;
    it("groups dead letters by cause, whatever their values are, and remembers it", async () => {
        const log = await start();
        await log.commit({
            append: [
                letterPack([
                    sampleLetter({ time: 5 }),
                    sampleLetter({ time: 9, message: 'Latitude "-300" of item 17 is none' }),
                    sampleLetter({ time: 7, code: "decode.format", message: "The frame is not JSON" }),
                ]),
                letterPack([sampleLetter({ time: 8, stage: "sink:web", code: "record.rejected", message: "No" })], {
                    partition: last,
                }),
            ],
        });
        for (const isRestarted of [false, true]) {
            const opened = isRestarted ? await restart() : log;
            const issues = await opened.letterIssues();
            expect(issues).toHaveLength(3);
            expect(issues[0]).toMatchObject({
                subject: "feed:metro",
                stage: "interpret",
                code: "decode.record",
                pattern: 'Latitude "…" of item # is none',
                message: 'Latitude "-300" of item 17 is none',
                open: 2,
                replayed: 0,
                firstTime: 5,
                lastTime: 9,
                newest: { partition: 0, offset: 1 },
            });
            expect(issues.map(({ subject }) => subject).sort()).toEqual(["feed:metro", "feed:metro", "sink:web"]);
            expect(await account(opened)).toEqual({ in: 4 });
            const open = await opened.openLetters();
            expect(open.reduce((sum, { count }) => sum + count, 0)).toBe(4);
        }
    });
    it("settles letters once, and refuses a whole commit that settles one again", async () => {
        const log = await start();
        await log.commit({ append: [letterPack([sampleLetter(), sampleLetter(), sampleLetter()])] });
        const at = (offset, to) => ({ partition: 0, offset, to });
        await log.commit({ letters: [at(0, "replayed"), at(1, "failed")] });
        await log.commit({ letters: [at(1, "failed")] });
        const again = log.commit({
            letters: [at(2, "dropped"), at(0, "dropped")],
            state: [{ name: "x", bytes: "1" }],
        });
        await expect(again).rejects.toMatchObject({ code: "store.changed" });
        await expect(log.commit({ letters: [at(7, "dropped")] })).rejects.toMatchObject({
            code: "store.changed",
        });
        expect(await log.state("x")).toBeUndefined();
        const [issue] = await log.letterIssues();
        expect(issue).toMatchObject({ open: 2, replayed: 1, dropped: 0, failedAgain: 2 });
        expect(await account(log)).toEqual({ in: 3, replayed: 1 });
        const { letters } = await log.letters({ limit: 10, settled: true });
        expect(letters.map(({ offset, state, failedAgain }) => [offset, state, failedAgain])).toEqual([
            [0, "replayed", 0],
            [1, "open", 2],
            [2, "open", 0],
        ]);
        expect(await log.settledLetters()).toEqual([
            { partition: 0, firstOffset: 0, replayed: "0", dropped: "" },
        ]);
    });
    it("lists in pages, by issue, within the ends that are given", async () => {
        const log = await start();
        const other = sampleLetter({ code: "decode.format", message: "The frame is not JSON" });
        for (let i = 0; i < 6; i++) {
            await log.commit({ append: [letterPack([sampleLetter(), other], { partition: i % partitions })] });
        }
        const issues = await log.letterIssues();
        const wanted = issues.find(({ code }) => code === "decode.format")?.id;
        const seen = [];
        for (let from = { partition: 0, offset: 0 }; from;) {
            const page = await log.letters({ issues: [wanted], from, limit: 2 });
            expect(page.letters.every(({ issue, letter }) => issue === wanted && letter.code === other.code)).toBe(true);
            seen.push(...page.letters.map(({ partition, offset }) => `${partition}/${offset}`));
            from = page.next;
        }
        expect(seen).toHaveLength(6);
        expect(new Set(seen).size).toBe(6);
        const ends = Array.from({ length: partitions }, (_, partition) => (partition === 0 ? 2 : 0));
        expect((await log.letters({ ends, limit: 100 })).letters).toHaveLength(2);
    });
    it("counts what was open when retention removed it, and forgets issues without letters", async () => {
        const log = await start();
        await log.commit({
            append: [
                letterPack([sampleLetter(), sampleLetter()]),
                letterPack([sampleLetter()], { minute: MINUTE + 10 }),
            ],
        });
        await log.commit({ letters: [{ partition: 0, offset: 0, to: "dropped" }] });
        const retain = (minute) => log.retain({ topic: "dead-letters", maxAgeMs: 0, maxBytes: NEVER }, minute * 60_000);
        await retain(MINUTE + 5);
        expect(await log.letterIssues()).toMatchObject([{ open: 1, dropped: 1, expired: 1 }]);
        expect(await account(log)).toEqual({ in: 3, dropped: 1, expired: 1 });
        await retain(MINUTE + 20);
        expect(await log.letterIssues()).toEqual([]);
        expect(await account(log)).toEqual({ in: 3, dropped: 1, expired: 2 });
        expect(await log.openLetters()).toEqual([]);
    });
    it("shows an entry that is no dead letter, so that it can be dropped", async () => {
        const log = await start();
        await log.commit({ append: [{ ...letterPack([]), count: 2, body: '["x"]' }] });
        expect(await log.letterIssues()).toMatchObject([{ code: "store.corrupt", open: 2 }]);
        await log.commit({ letters: [{ partition: 0, offset: 1, to: "dropped" }] });
        expect(await log.letterIssues()).toMatchObject([{ open: 1, dropped: 1 }]);
    });
}
function stepsFor(partitions) {
    const step = fc.oneof({
        weight: 4,
        arbitrary: fc.record({
            type: fc.constant("append"),
            partition: fc.nat({ max: partitions - 1 }),
            causes: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 5 }),
            minute: fc.integer({ min: 1, max: 30 }),
        }),
    }, {
        weight: 4,
        arbitrary: fc.record({
            type: fc.constant("change"),
            picks: fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }),
            to: fc.constantFrom("replayed", "dropped", "failed"),
        }),
    }, {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant("retain"), minute: fc.integer({ min: 1, max: 30 }) }),
    }, { weight: 1, arbitrary: fc.record({ type: fc.constant("reopen") }) });
    return fc.array(step, { minLength: 1, maxLength: 25 });
}
/** Random appends, settlements, retention and restarts look the same on the log as on a list of letters. */
export async function runLettersAgainstModel(open, partitions, runs) {
    await fc.assert(fc.asyncProperty(stepsFor(partitions), async (history) => {
        let opened = await open({ partitions });
        const ends = Array.from({ length: partitions }, () => 0);
        const model = { letters: [], sums: {} };
        const count = (outcome, more) => {
            if (more > 0)
                model.sums[outcome] = (model.sums[outcome] ?? 0) + more;
        };
        try {
            for (const step of history) {
                const { log } = opened;
                if (step.type === "reopen")
                    opened = await opened.reopen();
                if (step.type === "append") {
                    const { partition, causes, minute } = step;
                    const letters = causes.map((cause) => sampleLetter({ message: "abc"[cause], time: minute }));
                    await log.commit({ append: [letterPack(letters, { partition, minute })] });
                    for (const cause of causes) {
                        const offset = ends[partition];
                        ends[partition] = offset + 1;
                        model.letters.push({ partition, offset, cause, minute, state: "open", failedAgain: 0 });
                    }
                    count("in", causes.length);
                }
                if (step.type === "change" && model.letters.length > 0) {
                    const chosen = [...new Set(step.picks.map((pick) => model.letters[pick % model.letters.length]))];
                    const letters = chosen.flatMap((one) => one ? [{ partition: one.partition, offset: one.offset, to: step.to }] : []);
                    const isGood = chosen.every((one) => one?.state === "open");
                    const done = await log.commit({ letters }).then(() => true, () => false);
                    expect(done).toBe(isGood);
                    for (const one of isGood ? chosen : []) {
                        if (one && step.to === "failed")
                            one.failedAgain++;
                        else if (one && step.to !== "failed") {
                            one.state = step.to;
                            one.failedAgain = 0;
                            count(step.to, 1);
                        }
                    }
                }
                if (step.type === "retain") {
                    await log.retain({ topic: "dead-letters", maxAgeMs: 0, maxBytes: NEVER }, step.minute * 60_000);
                    const starts = await Promise.all(ends.map(async (_, p) => (await log.bounds("dead-letters", p)).start));
                    const isGone = ({ partition, offset }) => offset < starts[partition];
                    count("expired", model.letters.filter((one) => isGone(one) && one.state === "open").length);
                    model.letters = model.letters.filter((one) => !isGone(one));
                }
            }
            const { log } = opened;
            const { letters } = await log.letters({ settled: true, limit: 10_000 });
            expect(letters.map(({ partition, offset, state, failedAgain, letter }) => ({
                partition,
                offset,
                cause: "abc".indexOf(letter.message),
                state,
                failedAgain,
            }))).toEqual(model.letters
                .map(({ minute: _, ...one }) => one)
                .sort((a, b) => a.partition - b.partition || a.offset - b.offset));
            expect(await account(log)).toEqual(model.sums);
            for (const { message, open: left } of await log.letterIssues()) {
                const same = model.letters.filter(({ cause, state }) => "abc"[cause] === message && state === "open");
                expect(left).toBe(same.length);
            }
        }
        finally {
            await opened.dispose();
        }
    }), { numRuns: runs, seed: 20_261_124, interruptAfterTimeLimit: 20_000 });
}
