export const PAYLOAD_KINDS = ["json", "xml", "csv"];
export const COMPATIBILITIES = ["backward", "forward", "full"];
/**
 * What happens when a payload is not as the contract says.
 * - `evolve`: it passes, and is told once.
 * - `freeze`: the record is refused, or the payload where it is not of one record; a name that the contract does not have
 *   counts too.
 * - `discard-value`: the value is taken out, and the record is flagged `contract_value`; names that the contract does not
 *   have are taken out unseen.
 * - `dead-letter`: the record (or the payload) is refused.
 */
export const MODES = ["evolve", "freeze", "discard-value", "dead-letter"];
/** Meanings that a value can have, and the field of an observation that holds it (`mapping` has the same names and units). */
export const SEMANTICS = {
    "vehicle-id": "vehicleId",
    "vehicle-label": "vehicleLabel",
    trip: "tripId",
    route: "gtfsRouteId",
    block: "blockId",
    run: "runId",
    operator: "operatorId",
    stop: "stopId",
    direction: "directionId",
    latitude: "latitude",
    longitude: "longitude",
    heading: "headingDeg",
    speed: "speedMps",
    odometer: "odometerM",
    time: "eventTime",
    "local-time": "eventTime",
    "service-date": "serviceDate",
    deviation: "scheduleDeviationS",
    status: "currentStatus",
    occupancy: "occupancyStatus",
};
/** Units by meaning; the first is the default. A time may also be a pattern such as `yyyy-MM-dd HH:mm:ss`. */
export const SEMANTIC_UNITS = {
    speed: ["m/s", "km/h", "mph", "kn"],
    odometer: ["m", "km", "mi", "ft"],
    deviation: ["s", "min", "h", "ms", "iso-duration"],
    time: ["iso", "epoch-s", "epoch-ms", "epoch-us", "seconds-ago", "minutes-ago"],
};
export const JSON_TYPES = ["null", "boolean", "object", "array", "number", "integer", "string"];
