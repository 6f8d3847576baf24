import { definition } from "../src/decoders/gtfs-realtime.js";
import { emptyVehicle } from "../src/formats/gtfs-realtime.js";
import { writeFeedMessage } from "../src/formats/gtfs-realtime-write.js";
/**
 * Decoding speed of GTFS-realtime, on one core: frames of 500 vehicles of which every one differs, as protobuf and as
 * JSON. `node scripts/bench.mjs gtfs-realtime [--json]`
 */
const FRAMES = 200;
const VEHICLES = 500;
const ROUNDS = 7;
const START_S = 1_760_000_000;
function frame(number) {
    return Array.from({ length: VEHICLES }, (_, i) => ({
        id: `vp:${4000 + i}`,
        isDeleted: undefined,
        tripUpdate: undefined,
        alert: undefined,
        detour: undefined,
        vehicle: {
            ...emptyVehicle(),
            trip: {
                tripId: `6842${10_000 + i * 7}-WKD`,
                startTime: undefined,
                startDate: "20261122",
                scheduleRelationship: 0,
                routeId: String(1 + (i % 60)),
                directionId: i % 2,
            },
            position: {
                latitude: 41.8 + ((i * 37 + number * 11) % 5000) / 20_000,
                longitude: -87.9 + ((i * 53 + number * 7) % 5000) / 20_000,
                bearing: (i * 7 + number) % 360,
                odometer: undefined,
                speed: ((i + number) % 200) / 10,
            },
            currentStopSequence: (i + number) % 60,
            currentStatus: 2,
            timestamp: START_S + number * 20 + (i % 20),
            stopId: String(1000 + ((i + number) % 900)),
            vehicle: {
                id: String(4000 + i),
                label: String(4000 + i),
                licensePlate: undefined,
                wheelchairAccessible: undefined,
            },
            occupancyStatus: i % 4,
        },
    }));
}
function header(number) {
    return {
        gtfsRealtimeVersion: "2.0",
        incrementality: 0,
        timestamp: START_S + number * 20 + 20,
        feedVersion: undefined,
    };
}
/** The same message as JSON in snake_case with numbers for enums; what is undefined falls away. */
function json(number) {
    const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const renamed = (value) => {
        if (Array.isArray(value))
            return value.map(renamed);
        if (typeof value !== "object" || value === null)
            return value;
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snake(name), renamed(inner)]));
    };
    return Buffer.from(JSON.stringify(renamed({ header: header(number), entity: frame(number) })));
}
const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });
function measure(name, frames) {
    const rates = [];
    for (let round = 0; round < ROUNDS; round++) {
        const start = performance.now();
        let items = 0;
        for (const bytes of frames)
            items += decoder.decode({ bytes, receivedTime: 0 }).items.length;
        rates.push(items / ((performance.now() - start) / 1000));
        if (items !== frames.length * VEHICLES)
            throw new Error(`${name}: ${items} items`);
    }
    rates.sort((a, b) => a - b);
    return {
        name,
        entitiesPerSecond: Math.round(rates[ROUNDS >> 1] ?? 0),
        best: Math.round(rates.at(-1) ?? 0),
        bytesPerEntity: Math.round((frames[0]?.length ?? 0) / VEHICLES),
    };
}
const numbers = Array.from({ length: FRAMES }, (_, i) => i);
const results = [
    measure("protobuf", numbers.map((number) => writeFeedMessage({ header: header(number), entities: frame(number) }))),
    measure("json", numbers.map(json)),
];
if (process.argv.includes("--json"))
    console.log(JSON.stringify(results));
else
    console.table(results);
