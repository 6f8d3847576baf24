import { formatIsoTime, parseIsoTime } from "../formats/iso-time.js";
import { readSiri } from "../formats/siri.js";
import { SIRI_END, siriDuration, siriStart, siriXml } from "../formats/siri-write.js";
import { childOf, parseXml, textAt } from "../formats/xml.js";
import { Failure } from "../model/failure.js";
/** The envelope is in the first bytes; a delivery may be large, and is read by its decoder. */
const HEAD_BYTES = 8 * 1024;
const ELEMENT = /<(?:[A-Za-z_][\w.-]*:)?([A-Za-z]\w*)[\s/>]/g;
const SUBSCRIPTION = /<(?:[A-Za-z_][\w.-]*:)?SubscriptionRef(?:\s[^>]*)?>\s*([^<]{1,200}?)\s*</;
const NAMES_LOOKED_AT = 8;
/** In the order of the schema, `SubscriptionRequestStructure`. */
export function subscriptionRequest(wish, now, untilTime) {
    const time = formatIsoTime(now);
    const wanted = [
        ["RequestTimestamp", time],
        ["VehicleMonitoringRef", wish.vehicleMonitoringRef],
        ["LineRef", wish.lineRef],
        ["VehicleMonitoringDetailLevel", wish.detail],
    ];
    const subscription = siriXml([
        ["SubscriberRef", wish.requestorRef],
        ["SubscriptionIdentifier", wish.id],
        ["InitialTerminationTime", formatIsoTime(untilTime)],
    ]) +
        `<VehicleMonitoringRequest version="${wish.version}">${siriXml(wanted)}</VehicleMonitoringRequest>` +
        siriXml([
            ["IncrementalUpdates", wish.incremental],
            ["UpdateInterval", wish.updateEvery === undefined ? undefined : siriDuration(wish.updateEvery / 1000)],
        ]);
    const context = wish.heartbeat === 0 ? [] : [["HeartbeatInterval", siriDuration(wish.heartbeat / 1000)]];
    return document(wish.version, `<SubscriptionRequest>${siriXml([
        ["RequestTimestamp", time],
        ["RequestorRef", wish.requestorRef],
        ["MessageIdentifier", `${wish.id}-${now}`],
        ["ConsumerAddress", wish.address],
        ["SubscriptionContext", context],
    ])}<VehicleMonitoringSubscriptionRequest>${subscription}</VehicleMonitoringSubscriptionRequest></SubscriptionRequest>`);
}
export function terminationRequest(wish, now) {
    return document(wish.version, siriXml([
        [
            "TerminateSubscriptionRequest",
            [
                ["RequestTimestamp", formatIsoTime(now)],
                ["RequestorRef", wish.requestorRef],
                ["MessageIdentifier", `${wish.id}-${now}-end`],
                ["SubscriberRef", wish.requestorRef],
                ["SubscriptionRef", wish.id],
            ],
        ],
    ]));
}
/** What the producer granted. Throws a `Failure` when it refuses, or does not answer as SIRI does. */
export function grantedIn(bytes, contentType, host, now) {
    const { root } = parseXml(bytes, { contentType });
    const response = found(root, "SubscriptionResponse");
    // An error is told at several places, and in several words.
    const { failure } = readSiri(bytes, contentType, "VehicleMonitoring", new Set());
    if (failure !== undefined && !failure.code.startsWith("decode."))
        throw failure;
    if (response === undefined) {
        throw new Failure("upstream.not_valid", `${host} answered the subscription with something that is no SubscriptionResponse`);
    }
    const status = childOf(response, "ResponseStatus");
    if (/^false$/i.test(textAt(status, "Status") ?? "")) {
        const condition = childOf(status, "ErrorCondition")?.children[0]?.name ?? "no reason";
        throw new Failure("upstream.error", `${host} refuses the subscription: ${condition.slice(0, 60)}`);
    }
    return {
        untilTime: timeOf(textAt(status, "ValidUntil"), now),
        startedTime: timeOf(textAt(response, "ServiceStartedTime"), now),
    };
}
/** What a message of the producer is. */
export function noticeIn(bytes, contentType, now) {
    const head = new TextDecoder("latin1")
        .decode(bytes.subarray(0, HEAD_BYTES))
        .replace(/<!--[\s\S]*?-->/g, "");
    const names = [];
    for (const [, name = ""] of head.matchAll(ELEMENT)) {
        names.push(name);
        if (names.length === NAMES_LOOKED_AT)
            break;
    }
    if (names.includes("HeartbeatNotification")) {
        const heartbeat = found(parseXml(bytes, { contentType, elementsMax: 1000 }).root, "HeartbeatNotification");
        return {
            kind: "heartbeat",
            isWell: !/^false$/i.test(textAt(heartbeat, "Status") ?? ""),
            startedTime: timeOf(textAt(heartbeat, "ServiceStartedTime"), now),
        };
    }
    if (names.includes("SubscriptionTerminatedNotification"))
        return { kind: "terminated" };
    if (names.includes("DataReadyNotification"))
        return { kind: "ready" };
    return { kind: "delivery", subscription: SUBSCRIPTION.exec(head)?.[1] };
}
function document(version, content) {
    return `${siriStart(version)}${content}${SIRI_END}`;
}
/** A time without a zone is UTC here: producers that leave it out mean their own, and it only has to stay the same. */
function timeOf(text, now) {
    return text === undefined ? undefined : parseIsoTime(text, "UTC", now)?.time;
}
function found(element, name, depthMax = 4) {
    if (element === undefined || depthMax < 0 || element.name === name)
        return element?.name === name ? element : undefined;
    for (const child of element.children) {
        const inner = found(child, name, depthMax - 1);
        if (inner !== undefined)
            return inner;
    }
    return undefined;
}
