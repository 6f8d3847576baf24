import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { NOON, sampleRecord } from "./record-samples.js";
const OUTCOMES = ["delivered", "superseded", "withheld", "expired"];
/** Records as the log holds them: late, far ahead, without a position, of any kind, repeated. */
const anyRecord = fc
    .record({
    vehicle: fc.constantFrom("1", "2", "3", "4", "5"),
    ageS: fc.oneof(fc.integer({ min: -30, max: 600 }), fc.integer({ min: -1e6, max: 1e6 })),
    flags: fc.subarray(["late", "future", "position_removed", "time_from_receipt"]),
    shape: fc.constantFrom("whole", "bare", "visit", "trip", "alert"),
})
    .map(({ vehicle, ageS, flags, shape }) => {
    const body = {
        whole: undefined,
        bare: { kind: "vehicle_location", vehicleLabel: vehicle },
        visit: { kind: "stop_visit", stopId: "S", vehicleId: vehicle },
        trip: { kind: "trip_update", tripId: vehicle, stopTimeUpdates: [] },
        alert: { kind: "service_alert", alertId: vehicle, activePeriods: [], informedEntities: [] },
    }[shape];
    return sampleRecord({ vehicle, eventTime: NOON - ageS * 1000, flags, ...(body && { body }) });
});
/** What every serving sink promises to the harness (`src/sinks/sink.ts`), for any records at any time. */
export function describeServingSinkContract(name, create) {
    describe(`${name}: the contract of a serving sink`, () => {
        const sinks = [];
        const given = () => {
            const time = createVirtualRuntime();
            const sink = create(time.runtime);
            sinks.push(sink);
            return { sink, time, now: () => time.runtime.clock.now() };
        };
        const ignore = () => undefined;
        afterEach(async () => {
            for (const sink of sinks.splice(0))
                await sink.close();
        });
        it("states intervals that fit together", () => {
            const { sink } = given();
            expect(sink.publishAtMostEveryMs).toBeGreaterThan(0);
            expect(sink.publishEveryMs).toBeGreaterThanOrEqual(sink.publishAtMostEveryMs);
            expect(sink.horizonMs).toBeGreaterThan(0);
        });
        it("answers before it was told anything", async () => {
            const { sink } = given();
            for (const answer of await answers(sink))
                expectGood(answer);
        });
        it("decides every applied record exactly once by the next publication, and no record of a rebuilding", async () => {
            const round = fc.record({
                records: fc.array(anyRecord, { maxLength: 20 }),
                rebuilding: fc.array(anyRecord, { maxLength: 5 }),
                waitMs: fc.integer({ min: 0, max: 400_000 }),
            });
            await fc.assert(fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), async (rounds) => {
                const { sink, time, now } = given();
                sink.restore(undefined);
                for (const { records, rebuilding, waitMs } of rounds) {
                    sink.apply(rebuilding, true);
                    sink.apply(records, false);
                    await time.advance(waitMs);
                    const decided = [];
                    const publication = sink.publish(now(), (record, outcome) => {
                        expect(OUTCOMES).toContain(outcome);
                        decided.push(record);
                    });
                    publication.reveal();
                    expect(decided.length).toBe(records.length);
                    expect(new Set(decided)).toEqual(new Set(records));
                }
            }), { numRuns: 60 });
        });
        it("shows nothing new before it is revealed", async () => {
            const { sink, time, now } = given();
            sink.publish(now(), ignore).reveal();
            const before = await bodies(sink);
            await time.advance(sink.publishEveryMs);
            sink.apply([sampleRecord({ receivedTime: now() })], false);
            const publication = sink.publish(now(), ignore);
            expect(await bodies(sink)).toEqual(before);
            publication.reveal();
            expect(await bodies(sink)).not.toEqual(before);
        });
        it("never goes back to an older publication", async () => {
            const { sink, time, now } = given();
            const older = sink.publish(now(), ignore);
            await time.advance(sink.publishEveryMs);
            sink.apply([sampleRecord({ receivedTime: now() })], false);
            sink.publish(now(), ignore).reveal();
            const newest = await bodies(sink);
            older.reveal();
            expect(await bodies(sink)).toEqual(newest);
        });
        it("goes on from the state of its last publication, with what the log still has of it", async () => {
            const { sink, time, now } = given();
            const record = sampleRecord({ receivedTime: now() });
            sink.apply([record], false);
            const { state } = sink.publish(now(), ignore);
            await time.advance(1000);
            const next = create(time.runtime);
            sinks.push(next);
            next.restore(state);
            next.apply([record], true);
            next.publish(now(), () => expect.unreachable("a record of the rebuilding was settled")).reveal();
            for (const answer of await answers(next))
                expectGood(answer);
        });
        it("tells facts that JSON can hold, and closes twice", async () => {
            const { sink, now } = given();
            const facts = sink.status(now());
            expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
            await sink.close();
            await sink.close();
        });
    });
}
function expectGood({ status, socket }) {
    expect(status).toBe(socket === undefined ? 200 : 101);
}
async function answers(sink, signal = new AbortController().signal) {
    return Promise.all(sink.endpoints
        .filter(({ method }) => method === "GET")
        .map((endpoint) => endpoint.handle({
        method: "GET",
        path: endpoint.path,
        params: {},
        query: {},
        headers: {},
        body: new Uint8Array(),
        remoteAddress: "127.0.0.1",
        signal,
        wantsSocket: endpoint.opensSocket === true,
    })));
}
/** What somebody gets who asks now: of a stream what it says at once. */
async function bodies(sink) {
    const gone = new AbortController();
    const all = await answers(sink, gone.signal);
    const texts = await Promise.all(all.map(async ({ body = "", socket }) => {
        if (socket !== undefined)
            return textAtOnce(socket.messages);
        if (typeof body === "string")
            return body;
        return body instanceof Uint8Array ? textOf(body) : await textAtOnce(body);
    }));
    gone.abort();
    return texts;
}
/** What a stream gives without any time going by. */
async function textAtOnce(stream) {
    const iterator = stream[Symbol.asyncIterator]();
    let text = "";
    for (;;) {
        const next = await Promise.race([iterator.next(), soon()]);
        if (next === undefined || next.done === true)
            return text;
        text += typeof next.value === "string" ? next.value : textOf(next.value);
    }
}
async function soon() {
    for (let turn = 0; turn < 50; turn++)
        await undefined;
    return undefined;
}
/** Of any bytes: two that differ have texts that differ. */
function textOf(bytes) {
    return Buffer.from(bytes).toString("latin1");
}
