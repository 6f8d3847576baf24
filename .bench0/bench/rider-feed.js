import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { definition } from "../src/sinks/gtfs-realtime.js";
/**
 * What re-publishing the rider feed costs: 10,000 vehicles of which one in five has a new report each time, until the new
 * protobuf feed is visible. What only clients cause (compression, tag, JSON) is measured apart: it is made when somebody
 * first asks, once per publication. `node scripts/bench.mjs rider-feed [--json]`
 */
const VEHICLES = 10_000;
const CHANGED = 2_000;
const ROUNDS = 60;
const START = 1_760_000_000_000;
const world = createVirtualRuntime({ startTime: START });
const { clock } = world.runtime;
const context = { name: "bench", runtime: world.runtime, baseDirectory: ".", secrets: {} };
const sink = definition.create(definition.options.parse({}), context);
function record(vehicle, round) {
    const eventTime = clock.now() - (vehicle % 20) * 1000;
    const body = {
        kind: "vehicle_location",
        vehicleId: String(4000 + vehicle),
        vehicleLabel: String(4000 + vehicle),
        tripId: `6842${10_000 + vehicle * 7}-WKD`,
        gtfsRouteId: String(1 + (vehicle % 60)),
        directionId: (vehicle % 2),
        serviceDate: "20261122",
        scheduleRelationship: "scheduled",
        latitude: 41.8 + ((vehicle * 37 + round * 11) % 5000) / 20_000,
        longitude: -87.9 + ((vehicle * 53 + round * 7) % 5000) / 20_000,
        headingDeg: (vehicle * 7 + round) % 360,
        speedMps: ((vehicle + round) % 200) / 10,
        currentStopSequence: (vehicle + round) % 60,
        currentStatus: "in_transit_to",
        stopId: String(1000 + ((vehicle + round) % 900)),
        occupancyStatus: "few_seats_available",
    };
    const origin = {
        agency: "metro",
        feed: "avl",
        upstream: 0,
        partition: 0,
        offset: round,
        receivedTime: clock.now(),
        decoder: "bench@1",
    };
    return {
        revision: 0,
        key: `metro:${body.vehicleId}`,
        eventTime,
        resolutionMs: 1000,
        origin,
        index: vehicle,
        flags: [],
        body,
    };
}
async function ask(ending, headers) {
    const endpoint = sink.endpoints.find(({ path }) => path.endsWith(ending));
    if (endpoint === undefined)
        throw new Error(`no endpoint ends with ${ending}`);
    const response = await endpoint.handle({
        method: "GET",
        path: endpoint.path,
        params: {},
        query: {},
        headers,
        body: new Uint8Array(),
        remoteAddress: "127.0.0.1",
        signal: new AbortController().signal,
    });
    return response.body.length;
}
const times = { apply: [], publish: [], gzip: [], json: [] };
async function timed(into, run) {
    const start = performance.now();
    await run();
    into.push(performance.now() - start);
}
let settled = 0;
const settle = () => void settled++;
sink.apply(Array.from({ length: VEHICLES }, (_, vehicle) => record(vehicle, 0)), false);
sink.publish(clock.now(), settle).reveal();
let bytes = 0;
for (let round = 1; round <= ROUNDS; round++) {
    await world.advance(1000);
    const records = Array.from({ length: CHANGED }, (_, i) => record((round * CHANGED + i) % VEHICLES, round));
    await timed(times.apply, () => sink.apply(records, false));
    await timed(times.publish, () => sink.publish(clock.now(), settle).reveal());
    bytes = await ask(".pb", {});
    await timed(times.gzip, () => ask(".pb", { "accept-encoding": "gzip" }));
    await timed(times.json, () => ask(".json", {}));
}
if (settled !== VEHICLES + ROUNDS * CHANGED)
    throw new Error(`${settled} records were settled`);
const results = Object.entries(times).map(([name, values]) => {
    const sorted = values.sort((a, b) => a - b);
    const at = (share) => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));
    return { name, medianMs: at(0.5), p95Ms: at(0.95) };
});
if (process.argv.includes("--json"))
    console.log(JSON.stringify({ vehicles: VEHICLES, changed: CHANGED, bytes, results }));
else {
    console.log(`${VEHICLES} vehicles, ${CHANGED} changed, ${bytes} bytes`);
    console.table(results);
}
