import { isPosition } from "../formats/geodesy.js";
import { TRIP_RELATIONSHIP, } from "../formats/gtfs-realtime.js";
import { secondsToTime } from "../formats/gtfs-realtime-observe.js";
const ALERT_TEXT_MAX = 200;
export function snapshotOf(message) {
    const headerTime = secondsToTime(message.header?.timestamp);
    const vehicles = new Map();
    const trips = new Map();
    const alerts = new Set();
    let others = 0;
    for (const entity of message.entities) {
        if ("unreadable" in entity || entity.isDeleted === true) {
            others++;
            continue;
        }
        const tripId = entity.tripUpdate?.trip?.tripId;
        if (entity.tripUpdate && tripId)
            trips.set(tripId, forecast(entity.tripUpdate));
        if (entity.alert)
            alerts.add(alertText(entity.alert) ?? `alert ${entity.id}`);
        if (entity.vehicle === undefined) {
            if (!tripId && !entity.alert)
                others++;
            continue;
        }
        const id = identityOf(entity.vehicle) ?? entity.id;
        if (id !== undefined)
            vehicles.set(id, seen(entity.vehicle, headerTime));
    }
    return { headerTime, vehicles, trips, alerts, others };
}
function forecast({ trip, stopTimeUpdates }) {
    const bySequence = new Map();
    const byStop = new Map();
    const twice = new Set();
    const stops = stopTimeUpdates.map(({ stopSequence, stopId, arrival, departure }) => {
        const stop = {
            sequence: stopSequence,
            stopId: stopId || undefined,
            arrival: eventOf(arrival),
            departure: eventOf(departure),
        };
        if (stop.sequence !== undefined)
            bySequence.set(stop.sequence, stop);
        if (stop.stopId !== undefined && byStop.has(stop.stopId))
            twice.add(stop.stopId);
        if (stop.stopId !== undefined)
            byStop.set(stop.stopId, stop);
        return stop;
    });
    for (const stopId of twice)
        byStop.delete(stopId);
    return { gtfsRouteId: trip?.routeId || undefined, stops, bySequence, byStop };
}
function eventOf(event) {
    return event && { time: secondsToTime(event.time), delayS: event.delay };
}
/** Header, else description, in the first language that is stated. */
function alertText({ headerText, descriptionText }) {
    for (const translations of [headerText, descriptionText]) {
        const words = translations.find(({ text }) => text?.trim())?.text;
        if (words)
            return words.trim().replace(/\s+/g, " ").slice(0, ALERT_TEXT_MAX);
    }
    return undefined;
}
function identityOf({ vehicle, trip }) {
    if (vehicle?.id)
        return vehicle.id;
    if (vehicle?.label)
        return vehicle.label;
    return trip?.tripId ? `trip ${trip.tripId}${trip.startDate ? ` of ${trip.startDate}` : ""}` : undefined;
}
function seen({ trip, position, timestamp }, headerTime) {
    const { latitude, longitude } = position ?? {};
    const isPlaced = latitude !== undefined && longitude !== undefined && isPosition(latitude, longitude);
    const direction = trip?.directionId;
    return {
        tripId: trip?.tripId || undefined,
        gtfsRouteId: trip?.routeId || undefined,
        directionId: direction === 0 || direction === 1 ? direction : undefined,
        startTime: trip?.startTime,
        startDate: trip?.startDate,
        relationship: TRIP_RELATIONSHIP[trip?.scheduleRelationship ?? -1],
        latitude: isPlaced ? latitude : undefined,
        longitude: isPlaced ? longitude : undefined,
        time: secondsToTime(timestamp) ?? headerTime,
    };
}
