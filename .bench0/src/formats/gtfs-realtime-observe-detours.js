import { WHEELCHAIR_BOARDING } from "./gtfs-realtime.js";
import { shortest } from "./gtfs-realtime-numbers.js";
import { secondsToTime } from "./gtfs-realtime-observe.js";
const DATE = /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;
const CLOCK = /^\d{2}:[0-5]\d:[0-5]\d$/;
/** Undefined when nothing tells it from others: shapes and stops have ids of their own, modifications that of the entity. */
export function observedDetour(message, entityId) {
    const { shape, stop, modifications } = message;
    const notes = { value: false };
    if (modifications !== undefined) {
        if (!entityId)
            return undefined;
        const body = modificationsOf(modifications, notes);
        return { kind: "detour", detourId: `modifications:${entityId}`, modifications: body, ...flagged(notes) };
    }
    if (stop?.stopId) {
        const body = stopOf(stop, stop.stopId, notes);
        return { kind: "detour", detourId: `stop:${stop.stopId}`, stop: body, ...flagged(notes) };
    }
    if (!shape?.shapeId)
        return undefined;
    const { shapeId, encodedPolyline } = shape;
    return {
        kind: "detour",
        detourId: `shape:${shapeId}`,
        shape: { shapeId, ...(encodedPolyline && { encodedPolyline }) },
    };
}
function flagged({ value }) {
    return value ? { flags: ["value_removed"] } : {};
}
function modificationsOf(message, notes) {
    return {
        selectedTrips: message.selectedTrips.map(({ tripIds, shapeId }) => ({
            tripIds: tripIds.filter((id) => id !== ""),
            ...(shapeId && { shapeId }),
        })),
        startTimes: valid(message.startTimes, CLOCK, notes),
        serviceDates: valid(message.serviceDates, DATE, notes),
        changes: message.modifications.map((modification) => changeOf(modification, notes)),
    };
}
function changeOf(modification, notes) {
    const { start, end, serviceAlertId, lastModifiedTime } = modification;
    return {
        from: selectorOf(start),
        to: selectorOf(end),
        propagatedDelayS: whole(modification.propagatedDelay, notes),
        replacementStops: modification.replacementStops.map(({ stopId, travelTimeToStop }) => ({
            stopId: stopId || undefined,
            travelTimeS: whole(travelTimeToStop, notes),
        })),
        alertId: serviceAlertId || undefined,
        lastModifiedTime: secondsToTime(lastModifiedTime),
    };
}
function selectorOf(selector) {
    return selector && { stopSequence: selector.stopSequence, stopId: selector.stopId || undefined };
}
function stopOf(stop, stopId, notes) {
    const { stopLat, stopLon } = stop;
    const isPlace = Math.abs(stopLat ?? Number.NaN) <= 90 &&
        Math.abs(stopLon ?? Number.NaN) <= 180 &&
        (stopLat !== 0 || stopLon !== 0);
    if (!isPlace && (stopLat !== undefined || stopLon !== undefined))
        notes.value = true;
    const boarding = WHEELCHAIR_BOARDING[stop.wheelchairBoarding ?? -1]?.toLowerCase();
    return {
        stopId,
        latitude: isPlace ? shortest(stopLat, 7) : undefined,
        longitude: isPlace ? shortest(stopLon, 7) : undefined,
        code: textsOf(stop.stopCode),
        name: textsOf(stop.stopName),
        spokenName: textsOf(stop.ttsStopName),
        description: textsOf(stop.stopDesc),
        url: textsOf(stop.stopUrl),
        platformCode: textsOf(stop.platformCode),
        zoneId: stop.zoneId || undefined,
        parentStation: stop.parentStation || undefined,
        timezone: stop.stopTimezone || undefined,
        levelId: stop.levelId || undefined,
        wheelchairBoarding: boarding,
    };
}
function textsOf(translations) {
    const texts = translations.flatMap(({ text, language }) => text ? [{ text, ...(language && { language }) }] : []);
    return texts.length === 0 ? undefined : texts;
}
function valid(texts, form, notes) {
    const good = texts.filter((text) => form.test(text));
    if (good.length < texts.length)
        notes.value = true;
    return good;
}
function whole(value, notes) {
    if (value === undefined || Number.isSafeInteger(value))
        return value;
    notes.value = true;
    return undefined;
}
