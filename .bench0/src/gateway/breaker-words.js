/**
 * Breaker, budgets and gate in words: what holds always, then what is not as usual. `span` words a length of time in
 * milliseconds. Not escaped.
 */
export function breakerWords(breaker, now, span) {
    const { forced, day, gateHeldMs, retryTokens, inFlight, queued, streak, nextAttemptAt, state } = breaker;
    const words = [forced ? forcedWords(forced, now, span) : `breaker ${state}`];
    if (!forced && state !== "closed" && nextAttemptAt !== undefined)
        words.push(`asked again in ${span(Math.max(0, nextAttemptAt - now))}`);
    if (streak > 0)
        words.push(`${streak} ${streak === 1 ? "failure" : "failures"} in a row`);
    words.push(`${Math.floor(retryTokens)} retries in the budget`);
    if (day)
        words.push(`${day.used} of ${day.count} requests used today`);
    if (gateHeldMs > 0)
        words.push(`upstream asked for silence, ${span(gateHeldMs)} left`);
    if (inFlight > 0)
        words.push(`${inFlight} in flight`);
    if (queued > 0)
        words.push(`${queued} waiting for a place`);
    return words;
}
function forcedWords({ state, reason, until }, now, span) {
    const length = until === undefined ? "until it is reset" : `for ${span(Math.max(0, until - now))} more`;
    const effect = state === "open" ? "nothing is sent" : "everything is sent, whatever fails";
    return `breaker held ${state} by a person ${length}, so ${effect} (${reason})`;
}
