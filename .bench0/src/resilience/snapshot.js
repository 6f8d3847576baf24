const REASON_MAX_CHARS = 500;
/** The durable part of the state (rule 25). Epochs belong to the process and are left out. */
export function takeSnapshot(breaker, pace, gateUntil, lastFailure, now, wall) {
    const isForced = breaker.forced !== null && now < breaker.forcedUntil;
    // Half-open is saved as open with nothing left: the next process sends a probe of its own.
    const remainingMs = breaker.state === "open" && !isForced ? Math.max(0, breaker.openUntil - now) : 0;
    return {
        v: 1,
        state: breaker.state === "closed" ? "closed" : "open",
        forced: isForced ? breaker.forced : null,
        forcedReason: isForced ? breaker.forcedReason : null,
        forcedRemainingMs: isForced && Number.isFinite(breaker.forcedUntil) ? breaker.forcedUntil - now : null,
        remainingMs,
        openUntilWall: wall + remainingMs,
        savedAtWall: wall,
        openCount: breaker.openCountAt(now),
        streak: breaker.streak,
        gateRemainingMs: Math.max(0, gateUntil - now),
        day: pace === null || pace.dayIndex < 0 ? null : { index: pace.dayIndex, used: pace.dayUsed },
        ...(breaker.state !== "closed" && lastFailure && { cause: lastFailure }),
    };
}
/** Puts a snapshot back; returns how long the gate stays closed, and why it is open. Throws an Error that says what cannot be read. */
export function applySnapshot(raw, breaker, pace, settings, now, wall) {
    const saved = readSnapshot(raw);
    // A clock that was set back must not make the window longer, one set forward may make it shorter.
    const remaining = Math.max(0, Math.min(saved.remainingMs, saved.openUntilWall - wall, settings.openMaxMs));
    const elapsed = Math.max(0, wall - saved.savedAtWall);
    breaker.restore(saved.state, remaining, saved.openCount, saved.streak, now);
    if (saved.forced !== null) {
        const left = saved.forcedRemainingMs === null
            ? Number.POSITIVE_INFINITY
            : Math.max(0, saved.forcedRemainingMs - elapsed);
        breaker.force(saved.forced, saved.forcedReason ?? "", now, now + left);
    }
    if (saved.day !== null && pace !== null) {
        pace.dayIndex = saved.day.index;
        pace.dayUsed = saved.day.used;
    }
    const holdMs = Math.min(settings.holdMaxMs, Math.max(0, saved.gateRemainingMs - elapsed));
    return { holdMs, cause: saved.cause };
}
function readSnapshot(raw) {
    if (typeof raw !== "object" || raw === null)
        throw new Error(`it is ${raw === null ? "null" : typeof raw}`);
    const snapshot = raw;
    if (snapshot.v !== 1)
        throw new Error(`its version is ${String(snapshot.v)}, not 1`);
    const { state, forced, forcedReason, forcedRemainingMs, day } = snapshot;
    if (state !== "closed" && state !== "open")
        throw new Error(`its state is ${String(state)}`);
    if (forced !== null && forced !== "open" && forced !== "closed") {
        throw new Error(`its forced state is ${String(forced)}`);
    }
    if (forcedReason !== null && typeof forcedReason !== "string")
        throw new Error("its forcedReason is no text");
    return {
        v: 1,
        state,
        forced,
        forcedReason: forcedReason === null ? null : forcedReason.slice(0, REASON_MAX_CHARS),
        forcedRemainingMs: forcedRemainingMs === null ? null : numberIn("forcedRemainingMs", forcedRemainingMs),
        remainingMs: numberIn("remainingMs", snapshot.remainingMs),
        openUntilWall: numberIn("openUntilWall", snapshot.openUntilWall),
        savedAtWall: numberIn("savedAtWall", snapshot.savedAtWall),
        openCount: Math.floor(numberIn("openCount", snapshot.openCount)),
        streak: Math.floor(numberIn("streak", snapshot.streak)),
        gateRemainingMs: numberIn("gateRemainingMs", snapshot.gateRemainingMs),
        day: readDay(day),
        ...(snapshot.cause !== undefined && { cause: readCause(snapshot.cause) }),
    };
}
function readCause(cause) {
    const { at, code, message } = cause ?? {};
    if (typeof code !== "string" || typeof message !== "string")
        throw new Error("its cause cannot be read");
    return {
        at: numberIn("cause.at", at),
        code: code.slice(0, REASON_MAX_CHARS),
        message: message.slice(0, REASON_MAX_CHARS),
    };
}
function readDay(day) {
    if (day === null)
        return null;
    if (typeof day !== "object")
        throw new Error("its day cannot be read");
    const { index, used } = day;
    return { index: Math.floor(numberIn("day.index", index)), used: numberIn("day.used", used) };
}
function numberIn(name, value) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0)
        return value;
    throw new Error(`its ${name} is ${String(value)}`);
}
