/**
 * Keeps a batch in order of event time per key: what a record of it would overtake is pulled forward from behind its
 * end. Asked once for each record that is to be sent, in the order of their offsets.
 */
export class PullForward {
    #stretch;
    /** By key, where in the stretch records stand that came after a newer one of their key. */
    #inverted = new Map();
    #pulled = new Set();
    /** `mayGo`: whether the record at this place is one to be sent. */
    constructor(stretch, mayGo) {
        this.#stretch = stretch;
        const inverted = new Set(stretch.inverted);
        for (let at = 0; inverted.size > 0 && at < stretch.offsets.length; at++) {
            if (!inverted.delete(stretch.offsets[at]) || !mayGo(at))
                continue;
            const { key } = this.#recordAt(at);
            const places = this.#inverted.get(key);
            if (places)
                places.push(at);
            else
                this.#inverted.set(key, [at]);
        }
    }
    /** Whether the record at this place goes already, before one that precedes it in the log. */
    has(at) {
        return this.#pulled.has(at);
    }
    /** The places of what must go before the record at this place, and does not yet. */
    before(at) {
        const record = this.#recordAt(at);
        const places = this.#inverted.get(record.key);
        // A time in the future is a mistake, and says nothing about what may still come before it.
        if (places === undefined || record.flags.includes("future"))
            return NONE;
        return places.filter((place) => place > at && !this.#pulled.has(place) && this.#recordAt(place).eventTime < record.eventTime);
    }
    take(places) {
        for (const place of places)
            this.#pulled.add(place);
    }
    /** The chosen places and what was pulled forward to them, each key in order of event time, as offsets. */
    inOrder(chosen) {
        const places = [...chosen, ...this.#pulled].sort((a, b) => a - b);
        const byKey = new Map();
        places.forEach((place, slot) => {
            const { key } = this.#recordAt(place);
            if (!this.#inverted.has(key))
                return;
            const slots = byKey.get(key);
            if (slots)
                slots.push(slot);
            else
                byKey.set(key, [slot]);
        });
        const ordered = [...places];
        for (const slots of byKey.values()) {
            const sorted = slots
                .map((slot) => places[slot])
                .sort((a, b) => this.#recordAt(a).eventTime - this.#recordAt(b).eventTime || a - b);
            slots.forEach((slot, at) => {
                ordered[slot] = sorted[at];
            });
        }
        return ordered.map((place) => this.#stretch.offsets[place]);
    }
    #recordAt(place) {
        return this.#stretch.records[place];
    }
}
const NONE = [];
