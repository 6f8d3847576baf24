import { BOARDING_TYPE, OCCUPANCY_STATUS, STOP_RELATIONSHIP } from "../formats/gtfs-realtime.js";
import { numberOf, secondsOf, whole, wholeSeconds } from "./rider-words.js";
const SCHEDULED = 0;
const SKIPPED = 1;
const NO_DATA = 2;
/** Beyond it the longest sensible run of times is not searched for: no trip has so many stops. */
const SEARCHED_MAX = 500;
/**
 * The stop time updates of a trip in a form that every reader takes: each names its stop, in order, with times that go
 * forward. What contradicts the rest loses its times and says so (NO_DATA); no time is made up. Times that are equal at
 * different stops, as feeds that round to minutes state them, are set apart by a second.
 */
export function publishedStops(updates, relationship) {
    const stops = inOrder(updates).map(messageOf);
    const isNewTrip = relationship === "new" || relationship === "replacement";
    setTimesRight(stops);
    for (const stop of stops) {
        if (stop.scheduleRelationship === SKIPPED)
            continue;
        const isForecast = hasForecast(stop.arrival) || hasForecast(stop.departure);
        if (!isForecast)
            stop.scheduleRelationship = NO_DATA;
        if (stop.scheduleRelationship === NO_DATA)
            withoutForecast(stop, isNewTrip);
        else {
            if (!hasForecast(stop.arrival))
                stop.arrival = undefined;
            if (!hasForecast(stop.departure))
                stop.departure = undefined;
        }
    }
    return stops;
}
function hasForecast(event) {
    return event?.time !== undefined || event?.delay !== undefined;
}
/** Those that name a stop, by their sequence where they state one, each sequence once. */
function inOrder(updates) {
    let isOrdered = true;
    let hasAllSequences = true;
    let last = -1;
    for (const { stopSequence, stopId } of updates) {
        if (stopSequence === undefined) {
            // What names no stop is left out, and says nothing of the order of the others.
            if (stopId === undefined)
                isOrdered = false;
            else
                hasAllSequences = false;
        }
        else {
            if (stopSequence <= last)
                isOrdered = false;
            last = stopSequence;
        }
    }
    const named = isOrdered
        ? updates
        : updates.filter((one) => one.stopId !== undefined || one.stopSequence !== undefined);
    const sorted = isOrdered || !hasAllSequences
        ? named
        : [...named].sort((a, b) => (a.stopSequence ?? 0) - (b.stopSequence ?? 0));
    const kept = [];
    let sequence = -1;
    let stopId;
    for (const update of sorted) {
        const isAhead = update.stopSequence !== undefined && update.stopSequence > sequence;
        // The place in the trip was taken by another stop: this one only keeps its name.
        const isNamed = update.stopId !== undefined && update.stopId !== stopId;
        if (!isAhead && !isNamed)
            continue;
        if (isAhead)
            sequence = update.stopSequence ?? sequence;
        stopId = update.stopId;
        kept.push(isAhead || update.stopSequence === undefined ? update : { ...update, stopSequence: undefined });
    }
    return kept;
}
function messageOf(update) {
    const { departureOccupancyStatus, scheduleRelationship } = update;
    return {
        stopSequence: whole(update.stopSequence),
        arrival: update.arrival && eventOf(update.arrival),
        departure: update.departure && eventOf(update.departure),
        stopId: update.stopId,
        // Unsaid means SCHEDULED in the standard; saying so keeps validators from asking.
        scheduleRelationship: numberOf(STOP_RELATIONSHIP, scheduleRelationship) ?? SCHEDULED,
        properties: propertiesOf(update),
        departureOccupancyStatus: numberOf(OCCUPANCY_STATUS, departureOccupancyStatus),
    };
}
function propertiesOf(update) {
    const { assignedStopId, stopHeadsign, pickupType, dropOffType } = update;
    if ([assignedStopId, stopHeadsign, pickupType, dropOffType].every((one) => one === undefined))
        return undefined;
    return {
        assignedStopId,
        stopHeadsign,
        pickupType: numberOf(BOARDING_TYPE, pickupType),
        dropOffType: numberOf(BOARDING_TYPE, dropOffType),
    };
}
/** Undefined where it says nothing. */
function eventOf(event) {
    const delay = wholeSeconds(event.delayS);
    const time = secondsOf(event.time);
    const scheduledTime = secondsOf(event.scheduledTime);
    if (delay === undefined && time === undefined && scheduledTime === undefined)
        return undefined;
    return { delay, time, uncertainty: wholeSeconds(event.uncertaintyS), scheduledTime };
}
/** Only a trip that the schedule does not have says when its stops are planned, also where nothing is forecast. */
function withoutForecast(stop, isNewTrip) {
    stop.arrival = planned(stop.arrival, isNewTrip);
    stop.departure = planned(stop.departure, isNewTrip);
}
function planned(event, isNewTrip) {
    if (!isNewTrip || event?.scheduledTime === undefined)
        return undefined;
    return { delay: undefined, time: undefined, uncertainty: undefined, scheduledTime: event.scheduledTime };
}
function setTimesRight(stops) {
    for (const stop of stops) {
        const [arrival, departure] = [stop.arrival?.time, stop.departure?.time];
        // One of the two is wrong, and nobody knows which: the arrival is what riders wait for.
        if (arrival !== undefined && departure !== undefined && departure < arrival) {
            stop.departure = withoutTime(stop.departure);
        }
    }
    const timed = stops.filter((stop) => firstOf(stop) !== undefined);
    if (isForward(timed))
        return;
    const kept = longestForward(timed);
    for (const stop of timed) {
        if (kept.has(stop))
            continue;
        stop.arrival = withoutTime(stop.arrival);
        stop.departure = withoutTime(stop.departure);
    }
    let last = 0;
    for (const stop of timed)
        if (kept.has(stop))
            last = setApart(stop, last);
}
function firstOf(stop) {
    return stop.arrival?.time ?? stop.departure?.time;
}
function lastOf(stop) {
    return stop.departure?.time ?? stop.arrival?.time ?? 0;
}
function isForward(timed) {
    for (let at = 1; at < timed.length; at++) {
        if ((firstOf(timed[at]) ?? 0) <= lastOf(timed[at - 1]))
            return false;
    }
    return true;
}
/** As many stops as possible whose times do not go back: one stray time must not cost all that follow it. */
function longestForward(timed) {
    const lengths = [];
    const before = [];
    let best = 0;
    for (let at = 0; at < timed.length; at++) {
        lengths[at] = 1;
        before[at] = -1;
        for (let earlier = Math.max(0, at - SEARCHED_MAX); earlier < at; earlier++) {
            const follows = lastOf(timed[earlier]) <= (firstOf(timed[at]) ?? 0);
            if (!follows || lengths[earlier] < lengths[at])
                continue;
            lengths[at] = lengths[earlier] + 1;
            before[at] = earlier;
        }
        if (lengths[at] > lengths[best])
            best = at;
    }
    const kept = new Set();
    for (let at = best; at >= 0; at = before[at] ?? -1)
        kept.add(timed[at]);
    return kept;
}
/** Moves the times of a stop to a second after the last ones where they are not later; answers its own last. */
function setApart(stop, last) {
    const first = firstOf(stop) ?? 0;
    const least = Math.max(first, last + 1);
    if (stop.arrival?.time !== undefined)
        stop.arrival.time = Math.max(stop.arrival.time, least);
    if (stop.departure?.time !== undefined)
        stop.departure.time = Math.max(stop.departure.time, least);
    return lastOf(stop);
}
/** What is left of a forecast without its time. */
function withoutTime(event) {
    if (event === undefined || event.time === undefined)
        return event;
    return { ...event, time: undefined };
}
