import { SECOND_MS } from "../../model/units.js";
import { GUARD_NAMES, GUARDS, } from "./guard.js";
/** So many vehicles that stand still at one time are no coincidence; two that are in each other's place are. */
const VEHICLES_MIN = {
    positions_frozen: 10,
    position_coarse: 8,
};
/** Whoever is too few for the number in the configuration must at least be so many, and agree. */
const FEW = 3;
const FEED_NAME_MAX = 3;
/**
 * Which guards hold of the fleet. Vehicles speak for or against: what a vehicle said last counts until it says otherwise or
 * falls silent, so that feeds in whole messages and feeds of single reports are judged alike.
 */
export class Alarms {
    news = [];
    /** Vehicles with a voice. */
    fleet = 0;
    /** Guards that hold of the fleet, one bit each; and those of them that keep riders from seeing anything. */
    tripped = 0;
    /** Those that may come to hold, and hold of this frame until more is known. */
    suspected = 0;
    #config;
    #bad = new Int32Array(GUARD_NAMES.length);
    #good = new Int32Array(GUARD_NAMES.length);
    #alarms = new Map();
    /** Guards that are on, one bit each. */
    enabled;
    constructor(config) {
        this.#config = config;
        let enabled = 0;
        for (const name of GUARD_NAMES) {
            if (!config.off && config.guards[name]?.off !== true)
                enabled |= 1 << GUARDS[name].bit;
        }
        this.enabled = enabled;
    }
    action(name) {
        return this.#config.guards[name]?.action ?? GUARDS[name].action;
    }
    suspect(name) {
        this.suspected |= 1 << GUARDS[name].bit;
    }
    isTripped(name) {
        return this.#alarms.has(name);
    }
    vote(track, mask, bit, isBad) {
        const was = isBad ? track.bad : track.good;
        if ((was & mask) !== 0)
            return;
        this.unvote(track, mask, bit);
        if (isBad) {
            track.bad |= mask;
            this.#bad[bit]++;
        }
        else {
            track.good |= mask;
            this.#good[bit]++;
        }
    }
    unvote(track, mask, bit) {
        if ((track.bad & mask) !== 0)
            this.#bad[bit]--;
        else if ((track.good & mask) !== 0)
            this.#good[bit]--;
        else
            return;
        track.bad &= ~mask;
        track.good &= ~mask;
    }
    /** The vehicle has fallen silent. */
    mute(track) {
        for (let bit = 0, voices = track.bad | track.good; voices !== 0; bit++, voices >>>= 1) {
            if ((voices & 1) !== 0)
                this.unvote(track, 1 << bit, bit);
        }
    }
    /** Takes what the vehicle said before a restart. */
    revive(track) {
        for (let bit = 0; bit < GUARD_NAMES.length; bit++) {
            if ((track.bad & (1 << bit)) !== 0)
                this.#bad[bit]++;
            else if ((track.good & (1 << bit)) !== 0)
                this.#good[bit]++;
        }
    }
    bad(name) {
        return this.#bad[GUARDS[name].bit];
    }
    /** How many must agree. */
    quorum(name) {
        const wanted = Math.max(this.#config.vehiclesMin, VEHICLES_MIN[name] ?? 0);
        return VEHICLES_MIN[name] !== undefined ? wanted : Math.max(FEW, Math.min(wanted, this.fleet));
    }
    /** What the votes say of a guard: undefined: as before. */
    verdict(name) {
        const { bit, tripShare, clearShare } = GUARDS[name];
        const bad = this.#bad[bit];
        const isTripped = (this.tripped & (1 << bit)) !== 0;
        if (!isTripped) {
            if (bad < FEW || bad < this.quorum(name))
                return undefined;
            return bad >= (bad + this.#good[bit]) * tripShare ? true : undefined;
        }
        const good = this.#good[bit];
        return good > 0 && bad < (bad + good) * clearShare ? false : undefined;
    }
    /** A guard begins or ceases to hold. `vehicles`: of how many; `details` say by which evidence. */
    set(name, isTripped, now, vehicles, details = {}) {
        const mask = 1 << GUARDS[name].bit;
        if ((this.enabled & mask) === 0)
            return;
        const before = this.#alarms.get(name);
        if ((before !== undefined) === isTripped)
            return;
        const action = this.action(name);
        const fleet = Math.max(this.fleet, vehicles);
        const shared = { guard: name, vehicles, fleet, share: share(vehicles, fleet), action, ...details };
        if (isTripped) {
            this.#alarms.set(name, { since: now, vehicles });
            this.tripped |= mask;
            const level = vehicles >= fleet * this.#config.incidentShare ? "error" : "warn";
            const message = `${vehicles} of ${fleet} vehicles ${GUARDS[name].sentence}. ${actionWords(name, action)}`;
            this.news.push({ guard: name, state: "tripped", level, action, message, details: shared });
        }
        else {
            const lasted = now - (before?.since ?? now);
            this.#alarms.delete(name);
            this.tripped &= ~mask;
            const message = `No longer so, after ${Math.round(lasted / SECOND_MS)} s: vehicles that ${GUARDS[name].sentence}`;
            const more = { ...shared, vehicles: before?.vehicles ?? vehicles, lastedMs: lasted };
            this.news.push({ guard: name, state: "cleared", level: "info", action, message, details: more });
        }
    }
    /** The alarm that makes a frame no good answer. */
    get failing() {
        if (this.tripped === 0)
            return undefined;
        for (const name of this.#alarms.keys())
            if (this.action(name) === "fail-feed")
                return name;
        return undefined;
    }
    /** Those that hold now, the oldest first. */
    get held() {
        return [...this.#alarms].map(([guard, { since, vehicles: atFirst }]) => {
            const vehicles = Math.max(atFirst, this.bad(guard));
            const fleet = Math.max(this.fleet, vehicles);
            const action = this.action(guard);
            const sentence = `${vehicles} of ${fleet} vehicles ${GUARDS[guard].sentence}. ${actionWords(guard, action)}.`;
            return { guard, since, vehicles, fleet, action, sentence };
        });
    }
    json() {
        return [...this.#alarms].map(([name, { since, vehicles }]) => [name, since, vehicles]);
    }
    restore(json) {
        for (const [name, since, vehicles] of json) {
            if (!Object.hasOwn(GUARDS, name))
                continue;
            const mask = 1 << GUARDS[name].bit;
            if ((this.enabled & mask) === 0)
                continue;
            this.#alarms.set(name, { since, vehicles });
            this.tripped |= mask;
        }
    }
}
function share(part, whole) {
    return whole === 0 ? 0 : Number((part / whole).toFixed(3));
}
const TAKEN_OUT = {
    speed_unit: "their speed",
    bearing_motion: "their heading",
    deviation_sign: "how late they are",
};
function actionWords(name, action) {
    if (name === "values_removed")
        return "Such values are taken out of the records, which are flagged";
    if (GUARDS[name].evidence === "feed" && (action === "flag" || action === "withhold"))
        return "Nothing is changed";
    switch (action) {
        case "flag":
            return "The records are flagged";
        case "withhold": {
            const value = TAKEN_OUT[name];
            return value === undefined
                ? "The records are flagged, and riders do not see them"
                : `The records are flagged, and without ${value}`;
        }
        case "dead-letter":
            return "Such reports are dead letters";
        case "fail-feed":
            return "Upstream counts as failing";
    }
}
/** A few names of a crowd. */
export function someOf(tracks, mask) {
    const names = [];
    for (const { id, bad } of tracks) {
        if ((bad & mask) !== 0)
            names.push(id);
        if (names.length === FEED_NAME_MAX)
            break;
    }
    return names;
}
