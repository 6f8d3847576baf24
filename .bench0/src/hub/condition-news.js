import { MINUTE_MS } from "../model/units.js";
/** A feed that falters every few seconds is told of once in this time; what lasts longer is told after it. */
const FALTERING_MS = MINUTE_MS;
/**
 * Which conditions of a feed are worth a line. Every one is, but of a feed that keeps failing and coming back only the
 * first of a minute, and that it is "failing" is no news of one that was "down": only that it is well again.
 */
export class ConditionNews {
    #told = "waiting";
    #troubleAt = Number.NEGATIVE_INFINITY;
    /** Asked with the present condition now and again; true once, when it is to be told. */
    isNews(condition, monotonic) {
        if (condition === this.#told)
            return false;
        if (condition === "failing") {
            if (this.#told === "down" || monotonic - this.#troubleAt < FALTERING_MS)
                return false;
            this.#troubleAt = monotonic;
        }
        if (this.#told === "down")
            this.#troubleAt = monotonic;
        this.#told = condition;
        return true;
    }
}
