import { RatioWindow } from "./ratio-window.js";
/** Open windows get up to a fifth longer, so that many clients do not probe at one time. */
const WINDOW_SPREAD = 0.2;
/** How much longer than an attempt may take a probe is waited for (rule 8). */
const LEASE_GRACE_MS = 1_000;
const EXPONENT_MAX = 30;
/**
 * The state machine of rules 1 to 10. It has no timers: every change happens inside of a call. All times are monotonic.
 * An epoch is a number that every transition raises; a permit is the epoch in which it was given, so that results that
 * come late are told apart without any bookkeeping per call.
 */
export class Breaker {
    #settings;
    #chance;
    #owner;
    #window;
    state = "closed";
    /** Starts at 1, because 0 is the permit that is none. */
    epoch = 1;
    streak = 0;
    openUntil = 0;
    openCount = 0;
    probesOut = 0;
    #probeOk = 0;
    #leaseUntil = 0;
    #closedSince = 0;
    forced = null;
    forcedUntil = 0;
    forcedReason = "";
    constructor(settings, chance, owner) {
        this.#settings = settings;
        this.#chance = chance;
        this.#owner = owner;
        this.#window = settings.ratioShare > 0 ? new RatioWindow(settings.ratioWindowMs) : null;
    }
    /** Decides and reserves in one step (rule 2): 0, or the epoch as the permit. `attemptMs` is what the call may take. */
    admit(now, attemptMs = this.#settings.attemptMs) {
        if (this.forced !== null) {
            this.#expireForce(now);
            if (this.forced !== null)
                return this.forced === "open" ? 0 : this.epoch;
        }
        if (this.state === "closed")
            return this.epoch;
        if (this.state === "open") {
            if (now < this.openUntil)
                return 0;
            this.#toHalfOpen("window_over");
        }
        if (this.#hasExpiredLease(now)) {
            this.#open(now, 0, "probe_lease_expired");
            return 0;
        }
        if (this.probesOut >= this.#settings.probes)
            return 0;
        this.probesOut += 1;
        this.#leaseUntil = Math.max(this.#leaseUntil, now + attemptMs + LEASE_GRACE_MS);
        this.#owner.onProbe(this.epoch, this.probesOut);
        return this.epoch;
    }
    /** Whether `admit` would answer 0 now; changes nothing but what is due anyway. */
    refuses(now) {
        if (this.state === "closed" && this.forced === null)
            return false;
        if (this.forced !== null) {
            // When it expires here, the next call is a probe, or a call without evidence: admitted in both cases.
            this.#expireForce(now);
            return this.forced === "open";
        }
        if (this.state === "open")
            return now < this.openUntil;
        return this.probesOut >= this.#settings.probes && !this.#hasExpiredLease(now);
    }
    /** Takes a permit back with what became of it (rules 3 to 7). Results of earlier epochs change nothing. */
    settle(permit, outcome, now, retryAfterMs) {
        if (permit !== this.epoch) {
            if (permit !== 0)
                this.#owner.onLateResult(permit, this.epoch, outcome);
            return;
        }
        if (this.forced !== null)
            return;
        if (this.state === "half_open")
            this.#settleProbe(outcome, now, retryAfterMs);
        else if (outcome === "success") {
            this.streak = 0;
            this.#window?.add(false, now);
        }
        else if (outcome !== "neutral")
            this.#settleFailure(outcome, now, retryAfterMs);
    }
    /** When a call may be admitted next, at the latest; infinite when only a person can make that happen. */
    nextAdmitAt(now) {
        if (this.forced === "open")
            return Math.max(now, this.forcedUntil);
        if (this.state === "open")
            return Math.max(now, this.openUntil);
        if (this.probesOut < this.#settings.probes)
            return now;
        // A probe is out and its result may come at any time: ask again in a second, or when its lease is over.
        return Math.max(now, Math.min(this.#leaseUntil, now + LEASE_GRACE_MS));
    }
    /** Windows in a row: 0 after the breaker was closed for twice the first window (rule 7). */
    openCountAt(now) {
        const isStable = this.state === "closed" && now - this.#closedSince >= 2 * this.#settings.openMs;
        return isStable ? 0 : this.openCount;
    }
    /** A person decides (rule 10): every call is refused, probes included, or admitted, until `until`. */
    force(state, reason, now, until) {
        const from = this.state;
        this.#nextEpoch(state);
        this.forced = state;
        this.forcedUntil = until;
        this.forcedReason = reason;
        this.openUntil = 0;
        const openForMs = state === "open" ? until - now : undefined;
        const why = state === "open" ? "forced_open" : "forced_closed";
        this.#owner.onTransition(from, state, why, openForMs, reason);
    }
    /** Closed, as new. */
    reset(now, note) {
        const from = this.state;
        this.forced = null;
        this.openCount = 0;
        this.#nextEpoch("closed");
        this.#closedSince = now;
        this.#owner.onTransition(from, "closed", "reset", undefined, note);
    }
    /** Open for `remainingMs` more, or closed with a streak that does not trip by itself (rule 25). */
    restore(state, remainingMs, openCount, streak, now) {
        const from = this.state;
        this.#nextEpoch(state);
        this.openCount = openCount;
        this.streak = Math.min(streak, this.#settings.threshold - 1);
        this.openUntil = now + remainingMs;
        this.#closedSince = now;
        if (from === "closed" && state === "closed")
            return;
        this.#owner.onTransition(from, state, "restored", state === "open" ? remainingMs : undefined);
    }
    #hasExpiredLease(now) {
        return this.probesOut > 0 && now >= this.#leaseUntil;
    }
    #settleProbe(outcome, now, retryAfterMs) {
        // Settled more often than admitted: the surplus says nothing.
        if (this.probesOut === 0)
            return;
        this.probesOut -= 1;
        if (outcome === "neutral")
            return;
        if (outcome !== "success") {
            this.#open(now, retryAfterMs, outcome === "trip" ? "trip" : "probe_failed");
            return;
        }
        this.#probeOk += 1;
        if (this.#probeOk < this.#settings.closeAfter)
            return;
        this.#nextEpoch("closed");
        this.#closedSince = now;
        this.#owner.onTransition("half_open", "closed", "probes_succeeded", undefined);
    }
    #settleFailure(outcome, now, retryAfterMs) {
        this.streak += 1;
        this.#window?.add(true, now);
        const { threshold, ratioShare, ratioMinimum } = this.#settings;
        if (outcome === "trip")
            this.#open(now, retryAfterMs, "trip");
        else if (this.streak >= threshold)
            this.#open(now, retryAfterMs, "consecutive_failures");
        else if (this.#window?.isAtLeast(ratioShare, ratioMinimum)) {
            this.#open(now, retryAfterMs, "failure_ratio");
        }
    }
    /**
     * Rule 6. The range of the window is capped before its spread is drawn, as rule 13 does for delays: clients whose
     * windows reached the cap stay spread.
     */
    #open(now, retryAfterMs, reason) {
        const from = this.state;
        const { openMs, openMaxMs } = this.#settings;
        const count = this.openCountAt(now);
        const shortest = Math.min(openMaxMs / (1 + WINDOW_SPREAD), openMs * 2 ** Math.min(EXPONENT_MAX, count));
        const window = shortest * (1 + WINDOW_SPREAD * this.#chance.next());
        const openFor = Math.min(openMaxMs, Math.max(window, retryAfterMs));
        this.#nextEpoch("open");
        this.openCount = count + 1;
        this.openUntil = now + openFor;
        this.#owner.onTransition(from, "open", reason, openFor);
    }
    #toHalfOpen(reason) {
        const from = this.state;
        this.#nextEpoch("half_open");
        this.#owner.onTransition(from, "half_open", reason, undefined);
    }
    /** A forced-open breaker proves itself with a probe; a forced-closed one starts without evidence. */
    #expireForce(now) {
        if (now < this.forcedUntil)
            return;
        const wasOpen = this.forced === "open";
        this.forced = null;
        if (wasOpen) {
            this.#toHalfOpen("force_expired");
            return;
        }
        this.#nextEpoch("closed");
        this.#closedSince = now;
        this.#owner.onTransition("closed", "closed", "force_expired", undefined);
    }
    /** Every transition starts a new account (rule 1). */
    #nextEpoch(state) {
        this.state = state;
        this.epoch += 1;
        this.streak = 0;
        this.probesOut = 0;
        this.#probeOk = 0;
        this.#leaseUntil = 0;
        this.#window?.clear();
    }
}
