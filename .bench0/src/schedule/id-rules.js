/** The ids that rules can put into the agency's spelling. */
export const ID_KINDS = ["vehicle", "route", "block", "trip"];
/** By what a trip is looked for when its id is absent or not in the schedule. The start time is always needed. */
export const MATCH_FIELDS = ["route", "direction", "block", "start"];
export const NO_RULES = Object.freeze({
    vehicle: undefined,
    route: undefined,
    block: undefined,
    trip: undefined,
    match: [],
});
/** The id as the rule spells it. Templates see the ids as upstream states them, but for this one, which was stripped. */
export function mapId(rule, id, kind, ids) {
    if (rule === undefined)
        return id;
    const known = rule.crosswalk?.get(id);
    if (known !== undefined)
        return known;
    const { strip, add, template } = rule;
    let mapped = strip !== undefined && id.startsWith(strip) && id.length > strip.length ? id.slice(strip.length) : id;
    if (template !== undefined)
        mapped = filled(template, kind, mapped, ids) ?? mapped;
    return add === undefined ? mapped : add + mapped;
}
function filled(template, kind, id, ids) {
    let isComplete = true;
    const text = template.replaceAll(/\{(\w+)\}/g, (_, name) => {
        const value = name === kind ? id : fieldOf(name, ids);
        if (value === undefined)
            isComplete = false;
        return value ?? "";
    });
    return isComplete ? text : undefined;
}
function fieldOf(name, ids) {
    switch (name) {
        case "vehicle":
            return ids.vehicleId;
        case "route":
            return ids.gtfsRouteId;
        case "block":
            return ids.blockId;
        case "trip":
            return ids.tripId;
        case "direction":
            return ids.directionId?.toString();
        case "start":
            return ids.startTime;
        case "date":
            return ids.serviceDate;
        default:
            return undefined;
    }
}
