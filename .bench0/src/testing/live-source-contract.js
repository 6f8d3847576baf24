import { describe, expect, it, vi } from "vitest";
import { FAILURE_KINDS, Failure } from "../model/failure.js";
import { createFrom, describeDefinition, expectFrame, expectNoSecret } from "./source-suite.js";
const WAIT = { timeout: 20_000, interval: 10 };
export function describeLiveSource(suite) {
    const create = (overrides = {}) => {
        const source = createFrom(suite, overrides);
        if (source.kind !== "live")
            throw new Error(`${suite.definition.type} is no live source`);
        return source;
    };
    const closed = () => vi.waitFor(async () => expect(await suite.open()).toBe(0), WAIT);
    const failureOf = (promise) => promise.then(() => "resolved", (thrown) => thrown);
    describe(`source contract: ${suite.definition.type}`, () => {
        describeDefinition(suite);
        it("connects once, and hands over frames in their order while it is pulled", async () => {
            const before = suite.connections();
            const stop = new AbortController();
            const frames = await create().connect({ cursor: undefined, signal: stop.signal });
            await vi.waitFor(() => expect(suite.connections()).toBe(before + 1), WAIT);
            const iterator = frames[Symbol.asyncIterator]();
            const seen = [];
            for (const count of [1, 5]) {
                suite.say(count);
                for (let n = 0; n < count; n++) {
                    const next = await iterator.next();
                    expectFrame(next.value);
                    seen.push(next.value);
                }
            }
            const texts = seen.map(({ bytes }) => Buffer.from(bytes).toString());
            expect(new Set(texts).size).toBe(6);
            expect(suite.connections()).toBe(before + 1);
            await iterator.return?.();
            await closed();
        });
        it.skipIf(suite.cut === undefined)("throws a transient failure when the connection breaks, after what came before, and never connects again", async () => {
            const before = suite.connections();
            const stop = new AbortController();
            const frames = await create().connect({ cursor: undefined, signal: stop.signal });
            await vi.waitFor(() => expect(suite.connections()).toBe(before + 1), WAIT);
            const iterator = frames[Symbol.asyncIterator]();
            suite.say(3);
            for (let n = 0; n < 3; n++)
                await iterator.next();
            const pending = failureOf(iterator.next());
            suite.cut?.();
            const failure = await pending;
            expect(failure).toBeInstanceOf(Failure);
            expect(failure.kind).toBe("transient");
            expectNoSecret(failure);
            await closed();
            expect(suite.connections()).toBe(before + 1);
        });
        it.skipIf(suite.unreachable === undefined)("says why it cannot connect, after one attempt", async () => {
            const { options, kind } = suite.unreachable?.() ?? { options: undefined, kind: "transient" };
            const before = suite.connections();
            const source = createFrom({ ...suite, options: () => options });
            const failure = await failureOf(source.connect({ cursor: undefined, signal: new AbortController().signal }));
            expect(failure).toBeInstanceOf(Failure);
            expect(FAILURE_KINDS[failure.code]).toBe(kind);
            expectNoSecret(failure);
            expect(suite.connections()).toBe(before);
        });
        it("passes an abort reason through untouched, before, while and after it connects, and leaves nothing open", async () => {
            const reason = { why: "the hub is closing" };
            expect(await failureOf(create().connect({ cursor: undefined, signal: AbortSignal.abort(reason) }))).toBe(reason);
            const during = new AbortController();
            const connecting = failureOf(create().connect({ cursor: undefined, signal: during.signal }));
            during.abort(reason);
            expect(await connecting).toBe(reason);
            await closed();
            const quiet = new AbortController();
            const frames = await create().connect({ cursor: undefined, signal: quiet.signal });
            const pending = failureOf(frames[Symbol.asyncIterator]().next());
            quiet.abort(reason);
            expect(await pending).toBe(reason);
            await closed();
            const unread = new AbortController();
            const never = await create().connect({ cursor: undefined, signal: unread.signal });
            unread.abort(reason);
            expect(await failureOf(never[Symbol.asyncIterator]().next())).toBe(reason);
            await closed();
        });
        it("holds a bounded number of frames when nobody pulls", async () => {
            const losses = [];
            const stop = new AbortController();
            const before = suite.connections();
            await create({ lost: (loss) => losses.push(loss) }).connect({
                cursor: undefined,
                signal: stop.signal,
            });
            await vi.waitFor(() => expect(suite.connections()).toBe(before + 1), WAIT);
            const left = await suite.flood();
            await vi.waitFor(() => {
                const lost = losses.reduce((sum, { messages }) => sum + messages, 0);
                expect(left + lost).toBeGreaterThan(0);
            }, WAIT);
            stop.abort(new Error("over"));
            await closed();
        });
    });
}
