const KINDS = [
    "vehicle_location",
    "trip_update",
    "service_alert",
    "detour",
];
const LISTS = ["agency", "route", "vehicle", "kind"];
/** Of one list; and of one value, in characters. */
const VALUES_MAX = 100;
const VALUE_LENGTH_MAX = 128;
/** The filter of a query, or a sentence that says what is wrong with it. `known`: parameters that mean something else. */
export function liveFilter(query, known) {
    const lists = {};
    let box;
    for (const [name, text] of Object.entries(query)) {
        if (known.includes(name))
            continue;
        if (name === "bbox") {
            box = boxIn(text);
            if (box === undefined)
                return "bbox is four degrees, west,south,east,north, such as bbox=-71.2,42.2,-70.9,42.4";
        }
        else if (isList(name)) {
            const values = text.split(",").filter((value) => value !== "");
            const problem = problemOf(name, values);
            if (problem !== undefined)
                return problem;
            lists[name] = new Set(values);
        }
        else
            return `there is no parameter "${name.slice(0, 40)}"; there are: ${[...LISTS, "bbox", ...known].join(", ")}`;
    }
    return filterOf(lists, box);
}
function filterOf(lists, box) {
    const parts = LISTS.flatMap((name) => (lists[name] ? [[name, [...lists[name]].sort()]] : []));
    const { agency, route, vehicle, kind } = lists;
    const couldPass = ({ body, origin }) => (kind === undefined || kind.has(body.kind)) &&
        (agency === undefined || agency.has(origin.agency)) &&
        // Of a trip another vehicle may have been told before.
        (vehicle === undefined || body.kind !== "vehicle_location" || vehicle.has(body.vehicleId ?? ""));
    return {
        name: parts.length === 0 && box === undefined ? "" : JSON.stringify([parts, box ?? null]),
        couldPass,
        passes: (record) => couldPass(record) &&
            (vehicle === undefined || vehicle.has(record.body.vehicleId ?? "")) &&
            (route === undefined || isOnRoute(record, route)) &&
            (box === undefined || isInside(record, box)),
    };
}
function isList(name) {
    return LISTS.some((list) => list === name);
}
function problemOf(name, values) {
    if (values.length === 0)
        return `${name} names nothing; leave it out to get all of them`;
    if (values.length > VALUES_MAX)
        return `${name} takes ${VALUES_MAX} values at the most`;
    if (values.some((value) => value.length > VALUE_LENGTH_MAX))
        return `a value of ${name} has ${VALUE_LENGTH_MAX} characters at the most`;
    const wrong = name === "kind" ? values.find((value) => !KINDS.some((kind) => kind === value)) : undefined;
    return wrong === undefined ? undefined : `there is no kind "${wrong}" here; there are: ${KINDS.join(", ")}`;
}
function boxIn(text) {
    if (!/^-?\d{1,3}(\.\d{1,12})?(,-?\d{1,3}(\.\d{1,12})?){3}$/.test(text))
        return undefined;
    const [west = 0, south = 0, east = 0, north = 0] = text.split(",").map(Number);
    const isOnEarth = [west, east].every((one) => Math.abs(one) <= 180) && Math.abs(south) <= 90;
    return isOnEarth && Math.abs(north) <= 90 && south <= north ? { west, south, east, north } : undefined;
}
/** What is nowhere is in no box. A box whose west lies east of its east crosses the 180th meridian. */
function isInside({ body }, { west, south, east, north }) {
    if (body.kind !== "vehicle_location")
        return false;
    const { latitude, longitude } = body;
    if (latitude === undefined || longitude === undefined || latitude < south || latitude > north)
        return false;
    return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}
/** An alert is on each route that it informs. */
function isOnRoute({ body }, routes) {
    if (body.gtfsRouteId !== undefined && routes.has(body.gtfsRouteId))
        return true;
    if (body.kind !== "service_alert")
        return false;
    return body.informedEntities.some((informed) => [informed.gtfsRouteId, informed.trip?.gtfsRouteId].some((id) => id !== undefined && routes.has(id)));
}
