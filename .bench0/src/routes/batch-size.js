/** Batches taken in a row after which a batch that had to shrink may grow again. */
const TAKEN_IN_ROW = 20;
/** How many records a batch may hold: halved when the destination says that it was too large, doubled after a while. */
export class BatchSize {
    #limit;
    #max;
    #takenInRow = 0;
    constructor(limit) {
        this.#limit = limit;
        this.#max = limit;
    }
    get max() {
        return this.#max;
    }
    wasTooLarge(count) {
        this.#max = Math.max(1, Math.ceil(count / 2));
        this.#takenInRow = 0;
    }
    wasTaken() {
        if (this.#max >= this.#limit || ++this.#takenInRow < TAKEN_IN_ROW)
            return;
        this.#takenInRow = 0;
        this.#max = Math.min(this.#limit, this.#max * 2);
    }
}
