import { SECOND_MS } from "../model/units.js";
import { parseHttpDate } from "../resilience/index.js";
/** So many answers in a row must agree: a cache now and then answers with an old date. */
const ANSWERS = 5;
/**
 * How far upstream's clock is from ours, by the `Date` of its answers. A date has whole seconds and was written at some time
 * between the request and the answer, so each answer gives bounds; what all of the last ones agree on is the skew.
 */
export class ClockSkew {
    #bounds = [];
    /** Positive: upstream is ahead. Undefined: it does not state its time often enough. 0: no skew can be seen. */
    get skewMs() {
        if (this.#bounds.length < ANSWERS)
            return undefined;
        const least = Math.min(...this.#bounds.map(({ leastMs }) => leastMs));
        const most = Math.max(...this.#bounds.map(({ mostMs }) => mostMs));
        return least > 0 ? least : most < 0 ? most : 0;
    }
    note(headers, sentTime, receivedTime) {
        const stated = headers["date"] === undefined ? undefined : parseHttpDate(headers["date"], receivedTime);
        if (stated === undefined)
            return;
        // What a cache has kept for a while was dated then.
        const { age = "0" } = headers;
        const time = stated + (/^\d{1,8}$/.test(age) ? Number(age) * SECOND_MS : 0);
        this.#bounds.push({ leastMs: time - receivedTime, mostMs: time + SECOND_MS - sentTime });
        if (this.#bounds.length > ANSWERS)
            this.#bounds.shift();
    }
    /** The same network, whose answers are looked at on the way. */
    watching(http, clock) {
        return {
            request: async (request) => {
                const sentTime = clock.now();
                const response = await http.request(request);
                this.note(response.headers, sentTime, clock.now());
                return response;
            },
        };
    }
}
