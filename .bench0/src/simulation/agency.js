import { createCity } from "./city.js";
import { createGateway } from "./gateway.js";
export function createAgency(options) {
    const seed = options.seed ?? 7;
    const city = createCity({
        seed,
        service: options.service ?? "round-the-clock",
        ...reportingOf(options),
        ...(options.timezone === undefined ? {} : { timezone: options.timezone }),
        ...(options.headwayS === undefined ? {} : { headwayS: options.headwayS }),
        ...(options.vehicles === undefined ? {} : sizeOf(options.vehicles)),
    });
    const gateway = createGateway({
        city,
        clock: options.clock,
        seed,
        ...(options.changes === undefined ? {} : { changes: options.changes }),
        ...(options.link === undefined ? {} : { link: options.link }),
        ...(options.speeches === undefined ? {} : { speeches: options.speeches }),
        ...(options.faults === undefined ? {} : { faults: options.faults }),
        ...(options.calmMs === undefined ? {} : { calmMs: options.calmMs }),
        ...(options.requestsPerMinuteMax === undefined
            ? {}
            : { requestsPerMinuteMax: options.requestsPerMinuteMax }),
        ...(options.timezone === undefined ? {} : { timezone: options.timezone }),
    });
    return { city, gateway };
}
function reportingOf({ reportEveryS, profile }) {
    const everyS = reportEveryS ?? (profile === undefined ? 15 : undefined);
    return { ...(profile && { profile }), ...(everyS && { reportEveryS: everyS }) };
}
/** A city with so many vehicles has so many lines. */
function sizeOf(vehicles) {
    const tramLines = Math.max(1, Math.min(6, Math.round(vehicles / 40)));
    return { vehicles, tramLines, busLines: Math.max(1, Math.min(40, Math.round(vehicles / 10))) };
}
