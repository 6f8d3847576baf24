/** 2026-01-05T12:00:00Z: where the virtual clock begins. */
export const NOON = 1_767_614_400_000;
export function sampleOrigin(feed = "metro-avl", receivedTime = NOON, offset = 0) {
    return {
        agency: "metro",
        feed,
        upstream: 0,
        partition: 0,
        offset,
        receivedTime,
        headerTime: receivedTime - 1000,
        decoder: "bustime@1",
    };
}
/** A vehicle location as the log keeps it. */
export function sampleRecord(options = {}) {
    const vehicle = options.vehicle ?? "101";
    const receivedTime = options.receivedTime ?? NOON;
    return {
        revision: 0,
        key: `metro:${vehicle}`,
        eventTime: options.eventTime ?? receivedTime - 5000,
        resolutionMs: 1000,
        origin: options.origin ?? sampleOrigin(options.feed, receivedTime),
        index: options.index ?? 0,
        flags: options.flags ?? [],
        body: options.body ?? {
            kind: "vehicle_location",
            vehicleId: vehicle,
            tripId: "4711",
            latitude: 41.8781,
            longitude: -87.6298,
            speedMps: 8.5,
        },
    };
}
