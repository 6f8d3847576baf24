/** Stable: scripts and service managers depend on them. `docs/cli.md` has the table. */
export const EXIT = {
    ok: 0,
    /** Something went wrong that is neither the command line nor the configuration. */
    failure: 1,
    /** The command line is wrong. */
    usage: 2,
    /** It ran, and the ledger does not balance. */
    unbalanced: 3,
    /** It measured, and the answer is no: `compare` would not let B take the place of A, a `drill` is graded below, a hub is not well (`status`), a candidate must not take over (`shadow report`). */
    noGo: 4,
    /** `reload`: a part of the change needs a restart; nothing was changed. */
    restart: 5,
    /** `reload`: the new configuration did not work, and the one before it is in place again. */
    rolledBack: 6,
    /** The configuration is wrong (EX_CONFIG of sysexits). */
    config: 78,
    /** A second Ctrl-C: stopped at once. What was settled is durable. */
    interrupted: 130,
};
