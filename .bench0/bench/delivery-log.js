import { partitionOf } from "../src/log/partitioner.js";
import { RecordPackBuilder } from "../src/log/record-pack.js";
const VEHICLES = 2000;
/** Each vehicle reports every 2 s, so that what comes late mostly comes after the next report of its vehicle. */
const RECORDS_PER_SECOND = VEHICLES / 2;
const START = Date.UTC(2026, 0, 5, 12);
/** The number behind a word of the command line. */
export function optionOf(name, otherwise) {
    const at = process.argv.indexOf(name);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
}
export function median(values) {
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
export function recordOf(serial, receivedTime) {
    const vehicleId = `${serial % VEHICLES}`;
    return {
        revision: 0,
        key: `metro:${vehicleId}`,
        eventTime: START + Math.floor((serial * 1000) / RECORDS_PER_SECOND) - 500,
        resolutionMs: 1000,
        origin: {
            agency: "metro",
            feed: "avl",
            upstream: 0,
            partition: 0,
            offset: Math.floor(receivedTime / 1000),
            receivedTime,
            headerTime: undefined,
            decoder: "gtfs-realtime@1",
        },
        index: serial % RECORDS_PER_SECOND,
        flags: [],
        body: {
            kind: "vehicle_location",
            vehicleId,
            latitude: 41.8 + serial / 1e7,
            longitude: -87.6,
            speedMps: 8.5,
        },
    };
}
/** Appends records as one frame brings them: a pack per partition, in one commit. */
export async function append(log, records) {
    const packs = new Map();
    for (const record of records) {
        const partition = partitionOf(record.key, log.partitions("records"));
        const minute = Math.floor(record.origin.receivedTime / 60_000);
        const pack = packs.get(partition) ?? new RecordPackBuilder(partition, "avl", minute);
        packs.set(partition, pack);
        pack.add(record, JSON.stringify(record.body));
    }
    await log.commit({ append: [...packs.values()].map((pack) => pack.finish()) });
}
/**
 * So many records of 2,000 vehicles, second by second, as a frame a second would bring them; one in `lateOneIn` comes with
 * a frame of 1 to 4 s later. Infinity: none.
 */
export async function fill(log, count, lateOneIn) {
    const bySecond = [];
    for (let serial = 0; serial < count; serial++) {
        const delaySeconds = serial % lateOneIn === 0 ? 1 + ((serial / lateOneIn) % 4) : 0;
        const second = Math.floor(serial / RECORDS_PER_SECOND) + (lateOneIn === Number.POSITIVE_INFINITY ? 0 : delaySeconds);
        bySecond[second] ??= [];
        bySecond[second].push(recordOf(serial, START + second * 1000));
    }
    for (const records of bySecond)
        await append(log, records ?? []);
}
