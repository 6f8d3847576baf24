import { afterEach, describe, expect, it } from "vitest";
import { recordId } from "../model/record.js";
import { NOON, sampleRecord } from "./record-samples.js";
const NEVER = new AbortController().signal;
export function batchOf(records, firstOffset = 0, generation = 0) {
    const nextOffset = firstOffset + records.length;
    const suffix = generation === 0 ? "" : `:${generation}`;
    return {
        id: `archive:0a1b2c3d:0:${firstOffset}-${nextOffset}${suffix}`,
        partition: 0,
        firstOffset,
        nextOffset,
        records,
    };
}
/** So many records, each of its own vehicle and time. */
export function recordsFrom(first, count) {
    return Array.from({ length: count }, (_, i) => sampleRecord({ vehicle: `${first + i}`, receivedTime: NOON + (first + i) * 1000, index: i }));
}
/** What every delivery sink promises to the harness (`src/sinks/sink.ts`): exactly once in effect. */
export function describeSinkContract(name, open) {
    describe(`${name}: the contract of a delivery sink`, () => {
        let subject;
        const sinks = [];
        const given = async () => {
            subject = await open();
            return subject;
        };
        const openSink = async (from, state) => {
            const sink = from.create();
            sinks.push(sink);
            const found = await sink.open(state);
            return { sink, state: found ?? state };
        };
        afterEach(async () => {
            for (const sink of sinks.splice(0))
                await sink.close();
            await subject?.dispose();
            subject = undefined;
        });
        const ids = (records) => records.map(recordId);
        it("delivers batches in order, every record once", async () => {
            const destination = await given();
            const { sink } = await openSink(destination);
            const first = recordsFrom(0, 500);
            const second = recordsFrom(500, 3);
            expect((await sink.write(batchOf(first), NEVER)).outcome).toBe("ok");
            expect((await sink.write(batchOf(second, 500), NEVER)).outcome).toBe("ok");
            expect(await destination.received()).toEqual(ids([...first, ...second]));
        });
        it("takes a batch once in effect when the same process sends it twice", async () => {
            const destination = await given();
            const { sink } = await openSink(destination);
            const first = recordsFrom(0, 5);
            await sink.write(batchOf(first), NEVER);
            await sink.write(batchOf(first), NEVER);
            const second = recordsFrom(5, 5);
            expect((await sink.write(batchOf(second, 5), NEVER)).outcome).toBe("ok");
            expect(await destination.received()).toEqual(ids([...first, ...second]));
        });
        it("takes a batch once in effect when the process dies before the cursor is committed", async () => {
            const destination = await given();
            const before = await openSink(destination);
            const first = recordsFrom(0, 5);
            const second = recordsFrom(5, 5);
            const done = await before.sink.write(batchOf(first), NEVER);
            // The second batch takes effect, but its acknowledgement is lost with the process.
            await before.sink.write(batchOf(second, 5), NEVER);
            await before.sink.close();
            const after = await openSink(destination, stateOf(done) ?? before.state);
            expect((await after.sink.write(batchOf(second, 5), NEVER)).outcome).toBe("ok");
            expect(await destination.received()).toEqual(ids([...first, ...second]));
        });
        it("takes the very first batch once in effect when the process dies before any state came of a write", async () => {
            const destination = await given();
            const before = await openSink(destination);
            const records = recordsFrom(0, 5);
            await before.sink.write(batchOf(records), NEVER);
            await before.sink.close();
            const after = await openSink(destination, before.state);
            await after.sink.write(batchOf(records), NEVER);
            expect(await destination.received()).toEqual(ids(records));
        });
        it("sends the same bytes for the same batch, also from another process and at another time", async () => {
            const destination = await given();
            const records = recordsFrom(0, 3);
            for (let run = 0; run < 2; run++) {
                const { sink } = await openSink(destination);
                await sink.write(batchOf(records), NEVER);
            }
            const payloads = destination.payloads?.();
            if (payloads)
                expect(new Set(payloads).size).toBe(1);
        });
        it("is exclusive when it returns a state, since that speaks of all partitions", async () => {
            const destination = await given();
            const { sink } = await openSink(destination);
            const done = await sink.write(batchOf(recordsFrom(0, 1)), NEVER);
            if (stateOf(done) !== undefined)
                expect(sink.needs?.exclusive).toBe(true);
        });
        it("keeps every record apart, whatever its text holds", async () => {
            const destination = await given();
            const { sink } = await openSink(destination);
            const texts = [
                "line\nbreak",
                "\u2028\u2029",
                'quote"back\\slash',
                "null\u0000",
                "ünïcödé 🚌",
                "\ud800 alone",
            ];
            const records = texts.map((vehicle, i) => sampleRecord({ vehicle, receivedTime: NOON + i }));
            expect((await sink.write(batchOf(records), NEVER)).outcome).toBe("ok");
            const held = ids(records).map((id) => destination.held?.(id) ?? id);
            expect(new Set(held).size).toBe(texts.length);
            expect(await destination.received()).toEqual(held);
        });
        it("settles when its signal has aborted", async () => {
            const destination = await given();
            const { sink } = await openSink(destination);
            const aborted = new AbortController();
            aborted.abort(new Error("closing"));
            const settled = await sink.write(batchOf(recordsFrom(0, 1)), aborted.signal).then(() => true, () => true);
            expect(settled).toBe(true);
        });
        it("closes without having been opened, and twice", async () => {
            const destination = await given();
            const sink = destination.create();
            await sink.close();
            await sink.close();
        });
    });
}
function stateOf(delivery) {
    return delivery.outcome === "ok" ? delivery.state : undefined;
}
