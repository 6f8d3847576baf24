/**
 * What guards and the shape of payloads cost beside decoding: `npm run bench:quality`. Each part reads the same frames, and the
 * fastest of some rounds counts, because whatever else the machine does only makes it slower.
 */
import { BUILTINS } from "../src/config/builtins.js";
import { ShapeWatch } from "../src/quality/drift/shape-watch.js";
import { FeedGuards } from "../src/quality/guards/feed-guards.js";
import { GUARDS_DEFAULT } from "../src/quality/guards/guard.js";
import { jsonFrames, protobufFrames } from "./pipeline-frames.js";
const FRAMES = 60;
const ROUNDS = 15;
const VEHICLES = 500;
const START = 1_795_000_000;
function measure(maker) {
    const definition = BUILTINS.decoders.find(({ type }) => type === maker.decoder);
    if (definition === undefined)
        throw new Error(`there is no decoder ${maker.decoder}`);
    const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });
    const best = {
        decode: Number.POSITIVE_INFINITY,
        guards: Number.POSITIVE_INFINITY,
        shape: Number.POSITIVE_INFINITY,
    };
    for (let round = 0; round < ROUNDS; round++) {
        const frames = Array.from({ length: FRAMES }, (_, at) => maker.make(START + at * 15));
        const guards = new FeedGuards({ config: GUARDS_DEFAULT });
        const shape = new ShapeWatch();
        let started = performance.now();
        const decoded = frames.map((bytes, at) => decoder.decode({ bytes, receivedTime: (START + at * 15) * 1000 }));
        best.decode = Math.min(best.decode, performance.now() - started);
        started = performance.now();
        for (const [at, { items, headerTime }] of decoded.entries()) {
            guards.look({ items, receivedTime: (START + at * 15) * 1000, headerTime, isComplete: true });
            for (const [place, item] of items.entries())
                if (item.kind !== "rejection")
                    guards.pass(item, place);
        }
        best.guards = Math.min(best.guards, performance.now() - started);
        started = performance.now();
        for (const [offset, bytes] of frames.entries())
            shape.look({ bytes, offset, items: VEHICLES, rejected: 0 });
        best.shape = Math.min(best.shape, performance.now() - started);
    }
    const nanoseconds = (ms) => Math.round((ms * 1e6) / (FRAMES * VEHICLES));
    return {
        decodeNsPerObservation: nanoseconds(best.decode),
        guardsNsPerObservation: nanoseconds(best.guards),
        shapeNsPerObservation: nanoseconds(best.shape),
        shapePercentOfDecoding: Number(((100 * best.shape) / best.decode).toFixed(2)),
    };
}
console.log(JSON.stringify({ protobuf: measure(protobufFrames(VEHICLES)), json: measure(jsonFrames(VEHICLES)) }));
