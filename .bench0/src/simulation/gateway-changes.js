import { localParts, parseLocal } from "../formats/local-time.js";
import { noise } from "./city-noise.js";
/** The ways in which what a vehicle sends becomes different overnight: docs/simulation.md shows each in each format. */
export const FORMAT_CHANGES = [
    "renamed-field",
    "changed-unit",
    "list-to-object",
    "new-field",
    "new-value",
    "time-zone",
];
export const USUAL_WORDING = Object.freeze({
    "renamed-field": false,
    "changed-unit": false,
    "new-field": false,
    "new-value": false,
    "time-zone": false,
});
/** Which vehicle speaks in which words when; a function of seed and time, so that a message read again says the same. */
export class FormatChanges {
    #seed;
    #planned;
    constructor(seed, planned = []) {
        this.#seed = seed;
        this.#planned = planned;
    }
    /** Of a report that is measured then: the vehicle writes it. */
    wordingOf({ vehicle, sampleTime }) {
        if (this.#planned.length === 0)
            return USUAL_WORDING;
        const wording = { ...USUAL_WORDING };
        for (const planned of this.#planned) {
            const { change, share = 1 } = planned;
            if (change === "list-to-object" || !isAt(planned, sampleTime))
                continue;
            if (noise(this.#seed, 80 + FORMAT_CHANGES.indexOf(change), vehicle.index) < share)
                wording[change] = true;
        }
        return wording;
    }
    /** Of an answer that is written then: the gateway writes it. */
    isListAnObject(time) {
        return this.#planned.some((planned) => planned.change === "list-to-object" && isAt(planned, time));
    }
}
/** What a reader takes a time for who does not know that it is stated in UTC now, and not in the time of the agency. */
export function misreadTime(time, timezone) {
    return parseLocal(localParts(time, "UTC"), timezone, undefined).time;
}
function isAt({ fromTime, untilTime }, time) {
    return fromTime <= time && (untilTime === undefined || time < untilTime);
}
