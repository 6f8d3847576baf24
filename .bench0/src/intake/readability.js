/** Frames in a row that gave nothing, after which a feed gives nothing good: a single one may be a slip. */
const LOST_FRAMES = 2;
/**
 * Whether anything can be made of what a feed sends. Upstream may answer well and on time, in words that nobody here
 * understands since its last release: to riders that is an outage like any other.
 */
export class Readability {
    #inRow = 0;
    #reason = "";
    /** Items were among what could not be read, not only messages as a whole. */
    #hasLostItems = false;
    /** Why nothing can be read, while nothing can be read. */
    get lostReason() {
        return this.#inRow >= LOST_FRAMES ? this.#reason : undefined;
    }
    note({ counts, decoded }) {
        if (counts.records - counts.removals + counts.duplicates > 0)
            this.#restored();
        else if (counts.deadLetters > 0) {
            this.#inRow++;
            this.#hasLostItems ||= decoded.failure === undefined;
            const rejection = decoded.items.find((item) => item.kind === "rejection");
            this.#reason = (decoded.failure ?? rejection)?.message ?? "its items lack what makes a record of them";
        }
        else if (!this.#hasLostItems && decoded.failure === undefined) {
            // A message without items shows that messages can be read again. Of items it says nothing.
            this.#restored();
        }
    }
    #restored() {
        this.#inRow = 0;
        this.#hasLostItems = false;
    }
}
