import { z } from "zod";
import { INCREMENTALITY, } from "../formats/gtfs-realtime.js";
import { readAnyFeedMessage } from "../formats/gtfs-realtime-detect.js";
import { observedAlert, observedTripUpdate, observedVehicle, secondsToTime, } from "../formats/gtfs-realtime-observe.js";
import { observedDetour } from "../formats/gtfs-realtime-observe-detours.js";
import { maskedSample } from "../formats/masking.js";
import { StringMemo } from "../formats/protobuf-reader.js";
import { Failure } from "../model/failure.js";
const options = z.strictObject({
    noTrip: z
        .array(z.string())
        .default(["0"])
        .describe("Trip ids of a vehicle that mean it has no trip. MBTA's concentrator writes 0, and an empty id always means none."),
    entityIdAsVehicle: z
        .boolean()
        .default(false)
        .describe("Take the entity id as the vehicle id where an entity has neither vehicle nor trip. " +
        "Only for feeds whose entity ids are the vehicles' own numbers: others change with every message."),
});
/**
 * GTFS-realtime 1.0 and 2.0, as protobuf or as JSON, told apart by their first bytes and not by what a header claims.
 * Vehicle positions, trip updates, alerts and detours become observations, in the order of the message; of an entity that holds
 * several, in the order of their field numbers.
 *
 * - An entity that only says `is_deleted` is a notice: it has no time of its own, and a full message deletes by leaving out.
 * - An entity of no kind is a rejection.
 * - `complete` is true unless the header says DIFFERENTIAL, or the message or one of its entities could not be read: who
 *   is in there has not gone.
 */
export const definition = Object.freeze({
    type: "gtfs-realtime",
    version: 1,
    summary: "GTFS-realtime vehicle positions, trip updates and alerts: protobuf, or JSON in any of its spellings.",
    options,
    create: (chosen) => {
        const memo = new StringMemo();
        return { decode: (input) => decode(input, memo, chosen) };
    },
});
function decode(input, memo, chosen) {
    const message = readAnyFeedMessage(input.bytes, memo);
    if (message instanceof Failure)
        return { items: [], failure: message };
    const items = [];
    const notices = [];
    let isWhole = true;
    for (const entity of message.entities) {
        if ("unreadable" in entity) {
            items.push(unreadable(entity));
            isWhole = false;
        }
        else if (entity.isDeleted === true)
            notices.push("an entity is marked is_deleted");
        else
            observe(entity, items, chosen);
    }
    if (message.extensions > 0)
        notices.push(`${message.extensions} fields of extensions were passed over`);
    const failure = failureOf(message);
    return {
        headerTime: secondsToTime(message.header?.timestamp),
        items,
        failure,
        complete: isWhole &&
            failure === undefined &&
            INCREMENTALITY[message.header?.incrementality ?? 0] !== "DIFFERENTIAL",
        ...(notices.length > 0 && { notices }),
    };
}
function failureOf(message) {
    if (message.failure !== undefined)
        return new Failure(message.failure.code, message.failure.message);
    if (message.header !== undefined)
        return undefined;
    return new Failure("decode.format", "the message has no header, which every FeedMessage must have");
}
function unreadable(entity) {
    return {
        kind: "rejection",
        code: "decode.record",
        message: `the entity cannot be read: ${entity.unreadable}`,
        sample: maskedSample(entity.raw),
    };
}
function observe(entity, items, chosen) {
    const { tripUpdate, vehicle, alert, detour } = entity;
    if (tripUpdate !== undefined)
        items.push(observedTripUpdate(tripUpdate));
    if (vehicle !== undefined) {
        const standInId = chosen.entityIdAsVehicle && vehicle.trip === undefined ? entity.id : undefined;
        items.push(observedVehicle(vehicle, { noTrip: chosen.noTrip, standInId }));
    }
    if (alert !== undefined)
        items.push(observedAlert(alert, entity.id) ?? nameless("an alert", entity.alert));
    if (detour !== undefined)
        items.push(observedDetour(detour, entity.id) ?? nameless("a part of a detour", { id: entity.id }));
    if (tripUpdate ?? vehicle ?? alert ?? detour)
        return;
    const what = "neither a vehicle, a trip update, an alert nor a part of a detour";
    items.push({
        kind: "rejection",
        code: "decode.record",
        message: `entity ${JSON.stringify(entity.id ?? "")} is ${what}`,
        sample: maskedSample({ id: entity.id }),
    });
}
function nameless(what, entity) {
    return {
        kind: "rejection",
        code: "record.no_subject",
        message: `${what} without an id cannot be told from others`,
        sample: maskedSample(entity),
    };
}
