import { Failure } from "../model/failure.js";
import { numberOf, parseJson } from "./json.js";
import { beginsLikeJson } from "./payload-kind.js";
import { positionOf } from "./readings.js";
import { attributeOf, childOf, elementFromJson, MENDED_XML, parseXml, textAt, } from "./xml.js";
const ENVELOPE_DEPTH_MAX = 8;
/** What a delivery is a list of, in any service that is read. */
const RECORDS = ["VehicleActivity", "VehicleActivityCancellation"];
const MESSAGE_LENGTH_MAX = 300;
const NAMED = /(Delivery|Request|Response|Notification|Acknowledgement)$/;
const CARRIERS = new Set(["ServiceDelivery", "ServiceRequest", "SubscriptionRequest", "DataSupplyRequest"]);
const KEY_ERRORS = /AccessNotAllowed|UnapprovedKey|UnknownParticipant|UnknownSubscriber|EndpointDenied/;
const KEY_WORDS = /\bkey\b|authori[sz]|authentic|credential|login|forbidden|not allowed/i;
const QUOTA_WORDS = /AllowedResourceUsageExceeded|quota|rate limit|too many|throttl|exceeded/i;
/**
 * @param service name of the service without `Delivery`, such as `VehicleMonitoring`.
 * @param skip elements whose content is not needed.
 * @param inspect is shown the document before it is read, and may take out what it wants.
 */
export function readSiri(bytes, contentType, service, skip, inspect) {
    const document = treeOf(bytes, contentType, skip, inspect);
    if (document.root === undefined)
        return { ...NOTHING, failure: document.failure };
    const survey = new Survey(`${service}Delivery`);
    survey.walk(document.root, 0);
    const isFound = survey.deliveries.length > 0;
    const failure = document.failure ?? survey.failure() ?? (isFound ? undefined : survey.misfit(service, document.root));
    return {
        deliveries: survey.deliveries,
        responseTimestamp: survey.responseTimestamp,
        hasMore: survey.hasMore,
        isSubscribed: survey.isSubscribed,
        notices: document.repairs > 0 ? [...survey.notices, MENDED_XML] : survey.notices,
        failure,
        isWhole: document.failure === undefined,
    };
}
const NOTHING = {
    deliveries: [],
    responseTimestamp: undefined,
    hasMore: false,
    isSubscribed: false,
    notices: [],
    failure: undefined,
    isWhole: false,
};
const OCCUPANCIES = {
    full: "full",
    // SIRI 1.3 to 2.0 have three words; "seats available" promises no more than a few.
    seatsAvailable: "few_seats_available",
    standingAvailable: "standing_room_only",
    empty: "empty",
    manySeatsAvailable: "many_seats_available",
    fewSeatsAvailable: "few_seats_available",
    standingRoomOnly: "standing_room_only",
    crushedStandingRoomOnly: "crushed_standing_room_only",
    notAcceptingPassengers: "not_accepting_passengers",
    unknown: "unknown",
    undefined: "unknown",
};
/** SIRI `Occupancy` in the words of GTFS-realtime; undefined for "unknown". A word that SIRI does not have is flagged. */
export function occupancyOf(word, flags) {
    if (word === undefined)
        return undefined;
    const status = Object.hasOwn(OCCUPANCIES, word) ? OCCUPANCIES[word] : undefined;
    if (status === undefined)
        flags.add("value_removed");
    return status === "unknown" ? undefined : status;
}
/**
 * WGS84 of a `VehicleLocation`: `Longitude` and `Latitude`, or `Coordinates` in the system that `srsName` (of either
 * element) or `defaultSrsName` names. What cannot be read is flagged.
 */
export function siriLocation(location, geodesy, defaultSrsName, flags) {
    if (location === undefined)
        return {};
    const coordinates = childOf(location, "Coordinates");
    if (coordinates === undefined || coordinates.text.length === 0) {
        return positionOf(textAt(location, "Latitude"), textAt(location, "Longitude"), flags);
    }
    const srsName = named(coordinates) ?? named(location) ?? defaultSrsName;
    const [x, y, ...rest] = coordinates.text
        .slice(0, 100)
        .split(/[\s,;]+/)
        .map(numberOf);
    const isPair = x !== undefined && y !== undefined && rest.length <= 1;
    const position = srsName !== undefined && isPair ? geodesy.toWgs84(srsName, x, y) : undefined;
    if (position === undefined)
        flags.add("position_removed");
    return position ?? {};
}
function named(element) {
    return attributeOf(element, "srsName") ?? textAt(element, "srsName");
}
function treeOf(bytes, contentType, skip, inspect) {
    if (!beginsLikeJson(bytes)) {
        const document = parseXml(bytes, { contentType, skip, records: RECORDS });
        if (document.root !== undefined)
            inspect?.(document.root, "xml");
        return document;
    }
    const { value, failure } = parseJson(bytes);
    if (failure !== undefined)
        return { root: undefined, failure, repairs: 0 };
    inspect?.(value, "json");
    return { root: elementFromJson("json", value), failure: undefined, repairs: 0 };
}
/** Finds deliveries, errors and the name of the service without caring what wraps them. */
class Survey {
    deliveries = [];
    notices = [];
    #deliveryName;
    #failures = [];
    responseTimestamp;
    hasMore = false;
    isSubscribed = false;
    #serviceFound;
    #carrierFound;
    #gatewayMessage;
    constructor(deliveryName) {
        this.#deliveryName = deliveryName;
    }
    walk(element, depth) {
        if (depth > ENVELOPE_DEPTH_MAX)
            return;
        const { name } = element;
        if (name === "Fault") {
            this.#report("a SOAP Fault", element);
            return;
        }
        if (CARRIERS.has(name))
            this.#carrierFound ??= name;
        else if (NAMED.test(name))
            this.#find(name);
        if (name.startsWith("Notify"))
            this.isSubscribed = true;
        this.#readStatus(element);
        if (name === this.#deliveryName) {
            this.deliveries.push(element);
            return;
        }
        for (const child of element.children) {
            const isEnvelope = depth <= 1 && NAMED.test(child.name);
            if (child.children.length > 0 || child.name === this.#deliveryName || isEnvelope) {
                this.walk(child, depth + 1);
            }
            else if (depth === 0 && /^(message|error|fault|errorMessage)$/i.test(child.name)) {
                this.#gatewayMessage ??= child.text;
            }
        }
    }
    failure() {
        const [first, ...more] = this.#failures;
        if (first === undefined || more.length === 0)
            return first;
        const message = `${first.message} (and ${more.length} more)`;
        return new Failure(first.code, message, { details: { ...first.details, errors: this.#failures.length } });
    }
    /** There is no delivery of the service: what is there instead? */
    misfit(service, root) {
        const wanted = `this decoder reads ${this.#deliveryName}`;
        const found = this.#serviceFound ?? (this.#carrierFound === "ServiceDelivery" ? undefined : this.#carrierFound);
        if (found !== undefined) {
            const message = `the document is a SIRI ${found}; ${wanted}`;
            return new Failure("decode.format", message, { details: { service: found } });
        }
        if (this.#carrierFound !== undefined) {
            this.notices.push(`a SIRI ServiceDelivery without ${service}`);
            return undefined;
        }
        if (this.#gatewayMessage !== undefined) {
            const text = this.#gatewayMessage.slice(0, MESSAGE_LENGTH_MAX);
            return new Failure(codeOf(text), `upstream answers with an error instead of SIRI: ${text}`);
        }
        const what = root.name === "json" ? "JSON without SIRI in it" : `<${root.name.slice(0, 60)}>`;
        return new Failure("decode.format", `the document is ${what}; ${wanted}`);
    }
    /** A delivery says more than the SOAP message around it. */
    #find(name) {
        const isBetter = name.endsWith("Delivery") && this.#serviceFound?.endsWith("Delivery") === false;
        if (this.#serviceFound === undefined || isBetter)
            this.#serviceFound = name;
    }
    #readStatus(element) {
        this.responseTimestamp ??= textAt(element, "ResponseTimestamp");
        if (/^true$/i.test(textAt(element, "MoreData") ?? ""))
            this.hasMore = true;
        const subscription = textAt(element, "SubscriptionRef") ?? textAt(element, "SubscriberRef");
        if (subscription !== undefined)
            this.isSubscribed = true;
        const condition = childOf(element, "ErrorCondition");
        const isRefused = /^false$/i.test(textAt(element, "Status") ?? "");
        if (condition === undefined && !isRefused)
            return;
        this.#report(`${element.name} with ${isRefused ? "Status false" : "an ErrorCondition"}`, condition);
    }
    #report(where, condition) {
        const type = errorNameIn(condition, 4);
        const text = wordsOf(condition, 4).join("; ").slice(0, MESSAGE_LENGTH_MAX);
        if (type === "NoInfoForTopicError") {
            this.notices.push("NoInfoForTopicError");
            return;
        }
        const said = [type, text].filter((part) => part !== undefined && part.length > 0).join(": ");
        const message = `upstream answers with ${where}${said.length > 0 ? `: ${said}` : ", and no reason"}`;
        this.#failures.push(new Failure(codeOf(`${type ?? ""} ${text}`), message));
    }
}
function codeOf(said) {
    if (QUOTA_WORDS.test(said))
        return "upstream.quota";
    return KEY_ERRORS.test(said) || KEY_WORDS.test(said) ? "upstream.key" : "upstream.error";
}
/** The first element named `…Error`, such as `AccessNotAllowedError`. */
function errorNameIn(element, depthMax) {
    if (element === undefined || depthMax < 0)
        return undefined;
    for (const child of element.children.slice(0, 20)) {
        const found = child.name.endsWith("Error") ? child.name.slice(0, 60) : errorNameIn(child, depthMax - 1);
        if (found !== undefined)
            return found;
    }
    return undefined;
}
const WORDS = new Set([
    "ErrorText",
    "ErrorDescription",
    "Description",
    "faultstring",
    "Reason",
    "Text",
    "message",
]);
function wordsOf(element, depthMax) {
    if (element === undefined || depthMax < 0)
        return [];
    const words = [];
    for (const child of element.children.slice(0, 20)) {
        if (WORDS.has(child.name) && child.text.length > 0)
            words.push(child.text);
        words.push(...wordsOf(child, depthMax - 1));
    }
    return [...new Set(words)];
}
