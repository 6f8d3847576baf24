import { DAY_MS } from "../model/units.js";
/** Share of a limit at which a person is told, while there is time to act. */
const FILLING_AT = 0.8;
/** Below this share it is well again. */
const EASED_AT = 0.7;
/** Tells once when open dead letters come near the size or age at which retention removes them, and when that is over. */
export class LetterLimits {
    #isFilling = false;
    /** As of the last look, 0 to 1; above it they are being removed. */
    filled;
    async judge(log, usage, keep, now) {
        const bytes = usage.find(({ topic }) => topic === "dead-letters")?.bytes ?? 0;
        const oldestTime = await oldestOpen(log);
        const sizeShare = bytes / keep.maxBytes;
        const ageShare = oldestTime === undefined ? 0 : (now - oldestTime) / keep.maxAgeMs;
        // Settled ones may go: nobody needs to hear of them.
        const share = oldestTime === undefined ? 0 : Math.max(sizeShare, ageShare);
        this.filled = share;
        const details = { sizeShare, ageShare, bytes, maxBytes: keep.maxBytes, maxAgeMs: keep.maxAgeMs };
        if (!this.#isFilling && share >= FILLING_AT) {
            this.#isFilling = true;
            return { level: "warn", code: "dead-letters.filling", message: sentence(details), details };
        }
        if (!this.#isFilling || share >= EASED_AT)
            return undefined;
        this.#isFilling = false;
        const message = "Open dead letters are well within their limits again.";
        return { level: "info", code: "dead-letters.eased", message, details };
    }
}
function sentence({ sizeShare, ageShare, maxAgeMs, }) {
    const percent = (share) => `${Math.floor(share * 100)} %`;
    const what = sizeShare >= ageShare
        ? `Dead letters fill ${percent(sizeShare)} of the room that they may take (store.deadLetters)`
        : `The oldest open dead letter has reached ${percent(ageShare)} of the age at which it goes ` +
            `(${Math.round(maxAgeMs / DAY_MS)} days)`;
    return `${what}. The oldest go first, and are counted as expired. wayside dlq ls says what is wrong and what to do.`;
}
/** When the frame of the oldest open letter was received. */
async function oldestOpen(log) {
    let oldest;
    for (let partition = 0; partition < log.partitions("dead-letters"); partition++) {
        const from = { partition, offset: 0 };
        const { letters } = await log.letters({ from, limit: 1, ends: endsFrom(partition) });
        const [first] = letters;
        if (first !== undefined)
            oldest = Math.min(oldest ?? first.letter.receivedTime, first.letter.receivedTime);
    }
    return oldest;
}
/** This partition alone. */
function endsFrom(partition) {
    return Array.from({ length: partition + 1 }, (_, at) => (at === partition ? Number.MAX_SAFE_INTEGER : 0));
}
