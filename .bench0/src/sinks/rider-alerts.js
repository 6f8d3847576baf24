import { ALERT_CAUSE, ALERT_EFFECT, ALERT_SEVERITY, emptyEntity, } from "../formats/gtfs-realtime.js";
import { FeedItem } from "./rider-item.js";
import { tierByHearing } from "./rider-vehicles.js";
import { numberOf, secondsOf, tripOf, whole } from "./rider-words.js";
/** `alert:<alert>`. */
export class AlertEntity extends FeedItem {
    /** Somebody is informed, of something. */
    isTelling;
    /** When the last active period ends; never, where one has no end. */
    endTime;
    #body;
    #informed;
    constructor(record, body) {
        super("alert", record);
        this.#body = body;
        this.#informed = body.informedEntities.flatMap((informed) => selectorOf(informed) ?? []);
        const { header, description, effect } = body;
        const hasText = header !== undefined || description !== undefined || effect !== undefined;
        this.isTelling = this.#informed.length > 0 && hasText;
        this.endTime = endOf(body.activePeriods);
    }
    entity() {
        return { ...emptyEntity(this.id), alert: alertMessage(this.#body, this.#informed) };
    }
}
/**
 * An alert does not age: it is shown until its last active period has ended, upstream lists it no more, or upstream has
 * been silent for too long to be believed. Then it is only hidden: upstream that is heard of again does not say again what
 * has not changed.
 */
export function alertPolicy(rules, hearing) {
    return {
        max: rules.alerts.max,
        itemOf: (record) => record.body.kind === "service_alert" ? new AlertEntity(record, record.body) : undefined,
        refusal: ({ record, isTelling }) => {
            if (record.flags.includes("not_for_riders"))
                return "upstream";
            return isTelling ? undefined : "empty";
        },
        tierOf: ({ record, endTime }, _ageMs, now) => now >= endTime ? "over" : tierByHearing("fresh", hearing(record, now)),
    };
}
/** What an alert says, to whom. */
export function alertMessage(body, informedEntities) {
    const periods = body.activePeriods.map(({ start, end }) => ({
        start: secondsOf(start),
        end: secondsOf(end),
    }));
    return {
        // A period without a start or an end is always, as is none at all.
        activePeriods: periods.filter(({ start, end }) => start !== undefined || end !== undefined),
        informedEntities: [...informedEntities],
        cause: numberOf(ALERT_CAUSE, body.cause),
        effect: numberOf(ALERT_EFFECT, body.effect),
        url: translations(body.url),
        headerText: translations(body.header),
        descriptionText: translations(body.description),
        severityLevel: numberOf(ALERT_SEVERITY, body.severity),
        ttsHeaderText: translations(body.spokenHeader),
        ttsDescriptionText: translations(body.spokenDescription),
        // The standard wants to know of what kind an image is.
        images: (body.images ?? []).flatMap(({ url, mediaType, language }) => mediaType === undefined ? [] : { url, mediaType, language }),
        imageAlternativeText: translations(body.imageAlternativeText),
        causeDetail: translations(body.causeDetail),
        effectDetail: translations(body.effectDetail),
    };
}
/** Undefined where it names nothing: that would be everybody, or nobody. */
function selectorOf(informed) {
    const { agencyId, gtfsRouteId, routeType, directionId, stopId } = informed;
    // A trip that is none of the schedule cannot be found there; its route and stop can.
    const named = informed.trip?.unresolved === undefined ? informed.trip : undefined;
    const trip = named && tripOf(named);
    if ([agencyId, gtfsRouteId, routeType, stopId, trip].every((part) => part === undefined))
        return undefined;
    return {
        agencyId,
        routeId: gtfsRouteId,
        routeType: whole(routeType),
        // Said twice, and differently: the trip knows its own route.
        trip: trip && {
            ...trip,
            routeId: gtfsRouteId === undefined || trip.routeId === gtfsRouteId ? trip.routeId : undefined,
            scheduleRelationship: named?.scheduleRelationship === undefined ? undefined : trip.scheduleRelationship,
        },
        stopId,
        // A direction is one of a route.
        directionId: gtfsRouteId === undefined ? undefined : directionId,
    };
}
function endOf(periods) {
    if (periods.length === 0)
        return Number.POSITIVE_INFINITY;
    return Math.max(...periods.map(({ end }) => end ?? Number.POSITIVE_INFINITY));
}
export function translations(texts) {
    return (texts ?? []).map(({ text, language }) => ({ text, language }));
}
