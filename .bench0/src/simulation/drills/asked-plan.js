import { put } from "./json-put.js";
const ITEMS = "{items}";
/** The plan of a source that asks in sweeps of several calls; undefined without one. */
export function planOf(source) {
    return source.plan;
}
/** The query parameter that names the items of a call; undefined where they are named elsewhere. */
export function itemsParameter(source) {
    const { url, query = {} } = source;
    const parameters = [...new URL(url).searchParams, ...Object.entries(query)];
    return parameters.find(([, value]) => value === ITEMS)?.[0];
}
/**
 * On which route a vehicle is, as upstream says it: with a list of items in the configuration one of those, else the line
 * that it drives.
 */
export function routesOf(source) {
    const items = planOf(source)?.items;
    return ({ vehicle }) => items === undefined ? vehicle.city.line.gtfsRouteId : items[vehicle.index % items.length];
}
/** What a call asks for; undefined: for everything. */
export function itemsIn(source, request) {
    const parameter = itemsParameter(source);
    const plan = planOf(source);
    if (plan === undefined || parameter === undefined)
        return undefined;
    return new Set((request.query[parameter] ?? "").split(plan.separator));
}
/** How many calls ask for all of it. */
export function callsPerSweep(source, fleet) {
    const plan = planOf(source);
    return plan === undefined ? 1 : Math.ceil(itemsOf(source, fleet).length / plan.maxPerCall);
}
/** The answer of the call that lists the items, in the places where the source looks for them. */
export function discovered(source, fleet) {
    const path = planOf(source)?.discover?.path ?? [];
    const items = itemsOf(source, fleet);
    const each = path.lastIndexOf("*");
    const document = {};
    if (each < 0)
        put(document, path, items);
    else {
        const list = items.map((item) => {
            const rest = path.slice(each + 1);
            if (rest.length === 0)
                return item;
            const one = {};
            put(one, rest, item);
            return one;
        });
        put(document, path.slice(0, each), list);
    }
    return new TextEncoder().encode(JSON.stringify(document));
}
function itemsOf(source, fleet) {
    const routeOf = routesOf(source);
    const driven = fleet.vehicles.map((vehicle) => routeOf({ vehicle }));
    return planOf(source)?.items ?? [...new Set(driven)];
}
