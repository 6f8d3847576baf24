import { Failure, messageOf } from "../model/failure.js";
import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import { localDay, localDayAt } from "../schedule/local-day.js";
import { spanWords } from "./gap-words.js";
const RESERVE_MS = 2 * HOUR_MS;
const WARN_SHARE = 0.8;
/** Of the limit, how much is written down ahead: what a crash may cost, against commits per request. */
const LEASE_SHARE = 1 / 500;
/** How many requests may come at once, as a share of the limit, before the pace holds them back. */
const BURST_SHARE = 1 / 500;
/** And as a share of what is left, so that the end of a scarce day is not spent in one burst. */
const BURST_LEFT_SHARE = 1 / 10;
/** How soon to look again while the store is asked. */
const SAVE_WAIT_MS = 200;
const SAVE_RETRY_MS = 2_000;
/** Upstream's clock may lag: a refusal this soon after the reset is about yesterday, and is tried again soon. */
const LAG_MAX_MS = HOUR_MS;
const LAG_RETRY_MS = 15 * MINUTE_MS;
/** The calendar of the language ends here. */
const DAYS_MAX = 99_000_000;
/**
 * Requests that upstream counts per local day, for everybody who uses its key. It is never exceeded, whatever happens to
 * the process: what may be used is written down before it is. It never stops at noon either: what is left is stretched
 * over what is left of the day, so that a day that began badly is slow rather than dark.
 */
export class Quota {
    rules;
    #parts;
    #day;
    #used = 0;
    #closedUntil;
    /** Up to where use is written down. */
    #leased = 0;
    /** When the pace has caught up with what was sent, on the monotonic clock. */
    #pacedUntil = Number.NEGATIVE_INFINITY;
    #isSaving = false;
    #retryAt = Number.NEGATIVE_INFINITY;
    #hasWarned = false;
    constructor(rules, parts) {
        this.rules = rules;
        this.#parts = parts;
        this.#day = localDayAt(parts.clock.now(), rules.timezone);
    }
    /** Takes over what an earlier process wrote down; false when that cannot be read, and the day begins unused. */
    restore(text) {
        const saved = readSaved(text);
        if (saved === undefined)
            return false;
        this.#day = localDay(saved.day, this.rules.timezone);
        this.#used = saved.used;
        this.#leased = saved.used;
        this.#closedUntil = saved.closedUntil;
        this.#turn(this.#parts.clock.now());
        this.#hasWarned = this.#used >= (this.rules.limit ?? Number.POSITIVE_INFINITY) * WARN_SHARE;
        return true;
    }
    readyAt(now) {
        const wall = this.#parts.clock.now();
        this.#turn(wall);
        if (this.#closedUntil !== undefined && wall < this.#closedUntil)
            return now + (this.#closedUntil - wall);
        const { limit } = this.rules;
        if (limit === undefined)
            return now;
        const left = this.#left(wall);
        if (left <= 0)
            return now + (this.#nextRelease(wall) - wall);
        if (this.#used >= this.#leased) {
            this.#lease(limit);
            return Math.max(now + SAVE_WAIT_MS, this.#retryAt);
        }
        const burst = Math.max(1, Math.min(Math.ceil(limit * BURST_SHARE), Math.ceil(left * BURST_LEFT_SHARE)));
        return Math.max(now, this.#pacedUntil - (burst - 1) * this.#spacing(wall, left));
    }
    take(now) {
        const wall = this.#parts.clock.now();
        this.#turn(wall);
        const { limit, name } = this.rules;
        if (limit === undefined)
            return;
        const spacing = this.#spacing(wall, Math.max(1, this.#left(wall)));
        this.#pacedUntil = Math.max(now, this.#pacedUntil) + spacing;
        this.#used++;
        if (this.#leased - this.#used < leaseSize(limit) / 2)
            this.#lease(limit);
        if (this.#hasWarned || this.#used < limit * WARN_SHARE)
            return;
        this.#hasWarned = true;
        const hours = ((this.#day.endTime - wall) / HOUR_MS).toFixed(1);
        this.#parts.onEvent("warn", `${this.#used} of ${limit} requests of quota ${name} are used, ${hours} h before it starts anew`);
    }
    /** Upstream said that its limit of the day is reached, whatever was counted here. */
    refuse() {
        const wall = this.#parts.clock.now();
        this.#turn(wall);
        const { startTime, endTime } = this.#day;
        const isLag = wall - startTime < LAG_MAX_MS;
        const until = isLag ? Math.min(endTime, wall + LAG_RETRY_MS) : endTime;
        if (this.#closedUntil !== undefined && this.#closedUntil >= until)
            return;
        this.#closedUntil = until;
        this.#save(this.#leased);
        const { limit, name } = this.rules;
        const counted = limit === undefined ? "" : ` (${this.#used} of ${limit} were counted here)`;
        this.#parts.onEvent("error", `Upstream says that the limit of quota ${name} is reached${counted}; nothing is sent for ` +
            `${spanWords(Math.ceil((until - wall) / MINUTE_MS) * MINUTE_MS)}. See who else uses its key`);
    }
    /** Why nothing can be sent for longer than a pace takes; undefined when something can. */
    refusal() {
        const wall = this.#parts.clock.now();
        this.#turn(wall);
        const { name, limit } = this.rules;
        if (this.#closedUntil !== undefined && wall < this.#closedUntil) {
            return new Failure("upstream.quota", `Upstream's limit of the day for quota ${name} is reached`);
        }
        if (limit === undefined || this.#left(wall) > 0)
            return undefined;
        const kept = limit - this.#used;
        const why = kept > 0 ? `all but the ${kept} kept for the end of the day` : "all";
        return new Failure("upstream.quota", `Of the ${limit} requests of quota ${name} ${why} are used`);
    }
    status() {
        const wall = this.#parts.clock.now();
        this.#turn(wall);
        const { name, limit } = this.rules;
        const closedUntil = this.#closedUntil !== undefined && wall < this.#closedUntil ? this.#closedUntil : undefined;
        return {
            name,
            limit,
            used: this.#used,
            reserve: this.#reserve,
            resetTime: this.#day.endTime,
            closedUntil,
        };
    }
    /** Writes down exactly what was used: a restart then loses nothing of the lease. */
    async flush() {
        if (this.rules.limit === undefined && this.#closedUntil === undefined)
            return;
        try {
            await this.#parts.save(this.#text(this.#used));
            this.#leased = this.#used;
        }
        catch (thrown) {
            this.#parts.onEvent("warn", this.#unsaved(thrown));
        }
    }
    get #reserve() {
        return Math.floor((this.rules.limit ?? 0) * this.rules.reserveShare);
    }
    #left(wall) {
        const kept = wall < this.#day.endTime - RESERVE_MS ? this.#reserve : 0;
        return (this.rules.limit ?? Number.POSITIVE_INFINITY) - this.#used - kept;
    }
    #spacing(wall, left) {
        return Math.max(0, this.#day.endTime - wall) / left;
    }
    /** When something can be sent again after everything was used: the reserve, else the next day. */
    #nextRelease(wall) {
        const { endTime } = this.#day;
        const releaseTime = endTime - RESERVE_MS;
        const hasReserve = (this.rules.limit ?? 0) > this.#used;
        return hasReserve && wall < releaseTime ? releaseTime : endTime;
    }
    /**
     * A wall clock that jumps back gives nothing back: what was used stays used. Back by more than a day, it was wrong
     * before; then its day counts from here on, so that the wrong one does not have to be waited for.
     */
    #turn(wall) {
        if (wall >= this.#day.startTime && wall < this.#day.endTime)
            return;
        const day = localDayAt(wall, this.rules.timezone);
        if (day.index > this.#day.index) {
            this.#day = day;
            this.#used = 0;
            this.#leased = 0;
            this.#closedUntil = undefined;
            this.#pacedUntil = Number.NEGATIVE_INFINITY;
            this.#hasWarned = false;
        }
        else if (day.index < this.#day.index - 1)
            this.#day = day;
    }
    #lease(limit) {
        this.#save(Math.min(limit, this.#used + leaseSize(limit)));
    }
    #save(leased) {
        if (this.#isSaving || this.#parts.clock.monotonic() < this.#retryAt)
            return;
        this.#isSaving = true;
        const { index } = this.#day;
        const closedUntil = this.#closedUntil;
        const done = () => {
            this.#isSaving = false;
        };
        this.#parts.save(this.#text(leased)).then(() => {
            done();
            // Of another day, or without what was learned meanwhile: it is written again.
            if (index === this.#day.index)
                this.#leased = Math.max(this.#leased, leased);
            if (closedUntil !== this.#closedUntil)
                this.#save(this.#leased);
        }, (thrown) => {
            done();
            this.#retryAt = this.#parts.clock.monotonic() + SAVE_RETRY_MS;
            this.#parts.onEvent("warn", this.#unsaved(thrown));
        });
    }
    #text(used) {
        return JSON.stringify({ v: 1, day: this.#day.index, used, closedUntil: this.#closedUntil });
    }
    #unsaved(thrown) {
        return `What is used of quota ${this.rules.name} cannot be written down: ${messageOf(thrown)}`;
    }
}
function leaseSize(limit) {
    return Math.max(1, Math.ceil(limit * LEASE_SHARE));
}
function readSaved(text) {
    try {
        const { v, day, used, closedUntil } = JSON.parse(text) ?? {};
        if (v !== 1 || !isCount(day) || day > DAYS_MAX || !isCount(used))
            return undefined;
        if (closedUntil !== undefined && !isCount(closedUntil))
            return undefined;
        return { day, used, closedUntil };
    }
    catch {
        // What is no JSON holds nothing; the caller says so.
        return undefined;
    }
}
function isCount(value) {
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 8.64e15;
}
