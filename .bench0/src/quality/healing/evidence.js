import { median } from "../inference/table.js";
export const METRES_PER_DEGREE = 111_195;
const FAST_MPS = 42;
const SLACK_M = 300;
export function pairsOf(memory, fresh) {
    const pairs = [];
    const seen = new Set();
    for (const [row, vehicle] of fresh.vehicles.entries()) {
        if (vehicle === undefined || seen.has(vehicle))
            continue;
        const old = memory.last.get(vehicle);
        if (old === undefined)
            continue;
        seen.add(vehicle);
        const seconds = (fresh.table.received[row] - memory.table.received[old]) / 1000;
        pairs.push({ old, row, seconds });
    }
    return pairs;
}
export function metresBetween(latitude, longitude, otherLatitude, otherLongitude) {
    const north = (otherLatitude - latitude) * METRES_PER_DEGREE;
    const east = (otherLongitude - longitude) * METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
    return Math.hypot(north, east);
}
/** Whether a vehicle can have come from one place to the other in that time. */
export function isNear(metres, seconds) {
    return metres <= SLACK_M + FAST_MPS * Math.max(0, seconds);
}
export function courseBetween(latitude, longitude, otherLatitude, otherLongitude) {
    const north = otherLatitude - latitude;
    const east = (otherLongitude - longitude) * Math.cos((latitude * Math.PI) / 180);
    return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}
/** Steps between reports of the same vehicle whose times differ, within rows that share bindings. */
export function drivesOf(table, vehicles, place, time) {
    const lastRow = new Map();
    const drives = [];
    for (let row = 0; row < table.rows; row++) {
        const vehicle = vehicles[row];
        if (vehicle === undefined)
            continue;
        const before = lastRow.get(vehicle);
        lastRow.set(vehicle, row);
        if (before === undefined)
            continue;
        const seconds = (time(row) - time(before)) / 1000;
        const [latitude, longitude] = place(before);
        const [toLatitude, toLongitude] = place(row);
        const metres = metresBetween(latitude, longitude, toLatitude, toLongitude);
        if (!(seconds > 0 && seconds < 1000) || Number.isNaN(metres) || metres > 60 * seconds)
            continue;
        drives.push({
            row,
            before,
            metres,
            seconds,
            course: courseBetween(latitude, longitude, toLatitude, toLongitude),
        });
    }
    return drives;
}
/** Reads a bound field of rows, by the binding that good messages had. */
export function readerOf(bindings, profiles, field) {
    const binding = bindings.get(field);
    const profile = binding === undefined ? undefined : profiles.get(binding.profile.column.path);
    if (binding === undefined || profile === undefined)
        return () => Number.NaN;
    return (row) => profile.numbers[row] * binding.factor;
}
/** The coarsest step of 1, 0.1, ... of which nearly all values are multiples; undefined where there is none. */
export function latticeOf(values) {
    const there = values.filter((value) => Number.isFinite(value) && value !== 0);
    if (there.length < 10)
        return undefined;
    for (const step of [60, 10, 6, 1, 0.5, 0.1, 0.01, 0.001, 0.0001])
        if (onLattice(there, step) >= 0.97)
            return step;
    return undefined;
}
/** Share of the values that are multiples of the step. */
export function onLattice(values, step) {
    const there = values.filter((value) => Number.isFinite(value) && value !== 0);
    if (there.length === 0)
        return 0;
    const on = there.filter((value) => {
        const steps = value / step;
        return Math.abs(steps - Math.round(steps)) <= 1e-6 * Math.max(1, Math.abs(steps)) + 1e-7;
    });
    return on.length / there.length;
}
export function spread(values) {
    const middle = median(values);
    return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
