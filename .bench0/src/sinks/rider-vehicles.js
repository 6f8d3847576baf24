import { VehicleEntity } from "./rider-entity.js";
/** Positions are shown whole, then without what the vehicle did, then not at all. */
export function vehiclePolicy(rules, tiersOf) {
    return {
        max: rules.vehiclesMax,
        itemOf: (record) => record.body.kind === "vehicle_location" ? new VehicleEntity(record, record.body) : undefined,
        refusal: (item) => {
            const reason = refusalOf(item.record, rules);
            if (reason !== undefined)
                return reason;
            if (!item.hasPosition && !item.hasTrip)
                return "position";
            return item.isUnassigned && withholdsUnassigned(item.record, rules) ? "unassigned" : undefined;
        },
        tierOf: (item, ageMs) => {
            const tiers = tiersOf(item.record.origin.feed);
            const hasLayover = item.isInLayover && ageMs >= tiers.gone && ageMs < rules.stale.layover;
            const tier = hasLayover ? "stale" : tierByAge(ageMs, tiers);
            // With neither position nor stop all that an old report says is what the vehicle did then.
            return tier === "stale" && !item.hasPosition && !item.hasStop ? "hidden" : tier;
        },
    };
}
function withholdsUnassigned({ body }, { unassigned }) {
    return (unassigned ?? (body.unresolved === undefined ? "publish" : "withhold")) === "withhold";
}
export function tierByAge(ageMs, { aging, stale, gone }) {
    if (ageMs >= gone)
        return "over";
    return ageMs >= stale ? "stale" : ageMs >= aging ? "aging" : "fresh";
}
/** Of what does not age: the tier while its feed is heard of. */
export function tierByHearing(tier, hearing) {
    if (hearing === "heard")
        return tier;
    return hearing === "silent" ? "hidden" : "over";
}
/** Why a record of any kind is not for riders. */
export function refusalOf(record, rules) {
    const { flags, eventTime, origin } = record;
    if (flags.includes("not_for_riders"))
        return "upstream";
    if (eventTime - origin.receivedTime > rules.futureSkew || flags.includes("future"))
        return "future";
    if (rules.withoutTime === "withhold" && flags.includes("time_from_receipt"))
        return "time";
    // Last: what is known exactly says more than that something is implausible.
    if (flags.includes("withheld_by_guard"))
        return "guard";
    return undefined;
}
