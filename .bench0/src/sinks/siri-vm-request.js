import { childOf, childrenOf, parseXml, textAt } from "../formats/xml.js";
const QUERIES_MAX = 20;
const TEXT_LENGTH_MAX = 200;
/** Of who asks and how, which makes no difference here. */
const IGNORED = new Set([
    "RequestorRef",
    "RequestTimestamp",
    "AccountId",
    "AccountKey",
    "VehicleMonitoringDetailLevel",
    "version",
    "key",
    "api_key",
]);
const KNOWN = [
    "VehicleRef",
    "LineRef",
    "DirectionRef",
    "OperatorRef",
    "MaximumVehicles",
    "MessageIdentifier",
];
/** The query of a GET, or a sentence that says what is wrong with it. */
export function queryOf(parameters) {
    for (const name of Object.keys(parameters)) {
        if (KNOWN.includes(name) || IGNORED.has(name))
            continue;
        return `there is no parameter "${name.slice(0, 40)}"; there are: ${KNOWN.join(", ")}`;
    }
    return readQuery((name) => parameters[name] || undefined);
}
/** The request of a POST, or a sentence that says what is wrong with it. */
export function requestIn(bytes, contentType) {
    const { root, failure } = parseXml(bytes, { contentType, depthMax: 16, elementsMax: 1000 });
    if (root === undefined || failure !== undefined)
        return `the body is no XML: ${failure?.message ?? "it is empty"}`;
    const carrier = root.name === "Siri" ? root.children[0] : root;
    if (carrier?.name === "CheckStatusRequest")
        return { kind: "status", messageId: messageIdOf(carrier) };
    if (carrier?.name !== "ServiceRequest") {
        const found = (carrier ?? root).name.slice(0, 60);
        return `the body is a ${found}; what is answered here is Siri with a ServiceRequest or a CheckStatusRequest`;
    }
    const messageId = messageIdOf(carrier);
    const other = carrier.children.find(({ name }) => name.endsWith("Request") && name !== "VehicleMonitoringRequest");
    if (other !== undefined)
        return { kind: "unsupported", service: other.name.slice(0, 60), messageId };
    const wanted = childrenOf(carrier, "VehicleMonitoringRequest");
    if (wanted.length === 0)
        return "the ServiceRequest has no VehicleMonitoringRequest";
    if (wanted.length > QUERIES_MAX)
        return `the ServiceRequest has ${wanted.length} requests, and ${QUERIES_MAX} are taken`;
    const queries = [];
    for (const one of wanted) {
        const query = readQuery((name) => childOf(one, name) === undefined ? undefined : (textAt(one, name) ?? ""));
        if (typeof query === "string")
            return query;
        queries.push(query);
    }
    return { kind: "vehicles", queries, messageId };
}
/** Those that the query lets through, and whether there are more of them than it takes. */
export function chosenBy(query, all) {
    const { vehicleRef, lineRef, directionRef, operatorRef, maximumVehicles } = query;
    const passing = all.filter((one) => (vehicleRef === undefined || one.vehicleRef === vehicleRef) &&
        (lineRef === undefined || one.lineRef === lineRef) &&
        (directionRef === undefined || one.directionRef === directionRef) &&
        (operatorRef === undefined || one.operatorRef === operatorRef));
    if (maximumVehicles === undefined || passing.length <= maximumVehicles)
        return { chosen: passing, hasMore: false };
    const newest = [...passing].sort((one, other) => other.time - one.time);
    return { chosen: newest.slice(0, maximumVehicles), hasMore: true };
}
function messageIdOf(carrier) {
    return textAt(carrier, "MessageIdentifier")?.slice(0, TEXT_LENGTH_MAX);
}
function readQuery(value) {
    for (const name of KNOWN) {
        const text = value(name);
        if (text === "")
            return `${name} names nothing; leave it out to get all of them`;
        if ((text?.length ?? 0) > TEXT_LENGTH_MAX)
            return `${name} has ${TEXT_LENGTH_MAX} characters at the most`;
    }
    const maximum = value("MaximumVehicles");
    if (maximum !== undefined && !/^0*[1-9]\d{0,8}$/.test(maximum))
        return `MaximumVehicles is a whole number from 1 on, not "${maximum.slice(0, 20)}"`;
    return {
        vehicleRef: value("VehicleRef"),
        lineRef: value("LineRef"),
        directionRef: value("DirectionRef"),
        operatorRef: value("OperatorRef"),
        maximumVehicles: maximum === undefined ? undefined : Number(maximum),
        messageId: value("MessageIdentifier"),
    };
}
