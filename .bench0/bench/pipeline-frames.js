import { emptyVehicle } from "../src/formats/gtfs-realtime.js";
import { writeFeedMessage } from "../src/formats/gtfs-realtime-write.js";
const BASE_SECONDS = 1_795_000_000;
const LATITUDE = 41.8;
const LONGITUDE = -87.7;
export function protobufFrames(vehicles) {
    const entity = Array.from({ length: vehicles }, (_, at) => vehicleEntity(at));
    const header = {
        gtfsRealtimeVersion: "2.0",
        incrementality: 0,
        timestamp: BASE_SECONDS,
        feedVersion: undefined,
    };
    const template = writeFeedMessage({ header, entities: entity });
    const view = new DataView(template.buffer, template.byteOffset, template.byteLength);
    const times = find(template, varint(BASE_SECONDS));
    const places = entity.map(({ vehicle }) => {
        const wanted = new Uint8Array(5);
        wanted[0] = 0x0d;
        new DataView(wanted.buffer).setFloat32(1, vehicle?.position?.latitude ?? 0, true);
        const [at] = find(template, wanted);
        if (at === undefined)
            throw new Error("the template has no such latitude");
        return at + 1;
    });
    if (times.length !== vehicles + 1)
        throw new Error(`${times.length} times in a template of ${vehicles} vehicles`);
    let turn = 0;
    return {
        decoder: "gtfs-realtime",
        bytesPerFrame: template.byteLength,
        make(epochSeconds) {
            turn++;
            const time = varint(epochSeconds);
            for (const at of times)
                template.set(time, at);
            places.forEach((at, vehicle) => {
                view.setFloat32(at, LATITUDE + ((vehicle * 37 + turn * 11) % 20_000) / 100_000, true);
                view.setFloat32(at + 5, LONGITUDE + ((vehicle * 53 + turn * 7) % 20_000) / 100_000, true);
            });
            return new Uint8Array(template);
        },
    };
}
function vehicleEntity(at) {
    const vehicle = {
        ...emptyVehicle(),
        trip: {
            tripId: `trip-${100_000 + at}`,
            startTime: undefined,
            startDate: "20261122",
            scheduleRelationship: 0,
            routeId: `${at % 60}`,
            directionId: at % 2,
        },
        // A latitude of its own for each vehicle, so that its place in the bytes can be found.
        position: {
            latitude: 10 + at / 4096,
            longitude: LONGITUDE,
            bearing: at % 360,
            odometer: undefined,
            speed: at % 20,
        },
        currentStopSequence: at % 40,
        currentStatus: 2,
        timestamp: BASE_SECONDS,
        stopId: `stop-${at % 900}`,
        vehicle: {
            id: `${4000 + at}`,
            label: `Bus ${4000 + at}`,
            licensePlate: undefined,
            wheelchairAccessible: undefined,
        },
    };
    const nothing = { isDeleted: undefined, tripUpdate: undefined, alert: undefined, detour: undefined };
    return { id: `vp:${4000 + at}`, vehicle, ...nothing };
}
/** Swiftly vehicles: a JSON format whose fields have a width that can be kept. */
export function jsonFrames(vehicles) {
    const rows = Array.from({ length: vehicles }, (_, at) => ({
        id: `${4000 + at}`,
        routeId: `${at % 60}`,
        routeShortName: `${at % 60}`,
        headsign: "Downtown Transit Center",
        vehicleType: "3",
        schAdhSecs: (at % 600) - 200,
        schAdhStr: "on time",
        loc: { lat: "LLLLLLLL", lon: "OOOOOOOOO", time: "TTTTTTTTTT", speed: (at % 200) / 10, heading: at % 360 },
        directionId: `${at % 2}`,
        tripId: `trip-${100_000 + at}`,
        blockId: `B${at % 90}-${at}`,
        nextStopId: `stop-${at % 900}`,
        predictable: true,
    }));
    const data = { agencyKey: "bench", vehicles: rows };
    const text = JSON.stringify({ success: true, route: "/real-time/bench/vehicles GET", data }).replaceAll(/"(L{8}|O{9}|T{10})"/g, "$1");
    const template = new TextEncoder().encode(text);
    const ascii = (word) => find(template, new TextEncoder().encode(word));
    const [latitudes, longitudes, times] = [ascii("LLLLLLLL"), ascii("OOOOOOOOO"), ascii("TTTTTTTTTT")];
    let turn = 0;
    return {
        decoder: "swiftly",
        bytesPerFrame: template.byteLength,
        make(epochSeconds) {
            turn++;
            for (let vehicle = 0; vehicle < vehicles; vehicle++) {
                digits(template, latitudes[vehicle], "41.", 80_000 + ((vehicle * 37 + turn * 11) % 20_000), 5);
                digits(template, longitudes[vehicle], "-87.", 60_000 + ((vehicle * 53 + turn * 7) % 20_000), 5);
                digits(template, times[vehicle], "", epochSeconds, 10);
            }
            return new Uint8Array(template);
        },
    };
}
/** Writes ASCII digits of a fixed width behind a prefix. */
function digits(into, at, prefix, value, width) {
    for (let i = 0; i < prefix.length; i++)
        into[at + i] = prefix.charCodeAt(i);
    let rest = value;
    for (let i = prefix.length + width - 1; i >= prefix.length; i--) {
        into[at + i] = 48 + (rest % 10);
        rest = Math.floor(rest / 10);
    }
}
function varint(value) {
    const bytes = [];
    let rest = value;
    while (rest >= 128) {
        bytes.push((rest % 128) | 128);
        rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    return Uint8Array.from(bytes);
}
function find(bytes, wanted) {
    const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found = [];
    for (let at = haystack.indexOf(wanted); at >= 0; at = haystack.indexOf(wanted, at + 1))
        found.push(at);
    return found;
}
