/**
 * - `applied`: what changed was exchanged, and works. `unchanged`: there was nothing to exchange.
 * - `planned`: it was asked only what would happen.
 * - `invalid`: the configuration does not pass the check. `refused`: something in it needs a restart. Nothing was touched.
 * - `rolled_back`: the new parts did not work in time; the parts that ran before run again.
 * - `failed`: neither the new parts nor the old ones could be put in place in time; the sentence says what to do.
 */
export const RELOAD_OUTCOMES = [
    "applied",
    "unchanged",
    "planned",
    "invalid",
    "refused",
    "rolled_back",
    "failed",
];
