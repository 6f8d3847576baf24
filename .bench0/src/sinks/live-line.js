import { deliveryJson } from "./delivery-json.js";
import { toldBody } from "./rider-told.js";
/** What one subject is told as, from one change of it to the next. Never changes but for its age. */
export class LiveLine {
    served;
    /** The publication with which it became this, or a later one where that is not known any more. */
    changedTime;
    /** The newest publication that it stood in. */
    seenTime;
    #told;
    #text;
    constructor(served, changedTime, seenTime) {
        this.served = served;
        this.changedTime = changedTime;
        this.seenTime = seenTime;
    }
    /** The record as riders may know it at its tier. Filters go by it too: nothing is found by what is not told. */
    get told() {
        this.#told ??= { ...this.served.item.record, body: toldBody(this.served) };
        return this.#told;
    }
    /** `deliveryJson` with the member `freshness` behind it: the tier, and the age at `now` in whole seconds. */
    text(now) {
        this.#text ??= `${deliveryJson(this.told).slice(0, -1)},"freshness":{"tier":"${this.served.tier}","ageS":`;
        return `${this.#text}${Math.max(0, Math.floor((now - this.served.item.time) / 1000))}}}`;
    }
}
