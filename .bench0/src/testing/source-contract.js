import { describe, expect, it } from "vitest";
import { FAILURE_KINDS, Failure } from "../model/failure.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createFrom, describeDefinition, expectFrame, expectNoSecret, SECRET, sourceContext, testRuntime, } from "./source-suite.js";
export { SECRET, sourceContext, testRuntime };
export function describePollSource(suite) {
    const create = () => {
        const source = createFrom(suite);
        if (source.kind !== "poll")
            throw new Error(`${suite.definition.type} is no poll source`);
        return source;
    };
    const signal = new AbortController().signal;
    describe(`source contract: ${suite.definition.type}`, () => {
        describeDefinition(suite);
        it("states how often it wants to be asked", () => {
            expect(create().everyMs).toBeGreaterThan(0);
        });
        it("answers with frames, the bytes it cost, and a cursor that a fresh source takes over", async () => {
            suite.recover();
            const first = await create().poll({ cursor: undefined, signal });
            expect(first.frames.length).toBeGreaterThan(0);
            expect(first.wireBytes).toBeGreaterThan(0);
            for (const frame of first.frames)
                expectFrame(frame);
            if (first.cursor !== undefined) {
                expect(typeof first.cursor).toBe("string");
                expect(first.cursor).not.toContain(SECRET);
            }
            const second = await create().poll({ cursor: first.cursor, signal });
            for (const frame of second.frames)
                expectFrame(frame);
        });
        it.each(["", "null", "{", '{"v":99}', "[]", '{"v":1,"etag":5}', "\u0000"])("takes a cursor that is not its own (%j) for none", async (cursor) => {
            suite.recover();
            expect((await create().poll({ cursor, signal })).frames.length).toBeGreaterThan(0);
        });
        it("asks once per poll and leaves retries to the harness", async () => {
            suite.fail();
            const before = suite.requests();
            const failure = await create()
                .poll({ cursor: undefined, signal })
                .catch((thrown) => thrown);
            expect(failure).toBeInstanceOf(Failure);
            expect(FAILURE_KINDS).toHaveProperty(failure.code.replace(".", "\\."), "transient");
            expectNoSecret(failure);
            expect(suite.requests() - before).toBe(1);
            suite.recover();
        });
        it("passes an abort reason through untouched, before and during a request", async () => {
            const reason = { why: "the hub is closing" };
            suite.hang();
            const rejection = (given) => create()
                .poll({ cursor: undefined, signal: given })
                .then(() => "resolved", (thrown) => thrown);
            expect(await rejection(AbortSignal.abort(reason))).toBe(reason);
            const later = new AbortController();
            const pending = rejection(later.signal);
            await turnOver();
            later.abort(reason);
            expect(await pending).toBe(reason);
            suite.recover();
        });
    });
}
export function describeStreamSource(suite) {
    const create = () => {
        const source = createFrom(suite);
        if (source.kind !== "stream")
            throw new Error(`${suite.definition.type} is no stream source`);
        return source;
    };
    const read = async (cursor, limit = Number.POSITIVE_INFINITY) => {
        const items = [];
        for await (const item of create().open({ cursor, signal: new AbortController().signal })) {
            items.push(item);
            if (items.length >= limit)
                break;
        }
        return items;
    };
    describe(`source contract: ${suite.definition.type}`, () => {
        describeDefinition(suite);
        it("yields every frame once and ends", async () => {
            const items = await read(undefined);
            expect(items.length).toBe(suite.frames);
            for (const item of items)
                expectFrame(item);
        });
        it("goes on after any frame that became durable", async () => {
            const all = (await read(undefined)).map(({ bytes }) => Buffer.from(bytes).toString("base64"));
            for (let kept = 1; kept <= all.length; kept++) {
                const head = await read(undefined, kept);
                const rest = await read(head.at(-1)?.cursor);
                const texts = [...head, ...rest].map(({ bytes }) => Buffer.from(bytes).toString("base64"));
                expect(texts).toEqual(all);
            }
        });
        it("passes an abort reason through untouched", async () => {
            const reason = { why: "the hub is closing" };
            const stop = new AbortController();
            const run = async (given) => {
                for await (const _ of create().open({ cursor: undefined, signal: given }))
                    stop.abort(reason);
            };
            expect(await run(AbortSignal.abort(reason)).catch((thrown) => thrown)).toBe(reason);
            expect(await run(stop.signal).catch((thrown) => thrown)).toBe(reason);
        });
    });
}
export function describePushSource(suite) {
    const createWith = (receive) => {
        const source = createFrom(suite, { receive });
        if (source.kind !== "push")
            throw new Error(`${suite.definition.type} is no push source`);
        return source;
    };
    const post = (receive, request) => {
        const endpoint = createWith(receive).endpoints[0];
        if (endpoint === undefined)
            throw new Error("a push source has an endpoint");
        return endpoint.handle(request);
    };
    describe(`source contract: ${suite.definition.type}`, () => {
        describeDefinition(suite);
        it("has endpoints with an absolute path, a limit and the scope of ingestion", () => {
            const { endpoints } = createWith(async () => undefined);
            expect(endpoints.length).toBeGreaterThan(0);
            for (const endpoint of endpoints) {
                expect(endpoint.path).toMatch(/^\//);
                expect(endpoint.scope).toBe("ingest");
                expect(endpoint.summary.length).toBeGreaterThan(0);
                expect(endpoint.bodyMaxBytes).toBe(suite.bodyMaxBytes);
            }
        });
        it("says yes only after the frames are durable", async () => {
            const received = [];
            let settle = () => undefined;
            const answer = post((frames) => {
                received.push(...frames);
                return new Promise((resolve) => {
                    settle = resolve;
                });
            }, suite.request());
            let answered = false;
            void answer.then(() => {
                answered = true;
            });
            await turnOver();
            expect(received.length).toBeGreaterThan(0);
            for (const frame of received)
                expectFrame(frame);
            expect(answered).toBe(false);
            settle();
            expect((await answer).status).toBe(202);
        });
        it.each(["store.full", "store.busy", "store.fenced", "closed"])("asks the sender to come again when they cannot be (%s)", async (code) => {
            const answer = await post(() => Promise.reject(new Failure(code, "no room", { retryAfterMs: 7_200 })), suite.request());
            expect(answer.status).toBe(503);
            expect(answer.headers?.["retry-after"]).toBe("8");
            expect(answer.headers?.["content-type"]).toBe("application/problem+json");
            expect(String(answer.body)).not.toContain(SECRET);
        });
        it("does not hide what nobody foresaw", async () => {
            const error = new Error("a defect");
            await expect(post(() => Promise.reject(error), suite.request())).rejects.toBe(error);
        });
        it("refuses an empty body and one that is too large, and receives nothing", async () => {
            const never = () => Promise.reject(new Error("received"));
            expect((await post(never, { ...suite.request(), body: new Uint8Array() })).status).toBe(400);
            const large = new Uint8Array(suite.bodyMaxBytes + 1);
            expect((await post(never, { ...suite.request(), body: large })).status).toBe(413);
        });
    });
}
/** Lets everything that is ready to run do so: a timer comes after it. */
function turnOver() {
    return new Promise((resolve) => {
        nodeClock.after(0, resolve);
    });
}
