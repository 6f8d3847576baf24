const rules = {
    position_outside: [
        "record",
        "withhold",
        0.1,
        0.05,
        "state positions outside of the area in which they can be",
    ],
    position_swapped: ["record", "withhold", 0.1, 0.05, "state latitude and longitude in each other's place"],
    position_missing: ["feed", "flag", 0.5, 0.3, "state no position that can be one, such as 0,0"],
    position_jump: [
        "record",
        "flag",
        0.3,
        0.1,
        "jump further than any vehicle drives: vehicle ids may be mixed up",
    ],
    position_coarse: ["fleet", "flag", 0.8, 0.5, "state positions in steps of a hundred metres or more"],
    positions_frozen: ["fleet", "withhold", 0.95, 0.8, "report new times and never another position"],
    speed_unit: ["fleet", "withhold", 1, 1, "state a speed that does not fit to how far they drive"],
    time_unit: [
        "record",
        "withhold",
        0.3,
        0.1,
        "state times that are years off: the unit or the date is another one",
    ],
    time_zone: ["fleet", "withhold", 0.6, 0.3, "state times that are off by whole hours or half hours"],
    time_future: ["feed", "flag", 0.3, 0.1, "state times that have not come"],
    stale_row: ["record", "flag", 0.3, 0.15, "stand in complete messages with reports that are long over"],
    vehicle_stuck: ["record", "flag", 0.3, 0.1, "say that they drive, and stay in the same spot"],
    id_shared: ["record", "withhold", 0.1, 0.05, "are in two places at one time: two vehicles share an id"],
    id_doubled: ["record", "flag", 0.1, 0.05, "report the same under two ids"],
    identity_churn: ["feed", "flag", 0.5, 0.2, "carry ids that nobody has seen before, while others left"],
    fleet_volume: ["feed", "flag", 0.6, 0.8, "are there, far fewer than a moment before"],
    deviation_sign: ["fleet", "withhold", 0.8, 0.8, "changed the sign or the unit of how late they are"],
    bearing_motion: ["fleet", "withhold", 1, 1, "state a heading in which they do not drive"],
    match_rate: [
        "fleet",
        "flag",
        0.5,
        0.3,
        "name trips that the schedule does not have, and named known ones before",
    ],
    field_missing: ["feed", "flag", 0.8, 0.4, "no longer state something that they always stated"],
    values_removed: [
        "feed",
        "withhold",
        0.3,
        0.1,
        "state values that cannot be, and stated ones that could before",
    ],
};
export const GUARD_NAMES = Object.freeze(Object.keys(rules));
/** Every guard with its defaults. */
export const GUARDS = Object.freeze(Object.fromEntries(Object.entries(rules).map(([name, [evidence, action, tripShare, clearShare, sentence]], bit) => [
    name,
    { bit, evidence, action, tripShare, clearShare, sentence },
])));
export const GUARDS_DEFAULT = Object.freeze({
    off: false,
    vehiclesMin: 5,
    incidentShare: 0.2,
    guards: {},
});
/** The flag of a guard is its name. */
export function flagOf(name) {
    return GUARDS[name].evidence === "feed" ? undefined : name;
}
/** By name: its bit, and the mask of that bit. */
export const BIT = Object.fromEntries(GUARD_NAMES.map((name) => [name, GUARDS[name].bit]));
export const MASK = Object.fromEntries(GUARD_NAMES.map((name) => [name, 1 << GUARDS[name].bit]));
