const TRANSITIONS = {
    consecutive_failures: "Breaker open: too many calls in a row failed",
    failure_ratio: "Breaker open: too many of the last calls failed",
    trip: "Breaker open at once: the failure is of a kind that asking again and again does not mend",
    window_over: "Breaker half-open: one call is sent on trial",
    probe_failed: "Breaker open again: the call on trial failed",
    probe_lease_expired: "Breaker open again: the call on trial did not end in time",
    probes_succeeded: "Breaker closed: the calls on trial succeeded",
    forced_open: "Breaker held open by a person",
    forced_closed: "Breaker held closed by a person",
    force_expired: "Breaker no longer held: the time that a person gave is over",
    reset: "Breaker reset by a person",
    restored: "Breaker as it was before the restart",
};
/** What happened to a breaker, in words: `Breaker held open by a person: vendor maintenance`. */
export function transitionSentence({ from, reason, note, to }) {
    let words = TRANSITIONS[reason];
    if (reason === "restored")
        words += `: ${to.replace("_", "-")}`;
    if (from === "half_open" && reason === "trip")
        words = words.replace("open", "open again");
    return note ? `${words}: ${note}` : words;
}
/** What an open breaker does over and over until upstream is well again. */
export function isRoutine({ from, reason }) {
    return reason === "window_over" || (from === "half_open" && reason !== "probes_succeeded");
}
